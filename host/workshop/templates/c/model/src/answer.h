#ifndef ANSWER_H
#define ANSWER_H
#include <stddef.h>

/* How many bytes the answer to so many takes. */
size_t answer_room(size_t length);

/* Says back what was said, into `answer`, which has room for it; answers with its length. */
size_t answer(const char *said, size_t length, char *answer);

#endif
