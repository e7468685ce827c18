//! The layer a note is written in.

use super::form::{Asked, Body, Purpose};
use crate::console::look::{Role, Theme};
use crate::console::widgets::prose::Prose;
use crate::console::world::World;
use crate::plan::StepId;
use crate::recovery::Command;
use crate::text::Clean;
use crossterm::event::KeyCode;

/// A note: about the run, or about the step that was chosen when it was begun.
pub struct Note {
    /// The chosen step, and what it is called.
    pub step: Option<(StepId, Clean)>,
    /// Whether it is about that step.
    pub on_step: bool,
}

impl Note {
    fn about(&self) -> Option<&(StepId, Clean)> {
        self.step.as_ref().filter(|_| self.on_step)
    }
}

impl Purpose for Note {
    fn title(&self, _: &World) -> String {
        match self.about() {
            Some((step, _)) => format!("note on {step}"),
            None => "note on the run".to_owned(),
        }
    }

    fn role(&self) -> Role {
        Role::Focus
    }

    fn body(&self, _: &World, theme: &Theme, width: usize) -> Body {
        Prose::new(theme, width)
            .say(Role::Text, "It goes into the journal with your name and the time, for everyone and for good.")
            .done()
            .into()
    }

    fn fields(&self, _: &World) -> Vec<Asked> {
        vec![Asked::words("note")]
    }

    fn command(&self, texts: &[Clean], _: &World) -> Command {
        let step = self.about().map(|(step, _)| step.clone());
        Command::Note { text: texts.first().cloned().unwrap_or_default(), step }
    }

    fn said(&self, world: &World) -> String {
        self.title(world)
    }

    fn ways(&self, _: &World) -> Vec<(bool, Role, String)> {
        let Some((_, title)) = &self.step else { return Vec::new() };
        let role = |chosen: bool| if chosen { Role::Accent } else { Role::Dim };
        vec![
            (!self.on_step, role(!self.on_step), "about the run".to_owned()),
            (self.on_step, role(self.on_step), format!("about the chosen step: {title}")),
        ]
    }

    fn choose(&mut self, key: KeyCode, _: &World) -> bool {
        if self.step.is_none() {
            return false;
        }
        match key {
            KeyCode::Tab | KeyCode::BackTab => self.on_step = !self.on_step,
            KeyCode::Up => self.on_step = false,
            KeyCode::Down => self.on_step = true,
            _ => return false,
        }
        true
    }

    fn chooses_by(&self, _: &World) -> [&'static str; 2] {
        if self.step.is_some() { ["Tab run or step", "Tab"] } else { [""; 2] }
    }
}
