//! The help texts, and that the command line is put together soundly.

use super::Cli;
use clap::{Command, CommandFactory};

/// The help of a command, 80 columns wide, and of those below it.
fn helps(command: &mut Command, path: &str, all: &mut Vec<(String, String)>) {
    all.push((path.to_owned(), command.render_long_help().to_string()));
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names.iter().filter(|name| *name != "help") {
        let sub = command.find_subcommand_mut(name).expect("it was listed");
        helps(sub, &format!("{path}-{name}"), all);
    }
}

fn all() -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut command = Cli::command().term_width(80);
    command.build();
    helps(&mut command, "loket", &mut all);
    all
}

#[test]
fn the_command_line_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_explains_itself() {
    for (path, help) in all() {
        insta::assert_snapshot!(format!("help-{path}"), help);
    }
}

#[test]
fn every_command_has_an_example() {
    for (path, help) in all() {
        assert!(help.contains("Example") || help.contains("First steps"), "{path}:\n{help}");
    }
}

#[test]
fn examples_fit_a_narrow_screen() {
    fn check(command: &Command) {
        let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let wide: Vec<&str> = examples.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(wide.is_empty(), "{}: {wide:#?}", command.get_name());
        command.get_subcommands().for_each(check);
    }
    check(&Cli::command());
}
