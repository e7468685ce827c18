//! Several gates answered together: losses, approvals and points of no return, with one typing and one reason. What it
//! covers is what is listed, each with its number, and nothing that came later.

use super::decided::Decided;
use crate::console::figures::Store;
use crate::console::layers::form::Asked;
use crate::console::look::Role;
use crate::console::marked::can_share;
use crate::console::step_words;
use crate::console::widgets::prose::Prose;
use crate::console::world::World;
use crate::plan::{GateKind, StepId};
use crate::recovery::{Command, words};
use crate::text::Clean;

/// A gate that can be answered with others.
pub struct Shared {
    /// The place of its step.
    pub place: usize,
    /// Which of the step's gates.
    pub kind: GateKind,
    /// Its step.
    pub step: StepId,
}

/// The other gates that are open beside the gate `kind` at `place` and can be answered with it.
pub fn beside(world: &World, place: usize, kind: GateKind) -> Vec<Shared> {
    let open = world.state.open_gates.keys().copied().filter(|gate| can_share(kind) && *gate != (place, kind));
    of(world, open.filter(|(_, other)| can_share(*other)))
}

/// These gates.
pub fn of(world: &World, gates: impl Iterator<Item = (usize, GateKind)>) -> Vec<Shared> {
    gates.map(|(place, kind)| Shared { place, kind, step: world.state.plan_step(place).id.clone() }).collect()
}

/// How many of each kind there are.
struct Counts {
    losses: usize,
    approvals: usize,
    points: usize,
}

impl Counts {
    fn of(kinds: impl Iterator<Item = GateKind>) -> Self {
        let mut counts = Self { losses: 0, approvals: 0, points: 0 };
        for kind in kinds {
            match kind {
                GateKind::Loss => counts.losses += 1,
                GateKind::Approval => counts.approvals += 1,
                GateKind::PointOfNoReturn => counts.points += 1,
                GateKind::Manual | GateKind::Writers | GateKind::CaughtUp | GateKind::Divergence | GateKind::Window => {
                }
            }
        }
        counts
    }
}

/// The fields that answer gates of all these kinds: one typing, the hardest that any of them asks for, and one reason.
pub fn fields(world: &World, kinds: impl Iterator<Item = GateKind>) -> Vec<Asked> {
    let counts = Counts::of(kinds);
    let region = world.state.run.plan.application.recovery.as_str();
    let elsewhere = [region, "yes", "y", "done"];
    let mut fields = Vec::new();
    match (counts.points, counts.approvals) {
        (0, 0) => {}
        (0, _) => fields.push(Asked::exactly("yes", "to approve")),
        (_, 0) => fields.push(Asked::exactly(region, "to cross")),
        (_, _) => fields.push(Asked::exactly(region, "to cross and approve")),
    }
    match (counts.losses, counts.approvals) {
        (0, 0) => {}
        (0, _) => fields.push(Asked::maybe_words("remark")),
        (1, _) => fields.push(Asked::words("accept it, because").but_not(elsewhere)),
        (_, _) => fields.push(Asked::words("accept them, because").in_short("because").but_not(elsewhere)),
    }
    fields
}

/// The answer to one of them, of what was typed into [`fields`].
pub fn answer(gate: &Shared, kinds: impl Iterator<Item = GateKind>, texts: &[Clean]) -> Command {
    let counts = Counts::of(kinds);
    let typed = counts.points + counts.approvals > 0;
    let text = match gate.kind {
        GateKind::PointOfNoReturn => texts.first(),
        GateKind::Approval
        | GateKind::Loss
        | GateKind::Manual
        | GateKind::Writers
        | GateKind::CaughtUp
        | GateKind::Divergence
        | GateKind::Window => texts.get(usize::from(typed)),
    };
    Command::Answer { step: gate.step.clone(), gate: gate.kind, text: text.cloned().unwrap_or_default() }
}

/// What all of them together are, in a few words; `marked` where they were chosen one by one.
pub fn told(kinds: impl Iterator<Item = GateKind>, marked: bool) -> String {
    let Counts { losses, approvals, points } = Counts::of(kinds);
    let all = losses + approvals + points;
    let which = if marked { format!("the {all} marked") } else { format!("all {all}") };
    if points == all {
        return format!("{which}, each of them for good");
    }
    let some = |count: usize, one: &str, more: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {more}")),
    };
    let parts = [
        some(losses, "loss", "losses"),
        some(approvals, "approval", "approvals"),
        some(points, "for good", "for good"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    format!("{which}: {}", parts.join(", "))
}

/// What a store would lose, and its objective where that is more than it allows.
fn against(store: &Store) -> String {
    let over = store.loss.rpo_seconds.filter(|_| store.is_over());
    let rpo = over.map_or_else(String::new, |rpo| format!(" > rpo {}", words::objective(rpo)));
    format!("{}{rpo}", store.told())
}

/// One line for each of them: what it is, of what, and its number.
pub fn list(world: &World, gates: &[Shared], covered: bool, prose: &mut Prose<'_>) {
    for gate in gates {
        let step = Decided::at(&world.state, gate.place).step;
        let number = match gate.kind {
            GateKind::Loss => step_words::gate_ask(world, gate.place, gate.kind),
            GateKind::PointOfNoReturn if world.state.lags.contains_key(&step.component) => {
                world.figures.store(&step.component).map(against).unwrap_or_default()
            }
            GateKind::Approval => step_words::gate_ask(world, gate.place, gate.kind),
            GateKind::PointOfNoReturn
            | GateKind::Manual
            | GateKind::Writers
            | GateKind::CaughtUp
            | GateKind::Divergence
            | GateKind::Window => String::new(),
        };
        let kind = match gate.kind {
            GateKind::PointOfNoReturn => "for good: ",
            GateKind::Loss
            | GateKind::Approval
            | GateKind::Manual
            | GateKind::Writers
            | GateKind::CaughtUp
            | GateKind::Divergence
            | GateKind::Window => "",
        };
        let number = if number.is_empty() { number } else { format!(", {number}") };
        let role = if covered { Role::Failed } else { Role::Dim };
        let sign = if covered { "x" } else { "·" };
        prose.item(role, sign, &format!("{kind}{} in {}{number}", step.title, step.region));
    }
}
