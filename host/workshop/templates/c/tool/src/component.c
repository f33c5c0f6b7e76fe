/* The tool `{{namespace}}:{{name}}`. wit/greeting.wit says what it offers; build/bindings/component.h says it in C. */
#include "component.h"
#include "greet.h"
#include <stdlib.h>

/* True: `ret` is the answer. False: `err` is the error of the `result` in WIT. Either is freed by who called. */
bool exports_{{namespace_snake}}_{{name_snake}}_greeting_greet(component_string_t *name, component_string_t *ret, component_string_t *err) {
    size_t room = greeting_room(name->len);
    char *greeting = malloc(room);
    if (greeting == NULL) abort();
    size_t length = greet((const char *)name->ptr, name->len, greeting);
    component_string_free(name);
    if (length == 0) {
        free(greeting);
        component_string_dup(err, "the name is empty; say whom to greet");
        return false;
    }
    ret->ptr = (uint8_t *)greeting;
    ret->len = length;
    return true;
}
