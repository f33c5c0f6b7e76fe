#include "answer.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

static void it_says_back_what_was_said(void) {
    char said[64];
    size_t length = answer("hello", 5, said);
    assert(length == answer_room(5));
    assert(length == strlen("You said: hello") && memcmp(said, "You said: hello", length) == 0);
}

int main(void) {
    it_says_back_what_was_said();
    puts("all tests pass");
}
