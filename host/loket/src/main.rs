//! `loket`: the host and its command line in one program.

use loket::{Host, form, settings};
use loket_gateways::cli;
use loket_gateways::desk::Problem;
use loket_gateways::http::Rates;
use loket_guardian::server::Tls;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

fn main() -> ExitCode {
    // Not a command of the owner's: this program, started by itself for another program that somebody was granted.
    #[cfg(target_os = "linux")]
    if let Some(code) = std::env::args_os().nth(1).and_then(|word| loket_providers::run::attend::attend(&word)) {
        return code;
    }
    let start: cli::Start = Box::new(|options| {
        Box::pin(async move {
            let host = Arc::new(Host::open_for(&options.home, options.guardian_key.as_deref()).await?);
            if options.watch {
                host.watch();
                host.dream();
                host.go_on_with_what_was_answered();
                host.keep_watch();
                host.measure();
                host.schedule();
            }
            Ok(host as Arc<dyn loket_gateways::desk::Desk>)
        })
    });
    let settled: cli::Settled = |home| {
        form::check(home).map_err(|error| Problem::unavailable(error.to_string()).hint(error.hint()))?;
        let config = settings::read(home)?.config;
        let stop = Duration::from_secs(config.live.limits.stop_seconds.into());
        let (listen, server) = (config.fixed.listen, config.fixed.server);
        let usual = Rates::default();
        let rates = Rates {
            known: server.requests_a_minute.unwrap_or(usual.known),
            strangers: server.strangers_a_minute.unwrap_or(usual.strangers),
        };
        let tls = server.tls.map(|tls| match tls {
            Tls::Own => cli::Encryption::Own,
            Tls::Files { certificate, key } => cli::Encryption::Files(home.join(certificate), home.join(key)),
        });
        Ok(cli::Settings { listen, rates, hosts: server.hosts, tls, stop })
    };
    cli::main(cli::Program {
        settled,
        start,
        restore: loket::backup::restore,
        signing: loket::signing::SIGNING,
        scan: |request| Box::pin(loket::scan::alone::scan(request)),
        oci: loket::oci::OCI,
        workshop: loket::workshop::WORKSHOP,
        pages: loket_web::pages,
    })
}
