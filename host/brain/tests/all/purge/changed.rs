//! What was put right or replaced is gone like what was forgotten.

use super::{dream, holding, in_index, nowhere};
use crate::support::*;
use loket_brain::{Kind, Revision};

#[test]
fn what_was_put_right_is_gone_as_well() {
    let edits = [
        Revision { text: Some("the word is another".to_owned()), ..Revision::default() },
        Revision { tags: Some(vec!["plain".to_owned()]), ..Revision::default() },
    ];
    for (at, revision) in edits.iter().enumerate() {
        let brain = brain();
        let (text, tags) = if at == 0 { ("the word is zanzibarquux", "plain") } else { ("the word", "zanzibarquux") };
        let id = write(&brain, tagged(text, &[tags]), 1);
        brain.index_now().expect("indexed");
        assert!(holding(brain.dir.path(), "zanzibarquux").len() == 1 && in_index(&brain, "zanzibarquux"));
        brain.edit(&id, revision).expect("edited");
        nowhere(&brain, "zanzibarquux");
        assert_eq!(recall(&brain, "word").len(), 1);
    }
}

#[test]
fn what_was_put_right_is_gone_from_the_journal_too() {
    let brain = brain();
    let id = write(&brain, draft("the word is zanzibarquux"), 1);
    assert_eq!(dream(&brain, 100 * DAY).deeds.len(), 1, "it faded");
    let text = Some("the word is another".to_owned());
    brain.edit(&id, &Revision { text, ..Revision::default() }).expect("edited");
    nowhere(&brain, "zanzibarquux");
}

#[test]
fn skills_lose_the_steps_that_others_replaced() {
    let brain = brain();
    let with = |tool: &str, arguments: &str| loket_brain::Draft {
        steps: vec![loket_brain::Step {
            tool: tool.to_owned(),
            arguments: arguments.to_owned(),
            outcome: String::new(),
        }],
        ..of(Kind::Skill, "restart the router")
    };
    write(&brain, with("zanzibarquux", "--password grimwoldry"), 1);
    brain.index_now().expect("indexed");
    write(&brain, with("ssh", "--key"), 2);
    nowhere(&brain, "zanzibarquux");
    nowhere(&brain, "grimwoldry");
}
