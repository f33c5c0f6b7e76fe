//! The servers of tools that agents can be granted: `[mcp.NAME]` of `loket.toml`, for whatever speaks the Model Context Protocol.
//!
//! The owner says which program is started, or which address is asked, and what it may reach. That is a rule about what may be let in, so a
//! seal covers it.

use crate::oauth::{OAuth, oauth};
use crate::reader::{Problems, Section, Text};
use crate::run::{Trust, choice, env, path};
use loket_registry::name::shown;
use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use thiserror::Error;

/// How many servers a configuration may name.
pub const MAX_SERVERS: usize = 64;
/// How many characters a server's name may have. The names of its tools begin with it.
pub const MAX_SERVER_NAME: usize = 32;
/// How many words, folders, paths, variables and secrets a server may name.
const MAX_WORDS: usize = 100;
/// What a folder ends with that may only be read.
const READ_ONLY: &str = ":ro";
/// The namespace of the packages as which servers are granted.
pub const NAMESPACE: &str = "mcp";

/// What the owner calls a server: words of lower-case letters and digits, joined by single hyphens.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct McpName(Arc<str>);

/// A text that is no server's name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{}` is no name for a server: write at most {MAX_SERVER_NAME} lower-case letters and digits in kebab case, such as `files`, beginning with a letter", shown(.0))]
pub struct McpNameError(String);

/// A server of `loket.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct McpEntry {
    /// How it is reached.
    pub way: Way,
    /// After how many seconds a call is given up.
    pub seconds: u32,
    /// How much one answer may have, in KiB.
    pub result_kib: u32,
    /// Whether it may put questions to the owner while it answers a call.
    pub elicitation: bool,
    /// How the host logs in there, where something is said of that.
    pub oauth: Option<OAuth>,
}

/// How a server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// It is started, and spoken to through its input and output.
    Child(Box<Child>),
    /// It is asked over HTTP.
    Remote {
        /// Its address.
        url: String,
        /// The name of the secret that opens it, sent as a bearer token.
        secret: Option<String>,
    },
}

/// A server that is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// The program: a path from the root of the disk, or a name that is looked for among the system's programs.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its environment, beside what every program needs to run.
    pub env: BTreeMap<String, String>,
    /// The variables that hold secrets, with the names of those.
    pub secrets: BTreeMap<String, String>,
    /// The folders that it works on.
    pub folders: Vec<Folder>,
    /// Files and folders that it may read besides, to run.
    pub read: Vec<PathBuf>,
    /// Whether it may use the network.
    pub network: bool,
    /// How far it is trusted.
    pub trust: Trust,
    /// How much memory each of its processes may take, in MiB.
    pub memory_mib: u32,
    /// How many processes it may have at once.
    pub processes: u32,
}

/// A folder that a server works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// Whether what is in it may be changed.
    pub writable: bool,
}

/// Servers by name.
pub type McpServers = BTreeMap<McpName, McpEntry>;

impl McpEntry {
    /// All that it says, in a form of its own: what is sealed.
    pub(crate) fn policy(&self) -> String {
        let McpEntry { way, seconds, result_kib, elicitation, oauth } = self;
        // One that says nothing of questions and of a login is sealed as it was before there were any.
        let mut policy = format!("McpEntry {{ way: {way:?}, seconds: {seconds:?}, result_kib: {result_kib:?} }}");
        if *elicitation {
            policy.push_str(" elicitation");
        }
        if let Some(oauth) = oauth {
            policy.push_str(&format!(" {oauth:?}"));
        }
        policy
    }

    /// The address, where it is asked over HTTP.
    pub fn url(&self) -> Option<&str> {
        match &self.way {
            Way::Child(_) => None,
            Way::Remote { url, .. } => Some(url),
        }
    }

    /// Where it is, in one line: its address, or the program with its arguments.
    pub fn place(&self) -> String {
        match &self.way {
            Way::Child(child) => [&child.program].into_iter().chain(&child.args).cloned().collect::<Vec<_>>().join(" "),
            Way::Remote { url, .. } => url.clone(),
        }
    }
}

impl McpName {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As whose package it is granted: `mcp:files`.
    pub fn package(&self) -> String {
        format!("{NAMESPACE}:{self}")
    }

    /// The server of a package's name.
    pub fn of_package(package: &str) -> Option<McpName> {
        package.strip_prefix(NAMESPACE)?.strip_prefix(':')?.parse().ok()
    }
}

impl fmt::Display for McpName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for McpName {
    type Err = McpNameError;

    fn from_str(text: &str) -> Result<Self, McpNameError> {
        let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
        if begins && text.len() <= MAX_SERVER_NAME && text.split('-').all(word) {
            return Ok(McpName(text.into()));
        }
        Err(McpNameError(text.to_owned()))
    }
}

impl Borrow<str> for McpName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Reads `[mcp]`.
pub(crate) fn servers(problems: &mut Problems<'_>, root: Section<'_>) -> McpServers {
    let mut servers = McpServers::new();
    for (name, section) in root.entries(problems, "mcp", MAX_SERVERS) {
        let way = way(problems, section);
        let seconds = section.number(problems, "seconds", 1..=3_600).unwrap_or(60);
        let result_kib = section.number(problems, "result_kib", 1..=16_384).unwrap_or(512);
        let elicitation = choice(problems, section, "elicitation", ["deny", "allow"]);
        let oauth = section.section(problems, "oauth").map(|own| oauth(problems, own));
        if let (Some(Way::Remote { secret: Some(_), .. }), Some(_)) = (&way, &oauth) {
            let why = "a server has both `secret` and `oauth`";
            problems.tell(section.line, why, "leave one of them out: a token that you have is its `secret`");
        }
        if let (Some(name), Some(way)) = (name.parse::<McpName>(problems, "mcp"), way) {
            servers.insert(name, McpEntry { way, seconds, result_kib, elicitation, oauth });
        }
    }
    servers
}

const CHILD: [&str; 13] = [
    "command",
    "env",
    "secrets",
    "folders",
    "read",
    "network",
    "trust",
    "memory_mib",
    "processes",
    "seconds",
    "result_kib",
    "elicitation",
    "url",
];
const REMOTE: [&str; 7] = ["url", "secret", "oauth", "seconds", "result_kib", "elicitation", "command"];

fn way(problems: &mut Problems<'_>, section: Section<'_>) -> Option<Way> {
    let (url, command) = (section.string(problems, "url"), section.strings(problems, "command", MAX_WORDS, false));
    match (url, command) {
        (Some(url), None) => {
            section.known(problems, &REMOTE);
            let secret = section.string(problems, "secret").map(|text| text.value.to_owned());
            let plain = !url.value.contains(|c: char| c.is_control() || c.is_whitespace());
            if !plain || !["http://", "https://"].iter().any(|scheme| url.value.starts_with(scheme)) {
                let why = format!("`url` cannot be `{}`", shown(url.value));
                problems.tell(url.line, why, "write an address, such as `url = \"https://mcp.example.org/mcp\"`");
            }
            Some(Way::Remote { url: url.value.to_owned(), secret })
        }
        (None, Some(command)) => child(problems, section, &command).map(|child| Way::Child(Box::new(child))),
        (url, _) => {
            section.known(problems, &CHILD);
            let (why, next) = match url {
                Some(_) => ("has both `command` and `url`", "leave one of them out"),
                None => (
                    "has neither `command` nor `url`",
                    "write `command = [\"program\", \"argument\"]` or `url = \"https://…\"`",
                ),
            };
            problems.tell(section.line, format!("a server {why}"), next);
            None
        }
    }
}

fn child(problems: &mut Problems<'_>, section: Section<'_>, command: &[Text<'_>]) -> Option<Child> {
    section.known(problems, &CHILD);
    let mut words = Vec::with_capacity(command.len());
    for text in command {
        if text.value.contains('\0') {
            problems.tell(text.line, "`command` has a zero byte in it, which no program can be given", "leave it out");
        }
        words.push(text.value.to_owned());
    }
    let mut words = words.into_iter();
    let program = words.next().filter(|program| !program.is_empty());
    if program.is_none() {
        problems.tell(section.line, "`command` names no program", "write `command = [\"program\", \"argument\"]`");
    }
    if let Some(program) = program.as_ref().filter(|program| program.contains('/') && !program.starts_with('/')) {
        let why = format!("`command` begins with `{}`, which is no path from the root of the disk", shown(program));
        problems.tell(section.line, why, "write the whole of it, or the name of a program alone");
    }
    let mut folders = Vec::new();
    for text in section.strings(problems, "folders", MAX_WORDS, false).unwrap_or_default() {
        let (value, writable) = match text.value.strip_suffix(READ_ONLY) {
            Some(value) => (value, false),
            None => (text.value, true),
        };
        folders.extend(path(problems, "folders", Text { value, ..text }).map(|path| Folder { path, writable }));
    }
    let read = section.strings(problems, "read", MAX_WORDS, false).unwrap_or_default();
    let trust = choice(problems, section, "trust", ["confined", "full"]);
    Some(Child {
        program: program?,
        args: words.collect(),
        env: env(problems, section, "env"),
        secrets: env(problems, section, "secrets"),
        folders,
        read: read.into_iter().filter_map(|text| path(problems, "read", text)).collect(),
        network: choice(problems, section, "network", ["deny", "allow"]),
        trust: if trust { Trust::Full } else { Trust::Confined },
        memory_mib: section.number(problems, "memory_mib", 16..=1_048_576).unwrap_or(2_048),
        processes: section.number(problems, "processes", 1..=4_096).unwrap_or(64),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::HostConfig;

    fn parse(text: &str) -> Result<McpServers, String> {
        HostConfig::parse("loket.toml", text).map(|config| config.live.mcp).map_err(|report| report.to_string())
    }

    #[track_caller]
    fn refuse(text: &str, word: &str) {
        let told = parse(text).expect_err(text);
        assert!(told.contains(word), "{text}: {told}");
    }

    #[test]
    fn a_server_that_is_started_is_read_with_what_is_usual_where_it_says_nothing() {
        let text = "[mcp.files]\ncommand = [\"npx\", \"-y\", \"a b\"]\nfolders = [\"/notes\", \"/books:ro\"]\n\
                    secrets = { TOKEN = \"github\" }\n[mcp.files.env]\nLANG = \"C\"\n";
        let servers = parse(text).expect("it can be read");
        let Way::Child(files) = &servers["files"].way else { panic!("it is started") };
        assert_eq!((files.program.as_str(), &files.args[..]), ("npx", &["-y".to_owned(), "a b".to_owned()][..]));
        let folder = |path: &str, writable| Folder { path: path.into(), writable };
        assert_eq!(files.folders, [folder("/notes", true), folder("/books", false)]);
        assert_eq!((files.env["LANG"].as_str(), files.secrets["TOKEN"].as_str()), ("C", "github"));
        assert_eq!((files.network, files.trust, servers["files"].seconds), (false, Trust::Confined, 60));
    }

    #[test]
    fn a_server_that_is_asked_over_http_has_an_address_and_perhaps_a_secret() {
        let servers = parse("[mcp.far]\nurl = \"https://a.example/mcp\"\nsecret = \"far\"\n").expect("it can be read");
        let way = Way::Remote { url: "https://a.example/mcp".into(), secret: Some("far".into()) };
        assert_eq!(servers["far"].way, way);
        assert_eq!(McpName::of_package("mcp:far").as_ref(), servers.keys().next());
    }

    #[test]
    fn a_server_asks_its_owner_nothing_unless_that_is_said() {
        let servers = parse("[mcp.a]\nurl = \"http://a\"\n[mcp.b]\ncommand = [\"x\"]\nelicitation = \"allow\"\n");
        let servers = servers.expect("it can be read");
        assert!(!servers["a"].elicitation && servers["b"].elicitation);
        refuse("[mcp.a]\nurl = \"http://a\"\nelicitation = \"yes\"\n", "`elicitation` cannot be");
    }

    #[test]
    fn what_cannot_be_meant_is_told() {
        refuse("[mcp.a]\n", "neither `command` nor `url`");
        refuse("[mcp.a]\ncommand = [\"x\"]\nurl = \"http://a\"\n", "both");
        refuse("[mcp.a]\ncommand = []\n", "names no program");
        refuse("[mcp.a]\ncommand = [\"./x\"]\n", "no path from the root");
        refuse("[mcp.a]\ncommand = [\"x\"]\nfolders = [\"notes\"]\n", "no path from the root");
        refuse("[mcp.a]\nurl = \"ftp://a\"\n", "cannot be");
        refuse("[mcp.a]\nurl = \"http://a\"\nenv = { A = 1 }\n", "`env` is not known");
        refuse("[mcp.\"A b\"]\nurl = \"http://a\"\n", "no name for a server");
        refuse("[mcp.a]\ncommand = [\"x\"]\nsecrets = { \"A B\" = \"x\" }\n", "`secrets.A B`");
    }

    #[test]
    fn another_server_is_another_policy_and_without_any_it_is_the_one_of_before() {
        let policy = |text: &str| HostConfig::parse("loket.toml", text).expect("it can be read").policy();
        assert!(!policy("").contains("mcp"));
        let one = "[mcp.a]\ncommand = [\"x\"]\n";
        for other in ["network = \"allow\"", "trust = \"full\"", "read = [\"/x\"]", "env = { A = 1 }", "seconds = 9"] {
            assert_ne!(policy(one), policy(&format!("{one}{other}\n")), "{other}");
        }
    }
}
