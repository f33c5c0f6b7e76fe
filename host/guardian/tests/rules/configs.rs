//! What a `loket.toml` may say, and what is said when it says something else.

use loket_guardian::config::SecretsKey;
use loket_guardian::{AgentLimits, HostConfig, HostLimits, HostMemory, HostSpace};
use std::path::{Path, PathBuf};

fn parse(text: &str) -> HostConfig {
    HostConfig::parse("loket.toml", text).unwrap_or_else(|report| panic!("{report}"))
}

#[track_caller]
fn refusal(text: &str) -> String {
    match HostConfig::parse("loket.toml", text) {
        Ok(config) => panic!("it is taken for {config:?}"),
        Err(report) => format!("error: {report}"),
    }
}

#[test]
fn an_empty_file_is_the_default_and_listens_to_this_machine_only() {
    let config = parse("");
    assert_eq!(config, HostConfig::default());
    assert_eq!(config.fixed.listen.to_string(), "127.0.0.1:1987");
    assert_eq!(config.fixed.registries(Path::new("home")), [PathBuf::from("home/registry")]);
}

#[test]
fn a_whole_configuration_is_read() {
    let config = parse(
        r#"
listen = "0.0.0.0:8080"
registry = ["packages", "../registry", "/srv/registry"]

[limits]
memory_mib = 256
seconds = 120
depth = 4
argument_kib = 64
result_kib = 128
table_elements = 1000
instances = 10

[memory]
language = "de-AT"
max_mib = 16
dream_after_minutes = 0
"#,
    );
    assert_eq!(config.fixed.listen.to_string(), "0.0.0.0:8080");
    let folders = config.fixed.registries(Path::new("home"));
    assert_eq!(folders, ["home/packages", "home/../registry", "/srv/registry"].map(PathBuf::from));
    let expect = HostLimits {
        seconds: 120,
        depth: 4,
        argument_kib: 64,
        result_kib: 128,
        instances: 10,
        ..HostLimits::default()
    };
    assert_eq!(config.live.limits, expect);
    let expect = HostSpace { memory_mib: 256, table_elements: 1000, ..HostSpace::default() };
    assert_eq!(config.fixed.space, expect);
    let language = "de-AT".parse().ok();
    let expect = HostMemory { language, max_mib: 16, dream_after_minutes: 0, ..HostMemory::default() };
    assert_eq!(config.live.memory, expect);
}

#[test]
fn a_registry_may_be_one_folder_and_an_address_may_be_localhost() {
    let config = parse("registry = \"packages\"\nlisten = \"localhost:0\"");
    assert_eq!(config.fixed.registry, [PathBuf::from("packages")]);
    assert_eq!(config.fixed.listen.to_string(), "127.0.0.1:0");
    assert_eq!(parse("listen = \"[::1]:1987\"").fixed.listen.to_string(), "[::1]:1987");
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    insta::assert_snapshot!(refusal(
        r#"listen = "everywhere"
registry = ["registry", "registry", ""]
limit = 3

[limits]
memory = 64
depth = 1
seconds = "60"
"#
    ));
}

#[test]
fn a_section_that_is_no_section_is_told() {
    insta::assert_snapshot!(refusal("registry = []\nlimits = 3\n"));
}

#[test]
fn a_manifest_lowers_limits_and_raises_none() {
    let host = HostLimits { rounds: 10, seconds: 60, calls: 100, ..HostLimits::default() };
    let agent = AgentLimits { rounds: Some(3), seconds: Some(3600), memory_mib: Some(16), calls: Some(100) };
    let narrowed = host.narrowed(&agent);
    assert_eq!((narrowed.rounds, narrowed.seconds, narrowed.calls), (3, 60, 100));
    let space = HostSpace { memory_mib: 64, ..HostSpace::default() };
    assert_eq!(space.narrowed(&agent), HostSpace { memory_mib: 16, ..space });
    assert_eq!(space.narrowed(&AgentLimits { memory_mib: Some(65), ..agent }), space);
}

const MODELS: &str = r#"
[models.local]
adapter = "loket:openai"
url = "http://127.0.0.1:8080/v1"
model = "smollm2"
tools = "json-schema"

[models.large]
adapter = "loket:openai"
url = "https://api.openai.com/v1"
model = "gpt-5"
key = "openai-key"

[config."acme:weather"]
units = "metric"
days = 3
verbose = true
"#;

#[test]
fn an_adapter_is_told_of_its_models_and_a_package_of_its_settings() {
    let config = parse(MODELS);
    let settings = config.live.settings();
    let pairs = |package: &str| {
        let own = settings.get(package).into_iter().flatten();
        own.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>()
    };
    assert_eq!(
        pairs("loket:openai"),
        [
            "models.large.key=openai-key",
            "models.large.model=gpt-5",
            "models.large.url=https://api.openai.com/v1",
            "models.local.model=smollm2",
            "models.local.tools=json-schema",
            "models.local.url=http://127.0.0.1:8080/v1",
        ]
    );
    assert_eq!(pairs("acme:weather"), ["days=3", "units=metric", "verbose=true"]);
    assert_eq!(pairs("acme:other"), Vec::<String>::new());
    let large = &config.live.models[&"large".parse().expect("a name")];
    assert_eq!((large.host(), large.key()), (Some("api.openai.com"), Some("openai-key")));
}

#[test]
fn what_is_wrong_with_a_model_is_told_with_its_name() {
    insta::assert_snapshot!(refusal(
        r#"
[models.Local]
adapter = "loket:openai"
url = "127.0.0.1:8080"

[models.large]
adapter = "openai"
modle = "gpt-5"
tools = "yes"
key = 7

[models]
small = "loket:offline"

[config.weather]
units = ["metric"]
"#
    ));
}

#[test]
fn the_key_of_the_secrets_goes_where_there_is_a_place_for_it() {
    assert_eq!(parse("").fixed.secrets_key, SecretsKey::Keyring);
    assert_eq!(parse("[secrets]\nkey = \"keyring\"").fixed.secrets_key, SecretsKey::Keyring);
    assert_eq!(parse("[secrets]\nkey = \"file\"").fixed.secrets_key, SecretsKey::File);
    assert!(refusal("[secrets]\nkey = \"cloud\"").contains("`key = \"keyring\"` or `key = \"file\"`"));
    assert!(refusal("[secrets]\nfolder = \"x\"").contains("folder"));
}

#[test]
fn prices_and_budgets_are_read_to_the_last_digit() {
    let config = parse(
        r#"
[budget]
tokens_a_day = 2_000_000
money_a_day = 5.1
currency = "EUR"

[models.large]
adapter = "loket:openai"
url = "https://api.example.org/v1"
first_token_seconds = 5
[models.large.price]
input = 1.25
output = "10"
cached = 0.000001
currency = "EUR"

[models.local]
adapter = "loket:openai"
url = "http://127.0.0.1:8080/v1"
price = { input = 0, output = 0 }
"#,
    );
    let budget = &config.live.budget;
    assert_eq!((budget.budget.tokens, budget.currency.to_string().as_str()), (Some(2_000_000), "EUR"));
    assert_eq!(budget.budget.money.map(|money| money.millionths()), Some(5_100_000));
    let model = |name: &str| &config.live.models[&name.parse().expect("a name")];
    let (large, local) = (model("large"), model("local"));
    let price = large.price.expect("it has one");
    let millionths = [price.input, price.output, price.cached].map(|money| money.millionths());
    assert_eq!((millionths, large.first_token_seconds), ([1_250_000, 10_000_000, 1], Some(5)));
    assert!(local.price.expect("it has one").is_free() && local.first_token_seconds.is_none());
    let told = config.live.settings();
    let keys: Vec<&String> = told["loket:openai"].keys().collect();
    assert_eq!(keys, ["models.large.url", "models.local.url"], "what is the host's alone the adapter is not told");
}

#[test]
fn what_is_wrong_with_prices_and_budgets_is_told() {
    insta::assert_snapshot!(refusal(
        r#"
[budget]
tokens_a_day = 0
money_a_day = -1
currency = "euro"
tokens = 5

[models.large]
adapter = "loket:openai"
url = "https://api.example.org/v1"
first_token_seconds = 0
[models.large.price]
input = 1.0000001
currency = "EUR"

[models.local]
adapter = "loket:openai"
url = "http://127.0.0.1:8080/v1"
price = 3
"#
    ));
}
