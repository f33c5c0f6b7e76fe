"""The app `{{namespace}}:{{name}}`: it answers HTTP requests."""

from componentize_py_types import Ok
from page import page
from wit_world import exports
from wit_world.imports.types import Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam

# So many bytes are written at once: a stream takes no more without being asked how many.
PIECE = 4096


class IncomingHandler(exports.IncomingHandler):
    def handle(self, request: IncomingRequest, response_out: ResponseOutparam) -> None:
        status, text = page(request.path_with_query() or "")
        response = OutgoingResponse(Fields.from_list([("content-type", b"text/plain; charset=utf-8")]))
        response.set_status_code(status)
        body = response.body()
        ResponseOutparam.set(response_out, Ok(response))
        content = text.encode()
        # The stream is a part of the body, and is let go before it.
        with body.write() as stream:
            for at in range(0, len(content), PIECE):
                stream.blocking_write_and_flush(content[at : at + PIECE])
        OutgoingBody.finish(body, None)
