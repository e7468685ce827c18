//! The layer that stands before a rollback while steps run: going back waits for them, and hold is offered.

use super::{Answer, Layer};
use crate::console::look::{Role, Theme};
use crate::console::step_words;
use crate::console::widgets::prose::Prose;
use crate::console::widgets::sheet::Sheet;
use crate::console::world::World;
use crate::engine::Commander;
use crate::recovery::{Command, Mode};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::text::{Line, Span};

/// Hold first, then roll back.
pub struct HoldFirst {
    commander: Commander,
}

impl HoldFirst {
    /// Offers hold to `commander`.
    pub fn new(commander: &Commander) -> Self {
        Self { commander: commander.clone() }
    }
}

impl Layer for HoldFirst {
    fn key(&mut self, key: KeyEvent, world: &World) -> Answer {
        match key.code {
            KeyCode::Esc | KeyCode::Char('q') => Answer::Close,
            KeyCode::Char(' ') if world.state.mode == Mode::Hold => Answer::Close,
            KeyCode::Char(' ') => Answer::Send {
                commander: self.commander.clone(),
                orders: vec![(Command::SetMode(Mode::Hold), "hold".to_owned())],
            },
            _ => Answer::Ignored,
        }
    }

    fn sheet(&self, world: &World, theme: &Theme, width: usize) -> Sheet {
        let state = &world.state;
        let key = world.keys.hint("roll-back");
        let mut prose = Prose::new(theme, width);
        prose.say(Role::Text, "A rollback starts once nothing runs. Running now:");
        for place in state.busy() {
            let told = format!("{}  {}", state.plan_step(place).title, step_words::time(world, place, 10));
            prose.item(Role::Running, "↻", &told);
        }
        if state.busy().next().is_none() {
            prose.item(Role::Ok, "✓", &format!("nothing: press Esc, then {key}"));
        }
        let then = format!("Hold starts nothing new and lets these finish; then {key} shows what going back does.");
        prose.blank().say(Role::Text, &then);
        let told = if state.mode == Mode::Hold { "held already   Esc back" } else { "Space hold now   Esc back" };
        let foot = vec![Line::default(), Line::from(Span::styled(told, theme.style(Role::Accent)))];
        Sheet { title: "hold first".to_owned(), role: Some(Role::Blocked), body: prose.done(), foot, cursor: None }
    }
}
