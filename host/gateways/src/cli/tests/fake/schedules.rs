//! What agents are told by themselves.

use crate::desk::{ChatReply, Problem, ScheduleEntry, ScheduleInfo, ScheduleLast, ScheduleName};

/// Of an agent, or of all.
pub(super) fn of(agent: Option<&str>) -> Vec<ScheduleInfo> {
    let entry = |name: &str, kind: &str, rule: &str, zone: Option<&str>, say: &str| ScheduleEntry {
        name: name.to_owned(),
        kind: kind.to_owned(),
        rule: rule.to_owned(),
        zone: zone.map(str::to_owned),
        say: say.to_owned(),
    };
    let last = |outcome: &str| {
        let (began, outcome) = ("2026-11-24T06:00:00.012Z".to_owned(), outcome.to_owned());
        Some(ScheduleLast { began, outcome, turn: Some("T1".to_owned()) })
    };
    let next = |moment: &str| Some(moment.to_owned());
    let words = "what is there to do today, and who waits for an answer that I have not given yet?";
    let morning = entry("morning", "cron", "0 7 * * 1-5", Some("Europe/Amsterdam"), words);
    let (look, eve) = (entry("look", "every", "1h", None, "/todo\x1b[2J"), "2026-12-24T08:00:00+01:00");
    let all = [
        ("assistant", morning, next("2026-11-25T06:00:00Z"), last("done")),
        ("assistant", look, next("2026-11-24T13:00:00Z"), last("agent `assistant` cannot be admitted\x1b[2J")),
        ("scout", entry("eve", "at", eve, None, "hello"), None, None),
    ];
    let meant = all.into_iter().filter(|(name, ..)| agent.is_none_or(|agent| agent == *name));
    meant.map(|(agent, entry, next, last)| ScheduleInfo { agent: agent.to_owned(), entry, next, last }).collect()
}

/// What comes of one.
pub(super) fn told(request: ScheduleName) -> Result<ChatReply, Problem> {
    let ScheduleName { agent, name } = request;
    if name == "nothing" {
        let problem = Problem::not_found(format!("there is no schedule `{name}` of `{agent}`"));
        return Err(problem.hint("loket schedules"));
    }
    let (turn, conversation, text) = ("T1".to_owned(), format!("schedule-{name}"), "Nothing to do today.".to_owned());
    Ok(ChatReply { turn, conversation, text, used: vec![], learned: vec![] })
}
