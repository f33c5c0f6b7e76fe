//! What can be made, and in which languages.

use std::fmt;
use std::str::FromStr;

/// What a component is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are the roles of `wit/roles`")]
pub enum Role {
    Tool,
    Agent,
    Scanner,
    Channel,
    Command,
    Model,
    App,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 7] =
        [Role::Tool, Role::Agent, Role::Scanner, Role::Channel, Role::Command, Role::Model, Role::App];

    /// Its name, and that of its templates' folder.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Tool => "tool",
            Role::Agent => "agent",
            Role::Scanner => "scanner",
            Role::Channel => "channel",
            Role::Command => "command",
            Role::Model => "model",
            Role::App => "app",
        }
    }

    /// What the project is, as its README begins.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Role::Tool => "A tool: functions that models, people and other components call",
            Role::Agent => "An agent: it handles events, and remembers",
            Role::Scanner => "A scanner: it looks at each package before it may run",
            Role::Channel => "A channel: it carries messages out to people",
            Role::Command => "A slash command",
            Role::Model => "A model adapter: agents think with it",
            Role::App => "A web app: it answers HTTP requests",
        }
    }

    /// How it is used once it is published, as its README says.
    pub(crate) fn call(self) -> &'static str {
        match self {
            Role::Tool => {
                "loket call {{namespace}}:{{name}}/greeting greet '{\"name\": \"Ada\"}'\n\
                 loket grant assistant {{namespace}}:{{name}}\n\
                 loket chat \"/{{name}}_greet Ada\""
            }
            Role::Agent => {
                "mkdir HOME/agents/{{name}} && cp agent.toml persona.md HOME/agents/{{name}}/\n\
                 loket grant {{name}} loket:brain/memory\n\
                 loket chat {{name}} \"my server is at 10.0.0.5\""
            }
            Role::Scanner => "loket scan some.wasm",
            Role::Channel => {
                "loket call loket:roles/carrier deliver '[{\"conversation\": \"garden\", \"text\": \"it rains\"}]' --package {{namespace}}:{{name}}"
            }
            Role::Command => {
                "loket grant assistant {{namespace}}:{{name}}\n\
                 loket chat \"/{{name}} one two\""
            }
            Role::Model => {
                "loket grant assistant {{namespace}}:{{name}}     # and in its agent.toml: model = \"{{namespace}}:{{name}}\""
            }
            Role::App => {
                "loket inspect {{namespace}}:{{name}}     # this host serves no apps yet; any host of wasi:http does"
            }
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Role::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

/// A language that components are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are languages")]
pub enum Language {
    Rust,
    JavaScript,
    Python,
    C,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 4] = [Language::Rust, Language::JavaScript, Language::Python, Language::C];

    /// Its short name, and that of its templates' folder.
    pub fn as_str(self) -> &'static str {
        match self {
            Language::Rust => "rust",
            Language::JavaScript => "js",
            Language::Python => "python",
            Language::C => "c",
        }
    }

    /// Its own name.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Language::Rust => "Rust",
            Language::JavaScript => "JavaScript",
            Language::Python => "Python",
            Language::C => "C",
        }
    }

    /// How its tests are run, by its own tools.
    pub fn test(self) -> &'static str {
        match self {
            Language::Rust => "cargo test",
            Language::JavaScript => "npm test",
            Language::Python => "python3 -m unittest discover src",
            Language::C => "make test",
        }
    }

    /// What is where in its projects, as rows of the README's table.
    pub(crate) fn map(self) -> &'static str {
        match self {
            Language::Rust => {
                "| `src/lib.rs` | the code and its tests |\n\
                 | `.cargo/config.toml` | where cargo keeps what it compiled of the dependencies: once for all such projects |"
            }
            Language::JavaScript => {
                "| `src/component.js` | the glue: what the component exports |\n\
                 | `src/`, `test/` | the work, and its tests |"
            }
            Language::Python => {
                "| `src/component.py` | the glue: what the component exports |\n\
                 | `src/` | the work, and its tests |\n\
                 | `requirements.txt` | what it is built with |"
            }
            Language::C => {
                "| `src/component.c` | the glue: what the component exports |\n\
                 | `src/`, `test/` | the work, and its tests |\n\
                 | `runtime/` | memory and bytes, in place of a C library: so nothing of WASI is imported |\n\
                 | `build/bindings/component.h` | after a build: what `wit/` looks like in C |"
            }
        }
    }

    /// What `loket build` runs, as the README says it.
    pub(crate) fn native(self) -> &'static str {
        match self {
            Language::Rust => {
                "`cargo build --release --target wasm32-unknown-unknown`, and makes a component of the module (`cargo component\n\
                 build --release --target wasm32-unknown-unknown` does as much)"
            }
            Language::JavaScript => "`npm run build`, after `npm install` where that was not done yet",
            Language::Python => {
                "`componentize-py -d wit -w component componentize --stub-wasi -p src -o build/raw.wasm component`, after installing\n\
                 `requirements.txt` into `.venv/` where that was not done yet"
            }
            Language::C => {
                "what `wit-bindgen c wit --world component` does, `clang --target=wasm32-unknown-unknown`, `wasm-ld`, and what\n\
                 `wasm-tools component new` does; the first and the last are in `loket` itself"
            }
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

impl FromStr for Language {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Language::ALL.into_iter().find(|language| language.as_str() == text).ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

/// A word that names neither a role nor a language.
#[derive(Debug, thiserror::Error)]
#[error("`{}` is neither a role nor a language", .0.escape_default())]
pub struct UnknownKind(String);
