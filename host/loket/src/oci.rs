//! Packages in OCI registries, for whoever types `loket push` or `loket pull`: in their own process, not in the host.
//!
//! A pull gives bytes and a signature, which are then published like any others: nothing here writes into a registry of Loket's.

use crate::desk::wrong;
use crate::{settings, trusted};
use loket_gateways::cli::Oci;
use loket_gateways::desk::Problem;
use loket_gateways::oci::{Fetched, OciPlace, PushReport, PushRequest};
use loket_oci::{Address, Login, OciError, Outgoing};
use loket_registry::{NameError, Package, PackageRef, Registry, Standing};
use loket_values::{Interface, describe};
use std::path::Path;

/// What the command line is given.
pub const OCI: Oci = Oci { push: |request| Box::pin(push(request)), pull: |place| Box::pin(pull(place)) };

async fn pull(place: OciPlace) -> Result<Fetched, Problem> {
    let (address, login) = at(place)?;
    let pulled = loket_oci::pull(&address, login).await.map_err(problem)?;
    Ok(Fetched {
        component: pulled.component,
        signature: pulled.signature,
        name: address.package(),
        version: address.version(),
        from: address.pinned(&pulled.digest),
    })
}

async fn push(request: PushRequest) -> Result<PushReport, Problem> {
    let PushRequest { home, package, to } = request;
    let (address, login) = at(to)?;
    let reference: PackageRef =
        package.parse().map_err(|e: NameError| wrong("invalid", e.to_string(), "name it as `acme:calc@1.2.0`"))?;
    let failed = |e: &dyn std::fmt::Display| wrong("failed", format!("pushing broke off: {e}"), "loket doctor");
    let read = tokio::task::spawn_blocking(move || outgoing(&home, &reference)).await;
    let (package, outgoing) = read.map_err(|e| failed(&e))??;
    let pushed = loket_oci::push(address, login, &outgoing).await.map_err(problem)?;
    Ok(PushReport {
        package: package.reference().to_string(),
        digest: package.digest().hex(),
        address: pushed.address.to_string(),
        image: pushed.digest,
        signed: outgoing.signature.is_some(),
    })
}

fn at(place: OciPlace) -> Result<(Address, Login), Problem> {
    let address = place.address.parse().map_err(problem)?;
    let login = place.login.map_or(Login::Kept, |(user, password)| Login::Given(user, password));
    Ok((address, login))
}

/// A package of a home, as it lies there, with its signature.
fn outgoing(home: &Path, reference: &PackageRef) -> Result<(Package, Outgoing), Problem> {
    let fixed = settings::read(home)?.config.fixed;
    // Opening a registry makes its first folder, and this makes nothing.
    let folders: Vec<_> = fixed.registries(home).into_iter().filter(|folder| folder.is_dir()).collect();
    let registry = Registry::open(folders).map_err(|_| {
        wrong("not-found", format!("`{}` has no registry", home.display()), "name the home with `--home`")
    })?;
    let unread = |e: &dyn std::fmt::Display| wrong("not-found", e.to_string(), "`loket packages` lists what is there");
    let package = registry.read(reference).map_err(|e| unread(&e))?;
    if registry.is_yanked(reference) {
        let hint = format!("loket unyank {reference}");
        return Err(wrong("invalid", format!("`{reference}` was taken back, and is not pushed"), hint));
    }
    let lies = registry.signature(reference).map_err(|e| unread(&e))?;
    let keys = trusted::read(&home.join("state").join(trusted::TRUSTED))
        .map_err(|e| wrong("failed", e.to_string(), "loket doctor"))?;
    if let Standing::Broken(error) = keys.standing(&package, lies.as_ref()) {
        let hint = format!("sign it again: loket publish FILE --sign KEY, as `{reference}`");
        return Err(wrong("invalid", format!("`{reference}` was not pushed: {error}"), hint));
    }
    let surface = describe(package.bytes())
        .map_err(|e| wrong("invalid", format!("`{reference}` is no component: {e}"), "build it as a component"))?;
    let outgoing = Outgoing {
        name: reference.name.to_string(),
        version: reference.version.to_string(),
        component: package.bytes().to_vec().into(),
        signature: lies.and_then(Result::ok).map(|signature| signature.to_string()),
        imports: names(&surface.imports),
        exports: names(&surface.exports),
    };
    Ok((package, outgoing))
}

/// What interfaces are called, and functions that are in none.
fn names(interfaces: &[Interface]) -> Vec<String> {
    let of = |interface: &Interface| match &interface.name {
        Some(name) => vec![name.to_string()],
        None => interface.functions.iter().map(|function| function.name.to_string()).collect(),
    };
    interfaces.iter().flat_map(of).collect()
}

fn problem(error: OciError) -> Problem {
    wrong(error.code(), error.to_string(), error.hint())
}
