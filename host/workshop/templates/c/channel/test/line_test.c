#include "line.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct text GARDEN = {"garden", 6};

static void a_message_names_its_conversation(void) {
    struct text text = {" it rains ", 10};
    char said[64];
    size_t length = line(GARDEN, text, said);
    assert(length <= line_room(GARDEN, text));
    assert(length == strlen("to garden: it rains") && memcmp(said, "to garden: it rains", length) == 0);
}

static void nothing_is_no_message(void) {
    char said[64];
    assert(line(GARDEN, (struct text){" ", 1}, said) == 0);
}

int main(void) {
    a_message_names_its_conversation();
    nothing_is_no_message();
    puts("all tests pass");
}
