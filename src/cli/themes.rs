//! `landfall themes`: the themes there are, each with a sample of what matters.

use super::answer;
use super::config::ConfigArg;
use super::exit::Exit;
use crate::console::look::{Role, Theme};
use crossterm::style::{ContentStyle, StyledContent};
use ratatui::backend::IntoCrossterm;
use std::fmt::Write;
use std::io::{IsTerminal, stdout};

/// Lists the themes, each with a sample
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    config: ConfigArg,
}

/// What is shown of each theme.
const SAMPLE: [(Role, &str); 8] = [
    (Role::Ok, "✓ ok"),
    (Role::Running, "↻ running"),
    (Role::Blocked, "◆ gate"),
    (Role::Failed, "✗ FAILED"),
    (Role::Skipped, "⊘ skipped"),
    (Role::Stale, "stale 95s"),
    (Role::Selection, " chosen "),
    (Role::Real, "[ REAL ]"),
];

/// Prints the themes.
///
/// # Errors
/// When a theme of the user's own is broken, or standard output cannot be written to.
pub fn run(args: &Args) -> miette::Result<Exit> {
    let themes = args.config.themes()?;
    let coloured = stdout().is_terminal();
    let mut told = String::new();
    for name in themes.names() {
        // A string takes whatever is written to it.
        let _ = writeln!(told, "{name:<15} {}", sample(&themes.theme(name)?, coloured));
    }
    let config = args.config.place()?;
    let _ = write!(told, "\nTo choose one: --theme NAME, or theme = \"NAME\" in {}.\n", config.display());
    if let Some(folder) = args.config.themes_folder() {
        let _ = writeln!(
            told,
            "To make one: a file NAME.toml in {}; inherits = \"nord\" starts from another.",
            folder.display()
        );
    }
    answer::print_styled(&told)?;
    Ok(Exit::Done)
}

fn sample(theme: &Theme, coloured: bool) -> String {
    let ground = theme.style(Role::Text);
    let words = SAMPLE.iter().map(|(role, word)| {
        let style: ContentStyle = ground.patch(theme.style(*role)).into_crossterm();
        if coloured { StyledContent::new(style, *word).to_string() } else { (*word).to_owned() }
    });
    words.collect::<Vec<_>>().join("  ")
}
