//! The contract of `wit/`, as the native providers answer it.

use loket_values::Interface;
use loket_values::wit::{self, WitError};

/// The packages of `wit/` that native providers answer, each after those that it uses; below them one of WASI.
const PACKAGES: &[(&str, &str)] = &[
    ("loket:types", include_str!("../../../wit/types/types.wit")),
    (
        "loket:brain",
        concat!(include_str!("../../../wit/brain/memory.wit"), include_str!("../../../wit/brain/upkeep.wit")),
    ),
    ("loket:events", include_str!("../../../wit/events/emit.wit")),
    (
        "loket:model",
        concat!(
            include_str!("../../../wit/model/chat.wit"),
            include_str!("../../../wit/model/embeddings.wit"),
            include_str!("../../../wit/model/models.wit"),
            include_str!("../../../wit/model/library.wit")
        ),
    ),
    (
        "loket:tools",
        concat!(include_str!("../../../wit/tools/catalog.wit"), include_str!("../../../wit/tools/provider.wit")),
    ),
    ("loket:agent", concat!(include_str!("../../../wit/agent/about.wit"), include_str!("../../../wit/agent/turn.wit"))),
    ("loket:http", include_str!("../../../wit/http/client.wit")),
    ("loket:files", include_str!("../../../wit/files/folders.wit")),
    ("loket:run", include_str!("../../../wit/run/commands.wit")),
    ("loket:secrets", include_str!("../../../wit/secrets/secrets.wit")),
    ("loket:scan", include_str!("../../../wit/scan/subject.wit")),
];

/// The interfaces of the contract.
#[derive(Debug, Clone)]
pub struct Contract(Vec<Interface>);

impl Contract {
    /// Reads the contract that this host was built with.
    ///
    /// # Errors
    /// Never in a host whose build passed its tests.
    pub fn read() -> Result<Contract, WitError> {
        let version = "0.1.0";
        let ours =
            PACKAGES.iter().map(|(name, text)| ((*name).to_owned(), format!("package {name}@{version};\n{text}")));
        let wasi = [("wasi:config".to_owned(), include_str!("../../../wit/deps/config.wit").to_owned())];
        let texts: Vec<(String, String)> = ours.chain(wasi).collect();
        let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        wit::interfaces(&texts).map(Contract)
    }

    /// The texts that this host was built with, one after the other.
    pub fn text() -> impl Iterator<Item = &'static str> {
        PACKAGES.iter().map(|(_, text)| *text)
    }

    /// An interface by its name without the version, `loket:brain/memory`.
    pub fn interface(&self, name: &str) -> Option<&Interface> {
        self.0.iter().find(|i| i.name.as_ref().is_some_and(|n| format!("{}/{}", n.package, n.interface) == name))
    }

    /// All interfaces that have functions.
    pub fn interfaces(&self) -> impl Iterator<Item = &Interface> {
        self.0.iter().filter(|i| !i.functions.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loket_kernel::CallError;
    use loket_values::Type;

    #[test]
    fn the_contract_reads_and_its_error_is_the_kernels() {
        let contract = Contract::read().expect("the contract parses");
        let memory = contract.interface("loket:brain/memory").expect("it has memory");
        let Some(Type::Result { err: Some(err), .. }) = &memory.functions[0].result else {
            panic!("remember answers a result")
        };
        assert_eq!(**err, *CallError::ty());
    }
}
