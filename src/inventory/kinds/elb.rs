//! What the kinds of load balancers share.

use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Read, Step, Stop, tags, with_tags};
use crate::inventory::pick::{Config, list, text};
use crate::snapshot::Reference;
use serde_json::{Map, Value, json};

pub(super) const MARKER: &[(&str, &str)] = &[("Marker", "NextMarker")];
pub(super) const NO_SUCH: &[&str] = &["LoadBalancerNotFound", "TargetGroupNotFound", "ListenerNotFound"];
pub(super) static LISTENERS: Operation =
    Operation::list(Api::Elb, "DescribeListeners", "Listeners").paged(MARKER).absent(NO_SUCH);
pub(super) static ELB_TAGS: Operation = Operation::list(Api::Elb, "DescribeTags", "TagDescriptions")
    .many(20, |arns| json!({ "ResourceArns": arns }), |one| text(one, "ResourceArn").map(str::to_owned))
    .absent(NO_SUCH);

/// What is asked for by its name: what a plan calls it.
pub(super) fn by_name(
    desk: &mut Desk<'_>,
    operation: &'static Operation,
    kind: &str,
    asked: Value,
    arn: &str,
) -> Step<Read> {
    let one = desk.list(operation, asked)?.into_iter().next().ok_or(Stop::Absent)?;
    Ok(Read::Same(Reference::new(kind, text(one, arn).ok_or(Stop::Absent)?)))
}

/// Attributes that are set, by name.
pub(super) fn attributes(items: &[&Value]) -> Value {
    let each = items.iter().filter_map(|one| Some((text(one, "Key")?.to_owned(), text(one, "Value")?.into())));
    Value::Object(each.collect())
}

pub(super) fn elb_tags(
    desk: &mut Desk<'_>,
    step: Step<&Value>,
    config: &mut Config,
) -> Step<Option<Map<String, Value>>> {
    let tagged = desk.part(step, |desk, one| Value::Object(tags(&list(one, "Tags"), desk.sealer)))?;
    Ok(with_tags(config, tagged))
}
