//! The layer that asks before a live run is left.

use super::{Answer, Layer};
use crate::console::look::{Role, Theme};
use crate::console::widgets::prose::Prose;
use crate::console::widgets::sheet::Sheet;
use crate::console::world::World;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::text::{Line, Span};

/// Leaving while the run is live.
pub struct Quit;

impl Layer for Quit {
    fn key(&mut self, key: KeyEvent, _: &World) -> Answer {
        match key.code {
            KeyCode::Char('y') if key.modifiers.is_empty() => Answer::Leave,
            KeyCode::Esc | KeyCode::Char('n' | 'q') => Answer::Close,
            _ => Answer::Ignored,
        }
    }

    fn sheet(&self, world: &World, theme: &Theme, width: usize) -> Sheet {
        let state = &world.state;
        let mut prose = Prose::new(theme, width);
        let is_paying = state.paying.is_some();
        prose.say(
            Role::Title,
            match is_paying {
                true => "The run is over, and what it owes is being paid. Leaving stops looking after that.",
                false => "The run is not over. Leaving it stops driving it.",
            },
        );
        let running: Vec<&str> = state.busy().map(|place| state.plan_step(place).title.as_str()).collect();
        prose.blank();
        if running.is_empty() {
            prose.item(Role::Text, "·", "nothing runs now");
        } else {
            let told = format!("running: {}; what was sent to the cloud goes on there, unwatched", running.join(", "));
            prose.item(Role::Blocked, "↻", &told);
        }
        if is_paying {
            prose.item(Role::Text, "·", "what is not seen to be done stays owed");
        } else {
            prose.item(Role::Text, "·", "nothing new starts, and nobody answers gates");
            prose.item(Role::Text, "·", "the recovery clock goes on");
        }
        prose.item(Role::Text, "·", "to go on later, from here or elsewhere:");
        prose.item(Role::Accent, " ", &format!("landfall resume {}", world.about.journal));
        let foot = vec![Line::default(), Line::from(Span::styled("y leave   Esc stay", theme.style(Role::Accent)))];
        Sheet {
            title: "leave a live run?".to_owned(),
            role: Some(Role::Blocked),
            body: prose.done(),
            foot,
            ..Sheet::default()
        }
    }

    fn asks_to_leave(&self) -> bool {
        true
    }
}
