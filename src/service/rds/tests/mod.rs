//! Under test: the pair of a source and its replica, by what was seen of both.

mod caught_up;
mod fence;
mod identity;
mod plan;
mod promote;
mod sides;
mod upkeep;

use crate::plan::Side;
use crate::service::ask::{Query, RdsQuery};
use crate::service::observation::{DbInstance, DbSettings, Observation, RdsObservation, Replication};
use crate::service::scene::Scene;
use serde_json::{Value, json};

const SOURCE: &str = "arn:aws:rds:eu-west-1:111122223333:db:orders";
/// What the run of every scene calls the fenced source.
const FENCED: &str = "orders-fenced-202701150800";

fn scene() -> Scene {
    scene_with(json!({}))
}

/// A component with more fields than the two it needs.
fn scene_with(more: Value) -> Scene {
    let mut fields = json!({ "primary": "orders", "recovery": "orders-replica" });
    for (name, value) in more.as_object().expect("a table") {
        fields[name] = value.clone();
    }
    Scene::new("rds", fields)
}

fn settings(class: &str, groups: &[&str]) -> Box<DbSettings> {
    Box::new(DbSettings {
        class: Some(class.into()),
        security_groups: groups.iter().map(|group| (*group).into()).collect(),
        ..DbSettings::default()
    })
}

/// The replica, as it should be.
fn replica(status: &str) -> DbInstance {
    DbInstance {
        id: "orders-replica".into(),
        arn: "arn:aws:rds:eu-central-1:111122223333:db:orders-replica".into(),
        resource_id: "db-REPLICA".into(),
        status: status.into(),
        engine: "postgres".into(),
        replica_of: Some(SOURCE.into()),
        replication: Some(replicating()),
        endpoint: Some("orders-replica.example.com".into()),
        port: Some(5432),
        settings: settings("db.r6g.large", &["sg-b"]),
        ..DbInstance::default()
    }
}

fn replicating() -> Replication {
    Replication { status: "replicating".into(), normal: true, message: None }
}

fn broken(status: &str, message: &str) -> DbInstance {
    let replication = Replication { status: status.into(), normal: false, message: Some(message.into()) };
    DbInstance { replication: Some(replication), ..replica("available") }
}

/// The replica once it is none any more.
fn promoted(status: &str) -> DbInstance {
    DbInstance { replica_of: None, replication: None, ..replica(status) }
}

/// The source under the name `id`.
fn source(id: &str, status: &str) -> DbInstance {
    DbInstance {
        id: id.into(),
        arn: format!("arn:aws:rds:eu-west-1:111122223333:db:{id}").into(),
        resource_id: "db-SOURCE".into(),
        status: status.into(),
        engine: "postgres".into(),
        replicas: vec!["arn:aws:rds:eu-central-1:111122223333:db:orders-replica".into()],
        backup_retention_days: 7,
        endpoint: Some(format!("{id}.example.com").into()),
        port: Some(5432),
        settings: settings("db.r6g.large", &["sg-a"]),
        ..DbInstance::default()
    }
}

fn asks_for(id: &str) -> Query {
    Query::Rds(RdsQuery::DbInstance { id: id.into() })
}

fn sees_replica(scene: Scene, instance: Option<DbInstance>) -> Scene {
    scene.sees(Side::Recovery, asks_for("orders-replica"), Observation::Rds(RdsObservation::DbInstance { instance }))
}

/// What the primary region has under the source's two names.
fn sees_source(scene: Scene, old: Option<DbInstance>, fenced: Option<DbInstance>) -> Scene {
    let told = |instance| Observation::Rds(RdsObservation::DbInstance { instance });
    scene.sees(Side::Primary, asks_for("orders"), told(old)).sees(Side::Primary, asks_for(FENCED), told(fenced))
}

/// Both as they should be before anything is done.
fn pair(scene: Scene) -> Scene {
    sees_replica(sees_source(scene, Some(source("orders", "available")), None), Some(replica("available")))
}
