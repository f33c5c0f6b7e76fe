#include "line.h"
#include <string.h>

size_t line_room(struct text conversation, struct text text) {
    return strlen("to : ") + conversation.length + text.length;
}

/* Puts bytes at the end of what is written so far. */
static size_t put(char *line, size_t at, const char *bytes, size_t length) {
    memcpy(line + at, bytes, length);
    return at + length;
}

size_t line(struct text conversation, struct text text, char *line) {
    while (text.length > 0 && text.bytes[0] == ' ') text.bytes++, text.length--;
    while (text.length > 0 && text.bytes[text.length - 1] == ' ') text.length--;
    if (text.length == 0) return 0;
    size_t at = put(line, 0, "to ", 3);
    at = put(line, at, conversation.bytes, conversation.length);
    at = put(line, at, ": ", 2);
    return put(line, at, text.bytes, text.length);
}
