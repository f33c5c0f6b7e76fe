/* The part of <stdlib.h> that bindings by wit-bindgen and C components use. */
#ifndef LOKET_STDLIB_H
#define LOKET_STDLIB_H
#include <stddef.h>
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *block, size_t size);
void free(void *block);
_Noreturn void abort(void);
#endif
