//! The ledger at the desk: which lines are read, what one says, and whether the chain holds.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::{IntoParams, ToSchema};

/// Which ledger lines to read.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LedgerQuery {
    /// From this line on; absent: the newest `limit` lines.
    #[serde(default)]
    pub from: Option<u64>,
    /// Only this turn's lines.
    #[serde(default)]
    pub turn: Option<String>,
    /// At most so many: 1 to 1,000; 50 when absent.
    #[serde(default)]
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<u32>,
}

/// One line of the ledger.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LedgerLine {
    /// Its number, from 1.
    pub seq: u64,
    /// When it was written, RFC 3339 with milliseconds.
    pub time: String,
    /// The turn.
    pub turn: String,
    /// `turn`, `intent`, `outcome`, `refused`, `failed`, `end` or `act`.
    pub kind: String,
    /// Who called through whom: `owner > agent:assistant > package:loket:calc`.
    pub chain: String,
    /// The capability, with the package that answers where it is not the interface's own.
    pub capability: String,
    /// The function.
    pub function: String,
    /// What is known of where the turn's data came from.
    pub labels: Vec<String>,
    /// Arguments, results or reasons as JSON; absent when there are none or they were erased.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payload: Option<Json>,
    /// The line's hash, in hex.
    pub hash: String,
}

/// What checking the chain came to.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct VerifyReport {
    /// Whether every link holds.
    pub sound: bool,
    /// How many lines were checked.
    pub lines: u64,
    /// How many payloads were erased; their digests still stand in the chain.
    pub erased: u64,
    /// The newest hash, in hex.
    pub head: String,
    /// What is wrong, where it is.
    pub faults: Vec<String>,
}
