//! Who may come in to `/mcp` by a token that an authorization server made: `[server.oauth]` of `loket.toml`.
//!
//! Such a token opens nothing by itself. It only says who shows it; what that one may is what the owner granted to a token of this home, by
//! whose name it is written here.

use crate::reader::{Problems, Section};
use loket_registry::name::shown;
use std::collections::BTreeMap;

/// How many audiences, scopes, subjects and clients may be named.
const MAX_WORDS: usize = 256;
/// How many characters one of them may have.
const MAX_TEXT: usize = 2_048;

/// Whose tokens are taken, and as whom.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Believed {
    /// The authorization server.
    pub issuer: String,
    /// For whom a token must be; this service's own address where it is empty.
    pub audience: Vec<String>,
    /// Where the keys are; where the authorization server says that they are, if absent.
    pub keys: Option<String>,
    /// What a token must be good for.
    pub scopes: Vec<String>,
    /// The names of tokens of this home, by the subjects of those of the authorization server.
    pub subjects: BTreeMap<String, String>,
    /// The same by the clients, for tokens that a client got for itself.
    pub clients: BTreeMap<String, String>,
}

/// Reads `[server.oauth]`.
pub(crate) fn server(problems: &mut Problems<'_>, section: Section<'_>) -> Option<Believed> {
    let own = section.section(problems, "oauth")?;
    own.known(problems, &["issuer", "audience", "keys", "scopes", "subjects", "clients"]);
    let mut address = |key: &str| {
        let text = own.string(problems, key)?;
        let fits = text.value.len() <= MAX_TEXT && text.value.bytes().all(|b| b.is_ascii_graphic());
        if fits && ["https://", "http://"].iter().any(|scheme| text.value.starts_with(scheme)) {
            return Some(text.value.to_owned());
        }
        let why = format!("`{key}` cannot be `{}`", shown(text.value));
        problems.tell(text.line, why, format!("write an address, such as `{key} = \"https://login.example.org\"`"));
        None
    };
    let (issuer, keys) = (address("issuer"), address("keys"));
    let mut words = |key: &str| -> Vec<String> {
        let words = own.strings(problems, key, MAX_WORDS, true).unwrap_or_default();
        words.into_iter().map(|word| word.value.to_owned()).collect()
    };
    let (audience, scopes) = (words("audience"), words("scopes"));
    let (subjects, clients) = (names(problems, own, "subjects"), names(problems, own, "clients"));
    if issuer.is_none() {
        problems.tell(own.line, "`[server.oauth]` names no `issuer`", "write `issuer = \"https://login.example.org\"`");
    }
    for (key, all) in [("audience", &audience), ("scopes", &scopes)] {
        if let Some(word) = all.iter().find(|word| !plain(word)) {
            let why = format!("`{key}` cannot be `{}`", shown(word));
            problems.tell(own.line, why, "write plain characters without spaces");
        }
    }
    Some(Believed { issuer: issuer?, audience, keys, scopes, subjects, clients })
}

/// Who is meant by whom.
fn names(problems: &mut Problems<'_>, section: Section<'_>, key: &'static str) -> BTreeMap<String, String> {
    let Some(own) = section.section(problems, key) else { return BTreeMap::new() };
    let mut names = BTreeMap::new();
    for (who, token) in own.pairs(problems, MAX_WORDS) {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if who.is_empty() || who.len() > MAX_TEXT || token.is_empty() || token.len() > 64 || !token.chars().all(fits) {
            let why = format!("`{key}` cannot have `{}` as `{}`", shown(who), shown(&token));
            problems.tell(own.line, why, "write the name of a token of this home, as `loket token list` shows it");
            continue;
        }
        names.insert(who.to_owned(), token);
    }
    names
}

fn plain(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_TEXT && text.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
}

impl Believed {
    /// All that it says, in a form of its own: what is sealed.
    pub(crate) fn policy(&self) -> String {
        format!("{self:?}")
    }

    /// The name of the token of this home as which a token of the authorization server's comes in: by its subject, or by its client where that
    /// got it for itself.
    pub fn name(&self, subject: Option<&str>, client: Option<&str>) -> Option<&str> {
        let by_subject = subject.and_then(|subject| self.subjects.get(subject));
        // A token for a person, got by a client, is the person's.
        let by_itself = client.filter(|client| subject.is_none_or(|subject| subject == *client));
        by_subject.or_else(|| self.clients.get(by_itself?)).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::HostConfig;

    fn parse(text: &str) -> Result<Option<Believed>, String> {
        HostConfig::parse("loket.toml", text).map(|config| config.live.issuer).map_err(|report| report.to_string())
    }

    #[test]
    fn who_comes_in_as_whom_is_read() {
        let text = "[server.oauth]\nissuer = \"https://login.example.org\"\naudience = \"loket\"\nscopes = [\"mcp\"]\n\
                    [server.oauth.subjects]\n\"auth0|7\" = \"desktop\"\n[server.oauth.clients]\nrobot = \"robot\"\n";
        let own = parse(text).expect("it can be read").expect("it is there");
        assert_eq!((own.audience.len(), own.scopes.len(), own.subjects["auth0|7"].as_str()), (1, 1, "desktop"));
        assert_eq!(parse("").expect("nothing is fine"), None);
    }

    #[test]
    fn a_client_counts_where_no_person_is_behind_its_token() {
        let pair = |key: &str, name: &str| BTreeMap::from([(key.to_owned(), name.to_owned())]);
        let own =
            Believed { subjects: pair("ann", "desktop"), clients: pair("robot", "machine"), ..Believed::default() };
        for (subject, client, name) in [
            (Some("ann"), Some("editor"), Some("desktop")),
            (Some("ann"), Some("robot"), Some("desktop")),
            (Some("bob"), Some("robot"), None),
            (Some("robot"), Some("robot"), Some("machine")),
            (None, Some("robot"), Some("machine")),
            (None, None, None),
        ] {
            assert_eq!(own.name(subject, client), name, "{subject:?} {client:?}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_told() {
        for (text, word) in [
            ("[server]\nport = 1\n", "`port` is not known"),
            ("[server.oauth]\n", "no `issuer`"),
            ("[server.oauth]\nissuer = \"login.example.org\"\n", "cannot be"),
            ("[server.oauth]\nissuer = \"https://a\"\nscopes = [\"a b\"]\n", "without spaces"),
            ("[server.oauth]\nissuer = \"https://a\"\n[server.oauth.subjects]\nx = \"A B\"\n", "loket token list"),
        ] {
            let told = parse(text).expect_err(text);
            assert!(told.contains(word), "{text}: {told}");
        }
    }

    #[test]
    fn who_may_come_in_is_policy_and_without_any_it_is_the_one_of_before() {
        let policy = |text: &str| HostConfig::parse("loket.toml", text).expect("it can be read").policy();
        assert!(!policy("").contains("server"));
        let one = "[server.oauth]\nissuer = \"https://a\"\n";
        assert_ne!(policy(one), policy(&format!("{one}[server.oauth.subjects]\nx = \"y\"\n")));
    }
}
