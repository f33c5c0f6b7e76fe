/* The agent `{{namespace}}:{{name}}`: one event in, one reply out, in a fresh instance each time. What it knows is in its memory.
 * Nothing is freed: memory goes with the instance. */
#include "answer.h"
#include "component.h"
#include <stdlib.h>
#include <string.h>

/* At most so many memories are told. */
#define MOST 3

static void *room(size_t size) {
    void *block = calloc(1, size > 0 ? size : 1);
    if (block == NULL) abort();
    return block;
}

bool exports_loket_roles_handler_handle(exports_loket_roles_handler_event_t *event, exports_loket_roles_handler_reply_t *reply,
                                        exports_loket_roles_handler_error_t *error) {
    memset(reply, 0, sizeof *reply);
    /* Timers and what else may happen: there is nobody to answer. */
    if (event->occasion.tag != EXPORTS_LOKET_ROLES_HANDLER_OCCASION_MESSAGE) return true;
    exports_loket_roles_handler_message_t *message = &event->occasion.val.message;

    loket_brain_memory_query_t query = {.text = message->text, .limit = MOST};
    loket_brain_memory_list_hit_t known;
    if (!loket_brain_memory_recall(&query, &known, error)) return false;

    loket_brain_memory_draft_t draft = {
        .kind = LOKET_BRAIN_MEMORY_KIND_EPISODE,
        .text = message->text,
        .conversation = {.is_some = true, .val = message->conversation},
    };
    component_string_t learned;
    if (!loket_brain_memory_remember(&draft, &learned, error)) return false;

    struct text texts[MOST];
    size_t count = known.len < MOST ? known.len : MOST;
    reply->used.ptr = room(count * sizeof *reply->used.ptr);
    reply->used.len = count;
    for (size_t at = 0; at < count; at++) {
        loket_brain_memory_entry_t *entry = &known.ptr[at].entry;
        texts[at] = (struct text){(const char *)entry->text.ptr, entry->text.len};
        reply->used.ptr[at].id = entry->id;
        reply->used.ptr[at].excerpt = entry->text;
        reply->used.ptr[at].excerpt.len = excerpt(texts[at]);
        reply->used.ptr[at].written = entry->written;
    }
    reply->text.ptr = room(answer(texts, count, NULL));
    reply->text.len = answer(texts, count, (char *)reply->text.ptr);
    reply->learned.ptr = room(sizeof learned);
    reply->learned.ptr[0] = learned;
    reply->learned.len = 1;
    return true;
}
