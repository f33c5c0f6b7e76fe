//! How what components answer looks in the protocol.

use crate::desk::wrong;
use loket_gateways::desk::{ChatEvent, Problem};
use loket_gateways::mcp::behind::{Pause, Told};
use loket_gateways::mcp::model::{
    CallToolResult, ContentBlock, GetPromptResult, InputRequest, Prompt, PromptArgument, PromptMessage, Resource,
    ResourceContents, ResourceTemplate, Role, Tool, ToolAnnotations,
};
use loket_providers::tools::provided::{self, Body, Content, Request, object};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// A tool that a component tells of.
pub(super) fn tool(name: &str, tool: &provided::Tool) -> Tool {
    let has = |hint: &str| tool.hints.iter().any(|own| own == hint);
    let hints = ToolAnnotations::new()
        .read_only(has("read-only"))
        .destructive(has("destructive"))
        .idempotent(has("idempotent"))
        .open_world(has("open-world"));
    let takes = Arc::new(tool.schema().unwrap_or_default());
    let mut shown = Tool::new(name.to_owned(), tool.description.clone(), takes).with_annotations(hints);
    if let Some(title) = &tool.title {
        shown = shown.with_title(title.clone());
    }
    if let Some(gives) = tool.returns.as_deref().and_then(object) {
        shown = shown.with_raw_output_schema(Arc::new(gives));
    }
    shown
}

/// The result of one.
pub(super) fn result(outcome: provided::Outcome) -> CallToolResult {
    let mut result = CallToolResult::success(outcome.content.into_iter().map(piece).collect());
    result.structured_content = outcome.structured.and_then(|text| serde_json::from_str(&text).ok());
    result
}

fn piece(content: Content) -> ContentBlock {
    match content {
        Content::Text(text) => ContentBlock::text(text),
        Content::Image(blob) => ContentBlock::image(blob.data, blob.mime),
        Content::Audio(blob) => ContentBlock::audio(blob.data, blob.mime),
        Content::Embedded(held) => ContentBlock::resource(contents(held)),
        Content::Link(link) => ContentBlock::resource_link(resource(link)),
        // What it is, the protocol may know; else its text is shown.
        Content::Other(text) => serde_json::from_str(&text).unwrap_or_else(|_| ContentBlock::text(text)),
    }
}

pub(super) fn resource(own: provided::Resource) -> Resource {
    let shown = Resource::new(own.uri, own.name).with_description(own.description);
    match own.mime {
        Some(mime) => shown.with_mime_type(mime),
        None => shown,
    }
}

pub(super) fn template(own: provided::Template) -> ResourceTemplate {
    let shown = ResourceTemplate::new(own.uri_template, own.name).with_description(own.description);
    match own.mime {
        Some(mime) => shown.with_mime_type(mime),
        None => shown,
    }
}

pub(super) fn contents(own: provided::Contents) -> ResourceContents {
    let (uri, known) = (own.resource.uri, own.resource.mime);
    match own.body {
        Body::Text(text) => {
            let shown = ResourceContents::text(text, uri);
            known.into_iter().fold(shown, ResourceContents::with_mime_type)
        }
        Body::Blob(blob) => ResourceContents::blob(blob.data, uri).with_mime_type(blob.mime),
    }
}

pub(super) fn prompt(own: provided::Prompt) -> Prompt {
    let parameter = |own: provided::Parameter| {
        PromptArgument::new(own.name).with_description(own.description).with_required(own.need == "required")
    };
    let parameters: Vec<_> = own.parameters.into_iter().map(parameter).collect();
    Prompt::new(own.name, Some(own.description), Some(parameters).filter(|all| !all.is_empty()))
}

pub(super) fn written(messages: Vec<provided::Message>) -> GetPromptResult {
    let message = |own: provided::Message| {
        let role = match own.role {
            provided::Role::User => Role::User,
            provided::Role::Assistant => Role::Assistant,
        };
        PromptMessage::new(role, piece(own.content))
    };
    GetPromptResult::new(messages.into_iter().map(message).collect::<Vec<_>>())
}

/// What a component asks its user.
///
/// # Errors
/// Where the protocol has no such question.
pub(super) fn pause(own: provided::Pause, whose: &str) -> Result<Pause, Problem> {
    let mut questions = Vec::new();
    for question in own.questions {
        let name = question.name.clone();
        let asked = request(question.request).map_err(|why| {
            let message = format!("`{whose}` asks `{}` in a way that cannot be asked: {why}", name.escape_default());
            wrong("failed", message, "this is the component's own fault: tell its author")
        })?;
        questions.push((question.name, asked));
    }
    if questions.is_empty() {
        let message = format!("`{whose}` waits for answers, and asks nothing");
        return Err(wrong("failed", message, "this is the component's own fault: tell its author"));
    }
    Ok(Pause { questions, state: own.state })
}

fn request(own: Request) -> Result<InputRequest, serde_json::Error> {
    match own {
        Request::Form(form) => {
            let schema: Json = serde_json::from_str(&form.schema)?;
            let params = json!({ "mode": "form", "message": form.message, "requestedSchema": schema });
            let whole = json!({ "method": "elicitation/create", "params": params });
            serde_json::from_value(whole).map(InputRequest::Elicitation)
        }
        Request::Completion(text) => {
            let params: Json = serde_json::from_str(&text)?;
            let whole = json!({ "method": "sampling/createMessage", "params": params });
            serde_json::from_value(whole).map(InputRequest::CreateMessage)
        }
        Request::Roots => serde_json::from_value(json!({ "method": "roots/list" })).map(InputRequest::ListRoots),
    }
}

/// What a turn tells.
pub(super) fn told(event: ChatEvent) -> Option<Told> {
    Some(match event {
        ChatEvent::Text { text } => Told::Text(text),
        ChatEvent::Status { text } => Told::Status(text),
        ChatEvent::Tool { name } => Told::Tool(name),
        ChatEvent::Progress { what, done, total } => Told::Progress { what, done, total },
        ChatEvent::Ask { ask } => Told::Asks(ask),
    })
}
