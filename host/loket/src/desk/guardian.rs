//! The guardian as gateways see it, and what the owner does with the passphrase. What is done is in the ledger before it is answered.

use super::{time_text, wrong};
use crate::guard::{ActError, Depth, LEAVE};
use crate::host::Host;
use crate::refresh::Look;
use loket_gateways::desk::{
    GuardianFault, GuardianStatus, LeaveRequest, Problem, SafeModeInfo, SealRequest, SealStatement, SealedPart,
    StatementRequest,
};
use loket_guardian::seal::{COMMENT, Mismatch};
use loket_registry::{KeyError, PublicKey};

pub(super) fn status(host: &Host) -> GuardianStatus {
    let status = host.guard.status();
    let state = match (&status.safe, &status.key) {
        (Some(_), _) => "safe-mode",
        (None, Some(_)) => "sealed",
        (None, None) => "unsealed",
    };
    GuardianStatus {
        state: state.to_owned(),
        sealed: status.sealed,
        key: status.key.map(|key| key.to_string()),
        checked: status.checked.map(time_text),
        safe_mode: status.safe.map(|(since, why, farewell)| SafeModeInfo {
            since: time_text(since),
            why,
            farewell,
            comment: LEAVE.to_owned(),
        }),
        faults: status.faults.iter().map(fault).collect(),
    }
}

pub(super) fn verify(host: &Host) -> GuardianStatus {
    tokio::task::block_in_place(|| host.look_out(Depth::Bytes));
    status(host)
}

pub(super) fn statement(host: &Host, request: StatementRequest) -> Result<SealStatement, Problem> {
    let key: Option<PublicKey> = request
        .key
        .map(|key| key.parse())
        .transpose()
        .map_err(|e: KeyError| wrong("invalid", e.to_string(), "give the public key of whoever will sign"))?;
    let statement = tokio::task::block_in_place(|| host.statement(key)).ok_or_else(|| {
        wrong("invalid", "this home is not sealed yet, and no key is given", "`loket guardian seal` makes one")
    })?;
    let hex = |digest: loket_registry::Digest| digest.to_string();
    let parts = statement.parts.iter().map(|part| SealedPart {
        what: part.name.to_string(),
        file: part.place.clone(),
        digest: part.digest.map(hex),
    });
    Ok(SealStatement { parts: parts.collect(), comment: COMMENT.to_owned(), statement: statement.to_string() })
}

pub(super) async fn seal(host: &Host, request: SealRequest) -> Result<GuardianStatus, Problem> {
    let next = host.acts.lock().await;
    let done = tokio::task::block_in_place(|| host.seal(&request.statement, &request.signature, *next));
    drop(next);
    finish(host, done)
}

pub(super) async fn leave(host: &Host, request: LeaveRequest) -> Result<GuardianStatus, Problem> {
    let mut next = host.acts.lock().await;
    let done = tokio::task::block_in_place(|| host.leave(&request.signature, &mut next));
    drop(next);
    finish(host, done)
}

/// Takes up what waited for it.
fn finish(host: &Host, done: Result<(), ActError>) -> Result<GuardianStatus, Problem> {
    done.map_err(problem)?;
    tokio::task::block_in_place(|| host.refresh(&Look { agents: true, settings: true, ..Look::default() }));
    Ok(status(host))
}

fn problem(error: ActError) -> Problem {
    let (code, hint) = match &error {
        ActError::Unsealed => ("invalid", "loket guardian seal"),
        ActError::NotSafe => ("invalid", "loket guardian status"),
        ActError::Signature => ("denied", "use the key that sealed this home: `state/owner.key`, or a copy of it"),
        ActError::Statement(_) => {
            ("invalid", "sign what `POST /api/v1/guardian/statement` says, as it is: loket guardian seal")
        }
        ActError::Otherwise(_) => ("unavailable", "look again, then sign: loket guardian seal"),
        ActError::Faults(_) => {
            ("unavailable", "put back what was changed; if it was you, seal the home as it is: loket guardian seal")
        }
        ActError::Io(_) => ("failed", "loket doctor"),
    };
    wrong(code, error.to_string(), hint)
}

fn fault(fault: &Mismatch) -> GuardianFault {
    GuardianFault {
        what: fault.what.clone(),
        file: fault.place.clone(),
        expected: fault.expected.map(|digest| digest.to_string()),
        found: fault.found.map(|digest| digest.to_string()),
        why: fault.to_string(),
    }
}
