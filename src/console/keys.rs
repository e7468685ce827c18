//! Keys as data: what a command is bound to, and how a key is written for people.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::fmt;

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
