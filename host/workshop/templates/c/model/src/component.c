/* The model adapter `{{namespace}}:{{name}}`. This one says back what it was told; call a model's server in its place.
 * Nothing is freed: memory goes with the instance. */
#include "answer.h"
#include "component.h"
#include <stdlib.h>
#include <string.h>

/* What the user said last; NULL where it was nothing. */
static component_string_t *said(exports_loket_model_chat_request_t *request) {
    for (size_t message = request->messages.len; message-- > 0;) {
        if (request->messages.ptr[message].role != EXPORTS_LOKET_MODEL_CHAT_ROLE_USER) continue;
        exports_loket_model_chat_list_part_t *parts = &request->messages.ptr[message].parts;
        for (size_t part = parts->len; part-- > 0;) {
            if (parts->ptr[part].tag == EXPORTS_LOKET_MODEL_CHAT_PART_TEXT) return &parts->ptr[part].val.text;
        }
    }
    return NULL;
}

/* True: `reply` is the answer. False: `error` is the error of the `result` in WIT. */
bool exports_loket_model_chat_complete(exports_loket_model_chat_request_t *request, exports_loket_model_chat_reply_t *reply,
                                       exports_loket_model_chat_error_t *error) {
    component_string_t *words = said(request);
    if (words == NULL) {
        error->tag = LOKET_TYPES_TYPES_ERROR_INVALID;
        component_string_dup(&error->val.invalid, "no message of the user has words; send at least one");
        return false;
    }
    memset(reply, 0, sizeof *reply);
    reply->text.ptr = malloc(answer_room(words->len));
    if (reply->text.ptr == NULL) abort();
    reply->text.len = answer((const char *)words->ptr, words->len, (char *)reply->text.ptr);
    reply->stop.tag = EXPORTS_LOKET_MODEL_CHAT_STOP_FINISHED;
    component_string_dup(&reply->model, "{{namespace}}:{{name}}");
    return true;
}
