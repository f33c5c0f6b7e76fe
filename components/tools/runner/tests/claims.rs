//! What the tool claims: a list that tells a model how to ask, and output that is bounded and says what it lacks.

use loket_runner::list::in_words;
use loket_runner::text::{cut, most};
use loket_runner::wit::{Access, Command, Confinement, Folder, Offer, Output};

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn the_list_tells_how_to_ask() {
    let command = |name: &str, allowed: &[&str], confinement| Command {
        name: name.into(),
        about: "History of the notes".into(),
        first: words(&["--no-pager"]),
        allowed: words(allowed),
        confinement,
    };
    let offer = Offer {
        commands: vec![
            command("git", &["log", "-\\d+"], Confinement::Confined),
            command("make", &[], Confinement::FullTrust),
            command("npm", &[], Confinement::Unavailable),
        ],
        folders: vec![Folder { name: "notes".into(), path: "/srv/notes".into(), access: Access::Read }],
    };
    let told = in_words(&offer);
    for word in [
        "git: History of the notes\n  always begins with the arguments `--no-pager`\n  each argument matches one of `log`, `-\\d+`\nmake",
        "takes no arguments\n  is not confined: the owner trusts it fully\n",
        "cannot be run here",
        "notes may be read; programs see it as /srv/notes",
    ] {
        assert!(told.contains(word), "{told}");
    }
    assert!(in_words(&Offer { commands: vec![], folders: vec![] }).contains("loket grant loket:runner"));
}

#[test]
fn long_output_is_cut_at_its_beginning_and_says_so() {
    let output = |text: &str, dropped| Output { text: text.into(), dropped };
    assert_eq!(cut(&output("äöü", 0), 3), "äöü");
    assert_eq!(cut(&output("äöüß", 0), 3), "[the first 1 characters are left out]\nöüß");
    assert!(
        cut(&output("a", 7), 3).ends_with("[7 bytes that came after this are lost: the owner's limit was reached]")
    );
    assert!(most(Some(0)).is_err() && most(Some(50_001)).is_err() && most(None).is_ok_and(|most| most == 16_000));
}
