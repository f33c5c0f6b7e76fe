#include "greet.h"
#include <string.h>

static const char HELLO[] = "Hello, ";

size_t greeting_room(size_t length) {
    return sizeof HELLO + length;
}

size_t greet(const char *name, size_t length, char *greeting) {
    while (length > 0 && name[0] == ' ') name++, length--;
    while (length > 0 && name[length - 1] == ' ') length--;
    if (length == 0) return 0;
    size_t hello = strlen(HELLO);
    memcpy(greeting, HELLO, hello);
    memcpy(greeting + hello, name, length);
    greeting[hello + length] = '!';
    return hello + length + 1;
}
