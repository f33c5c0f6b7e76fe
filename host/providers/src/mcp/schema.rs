//! The arguments of a tool as values: its JSON Schema becomes types where these say the same, and JSON as text where they do not.
//!
//! What a type has no word for (a default, a pattern, a bound) goes along in the documentation, so that a model is told all that the server
//! wrote. The way back leaves out what was not given.

use super::kebab::kebab;
use loket_kernel::CallError;
use loket_values::types::{Case, Docs, Field};
use loket_values::{Type, Value};
use serde_json::{Map, Number, Value as Json, json};
use std::cell::{Cell, RefCell};

/// How deep a schema may be; what lies deeper is JSON as text.
const DEEPEST: usize = 16;
/// How many properties or choices there may be in one place.
const MOST: usize = 256;
/// How many places a schema may have all in all; what comes beyond is JSON as text.
const MOST_PLACES: usize = 1_024;
/// How long a schema may be that is quoted, in bytes.
const LONGEST_QUOTE: usize = 8 << 10;
/// The one parameter of a tool whose arguments are no plain object.
const WHOLE: &str = "arguments";

/// How names of properties and choices are spelled in types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// As the server has them: what models are told.
    Raw,
    /// In kebab case, as WIT has them; where that cannot be, or two would be the same, the place is JSON as text.
    Kebab,
}

/// The arguments of a tool.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Arguments {
    /// As parameters of a function.
    pub(super) params: Vec<Field>,
    shapes: Vec<Property>,
    /// Whether the one parameter is the whole object.
    whole: bool,
}

/// How a value becomes JSON again.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// As it is.
    Plain,
    /// A text that is JSON.
    Json,
    List(Box<Shape>),
    Record(Vec<Property>),
    /// It may be null.
    Nullable(Box<Shape>),
    /// One of these texts, each behind its name in the type.
    Choice(Vec<(String, String)>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Property {
    pub(super) name: String,
    pub(super) shape: Shape,
    /// Whether it must be there, if only as null.
    pub(super) required: bool,
}

/// A place in a schema, as a type.
struct Read {
    ty: Type,
    shape: Shape,
    docs: String,
}

impl Arguments {
    /// Reads the schema of a tool's arguments.
    pub(super) fn read(schema: &Json, naming: Naming) -> Arguments {
        let root = Root::new(schema, naming);
        match root.object(schema, 0) {
            Some((fields, shapes)) => Arguments { params: fields, shapes, whole: false },
            None => {
                let Read { ty, shape, docs } = root.text(schema, String::new());
                let shapes = vec![Property { name: WHOLE.into(), shape, required: true }];
                Arguments { params: vec![Field { name: WHOLE.into(), ty, docs: Docs(docs) }], shapes, whole: true }
            }
        }
    }

    /// What the server is sent.
    ///
    /// # Errors
    /// `invalid` where a text should be JSON and is none.
    pub(super) fn write(&self, args: &[Value]) -> Result<Map<String, Json>, CallError> {
        let mut map = Map::new();
        for (property, value) in self.shapes.iter().zip(args) {
            if let Some(json) = property.write(value)? {
                map.insert(property.name.clone(), json);
            }
        }
        match map.remove(WHOLE) {
            Some(Json::Object(whole)) if self.whole => Ok(whole),
            Some(_) if self.whole => Err(CallError::Invalid(format!("`{WHOLE}` is JSON, and no object"))),
            Some(other) => {
                map.insert(WHOLE.into(), other);
                Ok(map)
            }
            None => Ok(map),
        }
    }
}

impl Property {
    fn write(&self, value: &Value) -> Result<Option<Json>, CallError> {
        match value {
            Value::Option(None) if !self.required => Ok(None),
            Value::Option(None) => Ok(Some(Json::Null)),
            Value::Option(Some(value)) => self.shape.write(value, &self.name).map(Some),
            value => self.shape.write(value, &self.name).map(Some),
        }
    }
}

impl Shape {
    fn write(&self, value: &Value, name: &str) -> Result<Json, CallError> {
        match (self, value) {
            (Shape::Json, Value::String(text)) => serde_json::from_str(text).map_err(|e| {
                CallError::Invalid(format!("`{}` is to be JSON as text, and is none: {e}", name.escape_default()))
            }),
            (Shape::List(shape), Value::List(items)) => {
                items.iter().map(|item| shape.write(item, name)).collect::<Result<_, _>>().map(Json::Array)
            }
            (Shape::Record(properties), Value::Record(fields)) => {
                let mut map = Map::new();
                for (property, (_, value)) in properties.iter().zip(fields) {
                    if let Some(json) = property.write(value)? {
                        map.insert(property.name.clone(), json);
                    }
                }
                Ok(Json::Object(map))
            }
            (Shape::Choice(cases), Value::Enum(text)) => {
                let own = cases.iter().find(|(name, _)| name == text).map_or(text, |(_, own)| own);
                Ok(json!(own))
            }
            (Shape::Nullable(_), Value::Option(None)) => Ok(Json::Null),
            (Shape::Nullable(shape), Value::Option(Some(value))) => shape.write(value, name),
            (Shape::Nullable(shape), value) => shape.write(value, name),
            (_, Value::Bool(truth)) => Ok(Json::Bool(*truth)),
            (_, Value::U32(number)) => Ok(json!(number)),
            (_, Value::S32(number)) => Ok(json!(number)),
            (_, Value::S64(number)) => Ok(json!(number)),
            (_, Value::F64(number)) => Number::from_f64(*number).map(Json::Number).ok_or_else(|| {
                CallError::Invalid(format!("`{}` is {number}, which is no number in JSON", name.escape_default()))
            }),
            (_, Value::String(text) | Value::Enum(text)) => Ok(json!(text)),
            (_, other) => Err(CallError::Failed(format!("`{}` has no form in JSON: {other:?}", name.escape_default()))),
        }
    }
}

/// The type of a structured result, and how its JSON becomes a value; nothing where the schema says no plain object.
pub(super) fn returns(schema: &Json) -> Option<(Type, Shape)> {
    let root = Root::new(schema, Naming::Kebab);
    let (fields, properties) = root.object(schema, 0).filter(|(fields, _)| !fields.is_empty())?;
    Some((Type::Record(fields), Shape::Record(properties)))
}

/// The whole schema, in which references are looked up.
struct Root<'s> {
    schema: &'s Json,
    naming: Naming,
    /// How many places may be read still.
    left: Cell<usize>,
    /// The references that are being followed.
    open: RefCell<Vec<String>>,
}

impl<'s> Root<'s> {
    fn new(schema: &'s Json, naming: Naming) -> Root<'s> {
        Root { schema, naming, left: Cell::new(MOST_PLACES), open: RefCell::default() }
    }

    /// Names as types have them; `None` where that cannot be.
    fn named(&self, names: &[String]) -> Option<Vec<String>> {
        match self.naming {
            Naming::Raw => Some(names.to_vec()),
            Naming::Kebab => {
                let all: Vec<String> = names.iter().map(|name| kebab(name)).collect::<Option<_>>()?;
                let apart = all.iter().enumerate().all(|(at, name)| !all[..at].contains(name));
                apart.then_some(all)
            }
        }
    }

    /// The properties of an object; `None` where it may have others, or is more than that.
    fn object(&self, schema: &Json, depth: usize) -> Option<(Vec<Field>, Vec<Property>)> {
        let map = schema.as_object()?;
        let other = ["anyOf", "oneOf", "allOf", "not", "if", "patternProperties", "propertyNames", "dependentSchemas"];
        if depth > DEEPEST || other.iter().any(|key| map.contains_key(*key)) {
            return None;
        }
        if map.get("type").is_some_and(|ty| ty != "object") {
            return None;
        }
        let none = Map::new();
        let properties = match map.get("properties") {
            Some(properties) => properties.as_object()?,
            None => &none,
        };
        // Whoever names no properties and allows any has a use for them.
        let open = map.get("additionalProperties").is_some_and(|more| *more != json!(false));
        if properties.len() > MOST || (properties.is_empty() && open) {
            return None;
        }
        let required: Vec<&str> = match map.get("required") {
            Some(names) => names.as_array()?.iter().filter_map(Json::as_str).collect(),
            None => Vec::new(),
        };
        let (mut fields, mut shapes) = (Vec::new(), Vec::new());
        let names = self.named(&properties.keys().cloned().collect::<Vec<_>>())?;
        for ((name, schema), own) in properties.iter().zip(names) {
            let Read { ty, shape, docs } = self.read(schema, depth + 1);
            let required = required.contains(&name.as_str());
            let ty = match ty {
                ty @ Type::Option(_) => ty,
                ty if required => ty,
                ty => Type::Option(Box::new(ty)),
            };
            fields.push(Field { name: own, ty, docs: Docs(docs) });
            shapes.push(Property { name: name.clone(), shape, required });
        }
        Some((fields, shapes))
    }

    fn read(&self, schema: &Json, depth: usize) -> Read {
        let docs = schema.get("description").and_then(Json::as_str).unwrap_or_default().trim().to_owned();
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        if depth > DEEPEST || left == 0 {
            return self.text(schema, docs);
        }
        if let Some(place) = schema.get("$ref").and_then(Json::as_str) {
            // One that leads to itself has no type.
            let Some(target) = self.find(place).filter(|_| !self.open.borrow().iter().any(|open| open == place)) else {
                return self.text(schema, docs);
            };
            self.open.borrow_mut().push(place.to_owned());
            let read = self.read(target, depth + 1);
            self.open.borrow_mut().pop();
            return Read { docs: joined([docs, read.docs]), ..read };
        }
        if let Some(inner) = or_null(schema) {
            let Read { ty, shape, docs: inner } = self.read(&inner, depth + 1);
            let ty = if matches!(ty, Type::Option(_)) { ty } else { Type::Option(Box::new(ty)) };
            return Read { ty, shape: Shape::Nullable(Box::new(shape)), docs: joined([docs, inner]) };
        }
        if let Some(cases) = choices(schema) {
            let case = |name: String| Case { name, ty: None, docs: Docs::default() };
            let Some(names) = self.named(&cases) else {
                let docs = joined([docs, rest(schema, &["type"])]);
                return Read { ty: Type::String, shape: Shape::Plain, docs };
            };
            let docs = joined([docs, rest(schema, &["type", "enum", "const"])]);
            let ty = Type::Enum(names.iter().cloned().map(case).collect());
            return Read { ty, shape: Shape::Choice(names.into_iter().zip(cases).collect()), docs };
        }
        let plain = |ty: Type, known: &[&str]| Read {
            ty,
            shape: Shape::Plain,
            docs: joined([docs.clone(), rest(schema, known)]),
        };
        let mixed = ["anyOf", "oneOf", "allOf", "not", "if", "enum", "const", "$ref"];
        if mixed.iter().any(|key| schema.get(key).is_some()) {
            return self.text(schema, docs);
        }
        match schema.get("type").and_then(Json::as_str) {
            Some("string") => plain(Type::String, &["type"]),
            Some("boolean") => plain(Type::Bool, &["type"]),
            Some("number") => plain(Type::F64, &["type"]),
            // A bound that moves is no other type for whoever was built for it.
            Some("integer") if self.naming == Naming::Kebab => plain(Type::S64, &["type"]),
            Some("integer") => plain(integer(schema), &["type"]),
            Some("array") => match schema.get("items").filter(|_| schema.get("prefixItems").is_none()) {
                Some(items @ Json::Object(_)) => {
                    let item = self.read(items, depth + 1);
                    let each = if item.docs.is_empty() { String::new() } else { format!("Each: {}", item.docs) };
                    let docs = joined([docs, each, rest(schema, &["type", "items"])]);
                    Read { ty: Type::List(Box::new(item.ty)), shape: Shape::List(Box::new(item.shape)), docs }
                }
                _ => self.text(schema, docs),
            },
            Some("object") => match self.object(schema, depth).filter(|(fields, _)| !fields.is_empty()) {
                Some((fields, shapes)) => {
                    let docs =
                        joined([docs, rest(schema, &["type", "properties", "required", "additionalProperties"])]);
                    Read { ty: Type::Record(fields), shape: Shape::Record(shapes), docs }
                }
                None => self.text(schema, docs),
            },
            _ => self.text(schema, docs),
        }
    }

    /// JSON as text.
    fn text(&self, schema: &Json, docs: String) -> Read {
        let mut quoted = schema.clone();
        if let Some(map) = quoted.as_object_mut() {
            map.remove("description");
            map.remove("$schema");
            // What its references mean is told as well.
            for key in ["$defs", "definitions"] {
                if let Some(definitions) = self.schema.get(key).filter(|_| schema.to_string().contains("\"$ref\"")) {
                    map.insert(key.into(), definitions.clone());
                }
            }
        }
        let quoted = quoted.to_string();
        // A long one counts as many places: what all of them say together is bounded.
        let told = match quoted.len() {
            3..=LONGEST_QUOTE if quoted.len() / 64 <= self.left.get() => {
                self.left.set(self.left.get() - quoted.len() / 64);
                format!("JSON, written as text, of this schema: {quoted}")
            }
            _ => "JSON, written as text.".to_owned(),
        };
        Read { ty: Type::String, shape: Shape::Json, docs: joined([docs, told]) }
    }

    /// What a reference within the schema leads to.
    fn find(&self, place: &str) -> Option<&Json> {
        self.schema.pointer(place.strip_prefix('#')?)
    }
}

/// What else a schema may be than null, where it says so.
fn or_null(schema: &Json) -> Option<Json> {
    let is_null = |schema: &Json| schema.get("type").is_some_and(|ty| ty == "null");
    for key in ["anyOf", "oneOf"] {
        if let Some([one, other]) = schema.get(key).and_then(Json::as_array).map(Vec::as_slice) {
            let inner = match (is_null(one), is_null(other)) {
                (false, true) => one,
                (true, false) => other,
                _ => return None,
            };
            // What stands beside it, such as a default, is of the same place.
            let mut merged = inner.as_object()?.clone();
            for (name, value) in schema.as_object()?.iter().filter(|(name, _)| *name != key && *name != "description") {
                merged.entry(name.clone()).or_insert_with(|| value.clone());
            }
            return Some(Json::Object(merged));
        }
    }
    let [one, other] = schema.get("type")?.as_array()?.as_slice() else { return None };
    let inner = match (one.as_str()?, other.as_str()?) {
        ("null", ty) | (ty, "null") => ty,
        _ => return None,
    };
    let mut merged = schema.as_object()?.clone();
    merged.insert("type".into(), json!(inner));
    merged.remove("description");
    if let Some(choices) = merged.get_mut("enum").and_then(Json::as_array_mut) {
        choices.retain(|choice| !choice.is_null());
    }
    Some(Json::Object(merged))
}

/// The texts of which it is one.
fn choices(schema: &Json) -> Option<Vec<String>> {
    let listed = match (schema.get("enum"), schema.get("const")) {
        (Some(choices), None) => choices.as_array()?.clone(),
        (None, Some(only)) => vec![only.clone()],
        _ => return None,
    };
    let mut texts: Vec<String> = listed.iter().map(|text| text.as_str().map(str::to_owned)).collect::<Option<_>>()?;
    let all = texts.len();
    texts.sort();
    texts.dedup();
    // In the order in which the server has them.
    let texts: Vec<String> = listed.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect();
    ((1..=MOST).contains(&all) && texts.len() == all).then_some(texts)
}

/// The narrowest type that has all of its numbers.
fn integer(schema: &Json) -> Type {
    let least = schema.get("minimum").and_then(Json::as_i64);
    let most = schema.get("maximum").and_then(Json::as_i64);
    match (least, most) {
        (Some(0..), Some(most)) if most <= i64::from(u32::MAX) => Type::U32,
        (Some(least), Some(most)) if least >= i64::from(i32::MIN) && most <= i64::from(i32::MAX) => Type::S32,
        _ => Type::S64,
    }
}

/// What a schema says beside what its type says already.
fn rest(schema: &Json, known: &[&str]) -> String {
    const SAID: [&str; 5] = ["description", "title", "$schema", "$defs", "definitions"];
    let Some(map) = schema.as_object() else { return String::new() };
    let more = map.iter().filter(|(key, _)| !known.contains(&key.as_str()) && !SAID.contains(&key.as_str()));
    let more: Map<String, Json> = more.map(|(key, value)| (key.clone(), value.clone())).collect();
    match more.is_empty() {
        true => String::new(),
        false => {
            Some(format!("Also: {}", Json::Object(more))).filter(|more| more.len() <= LONGEST_QUOTE).unwrap_or_default()
        }
    }
}

fn joined<const N: usize>(parts: [String; N]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use loket_values::Function;
    use loket_values::json::arguments;

    fn read(schema: &Json) -> Arguments {
        Arguments::read(schema, Naming::Raw)
    }

    fn function(arguments: &Arguments) -> Function {
        Function { name: "f".into(), params: arguments.params.clone(), result: None, docs: Docs::default() }
    }

    fn types(schema: Json) -> String {
        function(&read(&json!({ "type": "object", "properties": { "p": schema }, "required": ["p"] }))).signature()
    }

    #[track_caller]
    fn check(schema: Json, ty: &str) {
        assert_eq!(types(schema), format!("f: func(p: {ty})"));
    }

    #[test]
    fn what_a_type_can_say_is_a_type_and_the_rest_is_text() {
        check(json!({ "type": "string" }), "string");
        check(json!({ "type": "boolean" }), "bool");
        check(json!({ "type": "number" }), "f64");
        check(json!({ "type": "integer" }), "s64");
        check(json!({ "type": "integer", "minimum": 0, "maximum": 10 }), "u32");
        check(json!({ "type": "array", "items": { "type": "string" } }), "list<string>");
        check(json!({ "type": ["string", "null"] }), "option<string>");
        check(json!({ "anyOf": [{ "type": "integer" }, { "type": "null" }], "default": null }), "option<s64>");
        check(json!({ "enum": ["b", "a"] }), "enum { b, a }");
        check(json!({ "$ref": "#/properties/p" }), "string");
        check(json!({ "allOf": [{ "type": "string" }] }), "string");
        check(json!({ "type": "object", "properties": { "a": { "type": "string" } } }), "record { a: option<string> }");
        for text in
            [json!({}), json!({ "type": "object" }), json!({ "anyOf": [{ "type": "string" }, { "type": "number" }] })]
        {
            check(text, "string");
        }
        check(json!({ "type": "array" }), "string");
        check(json!({ "enum": ["a", 1] }), "string");
    }

    #[test]
    fn what_a_type_cannot_say_is_told_in_words() {
        let schema = json!({ "properties": { "p": { "type": "integer", "description": "How many.", "default": 3 } } });
        let taken = read(&schema);
        assert_eq!(taken.params[0].docs.0, "How many.\nAlso: {\"default\":3}");
        let taken = read(&json!({ "properties": { "p": { "anyOf": [{ "type": "string" }, { "type": "number" }] } } }));
        assert!(taken.params[0].docs.0.contains("of this schema: {\"anyOf\":"), "{:?}", taken.params[0].docs);
    }

    #[test]
    fn arguments_come_out_as_a_model_wrote_them() {
        let schema = json!({
            "type": "object",
            "properties": {
                "path": { "type": "string" },
                "edits": { "type": "array", "items": {
                    "type": "object",
                    "properties": { "old_text": { "type": "string" }, "count": { "type": "integer" } },
                    "required": ["old_text"],
                } },
                "mode": { "enum": ["r", "w"] },
                "more": {},
                "limit": { "type": ["integer", "null"] },
                "rate": { "type": "number" },
            },
            "required": ["path", "limit"],
        });
        let taken = read(&schema);
        let given = json!({
            "path": "a/b",
            "edits": [{ "old_text": "x", "count": 9_007_199_254_740_993_i64 }, { "old_text": "y" }],
            "mode": "w",
            "more": "{\"deep\":[1,null]}",
            "rate": 1.5,
        });
        let values = arguments(&given, &function(&taken)).expect("they fit");
        let sent = Json::Object(taken.write(&values).expect("they have a form"));
        let mut expect = given;
        expect["more"] = json!({ "deep": [1, null] });
        expect["limit"] = Json::Null;
        assert_eq!(sent, expect);
        let wrong = json!({ "path": "a", "more": "{" });
        let values = arguments(&wrong, &function(&taken)).expect("a text is a text");
        assert!(matches!(taken.write(&values), Err(CallError::Invalid(why)) if why.contains("`more`")));
    }

    #[test]
    fn arguments_that_are_no_plain_object_are_one_text() {
        for schema in
            [json!({ "oneOf": [{}, {}] }), json!({ "type": "object", "additionalProperties": { "type": "string" } })]
        {
            let taken = read(&schema);
            assert_eq!(taken.params.len(), 1);
            let sent = taken.write(&[Value::String("{\"a\":\"b\"}".into())]).expect("it is an object");
            assert_eq!(Json::Object(sent), json!({ "a": "b" }));
            assert!(taken.write(&[Value::String("[1]".into())]).is_err());
        }
        assert_eq!(read(&json!({ "type": "object" })).params, []);
    }

    #[test]
    fn a_schema_that_leads_to_itself_ends() {
        let schema = json!({ "properties": { "p": { "$ref": "#/properties/p" } } });
        assert_eq!(read(&schema).params.len(), 1);
        let tree = json!({ "$defs": { "t": { "type": "object", "properties": { "a": { "$ref": "#/$defs/t" }, "b": { "$ref": "#/$defs/t" } } } },
                           "properties": { "p": { "$ref": "#/$defs/t" } } });
        assert_eq!(read(&tree).params.len(), 1);
    }
}
