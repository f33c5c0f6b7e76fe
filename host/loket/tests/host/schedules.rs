//! What agents are told by themselves: at its moment, once, through the door of a chat, and as their manifests have it now. The moments are
//! given, where nothing waits for a clock.

use crate::hot_load::until;
use crate::house::{House, lay_out};
use loket::Host;
use loket_gateways::desk::{
    AgentChange, Desk, GrantRequest, LedgerLine, ScheduleEntry, ScheduleInfo, ScheduleName, StopRequest,
};
use loket_guardian::seal::OwnerKey;
use loket_kernel::counter::now;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

const HOUR: u64 = 3_600_000;
const HOURLY: &str = "\n[[schedules]]\nname = \"look\"\nevery = \"1h\"\nsay = \"my number is 7\"\n";

fn add(home: &Path, agent: &str, schedules: &str) {
    let place = home.join("agents").join(agent).join("agent.toml");
    let manifest = fs::read_to_string(&place).expect("it reads");
    let manifest = manifest.split("\n[[schedules]]").next().expect("a beginning");
    fs::write(&place, format!("{manifest}{schedules}")).expect("it can be written");
}

fn folder(schedules: &str) -> Arc<TempDir> {
    let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
    lay_out(folder.path(), "");
    add(folder.path(), "assistant", schedules);
    folder
}

/// A home whose assistant has these.
async fn house(schedules: &str) -> House {
    House::open(folder(schedules)).await
}

impl House {
    /// How often the assistant was told something.
    async fn turns(&self) -> usize {
        let lines = self.lines("loket:roles/handler of agent:assistant", "handle").await;
        lines.iter().filter(|line| line.kind == "intent").count()
    }

    /// What the ledger says that was done about schedules.
    async fn schedule_acts(&self) -> Vec<String> {
        let acts = self.ledger().await.into_iter().filter(|line| line.kind == "act");
        acts.map(|line| line.function).filter(|function| function.starts_with("schedule ")).collect()
    }

    async fn schedule_act(&self, function: &str) -> LedgerLine {
        let line = self.ledger().await.into_iter().rfind(|line| line.function == function);
        line.unwrap_or_else(|| panic!("`{function}` is in the ledger"))
    }

    async fn schedules(&self) -> Vec<ScheduleInfo> {
        self.host.schedules(Some("assistant")).await.expect("they can be listed")
    }

    async fn outcome(&self) -> String {
        let last = self.schedules().await.remove(0).last;
        last.expect("it was told").outcome
    }

    fn kept(&self) -> String {
        fs::read_to_string(self.folder.path().join("state/schedules.json")).expect("it is kept")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_told_once_at_the_moment_and_it_stands_in_the_ledger() {
    let (house, begun) = (house(HOURLY).await, now());
    assert_eq!(house.host.do_what_is_due(begun).await, Some(begun + HOUR));
    assert_eq!((house.turns().await, house.schedules().await[0].last.clone()), (0, None), "not before its moment");
    assert_eq!(house.host.do_what_is_due(begun + HOUR).await, Some(begun + 2 * HOUR));
    house.host.do_what_is_due(begun + HOUR + 1).await;
    assert_eq!(house.turns().await, 1);
    let told = house.lines("loket:roles/handler of agent:assistant", "handle").await;
    let event = told[0].payload.as_ref().expect("the ledger has it").to_string();
    assert!(event.contains("my number is 7") && event.contains("schedule-look"), "{event}");
    assert_eq!((told[0].chain.as_str(), house.schedule_acts().await), ("owner", vec!["schedule due".to_owned()]));
    let due = house.schedule_act("schedule due").await.payload.expect("it says which");
    assert_eq!((&due["whom"], &due["schedule"]), (&"agent:assistant".into(), &"look".into()));
    let last = house.schedules().await.remove(0).last.expect("it was told");
    assert_eq!((last.outcome.as_str(), last.turn), ("done", Some(told[0].turn.clone())));
    let answer = house.say("assistant", "what is my number?").await.expect("it answers");
    assert!(answer.text.contains('7'), "what it is told, it remembers: {}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_told_twice_after_a_restart_and_what_was_missed_is_told_once() {
    let (house, begun) = (house(HOURLY).await, now());
    house.host.do_what_is_due(begun).await;
    house.host.do_what_is_due(begun + HOUR).await;
    let house = house.restart().await;
    house.host.do_what_is_due(begun + HOUR + 1).await;
    assert_eq!(house.turns().await, 1, "it was told before");
    assert_eq!(house.outcome().await, "done");
    let house = house.restart().await;
    house.host.do_what_is_due(begun + 9 * HOUR + 1).await;
    house.host.do_what_is_due(begun + 9 * HOUR + 2).await;
    assert_eq!(house.turns().await, 2, "eight were missed");
    assert_eq!(house.host.do_what_is_due(begun).await, Some(begun + 10 * HOUR), "a clock that is put back");
    assert_eq!(house.turns().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moment_is_done_with_on_disk_before_anything_is_told() {
    let (house, begun) = (house(HOURLY).await, now());
    house.host.do_what_is_due(begun).await;
    let state = house.folder.path().join("state");
    // The file cannot be written: a folder is in its way.
    fs::remove_file(state.join("schedules.json")).expect("it can be removed");
    fs::create_dir(state.join("schedules.json")).expect("it can be made");
    house.host.do_what_is_due(begun + HOUR).await;
    assert_eq!((house.turns().await, house.schedule_acts().await.len()), (0, 0), "what cannot be kept is not begun");
    fs::remove_dir(state.join("schedules.json")).expect("it can be removed");
    house.host.do_what_is_due(begun + HOUR).await;
    assert_eq!(house.turns().await, 1, "its moment was not lost");
    assert!(house.kept().contains(&(begun + HOUR).to_string()), "{}", house.kept());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_of_a_host_tells_what_was_missed_as_it_begins_and_ends_with_it() {
    let house = house(HOURLY).await;
    // As it was ten hours ago.
    house.host.do_what_is_due(now() - 10 * HOUR).await;
    let house = house.restart().await;
    house.host.schedule();
    until("it was told", async || house.turns().await == 1 && house.outcome().await == "done").await;
    house.host.drain().await;
    let folder = house.close().await;
    let house = House::open(folder).await;
    house.host.schedule();
    let problem =
        house.host.clone().schedule_run(ScheduleName { agent: "assistant".into(), name: "look".into() }).await;
    problem.expect("it is told");
    assert_eq!(house.schedule_acts().await, ["schedule due", "schedule run"], "nothing was missed any more");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_manifest_says_while_the_host_runs_holds_for_its_clock() {
    let house = house("").await;
    house.host.watch();
    house.host.schedule();
    let at = jiff::Timestamp::from_millisecond(now() as i64 + 4_000).expect("a moment");
    let soon = format!("\n[[schedules]]\nname = \"soon\"\nat = \"{at}\"\nsay = \"my number is 8\"\n");
    add(house.folder.path(), "assistant", &soon);
    until("it was told", async || house.turns().await == 1).await;
    until("it has answered", async || house.outcome().await == "done").await;
    assert_eq!(house.schedules().await[0].next, None, "once");

    add(house.folder.path(), "assistant", HOURLY);
    until("it has another", async || house.schedules().await[0].entry.name == "look").await;
    add(house.folder.path(), "assistant", "");
    until("it has none", async || house.schedules().await.is_empty()).await;
    until("it is forgotten", async || house.kept() == "{}").await;
    house.host.do_what_is_due(now() + 9 * HOUR).await;
    assert_eq!(house.turns().await, 1, "what was taken out is over");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_gives_nobody_more_than_they_have() {
    let (house, begun) = (house(HOURLY).await, now());
    house.host.do_what_is_due(begun).await;
    let refused = async || house.ledger().await.into_iter().filter(|line| line.kind == "refused").count();
    house.host.do_what_is_due(begun + HOUR).await;
    assert_eq!((house.turns().await, house.outcome().await.as_str(), refused().await), (1, "done", 0));
    // What it thinks with is taken from it: then there is a turn, its call is refused there, and the schedule says why.
    house.revoke("assistant", "loket:offline").await;
    house.host.do_what_is_due(begun + 2 * HOUR).await;
    assert_eq!(house.schedule_acts().await, ["schedule due", "schedule due", "schedule failed"]);
    let why = house.schedule_act("schedule failed").await.payload.expect("it says why")["why"].to_string();
    assert!(why.contains("loket:offline"), "{why}");
    assert!(house.outcome().await.contains("loket:offline"));
    assert!(refused().await > 0);
    house.grant("assistant", "loket:offline").await;
    house.host.do_what_is_due(begun + 3 * HOUR).await;
    assert_eq!(house.outcome().await, "done");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_still_runs_is_not_begun_again_and_can_be_stopped() {
    let asking = "\n[[schedules]]\nname = \"look\"\nevery = \"1h\"\nsay = \"/calc 2+2\"\n";
    let (house, begun) = (house(asking).await, now());
    let (grantee, capability, verdict) = ("assistant".to_owned(), "loket:calc".to_owned(), Some("ask".to_owned()));
    house.grant_as(GrantRequest { grantee, capability, verdict, ..GrantRequest::default() }).await;
    house.host.do_what_is_due(begun).await;
    let host = house.host.clone();
    let first = tokio::spawn(async move { host.do_what_is_due(begun + HOUR).await });
    until("it waits for its owner", async || !house.host.asks().await.expect("listed").is_empty()).await;
    house.host.do_what_is_due(begun + 2 * HOUR).await;
    let why = house.schedule_act("schedule skipped").await.payload.expect("it says why");
    assert!(why["why"].to_string().contains("still runs"), "{why}");
    let name = ScheduleName { agent: "assistant".into(), name: "look".into() };
    let problem = house.host.clone().schedule_run(name).await.expect_err("it still runs");
    assert_eq!((problem.code.as_str(), house.turns().await), ("unavailable", 1));
    assert_eq!(house.outcome().await, "running");
    let (agent, conversation) = ("assistant".to_owned(), Some("schedule-look".to_owned()));
    let stopped = house.host.stop(StopRequest { agent, conversation, stream: None }).await.expect("it can be stopped");
    assert_eq!(stopped.stopped, 1);
    first.await.expect("no panic");
    assert!(house.outcome().await.contains("stopped"), "{}", house.outcome().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn its_owner_has_it_told_now_and_its_next_moment_stays() {
    let (house, begun) = (house(HOURLY).await, now());
    house.host.do_what_is_due(begun).await;
    let name = |name: &str| ScheduleName { agent: "assistant".into(), name: name.into() };
    let next = house.schedules().await[0].next.clone();
    let reply = house.host.clone().schedule_run(name("look")).await.expect("it is told");
    assert_eq!(
        (reply.conversation.as_str(), house.schedule_acts().await),
        ("schedule-look", vec!["schedule run".to_owned()])
    );
    assert_eq!((house.schedules().await[0].next.clone(), house.outcome().await.as_str()), (next, "done"));
    for (agent, wrong) in [("assistant", "nothing"), ("nobody", "look")] {
        let name = ScheduleName { agent: agent.into(), name: wrong.into() };
        let problem = house.host.clone().schedule_run(name).await.expect_err("there is none");
        assert_eq!((problem.code.as_str(), problem.hint.as_deref()), ("not-found", Some("loket schedules")));
    }
    assert!(house.host.schedules(Some("nobody")).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn in_safe_mode_what_was_there_goes_on_and_nothing_new_is_told() {
    let home = house(HOURLY).await;
    let begun = now();
    home.host.do_what_is_due(begun).await;
    let folder = home.close().await;
    // A home that nobody sealed with this key is opened in safe mode.
    let key = OwnerKey::make("a passphrase", |chance| chance.fill(3)).expect("made").public().to_string();
    let open = async |folder: Arc<TempDir>| {
        let host = Host::open_for(folder.path(), Some(&key)).await.unwrap_or_else(|p| panic!("it opens: {p:?}"));
        House { host: Arc::new(host), folder }
    };
    let house = open(folder).await;
    house.host.do_what_is_due(begun + HOUR).await;
    assert_eq!((house.turns().await, house.outcome().await.as_str()), (1, "done"));
    let folder = house.close().await;
    add(folder.path(), "assistant", &HOURLY.replace("my number is 7", "my number is 9"));
    let house = open(folder).await;
    house.host.do_what_is_due(begun + 2 * HOUR).await;
    assert_eq!((house.turns().await, house.schedules().await.len()), (1, 0), "nobody let that in");
}

#[tokio::test(flavor = "multi_thread")]
async fn schedules_are_written_into_the_manifest_and_a_wrong_one_changes_nothing() {
    let house = house("\n# mine\n[[schedules]]\nname = \"look\"\nevery = \"1h\" # often\nsay = \"look\"\n").await;
    let manifest = || fs::read_to_string(house.folder.path().join("agents/assistant/agent.toml")).expect("it reads");
    let change = async |schedules: Option<Vec<ScheduleEntry>>| {
        let agent = Desk::agent(&*house.host, "assistant").await.expect("it is there");
        let (name, digest, persona) = (agent.info.name, agent.digest, agent.persona);
        let (model, limits) = (agent.model, agent.limits);
        house.host.agent_change(AgentChange { name, digest, persona, model, limits, schedules }).await
    };
    let agent = change(None).await.expect("it is as it was");
    assert!(manifest().contains("every = \"1h\" # often"), "{}", manifest());
    let mut schedules = agent.schedules;
    let new = ScheduleEntry {
        name: "morning".into(),
        kind: "cron".into(),
        rule: "0 7 * * *".into(),
        zone: Some("Europe/Amsterdam".into()),
        say: "good morning".into(),
    };
    schedules.push(new.clone());
    assert_eq!(change(Some(schedules.clone())).await.expect("it is changed").schedules, schedules);
    assert!(manifest().contains("# mine") && manifest().contains("# often"), "{}", manifest());
    let said = house.schedule_act("agent changed").await.payload.expect("it says what")["schedules"].to_string();
    assert!(said.contains("morning: cron 0 7 * * * Europe/Amsterdam: good morning"), "{said}");
    let before = manifest();
    let wrong = ScheduleEntry { rule: "0 7 * *".into(), ..new };
    let problem = change(Some(vec![wrong])).await.expect_err("four fields");
    assert!(problem.message.contains("not five fields but 4") && problem.hint.is_some(), "{problem:?}");
    assert_eq!(manifest(), before);
    assert_eq!(change(Some(vec![])).await.expect("they are taken out").schedules, vec![]);
    assert!(!manifest().contains("schedules"), "{}", manifest());
    assert!(house.schedules().await.is_empty());
}
