//! Packages come, change and go two hundred times under load: each question gets its one answer, and nothing of what went is met again.
//! A binary of its own, as it counts what the process holds.

#[path = "host/house.rs"]
#[expect(dead_code, reason = "this binary needs less of a house than the other")]
mod house;

use house::House;
use loket_gateways::desk::{CallRequest, Desk as _};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many things happen.
const ACTS: usize = 200;
/// In the places of how many versions.
const VERSIONS: u32 = 4;
/// How long one of them may take to hold.
const SOON: Duration = Duration::from_secs(20);

/// A component that answers `which` with its number.
fn component(number: u32) -> Vec<u8> {
    let text = format!(
        "(component (core module $m (func (export \"which\") (result i32) i32.const {number}))
        (core instance $i (instantiate $m)) (func $which (result u32) (canon lift (core func $i \"which\")))
        (instance $acts (export \"which\" (func $which))) (export \"drop:thing/acts@1.0.0\" (instance $acts)))"
    );
    wat::parse_str(text).expect("a component")
}

/// What answers, as time goes on: `None` where nothing does.
#[derive(Default)]
struct History {
    /// One entry more before each act.
    answers: Mutex<Vec<Option<u32>>>,
    /// Up to which all is known to hold.
    settled: AtomicUsize,
}

impl History {
    fn add(&self, answer: Option<u32>) {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).push(answer);
    }

    fn settle(&self) {
        let last = self.answers.lock().unwrap_or_else(PoisonError::into_inner).len() - 1;
        self.settled.store(last, Ordering::SeqCst);
    }

    /// What may have been answered by now since something was settled.
    fn since(&self, settled: usize) -> Vec<Option<u32>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)[settled..].to_vec()
    }
}

/// A home that is changed all the time.
struct Upheaval {
    house: House,
    history: History,
    /// The most instances that were seen at once.
    seen: AtomicUsize,
    over: AtomicBool,
}

impl Upheaval {
    fn place(&self, version: u32) -> PathBuf {
        self.house.folder.path().join(format!("registry/drop/thing/1.{version}.0.wasm"))
    }

    /// Asks who is there; `None` where nobody is.
    async fn ask(&self) -> Option<u32> {
        let request = CallRequest {
            capability: "drop:thing/acts".into(),
            package: Some("drop:thing".into()),
            function: "which".into(),
            arguments: json!({}),
            agent: None,
        };
        let answer: Json = self.house.host.call(request).await.ok()?;
        Some(answer.as_u64().and_then(|number| u32::try_from(number).ok()).expect("a number"))
    }

    /// Asks as long as it lasts: whatever answers was there at some moment since the question was begun.
    async fn keep_asking(&self) -> usize {
        let mut asked = 0;
        while !self.over.load(Ordering::SeqCst) {
            let settled = self.history.settled.load(Ordering::SeqCst);
            let answer = self.ask().await;
            let known = self.history.since(settled);
            assert!(known.contains(&answer), "{answer:?} answers, and only {known:?} may");
            self.seen.fetch_max(self.house.host.instances(), Ordering::SeqCst);
            asked += 1;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        asked
    }

    /// Talks as long as it lasts: each question gets an answer of its own.
    async fn keep_talking(&self) -> usize {
        let mut said = 0;
        while !self.over.load(Ordering::SeqCst) {
            let text = format!("/calc_evaluate {{\"expression\": \"{said} * 1000 + 7\"}}");
            let reply = self.house.say("assistant", &text).await.expect("it is answered").text;
            assert!(reply.contains(&format!("{said}007")) || said == 0 && reply.contains('7'), "{said}: {reply}");
            said += 1;
        }
        said
    }
}

/// How many files this process has open.
fn handles() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_changes_under_load_lose_no_answer_and_leave_nothing_behind() {
    let house = House::new().await;
    house.host.watch();
    house.grant("assistant", "loket:calc").await;
    let folder = house.folder.path().join("registry/drop/thing");
    fs::create_dir_all(&folder).expect("it can be made");
    let all = Arc::new(Upheaval {
        house,
        history: History::default(),
        seen: AtomicUsize::new(0),
        over: AtomicBool::new(false),
    });
    all.history.add(None);
    let mut before = 0;
    let askers: Vec<_> = (0..2)
        .map(|_| {
            tokio::spawn({
                let all = all.clone();
                async move { all.keep_asking().await }
            })
        })
        .collect();
    let talker = tokio::spawn({
        let all = all.clone();
        async move { all.keep_talking().await }
    });

    let mut there: BTreeMap<u32, u32> = BTreeMap::new();
    // The same acts each time: a linear congruence is chance enough.
    let mut state = 12_345_u32;
    let mut chance = |most: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % most
    };
    for number in 1..=u32::try_from(ACTS).expect("not so many") {
        if number == 20 {
            // All that is opened once is open by now.
            before = handles();
        }
        let (version, beside) = (chance(VERSIONS), folder.join(".beside"));
        let bytes = component(number);
        let place = all.place(version);
        let after = |change: Option<Option<u32>>| {
            let mut after = there.clone();
            match change {
                Some(Some(number)) => drop(after.insert(version, number)),
                Some(None) => drop(after.remove(&version)),
                None => {}
            }
            after
        };
        let kind = chance(6);
        let next = match kind {
            0 => after(Some(None)),
            1 => after(None),
            _ => after(Some(Some(number))),
        };
        all.history.add(next.values().next_back().copied());
        match kind {
            0 => drop(fs::remove_file(&place)),
            // Something broken beside it, which goes again.
            1 => {
                let broken = all.place(VERSIONS + 5);
                fs::write(&broken, &bytes[..bytes.len() / 2]).expect("it can be written");
                tokio::time::sleep(Duration::from_millis(u64::from(chance(30)))).await;
                fs::remove_file(&broken).expect("it can be removed");
            }
            // As a slow writer does, in its place.
            2 => {
                use std::io::Write as _;
                let mut file = fs::File::create(&place).expect("it can be made");
                for part in bytes.chunks(bytes.len() / 3 + 1) {
                    file.write_all(part).expect("it can be written");
                    tokio::time::sleep(Duration::from_millis(u64::from(chance(30)))).await;
                }
            }
            _ => fs::write(&beside, &bytes).and_then(|()| fs::rename(&beside, &place)).expect("it can be written"),
        }
        there = next;
        let (wanted, begun) = (there.values().next_back().copied(), Instant::now());
        while all.ask().await != wanted {
            assert!(begun.elapsed() < SOON, "act {number} ({kind}): {wanted:?} is to answer");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        all.history.settle();
    }
    all.over.store(true, Ordering::SeqCst);
    for asker in askers {
        assert!(asker.await.expect("all answers were right") > ACTS, "it asked all the time");
    }
    assert!(talker.await.expect("all were answered") > 20, "it talked all the time");
    // An instance lives for one call. Each was counted when it was made, and is again when it is gone.
    assert!(all.seen.load(Ordering::SeqCst) > 0, "some were there while it lasted");
    let (begun, left) = (Instant::now(), || (all.house.host.instances(), all.house.host.memory().0));
    while left() != (0, 0) {
        assert!(begun.elapsed() < SOON, "instances, and bytes of their memory, that are left: {:?}", left());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // What a leaked instance holds is open, too: it is looked for first.
    let (after, spare) = (handles(), 8);
    assert!(after <= before + spare, "{before} files were open, and {after} are");
}
