//! The run measured against its objectives: the verdict in a line, then every number beside what was promised.

use super::{Answer, Layer, reading};
use crate::console::look::{Role, Theme};
use crate::console::screens::ended;
use crate::console::widgets::prose::Prose;
use crate::console::widgets::sheet::Sheet;
use crate::console::world::World;
use crate::recovery::Event;
use crate::recovery::score::{Score, score};
use crate::recovery::verdict::Row;
use crossterm::event::KeyEvent;
use std::sync::Arc;

/// The score as it was when this was opened.
pub struct ScoreSheet {
    score: Option<Score>,
}

impl ScoreSheet {
    /// Measures the run as far as it has come.
    pub fn new(world: &World) -> Self {
        let events: Vec<Arc<Event>> = world.memory.record.events().cloned().collect();
        Self { score: score(&events) }
    }
}

impl Layer for ScoreSheet {
    fn key(&mut self, key: KeyEvent, _: &World) -> Answer {
        reading::key(key)
    }

    fn sheet(&self, world: &World, theme: &Theme, width: usize) -> Sheet {
        let rows = self.score.as_ref().map(Score::rows).unwrap_or_default();
        let mut prose = Prose::new(theme, width).labelled(rows.iter().map(|row| row.what.as_str()));
        if let Some(score) = &self.score {
            prose.say(Role::Title, &score.came_to.line());
            prose.blank();
            for row in rows {
                prose.pair(&row.what, role(&row), &told(&row));
            }
        }
        let mut lines = prose.done();
        let ended = ended::all(world, theme, width);
        if !ended.is_empty() {
            lines.extend(Prose::new(theme, width).heading("At the end").done());
            lines.extend(ended);
        }
        reading::sheet("score".to_owned(), lines, theme)
    }
}

fn role(row: &Row) -> Role {
    match row.kept {
        Some(true) => Role::Ok,
        Some(false) => Role::Failed,
        None if row.open => Role::Blocked,
        None => Role::Text,
    }
}

fn told(row: &Row) -> String {
    let word = match row.kept {
        Some(true) => ": kept",
        Some(false) => ": MISSED",
        None if row.open => ": NOT SHOWN",
        None => "",
    };
    match &row.promised {
        Some(promised) => format!("{}, promised {promised}{word}", row.measured),
        None => format!("{}{word}", row.measured),
    }
}
