//! How an instance is, by its role and not only its status.

use super::caught_up::replication_words;
use super::fields::Said;
use super::pair::Pair;
use super::status::{serves, trouble};
use super::turned::FENCED;
use super::words;
use crate::plan::{Application, Component, Side};
use crate::service::ask::Place;
use crate::service::observation::DbInstance;
use crate::service::turned::said as said_of;
use crate::service::work::{Health, HealthLevel, Look, Looked};

/// How the instance on `side` is.
pub(super) fn on(side: Side, said: Said, component: &Component, application: &Application) -> Looked<Health> {
    let place = Place::of(component, application, side);
    let (id, kept) = match side {
        Side::Primary => (said.primary, None),
        Side::Recovery => (said.recovery, said_of(component, FENCED).and_then(|kept| kept.as_str()).map(str::to_owned)),
    };
    let want = words::instance(&place, &id);
    let Some(kept) = kept else { return Looked::new([want.ask.clone()], move |facts| of(facts.see(&want), &id)) };
    let fenced = words::instance(&place, &kept);
    Looked::new([want.ask.clone(), fenced.ask.clone()], move |facts| of_kept(facts.see(&want), facts.see(&fenced), &id))
}

/// How it is where the way there took the name away from what had it: until a replica is made under it, that is what is there.
fn of_kept(look: Look<'_, DbInstance>, kept: Look<'_, DbInstance>, id: &str) -> Health {
    match (look, kept) {
        (Look::Absent, Look::There(kept)) => {
            Health::new(HealthLevel::Standby, format!("{} is kept, {}; {id} is to be made", kept.id, kept.status))
        }
        (Look::Absent, Look::NotTold(why)) => Health::not_told(why),
        (look, _) => of(look, id),
    }
}

/// How the source is: one that this run has fenced is told as that.
pub(super) fn of_source(pair: Pair) -> Looked<Health> {
    Looked::new([pair.ask_old(), pair.ask_fenced()], move |facts| {
        match (pair.look_old(facts), pair.look_fenced(facts)) {
            (Look::Absent, Look::There(fenced)) => {
                Health::new(HealthLevel::Standby, format!("fenced, {}", fenced.status))
            }
            (Look::Absent, Look::NotTold(why)) => Health::not_told(why),
            (old, _) => of(old, &pair.primary),
        }
    })
}

fn of(look: Look<'_, DbInstance>, id: &str) -> Health {
    match look {
        Look::NotTold(why) => Health::not_told(why),
        Look::There(instance) => of_instance(instance),
        Look::Absent => Health::new(HealthLevel::Down, format!("no instance {id}")),
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
