#include "answer.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

static void says(const struct text *known, size_t count, const char *expected) {
    char said[256];
    size_t length = answer(known, count, said);
    assert(length == answer(known, count, NULL));
    assert(length == strlen(expected) && memcmp(said, expected, length) == 0);
}

static void without_memories_it_says_that_it_will_remember(void) {
    says(NULL, 0, "I will remember that.");
}

static void memories_are_told_one_a_line(void) {
    struct text known[] = {{"tea", 3}, {"for two", 7}};
    says(known, 2, "I remember:\n- tea\n- for two");
}

static void an_excerpt_ends_with_a_whole_character(void) {
    char text[300];
    memset(text, 'x', sizeof text);
    /* Two bytes are this letter, and the second would be the 257th. */
    memcpy(text + 255, "\xc3\xa9", 2);
    assert(excerpt((struct text){text, sizeof text}) == 255);
    assert(excerpt((struct text){text, 10}) == 10);
}

int main(void) {
    without_memories_it_says_that_it_will_remember();
    memories_are_told_one_a_line();
    an_excerpt_ends_with_a_whole_character();
    puts("all tests pass");
}
