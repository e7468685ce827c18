//! What is expected to differ between two regions, with why: told quietly, and no reason to be wary.

use super::Brought;
use super::told::Worth;
use crate::snapshot::diff::{Drift, matches};
use crate::snapshot::{Reference, Resource, Snapshot};
use serde_json::{Map, Value};

const ADDRESSES: &str = "each region's network has addresses of its own";
const ZONES: &str = "each region has zones of its own";
const REPLICATION: &str = "it is what a replica has otherwise than its source";
const WINDOWS: &str = "windows of upkeep need not be the same";
const TAGS: &str = "tags bring nothing up";
const NUMBERS: &str = "versions are counted in each region by itself";
const IMAGES: &str = "each region has images under ids of its own; what they are is compared by name and owner";
const STILL: &str = "what runs no task tells not which image its tags stand for";
/// Of what the runbook itself brings about.
pub const BROUGHT: &str = "the runbook sets it at the failover";
/// Of what says whom to lead where.
pub const LED: &str = "who is led where is the runbook's to say";
/// Of what only the other region has.
pub const ALONE: &str = "only the recovery region was found to have it";

/// Kind, field, why. A `*` stands for anything.
const EXPECTED: &[(&str, &str, &str)] = &[
    ("*", "Tags*", TAGS),
    ("*", "*.Tags*", TAGS),
    ("*", "PropagatedTags*", TAGS),
    ("vpc", "*Cidr*", ADDRESSES),
    ("subnet", "*Cidr*", ADDRESSES),
    ("*", "AvailabilityZone", ZONES),
    ("*", "AvailabilityZoneId", ZONES),
    ("*", "AvailabilityZones", ZONES),
    ("*", "Preferred*Window", WINDOWS),
    ("*", "SnapshotWindow", WINDOWS),
    ("db-instance", "ReadReplicaSource", REPLICATION),
    ("db-instance", "PromotionTier", REPLICATION),
    ("aurora-cluster", "ReplicationSource", REPLICATION),
    ("aurora-cluster", "GlobalCluster", REPLICATION),
    ("aurora-cluster", "MasterUsername", REPLICATION),
    ("aurora-cluster", "DatabaseName", REPLICATION),
    ("aurora-cluster", "MasterUserSecret", REPLICATION),
    ("aurora-cluster", "Members", REPLICATION),
    ("replication-group", "Global*", REPLICATION),
    ("kms-key", "MultiRegionKeyType", REPLICATION),
    ("kms-key", "PrimaryKey", REPLICATION),
    ("secret", "ReplicaRegions", REPLICATION),
    ("table", "ReplicaRegions", REPLICATION),
    ("bucket", "Replication*", REPLICATION),
    ("repository", "Replication*", REPLICATION),
    ("autoscaling-group", "LaunchTemplate.Version", NUMBERS),
    ("function", "Aliases*FunctionVersion", NUMBERS),
    ("parameter", "Version", NUMBERS),
];

/// Whether a kind differs as a whole, and why.
pub fn kind(kind: &str) -> Option<&'static str> {
    matches!(kind, "record" | "health-check" | "zone" | "global-cluster" | "global-datastore").then_some(LED)
}

/// Why `field` of `there` may differ; nothing where that would matter.
pub fn field(
    there: &Resource,
    recovery: &Snapshot,
    brought: &Brought,
    (field, left, right): (&str, Option<&Value>, Option<&Value>),
) -> Option<&'static str> {
    if there.kind == "ecs-service" && field.starts_with("Images") && (left.is_none() || right.is_none()) {
        return Some(STILL);
    }
    let row = EXPECTED.iter().find(|(kind, pattern, _)| matches(kind, &there.kind) && matches(pattern, field));
    if let Some((_, _, why)) = row {
        // One zone where the other has several is no matter of names.
        let count = |side: Option<&Value>| side.and_then(Value::as_array).map_or(1, Vec::len);
        return (*why != ZONES || count(left) <= count(right)).then_some(why);
    }
    is_brought(there, recovery, brought, field).then_some(BROUGHT)
}

/// What comes of two launch templates that start machines from images of other ids, as each region has its own: they are one image by
/// its name and whose it is. Another name is told where it stands.
pub fn image(within: &str, left: &Map<String, Value>, right: &Map<String, Value>) -> (Worth, Drift, String) {
    let image = |config: &Map<String, Value>| {
        let image = config.get(within)?.get("Image")?;
        Some((image.get("Name")?.as_str()?.to_owned(), image.get("Owner")?.as_str()?.to_owned()))
    };
    match (image(left), image(right)) {
        (Some(_), Some(_)) => (Worth::Quiet, Drift::Expected, IMAGES.to_owned()),
        _ => {
            let why = "machine images have another id in each region, and what they are called was not told of both: \
                       nobody knows whether they are the same";
            (Worth::Unknown, Drift::Unread, why.to_owned())
        }
    }
}

/// Whether the runbook sets `field`, of the thing itself or of the service that runs it.
fn is_brought(there: &Resource, recovery: &Snapshot, brought: &Brought, field: &str) -> bool {
    let own = there.reference();
    let is_it = |of: &Reference| {
        *of == own
            || (["task-definition", "scalable-target"].contains(&own.kind.as_str())
                && recovery.resource(of).is_some_and(|service| {
                    service.needs.binary_search(&own.to_string()).is_ok()
                        || there.needs.binary_search(&of.to_string()).is_ok()
                }))
    };
    brought.iter().any(|(of, pattern)| matches(pattern, field) && is_it(of))
}
