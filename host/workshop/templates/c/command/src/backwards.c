#include "backwards.h"
#include <string.h>

size_t backwards(const char *words, size_t length, char *said) {
    size_t written = 0, end = length;
    while (end > 0) {
        if (words[end - 1] == ' ') {
            end--;
            continue;
        }
        size_t begin = end;
        while (begin > 0 && words[begin - 1] != ' ') begin--;
        if (written > 0) said[written++] = ' ';
        memcpy(said + written, words + begin, end - begin);
        written += end - begin;
        end = begin;
    }
    return written;
}
