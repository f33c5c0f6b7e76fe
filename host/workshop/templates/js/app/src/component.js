// The app `{{namespace}}:{{name}}`: it answers HTTP requests.
import { Fields, OutgoingBody, OutgoingResponse, ResponseOutparam } from 'wasi:http/types@0.2.12';
import { page } from './page.js';

// So many bytes are written at once: a stream takes no more without being asked how many.
const PIECE = 4096;

export const incomingHandler = {
  handle(request, answer) {
    const { status, text } = page(request.pathWithQuery() ?? '');
    const encoder = new TextEncoder();
    const headers = Fields.fromList([['content-type', encoder.encode('text/plain; charset=utf-8')]]);
    const response = new OutgoingResponse(headers);
    response.setStatusCode(status);
    const body = response.body();
    ResponseOutparam.set(answer, { tag: 'ok', val: response });
    const bytes = encoder.encode(text);
    const stream = body.write();
    for (let at = 0; at < bytes.length; at += PIECE) {
      stream.blockingWriteAndFlush(bytes.slice(at, at + PIECE));
    }
    // The stream is a part of the body, and is let go before it.
    stream[Symbol.dispose]();
    OutgoingBody.finish(body, undefined);
  },
};
