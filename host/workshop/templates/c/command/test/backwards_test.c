#include "backwards.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

static void says(const char *words, const char *expected) {
    char said[64];
    size_t length = backwards(words, strlen(words), said);
    assert(length <= strlen(words));
    assert(length == strlen(expected) && memcmp(said, expected, length) == 0);
}

static void words_come_out_in_the_opposite_order(void) {
    says(" one two  three ", "three two one");
    says("one", "one");
}

static void no_words_are_nothing(void) {
    says(" ", "");
    says("", "");
}

int main(void) {
    words_come_out_in_the_opposite_order();
    no_words_are_nothing();
    puts("all tests pass");
}
