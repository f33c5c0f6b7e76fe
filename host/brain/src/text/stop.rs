//! Words that say nothing about what is meant. They are indexed, but do not decide when a query has other words.
//!
//! English, without those that may also be a subject (May, a mine); of other languages only what is no English word or
//! name, so that no English question loses one.

const WORDS: &str = " \
a about above after again against all also am an and any are aren as at be because been before being below between \
both but by can cannot could did do does doesn doing don done down during each either else ever every few for from \
further get gets give given go goes got had has hasn have haven having he her here hers herself hey hi him himself \
his how however i if in into is isn it its itself just know let like ll many maybe me mean might more most much must \
my myself no nor not now of off often ok okay on once one only or other our ours ourselves out over own per please \
quite rather re really remember said same say says see shall she should show since so some something still such tell \
than thank thanks that the their theirs them themselves then there these they thing things think this those though \
through to too under until up upon us ve very want was wasn way we well were weren what whatever when where whether \
which while who whom whose why will with within without won would yes yet you your yours yourself \
aan aber aangezien als auf aus bei bij c'est dann dans das dat de deze des dit doch doen door du een ein eine einem \
einen einer es et etwas euch el ellos esta este et fur gaan geen haben hast hebben heeft hier hoe ich ihm ihn ihr \
ils ist ik je jij jouw kan kein la le maar meer mein met mich mijn mir naar nach naast nicht niet nog noch nous nu \
oder om ook op para pas por pour que qui quoi sich sie sind sont sur te uit und une uns van vom von voor vous waar \
wanneer waren warum was wat wegen welche welke wer werden wie wij wir wo worden zijn zu zum zur yang di itu ini \
untuk dengan adalah apakah siapa dimana saya anda kami kita tidak juga akan ke dari \
";

/// Whether a folded, unstemmed word is one of them.
pub(crate) fn is_stop_word(word: &str) -> bool {
    static SET: std::sync::LazyLock<std::collections::HashSet<&'static str>> =
        std::sync::LazyLock::new(|| WORDS.split_whitespace().collect());
    SET.contains(word)
}
