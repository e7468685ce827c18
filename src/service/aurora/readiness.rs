//! What a secondary cluster has to be beside in step.

use super::pair::Pair;
use crate::plan::{Side, Weight};
use crate::service::observation::DbCluster;
use crate::service::readiness::{self, Ready, Rule, Tier};

static INSTANCES: Rule = Rule {
    code: "aurora-instances",
    wanted: "two instances or more in the recovery cluster",
    fix: "CreateDBInstance of a reader in another zone",
    costs: "after the recovery one instance's failure takes the database down",
    source: "Aurora User Guide, High availability for Aurora DB instances; Firefly",
    tier: Tier::Hourly,
    weight: Weight::Weakens,
};

/// All of them.
pub(super) static RULES: &[&Rule] = &[&INSTANCES];

/// What a global database is held to.
pub(super) fn of(pair: &Pair) -> Vec<Ready> {
    let recovery = (pair.cluster(Side::Recovery), format!("cluster {}", pair.recovery));
    vec![readiness::of_one(&recovery, &INSTANCES, |rule, cluster: &DbCluster| {
        let count = cluster.instances.len();
        rule.when(count > 1, format!("{}: {count}", cluster.id))
    })]
}
