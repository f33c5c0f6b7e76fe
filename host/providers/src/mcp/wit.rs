//! The WIT of a server's accepted tools: what a component is built against that imports `mcp:NAME/tools`. It stands alone: the types of errors
//! and of results in pieces are those of the contract, written out.
//!
//! What a server says ends up in it as names and as comments, and nowhere else: names are words of letters and digits, and a comment ends with
//! its line.

use super::letters::visible;
use super::typed::Typed;
use loket_values::types::{Case, Docs, Field};
use loket_values::wit::WORDS;
use loket_values::{Function, Type};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The longest name of a type; longer ones are numbered.
const LONGEST: usize = 64;

/// Code points that WIT refuses, as Unicode discourages them.
const DISCOURAGED: [char; 8] =
    ['\u{149}', '\u{673}', '\u{f77}', '\u{f79}', '\u{17a3}', '\u{17a4}', '\u{17b4}', '\u{17b5}'];

/// Writes types, and functions behind them.
struct Writer {
    /// What has a name already: functions and types share them.
    taken: BTreeSet<String>,
    /// Types that were written, with their names: the same is not written twice.
    known: Vec<(Type, String)>,
    types: String,
}

/// The package `mcp:NAME` of a server.
pub(super) fn package(typed: &Typed) -> String {
    let functions = &typed.interface.functions;
    let mut writer =
        Writer { taken: functions.iter().map(|f| f.name.clone()).collect(), known: Vec::new(), types: String::new() };
    let mut written = String::new();
    for function in functions {
        let own = typed.names.get(&function.name).filter(|own| **own != function.name);
        writer.function(&mut written, function, own.map(String::as_str));
    }
    let name = typed.interface.name.as_ref();
    let (package, interface) = name.map(|n| (n.package.clone(), n.interface.clone())).unwrap_or_default();
    let mut out = String::new();
    comment(&mut out, "", &typed.interface.docs.0);
    // Writing to a string cannot fail.
    let _ = write!(out, "package {package};\n\n");
    comment(&mut out, "", "What was accepted of it. A change of these types is another interface.");
    let _ = write!(out, "interface {interface} {{\n{}{written}}}\n", writer.types);
    out
}

impl Writer {
    fn function(&mut self, out: &mut String, function: &Function, own: Option<&str>) {
        let name = &function.name;
        let params: Vec<String> = function
            .params
            .iter()
            .map(|param| format!("{}: {}", id(&param.name), self.ty(&param.ty, &format!("{name}-{}", param.name))))
            .collect();
        let result = function.result.as_ref().map(|ty| match ty {
            Type::Result { ok, err } => {
                let part = |writer: &mut Writer, ty: &Option<Box<Type>>, hint: &str| {
                    ty.as_ref().map_or_else(|| "_".to_owned(), |ty| writer.ty(ty, hint))
                };
                let ok = part(self, ok, &format!("{name}-result"));
                format!(" -> result<{ok}, {}>", part(self, err, "error"))
            }
            ty => format!(" -> {}", self.ty(ty, &format!("{name}-result"))),
        });
        if !out.is_empty() || !self.types.is_empty() {
            out.push('\n');
        }
        let mut docs = function.docs.0.clone();
        if let Some(own) = own {
            docs += &format!("\n\nThe server calls it `{own}`.");
        }
        for param in function.params.iter().filter(|param| !param.docs.0.is_empty()) {
            docs += &format!("\n\n`{}`: {}", param.name, param.docs.0);
        }
        comment(out, "    ", &docs);
        let _ = writeln!(out, "    {}: func({}){};", id(name), params.join(", "), result.unwrap_or_default());
    }

    /// A type as it is written where it is used; one that needs a name is written before.
    fn ty(&mut self, ty: &Type, hint: &str) -> String {
        match ty {
            Type::Bool => "bool".into(),
            Type::S8 => "s8".into(),
            Type::U8 => "u8".into(),
            Type::S16 => "s16".into(),
            Type::U16 => "u16".into(),
            Type::S32 => "s32".into(),
            Type::U32 => "u32".into(),
            Type::S64 => "s64".into(),
            Type::U64 => "u64".into(),
            Type::F32 => "f32".into(),
            Type::F64 => "f64".into(),
            Type::Char => "char".into(),
            Type::String => "string".into(),
            Type::List(item) => format!("list<{}>", self.ty(item, hint)),
            Type::Option(inner) => format!("option<{}>", self.ty(inner, hint)),
            Type::Tuple(items) => {
                let items: Vec<String> =
                    items.iter().enumerate().map(|(at, ty)| self.ty(ty, &format!("{hint}-t{at}"))).collect();
                format!("tuple<{}>", items.join(", "))
            }
            Type::Result { ok, err } => {
                let mut part = |ty: &Option<Box<Type>>, end: &str| {
                    ty.as_ref().map_or_else(|| "_".to_owned(), |ty| self.ty(ty, &format!("{hint}-{end}")))
                };
                let (ok, err) = (part(ok, "ok"), part(err, "err"));
                format!("result<{ok}, {err}>")
            }
            Type::Record(_) | Type::Variant(_) | Type::Enum(_) | Type::Flags(_) => self.named(ty, hint),
        }
    }

    fn named(&mut self, ty: &Type, hint: &str) -> String {
        if let Some((_, name)) = self.known.iter().find(|(known, _)| known == ty) {
            return id(name);
        }
        let name = self.free(hint);
        let mut body = String::new();
        let word = match ty {
            Type::Record(fields) => {
                for Field { name: field, ty, docs } in fields {
                    let ty = self.ty(ty, &format!("{name}-{field}"));
                    line(&mut body, docs, &format!("{}: {ty}", id(field)));
                }
                "record"
            }
            Type::Variant(cases) => {
                for Case { name: case, ty, docs } in cases {
                    let carries = ty.as_ref().map(|ty| format!("({})", self.ty(ty, &format!("{name}-{case}"))));
                    line(&mut body, docs, &format!("{}{}", id(case), carries.unwrap_or_default()));
                }
                "variant"
            }
            Type::Enum(cases) | Type::Flags(cases) => {
                cases.iter().for_each(|case| line(&mut body, &case.docs, &id(&case.name)));
                if matches!(ty, Type::Enum(_)) { "enum" } else { "flags" }
            }
            _ => return self.ty(ty, hint),
        };
        if !self.types.is_empty() {
            self.types.push('\n');
        }
        let _ = write!(self.types, "    {word} {} {{\n{body}    }}\n", id(&name));
        self.known.push((ty.clone(), name.clone()));
        id(&name)
    }

    /// A name that nothing has yet.
    fn free(&mut self, hint: &str) -> String {
        let hint = if hint.len() > LONGEST { "part" } else { hint };
        let mut name = hint.to_owned();
        let mut number = 1_u32;
        while !self.taken.insert(name.clone()) {
            number += 1;
            name = format!("{hint}-n{number}");
        }
        name
    }
}

fn id(name: &str) -> String {
    if WORDS.contains(&name) { format!("%{name}") } else { name.to_owned() }
}

fn line(out: &mut String, docs: &Docs, text: &str) {
    comment(out, "        ", &docs.0);
    let _ = writeln!(out, "        {text},");
}

/// Words as comments, a line each.
fn comment(out: &mut String, indent: &str, words: &str) {
    let shown = visible(words.trim()).into_owned();
    for line in shown.split(['\n', '\r']) {
        let line: String = line
            .chars()
            .flat_map(|letter| match letter {
                '\t' => vec![' '],
                letter if DISCOURAGED.contains(&letter) || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{85}') => {
                    letter.escape_unicode().collect()
                }
                letter => vec![letter],
            })
            .collect();
        let _ = match line.trim_end() {
            "" if words.trim().is_empty() => Ok(()),
            "" => writeln!(out, "{indent}///"),
            line => writeln!(out, "{indent}/// {line}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Contract;
    use crate::mcp::offer::Offer;
    use crate::mcp::outcome_type;
    use loket_values::wit::interfaces;
    use proptest::prelude::*;
    use serde_json::{Map, Value as Json, json};

    fn outcome() -> Type {
        outcome_type(&Contract::read().expect("the contract")).expect("it has outcomes")
    }

    fn typed(offers: &[Offer]) -> Result<Typed, String> {
        Typed::of(&"time".parse().expect("a name"), offers, &outcome())
    }

    fn offer(name: &str, description: &str, parameters: Json, returns: Option<Json>) -> Offer {
        Offer {
            name: name.into(),
            title: String::new(),
            description: description.into(),
            parameters,
            returns,
            read_only: true,
        }
    }

    /// Writes it, reads it back, and checks that it is the same.
    #[track_caller]
    fn round_trip(offers: &[Offer]) -> String {
        let typed = typed(offers).expect("it can be typed");
        let text = package(&typed);
        let read = interfaces(&[("mcp:time", &text)]).unwrap_or_else(|e| panic!("{e}:\n{text}"));
        let [read] = &read[..] else { panic!("one interface: {text}") };
        assert_eq!(read.name, typed.interface.name);
        let by_name = |functions: &[Function]| {
            let mut all: Vec<String> = functions.iter().map(Function::signature).collect();
            all.sort();
            all
        };
        assert_eq!(by_name(&read.functions), by_name(&typed.interface.functions), "{text}");
        text
    }

    #[test]
    fn what_was_accepted_is_written_as_it_can_be_read() {
        let text = round_trip(&[
            offer(
                "get_current_time",
                "Get the current time.",
                json!({ "type": "object", "required": ["timezone"], "properties": {
                    "timezone": { "type": "string", "description": "An IANA name." },
                    "format": { "enum": ["iso 8601", "rfc"] },
                    "options": { "type": "object", "properties": { "maxItems": { "type": "integer", "maximum": 9 } } },
                } }),
                Some(json!({ "type": "object", "required": ["time"], "properties": { "time": { "type": "number" } } })),
            ),
            offer("convert", "", json!({ "type": "object" }), None),
        ]);
        assert!(
            text.contains("get-current-time: func(timezone: string, format: option<get-current-time-format>"),
            "{text}"
        );
        assert!(text.contains("    /// The server calls it `get_current_time`.\n"), "{text}");
        assert!(text.contains("max-items: option<s64>"), "{text}");
        assert!(text.contains("enum get-current-time-format {\n        iso8601,"), "{text}");
        assert!(text.contains("convert: func() -> result<convert-result, error>;"), "{text}");
    }

    #[test]
    fn hostile_words_are_comments_and_nothing_else() {
        let hostile =
            "*/ } interface evil { x: func(); }\n/// package a:b;\r\u{2028}%use \u{149} \u{17a3} \u{202e}\u{7}\n\n/*";
        round_trip(&[offer(
            "interface",
            hostile,
            json!({ "type": "object", "properties": {
                "type": { "type": "string", "description": hostile },
                "%list": { "enum": ["record", "use", "*/"] },
                "größe": { "type": "boolean" },
                "2": { "type": "array", "items": { "type": "object", "properties": { "func": {} } } },
            } }),
            Some(json!({ "type": "object", "properties": { "result": { "type": "string", "description": hostile } } })),
        )]);
    }

    #[test]
    fn every_word_of_the_language_can_be_a_name() {
        let properties: Map<String, Json> = WORDS.iter().map(|w| ((*w).to_owned(), json!({ "enum": [w] }))).collect();
        let schema = json!({ "type": "object", "properties": properties });
        let offers: Vec<Offer> = WORDS.iter().map(|word| offer(word, "", schema.clone(), None)).collect();
        round_trip(&offers);
    }

    #[test]
    fn types_and_tools_of_one_name_stay_apart() {
        let nested =
            json!({ "type": "object", "properties": { "a": { "type": "object", "properties": { "b": {} } } } });
        round_trip(&[
            offer("x", "", nested.clone(), None),
            offer("x_a", "", nested, None),
            offer("error", "", json!({}), None),
            offer(
                "x_result",
                "",
                json!({}),
                Some(json!({ "type": "object", "properties": { "n": { "type": "integer" } } })),
            ),
        ]);
    }

    #[test]
    fn tools_that_would_have_one_name_are_both_named() {
        let told =
            typed(&[offer("a_b", "", json!({}), None), offer("a.b", "", json!({}), None)]).expect_err("a collision");
        assert!(told.contains("`a_b`") && told.contains("`a.b`") && told.contains("`a-b`"), "{told}");
        assert!(typed(&[offer("...", "", json!({}), None)]).expect_err("no name").contains("`...`"));
    }

    #[test]
    fn properties_that_would_have_one_name_are_json() {
        let both = json!({ "type": "object", "properties": { "a_b": {}, "a-b": {} } });
        let text = round_trip(&[offer("x", "", both, None)]);
        assert!(text.contains("x: func(arguments: string)"), "{text}");
        let choice = json!({ "type": "object", "properties": { "p": { "enum": ["a", "A"] } }, "required": ["p"] });
        assert!(round_trip(&[offer("x", "", choice, None)]).contains("x: func(p: string)"));
    }

    /// Any schema, with names and words of any kind.
    fn schemas() -> impl Strategy<Value = Json> {
        let plain = prop_oneof![
            Just(json!({ "type": "string" })),
            Just(json!({ "type": "integer", "minimum": 0 })),
            Just(json!({ "type": ["number", "null"] })),
            Just(json!({})),
            prop::collection::vec(".{0,6}", 0..4).prop_map(|cases| json!({ "enum": cases })),
        ];
        plain.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                inner.clone().prop_map(|items| json!({ "type": "array", "items": items })),
                (prop::collection::btree_map("\\PC{0,10}|[a-zA-Z_-]{1,9}", inner, 0..4), ".{0,20}").prop_map(
                    |(properties, description)| {
                        json!({ "type": "object", "properties": properties, "description": description })
                    }
                ),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn whatever_a_server_says_reads_back(
            name in "[a-zA-Z][a-zA-Z0-9_./-]{0,20}",
            words in "(?s).{0,80}",
            takes in schemas(),
            gives in schemas(),
        ) {
            round_trip(&[offer(&name, &words, takes, Some(gives))]);
        }
    }
}
