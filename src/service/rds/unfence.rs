//! The fence taken back: the old primary gets its own name again, and its own security groups. Refused while the other
//! side writes, since then there would be two writers.

use super::fence::{has_groups, name_is_free};
use super::image::FenceImage;
use super::pair::Pair;
use super::status::{help_for, may_be_changed, passes, serves, trouble};
use super::words;
use crate::service::ask::Ask;
use crate::service::observation::DbInstance;
use crate::service::operation::{Act, Operation, RdsOperation};
use crate::service::registry::Context;
use crate::service::work::{Asked, Check, Facts, Look, Outputs, Verdict, Work};
use crate::text::Clean;

/// What a Landfall whose fences carried no time called them.
const EARLIER: &str = "-fenced";

/// How long the other side is asked, where this run has not promoted it, before its silence keeps nothing from being taken back.
const SILENT_SECONDS: f64 = 20.0;

fn waited(facts: &Facts<'_>) -> f64 {
    facts.now.duration_since(facts.started_at).as_secs_f64()
}

/// The old primary gets its name back.
pub(super) struct Unfence {
    pair: Pair,
    before: FenceImage,
    from: String,
    /// Whether going back goes past the promotion, by a decision of its own.
    past_the_point: bool,
    /// Whether this run may have promoted the other side.
    may_be_promoted: bool,
}

impl Unfence {
    /// From what the fence kept in the journal.
    pub fn new(pair: Pair, before: &serde_json::Value, context: &Context<'_>) -> Self {
        let before = FenceImage::read(before).unwrap_or_default();
        let is_early = !before.id.is_empty() && before.fenced_as.is_empty();
        let from = if is_early {
            format!("{}{EARLIER}", before.id)
        } else if before.fenced_as.is_empty() {
            pair.fenced.clone()
        } else {
            before.fenced_as.to_string()
        };
        let Context { past_the_point, may_be_promoted, .. } = *context;
        Self { pair, before, from, past_the_point, may_be_promoted }
    }

    /// The groups that it gets back; none when they were not changed, or are not known.
    fn groups(&self, fenced: Look<'_, DbInstance>) -> Vec<Clean> {
        let before = &self.before.settings.security_groups;
        let names: Vec<String> = before.iter().map(ToString::to_string).collect();
        match fenced {
            Look::There(fenced) if !has_groups(fenced, &names) => before.clone(),
            Look::There(_) | Look::Absent | Look::NotTold(_) => Vec::new(),
        }
    }

    fn look_fenced<'a>(&self, facts: &Facts<'a>) -> Look<'a, DbInstance> {
        facts.see(&words::instance(&self.pair.old, &self.from))
    }

    fn restored(&self, old: &DbInstance) -> Verdict {
        let (id, status) = (&self.pair.primary, &old.status);
        if self.before.is_another(old) {
            return Verdict::bad(
                format!("another instance is called {id} by now"),
                format!("rename that one, then retry; {} is kept as it is", self.from),
            );
        }
        if let Some(help) = trouble(status) {
            return Verdict::bad(format!("{id} is {status}"), help);
        }
        if !serves(status) || old.becomes.is_some() {
            return Verdict::moving(format!("{id} is {status}"));
        }
        let before = &self.before.settings.security_groups;
        let names: Vec<String> = before.iter().map(ToString::to_string).collect();
        if !names.is_empty() && !has_groups(old, &names) {
            return Verdict::moving(format!("{id} is {status}, without its own security groups yet"));
        }
        Verdict::holds(format!("{id} is {status} under its own name"), Outputs::new())
    }

    fn other_side_check(&self, facts: &Facts<'_>) -> Check {
        let (code, wanted) = ("rds-unfence-writer", "the other side does not write");
        let fix = "the way from here is forward, or a failback; two writers would part for good";
        let recovery = &self.pair.recovery;
        match self.pair.look_replica(facts) {
            // A region that fails again tells nothing: then it is what this run knows of itself that counts.
            Look::NotTold(why) if !self.may_be_promoted && waited(facts) >= SILENT_SECONDS => {
                Check::that(code, true, format!("not told ({why}); this run has not promoted {recovery}"), wanted, "")
            }
            Look::NotTold(why) => Check::not_told(code, why, wanted),
            Look::Absent => Check::that(code, true, format!("no instance {recovery}"), wanted, ""),
            Look::There(DbInstance { replica_of: Some(source), status, .. }) => {
                let found = format!("{recovery} is {status}, a replica of {source}");
                // What is being promoted still names its source.
                Check::that(code, serves(status) || trouble(status).is_some(), found, wanted, fix)
            }
            Look::There(DbInstance { status, .. }) => {
                Check::that(code, false, format!("{recovery} is {status}, a writer"), wanted, fix)
            }
        }
    }
}

impl Work for Unfence {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        let fenced = words::instance(&self.pair.old, &self.from).ask;
        vec![self.pair.ask_old(), fenced, self.pair.ask_replica()]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let (from, to) = (&self.from, &self.pair.primary);
        match (self.pair.look_old(facts), self.look_fenced(facts)) {
            (Look::NotTold(why), _) | (_, Look::NotTold(why)) => Verdict::unknown(why),
            (Look::There(old), Look::Absent) => self.restored(old),
            (Look::There(old), Look::There(_)) if self.before.is_another(old) => self.restored(old),
            // RDS changes none that comes back from the fence still: it is waited for.
            (_, Look::There(fenced)) if passes(&fenced.status) && *facts.asked == Asked::No => {
                Verdict::unknown(format!("{from} is {}, which passes by itself", fenced.status))
            }
            (_, Look::There(fenced)) if serves(&fenced.status) => {
                Verdict::untouched(format!("{from} is {}", fenced.status))
            }
            (_, Look::There(fenced)) => match trouble(&fenced.status) {
                Some(help) => Verdict::bad(format!("{from} is {}", fenced.status), help),
                None => Verdict::moving(format!("{from} is {}", fenced.status)),
            },
            (Look::Absent, Look::Absent) => match facts.asked {
                Asked::No => Verdict::untouched(format!("there is neither {from} nor {to}")),
                Asked::Unanswered { .. } | Asked::Taken { .. } => Verdict::moving("between two names"),
            },
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let code = "rds-unfence-status";
        let exists = match self.look_fenced(facts) {
            Look::NotTold(why) => Check::not_told(code, why, "available"),
            Look::Absent => {
                let found = format!("no instance {}", self.from);
                Check::that(code, false, found, "available", "see what became of it, and bring the old side up by hand")
            }
            Look::There(fenced) if passes(&fenced.status) => {
                Check::unanswered(code, format!("{}, which passes by itself", fenced.status), "available")
            }
            Look::There(fenced) => {
                let status = fenced.status.as_str();
                Check::that(code, may_be_changed(status), status, "available", help_for(status))
            }
        };
        let mut checks = vec![exists, name_is_free("rds-unfence-name", &self.pair.primary, self.pair.look_old(facts))];
        if !self.past_the_point {
            checks.push(self.other_side_check(facts));
        }
        checks
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let operation = Operation::Rds(RdsOperation::RenameDbInstance {
            id: self.from.as_str().into(),
            new_id: self.pair.primary.as_str().into(),
            security_groups: self.groups(self.look_fenced(facts)),
        });
        Some(Act { place: self.pair.old.clone(), operation })
    }
}
