#ifndef LINE_H
#define LINE_H
#include <stddef.h>

struct text {
    const char *bytes;
    size_t length;
};

/* How many bytes a line may take. */
size_t line_room(struct text conversation, struct text text);

/* Writes a message as the network gets it; answers with its length, 0 where there is nothing to say. */
size_t line(struct text conversation, struct text text, char *line);

#endif
