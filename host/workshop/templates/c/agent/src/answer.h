#ifndef ANSWER_H
#define ANSWER_H
#include <stddef.h>

struct text {
    const char *bytes;
    size_t length;
};

/* Writes what the recalled memories say into `answer`, if that is not NULL; answers with its length. (Ask a model here: import
 * `loket:model/chat`.) */
size_t answer(const struct text *known, size_t count, char *answer);

/* How much of a text a citation may have: 256 bytes, and no character in two. */
size_t excerpt(struct text text);

#endif
