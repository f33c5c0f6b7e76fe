//! The folders that one call may use: what all grants along its chain have in common, under the names that components know.

use super::error::{Fault, shown};
use super::path;
use super::places::Places;
use super::terms::{self, Folder, WORKSPACE};
use loket_kernel::Terms;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folders that a call may use.
#[derive(Debug)]
pub(super) struct Roots {
    /// What all have in common.
    common: Vec<Root>,
    /// What the grants along the chain name, each by itself.
    each: Vec<Folders>,
    /// The workspace, where one is among them.
    workspace: Option<PathBuf>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Root {
    /// Its name: the last part of its path; the second one of that name is `name-2`, and so on, in the order of their paths.
    pub(super) name: String,
    /// Where it is.
    pub(super) path: PathBuf,
    /// Whether what is in it may be changed.
    pub(super) writable: bool,
}

/// A place in one of them.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    /// Where the granted folder is.
    pub(super) root: PathBuf,
    /// What comes below it.
    pub(super) parts: Vec<String>,
    /// As the component knows it.
    pub(super) path: String,
}

impl Spot {
    /// Where it is on the disk. Only for telling apart: nothing is opened by it.
    pub(super) fn full(&self) -> PathBuf {
        self.root.join(self.parts.iter().collect::<PathBuf>())
    }

    /// The folder that it is in and its name; for a granted folder itself, `None`.
    pub(super) fn split(&self) -> Option<(&[String], &str)> {
        self.parts.split_last().map(|(name, folder)| (folder, name.as_str()))
    }
}

impl Roots {
    /// What `all` have in common. Without any, it is the owner who asks, and there is the workspace of the agent that was named.
    pub(super) fn of(all: &[Terms], places: &Places, agent: Option<&str>) -> Result<Roots, Fault> {
        let workspace = match agent {
            Some(agent) if all.is_empty() || all.iter().any(names_workspace) => Some(places.workspace(agent)?),
            _ => None,
        };
        let each: Vec<Folders> =
            all.iter().map(|terms| placed(terms::folders(terms), places, workspace.as_deref())).collect();
        let both = each.iter().cloned().reduce(|one, other| common(&one, &other));
        let both = both.unwrap_or_else(|| workspace.iter().map(|path| (path.clone(), true)).collect());
        Ok(Roots { common: Roots::named(both, workspace.as_deref()), each, workspace })
    }

    fn named(folders: Folders, workspace: Option<&Path>) -> Vec<Root> {
        // The workspace has its name whatever else there is.
        let (mine, others): (Vec<_>, Vec<_>) =
            folders.into_iter().partition(|(path, _)| Some(path.as_path()) == workspace);
        let mut roots: Vec<Root> = Vec::new();
        for (path, writable) in mine.into_iter().chain(others) {
            let Some(plain) = (if Some(path.as_path()) == workspace { Some(WORKSPACE) } else { terms::name(&path) })
            else {
                continue;
            };
            let free = |name: &String| roots.iter().all(|root| root.name != *name);
            let name = std::iter::once(plain.to_owned()).chain((2..).map(|n| format!("{plain}-{n}"))).find(free);
            roots.push(Root { name: name.unwrap_or_default(), path, writable });
        }
        roots.sort_by(|a, b| a.name.cmp(&b.name));
        roots
    }

    /// The grants in which no folder is one of these.
    fn lacking(&self, is_one: impl Fn(&Path, bool) -> bool) -> Vec<usize> {
        let lacks = |(_, folders): &(usize, &Folders)| !folders.iter().any(|(path, writable)| is_one(path, *writable));
        self.each.iter().enumerate().filter(lacks).map(|(terms, _)| terms).collect()
    }

    /// All of them, by name.
    pub(super) fn all(&self) -> &[Root] {
        &self.common
    }

    /// Finds the place of a path.
    pub(super) fn find(&self, path: &str) -> Result<Spot, Fault> {
        let wanted = path::read(path)?;
        let Some(root) = self.common.iter().find(|root| root.name == wanted.root) else {
            let names: Vec<String> = self.common.iter().map(|root| format!("`{}`", root.name)).collect();
            let why = match names.is_empty() {
                true => format!("{}: no folder is granted to all who are behind this call", shown(path)),
                false => format!(
                    "{}: there is no granted folder `{}`; there are {}",
                    shown(path),
                    wanted.root,
                    names.join(", ")
                ),
            };
            let is_called_so = |folder: &Path, _| match self.workspace.as_deref() == Some(folder) {
                true => wanted.root == WORKSPACE,
                false => terms::name(folder) == Some(wanted.root),
            };
            return Err(Fault::NotGranted(why, self.lacking(is_called_so)));
        };
        let parts = wanted.parts.into_iter().map(str::to_owned).collect();
        Ok(Spot { root: root.path.clone(), parts, path: path.to_owned() })
    }

    /// Finds the place of a path that is to be changed.
    pub(super) fn find_writable(&self, path: &str) -> Result<Spot, Fault> {
        let spot = self.find(path)?;
        let full = spot.full();
        match self.common.iter().any(|root| root.writable && full.starts_with(&root.path)) {
            true => Ok(spot),
            false => {
                let lacking = self.lacking(|folder, writable| writable && full.starts_with(folder));
                Err(Fault::NotGranted(format!("{} may only be read", shown(path)), lacking))
            }
        }
    }

    /// By what path a component knows a place on the disk; `None` outside of the folders.
    pub(super) fn path_of(&self, full: &Path, through: &Spot) -> Option<String> {
        self.common.iter().any(|root| full.starts_with(&root.path)).then_some(())?;
        let below = full.strip_prefix(through.full()).ok()?;
        let mut path = through.path.clone();
        for part in below {
            path.push('/');
            path.push_str(part.to_str().filter(|part| path::is_name(part))?);
        }
        Some(path)
    }
}

/// Folders and whether they may be changed, in the order of their paths.
type Folders = BTreeMap<PathBuf, bool>;

fn names_workspace(terms: &Terms) -> bool {
    terms::folders(terms).any(|folder| folder.path.is_none())
}

fn placed(folders: impl Iterator<Item = Folder>, places: &Places, workspace: Option<&Path>) -> Folders {
    let mut placed = Folders::new();
    for Folder { path, writable } in folders {
        let path = match path {
            // Grants are checked when they are made; a home can be moved since then.
            Some(path) if !path.is_absolute() || places.forbids_now(&path) => continue,
            Some(path) => path,
            None => match workspace {
                Some(workspace) => workspace.to_owned(),
                None => continue,
            },
        };
        *placed.entry(path).or_default() |= writable;
    }
    placed
}

/// What both permit: of two folders, one of which is in the other, the inner one.
fn common(one: &Folders, other: &Folders) -> Folders {
    let mut both = Folders::new();
    for (a, a_writable) in one {
        for (b, b_writable) in other {
            let inner = match (a.starts_with(b), b.starts_with(a)) {
                (true, _) => a,
                (_, true) => b,
                _ => continue,
            };
            *both.entry(inner.clone()).or_default() |= *a_writable && *b_writable;
        }
    }
    both
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn roots(all: &[&[&str]]) -> Vec<(String, String, bool)> {
        let all: Vec<Terms> = all.iter().map(|values| Terms::new(values.iter().map(|v| (terms::KEY, *v)))).collect();
        let places = Places::new(Path::new("/home/ann/.loket/agents"), ["/home/ann/.loket".into()]);
        let roots = Roots::of(&all, &places, None).expect("no workspace is named");
        roots.common.into_iter().map(|r| (r.name, r.path.display().to_string(), r.writable)).collect()
    }

    #[track_caller]
    fn check(all: &[&[&str]], expect: &[(&str, &str, bool)]) {
        let expect: Vec<_> =
            expect.iter().map(|(name, path, w)| ((*name).to_owned(), (*path).to_owned(), *w)).collect();
        assert_eq!(roots(all), expect);
    }

    #[test]
    fn a_call_may_use_what_all_along_its_chain_were_granted() {
        check(&[&["/a/notes"]], &[("notes", "/a/notes", true)]);
        check(&[&["/a/notes"], &["/a/notes:ro"]], &[("notes", "/a/notes", false)]);
        check(&[&["/a/notes", "/b"], &["/a/notes"]], &[("notes", "/a/notes", true)]);
        check(&[&["/a/notes"], &["/b"]], &[]);
        check(&[&["/a/notes"], &[]], &[]);
        check(&[&[]], &[]);
    }

    #[test]
    fn of_two_folders_one_in_the_other_the_inner_one_is_common() {
        check(&[&["/a"], &["/a/b:ro"]], &[("b", "/a/b", false)]);
        check(&[&["/a/b"], &["/a:ro"]], &[("b", "/a/b", false)]);
        check(&[&["/a:ro", "/a/b"], &["/a"]], &[("a", "/a", false), ("b", "/a/b", true)]);
        check(&[&["/a"], &["/ab"]], &[]);
    }

    #[test]
    fn two_folders_of_one_name_are_told_apart_in_the_order_of_their_paths() {
        check(&[&["/b/notes", "/a/notes"]], &[("notes", "/a/notes", true), ("notes-2", "/b/notes", true)]);
        check(
            &[&["/c/notes", "/b/notes-2", "/a/notes"]],
            &[("notes", "/a/notes", true), ("notes-2", "/b/notes-2", true), ("notes-3", "/c/notes", true)],
        );
    }

    #[test]
    fn what_is_the_hosts_own_is_not_there_whatever_a_grant_says() {
        check(
            &[&["/home/ann/.loket/state", "/home/ann", "/", "/proc/self", "relative", "/home/ann/x"]],
            &[("x", "/home/ann/x", true)],
        );
    }

    #[test]
    fn a_folder_that_may_be_changed_within_one_that_may_be_read_can_be_reached_through_both() {
        let terms = [Terms::new([(terms::KEY, "/a:ro"), (terms::KEY, "/a/b")])];
        let roots = Roots::of(&terms, &Places::new(Path::new("/h"), []), None).expect("no workspace is named");
        for (path, writable) in [("a/x", false), ("a/b/x", true), ("b/x", true), ("a/bc", false)] {
            assert_eq!(roots.find_writable(path).is_ok(), writable, "{path}");
            assert!(roots.find(path).is_ok(), "{path}");
        }
    }
}
