//! Short ways to say what kinds have to say: drafts, findings, checks, verdicts, health. Knows no kind.

use super::ask::{Ask, Place, Query};
use super::work::{Check, Health, HealthLevel, Looked, Outputs, Verdict};
use crate::plan::{
    Application, Component, Draft, Finding, Gate, GateKind, Home, Intent, Level, Plane, Problem, Role, Side, Undo,
    Weight, When,
};
use crate::text::Clean;

impl Place {
    /// Where `component` lives on `side`.
    pub fn of(component: &Component, application: &Application, side: Side) -> Self {
        Self { region: application.region(side).clone(), account: component.accounts.on(side).cloned() }
    }

    /// `query`, asked here.
    pub fn ask(&self, query: impl Into<Query>) -> Ask {
        Ask { place: self.clone(), query: query.into() }
    }
}

/// The side of kinds that can live on either: what the plan says, else the recovery side.
pub(super) fn side_of(component: &Component) -> Side {
    component.region.unwrap_or(Side::Recovery)
}

impl Application {
    /// The component's recovery point objective, else the application's, in seconds.
    pub(super) fn rpo_of(&self, component: &Component) -> Option<f64> {
        component.rpo_seconds.or(self.rpo_seconds)
    }

    /// The decision before more of `component` is lost than was promised.
    pub(super) fn loss_gate(&self, component: &Component) -> Option<Gate> {
        self.rpo_of(component).map(|rpo_seconds| Gate::Loss { rpo_seconds })
    }
}

impl Draft {
    /// A step that only looks. Durations in seconds.
    pub(super) fn look(action: &'static str, title: String, side: Side, expected: f64, timeout: f64) -> Self {
        Self {
            action,
            title,
            after: Vec::new(),
            side,
            plane: Plane::Data,
            home: Home::Region,
            undo: Undo::NoneNeeded,
            expected_seconds: expected,
            timeout_seconds: timeout,
            keeps_timeout: false,
            gates: Vec::new(),
            beside: false,
            acts: false,
            role: Role::Check,
            asks_when_failing: None,
            left_out: None,
            when: When::Return,
        }
    }

    /// A step that changes something through a control plane. Durations in seconds.
    pub(super) fn act(
        action: &'static str,
        title: String,
        side: Side,
        undo: Undo,
        expected: f64,
        timeout: f64,
    ) -> Self {
        let look = Self::look(action, title, side, expected, timeout);
        Self { plane: Plane::Control, undo, acts: true, role: Role::Other, ..look }
    }

    /// A step that proves something by an act that changes nothing. Durations in seconds.
    pub(super) fn proof(action: &'static str, title: String, side: Side, expected: f64, timeout: f64) -> Self {
        Self::act(action, title, side, Undo::NoneNeeded, expected, timeout).part(Role::Check)
    }

    /// After these actions of the same component.
    pub(super) fn after(mut self, actions: Vec<&'static str>) -> Self {
        self.after = actions;
        self
    }

    /// Before the return of a failback.
    pub(super) fn before_the_return(mut self) -> Self {
        self.when = When::Before;
        self
    }

    /// After the return of a failback.
    pub(super) fn after_the_return(mut self) -> Self {
        self.when = When::After;
        self
    }

    /// At this time of a failback.
    pub(super) fn at(mut self, when: When) -> Self {
        self.when = when;
        self
    }

    /// Left out where the plan says why.
    pub(super) fn left_out(mut self, why: Option<&str>) -> Self {
        self.left_out = why.map(|why| format!("left out by the plan: {why}"));
        self
    }

    /// With this part in the recovery.
    pub(super) fn part(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    /// With a limit of its own in the plan, in seconds: the component's `timeout` leaves it alone.
    pub(super) fn within(mut self, seconds: f64) -> Self {
        (self.timeout_seconds, self.keeps_timeout) = (seconds, true);
        self
    }

    /// By an API that is at home there.
    pub(super) fn at_home(mut self, home: Home) -> Self {
        self.home = home;
        self
    }

    /// Beside the path.
    pub(super) fn beside(mut self) -> Self {
        self.beside = true;
        self
    }

    /// As a fence of the old side. In a failover the old region may never answer: nothing waits for it, and where it answers
    /// and cannot be fenced, a person is asked.
    pub(super) fn fencing(self, intent: Intent) -> Self {
        let fence = self.part(Role::Fence);
        match intent {
            Intent::Failover => fence.beside().asking(GateKind::Writers),
            Intent::Switchover | Intent::Failback => fence,
        }
    }

    /// With this decision asked when it fails.
    pub(super) fn asking(mut self, gate: GateKind) -> Self {
        self.asks_when_failing = Some(gate);
        self
    }

    /// With these decisions before it.
    pub(super) fn gated(mut self, gates: Vec<Gate>) -> Self {
        self.gates = gates;
        self
    }
}

impl Problem {
    /// Something wrong at `field`.
    pub(super) fn at(field: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { field: Some(field), message: message.into(), help: help.into() }
    }
}

/// A finding's unchanging words: what is wanted, what would mend it, and whose rule it is.
pub(super) struct Rule {
    /// Its stable name.
    pub code: &'static str,
    /// What was wanted.
    pub wanted: &'static str,
    /// What would mend it.
    pub fix: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

impl Rule {
    /// `component` does not keep this rule.
    pub(super) fn broken_by(&self, component: &Component, found: impl AsRef<str>) -> Finding {
        Finding {
            code: self.code.to_owned(),
            component: Some(component.name.clone()),
            level: Level::Failing,
            found: Clean::new(found.as_ref()),
            wanted: self.wanted.into(),
            fix: self.fix.into(),
            source: self.source.into(),
            weight: Weight::Advises,
        }
    }
}

/// What helps where somebody did not tell.
pub(crate) const LOOK_AGAIN: &str = "look again once the region answers, and see that these credentials may look";

impl Check {
    /// As wanted.
    pub fn passed(code: &str, found: impl AsRef<str>, wanted: &str) -> Self {
        Self::that(code, true, found, wanted, "")
    }

    /// Not as wanted.
    pub fn failed(code: &str, found: impl AsRef<str>, wanted: &str, fix: impl AsRef<str>) -> Self {
        Self::that(code, false, found, wanted, fix)
    }

    /// Could not be told.
    pub fn unanswered(code: &str, why: impl AsRef<str>, wanted: &str) -> Self {
        Self::not_told(code, why.as_ref(), wanted)
    }

    /// Ok when `holds`, failing otherwise.
    pub(super) fn that(code: &str, holds: bool, found: impl AsRef<str>, wanted: &str, fix: impl AsRef<str>) -> Self {
        Self {
            code: code.into(),
            level: if holds { Level::Ok } else { Level::Failing },
            found: Clean::new(found.as_ref()),
            wanted: wanted.into(),
            fix: Clean::new(fix.as_ref()),
            weight: Weight::Blocks,
            identity: false,
        }
    }

    /// Could not be told.
    pub(super) fn not_told(code: &str, why: &str, wanted: &str) -> Self {
        Self {
            code: code.into(),
            level: Level::Unknown,
            found: why.into(),
            wanted: wanted.into(),
            fix: LOOK_AGAIN.into(),
            weight: Weight::Blocks,
            identity: false,
        }
    }

    /// About being the very thing that the plan means: never passed by a word.
    pub(super) fn of_identity(self) -> Self {
        Self { identity: true, ..self }
    }
}

impl Verdict {
    /// The goal holds.
    pub(super) fn holds(evidence: impl AsRef<str>, outputs: Outputs) -> Self {
        Self::Holds { evidence: Clean::new(evidence.as_ref()), outputs }
    }
    /// Under way.
    pub(super) fn moving(note: impl AsRef<str>) -> Self {
        Self::Moving { note: Clean::new(note.as_ref()), good: false }
    }
    /// No trace that anything was asked.
    pub(super) fn untouched(note: impl AsRef<str>) -> Self {
        Self::Untouched { note: Clean::new(note.as_ref()) }
    }
    /// Cannot come to hold without help.
    pub(super) fn bad(reason: impl AsRef<str>, help: impl AsRef<str>) -> Self {
        Self::Bad { reason: Clean::new(reason.as_ref()), help: Clean::new(help.as_ref()) }
    }
    /// Cannot be told.
    pub(super) fn unknown(why: impl AsRef<str>) -> Self {
        Self::Unknown { why: Clean::new(why.as_ref()), asking_again_sends: false }
    }
    /// Cannot be told by anything but a person, who asks for it again to have it done anew.
    pub(super) fn unknown_until_asked_again(why: impl AsRef<str>) -> Self {
        Self::Unknown { why: Clean::new(why.as_ref()), asking_again_sends: true }
    }
}

impl Health {
    /// How it is, in a few words.
    pub(super) fn new(level: HealthLevel, note: impl AsRef<str>) -> Self {
        Self { level, note: Clean::new(note.as_ref()) }
    }
    /// How it is by how much of it is there, and how much is meant to be.
    pub(super) fn of_size(there: u64, meant: u64, note: impl AsRef<str>) -> Self {
        let level = match (meant, there) {
            (0, 0) => HealthLevel::Standby,
            (_, 0) => HealthLevel::Down,
            (meant, there) if there < meant => HealthLevel::Degraded,
            (_, _) => HealthLevel::Up,
        };
        Self::new(level, note)
    }
    /// It could not be told.
    pub(super) fn not_told(why: &str) -> Self {
        Self::new(HealthLevel::Unknown, why)
    }
    /// There is nothing of it to look at on this side.
    pub fn nothing_here() -> Self {
        Self::new(HealthLevel::Unknown, "nothing to look at here")
    }
}

impl Looked<Health> {
    /// It cannot be told, and nothing is asked.
    pub(super) fn not_told(why: String) -> Self {
        Self::new([], move |_| Health::not_told(&why))
    }
}

/// What a component gives to others, from pairs.
pub(super) fn outputs<const N: usize>(pairs: [(&str, &str); N]) -> Outputs {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), Clean::new(value))).collect()
}
