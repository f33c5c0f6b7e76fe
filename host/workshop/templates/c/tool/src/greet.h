#ifndef GREET_H
#define GREET_H
#include <stddef.h>

/* How many bytes a greeting of a name may take. */
size_t greeting_room(size_t length);

/* Writes a greeting into `greeting`, which has room for it; answers with its length, 0 for a name that is empty. */
size_t greet(const char *name, size_t length, char *greeting);

#endif
