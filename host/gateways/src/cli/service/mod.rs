//! `loket service`: the service of a home, kept running by the operating system.
//!
//! Files in reading order: this one what can be typed, `unit` the text of a systemd unit, `systemd` the unit put in its place, asked about and
//! taken away, `systemctl` the program that systemd is told with, `elsewhere` what to do by hand where there is no systemd.

#[cfg_attr(
    target_os = "linux",
    expect(dead_code, reason = "for other systems; compiled here too, so that it stays sound")
)]
mod elsewhere;
#[cfg(target_os = "linux")]
mod systemctl;
#[cfg(target_os = "linux")]
mod systemd;
#[cfg(target_os = "linux")]
mod unit;

use super::Settled;
use super::failure::Outcome;
use super::screen::Screen;
use clap::Subcommand;
use std::path::Path;

/// Let the operating system run this home's service: now, after a crash, and after every start of the machine
///
/// On Linux with systemd. Elsewhere it says what to do by hand.
#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = "\
Examples:
  loket service install --print     look at it first
  loket service install
  loket service status
  loket service uninstall")]
pub(crate) struct ServiceArgs {
    #[command(subcommand)]
    command: ServiceCommand,
}

#[derive(Debug, Subcommand)]
enum ServiceCommand {
    Install(InstallArgs),
    Status(StatusArgs),
    Uninstall(UninstallArgs),
}

/// Write a systemd unit for this home, and start it; a second time updates it
///
/// As root it is a unit of the system, run by the user to whom the home belongs. Otherwise it is a unit of your own, which runs
/// while you are logged in, or always after `loginctl enable-linger`. Everything that is run is shown.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The unit closes off what the host never needs, and leaves what you grant: each
line says why. Your own settings belong beside it: `systemctl edit loket`.

Examples:
  loket service install --print                       change nothing
  loket service install --home /srv/loket
  loket service install --home /srv/b --name loket-b  a second home")]
pub(crate) struct InstallArgs {
    /// The unit's name: each home that runs as a service has one of its own
    #[arg(long, value_name = "NAME", default_value = "loket", value_parser = name)]
    name: String,

    /// Whom a unit of the system runs as; else the user to whom the home belongs
    #[arg(long, value_name = "USER", value_parser = user)]
    run_as: Option<String>,

    /// Print the unit, and change nothing
    #[arg(long)]
    print: bool,
}

/// Say whether the unit runs, and how the service is
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The exit code is 1 when it does not run or does not answer.

Examples:
  loket service status
  loket service status --name loket-b --json")]
pub(crate) struct StatusArgs {
    /// The unit's name
    #[arg(long, value_name = "NAME", default_value = "loket", value_parser = name)]
    name: String,
}

/// Stop the unit and remove it; the home stays as it is
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket service uninstall
  loket service uninstall --name loket-b")]
pub(crate) struct UninstallArgs {
    /// The unit's name
    #[arg(long, value_name = "NAME", default_value = "loket", value_parser = name)]
    name: String,
}

/// A name that is one file and one word.
fn name(text: &str) -> Result<String, String> {
    let text = text.strip_suffix(".service").unwrap_or(text);
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    match begins && text.len() <= 64 && text.chars().all(fits) {
        true => Ok(text.to_owned()),
        false => Err("a name has up to 64 letters, digits, `-`, `_` and `.`, and begins with a letter or digit".into()),
    }
}

/// A user as systemd takes one: a name or a number.
fn user(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    match begins && text.len() <= 31 && text.chars().all(fits) {
        true => Ok(text.to_owned()),
        false => Err("a user is a name of up to 31 letters, digits, `-` and `_`, or a number".into()),
    }
}

/// One of the commands.
#[cfg(target_os = "linux")]
pub(crate) async fn run(home: &Path, args: ServiceArgs, settled: Settled, mut screen: Screen) -> Outcome {
    let systemd = systemd::Systemd::here()?;
    match args.command {
        ServiceCommand::Install(args) => {
            // Refuses a home that this program must leave alone.
            let stop = settled(home)?.stop;
            systemd.install(home, &args, stop, &mut screen)
        }
        ServiceCommand::Status(args) => systemd.status(home, &args.name, &mut screen).await,
        ServiceCommand::Uninstall(args) => systemd.uninstall(&args.name, &mut screen),
    }
}

/// What to do by hand.
#[cfg(not(target_os = "linux"))]
pub(crate) async fn run(home: &Path, args: ServiceArgs, _settled: Settled, _screen: Screen) -> Outcome {
    let name = match args.command {
        ServiceCommand::Install(args) => args.name,
        ServiceCommand::Status(args) => args.name,
        ServiceCommand::Uninstall(args) => args.name,
    };
    Err(elsewhere::by_hand(home, &name).into())
}

#[cfg(test)]
mod tests {
    use super::{name, user};

    #[test]
    fn a_name_is_one_word_and_leads_nowhere() {
        for fine in ["loket", "loket-b", "loket.service", "l2_x.y"] {
            assert!(name(fine).is_ok(), "{fine}");
        }
        for bad in ["", ".service", "..", "../x", "a/b", "-f", "a b", "a@b", "é", &"x".repeat(65)] {
            assert!(name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_user_is_a_name_or_a_number() {
        assert!(user("loket").is_ok() && user("1000").is_ok() && user("_x").is_ok());
        assert!(["", "-x", "a b", "a\nb", "%u", "$x"].iter().all(|bad| user(bad).is_err()));
    }
}
