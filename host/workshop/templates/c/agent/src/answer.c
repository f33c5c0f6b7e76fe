#include "answer.h"
#include <string.h>

/* Puts bytes at the end of what is written so far. */
static size_t put(char *answer, size_t at, const char *bytes, size_t length) {
    if (answer != NULL) memcpy(answer + at, bytes, length);
    return at + length;
}

size_t answer(const struct text *known, size_t count, char *answer) {
    const char *begin = count == 0 ? "I will remember that." : "I remember:";
    size_t at = put(answer, 0, begin, strlen(begin));
    for (size_t memory = 0; memory < count; memory++) {
        at = put(answer, at, "\n- ", 3);
        at = put(answer, at, known[memory].bytes, known[memory].length);
    }
    return at;
}

size_t excerpt(struct text text) {
    size_t length = text.length < 256 ? text.length : 256;
    /* A byte of UTF-8 that begins with the bits 10 goes on with a character. */
    while (length < text.length && length > 0 && ((unsigned char)text.bytes[length] & 0xc0) == 0x80) length--;
    return length;
}
