//! Encryption, for a service that other machines can reach: by the owner's certificate, or by one that is made once and kept in the home.

use super::own_file::{drafted, shared_mode};
use crate::desk::Problem;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, SerialNumber, date_time_ymd,
};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::Acceptor;
use tokio_rustls::server::TlsStream;

/// Where a certificate of our own and its key are, in the home's state.
pub const OWN_CERTIFICATE: &str = "tls-certificate.pem";
const OWN_KEY: &str = "tls-key.pem";
/// The biggest file of certificates or of a key, in bytes.
const BIGGEST: u64 = 1 << 20;
/// How long two may take to agree, and how many do so at once; more wait, within that time. They are more than one address may have open.
const HANDSHAKE: Duration = Duration::from_secs(10);
const AT_ONCE: usize = 64;
/// For how many days a certificate of our own is good: Apple's systems take none that is longer than 825. It is made anew when there are
/// few of them left.
const GOOD: i64 = 820;
const FEW: i64 = 30;

/// How often it is looked whether there is another certificate: what runs for months outlives every one.
pub(crate) const LOOKS: Duration = Duration::from_secs(3_600);

/// By what a service encrypts.
#[derive(Clone)]
pub struct Tls {
    source: Arc<Source>,
    now: Arc<RwLock<Now>>,
    shaking: Arc<Semaphore>,
}

/// From where its certificate is.
enum Source {
    /// Files of the owner's: the certificate and its key.
    Files(PathBuf, PathBuf),
    /// Made by us: in which folder, and for which names.
    Own(PathBuf, Vec<String>),
}

/// The certificate that is shown to whoever comes now.
#[derive(Clone)]
struct Now {
    config: Arc<ServerConfig>,
    fingerprint: Arc<str>,
}

impl Tls {
    /// By the owner's certificate and its key: files in PEM.
    ///
    /// # Errors
    /// When one cannot be read, or they do not belong together.
    pub fn of(certificate: &Path, key: &Path) -> Result<Self, Problem> {
        Source::Files(certificate.to_owned(), key.to_owned()).opened()
    }

    /// By a certificate of our own for these names, kept in a home's state. It is made when there is none for them that is good for a while;
    /// its key stays.
    ///
    /// # Errors
    /// When it can be neither read nor made.
    pub fn own(state: &Path, names: &[String]) -> Result<Self, Problem> {
        Source::Own(state.to_owned(), names.to_vec()).opened()
    }

    /// Looks once more from where the certificate is: another one holds for whoever comes from then on. Where there is none that is good, the
    /// one before stays.
    pub(crate) fn look_again(&self) {
        let found = match self.source.read() {
            Ok(found) => found,
            Err(problem) => return tracing::warn!(%problem, "loket.tls.kept"),
        };
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        if now.fingerprint != found.fingerprint {
            tracing::info!(fingerprint = &*found.fingerprint, "loket.tls.renewed");
            *now = found;
        }
    }

    fn now(&self) -> Now {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The SHA-256 of the certificate, as browsers show it.
    #[must_use]
    pub fn fingerprint(&self) -> Arc<str> {
        self.now().fingerprint
    }

    /// Agrees with whoever has connected, within a time.
    pub(crate) async fn shake<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> io::Result<TlsStream<S>> {
        let shaken = async {
            // Who says nothing takes no place of those who do.
            let hello = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
            let _held = self.shaking.acquire().await.map_err(io::Error::other)?;
            hello.into_stream(self.now().config).await
        };
        tokio::time::timeout(HANDSHAKE, shaken).await?
    }
}

impl Source {
    fn opened(self) -> Result<Tls, Problem> {
        let now = Arc::new(RwLock::new(self.read()?));
        Ok(Tls { source: Arc::new(self), now, shaking: Arc::new(Semaphore::new(AT_ONCE)) })
    }

    fn read(&self) -> Result<Now, Problem> {
        match self {
            Source::Files(certificate, key) => Now::of(certificate, key),
            Source::Own(state, names) => Now::own(state, names),
        }
    }
}

impl Now {
    fn of(certificate: &Path, key: &Path) -> Result<Self, Problem> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(certificate)?).collect();
        let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or_else(|| {
            Problem::invalid(format!("`{}` holds no certificate", certificate.display()))
                .hint("name a file in PEM, which begins with `-----BEGIN CERTIFICATE-----`")
        })?;
        let secret = PrivateKeyDer::from_pem_slice(&read_own(key)?).map_err(|_| {
            Problem::invalid(format!("`{}` holds no private key that can be read", key.display()))
                .hint("name a file in PEM, which begins with `-----BEGIN PRIVATE KEY-----`, without a passphrase")
        })?;
        Self::with(chain, secret).map_err(|error| {
            let files = format!("`{}` and `{}`", certificate.display(), key.display());
            Problem::invalid(format!("{files} cannot be used: {error}"))
                .hint("name a certificate and the key that it is of")
        })
    }

    fn own(state: &Path, names: &[String]) -> Result<Self, Problem> {
        let (certificate, key) = (state.join(OWN_CERTIFICATE), state.join(OWN_KEY));
        let mut names = names.to_vec();
        names.sort();
        names.dedup();
        // Above the certificate, where whoever reads it passes it over.
        let head = format!("# of Loket, for: {}, until ", names.join(" "));
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        if read(&certificate).is_ok_and(|text| is_good(&text, &head, today)) {
            match Self::of(&certificate, &key) {
                // One that does not fit its key, or is cut, is made anew; what others may have read is not used on.
                Err(problem) if problem.code != "denied" => {
                    tracing::warn!(%problem, "loket.tls.anew");
                }
                done => return done,
            }
        }
        make(&certificate, &key, &head, names, today).map_err(|why| {
            Problem::failed(format!("a certificate cannot be made in `{}`: {why}", state.display()))
                .hint("check that the folder is yours, or name a certificate with `--tls-cert` and `--tls-key`")
        })?;
        Self::of(&certificate, &key)
    }

    fn with(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, tokio_rustls::rustls::Error> {
        let fingerprint = chain.first().map(fingerprint).unwrap_or_default();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth();
        let mut config = config.with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), fingerprint: fingerprint.into() })
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("fingerprint", &self.fingerprint()).finish_non_exhaustive()
    }
}

fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let digest = Sha256::digest(certificate);
    digest.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

fn read(file: &Path) -> Result<Vec<u8>, Problem> {
    read_if(file, |_| Ok(()))
}

/// What nobody may read but the owner and the group that the owner gave it to.
fn read_own(file: &Path) -> Result<Vec<u8>, Problem> {
    read_if(file, |open| match shared_mode(open, 0o027) {
        None => Ok(()),
        Some(mode) => {
            let path = file.display();
            let why = format!("the key `{path}` can be read or changed by others (mode {mode:04o})");
            Err(Problem::denied(why).hint(format!("chmod 600 {path}")))
        }
    })
}

/// What a file holds that may be read.
fn read_if(file: &Path, may: impl FnOnce(&File) -> Result<(), Problem>) -> Result<Vec<u8>, Problem> {
    let unreadable = |why: String| {
        Problem::not_found(format!("`{}` cannot be read: {why}", file.display())).hint("check its name and whose it is")
    };
    // Before it is opened: a pipe would be waited for.
    match fs::metadata(file) {
        Ok(there) if !there.is_file() => return Err(unreadable("it is no file".to_owned())),
        Ok(_) => {}
        Err(error) => return Err(unreadable(error.to_string())),
    }
    let open = File::open(file).map_err(|error| unreadable(error.to_string()))?;
    may(&open)?;
    let mut bytes = Vec::new();
    open.take(BIGGEST).read_to_end(&mut bytes).map_err(|error| unreadable(error.to_string()))?;
    Ok(bytes)
}

/// Whether a certificate of our own has this head, and is good now and for a while. What is good for too long was made by a wrong clock, and
/// is not good yet.
fn is_good(certificate: &[u8], head: &str, today: Date) -> bool {
    let until = certificate.strip_prefix(head.as_bytes()).and_then(|rest| rest.split(|byte| *byte == b'\n').next());
    let until = until.and_then(|until| std::str::from_utf8(until).ok()?.parse::<Date>().ok());
    let (Ok(least), Ok(most)) = (in_days(today, FEW), in_days(today, GOOD + 1)) else { return false };
    until.is_some_and(|until| (least..=most).contains(&until))
}

/// The day so many days later.
fn in_days(day: Date, days: i64) -> Result<Date, String> {
    day.checked_add(days.days()).map_err(|error| error.to_string())
}

/// Makes a certificate, with the key that is there or a new one.
fn make(certificate: &Path, key: &Path, head: &str, names: Vec<String>, today: Date) -> Result<(), String> {
    let told = |error: rcgen::Error| error.to_string();
    let there = match fs::read_to_string(key) {
        // One that is cut, or none at all, is good for nothing.
        Ok(text) => KeyPair::from_pem(&text).ok(),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => None,
        Err(error) => return Err(error.to_string()),
    };
    let pair = match there {
        Some(pair) => pair,
        None => {
            let pair = KeyPair::generate().map_err(told)?;
            write_own(key, pair.serialize_pem().as_bytes()).map_err(|error| error.to_string())?;
            pair
        }
    };
    let (since, until) = (in_days(today, -1)?, in_days(today, GOOD)?);
    let midnight = |day: Date| date_time_ymd(day.year().into(), day.month().unsigned_abs(), day.day().unsigned_abs());
    let mut params = CertificateParams::new(names).map_err(told)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Loket");
    // Browsers take no two of one issuer with one number.
    params.serial_number = Some(SerialNumber::from(rand::random::<u128>().to_be_bytes().to_vec()));
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    (params.not_before, params.not_after) = (midnight(since), midnight(until));
    let made = params.self_signed(&pair).map_err(told)?;
    write_own(certificate, format!("{head}{until}\n{}", made.pem()).as_bytes()).map_err(|error| error.to_string())
}

/// Puts a file for its owner alone in its place.
fn write_own(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = drafted(file, bytes)?;
    fs::rename(&draft, file).inspect_err(|_| drop(fs::remove_file(&draft)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_of_our_own_stays_for_its_names_and_its_key_for_all() {
        let state = tempfile::tempdir().expect("a folder");
        let names = |all: &[&str]| all.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let own = |all: &[&str]| Tls::own(state.path(), &names(all)).unwrap_or_else(|p| panic!("{p:?}"));
        let first = own(&["loket.home.arpa", "10.0.0.5"]);
        assert_eq!(first.fingerprint().len(), 32 * 3 - 1, "{}", first.fingerprint());
        assert_eq!(own(&["10.0.0.5", "loket.home.arpa"]).fingerprint(), first.fingerprint());
        let key = fs::read(state.path().join(OWN_KEY)).expect("a key");
        assert_ne!(own(&["other.home.arpa"]).fingerprint(), first.fingerprint());
        assert_eq!(fs::read(state.path().join(OWN_KEY)).expect("a key"), key);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(state.path().join(OWN_KEY)).expect("a key").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_certificate_of_our_own_is_for_servers_and_has_a_number_and_an_end() {
        let state = tempfile::tempdir().expect("a folder");
        let file = state.path().join(OWN_CERTIFICATE);
        let der = |names: &[&str]| {
            Tls::own(state.path(), &names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).expect("made");
            CertificateDer::pem_slice_iter(&fs::read(&file).expect("a file")).next().expect("one").expect("whole")
        };
        // After the version stands the number.
        let number = |der: &CertificateDer<'_>| {
            let at = der.windows(6).position(|six| six == [0xA0, 3, 2, 1, 2, 2]).expect("a number") + 6;
            der[at + 1..][..usize::from(der[at])].to_vec()
        };
        let (one, other) = (der(&["a"]), der(&["b"]));
        assert_ne!(number(&one), number(&other));
        let for_servers = [6, 8, 0x2B, 6, 1, 5, 5, 7, 3, 1];
        assert!(one.windows(for_servers.len()).any(|bytes| bytes == for_servers));
        let text = fs::read_to_string(&file).expect("a file");
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        for (days, is) in [(0, true), (GOOD - FEW - 1, true), (GOOD - FEW + 1, false), (GOOD, false), (-2, false)] {
            let day = in_days(today, days).expect("a day");
            assert_eq!(is_good(text.as_bytes(), "# of Loket, for: b, until ", day), is, "{days}");
        }
        assert!(!is_good(text.as_bytes(), "# of Loket, for: a, until ", today));
    }

    #[test]
    fn another_certificate_is_taken_up_and_one_that_is_none_is_not() {
        let (state, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let made = |folder: &Path| Tls::own(folder, &["a".to_owned()]).expect("made").fingerprint();
        let (first, second) = (made(state.path()), made(other.path()));
        let [certificate, key] = [OWN_CERTIFICATE, OWN_KEY].map(|name| state.path().join(name));
        let tls = Tls::of(&certificate, &key).expect("read");
        tls.look_again();
        assert_eq!(tls.fingerprint(), first);
        // As whoever renews it does: one file, then the other.
        fs::copy(other.path().join(OWN_CERTIFICATE), &certificate).expect("copied");
        tls.look_again();
        assert_eq!(tls.fingerprint(), first, "it is of another key");
        fs::copy(other.path().join(OWN_KEY), &key).expect("copied");
        tls.look_again();
        assert_eq!(tls.fingerprint(), second);
        fs::write(&certificate, "").expect("emptied");
        tls.look_again();
        assert_eq!(tls.fingerprint(), second, "what was good is shown on");
    }

    #[test]
    fn what_is_cut_or_does_not_fit_is_made_anew() {
        let state = tempfile::tempdir().expect("a folder");
        let own = || Tls::own(state.path(), &["a".to_owned()]).unwrap_or_else(|p| panic!("{p:?}"));
        let mut last = own().fingerprint();
        for name in [OWN_CERTIFICATE, OWN_KEY] {
            let file = state.path().join(name);
            let text = fs::read(&file).expect("a file");
            fs::write(&file, &text[..text.len() / 2]).expect("cut");
            let next = own().fingerprint();
            assert_ne!(next, last, "{name}");
            assert_eq!(own().fingerprint(), next, "{name}: then it stays");
            last = next;
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_refused_and_so_is_what_is_no_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let state = tempfile::tempdir().expect("a folder");
        let own = || Tls::own(state.path(), &["a".to_owned()]);
        let first = own().expect("made").fingerprint();
        let (certificate, key) = (state.path().join(OWN_CERTIFICATE), state.path().join(OWN_KEY));
        let set = |mode| fs::set_permissions(&key, fs::Permissions::from_mode(mode)).expect("a mode");
        for mode in [0o620, 0o604] {
            set(mode);
            for problem in [Tls::of(&certificate, &key).expect_err("shared"), own().expect_err("shared")] {
                assert_eq!(problem.code, "denied");
                assert!(problem.hint.is_some_and(|hint| hint.contains("chmod 600")));
            }
        }
        set(0o600);
        assert_eq!(own().expect("read").fingerprint(), first);
        let problem = Tls::of(&certificate, state.path()).expect_err("a folder");
        assert!(problem.message.contains("it is no file"), "{problem:?}");
    }

    #[test]
    fn files_that_are_none_or_do_not_belong_together_are_told() {
        let (one, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        for state in [&one, &other] {
            Tls::own(state.path(), &["a".to_owned()]).expect("made");
        }
        let (certificate, key) = (one.path().join(OWN_CERTIFICATE), one.path().join(OWN_KEY));
        let others = other.path().join(OWN_KEY);
        for (certificate, key, why) in [
            (&one.path().join("none.pem"), &key, "cannot be read"),
            (&key, &key, "no certificate"),
            (&certificate, &certificate, "no private key"),
            (&certificate, &others, "cannot be used"),
        ] {
            let problem = Tls::of(certificate, key).expect_err(why);
            assert!(problem.message.contains(why) && problem.hint.is_some(), "{why}: {problem:?}");
        }
    }
}
