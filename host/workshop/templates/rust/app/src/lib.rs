//! The app `{{namespace}}:{{name}}`: it answers HTTP requests.

use bindings::exports::wasi::http::incoming_handler::Guest;
use bindings::wasi::http::types::{Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};

/// What `wit/` looks like in Rust.
#[allow(dead_code, unused, clippy::all, reason = "generated; what is not called is left out of the component")]
mod bindings {
    use super::Component;
    wit_bindgen::generate!({ path: "wit", world: "component", generate_all });
    #[cfg(target_family = "wasm")]
    export!(Component with_types_in self);
}

struct Component;

/// So many bytes are written at once: a stream takes no more without being asked how many.
const PIECE: usize = 4096;

impl Guest for Component {
    fn handle(request: IncomingRequest, answer: ResponseOutparam) {
        let (status, text) = page(&request.path_with_query().unwrap_or_default());
        let headers = Fields::new();
        // Neither can fail: the name is one, and no header is set yet that was sent.
        let _ = headers.set("content-type", &[b"text/plain; charset=utf-8".to_vec()]);
        let response = OutgoingResponse::new(headers);
        let _ = response.set_status_code(status);
        let Ok(body) = response.body() else { return };
        ResponseOutparam::set(answer, Ok(response));
        // Whoever asked may be gone; that is no reason to trap.
        if let Ok(stream) = body.write() {
            for piece in text.as_bytes().chunks(PIECE) {
                let _ = stream.blocking_write_and_flush(piece);
            }
        }
        let _ = OutgoingBody::finish(body, None);
    }
}

/// The status and the text for a path.
fn page(path: &str) -> (u16, String) {
    match path {
        "" | "/" => (200, "Hello from {{name}}!\n".to_owned()),
        path => (404, format!("there is nothing at {path}; begin at /\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_page_greets() {
        assert_eq!(page("/"), (200, "Hello from {{name}}!\n".to_owned()));
    }

    #[test]
    fn another_path_is_not_found() {
        assert_eq!(page("/nowhere").0, 404);
    }
}
