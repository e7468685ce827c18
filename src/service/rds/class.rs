//! A replica smaller than its source is told before it hurts.

use super::pair::Pair;
use crate::plan::Intent;
use crate::service::work::{Check, Facts, Look, Weight};

/// Compares the replica's class with its source's; nothing where there is nothing to compare. It blocks where the plan
/// expects the same, unless a failover's source does not tell: then nobody can know, and nothing waits for it.
pub(super) fn check(pair: &Pair, is_expected: bool, intent: Intent, facts: &Facts<'_>) -> Option<Check> {
    let (code, wanted) = ("rds-class", "its source's class");
    let Look::There(replica) = pair.look_replica(facts) else { return None };
    let class = replica.settings.class.as_ref()?;
    let source = pair.source_seen(facts).and_then(|source| source.settings.class.as_ref());
    let weight = if is_expected { Weight::Blocks } else { Weight::Slows };
    match source {
        Some(source) => {
            let fix = format!("give it {source} beforehand: in the incident that costs minutes");
            let found = format!("{} is {class}, its source {source}", replica.id);
            Some(Check { weight, ..Check::that(code, source == class, found, wanted, fix) })
        }
        None if !is_expected => None,
        None => {
            let weight = if intent == Intent::Failover { Weight::Slows } else { Weight::Blocks };
            Some(Check { weight, ..Check::not_told(code, "the source's class is not told", wanted) })
        }
    }
}
