//! What the caller knows of services, written down in `tests/cloud/reads.json` for the test cloud's own tests, which hold
//! it against the models of AWS. This holds the file against the code.

use super::shapes;
use crate::cloud::aws::caller::{Acting, At, Protocol, Read, Route, Service, endpoint};
use crate::cloud::aws::iam::policies;
use crate::cloud::aws::{
    accelerator, acm, arc, automation, dynamodb, ec2, ecr, eks, events, iam, kms, parameter, quotas, route53,
    scheduler, sqs,
};
use serde_json::{Value, json};
use std::path::Path;

/// Of one operation: an example of its request with every member that is ever sent, and the errors that are told apart.
fn read<R: Read>(examples: &[R], errors: &[&str]) -> (&'static Service, Value) {
    let sent = examples.iter().flat_map(shapes::sent).collect::<shapes::Members>();
    let operation = json!({
        "operation": R::OPERATION,
        "request": sent,
        "answer": shapes::read::<R::Answer>(),
        "errors": errors,
    });
    routed((R::SERVICE, operation), R::ROUTE)
}

/// The same of one that is done.
fn act<A: Acting>(examples: &[A], errors: &[&str]) -> (&'static Service, Value) {
    let sent = examples.iter().flat_map(shapes::sent).collect::<shapes::Members>();
    let operation = json!({
        "operation": A::OPERATION,
        "acts": true,
        "request": sent,
        "answer": shapes::read::<A::Answer>(),
        "answers": A::ANSWERS,
        "errors": errors,
    });
    routed((A::SERVICE, operation), A::ROUTE)
}

/// With where its members go: every operation of REST says that, and no other.
fn routed(
    (service, mut operation): (&'static Service, Value),
    route: Option<&'static Route>,
) -> (&'static Service, Value) {
    let is_rest = matches!(service.protocol, Protocol::RestJson | Protocol::RestXml);
    assert_eq!(route.is_some(), is_rest, "{operation}");
    if let Some(Route { method, path, labels, query }) = route {
        let named = |members: &[(&str, &str)]| -> Value {
            members
                .iter()
                .map(|(member, name)| ((*member).to_owned(), json!(name)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        operation["http"] =
            json!({ "method": method, "path": path, "uri": named(labels), "querystring": named(query) });
    }
    (service, operation)
}

/// Of one that is written back whole: as the operation `of` tells it, but for what of that is no part of it (`told`), and
/// with nothing beside it but what it is given (`given`).
fn whole(
    (service, mut operation): (&'static Service, Value),
    of: &str,
    (told, given): (&[&str], &[&str]),
) -> (&'static Service, Value) {
    operation["whole"] = json!({ "of": of, "not_written": told, "not_told": given });
    (service, operation)
}

/// Every [`Acting`] there is.
fn acts() -> Vec<(&'static Service, Value)> {
    let prove = kms::GenerateDataKey { key_id: "mrk-1".to_owned(), key_spec: "AES_256", dry_run: true };
    let put = parameter::PutParameter {
        name: "/shop/side".to_owned(),
        value: parameter::Value("west".to_owned()),
        kind: Some("SecureString".to_owned()),
        key_id: Some("alias/shop".to_owned()),
        overwrite: true,
    };
    let get = parameter::GetParameter { name: "/shop/side:1".to_owned(), with_decryption: true };
    let delete = parameter::DeleteParameter { name: "/shop/side".to_owned() };
    let rule = || events::DescribeRule { name: "nightly".to_owned(), event_bus_name: Some("shop".to_owned()) };
    let (enable, disable) = (events::EnableRule(rule()), events::DisableRule(rule()));
    let text = |text: &str| Some(text.to_owned());
    let put_rule = events::PutRule {
        name: "nightly".to_owned(),
        event_bus_name: text("shop"),
        state: "ENABLED".to_owned(),
        event_pattern: text("{}"),
        schedule_expression: text("rate(1 day)"),
        description: text("every night"),
        role_arn: text("arn:aws:iam::1:role/r"),
    };
    let dial =
        accelerator::UpdateEndpointGroup { endpoint_group_arn: "arn".to_owned(), traffic_dial_percentage: 100.0 };
    let set = arc::UpdateRoutingControlStates {
        entries: vec![arc::Entry {
            arn: "arn:aws:route53-recovery-control::1:controlpanel/p/routingcontrol/a".to_owned(),
            state: "On",
        }],
        overriding: vec!["arn:aws:route53-recovery-control::1:controlpanel/p/safetyrule/r".to_owned()],
    };
    let start = automation::StartAutomationExecution {
        document_name: "shop-warm".to_owned(),
        document_version: Some("2".to_owned()),
        parameters: Some(automation::Values([("Side".to_owned(), vec!["west".to_owned()])].into())),
        client_token: "0f0f0f0f-0f0f-8f0f-8f0f-0f0f0f0f0f0f".to_owned(),
    };
    let told_apart = [arc::ABSENT, arc::CONFLICT].concat();
    let nodes = eks::UpdateNodegroupConfig {
        cluster_name: "shop".to_owned(),
        nodegroup_name: "web".to_owned(),
        scaling_config: eks::Scaling { min_size: 1, max_size: 6, desired_size: 3 },
    };
    // Every member that GetSchedule tells, by the model of now; one of later goes the same way.
    let whole_schedule = json!({
        "Arn": "arn", "CreationDate": 1.5, "LastModificationDate": 1.5,
        "Name": "nightly", "GroupName": "shop", "Description": "every night", "State": "DISABLED",
        "ScheduleExpression": "rate(1 day)", "ScheduleExpressionTimezone": "UTC", "StartDate": 1.5, "EndDate": 1.5,
        "KmsKeyArn": "arn", "ActionAfterCompletion": "NONE", "FlexibleTimeWindow": { "Mode": "OFF" },
        "Target": { "Arn": "arn", "RoleArn": "arn", "Input": "{}" },
    });
    let schedule = scheduler::UpdateSchedule::of(serde_json::from_value(whole_schedule).expect("a map"), "ENABLED");
    vec![
        act(&[prove], kms::PROVED),
        act(&[put], &[]),
        act(&[get], &[]),
        act(&[delete], parameter::ABSENT),
        act(&[enable], events::ABSENT),
        act(&[disable], events::ABSENT),
        act(&[dial], accelerator::NO_GROUP),
        whole(act(&[schedule], scheduler::ABSENT), "GetSchedule", (scheduler::NOT_WRITTEN, scheduler::NOT_TOLD)),
        act(&[nodes], eks::ABSENT),
        whole(act(&[put_rule], &[]), "DescribeRule", events::NOT_PUT),
        act(&[set], &told_apart),
        act(&[start], &[]),
    ]
}

struct OfEach;

impl ec2::Every<(&'static Service, Value)> for OfEach {
    fn one<R: Read>(&mut self, request: R) -> (&'static Service, Value) {
        read(&[request], &[])
    }
}

/// Every [`Read`] there is.
fn reads() -> Vec<(&'static Service, Value)> {
    let image = |id| ecr::DescribeImages {
        registry_id: "123456789012".to_owned(),
        repository_name: "shop/api".to_owned(),
        image_ids: vec![id],
    };
    let images = [ecr::ImageId::ImageTag("v1".to_owned()), ecr::ImageId::ImageDigest("sha256:0".to_owned())].map(image);
    let key = kms::DescribeKey { key_id: "mrk-1".to_owned() };
    let key_policy = kms::GetKeyPolicy { key_id: "mrk-1".to_owned(), policy_name: "default" };
    let grants = kms::ListGrants { key_id: "mrk-1".to_owned(), limit: 100, marker: Some("next".to_owned()) };
    let (of_role, next) = (|| "task".to_owned(), || Some("next".to_owned()));
    let own = policies::ListOwn { role_name: of_role(), marker: next() };
    let attached = policies::ListAttached { role_name: of_role(), marker: next() };
    let text = policies::GetOwn { role_name: of_role(), policy_name: "own".to_owned() };
    let standing = policies::GetPolicy { policy_arn: "arn:aws:iam::1:policy/p".to_owned() };
    let version =
        policies::GetVersion { policy_arn: "arn:aws:iam::1:policy/p".to_owned(), version_id: "v1".to_owned() };
    let table = dynamodb::DescribeTable { table_name: "carts".to_owned() };
    let backups = dynamodb::DescribeBackups { table_name: "carts".to_owned() };
    let template = ec2::templates::DescribeVersions {
        launch_template_id: "lt-1".to_owned(),
        launch_template_version: vec!["$Latest".to_owned()],
    };
    let (service, code) = (|| "fargate".to_owned(), || "L-3032A538".to_owned());
    let quota = quotas::GetServiceQuota { service_code: service(), quota_code: code() };
    let by_default = quotas::GetDefault { service_code: service(), quota_code: code() };
    let certificates = acm::ListCertificates::page(Some("next".to_owned()));
    let certificate = acm::DescribeCertificate { certificate_arn: "arn:aws:acm:us-west-2:1:certificate/1".to_owned() };
    let names = parameter::GetParameters { names: vec!["/shop/side".to_owned()], with_decryption: false };
    let role = iam::GetRole { role_name: "task".to_owned() };
    let simulation = iam::Simulate {
        policy_source_arn: "arn:aws:iam::1:role/task".to_owned(),
        action_names: vec!["s3:GetObject".to_owned()],
        resource_arns: vec!["arn:aws:s3:::shop/*".to_owned()],
        context_entries: vec![iam::ContextEntry {
            context_key_name: "aws:RequestedRegion".to_owned(),
            context_key_type: "string",
            context_key_values: vec!["us-west-2".to_owned()],
        }],
        max_items: 1000,
        marker: Some("next".to_owned()),
    };
    let rule = events::DescribeRule { name: "nightly".to_owned(), event_bus_name: Some("shop".to_owned()) };
    let targets = events::ListTargets {
        rule: "nightly".to_owned(),
        event_bus_name: Some("shop".to_owned()),
        next_token: Some("next".to_owned()),
    };
    let url = sqs::GetQueueUrl { queue_name: "orders".to_owned() };
    let queue = sqs::GetQueueAttributes { queue_url: "https://sqs".to_owned(), attribute_names: sqs::ATTRIBUTES };
    let group = accelerator::DescribeEndpointGroup { endpoint_group_arn: "arn".to_owned() };
    let whole = accelerator::DescribeAccelerator { accelerator_arn: "arn".to_owned() };
    let document =
        automation::DescribeDocument { name: "shop-warm".to_owned(), document_version: Some("2".to_owned()) };
    let execution = automation::GetAutomationExecution { automation_execution_id: "1".to_owned() };
    let panel = "arn:aws:route53-recovery-control::1:controlpanel/p".to_owned();
    let controls = arc::ListRoutingControls { panel: panel.clone(), next: Some("next".to_owned()) };
    let control = arc::GetRoutingControlState { arn: format!("{panel}/routingcontrol/a") };
    let get = || scheduler::GetSchedule { name: "nightly".to_owned(), group_name: Some("shop".to_owned()) };
    let (cluster_name, nodegroup_name) = ("shop".to_owned(), "web".to_owned());
    let nodegroup = eks::DescribeNodegroup { cluster_name, nodegroup_name };
    let update =
        eks::DescribeUpdate { name: "shop".to_owned(), update_id: "1".to_owned(), nodegroup_name: "web".to_owned() };
    let protections =
        route53::protections::ListProtections { hosted_zone_id: "Z1".to_owned(), next_token: Some("next".to_owned()) };
    let own = vec![
        read(&[protections], &[]),
        read(&[control], arc::ABSENT),
        read(&[document], automation::NO_DOCUMENT),
        read(&[execution], automation::NO_EXECUTION),
        read(&[controls], arc::ABSENT),
        read(&[role], iam::ABSENT),
        read(&[simulation], iam::ABSENT),
        read(&images, ecr::ABSENT),
        read(&[key], kms::ABSENT),
        read(&[key_policy], kms::ABSENT),
        read(&[grants], kms::ABSENT),
        read(&[own], iam::ABSENT),
        read(&[attached], iam::ABSENT),
        read(&[text], iam::ABSENT),
        read(&[standing], iam::ABSENT),
        read(&[version], iam::ABSENT),
        read(&[table], dynamodb::ABSENT),
        read(&[backups], dynamodb::NO_TABLE),
        read(&[template], &[]),
        read(&[quota], quotas::ABSENT),
        read(&[by_default], quotas::ABSENT),
        read(&[certificates], &[]),
        read(&[certificate], acm::ABSENT),
        read(&[names], &[]),
        read(&[rule], events::ABSENT),
        read(&[targets], events::ABSENT),
        read(&[get()], scheduler::ABSENT),
        read(&[scheduler::GetWhole(get())], scheduler::ABSENT),
        read(&[nodegroup], eks::ABSENT),
        read(&[update], eks::ABSENT),
        read(&[url], sqs::ABSENT),
        read(&[queue], sqs::ABSENT),
        read(&[group], accelerator::NO_GROUP),
        read(&[whole], accelerator::NO_ACCELERATOR),
    ];
    own.into_iter().chain(ec2::every(OfEach)).collect()
}

/// Regions of every partition, and one that nobody knows yet.
const REGIONS: &[&str] = &[
    "us-east-1",
    "eu-west-1",
    "us-gov-west-1",
    "cn-north-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eu-isoe-west-1",
    "eusc-de-east-1",
    "us-isof-south-1",
    "us-future-9",
];

fn endpoints(service: &Service) -> Vec<Value> {
    if service.at == At::Named {
        // None is ever looked for.
        assert!(REGIONS.iter().all(|region| endpoint::at_aws(service, region, false, false).is_err()));
        return Vec::new();
    }
    let kinds = [(false, false), (true, false), (false, true), (true, true)];
    let cases = REGIONS.iter().flat_map(|region| kinds.map(|kind| (region, kind)));
    let told = cases.map(|(region, (fips, dual_stack))| {
        let url = endpoint::at_aws(service, region, fips, dual_stack).expect("an endpoint");
        let signed_for = service.at.signed_for(region);
        let mut told =
            json!({"region": region, "fips": fips, "dual_stack": dual_stack, "url": url, "signed_for": signed_for});
        if let At::OneRegion(only) = service.at {
            told["asked_in"] = only.into();
        }
        told
    });
    told.collect()
}

fn protocol(service: &Service) -> Value {
    match service.protocol {
        Protocol::Json { target, version } => {
            json!({ "protocol": "json", "targetPrefix": target, "jsonVersion": version })
        }
        Protocol::RestJson => json!({ "protocol": "rest-json" }),
        Protocol::RestXml => json!({ "protocol": "rest-xml" }),
        Protocol::Query { version } => json!({ "protocol": "query", "apiVersion": version }),
        Protocol::Ec2 { version } => json!({ "protocol": "ec2", "apiVersion": version }),
    }
}

fn table() -> Value {
    let mut services: Vec<Value> = Vec::new();
    for (service, operation) in reads().into_iter().chain(acts()) {
        let known = services.iter_mut().find(|known| known["service"] == service.id);
        if let Some(operations) = known.and_then(|known| known["operations"].as_array_mut()) {
            operations.push(operation);
            continue;
        }
        services.push(json!({
            "service": service.id,
            "signing_name": service.signing_name,
            "endpoint_prefix": service.host,
            "protocol": protocol(service),
            "operations": [operation],
            "endpoints": endpoints(service),
        }));
    }
    Value::Array(services)
}

#[test]
fn what_is_known_of_services_is_what_the_test_cloud_checks() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cloud/reads.json");
    let told = serde_json::to_string_pretty(&table()).expect("JSON") + "\n";
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    if told != written {
        let new = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/reads.json");
        std::fs::write(&new, &told).expect("a target folder that can be written");
        panic!("{} is not what the code says: it would be {}", path.display(), new.display());
    }
}

/// Operations that give out what is secret: no room lists them to be read.
const TELLS_SECRETS: &[&str] = &["GetSecretValue", "BatchGetSecretValue", "Decrypt", "GenerateDataKey", "GetParameter"];

#[test]
fn what_is_done_is_in_no_list_of_what_is_read() {
    for (service, _) in reads().into_iter().chain(acts()) {
        let listed = |lists: &[&[&'static str]]| lists.concat();
        let (reads, acts) = (listed(service.reads), listed(service.acts));
        assert!(reads.iter().all(|read| !acts.contains(read)), "{}: {reads:?} and {acts:?}", service.id);
        assert!(reads.iter().all(|read| !TELLS_SECRETS.contains(read)), "{}: {reads:?}", service.id);
    }
    let looking = crate::cloud::aws::observer::READS.concat();
    assert!(looking.iter().all(|read| !TELLS_SECRETS.contains(read)), "{looking:?}");
    for (service, operation) in acts() {
        let name = operation["operation"].as_str().unwrap_or_default();
        assert!(!looking.contains(&name), "{}: {name} is done, and no client of the looking set sends it", service.id);
    }
}

#[test]
fn every_call_is_in_the_table_and_in_its_room_s_list() {
    let (reads, acts) = (reads(), acts());
    let of = |lists: fn(&Service) -> super::Reads, calls: &[(&'static Service, Value)]| {
        for (service, operation) in calls {
            let name = operation["operation"].as_str().unwrap_or_default();
            assert!(lists(service).iter().any(|list| list.contains(&name)), "{} may not send {name}", service.id);
        }
    };
    of(|service| service.reads, &reads);
    of(|service| service.acts, &acts);
    let aws = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cloud/aws");
    let mut rooms = vec![aws];
    let mut found = 0;
    while let Some(room) = rooms.pop() {
        for entry in std::fs::read_dir(room).expect("a readable folder") {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() && !path.ends_with("tests") {
                rooms.push(path);
            } else if path.is_file() {
                let code = std::fs::read_to_string(&path).expect("a readable file");
                let is_call = |line: &&str| line.starts_with("impl Read for ") || line.starts_with("impl Acting for ");
                found += code.lines().filter(is_call).count();
            }
        }
    }
    // Those of EC2 are made by a list, and told by it.
    let listed = ec2::READS.len();
    assert_eq!(found + listed, reads.len() + acts.len(), "a call that is in no table is checked by nobody");
}
