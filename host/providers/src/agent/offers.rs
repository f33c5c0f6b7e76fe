//! The slash commands that packages offer, as the host found them, and under which names they can be said.

use arc_swap::ArcSwap;
use loket_kernel::Capability;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The interface of a package of slash commands.
pub const COMMANDER: &str = "loket:roles/commander";
/// Its function that runs one.
pub const RUN: &str = "run";

/// What a command is called and what it takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Usage {
    /// Its name, without the slash.
    pub name: String,
    /// What it does.
    pub summary: String,
    /// What it takes, in this order.
    pub parameters: Vec<Parameter>,
}

/// Something that a command takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it is.
    pub summary: String,
    /// What its value is.
    pub kind: Kind,
    /// Whether it may be left out.
    pub need: Need,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// One word, or several in double quotes.
    Word,
    /// A whole number.
    Number,
    /// One of these words.
    Choice(Vec<String>),
    /// All that is left of the line.
    Rest,
    /// Anything else; read like a word.
    Other(String),
}

/// Whether a value may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// It must be there.
    Required,
    /// It may be left out.
    Optional,
}

impl Usage {
    /// What it takes, in words: `<what> [why]`.
    pub fn takes(&self) -> String {
        let parameters = self.parameters.iter().map(|parameter| {
            let words = match &parameter.kind {
                Kind::Choice(words) if words.len() <= 6 => words.join("|"),
                _ => parameter.name.clone(),
            };
            match parameter.need {
                Need::Required => format!("<{words}>"),
                Need::Optional => format!("[{words}]"),
            }
        });
        parameters.collect::<Vec<_>>().join(" ")
    }
}

/// A command that a package offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The package, without its version.
    pub package: Arc<str>,
    /// The command.
    pub usage: Usage,
}

impl Offer {
    /// Whom a run of it is addressed to.
    pub fn capability(&self) -> Capability {
        Capability::of(&self.package, COMMANDER)
    }

    /// Whether a name, without the slash, means it: its own, behind its namespace where that is said, or behind its package.
    pub fn is_called(&self, name: &str) -> bool {
        match name.rsplit_once(':') {
            None => self.usage.name == name,
            Some((before, own)) => {
                let namespace = self.package.split_once(':').map_or(&*self.package, |(namespace, _)| namespace);
                self.usage.name == own && (before == namespace || before == &*self.package)
            }
        }
    }
}

/// All that is offered, ordered by name and package.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct All(pub Vec<Offer>);

impl All {
    /// Those that a name means.
    pub fn called(&self, name: &str) -> Vec<&Offer> {
        self.0.iter().filter(|offer| offer.is_called(name)).collect()
    }

    /// Those whose package somebody may call, each with the shortest name that means it alone among them.
    pub fn of(&self, may: impl Fn(&Capability) -> bool) -> Vec<(String, &Offer)> {
        let mine: Vec<&Offer> = self.0.iter().filter(|offer| may(&offer.capability())).collect();
        let clear = |name: &str| mine.iter().filter(|offer| offer.is_called(name)).count() == 1;
        let named = mine.iter().map(|offer| {
            let own = &offer.usage.name;
            let namespace = offer.package.split_once(':').map_or(&*offer.package, |(namespace, _)| namespace);
            let names = [own.clone(), format!("{namespace}:{own}"), format!("{}:{own}", offer.package)];
            let [.., longest] = names.clone();
            (names.into_iter().find(|name| clear(name)).unwrap_or(longest), *offer)
        });
        named.collect()
    }
}

/// What is offered now.
#[derive(Debug, Clone, Default)]
pub struct Offers(Arc<ArcSwap<All>>);

impl Offers {
    /// What is offered now.
    pub fn now(&self) -> Arc<All> {
        self.0.load_full()
    }

    /// Says what is offered from now on.
    pub fn set(&self, mut all: Vec<Offer>) {
        all.sort_by(|a, b| (&a.usage.name, &a.package).cmp(&(&b.usage.name, &b.package)));
        if self.0.load().0 != all {
            self.0.store(Arc::new(All(all)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(package: &str, name: &str) -> Offer {
        let usage = Usage { name: name.into(), summary: String::new(), parameters: vec![] };
        Offer { package: package.into(), usage }
    }

    fn all() -> All {
        All(vec![
            offer("acme:one", "greet"),
            offer("acme:two", "greet"),
            offer("loket:commands", "help"),
            offer("zoo:pack", "greet"),
        ])
    }

    #[test]
    fn a_command_has_the_shortest_name_that_means_it_alone() {
        let all = all();
        let names = |may: &dyn Fn(&Capability) -> bool| -> Vec<String> {
            all.of(may).into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names(&|_| true), ["acme:one:greet", "acme:two:greet", "help", "zoo:greet"]);
        assert_eq!(names(&|capability| !capability.provider.starts_with("acme:")), ["help", "greet"]);
    }

    #[test]
    fn a_name_means_what_it_says_and_nothing_else() {
        let all = all();
        let called = |name: &str| all.called(name).len();
        assert_eq!(
            [called("greet"), called("acme:greet"), called("acme:one:greet"), called("zoo:greet")],
            [3, 2, 1, 1]
        );
        assert_eq!([called("gree"), called("loket:greet"), called("one:greet"), called("")], [0, 0, 0, 0]);
    }

    #[test]
    fn what_a_command_takes_is_said_in_words() {
        let parameter = |name: &str, kind, need| Parameter { name: name.into(), summary: String::new(), kind, need };
        let usage = Usage {
            name: "x".into(),
            summary: String::new(),
            parameters: vec![
                parameter("what", Kind::Word, Need::Required),
                parameter("how", Kind::Choice(vec!["fast".into(), "slow".into()]), Need::Required),
                parameter("why", Kind::Rest, Need::Optional),
            ],
        };
        assert_eq!(usage.takes(), "<what> <fast|slow> [why]");
    }
}
