//! The guardian: a sealed home in which something is changed goes on serving, and lets nothing new in.

mod acts;
mod files;
mod program;

use crate::house::House;
use crate::signing::{Signer, fixture};
use loket_gateways::desk::{
    DecisionRequest, Desk, GrantRequest, GuardianStatus, LeaveRequest, PackageVersion, Problem, PublishRequest,
    SealRequest, StatementRequest, TokenRequest,
};
use loket_guardian::seal::OwnerKey;
use loket_registry::{SecretKey, Signature};
use std::path::{Path, PathBuf};

pub(super) const ECHO: &str = "test/echo/0.1.0.wasm";
pub(super) const PASSPHRASE: &str = "correct horse battery staple";

/// The owner of a sealed home.
pub(super) struct Owner(OwnerKey);

impl Owner {
    pub(super) fn new() -> Owner {
        Owner(OwnerKey::make(PASSPHRASE, |chance| chance.fill(3)).expect("made"))
    }

    pub(super) fn public(&self) -> String {
        self.0.public().to_string()
    }

    fn secret(&self) -> SecretKey {
        self.0.open(PASSPHRASE).expect("its own passphrase")
    }

    fn sign(&self, text: &str, comment: &str) -> String {
        Signature::over(&self.secret(), text.as_bytes(), comment).expect("signed").to_string()
    }
}

impl House {
    pub(super) async fn seal(&self, owner: &Owner) -> Result<GuardianStatus, Problem> {
        let request = StatementRequest { key: Some(owner.public()) };
        let signed = self.host.guardian_statement(request).await.expect("there is a key");
        let signature = owner.sign(&signed.statement, &signed.comment);
        self.host.guardian_seal(SealRequest { statement: signed.statement, signature }).await
    }

    pub(super) async fn leave(&self, owner: &Owner) -> Result<GuardianStatus, Problem> {
        let safe = self.host.guardian().await.expect("it tells").safe_mode.expect("it is in safe mode");
        self.host.guardian_leave(LeaveRequest { signature: owner.sign(&safe.farewell, &safe.comment) }).await
    }

    pub(super) async fn looked(&self) -> GuardianStatus {
        self.host.guardian_verify().await.expect("it tells")
    }

    /// A sealed home in which `drop:thing@1.0.0` runs, signed by Anna; its owner, and Anna.
    pub(super) async fn sealed(settings: &str) -> (House, Owner, Signer) {
        let (house, owner, anna) = (House::with(settings).await, Owner::new(), Signer::new());
        house.trust("anna", &anna).await;
        house.publish("drop:thing@1.0.0", &fixture(ECHO), Some(&anna)).await;
        let tools = vec!["loket:calc".to_owned()];
        let request = TokenRequest { name: "desktop".into(), tools, ..TokenRequest::default() };
        house.host.token_create(request).await.unwrap_or_else(|p| panic!("a token can be made: {p:?}"));
        house.is_taken().await;
        let sealed = house.seal(&owner).await.unwrap_or_else(|p| panic!("it is sealed: {p:?}"));
        assert_eq!((sealed.state.as_str(), sealed.faults), ("sealed", vec![]));
        (house, owner, anna)
    }

    /// What was let run serves as before.
    pub(super) async fn serves(&self) -> bool {
        let answer = self.say("assistant", "/calc 2+2*3").await;
        answer.is_ok_and(|reply| reply.text.trim() == "8") && self.echoes().await
    }

    /// Tries each way to load something or to allow more; names those that were open.
    pub(super) async fn open_ways(&self, anna: &Signer) -> Vec<&'static str> {
        let (mut open, bytes, name) = (Vec::new(), fixture(ECHO), "drop:more@1.0.0");
        let refused = |outcome: Result<(), Problem>| outcome.is_err_and(|p| p.message.contains("safe mode"));
        let (package, signature) = (name.to_owned(), Some(anna.sign(name, &bytes)));
        let published = self.host.publish(PublishRequest { package, signature, from: None }, bytes.clone()).await;
        if !refused(published.map(drop)) {
            open.push("publish");
        }
        let granted =
            GrantRequest { grantee: "bob".into(), capability: "loket:clock".into(), ..GrantRequest::default() };
        if !refused(self.host.grant(granted).await.map(drop)) {
            open.push("grant");
        }
        let token = TokenRequest { name: "more".into(), tools: vec!["loket:calc".into()], ..TokenRequest::default() };
        if !refused(self.host.token_create(token).await.map(drop)) {
            open.push("token");
        }
        let package = "drop:thing@1.0.0".to_owned();
        if !refused(self.host.approve(DecisionRequest { package: package.clone(), digest: None }).await.map(drop)) {
            open.push("approve");
        }
        if !refused(self.host.unyank(PackageVersion { package }).await.map(drop)) {
            open.push("unyank");
        }
        // A file and a folder that are dropped.
        let (file, beside) = (self.file(name), self.file(name).with_extension("beside"));
        std::fs::create_dir_all(file.parent().expect("it has one")).expect("it can be made");
        std::fs::write(&file, &bytes).expect("it can be written");
        std::fs::write(format!("{}.minisig", file.display()), anna.sign(name, &bytes)).expect("it can be written");
        let eve = self.agent("eve");
        copy(&self.agent("bob"), &eve, &["agent.toml", "persona.md"]);
        self.refresh();
        if self.host.packages().await.expect("listed").iter().any(|p| p.name == "drop:more" && p.state == "ready") {
            open.push("drop");
        }
        if self.host.agents().await.expect("listed").iter().any(|agent| agent.name == "eve" && agent.state == "ready") {
            open.push("agent");
        }
        let _ = std::fs::remove_file(beside);
        open
    }

    /// Takes away what `open_ways` dropped.
    pub(super) fn sweep(&self) {
        let file = self.file("drop:more@1.0.0");
        std::fs::remove_dir_all(file.parent().expect("it has one")).expect("it can be removed");
        std::fs::remove_dir_all(self.agent("eve")).expect("it can be removed");
        self.refresh();
    }

    pub(super) fn refresh(&self) {
        let look = loket::refresh::Look { agents: true, ..Default::default() };
        tokio::task::block_in_place(|| self.host.refresh(&look));
    }

    pub(super) fn agent(&self, name: &str) -> PathBuf {
        self.folder.path().join("agents").join(name)
    }
}

fn copy(from: &Path, to: &Path, files: &[&str]) {
    std::fs::create_dir_all(to).expect("it can be made");
    for file in files {
        std::fs::copy(from.join(file), to.join(file)).expect("it can be copied");
    }
}

/// Flips one bit of a file at a place, in one step; answers with the bytes that it had.
pub(super) fn flip(file: &Path, at: impl FnOnce(&[u8]) -> usize) -> Vec<u8> {
    let before = std::fs::read(file).expect("it is there");
    let mut bytes = before.clone();
    bytes[at(&before)] ^= 1;
    replace(file, &bytes);
    before
}

/// Puts other bytes in the place of a file, in one step.
pub(super) fn replace(file: &Path, bytes: &[u8]) {
    let beside = file.with_file_name(".beside");
    std::fs::write(&beside, bytes).expect("it can be written");
    if let Ok(about) = std::fs::metadata(file) {
        std::fs::set_permissions(&beside, about.permissions()).expect("it can be set");
    }
    std::fs::rename(&beside, file).expect("it takes its place");
}

/// Where a text begins in bytes.
pub(super) fn find(bytes: &[u8], text: &str) -> usize {
    bytes.windows(text.len()).position(|part| part == text.as_bytes()).expect("it is in there")
}
