//! A border written as WIT, with the documentation that the component carries.

use loket_values::{Interface, Surface};

/// The longest text; what is beyond is left out.
const MOST: usize = 1 << 20;

/// The text of a border: a block for each interface, named types written in place.
pub(super) fn of(surface: &Surface) -> String {
    let mut text = String::new();
    let imports = surface.imports.iter().map(|interface| ("import", interface));
    let exports = surface.exports.iter().map(|interface| ("export", interface));
    for (word, interface) in imports.chain(exports) {
        write(&mut text, word, interface);
        if text.len() > MOST {
            text.truncate(text.floor_char_boundary(MOST));
            break;
        }
    }
    text
}

fn write(text: &mut String, word: &str, interface: &Interface) {
    docs(text, "", &interface.docs.0);
    text.push_str(word);
    if let Some(name) = &interface.name {
        text.push_str(&format!(" {name}"));
    }
    text.push_str(" {\n");
    if let Some(culprit) = &interface.unsupported {
        text.push_str(&format!("    // it uses {culprit}\n"));
    }
    for function in &interface.functions {
        docs(text, "    ", &function.docs.0);
        text.push_str(&format!("    {};\n", function.signature()));
    }
    text.push_str("}\n");
}

fn docs(text: &mut String, indent: &str, docs: &str) {
    for line in docs.lines() {
        text.push_str(&format!("{indent}/// {line}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loket_values::{Docs, Function, Type};

    #[test]
    fn a_border_reads_as_wit() {
        let ping = Function { name: "ping".into(), params: vec![], result: Some(Type::U32), docs: "Ping.".into() };
        let interface = Interface {
            name: Some("acme:calc/math@1.0.0".parse().expect("a name")),
            functions: vec![ping],
            unsupported: None,
            docs: Docs::default(),
        };
        let text = of(&Surface { imports: vec![], exports: vec![interface] });
        assert_eq!(text, "export acme:calc/math@1.0.0 {\n    /// Ping.\n    ping: func() -> u32;\n}\n");
    }
}
