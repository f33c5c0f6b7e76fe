//! Which home is meant: the one that was named, the checkout's, or the user's.

use crate::desk::Problem;
use etcetera::BaseStrategy;
use std::path::{Path, PathBuf};

/// The home of a checkout.
const LOCAL: &str = ".loket";

/// The home: `named` (`--home` or `LOKET_HOME`), else the nearest `.loket` upwards from the current folder, else `loket` in
/// the user's data folder. Absolute; it need not exist.
///
/// # Errors
/// `invalid` when something that is no folder is named, `failed` when there is no user folder to fall back on.
pub(crate) fn find(named: Option<&Path>) -> Result<PathBuf, Problem> {
    let here = std::env::current_dir().ok();
    let fallback = || etcetera::choose_base_strategy().ok().map(|folders| folders.data_dir().join("loket"));
    choose(named, here.as_deref(), fallback)
}

fn choose(
    named: Option<&Path>,
    here: Option<&Path>,
    fallback: impl FnOnce() -> Option<PathBuf>,
) -> Result<PathBuf, Problem> {
    // An empty variable means that none is set.
    if let Some(named) = named.filter(|path| !path.as_os_str().is_empty()) {
        if named.exists() && !named.is_dir() {
            return Err(Problem::invalid(format!("the home `{}` is not a folder", named.display()))
                .hint("name a folder with `--home`; it is made when it does not exist"));
        }
        return std::path::absolute(named)
            .map_err(|error| Problem::invalid(format!("the home cannot be found: {error}")));
    }
    let local = here.and_then(|here| here.ancestors().map(|folder| folder.join(LOCAL)).find(|path| path.is_dir()));
    local.or_else(fallback).ok_or_else(|| {
        Problem::failed("there is no user folder to keep the home in")
            .hint("name a folder with `--home` or `LOKET_HOME`")
    })
}

#[cfg(test)]
mod tests {
    use super::choose;
    use std::path::{Path, PathBuf};

    fn fallback() -> Option<PathBuf> {
        Some("/data/loket".into())
    }

    #[test]
    fn the_named_one_is_taken_and_made_absolute() {
        let found = choose(Some(Path::new("/x/home")), None, fallback).expect("a home");
        assert_eq!(found, Path::new("/x/home"));
        assert!(choose(Some(Path::new("home")), None, fallback).expect("a home").is_absolute());
    }

    #[test]
    fn the_nearest_checkout_is_next() {
        let root = tempfile::tempdir().expect("a folder");
        let deep = root.path().join("a/b");
        std::fs::create_dir_all(root.path().join("a/.loket")).expect("a folder");
        std::fs::create_dir_all(root.path().join(".loket")).expect("a folder");
        std::fs::create_dir_all(&deep).expect("a folder");
        for named in [None, Some(Path::new(""))] {
            let found = choose(named, Some(&deep), fallback).expect("a home");
            assert_eq!(found, root.path().join("a/.loket"));
        }
    }

    #[test]
    fn the_user_folder_is_last() {
        let root = tempfile::tempdir().expect("a folder");
        std::fs::write(root.path().join(".loket"), "a file is no home").expect("written");
        assert_eq!(choose(None, Some(root.path()), fallback).expect("a home"), Path::new("/data/loket"));
        assert_eq!(choose(None, None, || None).expect_err("none").code, "failed");
    }

    #[test]
    fn a_file_is_no_home() {
        let root = tempfile::tempdir().expect("a folder");
        let file = root.path().join("file");
        std::fs::write(&file, "").expect("written");
        assert_eq!(choose(Some(&file), None, fallback).expect_err("a file").code, "invalid");
    }
}
