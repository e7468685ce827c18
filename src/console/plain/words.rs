//! What is typed in the line mode, understood: a command by its name, and what it is about. Pure.

use crate::console::commands::{Row, TABLE};

/// The rows of the commands table that can be called by their names: what moves about a screen has no place here.
const ROWS: &[&str] = &[
    "go",
    "hold",
    "resume",
    "auto",
    "step-by-step",
    "start",
    "start-step",
    "answer",
    "retry",
    "skip",
    "roll-back",
    "end",
    "note",
    "details",
    "score",
];
/// The rows that may be followed by a step, or a component.
const ABOUT_A_STEP: &[&str] = &["go", "start-step", "answer", "retry", "skip", "roll-back", "details"];
/// Other names of rows.
const ALSO: &[(&str, &str)] = &[
    ("step by step", "step-by-step"),
    ("roll back", "roll-back"),
    ("rollback", "roll-back"),
    ("start step", "start-step"),
];

/// A command of the line mode itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// The facts, and what matters most now.
    Status,
    /// What runs, what is asked, what comes next.
    Next,
    /// What was found that is not as wanted.
    Readiness,
    /// What happened last.
    Log,
    /// The question that is open, from its beginning.
    Again,
    /// One level back: the question that is open is put away.
    Back,
    /// What can be typed.
    Help,
    /// Leave.
    Quit,
}

/// Every command of the line mode itself: its names, the first one the usual, and what it does.
pub const OWN: &[(Own, &[&str], &str)] = &[
    (Own::Status, &["status"], "the clock, what blocks, what runs, what would be lost"),
    (Own::Next, &["next"], "what runs, what is asked, what failed, and what comes next, with the names to type"),
    (Own::Readiness, &["readiness"], "what was found that is not as wanted, with what would mend it"),
    (Own::Log, &["log"], "what happened last, told again"),
    (Own::Again, &["again"], "the question that is open, from its beginning"),
    (Own::Back, &["back", "esc"], "puts the question away that is open; nothing is sent"),
    (Own::Help, &["help", "?"], "this list"),
    (Own::Quit, &["quit", "q", "leave"], "leaves; a run that is not over stands where it is and can be resumed"),
];

/// A command that was typed.
#[derive(Clone, Copy, Debug)]
pub enum Called<'a> {
    /// One of the line mode itself.
    Own(Own),
    /// A row of the table, and what was typed behind its name.
    Row(&'static Row, &'a str),
}

impl Called<'_> {
    /// Whether its name is all that was typed.
    pub fn is_bare(&self) -> bool {
        match self {
            Self::Own(_) => true,
            Self::Row(_, rest) => rest.is_empty(),
        }
    }
}

/// The command that `typed` calls; `None` where it is none.
pub fn called(typed: &str) -> Option<Called<'_>> {
    if let Some((own, ..)) = OWN.iter().find(|(_, names, _)| names.contains(&typed)) {
        return Some(Called::Own(*own));
    }
    let names = ROWS.iter().map(|id| (*id, *id)).chain(ALSO.iter().copied());
    // The longest name first: `start-step` is no `start`.
    let mut found: Vec<(&str, &str)> = names.filter(|(name, _)| is_before(typed, name)).collect();
    found.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    let (name, id) = found.first()?;
    let rest = typed[name.len()..].trim();
    let takes_more = *id == "note" || ABOUT_A_STEP.contains(id);
    if !rest.is_empty() && !takes_more {
        return None;
    }
    Some(Called::Row(row(id)?, rest))
}

/// Whether `typed` begins with the whole word, or words, `name`.
fn is_before(typed: &str, name: &str) -> bool {
    typed.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// The row called `id`.
pub fn row(id: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.id == id)
}

/// The rows that can be called, with what may stand behind their names.
pub fn rows() -> impl Iterator<Item = (&'static Row, &'static str)> {
    ROWS.iter().filter_map(|id| row(id)).map(|row| match row.id {
        "note" => (row, " TEXT"),
        "start-step" | "details" => (row, " STEP"),
        id if ABOUT_A_STEP.contains(&id) => (row, " [STEP]"),
        _ => (row, ""),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(typed: &str) -> Option<(String, String)> {
        called(typed).map(|called| match called {
            Called::Own(own) => (format!("{own:?}"), String::new()),
            Called::Row(row, rest) => (row.id.to_owned(), rest.to_owned()),
        })
    }

    #[test]
    fn a_command_is_called_by_its_name_and_what_it_is_about() {
        let row = |id: &str, rest: &str| Some((id.to_owned(), rest.to_owned()));
        assert_eq!(told("go"), row("go", ""));
        assert_eq!(told("retry  payments/scale"), row("retry", "payments/scale"));
        assert_eq!(told("start-step api"), row("start-step", "api"));
        assert_eq!(told("start step api"), row("start-step", "api"));
        assert_eq!(told("roll back"), row("roll-back", ""));
        assert_eq!(told("note the DBA is on the call"), row("note", "the DBA is on the call"));
        assert_eq!(told("q"), Some(("Quit".to_owned(), String::new())));
    }

    #[test]
    fn words_that_only_begin_like_a_command_are_none() {
        for typed in
            ["gone", "holding on", "hold on, the region is back", "us-west-2", "status of the db", "", "auto-pilot"]
        {
            assert_eq!(told(typed), None, "{typed}");
        }
    }

    #[test]
    fn every_name_is_of_one_command() {
        for id in ROWS {
            assert!(row(id).is_some(), "{id} is in the table");
            assert!(OWN.iter().all(|(_, names, _)| !names.contains(id)), "{id}");
        }
    }
}
