//! Calls that wait for the owner's answer: what is asked, and what is answered.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::{IntoParams, ToSchema};

/// A call whose grant says `ask`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskInfo {
    /// Its name.
    pub id: String,
    /// What an answer must name, in hex: it is of everything that is asked, shown whole or not.
    pub digest: String,
    /// Who asks: `agent:assistant`.
    pub who: String,
    /// Why: who called whom to get here.
    pub chain: String,
    /// The capability, with the package that answers where it is not the interface's own.
    pub capability: String,
    /// The function.
    pub function: String,
    /// The arguments by parameter; long ones are cut. `null` of one that was answered: the ledger has them.
    pub arguments: Json,
    /// Whether any were cut: the digest is of all of them.
    #[serde(default)]
    pub shortened: bool,
    /// What a server of tools asks while it answers the call: a yes may come with values for its fields, as `arguments`, and `arguments` here
    /// are those that are usual.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub form: Option<AskForm>,
    /// The agent whose turn it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub agent: Option<String>,
    /// The conversation to which the turn belongs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub conversation: Option<String>,
    /// How the message begins that began the turn.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message: Option<String>,
    /// The turn: its page in the ledger.
    pub turn: String,
    /// What the turn had seen: `private`, `untrusted`.
    pub labels: Vec<String>,
    /// What was answered before to asks of the same kind, the newest first.
    pub earlier: Vec<EarlierAnswer>,
    /// When it was asked, RFC 3339.
    pub asked: String,
    /// Until when it waits, RFC 3339; then it is refused.
    pub expires: String,
    /// `waits`; or what was answered, `none` when nobody did in time.
    pub state: String,
    /// How its turn ended, once it did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended: Option<AskEnd>,
}

/// What a server asks, in its own words: some values, or to open a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskForm {
    /// What is asked.
    pub message: String,
    /// The values that are wanted.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub fields: Vec<AskField>,
    /// The page that is to be opened: a yes says that it will be, and nothing is opened here.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
    /// Whose page it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub host: Option<String>,
}

/// A value that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskField {
    /// Its name.
    pub name: String,
    /// `text`, `number`, `flag` (true or false), `choice` or `choices`.
    pub kind: String,
    /// What may stand there, in words.
    pub takes: String,
    /// What it is; may be empty.
    pub about: String,
    /// Whether it must be given.
    pub required: bool,
    /// What is sent where it is not given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub usual: Option<Json>,
}

/// An answer of before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EarlierAnswer {
    /// What it was; `none` when nobody answered in time.
    pub answer: String,
    /// When, RFC 3339.
    pub at: String,
}

/// How the turn of an ask ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskEnd {
    /// `done`, or why not.
    pub outcome: String,
    /// What the agent said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reply: Option<String>,
}

/// Which ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AskName {
    /// Its name, or the end of that.
    pub id: String,
}

/// An ask as it was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskRef {
    /// Its name.
    pub id: String,
    /// Its digest.
    pub digest: String,
}

impl From<&AskInfo> for AskRef {
    fn from(ask: &AskInfo) -> Self {
        Self { id: ask.id.clone(), digest: ask.digest.clone() }
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AnswerRequest {
    /// To which asks: all of them, or none.
    pub asks: Vec<AskRef>,
    /// `once`, `conversation` (also to such calls in the rest of the conversation), `always` (a grant of that function), `no`, or
    /// `not-again` (also to such calls in the rest of the turn).
    pub answer: String,
    /// Other arguments, for one ask and for `once`: an object by parameter name, or an array by position.
    #[serde(default)]
    pub arguments: Option<Json>,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Answered {
    /// To which asks.
    pub asks: Vec<String>,
    /// What.
    pub answer: String,
    /// The turns that had waited without a host, or without anybody, and went on from their pages.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub goes_on: Vec<String>,
    /// How those ended, in the same order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub ended: Vec<AskEnd>,
}

/// Who comes in, and what they may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// In whose name: `owner`.
    pub name: String,
    /// What their token is good for.
    pub scopes: Scopes,
}

/// What a token is good for, beyond reading, talking and calling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scopes {
    /// To say yes and no: to asks, to packages that wait, by grants, keys and secrets.
    pub approve: bool,
    /// To read what is counted of the host.
    pub metrics: bool,
}

impl Caller {
    /// The owner, who may everything.
    #[must_use]
    pub fn owner() -> Self {
        Self { name: "owner".to_owned(), scopes: Scopes { approve: true, metrics: true } }
    }

    /// Whether it is a client, with a token of its own.
    #[must_use]
    pub fn is_client(&self) -> bool {
        self.name.starts_with("client:")
    }
}
