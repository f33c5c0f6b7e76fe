//! WASI that is linked natively, with programs that others wrote for it: what is granted works, and nothing else does.

mod files;
mod keyvalue;
mod network;

use crate::house::House;
use loket_gateways::desk::{CallRequest, Desk as _, Problem};
use serde_json::{Value as Json, json};

impl House {
    /// Runs a program as the owner; answers with its code, and what it wrote.
    async fn run(&self, package: &str, arguments: &[&str]) -> Result<(u64, String, String), Problem> {
        let request = CallRequest {
            capability: "wasi:cli/run".into(),
            package: Some(package.into()),
            function: "run".into(),
            arguments: json!({ "arguments": arguments, "input": null }),
            agent: None,
        };
        let answer = self.host.call(request).await?;
        let text = |field: &str| answer[field].as_str().unwrap_or_default().to_owned();
        Ok((answer["code"].as_u64().expect("a code"), text("output"), text("errors")))
    }

    /// Calls a function of a fixture as the owner.
    async fn act(&self, package: &str, function: &str, arguments: Json) -> Result<Json, Problem> {
        self.call(&format!("{package}/acts"), function, arguments).await
    }
}
