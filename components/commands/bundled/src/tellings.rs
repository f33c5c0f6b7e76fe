//! Commands that tell of the agent: what it is, may and did.

use crate::outside::{Card, Order as Known, Outside, Permit, Today, Trouble};
use crate::run::Order;
use crate::words::line;

type Text<O> = Result<String, Trouble<<O as Outside>::Error>>;

/// Characters of a description.
const CHARACTERS: usize = 120;

/// `/help [command]`
pub fn help<O: Outside>(outside: &mut O, order: &Order) -> Text<O> {
    let commands = outside.commands().map_err(Trouble::Call)?;
    let Some(wanted) = order.value("command") else {
        let mut text: Vec<String> = commands.iter().map(one).collect();
        text.push("A tool can be said with a slash, too: `/tools` lists them. All else is for the agent.".into());
        return Ok(text.join("\n"));
    };
    let wanted = wanted.trim_start_matches('/');
    let named = |command: &&Known| {
        let call = command.call.trim_start_matches('/');
        call == wanted || call.rsplit(':').next() == Some(wanted)
    };
    let found: Vec<String> =
        commands.iter().filter(named).map(|command| format!("{}\n  of {}", one(command), command.package)).collect();
    match found.is_empty() {
        false => Ok(found.join("\n")),
        true => {
            let wanted = line(wanted, 40);
            Err(Trouble::NotFound(format!("there is no command `/{wanted}`; `/help` lists those that there are")))
        }
    }
}

fn one(command: &Known) -> String {
    let takes = if command.takes.is_empty() { String::new() } else { format!(" {}", command.takes) };
    format!("{}{takes} — {}", command.call, line(&command.summary, CHARACTERS))
}

/// `/tools`
pub fn tools<O: Outside>(outside: &mut O) -> Text<O> {
    let tools = outside.tools().map_err(Trouble::Call)?;
    if tools.is_empty() {
        let Card { name, .. } = outside.card().map_err(Trouble::Call)?;
        return Ok(format!("No tools are granted to this agent. `loket grant {name} PACKAGE` grants one."));
    }
    let lines = tools.iter().map(|(name, description)| {
        match line(description.lines().next().unwrap_or_default(), CHARACTERS) {
            what if what.is_empty() => format!("- /{name}"),
            what => format!("- /{name} — {what}"),
        }
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// `/grants`
pub fn grants<O: Outside>(outside: &mut O) -> Text<O> {
    let Card { name, .. } = outside.card().map_err(Trouble::Call)?;
    let permits = outside.grants().map_err(Trouble::Call)?;
    if permits.is_empty() {
        return Ok(format!("`{name}` is granted nothing."));
    }
    let mut lines: Vec<String> = permits.iter().map(permit).collect();
    lines.push(format!("To take one back: loket revoke {name} CAPABILITY"));
    Ok(lines.join("\n"))
}

fn permit(permit: &Permit) -> String {
    let mut text = format!("- {} {} by {}", permit.verdict, permit.capability, permit.provider);
    if !permit.functions.is_empty() {
        text.push_str(&format!(" ({})", permit.functions.join(", ")));
    }
    if !permit.terms.is_empty() {
        text.push_str(&format!("; {}", permit.terms));
    }
    if !permit.through.is_empty() {
        text.push_str(&format!("\n  through it: {}", permit.through.join("; ")));
    }
    text
}

/// `/model [name]`
pub fn model<O: Outside>(outside: &mut O, order: &Order) -> Text<O> {
    let Card { name, model, .. } = outside.card().map_err(Trouble::Call)?;
    let wanted = order.value("name").map_or_else(|| "NAME".to_owned(), |wanted| line(wanted, 80));
    Ok(format!(
        "`{name}` thinks with `{model}`. Which model sees its words is the owner's decision, so no command changes it.\n\
         To choose another: write model = \"{wanted}\" into agents/{name}/agent.toml; it holds from the next turn on. A model on a server \
         has a name in loket.toml, as [models.{wanted}]."
    ))
}

/// `/stats`
pub fn stats<O: Outside>(outside: &mut O) -> Text<O> {
    let Card { name, model, memories } = outside.card().map_err(Trouble::Call)?;
    let Today { turns, calls, refused, failed, read, written, whole } = outside.today().map_err(Trouble::Call)?;
    let extent = if whole { "since midnight (UTC)" } else { "in the newest part of today (UTC)" };
    let memories = memories.map_or_else(String::new, |memories| format!("\n{memories} memories"));
    Ok(format!(
        "{name}, with {model}\n{turns} turns and {calls} calls {extent}; {refused} refused, {failed} failed\n\
         {read} tokens read, {written} written{memories}"
    ))
}
