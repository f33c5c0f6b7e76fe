//! `loket chat`: talking to an agent, in one go, line by line from a pipe, or at a prompt.
//!
//! Files in reading order: this one says which of the three, [`turn`] is one message and its answer, [`prompt`] the prompt, [`completing`] what
//! tab does there, [`offer`] the one question before it.

mod completing;
pub(super) mod offer;
mod prompt;
mod turn;

use super::failure::{Failure, Outcome};
use super::session::Session;
use crate::desk::{AttachedFile, ChatRequest, Problem};
use std::io::Read;
use std::path::{Path, PathBuf};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

/// The longest line that is read, in bytes: what the service takes.
const LINE: u64 = 1024 * 1024;
/// The longest file that goes along, in bytes: what a message and its files may have.
const FILE: u64 = 256 * 1024;

/// Talk to an agent
///
/// Without TEXT, at a terminal: a prompt. With TEXT, or with text piped in: say it, print the answer, and end. Each line that
/// is piped in is one message of the same conversation.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
At the prompt:
  /quit or ctrl-d leaves, ctrl-c drops the line or stops the answer,
  arrow-up brings back what you said; /help says what can be said with
  a slash, and tab completes it.
Under an answer stand the memories that it used, each with its id:
  `loket brain` shows, corrects and forgets them.

Examples:
  loket chat                                   talk to `assistant`
  loket chat scout                             talk to another agent
  loket chat /help                             what can be said with a slash
  loket chat \"what is 17% of 240?\"             one question, one answer
  loket chat assistant < questions.txt         one question a line
  loket chat --conversation garden             go on where you were
  loket chat --file notes.md \"what is due?\"    a file goes along")]
pub(crate) struct ChatArgs {
    /// Whom to talk to
    #[arg(default_value = "assistant")]
    agent: String,
    /// What to say; several words are put together
    text: Vec<String>,
    /// The conversation to go on with; a new one when left out
    #[arg(long, value_name = "ID")]
    conversation: Option<String>,
    /// A file of text that goes along with what is said first; may be given several times
    #[arg(long = "file", value_name = "PATH")]
    files: Vec<PathBuf>,
}

impl ChatArgs {
    /// Whether this is a prompt, where ctrl-c does not mean the end.
    pub(crate) fn is_prompt(&self, session: &Session) -> bool {
        self.text.is_empty() && !is_said(&self.agent) && session.input.is_terminal
    }
}

/// Talk, in whichever way was meant.
pub(crate) async fn run(session: &mut Session, args: ChatArgs) -> Outcome {
    let at_prompt = args.is_prompt(session);
    let ChatArgs { agent, text, conversation, files } = args;
    let files = files.iter().map(|path| read(path)).collect::<Result<_, _>>()?;
    let (agent, text) = match is_said(&agent) {
        true => ("assistant".to_owned(), [&[agent], &text[..]].concat().join(" ")),
        false => (agent, text.join(" ")),
    };
    let mut conversation = Conversation { agent, id: conversation, files };
    if at_prompt {
        if let Err(failure) = offer::offer(session, &conversation.agent, &[]).await {
            failure.tell(false, &mut anstream::stderr())?;
        }
        return prompt::run(session, &mut conversation).await;
    }
    if !text.is_empty() {
        return conversation.say(session, &text).await;
    }
    let mut said = false;
    while let Some(line) = next_line(&mut session.input.lines).await? {
        match line.trim() {
            "" => {}
            "/quit" | "/exit" => break,
            line => {
                conversation.say(session, line).await?;
                said = true;
            }
        }
    }
    if said {
        Ok(())
    } else {
        Err(Failure::usage(
            format!("there is nothing to say to `{}`: neither words nor input", conversation.agent),
            "name the agent first, then say it: loket chat assistant \"hello\"",
        ))
    }
}

/// Whether what stands in the place of the agent is said to it: `loket chat "what is new?"`, `loket chat /help`. No agent's name has a space
/// or begins with a slash.
fn is_said(agent: &str) -> bool {
    agent.contains(char::is_whitespace) || agent.starts_with('/')
}

/// A file that goes along.
fn read(path: &Path) -> Result<AttachedFile, Problem> {
    let shown = path.display();
    let unread = |why: &dyn std::fmt::Display| {
        let problem = Problem::invalid(format!("`{shown}` cannot go along: {why}"));
        problem.hint(format!("name a file of text with at most {FILE} bytes"))
    };
    let mut bytes = Vec::new();
    // Before it is opened: a pipe would be waited for.
    if !std::fs::metadata(path).map_err(|error| unread(&error))?.is_file() {
        return Err(unread(&"it is no file"));
    }
    let file = std::fs::File::open(path).map_err(|error| unread(&error))?;
    file.take(FILE + 1).read_to_end(&mut bytes).map_err(|error| unread(&error))?;
    if bytes.len() as u64 > FILE {
        return Err(unread(&"it is longer"));
    }
    let text = String::from_utf8(bytes).map_err(|_| unread(&"it is not text in UTF-8"))?;
    Ok(AttachedFile { name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(), text })
}

/// One line; nothing at the end of the input.
async fn next_line(lines: &mut (dyn AsyncBufRead + Send + Unpin)) -> Outcome<Option<String>> {
    let mut bytes = Vec::new();
    let read = lines.take(LINE + 1).read_until(b'\n', &mut bytes).await;
    let read = read.map_err(|error| Problem::failed(format!("standard input cannot be read: {error}")))?;
    if read as u64 > LINE {
        return Err(Problem::invalid(format!("a line of the input is longer than {LINE} bytes")).into());
    }
    let line = String::from_utf8(bytes).map_err(|_| Problem::invalid("the input is not text in UTF-8"))?;
    Ok((read > 0).then_some(line))
}

/// With whom, and since when.
pub(crate) struct Conversation {
    pub(crate) agent: String,
    /// Known from the first answer on, when it was not said.
    pub(crate) id: Option<String>,
    /// What goes along with what is said next.
    files: Vec<AttachedFile>,
}

impl Conversation {
    /// Say something, and print what happens and the answer.
    pub(crate) async fn say(&mut self, session: &mut Session, text: &str) -> Outcome {
        let (agent, conversation) = (self.agent.clone(), self.id.clone());
        let files = self.files.clone();
        let request = ChatRequest { agent, conversation, text: text.to_owned(), files };
        let reply = turn::run(session, &request).await?;
        // What was not answered goes along again.
        self.files.clear();
        self.id = Some(reply.conversation);
        Ok(())
    }
}
