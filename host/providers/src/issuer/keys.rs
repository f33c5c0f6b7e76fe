//! The keys that an issuer publishes ([RFC 7517](https://www.rfc-editor.org/rfc/rfc7517)), and signatures verified with them
//! ([RFC 7518](https://www.rfc-editor.org/rfc/rfc7518), [RFC 8037](https://www.rfc-editor.org/rfc/rfc8037)).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use serde::Deserialize;

/// A way to sign that is believed.
pub(super) struct Algorithm {
    name: &'static str,
    way: Way,
}

enum Way {
    Rsa(&'static RsaParameters),
    /// A point of a curve, with the bytes of one coordinate.
    Point(&'static str, usize, &'static dyn VerificationAlgorithm),
    Edwards,
}

/// The ways that are believed: by a private key, and sound. None in which whoever verifies could sign, too (`HS256`), and never `none`.
static BELIEVED: [Algorithm; 10] = [
    Algorithm { name: "RS256", way: Way::Rsa(&RSA_PKCS1_2048_8192_SHA256) },
    Algorithm { name: "RS384", way: Way::Rsa(&RSA_PKCS1_2048_8192_SHA384) },
    Algorithm { name: "RS512", way: Way::Rsa(&RSA_PKCS1_2048_8192_SHA512) },
    Algorithm { name: "PS256", way: Way::Rsa(&RSA_PSS_2048_8192_SHA256) },
    Algorithm { name: "PS384", way: Way::Rsa(&RSA_PSS_2048_8192_SHA384) },
    Algorithm { name: "PS512", way: Way::Rsa(&RSA_PSS_2048_8192_SHA512) },
    Algorithm { name: "ES256", way: Way::Point("P-256", 32, &ECDSA_P256_SHA256_FIXED) },
    Algorithm { name: "ES384", way: Way::Point("P-384", 48, &ECDSA_P384_SHA384_FIXED) },
    Algorithm { name: "EdDSA", way: Way::Edwards },
    Algorithm { name: "Ed25519", way: Way::Edwards },
];

impl Algorithm {
    /// The one of this name, if it is believed.
    pub(super) fn of(name: &str) -> Option<&'static Algorithm> {
        BELIEVED.iter().find(|own| own.name == name)
    }
}

/// A key as it is published. What is not told of here is not looked at.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Key {
    kty: String,
    pub(super) kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    used: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl Key {
    /// Whether it is there to verify signatures of this kind.
    pub(super) fn is_fit(&self, algorithm: &Algorithm) -> bool {
        let (kind, curve) = match algorithm.way {
            Way::Rsa(_) => ("RSA", None),
            Way::Point(curve, ..) => ("EC", Some(curve)),
            Way::Edwards => ("OKP", Some("Ed25519")),
        };
        self.kty == kind
            && curve.is_none_or(|curve| self.crv.as_deref() == Some(curve))
            && self.alg.as_deref().is_none_or(|name| name == algorithm.name)
            && self.used.as_deref().is_none_or(|used| used == "sig")
            && self.key_ops.as_ref().is_none_or(|all| all.iter().any(|one| one == "verify"))
    }

    /// Whether its holder signed a text in this way.
    pub(super) fn verifies(&self, algorithm: &Algorithm, text: &[u8], signature: &[u8]) -> bool {
        self.checked(algorithm, text, signature).is_some()
    }

    fn checked(&self, algorithm: &Algorithm, text: &[u8], signature: &[u8]) -> Option<()> {
        let bytes = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_deref()?).ok();
        if !self.is_fit(algorithm) {
            return None;
        }
        let verified = match algorithm.way {
            Way::Rsa(parameters) => {
                let (n, e) = (bytes(&self.n)?, bytes(&self.e)?);
                RsaPublicKeyComponents { n: bare(&n), e: bare(&e) }.verify(parameters, text, signature)
            }
            Way::Point(_, size, way) => {
                let (x, y) = (bytes(&self.x)?, bytes(&self.y)?);
                if x.len() != size || y.len() != size {
                    return None;
                }
                // A point that is not compressed, as SEC 1 writes it.
                UnparsedPublicKey::new(way, [&[4], x.as_slice(), &y].concat()).verify(text, signature)
            }
            Way::Edwards => UnparsedPublicKey::new(&ED25519, bytes(&self.x)?).verify(text, signature),
        };
        verified.ok()
    }
}

/// A number without the zeros that some write before it.
fn bare(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

#[cfg(test)]
mod tests;
