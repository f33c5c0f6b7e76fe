//! Instructions to models, in several languages.
//!
//! A phrase is two or three groups of words that stand close together: «ignore», «all previous», «instructions». The order does not matter,
//! and the words between do not, so that small changes do not help.

use crate::{MOST, Piece};
use loket_scan_reader::text::shown;
use loket_scan_reader::{Finding, Severity};

/// What is looked for: groups of words, one of each within `near` bytes.
struct Phrase {
    id: &'static str,
    what: &'static str,
    severity: Severity,
    near: usize,
    groups: &'static [&'static [&'static str]],
}

/// A phrase by which a model is told to forget what it was told.
const OVERRIDE: &str = "poison/override";

static PHRASES: &[Phrase] = &[
    Phrase {
        id: OVERRIDE,
        what: "words that tell a model to put its instructions aside",
        severity: Severity::High,
        near: 60,
        groups: &[
            &["ignore ", "disregard ", "forget ", "override ", "bypass "],
            &["previous", "prior ", "above", "earlier", "preceding", "system", "your ", "all "],
            &["instructions", "instruction ", "prompt", "guidelines", "directives", "what you were told"],
        ],
    },
    Phrase {
        id: OVERRIDE,
        what: "words that tell a model to put its instructions aside (German)",
        severity: Severity::High,
        near: 60,
        groups: &[
            &["ignoriere", "vergiss ", "missachte", "überschreibe"],
            &["vorherig", "bisherig", "obig", "alle ", "deine ", "frühere"],
            &["anweisung", "instruktion", "vorgaben", "regeln"],
        ],
    },
    Phrase {
        id: OVERRIDE,
        what: "words that tell a model to put its instructions aside (French)",
        severity: Severity::High,
        near: 60,
        groups: &[
            &["ignore", "oublie", "ne tiens pas compte", "fais abstraction"],
            &["précédent", "precedent", "antérieur", "toutes les", "tes ", "ci-dessus"],
            &["instructions", "consignes", "directives"],
        ],
    },
    Phrase {
        id: OVERRIDE,
        what: "words that tell a model to put its instructions aside (Spanish, Portuguese, Italian)",
        severity: Severity::High,
        near: 60,
        groups: &[
            &["ignora", "olvida", "omite ", "desconsidere", "esqueça", "dimentica"],
            &["anterior", "previas", "prévias", "todas ", "precedenti", "tutte "],
            &["instrucciones", "instruções", "istruzioni", "órdenes", "ordens"],
        ],
    },
    Phrase {
        id: OVERRIDE,
        what: "words that tell a model to put its instructions aside (Dutch)",
        severity: Severity::High,
        near: 60,
        groups: &[
            &["negeer", "vergeet ", "sla over"],
            &["vorige", "eerdere", "bovenstaande", "alle ", "voorgaande"],
            &["instructies", "opdrachten", "aanwijzingen"],
        ],
    },
    Phrase {
        id: OVERRIDE,
        what: "words that tell a model to put its instructions aside (Russian, Ukrainian)",
        severity: Severity::High,
        near: 120,
        groups: &[
            &["игнорируй", "забудь", "не обращай внимания", "ігноруй"],
            &["предыдущ", "прежние", "все ", "попередні", "выше"],
            &["инструкци", "указани", "команды", "інструкці"],
        ],
    },
    Phrase {
        id: OVERRIDE,
        what: "words that tell a model to put its instructions aside (Chinese)",
        severity: Severity::High,
        near: 60,
        groups: &[
            &["忽略", "无视", "忘记", "忽視", "無視"],
            &["之前", "以上", "先前", "所有", "上述"],
            &["指令", "指示", "提示", "说明", "說明"],
        ],
    },
    Phrase {
        id: OVERRIDE,
        what: "words that tell a model to put its instructions aside (Japanese, Korean)",
        severity: Severity::High,
        near: 90,
        groups: &[
            &["無視", "忘れて", "무시", "잊어"],
            &["以前", "これまで", "上記", "すべて", "이전", "앞의", "모든"],
            &["指示", "命令", "プロンプト", "지시", "명령"],
        ],
    },
    Phrase {
        id: OVERRIDE,
        what: "words that tell a model to put its instructions aside (Arabic, Hindi, Turkish, Indonesian)",
        severity: Severity::High,
        near: 120,
        groups: &[
            &["تجاهل", "انس ", "अनदेखा", "भूल जा", "yok say", "görmezden gel", "unut", "abaikan", "lupakan"],
            &["السابقة", "جميع", "पिछले", "सभी", "önceki", "tüm ", "sebelumnya", "semua"],
            &["التعليمات", "الأوامر", "निर्देश", "talimat", "komut", "instruksi", "perintah"],
        ],
    },
    Phrase {
        id: "poison/secrecy",
        what: "words that tell a model to keep something from its user",
        severity: Severity::Medium,
        near: 60,
        groups: &[
            &["do not ", "don't ", "never ", "without "],
            &["tell ", "telling ", "mention", "inform", "reveal", "show "],
            &["the user", "your user", "the human", "the owner"],
        ],
    },
    Phrase {
        id: "poison/exfiltrate",
        what: "words that tell a model to send away what it knows",
        severity: Severity::High,
        near: 110,
        groups: &[
            &["send ", "post ", "upload", "forward", "append", "include", "pass ", "exfiltrate"],
            &[
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
            &["http://", "https://", "parameter", "argument", "sidenote", "this tool", "email", "webhook"],
        ],
    },
    Phrase {
        id: "poison/coerce",
        what: "words by which a tool makes itself or another be called first",
        severity: Severity::High,
        near: 90,
        groups: &[
            &[
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
            &["any other tool", "other tools", "any tool", "every tool", "all tools", "this tool first", "instead of"],
        ],
    },
    Phrase {
        id: "poison/role",
        what: "words that give a model another role",
        severity: Severity::Medium,
        near: 60,
        groups: &[
            &["you are now ", "from now on you", "act as ", "pretend to be", "enter "],
            &[
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
const MARKS: [&str; 12] = [
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
        for phrase in PHRASES {
            if let Some((at, end)) = stands(phrase, &lower) {
                let severity = weighed(phrase.severity, piece);
                findings.push(told(phrase.id, severity, phrase.what, piece, at, end));
            }
        }
        for mark in MARKS {
            if let Some(at) = loket_scan_reader::text::find(piece.bytes, mark.as_bytes(), 0) {
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

/// Where a phrase stands: its first word of the first group that has one of each other group near.
fn stands(phrase: &Phrase, text: &[u8]) -> Option<(usize, usize)> {
    let (first, others) = phrase.groups.split_first()?;
    let mut looks = 0;
    for word in *first {
        let mut from = 0;
        while let Some(at) = loket_scan_reader::text::find(text, word.as_bytes(), from) {
            from = at + 1;
            looks += 1;
            if looks > 10_000 {
                return None;
            }
            let begin = at.saturating_sub(phrase.near);
            let window = &text[begin..(at + word.len() + phrase.near).min(text.len())];
            // A word that is the tail of another one is another one, where words are written apart.
            let is_tail = word.is_ascii() && at > 0 && text[at - 1].is_ascii_lowercase();
            if is_tail {
                continue;
            }
            let mut end = at + word.len();
            let near = others.iter().all(|group| {
                group.iter().any(|word| match loket_scan_reader::text::find(window, word.as_bytes(), 0) {
                    Some(there) => {
                        end = end.max(begin + there + word.len());
                        true
                    }
                    None => false,
                })
            });
            if near {
                return Some((at, end));
            }
        }
    }
    None
}
