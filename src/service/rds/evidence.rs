//! What is left of the way there is kept: the instance that was fenced cannot be deleted by mistake, and says by its tags which
//! run fenced it and when. It costs what it did before, until somebody removes it.

use super::status::{help_for, may_be_changed, trouble};
use super::words;
use crate::service::ask::{Ask, Place};
use crate::service::observation::DbInstance;
use crate::service::operation::{Act, Operation, RdsOperation};
use crate::service::work::{Asked, Check, Facts, Look, Outputs, Verdict, Work};
use crate::text::Clean;

/// What a verified one tells the later steps of its component: the addresses of the two sides.
pub(super) mod given {
    /// Of the instance that was fenced.
    pub const KEPT: &str = "kept_endpoint";
    /// Of the one that writes.
    pub const WRITER: &str = "writer_endpoint";
}

/// The instance that was fenced, and the one that writes.
pub(super) struct Kept {
    /// Where it is.
    pub place: Place,
    /// What it is called.
    pub id: String,
    /// Where the writer is.
    pub of: Place,
    /// What that is called.
    pub writer: String,
}

impl Kept {
    fn asks(&self) -> Vec<Ask> {
        vec![words::instance(&self.place, &self.id).ask, words::instance(&self.of, &self.writer).ask]
    }

    fn look<'a>(&self, facts: &Facts<'a>) -> Look<'a, DbInstance> {
        facts.see(&words::instance(&self.place, &self.id))
    }

    /// It, or why nothing can be said of it.
    fn found<'a>(&self, facts: &Facts<'a>) -> Result<&'a DbInstance, Verdict> {
        match self.look(facts) {
            Look::There(kept) => Ok(kept),
            Look::NotTold(why) => Err(Verdict::unknown(why)),
            Look::Absent => Err(Verdict::bad(
                format!("there is no {} in {} any more", self.id, self.place.region),
                "what it held is gone, or it is called otherwise by now: find out, then skip this with what you found",
            )),
        }
    }

    fn outputs(&self, kept: &DbInstance, facts: &Facts<'_>) -> Outputs {
        let writer = facts.see(&words::instance(&self.of, &self.writer)).found();
        let writer = writer.and_then(|writer| writer.endpoint.clone());
        let told = [(given::KEPT, kept.endpoint.clone()), (given::WRITER, writer)];
        told.into_iter().filter_map(|(name, address)| Some((name.to_owned(), address?))).collect()
    }

    fn status_check(&self, facts: &Facts<'_>) -> Check {
        let code = "rds-kept-status";
        match self.look(facts) {
            Look::NotTold(why) => Check::not_told(code, why, "available"),
            Look::Absent => Check::that(code, false, format!("no instance {}", self.id), "available", "find it"),
            Look::There(kept) => {
                let status = kept.status.as_str();
                Check::that(code, may_be_changed(status), status, "available", help_for(status))
            }
        }
    }

    fn costs(&self, kept: &DbInstance) -> String {
        let settings = &kept.settings;
        let class = settings.class.as_deref().unwrap_or("its class");
        let storage = settings.allocated_gib.map_or_else(String::new, |gib| format!(", {gib} GiB"));
        let zones = if settings.multi_az == Some(true) { ", two zones" } else { "" };
        format!("{class}{storage}{zones}")
    }
}

/// It cannot be deleted until somebody says otherwise.
pub(super) struct Protect(pub Kept);

impl Work for Protect {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        self.0.asks()
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let kept = match self.0.found(facts) {
            Ok(kept) => kept,
            Err(verdict) => return verdict,
        };
        let (id, status) = (&kept.id, &kept.status);
        if kept.settings.deletion_protection == Some(true) {
            let costs = self.0.costs(kept);
            let evidence = format!("{id} is {status}, protected from deletion; it costs as before: {costs}");
            return Verdict::holds(evidence, self.0.outputs(kept, facts));
        }
        match (trouble(status), facts.asked) {
            (Some(help), _) => Verdict::bad(format!("{id} is {status}"), help),
            (None, Asked::Taken { .. }) => Verdict::moving(format!("{id} is {status}, and can be deleted still")),
            // One without an answer that leaves no trace did not happen.
            (None, Asked::No | Asked::Unanswered { .. }) => {
                Verdict::untouched(format!("{id} is {status}, and can be deleted"))
            }
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        vec![self.0.status_check(facts)]
    }

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        let operation = Operation::Rds(RdsOperation::ProtectDbInstance { id: self.0.id.as_str().into() });
        Some(Act { place: self.0.place.clone(), operation })
    }
}

/// It says which run fenced it, and when.
pub(super) struct Tag {
    pub kept: Kept,
    /// The run that fenced it.
    pub run: Clean,
    /// When, as RFC 3339 has it, where that is known.
    pub at: Option<Clean>,
}

impl Work for Tag {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        self.kept.asks()
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let kept = match self.kept.found(facts) {
            Ok(kept) => kept,
            Err(verdict) => return verdict,
        };
        match (&kept.restored_by, facts.asked) {
            (Some(run), _) if *run == self.run => {
                Verdict::holds(format!("{} says that run {run} fenced it", kept.id), self.kept.outputs(kept, facts))
            }
            (_, Asked::Taken { .. }) => Verdict::moving(format!("{} does not say yet which run fenced it", kept.id)),
            // One without an answer that leaves no trace did not happen.
            (Some(run), Asked::No | Asked::Unanswered { .. }) => {
                Verdict::untouched(format!("{} says that run {run} made or fenced it", kept.id))
            }
            (None, Asked::No | Asked::Unanswered { .. }) => {
                Verdict::untouched(format!("{} does not say which run fenced it", kept.id))
            }
        }
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let arn = self.kept.look(facts).found()?.arn.clone();
        let operation =
            Operation::Rds(RdsOperation::TagDbInstance { arn, run: self.run.clone(), fenced_at: self.at.clone() });
        Some(Act { place: self.kept.place.clone(), operation })
    }
}
