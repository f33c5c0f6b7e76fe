#include "page.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

static void the_first_page_greets(void) {
    struct page page = page_at("/", 1);
    assert(page.status == 200 && strcmp(page.text, "Hello from {{name}}!\n") == 0);
}

static void another_path_is_not_found(void) {
    assert(page_at("/nowhere", 8).status == 404);
}

int main(void) {
    the_first_page_greets();
    another_path_is_not_found();
    puts("all tests pass");
}
