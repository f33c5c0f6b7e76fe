/* The tool `loket:text`. The strings that come in are valid UTF-8: the component model sees to it. */
#include "text.h"
#include <stdlib.h>
#include <string.h>

typedef exports_loket_text_measure_counts_t counts_t;

/* Reads the code point at `*at` and moves behind it. */
static uint32_t next(const text_string_t *text, size_t *at) {
    const uint8_t *bytes = text->ptr + *at;
    uint32_t point = bytes[0];
    size_t more = point >= 0xF0 ? 3 : point >= 0xE0 ? 2 : point >= 0xC0 ? 1 : 0;
    if (more > 0) point &= 0x3F >> more;
    for (size_t i = 1; i <= more; i++) point = point << 6 | (bytes[i] & 0x3F);
    *at += 1 + more;
    return point;
}

/* Unicode's property White_Space. */
static bool is_space(uint32_t point) {
    return (point >= 0x09 && point <= 0x0D) || point == 0x20 || point == 0x85 || point == 0xA0 || point == 0x1680 ||
           (point >= 0x2000 && point <= 0x200A) || point == 0x2028 || point == 0x2029 || point == 0x202F ||
           point == 0x205F || point == 0x3000;
}

/* The breaks that Unicode makes mandatory. */
static bool is_break(uint32_t point) {
    return (point >= 0x0A && point <= 0x0D) || point == 0x85 || point == 0x2028 || point == 0x2029;
}

/* Marks that belong to the character before them: the blocks of combining marks, variation selectors and joiners. */
static bool is_attached(uint32_t point) {
    return (point >= 0x0300 && point <= 0x036F) || (point >= 0x0483 && point <= 0x0489) ||
           (point >= 0x0591 && point <= 0x05BD) || (point >= 0x064B && point <= 0x065F) ||
           (point >= 0x1AB0 && point <= 0x1AFF) || (point >= 0x1DC0 && point <= 0x1DFF) || point == 0x200D ||
           (point >= 0x20D0 && point <= 0x20FF) || (point >= 0xFE00 && point <= 0xFE0F) ||
           (point >= 0xFE20 && point <= 0xFE2F) || (point >= 0x1F3FB && point <= 0x1F3FF) ||
           (point >= 0xE0100 && point <= 0xE01EF);
}

/* Takes `size` bytes from `from` as a result; the caller frees it. */
static void give(text_string_t *result, const uint8_t *from, size_t size) {
    result->len = size;
    result->ptr = malloc(size);
    if (result->ptr == NULL) abort();
    memcpy(result->ptr, from, size);
}

void exports_loket_text_measure_count(text_string_t *text, counts_t *ret) {
    counts_t counts = {.bytes = (uint32_t)text->len};
    bool in_word = false, in_line = false, after_return = false;
    for (size_t at = 0; at < text->len;) {
        uint32_t point = next(text, &at);
        counts.characters++;
        if (!is_space(point) && !in_word) counts.words++;
        in_word = !is_space(point);
        /* CR and LF together are one break, and the line was counted with the CR. */
        if (!(point == '\n' && after_return)) {
            if (!in_line) counts.lines++;
            in_line = !is_break(point);
        }
        after_return = point == '\r';
    }
    *ret = counts;
    text_string_free(text);
}

void exports_loket_text_measure_positions(text_string_t *text, text_string_t *phrase, text_list_u32_t *ret) {
    size_t room = 0;
    uint32_t position = 0;
    ret->ptr = NULL;
    ret->len = 0;
    for (size_t at = 0; phrase->len > 0 && at + phrase->len <= text->len; position++) {
        if (memcmp(text->ptr + at, phrase->ptr, phrase->len) != 0) {
            next(text, &at);
            continue;
        }
        if (ret->len == room) {
            room = room == 0 ? 16 : room * 2;
            ret->ptr = realloc(ret->ptr, room * sizeof(uint32_t));
            if (ret->ptr == NULL) abort();
        }
        ret->ptr[ret->len++] = position;
        for (size_t end = at + phrase->len; at < end;) {
            next(text, &at);
            if (at < end) position++;
        }
    }
    text_string_free(text);
    text_string_free(phrase);
}

void exports_loket_text_measure_excerpt(text_string_t *text, uint32_t start, uint32_t length, text_string_t *ret) {
    size_t at = 0;
    for (uint32_t skipped = 0; skipped < start && at < text->len; skipped++) next(text, &at);
    size_t from = at;
    for (uint32_t taken = 0; taken < length && at < text->len; taken++) next(text, &at);
    give(ret, text->ptr + from, at - from);
    text_string_free(text);
}

void exports_loket_text_measure_reverse(text_string_t *text, text_string_t *ret) {
    give(ret, text->ptr, text->len);
    size_t to = text->len, at = 0, begin = 0;
    while (at < text->len) {
        begin = at;
        next(text, &at);
        for (size_t peek = at; peek < text->len && is_attached(next(text, &peek));) at = peek;
        to -= at - begin;
        memcpy(ret->ptr + to, text->ptr + begin, at - begin);
    }
    text_string_free(text);
}
