//! Instructions to models, in several languages.
//!
//! A phrase is two or three groups of words that stand close together: «ignore», «all previous», «instructions». The order does not matter,
//! and the words between do not, so that small changes do not help.

use crate::{MOST, Piece};
use loket_scan_reader::text::{find, forwards, shown};
use loket_scan_reader::{Finding, Severity, backwards};
use std::sync::LazyLock;

/// What is looked for: groups of words, one of each within `near` bytes.
struct Phrase {
    id: &'static str,
    what: &'static str,
    severity: Severity,
    near: usize,
    groups: &'static [&'static [&'static [u8]]],
}

/// Words as they read, by phrase and group; the marks behind the last phrase.
static WORDS: LazyLock<Vec<Vec<Vec<Vec<u8>>>>> = LazyLock::new(|| {
    let read = |word: &&[u8]| forwards(word);
    let groups = |phrase: &Phrase| phrase.groups.iter().map(|group| group.iter().map(read).collect()).collect();
    let marks = vec![MARKS.iter().map(read).collect()];
    PHRASES.iter().map(groups).chain([marks]).collect()
});

/// A phrase by which a model is told to forget what it was told.
const OVERRIDE: &str = "poison/override";

static PHRASES: &[Phrase] = &[
    Phrase {
        id: OVERRIDE,
        what: "words that tell a model to put its instructions aside",
        severity: Severity::High,
        near: 60,
        groups: &[
            backwards!["ignore ", "disregard ", "forget ", "override ", "bypass "],
            backwards!["previous", "prior ", "above", "earlier", "preceding", "system", "your ", "all "],
            backwards!["instructions", "instruction ", "prompt", "guidelines", "directives", "what you were told"],
        ],
    },
    Phrase {
        id: OVERRIDE,
        what: "words that tell a model to put its instructions aside (German)",
        severity: Severity::High,
        near: 60,
        groups: &[
            backwards!["ignoriere", "vergiss ", "missachte", "überschreibe"],
            backwards!["vorherig", "bisherig", "obig", "alle ", "deine ", "frühere"],
            backwards!["anweisung", "instruktion", "vorgaben", "regeln"],
        ],
    },
    Phrase {
        id: OVERRIDE,
        what: "words that tell a model to put its instructions aside (French)",
        severity: Severity::High,
        near: 60,
        groups: &[
            backwards!["ignore", "oublie", "ne tiens pas compte", "fais abstraction"],
            backwards!["précédent", "precedent", "antérieur", "toutes les", "tes ", "ci-dessus"],
            backwards!["instructions", "consignes", "directives"],
        ],
    },
    Phrase {
        id: OVERRIDE,
        what: "words that tell a model to put its instructions aside (Spanish, Portuguese, Italian)",
        severity: Severity::High,
        near: 60,
        groups: &[
            backwards!["ignora", "olvida", "omite ", "desconsidere", "esqueça", "dimentica"],
            backwards!["anterior", "previas", "prévias", "todas ", "precedenti", "tutte "],
            backwards!["instrucciones", "instruções", "istruzioni", "órdenes", "ordens"],
        ],
    },
    Phrase {
        id: OVERRIDE,
        what: "words that tell a model to put its instructions aside (Dutch)",
        severity: Severity::High,
        near: 60,
        groups: &[
            backwards!["negeer", "vergeet ", "sla over"],
            backwards!["vorige", "eerdere", "bovenstaande", "alle ", "voorgaande"],
            backwards!["instructies", "opdrachten", "aanwijzingen"],
        ],
    },
    Phrase {
        id: OVERRIDE,
        what: "words that tell a model to put its instructions aside (Polish, Czech)",
        severity: Severity::High,
        near: 60,
        groups: &[
            backwards!["ignoruj", "zignoruj", "zapomnij", "pomiń", "zapomeň", "nedbej"],
            backwards!["poprzedni", "wcześniejsz", "powyższ", "wszystkie ", "předchozí", "všechny "],
            backwards!["instrukcj", "polece", "wskazów", "instrukce", "pokyn", "příkaz"],
        ],
    },
    Phrase {
        id: OVERRIDE,
        what: "words that tell a model to put its instructions aside (Swedish, Danish, Norwegian)",
        severity: Severity::High,
        near: 60,
        groups: &[
            backwards!["ignorera", "ignorer", "bortse ", "glöm ", "glem ", "se bort "],
            backwards!["tidigare ", "föregående", "tidligere", "forrige", "alla ", "alle "],
            backwards!["instruktion", "instruksjon", "anvisning", "direktiv"],
        ],
    },
    Phrase {
        id: OVERRIDE,
        what: "words that tell a model to put its instructions aside (Russian, Ukrainian)",
        severity: Severity::High,
        near: 120,
        groups: &[
            backwards!["игнорируй", "забудь", "не обращай внимания", "ігноруй"],
            backwards!["предыдущ", "прежние", "все ", "попередні", "выше"],
            backwards!["инструкци", "указани", "команды", "інструкці"],
        ],
    },
    Phrase {
        id: OVERRIDE,
        what: "words that tell a model to put its instructions aside (Chinese)",
        severity: Severity::High,
        near: 60,
        groups: &[
            backwards!["忽略", "无视", "忘记", "忽視", "無視"],
            backwards!["之前", "以上", "先前", "所有", "上述"],
            backwards!["指令", "指示", "提示", "说明", "說明"],
        ],
    },
    Phrase {
        id: OVERRIDE,
        what: "words that tell a model to put its instructions aside (Japanese, Korean)",
        severity: Severity::High,
        near: 90,
        groups: &[
            backwards!["無視", "忘れて", "무시", "잊어"],
            backwards!["以前", "これまで", "上記", "すべて", "이전", "앞의", "모든"],
            backwards!["指示", "命令", "プロンプト", "지시", "명령"],
        ],
    },
    Phrase {
        id: OVERRIDE,
        what: "words that tell a model to put its instructions aside (Arabic, Hindi, Turkish, Indonesian)",
        severity: Severity::High,
        near: 120,
        groups: &[
            backwards!["تجاهل", "انس ", "अनदेखा", "भूल जा", "yok say", "görmezden gel", "unut", "abaikan", "lupakan"],
            backwards!["السابقة", "جميع", "पिछले", "सभी", "önceki", "tüm ", "sebelumnya", "semua"],
            backwards!["التعليمات", "الأوامر", "निर्देश", "talimat", "komut", "instruksi", "perintah"],
        ],
    },
    Phrase {
        id: "poison/secrecy",
        what: "words that tell a model to keep something from its user",
        severity: Severity::Medium,
        near: 60,
        groups: &[
            backwards!["do not ", "don't ", "never ", "without "],
            backwards!["tell ", "telling ", "mention", "inform", "reveal", "show "],
            backwards!["the user", "your user", "the human", "the owner"],
        ],
    },
    Phrase {
        id: "poison/exfiltrate",
        what: "words that tell a model to send away what it knows",
        severity: Severity::High,
        near: 110,
        groups: &[
            backwards!["send ", "post ", "upload", "forward", "append", "include", "pass ", "exfiltrate"],
            backwards![
                "conversation",
                "chat history",
                "system prompt",
                "api key",
                "api_key",
                "credentials",
                "private key",
                "id_rsa",
                ".ssh/",
                ".env ",
                "passwords",
                "memories",
            ],
            backwards!["http://", "https://", "parameter", "argument", "sidenote", "this tool", "email", "webhook"],
        ],
    },
    Phrase {
        id: "poison/coerce",
        what: "words by which a tool makes itself or another be called first",
        severity: Severity::High,
        near: 90,
        groups: &[
            backwards![
                "before using",
                "before calling",
                "before you use",
                "before you call",
                "prior to using",
                "whenever you use",
                "always call",
                "always use this",
                "must first call",
                "must call this",
            ],
            backwards![
                "any other tool",
                "other tools",
                "any tool",
                "every tool",
                "all tools",
                "this tool first",
                "instead of"
            ],
        ],
    },
    Phrase {
        id: "poison/role",
        what: "words that give a model another role",
        severity: Severity::Medium,
        near: 60,
        groups: &[
            backwards!["you are now ", "from now on you", "act as ", "pretend to be", "enter "],
            backwards![
                "developer mode",
                "dan mode",
                "jailbroken",
                "jailbreak",
                "without restrictions",
                "no restrictions",
                "unrestricted",
                "unfiltered",
            ],
        ],
    },
];

/// Marks by which chats are taken apart: in text, they claim that somebody else speaks.
const MARKS: &[&[u8]] = backwards![
    "<|im_start|>",
    "<|im_end|>",
    "<|system|>",
    "<|endoftext|>",
    "[INST]",
    "<<SYS>>",
    "<|start_header_id|>",
    "<|eot_id|>",
    "<important>",
    "</system>",
    "\n\nHuman:",
    "<system-reminder>",
];

/// Looks through the pieces.
pub fn inspect(pieces: &[Piece<'_>], findings: &mut Vec<Finding>) {
    let before = findings.len();
    for piece in pieces {
        let lower = lowered(piece.bytes);
        for (phrase, groups) in PHRASES.iter().zip(WORDS.iter()) {
            if let Some((at, end)) = stands(groups, phrase.near, &lower) {
                let severity = weighed(phrase.severity, piece);
                findings.push(told(phrase.id, severity, phrase.what, piece, at, end));
            }
        }
        for mark in WORDS[PHRASES.len()].iter().flatten() {
            if let Some(at) = find(piece.bytes, mark, 0) {
                let severity = weighed(Severity::High, piece);
                let what = "a mark by which chats are taken apart";
                findings.push(told("poison/chat-mark", severity, what, piece, at, at + mark.len()));
            }
        }
        if findings.len() - before > MOST {
            return;
        }
    }
}

/// What stands where a model reads it counts as it is; what stands in data may be there to be looked for, as in a filter.
fn weighed(severity: Severity, piece: &Piece<'_>) -> Severity {
    if piece.is_read { severity } else { severity.min(Severity::Medium) }
}

fn told(id: &str, severity: Severity, what: &str, piece: &Piece<'_>, at: usize, end: usize) -> Finding {
    let (at, end) = (at.min(piece.bytes.len()), end.min(piece.bytes.len()));
    let range = piece.offset + at as u64..piece.offset + end as u64;
    Finding::new(
        id,
        severity,
        format!("{what}, in its {}", shown(piece.what.as_bytes())),
        "A model that reads this may take it for the owner's will. What a component says is data, never an instruction.",
        "do not grant it to an agent before its author has taken that out, or said what it is for",
    )
    .within(piece.place, range, &shown(&piece.bytes[at..end]))
}

/// Small letters, byte for byte where they are, and spaces for what stands between words.
fn lowered(bytes: &[u8]) -> Vec<u8> {
    let mut lower: Vec<u8> = bytes
        .iter()
        .map(|byte| match byte {
            b'A'..=b'Z' => byte + 32,
            b'\n' | b'\r' | b'\t' => b' ',
            other => *other,
        })
        .collect();
    // Capitals of two bytes whose small letters have two bytes, too: Latin-1 and Cyrillic.
    let mut at = 0;
    while at + 1 < lower.len() {
        match (lower[at], lower[at + 1]) {
            (0xc3, 0x80..=0x9e) => lower[at + 1] += 0x20,
            (0xd0, 0x90..=0x9f) => lower[at + 1] += 0x20,
            (0xd0, 0xa0..=0xaf) => (lower[at], lower[at + 1]) = (0xd1, lower[at + 1] - 0x20),
            _ => {}
        }
        at += 1;
    }
    lower
}

/// Where a phrase stands: a word of its first group that has one of each other group near.
fn stands(groups: &[Vec<Vec<u8>>], near: usize, text: &[u8]) -> Option<(usize, usize)> {
    let (first, others) = groups.split_first()?;
    let mut looks = 0;
    for word in first {
        let mut from = 0;
        while let Some(at) = find(text, word, from) {
            from = at + 1;
            looks += 1;
            if looks > 10_000 {
                return None;
            }
            // A word that is the tail of another one is another one, where words are written apart.
            if word.is_ascii() && at > 0 && text[at - 1].is_ascii_lowercase() {
                continue;
            }
            let begin = at.saturating_sub(near);
            let window = &text[begin..(at + word.len() + near).min(text.len())];
            let mut end = at + word.len();
            let mut is_near = |group: &Vec<Vec<u8>>| {
                group.iter().any(|word| {
                    let there = find(window, word, 0);
                    end = there.map_or(end, |there| end.max(begin + there + word.len()));
                    there.is_some()
                })
            };
            if others.iter().all(&mut is_near) {
                return Some((at, end));
            }
        }
    }
    None
}
