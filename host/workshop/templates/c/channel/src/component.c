/* The channel `{{namespace}}:{{name}}`: it carries messages out to people. This one tells whoever watches; speak to a network in its place.
 * Nothing is freed: memory goes with the instance. */
#include "component.h"
#include "line.h"
#include <stdlib.h>

/* True: it went well. False: `error` is the error of the `result` in WIT. */
bool exports_loket_roles_carrier_deliver(exports_loket_roles_carrier_parcel_t *parcel, exports_loket_roles_carrier_error_t *error) {
    struct text conversation = {(const char *)parcel->conversation.ptr, parcel->conversation.len};
    struct text text = {(const char *)parcel->text.ptr, parcel->text.len};
    char *words = malloc(line_room(conversation, text));
    if (words == NULL) abort();
    size_t length = line(conversation, text, words);
    if (length == 0) {
        error->tag = LOKET_TYPES_TYPES_ERROR_INVALID;
        component_string_dup(&error->val.invalid, "there is nothing to say; send some text");
        return false;
    }
    loket_events_emit_event_t event = {.tag = LOKET_EVENTS_EMIT_EVENT_STATUS};
    event.val.status.ptr = (uint8_t *)words;
    event.val.status.len = length;
    return loket_events_emit_emit(&event, error);
}
