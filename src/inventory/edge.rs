//! What users come in by and what is told to each other: load balancers, certificates, zones and records, queues, topics,
//! alarms.

use super::ask::{Api, Operation};
use super::desk::{Desk, Found, Read, Step, Stop, tags, tags_of};
use super::identity::with_tags;
use super::pick::{self, As, Config, each, list, text};
use super::registry::{Kind, found};
use crate::snapshot::Reference;
use crate::snapshot::canonical::sorted;
use serde_json::{Map, Value, json};

const MARKER: &[(&str, &str)] = &[("Marker", "NextMarker")];
const NO_SUCH: &[&str] = &["LoadBalancerNotFound", "TargetGroupNotFound", "ListenerNotFound"];

static BALANCERS: Operation = Operation::list(Api::Elb, "DescribeLoadBalancers", "LoadBalancers")
    .paged(MARKER)
    .many(20, |arns| json!({ "LoadBalancerArns": arns }), |one| text(one, "LoadBalancerArn").map(str::to_owned))
    .absent(NO_SUCH);
static BALANCER_NAMED: Operation =
    Operation::list(Api::Elb, "DescribeLoadBalancers", "LoadBalancers").by("names").absent(NO_SUCH);
static BALANCER_ATTRIBUTES: Operation =
    Operation::list(Api::Elb, "DescribeLoadBalancerAttributes", "Attributes").absent(NO_SUCH);
static LISTENERS: Operation = Operation::list(Api::Elb, "DescribeListeners", "Listeners").paged(MARKER).absent(NO_SUCH);
static CERTIFICATES: Operation =
    Operation::list(Api::Elb, "DescribeListenerCertificates", "Certificates").paged(MARKER).absent(NO_SUCH);
static RULES: Operation = Operation::list(Api::Elb, "DescribeRules", "Rules").paged(MARKER).absent(NO_SUCH);
static GROUPS: Operation = Operation::list(Api::Elb, "DescribeTargetGroups", "TargetGroups")
    .paged(MARKER)
    .many(20, |arns| json!({ "TargetGroupArns": arns }), |one| text(one, "TargetGroupArn").map(str::to_owned))
    .absent(NO_SUCH);
static GROUP_NAMED: Operation =
    Operation::list(Api::Elb, "DescribeTargetGroups", "TargetGroups").by("names").absent(NO_SUCH);
static GROUP_ATTRIBUTES: Operation =
    Operation::list(Api::Elb, "DescribeTargetGroupAttributes", "Attributes").absent(NO_SUCH);
static ELB_TAGS: Operation = Operation::list(Api::Elb, "DescribeTags", "TagDescriptions")
    .many(20, |arns| json!({ "ResourceArns": arns }), |one| text(one, "ResourceArn").map(str::to_owned))
    .absent(NO_SUCH);
static CERTIFICATE: Operation = Operation::one(Api::Acm, "DescribeCertificate").absent(&["ResourceNotFoundException"]);
static CERTIFICATE_TAGS: Operation = Operation::list(Api::Acm, "ListTagsForCertificate", "Tags");
pub(super) static ZONES: Operation =
    Operation::list(Api::Route53, "ListHostedZones", "HostedZones").paged(&[("Marker", "NextMarker")]);
pub(super) static RECORDS: Operation = Operation::list(Api::Route53, "ListResourceRecordSets", "ResourceRecordSets")
    .paged(&[
        ("StartRecordName", "NextRecordName"),
        ("StartRecordType", "NextRecordType"),
        ("StartRecordIdentifier", "NextRecordIdentifier"),
    ]);
static HEALTH_CHECK: Operation = Operation::one(Api::Route53, "GetHealthCheck").absent(&["NoSuchHealthCheck"]);
static DNS_TAGS: Operation = Operation::one(Api::Route53, "ListTagsForResource");
static QUEUE_URL: Operation = Operation::one(Api::Sqs, "GetQueueUrl").absent(NO_QUEUE);
static QUEUE: Operation = Operation::one(Api::Sqs, "GetQueueAttributes").absent(NO_QUEUE);
static QUEUE_TAGS: Operation = Operation::one(Api::Sqs, "ListQueueTags").absent(NO_QUEUE);
const NO_QUEUE: &[&str] = &["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"];
static TOPIC: Operation = Operation::one(Api::Sns, "GetTopicAttributes").absent(&["NotFound"]);
static SUBSCRIPTIONS: Operation = Operation::list(Api::Sns, "ListSubscriptionsByTopic", "Subscriptions")
    .paged(&[("NextToken", "NextToken")])
    .absent(&["NotFound"]);
static SUBSCRIPTION: Operation = Operation::one(Api::Sns, "GetSubscriptionAttributes").absent(&["NotFound"]);
static TOPIC_TAGS: Operation = Operation::list(Api::Sns, "ListTagsForResource", "Tags");
static ALARMS: Operation = Operation::list(Api::CloudWatch, "DescribeAlarms", "MetricAlarms").many(
    100,
    |names| json!({ "AlarmNames": names }),
    |one| text(one, "AlarmName").map(str::to_owned),
);
static ALARM_TAGS: Operation = Operation::list(Api::CloudWatch, "ListTagsForResource", "Tags");

pub(super) static KINDS: &[Kind] = &[
    Kind::of("load-balancer", balancer, &[&BALANCERS, &BALANCER_ATTRIBUTES, &LISTENERS, &ELB_TAGS]),
    Kind::of("listener", listener, &[&LISTENERS, &RULES, &CERTIFICATES, &ELB_TAGS]),
    Kind::of("target-group", target_group, &[&GROUPS, &GROUP_ATTRIBUTES, &ELB_TAGS]),
    Kind::of("certificate", certificate, &[&CERTIFICATE, &CERTIFICATE_TAGS]),
    Kind::of("zone", zone, &[&ZONES, &DNS_TAGS]).global(),
    Kind::of("record", record, &[&RECORDS]).global(),
    Kind::of("health-check", health_check, &[&HEALTH_CHECK, &DNS_TAGS]).global(),
    Kind::of("queue", queue, &[&QUEUE_URL, &QUEUE, &QUEUE_TAGS]),
    Kind::of("topic", topic, &[&TOPIC, &SUBSCRIPTIONS, &SUBSCRIPTION, &TOPIC_TAGS]),
    Kind::of("alarm", alarm, &[&ALARMS, &ALARM_TAGS]),
];

/// What is asked for by its name: what a plan calls it.
fn by_name(desk: &mut Desk<'_>, operation: &'static Operation, kind: &str, asked: Value, arn: &str) -> Step<Read> {
    let one = desk.list(operation, asked)?.into_iter().next().ok_or(Stop::Absent)?;
    Ok(Read::Same(Reference::new(kind, text(one, arn).ok_or(Stop::Absent)?)))
}

/// Attributes that are set, by name.
fn attributes(items: &[&Value]) -> Value {
    let each = items.iter().filter_map(|one| Some((text(one, "Key")?.to_owned(), text(one, "Value")?.into())));
    Value::Object(each.collect())
}

fn elb_tags(desk: &mut Desk<'_>, step: Step<&Value>, config: &mut Config) -> Step<Option<Map<String, Value>>> {
    let tagged = desk.part(step, |desk, one| Value::Object(tags(&list(one, "Tags"), desk.sealer)))?;
    Ok(with_tags(config, tagged))
}

fn balancer(desk: &mut Desk<'_>, arn: &str) -> Step<Read> {
    if !arn.starts_with("arn:") {
        return by_name(desk, &BALANCER_NAMED, "load-balancer", json!({ "Names": [arn] }), "LoadBalancerArn");
    }
    let asked = || json!({ "LoadBalancerArn": arn });
    let (one, set, listeners, tagged) = (
        desk.one(&BALANCERS, arn),
        desk.list(&BALANCER_ATTRIBUTES, asked()),
        desk.list(&LISTENERS, asked()),
        desk.one(&ELB_TAGS, arn),
    );
    let one = one?;
    let mut config = Config::of(
        one,
        &[
            ("Type", "", As::Text),
            ("IpAddressType", "", As::Text),
            ("VpcId", "", As::Text),
            ("SecurityGroups", "", As::Set),
        ],
    );
    // Where it is not said, it is open to the internet.
    config.put("Scheme", text(one, "Scheme").unwrap_or("internet-facing"));
    let zones = list(one, "AvailabilityZones");
    let subnets = each(&zones, "SubnetId");
    config.put("Subnets", pick::set(subnets.iter().copied()));
    desk.needs("subnet", subnets, "AvailabilityZones");
    desk.needs("security-group", pick::texts(one, "SecurityGroups"), "SecurityGroups");
    for address in zones.iter().flat_map(|zone| list(zone, "LoadBalancerAddresses")) {
        desk.need("eip", text(address, "AllocationId"), "LoadBalancerAddresses");
    }
    let set = desk.part(set, |desk, items| {
        let set = attributes(&items);
        for bucket in ["access_logs.s3.bucket", "connection_logs.s3.bucket"] {
            desk.need("bucket", set.get(bucket).and_then(Value::as_str), bucket);
        }
        set
    })?;
    config.put("Attributes", set);
    let unread = desk.part(listeners, |desk, listeners| {
        for listener in each(&listeners, "ListenerArn") {
            desk.child("listener", listener, "listener");
        }
        Value::Null
    })?;
    config.put("Listeners", unread);
    let tags = elb_tags(desk, tagged, &mut config)?;
    let name = text(one, "DNSName");
    desk.known_by(name);
    desk.known_by(name.map(str::to_lowercase).as_deref());
    let name = text(one, "LoadBalancerName").map(str::to_owned);
    found(Found { arn: Some(arn.to_owned()), name, config, tags })
}

/// Actions, each with its target groups told once.
fn actions(desk: &mut Desk<'_>, items: &[&Value]) -> Value {
    let mut ordered: Vec<(i64, Value)> = Vec::new();
    for action in items {
        let mut config = Config::of(
            action,
            &[
                ("Type", "", As::Text),
                ("FixedResponse", "FixedResponseConfig", As::Whole),
                ("Redirect", "RedirectConfig", As::Whole),
            ],
        );
        for (member, name) in
            [("AuthenticateCognitoConfig", "AuthenticateCognito"), ("AuthenticateOidcConfig", "AuthenticateOidc")]
        {
            config.put(name, desk.sealer.value(name, &pick::without_nothing(pick::at(action, member))));
        }
        let forward = list(action, "ForwardConfig.TargetGroups");
        let mut groups: Vec<Value> = Vec::new();
        let alone = text(action, "TargetGroupArn").filter(|_| forward.is_empty());
        for (group, weight) in forward
            .iter()
            .filter_map(|group| Some((text(group, "TargetGroupArn")?, pick::taken(group, "Weight", As::Number))))
            .chain(alone.map(|group| (group, Value::Null)))
        {
            desk.refer("target-group", Some(group), "forward");
            groups.push(json!({ "TargetGroup": group, "Weight": if weight.is_null() { 1.into() } else { weight } }));
        }
        config.put("Forward", sorted(groups));
        let stickiness = pick::at(action, "ForwardConfig.TargetGroupStickinessConfig");
        if text(stickiness, "Enabled") == Some("true") {
            config.put("Stickiness", stickiness.clone());
        }
        let order = pick::taken(action, "Order", As::Number).as_i64().unwrap_or(1);
        ordered.push((order, config.value()));
    }
    ordered.sort_by_key(|(order, _)| *order);
    ordered.into_iter().map(|(_, action)| action).collect()
}

fn listener(desk: &mut Desk<'_>, arn: &str) -> Step<Read> {
    let asked = || json!({ "ListenerArn": arn });
    let balancer = balancer_of(arn).ok_or(Stop::Absent)?;
    let all = desk.list(&LISTENERS, json!({ "LoadBalancerArn": balancer }));
    let (rules, tagged) = (desk.list(&RULES, asked()), desk.one(&ELB_TAGS, arn));
    let one = all?.into_iter().find(|one| text(one, "ListenerArn") == Some(arn)).ok_or(Stop::Absent)?;
    let mut config = Config::of(
        one,
        &[
            ("Port", "", As::Number),
            ("Protocol", "", As::Text),
            ("SslPolicy", "", As::Text),
            ("AlpnPolicy", "", As::Set),
        ],
    );
    config.names_the_rest(one, &[("MutualAuthentication.Mode", &["off"])]);
    desk.need("load-balancer", Some(&balancer), "LoadBalancerArn");
    config.put("LoadBalancer", balancer.as_str());
    let defaults = list(one, "DefaultActions");
    let defaults = actions(desk, &defaults);
    config.put("DefaultActions", defaults);
    let certificates = list(one, "Certificates");
    config.put("Certificates", pick::set(each(&certificates, "CertificateArn")));
    for certificate in each(&certificates, "CertificateArn") {
        desk.refer("certificate", Some(certificate), "Certificates");
    }
    if matches!(text(one, "Protocol"), Some("HTTPS" | "TLS")) {
        let more = desk.list(&CERTIFICATES, asked());
        let more = desk.part(more, |desk, more| {
            let more = each(&more, "CertificateArn");
            for certificate in &more {
                desk.refer("certificate", Some(certificate), "Certificates");
            }
            let own = each(&certificates, "CertificateArn");
            pick::set(more.into_iter().filter(|certificate| !own.contains(certificate)))
        })?;
        config.put("MoreCertificates", more);
    }
    // Each rule has tags of its own, which are asked for together.
    let arns = rules.iter().flatten().filter(|rule| text(rule, "IsDefault") != Some("true"));
    let arns: Vec<String> = arns.filter_map(|rule| text(rule, "RuleArn").map(str::to_owned)).collect();
    let asked: Vec<Step<&Value>> = arns.iter().map(|arn| desk.one(&ELB_TAGS, arn)).collect();
    let mut tags_of_rules = Map::new();
    for (arn, step) in arns.into_iter().zip(asked) {
        let told = desk.part(step, |desk, one| Value::Object(tags(&list(one, "Tags"), desk.sealer)))?;
        tags_of_rules.insert(arn, told);
    }
    let mut rest = Vec::new();
    let rules = desk.part(rules, |desk, rules| {
        let mut told = Map::new();
        for rule in rules.iter().filter(|rule| text(rule, "IsDefault") != Some("true")) {
            let priority = text(rule, "Priority").unwrap_or_default();
            let is_turned = !list(rule, "Transforms").is_empty();
            let by_pattern = rule.get("Conditions").is_some_and(|of| of.to_string().contains("\"RegexValues\":{"));
            let of = [(is_turned, "Transforms"), (by_pattern, "RegexValues")].into_iter();
            rest.extend(of.filter(|(is_set, _)| *is_set).map(|(_, name)| format!("rule {priority} {name}")));
            let mut one = Config::default();
            let conditions = list(rule, "Conditions").into_iter().map(|condition| {
                let values = pick::texts(condition, "Values");
                let mut config = Config::of(condition, &[("Field", "", As::Text)]);
                let mut all: Vec<&str> = values;
                for (member, _) in condition.as_object().into_iter().flatten() {
                    all.extend(pick::texts(condition, &format!("{member}.Values")));
                }
                config.put("Values", pick::set(all));
                for member in ["HttpHeaderConfig", "QueryStringConfig"] {
                    config.put(member, pick::without_nothing(pick::at(condition, member)));
                }
                desk.sealer.value("Conditions", &config.value())
            });
            one.put("Conditions", sorted(conditions.collect()));
            let acts = list(rule, "Actions");
            one.put("Actions", actions(desk, &acts));
            one.put("Arn", text(rule, "RuleArn"));
            one.put("Tags", text(rule, "RuleArn").and_then(|arn| tags_of_rules.remove(arn)).unwrap_or_default());
            told.insert(text(rule, "Priority").unwrap_or_default().to_owned(), one.value());
        }
        Value::Object(told)
    })?;
    config.put("Rules", rules);
    config.names_also(rest);
    let tags = elb_tags(desk, tagged, &mut config)?;
    let name = format!("{}:{}", text(one, "Protocol").unwrap_or_default(), text(one, "Port").unwrap_or_default());
    found(Found { arn: Some(arn.to_owned()), name: Some(name), config, tags })
}

/// The load balancer that a listener's ARN names.
fn balancer_of(listener: &str) -> Option<String> {
    let (head, _) = listener.rsplit_once('/')?;
    Some(head.replacen(":listener/", ":loadbalancer/", 1))
}

fn target_group(desk: &mut Desk<'_>, arn: &str) -> Step<Read> {
    if !arn.starts_with("arn:") {
        return by_name(desk, &GROUP_NAMED, "target-group", json!({ "Names": [arn] }), "TargetGroupArn");
    }
    let (one, set, tagged) = (
        desk.one(&GROUPS, arn),
        desk.list(&GROUP_ATTRIBUTES, json!({ "TargetGroupArn": arn })),
        desk.one(&ELB_TAGS, arn),
    );
    let one = one?;
    let mut config = Config::of(
        one,
        &[
            ("Protocol", "", As::Text),
            ("ProtocolVersion", "", As::Text),
            ("Port", "", As::Number),
            ("VpcId", "", As::Text),
            ("TargetType", "", As::Text),
            ("IpAddressType", "", As::Text),
            ("HealthCheckEnabled", "", As::Truth),
            ("HealthCheckProtocol", "", As::Text),
            ("HealthCheckPort", "", As::Text),
            ("HealthCheckPath", "", As::Text),
            ("HealthCheckIntervalSeconds", "", As::Number),
            ("HealthCheckTimeoutSeconds", "", As::Number),
            ("HealthyThresholdCount", "", As::Number),
            ("UnhealthyThresholdCount", "", As::Number),
            ("Matcher", "Matcher.HttpCode", As::Text),
        ],
    );
    desk.need("vpc", text(one, "VpcId"), "VpcId");
    for balancer in pick::texts(one, "LoadBalancerArns") {
        desk.child("load-balancer", balancer, "LoadBalancerArns");
    }
    let set = desk.part(set, |_, items| attributes(&items))?;
    config.put("Attributes", set);
    let tags = elb_tags(desk, tagged, &mut config)?;
    let name = text(one, "TargetGroupName").map(str::to_owned);
    found(Found { arn: Some(arn.to_owned()), name, config, tags })
}

fn certificate(desk: &mut Desk<'_>, arn: &str) -> Step<Read> {
    let asked = || json!({ "CertificateArn": arn });
    let (one, tagged) = (desk.call(&CERTIFICATE, asked()), desk.list(&CERTIFICATE_TAGS, asked()));
    let one = pick::at(one?, "Certificate");
    let mut config = Config::of(
        one,
        &[
            ("DomainName", "", As::Text),
            ("SubjectAlternativeNames", "", As::Set),
            ("Type", "", As::Text),
            ("KeyAlgorithm", "", As::Text),
            ("CertificateAuthorityArn", "", As::Text),
            ("Transparency", "Options.CertificateTransparencyLoggingPreference", As::Text),
        ],
    );
    config.names_the_rest(one, &[("Options.Export", &["DISABLED"])]);
    let ways = list(one, "DomainValidationOptions");
    config.put("ValidationMethods", pick::set(each(&ways, "ValidationMethod")));
    let tagged = desk.part(tagged, |desk, items| Value::Object(tags(&items, desk.sealer)))?;
    let tags = with_tags(&mut config, tagged);
    let name = text(one, "DomainName").map(str::to_owned);
    found(Found { arn: Some(arn.to_owned()), name, config, tags })
}

/// A zone's id without what stands before it on the wire.
pub(super) fn bare(id: &str) -> &str {
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
pub(super) fn record_id(zone: &str, one: &Value) -> String {
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

fn queue(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    let url = desk.call(&QUEUE_URL, json!({ "QueueName": name }))?;
    let url = text(url, "QueueUrl").unwrap_or_default();
    let set = desk.call(&QUEUE, json!({ "QueueUrl": url, "AttributeNames": ["All"] }));
    let tagged = desk.call(&QUEUE_TAGS, json!({ "QueueUrl": url }));
    let one = pick::at(set?, "Attributes");
    let mut config = Config::of(
        one,
        &[
            ("VisibilityTimeout", "", As::Number),
            ("DelaySeconds", "", As::Number),
            ("MessageRetentionPeriod", "", As::Number),
            ("MaximumMessageSize", "", As::Number),
            ("ReceiveMessageWaitTimeSeconds", "", As::Number),
            ("FifoQueue", "", As::Truth),
            ("ContentBasedDeduplication", "", As::Truth),
            ("DeduplicationScope", "", As::Text),
            ("FifoThroughputLimit", "", As::Text),
            ("KmsMasterKeyId", "", As::Text),
            ("SqsManagedSseEnabled", "", As::Truth),
            ("RedrivePolicy", "", As::Document),
            ("RedriveAllowPolicy", "", As::Document),
        ],
    );
    if let Some(policy) = text(one, "Policy") {
        config.put("Policy", desk.sealer.value("policy", &super::document::read(policy)));
    }
    if let Some(redrive) = text(one, "RedrivePolicy") {
        desk.mention(redrive, "RedrivePolicy");
    }
    if let Some(key) = text(one, "KmsMasterKeyId").filter(|key| *key != "alias/aws/sqs") {
        desk.refer("kms-key", Some(key), "KmsMasterKeyId");
    }
    desk.known_by(Some(url));
    let tagged = desk.part(tagged, |desk, one| Value::Object(tags_of(pick::at(one, "Tags"), desk.sealer)))?;
    let tags = with_tags(&mut config, tagged);
    found(Found { arn: text(one, "QueueArn").map(str::to_owned), name: Some(name.to_owned()), config, tags })
}

/// Attributes as SNS tells them: entries of a key and a value.
fn entries(answer: &Value) -> Value {
    let each = list(answer, "Attributes").into_iter();
    let each = each.filter_map(|entry| Some((text(entry, "key")?.to_owned(), entry.get("value")?.clone())));
    Value::Object(each.collect())
}

/// How messages reach one who subscribed.
fn delivery(desk: &mut Desk<'_>, answer: &Value) -> Value {
    let one = entries(answer);
    let mut config = Config::of(
        &one,
        &[
            ("FilterPolicy", "", As::Document),
            ("RedrivePolicy", "", As::Document),
            ("DeliveryPolicy", "", As::Document),
            ("ReplayPolicy", "", As::Document),
            ("Role", "SubscriptionRoleArn", As::Text),
        ],
    );
    config.put("FilterPolicyScope", text(&one, "FilterPolicyScope").filter(|_| text(&one, "FilterPolicy").is_some()));
    config.put("RawMessageDelivery", (text(&one, "RawMessageDelivery") == Some("true")).then_some(true));
    if let Some(redrive) = text(&one, "RedrivePolicy") {
        desk.mention(redrive, "RedrivePolicy");
    }
    desk.refer("iam-role", text(&one, "SubscriptionRoleArn"), "SubscriptionRoleArn");
    desk.sealer.value("subscription", &config.value())
}

fn topic(desk: &mut Desk<'_>, arn: &str) -> Step<Read> {
    let set = desk.call(&TOPIC, json!({ "TopicArn": arn }));
    let subscriptions = desk.list(&SUBSCRIPTIONS, json!({ "TopicArn": arn }));
    let tagged = desk.list(&TOPIC_TAGS, json!({ "ResourceArn": arn }));
    let one = entries(set?);
    let mut config = Config::of(
        &one,
        &[
            ("DisplayName", "", As::Text),
            ("FifoTopic", "", As::Truth),
            ("ContentBasedDeduplication", "", As::Truth),
            ("KmsMasterKeyId", "", As::Text),
            ("DeliveryPolicy", "", As::Document),
            ("ArchivePolicy", "", As::Document),
            ("TracingConfig", "", As::Text),
            ("SignatureVersion", "", As::Number),
            ("FifoThroughputScope", "", As::Text),
        ],
    );
    // Who is told of what was delivered, by way of delivery.
    let feedback: Map<String, Value> = one
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, value)| name.contains("Feedback") && value.as_str().is_some_and(|text| !text.is_empty()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    for role in feedback.values().filter_map(Value::as_str).filter(|text| text.starts_with("arn:")) {
        desk.refer("iam-role", Some(role), "feedback");
    }
    config.put("Feedback", feedback);
    if let Some(policy) = text(&one, "Policy") {
        config.put("Policy", desk.sealer.value("policy", &super::document::read(policy)));
    }
    if let Some(key) = text(&one, "KmsMasterKeyId").filter(|key| *key != "alias/aws/sns") {
        desk.refer("kms-key", Some(key), "KmsMasterKeyId");
    }
    let arns = subscriptions.iter().flatten().filter_map(|one| text(one, "SubscriptionArn"));
    let arns: Vec<&str> = arns.filter(|arn| arn.starts_with("arn:")).collect();
    // How each is delivered, one by one: a list tells nothing of it.
    let asked: Vec<_> = arns.iter().map(|arn| desk.call(&SUBSCRIPTION, json!({ "SubscriptionArn": arn }))).collect();
    let mut delivered = Map::new();
    for (arn, step) in arns.into_iter().zip(asked) {
        let told = desk.part(step, delivery)?;
        delivered.insert(arn.to_owned(), told);
    }
    let subscriptions = desk.part(subscriptions, |desk, items| {
        let each = items.into_iter().map(|one| {
            let mut config = Config::of(one, &[("Protocol", "", As::Text), ("SubscriptionArn", "", As::Text)]);
            config.put("Delivery", text(one, "SubscriptionArn").and_then(|arn| delivered.remove(arn)));
            if let Some(endpoint) = text(one, "Endpoint") {
                desk.mention(endpoint, "subscription");
                config.put("Endpoint", desk.sealer.text("Endpoint", endpoint));
            }
            config.value()
        });
        sorted(each.collect()).into()
    })?;
    config.put("Subscriptions", subscriptions);
    let tagged = desk.part(tagged, |desk, items| Value::Object(tags(&items, desk.sealer)))?;
    let tags = with_tags(&mut config, tagged);
    let name = arn.rsplit(':').next().map(str::to_owned);
    found(Found { arn: Some(arn.to_owned()), name, config, tags })
}

fn alarm(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    let one = desk.one(&ALARMS, name)?;
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
