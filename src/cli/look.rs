//! How the console looks and what it takes: the arguments for it, over the configuration, over the surroundings.

use super::config::{Call, ConfigArg};
use crate::console::Manners;
use crate::console::call::{Calling, Terminal};
use crate::console::look::{Glyphs, Theme};

/// How the console looks and what it takes.
#[derive(Debug, Default, clap::Args)]
pub struct LookArgs {
    /// The theme; `landfall themes` shows them. NO_COLOR means mono.
    #[arg(long, value_name = "NAME")]
    theme: Option<String>,
    /// Draw with ASCII characters only. Without it the locale decides.
    #[arg(long)]
    ascii: bool,
    /// Leave the mouse to the terminal.
    #[arg(long)]
    no_mouse: bool,
    /// Line by line, without a screen: events are told on standard output and every question is asked on standard input,
    /// for screen readers and serial lines. Chosen by itself at a terminal with TERM=dumb, and where standard input is a
    /// terminal and standard output is none.
    #[arg(long)]
    plain: bool,
    #[command(flatten)]
    config: ConfigArg,
}

impl LookArgs {
    /// Line by line, and otherwise as the configuration has it.
    pub fn plain() -> Self {
        Self { plain: true, ..Self::default() }
    }

    /// The look and the manners asked for.
    ///
    /// # Errors
    /// What is wrong with the configuration or the theme.
    pub fn look(&self) -> miette::Result<Look> {
        let config = self.config.read()?;
        let no_color = std::env::var("NO_COLOR").ok();
        let asked = self.theme.as_deref().or(config.theme.as_deref());
        let themes = self.config.themes()?;
        let theme = themes.pick(asked, no_color.as_deref())?;
        let glyphs = match config.ascii.filter(|_| !self.ascii) {
            Some(false) => Glyphs::Unicode,
            Some(true) => Glyphs::Ascii,
            None if self.ascii => Glyphs::Ascii,
            None => Glyphs::for_locale(|name| std::env::var(name).ok()),
        };
        let mouse = !self.no_mouse && config.mouse.unwrap_or(true);
        let terminal = Terminal::of(|name| std::env::var(name).ok());
        let Call { bell, title, notify, dialect } = config.call;
        let calling = Calling { bell, title, notify, terminal: terminal.notified_in(dialect) };
        let plain = self.plain || super::plain::is_called_for();
        Ok(Look { plain, theme, glyphs, manners: Manners { keys: config.keys, mouse, themes, calling } })
    }
}

/// How the console looks and what it takes, once it is known.
pub struct Look {
    /// Line by line, without a screen.
    pub plain: bool,
    /// The style of every role.
    pub theme: Theme,
    /// Unicode or ASCII.
    pub glyphs: Glyphs,
    /// What the user has set up.
    pub manners: Manners,
}
