#ifndef BACKWARDS_H
#define BACKWARDS_H
#include <stddef.h>

/* Writes the words in the opposite order into `said`, which has as much room as they take; answers with how much that is. */
size_t backwards(const char *words, size_t length, char *said);

#endif
