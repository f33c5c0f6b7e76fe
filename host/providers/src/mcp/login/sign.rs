//! Tokens that this client signs itself: a client's proof that it has its private key (RFC 7523), and that it is the one to whom a token was
//! given (DPoP, RFC 9449).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use serde_json::{Value as Json, json};
use zeroize::Zeroizing;

/// How long a proof of a client is good, in seconds.
const GOOD: u64 = 120;

/// A private key.
pub(super) enum SigningKey {
    Ec(EcdsaKeyPair),
    Rsa(Box<RsaKeyPair>),
    Ed(Ed25519KeyPair),
}

impl SigningKey {
    /// Reads a key in PKCS #8: in PEM, also on one line, or its base 64 alone.
    ///
    /// # Errors
    /// When it is none of the kinds that are known.
    pub(super) fn read(text: &str) -> Result<SigningKey, String> {
        let bare = text.replace("-----BEGIN PRIVATE KEY-----", "").replace("-----END PRIVATE KEY-----", "");
        let bare = Zeroizing::new(bare.split_ascii_whitespace().collect::<String>());
        let none =
            || "the client's key is no private key in PKCS #8: of P-256, RSA or Ed25519, as PEM or base 64".to_owned();
        let der = Zeroizing::new(STANDARD.decode(&*bare).map_err(|_| none())?);
        if let Ok(key) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &SystemRandom::new()) {
            return Ok(SigningKey::Ec(key));
        }
        if let Ok(key) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der) {
            return Ok(SigningKey::Ed(key));
        }
        RsaKeyPair::from_pkcs8(&der).map(|key| SigningKey::Rsa(Box::new(key))).map_err(|_| none())
    }

    /// A new one of P-256: the key, and its text as it is kept.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub(super) fn new() -> Result<(SigningKey, Zeroizing<String>), String> {
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let made = made.map_err(|_| "the operating system gave no random bytes for a key".to_owned())?;
        let text = Zeroizing::new(STANDARD.encode(made.as_ref()));
        Ok((SigningKey::read(&text)?, text))
    }

    /// How its signatures are called (RFC 7518).
    pub(super) fn algorithm(&self) -> &'static str {
        match self {
            SigningKey::Ec(_) => "ES256",
            SigningKey::Rsa(_) => "RS256",
            SigningKey::Ed(_) => "EdDSA",
        }
    }

    /// Its public half, where it is of P-256: the two coordinates of a point that is written in full.
    fn public(&self) -> Option<Json> {
        let SigningKey::Ec(key) = self else { return None };
        let point = key.public_key().as_ref();
        let (x, y) = (point.get(1..33)?, point.get(33..65)?);
        Some(json!({ "kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y) }))
    }

    fn token(&self, mut header: Json, claims: &Json) -> Result<String, String> {
        header["alg"] = self.algorithm().into();
        let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
        let text = format!("{}.{}", part(&header), part(claims));
        let random = SystemRandom::new();
        let failed = |_| "the key signs nothing".to_owned();
        let signature = match self {
            SigningKey::Ec(key) => key.sign(&random, text.as_bytes()).map_err(failed)?.as_ref().to_vec(),
            SigningKey::Ed(key) => key.sign(text.as_bytes()).as_ref().to_vec(),
            SigningKey::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature).map_err(failed)?;
                signature
            }
        };
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// A client's proof, for an authorization server, that it has its key.
///
/// # Errors
/// When there is no randomness for it.
pub(super) fn assertion(key: &SigningKey, client: &str, audience: &str, now: u64) -> Result<String, String> {
    let (header, id) = (json!({ "typ": "JWT" }), random()?);
    let claims = json!({ "iss": client, "sub": client, "aud": audience, "iat": now, "exp": now + GOOD, "jti": id });
    key.token(header, &claims)
}

/// A proof that a request comes from whom a token is bound to; for a request with a token, of that token too.
///
/// # Errors
/// When the key is of another kind, or there is no randomness.
pub(super) fn possession(
    key: &SigningKey,
    method: &str,
    url: &str,
    token: Option<&str>,
    nonce: Option<&str>,
    now: u64,
) -> Result<String, String> {
    let public = key.public().ok_or("a key that tokens are bound to is of P-256")?;
    let bare = url.split(['?', '#']).next().unwrap_or(url);
    let mut claims = json!({ "jti": random()?, "htm": method, "htu": bare, "iat": now });
    if let Some(token) = token {
        let digest = ring::digest::digest(&ring::digest::SHA256, token.as_bytes());
        claims["ath"] = URL_SAFE_NO_PAD.encode(digest).into();
    }
    if let Some(nonce) = nonce {
        claims["nonce"] = nonce.into();
    }
    key.token(json!({ "typ": "dpop+jwt", "jwk": public }), &claims)
}

/// A word that nobody guesses, and that is never said twice.
///
/// # Errors
/// When the operating system gives no randomness.
pub(super) fn random() -> Result<String, String> {
    let mut bytes = [0; 16];
    let failed = |_| "the operating system gave no random bytes".to_owned();
    SystemRandom::new().fill(&mut bytes).map_err(failed)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    fn parts(token: &str) -> Vec<Json> {
        let part = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base 64")).expect("JSON");
        token.split('.').take(2).map(part).collect()
    }

    #[test]
    fn what_is_signed_is_verified_by_the_public_half_that_it_names() {
        let (key, text) = SigningKey::new().expect("a key");
        let token = possession(&key, "POST", "https://a.example/mcp?x=1#y", Some("t"), Some("n"), 7).expect("signed");
        let said = parts(&token);
        assert_eq!((said[0]["typ"].as_str(), said[0]["alg"].as_str()), (Some("dpop+jwt"), Some("ES256")));
        assert_eq!((said[1]["htu"].as_str(), said[1]["nonce"].as_str()), (Some("https://a.example/mcp"), Some("n")));
        let coordinate =
            |name: &str| URL_SAFE_NO_PAD.decode(said[0]["jwk"][name].as_str().expect("text")).expect("b64");
        let point = [vec![4], coordinate("x"), coordinate("y")].concat();
        let (text_part, signature) = token.rsplit_once('.').expect("three parts");
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("base 64");
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        public.verify(text_part.as_bytes(), &signature).expect("it is its signature");
        let again = SigningKey::read(&text).expect("what is kept reads back");
        assert_eq!(again.public(), key.public());
        let pem = format!("-----BEGIN PRIVATE KEY----- {} -----END PRIVATE KEY-----", &*text);
        assert!(SigningKey::read(&pem).is_ok(), "PEM on one line");
    }

    #[test]
    fn no_two_proofs_are_the_same() {
        let (key, _) = SigningKey::new().expect("a key");
        let id = || parts(&assertion(&key, "me", "https://a.example", 1).expect("signed"))[1]["jti"].clone();
        assert_ne!(id(), id());
    }

    #[test]
    fn what_is_no_key_is_told_without_being_shown() {
        for text in ["", "hunter2hunter2", "AAAA"] {
            let why = SigningKey::read(text).err().expect("no key");
            assert!(why.contains("PKCS #8") && (text.is_empty() || !why.contains(text)), "{why}");
        }
    }
}
