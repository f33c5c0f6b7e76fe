//! Components made from WIT, with dummy code inside.

use std::sync::LazyLock;
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, PackageId, Resolve};

/// A package with all that values can carry, and some that they cannot.
pub(crate) const WIT: &str = r#"
/// Sums and more.
package acme:calc@1.2.0;

/// Words that the others share.
interface words {
    /// What can go wrong.
    variant trouble {
        /// Not understood: where.
        syntax(u32),
        /// No such luck.
        overflow,
    }
    /// One of the hues.
    enum hue {
        /// Like blood.
        red,
        blue,
    }
    type moment = u64;
    resource handle;
}

/// Sums as people write them.
interface arithmetic {
    use words.{trouble};
    /// Evaluate an expression.
    ///
    /// Knows `+` and `-`.
    evaluate: func(expression: string) -> result<string, trouble>;
    clear: func();
}

/// One of each.
interface everything {
    use words.{trouble, hue, moment};
    flags rights {
        /// May look.
        read,
        write,
    }
    record point {
        /// To the right.
        x: f32,
        y: f64,
        /// A word about it.
        label: option<string>,
    }
    /// Take all there is.
    all: func(
        a: bool, b: s8, c: u8, d: s16, e: u16, f: s32, g: u32, h: s64, i: moment, j: f32, k: f64, l: char, m: string,
        bytes: list<u8>, points: list<point>, pair: tuple<u32, string>, why: trouble, hue: hue, rights: rights,
        maybe: option<u32>, nested: option<option<u32>>,
        plain: result, good: result<u32>, bad: result<_, string>, both: result<u32, trouble>,
    ) -> result<list<option<point>>, trouble>;
}

/// Files, which values cannot carry.
interface files {
    resource file {
        read: func() -> list<u8>;
    }
    open: func(path: string) -> file;
}

interface pipes {
    watch: func() -> stream<u8>;
}

/// The world of the tests.
world calc {
    import files;
    import pipes;
    import everything;
    /// Tell the time.
    import now: func() -> u64;
    export arithmetic;
    /// Answer.
    export ping: func() -> u32;
    export extra: interface {
        /// Do it.
        act: func();
    }
}
"#;

/// The package of [`WIT`].
pub(crate) fn wit() -> (Resolve, PackageId) {
    parse(WIT)
}

pub(crate) fn parse(text: &str) -> (Resolve, PackageId) {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("fixture.wit", text).expect("the fixture is WIT");
    (resolve, package)
}

/// A component of the only world in the text, as encoders make it: without docs.
pub(crate) fn component(text: &str) -> Vec<u8> {
    let (resolve, package) = parse(text);
    let world = resolve.select_world(&[package], None).expect("it has one world");
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false).expect("it is embedded");
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true).module(&module).expect("it is a module").encode().expect("it is encoded")
}

/// The component of [`WIT`].
pub(crate) fn calc() -> &'static [u8] {
    static CALC: LazyLock<Vec<u8>> = LazyLock::new(|| component(WIT));
    &CALC
}

/// The same with its docs.
pub(crate) fn documented() -> Vec<u8> {
    let (resolve, package) = wit();
    loket_values::docs::inject(calc(), &resolve, package).expect("the docs fit")
}
