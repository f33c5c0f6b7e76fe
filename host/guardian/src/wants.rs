//! What a new version of a component asks for that the one before it did not.

use crate::baseline::{Standing, standing};
use crate::native;
use loket_values::{Interface, Surface};
use std::collections::BTreeSet;

/// The functions that `after` imports and `before` does not, as `acme:mail/send.post`; an interface that values cannot carry, or that is
/// new, is named without its functions. The versions of interfaces make no difference, and neither does what is sealed for everyone or one of
/// these `built_in` interfaces.
pub fn more(before: &Surface, after: &Surface, built_in: &[&str]) -> Vec<String> {
    let (old, new) = (wants(before, built_in), wants(after, built_in));
    let interfaces: BTreeSet<&String> = old.iter().map(|(interface, _)| interface).collect();
    let gained = new.difference(&old).map(|(interface, function)| match interfaces.contains(interface) {
        true if !function.is_empty() => format!("{interface}.{function}"),
        _ => interface.clone(),
    });
    gained.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Interfaces with each of their functions.
fn wants(surface: &Surface, built_in: &[&str]) -> BTreeSet<(String, String)> {
    let counts = |import: &&Interface| {
        import.name.as_ref().is_none_or(|name| {
            let is_sealed = standing(name) == Standing::Sealed && native::family(&name.package).is_none();
            !is_sealed && !built_in.contains(&plain(import).as_str())
        })
    };
    let imports = surface.imports.iter().filter(counts);
    let each = imports.flat_map(|import| {
        let functions = import.functions.iter().map(|function| function.name.clone());
        let functions: Vec<String> = std::iter::once(String::new()).chain(functions).collect();
        functions.into_iter().map(move |function| (plain(import), function))
    });
    each.collect()
}

/// An interface without its version.
fn plain(import: &Interface) -> String {
    import.name.as_ref().map_or_else(|| "(root)".to_owned(), |name| format!("{}/{}", name.package, name.interface))
}

#[cfg(test)]
mod tests {
    use super::*;
    use loket_values::{Docs, Function};

    /// A component that imports these, each written as `a:b/c@1.0.0 f g`.
    fn surface(imports: &[&str]) -> Surface {
        let import = |text: &&str| {
            let mut words = text.split(' ');
            let name = words.next().map(|name| name.parse().expect("an interface"));
            let function = |name: &str| Function {
                name: name.to_owned(),
                params: Vec::new(),
                result: None,
                docs: Docs::default(),
            };
            let functions = words.map(function).collect();
            Interface { name, functions, unsupported: None, docs: Docs::default() }
        };
        Surface { imports: imports.iter().map(import).collect(), exports: Vec::new() }
    }

    #[track_caller]
    fn check(before: &[&str], after: &[&str], expect: &[&str]) {
        assert_eq!(more(&surface(before), &surface(after), &["loket:events/emit"]), expect);
    }

    #[test]
    fn what_is_new_is_named_and_what_is_less_or_of_another_version_is_not() {
        let (http, memory) = ("loket:http/client@0.1.0 send read", "loket:brain/memory@0.1.0 recall");
        check(&[http], &[http], &[]);
        check(&[http, memory], &[http], &[]);
        check(&[], &[], &[]);
        check(&[http], &[http, memory], &["loket:brain/memory"]);
        check(&["loket:http/client@0.1.0 send"], &["loket:http/client@0.2.0 send"], &[]);
        check(&["loket:http/client@0.1.0 send"], &[http], &["loket:http/client.read"]);
        check(&[], &["wasi:http/outgoing-handler@0.2.6"], &["wasi:http/outgoing-handler"]);
    }

    #[test]
    fn what_everyone_has_is_no_wish() {
        check(
            &[],
            &["wasi:io/poll@0.2.6 poll", "wasi:clocks/wall-clock@0.2.6 now", "loket:events/emit@0.1.0 emit"],
            &[],
        );
        check(&[], &["wasi:filesystem/types@0.2.6"], &["wasi:filesystem/types"]);
    }
}
