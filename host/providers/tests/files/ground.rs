//! Ground for tests: a home, an agent's folder in it, folders to grant beside it, and one that nobody granted.

use loket_kernel::{
    AllTerms, Call, CallError, Capability, Chain, Held, Labels, Limits, Principal, Provider as _, Terms, Turn,
};
use loket_providers::contract::Contract;
use loket_providers::files::Folders;
use loket_values::Value;
use loket_values::json::{arguments, to_json};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// What is in the file that nobody granted.
pub(crate) const SECRET: &str = "nobody granted this";

pub(crate) struct Ground {
    folder: TempDir,
    pub(crate) files: Folders,
}

impl Ground {
    pub(crate) fn new() -> Ground {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path();
        for part in ["home/agents/ann", "home/agents/bob", "home/state", "notes/2024", "outside"] {
            fs::create_dir_all(root.join(part)).expect("it can be made");
        }
        fs::write(root.join("notes/plan.md"), "first\nsecond\n").expect("it can be written");
        fs::write(root.join("outside/secret.txt"), SECRET).expect("it can be written");
        let files = open(root);
        Ground { folder, files }
    }

    /// The same home, opened anew.
    pub(crate) fn reopen(self) -> Ground {
        let Ground { folder, files } = self;
        drop(files);
        let files = open(folder.path());
        Ground { folder, files }
    }

    /// A path as it really is.
    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.folder.path().canonicalize().expect("it is there").join(path)
    }

    /// Terms that name folders, each `PATH` below the ground, or a word for a workspace.
    pub(crate) fn terms(&self, folders: &[&str]) -> Terms {
        let place = |folder: &&str| match folder.starts_with("workspace") {
            true => (*folder).to_owned(),
            false => self.at(folder).to_str().expect("plain").to_owned(),
        };
        let folders: Vec<String> = folders.iter().map(place).collect();
        Terms::new(folders.iter().map(|folder| ("folder", folder.as_str())))
    }

    /// Someone who was granted these folders.
    pub(crate) fn guest(&self, folders: &[&str]) -> Guest<'_> {
        self.chained(&[folders])
    }

    /// Someone behind whom are others: what each was granted.
    pub(crate) fn chained(&self, all: &[&[&str]]) -> Guest<'_> {
        let terms = all.iter().map(|folders| self.terms(folders)).collect();
        Guest { ground: self, terms, held: Arc::default(), labels: Labels::NONE, agent: Some("ann") }
    }
}

fn open(root: &Path) -> Folders {
    let contract = Contract::read().expect("the contract reads");
    let interface = contract.interface("loket:files/folders").expect("it has files");
    let home = root.join("home");
    Folders::open(interface, &home.join("agents"), [home.clone()], &home.join("state/file-labels"))
        .unwrap_or_else(|e| panic!("it opens: {e}"))
}

/// An instance that asks.
#[derive(Clone)]
pub(crate) struct Guest<'a> {
    ground: &'a Ground,
    pub(crate) terms: AllTerms,
    pub(crate) held: Arc<Held>,
    pub(crate) labels: Labels,
    pub(crate) agent: Option<&'a str>,
}

impl<'a> Guest<'a> {
    /// The same, in a turn that has met the words of strangers.
    pub(crate) fn who_met_strangers(mut self) -> Guest<'a> {
        self.labels = Labels::UNTRUSTED;
        self
    }

    /// Calls a function; answers with its result and the labels that the turn gets by it.
    pub(crate) async fn call(&self, function: &str, args: Json) -> Result<(Json, Labels), CallError> {
        let function_type = self.ground.files.interface().function(function).expect("there is such a function");
        let args = arguments(&args, function_type).expect("the test's arguments fit");
        let agent: Option<Arc<str>> = self.agent.map(Into::into);
        let chain = Chain::new(Principal::Owner)
            .then(Capability::of("agent:ann", "loket:roles/handler"), "handle".into(), Principal::Agent("ann".into()))
            .then(Capability::of("acme:tool", "acme:tool/acts"), "act".into(), Principal::Package("acme:tool".into()));
        let turn = Turn::new(agent, 0, 0, &Limits::default(), self.labels, None);
        let reply = self
            .ground
            .files
            .call(Call {
                chain,
                capability: Capability::host("loket:files/folders"),
                function: function.into(),
                args,
                turn: Arc::new(turn),
                parent: 0,
                terms: self.terms.clone(),
                held: self.held.clone(),
                number: 1,
            })
            .await?;
        match reply.value {
            Some(Value::Result(Ok(value))) => Ok((value.map_or(Json::Null, |value| to_json(&value)), reply.labels)),
            None => Ok((Json::Null, reply.labels)),
            other => panic!("`{function}` answers a result: {other:?}"),
        }
    }

    pub(crate) async fn read_labelled(&self, path: &str) -> Result<(String, Labels), CallError> {
        let function = "read";
        let (value, labels) = self.call(function, json!([path, 0, 1 << 20])).await?;
        let bytes = base64(value.as_str().expect("bytes are text in JSON"));
        Ok((String::from_utf8(bytes).expect("the test's files are text"), labels))
    }

    pub(crate) async fn read(&self, path: &str) -> Result<String, CallError> {
        self.read_labelled(path).await.map(|(text, _)| text)
    }

    /// Calls one of the functions that take a path and bytes.
    pub(crate) async fn put(&self, function: &str, path: &str, text: &str) -> Result<(), CallError> {
        self.call(function, json!([path, to_base64(text)])).await.map(drop)
    }

    pub(crate) async fn create(&self, path: &str, text: &str) -> Result<(), CallError> {
        self.put("create", path, text).await
    }

    pub(crate) async fn replace(&self, path: &str, text: &str) -> Result<(), CallError> {
        self.put("replace", path, text).await
    }

    pub(crate) async fn append(&self, path: &str, text: &str) -> Result<(), CallError> {
        self.put("append", path, text).await
    }

    pub(crate) async fn one(&self, function: &str, path: &str) -> Result<Json, CallError> {
        self.call(function, json!([path])).await.map(|(value, _)| value)
    }

    /// The paths of a list or tree.
    pub(crate) async fn paths(&self, function: &str, path: &str) -> Vec<String> {
        let (entries, _) =
            self.call(function, json!([path, null, 1000])).await.unwrap_or_else(|e| panic!("{path}: {e}"));
        entries.as_array().expect("a list").iter().map(|e| e["path"].as_str().expect("a path").to_owned()).collect()
    }
}

/// Bytes in JSON are base64, by an interface of the values themselves.
fn base64(text: &str) -> Vec<u8> {
    let ty = loket_values::Type::List(Box::new(loket_values::Type::U8));
    match loket_values::json::from_json(&json!(text), &ty) {
        Ok(Value::Bytes(bytes)) => bytes,
        other => panic!("`{text}` is no bytes: {other:?}"),
    }
}

pub(crate) fn to_base64(text: &str) -> Json {
    to_json(&Value::Bytes(text.as_bytes().to_vec()))
}

/// What a call was refused with; it names no place of the machine.
#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(ground: &Ground, answer: Result<T, CallError>, code: &str, word: &str) {
    let error = answer.expect_err("it is refused");
    assert_eq!(error.code(), code, "{error:?}");
    assert!(error.to_string().contains(word), "`{word}` is not in: {error:?}");
    let place = ground.at("").display().to_string();
    assert!(!format!("{error:?}").contains(place.trim_end_matches('/')), "it tells where folders lie: {error:?}");
}
