#include "large.h"
#include <stddef.h>
#include <string.h>

bool large(uint64_t size, char *title) {
    if (size <= LARGE) return false;
    char digits[20];
    size_t first = sizeof digits;
    for (; size > 0; size /= 10) digits[--first] = (char)('0' + size % 10);
    size_t count = sizeof digits - first;
    memcpy(title, "it has ", 7);
    memcpy(title + 7, digits + first, count);
    memcpy(title + 7 + count, " bytes", 7);
    return true;
}
