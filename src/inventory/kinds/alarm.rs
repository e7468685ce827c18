//! Alarms.

use crate::inventory::arn::NOT_READ;
use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, Stop, tags, with_tags};
use crate::inventory::pick::{self, As, Config, list, text};
use crate::inventory::registry::{Kind, found};
use serde_json::{Value, json};

static ALARMS: Operation = Operation::list(Api::CloudWatch, "DescribeAlarms", "MetricAlarms").many(
    100,
    |names| json!({ "AlarmNames": names }),
    |one| text(one, "AlarmName").map(str::to_owned),
);
// One of others is found by asking for such alone.
static COMPOSITE: Operation =
    Operation::list(Api::CloudWatch, "DescribeAlarms", "CompositeAlarms").by("composite").many(
        100,
        |names| json!({ "AlarmNames": names, "AlarmTypes": ["CompositeAlarm"] }),
        |one| text(one, "AlarmName").map(str::to_owned),
    );
static ALARM_TAGS: Operation = Operation::list(Api::CloudWatch, "ListTagsForResource", "Tags");

pub(super) static KINDS: &[Kind] = &[Kind::of("alarm", alarm, &[&ALARMS, &COMPOSITE, &ALARM_TAGS])];

fn alarm(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    let one = match desk.one(&ALARMS, name) {
        // It is there, and not read: nobody is to take it for gone.
        Err(Stop::Absent) => return desk.one(&COMPOSITE, name).map(|_| Read::Nothing(NOT_READ)),
        told => told?,
    };
    let arn = text(one, "AlarmArn").unwrap_or_default();
    let tagged = desk.list(&ALARM_TAGS, json!({ "ResourceARN": arn }));
    let mut config = Config::of(
        one,
        &[
            ("AlarmDescription", "", As::Text),
            ("ActionsEnabled", "", As::Truth),
            ("MetricName", "", As::Text),
            ("Namespace", "", As::Text),
            ("Statistic", "", As::Text),
            ("ExtendedStatistic", "", As::Text),
            ("Period", "", As::Number),
            ("EvaluationPeriods", "", As::Number),
            ("DatapointsToAlarm", "", As::Number),
            ("Threshold", "", As::Number),
            ("ComparisonOperator", "", As::Text),
            ("TreatMissingData", "", As::Text),
            ("AlarmActions", "", As::Set),
            ("OKActions", "", As::Set),
            ("Unit", "", As::Text),
            ("LowSamples", "EvaluateLowSampleCountPercentile", As::Text),
            ("ThresholdMetricId", "", As::Text),
            ("InsufficientDataActions", "", As::Set),
        ],
    );
    config.put("Dimensions", pick::all(&list(one, "Dimensions"), &[("Name", "", As::Text), ("Value", "", As::Text)]));
    config.put("Metrics", pick::without_nothing(pick::at(one, "Metrics")));
    for actions in ["AlarmActions", "OKActions", "InsufficientDataActions"] {
        for action in pick::texts(one, actions) {
            desk.mention(action, actions);
        }
    }
    let tagged = desk.part(tagged, |desk, items| Value::Object(tags(&items, desk.sealer)))?;
    let tags = with_tags(&mut config, tagged);
    found(Found { arn: Some(arn.to_owned()), name: Some(name.to_owned()), config, tags })
}
