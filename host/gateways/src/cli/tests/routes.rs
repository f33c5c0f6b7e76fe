//! The table of `host/docs/api.md`: each command of the command line is in it, and each route of the API.

use super::Cli;
use crate::http::routes;
use clap::{Command, CommandFactory};
use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../../../docs/api.md");

/// What stands in back-quotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The commands that have none below them.
fn leaves(command: &Command, path: &str, all: &mut Vec<String>) {
    let mut below = command.get_subcommands().filter(|sub| sub.get_name() != "help" && !sub.is_hide_set()).peekable();
    if below.peek().is_none() {
        all.push(path.to_owned());
    }
    below.for_each(|sub| leaves(sub, &format!("{path} {}", sub.get_name()), all));
}

#[test]
fn every_command_stands_in_the_table_and_nothing_that_is_none() {
    let rows = PAGE.lines().filter(|line| line.starts_with("| `loket "));
    let told: BTreeSet<&str> = rows.filter_map(|row| row.split('|').nth(1)).flat_map(quoted).collect();
    let mut all = Vec::new();
    leaves(&Cli::command(), "loket", &mut all);
    let covers = |row: &str, command: &str| command == row || command.starts_with(&format!("{row} "));
    let missing: Vec<_> = all.iter().filter(|command| !told.iter().any(|row| covers(row, command))).collect();
    assert_eq!(missing, Vec::<&String>::new(), "not in the table");
    let unknown: Vec<_> = told.iter().filter(|row| !all.iter().any(|command| covers(row, command))).collect();
    assert_eq!(unknown, Vec::<&&str>::new(), "no command");
}

#[test]
fn every_route_stands_beside_a_command_or_is_said_to_have_none() {
    let is_told = |line: &&str| line.starts_with("| `loket ") || line.starts_with("Only over HTTP");
    let told: BTreeSet<String> = PAGE
        .lines()
        .filter(is_told)
        .flat_map(quoted)
        .filter(|words| words.starts_with("GET /") || words.starts_with("POST /"))
        .map(str::to_owned)
        .collect();
    let of_others = |path: &str| path == "/mcp" || path.starts_with("/.well-known/");
    let all: BTreeSet<String> = routes::list().into_iter().map(|(method, path)| format!("{method} {path}")).collect();
    let needed = all.iter().filter(|route| !of_others(route.split(' ').nth(1).unwrap_or_default()));
    assert_eq!(needed.filter(|route| !told.contains(*route)).collect::<Vec<_>>(), Vec::<&String>::new(), "not told");
    assert_eq!(told.difference(&all).collect::<Vec<_>>(), Vec::<&String>::new(), "no route");
}
