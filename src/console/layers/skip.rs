//! The layer that asks why a step is skipped, and then for the word.

use super::form::{Asked, Body, Purpose};
use crate::console::look::{Role, Theme};
use crate::console::widgets::prose::Prose;
use crate::console::world::World;
use crate::plan::Undo;
use crate::recovery::Command;
use crate::text::Clean;

/// Going on without a step.
pub struct Skip {
    /// Its place.
    pub place: usize,
    /// Its name.
    pub step: crate::plan::StepId,
}

impl Purpose for Skip {
    fn title(&self, world: &World) -> String {
        format!("skip {}", world.state.plan_step(self.place).title)
    }

    fn role(&self) -> Role {
        Role::Skipped
    }

    fn body(&self, world: &World, theme: &Theme, width: usize) -> Body {
        let state = &world.state;
        let step = state.plan_step(self.place);
        let waiting: Vec<&str> =
            state.dependents(self.place).iter().map(|place| state.plan_step(*place).title.as_str()).collect();
        let mut prose = Prose::new(theme, width);
        prose.say(Role::Text, &format!("The run goes on as if “{}” were done. It will not be.", step.title));
        prose.say(Role::Blocked, "A skipped step is never green; the run ends “completed with exceptions” at best.");
        prose.blank();
        prose.pair("it is", Role::Text, state.steps[self.place].status.word());
        prose.pair("last seen", Role::Text, &state.steps[self.place].note);
        if step.undo == Undo::PointOfNoReturn {
            prose.pair("it was to be", Role::Failed, step.undo.words());
        }
        prose.pair(
            "lets go on",
            Role::Text,
            &if waiting.is_empty() { "nothing".to_owned() } else { waiting.join(", ") },
        );
        prose.done().into()
    }

    fn fields(&self, _: &World) -> Vec<Asked> {
        // Words alone would not do: who types the answer to a gate that is not open has typed `s` and words.
        vec![Asked::words("skip it, because"), Asked::exactly("skip", "to skip it")]
    }

    fn command(&self, texts: &[Clean], _: &World) -> Command {
        Command::Skip { step: self.step.clone(), reason: texts.first().cloned().unwrap_or_default() }
    }

    fn said(&self, world: &World) -> String {
        self.title(world)
    }
}
