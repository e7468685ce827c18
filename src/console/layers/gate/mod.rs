//! The layer of a gate: what is asked, the number it is asked about, what will happen, what cannot be undone.

pub(super) mod decided;
mod together;
mod way_back;
mod ways;

use super::Front;
use super::form::{Asked, Body, Purpose};
use crate::console::look::{Role, Theme};
use crate::console::reading;
use crate::console::widgets::prose::Prose;
use crate::console::world::World;
use crate::plan;
use crate::plan::{Gate, GateKind, StepId};
use crate::recovery::words;
use crate::recovery::{Command, divergence, loss, objective};
use crate::text::Clean;
use crossterm::event::KeyCode;
use decided::Decided;
use together::Shared;

const TWO_WRITERS: &str = "two writers";
const LOSE_DATA: &str = "lose data";
const YES: &str = "yes";
const DONE: &str = "done";

/// A gate that is asked before a step.
pub struct GateAsked {
    place: usize,
    kind: GateKind,
    step: StepId,
    /// The other gates that are asked now and can be answered with it.
    others: Vec<Shared>,
    all: bool,
    /// Whether the others were marked one by one: then it is about all of them, and nothing else can be chosen.
    marked: bool,
    /// Of what may differ: whether it is accepted as it is, and not reconciled.
    accepts: bool,
}

impl GateAsked {
    /// The gate `kind` before the step at `place`.
    pub fn new(world: &World, place: usize, kind: GateKind) -> Self {
        let others = together::beside(world, place, kind);
        Self {
            place,
            kind,
            step: world.state.plan_step(place).id.clone(),
            others,
            all: false,
            marked: false,
            accepts: false,
        }
    }

    /// The gates that were marked, answered together; `None` where none is marked.
    pub fn marked(world: &World) -> Option<Self> {
        let marked = world.marked.open(&world.state);
        let (&(place, kind), others) = marked.split_first()?;
        let others = together::of(world, others.iter().copied());
        let all = !others.is_empty();
        Some(Self {
            place,
            kind,
            step: world.state.plan_step(place).id.clone(),
            others,
            all,
            marked: true,
            accepts: false,
        })
    }

    /// Whether it can be about one gate only, or about all that are asked.
    fn has_ways(&self) -> bool {
        !self.others.is_empty() && !self.marked
    }

    /// The word that a gate of this kind is answered by, typed exactly; none where it is a reason of one's own.
    pub fn word(world: &World, kind: GateKind) -> Option<&str> {
        match kind {
            GateKind::PointOfNoReturn | GateKind::Window => Some(world.state.run.plan.application.recovery.as_str()),
            GateKind::Writers => Some(TWO_WRITERS),
            GateKind::CaughtUp => Some(LOSE_DATA),
            GateKind::Approval => Some(YES),
            GateKind::Manual => Some(DONE),
            GateKind::Loss | GateKind::Divergence => None,
        }
    }

    /// Itself and all that can be answered with it.
    fn together(&self) -> Vec<Shared> {
        let own = Shared { place: self.place, kind: self.kind, step: self.step.clone() };
        let others = self.others.iter();
        let others =
            others.map(|Shared { place, kind, step }| Shared { place: *place, kind: *kind, step: step.clone() });
        std::iter::once(own).chain(others).collect()
    }

    fn kinds(&self) -> impl Iterator<Item = GateKind> {
        std::iter::once(self.kind).chain(self.others.iter().map(|other| other.kind))
    }

    /// What the answer decides: of a point of no return and of a loss, the promotion behind a store's fence.
    fn decided<'w>(&self, world: &'w World) -> Decided<'w> {
        match self.kind {
            GateKind::PointOfNoReturn | GateKind::Loss => Decided::at(&world.state, self.place),
            GateKind::Approval
            | GateKind::Manual
            | GateKind::Writers
            | GateKind::CaughtUp
            | GateKind::Divergence
            | GateKind::Window => Decided::alone(&world.state, self.place),
        }
    }

    /// The others that are asked, each with its number.
    fn about_others(&self, world: &World, prose: &mut Prose<'_>) {
        if self.others.is_empty() {
            return;
        }
        let points_only = self.kinds().all(|kind| kind == GateKind::PointOfNoReturn);
        prose.heading(match (self.marked, points_only) {
            (true, _) => "Marked, and answered together",
            (false, true) => "More points of no return are asked now",
            (false, false) => "More is asked now",
        });
        together::list(world, &self.together(), self.all, prose);
    }

    fn about_loss(&self, world: &World, prose: &mut Prose<'_>, rpo_seconds: Option<f64>) {
        let step = world.state.plan_step(self.place);
        let exposure = loss::exposure(&world.state, &step.component, world.now);
        let over = match (exposure.seconds, rpo_seconds) {
            (Some(seconds), Some(rpo)) => seconds > rpo,
            (None, _) => true,
            (Some(_), None) => false,
        };
        let (lost, rpo) = exposure.sides(rpo_seconds);
        let rpo = rpo.map_or_else(String::new, |rpo| format!(", rpo {rpo}"));
        let told = match exposure.seconds {
            Some(_) => format!("{}{lost} of writes{rpo}", exposure.least()),
            None => format!("? unknown, it may be any amount{rpo}"),
        };
        let role = match (over, exposure.at_least) {
            (true, _) => Role::Failed,
            // It may be more, and over.
            (false, true) => Role::Text,
            (false, false) => Role::Ok,
        };
        prose.pair("loss if now", role, &told);
        prose.pair("", Role::Text, &exposure.note);
        // Before the fence it is accepted for what waiting for the fence may add, too.
        let waits = step.timeout_seconds;
        if let Some(seconds) = exposure.seconds.filter(|_| step.role() == plan::Role::Fence) {
            let most = words::amount(seconds + waits);
            let told = format!("{most}: now, and {} that its fence may be waited for", words::objective(waits));
            prose.pair("accepted up to", Role::Text, &told);
        }
    }
}

impl Purpose for GateAsked {
    fn title(&self, world: &World) -> String {
        let more = if self.all { format!(" and {} more", self.others.len()) } else { String::new() };
        format!("{}: {}{more}", self.kind.words(), self.decided(world).step.title)
    }

    fn role(&self) -> Role {
        match self.kind {
            GateKind::PointOfNoReturn | GateKind::Loss | GateKind::Writers | GateKind::CaughtUp | GateKind::Window => {
                Role::Failed
            }
            GateKind::Approval | GateKind::Manual | GateKind::Divergence => Role::Blocked,
        }
    }

    fn body(&self, world: &World, theme: &Theme, width: usize) -> Body {
        let state = &world.state;
        let step = state.plan_step(self.place);
        let mut prose = Prose::new(theme, width);
        if step.asks_when_failing == Some(self.kind) {
            self.about_failure(world, &mut prose);
            return prose.done().into();
        }
        let decided = self.decided(world);
        if let Some(gate) = state.open_gates.get(&(self.place, self.kind)) {
            // The question of a loss gate holds the number of when it was asked; here stands the number of now.
            match self.kind {
                GateKind::Loss => prose.say(Role::Title, &decided.loses(world)),
                GateKind::Approval
                | GateKind::PointOfNoReturn
                | GateKind::Manual
                | GateKind::Writers
                | GateKind::CaughtUp
                | GateKind::Window => prose.say(Role::Title, &gate.question),
                // What each store says stands below, as it is now.
                GateKind::Divergence => prose.say(Role::Title, way_back::ASKS),
            };
            prose.blank();
            let since = objective::seconds_between(gate.since, world.now);
            prose.pair("asked", Role::Text, &format!("{}, {} ago", words::wall(gate.since), words::age(since)));
        }
        if let GateKind::Divergence | GateKind::Window = self.kind {
            way_back::about(world, self.kind, &mut prose);
            self.about_others(world, &mut prose);
            return prose.done().into();
        }
        prose.pair("will happen", Role::Text, &decided.will_happen());
        prose.pair("takes", Role::Text, &format!("≈{}", words::clock(decided.seconds())));
        prose.pair("going back", decided.undo_role(), decided.step.undo.words());
        match self.kind {
            GateKind::Loss => {
                let rpo = step.gates.iter().find_map(|gate| match gate {
                    Gate::Loss { rpo_seconds } => Some(*rpo_seconds),
                    Gate::Approval { .. }
                    | Gate::Planned { .. }
                    | Gate::PointOfNoReturn
                    | Gate::Manual { .. }
                    | Gate::Divergence { .. }
                    | Gate::Window { .. } => None,
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
                prose.pair("until now", Role::Text, &decided.until_now(state));
            }
            GateKind::Approval
            | GateKind::Manual
            | GateKind::Writers
            | GateKind::CaughtUp
            | GateKind::Divergence
            | GateKind::Window => {}
        }
        let waiting: Vec<&str> =
            state.dependents(decided.place).iter().map(|place| state.plan_step(*place).title.as_str()).collect();
        prose.pair("waits for it", Role::Text, &waiting.join(", "));
        self.about_others(world, &mut prose);
        // What one typing covers is in sight once it is chosen.
        let listed = (self.all && !self.others.is_empty()).then(|| prose.len() - 1);
        Body { lines: prose.done(), chosen: listed }
    }

    fn fields(&self, world: &World) -> Vec<Asked> {
        if self.all {
            return together::fields(world, self.kinds());
        }
        match self.kind {
            GateKind::PointOfNoReturn => {
                vec![Asked::exactly(world.state.run.plan.application.recovery.as_str(), "to cross")]
            }
            GateKind::Loss => together::fields(world, std::iter::once(self.kind)),
            GateKind::Writers => {
                vec![Asked::exactly(TWO_WRITERS, "to go on beside it"), Asked::words("because")]
            }
            GateKind::CaughtUp => {
                vec![Asked::exactly(LOSE_DATA, "to promote all the same"), Asked::words("because")]
            }
            GateKind::Approval => vec![Asked::exactly(YES, "to approve"), Asked::maybe_words("remark")],
            GateKind::Manual => vec![Asked::exactly(DONE, "once it is"), Asked::maybe_words("remark")],
            GateKind::Divergence if self.accepts => vec![Asked::words("accepted, because")],
            GateKind::Divergence => vec![Asked::words("reconciled by")],
            GateKind::Window => {
                vec![Asked::exactly(world.state.run.plan.application.recovery.as_str(), "to go back")]
            }
        }
    }

    fn command(&self, texts: &[Clean], _: &World) -> Command {
        let text = match self.kind {
            GateKind::Divergence => {
                let typed = texts.first().map(Clean::as_str).unwrap_or_default();
                let says = if self.accepts { divergence::accepted(typed) } else { divergence::reconciled(typed) };
                let (step, gate) = (self.step.clone(), self.kind);
                return Command::Answer { step, gate, text: Clean::new(&says) };
            }
            GateKind::PointOfNoReturn | GateKind::Loss | GateKind::Window => texts.first(),
            GateKind::Approval | GateKind::Manual | GateKind::Writers | GateKind::CaughtUp => texts.get(1),
        };
        Command::Answer { step: self.step.clone(), gate: self.kind, text: text.cloned().unwrap_or_default() }
    }

    fn said(&self, world: &World) -> String {
        format!("{} for {}", self.kind.words(), self.decided(world).step.title)
    }

    fn orders(&self, texts: &[Clean], world: &World) -> Vec<(Command, String)> {
        if !self.all {
            return vec![(self.command(texts, world), self.said(world))];
        }
        let order = |gate: &Shared| {
            let said = format!("{} for {}", gate.kind.words(), Decided::at(&world.state, gate.place).step.title);
            (together::answer(gate, self.kinds(), texts), said)
        };
        self.together().iter().map(order).collect()
    }

    fn stands(&self, world: &World) -> Result<(), String> {
        if !world.state.open_gates.contains_key(&(self.place, self.kind)) {
            return Err(format!("this gate is not open any more; {} goes back", world.keys.hint("back")));
        }
        let closed = self.others.iter().find(|other| !world.state.open_gates.contains_key(&(other.place, other.kind)));
        match closed.filter(|_| self.all) {
            Some(other) => {
                let title = &Decided::at(&world.state, other.place).step.title;
                let else_do = if self.marked {
                    format!("{} goes back to what is", world.keys.hint("back"))
                } else {
                    "choose this one only".to_owned()
                };
                Err(format!("{} of {title} is not asked any more; {else_do}", other.kind.words()))
            }
            None => Ok(()),
        }
    }

    fn choose(&mut self, key: KeyCode, _: &World) -> bool {
        if self.kind == GateKind::Divergence {
            match key {
                KeyCode::Up => self.accepts = false,
                KeyCode::Down => self.accepts = true,
                _ => return false,
            }
            return true;
        }
        if !self.has_ways() {
            return false;
        }
        match key {
            KeyCode::Up => self.all = false,
            KeyCode::Down => self.all = true,
            _ => return false,
        }
        true
    }

    fn pick(&mut self, number: usize, _: &World) -> bool {
        if self.kind == GateKind::Divergence && (1..=2).contains(&number) {
            self.accepts = number == 2;
            return true;
        }
        let is_one = self.has_ways() && (1..=2).contains(&number);
        if is_one {
            self.all = number == 2;
        }
        is_one
    }

    fn ways(&self, world: &World) -> Vec<(bool, Role, String)> {
        if self.kind == GateKind::Divergence {
            let role = |chosen: bool| if chosen { Role::Accent } else { Role::Dim };
            return vec![
                (!self.accepts, role(!self.accepts), "it was reconciled".to_owned()),
                (self.accepts, role(self.accepts), "it is accepted as it is".to_owned()),
            ];
        }
        if self.others.is_empty() {
            return Vec::new();
        }
        let component = &self.decided(world).step.component;
        let all = together::told(self.kinds(), self.marked);
        if self.marked {
            return vec![(true, Role::Failed, all)];
        }
        let role = |chosen: bool, role: Role| if chosen { role } else { Role::Dim };
        vec![
            (!self.all, role(!self.all, Role::Accent), format!("this one only: {component}")),
            (self.all, role(self.all, Role::Failed), all),
        ]
    }

    fn front(&self) -> Front {
        Front::Gate
    }

    fn chooses_by(&self, _: &World) -> [&'static str; 2] {
        if !self.has_ways() && self.kind != GateKind::Divergence { [""; 2] } else { ["arrows choose", "arrows"] }
    }
}
