//! Log groups, and what is made of their lines.

use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, Stop, tags_of, with_tags};
use crate::inventory::pick::{self, As, Config, text};
use crate::inventory::registry::{Kind, found};
use serde_json::{Value, json};

static LOG_GROUPS: Operation =
    Operation::list(Api::Logs, "DescribeLogGroups", "logGroups").paged(&[("nextToken", "nextToken")]);
static LOG_TAGS: Operation = Operation::one(Api::Logs, "ListTagsForResource");
static METRIC_FILTERS: Operation =
    Operation::list(Api::Logs, "DescribeMetricFilters", "metricFilters").paged(&[("nextToken", "nextToken")]);
static SUBSCRIPTIONS: Operation = Operation::list(Api::Logs, "DescribeSubscriptionFilters", "subscriptionFilters")
    .paged(&[("nextToken", "nextToken")]);

pub(super) static KINDS: &[Kind] =
    &[Kind::of("log-group", log_group, &[&LOG_GROUPS, &LOG_TAGS, &METRIC_FILTERS, &SUBSCRIPTIONS])];

fn log_group(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    // Others may begin like it.
    let all = desk.list(&LOG_GROUPS, json!({ "logGroupNamePrefix": name }));
    let filters = desk.list(&METRIC_FILTERS, json!({ "logGroupName": name }));
    let subscribed = desk.list(&SUBSCRIPTIONS, json!({ "logGroupName": name }));
    let one = all?.into_iter().find(|one| text(one, "logGroupName") == Some(name)).ok_or(Stop::Absent)?;
    let arn = text(one, "arn").unwrap_or_default().trim_end_matches(":*");
    let tagged = desk.call(&LOG_TAGS, json!({ "resourceArn": arn }));
    let mut config = Config::of(
        one,
        &[
            ("RetentionInDays", "retentionInDays", As::Number),
            ("KmsKeyId", "kmsKeyId", As::Text),
            ("LogGroupClass", "logGroupClass", As::Text),
        ],
    );
    desk.refer("kms-key", text(one, "kmsKeyId"), "kmsKeyId");
    let filters = desk.part(filters, |_, filters| {
        let each = filters.into_iter().filter_map(|filter| {
            let of = Config::of(
                filter,
                &[("Pattern", "filterPattern", As::Text), ("Transformations", "metricTransformations", As::Whole)],
            );
            Some((text(filter, "filterName")?.to_owned(), of.value()))
        });
        Value::Object(each.collect())
    })?;
    config.put("MetricFilters", filters);
    let subscribed = desk.part(subscribed, |desk, filters| {
        let each = filters.into_iter().filter_map(|filter| {
            let mut of = Config::of(
                filter,
                &[
                    ("DestinationArn", "destinationArn", As::Text),
                    ("RoleArn", "roleArn", As::Text),
                    ("Distribution", "distribution", As::Text),
                ],
            );
            // Of all lines, where there is none.
            of.put("Pattern", filter.get("filterPattern").and_then(Value::as_str).unwrap_or_default());
            if filter.get("applyOnTransformedLogs").is_some_and(|truth| *truth == true) {
                of.put("ApplyOnTransformedLogs", true);
            }
            desk.refer("function", text(filter, "destinationArn"), "subscription filter");
            desk.refer("iam-role", text(filter, "roleArn"), "subscription filter");
            Some((text(filter, "filterName")?.to_owned(), of.value()))
        });
        Value::Object(each.collect())
    })?;
    config.put("SubscriptionFilters", subscribed);
    let tagged = desk.part(tagged, |desk, one| Value::Object(tags_of(pick::at(one, "tags"), desk.sealer)))?;
    let tags = with_tags(&mut config, tagged);
    found(Found { arn: Some(arn.to_owned()), name: Some(name.to_owned()), config, tags })
}
