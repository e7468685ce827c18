//! What the kinds of RDS and ElastiCache share.

use crate::inventory::arn::AWS_OWN;
use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, Stop, tags, with_tags};
use crate::inventory::pick::{self, Config, each, list, text};
use crate::inventory::registry::found;
use serde_json::{Map, Value, json};

pub(super) const MARKER: &[(&str, &str)] = &[("Marker", "Marker")];
pub(super) static RDS_TAGS: Operation = Operation::list(Api::Rds, "ListTagsForResource", "TagList");
pub(super) static GLOBAL_CLUSTERS: Operation =
    Operation::list(Api::Rds, "DescribeGlobalClusters", "GlobalClusters").paged(MARKER);

/// A filter as RDS takes it, whose lists have names of their own on the wire.
pub(super) fn filter(name: &str, ids: &[&str]) -> Value {
    let ids: Map<String, Value> =
        ids.iter().enumerate().map(|(place, id)| ((place + 1).to_string(), (*id).into())).collect();
    json!({ "Filters": { "Filter": { "1": { "Name": name, "Values": { "Value": ids } } } } })
}

pub(super) fn done(desk: &Desk<'_>, one: &Value, arn: &str, name: &str, config: Config) -> Step<Read> {
    let tags = tags(&list(one, "TagList"), desk.sealer);
    found(Found { arn: text(one, arn).map(str::to_owned), name: Some(name.to_owned()), config, tags: Some(tags) })
}

/// A group of somebody's own is needed; AWS's own is told as outside.
pub(super) fn own_or(desk: &mut Desk<'_>, kind: &str, group: Option<&str>, field: &str) {
    match group {
        Some(group) if group.starts_with("default.") || group.starts_with("default:") => {
            desk.leave(&format!("{kind}/{group}"), AWS_OWN);
        }
        group => desk.need(kind, group, field),
    }
}

pub(super) fn subnets(desk: &mut Desk<'_>, config: &mut Config, one: &Value) {
    let subnets = list(one, "Subnets");
    let subnets = each(&subnets, "SubnetIdentifier");
    config.put("SubnetIds", pick::set(subnets.iter().copied()));
    desk.needs("subnet", subnets, "Subnets");
}

pub(super) fn first(items: Vec<&Value>) -> Step<&Value> {
    items.into_iter().next().ok_or(Stop::Absent)
}

/// With tags that were asked for apart.
pub(super) fn with(
    desk: &mut Desk<'_>,
    tagged: Step<Vec<&Value>>,
    arn: &str,
    name: &str,
    mut config: Config,
) -> Step<Read> {
    let tagged = desk.part(tagged, |desk, items| Value::Object(tags(&items, desk.sealer)))?;
    let tags = with_tags(&mut config, tagged);
    let arn = (!arn.is_empty()).then(|| arn.to_owned());
    found(Found { arn, name: Some(name.to_owned()), config, tags })
}

/// Parameters that somebody set, by name.
pub(super) fn parameters(desk: &Desk<'_>, items: &[&Value]) -> Value {
    let each = items.iter().filter_map(|one| {
        let name = text(one, "ParameterName")?;
        let mut set = Config::default();
        set.put("Value", desk.sealer.text(name, text(one, "ParameterValue")?));
        set.put("ApplyMethod", text(one, "ApplyMethod"));
        Some((name.to_owned(), set.value()))
    });
    Value::Object(each.collect())
}
