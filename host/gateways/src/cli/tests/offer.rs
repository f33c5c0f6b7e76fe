//! The one question before a first chat: what it says, and what follows from each answer.

use super::Printed;
use super::fake::Fake;
use crate::cli::chat::offer;
use crate::cli::screen::Screen;
use crate::cli::session::Session;
use crate::desk::{FoundServer, ProbeRequest};
use std::path::Path;
use std::sync::Arc;

/// What is printed when this is answered.
async fn asked(answer: &str, found: &[FoundServer], declined: &Path) -> String {
    let printed = Printed::default();
    let mut session = Session::test(Arc::new(Fake), Screen::test(printed.clone(), false, true), answer);
    offer::ask(&mut session, "assistant", found, declined).await.expect("it is asked");
    printed.text()
}

async fn found() -> Vec<FoundServer> {
    let session = Session::test(Arc::new(Fake), Screen::test(Vec::new(), false, true), "");
    session.client.models_probe(&ProbeRequest::default()).await.expect("it looks")
}

#[tokio::test]
async fn a_yes_brings_the_model_in_and_grants_what_it_needs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let declined = folder.path().join("no");
    let said = asked("\n", &found().await, &declined).await;
    insta::assert_snapshot!("offer-yes", said);
    assert!(!declined.exists());
    assert_eq!(asked("y\n", &found().await, &declined).await, said);
}

#[tokio::test]
async fn a_no_is_remembered_and_no_answer_is_none() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let declined = folder.path().join("no");
    let said = asked("", &found().await, &declined).await;
    assert!(!said.contains("thinks with") && !declined.exists(), "the end of the input is no answer: {said}");
    insta::assert_snapshot!("offer-no", asked("n\n", &found().await, &declined).await);
    assert!(declined.exists());
}

#[tokio::test]
async fn nothing_is_asked_where_nothing_can_be_offered() {
    let declined = Path::new("no-such-folder/no");
    assert_eq!(asked("y\n", &[], declined).await, "");
    let mut servers = found().await;
    servers[0].models.retain(|name| name != "llama3.2");
    let why =
        "a model for vectors talks to nobody, no command has a name that a shell would read, and the other is known";
    assert_eq!(asked("y\n", &servers, declined).await, "", "{why}");
}
