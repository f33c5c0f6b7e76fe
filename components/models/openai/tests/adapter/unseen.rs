//! Pictures that a model does not take: it is asked without them, and told that they were there.

use crate::fake::{Script, Server, ask, fails, request, says, told};
use loket_model_adapter::chat::{Media, Message, Part, Request, Role};

const LOCAL: &str = "url=http://127.0.0.1:8080/v1\nmodel=small";

fn showing(bytes: usize) -> Request {
    let picture = Part::Image(Media { mime: "image/png".into(), data: vec![7; bytes] });
    request(vec![Message { role: Role::User, parts: vec![Part::Text("Look:".into()), picture] }], vec![])
}

fn answer() -> Script {
    Script::events(&[r#"{"choices":[{"delta":{"content":"I see."},"finish_reason":"stop"}]}"#])
}

/// Whether the request of this number had a picture, or words for one.
#[track_caller]
fn had_picture(server: &Server, at: usize) -> bool {
    let body = server.body(at).to_string();
    assert_ne!(body.contains("image_url"), body.contains("[picture, image/png, "), "one of both: {body}");
    body.contains("image_url")
}

#[test]
fn a_server_that_refuses_a_picture_is_asked_once_more_without() {
    // As OpenAI, DeepSeek, vLLM, llama.cpp, OpenRouter and a door in front of any of them say it.
    for (status, body) in [
        (400, r#"{"error":{"message":"Invalid content type. image_url is only supported by certain models."}}"#),
        (422, r#"{"detail":"messages[1].content: unknown variant `image_url`, expected `text`"}"#),
        (400, r#"{"object":"error","message":"small is not a multimodal model","type":"BadRequestError"}"#),
        (
            500,
            r#"{"error":{"code":500,"message":"image input is not supported - hint: you may need to provide the mmproj"}}"#,
        ),
        (404, r#"{"error":{"message":"No endpoints found that support image input","code":404}}"#),
        (413, "<html>Request Entity Too Large</html>"),
        (
            400,
            r#"{"error":{"message":"too many tokens: the maximum context length is 9","code":"context_length_exceeded"}}"#,
        ),
    ] {
        let server = Server::answering(LOCAL, [Script::refusal(status, &[], body), answer()]);
        assert_eq!(ask(&server, &showing(12 * 1024)).text, "I see.", "{body}");
        assert!(had_picture(&server, 0) && !had_picture(&server, 1), "{body}");
        let words = "[picture, image/png, 12 KiB: the model's server did not take it]";
        assert!(server.body(1).to_string().contains(words), "{}", server.body(1));
    }
}

#[test]
fn what_has_nothing_to_do_with_pictures_is_not_asked_again() {
    for (status, body) in [
        (401, r#"{"error":{"message":"Incorrect API key provided"}}"#),
        (429, r#"{"error":{"message":"Rate limit reached","code":"rate_limit_exceeded"}}"#),
        (404, r#"{"error":{"message":"model \"small\" not found, try pulling it first"}}"#),
        (503, "busy"),
    ] {
        let server = Server::answering(LOCAL, [Script::refusal(status, &[], body)]);
        fails(&server, &showing(3));
        assert_eq!(server.asked(), 1, "{body}");
    }
    // Nor is what shows nothing.
    let server = Server::answering(LOCAL, [Script::refusal(400, &[], r#"{"error":"no image here"}"#)]);
    fails(&server, &request(vec![says(Role::User, "hi")], vec![]));
    assert_eq!(server.asked(), 1);
    // What is refused without pictures, too, says why.
    let refusals = ["no images", "no tools"].map(|why| Script::refusal(400, &[], &format!(r#"{{"error":"{why}"}}"#)));
    let server = Server::answering(LOCAL, refusals);
    assert!(told(fails(&server, &showing(3))).1.contains("no tools"));
}

#[test]
fn a_picture_that_makes_a_request_too_large_is_left_out() {
    let server = Server::answering(LOCAL, [answer()]);
    assert_eq!(ask(&server, &showing(1 << 20)).text, "I see.");
    assert!(!had_picture(&server, 0));
}

#[test]
fn a_model_whose_settings_say_so_is_sent_none() {
    for (line, sent) in [("pictures=none", false), ("pictures=sent", true)] {
        let server = Server::answering(&format!("{LOCAL}\n{line}"), [answer()]);
        ask(&server, &showing(12 * 1024));
        assert_eq!((had_picture(&server, 0), server.asked()), (sent, 1), "{line}");
        assert_eq!(server.body(0).to_string().contains("12 KiB: this model takes no pictures]"), !sent, "{line}");
    }
}
