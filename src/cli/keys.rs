//! `landfall keys`: the commands of the console and the keys they have now.

use super::answer;
use super::config::ConfigArg;
use super::exit::Exit;
use crate::console::commands::{Access, Group, Row, TABLE};
use crate::console::keymap::Keymap;
use crate::console::keys::Chord;
use miette::IntoDiagnostic;
use serde_json::json;
use std::fmt::Write;

/// Lists the console's commands and the keys they have
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Text to read, a table for a document, or JSON for a program.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    config: ConfigArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
}

/// Prints the keys.
///
/// # Errors
/// What is wrong with the configuration, or when standard output cannot be written to.
pub fn run(args: &Args) -> miette::Result<Exit> {
    let keys = args.config.read()?.keys;
    match args.format {
        Format::Text => answer::print(&format!("{}\n{}", text(&keys), place(&args.config)?))?,
        Format::Markdown => answer::print(&markdown(&keys))?,
        Format::Json => answer::print_json(&json(&keys)?)?,
    }
    Ok(Exit::Done)
}

fn place(config: &ConfigArg) -> miette::Result<String> {
    let place = config.place()?;
    Ok(format!("To change them, put a table [keys] into {}:\n  roll-back = [\"R\", \"ctrl-r\"]\n", place.display()))
}

/// The table of keys for a document: what the README holds.
pub fn markdown(keys: &Keymap) -> String {
    let mut table = "| command | keys | what it does |\n|---|---|---|\n".to_owned();
    for row in TABLE {
        let chords: Vec<String> = keys.keys(row).iter().map(|chord| format!("`{chord}`")).collect();
        // A string takes whatever is written to it.
        let _ = writeln!(table, "| `{}`{} | {} | {} |", row.id, only_while(row), chords.join(" "), row.help);
    }
    table
}

fn text(keys: &Keymap) -> String {
    let mut told = String::new();
    for group in Group::ALL {
        let _ = writeln!(told, "{}", group.title());
        for row in TABLE.iter().filter(|row| row.group == group) {
            let chords: Vec<String> = keys.keys(row).iter().map(Chord::to_string).collect();
            let _ = writeln!(told, "  {:<14} {:<16} {}{}", chords.join(" "), row.id, row.help, only_while(row));
        }
    }
    told
}

fn only_while(row: &Row) -> String {
    row.only_while().map(|mode| format!(" ({mode})")).unwrap_or_default()
}

fn json(keys: &Keymap) -> miette::Result<String> {
    let access = |row: &Row| match row.access() {
        Access::Look => "look",
        Access::Drive => "drive",
        Access::Destroy => "destroy",
    };
    let rows: Vec<serde_json::Value> = TABLE
        .iter()
        .map(|row| {
            let chords: Vec<String> = keys.keys(row).iter().map(Chord::to_string).collect();
            json!({
                "command": row.id,
                "title": row.title,
                "keys": chords,
                "while": row.only_while(),
                "access": access(row),
                "help": row.help,
            })
        })
        .collect();
    Ok(serde_json::to_string_pretty(&rows).into_diagnostic()? + "\n")
}
