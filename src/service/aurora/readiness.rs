//! What a secondary cluster has to be beside in step: as strong as the primary, in several zones, and set as that is.

use super::pair::Pair;
use crate::plan::{Side, Weight};
use crate::service::observation::{ClusterInstance, DbCluster};
use crate::service::rds::parameters::{Group, compared};
use crate::service::rds::words;
use crate::service::readiness::{self, Ready, Rule, Sides, Tier};
use crate::service::work::{Check, Facts};
use crate::text::Clean;
use std::collections::BTreeSet;

static INSTANCES: Rule = Rule {
    code: "aurora-instances",
    wanted: "two instances or more in the recovery cluster, in two zones",
    fix: "CreateDBInstance of a reader in another zone",
    costs: "after the recovery one instance's failure takes the database down",
    source: "Aurora User Guide, High availability for Aurora DB instances; Firefly",
    tier: Tier::Hourly,
    weight: Weight::Weakens,
};
static CAPACITY: Rule = Rule {
    code: "aurora-capacity",
    wanted: "an instance as strong as the primary cluster's writer",
    fix: "CreateDBInstance of the writer's class there, or ModifyDBCluster with its MaxCapacity: before, not in the incident",
    costs: "the new writer is too small for the load, and a larger one takes minutes",
    source: "Aurora User Guide, Using switchover or failover in Aurora Global Database",
    tier: Tier::Hourly,
    weight: Weight::Slows,
};
static PARAMETER_GROUP: Rule = Rule {
    code: "aurora-parameter-group",
    wanted: "the same cluster parameters set on both sides, in sync, and no rds.global_db_rpo in the recovery region",
    fix: "ModifyDBClusterParameterGroup of the side that is behind; ResetDBClusterParameterGroup of rds.global_db_rpo there: with two regions it stops all writes after a failover",
    costs: "the new writer runs by other settings, or takes no writes while no secondary follows it",
    source: "Aurora User Guide, Managing RPOs for Aurora PostgreSQL-based global databases",
    tier: Tier::Daily,
    weight: Weight::Blocks,
};
/// What makes a writer wait for its secondaries.
const RPO: &str = "rds.global_db_rpo";

/// All of them.
pub(super) static RULES: &[&Rule] = &[&PARAMETER_GROUP, &CAPACITY, &INSTANCES];

/// What a global database is held to.
pub(super) fn of(pair: &Pair) -> Vec<Ready> {
    let both = Sides {
        old: (pair.cluster(Side::Primary), format!("cluster {}", pair.primary)),
        new: (pair.cluster(Side::Recovery), format!("cluster {}", pair.recovery)),
    };
    vec![
        readiness::of_one(&both.new, &INSTANCES, instances),
        both.held_to(&CAPACITY, capacity),
        set_parameters(pair, both),
    ]
}

fn instances(rule: &Rule, cluster: &DbCluster) -> Check {
    let (count, id) = (cluster.instances.len(), &cluster.id);
    let zones: Option<BTreeSet<&Clean>> = cluster.instances.iter().map(|one| one.zone.as_ref()).collect();
    match zones {
        _ if count < 2 => rule.failing(format!("{id}: {count}")),
        None => rule.unknown(format!("{id}: {count}, and not told in which zones")),
        Some(zones) if zones.len() < 2 => {
            let zone = zones.first().map(|zone| zone.as_str()).unwrap_or_default();
            rule.failing(format!("{id}: {count}, all in {zone}"))
        }
        Some(zones) => rule.ok(format!("{id}: {count} in {} zones", zones.len())),
    }
}

/// The class of instances whose size is that of the cluster's capacity.
const SERVERLESS: &str = "db.serverless";

fn capacity(rule: &Rule, old: &DbCluster, new: &DbCluster) -> Check {
    let class = |one: &ClusterInstance| one.class.clone();
    let Some(wanted) = old.writer().and_then(class) else {
        return rule.unknown(format!("no class of the writer of {} was told", old.id));
    };
    let Some(classes) = new.instances.iter().map(class).collect::<Option<Vec<Clean>>>().filter(|all| !all.is_empty())
    else {
        return rule.unknown(format!("no class of an instance of {} was told", new.id));
    };
    if wanted.as_str() == SERVERLESS && classes.contains(&wanted) {
        return match (old.most_capacity, new.most_capacity) {
            (Some(most), Some(has)) => rule.when(has >= most, format!("{}: {has} units at most, of {most}", new.id)),
            _ => rule.unknown("no MaxCapacity was told"),
        };
    }
    let is_enough =
        |class: &Clean| *class == wanted || size(class).zip(size(&wanted)).is_some_and(|(has, most)| has >= most);
    let told = classes.iter().map(Clean::as_str).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ");
    let found = format!("{}: {told}, its primary's writer {wanted}", new.id);
    let can_be_told = size(&wanted).is_some() && classes.iter().all(|class| size(class).is_some());
    match classes.iter().any(is_enough) {
        true => rule.ok(found),
        false if can_be_told => rule.failing(found),
        false => rule.unknown(found),
    }
}

/// How large an instance of this class is, among those of all families: `large` is half of `xlarge`, and so on.
fn size(class: &str) -> Option<u32> {
    let size = class.rsplit('.').next()?;
    const SMALL: [(&str, u32); 6] =
        [("micro", 1), ("small", 2), ("medium", 4), ("large", 8), ("xlarge", 16), ("metal", u32::MAX)];
    let named = SMALL.iter().find(|(name, _)| *name == size).map(|(_, size)| *size);
    named.or_else(|| size.strip_suffix("xlarge")?.parse::<u32>().ok().map(|times| times.saturating_mul(16)))
}

/// What is set in the groups of both: asked for once it is known what they are called.
fn set_parameters(pair: &Pair, both: Sides<DbCluster>) -> Ready {
    let group = |cluster: &DbCluster| Group {
        of: cluster.id.clone(),
        name: cluster.parameter_group.clone(),
        applied: cluster.instances.iter().map(|one| one.parameters_applied.clone()).collect(),
    };
    let asks = [both.old.0.ask.clone(), both.new.0.ask.clone()];
    let groups = move |facts: &Facts<'_>| -> Result<[Group; 2], String> {
        Ok([group(readiness::told(facts, &both.old)?), group(readiness::told(facts, &both.new)?)])
    };
    let (first, also) = (groups.clone(), groups);
    let places = [pair.old.clone(), pair.new.clone()];
    let asked = places.clone();
    Ready::new(&PARAMETER_GROUP, asks, move |facts| match first(facts) {
        Ok([old, new]) => {
            let [old_at, new_at] = &places;
            let ask_old = |name: &Clean| words::cluster_parameters(old_at, name);
            let ask_new = |name: &Clean| words::cluster_parameters(new_at, name);
            let set = new.asked().and_then(|name| facts.see(&ask_new(name)).found()?.get(RPO));
            if let Some(seconds) = set {
                return PARAMETER_GROUP.failing(format!("{RPO} is {seconds} of {}", new.of));
            }
            compared(&PARAMETER_GROUP, facts, (&old, &ask_old), (&new, &ask_new))
        }
        Err(why) => PARAMETER_GROUP.unknown(why),
    })
    .then(move |facts| {
        let groups = also(facts).map(Vec::from).unwrap_or_default();
        let asks =
            groups.iter().zip(&asked).filter_map(|(group, at)| Some(words::cluster_parameters(at, group.asked()?).ask));
        asks.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(classes: &[&str], most: Option<f64>) -> DbCluster {
        let instances = classes.iter().enumerate().map(|(nth, class)| ClusterInstance {
            id: format!("i-{nth}").into(),
            writer: nth == 0,
            class: Some((*class).into()),
            ..ClusterInstance::default()
        });
        DbCluster { id: "ledger".into(), most_capacity: most, instances: instances.collect(), ..DbCluster::default() }
    }

    #[test]
    fn the_strongest_instance_has_to_be_as_strong_as_the_writer() {
        let held =
            |old: &[&str], new: &[&str]| capacity(&CAPACITY, &cluster(old, None), &cluster(new, None)).level.word();
        assert_eq!(held(&["db.r6g.2xlarge", "db.r6g.large"], &["db.r6g.large", "db.r7g.2xlarge"]), "ok");
        assert_eq!(held(&["db.r6g.2xlarge"], &["db.r6g.xlarge", "db.r6g.large"]), "failing");
        assert_eq!(held(&["db.r6g.large"], &["db.serverless"]), "unknown");
        assert_eq!(held(&["db.r6g.large"], &[]), "unknown");
        let units =
            |old, new| capacity(&CAPACITY, &cluster(&[SERVERLESS], old), &cluster(&[SERVERLESS], new)).level.word();
        assert_eq!(units(Some(16.0), Some(16.0)), "ok");
        assert_eq!(units(Some(16.0), Some(8.0)), "failing");
        assert_eq!(units(Some(16.0), None), "unknown");
    }
}
