//! What tools show: the model sees it in this turn, each picture behind the result that it belongs to, and as much as a request can have.

use crate::fake::{World, ask, denied, message, say};
use loket_assistant::bounds;
use loket_assistant::outside::{Part, Picture, Trouble};
use loket_assistant::turn::handle;

/// A world whose tools show pictures of these sizes, and fail where they show none of these.
fn showing(tools: &[(&str, &[usize])], rounds: usize) -> World {
    let calls: Vec<_> = tools.iter().map(|(name, _)| (*name, "{}")).collect();
    let mut world = World::scripted((0..rounds).map(|_| ask(&calls)).chain([say("I see.")]));
    for (name, sizes) in tools {
        world.tools.insert((*name).into(), Ok(format!("what {name} says")));
        let picture = |size: &usize| Picture { mime: "image/png".into(), data: vec![0; *size] };
        world.pictures.insert((*name).into(), sizes.iter().map(picture).collect());
    }
    world
}

/// What the model was given in a request, results and pictures alone: the results' words, and the pictures' sizes or what stands for them.
#[track_caller]
fn given(world: &World, request: usize) -> Vec<String> {
    let parts = world.requests[request].messages.iter().skip(2).flat_map(|message| &message.parts);
    let given = parts.filter_map(|part| match part {
        Part::Returned(result) => Some(result.text.clone()),
        Part::Picture(picture) => Some(picture.data.len().to_string()),
        Part::Text(words) if words.starts_with("[picture") => Some(words.clone()),
        _ => None,
    });
    given.collect()
}

#[test]
fn pictures_stand_behind_the_result_that_they_belong_to() {
    let mut world = showing(&[("camera", &[3, 4]), ("clock", &[]), ("map", &[5])], 1);
    assert_eq!(handle(&message("look around"), &mut world).expect("a turn").text, "I see.");
    assert_eq!(given(&world, 1), ["what camera says", "3", "4", "what clock says", "what map says", "5"]);
}

#[test]
fn a_tool_that_fails_or_is_refused_shows_nothing() {
    let failures = [Ok(r#"{"err":"no"}"#.to_owned()), Err(Trouble::Failed("no".into())), Err(denied("acme:camera"))];
    for failure in failures {
        let mut world = showing(&[("camera", &[3])], 1);
        world.tools.insert("camera".into(), failure);
        handle(&message("look around"), &mut world).expect("a turn");
        assert_eq!(given(&world, 1).len(), 1, "{:?}", given(&world, 1));
    }
}

#[test]
fn the_newest_pictures_are_shown_where_a_request_cannot_have_all() {
    const HALF: usize = bounds::PICTURES / 2;
    let mut world = showing(&[("camera", &[HALF - 10, 10])], 4);
    handle(&message("look around"), &mut world).expect("a turn");
    let gone = |kib: usize| format!("[picture, image/png, {kib} KiB: shown before, left out to make room]");
    let shown = ["what camera says".to_owned(), (HALF - 10).to_string(), "10".to_owned()];
    let left_out = ["what camera says".to_owned(), gone(HALF / 1024), gone(1)];
    assert_eq!(given(&world, 2), [shown.clone(), shown.clone()].concat());
    assert_eq!(given(&world, 4), [left_out.clone(), left_out, shown.clone(), shown].concat());
}

#[test]
fn nothing_of_a_picture_is_kept_when_the_turn_is_over() {
    let mut world = showing(&[("camera", &[bounds::PICTURES])], 1);
    handle(&message("look around"), &mut world).expect("a turn");
    handle(&message("what did you see?"), &mut world).expect("a turn");
    let last = world.requests.last().expect("it was asked");
    let pictures =
        last.messages.iter().flat_map(|message| &message.parts).filter(|part| matches!(part, Part::Picture(_)));
    assert_eq!(pictures.count(), 0);
    assert!(world.memories.iter().all(|(memory, _)| memory.text.len() < 1024), "{:?}", world.memories);
}
