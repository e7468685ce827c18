//! Keys as data: what a command is bound to, how a key is written for people and in the configuration.

use super::look::Glyphs;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::fmt;
use std::str::FromStr;

/// The keys that have a name, as the configuration writes them.
const NAMED: [(&str, KeyCode); 20] = [
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("shift-tab", KeyCode::BackTab),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("page-up", KeyCode::PageUp),
    ("pgup", KeyCode::PageUp),
    ("page-down", KeyCode::PageDown),
    ("pgdn", KeyCode::PageDown),
    ("insert", KeyCode::Insert),
    ("ins", KeyCode::Insert),
    ("delete", KeyCode::Delete),
    ("del", KeyCode::Delete),
    ("backspace", KeyCode::Backspace),
];

/// What is no key, and what would be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAKey {
    /// Nothing is called so.
    #[error("`{0}` is no key")]
    Unknown(String),
    /// A terminal sends it as another key.
    #[error("a terminal sends {0} as {1}: it cannot be bound")]
    Alike(String, &'static str),
}

/// A key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    code: KeyCode,
    control: bool,
}

impl Chord {
    /// A key by itself.
    pub const fn key(code: KeyCode) -> Self {
        Self { code, control: false }
    }
    /// A letter or sign.
    pub const fn char(typed: char) -> Self {
        Self::key(KeyCode::Char(typed))
    }
    /// A letter with Ctrl.
    pub const fn control(typed: char) -> Self {
        Self { code: KeyCode::Char(typed), control: true }
    }

    /// The chord of a key pressed. Shift is in the letter itself; Alt makes it a key nothing is bound to.
    pub fn of(key: KeyEvent) -> Option<Self> {
        if key.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::META | KeyModifiers::HYPER)
        {
            return None;
        }
        Some(Self { code: key.code, control: key.modifiers.contains(KeyModifiers::CONTROL) })
    }
}

impl Chord {
    /// The names that keys have, for a message about one that is none.
    pub fn names() -> Vec<&'static str> {
        NAMED.iter().map(|(name, _)| *name).collect()
    }

    /// As it is written with these glyphs: an arrow is a word where there is no sign for it.
    pub fn spelled(&self, glyphs: Glyphs) -> String {
        match (glyphs, self.code) {
            (Glyphs::Ascii, KeyCode::Up) => "Up".to_owned(),
            (Glyphs::Ascii, KeyCode::Down) => "Down".to_owned(),
            (Glyphs::Ascii, KeyCode::Left) => "Left".to_owned(),
            (Glyphs::Ascii, KeyCode::Right) => "Right".to_owned(),
            (Glyphs::Unicode | Glyphs::Ascii, _) => self.to_string(),
        }
    }

    /// Whether it is for moving about, in every list and in every program: nothing that acts may be bound to it.
    pub fn moves(&self) -> bool {
        match self.code {
            KeyCode::Up
            | KeyCode::Down
            | KeyCode::Left
            | KeyCode::Right
            | KeyCode::Home
            | KeyCode::End
            | KeyCode::PageUp
            | KeyCode::PageDown
            | KeyCode::Tab
            | KeyCode::BackTab
            | KeyCode::Enter
            | KeyCode::Esc => true,
            KeyCode::Char(typed) => !self.control && "hjklgG".contains(typed),
            _ => false,
        }
    }
}

impl FromStr for Chord {
    type Err = NotAKey;

    /// Reads a key as the configuration writes it: `R`, `space`, `page-up`, `f5`, `ctrl-r`.
    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let unknown = || NotAKey::Unknown(text.to_owned());
        let mut letters = text.chars();
        if let (Some(typed), None) = (letters.next(), letters.next()) {
            return if typed.is_control() { Err(unknown()) } else { Ok(Self::char(typed)) };
        }
        let name = text.to_ascii_lowercase();
        if let Some((_, code)) = NAMED.iter().find(|(known, _)| *known == name) {
            return Ok(Self::key(*code));
        }
        if let Some(number) = name.strip_prefix('f').and_then(|number| number.parse::<u8>().ok()) {
            return if (1..=12).contains(&number) { Ok(Self::key(KeyCode::F(number))) } else { Err(unknown()) };
        }
        let letter = name.strip_prefix("ctrl-").and_then(|rest| rest.parse::<char>().ok());
        match letter.filter(char::is_ascii_lowercase) {
            Some('i') => Err(NotAKey::Alike("Ctrl-I".to_owned(), "Tab")),
            Some('m') => Err(NotAKey::Alike("Ctrl-M".to_owned(), "Enter")),
            Some(letter) => Ok(Self::control(letter)),
            None => Err(unknown()),
        }
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.control {
            f.write_str("Ctrl-")?;
        }
        match self.code {
            KeyCode::Char(' ') => f.write_str("Space"),
            KeyCode::Char(typed) if self.control => write!(f, "{}", typed.to_ascii_uppercase()),
            KeyCode::Char(typed) => write!(f, "{typed}"),
            KeyCode::Up => f.write_str("↑"),
            KeyCode::Down => f.write_str("↓"),
            KeyCode::Left => f.write_str("←"),
            KeyCode::Right => f.write_str("→"),
            KeyCode::PageUp => f.write_str("PgUp"),
            KeyCode::PageDown => f.write_str("PgDn"),
            KeyCode::BackTab => f.write_str("Shift-Tab"),
            other => write!(f, "{other}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_the_configuration_writes_them() {
        assert_eq!("R".parse(), Ok(Chord::char('R')));
        assert_eq!("Space".parse(), Ok(Chord::char(' ')));
        assert_eq!("ctrl-r".parse(), Ok(Chord::control('r')));
        assert_eq!("Page-Up".parse(), Ok(Chord::key(KeyCode::PageUp)));
        assert_eq!("f5".parse(), Ok(Chord::key(KeyCode::F(5))));
        assert_eq!("東".parse(), Ok(Chord::char('東')));
        for wrong in ["", "f13", "f0", "ctrl-", "ctrl-rr", "alt-x", "spcae", "\u{1b}"] {
            assert!(matches!(wrong.parse::<Chord>(), Err(NotAKey::Unknown(_))), "{wrong:?}");
        }
        assert!(matches!("ctrl-m".parse::<Chord>(), Err(NotAKey::Alike(..))), "it is Enter to a terminal");
    }
}
