//! Names by pattern.

use crate::Error;
use crate::words::shown;
use globset::GlobBuilder;
use regex::bytes::{Regex, RegexBuilder};

/// The longest glob, in bytes.
const LONGEST: usize = 1_000;
/// How large one may become, in bytes.
const SIZE: usize = 1 << 20;
/// How many alternatives it may have, and so how deep they may lie in each other.
const BRACES: usize = 50;

/// A glob.
#[derive(Debug)]
pub struct Glob(Regex);

impl Glob {
    /// Reads one. Without a `/` in it, it is held against names alone.
    ///
    /// # Errors
    /// `invalid` for what is none.
    pub fn read(glob: &str) -> Result<Glob, Error> {
        let invalid = |why: &str| {
            Error::Invalid(format!("{} is no glob: {why}; write for example `*.md` or `src/**/*.{{c,h}}`", shown(glob)))
        };
        match glob.len() {
            0 => return Err(invalid("it is empty")),
            1..=LONGEST => {}
            size => return Err(invalid(&format!("it has {size} bytes, and {LONGEST} are the most"))),
        }
        if glob.starts_with('/') || glob.ends_with('/') {
            return Err(invalid("it is held against the path below the folder, which has no `/` at its ends"));
        }
        // They are read by recursion.
        if glob.matches('{').count() > BRACES {
            return Err(invalid(&format!("it has more than {BRACES} `{{`")));
        }
        let anywhere = if glob.contains('/') { String::new() } else { "**/".to_owned() };
        let parsed = GlobBuilder::new(&(anywhere + glob)).literal_separator(true).backslash_escape(true).build();
        let parsed = parsed.map_err(|error| invalid(&error.kind().to_string()))?;
        // Compiled here, and not by `globset`, for the limits: it takes it for granted that this works.
        let compiled = RegexBuilder::new(parsed.regex())
            .dot_matches_new_line(true)
            .size_limit(SIZE)
            .dfa_size_limit(SIZE)
            .nest_limit(2 * BRACES as u32)
            .build();
        compiled.map(Glob).map_err(|_| invalid("it says too much at once"))
    }

    /// Whether a path below the folder fits.
    pub fn fits(&self, below: &str) -> bool {
        self.0.is_match(below.as_bytes())
    }
}
