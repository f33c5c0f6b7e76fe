//! `loket`: the host and its command line in one program.

use loket::{Host, settings};
use loket_gateways::cli;
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    let start: cli::Start = Box::new(|options| {
        Box::pin(async move {
            let host = Host::open(&options.home).await?;
            Ok(Arc::new(host) as Arc<dyn loket_gateways::desk::Desk>)
        })
    });
    cli::main(cli::Program { settled: |home| Ok(settings::read(home)?.listen), start, restore: loket::backup::restore })
}
