//! What comes of a difference for a failover, in a sentence.

use super::names;
use crate::snapshot::diff::{in_short, matches};
use crate::snapshot::{Resource, Snapshot};
use crate::terraform::restore::is_store;
use serde_json::Value;

/// Kind, and what comes of it where it is missing.
const MISSING: &[(&str, &str)] = &[
    ("secret", "what reads it does not start there"),
    ("parameter", "what reads it does not start there"),
    ("log-group", "tasks that log to it do not start there"),
    ("repository", "no image is pulled there"),
    ("iam-role", "what takes it on does not start there"),
    ("iam-policy", "what is allowed by it is refused there"),
    ("instance-profile", "no machine starts with it there"),
    ("kms-key", "what is encrypted under it cannot be read there"),
    ("certificate", "no listener there can speak for its names"),
    ("db-parameter-group", "what is promoted there runs with other parameters"),
    ("cluster-parameter-group", "what is promoted there runs with other parameters"),
    ("cache-parameter-group", "the cache there runs with other parameters"),
    ("db-subnet-group", "no database can be made there"),
    ("cache-subnet-group", "no cache can be made there"),
    ("security-group", "nothing there can be given what it lets through"),
    ("route-table", "its subnets' ways out are not there"),
    ("nat-gateway", "what stands in private subnets there reaches nothing outside"),
    ("internet-gateway", "nothing there reaches the internet or is reached from it"),
    ("vpc-endpoint", "what has no other way to that service does not reach it there"),
    ("vpc", "nothing has a network to start in there"),
    ("subnet", "there is one fewer place to start in there"),
    ("task-definition", "its tasks cannot be started there"),
    ("ecs-service", "it does not come up there"),
    ("ecs-cluster", "none of its services comes up there"),
    ("autoscaling-group", "none of its machines comes up there"),
    ("launch-template", "no machine can be started from it there"),
    ("function", "nothing there calls it"),
    ("scalable-target", "it does not grow with its load there"),
    ("target-group", "nothing there is served through it"),
    ("load-balancer", "clients cannot be led to anything there"),
    ("listener", "clients are not answered on that port there"),
    ("queue", "what is sent to it there is refused"),
    ("topic", "what is published to it there is refused"),
    ("bucket", "what is kept in it is not there"),
    ("alarm", "nobody is called there when it should ring"),
];

/// Kind, field, and what comes of another value there, or of none. A `*` stands for anything.
const CHANGED: &[(&str, &str, &str)] = &[
    ("db-parameter-group", "Parameters.*", "what is promoted there runs with other parameters"),
    ("cluster-parameter-group", "Parameters.*", "what is promoted there runs with other parameters"),
    ("cache-parameter-group", "Parameters.*", "the cache there runs with other parameters"),
    ("db-instance", "DBInstanceClass", "after a failover it has another size"),
    ("db-instance", "EngineVersion", "after a failover it is of another version"),
    ("db-instance", "MultiAZ", "after a failover its zone is its only one"),
    ("*", "BackupRetentionPeriod", "after a failover its backups are kept otherwise"),
    ("security-group", "Rules*", "after a failover it lets through what it did not, or not what it did"),
    ("task-definition", "Containers.*.image", "a failover runs another image"),
    ("ecs-service", "Images*", "one tag stands for two images: a failover runs another"),
    ("task-definition", "Containers.*.environment.*", "its tasks start with another environment"),
    ("task-definition", "Containers.*.secrets.*", "its tasks start with another secret"),
    ("task-definition", "Cpu", "its tasks are of another size"),
    ("task-definition", "Memory", "its tasks are of another size"),
    ("ecs-service", "DesiredCount", "nothing in the plan raises it: that is what runs after a failover"),
    (
        "autoscaling-group",
        "Launches",
        "a failover starts its machines from a version of its template that is not the latest",
    ),
    ("autoscaling-group", "Launches.*", "a failover starts its machines from another version of its template"),
    ("launch-template", "Latest.Image.*", "a failover starts its machines from another image"),
    ("autoscaling-group", "DesiredCapacity", "nothing in the plan raises it: that is what runs after a failover"),
    ("*", "MaxSize", "after a failover it grows no further"),
    ("*", "MaxCapacity", "after a failover it grows no further"),
    ("*", "MinSize", "after a failover it may be scaled in below what was held"),
    ("*", "MinCapacity", "after a failover it may be scaled in below what was held"),
    ("function", "CodeSha256", "a failover runs other code"),
    ("function", "Environment*", "it starts with another environment"),
    ("target-group", "HealthCheck*", "its targets are called healthy by another rule there"),
    ("listener", "*", "clients are answered otherwise there"),
    ("iam-role", "*", "what takes it on may do something else there"),
    ("iam-policy", "*", "what is allowed by it may do something else there"),
];

/// How something that is to be told differs, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Worth {
    /// Data that only the region has which may fail.
    Store,
    /// A thing that is not there.
    Missing,
    /// It names the region that may fail.
    Names,
    /// It is set up otherwise.
    Otherwise,
    /// Nobody knows.
    Unknown,
    /// It is said that it may differ, or expected.
    Quiet,
}

/// What comes of `resource` missing in `to`, and how bad that is.
pub fn missing(primary: &Snapshot, resource: &Resource, to: &str) -> (Worth, String) {
    let from = &primary.region;
    if is_store(primary, resource) {
        return (Worth::Store, format!("its data is in {from} alone: there is nothing to fail over to in {to}"));
    }
    let comes = MISSING.iter().find(|(kind, _)| *kind == resource.kind).map(|(_, comes)| *comes);
    let comes = comes.unwrap_or("a failover runs without it");
    let own = resource.reference().to_string();
    let mut users = primary.resources.iter().filter(|one| one.needs.binary_search(&own).is_ok());
    let used = match (users.next(), users.count()) {
        (None, _) => String::new(),
        (Some(one), 0) => format!("; {} {} needs it", one.kind, called(one)),
        (Some(one), more) => format!("; {} {} and {more} more need it", one.kind, called(one)),
    };
    (Worth::Missing, format!("{comes}: {to} has none{used}"))
}

/// What comes of a field that the two say differently.
pub fn changed(
    (from, to): (&str, &str),
    there: &Resource,
    (field, left, right): (&str, Option<&Value>, Option<&Value>),
) -> (Worth, String) {
    let mut named = None;
    if let Some(right) = right {
        super::refers::texts("", right, &mut |_, text| {
            if names::strict(text, from) != text {
                named.get_or_insert_with(|| text.to_owned());
            }
        });
    }
    if let Some(named) = named {
        let of = |text: &str| left.is_some_and(|left| left == text);
        let same = if of(&named) { ", as the primary does" } else { "" };
        return (Worth::Names, format!("in {to} it names {from}{same}: {}", in_short(&named.into())));
    }
    let row = CHANGED.iter().find(|(kind, pattern, _)| matches(kind, &there.kind) && matches(pattern, field));
    let comes = row.map_or("a failover runs with that", |(_, _, comes)| *comes);
    let leaf = leaf(field);
    let told = match (left, right) {
        (Some(left), Some(right)) => {
            format!("{leaf} is {} in {to}, {} in {from}: {comes}", in_short(right), in_short(left))
        }
        (Some(left), None) => format!("{to} has no {leaf} {}: {comes}", in_short(left)),
        (None, Some(right)) => format!("only {to} has {leaf} {}: {comes}", in_short(right)),
        (None, None) => comes.to_owned(),
    };
    (Worth::Otherwise, told)
}

/// The end of a field, which says what it is: `max_connections` of `Parameters.max_connections.Value`.
fn leaf(field: &str) -> &str {
    let short = field.strip_suffix(".Value").unwrap_or(field);
    short.rsplit('.').next().unwrap_or(short)
}

/// What people call it.
pub fn called(resource: &Resource) -> &str {
    resource.name.as_deref().unwrap_or(&resource.id)
}
