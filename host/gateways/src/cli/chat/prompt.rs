//! The prompt: a person says line after line, with editing and a history that stays in the home.

use super::Conversation;
use super::completing::Completing;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::screen::DIM;
use crate::cli::session::Session;
use crate::client::discover;
use crate::desk::Problem;
use rustyline::Editor;
use rustyline::config::{BellStyle, CompletionType, Config};
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use std::path::{Path, PathBuf};

/// How many lines the history keeps.
const KEPT: usize = 1000;

/// Talk until the person leaves; a problem is shown, and the conversation goes on.
pub(super) async fn run(session: &mut Session, conversation: &mut Conversation) -> Outcome {
    let mut prompt = Prompt::open(
        &discover::state(&session.home).join("history"),
        Completing::new(session.client.clone(), &conversation.agent),
    )?;
    if !session.screen.is_json() {
        let words = format!(
            "talking to `{}`; /help says what there is, ctrl-c stops an answer, /quit or ctrl-d leaves",
            conversation.agent
        );
        session.screen.styled(DIM, &words)?;
    }
    loop {
        let line = match prompt.hear().await? {
            Heard::Line(line) => line,
            Heard::Cancelled => continue,
            Heard::End => break,
        };
        let line = match line.trim() {
            "" => continue,
            "/quit" | "/exit" => break,
            line => line,
        };
        // Dropping the turn cancels it.
        let outcome = tokio::select! {
            outcome = conversation.say_next(session, line) => outcome,
            _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
        };
        match outcome {
            Ok(()) => {}
            Err(Failure::Closed) => return Err(Failure::Closed),
            Err(Failure::Interrupted) => {
                session.screen.text("")?;
                session.screen.styled(DIM, "· stopped")?;
            }
            Err(failure) => failure.tell(session.screen.is_json(), &mut anstream::stderr())?,
        }
    }
    if let (Some(id), false) = (&conversation.id, session.screen.is_json()) {
        let words = format!("go on with: loket chat {} --conversation {id}", conversation.agent);
        session.screen.styled(DIM, &words)?;
    }
    Ok(())
}

/// What was heard.
enum Heard {
    /// A line.
    Line(String),
    /// Ctrl-C: the line was thrown away.
    Cancelled,
    /// Ctrl-D: nothing more will come.
    End,
}

/// A line editor, on a thread where waiting for a key holds nothing else up.
struct Prompt {
    editor: Option<Editor<Completing, FileHistory>>,
    history: PathBuf,
}

impl Prompt {
    fn open(history: &Path, completing: Completing) -> Result<Self, Problem> {
        let config = Config::builder().max_history_size(KEPT).map_err(|error| unusable(&error))?;
        let config = config.history_ignore_space(true).bell_style(BellStyle::None);
        let config = config.completion_type(CompletionType::List).build();
        let mut editor: Editor<Completing, FileHistory> =
            Editor::with_config(config).map_err(|error| unusable(&error))?;
        editor.set_helper(Some(completing));
        // The first time there is none.
        let _ = editor.load_history(history);
        Ok(Self { editor: Some(editor), history: history.to_owned() })
    }

    async fn hear(&mut self) -> Result<Heard, Problem> {
        let Some(mut editor) = self.editor.take() else {
            return Err(Problem::failed("the prompt has ended").hint("start `loket chat` again"));
        };
        let history = self.history.clone();
        let (editor, heard) = tokio::task::spawn_blocking(move || {
            let heard = editor.readline("> ");
            if let Ok(line) = &heard
                && editor.add_history_entry(line.as_str()).unwrap_or(false)
            {
                // Kept after each line, so that nothing is lost when the process is killed; without it, talking still works.
                let _ = editor.append_history(&history);
            }
            (editor, heard)
        })
        .await
        .map_err(|error| Problem::failed(format!("the prompt broke: {error}")))?;
        self.editor = Some(editor);
        match heard {
            Ok(line) => Ok(Heard::Line(line)),
            Err(ReadlineError::Interrupted) => Ok(Heard::Cancelled),
            Err(ReadlineError::Eof) => Ok(Heard::End),
            Err(error) => Err(unusable(&error)),
        }
    }
}

fn unusable(error: &ReadlineError) -> Problem {
    Problem::failed(format!("this terminal cannot be used for a prompt: {error}"))
        .hint("say it on the command line: loket chat assistant YOUR WORDS")
}
