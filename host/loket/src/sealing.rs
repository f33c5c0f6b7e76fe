//! What the command line does with the owner's key. The host itself never opens it.

use crate::desk::wrong;
use loket_gateways::cli::Sealing;
use loket_gateways::desk::Problem;
use loket_guardian::seal::{COMMENT, OwnerKey, OwnerKeyError};
use loket_registry::{PublicKey, Signature};

/// What the command line is given.
pub(crate) const SEALING: Sealing = Sealing { make, public, sign, check };

fn make(passphrase: &str) -> Result<String, Problem> {
    OwnerKey::make(passphrase, |chance| rand::fill(chance)).map(|key| key.to_string()).map_err(problem)
}

fn public(file: &str) -> Result<String, Problem> {
    OwnerKey::parse(file).map(|key| key.public().to_string()).map_err(problem)
}

fn sign(file: &str, passphrase: &str, text: &str, comment: &str) -> Result<String, Problem> {
    let key = OwnerKey::parse(file).and_then(|key| key.open(passphrase)).map_err(problem)?;
    let made = Signature::over(&key, text.as_bytes(), comment);
    Ok(made.map_err(|e| wrong("failed", e.to_string(), "try again"))?.to_string())
}

fn check(key: &str, seal: &str, signature: &str) -> Result<(), Problem> {
    let key: PublicKey = key.parse().map_err(|e: loket_registry::KeyError| {
        wrong("invalid", e.to_string(), "give what `loket guardian status` showed when you sealed the home")
    })?;
    let signed =
        Signature::parse(signature).and_then(|signature| signature.verify_over(&key, seal.as_bytes(), COMMENT));
    signed.map_err(|e| {
        let message = format!("the seal is not one of {key}: {e}");
        wrong(
            "denied",
            message,
            "somebody else sealed this home, or changed the seal: put back a backup that you trust",
        )
    })
}

fn problem(error: OwnerKeyError) -> Problem {
    let (code, hint) = match error {
        OwnerKeyError::Passphrase | OwnerKeyError::PassphraseLength => {
            ("invalid", "type it, pipe it in, or name a file with `--passphrase-file`")
        }
        OwnerKeyError::Form(_) | OwnerKeyError::Newer(_) => ("invalid", "put back a copy of `state/owner.key`"),
        OwnerKeyError::Make(_) => ("failed", "try again"),
    };
    wrong(code, error.to_string(), hint)
}
