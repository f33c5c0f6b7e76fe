//! What an `agent.toml` may say, and what is said when it says something else.

use loket_guardian::manifest::{MAX_AGENT_NAME, MAX_WANTS};
use loket_guardian::{AgentLimits, AgentManifest, AgentMemory, AgentName};
use std::path::Path;

fn parse(text: &str) -> AgentManifest {
    AgentManifest::parse("agents/scout/agent.toml", text).unwrap_or_else(|report| panic!("{report}"))
}

/// The refusal as the owner reads it.
#[track_caller]
fn refusal(text: &str) -> String {
    match AgentManifest::parse("agents/scout/agent.toml", text) {
        Ok(manifest) => panic!("it is taken for {manifest:?}"),
        Err(report) => format!("error: {report}"),
    }
}

#[test]
fn a_whole_manifest_is_read() {
    let manifest = parse(
        r#"
package = "loket:assistant@^0.1"
model = "loket:offline"
persona = "who/persona.md"
wants = ["loket:brain/memory", "loket:calc"]

[limits]
rounds = 8
seconds = 60
memory_mib = 0x40
calls = 1_000

[memory]
language = "nl"
max_memories = 20_000
max_mib = 64
"#,
    );
    assert_eq!(manifest.package.to_string(), "loket:assistant@^0.1");
    assert_eq!(manifest.model.to_string(), "loket:offline");
    assert_eq!(manifest.persona.as_deref(), Some(Path::new("who/persona.md")));
    assert_eq!(
        manifest.wants.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["loket:brain/memory", "loket:calc"]
    );
    let limits = AgentLimits { rounds: Some(8), seconds: Some(60), memory_mib: Some(64), calls: Some(1000) };
    assert_eq!(manifest.limits, limits);
    let language = "nl".parse().ok();
    assert_eq!(manifest.memory, AgentMemory { language, max_memories: Some(20_000), max_mib: Some(64) });
}

#[test]
fn what_a_manifest_says_of_memory_is_held_to_its_bounds() {
    insta::assert_snapshot!(refusal(
        "package = \"loket:assistant\"\n\n[memory]\nlanguage = \"double dutch\"\nmax_memories = 0\nmax_mib = 2_000_000\ndream_after_minutes = 1\n"
    ));
}

#[test]
fn a_package_is_enough() {
    let manifest = parse("package = \"loket:assistant\"");
    assert_eq!(manifest.package.to_string(), "loket:assistant");
    assert_eq!(manifest.model.to_string(), "loket:offline");
    assert_eq!((manifest.persona, manifest.wants.len()), (None, 0));
    assert_eq!(manifest.limits, AgentLimits::default());
    assert_eq!(manifest.memory, AgentMemory::default());
}

#[test]
fn unknown_keys_are_refused_with_the_nearest_known_one() {
    insta::assert_snapshot!(refusal(
        "package = \"loket:assistant\"\nmodle = \"loket:offline\"\ngrants = [\"everything\"]\n\n[limits]\nmemory-mb = 64\nfuel = 1\n"
    ));
}

#[test]
fn wrong_types_and_values_are_refused_all_at_once() {
    insta::assert_snapshot!(refusal(
        r#"package = "assistant"
model = 7
persona = "../other/persona.md"
wants = ["loket:brain/memory@0.1.0", "memory", "loket:calc", "loket:calc"]

[limits]
rounds = 0
seconds = 86400
memory_mib = 64.5
calls = 99999999999999999999
"#
    ));
}

#[test]
fn a_manifest_without_a_package_is_refused() {
    insta::assert_snapshot!(refusal("model = \"loket:offline\"\n"));
}

#[test]
fn broken_toml_is_refused_with_its_line() {
    insta::assert_snapshot!(refusal("package = \"loket:assistant\"\nmodel = loket:offline\n"));
}

#[test]
fn keys_that_stand_twice_are_refused() {
    let text = refusal("package = \"loket:assistant\"\npackage = \"evil:assistant\"\n");
    assert!(text.contains("line 2: it is not valid TOML"), "{text}");
}

#[test]
fn hostile_text_does_not_reach_the_terminal() {
    let text = refusal(
        "package = \"loket:assistant\"\n\"\\u001b[2J\\u202e\" = 1\npersona = \"\\u001b]0;x\\u0007\"\nwants = [\"\\u009b\"]",
    );
    assert!(!text.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']), "{text:?}");
}

#[test]
fn a_persona_stays_in_the_agent_s_folder() {
    let with = |persona: &str| {
        AgentManifest::parse("agent.toml", &format!("package = \"loket:assistant\"\npersona = '{persona}'"))
    };
    for good in ["persona.md", "who/am/i.md", "./persona.md"] {
        assert!(with(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        ".",
        "..",
        "../persona.md",
        "a/../../b",
        "/etc/passwd",
        "a\\..\\b",
        "C:persona.md",
        "brain/x",
        "workspace/x",
        "./workspace/x",
        "a/",
    ] {
        assert!(with(bad).is_err(), "{bad}");
    }
}

#[test]
fn too_much_is_refused_without_being_repeated() {
    let wants: Vec<_> = (0..=MAX_WANTS).map(|n| format!("\"acme:tool-{n}\"")).collect();
    let text = refusal(&format!("package = \"loket:assistant\"\nwants = [{}]", wants.join(",")));
    assert!(text.contains("`wants` has 101 entries, and may have 100"), "{text}");
    let keys: String = (0..500).map(|n| format!("key-{n} = 1\n")).collect();
    assert!(refusal(&format!("package = \"loket:assistant\"\n{keys}")).contains("and 480 more of this kind"));
    assert!(refusal(&" ".repeat(300 << 10)).contains("it has 307200 bytes"));
}

#[test]
fn agents_names_are_kebab_case() {
    for good in ["a", "scout", "my-scout-2", &"a".repeat(MAX_AGENT_NAME)] {
        assert_eq!(good.parse::<AgentName>().expect(good).as_str(), good);
    }
    for bad in [
        "",
        "Scout",
        "my_scout",
        "-scout",
        "scout-",
        "my--scout",
        "2nd",
        "a b",
        "..",
        "a/b",
        "owner:x",
        &"a".repeat(65),
    ] {
        assert!(bad.parse::<AgentName>().is_err(), "{bad}");
    }
    insta::assert_snapshot!("My Scout".parse::<AgentName>().expect_err("no name"));
}

#[test]
fn a_model_is_one_of_the_settings_or_a_package() {
    let model = |text: &str| {
        AgentManifest::parse("agent.toml", &format!("package = \"loket:assistant\"\nmodel = \"{text}\"\n"))
    };
    let local = model("local").expect("it is a name").model;
    assert!(matches!(&local, loket_guardian::ModelChoice::Named(name) if name.to_string() == "local"));
    let offline = model("loket:offline").expect("it is a package").model;
    assert!(
        matches!(&offline, loket_guardian::ModelChoice::Package(package) if package.name.to_string() == "loket:offline")
    );
    for wrong in ["", "Local", "a b", "loket:", "local/x"] {
        let report = model(wrong).expect_err(wrong);
        assert!(report.to_string().contains("names no model"), "{report}");
    }
}

#[test]
fn a_manifest_says_which_models_stand_behind_the_first_and_what_they_may_cost() {
    use loket_guardian::{Order, Pin};
    let manifest = parse(
        r#"
package = "loket:assistant"
model = "large"

[fallback]
models = ["local", "loket:offline"]
order = "race"
pin = "conversation"
restart = true

[budget]
tokens_a_day = 1000
money_a_day = 0.25
"#,
    );
    let models: Vec<_> = manifest.fallback.models.iter().map(ToString::to_string).collect();
    assert_eq!(models, ["local", "loket:offline"]);
    let fallback = &manifest.fallback;
    assert_eq!((fallback.order, fallback.pin, fallback.restart), (Order::Race, Pin::Conversation, true));
    let budget = manifest.budget;
    assert_eq!((budget.tokens, budget.money.map(|money| money.to_string()).as_deref()), (Some(1000), Some("0.25")));
    let alone = parse("package = \"loket:assistant\"");
    assert!(alone.fallback.models.is_empty() && alone.budget.is_open());
    assert_eq!((alone.fallback.order, alone.fallback.pin, alone.fallback.restart), (Order::OneByOne, Pin::Turn, false));
}

#[test]
fn what_is_wrong_with_a_fallback_is_told() {
    insta::assert_snapshot!(refusal(
        "package = \"loket:assistant\"\nmodel = \"large\"\n\n[fallback]\nmodels = [\"local\", \"large\", \"local\", \"No\"]\n\
         order = \"any\"\npin = \"day\"\nrestart = \"yes\"\nretries = 3\n[budget]\ncurrency = \"EUR\"\n"
    ));
    insta::assert_snapshot!(refusal("package = \"loket:assistant\"\n\n[fallback]\norder = \"race\"\n"));
}
