//! `loket chat`: talking to an agent, in one go, line by line from a pipe, or at a prompt.
//!
//! Files in reading order: this one says which of the three, [`turn`] is one message and its answer, [`prompt`] the prompt, [`completing`] what
//! tab does there, [`offer`] the one question before it.

mod completing;
pub(super) mod offer;
mod prompt;
mod turn;

use super::failure::{Failure, Outcome};
use super::screen::DIM;
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
                conversation.say_next(session, line).await?;
                said = true;
            }
        }
    }
    if said && conversation.files.is_empty() {
        Ok(())
    } else if said {
        Err(Failure::usage(
            format!("{} did not go along: all that was said are commands", conversation.names()),
            "say something with a file: loket chat --file notes.md \"what is due?\"",
        ))
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
    /// Say one of several things, and print what happens and the answer. A command takes no files: they wait for what is said after it.
    pub(crate) async fn say_next(&mut self, session: &mut Session, text: &str) -> Outcome {
        if self.files.is_empty() || !is_command(text) {
            return self.say(session, text).await.map_err(|failure| self.without_files(failure));
        }
        self.ask(session, text, vec![]).await?;
        if !session.screen.is_json() {
            let words = format!("· {} goes along with what you say next", self.names());
            session.screen.styled(DIM, &words)?;
        }
        Ok(())
    }

    /// Say something, and print what happens and the answer.
    pub(crate) async fn say(&mut self, session: &mut Session, text: &str) -> Outcome {
        self.ask(session, text, self.files.clone()).await?;
        // What was not answered goes along again.
        self.files.clear();
        Ok(())
    }

    async fn ask(&mut self, session: &mut Session, text: &str, files: Vec<AttachedFile>) -> Outcome {
        let (agent, conversation) = (self.agent.clone(), self.id.clone());
        let request = ChatRequest { agent, conversation, text: text.to_owned(), files };
        let reply = turn::run(session, &request).await?;
        self.id = Some(reply.conversation);
        Ok(())
    }

    /// What cannot be said as it is would fail again with the same files: they are let go of, and that is told.
    fn without_files(&mut self, failure: Failure) -> Failure {
        match failure {
            Failure::Problem(mut problem) if problem.code == "invalid" && !self.files.is_empty() => {
                problem.message.push_str(&format!("\n{} goes along no more", self.names()));
                self.files.clear();
                Failure::Problem(problem)
            }
            other => other,
        }
    }

    fn names(&self) -> String {
        let names: Vec<_> = self.files.iter().map(|file| format!("`{}`", file.name)).collect();
        names.join(", ")
    }
}

/// Whether a line has the form of a command: a plain name behind a slash, which no path is.
fn is_command(line: &str) -> bool {
    let name = line.trim_start().strip_prefix('/').and_then(|rest| rest.split(char::is_whitespace).next());
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == ':';
    name.is_some_and(|name| !name.is_empty() && name.chars().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file() -> Conversation {
        let files = vec![AttachedFile { name: "notes.md".to_owned(), text: "due in May".to_owned() }];
        Conversation { agent: "assistant".to_owned(), id: None, files }
    }

    #[test]
    fn files_with_which_nothing_can_be_said_are_let_go_of_and_that_is_told() {
        let mut conversation = with_file();
        let failure = conversation.without_files(Problem::invalid("too much").into());
        let Failure::Problem(problem) = failure else { panic!("it is one") };
        assert_eq!(problem.message, "too much\n`notes.md` goes along no more");
        assert!(conversation.files.is_empty());
        let Failure::Problem(problem) = conversation.without_files(Problem::invalid("too much").into()) else {
            panic!("it is one")
        };
        assert_eq!(problem.message, "too much", "there are none");
    }

    #[test]
    fn files_wait_where_the_same_may_go_well_later() {
        let mut conversation = with_file();
        let _ = conversation.without_files(Problem::failed("the model is away").into());
        let _ = conversation.without_files(Failure::Interrupted);
        assert_eq!(conversation.files.len(), 1);
    }

    #[test]
    fn a_path_is_no_command() {
        for line in ["/help", " /remember x", "/acme:notes:add x"] {
            assert!(is_command(line), "{line}");
        }
        for line in ["help", "/", "/ help", "/etc/hosts looks wrong", "/Help", ""] {
            assert!(!is_command(line), "{line}");
        }
    }
}
