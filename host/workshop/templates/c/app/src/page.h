#ifndef PAGE_H
#define PAGE_H
#include <stddef.h>
#include <stdint.h>

struct page {
    uint16_t status;
    const char *text;
};

/* The status and the text for a path. */
struct page page_at(const char *path, size_t length);

#endif
