//! What can be typed to try a component, as lines for a shell.

use crate::desk::Inspection;
use crate::workshop::BuildReport;

/// How many functions are shown.
const MOST: usize = 5;

/// Lines to try it with.
pub(super) fn hints(built: &BuildReport, found: &Inspection, own: bool) -> Vec<String> {
    let name = built.package.split_once(':').map_or(built.package.as_str(), |(_, name)| name);
    match built.role.as_str() {
        "agent" | "model" if own => vec![format!("loket chat {name} \"my server is at 10.0.0.5\"")],
        "scanner" => vec!["loket scan FILE.wasm".to_owned()],
        // What is noted of it says why.
        "app" => Vec::new(),
        _ => {
            let mut lines = Vec::new();
            for export in &found.exports {
                let capability = export.capability.split('@').next().unwrap_or_default();
                let of_role = capability.starts_with("loket:");
                let package = if of_role { format!(" --package {}", built.package) } else { String::new() };
                for function in &export.functions {
                    let Some((function, parameters)) = function.split_once(": func(") else { continue };
                    lines.push(format!("loket call {capability} {function} '{}'{package}", arguments(parameters)));
                }
            }
            lines.truncate(MOST);
            lines
        }
    }
}

/// Arguments that fit parameters, as far as their types say it: what stands behind the opening bracket of a signature.
fn arguments(parameters: &str) -> String {
    let (mut depth, mut begin, mut said) = (0_usize, 0, Vec::new());
    for (at, letter) in parameters.char_indices() {
        match letter {
            '(' | '<' => depth += 1,
            // The arrow before a result.
            '>' if parameters[..at].ends_with('-') => {}
            ')' | ',' if depth == 0 => {
                said.extend(parameters[begin..at].split_once(": "));
                begin = at + 1;
                if letter == ')' {
                    break;
                }
            }
            ')' | '>' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    let said = said.iter().map(|(name, ty)| format!("\"{}\": {}", name.trim(), sample(ty.trim())));
    format!("{{{}}}", said.collect::<Vec<_>>().join(", "))
}

fn sample(ty: &str) -> &'static str {
    match ty.split('<').next().unwrap_or_default() {
        "string" => "\"Ada\"",
        "bool" => "true",
        "u8" | "u16" | "u32" | "u64" | "s8" | "s16" | "s32" | "s64" | "f32" | "f64" => "1",
        "list" | "tuple" => "[]",
        "option" => "null",
        _ => "{}",
    }
}

#[cfg(test)]
mod tests {
    use super::arguments;

    #[test]
    fn arguments_are_of_the_parameters_types() {
        for (parameters, expect) in [
            ("name: string) -> result<string, string>", "{\"name\": \"Ada\"}"),
            (") -> u32", "{}"),
            (
                "all: list<tuple<string, u8>>, least: option<u32>, on: bool)",
                "{\"all\": [], \"least\": null, \"on\": true}",
            ),
            ("parcel: parcel) -> result<_, error>", "{\"parcel\": {}}"),
            ("", "{}"),
            ("broken: list<", "{}"),
        ] {
            assert_eq!(arguments(parameters), expect, "{parameters}");
        }
    }
}
