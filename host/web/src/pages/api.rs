//! The API, to be read: every operation by subject, with what it takes, what it answers, and a command to try. It is made of the same
//! description that programs read.

use crate::app::App;
use crate::entry::Me;
use crate::frame::{Here, Page};
use crate::parts;
use crate::texts::t;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use loket_gateways::http::routes::described;
use maud::{Markup, html};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// Shapes in shapes are followed so far in an example.
const DEEP: usize = 6;
/// Where shapes are referred to.
const SHAPES: &str = "#/components/schemas/";

/// It never changes while the program runs.
static BODY: LazyLock<String> = LazyLock::new(|| {
    let description = serde_json::to_value(described()).unwrap_or_default();
    body(&description).into_string()
});

/// `GET /api`
pub(crate) async fn show(State(app): State<Arc<App>>, Extension(me): Extension<Me>) -> Response {
    let body = html! { (maud::PreEscaped(BODY.as_str())) };
    Page { title: t("api.title"), here: Here::Api, body }.framed(&app, &me).await.into_response()
}

/// An operation with its path and method.
struct Operation<'d> {
    method: String,
    path: &'d str,
    said: &'d Json,
}

fn body(description: &Json) -> Markup {
    let shapes = &description["components"]["schemas"];
    let mut subjects: BTreeMap<&str, Vec<Operation<'_>>> = BTreeMap::new();
    for (path, item) in description["paths"].as_object().into_iter().flatten() {
        for (method, said) in item.as_object().into_iter().flatten() {
            let subject = said["tags"][0].as_str().unwrap_or_default();
            let operation = Operation { method: method.to_uppercase(), path, said };
            subjects.entry(subject).or_default().push(operation);
        }
    }
    html! {
        (parts::head(t("api.title"), Some(t("api.what"))))
        p { (prose(t("api.token"))) }
        pre tabindex="0" { code { (t("api.set")) } }
        p { (prose(t("api.document"))) }
        nav aria-label=(t("api.subjects")) {
            ul { @for subject in subjects.keys() { li { a href=(format!("#{subject}")) { (subject) } } } }
        }
        @for (subject, operations) in &subjects {
            section.list {
                h2 id=(subject) { (subject) }
                @for operation in operations { (operation.shown(shapes)) }
            }
        }
        section.list {
            h2 #shapes { (t("api.shapes")) }
            @for (name, shape) in shapes.as_object().into_iter().flatten() { (shown(name, shape)) }
        }
    }
}

impl Operation<'_> {
    fn shown(&self, shapes: &Json) -> Markup {
        let said = self.said;
        let words = |key: &str| said[key].as_str().unwrap_or_default();
        let body = &said["requestBody"]["content"];
        let answers = said["responses"].as_object().into_iter().flatten();
        html! {
            details.card {
                summary { code { (self.method) " " (self.path) } " " (prose(words("summary"))) }
                @for part in words("description").split("\n\n").filter(|part| !part.is_empty()) { p { (prose(part)) } }
                @if let Some(parameters) = said["parameters"].as_array() {
                    h3 { (t("api.parameters")) }
                    dl.facts {
                        @for parameter in parameters {
                            dt { code { (parameter["name"].as_str().unwrap_or_default()) } }
                            dd {
                                (kind(&parameter["schema"]))
                                @if parameter["required"] == true { ", " (t("api.required")) }
                                " " (prose(parameter["description"].as_str().unwrap_or_default()))
                            }
                        }
                    }
                }
                @if let Some((media, content)) = body.as_object().and_then(|all| all.iter().next()) {
                    h3 { (t("api.body")) }
                    p { code { (media) } " " (kind(&content["schema"])) }
                }
                h3 { (t("api.answers")) }
                dl.facts {
                    @for (status, answer) in answers {
                        dt { @if status == "default" { (t("api.otherwise")) } @else { code { (status) } } }
                        dd {
                            @for (media, content) in answer["content"].as_object().into_iter().flatten() {
                                code { (media) } " " (kind(&content["schema"]))
                            }
                        }
                    }
                }
                h3 { (t("api.try")) }
                pre tabindex="0" { code { (self.command(shapes)) } }
            }
        }
    }

    /// A command line that asks for it.
    fn command(&self, shapes: &Json) -> String {
        let parameters = self.said["parameters"].as_array().into_iter().flatten();
        let (mut query, mut headers) = (Vec::new(), String::new());
        for parameter in parameters.filter(|parameter| parameter["required"] == true) {
            let name = parameter["name"].as_str().unwrap_or_default();
            match parameter["in"] == "header" {
                true => headers += &format!(" \\\n  -H '{name}: …'"),
                false => query.push(format!("{name}=…")),
            }
        }
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        let mut command = format!("curl -H \"Authorization: Bearer $TOKEN\"{headers}");
        if let Some((media, content)) =
            self.said["requestBody"]["content"].as_object().and_then(|all| all.iter().next())
        {
            command += &format!(" \\\n  -H 'Content-Type: {media}'");
            let data = match media.as_str() {
                "application/json" => format!("'{}'", example(shapes, &content["schema"], 0)),
                _ => "@component.wasm".to_owned(),
            };
            command += &format!(" \\\n  --data-binary {data}");
        } else if self.method != "GET" {
            command += &format!(" -X {}", self.method);
        }
        format!("{command} \\\n  \"$LOKET{}{query}\"", self.path)
    }
}

/// A shape, member by member.
fn shown(name: &str, shape: &Json) -> Markup {
    let required = |member: &str| shape["required"].as_array().is_some_and(|all| all.iter().any(|one| one == member));
    // What is one of several has the members of each.
    let all: Vec<&Json> = shape["oneOf"].as_array().map_or_else(|| vec![shape], |all| all.iter().collect());
    html! {
        details.card id=(format!("shape-{name}")) {
            summary { code { (name) } " " (prose(shape["description"].as_str().unwrap_or_default())) }
            @for one in all {
                @if let Some(words) = one["description"].as_str().filter(|_| one != shape) { p { (prose(words)) } }
                dl.facts {
                    @for (member, said) in one["properties"].as_object().into_iter().flatten() {
                        dt { code { (member) } }
                        dd {
                            (kind(said))
                            @if required(member) || one != shape { ", " (t("api.required")) }
                            " " (prose(words(said)))
                        }
                    }
                }
            }
        }
    }
}

/// Words of the description: of a link, its name; nothing leads elsewhere.
fn prose(words: &str) -> Markup {
    let (mut told, mut rest) = (String::new(), words);
    while let Some((before, behind)) = rest.split_once('[') {
        told.push_str(before);
        match behind.split_once("](").and_then(|(name, address)| Some((name, address.split_once(')')?.1))) {
            Some((name, after)) if !name.contains(']') => {
                told.push_str(name);
                rest = after;
            }
            _ => {
                told.push('[');
                rest = behind;
            }
        }
    }
    parts::code_in(&(told + rest))
}

/// What is said of a member; of what may be left out, it stands with what it is then.
fn words(said: &Json) -> &str {
    let inner = || said["oneOf"].as_array()?.iter().find_map(|one| one["description"].as_str());
    said["description"].as_str().or_else(inner).unwrap_or_default()
}

/// Of which kind something is, with a way to its shape.
fn kind(schema: &Json) -> Markup {
    if let Some(name) = schema["$ref"].as_str().and_then(|place| place.strip_prefix(SHAPES)) {
        return html! { a href=(format!("#shape-{name}")) { (name) } };
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        let of = schema[several].as_array().into_iter().flatten().filter(|one| one["type"] != "null");
        let of: Vec<&Json> = of.collect();
        if !of.is_empty() {
            return html! { @for (at, one) in of.iter().enumerate() { @if at > 0 { ", " } (kind(one)) } };
        }
    }
    let name = match &schema["type"] {
        Json::String(name) => name.as_str(),
        Json::Array(names) => names.iter().filter_map(Json::as_str).find(|name| *name != "null").unwrap_or("any"),
        _ => "any",
    };
    match name {
        "array" => html! { (t("api.list")) " " (kind(&schema["items"])) },
        name => html! { (name) },
    }
}

/// Something of a shape: what must be there, and no more.
fn example(shapes: &Json, schema: &Json, deep: usize) -> Json {
    if deep > DEEP {
        return Json::Null;
    }
    if let Some(name) = schema["$ref"].as_str().and_then(|place| place.strip_prefix(SHAPES)) {
        return example(shapes, &shapes[name], deep + 1);
    }
    for several in ["oneOf", "anyOf"] {
        let first = schema[several].as_array().and_then(|all| all.iter().find(|one| one["type"] != "null"));
        if let Some(first) = first {
            return example(shapes, first, deep + 1);
        }
    }
    match schema["type"].as_str().unwrap_or_default() {
        "string" => json!("…"),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(0)),
        "boolean" => json!(false),
        "array" => json!([example(shapes, &schema["items"], deep + 1)]),
        "object" => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str);
            let members =
                required.map(|name| (name.to_owned(), example(shapes, &schema["properties"][name], deep + 1)));
            Json::Object(members.collect::<Map<_, _>>())
        }
        _ => Json::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_and_every_shape_is_there_and_every_way_leads_somewhere() {
        let description = serde_json::to_value(described()).expect("JSON");
        let text = body(&description).into_string();
        for (path, item) in description["paths"].as_object().expect("paths") {
            for method in item.as_object().expect("operations").keys() {
                assert!(text.contains(&format!("{} {path}</code>", method.to_uppercase())), "{method} {path}");
            }
        }
        let ways = text.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next());
        for way in ways {
            assert!(text.contains(&format!("id=\"{way}\"")), "{way}");
        }
    }

    #[test]
    fn a_link_elsewhere_is_its_name_alone() {
        for (words, shown) in [
            ("see [RFC 9457](https://a.example/x) for it", "see RFC 9457 for it"),
            ("a list [a] of (b) and [c](d", "a list [a] of (b) and [c](d"),
            ("none", "none"),
        ] {
            assert_eq!(prose(words).into_string(), shown);
        }
    }

    #[test]
    fn a_command_sends_what_must_be_there() {
        let description = serde_json::to_value(described()).expect("JSON");
        let shapes = &description["components"]["schemas"];
        let command = |method: &str, path: &'static str| {
            let said = &description["paths"][path][method];
            Operation { method: method.to_uppercase(), path, said }.command(shapes)
        };
        let grant = command("post", "/api/v1/grants");
        assert!(grant.contains("--data-binary '{\"grantee\":\"…\",\"capability\":\"…\"}'"), "{grant}");
        let inspect = command("get", "/api/v1/inspect");
        assert!(inspect.ends_with("\"$LOKET/api/v1/inspect?subject=…\""), "{inspect}");
        assert!(command("post", "/api/v1/asks/suspend").contains(" -X POST"));
    }
}
