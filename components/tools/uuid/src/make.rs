//! New UUIDs.

use crate::Version;
use uuid::{Builder, Uuid};

/// How many may be made at once.
const MOST: u32 = 1_000;

/// Makes UUIDs, from a time in milliseconds and from random bytes.
///
/// # Errors
/// For none, and for too many; and when fewer random bytes come than were asked for.
pub fn make(version: Version, count: u32, millis: u64, random: impl Fn(u64) -> Vec<u8>) -> Result<Vec<String>, String> {
    if count == 0 || count > MOST {
        return Err(format!("`count` is {count}: ask for 1 to {MOST}"));
    }
    let bytes = random(u64::from(count) * 16);
    let (pieces, _) = bytes.as_chunks::<16>();
    if pieces.len() < count as usize {
        return Err("the host gave too few random numbers: try again".into());
    }
    let mut made: Vec<Uuid> = match version {
        Version::Random => pieces.iter().map(|piece| Builder::from_random_bytes(*piece).into_uuid()).collect(),
        Version::Timed => {
            let tail = |piece: &[u8; 16]| piece.first_chunk::<10>().copied().unwrap_or_default();
            let timed =
                pieces.iter().map(|piece| Builder::from_unix_timestamp_millis(millis, &tail(piece)).into_uuid());
            timed.collect()
        }
    };
    // Those of one moment differ in what is random only: in order, each is behind the one before it.
    if version == Version::Timed {
        made.sort_unstable();
    }
    Ok(made.into_iter().take(count as usize).map(|uuid| uuid.to_string()).collect())
}
