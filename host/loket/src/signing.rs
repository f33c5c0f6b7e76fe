//! Signing on the machine of whoever publishes: it needs no home, and the secret key goes nowhere.

use crate::desk::wrong;
use loket_gateways::cli::{Made, Signing};
use loket_gateways::desk::Problem;
use loket_registry::key::KeyError;
use loket_registry::{PackageName, PackageRef, SecretKey, Signature};
use loket_values::label;

/// What the command line is given.
pub const SIGNING: Signing =
    Signing { named, make, is_encrypted: SecretKey::is_encrypted, sign, sealing: crate::sealing::SEALING };

/// How a name and a version are given.
const GIVE: &str = "loket publish FILE --name acme:calc --version 1.2.0";

/// As what a component is published: as its owner says, else as it says itself.
fn named(component: &[u8], name: Option<&str>, version: Option<&str>) -> Result<String, Problem> {
    let own = label(component).map_err(|e| {
        wrong("invalid", format!("this is no component: {e}"), "build it as a component, not as a module")
    })?;
    let said = |given: Option<&str>, own: Option<String>, what: &str| {
        given
            .map(str::to_owned)
            .or(own)
            .ok_or_else(|| wrong("invalid", format!("the component does not say its {what}, and none is given"), GIVE))
    };
    let name = said(name, own.name, "name")?;
    let version = said(version, own.version, "version")?;
    let package: PackageName =
        name.parse().map_err(|e: loket_registry::NameError| wrong("invalid", e.to_string(), GIVE))?;
    let reference = format!("{package}@{version}").parse::<PackageRef>();
    Ok(reference.map_err(|e| wrong("invalid", e.to_string(), GIVE))?.to_string())
}

fn make(passphrase: Option<&str>) -> Result<Made, Problem> {
    let (secret, public) = SecretKey::make(passphrase).map_err(problem)?;
    let id = public.id();
    let file = format!("untrusted comment: minisign public key {id}\n{public}\n");
    Ok(Made { secret: secret.into(), file, public: public.to_string(), id })
}

fn sign(secret: &str, passphrase: Option<&str>, package: &str, component: &[u8]) -> Result<String, Problem> {
    let key = SecretKey::open(secret, passphrase).map_err(problem)?;
    let reference: PackageRef =
        package.parse().map_err(|e: loket_registry::NameError| wrong("invalid", e.to_string(), GIVE))?;
    let made = Signature::make(&key, &reference, component);
    Ok(made.map_err(|e| wrong("failed", e.to_string(), "try again"))?.to_string())
}

fn problem(error: KeyError) -> Problem {
    let (code, hint) = match error {
        KeyError::Make(_) => ("failed", "try again"),
        KeyError::Passphrase | KeyError::Encrypted | KeyError::PassphraseLength => {
            ("invalid", "type it, pipe it in, or name a file with `--passphrase-file`")
        }
        KeyError::Public | KeyError::Secret => ("invalid", "`loket keys make` makes a new one"),
    };
    wrong(code, error.to_string(), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_goes_before_what_a_component_says() {
        // A component that says nothing.
        let bare = b"\0asm\x0d\0\x01\0";
        assert_eq!(named(bare, Some("acme:calc"), Some("1.2.0")).expect("both are given"), "acme:calc@1.2.0");
        for (name, version, why) in [
            (None, Some("1.2.0"), "its name"),
            (Some("acme:calc"), None, "its version"),
            (Some("acme"), Some("1.2.0"), "`acme`"),
            (Some("acme:calc"), Some("1.2"), "acme:calc@1.2"),
        ] {
            let refused = named(bare, name, version).expect_err("not a package");
            assert!(refused.message.contains(why), "{refused:?}");
        }
        let module = named(b"\0asm\x01\0\0\0", Some("acme:calc"), Some("1.2.0")).expect_err("a module");
        assert!(module.message.starts_with("this is no component: "), "{module:?}");
    }
}
