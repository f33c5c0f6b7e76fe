#include "large.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

static void a_large_component_is_remarked_and_a_small_one_is_not(void) {
    char title[LARGE_TITLE];
    assert(large(LARGE + 1, title) && strcmp(title, "it has 1048577 bytes") == 0);
    assert(large(UINT64_MAX, title) && strcmp(title, "it has 18446744073709551615 bytes") == 0);
    assert(!large(LARGE, title));
}

int main(void) {
    a_large_component_is_remarked_and_a_small_one_is_not();
    puts("all tests pass");
}
