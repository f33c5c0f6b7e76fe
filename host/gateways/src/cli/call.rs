//! `loket call`: one function, as the owner. And what an answer of the WIT kind `result` means to a command.

use super::approvals::asking;
use super::failure::{Failure, Outcome};
use super::plain;
use super::screen::Screen;
use super::session::Session;
use crate::desk::{CallRequest, Problem};
use serde_json::Value as Json;

/// Call a function of a tool or of the host, as yourself
///
/// The call goes through the same counter as every other, and is written in the ledger.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
`loket inspect PACKAGE` shows the functions of a package and what they take.

Examples:
  loket call loket:calc/arithmetic evaluate '{\"expression\": \"0.1 + 0.2\"}'
  loket call loket:calc/arithmetic evaluate '[\"0.1 + 0.2\"]'      by position
  loket call loket:brain/memory list '[[], null, 10]' --agent assistant")]
pub(crate) struct CallArgs {
    /// The interface, such as `loket:calc/arithmetic`; or a package, for the functions at its root
    capability: String,
    /// The function
    function: String,
    /// The arguments: a JSON object by parameter name, or a JSON array by position
    #[arg(value_name = "JSON", allow_hyphen_values = true)]
    arguments: Option<String>,
    /// On behalf of this agent: needed where each agent has something of its own, such as its brain
    #[arg(long)]
    agent: Option<String>,
    /// The package that should answer, when several export the interface
    #[arg(long)]
    package: Option<String>,
}

/// Call it, and print what it answered.
pub(crate) async fn run(session: &mut Session, args: CallArgs) -> Outcome {
    let arguments = match args.arguments.as_deref() {
        None => Json::Array(Vec::new()),
        Some(text) => arguments(text)?,
    };
    let request = CallRequest {
        capability: args.capability,
        package: args.package,
        function: args.function,
        arguments,
        agent: args.agent,
    };
    let answer = asking::call(session, &request).await?;
    print(&mut session.screen, &answer)?;
    success(answer).map(drop)
}

/// Arguments as they are typed.
pub(crate) fn arguments(text: &str) -> Outcome<Json> {
    let hint = "quote them for your shell, for example '{\"expression\": \"1 + 1\"}' or '[\"1 + 1\"]'";
    let value: Json = serde_json::from_str(text)
        .map_err(|error| Failure::usage(format!("the arguments are not JSON: {error}"), hint))?;
    match value {
        Json::Array(_) | Json::Object(_) => Ok(value),
        _ => Err(Failure::usage("the arguments are neither a JSON object nor a JSON array", hint)),
    }
}

/// Text as text, anything else as JSON; an error is left to [`success`], except for programs.
fn print(screen: &mut Screen, answer: &Json) -> Outcome {
    if screen.is_json() {
        return Ok(screen.document(answer)?);
    }
    match result(answer) {
        Some(Err(_)) => Ok(()),
        Some(Ok(Json::Null)) => Ok(screen.text("done")?),
        Some(Ok(Json::String(text))) => Ok(screen.text(text)?),
        Some(Ok(value)) => Ok(screen.document(value)?),
        None => match answer {
            Json::Null => Ok(screen.text("done")?),
            Json::String(text) => Ok(screen.text(text)?),
            value => Ok(screen.document(value)?),
        },
    }
}

/// A WIT `result` in JSON.
fn result(answer: &Json) -> Option<Result<&Json, &Json>> {
    let object = answer.as_object().filter(|object| object.len() == 1)?;
    object.get("ok").map(Ok).or_else(|| object.get("err").map(Err))
}

/// What a call came to: the value of a `result` that went well, or the value itself; an `err` is a failure.
pub(crate) fn success(answer: Json) -> Outcome<Json> {
    match result(&answer) {
        None => Ok(answer),
        Some(Ok(value)) => Ok(value.clone()),
        Some(Err(error)) => Err(problem(error).into()),
    }
}

/// An error of a call: the cases of `loket:types` by their meaning, any other as it is.
fn problem(error: &Json) -> Problem {
    const CASES: [&str; 8] =
        ["denied", "needs-approval", "invalid", "not-found", "exhausted", "unavailable", "failed", "other"];
    let case = error.as_object().filter(|object| object.len() == 1).and_then(|object| object.iter().next());
    let Some((case, datum)) = case.filter(|(case, _)| CASES.contains(&case.as_str())) else {
        return match error {
            Json::String(words) => Problem::failed(words),
            Json::Null => Problem::failed("the function answered with an error, and did not say which"),
            _ => Problem::failed(format!(
                "the function answered with the error {}",
                plain::plain_json(&error.to_string())
            )),
        };
    };
    let word = |name: &str| datum.get(name).and_then(Json::as_str).unwrap_or_default();
    match datum {
        Json::String(words) => Problem::new(case, words),
        _ if !word("reason").is_empty() => {
            let what = format!("{}\n`{}.{}` was not called", word("reason"), word("capability"), word("function"));
            let problem = Problem::new(case, what);
            if word("remedy").is_empty() { problem } else { problem.hint(word("remedy")) }
        }
        _ if !word("limit").is_empty() => {
            Problem::new(case, format!("the limit `{}` was reached: {}", word("limit"), word("detail")))
        }
        _ => Problem::new(case, plain::plain_json(&datum.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::{arguments, success};
    use serde_json::{Value as Json, json};

    #[track_caller]
    fn fails(answer: Json, code: u8, message: &str) {
        let failure = success(answer).expect_err("an error");
        let super::Failure::Problem(problem) = &failure else { panic!("{failure:?}") };
        assert_eq!((failure.code(), problem.message.as_str()), (code, message));
    }

    #[test]
    fn an_ok_is_unwrapped_and_a_bare_value_is_itself() {
        for (answer, expect) in [
            (json!({ "ok": [1, 2] }), json!([1, 2])),
            (json!({ "ok": null }), json!(null)),
            (json!("text"), json!("text")),
            (json!({ "ok": 1, "other": 2 }), json!({ "ok": 1, "other": 2 })),
        ] {
            assert_eq!(success(answer).expect("well"), expect);
        }
    }

    #[test]
    fn an_error_has_the_code_of_its_case() {
        fails(json!({ "err": { "not-found": "no memory `X`" } }), 1, "no memory `X`");
        fails(json!({ "err": "division by zero" }), 1, "division by zero");
        fails(json!({ "err": null }), 1, "the function answered with an error, and did not say which");
        fails(json!({ "err": { "overflow": 7 } }), 1, "the function answered with the error {\"overflow\":7}");
        let refusal = json!({ "capability": "a:b/c", "function": "f", "reason": "no grant", "remedy": "loket grant" });
        fails(json!({ "err": { "denied": refusal } }), 3, "no grant\n`a:b/c.f` was not called");
        let refusal = json!({ "capability": "a:b/c", "function": "f", "reason": "ask", "remedy": "" });
        fails(json!({ "err": { "needs-approval": refusal } }), 3, "ask\n`a:b/c.f` was not called");
        let limit = json!({ "limit": "memory", "detail": "64 MiB", "renews": null });
        fails(json!({ "err": { "exhausted": limit } }), 1, "the limit `memory` was reached: 64 MiB");
    }

    #[test]
    fn arguments_are_an_object_or_an_array() {
        assert_eq!(arguments("[1]").expect("an array"), json!([1]));
        assert_eq!(arguments("{\"a\":1}").expect("an object"), json!({ "a": 1 }));
        for wrong in ["1", "\"text\"", "null", "{a: 1}", ""] {
            assert_eq!(arguments(wrong).expect_err("wrong").code(), 2, "{wrong}");
        }
    }
}
