//! What numbers, units, months, weekdays and seasons are called, in every language that is read.
//!
//! The library hears the English name that comes first.

use crate::text::when::table::Unit;
use std::sync::LazyLock;

/// A thing and its names.
type Named<T> = (T, &'static [&'static str]);

pub(crate) const NUMBERS: &[Named<u16>] = &[
    (1, &["a", "an", "one", "eine", "einer", "einem", "einen", "een", "één", "satu", "一"]),
    (2, &["two", "zwei", "twee", "dua", "二", "两", "兩"]),
    (3, &["three", "drei", "drie", "tiga", "三"]),
    (4, &["four", "vier", "empat", "四"]),
    (5, &["five", "fünf", "vijf", "lima", "五"]),
    (6, &["six", "sechs", "zes", "enam", "六"]),
    (7, &["seven", "sieben", "zeven", "tujuh", "七"]),
    (8, &["eight", "acht", "delapan", "八"]),
    (9, &["nine", "neun", "negen", "sembilan", "九"]),
    (10, &["ten", "zehn", "tien", "sepuluh", "十"]),
    (11, &["eleven", "elf", "sebelas", "十一"]),
    (12, &["twelve", "zwölf", "twaalf", "十二"]),
    (15, &["fifteen", "fünfzehn", "vijftien", "十五"]),
    (20, &["twenty", "zwanzig", "twintig", "二十"]),
    (30, &["thirty", "dreißig", "dreissig", "dertig", "三十"]),
];

pub(crate) const UNITS: &[Named<Unit>] = &[
    (Unit::Minute, &["minute", "minutes", "minuten", "minuut", "menit", "分", "分钟", "分鐘", "分間"]),
    (
        Unit::Hour,
        &["hour", "hours", "stunde", "stunden", "uur", "uren", "jam", "時間", "小时", "小時", "个小时", "個小時"],
    ),
    (Unit::Day, &["day", "days", "tag", "tage", "tagen", "dag", "dagen", "hari", "日", "日間", "天"]),
    (
        Unit::Week,
        &[
            "week",
            "weeks",
            "woche",
            "wochen",
            "weken",
            "minggu",
            "pekan",
            "週間",
            "周",
            "週",
            "星期",
            "个星期",
            "個星期",
        ],
    ),
    (Unit::Month, &["month", "months", "monat", "monate", "monaten", "monats", "maand", "maanden", "bulan"]),
    (Unit::Month, &["か月", "ヶ月", "カ月", "ヵ月", "か月間", "ヶ月間", "个月", "個月"]),
    (Unit::Year, &["year", "years", "jahr", "jahre", "jahren", "jahres", "jaar", "jaren", "tahun", "年", "年間"]),
];

/// One unit, by the names that cannot mean several.
pub(crate) const SINGULARS: &[Named<Unit>] = &[
    (Unit::Hour, &["hour", "stunde", "uur", "jam"]),
    (Unit::Day, &["day", "tag", "dag", "hari"]),
    (Unit::Week, &["week", "woche", "minggu", "pekan"]),
    (Unit::Month, &["month", "monat", "monats", "maand", "bulan"]),
    (Unit::Year, &["year", "jahr", "jahres", "jaar", "tahun"]),
];

pub(crate) const MONTHS: &[Named<u8>] = &[
    (1, &["january", "januar", "jänner", "januari"]),
    (2, &["february", "februar", "februari"]),
    (3, &["march", "märz", "maart", "maret"]),
    (4, &["april"]),
    (5, &["may", "mai", "mei"]),
    (6, &["june", "juni"]),
    (7, &["july", "juli"]),
    (8, &["august", "augustus", "agustus"]),
    (9, &["september"]),
    (10, &["october", "oktober"]),
    (11, &["november"]),
    (12, &["december", "dezember", "desember"]),
];

/// Short names, which are months only beside a day or a year.
pub(crate) const SHORT_MONTHS: &[Named<u8>] = &[
    (1, &["jan"]),
    (2, &["feb", "peb"]),
    (3, &["mar", "mär", "mrt"]),
    (4, &["apr"]),
    (5, &[]),
    (6, &["jun"]),
    (7, &["jul"]),
    (8, &["aug", "agu"]),
    (9, &["sep", "sept"]),
    (10, &["oct", "okt"]),
    (11, &["nov"]),
    (12, &["dec", "dez"]),
];

/// From Monday, which is 0.
pub(crate) const WEEKDAYS: &[Named<u8>] = &[
    (0, &["monday", "montag", "maandag", "senin"]),
    (1, &["tuesday", "dienstag", "dinsdag", "selasa"]),
    (2, &["wednesday", "mittwoch", "woensdag", "rabu"]),
    (3, &["thursday", "donnerstag", "donderdag", "kamis"]),
    (4, &["friday", "freitag", "vrijdag", "jumat"]),
    (5, &["saturday", "samstag", "sonnabend", "zaterdag", "sabtu"]),
    (6, &["sunday", "sonntag", "zondag"]),
];

/// Seasons by the month in which they begin, as meteorologists have them north of the equator.
pub(crate) const SEASONS: &[Named<u8>] = &[
    (3, &["spring", "frühling", "frühjahr", "lente", "voorjaar", "春", "春天"]),
    (6, &["summer", "sommer", "zomer", "夏", "夏天"]),
    (9, &["autumn", "herbst", "herfst", "najaar", "秋", "秋天"]),
    (12, &["winter", "冬", "冬天"]),
];

pub(crate) const ORDINALS: &[Named<u8>] = &[
    (1, &["first", "ersten", "erster", "eerste"]),
    (2, &["second", "zweiten", "tweede"]),
    (3, &["third", "dritten", "derde"]),
    (4, &["fourth"]),
    (5, &["fifth"]),
    (6, &["sixth"]),
    (7, &["seventh"]),
    (8, &["eighth"]),
    (9, &["ninth"]),
    (10, &["tenth"]),
    (11, &["eleventh"]),
    (12, &["twelfth"]),
    (13, &["thirteenth"]),
    (14, &["fourteenth"]),
    (15, &["fifteenth"]),
    (16, &["sixteenth"]),
    (17, &["seventeenth"]),
    (18, &["eighteenth"]),
    (19, &["nineteenth"]),
    (20, &["twentieth"]),
    (21, &["twenty-first"]),
    (22, &["twenty-second"]),
    (23, &["twenty-third"]),
    (24, &["twenty-fourth"]),
    (25, &["twenty-fifth"]),
    (26, &["twenty-sixth"]),
    (27, &["twenty-seventh"]),
    (28, &["twenty-eighth"]),
    (29, &["twenty-ninth"]),
    (30, &["thirtieth"]),
    (31, &["thirty-first"]),
];

/// All names, in their order.
static ALL: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    fn of<T>(table: &'static [Named<T>]) -> impl Iterator<Item = &'static str> {
        table.iter().flat_map(|(_, names)| names.iter().copied())
    }
    let numbers = of(NUMBERS).chain(of(MONTHS)).chain(of(SHORT_MONTHS)).chain(of(WEEKDAYS));
    let mut all: Vec<&'static str> =
        numbers.chain(of(SEASONS)).chain(of(ORDINALS)).chain(of(UNITS)).chain(of(SINGULARS)).collect();
    all.sort_unstable();
    all
});

/// Whether any name begins with this word, or is it. Most words of a question begin none.
pub(crate) fn begins_one(word: &str) -> bool {
    let at = ALL.partition_point(|name| *name < word);
    ALL.get(at).is_some_and(|name| name.starts_with(word))
}

/// The English name of a month, or of nothing when there is no such month.
pub(crate) fn month(number: u8) -> &'static str {
    first(MONTHS, number)
}

/// The English name of a weekday.
pub(crate) fn weekday(number: u8) -> &'static str {
    first(WEEKDAYS, number)
}

fn first(table: &'static [Named<u8>], wanted: u8) -> &'static str {
    table.iter().find(|(thing, _)| *thing == wanted).and_then(|(_, names)| names.first()).copied().unwrap_or("")
}
