//! The fence of the old primary: renamed, so that its name stops resolving and the restart ends its connections; with
//! `isolate`, in a failover, it gets other security groups in the same call. Names of what is fenced carry the time of the
//! run, so that a fence of an earlier one is never taken for this one's.

use super::caught_up::replication_check;
use super::class;
use super::identity;
use super::image::FenceImage;
use super::pair::Pair;
use super::status::{BACKING_UP, PASSES, help_for, is_down, may_be_changed, serves, trouble};
use crate::plan::{Component, ComponentName, Intent};
use crate::service::ask::Ask;
use crate::service::observation::DbInstance;
use crate::service::operation::{Act, Operation, RdsOperation};
use crate::service::work::{Asked, Check, Facts, Look, Outputs, Verdict, Weight, Work};
use crate::text::Clean;
use std::collections::BTreeMap;

/// What a verified fence tells the later steps of its component. No plan can refer to them.
pub(super) mod given {
    /// When it was verified, as RFC 3339 has it.
    pub const FENCED_AT: &str = "fenced_at";
    /// The address of the fenced instance.
    pub const OLD_ENDPOINT: &str = "old_endpoint";
    /// The address of the replica.
    pub const NEW_ENDPOINT: &str = "new_endpoint";
}

/// The old primary gets the name that nobody connects to.
pub(super) struct Fence {
    pub pair: Pair,
    /// The security groups that it gets with it.
    pub isolate: Vec<String>,
    pub intent: Intent,
    /// Whether the plan expects the replica to be of its source's class.
    pub expects_class: bool,
    /// Whether this run has promoted the replica already: then the fence is made up for.
    pub was_promoted: bool,
}

impl Fence {
    /// Whether a promotion of `component` was verified in the run that gave `outputs`.
    pub fn was_promoted(component: &Component, outputs: &BTreeMap<ComponentName, Outputs>) -> bool {
        outputs.get(&component.name).is_some_and(|given| given.contains_key("endpoint"))
    }

    /// The instance under its new name: whether it has restarted and lets in whom it should.
    fn renamed(&self, fenced: &DbInstance, facts: &Facts<'_>) -> Verdict {
        let (status, id) = (&fenced.status, &fenced.id);
        if let Some(help) = trouble(status) {
            return Verdict::bad(format!("{id} is {status}"), help);
        }
        // The old name goes before the restart comes. `available` comes long after it (the RDS User Guide speaks of ten
        // minutes until the new name works), and nobody has to wait for that.
        if !(status.as_str() == "rebooting" || serves(status)) {
            return Verdict::moving(format!(
                "{id} is {status}: {} is gone, its restart not seen yet",
                self.pair.primary
            ));
        }
        if !self.isolate.is_empty() && !has_groups(fenced, &self.isolate) {
            return Verdict::moving(format!("{id} is {status}, not isolated yet"));
        }
        let isolated = if self.isolate.is_empty() { "" } else { ", isolated" };
        let evidence = format!("{} is gone; {id} is {status}{isolated}", self.pair.primary);
        let mut outputs = Outputs::from([(given::FENCED_AT.to_owned(), Clean::new(&facts.now.to_string()))]);
        outputs.extend(fenced.endpoint.clone().map(|address| (given::OLD_ENDPOINT.to_owned(), address)));
        if let Look::There(DbInstance { endpoint: Some(address), .. }) = self.pair.look_replica(facts) {
            outputs.insert(given::NEW_ENDPOINT.to_owned(), address.clone());
        }
        Verdict::holds(evidence, outputs)
    }

    fn status_check(&self, old: &DbInstance) -> Check {
        let status = old.status.as_str();
        if status == BACKING_UP {
            return Check::unanswered("rds-fence-status", PASSES, "available");
        }
        let check = Check::that("rds-fence-status", may_be_changed(status), status, "available", help_for(status));
        // What cannot be written to is why a failover is declared: it must not stand in the way of it.
        let weight = match self.intent {
            Intent::Failover if is_down(status) => Weight::Weakens,
            Intent::Failover | Intent::Switchover | Intent::Failback => Weight::Blocks,
        };
        Check { weight, ..check }
    }
}

/// Whether these are all the security groups that `instance` has.
pub(super) fn has_groups(instance: &DbInstance, wanted: &[String]) -> bool {
    let mut has: Vec<&str> = instance.settings.security_groups.iter().map(Clean::as_str).collect();
    let mut wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    has.sort_unstable();
    wanted.sort_unstable();
    wanted.dedup();
    has == wanted
}

/// That nothing is called `to`.
pub(super) fn name_is_free(code: &str, to: &str, look: Look<'_, DbInstance>) -> Check {
    let wanted = "the name is free";
    match look {
        Look::NotTold(why) => Check::not_told(code, why, wanted),
        Look::Absent => Check::that(code, true, format!("no instance {to}"), wanted, ""),
        Look::There(instance) => {
            let found = format!("{to} exists, {}", instance.status);
            Check::that(code, false, found, wanted, format!("see whose it is, then rename {to}"))
        }
    }
}

impl Work for Fence {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.pair.ask_old(), self.pair.ask_fenced(), self.pair.ask_replica()]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let (from, to) = (&self.pair.primary, &self.pair.fenced);
        let is_ours = *facts.asked != Asked::No;
        match (self.pair.look_old(facts), self.pair.look_fenced(facts)) {
            (Look::NotTold(why), _) | (_, Look::NotTold(why)) => Verdict::unknown(why),
            (Look::Absent, Look::There(fenced)) if is_ours => self.renamed(fenced, facts),
            (Look::Absent, Look::There(_)) => {
                Verdict::untouched(format!("there is no {from}, and {to} was not made by this run"))
            }
            (Look::There(old), _) if is_ours && is_another(facts, old) => Verdict::bad(
                format!("another instance is called {from} by now"),
                format!("see who made it: whoever connects to {from} reaches it"),
            ),
            (Look::There(old), _) if old.becomes.is_some() => {
                Verdict::moving(format!("{from} is {}, to be renamed", old.status))
            }
            (Look::There(old), _) if serves(&old.status) => {
                Verdict::untouched(format!("{from} is {} under its own name", old.status))
            }
            (Look::There(old), _) => match trouble(&old.status) {
                Some(help) => Verdict::bad(format!("{from} is {}", old.status), help),
                None => Verdict::moving(format!("{from} is {}", old.status)),
            },
            // Between two names neither may answer for a while.
            (Look::Absent, Look::Absent) if is_ours => Verdict::moving("between two names"),
            (Look::Absent, Look::Absent) => Verdict::untouched(format!("there is neither {from} nor {to}")),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let code = "rds-fence-status";
        let mut checks = match self.pair.look_old(facts) {
            Look::NotTold(why) => vec![Check::not_told(code, why, "available")],
            Look::Absent => {
                let found = format!("no instance {} in {}", self.pair.primary, self.pair.old.region);
                let fix = "see which instance was the primary, and name it in the plan";
                vec![Check::that(code, false, found, "available", fix)]
            }
            Look::There(old) => {
                let mut checks = vec![self.status_check(old)];
                checks.extend(identity::of_source(&self.pair, old, self.was_promoted, facts));
                checks
            }
        };
        checks.push(name_is_free("rds-fence-name", &self.pair.fenced, self.pair.look_fenced(facts)));
        match (self.intent, self.pair.look_replica(facts)) {
            (Intent::Switchover | Intent::Failback, Look::There(replica)) => checks.push(replication_check(replica)),
            (Intent::Switchover | Intent::Failback, Look::Absent | Look::NotTold(_)) => {}
            // The promotion of a failover does not look at this side.
            (Intent::Failover, _) => checks.extend(class::check(&self.pair, self.expects_class, self.intent, facts)),
        }
        checks
    }

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        let operation = Operation::Rds(RdsOperation::RenameDbInstance {
            id: self.pair.primary.as_str().into(),
            new_id: self.pair.fenced.as_str().into(),
            security_groups: self.isolate.iter().map(|group| Clean::new(group)).collect(),
        });
        Some(Act { place: self.pair.old.clone(), operation })
    }

    fn before_image(&self, facts: &Facts<'_>) -> serde_json::Value {
        match self.pair.look_old(facts) {
            Look::There(old) => FenceImage::of(old, &self.pair.fenced).to_value(),
            Look::Absent | Look::NotTold(_) => serde_json::Value::Null,
        }
    }
}

fn is_another(facts: &Facts<'_>, old: &DbInstance) -> bool {
    FenceImage::read(facts.before).is_some_and(|before| before.is_another(old))
}
