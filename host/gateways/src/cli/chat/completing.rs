//! What tab does at the prompt: slash commands, and what they take, as the host knows them.

use crate::cli::plain;
use crate::client::Client;
use crate::desk::{CandidateInfo, CommandRequest, Completion};
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};
use std::time::Duration;
use tokio::runtime::Handle;

/// How long a person waits for it.
const PATIENCE: Duration = Duration::from_secs(2);
/// How wide a line of the list is.
const WIDTH: usize = 100;

/// Asks the host what could be meant.
pub(super) struct Completing {
    client: Client,
    agent: String,
    runtime: Handle,
}

impl Completing {
    /// For a prompt at which this agent is spoken to; made where the runtime is.
    pub(super) fn new(client: Client, agent: &str) -> Self {
        Self { client, agent: agent.to_owned(), runtime: Handle::current() }
    }

    /// What could be meant at the end of this; nothing where the host cannot say.
    fn ask(&self, typed: &str) -> Option<Completion> {
        let request = CommandRequest { agent: self.agent.clone(), conversation: None, text: typed.to_owned() };
        // The line editor has a thread of its own, which waits for keys in any case.
        self.runtime
            .block_on(async { tokio::time::timeout(PATIENCE, self.client.command_complete(&request)).await.ok()?.ok() })
    }
}

impl Completer for Completing {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let typed = line.get(..at).unwrap_or(line);
        if !typed.trim_start().starts_with('/') {
            return Ok((at, vec![]));
        }
        Ok(self.ask(typed).map_or_else(|| (at, vec![]), |completion| pairs(completion, typed)))
    }
}

/// What the host said, as the line editor takes it. What could steer the terminal is left out.
fn pairs(completion: Completion, typed: &str) -> (usize, Vec<Pair>) {
    let Completion { at, candidates } = completion;
    if !typed.is_char_boundary(at) {
        return (typed.len(), vec![]);
    }
    let plain = candidates.into_iter().filter(|candidate| !candidate.text.chars().any(char::is_control));
    let pairs = plain.map(|CandidateInfo { text, summary }| {
        let display = if summary.is_empty() { text.clone() } else { format!("{text}  {summary}") };
        Pair { display: plain::excerpt(&display, WIDTH), replacement: text }
    });
    (at, pairs.collect())
}

impl Hinter for Completing {
    type Hint = String;
}
impl Highlighter for Completing {}
impl Validator for Completing {}
impl Helper for Completing {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::tests::fake::Fake;
    use rustyline::history::DefaultHistory;
    use std::sync::Arc;

    #[tokio::test(flavor = "multi_thread")]
    async fn tab_asks_the_host_and_shows_nothing_that_steers_the_terminal() {
        let completing = Completing::new(Client::in_process(Arc::new(Fake)), "assistant");
        let found = tokio::task::spawn_blocking(move || {
            let history = DefaultHistory::new();
            let complete = |line: &str| {
                let (at, pairs) = completing.complete(line, line.len(), &Context::new(&history)).expect("it completes");
                let shown = pairs.into_iter().map(|pair| (pair.replacement, pair.display));
                (at, shown.collect::<Vec<_>>())
            };
            [complete("/le"), complete("where is"), complete("/nothing")]
        });
        let [slash, words, nothing] = found.await.expect("it ends");
        assert_eq!(slash, (0, vec![("/lesson".to_owned(), "/lesson  what it does".to_owned())]));
        assert!(words.1.is_empty() && nothing.1.is_empty());
    }

    #[test]
    fn a_place_inside_a_character_completes_nothing() {
        let candidates = vec![CandidateInfo { text: "x".into(), summary: String::new() }];
        for at in [1, 9] {
            assert!(pairs(Completion { at, candidates: candidates.clone() }, "é").1.is_empty());
        }
    }
}
