//! Many agents in one home.

use crate::house::{self, House};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// What every one of them is granted.
const GRANTS: [&str; 4] = ["loket:brain/memory", "loket:model/chat", "loket:tools/catalog", "loket:offline"];

/// A home with so many agents, open.
pub(crate) async fn crowd(agents: usize, settings: &str) -> House {
    House::open(laid_out(agents, settings)).await
}

/// A home with so many agents of the assistant's package, granted what they need before a host opens it.
pub(crate) fn laid_out(agents: usize, settings: &str) -> Arc<TempDir> {
    let folder = Arc::new(TempDir::new().expect("a temporary folder"));
    house::lay_out(folder.path(), settings);
    let first = folder.path().join("agents/bob");
    for agent in 0..agents {
        let place = folder.path().join("agents").join(name(agent));
        std::fs::create_dir(&place).expect("it can be made");
        for file in ["agent.toml", "persona.md"] {
            std::fs::copy(first.join(file), place.join(file)).expect("bob has it");
        }
    }
    grant_all(folder.path(), agents);
    folder
}

/// The name of an agent by its number.
pub(crate) fn name(agent: usize) -> String {
    format!("agent-{agent:05}")
}

/// Writes the grants as the host keeps them: one act for each would write the file anew each time.
fn grant_all(home: &Path, agents: usize) {
    let mut rows = Vec::new();
    for agent in 0..agents {
        for capability in GRANTS {
            let own = capability.contains('/');
            rows.push(serde_json::json!({
                "id": rows.len() + 1,
                "grantee": format!("agent:{}", name(agent)),
                "scope": {
                    "provider": if own { "host" } else { capability },
                    "interface": own.then_some(capability),
                    "functions": [],
                },
                "verdict": "allow",
                "per_turn": null,
                "per_day": null,
                "terms": {},
                "delegates": [],
                "since": 0,
            }));
        }
    }
    let file = serde_json::json!({ "format": 2, "next": rows.len() + 1, "grants": rows });
    std::fs::write(home.join("state/grants.json"), file.to_string()).expect("it can be written");
}
