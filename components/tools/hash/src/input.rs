//! What is written, into bytes.

use crate::Encoding;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// How long an input may be as it is written, in bytes.
pub const MOST: usize = 512 << 10;

/// The bytes that an input stands for.
///
/// # Errors
/// For one that is too long, and for what is not in that encoding.
pub fn bytes(input: String, encoding: Encoding) -> Result<Vec<u8>, String> {
    if input.len() > MOST {
        return Err(format!("the input has {} bytes, and may have {MOST}: there is no digest of a part", input.len()));
    }
    match encoding {
        Encoding::Text => Ok(input.into_bytes()),
        Encoding::Hex => hex::decode(input.trim()).map_err(|error| {
            format!("this is no hex: {error}; write two digits for each byte, or leave `encoding` out for text")
        }),
        Encoding::Base64 => {
            let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
            let urls = input.contains(['-', '_']);
            let alphabet = if urls { &alphabet::URL_SAFE } else { &alphabet::STANDARD };
            GeneralPurpose::new(alphabet, config)
                .decode(input.trim())
                .map_err(|error| format!("this is no Base64: {error}; leave `encoding` out for text"))
        }
    }
}
