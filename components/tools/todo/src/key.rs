//! Under what values are kept: `NAME/0000000001` a step, `NAME#` the counter of a plan's numbers.

/// The plan that is meant when none is named.
pub const USUAL: &str = "plan";
/// How many characters a name may have.
const LONGEST: usize = 64;

/// Checks a plan's name.
///
/// # Errors
/// For what is no name.
pub fn name(plan: Option<&str>) -> Result<&str, String> {
    let name = plan.map(str::trim).filter(|name| !name.is_empty()).unwrap_or(USUAL);
    let good = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-';
    match name.len() <= LONGEST && name.chars().all(good) {
        true => Ok(name),
        false => {
            let shown: String = name.chars().take(LONGEST).flat_map(char::escape_debug).collect();
            Err(format!(
                "`{shown}` is no name of a plan: write at most {LONGEST} lower-case letters, digits and hyphens, such as `move-house`"
            ))
        }
    }
}

/// The key of a step.
pub fn step(plan: &str, number: u32) -> String {
    format!("{plan}/{number:010}")
}

/// The key of a plan's counter.
pub fn counter(plan: &str) -> String {
    format!("{plan}#")
}

/// The plan and the number of a step, by its key; nothing for another key.
pub fn read(key: &str) -> Option<(&str, u32)> {
    let (plan, number) = key.split_once('/')?;
    Some((plan, number.parse().ok()?))
}
