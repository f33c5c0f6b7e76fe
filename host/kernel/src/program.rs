//! Programs for a command line: a component that exports `wasi:cli/run` is one function that anyone can call.
//!
//! Its arguments and its input are those of the call; what it writes, and the code with which it ends, are the answer. All of it is bounded
//! by the limits of calls.

use loket_values::{Docs, Field, Function, Interface, Surface, Type, Value};
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};
use wasmtime_wasi::{I32Exit, WasiCtxBuilder};

/// How much of what a program complained of is told when it breaks off.
const LAST_WORDS: usize = 2_000;

/// Whether it is the interface of a program.
pub fn is_program(interface: &Interface) -> bool {
    interface.name.as_ref().is_some_and(|name| name.package == "wasi:cli" && name.interface == "run")
}

/// A border on which a program's function is what can be called.
#[must_use]
pub fn callable(mut surface: Surface) -> Surface {
    for interface in surface.exports.iter_mut().filter(|interface| is_program(interface)) {
        for function in &mut interface.functions {
            if function.name == "run" && function.params.is_empty() {
                *function = run();
            }
        }
    }
    surface
}

fn run() -> Function {
    let field = |name: &str, ty: Type, docs: &str| Field { name: name.into(), ty, docs: Docs(docs.into()) };
    Function {
        name: "run".into(),
        params: vec![
            field(
                "arguments",
                Type::List(Box::new(Type::String)),
                "Its arguments, as on a command line; its own name is not among them.",
            ),
            field("input", Type::Option(Box::new(Type::String)), "What it reads from its standard input."),
        ],
        result: Some(Type::Record(vec![
            field("code", Type::U8, "The code with which it ended: 0 is good."),
            field("output", Type::String, "What it wrote to its standard output."),
            field("errors", Type::String, "What it wrote to its standard error."),
        ])),
        docs: Docs(
            "Run the program. A folder that it was granted is at `/` and the folder's name, such as `/notes`.".into(),
        ),
    }
}

/// What a running program reads from and writes to.
pub(crate) struct Console {
    arguments: Vec<String>,
    input: String,
    output: MemoryOutputPipe,
    errors: MemoryOutputPipe,
}

impl Console {
    /// For one call; `None` when these are not its arguments. What is written beyond `most` bytes is not taken: a program sees a closed pipe.
    pub(crate) fn new(name: &str, args: &mut Vec<Value>, most: usize) -> Option<Console> {
        let (input, arguments) = (args.pop()?, args.pop()?);
        let Value::List(items) = arguments else { return None };
        let text = |item| if let Value::String(text) = item { Some(text) } else { None };
        let arguments =
            std::iter::once(Some(name.to_owned())).chain(items.into_iter().map(text)).collect::<Option<_>>()?;
        let input = match input {
            Value::Option(None) => String::new(),
            Value::Option(Some(input)) => text(*input)?,
            _ => return None,
        };
        // Text that is not UTF-8 can become thrice as long.
        let pipe = || MemoryOutputPipe::new(most / 8);
        Some(Console { arguments, input, output: pipe(), errors: pipe() })
    }

    pub(crate) fn connect(&mut self, wasi: &mut WasiCtxBuilder) {
        wasi.args(&self.arguments)
            .stdin(MemoryInputPipe::new(std::mem::take(&mut self.input)))
            .stdout(self.output.clone())
            .stderr(self.errors.clone());
    }

    /// What a program answered that came to its end, by returning or by leaving.
    ///
    /// # Errors
    /// The trap, when it did not; with its last words.
    pub(crate) fn ended(&self, ended: wasmtime::Result<bool>) -> wasmtime::Result<Value> {
        let code = match ended {
            Ok(good) => i32::from(!good),
            Err(error) => match error.downcast_ref::<I32Exit>() {
                Some(exit) => exit.0,
                None => return Err(error),
            },
        };
        let text = |pipe: &MemoryOutputPipe| Value::String(String::from_utf8_lossy(&pipe.contents()).into_owned());
        Ok(Value::Record(vec![
            ("code".into(), Value::U8(u8::try_from(code).unwrap_or(u8::MAX))),
            ("output".into(), text(&self.output)),
            ("errors".into(), text(&self.errors)),
        ]))
    }

    /// What a program complained of before it broke off.
    pub(crate) fn last_words(&self) -> Option<String> {
        let errors = self.errors.contents();
        let from = errors.len().saturating_sub(LAST_WORDS);
        let words = String::from_utf8_lossy(&errors[from..]).trim().to_owned();
        (!words.is_empty()).then_some(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programs_function_takes_what_a_command_line_has() {
        let function = Function {
            name: "run".into(),
            params: vec![],
            result: Some(Type::Result { ok: None, err: None }),
            docs: Docs::default(),
        };
        let export = |name: &str| Interface {
            name: Some(name.parse().expect("an interface")),
            functions: vec![function.clone()],
            unsupported: None,
            docs: Docs::default(),
        };
        let surface =
            Surface { imports: vec![], exports: vec![export("wasi:cli/run@0.2.6"), export("acme:cli/run@0.2.6")] };
        let callable = callable(surface);
        assert_eq!(callable.exports[0].functions[0].params.len(), 2);
        assert_eq!(callable.exports[1].functions[0], function);
    }

    #[test]
    fn only_arguments_and_an_input_make_a_console() {
        let text = |text: &str| Value::String(text.into());
        for (mut args, good) in [
            (vec![Value::List(vec![text("a")]), Value::Option(None)], true),
            (vec![Value::List(vec![]), Value::Option(Some(Box::new(text("in"))))], true),
            (vec![Value::List(vec![Value::Bool(true)]), Value::Option(None)], false),
            (vec![Value::Option(None)], false),
            (vec![], false),
        ] {
            assert_eq!(Console::new("tool", &mut args, 80).is_some(), good, "{args:?}");
        }
    }
}
