//! Packages on disk: their names, their bytes and digests, and their versions. Nothing here runs or parses a component.
//!
//! Files in reading order: [`name`] what a package is called, [`digest`] what its bytes are, [`layout`] where it lies,
//! [`registry`] one or more folders of packages, [`scan`] what is there, [`read`] one package's bytes,
//! [`key`] who signs, [`signature`] what was signed, [`trust`] whose signatures count, [`owners`] whose a namespace is,
//! [`publish`] a new version, [`yank`] one that was taken back, [`lock`] what runs, pinned by its digest, [`gc`] what nobody
//! needs any more.
//!
//! A folder of packages has the layout of the `local` backend of wasm-pkg-tools: `<namespace>/<name>/<version>.wasm`.
//!
//! **Invariant:** [`Registry::read`] is the only way to the bytes of a package that is there, and the digest that it returns is that of the
//! very bytes that it returns. Nothing is looked up by a digest that was computed earlier.

pub mod digest;
pub mod gc;
pub mod key;
pub mod layout;
pub mod lock;
pub mod name;
pub mod owners;
pub mod publish;
pub mod read;
pub mod registry;
pub mod scan;
pub mod signature;
pub mod trust;
pub mod yank;

pub use digest::{Digest, DigestError};
pub use gc::{Garbage, GarbageError};
pub use key::{KeyError, PublicKey, SecretKey};
pub use lock::{Lock, LockError, Pin};
pub use name::{NameError, PackageName, PackageRef, PackageReq};
pub use owners::{Doubt, Owners, OwnersError};
pub use publish::{Existing, PublishError};
pub use read::{MAX_PACKAGE_BYTES, Package, ReadError};
pub use registry::{OpenError, Registry};
pub use scan::{Found, Note, Scan};
pub use signature::{Signature, SignatureError};
pub use trust::{Standing, TrustError, TrustedKeys};
pub use yank::YankError;
