//! What shells and readers of manuals get.

use crate::process::says;

#[test]
fn shells_and_manuals_know_every_command() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for shell in ["bash", "zsh", "fish"] {
        let text = says(folder.path(), &["completions", shell]);
        assert!(["chat", "grant", "ledger"].iter().all(|command| text.contains(command)), "{shell}");
    }
    let pages = folder.path().join("man");
    says(folder.path(), &["man", pages.to_str().expect("UTF-8")]);
    for page in ["loket.1", "loket-chat.1", "loket-secret-set.1"] {
        let text = std::fs::read_to_string(pages.join(page)).unwrap_or_else(|e| panic!("{page}: {e}"));
        assert!(text.contains(".TH"), "{page}");
    }
    let made = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(made, 1, "no home is made for that");
}
