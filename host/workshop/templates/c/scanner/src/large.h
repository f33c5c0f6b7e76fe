#ifndef LARGE_H
#define LARGE_H
#include <stdbool.h>
#include <stdint.h>

/* Above so many bytes a component is worth a remark. */
#define LARGE ((uint64_t)1 << 20)

/* How many bytes a title may take. */
#define LARGE_TITLE 64

/* The rule `{{name}}/large`: whether there is something to say of so many bytes, and what. */
bool large(uint64_t size, char *title);

#endif
