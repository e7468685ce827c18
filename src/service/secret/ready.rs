//! A secret can be used in the recovery region: it is there, whole, and no other; and the proof that it can be read.

use super::pair::{Pair, stands};
use super::words::Operation;
use crate::service::ask::Ask;
use crate::service::operation::{self, Act};
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Look, Outputs, Verdict, Work};
use crate::text::Clean;

/// It is there.
pub(super) struct Ready {
    pub pair: Pair,
    /// Whether it has to hold what the primary holds: where both regions are well.
    pub same: bool,
}

impl Work for Ready {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        let old = self.same.then(|| self.pair.want_old().ask);
        [self.pair.want().ask].into_iter().chain(old).collect()
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let pair = &self.pair;
        let secret = match pair.proven(facts) {
            Ok(secret) => secret,
            Err(verdict) => return verdict,
        };
        if let Some(at) = secret.deleted {
            let help = "restore it (secretsmanager:RestoreSecret) before it is gone for good";
            return Verdict::bad(format!("{} is deleted on {at}", pair.name), help);
        }
        let Some(current) = secret.current() else { return Verdict::moving("no version is AWSCURRENT") };
        let how = stands(secret, &pair.new.region);
        if self.same && secret.replica_of(&pair.new.region).is_some() {
            // Values are not compared: versions of both regions have the same ids.
            match facts.see(&pair.want_old()) {
                Look::NotTold(why) => return Verdict::unknown(why),
                Look::Absent => {
                    let reason = format!("there is no secret {} in {}", pair.name, pair.old.region);
                    return Verdict::bad(reason, "name the secret as both regions have it");
                }
                Look::There(old) if old.current() != Some(current) => {
                    let there = old.current().unwrap_or("none");
                    return Verdict::moving(format!("{there} is AWSCURRENT in {}, {current} here", pair.old.region));
                }
                Look::There(_) => {}
            }
        }
        Verdict::holds(format!("{current} is AWSCURRENT, {how}"), outputs([("arn", &secret.arn)]))
    }

    fn further(&self, facts: &Facts<'_>) -> Vec<Ask> {
        self.pair.want_key(facts)
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        self.pair.checks(facts)
    }
}

/// It can be read.
pub(super) struct Prove {
    pub pair: Pair,
}

impl Work for Prove {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.pair.want().ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        if let Err(verdict) = self.pair.proven(facts) {
            return verdict;
        }
        match facts.asked {
            Asked::Taken { receipt, .. } => match &receipt.id {
                Some(version) => Verdict::holds(format!("{version} was read, and dropped"), Outputs::new()),
                None => Verdict::unknown("it was answered without a version"),
            },
            Asked::No | Asked::Unanswered { .. } => Verdict::untouched("not proved yet"),
        }
    }

    fn further(&self, facts: &Facts<'_>) -> Vec<Ask> {
        self.pair.want_key(facts)
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        self.pair.checks(facts)
    }

    fn touched(&self, facts: &Facts<'_>) -> Option<Vec<Clean>> {
        self.pair.touched(facts)
    }

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        let operation = Operation::ProveSecret { name: self.pair.name.clone() };
        Some(Act { place: self.pair.new.clone(), operation: operation::Operation::Secret(operation) })
    }
}
