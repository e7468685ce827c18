//! The start form: what preflight found, what starts at once, what users will notice, what may be lost; and the region
//! that is typed. Nothing is changed anywhere before it is sent.

use super::form::{Asked, Purpose, Takes};
use crate::console::look::{Role, Theme};
use crate::console::reading;
use crate::console::widgets::prose::Prose;
use crate::console::world::World;
use crate::plan::{GateKind, Intent, Role as Part, StepId};
use crate::recovery::start::Found;
use crate::recovery::{Command, Mode, Start, loss, objective, words};
use crate::text::Clean;
use ratatui::text::Line;

/// What goes on once the run is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// Every step as soon as its needs are verified.
    Auto,
    /// The next step.
    Go,
    /// This step.
    Step(StepId),
}

/// The start.
pub struct StartForm {
    then: Then,
    region: Clean,
}

impl StartForm {
    /// The start, and what goes on after it.
    pub fn new(world: &World, then: Then) -> Self {
        Self { then, region: Clean::new(world.state.run.plan.application.recovery.as_str()) }
    }

    fn say_preflight(world: &World, prose: &mut Prose<'_>) {
        let Some(preflight) = &world.state.preflight else {
            prose.item(Role::Blocked, "…", "both regions are being asked; it takes ten seconds at most");
            return;
        };
        for found in world.state.blockers() {
            prose.item(Role::Failed, "✗", &told(found));
            if !found.check.fix.is_empty() {
                prose.item(Role::Dim, " ", &found.check.fix);
            }
        }
        if world.state.run.intent == Intent::Failover {
            for found in &preflight.unknown {
                prose.item(Role::Blocked, "?", &told(found));
            }
        }
        for found in preflight.warns.iter().filter(|found| found.step.is_some() || found.seen_at.is_some()) {
            prose.item(Role::Text, "!", &told(found));
        }
        prose.item(Role::Ok, "✓", &format!("{} checks are as wanted", preflight.ok.len()));
    }

    fn say_what_starts(&self, world: &World, prose: &mut Prose<'_>) {
        let state = &world.state;
        let ready: Vec<&str> = state
            .ready()
            .filter(|place| state.plan_step(*place).gates.is_empty())
            .map(|place| state.plan_step(place).title.as_str())
            .collect();
        let starts = match (&self.then, ready.len()) {
            (Then::Step(step), _) => state.step(step).map_or(step.as_str(), |(step, _)| &step.title).to_owned(),
            (_, 0) => "nothing: a question is asked first".to_owned(),
            (Then::Go, _) => {
                let next = reading::next_step(state);
                next.map_or_else(String::new, |place| state.plan_step(place).title.to_string())
            }
            (Then::Auto, 1..=6) => ready.join(", "),
            (Then::Auto, more) => format!("{} and {} more", ready[..6].join(", "), more - 6),
        };
        prose.pair("starts at once", Role::Text, &starts);
        let fences = state.run.runbook.steps.iter().filter(|step| step.role() == Part::Fence);
        let fenced: Vec<&str> = fences.map(|step| step.component.as_str()).collect();
        if !fenced.is_empty() {
            let from = &state.run.plan.application.primary;
            let told = format!("{from} stops serving where it still does: {} are fenced", fenced.join(", "));
            prose.pair("users notice", Role::Blocked, &told);
        }
        let points = state.run.runbook.steps.iter();
        let points: Vec<&str> = points
            .filter(|step| step.gates.iter().any(|gate| gate.kind() == GateKind::PointOfNoReturn))
            .map(|step| step.title.as_str())
            .collect();
        if !points.is_empty() {
            prose.pair("asked later", Role::Text, &format!("points of no return: {}", points.join(", ")));
        }
    }

    fn say_losses(world: &World, prose: &mut Prose<'_>) {
        for (component, exposure) in loss::exposures(&world.state, world.now) {
            let rpo = reading::rpo_seconds(&world.state, &world.shape, component.as_str());
            let over = exposure.seconds.is_none_or(|seconds| rpo.is_some_and(|rpo| seconds > rpo));
            let rpo = rpo.map_or_else(String::new, |rpo| format!(", rpo {}", words::objective(rpo)));
            let told = format!("{component} {}{rpo} ({})", words::loss(exposure.seconds), exposure.note);
            prose.pair("loss if now", if over { Role::Failed } else { Role::Ok }, &told);
        }
    }
}

fn told(found: &Found) -> String {
    let whose = found.component.as_ref().map_or_else(String::new, |component| format!("{component}: "));
    let check = &found.check;
    format!("{}  {whose}found {}, wanted {}", check.code, check.found, check.wanted)
}

impl Purpose for StartForm {
    fn title(&self, world: &World) -> String {
        let application = &world.state.run.plan.application;
        format!("start the {} of {}", world.state.run.intent.word(), application.name)
    }

    fn role(&self) -> Role {
        Role::Blocked
    }

    fn body(&self, world: &World, theme: &Theme, width: usize) -> Vec<Line<'static>> {
        let state = &world.state;
        let application = &state.run.plan.application;
        let mut prose = Prose::new(theme, width);
        let from_to = format!("{} → {}", application.primary, application.recovery);
        prose.say(Role::Title, &format!("Nothing was changed yet. {} {from_to}", state.run.intent.word()));
        let since = objective::elapsed_seconds(state, world.now);
        prose.pair("clock", Role::Text, &format!("runs since {}", words::span(since)));
        self.say_what_starts(world, &mut prose);
        Self::say_losses(world, &mut prose);
        prose.blank();
        Self::say_preflight(world, &mut prose);
        prose.done()
    }

    fn fields(&self, _: &World) -> Vec<Asked> {
        vec![Asked { label: format!("type {} to start", self.region), takes: Takes::Exactly(self.region.clone()) }]
    }

    fn command(&self, texts: &[Clean]) -> Command {
        Command::Start(Start { typed: texts.first().cloned().unwrap_or_default(), ..Start::default() })
    }

    fn said(&self, _: &World) -> String {
        "start".to_owned()
    }

    fn orders(&self, texts: &[Clean], _: &World) -> Vec<(Command, String)> {
        let then = match &self.then {
            Then::Auto => (Command::SetMode(Mode::Auto), "auto".to_owned()),
            Then::Go => (Command::Go { step: None }, "go".to_owned()),
            Then::Step(step) => (Command::Go { step: Some(step.clone()) }, format!("start {step}")),
        };
        vec![(self.command(texts), "start".to_owned()), then]
    }

    fn stands(&self, world: &World) -> Result<(), String> {
        if !world.state.needs_start() {
            return Err("the run is started already; Esc goes back".to_owned());
        }
        if world.state.preflight.is_none() {
            return Err("preflight is still asking both regions".to_owned());
        }
        match world.state.blockers().len() {
            0 => Ok(()),
            count => Err(format!("{count} of the checks block the start: mend them, or start headless with --despite")),
        }
    }
}
