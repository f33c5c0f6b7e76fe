//! `loket push` and `loket pull`: packages to and from OCI registries. What is pulled goes where `loket publish` goes, and no other way.

use super::failure::{Failure, Outcome};
use super::hidden;
use super::publish;
use super::screen::{BOLD, DIM, Screen};
use super::session::{Input, Session};
use super::{Oci, Signing, Start};
use crate::desk::{MOST_PACKAGE_BYTES, Problem, PublishRequest};
use crate::oci::{Fetched, OciPlace, PullReport, PushRequest};
use anstyle::Style;
use std::path::Path;

/// Push a package of this home into an OCI registry, where `loket pull` and `wkg` find it
///
/// Its signature goes along. A version that is there does not change: pushing other bytes under it is refused.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without a tag, the version is the tag. The way to a registry is encrypted,
unless it is on this machine itself.

Examples:
  loket push acme:calc@1.2.0 oci://registry.example.org/acme/calc
  loket push acme:calc@1.2.0 oci://127.0.0.1:5000/acme/calc
  loket push acme:calc@1.2.0 oci://ghcr.io/anna/acme/calc --user anna < token")]
pub(crate) struct PushArgs {
    /// The package, with its version
    #[arg(value_name = "PACKAGE")]
    package: String,
    /// Where to: `oci://registry/repository`, with or without `:tag`
    #[arg(value_name = "ADDRESS")]
    address: String,
    #[command(flatten)]
    login: LoginArgs,
}

/// Pull a package from an OCI registry, and publish it into this home
///
/// It is judged like any that is published: scanners look at it, it waits where it asks for more than before or its namespace
/// belongs to another key, and it may do nothing until you grant it something. The signature that was pushed with it counts as
/// if it had been made here: by the keys that you trust.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Name and version are the end of the repository and the tag, or those that you
give; what the image says of itself does not matter.

Examples:
  loket pull oci://registry.example.org/acme/calc:1.2.0
  loket pull oci://127.0.0.1:5000/acme/calc:1.2.0
  loket pull oci://ghcr.io/anna/calc:latest --name acme:calc --version 1.2.0")]
pub(crate) struct PullArgs {
    /// Where from: `oci://registry/repository:tag`, or with `@sha256:…`
    #[arg(value_name = "ADDRESS")]
    address: String,
    /// The package, instead of the end of the repository
    #[arg(long, value_name = "NAMESPACE:NAME")]
    name: Option<String>,
    /// The version, instead of the tag
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    #[command(flatten)]
    login: LoginArgs,
}

/// As whom.
#[derive(Debug, clap::Args)]
struct LoginArgs {
    /// As this user: the password or token is asked for, or read from a pipe; else what `docker login` left
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
}

impl LoginArgs {
    async fn at(self, address: String, input: &mut Input) -> Outcome<OciPlace> {
        let login = match self.user {
            None => None,
            Some(user) => {
                let unread = |why: &dyn std::fmt::Display| -> Failure {
                    let problem = Problem::invalid(format!("the password cannot be read: {why}"));
                    problem.hint("type it on a terminal, or pipe it in").into()
                };
                let password = hidden::line(input, format!("password of `{user}` (not shown): "), unread).await?;
                Some((user, password))
            }
        };
        Ok(OciPlace { address, login })
    }
}

/// Push, and show where it is.
pub(crate) async fn push(home: &Path, args: PushArgs, oci: Oci, mut screen: Screen) -> Outcome {
    let to = args.login.at(args.address, &mut Input::stdin()).await?;
    let pushed = (oci.push)(PushRequest { home: home.to_owned(), package: args.package, to }).await?;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(pushed)?)?);
    }
    screen.parts(&[
        (Style::new(), "pushed  "),
        (BOLD, &pushed.package),
        (Style::new(), if pushed.signed { "  signed" } else { "" }),
    ])?;
    screen.text(&format!("        {}", pushed.address))?;
    screen.styled(DIM, &format!("        image {}", pushed.image))?;
    Ok(screen.styled(DIM, &format!("        sha256 {}", pushed.digest))?)
}

/// Pull, and then publish: the home is not opened before the bytes are here.
pub(crate) async fn pull(
    home: &Path,
    args: PullArgs,
    (oci, start, signing): (Oci, Start, Signing),
    screen: Screen,
) -> Outcome {
    let mut input = Input::stdin();
    let PullArgs { address, name, version, login } = args;
    let fetched = (oci.pull)(login.at(address, &mut input).await?).await?;
    let mut session = Session::open(home, start, signing, screen, input).await?;
    let outcome = tokio::select! {
        outcome = take_in(&mut session, fetched, name, version) => outcome,
        _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
    };
    session.close().await;
    outcome
}

/// Publishes what was fetched, under the name that was given or asked for.
pub(crate) async fn take_in(
    session: &mut Session,
    fetched: Fetched,
    name: Option<String>,
    version: Option<String>,
) -> Outcome {
    let Fetched { component, signature, from, .. } = fetched;
    if component.len() > MOST_PACKAGE_BYTES {
        let problem =
            Problem::invalid(format!("`{from}` has more than {MOST_PACKAGE_BYTES} bytes, and a package may not"));
        return Err(problem.hint("nothing was published").into());
    }
    let (Some(name), Some(version)) = (name.or(fetched.name), version.or(fetched.version)) else {
        let problem = Problem::invalid(format!("`{from}` does not say which version of which package it is"));
        return Err(problem.hint("give what is missing: `--name acme:calc`, `--version 1.2.0`").into());
    };
    let package = (session.signing.named)(&component, Some(&name), Some(&version))
        .map_err(|problem| problem.hint("give other ones: `--name acme:calc --version 1.2.0`"))?;
    let request = PublishRequest { package, signature, from: Some(from.clone()) };
    let published = session.client.publish(&request, component).await?;
    let screen = &mut session.screen;
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(PullReport { from, published })?)?);
    }
    screen.styled(DIM, &format!("pulled     {from}"))?;
    Ok(publish::show(screen, &published)?)
}
