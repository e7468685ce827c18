//! What calls a person who looks elsewhere: once for each gate, failure, hold that nobody asked for, offer, and for the
//! end. Reads the run as it stands, so that what passed in a moment calls nobody; what is written is `terminal`'s.

mod caller;
pub mod terminal;

pub use caller::Caller;
pub use terminal::{Calling, Terminal};

use super::reading;
use super::step_words;
use super::world::World;
use crate::plan::{AccountName, GateKind};
use crate::recovery::{Status, telling};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Why somebody is called, the most worth first. Each has what tells it from the same thing asked or failed again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    /// The run is over.
    Ended,
    /// No session drives it any more.
    Parted,
    /// Credentials have expired: nothing new starts.
    Expired(Option<AccountName>),
    /// The way back stopped.
    RollbackStopped { seq_left: usize },
    /// A step failed, or it is not known whether it acted.
    Failed { place: usize, attempt: u32, at: Option<Timestamp> },
    /// A gate is open.
    Gate { place: usize, kind: GateKind, since: Timestamp },
    /// Held, by nobody's key.
    Held { seq: u64 },
    /// A region that owes something answers again.
    Offer { place: usize, attempt: u32 },
}

/// One call, whatever it is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Of which run.
    pub title: String,
    /// What happened, in one sentence.
    pub text: String,
}

/// What was called for already.
#[derive(Debug, Default)]
pub struct Calls {
    told: BTreeSet<Reason>,
}

impl Calls {
    /// The calls of a console that is opened on `world`: that a run is over when it is opened is no news.
    pub fn opened(world: &World) -> Self {
        let over = world.state.is_over().then_some(Reason::Ended);
        Self { told: over.into_iter().collect() }
    }

    /// Whether something stands that nobody was called for.
    pub fn is_due(&self, world: &World) -> bool {
        standing(world).iter().any(|reason| !self.told.contains(reason))
    }

    /// The call for all that stands and nobody was called for. What came and went meanwhile calls nobody.
    pub fn take(&mut self, world: &World) -> Option<Call> {
        let new: Vec<Reason> = standing(world).into_iter().filter(|reason| !self.told.contains(reason)).collect();
        let first = new.first()?;
        let more = if new.len() > 1 { format!(" (+{} more)", new.len() - 1) } else { String::new() };
        let title = format!("{} {}", world.about.label.word(), world.state.run.plan.application.name);
        let text = format!("{}{more}", words(first, world));
        self.told.extend(new);
        Some(Call { title, text })
    }
}

/// Everything that would call somebody now.
fn standing(world: &World) -> BTreeSet<Reason> {
    let state = &world.state;
    if world.replayed {
        return BTreeSet::new();
    }
    if state.is_over() {
        return BTreeSet::from([Reason::Ended]);
    }
    if !world.followed {
        return BTreeSet::from([Reason::Parted]);
    }
    let mut standing: BTreeSet<Reason> = state.expired.keys().cloned().map(Reason::Expired).collect();
    standing.extend(state.open_gates.iter().map(|(&(place, kind), gate)| Reason::Gate {
        place,
        kind,
        since: gate.since,
    }));
    let failed = world.figures.stuck.iter().filter(|place| reading::failure_asks(state, **place).is_none());
    standing.extend(failed.map(|&place| {
        let own = &state.steps[place];
        Reason::Failed { place, attempt: own.attempt, at: own.finished_at }
    }));
    let stopped = state.rollback.as_ref().filter(|rollback| rollback.stopped.is_some());
    standing.extend(stopped.map(|rollback| Reason::RollbackStopped { seq_left: rollback.left.len() }));
    standing.extend(world.memory.held_itself().map(|seq| Reason::Held { seq }));
    standing.extend(offers(world));
    standing
}

/// What is owed by regions that answer again.
fn offers(world: &World) -> impl Iterator<Item = Reason> {
    let state = &world.state;
    state.steps.iter().enumerate().filter_map(|(place, own)| {
        let answers = world.memory.silences.answers_again(&state.plan_step(place).region);
        let owed = matches!(own.status, Status::Owed(_)) && answers;
        owed.then_some(Reason::Offer { place, attempt: own.attempt })
    })
}

fn words(reason: &Reason, world: &World) -> String {
    let state = &world.state;
    match reason {
        Reason::Ended => {
            let outcome = state.ended.as_ref().map_or("over", |ended| telling::outcome_words(ended.outcome));
            format!("the run has ended: {outcome}")
        }
        Reason::Parted => "nobody drives the run any more".to_owned(),
        Reason::Expired(account) => {
            let why = state.expired.get(account).map(ToString::to_string).unwrap_or_default();
            format!("held, credentials have expired: {why}")
        }
        Reason::RollbackStopped { .. } => {
            let why = state.rollback.as_ref().and_then(|rollback| rollback.stopped.as_ref());
            format!("the rollback stopped: {}", why.map(ToString::to_string).unwrap_or_default())
        }
        Reason::Failed { place, .. } => {
            let own = &state.steps[*place];
            format!("{} {}: {}", state.plan_step(*place).title, own.status.word(), own.note)
        }
        Reason::Gate { place, kind, .. } => {
            let component = &state.plan_step(*place).component;
            format!("asks for you: {component}: {}", step_words::gate_ask(world, *place, *kind))
        }
        Reason::Held { .. } => "held: nothing new starts before you say so".to_owned(),
        Reason::Offer { place, .. } => {
            let step = state.plan_step(*place);
            format!("{} answers again: {} is still owed there", step.region, step.title)
        }
    }
}
