//! What keeps data, and where its data comes from in the other region. A store is never made empty without a word.

use crate::snapshot::{Reference, Resource, Snapshot};
use crate::terraform::generate::Written;
use crate::terraform::hcl::{Body, Expr};
use crate::terraform::known::is_member;
use crate::terraform::source::Writing;

/// Where the data of a store comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Data {
    /// It is there: what replicates it is taken.
    Replica,
    /// A snapshot that was copied there.
    Snapshot,
    /// The backups that are replicated there, to the latest moment they have.
    PointInTime,
    /// Nowhere: it is made without any.
    Empty,
}

impl Data {
    /// By its word.
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "replica" => Some(Self::Replica),
            "snapshot" => Some(Self::Snapshot),
            "point-in-time" => Some(Self::PointInTime),
            "empty" => Some(Self::Empty),
            _ => None,
        }
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Replica => "replica",
            Self::Snapshot => "snapshot",
            Self::PointInTime => "point-in-time",
            Self::Empty => "empty",
        }
    }

    /// Whether a store of `kind` can have its data from there.
    pub fn is_of(self, kind: &str) -> bool {
        match kind {
            "db-instance" => true,
            "aurora-cluster" | "replication-group" => self != Self::PointInTime,
            "table" => self != Self::Snapshot,
            // What is made of these is empty unless they say that it is there.
            "bucket" | "kms-key" => matches!(self, Self::Replica | Self::Empty),
            _ => false,
        }
    }
}

/// Whether it keeps data that nothing else in the snapshot has: a replica of another, and a member of a cluster, do not.
pub fn is_store(snapshot: &Snapshot, resource: &Resource) -> bool {
    let is_replica = || {
        let source = resource.config.get("ReadReplicaSource").and_then(|value| value.as_str()).unwrap_or_default();
        let of = |one: &Resource| one.kind == "db-instance" && (one.id == source || one.arn.as_deref() == Some(source));
        snapshot.resources.iter().any(of)
    };
    match resource.kind.as_str() {
        "db-instance" => !is_member(resource) && !is_replica(),
        "aurora-cluster" | "replication-group" | "table" => true,
        _ => false,
    }
}

/// Whether AWS replicates it to `region` by itself.
pub fn is_replicated_to(resource: &Resource, region: &str) -> bool {
    let regions = resource.config.get("ReplicaRegions").and_then(|regions| regions.as_array());
    regions.is_some_and(|regions| regions.iter().any(|one| one.as_str() == Some(region)))
}

/// Fills a store that is made with what `data` says.
pub fn filled(data: Data, resource: &Resource, to: &str, written: &mut Written, writing: &Writing<'_>) {
    let name = written.address.name.clone();
    let of = resource.reference();
    let body = &mut written.block.body;
    let given =
        |what: &str, about: &str, is_secret: bool| writing.variable(&format!("{name}_{what}"), about, is_secret);
    let snapshot = || {
        let about = format!("The snapshot of {of}, copied to {to}, from which it is made.");
        given("snapshot", &about, false)
    };
    if written.block.labels[0] == "aws_db_instance" {
        made_anew(resource, body);
    }
    match (written.block.labels[0].as_str(), data) {
        (_, Data::Replica) => {}
        ("aws_db_instance", Data::Snapshot) => {
            body.drop_all(FROM_COPY);
            body.set("snapshot_identifier", snapshot());
            ignore(body, "snapshot_identifier");
        }
        ("aws_db_instance", Data::PointInTime) => {
            let about = format!("The ARN of the backups of {of} that are replicated to {to}.");
            body.drop_all(FROM_COPY);
            let restore = Body::default()
                .with("source_db_instance_automated_backups_arn", given("backups", &about, false))
                .with("use_latest_restorable_time", true);
            *body = std::mem::take(body).block("restore_to_point_in_time", restore);
            ignore(body, "restore_to_point_in_time");
        }
        ("aws_db_instance", Data::Empty) => {
            body.drop_all(&["replicate_source_db"]);
            // Of a replica these are its source's to say.
            for (key, argument) in [
                ("Engine", "engine"),
                ("EngineVersion", "engine_version"),
                ("AllocatedStorage", "allocated_storage"),
                ("MasterUsername", "username"),
                ("StorageEncrypted", "storage_encrypted"),
            ] {
                if let (None, Some(value)) = (body.value(argument), resource.config.get(key)) {
                    body.set(argument, Expr::of(value, &Expr::text));
                }
            }
            if body.value("manage_master_user_password").is_none() {
                body.set("password", given("password", &format!("The password of {of} in {to}."), true));
            }
        }
        ("aws_rds_cluster", Data::Snapshot) => {
            body.drop_all(&["master_username", "database_name", "storage_encrypted", "kms_key_id", GLOBAL]);
            body.set("snapshot_identifier", snapshot());
            ignore(body, "snapshot_identifier");
        }
        ("aws_rds_cluster", _) => {
            body.drop_all(&[GLOBAL]);
            for (key, argument) in [("MasterUsername", "master_username"), ("DatabaseName", "database_name")] {
                if let (None, Some(value)) = (body.value(argument), resource.config.get(key)) {
                    body.set(argument, Expr::of(value, &Expr::text));
                }
            }
            if body.value("manage_master_user_password").is_none() {
                body.set("master_password", given("password", &format!("The password of {of} in {to}."), true));
            }
        }
        ("aws_elasticache_replication_group", data) => {
            // What is a member of a global store has these of it; what is made for itself says them.
            body.drop_all(&["global_replication_group_id"]);
            if resource.config.get("AuthTokenEnabled").is_some_and(|truth| *truth == true) {
                body.set("auth_token", given("auth_token", &format!("The AUTH token of {of}."), true));
            }
            if data == Data::Snapshot {
                let about = format!("The ARN in S3 of the exported snapshot of {of}, in a bucket in {to}.");
                body.set("snapshot_arns", vec![given("snapshot", &about, false)]);
                ignore(body, "snapshot_arns");
            }
        }
        ("aws_dynamodb_table", Data::PointInTime) => {
            body.drop_all(&["replica"]);
            if let Some(arn) = &resource.arn {
                body.set("restore_source_table_arn", arn.as_str());
                body.set("restore_to_latest_time", true);
                ignore(body, "restore_source_table_arn");
            }
        }
        ("aws_dynamodb_table", _) => body.drop_all(&["replica"]),
        _ => {}
    }
}

/// What RDS tells of a database, and takes of none that is made: a zone of one that is in two, and of a small gp3 volume the
/// speed that every such volume has.
fn made_anew(resource: &Resource, body: &mut Body) {
    let says = |key: &str, wanted: &serde_json::Value| resource.config.get(key) == Some(wanted);
    // A default group is there once something uses it: one that is made says none, and has it.
    for (argument, begin) in [("option_group_name", "default:"), ("parameter_group_name", "default.")] {
        if body.value(argument).and_then(Expr::literal).is_some_and(|name| name.starts_with(begin)) {
            body.drop_all(&[argument]);
        }
    }
    if says("MultiAZ", &true.into()) {
        body.drop_all(&["availability_zone"]);
    }
    let size = resource.config.get("AllocatedStorage").and_then(serde_json::Value::as_i64).unwrap_or_default();
    if says("StorageType", &"gp3".into()) && size < 400 && says("Iops", &3000.into()) {
        body.drop_all(&["iops", "storage_throughput"]);
    }
}

const GLOBAL: &str = "global_cluster_identifier";
/// What a database that is made of a copy has of it.
const FROM_COPY: &[&str] = &[
    "engine",
    "engine_version",
    "username",
    "db_name",
    "allocated_storage",
    "storage_encrypted",
    "kms_key_id",
    "replicate_source_db",
    "password",
];

/// What another value of later would make anew is not looked at again.
fn ignore(body: &mut Body, what: &str) {
    let (_, blocks) = body.parts_mut();
    let Some(lifecycle) = blocks.iter_mut().find(|block| block.keyword == "lifecycle") else { return };
    let mut all = match lifecycle.body.value("ignore_changes") {
        Some(Expr::List(all)) => all.clone(),
        _ => Vec::new(),
    };
    all.push(Expr::said(what));
    lifecycle.body.set("ignore_changes", all);
}

/// What is in a store's place, by what is left to do.
pub fn advice(of: &Reference) -> String {
    let words: Vec<&str> = [Data::Replica, Data::Snapshot, Data::PointInTime, Data::Empty]
        .into_iter()
        .filter(|data| data.is_of(&of.kind))
        .map(Data::word)
        .collect();
    format!("--data {of}={}", words.join("|"))
}
