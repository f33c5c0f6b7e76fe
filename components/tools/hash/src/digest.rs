//! Bytes into a digest, and a digest compared.

use crate::Algorithm;
use crc::{CRC_32_ISO_HDLC, Crc};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

/// Over a table of 1 KiB: larger ones look like something packed.
const CRC32: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// The digest of bytes, in hex.
pub fn digest(bytes: &[u8], algorithm: Algorithm) -> String {
    match algorithm {
        Algorithm::Sha256 => hex::encode(Sha256::digest(bytes)),
        Algorithm::Sha512 => hex::encode(Sha512::digest(bytes)),
        Algorithm::Blake3 => blake3::hash(bytes).to_hex().to_string(),
        Algorithm::Sha1 => hex::encode(Sha1::digest(bytes)),
        Algorithm::Md5 => hex::encode(Md5::digest(bytes)),
        Algorithm::Crc32 => format!("{:08x}", CRC32.checksum(bytes)),
    }
}

/// By which algorithm a digest fits, if by any.
///
/// # Errors
/// For what cannot be a digest, or none of that algorithm.
pub fn check(bytes: &[u8], expected: &str, algorithm: Option<Algorithm>) -> Result<Option<Algorithm>, String> {
    let expected = expected.trim();
    if let Some(wrong) = expected.chars().find(|sign| !sign.is_ascii_hexdigit()) {
        return Err(format!(
            "`{}` stands in the digest, which is written in hex: pass the digest alone",
            wrong.escape_debug()
        ));
    }
    let fitting: &[Algorithm] = match expected.len() {
        8 => &[Algorithm::Crc32],
        32 => &[Algorithm::Md5],
        40 => &[Algorithm::Sha1],
        64 => &[Algorithm::Sha256, Algorithm::Blake3],
        128 => &[Algorithm::Sha512],
        other => {
            return Err(format!(
                "the digest has {other} digits; CRC-32 has 8, MD5 32, SHA-1 40, SHA-256 and BLAKE3 64, SHA-512 128: pass all of it"
            ));
        }
    };
    if let Some(wanted) = algorithm
        && !fitting.contains(&wanted)
    {
        return Err(format!("a digest with {} digits is of another algorithm: leave `algorithm` out", expected.len()));
    }
    let mut tried = fitting.iter().filter(|fits| algorithm.is_none_or(|wanted| wanted == **fits));
    Ok(tried.find(|algorithm| digest(bytes, **algorithm).eq_ignore_ascii_case(expected)).copied())
}
