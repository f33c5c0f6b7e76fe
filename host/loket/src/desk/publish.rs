//! A component becomes a version of a package: the owner's act. It is on disk and in the ledger before it is answered, and has been
//! judged like one that was dropped.

use super::{problem, wrong};
use crate::host::Host;
use crate::refresh::Look;
use loket_gateways::desk::{Problem, PublishRequest, Published, SignatureInfo};
use loket_kernel::{CallError, Principal};
use loket_registry::{Existing, NameError, Package, PackageRef, PublishError, Signature, Standing};
use loket_values::label;

/// How many bytes the words have that say where a package comes from.
const MAX_ORIGIN: usize = 2048;

pub(super) async fn publish(host: &Host, request: PublishRequest, component: Vec<u8>) -> Result<Published, Problem> {
    let reference = named(&request.package)?;
    let from = request.from.map(origin).transpose()?;
    let signature = request.signature.map(|text| Signature::parse(&text)).transpose();
    let signature = signature.map_err(|e| wrong("invalid", format!("`{reference}`: {e}"), "nothing was published"))?;
    host.let_in(&format!("`{reference}` is not published"))?;
    let acts = host.acts.lock().await;
    let (package, standing) = tokio::task::block_in_place(|| put(host, &reference, component, signature))?;
    let mut about = vec![
        ("package", reference.to_string()),
        ("digest", package.digest().hex()),
        ("signature", standing.to_string()),
    ];
    about.extend(from.map(|from| ("from", from)));
    let seq = host.act("published", &Principal::Package(reference.name.to_string().into()), &about);
    host.counter.ledger.settle(seq).await.map_err(|e| problem(CallError::Failed(e.to_string())))?;
    drop(acts);
    tokio::task::block_in_place(|| host.refresh(&Look::default()));
    let state = host.world().packages.get(&reference).map(|package| package.state());
    Ok(Published {
        package: reference.to_string(),
        digest: package.digest().hex(),
        signature: signature_info(&standing),
        state: state.unwrap_or_else(|| "it is not taken up yet".to_owned()),
    })
}

/// Where it comes from, as the ledger keeps it: a line of words.
fn origin(from: String) -> Result<String, Problem> {
    match from.len() <= MAX_ORIGIN && !from.contains(char::is_control) {
        true => Ok(from),
        false => Err(wrong(
            "invalid",
            format!("where it comes from is one line of at most {MAX_ORIGIN} bytes"),
            "leave it out",
        )),
    }
}

/// A version of a package, as the owner names it.
pub(super) fn named(package: &str) -> Result<PackageRef, Problem> {
    package.parse().map_err(|e: NameError| wrong("invalid", e.to_string(), "name it as `acme:calc@1.2.0`"))
}

/// Checks it, and puts it into the registry's first folder.
fn put(
    host: &Host,
    reference: &PackageRef,
    component: Vec<u8>,
    signature: Option<Signature>,
) -> Result<(Package, Standing), Problem> {
    label(&component).map_err(|e| {
        wrong("invalid", format!("what `{reference}` should be is no component: {e}"), "build it as a component")
    })?;
    let package = Package::new(reference.clone(), component.into());
    let signature = signature.map(Ok);
    if let Standing::Broken(error) = host.trusted().standing(&package, signature.as_ref()) {
        return Err(wrong("invalid", format!("`{reference}` was not published: {error}"), "sign it again"));
    }
    let put = match &signature {
        Some(Ok(signature)) => host.registry.publish_signed(package.bytes(), reference, signature),
        _ => host.registry.publish(package.bytes(), reference, Existing::Keep),
    };
    put.map_err(|e| wrong(code(&e), e.to_string(), hint(&e)))?;
    // The same bytes may lie there already, with a signature.
    let lies = host.registry.signature(reference).map_err(|e| wrong("failed", e.to_string(), "loket doctor"))?;
    let standing = host.trusted().standing(&package, lies.as_ref());
    Ok((package, standing))
}

fn code(error: &PublishError) -> &'static str {
    match error {
        PublishError::Unreadable(_) | PublishError::Io { .. } => "failed",
        _ => "invalid",
    }
}

fn hint(error: &PublishError) -> &'static str {
    match error {
        PublishError::Taken { .. } | PublishError::SignedOtherwise { .. } => "loket publish FILE --version VERSION",
        PublishError::Unreadable(_) | PublishError::Io { .. } => "loket doctor",
        _ => "nothing was published",
    }
}

/// What a signature comes to, as gateways show it.
pub(super) fn signature_info(standing: &Standing) -> SignatureInfo {
    let (state, by) = match standing {
        Standing::Unsigned => ("none", None),
        Standing::Signed { name, .. } => ("trusted", Some(name)),
        Standing::Unknown { id } => ("unknown", Some(id)),
        Standing::Revoked { name, .. } => ("revoked", Some(name)),
        Standing::Broken(_) => ("broken", None),
    };
    SignatureInfo { state: state.to_owned(), by: by.cloned(), words: standing.to_string() }
}
