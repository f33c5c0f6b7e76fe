//! Models that are to come: the server fetches them, and says how far it is.

use crate::ABOUT;
use loket_model_adapter::library::Wish;
use loket_model_adapter::lines::Lines;
use loket_model_adapter::{Error, Outside, Settings, exchange, refusal};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The longest name, in bytes.
const LONGEST: usize = 512;
/// How often it is asked anew when an answer takes longer than one may: the server goes on where it was.
const AGAIN: u32 = 100;
/// How many files of a model are counted.
const FILES: usize = 256;

/// Has the server fetch a model.
///
/// # Errors
/// As `loket:model/library` says.
pub fn pull(outside: &impl Outside, wish: &Wish) -> Result<String, Error> {
    let settings = Settings::read(&ABOUT, &outside.settings()?, wish.model.as_deref())?;
    let name = match wish.name.as_deref().map(str::trim) {
        Some(name) if name.is_empty() || name.len() > LONGEST || name.contains(char::is_control) => {
            return Err(Error::Invalid(format!(
                "`{}` is no name of a model: write one such as `{}`",
                refusal::begins(name),
                ABOUT.model
            )));
        }
        Some(name) => name.to_owned(),
        None => settings.model()?.to_owned(),
    };
    let mut far = Far::default();
    for _ in 0..AGAIN {
        let before = far.done();
        match once(outside, &settings, &name, &mut far) {
            // An answer may take so long and no longer, and a model is large.
            Err(Error::Exhausted(limit)) if limit.limit == "time" && far.done() > before => {}
            ended => return ended.map(|()| name),
        }
    }
    Err(Error::Unavailable(format!(
        "`{name}` is not whole after {AGAIN} answers of the server: ask again, it goes on where it was"
    )))
}

fn once(outside: &impl Outside, settings: &Settings, name: &str, far: &mut Far) -> Result<(), Error> {
    let body = json!({ "model": name, "stream": true });
    let open = exchange::send(outside, settings, &exchange::request(settings, "/api/pull", Some(&body))?)?;
    let (mut lines, mut read) = (Lines::default(), 0usize);
    loop {
        let piece = open.read()?;
        read += piece.len();
        let mut all = lines.feed(&piece)?;
        if piece.is_empty() {
            all.extend(lines.rest());
        }
        for line in all {
            let line: Value =
                serde_json::from_str(&line).map_err(|error| refusal::nonsense(settings, &line, &error.to_string()))?;
            if let Some(error) = line["error"].as_str() {
                return Err(refused(name, error));
            }
            let status = line["status"].as_str().unwrap_or_default();
            if status == "success" {
                return Ok(());
            }
            if let Some(what) = far.take(status, &line) {
                let (done, total) = (far.done(), far.total());
                outside.progress(&what, done, (total > 0).then_some(total));
            }
        }
        if piece.is_empty() {
            return Err(exchange::broken(settings, read));
        }
    }
}

fn refused(name: &str, error: &str) -> Error {
    let said = refusal::begins(error);
    if ["file does not exist", "not found", "manifest"].iter().any(|word| error.contains(word)) {
        return Error::NotFound(format!(
            "the server finds no model `{name}` (“{said}”): look for its name in the library of models"
        ));
    }
    Error::Failed(format!(
        "the server could not fetch `{name}` (“{said}”): look whether it reaches the network and has room on its disk"
    ))
}

/// How far it is: each file by its digest.
#[derive(Debug, Default)]
struct Far {
    files: BTreeMap<String, (u64, u64)>,
    /// What was told last: the status, and how many hundredths were done.
    told: Option<(String, u64)>,
}

impl Far {
    /// Takes a line; gives what to tell, when it is worth telling: something else happens, or a hundredth more is done.
    fn take(&mut self, status: &str, line: &Value) -> Option<String> {
        let mut what: String = status.chars().filter(|c| !c.is_control()).take(100).collect();
        if let (Some(digest), Some(total)) = (line["digest"].as_str(), line["total"].as_u64()) {
            // One status for all files: their names say nothing to anyone.
            what = "pulling".to_owned();
            let done = line["completed"].as_u64().unwrap_or_default().min(total);
            if digest.len() <= LONGEST && (self.files.len() < FILES || self.files.contains_key(digest)) {
                self.files.insert(digest.to_owned(), (done, total));
            }
        }
        let hundredths = self.done().saturating_mul(100).checked_div(self.total()).unwrap_or_default();
        let now = (what, hundredths);
        if self.told.as_ref() == Some(&now) {
            return None;
        }
        let what = now.0.clone();
        self.told = Some(now);
        Some(what)
    }

    fn done(&self) -> u64 {
        self.files.values().fold(0, |sum, (done, _)| sum.saturating_add(*done))
    }

    fn total(&self) -> u64 {
        self.files.values().fold(0, |sum, (_, total)| sum.saturating_add(*total))
    }
}
