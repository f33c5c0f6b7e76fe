//! The formats: a table, one line for each. To add one, add a line, and a token of it that was never valid to `tests/fixtures.rs`.

use crate::check::crc62;
use loket_scan_reader::Severity;
use std::sync::LazyLock;

/// A format of tokens.
#[derive(Debug)]
pub struct Rule {
    /// The finding's name.
    pub id: &'static str,
    /// What it is, in words.
    pub what: &'static str,
    /// How it begins.
    pub prefix: &'static str,
    /// What stands in it besides, if something must.
    pub infix: Option<&'static str>,
    /// Which letters follow.
    pub letters: fn(u8) -> bool,
    /// How many at least.
    pub least: usize,
    /// How many at most.
    pub most: usize,
    /// How bad it is. What must have a sum, and has a wrong one, was never given to anybody.
    pub severity: Severity,
    /// Whether what follows proves by itself that it is one.
    pub proof: fn(&[u8]) -> bool,
}

fn word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn dashed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

fn dotted(byte: u8) -> bool {
    dashed(byte) || byte == b'.'
}

fn base32(byte: u8) -> bool {
    byte.is_ascii_uppercase() || (b'2'..=b'7').contains(&byte)
}

fn capitals(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn hex(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

fn nothing(_: &[u8]) -> bool {
    false
}

fn always(_: &[u8]) -> bool {
    true
}

macro_rules! rules {
    ($($id:literal $what:literal: $prefix:literal $([has $infix:literal])? $letters:ident $least:literal..=$most:literal $severity:ident $proof:ident;)*) => {
        &[$(Rule {
            id: concat!("secrets/", $id),
            what: $what,
            prefix: $prefix,
            infix: { #[allow(unused_mut, unused_assignments, clippy::allow_attributes, reason = "not every line has one")] { let mut infix = None; $(infix = Some($infix);)? infix } },
            letters: $letters,
            least: $least,
            most: $most,
            severity: Severity::$severity,
            proof: $proof,
        }),*]
    };
}

/// All of them. Of several that begin alike, the first that fits counts.
pub static RULES: &[Rule] = rules! {
    "github" "a GitHub token": "ghp_" word 36..=36 Low crc62;
    "github" "a GitHub token": "gho_" word 36..=36 Low crc62;
    "github" "a GitHub token": "ghu_" word 36..=36 Low crc62;
    "github" "a GitHub token": "ghs_" word 36..=36 High crc62;
    "github" "a GitHub token": "ghr_" word 36..=76 High crc62;
    "github" "a GitHub token": "github_pat_" dashed 82..=82 Critical nothing;
    "gitlab" "a GitLab token": "glpat-" dashed 20..=40 High nothing;
    "gitlab" "a GitLab runner token": "glrt-" dashed 20..=40 High nothing;
    "aws" "an AWS access key": "AKIA" base32 16..=16 High nothing;
    "aws" "an AWS access key": "ASIA" base32 16..=16 High nothing;
    "google" "a Google API key": "AIza" dashed 35..=35 High nothing;
    "google" "a Google client secret": "GOCSPX-" dashed 28..=28 High nothing;
    "google" "a Google access token": "ya29." dashed 60..=400 High nothing;
    "slack" "a Slack token": "xoxb-" dashed 40..=100 High nothing;
    "slack" "a Slack token": "xoxp-" dashed 40..=100 High nothing;
    "slack" "a Slack token": "xapp-" dashed 60..=200 High nothing;
    "slack" "a Slack webhook": "hooks.slack.com/services/T" path 40..=60 High nothing;
    "discord" "a Discord webhook": "discord.com/api/webhooks/" path 80..=100 High nothing;
    "stripe" "a Stripe key": "sk_live_" word 24..=120 Critical nothing;
    "stripe" "a Stripe key": "rk_live_" word 24..=120 Critical nothing;
    "anthropic" "an Anthropic key": "sk-ant-" dashed 80..=120 High nothing;
    "openai" "an OpenAI key": "sk-" [has "T3BlbkFJ"] dashed 40..=200 Critical nothing;
    "openrouter" "an OpenRouter key": "sk-or-v1-" hex 64..=64 High nothing;
    "hugging-face" "a Hugging Face token": "hf_" word 34..=37 High nothing;
    "npm" "an npm token": "npm_" word 36..=36 Low crc62;
    "pypi" "a PyPI token": "pypi-AgEIcHlwaS5vcmc" dashed 50..=400 Critical nothing;
    "docker" "a Docker token": "dckr_pat_" dashed 27..=27 High nothing;
    "sendgrid" "a SendGrid key": "SG." dotted 66..=66 High nothing;
    "twilio" "a Twilio key": "SK" hex 32..=32 Medium nothing;
    "mailgun" "a Mailgun key": "key-" hex 32..=32 Medium nothing;
    "digitalocean" "a DigitalOcean token": "dop_v1_" hex 64..=64 High nothing;
    "shopify" "a Shopify token": "shpat_" hex 32..=32 High nothing;
    "square" "a Square token": "sq0atp-" dashed 22..=22 High nothing;
    "databricks" "a Databricks token": "dapi" hex 32..=32 High nothing;
    "vault" "a HashiCorp Vault token": "hvs." dashed 90..=200 High nothing;
    "terraform" "a Terraform Cloud token": ".atlasv1." dashed 60..=80 High nothing;
    "linear" "a Linear key": "lin_api_" word 40..=40 High nothing;
    "notion" "a Notion key": "ntn_" word 40..=60 High nothing;
    "age" "an age identity": "AGE-SECRET-KEY-1" capitals 58..=58 Critical always;
    "supabase" "a Supabase key": "sbp_" hex 40..=40 High nothing;
    "telegram" "a Telegram bot token": "api.telegram.org/bot" colon 40..=60 High nothing;
};

fn path(byte: u8) -> bool {
    dashed(byte) || byte == b'/'
}

fn colon(byte: u8) -> bool {
    dashed(byte) || byte == b':'
}

/// The rules by the first byte of their prefix.
pub fn by_first_byte() -> &'static [Vec<&'static Rule>; 256] {
    static TABLE: LazyLock<[Vec<&'static Rule>; 256]> = LazyLock::new(|| {
        std::array::from_fn(|byte| RULES.iter().filter(|rule| usize::from(rule.prefix.as_bytes()[0]) == byte).collect())
    });
    &TABLE
}
