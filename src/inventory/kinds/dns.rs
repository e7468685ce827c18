//! Zones, the records in them, and health checks.

use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, Stop, tags, with_tags};
use crate::inventory::pick::{self, As, Config, each, list, text};
use crate::inventory::registry::{Kind, found};
use serde_json::{Map, Value, json};

pub(in crate::inventory) static ZONES: Operation =
    Operation::list(Api::Route53, "ListHostedZones", "HostedZones").paged(&[("Marker", "NextMarker")]);
pub(in crate::inventory) static RECORDS: Operation =
    Operation::list(Api::Route53, "ListResourceRecordSets", "ResourceRecordSets").paged(&[
        ("StartRecordName", "NextRecordName"),
        ("StartRecordType", "NextRecordType"),
        ("StartRecordIdentifier", "NextRecordIdentifier"),
    ]);
static HEALTH_CHECK: Operation = Operation::one(Api::Route53, "GetHealthCheck").absent(&["NoSuchHealthCheck"]);
static DNS_TAGS: Operation = Operation::one(Api::Route53, "ListTagsForResource");

pub(super) static KINDS: &[Kind] = &[
    Kind::of("zone", zone, &[&ZONES, &DNS_TAGS]).global(),
    Kind::of("record", record, &[&RECORDS]).global(),
    Kind::of("health-check", health_check, &[&HEALTH_CHECK, &DNS_TAGS]).global(),
];

/// A zone's id without what stands before it on the wire.
pub(in crate::inventory) fn bare(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

/// The tags of something of Route 53.
fn dns_tags(desk: &mut Desk<'_>, step: Step<&Value>, config: &mut Config) -> Step<Option<Map<String, Value>>> {
    let tagged = desk.part(step, |desk, one| Value::Object(tags(&list(one, "ResourceTagSet.Tags"), desk.sealer)))?;
    Ok(with_tags(config, tagged))
}

fn zone(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let all = desk.list(&ZONES, json!({}));
    let tagged = desk.call(&DNS_TAGS, json!({ "ResourceType": "hostedzone", "ResourceId": id }));
    let one = all?.into_iter().find(|one| text(one, "Id").map(bare) == Some(id)).ok_or(Stop::Absent)?;
    let mut config = Config::of(
        one,
        &[
            ("Name", "", As::Text),
            ("PrivateZone", "Config.PrivateZone", As::Truth),
            ("Comment", "Config.Comment", As::Text),
        ],
    );
    if text(one, "Config.PrivateZone") == Some("true") {
        // Without them an apply would take it away from those that ask it.
        config.names_also(["the VPCs that it answers".to_owned()]);
    }
    let tags = dns_tags(desk, tagged, &mut config)?;
    let name = text(one, "Name").map(|name| name.trim_end_matches('.').to_owned());
    found(Found { arn: Some(format!("arn:{}:route53:::hostedzone/{id}", desk.here.partition)), name, config, tags })
}

/// By what a record is told from every other: zone, name, type and set.
pub(in crate::inventory) fn record_id(zone: &str, one: &Value) -> String {
    let (name, kind) = (text(one, "Name").unwrap_or_default(), text(one, "Type").unwrap_or_default());
    let set = text(one, "SetIdentifier").map_or_else(String::new, |set| format!("_{set}"));
    format!("{zone}_{}_{kind}{set}", name.trim_end_matches('.'))
}

fn record(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let zone = id.split('_').next().unwrap_or(id);
    let all = desk.list(&RECORDS, json!({ "HostedZoneId": zone }))?;
    let one = all.into_iter().find(|one| record_id(zone, one) == id).ok_or(Stop::Absent)?;
    let mut config = Config::of(
        one,
        &[
            ("Name", "", As::Text),
            ("Type", "", As::Text),
            ("SetIdentifier", "", As::Text),
            ("TTL", "", As::Number),
            ("Weight", "", As::Number),
            ("Failover", "", As::Text),
            ("Region", "", As::Text),
            ("MultiValueAnswer", "", As::Truth),
            ("GeoLocation", "", As::Whole),
            ("HealthCheckId", "", As::Text),
            ("AliasZone", "AliasTarget.HostedZoneId", As::Text),
            ("AliasTarget", "AliasTarget.DNSName", As::Text),
            ("EvaluateTargetHealth", "AliasTarget.EvaluateTargetHealth", As::Truth),
        ],
    );
    config.names_the_rest(one, &[("GeoProximityLocation", &[]), ("CidrRoutingConfig", &[])]);
    let values = list(one, "ResourceRecords");
    let values: Vec<String> =
        each(&values, "Value").into_iter().map(|value| desk.sealer.variable("Value", value)).collect();
    config.put("Values", pick::set(values.iter().map(String::as_str)));
    config.put("Zone", zone);
    desk.need("zone", Some(zone), "zone");
    desk.need("health-check", text(one, "HealthCheckId"), "HealthCheckId");
    if let Some(target) = text(one, "AliasTarget.DNSName") {
        desk.texts.push(target.trim_end_matches('.').to_lowercase().trim_start_matches("dualstack.").to_owned());
    }
    desk.texts.extend(values.into_iter().map(|value| value.trim_end_matches('.').to_lowercase()));
    let name = text(one, "Name").map(|name| name.trim_end_matches('.').to_owned());
    found(Found { arn: None, name, config, tags: None })
}

fn health_check(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let one = desk.call(&HEALTH_CHECK, json!({ "HealthCheckId": id }));
    let tagged = desk.call(&DNS_TAGS, json!({ "ResourceType": "healthcheck", "ResourceId": id }));
    let one = pick::at(one?, "HealthCheck.HealthCheckConfig");
    let mut config = Config::of(
        one,
        &[
            ("Type", "", As::Text),
            ("IPAddress", "", As::Text),
            ("Port", "", As::Number),
            ("ResourcePath", "", As::Text),
            ("FullyQualifiedDomainName", "", As::Text),
            ("SearchString", "", As::Text),
            ("RequestInterval", "", As::Number),
            ("FailureThreshold", "", As::Number),
            ("MeasureLatency", "", As::Truth),
            ("Inverted", "", As::Truth),
            ("Disabled", "", As::Truth),
            ("EnableSNI", "", As::Truth),
            ("HealthThreshold", "", As::Number),
            ("Children", "ChildHealthChecks", As::Set),
            ("Regions", "", As::Set),
            ("RoutingControlArn", "", As::Text),
            ("InsufficientData", "InsufficientDataHealthStatus", As::Text),
            ("Alarm", "AlarmIdentifier", As::Whole),
        ],
    );
    let config_members = desk.sealer.members(&config.0);
    config = Config(config_members);
    desk.needs("health-check", pick::texts(one, "ChildHealthChecks"), "ChildHealthChecks");
    let tags = dns_tags(desk, tagged, &mut config)?;
    let name = text(one, "FullyQualifiedDomainName").map(str::to_owned);
    let arn = format!("arn:{}:route53:::healthcheck/{id}", desk.here.partition);
    found(Found { arn: Some(arn), name, config, tags })
}
