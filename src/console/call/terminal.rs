//! How a terminal is called: the bell, its title, a notification in the dialect it knows, past a multiplexer that stands
//! between. Bytes out of text; writes nothing.

use crate::console::widgets::fit;
use crate::text::Clean;

/// The bell.
pub const BELL: &str = "\u{7}";
/// The most columns of a title or of a line of a notification.
const MOST: usize = 160;

/// What a person wants to be called by; what they did not say goes by whether they command the run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calling {
    /// The bell: whoever commands is rung, whoever looks on is not.
    pub bell: Option<bool>,
    /// Whether the terminal's title tells how the run stands.
    pub title: Option<bool>,
    /// Notifications: as with the bell.
    pub notify: Option<bool>,
    /// The terminal that is called.
    pub terminal: Terminal,
}

/// The dialect of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// iTerm2, WezTerm, ConEmu, Windows Terminal.
    Osc9,
    /// urxvt, foot, Ghostty, VTE.
    Osc777,
    /// kitty.
    Osc99,
}

impl Dialect {
    /// Every dialect, by the name that the configuration has for it.
    pub const ALL: [(&'static str, Self); 3] = [("osc9", Self::Osc9), ("osc777", Self::Osc777), ("osc99", Self::Osc99)];
}

/// What stands between the console and the terminal and lets only through what is wrapped for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Through {
    Nothing,
    Tmux,
    Screen,
}

/// The terminal that is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// How it is notified; not at all where it would print what it does not know.
    pub dialect: Option<Dialect>,
    /// Whether it has a title.
    pub titled: bool,
    through: Through,
}

impl Default for Terminal {
    fn default() -> Self {
        Self { dialect: None, titled: false, through: Through::Nothing }
    }
}

impl Terminal {
    /// The terminal that these surroundings tell of.
    pub fn of(env: impl Fn(&str) -> Option<String>) -> Self {
        let is_set = |name: &str| env(name).is_some_and(|value| !value.is_empty());
        let holds = |name: &str, part: &str| env(name).is_some_and(|value| value.to_lowercase().contains(part));
        let through = match () {
            () if is_set("TMUX") => Through::Tmux,
            () if is_set("STY") => Through::Screen,
            () => Through::Nothing,
        };
        let term = env("TERM").unwrap_or_default();
        // They would print it: the console of a machine itself, old hardware, and what names no terminal.
        let plain =
            term.is_empty() || ["linux", "dumb", "vt", "cons", "sun", "ansi"].iter().any(|it| term.starts_with(it));
        if plain && through == Through::Nothing {
            return Self { dialect: None, titled: false, through };
        }
        let dialect = match () {
            () if is_set("KITTY_WINDOW_ID") || term.contains("kitty") => Dialect::Osc99,
            () if is_set("GHOSTTY_RESOURCES_DIR") || holds("TERM_PROGRAM", "ghostty") || term.contains("ghostty") => {
                Dialect::Osc777
            }
            () if holds("LC_TERMINAL", "iterm") || holds("TERM_PROGRAM", "iterm") => Dialect::Osc9,
            () if holds("TERM_PROGRAM", "wezterm") || is_set("WEZTERM_PANE") => Dialect::Osc9,
            () if is_set("VTE_VERSION") || term.starts_with("foot") || term.starts_with("rxvt") => Dialect::Osc777,
            // ConEmu, Windows Terminal; and those that do not say who they are pass over it.
            () => Dialect::Osc9,
        };
        Self { dialect: Some(dialect), titled: true, through }
    }

    /// The same, notified in `dialect` where one is named.
    pub fn notified_in(self, dialect: Option<Dialect>) -> Self {
        Self { dialect: dialect.or(self.dialect), ..self }
    }

    /// The bytes that notify of `text` under `title`; none where this terminal cannot.
    pub fn notification(&self, title: &str, text: &str) -> String {
        let (title, text) = (told(title), told(text));
        let parts = match self.dialect {
            None => Vec::new(),
            Some(Dialect::Osc9) => vec![format!("9;{title}: {text}")],
            Some(Dialect::Osc777) => vec![format!("777;notify;{title};{text}")],
            // In two parts; shown only while the window has not the focus.
            Some(Dialect::Osc99) => {
                vec![format!("99;i=landfall:d=0:o=unfocused;{title}"), format!("99;i=landfall:d=1:p=body;{text}")]
            }
        };
        parts.iter().map(|part| self.wrapped(part)).collect()
    }

    /// An operating system command, wrapped for what stands between.
    fn wrapped(&self, command: &str) -> String {
        match self.through {
            Through::Nothing => format!("\u{1b}]{command}\u{1b}\\"),
            // Each escape inside is doubled.
            Through::Tmux => format!("\u{1b}Ptmux;\u{1b}\u{1b}]{command}\u{1b}\u{1b}\\\u{1b}\\"),
            // It ends at the first string terminator: the command inside is ended by the bell instead.
            Through::Screen => format!("\u{1b}P\u{1b}]{command}\u{7}\u{1b}\\"),
        }
    }
}

/// The bytes that give the terminal this title. A multiplexer has a title of its own for each pane: nothing is wrapped.
pub fn title(text: &str) -> String {
    format!("\u{1b}]2;{}\u{1b}\\", told(text))
}

/// Text for within a command: no control characters, nothing that parts it, and an end.
fn told(text: &str) -> String {
    fit(&Clean::new(text).replace(';', ","), MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Vars<'a> = &'a [(&'a str, &'a str)];

    fn terminal(vars: Vars<'_>) -> Terminal {
        Terminal::of(|name| vars.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn each_terminal_is_notified_in_its_own_dialect() {
        let cases: &[(Vars<'_>, Option<Dialect>)] = &[
            (&[("TERM", "xterm-kitty"), ("KITTY_WINDOW_ID", "1")], Some(Dialect::Osc99)),
            (&[("TERM", "xterm-ghostty")], Some(Dialect::Osc777)),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "ghostty")], Some(Dialect::Osc777)),
            (&[("TERM", "xterm-256color"), ("VTE_VERSION", "7600")], Some(Dialect::Osc777)),
            (&[("TERM", "foot-extra")], Some(Dialect::Osc777)),
            (&[("TERM", "rxvt-unicode-256color")], Some(Dialect::Osc777)),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")], Some(Dialect::Osc9)),
            (&[("TERM", "tmux-256color"), ("TMUX", "/tmp/s,1,0"), ("LC_TERMINAL", "iTerm2")], Some(Dialect::Osc9)),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")], Some(Dialect::Osc9)),
            (&[("TERM", "xterm-256color"), ("WT_SESSION", "d7")], Some(Dialect::Osc9)),
            (&[("TERM", "linux")], None),
            (&[("TERM", "dumb")], None),
            (&[("TERM", "vt220")], None),
            (&[], None),
        ];
        for (vars, dialect) in cases {
            assert_eq!(terminal(vars).dialect, *dialect, "{vars:?}");
            assert_eq!(terminal(vars).titled, dialect.is_some(), "{vars:?}");
        }
    }

    #[test]
    fn a_notification_goes_through_a_multiplexer_wrapped_as_it_wants() {
        let plain = terminal(&[("TERM", "xterm-256color")]);
        assert_eq!(plain.notification("shop", "asks"), "\u{1b}]9;shop: asks\u{1b}\\");
        let tmux = terminal(&[("TERM", "tmux-256color"), ("TMUX", "/tmp/s,1,0")]);
        assert_eq!(tmux.notification("shop", "asks"), "\u{1b}Ptmux;\u{1b}\u{1b}]9;shop: asks\u{1b}\u{1b}\\\u{1b}\\");
        let screen = terminal(&[("TERM", "screen"), ("STY", "1.pts")]);
        assert_eq!(screen.notification("shop", "asks"), "\u{1b}P\u{1b}]9;shop: asks\u{7}\u{1b}\\");
        let kitty = terminal(&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/s,1,0")]).notification("shop", "asks");
        assert_eq!(kitty.matches("\u{1b}Ptmux;").count(), 2, "each of its two parts by itself");
        assert_eq!(terminal(&[("TERM", "linux")]).notification("shop", "asks"), "");
    }

    #[test]
    fn what_is_told_can_end_no_command_and_has_an_end() {
        let evil = "a\u{1b}\\\u{7}\u{9c}\u{9d};b\n".to_owned() + &"x".repeat(1000);
        for dialect in Dialect::ALL.map(|(_, dialect)| dialect) {
            let terminal = Terminal { dialect: Some(dialect), titled: true, through: Through::Nothing };
            let told = terminal.notification(&evil, &evil);
            let commands = if dialect == Dialect::Osc99 { 2 } else { 1 };
            assert_eq!(told.matches('\u{1b}').count(), 2 * commands, "{told:?}");
            assert!(!told.contains(['\u{7}', '\u{9c}', '\u{9d}', '\n']), "{told:?}");
            assert!(told.chars().count() < 400, "{}", told.len());
        }
        assert!(title(&evil).starts_with("\u{1b}]2;a"));
        assert_eq!(title(&evil).matches('\u{1b}').count(), 2);
    }
}
