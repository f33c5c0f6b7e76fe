//! The agent's language decides how words are found.

use crate::support::*;
use loket_brain::{Brain, Kind, Language, MemoryId, Options, Progress, Query, Stage, Standing};
use std::sync::{Arc, Mutex};

fn speaking(code: &str) -> Options {
    Options { language: code.parse::<Language>().expect("known"), ..Options::default() }
}

/// Each question is answered by exactly these of the texts, the first of them first, in the tail and in the index.
#[track_caller]
fn finds(code: &str, texts: &[&str], questions: &[(&str, &[usize])]) {
    let brain = brain_with(speaking(code));
    let ids: Vec<MemoryId> = texts.iter().map(|text| write(&brain, of(Kind::Fact, text), 1000)).collect();
    for place in ["tail", "index"] {
        for (question, expect) in questions {
            let mut found = names(&brain, &Query::words(*question));
            assert_eq!(found.first(), expect.first().map(|at| &ids[*at]), "{question} in the {place} of {code}");
            found.sort();
            let mut expect: Vec<MemoryId> = expect.iter().map(|at| ids[*at].clone()).collect();
            expect.sort();
            assert_eq!(found, expect, "{question} in the {place} of {code}");
        }
        brain.index_now().expect("indexed");
    }
}

#[test]
fn german_inflections_are_found() {
    finds(
        "de",
        &[
            "Die Häuser am Fluss werden im Sommer gestrichen",
            "Unsere Katze schläft auf dem alten Sofa",
            "Der Zug nach Münster fährt um acht",
            "Straßenbahnen halten vor der Schule",
        ],
        &[
            ("Haus", &[0]),
            ("welches Haus steht am Fluß?", &[0]),
            ("Katzen", &[1]),
            ("wo ist ein altes Sofa", &[1]),
            ("Züge", &[2]),
            ("munster", &[2]),
            ("Strassenbahn", &[3]),
            ("SCHULEN", &[3]),
        ],
    );
}

#[test]
fn dutch_inflections_are_found() {
    finds(
        "nl",
        &[
            "De stoelen staan achter de huizen",
            "Onze buurvrouw leest graag oude boeken",
            "De vergadering over de begroting is verplaatst",
            "Er liggen appels in de kelder",
        ],
        &[
            ("waar staat mijn stoel?", &[0]),
            ("een huis", &[0]),
            ("boek", &[1]),
            ("vergaderingen", &[2]),
            ("een appel", &[3]),
            ("kelders", &[3]),
        ],
    );
}

#[test]
fn indonesian_inflections_are_found() {
    finds(
        "id",
        &[
            "Ibu membaca koran di teras setiap pagi",
            "Kami bermain bola di lapangan",
            "Dia menjual mobil tuanya",
            "Rapat berikutnya dijadwalkan hari Senin",
        ],
        &[
            ("bacaan", &[0]),
            ("siapa yang dibaca", &[0]),
            ("permainan", &[1]),
            ("penjualan mobil", &[2]),
            ("apa yang dijual", &[2]),
            ("jadwal rapat", &[3]),
            ("jadwalkan", &[3]),
        ],
    );
}

#[test]
fn words_that_say_nothing_in_a_language_do_not_decide() {
    for (code, noise, text, question) in [
        ("de", "was ist das und wo ist das", "der Server steht im Keller", "wo ist das mit dem Server"),
        ("nl", "wat is dat en waar is het", "de server staat in de kelder", "waar is dat met de server"),
        ("id", "apa itu dan di mana itu", "server ada di ruang bawah", "di mana server itu"),
    ] {
        let brain = brain_with(speaking(code));
        for n in 0..10 {
            write(&brain, of(Kind::Episode, &format!("{noise} {n}")), n);
        }
        let id = write(&brain, draft(text), 20);
        assert_eq!(names(&brain, &Query::words(question)), [id], "{question} in {code}");
        assert!(!recall(&brain, noise).is_empty(), "a question of nothing else still finds");
    }
}

#[test]
fn chinese_and_japanese_are_found_by_characters_and_words() {
    let chinese = ["我的服务器在地下室", "妹妹喜欢吃苹果和香蕉", "会议改到星期三下午", "門的密碼是九零二零"];
    let questions: &[(&str, &[usize])] = &[
        ("服务器在哪里?", &[0]),
        ("苹果", &[1]),
        ("香蕉", &[1]),
        ("妹", &[1]),
        ("星期三有什么会议", &[2]),
        ("密碼", &[3]),
        ("零", &[3]),
    ];
    let japanese = ["私の猫は魚が好きです", "サーバーは東京にあります", "会議は水曜日の午後です", "りんごを三つ買った"];
    let asked: &[(&str, &[usize])] = &[
        ("猫", &[0]),
        ("魚が好き", &[0]),
        ("サーバー", &[1]),
        ("ｻｰﾊﾞｰ", &[1]),
        ("東京", &[1]),
        ("水曜日", &[2]),
        ("りんご", &[3]),
    ];
    for code in ["zh", "ja", "en", "de"] {
        finds(code, &chinese, questions);
        finds(code, &japanese, asked);
    }
}

#[test]
fn of_two_sentences_that_begin_alike_each_is_looked_for() {
    for code in ["zh", "en"] {
        let brain = brain_with(speaking(code));
        let cat = remember(&brain, "这只小猫爱睡觉");
        let dog = remember(&brain, "那条老狗在院子里");
        let found = names(&brain, &Query::words("我的小猫，我的老狗"));
        assert!(found.contains(&cat) && found.contains(&dog), "{found:?} in {code}");
    }
}

#[test]
fn wrong_words_without_spaces_supersede_what_they_say_and_nothing_else() {
    let brain = brain_with(speaking("zh"));
    let cat = remember(&brain, "我的猫喜欢吃鱼");
    let birthday = remember(&brain, "我的生日在三月");
    let right = "生日在四月";
    let lesson = brain.correct(correction(None, "我的生日在三月。", right), at(2)).expect("corrected");
    assert_eq!(entry(&brain, &birthday).standing, Standing::Superseded(lesson.clone()));
    assert_eq!(entry(&brain, &cat).standing, Standing::Current);
    brain.correct(correction(None, "我的车是红色的", "它是蓝色的"), at(3)).expect("corrected");
    assert_eq!(entry(&brain, &cat).standing, Standing::Current, "it only begins as the wrong words do");
}

fn progress() -> (Options, Arc<Mutex<Vec<Progress>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let into = told.clone();
    let note = move |step| into.lock().expect("told").push(step);
    (Options { progress: Some(Arc::new(note)), ..Options::default() }, told)
}

#[test]
fn another_language_makes_the_index_anew_and_finds_everything() {
    let Fixture { brain, dir } = brain();
    for n in 0..30 {
        remember(&brain, &format!("Merkwürdige Häuser, nummeriert als einmalig{n}"));
    }
    brain.index_now().expect("indexed");
    remember(&brain, "Die Katzen sind noch im Gedächtnis allein");
    assert!(recall(&brain, "Katze").is_empty(), "in English it is another word");
    drop(brain);
    for (code, katze) in [("de", 1), ("de", 1), ("nl", 0), ("en", 0), ("de", 1)] {
        let (options, told) = progress();
        let brain = open_with(dir.path(), Options { language: code.parse().expect("known"), ..options });
        for n in 0..30 {
            assert_eq!(recall(&brain, &format!("einmalig{n}")).len(), 1, "einmalig{n} in {code}");
        }
        assert_eq!(recall(&brain, "Katzen").len(), 1, "{code}");
        if katze == 1 {
            assert_eq!(recall(&brain, "Katze").len(), 1, "{code}");
            assert_eq!(brain.recall(&Query { limit: 100, ..Query::words("Haus") }).expect("recalled").len(), 30);
        }
        let steps = told.lock().expect("told").clone();
        assert!(steps.iter().all(|step| step.stage == Stage::Index));
        drop(brain);
        // A second time in the same language there is nothing to do.
        let (options, told) = progress();
        drop(open_with(dir.path(), Options { language: code.parse().expect("known"), ..options }));
        assert_eq!(told.lock().expect("told").len(), 0, "{code}");
    }
}

#[test]
fn a_language_is_spoken_from_the_first_word_on_whether_indexed_or_not() {
    let scores = |indexed: bool| -> Vec<(String, String)> {
        let brain = brain_with(speaking("de"));
        for n in 0..20 {
            remember(&brain, &format!("die alten Häuser, Nummer {n}, {}", "Gärten ".repeat(n % 4)));
        }
        if indexed {
            brain.index_now().expect("indexed");
        }
        let hits = brain.recall(&Query { limit: 50, ..Query::words("altes Haus mit Garten") }).expect("recalled");
        hits.into_iter().map(|hit| (hit.entry.text, format!("{:.4}", hit.score))).collect()
    };
    let in_tail = scores(false);
    assert_eq!(in_tail.len(), 20);
    assert_eq!(scores(true), in_tail);
}

#[test]
fn memories_written_in_one_language_strengthen_in_another() {
    let Fixture { brain, dir } = brain();
    let id = remember(&brain, "Die Häuser am Fluss");
    drop(brain);
    let brain: Brain = open_with(dir.path(), speaking("de"));
    assert_eq!(write(&brain, draft("die Häuser am Fluss."), 9), id);
    assert_eq!(entry(&brain, &id).strength, 2);
}
