//! A plain function of a component as a tool: its schemas come from its WIT.

use super::{Teller, failed, labels};
use crate::desk::{problem, wrong};
use crate::host::Host;
use crate::turns::Task;
use loket_gateways::desk::Problem;
use loket_gateways::mcp::behind::{Hear, Use};
use loket_gateways::mcp::model::{CallToolResult, ContentBlock, Tool};
use loket_kernel::{CallError, Chain};
use loket_providers::tools::listing;
use loket_values::json::{arguments_by_name, to_json};
use loket_values::{Type, Value, schema};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// The tool of a function.
pub(super) fn tool(name: &str, tool: &listing::Tool) -> Tool {
    let takes = match tool.parameters() {
        Json::Object(object) => object,
        _ => Map::new(),
    };
    let described = Tool::new(name.to_owned(), tool.description(), Arc::new(takes));
    // Clients want an object, so it stands in one.
    match answer(tool).map(schema::of) {
        None => described,
        Some(result) => {
            let gives = json!({ "type": "object", "properties": { "result": result }, "required": ["result"] });
            let gives = gives.as_object().cloned().unwrap_or_default();
            described.with_raw_output_schema(Arc::new(gives))
        }
    }
}

/// What a function answers when all goes well.
fn answer(tool: &listing::Tool) -> Option<&Type> {
    match tool.function.result.as_ref()? {
        Type::Result { ok, .. } => ok.as_deref(),
        ty => Some(ty),
    }
}

/// Calls one.
pub(super) async fn call(
    host: &Host,
    chain: Chain,
    tool: &listing::Tool,
    call: &Use,
    told: Arc<dyn Hear>,
) -> Result<CallToolResult, Problem> {
    let args = arguments_by_name(&call.arguments, &tool.function).map_err(|e| {
        let message = format!("the arguments of `{}` do not fit: {e}", call.name);
        wrong("invalid", message, format!("the function is `{}`", tool.function.signature()))
    })?;
    let task = Task {
        agent: None,
        capability: tool.capability.clone(),
        function: tool.function.name.clone(),
        args,
        limits: None,
        labels: labels(&chain),
        events: Some(Teller::of(host, &tool.capability.provider, told)),
        package: host.package_of(&tool.capability),
    };
    let mut changed = None;
    let value = match host.turn_telling(chain, task, &mut changed, |_| {}).await {
        Ok((_, value)) => value,
        Err(error) => return Ok(failed(&problem(error))),
    };
    let json = match value {
        Some(Value::Result(Err(error))) => return Ok(failed(&problem(failure(tool, error.as_deref())))),
        Some(Value::Result(Ok(value))) => value.as_deref().map(to_json),
        value => value.as_ref().map(to_json),
    };
    let text = match &json {
        None => "done".to_owned(),
        Some(Json::String(text)) => text.clone(),
        Some(json) => json.to_string(),
    };
    let mut content = vec![ContentBlock::text(text)];
    if let Some(changed) = changed {
        // Whoever asked must not take the answer for one to its own words.
        let names = tool.function.params.iter().map(|param| param.name.clone());
        let used: Map<_, _> = names.zip(changed.iter().map(to_json)).collect();
        content.push(ContentBlock::text(format!("the owner let it pass with other arguments: {}", Json::Object(used))));
    }
    let mut result = CallToolResult::success(content);
    result.structured_content = json.map(|json| json!({ "result": json }));
    Ok(result)
}

/// A tool that says `err` has failed, whatever its own type of error is.
fn failure(tool: &listing::Tool, error: Option<&Value>) -> CallError {
    match error {
        Some(value) => CallError::from_value(value).unwrap_or_else(|| match value {
            Value::String(text) => CallError::Failed(text.clone()),
            other => CallError::Failed(to_json(other).to_string()),
        }),
        None => CallError::Failed(format!("`{}` failed without saying why", tool.origin())),
    }
}
