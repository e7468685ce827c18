//! What a replication group has to be beside a member of its datastore.

use super::pair::Pair;
use super::words::ReplicationGroup;
use crate::plan::{Side, Weight};
use crate::service::readiness::{self, Ready, Rule, Tier};

static MULTI_AZ: Rule = Rule {
    code: "elasticache-multi-az",
    wanted: "Multi-AZ and automatic failover enabled in the recovery region",
    fix: "ModifyGlobalReplicationGroup with AutomaticFailoverEnabled; what else a member has was decided when it was made: make it anew with MultiAZEnabled",
    costs: "after the recovery one zone's failure is the whole cache",
    source: "Amazon ElastiCache User Guide, Minimizing downtime with Multi-AZ; Security Hub ElastiCache.3",
    tier: Tier::Hourly,
    weight: Weight::Weakens,
};

/// All of them.
pub(super) static RULES: &[&Rule] = &[&MULTI_AZ];

/// What a global datastore is held to.
pub(super) fn of(pair: &Pair) -> Vec<Ready> {
    let group = (pair.group_on(Side::Recovery), format!("group {}", pair.recovery));
    vec![readiness::of_one(&group, &MULTI_AZ, |rule, group: &ReplicationGroup| {
        match (&group.multi_az, &group.fails_over) {
            (Some(zones), Some(fails_over)) => {
                let found = format!("{}: Multi-AZ {zones}, automatic failover {fails_over}", group.id);
                rule.when(zones.as_str() == "enabled" && fails_over.as_str() == "enabled", found)
            }
            _ => rule.unknown("not told whether it is enabled"),
        }
    })]
}
