//! What an answer decides. A store's point of no return and its loss are asked before its fence, for all that comes
//! behind it: what cannot be taken back is its promotion, never the fence.

use crate::console::look::Role;
use crate::console::world::World;
use crate::plan::{Role as Part, Step, Undo};
use crate::recovery::loss::{self, Loss};
use crate::recovery::{State, Status, rollback, words};
use crate::service::Asked;

/// The step that is decided about, and the fence that goes before it where it is asked there.
pub struct Decided<'w> {
    /// Its place.
    pub place: usize,
    /// It.
    pub step: &'w Step,
    fence: Option<&'w Step>,
}

impl<'w> Decided<'w> {
    /// The step at `place` itself.
    pub fn alone(state: &'w State, place: usize) -> Self {
        Self { place, step: state.plan_step(place), fence: None }
    }

    /// What is decided at `place`: where that is a fence of a store, its promotion.
    pub fn at(state: &'w State, place: usize) -> Self {
        let asked = state.plan_step(place);
        let mut steps = state.run.runbook.steps.iter().enumerate();
        let promotion = steps.find(|(_, step)| step.role() == Part::Promotion && step.component == asked.component);
        match promotion.filter(|_| asked.role() == Part::Fence) {
            Some((place, step)) => Self { place, step, fence: Some(asked) },
            None => Self::alone(state, place),
        }
    }

    /// What will happen, one after the other, and which of it can be taken back.
    pub fn will_happen(&self) -> String {
        let Some(fence) = self.fence else {
            let does = if self.step.changes() { "changes the cloud" } else { "changes nothing" };
            return format!("{}, in {}; {does}", self.step.title, self.step.region);
        };
        let one = |step: &Step| format!("{} ({})", step.title, going_back(step.undo));
        format!("{}, then {}", one(fence), one(self.step))
    }

    /// How long it usually takes, in seconds.
    pub fn seconds(&self) -> f64 {
        self.step.expected_seconds + self.fence.map_or(0.0, |fence| fence.expected_seconds)
    }

    /// How the word for going back looks.
    pub fn undo_role(&self) -> Role {
        match self.step.undo {
            Undo::PointOfNoReturn => Role::Failed,
            Undo::DataLoss => Role::Blocked,
            Undo::Reversible | Undo::NoneNeeded => Role::Text,
        }
    }

    /// What promoting now may lose, in one sentence.
    pub fn loses(&self, world: &World) -> String {
        let component = &self.step.component;
        let [doing, within] = Loss::doing(world.state.is_copied(component));
        match loss::of(&world.state, component, world.now).filter(|loss| loss.exposure.seconds.is_some()) {
            Some(loss) => {
                let ((lost, _), least) = (loss.sides(), loss.exposure.least());
                format!("{doing} {component} now may lose {least}{lost} of writes.")
            }
            None => format!("What {within} {component} now would lose is unknown."),
        }
    }

    /// How much can be undone until it is crossed: what took effect, not what was asked and never answered.
    pub fn until_now(&self, state: &State) -> String {
        let took_effect = |place: usize| {
            let own = &state.steps[place];
            matches!(own.asked(), Asked::Taken { .. }) && !matches!(own.status, Status::Owed(_))
        };
        let preview = rollback::preview(state, None, false);
        let undo = preview.undo.iter().filter_map(|step| state.place(step)).filter(|place| took_effect(*place)).count();
        let this = if self.fence.is_some() { self.step.title.as_str() } else { "this one" };
        match undo {
            0 => format!("nothing has taken effect yet; {this} could not be undone"),
            count => format!("{} can be undone from here; {this} could not", words::steps(count)),
        }
    }
}

fn going_back(undo: Undo) -> &'static str {
    match undo {
        Undo::PointOfNoReturn => "NO RETURN",
        Undo::NoneNeeded | Undo::Reversible | Undo::DataLoss => undo.words(),
    }
}
