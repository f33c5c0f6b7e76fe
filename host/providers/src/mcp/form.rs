//! What a server asks of its owner (`elicitation/create`): a few plain values, or to open a page elsewhere. Its words are made visible, what
//! it wants is bounded, and the values are held against its schema before it gets them.

use super::letters::{hidden, visible};
use async_trait::async_trait;
use loket_kernel::{Call, Chain, Counter};
use rmcp::model::{ElicitRequestParams, ElicitationSchema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use url::Url;

/// How many fields a form has at most, and choices each of them.
const MOST_FIELDS: usize = 32;
const MOST_CHOICES: usize = 100;
/// The longest message, the longest other text, and the longest name of a field, in bytes.
const LONGEST_MESSAGE: usize = 4 << 10;
const LONGEST_TEXT: usize = 1 << 10;
const LONGEST_NAME: usize = 64;
/// The longest address, and the longest value of a text, in bytes.
const LONGEST_URL: usize = 2 << 10;
const LONGEST_VALUE: usize = 64 << 10;

/// Words by which a field is known that no form may ask for: what is secret is never given to a tool in this way.
const SECRET: [&str; 16] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "secret",
    "token",
    "apikey",
    "credential",
    "credentials",
    "cvv",
    "cvc",
    "pin",
    "ssn",
    "otp",
    "mnemonic",
];
/// Two words that are such a one together.
const SECRETS: [(&str, &str); 7] = [
    ("api", "key"),
    ("private", "key"),
    ("access", "key"),
    ("credit", "card"),
    ("card", "number"),
    ("seed", "phrase"),
    ("security", "code"),
];

/// Something that is asked of the owner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// What is asked, in the server's words.
    pub message: String,
    /// What is wanted.
    pub wish: Wish,
}

/// What is wanted of the owner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// Values.
    Fields(Vec<Field>),
    /// To open a page: the answer goes there, and not through here.
    Page {
        /// Its address.
        url: String,
        /// Whose page it is.
        host: String,
    },
}

/// A value that is wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it is called, and what it is.
    pub title: String,
    /// What it is.
    pub about: String,
    /// What may stand there.
    pub kind: Kind,
    /// Whether it must be there.
    pub required: bool,
    /// What is taken where nothing is given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub default: Option<Json>,
}

/// What may stand in a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Words: how many characters, and of which form (`email`, `uri`, `date`, `date-time`).
    Text {
        /// At least so many characters.
        least: Option<u64>,
        /// At most so many.
        most: Option<u64>,
        /// Their form.
        format: Option<String>,
    },
    /// A number.
    Number {
        /// Whether it is a whole one.
        whole: bool,
        /// The least it may be.
        least: Option<f64>,
        /// The most.
        most: Option<f64>,
    },
    /// Yes or no.
    Flag,
    /// One of these.
    Choice(Vec<Pick>),
    /// Several of these.
    Choices {
        /// These.
        of: Vec<Pick>,
        /// At least so many.
        least: Option<u64>,
        /// At most so many.
        most: Option<u64>,
    },
}

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pick {
    /// The value.
    pub value: String,
    /// What it is called.
    pub title: String,
}

/// What the owner said.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Yes, with these values where some were wanted.
    Accept(Option<Json>),
    /// No.
    Decline,
    /// Nothing in time, or nobody could be asked.
    Cancel,
}

/// Who is asked.
#[async_trait]
pub trait Person: Send + Sync {
    /// Asks what a server wants to know that answers a call, in whose name `chain` ends, and waits for the answer; it says how long at most.
    /// What is asked and what is answered is in the call's page.
    async fn ask(&self, counter: &Counter, call: &Call, chain: &Chain, form: &Form) -> Answer;
}

impl Form {
    /// Reads what a server asks.
    ///
    /// # Errors
    /// Why nobody is asked that.
    pub(super) fn read(params: &ElicitRequestParams) -> Result<Form, String> {
        match params {
            ElicitRequestParams::FormElicitationParams { message, requested_schema, .. } => {
                let message = text("message", message, LONGEST_MESSAGE)?;
                if is_secret(&message, false) {
                    return Err("a form may not ask for what is secret".into());
                }
                Ok(Form { message, wish: Wish::Fields(fields(requested_schema)?) })
            }
            ElicitRequestParams::UrlElicitationParams { message, url, .. } => {
                let message = text("message", message, LONGEST_MESSAGE)?;
                let (url, host) = page(url)?;
                Ok(Form { message, wish: Wish::Page { url, host } })
            }
            _ => Err("it is asked in a way that this host does not know".into()),
        }
    }

    /// What is sent where the owner says yes and gives nothing.
    pub fn usual(&self) -> Json {
        let Wish::Fields(fields) = &self.wish else { return Json::Object(Map::new()) };
        let usual = fields.iter().filter_map(|field| Some((field.name.clone(), field.default.clone()?)));
        Json::Object(usual.collect())
    }

    /// The values that are sent: what the owner gave, and what is usual for the rest. Nothing for a page.
    ///
    /// # Errors
    /// Which value does not fit, and what would.
    pub fn values(&self, given: &Json) -> Result<Option<Json>, String> {
        let given = given.as_object().ok_or("values are given by name: a JSON object")?;
        let fields = match &self.wish {
            Wish::Fields(fields) => fields,
            Wish::Page { .. } if given.is_empty() => return Ok(None),
            Wish::Page { .. } => return Err("a page is opened or not: it takes no values".into()),
        };
        if let Some(name) = given.keys().find(|name| fields.iter().all(|field| field.name != **name)) {
            let known: Vec<_> = fields.iter().map(|field| format!("`{}`", field.name)).collect();
            return Err(format!("there is no field `{}`; there are {}", name.escape_default(), known.join(", ")));
        }
        let mut values = Map::new();
        for field in fields {
            match given.get(&field.name).filter(|value| !value.is_null()).or(field.default.as_ref()) {
                Some(value) => {
                    field.kind.check(value).map_err(|why| format!("`{}` {why}", field.name))?;
                    values.insert(field.name.clone(), value.clone());
                }
                None if field.required => {
                    return Err(format!("`{}` must be given: {}", field.name, field.kind.words()));
                }
                None => {}
            }
        }
        Ok(Some(Json::Object(values)))
    }
}

impl Kind {
    /// What may stand there, in words.
    pub fn words(&self) -> String {
        fn bounds<T: std::fmt::Display>(least: Option<T>, most: Option<T>, of: &str) -> String {
            match (least, most) {
                (Some(least), Some(most)) => format!(", {least} to {most}{of}"),
                (Some(least), None) => format!(", at least {least}{of}"),
                (None, Some(most)) => format!(", at most {most}{of}"),
                (None, None) => String::new(),
            }
        }
        let picks = |of: &[Pick]| {
            let named = of.iter().map(|pick| match pick.title == pick.value {
                true => pick.value.clone(),
                false => format!("{} ({})", pick.value, pick.title),
            });
            named.collect::<Vec<_>>().join(", ")
        };
        match self {
            Kind::Text { least, most, format } => {
                let form = format.as_deref().unwrap_or("text");
                format!("{form}{}", bounds(*least, *most, " characters"))
            }
            Kind::Number { whole, least, most } => {
                format!("{}{}", if *whole { "a whole number" } else { "a number" }, bounds(*least, *most, ""))
            }
            Kind::Flag => "true or false".into(),
            Kind::Choice(of) => format!("one of: {}", picks(of)),
            Kind::Choices { of, least, most } => format!("some of: {}{}", picks(of), bounds(*least, *most, " of them")),
        }
    }

    /// Checks a value; the error goes on after the field's name.
    fn check(&self, value: &Json) -> Result<(), String> {
        let wrong = || format!("cannot be `{}`: write {}", visible(&value.to_string()), self.words());
        let among = |of: &[Pick], value: &Json| of.iter().any(|pick| Some(pick.value.as_str()) == value.as_str());
        let fits = match self {
            Kind::Text { least, most, format } => value.as_str().is_some_and(|text| {
                let long = text.chars().count() as u64;
                let form = format.as_deref().is_none_or(|format| has_form(text, format));
                text.len() <= LONGEST_VALUE
                    && least.is_none_or(|least| long >= least)
                    && most.is_none_or(|most| long <= most)
                    && form
            }),
            Kind::Number { whole, least, most } => value.as_f64().is_some_and(|number| {
                (!whole || value.is_i64() || value.is_u64())
                    && least.is_none_or(|least| number >= least)
                    && most.is_none_or(|most| number <= most)
            }),
            Kind::Flag => value.is_boolean(),
            Kind::Choice(of) => among(of, value),
            Kind::Choices { of, least, most } => value.as_array().is_some_and(|values| {
                let many = values.len() as u64;
                let once = values.iter().enumerate().all(|(at, value)| !values[..at].contains(value));
                values.iter().all(|value| among(of, value))
                    && once
                    && least.is_none_or(|least| many >= least)
                    && most.is_none_or(|most| many <= most)
            }),
        };
        if fits { Ok(()) } else { Err(wrong()) }
    }
}

fn fields(schema: &ElicitationSchema) -> Result<Vec<Field>, String> {
    let required = schema.required.clone().unwrap_or_default();
    let names = match &schema.property_order {
        Some(order) if order.len() == schema.properties.len() => order.clone(),
        _ => schema.properties.keys().cloned().collect(),
    };
    if names.len() > MOST_FIELDS {
        return Err(format!("a form has at most {MOST_FIELDS} fields, this one {}", names.len()));
    }
    let mut fields = Vec::with_capacity(names.len());
    for name in names {
        let Some(property) = schema.properties.get(&name) else { continue };
        let property = serde_json::to_value(property).map_err(|e| e.to_string())?;
        if name.is_empty() || name.len() > LONGEST_NAME || hidden(&name).is_some() || name.contains(['\n', '\r', '\t'])
        {
            return Err(format!("a field's name has 1 to {LONGEST_NAME} bytes that can be seen"));
        }
        let told = |key: &str| text(key, property[key].as_str().unwrap_or_default(), LONGEST_TEXT);
        let (title, about) = (told("title")?, told("description")?);
        if is_secret(&name, true) || is_secret(&title, true) || is_secret(&about, false) {
            return Err(format!("a form may not ask for what is secret, as `{name}` seems to be"));
        }
        let kind = kind(&property)?;
        let default = property.get("default").filter(|value| kind.check(value).is_ok()).cloned();
        fields.push(Field { required: required.contains(&name), name, title, about, kind, default });
    }
    Ok(fields)
}

fn kind(property: &Json) -> Result<Kind, String> {
    let number = |key: &str| property[key].as_f64();
    let count = |key: &str| property[key].as_u64();
    Ok(match property["type"].as_str() {
        Some("boolean") => Kind::Flag,
        Some("integer") => Kind::Number { whole: true, least: number("minimum"), most: number("maximum") },
        Some("number") => Kind::Number { whole: false, least: number("minimum"), most: number("maximum") },
        Some("array") => {
            let of = picks(&property["items"])?.ok_or("a list is one of things to choose from")?;
            Kind::Choices { of, least: count("minItems"), most: count("maxItems") }
        }
        Some("string") => match picks(property)? {
            Some(of) => Kind::Choice(of),
            None => Kind::Text {
                least: count("minLength"),
                most: count("maxLength"),
                format: property["format"].as_str().map(str::to_owned),
            },
        },
        _ => return Err("a field is a text, a number, yes or no, or a choice".into()),
    })
}

/// What can be chosen, if this is a choice.
fn picks(schema: &Json) -> Result<Option<Vec<Pick>>, String> {
    let named = ["oneOf", "anyOf"].iter().find_map(|key| schema[*key].as_array());
    let of: Vec<(Option<&str>, Option<&str>)> = match (schema["enum"].as_array(), named) {
        (Some(values), _) => {
            let title = |at: usize| schema["enumNames"][at].as_str();
            values.iter().enumerate().map(|(at, value)| (value.as_str(), title(at))).collect()
        }
        (None, Some(named)) => named.iter().map(|pick| (pick["const"].as_str(), pick["title"].as_str())).collect(),
        (None, None) => return Ok(None),
    };
    if of.is_empty() || of.len() > MOST_CHOICES {
        return Err(format!("a choice is between 1 to {MOST_CHOICES} texts"));
    }
    let pick = |(value, title): (Option<&str>, Option<&str>)| {
        let value = value.filter(|value| value.len() <= LONGEST_TEXT && hidden(value).is_none());
        let value = value.ok_or("what can be chosen are texts that can be seen")?;
        let title = text("title", title.unwrap_or(value), LONGEST_TEXT)?;
        Ok::<_, String>(Pick { value: value.to_owned(), title })
    };
    of.into_iter().map(pick).collect::<Result<_, _>>().map(Some)
}

/// An address that the owner may be shown, and whose it is.
fn page(url: &str) -> Result<(String, String), String> {
    let no = |why: &str| Err(format!("the address {why}"));
    if url.len() > LONGEST_URL || hidden(url).is_some() {
        return no("is too long, or has letters that nobody sees");
    }
    let Ok(read) = Url::parse(url) else { return no("cannot be read") };
    let Some(host) = read.host_str().map(str::to_owned) else { return no("names no host") };
    let near = matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
    if read.scheme() != "https" && !(near && read.scheme() == "http") {
        return no("is no `https`");
    }
    if !read.username().is_empty() || read.password().is_some() {
        return no("has a name or a password in it, as if it led elsewhere");
    }
    Ok((read.to_string(), host))
}

/// A text of the server's, with all its letters visible.
fn text(what: &str, text: &str, most: usize) -> Result<String, String> {
    if text.len() > most {
        return Err(format!("its `{what}` has more than {most} bytes"));
    }
    Ok(visible(text).into_owned())
}

/// Whether words ask for what is secret. Only names are so short that a single word tells.
fn is_secret(words: &str, is_name: bool) -> bool {
    let mut apart = String::with_capacity(words.len() + 8);
    let mut before = ' ';
    for letter in words.chars() {
        // `apiKey` is two words.
        if letter.is_uppercase() && before.is_lowercase() {
            apart.push(' ');
        }
        apart.extend(if letter.is_alphanumeric() { letter } else { ' ' }.to_lowercase());
        before = letter;
    }
    let words: Vec<&str> = apart.split_whitespace().collect();
    let strong = ["password", "passwd", "passphrase", "apikey"];
    let is_one = |word: &&str| if is_name { SECRET.contains(word) } else { strong.contains(word) };
    words.iter().any(is_one) || words.windows(2).any(|pair| SECRETS.contains(&(pair[0], pair[1])))
}

fn has_form(text: &str, format: &str) -> bool {
    match format {
        "email" => text.split_once('@').is_some_and(|(who, host)| {
            !who.is_empty() && !host.is_empty() && !host.contains('@') && !text.contains(char::is_whitespace)
        }),
        "uri" => Url::parse(text).is_ok(),
        "date" => text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(),
        "date-time" => text.parse::<jiff::Timestamp>().is_ok(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn form(properties: Json, required: &[&str]) -> Result<Form, String> {
        let params = json!({
            "mode": "form",
            "message": "who?",
            "requestedSchema": { "type": "object", "properties": properties, "required": required },
        });
        Form::read(&serde_json::from_value(params).expect("it is a request"))
    }

    #[track_caller]
    fn check(property: Json, good: &[Json], bad: &[Json]) {
        let form = form(json!({ "x": property }), &["x"]).expect("it can be asked");
        for value in good {
            let values = form.values(&json!({ "x": value })).expect("it fits");
            assert_eq!(values, Some(json!({ "x": value })));
        }
        for value in bad {
            let why = form.values(&json!({ "x": value })).expect_err(&value.to_string());
            assert!(why.contains("`x`"), "{why}");
        }
    }

    #[test]
    fn values_are_held_against_the_schema() {
        check(json!({ "type": "string" }), &[json!("a"), json!("")], &[json!(1), Json::Null]);
        check(
            json!({ "type": "string", "minLength": 2, "maxLength": 3 }),
            &[json!("äöü")],
            &[json!("a"), json!("abcd")],
        );
        check(json!({ "type": "string", "format": "email" }), &[json!("a@b.c")], &[json!("a"), json!("a b@c")]);
        check(json!({ "type": "string", "format": "uri" }), &[json!("https://a.b/")], &[json!("no")]);
        check(
            json!({ "type": "string", "format": "date" }),
            &[json!("2026-02-28")],
            &[json!("2026-02-30"), json!("1")],
        );
        check(json!({ "type": "string", "format": "date-time" }), &[json!("2026-02-28T10:00:00Z")], &[json!("10:00")]);
        check(
            json!({ "type": "integer", "minimum": 1, "maximum": 9 }),
            &[json!(9)],
            &[json!(10), json!(1.5), json!("2")],
        );
        check(json!({ "type": "number", "minimum": 0.5 }), &[json!(0.5), json!(7)], &[json!(0.4), json!(true)]);
        check(json!({ "type": "boolean" }), &[json!(true)], &[json!("true"), json!(1)]);
        check(json!({ "type": "string", "enum": ["a", "b"] }), &[json!("b")], &[json!("c"), json!(1)]);
        let named = json!({ "type": "string", "oneOf": [{ "const": "a", "title": "A!" }] });
        check(named, &[json!("a")], &[json!("A!")]);
        let several = json!({ "type": "array", "items": { "type": "string", "enum": ["a", "b", "c"] }, "maxItems": 2 });
        check(several, &[json!(["a", "c"]), json!([])], &[json!(["a", "a"]), json!(["a", "b", "c"]), json!("a")]);
    }

    #[test]
    fn what_is_not_given_is_what_is_usual_and_what_must_be_there_is_asked_for() {
        let asked = form(
            json!({ "b": { "type": "integer", "default": 3 }, "a": { "type": "string" }, "c": { "type": "boolean" } }),
            &["a"],
        );
        let asked = asked.expect("it can be asked");
        assert_eq!(asked.usual(), json!({ "b": 3 }));
        assert!(asked.values(&json!({})).expect_err("a is missing").contains("`a` must be given"));
        assert_eq!(asked.values(&json!({ "a": "x" })), Ok(Some(json!({ "a": "x", "b": 3 }))));
        assert!(
            asked.values(&json!({ "a": "x", "d": 1 })).expect_err("no such field").contains("there is no field `d`")
        );
        assert!(asked.values(&json!([1])).is_err());
    }

    #[test]
    fn nobody_is_asked_for_what_is_secret() {
        for name in ["password", "userPassword", "api_key", "API-Key", "card number", "access.token", "PIN"] {
            let why = form(json!({ name: { "type": "string" } }), &[]).expect_err(name);
            assert!(why.contains("secret"), "{why}");
        }
        assert!(form(json!({ "x": { "type": "string", "title": "Passphrase" } }), &[]).is_err());
        assert!(form(json!({ "x": { "type": "string", "description": "your password" } }), &[]).is_err());
        for name in ["name", "tokens", "pinned", "keyboard", "card"] {
            assert!(form(json!({ name: { "type": "string" } }), &[]).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_servers_words_are_made_visible_and_bounded() {
        let params = json!({ "mode": "form", "message": "a\u{1b}[2J\u{200b}",
                             "requestedSchema": { "type": "object", "properties": {} } });
        let read = Form::read(&serde_json::from_value(params).expect("it is a request")).expect("it can be asked");
        assert_eq!(read.message, "a\\u{1b}[2J\\u{200b}");
        assert!(form(json!({ "a\u{202e}": { "type": "string" } }), &[]).is_err());
        assert!(form(json!({ "a": { "type": "string", "title": "x".repeat(2_000) } }), &[]).is_err());
        let many: Map<String, Json> = (0..33).map(|n| (format!("f{n}"), json!({ "type": "boolean" }))).collect();
        assert!(form(Json::Object(many), &[]).is_err());
    }

    #[test]
    fn a_page_is_shown_with_its_host_and_only_where_that_is_clear() {
        let page = |url: &str| {
            let params = json!({ "mode": "url", "message": "log in", "url": url, "elicitationId": "1" });
            Form::read(&serde_json::from_value(params).expect("it is a request"))
        };
        let Wish::Page { host, .. } = page("https://pay.example.org/x?y").expect("it can be shown").wish else {
            panic!("it is a page")
        };
        assert_eq!(host, "pay.example.org");
        assert_eq!(page("https://a.example/").expect("fine").values(&json!({})), Ok(None));
        assert!(page("https://a.example/").expect("fine").values(&json!({ "a": 1 })).is_err());
        assert!(page("http://localhost:8000/x").is_ok());
        for url in
            ["http://a.example/", "javascript:alert(1)", "file:///etc/passwd", "https://bank.example@evil.example/"]
        {
            assert!(page(url).is_err(), "{url}");
        }
        let Wish::Page { host, .. } = page("https://аpple.example/").expect("fine").wish else {
            panic!("it is a page")
        };
        assert!(host.starts_with("xn--"), "letters that look like others are shown as what they are: {host}");
    }
}
