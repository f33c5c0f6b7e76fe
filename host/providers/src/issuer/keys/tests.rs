//! Signatures of every kind by real keys. The RSA key was made for this and thrown away; `openssl dgst` signed with it.

use super::*;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair as _,
};
use serde_json::{Value as Json, json};

const TEXT: &[u8] = b"head.claims";
const N: &str = "spiK9KfBFarq-OCTPmiMd8FjgDVAuICbtrBW-lGrMpf6SktDo-PiOQgwyzl3jCLRT1M26p2IfOAmaD-mTCHcdyVPMiaKB9G3ZpmFaU90mzrmNrkKnc4D1Um5_k7vPjV9qCVS6hfUwM81dcfPwrRmjCYnezxgG0KvKQ_DfoGTo72RGdDWi7B5Fj2lO9u-xla5iZYHJzVa9mw7jclatPM86BJrKDPZ1NBu2JUhj6mlmZmpA8xRY3gC9qkPoiomwteta0lCPe3Q6b2m3mc0_Bdn3bUf5FYlDYTaYhFfSJlcoi1jTBGiMtRnkmkVD6R7A45KmQ67t2klW8qfrC8Szf_CwQ";
const RS256: &str = "QIuAcNtMB5KqsY-gyzCYaBBHd-7PYZie2FijtfFuJiVwPUnzB91OkMCslrPBVwsf1cx-5GwYdCxtNEAtxeM4JZhkaMPuzsuWBUAgzTiJdJH8XyIo6wV2u_t_hbwA48-OoRHS_uV795-osV-_tlzO0kdo8J99B4ep_7Tswal0Xu54I0e2F-vEDGwQk4K5YBxTw7jWtZWGWz3UIqUvXjp5YdBms6FohWBiKkBAeGtaTpMDrCNqbbywk6fQKeopskjMUcqRXk-lv2t41xGnwP0UmJ6T3vsl4h4W7wdaEWWSifr_fn0PYhZzeqmQvrcUtH2Jfy-CwSF6uJ2LXp2k8O3UVQ";
const PS256: &str = "NmU-j_egDHePBYizKwqQEJ6K3q0zd1SppXcUzpV6CIuudoalpOGTya2DuUpQVOS1PtkU1PQAqwa9CjL4CctAkcifK1y_EtcXfasIHP-8NNjZ7yha579Q7V1XOEZ5LxE5tMKKsto71amzfF057_jIGhqIXX0B8cDvESec6K7wMDEryBH5ZbIXt-8oR4Ht2kz8CV_7taeJnsnJ9rn4IrL3JR422kZ3RbBOVJHnDvajox71E4jm7cy87nbFAS_gY4pTLnmctGQJYEJY9CosMxXZpkvWDrYwfig2nvXOLPPB1HxCDgPoMm7oU5SY35Qr3uBJz643a3L_k6kmuimr_SfNCA";

fn key(json: Json) -> Key {
    serde_json::from_value(json).expect("a key")
}

fn bytes(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).expect("base 64")
}

fn verifies(key: &Key, name: &str, signature: &[u8]) -> bool {
    key.verifies(Algorithm::of(name).expect("it is believed"), TEXT, signature)
}

/// A key of a curve, and what it makes of the text.
fn signed(way: &'static EcdsaSigningAlgorithm, curve: &str, size: usize) -> (Json, Vec<u8>) {
    let random = SystemRandom::new();
    let text = EcdsaKeyPair::generate_pkcs8(way, &random).expect("a key");
    let pair = EcdsaKeyPair::from_pkcs8(way, text.as_ref(), &random).expect("a key");
    let (x, y) = pair.public_key().as_ref()[1..].split_at(size);
    let public = json!({ "kty": "EC", "crv": curve, "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y) });
    (public, pair.sign(&random, TEXT).expect("it signs").as_ref().to_vec())
}

#[test]
fn what_a_key_signed_is_sound_for_that_key_and_that_text_alone() {
    let (one, by_one) = signed(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256", 32);
    let (_, by_other) = signed(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256", 32);
    let (long, by_long) = signed(&ECDSA_P384_SHA384_FIXED_SIGNING, "P-384", 48);
    let (one, long) = (key(one), key(long));
    assert!(verifies(&one, "ES256", &by_one) && verifies(&long, "ES384", &by_long));
    assert!(!verifies(&one, "ES256", &by_other) && !verifies(&one, "ES256", b""));
    assert!(!one.verifies(Algorithm::of("ES256").expect("it is believed"), b"head.others", &by_one));
    let text = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
    let pair = Ed25519KeyPair::from_pkcs8(text.as_ref()).expect("a key");
    let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    let edwards = key(json!({ "kty": "OKP", "crv": "Ed25519", "x": x }));
    assert!(verifies(&edwards, "EdDSA", pair.sign(TEXT).as_ref()) && !verifies(&edwards, "EdDSA", &by_one));
}

#[test]
fn an_rsa_key_verifies_both_kinds_of_padding_and_takes_neither_for_the_other() {
    let rsa = key(json!({ "kty": "RSA", "n": N, "e": "AQAB" }));
    let padded =
        key(json!({ "kty": "RSA", "n": URL_SAFE_NO_PAD.encode([&[0], bytes(N).as_slice()].concat()), "e": "AQAB" }));
    for key in [&rsa, &padded] {
        assert!(verifies(key, "RS256", &bytes(RS256)) && verifies(key, "PS256", &bytes(PS256)));
        assert!(!verifies(key, "PS256", &bytes(RS256)) && !verifies(key, "RS256", &bytes(PS256)));
        assert!(!verifies(key, "RS512", &bytes(RS256)));
    }
}

#[test]
fn a_key_is_used_for_what_it_is_there_for_and_for_nothing_else() {
    let (point, signature) = signed(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256", 32);
    for (name, value, fits) in [
        ("use", json!("sig"), true),
        ("use", json!("enc"), false),
        ("key_ops", json!(["verify"]), true),
        ("key_ops", json!(["encrypt"]), false),
        ("alg", json!("ES256"), true),
        ("alg", json!("ES384"), false),
        ("crv", json!("P-384"), false),
        ("kty", json!("oct"), false),
        ("x", json!("AA"), false),
        ("x", json!("?"), false),
        ("y", json!(null), false),
    ] {
        let mut own = point.clone();
        own[name] = value.clone();
        assert_eq!(verifies(&key(own), "ES256", &signature), fits, "{name} {value}");
    }
    let rsa = key(json!({ "kty": "RSA", "n": N, "e": "AQAB" }));
    assert!(!verifies(&rsa, "ES256", &signature));
}

#[test]
fn no_signature_and_a_shared_secret_are_no_kinds_that_are_believed() {
    for name in ["none", "None", "", "HS256", "HS512", "es256", "ES256K", "RS1"] {
        assert!(Algorithm::of(name).is_none(), "{name}");
    }
}
