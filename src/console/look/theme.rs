//! A theme: the style of each semantic role. Knows no screen, and not where themes come from.

use ratatui::style::Style;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a piece of the screen means; the theme gives each meaning its style.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Plain words.
    Text,
    /// A heading.
    Title,
    /// Of less worth just now.
    Dim,
    /// A key, or what to look at.
    Accent,
    /// A pane's frame.
    Border,
    /// The frame of the pane that has the keys.
    Focus,
    /// What is chosen.
    Selection,
    /// Verified, healthy, within.
    Ok,
    /// Being worked on.
    Running,
    /// For its turn.
    Waiting,
    /// For a person.
    Blocked,
    /// Failed, down, over a threshold.
    Failed,
    /// Gone on without. Never like [`Role::Ok`].
    Skipped,
    /// Taken back.
    Undone,
    /// Owed to the failing region.
    Owed,
    /// A number too old to trust.
    Stale,
    /// The label of a run on a real cloud.
    Real,
    /// The label of a drill.
    Drill,
    /// The label of one who can only look: watcher, replay, read-only.
    Watch,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 19] = [
        Self::Text,
        Self::Title,
        Self::Dim,
        Self::Accent,
        Self::Border,
        Self::Focus,
        Self::Selection,
        Self::Ok,
        Self::Running,
        Self::Waiting,
        Self::Blocked,
        Self::Failed,
        Self::Skipped,
        Self::Undone,
        Self::Owed,
        Self::Stale,
        Self::Real,
        Self::Drill,
        Self::Watch,
    ];
}

/// The style of every role.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    name: String,
    styles: BTreeMap<Role, Style>,
}

impl Theme {
    /// The theme called `name` with these styles; the role that has none, if there is one.
    pub(super) fn of(name: &str, styles: BTreeMap<Role, Style>) -> Result<Self, Role> {
        match Role::ALL.into_iter().find(|role| !styles.contains_key(role)) {
            Some(role) => Err(role),
            None => Ok(Self { name: name.to_owned(), styles }),
        }
    }

    /// The theme's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The style of `role`.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(&role).copied().unwrap_or_default()
    }
}
