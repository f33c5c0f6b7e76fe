//! Calls that wait for the owner, and what a server of tools asks.

use crate::desk::{AnswerRequest, Answered, AskEnd, AskField, AskForm, AskInfo, Caller, EarlierAnswer, Problem};
use serde_json::json;

pub(super) fn all() -> Vec<AskInfo> {
    vec![
        asked("01JDC5Z7E0AAAAAAAA5WXVNQ2B", "bob"),
        asked("01JDC5Z7E0AAAAAAAA5WXVNQ2C", "eve"),
        AskInfo { function: "delete".to_owned(), ..asked("01JDC5Z7E0AAAAAAAA5WXVNQ2D", "x") },
    ]
}

pub(super) fn one(name: &str) -> Result<AskInfo, Problem> {
    let end = |reply: &str| Some(AskEnd { outcome: "done".to_owned(), reply: Some(reply.to_owned()) });
    match name {
        "none" => Err(Problem::not_found("no ask `none` waits").hint("`loket approvals` shows what waits")),
        "DONE" => Ok(AskInfo {
            state: "once".to_owned(),
            ended: end("it is sent\x1b[2J"),
            ..asked("01JDC5Z7E0AAAAAAAA5WXVNQ2A", "bob")
        }),
        "FORM" => Ok(asked_by_a_server(form())),
        "PAGE" => Ok(asked_by_a_server(AskForm {
            fields: vec![],
            url: Some("https://pay.example.org/x".to_owned()),
            host: Some("pay.example.org".to_owned()),
            ..form()
        })),
        _ => Ok(all().remove(0)),
    }
}

pub(super) fn answered(request: AnswerRequest, by: &Caller) -> Result<Answered, Problem> {
    assert!(by.scopes.approve && request.asks.iter().all(|ask| ask.digest == "ab".repeat(32)), "as it was shown");
    if request.arguments.as_ref().is_some_and(|json| json.is_array()) {
        return Err(Problem::invalid("the arguments do not fit").hint("the function is `send: func(to: string)`"));
    }
    let asks: Vec<String> = request.asks.into_iter().map(|ask| ask.id).collect();
    let suspended = if request.answer == "once" && asks.len() == 1 { vec!["T1".to_owned()] } else { vec![] };
    Ok(Answered { asks, answer: request.answer, goes_on: suspended, ended: vec![] })
}

/// A call that waits; some of it is hostile.
fn asked(id: &str, to: &str) -> AskInfo {
    AskInfo {
        id: id.to_owned(),
        digest: "ab".repeat(32),
        who: "agent:assistant".to_owned(),
        chain: "owner > agent:assistant".to_owned(),
        capability: "acme:mail/send".to_owned(),
        function: "send".to_owned(),
        arguments: json!({ "to": to, "text": format!("hello\x1b[2J  {}", "long ".repeat(30)) }),
        shortened: to == "bob",
        form: None,
        agent: Some("assistant".to_owned()),
        conversation: Some("C1".to_owned()),
        message: Some("write to\nbob\x1b[2J".to_owned()),
        turn: "T1".to_owned(),
        labels: vec!["private".to_owned(), "untrusted".to_owned()],
        earlier: vec![EarlierAnswer { answer: "no".to_owned(), at: "2026-11-23T11:59:00.000Z".to_owned() }],
        asked: "2026-11-23T12:00:00.000Z".to_owned(),
        expires: "2026-11-23T12:10:00.000Z".to_owned(),
        state: "waits".to_owned(),
        ended: None,
    }
}

/// What a server asks; some of it is hostile.
fn asked_by_a_server(form: AskForm) -> AskInfo {
    AskInfo {
        who: "package:mcp:files".to_owned(),
        chain: "owner > agent:assistant > package:mcp:files".to_owned(),
        capability: "mcp:files/tools".to_owned(),
        function: "read_file".to_owned(),
        arguments: json!({ "age": 36 }),
        shortened: false,
        form: Some(form),
        ..asked("01JDC5Z7E0AAAAAAAA5WXVNQ2B", "bob")
    }
}

fn form() -> AskForm {
    let field = |name: &str, kind: &str, takes: &str| AskField {
        name: name.to_owned(),
        kind: kind.to_owned(),
        takes: takes.to_owned(),
        about: "Who\nyou are\x1b[2J".to_owned(),
        required: kind == "text",
        usual: (kind == "number").then(|| json!(36)),
    };
    AskForm {
        message: "Who are you?\n      “quoted”\x1b[2J".to_owned(),
        fields: vec![field("name", "text", "text, at least 2 characters"), field("age", "number", "a whole number")],
        url: None,
        host: None,
    }
}
