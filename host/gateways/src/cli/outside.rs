//! A service that other machines can reach: encrypted, or not at all. What is on this machine finds it as ever, at a listener of its own.

use super::Encryption;
use super::serve::{ServeArgs, bind};
use crate::desk::Problem;
use crate::http::Tls;
use crate::http::gate::{with_port, without_port};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;

/// How `loket serve` encrypts.
#[derive(Debug, clap::Args)]
pub(crate) struct TlsArgs {
    /// Encrypt by this certificate: a file in PEM, with those behind it. Else as `[server.tls]` in the home's `loket.toml` says
    #[arg(long, value_name = "FILE", requires = "tls_key", conflicts_with = "tls_own")]
    tls_cert: Option<PathBuf>,

    /// The certificate's key: a file in PEM, without a passphrase
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Encrypt by a certificate that Loket makes itself, and keeps in the home: who comes compares its fingerprint
    #[arg(long)]
    tls_own: bool,
}

impl TlsArgs {
    /// Whether it is said how.
    pub(super) fn is_given(&self) -> bool {
        self.encryption().is_some()
    }

    fn encryption(&self) -> Option<Encryption> {
        match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => Some(Encryption::Files(certificate.clone(), key.clone())),
            _ => self.tls_own.then_some(Encryption::Own),
        }
    }
}

/// What listens for other machines.
pub(super) struct Outside {
    pub(super) listener: TcpListener,
    pub(super) tls: Tls,
    /// The names under which they ask for it.
    pub(super) names: Vec<String>,
}

impl Outside {
    /// Nothing where it is this machine alone that is listened to. `origin` is where the address was written.
    pub(super) async fn open(
        listen: SocketAddr,
        origin: &str,
        args: &ServeArgs,
        (hosts, tls): (Vec<String>, Option<Encryption>),
        state: &Path,
    ) -> Result<Option<Outside>, Problem> {
        if listen.ip().to_canonical().is_loopback() {
            return match args.tls.encryption() {
                Some(_) => Err(Problem::invalid(format!(
                    "{origin} is `{listen}`, where nobody else can read along: nothing is encrypted there"
                ))
                .hint("leave out how to encrypt, or listen where other machines come: --listen ADDRESS:PORT")),
                None => Ok(None),
            };
        }
        let Some(encryption) = args.tls.encryption().or(tls) else { return Err(refused(listen, origin)) };
        if listen.ip().to_canonical().is_unspecified() && hosts.is_empty() {
            let why = format!(
                "{origin} is `{listen}`, which is every address of this machine, and by none is it known who is meant"
            );
            return Err(Problem::invalid(why).hint(
                "say under which names other machines ask: `hosts = [\"loket.home.arpa\"]` in `[server]` of loket.toml; or listen at one address",
            ));
        }
        let tls = match &encryption {
            Encryption::Files(certificate, key) => Tls::of(certificate, key)?,
            Encryption::Own => Tls::own(state, &certified(listen, &hosts))?,
        };
        Ok(Some(Outside { listener: bind(listen).await?, tls, names: hosts }))
    }

    /// Where others find what listens there: by its first name, where it does at every address.
    pub(super) fn place(&self, listen: SocketAddr) -> String {
        placed(listen, self.names.first())
    }
}

fn placed(listen: SocketAddr, name: Option<&String>) -> String {
    match name.filter(|_| listen.ip().to_canonical().is_unspecified()) {
        None => listen.to_string(),
        Some(name) => with_port(name, listen.port()),
    }
}

/// For whom a certificate of our own is.
fn certified(listen: SocketAddr, hosts: &[String]) -> Vec<String> {
    let bare = |name: &String| without_port(name).trim_matches(['[', ']']).to_owned();
    let own = listen.ip().to_canonical();
    let own = (!own.is_unspecified()).then(|| own.to_string());
    hosts.iter().map(bare).chain(own).collect()
}

/// Whether other machines can reach an address, which takes encryption.
///
/// # Errors
/// Why it is not listened to without.
pub(super) fn is_outside(listen: SocketAddr, origin: &str, encrypts: bool) -> Result<bool, Problem> {
    match listen.ip().to_canonical().is_loopback() {
        true => Ok(false),
        false if encrypts => Ok(true),
        false => Err(refused(listen, origin)),
    }
}

fn refused(listen: SocketAddr, origin: &str) -> Problem {
    let message = format!(
        "{origin} is `{listen}`, which can be reached from other machines, and nothing is said of how to encrypt\n\
         whoever holds the owner's token may do everything, and without encryption a network would see it"
    );
    Problem::invalid(message).hint(
        "name a certificate with `--tls-cert` and `--tls-key`, or let Loket make its own with `--tls-own`\n\
         or listen at 127.0.0.1, and let others in through a tunnel such as ssh -L",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_of_our_own_is_for_the_address_and_for_each_name() {
        let hosts = ["loket.home.arpa", "other.arpa:8443", "[2001:db8::1]", "[2001:db8::2]:1"].map(str::to_owned);
        let names = certified("192.0.2.7:8443".parse().expect("an address"), &hosts);
        assert_eq!(names, ["loket.home.arpa", "other.arpa", "2001:db8::1", "2001:db8::2", "192.0.2.7"]);
        for everywhere in ["0.0.0.0:1", "[::]:1", "[::ffff:0.0.0.0]:1"] {
            assert_eq!(certified(everywhere.parse().expect("an address"), &hosts).len(), 4, "{everywhere}");
        }
    }

    #[test]
    fn what_listens_everywhere_is_found_by_a_name() {
        let placed = |listen: &str, name: &str| placed(listen.parse().expect("an address"), Some(&name.to_owned()));
        assert_eq!(placed("192.0.2.7:8443", "loket.home.arpa"), "192.0.2.7:8443");
        assert_eq!(placed("0.0.0.0:8443", "loket.home.arpa"), "loket.home.arpa:8443");
        assert_eq!(placed("[::]:8443", "[2001:db8::1]"), "[2001:db8::1]:8443");
        assert_eq!(placed("[::ffff:0.0.0.0]:8443", "loket.home.arpa:443"), "loket.home.arpa:443");
    }
}
