#include "greet.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

static void a_name_is_greeted(void) {
    char greeting[64];
    size_t length = greet(" Ada ", 5, greeting);
    assert(length == strlen("Hello, Ada!") && memcmp(greeting, "Hello, Ada!", length) == 0);
    assert(length <= greeting_room(3));
}

static void an_empty_name_is_no_greeting(void) {
    char greeting[64];
    assert(greet("  ", 2, greeting) == 0);
}

int main(void) {
    a_name_is_greeted();
    an_empty_name_is_no_greeting();
    puts("all tests pass");
}
