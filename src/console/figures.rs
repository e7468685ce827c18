//! The numbers on the screen, worked out when something happened or a second passed and not for every key.

use super::threshold::Thresholds;
use crate::plan::ComponentName;
use crate::recovery::loss::{self, Loss, Stage};
use crate::recovery::{State, Status, objective};
use jiff::Timestamp;

/// The numbers on the screen.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Seconds from the declaration to now.
    pub elapsed_seconds: f64,
    /// Seconds from the declaration to the projected end.
    pub projected_seconds: f64,
    /// Each store with its loss: the worst against its objective first, and of those the greatest loss.
    pub stores: Vec<Store>,
    /// Steps that a person must look at, in run order.
    pub stuck: Vec<usize>,
    is_over: bool,
}

/// A component that holds data.
#[derive(Clone, Debug)]
pub struct Store {
    /// What it lost, or would lose now.
    pub loss: Loss,
    /// Whether the exposure was above the objective and has not been clearly under it since.
    pub was_over: bool,
}

/// How a store's loss stands against its objective, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It is not known what would be lost; with an objective that counts as above it.
    Unknown,
    /// More would be lost than the objective allows.
    Over,
    /// More was lost than the objective allows.
    Missed,
    /// More was, or it is not shown that no more was, and a person had accepted it.
    Accepted,
    /// It is not shown that no more was lost than the objective allows.
    NotShown,
    /// Within just now, but above a moment ago.
    WasOver,
    /// Within.
    Within,
    /// There is no objective to stand against.
    NoObjective,
    /// Promoted, within its objective.
    Promoted,
    /// This run promotes it no more.
    NotByThisRun,
}

impl Store {
    /// Which.
    pub fn component(&self) -> &ComponentName {
        &self.loss.component
    }

    /// Whether its loss is what it would be now, and may grow.
    pub fn is_exposed(&self) -> bool {
        self.loss.stage == Stage::IfNow
    }

    /// How the loss stands against the objective.
    pub fn standing(&self) -> Standing {
        let loss = &self.loss;
        match (loss.stage, loss.exposure.seconds, loss.rpo_seconds) {
            (Stage::NotByThisRun, ..) => Standing::NotByThisRun,
            (Stage::IfNow, None, _) => Standing::Unknown,
            (Stage::IfNow, Some(_), None) => Standing::NoObjective,
            (Stage::IfNow, Some(seconds), Some(rpo)) if seconds > rpo => Standing::Over,
            (Stage::IfNow, Some(_), Some(_)) if self.was_over => Standing::WasOver,
            (Stage::IfNow, Some(_), Some(_)) => Standing::Within,
            (Stage::Sent | Stage::Promoted, ..) if loss.is_within() => match loss.stage {
                Stage::Promoted => Standing::Promoted,
                _ => Standing::Within,
            },
            (Stage::Sent | Stage::Promoted, ..) if loss.accepted.is_some() => Standing::Accepted,
            (Stage::Sent | Stage::Promoted, ..) if loss.is_met().is_none() => Standing::NotShown,
            (Stage::Sent | Stage::Promoted, ..) => Standing::Missed,
        }
    }

    /// Whether it is shown as being over: unknown counts as above, no objective as not, and what was above until it
    /// has been clearly under.
    pub fn is_over(&self) -> bool {
        match self.standing() {
            Standing::Over | Standing::Missed | Standing::NotShown | Standing::Accepted | Standing::WasOver => true,
            Standing::Unknown => self.loss.rpo_seconds.is_some(),
            Standing::Promoted | Standing::NotByThisRun | Standing::Within | Standing::NoObjective => false,
        }
    }

    /// Its loss in words: `loss if now ≤ 43s`, `lost ≤ 9:57, accepted by ana`; nothing of what this run promotes no more.
    pub fn told(&self) -> String {
        let told = self.loss.bounded();
        let by = self.loss.accepted_by.as_ref().map_or_else(String::new, |by| format!(", accepted by {by}"));
        match self.loss.stage {
            Stage::IfNow => format!("loss if now {told}"),
            Stage::Sent | Stage::Promoted if self.standing() == Standing::Accepted => format!("lost {told}{by}"),
            Stage::Sent | Stage::Promoted => format!("lost {told}"),
            Stage::NotByThisRun => String::new(),
        }
    }
}

impl Figures {
    /// Reads the numbers off the state.
    pub fn read(state: &State, thresholds: &Thresholds, now: Timestamp) -> Self {
        // On the way back, what failed on the way forward needs nobody any more.
        let needs_a_person = |place: &usize| {
            let status = state.steps[*place].status;
            let forward = matches!(status, Status::Failed | Status::Unknown);
            status.is_stuck() && !(forward && state.rollback.is_some())
        };
        let stuck = (0..state.steps.len()).filter(needs_a_person).collect();
        Self {
            elapsed_seconds: objective::elapsed_seconds(state, now),
            projected_seconds: objective::projected_seconds(state, now),
            stores: stores(state, thresholds, now),
            stuck,
            is_over: state.is_over(),
        }
    }

    /// The store of that name, if it is one.
    pub fn store(&self, component: &ComponentName) -> Option<&Store> {
        self.stores.iter().find(|store| store.component() == component)
    }

    /// The store that loses most, of all that this run promotes: what is not known is the most. `None` without one.
    pub fn worst(&self) -> Option<&Store> {
        // Of a run that is over, what it promoted: nobody promotes the others any more.
        let counts = |stage: Stage| match stage {
            Stage::IfNow => !self.is_over,
            Stage::Sent | Stage::Promoted => true,
            Stage::NotByThisRun => false,
        };
        let ours = self.stores.iter().filter(|store| counts(store.loss.stage));
        let key = |store: &Store| store.loss.exposure.seconds.unwrap_or(f64::INFINITY);
        ours.max_by(|one, other| key(one).total_cmp(&key(other)))
    }
}

fn stores(state: &State, thresholds: &Thresholds, now: Timestamp) -> Vec<Store> {
    let store = |loss: Loss| Store { was_over: thresholds.was_over(&loss.component), loss };
    let mut stores: Vec<Store> = loss::stores(state, now).map(store).collect();
    let key = |store: &Store| -store.loss.exposure.seconds.unwrap_or(f64::INFINITY);
    stores.sort_by(|one, other| one.standing().cmp(&other.standing()).then(key(one).total_cmp(&key(other))));
    stores
}
