//! Where a capture begins: what carries the application's tags, and at its end the records that lead to what was found.

use super::arn::{self, Target};
use super::ask::{Api, Operation};
use super::desk::{Desk, Step, Stop};
use super::kinds::dns::{RECORDS, ZONES, bare, record_id};
use super::pick::{each, list, text};
use super::survey::Scope;
use crate::snapshot::Reference;
use serde_json::{Map, Value, json};

static IDENTITY: Operation = Operation::one(Api::Sts, "GetCallerIdentity");
static TAGGED: Operation = Operation::list(Api::Tagging, "GetResources", "ResourceTagMappingList")
    .paged(&[("PaginationToken", "PaginationToken")]);
static TAGGED_GROUPS: Operation = Operation::list(Api::AutoScaling, "DescribeAutoScalingGroups", "AutoScalingGroups")
    .paged(&[("NextToken", "NextToken")]);

/// The calls that seeds take.
pub(super) static CALLS: &[&Operation] = &[&IDENTITY, &TAGGED, &TAGGED_GROUPS, &ZONES, &RECORDS];

/// What was captured, and by what others may name it.
pub(super) type Captured = [(Reference, Vec<String>)];

/// One place to begin. What it finds are the desk's children.
pub(super) struct Seed {
    pub(super) name: &'static str,
    /// Gives the account's number, where it tells it.
    pub(super) read: fn(&mut Desk<'_>, &Scope, &Captured) -> Step<Option<String>>,
    /// Whether what the plan names comes after it.
    pub(super) names_the_plan: bool,
    /// Whether it is read when all else is.
    pub(super) is_last: bool,
}

/// In their order: whose account it is decides what is outside.
pub(super) static SEEDS: &[Seed] = &[
    Seed { name: "identity", read: identity, names_the_plan: true, is_last: false },
    Seed { name: "tags", read: tagged, names_the_plan: false, is_last: false },
    Seed { name: "global tags", read: tagged_at_home, names_the_plan: false, is_last: false },
    Seed { name: "tagged groups", read: groups, names_the_plan: false, is_last: false },
    Seed { name: "records", read: records, names_the_plan: false, is_last: true },
];

fn identity(desk: &mut Desk<'_>, _scope: &Scope, _captured: &Captured) -> Step<Option<String>> {
    let one = desk.call(&IDENTITY, json!({}))?;
    Ok(text(one, "Account").map(str::to_owned))
}

fn selected(scope: &Scope) -> Value {
    let filters: Vec<Value> =
        scope.selectors.iter().map(|(key, value)| json!({ "Key": key, "Values": [value] })).collect();
    json!({ "TagFilters": filters, "ResourcesPerPage": 100 })
}

fn tagged(desk: &mut Desk<'_>, scope: &Scope, _captured: &Captured) -> Step<Option<String>> {
    if scope.selectors.is_empty() {
        return Ok(None);
    }
    let items = desk.call(&TAGGED, selected(scope))?;
    take(desk, items);
    Ok(None)
}

/// What is of all regions is told in one of them alone.
fn tagged_at_home(desk: &mut Desk<'_>, scope: &Scope, _captured: &Captured) -> Step<Option<String>> {
    if scope.selectors.is_empty() || scope.here.home() == scope.here.region {
        return Ok(None);
    }
    let items = desk.call_at_home(&TAGGED, selected(scope))?;
    let of_all_regions: Vec<Value> = list(items, "")
        .into_iter()
        .filter(|item| text(item, "ResourceARN").is_some_and(|arn| arn.split(':').nth(3) == Some("")))
        .cloned()
        .collect();
    take(desk, &of_all_regions.into());
    Ok(None)
}

fn take(desk: &mut Desk<'_>, items: &Value) {
    for arn in each(&list(items, ""), "ResourceARN") {
        match arn::target(arn, desk.here) {
            Some(Target::Here(reference)) => desk.child(&reference.kind, &reference.id, "tagged"),
            Some(Target::Part) => {}
            Some(Target::Outside(to, why)) => leave(desk, &to, why),
            None => leave(desk, arn, arn::NOT_READ),
        }
    }
}

fn leave(desk: &mut Desk<'_>, to: &str, why: &str) {
    let from = "tagged".to_owned();
    desk.outside.insert(crate::snapshot::Outside { from, to: to.to_owned(), why: why.to_owned() });
}

/// Groups of machines are not among what is told by tags.
fn groups(desk: &mut Desk<'_>, scope: &Scope, _captured: &Captured) -> Step<Option<String>> {
    if scope.selectors.is_empty() {
        return Ok(None);
    }
    let filters: Vec<Value> =
        scope.selectors.iter().map(|(key, value)| json!({ "Name": format!("tag:{key}"), "Values": [value] })).collect();
    for name in each(&desk.list(&TAGGED_GROUPS, json!({ "Filters": filters }))?, "AutoScalingGroupName") {
        desk.child("autoscaling-group", name, "tagged");
    }
    Ok(None)
}

/// The records that point at what was captured: nothing of it names them.
fn records(desk: &mut Desk<'_>, _scope: &Scope, captured: &Captured) -> Step<Option<String>> {
    let lead = ["load-balancer", "db-instance", "aurora-cluster", "replication-group", "bucket"];
    let known: Map<String, Value> = captured
        .iter()
        .filter(|(reference, _)| lead.contains(&reference.kind.as_str()))
        .flat_map(|(reference, names)| names.iter().map(|name| (name.to_lowercase(), reference.to_string().into())))
        .collect();
    if known.is_empty() {
        return Ok(None);
    }
    let zones = desk.list(&ZONES, json!({}))?;
    let asked: Vec<(&str, Step<Vec<&Value>>)> = each(&zones, "Id")
        .into_iter()
        .map(bare)
        .map(|zone| (zone, desk.list(&RECORDS, json!({ "HostedZoneId": zone }))))
        .collect();
    if asked.iter().any(|(_, records)| *records == Err(Stop::Pending)) {
        return Err(Stop::Pending);
    }
    for (zone, records) in asked {
        let records = match records {
            Ok(records) => records,
            Err(Stop::Unread { operation, error }) => {
                let of = format!("zone/{zone}");
                desk.gaps.insert(crate::snapshot::Gap { of, operation, error });
                continue;
            }
            Err(Stop::Absent | Stop::Pending) => continue,
        };
        for record in records {
            let alias = text(record, "AliasTarget.DNSName");
            let values = list(record, "ResourceRecords");
            for target in alias.into_iter().chain(each(&values, "Value")) {
                let target = target.trim_end_matches('.').to_lowercase();
                let target = target.strip_prefix("dualstack.").unwrap_or(&target);
                if let Some(of) = known.get(target).and_then(Value::as_str) {
                    desk.child("record", &record_id(zone, record), of);
                }
            }
        }
    }
    Ok(None)
}
