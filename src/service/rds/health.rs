//! How an instance is, by its role and not only its status.

use super::caught_up::replication_words;
use super::pair::Pair;
use super::status::{serves, trouble};
use crate::plan::Side;
use crate::service::observation::DbInstance;
use crate::service::work::{Facts, Health, HealthLevel, Look};

/// The field that names the instance on `side`.
pub(super) fn field_of(side: Side) -> &'static str {
    match side {
        Side::Primary => "primary",
        Side::Recovery => "recovery",
    }
}

/// How the instance on `side` is. One that this run has fenced is told as that.
pub(super) fn of(pair: &Pair, side: Side, facts: &Facts<'_>) -> Health {
    let (look, id) = match side {
        Side::Primary => (pair.look_old(facts), &pair.primary),
        Side::Recovery => (pair.look_replica(facts), &pair.recovery),
    };
    let none = || Health::new(HealthLevel::Down, format!("no instance {id}"));
    match look {
        Look::NotTold(why) => Health::not_told(why),
        Look::There(instance) => of_instance(instance),
        Look::Absent if side == Side::Primary => match pair.look_fenced(facts) {
            Look::There(fenced) => Health::new(HealthLevel::Standby, format!("fenced, {}", fenced.status)),
            Look::Absent => none(),
            Look::NotTold(why) => Health::not_told(why),
        },
        Look::Absent => none(),
    }
}

fn of_instance(instance: &DbInstance) -> Health {
    let status = &instance.status;
    if trouble(status).is_some() {
        return Health::new(HealthLevel::Down, status.as_str());
    }
    let broken = instance.replication.as_ref().filter(|replication| !replication.normal);
    match (instance.replica_of.as_ref().or(instance.replica_of_cluster.as_ref()), broken) {
        (Some(_), Some(replication)) => {
            Health::new(HealthLevel::Degraded, format!("{status}, replication {}", replication_words(replication)))
        }
        (Some(_), None) => Health::new(HealthLevel::Standby, format!("{status}, replica")),
        (None, _) if serves(status) => Health::new(HealthLevel::Up, format!("{status}, writer")),
        (None, _) => Health::new(HealthLevel::Degraded, format!("{status}, writer")),
    }
}
