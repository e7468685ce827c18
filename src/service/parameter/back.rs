//! The way back: the version before is put again, or what was not there is deleted. What another put since is left alone.

use super::put::{Was, told_version};
use super::words::{self, Operation, StoredParameter};
use crate::service::ask::{Ask, Place};
use crate::service::operation::{self, Act};
use crate::service::work::{Asked, Facts, Look, Outputs, Verdict, Want, Work};
use crate::text::Clean;

/// It is as it was.
pub(super) struct Back {
    pub place: Place,
    pub name: Clean,
    pub was: Was,
    /// The version that this run has put.
    pub put: u64,
}

impl Back {
    fn want(&self) -> Want<StoredParameter> {
        words::parameter(&self.place, &self.name)
    }

    fn restored(&self, facts: &Facts<'_>, found: &StoredParameter, before: u64) -> Verdict {
        let version = found.version;
        if version <= before {
            return Verdict::holds(format!("version {version}, as before"), Outputs::new());
        }
        match (facts.asked, told_version(facts.asked)) {
            (Asked::Taken { .. }, Some(told)) if version == told => {
                Verdict::holds(format!("version {version} holds what {before} did"), Outputs::new())
            }
            (Asked::Taken { .. }, Some(told)) if version > told => others(found),
            (Asked::Taken { .. }, _) => Verdict::moving(format!("version {version} is told yet")),
            (Asked::Unanswered { .. }, _) if version == self.put + 1 => {
                Verdict::holds(format!("version {version} was put, the next after this run's"), Outputs::new())
            }
            (Asked::No | Asked::Unanswered { .. }, _) if version > self.put => others(found),
            (Asked::No | Asked::Unanswered { .. }, _) => Verdict::untouched(format!("version {version}")),
        }
    }

    fn deleted(&self, facts: &Facts<'_>, found: &StoredParameter) -> Verdict {
        let version = found.version;
        match facts.asked {
            _ if version > self.put => others(found),
            Asked::Taken { .. } => Verdict::moving(format!("version {version} is told yet")),
            Asked::No | Asked::Unanswered { .. } => Verdict::untouched(format!("version {version}")),
        }
    }
}

fn others(found: &StoredParameter) -> Verdict {
    let reason = format!("version {} was put by another since", found.version);
    Verdict::bad(reason, "see who else puts this parameter, and what it is to hold")
}

impl Work for Back {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.want().ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        match (facts.see(&self.want()), self.was.number) {
            (Look::NotTold(why), _) => Verdict::unknown(why),
            (Look::Absent, None) => Verdict::holds(format!("there is no {}, as before", self.name), Outputs::new()),
            (Look::Absent, Some(_)) => {
                Verdict::bad(format!("there is no {} any more", self.name), "see who deleted it, and make it anew")
            }
            (Look::There(found), Some(before)) => self.restored(facts, found, before),
            (Look::There(found), None) => self.deleted(facts, found),
        }
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let there = facts.see(&self.want()).found();
        if there.is_some_and(|found| found.version > self.put) {
            return None;
        }
        let name = self.name.clone();
        let operation = match (self.was.number, &self.was.kind) {
            (Some(version), Some(kind)) => {
                Operation::RestoreParameter { name, version, kind: kind.clone(), over: self.put }
            }
            (Some(_), None) => return None,
            (None, _) => Operation::DeleteParameter { name },
        };
        Some(Act { place: self.place.clone(), operation: operation::Operation::Parameter(operation) })
    }
}
