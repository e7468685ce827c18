//! Whether the recovery region's quotas leave room for what the plan brings up there. An increase takes hours or days, so that in
//! an incident it is too late for one. Knows no kind: whose things are counted says how many there are.

pub(super) mod words;

use super::cloudwatch::{self, Count, UsageOf};
use super::readiness::Rule;
use super::work::{Check, Facts, Look, Want};
use crate::service::ask::{Ask, Place};
use words::Quota;

/// A quota that is held against what is in use and what the plan adds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    /// The rule.
    pub rule: &'static Rule,
    /// ServiceCode and QuotaCode.
    pub code: (&'static str, &'static str),
    /// Whose usage CloudWatch publishes.
    pub usage: UsageOf,
    /// What is counted: `vCPU`.
    pub unit: &'static str,
}

impl Held {
    fn quota(&self, at: &Place) -> Want<Quota> {
        words::quota(at, self.code.0, self.code.1)
    }

    fn used(&self, at: &Place) -> Want<Count> {
        cloudwatch::count(at, cloudwatch::Query::Usage { of: self.usage })
    }

    /// What is asked of both regions.
    pub fn asks(&self, old: &Place, new: &Place) -> Vec<Ask> {
        vec![self.quota(new).ask, self.used(new).ask, self.quota(old).ask]
    }

    /// What comes of `added`, and of what of the plan runs there already: a region in which nothing is in use publishes no
    /// usage at all.
    pub fn judge(&self, facts: &Facts<'_>, (old, new): (&Place, &Place), added: f64, running: f64) -> Check {
        let (rule, unit) = (self.rule, self.unit);
        let quota = |at: &Place| match facts.see(&self.quota(at)) {
            Look::There(quota) => Ok(quota.value),
            Look::Absent => Err(format!("no quota {} in {}", self.code.1, at.region)),
            Look::NotTold(why) => Err(why.to_owned()),
        };
        let allowed = match quota(new) {
            Ok(allowed) => allowed,
            Err(why) => return rule.unknown(why),
        };
        let used = match facts.see(&self.used(new)).told() {
            Ok(count) => count.newest.map_or(0.0, |(_, number)| number).max(running),
            Err(why) => return rule.unknown(why),
        };
        let found = format!("{allowed} {unit}: {used} in use, {added} more of the plan");
        if allowed < used + added {
            return rule.failing(found);
        }
        match quota(old) {
            // There is room for the plan; for what it grows to, there is less than at home.
            Ok(at_home) if allowed < at_home => rule.failing(format!("{found}; {} allows {at_home}", old.region)),
            Ok(_) => rule.ok(found),
            Err(why) => rule.unknown(why),
        }
    }
}
