//! The two instances that a component is about: the source in the primary region and its replica in the recovery region.

use super::fields::Said;
use super::{names, words};
use crate::plan::{Application, Component, Side};
use crate::service::ask::{Ask, Place};
use crate::service::observation::{DbInstance, LagSeries};
use crate::service::work::{Facts, Look};
use jiff::Timestamp;

/// Where the two are, and what they are called.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub old: Place,
    pub new: Place,
    /// The source, by its name in the plan.
    pub primary: String,
    /// The source, by the name that this run's fence gives it.
    pub fenced: String,
    /// The replica.
    pub recovery: String,
}

impl Pair {
    /// The pair of `component`, in the run that began at `begun_at`.
    pub fn of(said: &Said, component: &Component, application: &Application, begun_at: Timestamp) -> Self {
        Self {
            old: Place::of(component, application, Side::Primary),
            new: Place::of(component, application, Side::Recovery),
            fenced: names::fenced(&said.primary, begun_at),
            recovery: said.recovery.clone(),
            primary: said.primary.clone(),
        }
    }

    pub fn ask_old(&self) -> Ask {
        words::instance(&self.old, &self.primary).ask
    }
    pub fn ask_fenced(&self) -> Ask {
        words::instance(&self.old, &self.fenced).ask
    }
    pub fn ask_replica(&self) -> Ask {
        words::instance(&self.new, &self.recovery).ask
    }
    pub fn ask_lag(&self) -> Ask {
        words::lag(&self.new, &self.recovery).ask
    }

    /// The source under its own name.
    pub fn look_old<'a>(&self, facts: &Facts<'a>) -> Look<'a, DbInstance> {
        facts.see(&words::instance(&self.old, &self.primary))
    }
    /// The source under the name of this run's fence.
    pub fn look_fenced<'a>(&self, facts: &Facts<'a>) -> Look<'a, DbInstance> {
        facts.see(&words::instance(&self.old, &self.fenced))
    }
    /// The replica.
    pub fn look_replica<'a>(&self, facts: &Facts<'a>) -> Look<'a, DbInstance> {
        facts.see(&words::instance(&self.new, &self.recovery))
    }

    /// The samples of the replica's lag.
    pub fn look_lag<'a>(&self, facts: &Facts<'a>) -> Look<'a, LagSeries> {
        facts.see(&words::lag(&self.new, &self.recovery))
    }

    /// The source, whichever of its two names it has now; `None` when it was not seen.
    pub fn source_seen<'a>(&self, facts: &Facts<'a>) -> Option<&'a DbInstance> {
        match (self.look_old(facts), self.look_fenced(facts)) {
            (Look::There(old), _) => Some(old),
            (_, Look::There(fenced)) => Some(fenced),
            (Look::Absent | Look::NotTold(_), Look::Absent | Look::NotTold(_)) => None,
        }
    }

    /// Whether the source may be called `id`.
    pub fn is_source(&self, id: &str) -> bool {
        id.eq_ignore_ascii_case(&self.primary) || id.eq_ignore_ascii_case(&self.fenced)
    }
}
