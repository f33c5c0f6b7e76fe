/* The slash command `{{namespace}}:{{name}}`: `/{{name}} words` says the words backwards.
 * Nothing is freed: memory goes with the instance. */
#include "backwards.h"
#include "component.h"
#include <stdlib.h>
#include <string.h>

static void *room(size_t size) {
    void *block = calloc(1, size);
    if (block == NULL) abort();
    return block;
}

void exports_loket_roles_commander_describe(exports_loket_roles_commander_list_usage_t *commands) {
    exports_loket_roles_commander_parameter_t *words = room(sizeof *words);
    component_string_dup(&words->name, "words");
    component_string_dup(&words->summary, "What to say.");
    words->kind.tag = EXPORTS_LOKET_ROLES_COMMANDER_KIND_REST;
    words->need = EXPORTS_LOKET_ROLES_COMMANDER_NEED_REQUIRED;
    exports_loket_roles_commander_usage_t *usage = room(sizeof *usage);
    component_string_dup(&usage->name, "{{name}}");
    component_string_dup(&usage->summary, "Say words in the opposite order.");
    usage->parameters.ptr = words;
    usage->parameters.len = 1;
    commands->ptr = usage;
    commands->len = 1;
}

/* What was given for the parameter `words`; empty where nothing was. */
static component_string_t words_of(exports_loket_roles_commander_order_t *order) {
    for (size_t at = 0; at < order->arguments.len; at++) {
        exports_loket_roles_commander_argument_t *argument = &order->arguments.ptr[at];
        if (argument->name.len == 5 && memcmp(argument->name.ptr, "words", 5) == 0) return argument->value;
    }
    return (component_string_t){NULL, 0};
}

/* True: `outcome` is the answer. False: `error` is the error of the `result` in WIT. */
bool exports_loket_roles_commander_run(exports_loket_roles_commander_order_t *order, exports_loket_roles_commander_outcome_t *outcome,
                                       exports_loket_roles_commander_error_t *error) {
    component_string_t words = words_of(order);
    /* One byte more, as room for nothing is no room. */
    char *said = room(words.len + 1);
    size_t length = backwards((const char *)words.ptr, words.len, said);
    if (length == 0) {
        error->tag = LOKET_TYPES_TYPES_ERROR_INVALID;
        component_string_dup(&error->val.invalid, "there are no words; write some behind the command");
        return false;
    }
    outcome->text.ptr = (uint8_t *)said;
    outcome->text.len = length;
    outcome->onward.tag = EXPORTS_LOKET_ROLES_COMMANDER_ONWARD_SAME;
    return true;
}

/* Nobody can say which words somebody else means. */
bool exports_loket_roles_commander_complete(exports_loket_roles_commander_beginning_t *beginning,
                                            exports_loket_roles_commander_list_candidate_t *candidates,
                                            exports_loket_roles_commander_error_t *error) {
    (void)beginning, (void)error;
    memset(candidates, 0, sizeof *candidates);
    return true;
}
