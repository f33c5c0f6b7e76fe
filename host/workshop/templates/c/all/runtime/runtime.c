/* What a C component needs of a C library, and no more: memory and bytes, without any WASI.
 *
 * The allocator only ever moves forward, except that the newest block can grow, shrink and be freed in place. Each call
 * of a component has a fresh instance, so nothing adds up; in exchange it has no free list that could be corrupted. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PAGE ((size_t)65536)
#define ALIGNMENT ((size_t)16)

/* The size of a block stands right before it, in a header as wide as the alignment. */
#define HEADER ALIGNMENT
#define SIZE(block) (*(size_t *)((char *)(block) - HEADER))

extern unsigned char __heap_base;
static uintptr_t top;    /* where the next header goes */
static void *newest;     /* the last block that was given out, or NULL */

/* Makes the memory reach up to `end`; 0 when it cannot. */
static int reach(uintptr_t end) {
    size_t pages = __builtin_wasm_memory_size(0);
    if (end <= pages * PAGE) return 1;
    size_t missing = (end - pages * PAGE + PAGE - 1) / PAGE;
    return __builtin_wasm_memory_grow(0, missing) != SIZE_MAX;
}

static size_t rounded(size_t size) {
    return (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

void *malloc(size_t size) {
    if (top == 0) top = rounded((uintptr_t)&__heap_base);
    if (size > SIZE_MAX / 2 || top > SIZE_MAX / 2) return NULL;
    uintptr_t block = top + HEADER;
    uintptr_t end = block + rounded(size);
    if (!reach(end)) return NULL;
    top = end;
    newest = (void *)block;
    SIZE(newest) = size;
    return newest;
}

void *calloc(size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size) return NULL;
    void *block = malloc(count * size);
    if (block != NULL) memset(block, 0, count * size);
    return block;
}

void *realloc(void *block, size_t size) {
    if (block == NULL) return malloc(size);
    if (block == newest && size <= SIZE_MAX / 2) {
        uintptr_t end = (uintptr_t)block + rounded(size);
        if (!reach(end)) return NULL;
        top = end;
        SIZE(block) = size;
        return block;
    }
    if (size <= SIZE(block)) return block;
    void *moved = malloc(size);
    if (moved != NULL) memcpy(moved, block, SIZE(block));
    return moved;
}

void free(void *block) {
    if (block == NULL || block != newest) return;
    top = (uintptr_t)block - HEADER;
    newest = NULL;
}

_Noreturn void abort(void) {
    __builtin_trap();
}

/* With bulk memory, these builtins are single instructions. */
void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    return __builtin_memcpy(to, from, size);
}

void *memmove(void *to, const void *from, size_t size) {
    return __builtin_memmove(to, from, size);
}

void *memset(void *to, int byte, size_t size) {
    return __builtin_memset(to, byte, size);
}

int memcmp(const void *a, const void *b, size_t size) {
    const unsigned char *left = a, *right = b;
    for (size_t at = 0; at < size; at++) {
        if (left[at] != right[at]) return left[at] < right[at] ? -1 : 1;
    }
    return 0;
}

size_t strlen(const char *text) {
    size_t length = 0;
    while (text[length] != '\0') length++;
    return length;
}
