//! The layer of a gate: what is asked, the number it is asked about, what will happen, what cannot be undone.

use super::form::{Asked, Purpose, Takes};
use crate::console::look::{Role, Theme};
use crate::console::reading;
use crate::console::widgets::prose::Prose;
use crate::console::world::World;
use crate::plan::{Gate, GateKind, StepId, Undo};
use crate::recovery::words;
use crate::recovery::{Command, objective, rollback};
use crate::text::Clean;
use ratatui::text::Line;

/// A gate that is asked before a step.
pub struct GateAsked {
    place: usize,
    kind: GateKind,
    step: StepId,
}

impl GateAsked {
    /// The gate `kind` before the step at `place`.
    pub fn new(world: &World, place: usize, kind: GateKind) -> Self {
        Self { place, kind, step: world.state.plan_step(place).id.clone() }
    }

    fn about_loss(&self, world: &World, prose: &mut Prose<'_>, rpo_seconds: Option<f64>) {
        let step = world.state.plan_step(self.place);
        let exposure = objective::exposure(&world.state, &step.component, world.now);
        let over = match (exposure.seconds, rpo_seconds) {
            (Some(seconds), Some(rpo)) => seconds > rpo,
            (None, _) => true,
            (Some(_), None) => false,
        };
        let rpo = rpo_seconds.map(|rpo| format!(", rpo {}", words::objective(rpo))).unwrap_or_default();
        let told = match exposure.seconds {
            Some(seconds) => format!("{} of writes{rpo}", words::amount(seconds)),
            None => format!("? unknown, it may be any amount{rpo}"),
        };
        prose.pair("loss if now", if over { Role::Failed } else { Role::Ok }, &told);
        prose.pair("", Role::Text, &exposure.note);
    }
}

impl Purpose for GateAsked {
    fn title(&self, world: &World) -> String {
        format!("{}: {}", self.kind.words(), world.state.plan_step(self.place).title)
    }

    fn role(&self) -> Role {
        match self.kind {
            GateKind::PointOfNoReturn | GateKind::Loss => Role::Failed,
            GateKind::Approval | GateKind::Manual => Role::Blocked,
        }
    }

    fn body(&self, world: &World, theme: &Theme, width: usize) -> Vec<Line<'static>> {
        let state = &world.state;
        let step = state.plan_step(self.place);
        let mut prose = Prose::new(theme, width);
        if let Some(gate) = state.open_gates.get(&(self.place, self.kind)) {
            // The question of a loss gate holds the number of when it was asked; here stands the number of now.
            match self.kind {
                GateKind::Loss => prose.say(Role::Title, &format!("{} now may lose data.", step.title)),
                GateKind::Approval | GateKind::PointOfNoReturn | GateKind::Manual => {
                    prose.say(Role::Title, &gate.question)
                }
            };
            prose.blank();
            let since = objective::seconds_between(gate.since, world.now);
            prose.pair("asked", Role::Text, &format!("{}, {} ago", words::wall(gate.since), words::span(since)));
        }
        let does = if step.acts { "changes the cloud" } else { "changes nothing" };
        prose.pair("will happen", Role::Text, &format!("{}, in {}; {does}", step.title, step.region));
        prose.pair("takes", Role::Text, &format!("≈{}", words::span(step.expected_seconds)));
        let undo_role = match step.undo {
            Undo::PointOfNoReturn => Role::Failed,
            Undo::DataLoss => Role::Blocked,
            Undo::Reversible | Undo::NoneNeeded => Role::Text,
        };
        prose.pair("going back", undo_role, step.undo.words());
        match self.kind {
            GateKind::Loss => {
                let rpo = step.gates.iter().find_map(|gate| match gate {
                    Gate::Loss { rpo_seconds } => Some(*rpo_seconds),
                    Gate::Approval { .. } | Gate::PointOfNoReturn | Gate::Manual { .. } => None,
                });
                self.about_loss(world, &mut prose, rpo);
            }
            GateKind::PointOfNoReturn => {
                if state.lags.contains_key(&step.component) {
                    self.about_loss(
                        world,
                        &mut prose,
                        reading::rpo_seconds(state, &world.shape, step.component.as_str()),
                    );
                }
                let undo = rollback::preview(state, None);
                let before = format!("{} can be undone from here; this one could not", words::steps(undo.undo.len()));
                prose.pair("until now", Role::Text, &before);
            }
            GateKind::Approval | GateKind::Manual => {}
        }
        let waiting: Vec<&str> =
            state.dependents(self.place).iter().map(|place| state.plan_step(*place).title.as_str()).collect();
        prose.pair("waits for it", Role::Text, &waiting.join(", "));
        prose.done()
    }

    fn fields(&self, world: &World) -> Vec<Asked> {
        let asked = |label: &str, takes: Takes| Asked { label: label.to_owned(), takes };
        match self.kind {
            GateKind::PointOfNoReturn => {
                let region = &world.state.run.plan.application.recovery;
                vec![asked(&format!("type {region} to cross"), Takes::Exactly(Clean::new(region.as_str())))]
            }
            GateKind::Loss => vec![asked("accept it, because", Takes::Words)],
            GateKind::Approval => {
                vec![
                    asked("type yes to approve", Takes::Exactly(Clean::new("yes"))),
                    asked("remark", Takes::MaybeWords),
                ]
            }
            GateKind::Manual => {
                vec![
                    asked("type done once it is", Takes::Exactly(Clean::new("done"))),
                    asked("remark", Takes::MaybeWords),
                ]
            }
        }
    }

    fn command(&self, texts: &[Clean]) -> Command {
        let text = match self.kind {
            GateKind::PointOfNoReturn | GateKind::Loss => texts.first(),
            GateKind::Approval | GateKind::Manual => texts.get(1),
        };
        Command::Answer { step: self.step.clone(), gate: self.kind, text: text.cloned().unwrap_or_default() }
    }

    fn said(&self, world: &World) -> String {
        format!("{} for {}", self.kind.words(), world.state.plan_step(self.place).title)
    }

    fn stands(&self, world: &World) -> Result<(), String> {
        if world.state.open_gates.contains_key(&(self.place, self.kind)) {
            return Ok(());
        }
        Err("this gate is not open any more; Esc goes back".to_owned())
    }
}
