//! Which commands there are: each package that may run describes its own once, in a call at the counter, and is asked again when its bytes
//! are others.

use super::check::check;
use crate::host::Host;
use crate::turns::Task;
use loket_kernel::{CallError, Capability, Labels, Limits};
use loket_providers::agent::offers::{All, COMMANDER, Offer, Usage};
use loket_values::json::decode;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Its function that describes.
const DESCRIBE: &str = "describe";
/// How long a description may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What packages described, by package and build.
#[derive(Default)]
pub(crate) struct Known(tokio::sync::Mutex<HashMap<Arc<str>, Described>>);

struct Described {
    /// Which package it was, with the digest of its bytes.
    build: Arc<str>,
    /// Its commands, or why they cannot be used.
    commands: Result<Vec<Usage>, String>,
}

impl Host {
    /// The commands that there are now; and of packages whose description cannot be used, why.
    pub(crate) async fn offered(&self) -> (Arc<All>, Vec<(Arc<str>, String)>) {
        // One asks, the others wait for what that one finds.
        let mut known = self.commands.0.lock().await;
        let (mut offers, mut broken) = (Vec::new(), Vec::new());
        let packages = self.packages_of_commands();
        known.retain(|package, _| packages.iter().any(|(there, _)| there == package));
        for (package, build) in packages {
            if known.get(&package).is_none_or(|described| described.build != build) {
                match self.described(&package).await {
                    Ok(commands) => drop(known.insert(package.clone(), Described { build, commands })),
                    // It may be able to say so later.
                    Err(error) => {
                        known.remove(&package);
                        broken.push((package, error.to_string()));
                        continue;
                    }
                }
            }
            match known.get(&package).map(|described| &described.commands) {
                Some(Ok(usages)) => {
                    let offer = |usage: &Usage| Offer { package: package.clone(), usage: usage.clone() };
                    offers.extend(usages.iter().map(offer));
                }
                Some(Err(why)) => broken.push((package, why.clone())),
                None => {}
            }
        }
        self.offers.set(offers);
        (self.offers.now(), broken)
    }

    /// The packages that answer for commands, with their builds.
    fn packages_of_commands(&self) -> Vec<(Arc<str>, Arc<str>)> {
        let builds = self.builds.load();
        let providers = self.counter.providers();
        let capabilities = providers.iter().map(|provider| provider.capability());
        let commanders = capabilities.filter(|c| *c.interface == *COMMANDER && c.version.is_empty());
        let packages = commanders.map(|c| {
            let build = builds.get(&(c.provider.clone(), c.version.clone())).cloned();
            (c.provider.clone(), build.unwrap_or_default())
        });
        packages.collect()
    }

    /// Asks a package; an error is one that may pass.
    async fn described(&self, package: &Arc<str>) -> Result<Result<Vec<Usage>, String>, CallError> {
        let limits = self.counter.limits();
        let task = Task {
            agent: None,
            capability: Capability::of(package, COMMANDER),
            function: DESCRIBE.into(),
            args: vec![],
            limits: Some(Limits { wall: limits.wall.min(PATIENCE), ..Limits::clone(&limits) }),
            labels: Labels::NONE,
            events: None,
            package: None,
        };
        let usages = match self.turn(task).await {
            Ok((_, Some(value))) => decode::<Vec<Usage>>(&value)
                .map_err(|error| format!("it was built for another contract: {error}"))
                .and_then(|usages| check(&usages).map(|()| usages)),
            Ok((_, None)) => Err("it was built for another contract".to_owned()),
            Err(error @ (CallError::Exhausted(_) | CallError::Unavailable(_))) => return Err(error),
            Err(error) => Err(error.to_string()),
        };
        if let Err(why) = &usages {
            tracing::warn!(package = &**package, why, "loket.commands.unusable");
        }
        Ok(usages)
    }
}
