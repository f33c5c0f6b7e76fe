//! What is near by meaning, where the caller brings vectors.

use crate::support::*;
use loket_brain::{Brain, BrainError, Hit, Kind, Meaning, MemoryId, Query, Revision};

const MODEL: &str = "a-model";

fn meaning(vector: &[f32]) -> Meaning {
    Meaning { model: MODEL.to_owned(), vector: vector.to_vec() }
}

#[track_caller]
fn set(brain: &Brain, vectors: &[(&MemoryId, &[f32])]) {
    let vectors = vectors.iter().map(|(id, vector)| ((*id).clone(), vector.to_vec())).collect();
    brain.set_vectors(MODEL, vectors).expect("kept");
}

#[track_caller]
fn asked(brain: &Brain, query: &Query, vector: &[f32]) -> Vec<Hit> {
    brain.recall_at(query, 5000, Some(&meaning(vector))).expect("recalled")
}

#[track_caller]
fn lacking(brain: &Brain) -> Vec<MemoryId> {
    brain.without_vector(MODEL, 100).expect("read").into_iter().map(|memory| memory.id).collect()
}

#[test]
fn a_memory_without_a_shared_word_is_found_by_its_meaning() {
    let brain = brain();
    let cat = remember(&brain, "the cat sleeps on the sofa");
    let server = remember(&brain, "my server is at 10.0.0.5");
    set(&brain, &[(&cat, &[0.9, 0.1, 0.0]), (&server, &[0.0, 0.1, 0.9])]);
    let query = Query::words("where does the pet rest?");
    assert!(brain.recall(&query).expect("recalled").is_empty(), "no word is shared");
    for _ in ["tail", "index"] {
        let hits = asked(&brain, &query, &[1.0, 0.0, 0.0]);
        assert_eq!(hits.iter().map(|hit| &hit.entry.id).collect::<Vec<_>>(), [&cat, &server]);
        assert_eq!((hits[0].why.meaning, hits[1].why.meaning), (Some(1), Some(2)));
        assert!(hits[0].why.matched.is_empty() && hits[0].why.relevance == 0.0);
        assert!(hits[0].score > hits[1].score);
        let hits = asked(&brain, &query, &[0.0, 0.0, 7.0]);
        assert_eq!(hits[0].entry.id, server, "the length of a vector says nothing");
        brain.index_now().expect("indexed");
    }
    let brain = brain.reopened(|_| {});
    assert_eq!(asked(&brain, &query, &[1.0, 0.0, 0.0])[0].entry.id, cat);
    assert_eq!(asked(&brain, &Query::words(""), &[1.0, 0.0, 0.0])[0].entry.id, cat, "without any words too");
}

#[test]
fn what_both_words_and_meaning_find_comes_before_what_one_of_them_does() {
    let brain = brain();
    let by_meaning = remember(&brain, "the cat sleeps on the sofa");
    let by_both = remember(&brain, "the dog has a basket, where it rests");
    let by_words = remember(&brain, "a basket of apples for the rest of us");
    set(&brain, &[(&by_meaning, &[0.95, 0.05]), (&by_both, &[0.9, 0.1]), (&by_words, &[0.0, 1.0])]);
    let hits = asked(&brain, &Query::words("basket to rest in"), &[1.0, 0.0]);
    assert_eq!(hits[0].entry.id, by_both, "{hits:?}");
    assert_eq!(hits.len(), 3);
}

#[test]
fn vectors_of_another_model_are_not_compared() {
    let brain = brain();
    let cat = remember(&brain, "the cat sleeps on the sofa");
    set(&brain, &[(&cat, &[1.0, 0.0])]);
    let query = Query::words("where does the pet rest?");
    let other = Meaning { model: "another-model".to_owned(), vector: vec![1.0, 0.0] };
    assert!(brain.recall_at(&query, 5000, Some(&other)).expect("recalled").is_empty());
    assert!(asked(&brain, &query, &[1.0, 0.0, 0.0]).is_empty(), "of another length neither");
    assert_eq!(asked(&brain, &query, &[1.0, 0.0]).len(), 1);
    // The other model's vector takes the place of the first one's.
    assert_eq!(brain.without_vector("another-model", 10).expect("read").len(), 1);
    brain.set_vectors("another-model", vec![(cat, vec![1.0, 0.0])]).expect("kept");
    assert_eq!(brain.recall_at(&query, 5000, Some(&other)).expect("recalled").len(), 1);
    assert!(asked(&brain, &query, &[1.0, 0.0]).is_empty());
    assert_eq!(lacking(&brain).len(), 1);
}

#[test]
fn what_lacks_a_vector_is_told_oldest_first_with_its_words() {
    let brain = brain();
    let ids: Vec<MemoryId> = (0..5).map(|n| remember(&brain, &format!("note {n}"))).collect();
    assert_eq!(lacking(&brain), ids);
    let two = brain.without_vector(MODEL, 2).expect("read");
    assert_eq!(two.iter().map(|memory| memory.text.as_str()).collect::<Vec<_>>(), ["note 0", "note 1"]);
    set(&brain, &[(&ids[0], &[1.0]), (&ids[3], &[1.0])]);
    let lesson = brain.correct(correction(Some(&ids[1]), "", "note one"), at(2000)).expect("corrected");
    brain.forget(&ids[2], 3000).expect("forgotten");
    assert_eq!(lacking(&brain), [ids[4].clone(), lesson], "what is superseded or forgotten needs none");
}

#[test]
fn a_changed_text_loses_its_vector_and_other_changes_do_not() {
    let brain = brain();
    let cat = remember(&brain, "the cat sleeps on the sofa");
    set(&brain, &[(&cat, &[1.0, 0.0])]);
    write(&brain, tagged("The cat sleeps on the sofa!", &["pets"]), 2000);
    brain.pin(&cat, true).expect("pinned");
    brain.used([cat.clone()], 2000);
    brain.edit(&cat, &Revision { tags: Some(vec!["home".to_owned()]), ..Revision::default() }).expect("edited");
    assert_eq!(lacking(&brain), []);
    let text = Some("my server is at 10.0.0.5".to_owned());
    brain.edit(&cat, &Revision { text, ..Revision::default() }).expect("edited");
    assert_eq!(lacking(&brain), [cat.clone()]);
    assert!(asked(&brain, &Query::words("where does the pet rest?"), &[1.0, 0.0]).is_empty());
}

#[test]
fn a_lesson_said_anew_loses_its_vector() {
    let brain = brain();
    let wrong = remember(&brain, "the moon is made of cheese");
    let lesson = brain.correct(correction(Some(&wrong), "", "of rock"), at(2)).expect("corrected");
    set(&brain, &[(&lesson, &[1.0, 0.0])]);
    brain.correct(correction(Some(&wrong), "", "of basalt"), at(3)).expect("corrected");
    assert_eq!(lacking(&brain), [lesson]);
}

#[test]
fn without_vectors_nothing_changes() {
    let brain = brain();
    for n in 0..40u64 {
        write(
            &brain,
            said(&format!("c{}", n % 3), &format!("note {n} about {}", "rain ".repeat((n % 6) as usize))),
            n * DAY,
        );
    }
    for _ in ["tail", "index"] {
        for text in ["rain", "note 17", "rain 3 note", ""] {
            let query = Query { limit: 40, ..Query::words(text) };
            let plain = brain.recall_at(&query, 50 * DAY, None).expect("recalled");
            let with = brain.recall_at(&query, 50 * DAY, Some(&meaning(&[1.0, 0.0]))).expect("recalled");
            assert_eq!(with, plain, "{text:?}");
        }
        brain.index_now().expect("indexed");
    }
}

#[test]
fn filters_hold_for_what_is_near_by_meaning_and_do_not_starve() {
    let brain = brain();
    let wanted = write(&brain, of(Kind::Episode, "the cat sleeps on the sofa"), 100);
    set(&brain, &[(&wanted, &[0.6, 0.8])]);
    let drafts = (0..400).map(|n| (draft(&format!("note {n}")), at(200 + n))).collect();
    let nearer = brain.remember_all(drafts).expect("remembered");
    let vectors: Vec<(&MemoryId, &[f32])> = nearer.iter().map(|id| (id, [1.0, 0.0].as_slice())).collect();
    set(&brain, &vectors);
    let words = Query::words("where does the pet rest?");
    for query in [Query { kinds: vec![Kind::Episode], ..words.clone() }, Query { until: Some(200), ..words.clone() }] {
        let found: Vec<MemoryId> = asked(&brain, &query, &[1.0, 0.0]).into_iter().map(|hit| hit.entry.id).collect();
        assert_eq!(found, [wanted.clone()], "{query:?}");
    }
    assert!(!asked(&brain, &words, &[1.0, 0.0]).iter().any(|hit| hit.entry.id == wanted), "it is far from the nearest");
}

#[test]
fn what_counts_no_more_takes_no_place_among_the_nearest() {
    let brain = brain();
    let wanted = write(&brain, draft("the cat sleeps on the sofa"), 1);
    set(&brain, &[(&wanted, &[0.6, 0.8])]);
    for n in 0..200u64 {
        let id = write(&brain, draft(&format!("the door code is {n}")), 10 + n);
        set(&brain, &[(&id, &[1.0, 0.0])]);
    }
    let hits = asked(&brain, &Query { limit: 1, ..Query::words("pet") }, &[0.6, 0.8]);
    assert_eq!(hits[0].entry.id, wanted);
    let hits = asked(&brain, &Query { limit: 2, ..Query::words("pet") }, &[1.0, 0.0]);
    let found: Vec<&str> = hits.iter().map(|hit| hit.entry.text.as_str()).collect();
    assert_eq!(found, ["the door code is 199", "the cat sleeps on the sofa"]);
}

#[test]
fn a_vector_that_makes_no_sense_is_refused_or_not_kept() {
    let brain = brain();
    let cat = remember(&brain, "the cat sleeps on the sofa");
    for vector in [vec![], vec![0.0, 0.0], vec![f32::NAN, 1.0], vec![f32::INFINITY, 1.0], vec![1.0; 4097]] {
        let refused = brain.recall_at(&Query::words("cat"), 5000, Some(&meaning(&vector)));
        assert!(matches!(refused, Err(BrainError::Invalid(_))), "{refused:?}");
        set(&brain, &[(&cat, &vector)]);
        assert_eq!(lacking(&brain), [cat.clone()]);
    }
    let many = (0..1001).map(|_| (cat.clone(), vec![1.0])).collect();
    let refused = brain.set_vectors(MODEL, many);
    assert!(matches!(&refused, Err(BrainError::Invalid(message)) if message.contains("at most 1000")), "{refused:?}");
    let unknown = MemoryId::from("01ARZ3NDEKTSV4RRFFQ69G5FAV");
    set(&brain, &[(&unknown, &[1.0, 0.0]), (&MemoryId::from("no name"), &[1.0, 0.0])]);
    assert!(asked(&brain, &Query::words("pet"), &[1.0, 0.0]).is_empty());
    set(&brain, &[(&cat, &[1.0; 4096])]);
    assert_eq!(lacking(&brain), []);
}

#[test]
fn forgetting_takes_the_vector_along() {
    let brain = brain();
    let cat = remember(&brain, "the cat sleeps on the sofa");
    // A number that stands nowhere else in the file.
    let vector: Vec<f32> = (0..64).map(|n| (n as f32).sin()).collect();
    set(&brain, &[(&cat, &vector)]);
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    let bytes: Vec<u8> = vector[10..20].iter().flat_map(|number| (number / length).to_le_bytes()).collect();
    let file = brain.dir.path().join("brain.redb");
    let holds = || std::fs::read(&file).expect("read").windows(bytes.len()).any(|window| window == bytes);
    assert!(holds(), "the test can see it");
    brain.forget(&cat, 3).expect("forgotten");
    brain.purge(false).expect("purged");
    assert!(!holds());
}
