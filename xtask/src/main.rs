//! The project's own commands: `cargo xtask build`, `up`, `test`, `dist`, `wit`, `new`, `ci`, `bench`.
//!
//! One file a subcommand. Beneath them, in reading order: [`workspace`] paths, steps and processes; [`guest`] which
//! components there are; [`toolchain`] what compiles them; [`c`], [`script`] and [`componentize`] how a component comes about;
//! [`stamp`] what need not be built again; [`packages`] the WIT packages of the checkout; [`peers`] the servers that tests talk to,
//! [`interop`] the libraries of others that tests compare with.

mod bench;
mod build;
mod c;
mod ci;
mod componentize;
mod dist;
mod foreign;
mod fuzz;
mod guest;
mod interop;
mod new;
mod packages;
mod peers;
mod script;
mod stamp;
mod test;
mod toolchain;
mod up;
mod wit;
mod workspace;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  up     [--no-chat] [--home DIR] [--listen ADDR]   build everything, start the host, open a chat
  build  [--dev] [--fixtures]                       build all components and publish them into `registry/`
  test                                              format, lints, contract, components, tests: all that CI runs
  dist   [--target TRIPLE] [--no-trial]             make one file to install, and try it in an empty folder
  portable                                          check that the host compiles for macOS, Windows and Linux on arm64
  wit    [--bless]                                  check the contract in `wit/` (and rewrite its snapshot)
  new    {tool|agent|model|command} NAME [--namespace NS]
                                                    write a small component that works, to change from there
  peers                                             install the programs that tests talk to, and say where they are
  bench  [NAME] [ARGUMENT …]                        run a benchmark of the host (`spine` when none is named)
  fuzz   [TARGET] [SECONDS]                         feed hostile bytes to what reads them (a minute each)
  ci                                                run what CI runs, with its build folder outside of the checkout
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    let outcome = match command {
        "build" => build::command(rest),
        "up" => up::command(rest),
        "test" => test::command(rest),
        "dist" => dist::command(rest),
        "portable" => dist::portable(rest),
        "wit" => wit::command(rest),
        "new" => new::command(rest),
        "peers" => peers::command(rest),
        "ci" => ci::command(rest),
        "bench" => bench::command(rest),
        "fuzz" => fuzz::command(rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        other => Err(anyhow::anyhow!("there is no command `{other}`\n\n{HELP}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
