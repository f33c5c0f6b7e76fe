#include "page.h"

struct page page_at(const char *path, size_t length) {
    if (length == 0 || (length == 1 && path[0] == '/')) return (struct page){200, "Hello from {{name}}!\n"};
    return (struct page){404, "there is nothing there; begin at /\n"};
}
