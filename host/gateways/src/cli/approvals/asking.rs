//! The question in the middle of a chat or a call: whoever sits at the terminal answers in place. Where nobody does, it waits elsewhere.

use super::{given, shown};
use crate::cli::failure::{Failure, Outcome};
use crate::cli::plain;
use crate::cli::screen::{DIM, Screen};
use crate::cli::session::{Input, Session};
use crate::client::Client;
use crate::desk::{AnswerRequest, AskForm, AskInfo, AskRef, CallRequest, Problem};
use jiff::Timestamp;
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;
use serde_json::{Map, Value as Json};
use std::collections::HashSet;
use std::io::Write as _;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt};

/// The longest line that is read, in bytes: arguments are no longer either.
const LINE: u64 = 1024 * 1024;

/// How often is looked what a call waits for.
const LOOK: Duration = Duration::from_millis(200);

const KEYS: &str = "\
y  yes, this once            n  no
c  yes, in this conversation x  no, and do not ask for such again in this turn
a  yes, always: a grant      e  yes, with other arguments
?  show it again";

/// What was typed.
enum Typed {
    Line(String),
    /// Ctrl-C.
    Stop,
    /// Nothing more comes.
    End,
}

/// Ask about all of these, kind by kind, and give the answers.
///
/// # Errors
/// `Interrupted` when the person wants the turn stopped, or what printing came to. What an answer comes to is told, and the turn goes on.
pub(crate) async fn ask(client: &Client, screen: &mut Screen, input: &mut Input, asks: Vec<AskInfo>) -> Outcome {
    for kind in shown::by_kind(asks) {
        shown::asks(screen, &kind)?;
        loop {
            let all = if kind.len() > 1 { format!("all {}: ", kind.len()) } else { String::new() };
            let (answer, arguments) = match read(screen, input, &format!("{all}[y/n/c/a/x/e/?] ")).await? {
                Typed::Stop => return Err(Failure::Interrupted),
                // It can be answered elsewhere.
                Typed::End => return Ok(()),
                Typed::Line(line) => match line.trim() {
                    "y" | "yes" => ("once", None),
                    "n" | "no" => ("no", None),
                    "c" => ("conversation", None),
                    "a" => ("always", None),
                    "x" => ("not-again", None),
                    "e" => match edited(screen, input, &kind).await? {
                        Some(arguments) => ("once", Some(arguments)),
                        None => continue,
                    },
                    "?" => {
                        shown::asks(screen, &kind)?;
                        screen.text(KEYS)?;
                        continue;
                    }
                    _ => {
                        screen.text(KEYS)?;
                        continue;
                    }
                },
            };
            let asks = kind.iter().map(AskRef::from).collect();
            let request = AnswerRequest { asks, answer: answer.to_owned(), arguments };
            match client.answer(&request).await {
                Ok(answered) => {
                    screen.styled(DIM, &format!("· {}", shown::meaning(&answered.answer)))?;
                    break;
                }
                Err(problem) => {
                    let again = problem.code == "invalid" || problem.code == "unavailable";
                    Failure::from(problem).tell(false, &mut anstream::stderr())?;
                    if !again {
                        break;
                    }
                }
            }
        }
    }
    Ok(())
}

/// Tell whoever reads the errors that something waits for them, where nobody can be asked in place.
pub(crate) fn elsewhere(asks: &[AskInfo]) -> std::io::Result<()> {
    for ask in asks {
        let words = format!("`{}` waits for your answer: loket approvals show {}", ask.who, shown::short(&ask.id));
        writeln!(anstream::stderr(), "{}", plain::plain_line(&words))?;
    }
    Ok(())
}

/// A call as the owner. While this command alone has the home, nobody else can answer what the call comes to wait for.
pub(crate) async fn call(session: &mut Session, request: &CallRequest) -> Outcome<Json> {
    let (is_alone, begun) = (session.is_alone(), Timestamp::now());
    let Session { client, screen, input, .. } = session;
    let client = &*client;
    let can_be_asked = input.can_be_asked(screen);
    let call = client.call(request);
    if !is_alone {
        return Ok(call.await?);
    }
    tokio::pin!(call);
    let mut told = HashSet::new();
    loop {
        tokio::select! {
            answer = &mut call => return Ok(answer?),
            () = tokio::time::sleep(LOOK) => {}
        }
        let mut asks = client.asks().await?;
        // Others wait since before, or were asked about already.
        asks.retain(|ask| {
            ask.asked.parse::<Timestamp>().is_ok_and(|asked| asked >= begun) && told.insert(ask.id.clone())
        });
        match asks.is_empty() {
            true => {}
            false if can_be_asked => ask(client, screen, input, asks).await?,
            false => {
                elsewhere(&asks)?;
                client.suspend().await?;
            }
        }
    }
}

/// Other arguments; nothing when they are none.
async fn edited(screen: &mut Screen, input: &mut Input, kind: &[AskInfo]) -> Outcome<Option<Json>> {
    let [one] = kind else {
        screen.text("several calls have no arguments in common: answer one by `loket approvals`")?;
        return Ok(None);
    };
    if let Some(form) = &one.form {
        return filled(screen, input, form).await;
    }
    screen.text(&format!("now: {}", one.arguments))?;
    match read(screen, input, "as JSON: ").await? {
        Typed::Line(line) => match crate::cli::call::arguments(line.trim()) {
            Ok(arguments) => Ok(Some(arguments)),
            Err(failure) => {
                failure.tell(false, &mut anstream::stderr())?;
                Ok(None)
            }
        },
        Typed::Stop => Err(Failure::Interrupted),
        Typed::End => Ok(None),
    }
}

/// Values for the fields of what a server asks, one after the other; an empty line leaves what is usual.
async fn filled(screen: &mut Screen, input: &mut Input, form: &AskForm) -> Outcome<Option<Json>> {
    let mut values = Map::new();
    for field in &form.fields {
        let usual = field.usual.as_ref().map(|usual| format!(" [{usual}]")).unwrap_or_default();
        let prompt = plain::plain_line(&format!("{}{usual}: ", field.name));
        match read(screen, input, &prompt).await? {
            Typed::Line(line) => match line.trim() {
                "" => {}
                typed => drop(values.insert(field.name.clone(), given::value_of(field, typed))),
            },
            Typed::Stop => return Err(Failure::Interrupted),
            Typed::End => return Ok(None),
        }
    }
    Ok(Some(Json::Object(values)))
}

/// One line: typed at the terminal, or piped in where a test does it.
async fn read(screen: &mut Screen, input: &mut Input, prompt: &str) -> Outcome<Typed> {
    if input.is_terminal {
        let prompt = prompt.to_owned();
        let typed = tokio::task::spawn_blocking(move || DefaultEditor::new()?.readline(&prompt)).await;
        return match typed.map_err(|error| Problem::failed(format!("the prompt broke: {error}")))? {
            Ok(line) => Ok(Typed::Line(line)),
            Err(ReadlineError::Interrupted) => Ok(Typed::Stop),
            Err(ReadlineError::Eof) => Ok(Typed::End),
            Err(error) => Err(Problem::failed(format!("this terminal cannot be used for a question: {error}"))
                .hint("answer elsewhere: loket approvals")
                .into()),
        };
    }
    screen.stream(prompt)?;
    let mut line = String::new();
    let read = (&mut input.lines).take(LINE).read_line(&mut line).await;
    let read = read.map_err(|error| Problem::failed(format!("standard input cannot be read: {error}")))?;
    Ok(if read == 0 { Typed::End } else { Typed::Line(line) })
}
