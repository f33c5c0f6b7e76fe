//! A registry of OCI images: Debian's `docker-registry`, in a folder of its own, gone with the test.

use crate::house::built;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Who is let in where not everybody is, with which password.
pub(super) const USER: (&str, &str) = ("anna", "open sesame");
/// What the registry knows of it.
const KNOWN: &str = "anna:$2b$05$abcdefghijklmnopqrstuupx2xBUC4954936wVIjyyPHmUBFu0wCW\n";

/// A registry that runs.
pub(super) struct Images {
    child: Child,
    pub(super) port: u16,
    folder: TempDir,
}

impl Images {
    /// For everybody on this machine.
    pub(super) fn open() -> Images {
        Images::start(|_| String::new())
    }

    /// For those with a password.
    pub(super) fn closed() -> Images {
        Images::start(|folder| {
            fs::write(folder.join("known"), KNOWN).expect("written");
            format!("auth: {{htpasswd: {{realm: test, path: {:?}}}}}\n", folder.join("known"))
        })
    }

    /// Encrypted, as the host `0.0.0.0`; the authority is in [`Images::authority`].
    pub(super) fn encrypted() -> Images {
        Images::start(|folder| {
            let mut params = CertificateParams::new(Vec::new()).expect("no names");
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("made");
            let key = KeyPair::generate().expect("a key");
            let params = CertificateParams::new(vec!["0.0.0.0".to_owned()]).expect("names");
            let server = params.signed_by(&key, &authority).expect("a certificate");
            for (name, kind, bytes) in [
                ("authority.pem", "CERTIFICATE", authority.der().to_vec()),
                ("server.pem", "CERTIFICATE", server.der().to_vec()),
                ("key.pem", "PRIVATE KEY", key.serialize_der()),
            ] {
                let body = BASE64_STANDARD.encode(bytes);
                let text = format!("-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n");
                fs::write(folder.join(name), text).expect("written");
            }
            let (server, key) = (folder.join("server.pem"), folder.join("key.pem"));
            format!("  tls: {{certificate: {server:?}, key: {key:?}}}\n")
        })
    }

    fn start(more: impl FnOnce(&Path) -> String) -> Images {
        let folder = tempfile::tempdir().expect("a folder");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let storage = folder.path().join("storage");
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {storage:?}}}}}\nhttp:\n  addr: \"127.0.0.1:{port}\"\n{}",
            more(folder.path())
        );
        fs::write(folder.path().join("config.yml"), text).expect("written");
        let program = built("LOKET_PEERS").join("docker-registry/usr/bin/docker-registry");
        assert!(program.is_file(), "`{}` is not installed: run `cargo xtask test`", program.display());
        let mut command = Command::new(program);
        command.arg("serve").arg(folder.path().join("config.yml"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let images = Images { child: command.spawn().expect("it starts"), port, folder };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(60), "the registry does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        images
    }

    /// An image on it.
    pub(super) fn at(&self, image: &str) -> String {
        format!("oci://127.0.0.1:{}/{image}", self.port)
    }

    /// The same for the library that pushes what we do not.
    pub(super) fn reference(&self, image: &str) -> oci_client::Reference {
        format!("127.0.0.1:{}/{image}", self.port).parse().expect("a reference")
    }

    /// Who certifies it.
    pub(super) fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// The file in which it keeps these bytes.
    pub(super) fn blob(&self, digest: &str) -> PathBuf {
        let blobs = self.folder.path().join("storage/docker/registry/v2/blobs/sha256");
        blobs.join(&digest[..2]).join(digest).join("data")
    }
}

impl Drop for Images {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
