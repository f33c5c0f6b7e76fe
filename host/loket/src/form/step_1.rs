//! From form 0 to form 1: `state/grants.json` says the terms of every grant, and has the number 2. In number 1 they may be missing, and a host
//! from before there were terms took a file with terms for a damaged one.

use crate::home::write_whole;
use serde_json::{Map, Value, json};
use std::io::ErrorKind;
use std::path::Path;

/// What it changes.
pub(super) const GRANTS: &str = "state/grants.json";

/// Does it.
pub(super) fn run(root: &Path) -> Result<(), String> {
    let path = root.join(GRANTS);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(format!("`{}` cannot be read: {e}", path.display())),
    };
    let damaged = |what: &str| format!("`{}` is damaged: {what}; put back a copy", path.display());
    let mut file: Map<String, Value> = serde_json::from_str(&text).map_err(|e| damaged(&e.to_string()))?;
    match file.get("format").and_then(Value::as_u64) {
        Some(1) => {}
        Some(2) => return Ok(()),
        _ => return Err(damaged("it has neither number 1 nor 2")),
    }
    let grants = file.get_mut("grants").and_then(Value::as_array_mut).ok_or_else(|| damaged("it has no grants"))?;
    for grant in grants {
        let grant = grant.as_object_mut().ok_or_else(|| damaged("a grant is no object"))?;
        let delegates = grant.get_mut("delegates").and_then(Value::as_array_mut).into_iter().flatten();
        for delegate in delegates.filter_map(Value::as_object_mut) {
            delegate.entry("terms").or_insert_with(|| json!({}));
        }
        grant.entry("terms").or_insert_with(|| json!({}));
    }
    file.insert("format".into(), 2.into());
    let text = serde_json::to_vec_pretty(&file).map_err(|e| e.to_string())?;
    write_whole(&path, &text).map_err(|e| format!("`{}` cannot be written: {e}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &str) -> Result<Value, String> {
        let home = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(home.path().join("state")).expect("a folder");
        std::fs::write(home.path().join(GRANTS), text).expect("it can be written");
        run(home.path())?;
        let text = std::fs::read_to_string(home.path().join(GRANTS)).expect("it is there");
        // A second time changes nothing.
        run(home.path())?;
        assert_eq!(std::fs::read_to_string(home.path().join(GRANTS)).expect("it is there"), text);
        Ok(serde_json::from_str(&text).expect("JSON"))
    }

    #[test]
    fn terms_that_are_there_stay_and_those_that_are_not_are_none() {
        let has = json!({ "host": ["example.org"] });
        let file = json!({ "format": 1, "next": 9, "grants": [
            { "id": 1, "delegates": [{ "holder": "package:a:b" }, { "holder": "package:a:c", "terms": has }] },
            { "id": 2, "terms": has, "delegates": [] },
        ] });
        let expect = json!({ "format": 2, "next": 9, "grants": [
            { "id": 1, "terms": {}, "delegates": [{ "holder": "package:a:b", "terms": {} }, { "holder": "package:a:c", "terms": has }] },
            { "id": 2, "terms": has, "delegates": [] },
        ] });
        assert_eq!(after(&file.to_string()), Ok(expect));
    }

    #[test]
    fn damaged_grants_stay_as_they_are() {
        for text in ["", "[]", "{}", "{\"format\":3}", "{\"format\":1}", "{\"format\":1,\"grants\":[7]}"] {
            assert!(after(text).is_err_and(|why| why.contains("damaged")), "{text}");
        }
    }
}
