/* The app `{{namespace}}:{{name}}`: it answers HTTP requests. */
#include "component.h"
#include "page.h"
#include <stdlib.h>
#include <string.h>

/* So many bytes are written at once: a stream takes no more without being asked how many. */
#define PIECE 4096

/* A string or some bytes as WIT has them, without a copy: for arguments, which stay ours. */
static component_string_t words(const char *text) {
    return (component_string_t){(uint8_t *)text, strlen(text)};
}

void exports_wasi_http_incoming_handler_handle(exports_wasi_http_incoming_handler_own_incoming_request_t request,
                                               exports_wasi_http_incoming_handler_own_response_outparam_t out) {
    component_string_t path = {0};
    struct page page = {404, "there is nothing here; begin at /\n"};
    if (wasi_http_types_method_incoming_request_path_with_query(wasi_http_types_borrow_incoming_request(request), &path)) {
        page = page_at((const char *)path.ptr, path.len);
    }

    wasi_http_types_own_fields_t headers = wasi_http_types_constructor_fields();
    component_string_t name = words("content-type"), value = words("text/plain; charset=utf-8");
    wasi_http_types_list_field_value_t values = {(wasi_http_types_field_value_t *)&value, 1};
    wasi_http_types_header_error_t wrong;
    /* It cannot fail: the name is one, and no header was sent yet. */
    wasi_http_types_method_fields_set(wasi_http_types_borrow_fields(headers), &name, &values, &wrong);
    wasi_http_types_own_outgoing_response_t response = wasi_http_types_constructor_outgoing_response(headers);
    wasi_http_types_borrow_outgoing_response_t answer = wasi_http_types_borrow_outgoing_response(response);
    wasi_http_types_method_outgoing_response_set_status_code(answer, page.status);
    wasi_http_types_own_outgoing_body_t body;
    if (!wasi_http_types_method_outgoing_response_body(answer, &body)) abort();
    wasi_http_types_result_own_outgoing_response_error_code_t well = {.is_err = false};
    well.val.ok = response;
    wasi_http_types_static_response_outparam_set(out, &well);

    wasi_http_types_own_output_stream_t stream;
    if (wasi_http_types_method_outgoing_body_write(wasi_http_types_borrow_outgoing_body(body), &stream)) {
        size_t left = strlen(page.text);
        for (const char *at = page.text; left > 0;) {
            component_list_u8_t piece = {(uint8_t *)at, left < PIECE ? left : PIECE};
            wasi_io_streams_stream_error_t gone;
            /* Whoever asked may be gone; that is no reason to trap. */
            if (!wasi_io_streams_method_output_stream_blocking_write_and_flush(wasi_io_streams_borrow_output_stream(stream), &piece, &gone)) break;
            at += piece.len;
            left -= piece.len;
        }
        /* The stream is a part of the body, and is let go before it. */
        wasi_io_streams_output_stream_drop_own(stream);
    }
    wasi_http_types_error_code_t broken;
    wasi_http_types_static_outgoing_body_finish(body, NULL, &broken);
}
