//! What a UUID tells of itself.

use crate::About;
use uuid::{Uuid, Variant};

/// How much of a wrong text is told.
const SHOWN: usize = 60;

/// Reads a UUID.
///
/// # Errors
/// For what is none.
pub fn read(text: &str) -> Result<About, String> {
    let uuid = Uuid::try_parse(text.trim()).map_err(|error| {
        let shown: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
        format!(
            "`{shown}` is no UUID: {error}; one has 32 digits in hex, such as `f81d4fae-7dec-4d0c-a765-00a0c91e6bf6`"
        )
    })?;
    let ours = uuid.get_variant() == Variant::RFC4122 || uuid.is_nil();
    let version = if ours { u8::try_from(uuid.get_version_num()).unwrap_or(15) } else { 15 };
    // Years beyond those that a clock can show are no times.
    let made = uuid.get_timestamp().filter(|_| ours).map(|time| {
        let (seconds, nanos) = time.to_unix();
        seconds.saturating_mul(1000).saturating_add(u64::from(nanos / 1_000_000))
    });
    Ok(About { uuid: uuid.hyphenated().to_string(), version, made })
}
