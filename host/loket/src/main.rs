//! `loket`: the host and its command line in one program.

use loket::{Host, form, settings};
use loket_gateways::cli;
use loket_gateways::desk::Problem;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

fn main() -> ExitCode {
    let start: cli::Start = Box::new(|options| {
        Box::pin(async move {
            let host = Arc::new(Host::open(&options.home).await?);
            if options.watch {
                host.watch();
                host.dream();
            }
            Ok(host as Arc<dyn loket_gateways::desk::Desk>)
        })
    });
    let settled: cli::Settled = |home| {
        form::check(home).map_err(|error| Problem::unavailable(error.to_string()).hint(error.hint()))?;
        let settings = settings::read(home)?;
        Ok(cli::Settings { listen: settings.listen, stop: Duration::from_secs(settings.limits.stop_seconds.into()) })
    };
    cli::main(cli::Program {
        settled,
        start,
        restore: loket::backup::restore,
        signing: loket::signing::SIGNING,
        scan: |request| Box::pin(loket::scan::alone::scan(request)),
        oci: loket::oci::OCI,
    })
}
