//! Whether a path is cheap enough, before anything is done with it.
//!
//! A path is a small program: `$..*..*` visits every value once for each value above it, `[0,0,0]` thrice in a row makes 27 of one, and a
//! filter with a path in it walks the document again for each value that it is held against. So what a path can cost is reckoned from its
//! text, on the safe side, and held against how large the document is. Brackets may not nest deeply either: the parser tries several readings
//! of each.

/// How long a path may be, in bytes.
pub const LONGEST: usize = 500;
/// How deep its brackets may nest.
pub const DEEPEST: usize = 5;
/// How many values may be visited.
const MOST: u64 = 4_000_000;

/// What a path asks for, as far as its cost goes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// By how much selectors side by side multiply what they are held against.
    width: u64,
    /// How often it descends to any depth.
    descents: u32,
    /// How many paths inside filters can walk more than one value.
    walks: u32,
}

/// Reads what a path asks for.
///
/// # Errors
/// For one that is too long or nests too deeply.
pub fn demand(path: &str) -> Result<Demand, String> {
    if path.len() > LONGEST {
        return Err(format!("the path has {} bytes, and may have {LONGEST}: find less at once", path.len()));
    }
    let mut demand = Demand { width: 1, ..Demand::default() };
    let (mut open, mut filters, mut side, mut quote) = (Vec::new(), 0_u32, 1_u64, None);
    let mut signs = path.chars().peekable();
    while let Some(sign) = signs.next() {
        match (quote, sign) {
            (Some(_), '\\') => drop(signs.next()),
            (Some(mark), sign) => quote = (mark != sign).then_some(mark),
            (None, '\'' | '"') => quote = Some(sign),
            (None, '[' | '(') => {
                open.push((sign, side, filters));
                side = 1;
                if open.len() > DEEPEST {
                    return Err(format!("the path's brackets nest deeper than {DEEPEST} levels: find it in two steps"));
                }
            }
            (None, ']' | ')') => {
                if let Some((_, before, around)) = open.pop() {
                    demand.width = demand.width.saturating_mul(side);
                    (side, filters) = (before, around);
                }
            }
            (None, ',') => side += 1,
            (None, '?') => filters += 1,
            (None, '.') if signs.peek() == Some(&'.') => {
                signs.next();
                demand.descents += 1;
                demand.walks += u32::from(filters > 0);
            }
            (None, '*' | ':' | '$') if filters > 0 => demand.walks += 1,
            _ => {}
        }
    }
    Ok(demand)
}

impl Demand {
    /// Checks it against a document of so many values in so many levels.
    ///
    /// # Errors
    /// With what to do instead.
    pub fn check(&self, values: usize, levels: usize) -> Result<(), String> {
        let (values, levels) = (values as u64, levels as u64);
        let deeper = levels.saturating_pow(self.descents.saturating_sub(1));
        let again = values.saturating_pow(self.walks);
        let cost = values.saturating_mul(self.width).saturating_mul(deeper).saturating_mul(again);
        match cost {
            0..=MOST => Ok(()),
            _ => Err(format!(
                "this path would need too much work on a document with {values} values: name members instead of `..` and `*`, above all \
                 within `[?…]`, or query a part of the document first"
            )),
        }
    }
}
