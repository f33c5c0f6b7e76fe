//! The API's description: that it says of each route what a program must know to use it.

use super::stand::Stand;
use axum::http::{Method, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value as Json;
use std::collections::BTreeSet;

async fn described() -> Json {
    let stand = Stand::new();
    let response = stand.ask(stand.request(&Method::GET, "/api/v1/openapi.json")).await;
    assert_eq!(response.status(), StatusCode::OK);
    let text = response.into_body().collect().await.expect("a body").to_bytes();
    serde_json::from_slice(&text).expect("JSON")
}

/// Every operation, with its path and method.
fn operations(description: &Json) -> Vec<(String, Json)> {
    let paths = description["paths"].as_object().expect("paths");
    let mut all = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().expect("operations") {
            all.push((format!("{} {path}", method.to_uppercase()), operation.clone()));
        }
    }
    all
}

/// All that a document refers to.
fn references(json: &Json, found: &mut BTreeSet<String>) {
    match json {
        Json::Object(members) => {
            found.extend(members.get("$ref").and_then(Json::as_str).map(str::to_owned));
            members.values().for_each(|member| references(member, found));
        }
        Json::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn each_operation_says_what_it_does_what_it_takes_and_what_it_answers() {
    let description = described().await;
    let mut names = BTreeSet::new();
    for (name, operation) in operations(&description) {
        let text = |key: &str| operation[key].as_str().unwrap_or_default().to_owned();
        assert!(!text("summary").is_empty(), "{name}: {operation}");
        assert!(operation["tags"].as_array().is_some_and(|tags| tags.len() == 1), "{name}");
        assert!(names.insert(text("operationId")), "{name}: another has its id");
        let answers = operation["responses"].as_object().expect("responses");
        assert!(answers.contains_key("200"), "{name}");
        assert!(answers["default"]["content"]["application/problem+json"].is_object(), "{name}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let by_header = parameter["name"] == "Last-Event-ID";
            assert_eq!(parameter["in"], if by_header { "header" } else { "query" }, "{name}: {parameter}");
            assert!(parameter["description"].is_string(), "{name}: {parameter}");
        }
        let takes_a_body = operation["requestBody"].is_object();
        assert!(!name.starts_with("GET") || !takes_a_body, "{name}");
    }
}

#[tokio::test]
async fn each_shape_that_is_referred_to_is_there_and_each_field_is_explained() {
    let description = described().await;
    let mut referred = BTreeSet::new();
    references(&description, &mut referred);
    let shapes = description["components"]["schemas"].as_object().expect("schemas");
    for reference in referred {
        let name = reference.strip_prefix("#/components/schemas/").expect("one of ours");
        assert!(shapes.contains_key(name), "{reference}");
    }
    for (name, shape) in shapes {
        for (field, said) in shape["properties"].as_object().into_iter().flatten() {
            // Of what may be left out, the words stand with what it is then.
            let mut places = [said].into_iter().chain(said["oneOf"].as_array().into_iter().flatten());
            assert!(places.any(|place| place["description"].is_string()), "{name}.{field}: {said}");
        }
    }
}

#[tokio::test]
async fn all_but_whether_it_is_well_and_ready_asks_for_the_token() {
    let description = described().await;
    assert_eq!(description["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    assert_eq!(description["security"][0]["token"], serde_json::json!([]));
    for (name, operation) in operations(&description) {
        let is_open = operation["security"] == serde_json::json!([{}]);
        let is_meant = ["GET /api/v1/health", "GET /api/v1/ready"].contains(&name.as_str());
        assert_eq!(is_open, is_meant, "{name}: {}", operation["security"]);
    }
}

#[tokio::test]
async fn a_problem_has_the_members_of_the_standard_and_a_remedy() {
    let stand = Stand::new();
    let (status, problem) = stand.problem(stand.request(&Method::GET, "/api/v1/nothing")).await;
    assert_eq!((problem["status"].as_u64(), &problem["type"]), (Some(status.as_u16().into()), &"about:blank".into()));
    assert_eq!((&problem["title"], &problem["code"]), (&"Not Found".into(), &"not-found".into()));
    for member in ["detail", "hint"] {
        assert!(problem[member].as_str().is_some_and(|words| !words.is_empty()), "{member}: {problem}");
    }
}
