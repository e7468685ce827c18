//! Whether the instances are the ones that the plan means: this replica of this source, of RDS and not of a cluster. Asked
//! before anything is done, and never passed by a word: the plan is changed.

use super::names::Arn;
use super::pair::Pair;
use crate::service::observation::DbInstance;
use crate::service::work::{Check, Facts, Look};

const CHANGE_PLAN: &str = "name the replica of the plan's `primary` in `recovery`, or its source in `primary`";

/// What the instance of the recovery region must be before it is promoted.
pub(super) fn of_replica(pair: &Pair, replica: &DbInstance, facts: &Facts<'_>) -> Vec<Check> {
    let mut checks = vec![role(replica), engine("rds-engine", replica, pair.source_seen(facts))];
    checks.extend(source(pair, replica));
    checks
}

/// What the instance of the primary region must be before it is fenced: a writer, and the very source of the replica. A
/// writer that nothing replicates from is never fenced for a replica of another.
pub(super) fn of_source(pair: &Pair, old: &DbInstance, was_promoted: bool, facts: &Facts<'_>) -> Vec<Check> {
    let (code, wanted) = ("rds-fence-source", "the source of the replica that is promoted");
    let found = match pair.look_replica(facts) {
        Look::NotTold(why) => return vec![writer(old), Check::not_told(code, why, wanted).of_identity()],
        Look::Absent => Err(format!("there is no replica {} of it", pair.recovery)),
        Look::There(replica) => match &replica.replica_of {
            Some(source) if *source == old.arn => Ok(format!("{} replicates from it", replica.id)),
            Some(source) => Err(format!("{} replicates from {source}, not from {}", replica.id, old.arn)),
            // What this run has promoted itself was its replica: the fence is made up for.
            None if was_promoted => Ok(format!("{} was its replica until this run promoted it", replica.id)),
            None => Err(format!("{} replicates from nothing", replica.id)),
        },
    };
    let (holds, found) = (found.is_ok(), found.unwrap_or_else(|found| found));
    let fix = if matches!(pair.look_replica(facts), Look::Absent) { super::promote::MAKE_IT } else { CHANGE_PLAN };
    vec![writer(old), Check::that(code, holds, found, wanted, fix).of_identity()]
}

fn writer(old: &DbInstance) -> Check {
    let found = match (&old.replica_of, &old.replica_of_cluster, &old.cluster) {
        (Some(source), ..) => Err(format!("{} is a replica itself, of {source}", old.id)),
        (None, Some(cluster), _) => Err(format!("{} is a replica itself, of the cluster {cluster}", old.id)),
        (None, None, Some(cluster)) => Err(format!("{} is a member of the cluster {cluster}", old.id)),
        (None, None, None) => Ok(format!("{} is a writer", old.id)),
    };
    let fix = "see that `primary` and `recovery` of the plan name the regions and instances they should";
    let (holds, found) = (found.is_ok(), found.unwrap_or_else(|found| found));
    Check::that("rds-fence-role", holds, found, "an instance that writes", fix).of_identity()
}

fn role(replica: &DbInstance) -> Check {
    let found = match (&replica.replica_of, &replica.replica_of_cluster) {
        (Some(source), _) => format!("a replica of {source}"),
        (None, Some(cluster)) => format!("a replica of the cluster {cluster}"),
        (None, None) => format!("{} has no source: it is not a replica", replica.id),
    };
    Check::that("rds-replica-role", replica.replica_of.is_some(), found, "a read replica of an instance", CHANGE_PLAN)
        .of_identity()
}

/// Nothing to be said where there is no source at all: its role says that.
fn source(pair: &Pair, replica: &DbInstance) -> Option<Check> {
    let source = replica.replica_of.as_ref().or(replica.replica_of_cluster.as_ref())?;
    let wanted = format!("a replica of {} in {}", pair.primary, pair.old.region);
    let account = Arn::of(&replica.arn).map(|arn| arn.account);
    let holds = replica.replica_of_cluster.is_none()
        && Arn::of(source).is_some_and(|source| {
            source.region == pair.old.region.as_str() && Some(source.account) == account && pair.is_source(source.id)
        });
    let found = format!("{} is a replica of {source}", replica.id);
    Some(Check::that("rds-replica-source", holds, found, &wanted, CHANGE_PLAN).of_identity())
}

/// An instance of RDS itself, and both of one engine as far as the other is seen.
fn engine(code: &str, replica: &DbInstance, source: Option<&DbInstance>) -> Check {
    let (id, engine) = (&replica.id, &replica.engine);
    let wrong = if let Some(cluster) = &replica.cluster {
        Some(format!("{id} is a member of the cluster {cluster}, {engine}"))
    } else if engine.starts_with("aurora") {
        Some(format!("{id} is of {engine}"))
    } else {
        let other = source.filter(|source| source.engine != *engine);
        other.map(|source| format!("{id} is of {engine} and {} of {}", source.id, source.engine))
    };
    let found = wrong.clone().unwrap_or_else(|| format!("{engine}, no member of a cluster"));
    let fix = "a cluster is not failed over by its instances: name a replica of a DB instance, of the same engine";
    Check::that(code, wrong.is_none(), found, "an instance of RDS, of its source's engine", fix).of_identity()
}
