use super::*;
use serde_json::{Map, Value, json};

fn everything() -> Snapshot {
    Snapshot::read(include_str!("../../../tests/terraform/everything.json")).expect("a snapshot")
}

fn snapshot(resources: Value) -> Snapshot {
    let resources: Vec<Value> = resources
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| {
            let mut one = one.clone();
            for (name, value) in [("because", json!("tagged")), ("managed_by", json!("?")), ("needs", json!([]))] {
                one.as_object_mut().expect("a table").entry(name).or_insert(value);
            }
            one
        })
        .collect();
    let whole = json!({
        "format": "landfall-snapshot", "version": 1, "application": "quay", "account": "123456789012", "partition": "aws",
        "region": "eu-central-1", "selectors": { "App": "quay" }, "complete": true, "resources": resources,
        "outside": [], "gaps": [],
    });
    Snapshot::read(&whole.to_string()).expect("a snapshot")
}

fn instance(class: &str, attributes: Value) -> Instance {
    let Value::Object(attributes) = attributes else { panic!("a table") };
    Instance { address: format!("{class}.it"), class: class.to_owned(), attributes, ..Instance::default() }
}

fn told(snapshot: &Snapshot, instances: &[Instance]) -> Vec<String> {
    let found = against(snapshot, instances, &[]).compared.findings;
    found
        .iter()
        .map(|one| {
            let field = one.field.clone().unwrap_or_default();
            format!("{} {} {field}: {}", one.drift.word(), one.kind, one.consequence)
        })
        .collect()
}

/// A state that declares everything as it runs.
fn declaring(snapshot: &Snapshot) -> Vec<Instance> {
    let resources: HashMap<Reference, &Resource> =
        snapshot.resources.iter().map(|one| (one.reference(), one)).collect();
    let (written, ..) = generate::told(snapshot);
    literal::all(&written, &resources)
        .iter()
        .map(|one| {
            let mut attributes: Map<String, Value> =
                one.says.iter().map(|(name, value)| (name.clone(), literal::shown(value))).collect();
            attributes.insert("id".to_owned(), json!(one.import));
            instance(&one.class, Value::Object(attributes))
        })
        .collect()
}

#[test]
fn what_is_declared_as_it_runs_differs_in_nothing_whatever_an_argument_leaves_to_another() {
    let whole = everything();
    let declared = declaring(&whole);
    let found = against(&whole, &declared, &[]).compared.findings;
    let own: Vec<&Finding> = found.iter().filter(|one| one.drift == Drift::Changed).collect();
    assert!(own.is_empty(), "{own:#?}");
    // And what is taken from it is told, of one field of each of these.
    for (kind, field) in [
        ("autoscaling-group", "SuspendedProcesses"),
        ("db-instance", "MonitoringRoleArn"),
        ("iam-role", "Description"),
        ("log-group", "RetentionInDays"),
        ("queue", "RedrivePolicy"),
        ("table", "TimeToLive"),
        ("topic", "DisplayName"),
    ] {
        let mut less = whole.clone();
        let had =
            less.resources.iter_mut().filter(|one| one.kind == kind).filter_map(|one| one.config.shift_remove(field));
        let had = had.count();
        let now = against(&less, &declared, &[]).compared.findings;
        let told =
            now.iter().filter(|one| one.kind == kind && one.drift == Drift::Changed && one.right.is_none()).count();
        assert!(had > 0 && told >= had, "{kind} {field}: {had} {told}");
    }
}

/// The way to every value within `value`, as a pointer.
fn ways(value: &Value, way: &str, found: &mut Vec<String>) {
    let mut below = |name: &str, value: &Value| {
        let way = format!("{way}/{}", name.replace('~', "~0").replace('/', "~1"));
        ways(value, &way, found);
        found.push(way);
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| below(name, value)),
        Value::Array(items) => items.iter().enumerate().for_each(|(at, value)| below(&at.to_string(), value)),
        _ => {}
    }
}

/// `config` without what stands at `way`.
fn without(config: &Map<String, Value>, way: &str) -> Map<String, Value> {
    let mut whole = Value::Object(config.clone());
    let (of, name) = way.rsplit_once('/').expect("a way");
    match whole.pointer_mut(of).expect("what it is in") {
        Value::Object(members) => drop(members.shift_remove(&name.replace("~1", "/").replace("~0", "~"))),
        Value::Array(items) => drop(items.remove(name.parse().expect("a place"))),
        _ => unreachable!("it is in something"),
    }
    whole.as_object().cloned().expect("a table")
}

/// How often something is asked for at each place within a block of what is written of `snapshot`.
fn within_blocks(snapshot: &Snapshot) -> BTreeMap<String, usize> {
    fn count(way: &str, of: &literal::Literal, is_within: bool, found: &mut BTreeMap<String, usize>) {
        match of {
            literal::Literal::List(items) => items.iter().for_each(|item| count(way, item, is_within, found)),
            literal::Literal::Block(block) => {
                block.says.iter().for_each(|(name, inner)| count(&format!("{way}.{name}"), inner, true, found));
            }
            one if is_within && provider::is_asked_for(way, &literal::shown(one)) => {
                *found.entry(way.to_owned()).or_default() += 1;
            }
            _ => {}
        }
    }
    let resources: HashMap<Reference, &Resource> =
        snapshot.resources.iter().map(|one| (one.reference(), one)).collect();
    let mut found = BTreeMap::new();
    for one in literal::all(&generate::told(snapshot).0, &resources) {
        one.says.iter().for_each(|(name, of)| count(&format!("{}.{name}", one.class), of, false, &mut found));
    }
    found
}

/// What a capture always has, or says that it could not be read.
const UNREAD: &[&str] = &["launch-template/Latest", "function/EventSources"];

#[test]
fn what_is_declared_within_a_block_and_runs_no_more_is_told_of_every_kind() {
    let whole = everything();
    let (mut tried, mut silent) = (0, Vec::new());
    for resource in &whole.resources {
        let mut resource = resource.clone();
        // A rule is found by its ARN, which a capture has.
        if let Some(Value::Object(rules)) = resource.config.get_mut("Rules") {
            rules.iter_mut().for_each(|(priority, rule)| rule["Arn"] = json!(format!("{}/{priority}", resource.id)));
        }
        let alone = Snapshot { resources: vec![resource.clone()], ..whole.clone() };
        let (declared, before) = (declaring(&alone), within_blocks(&alone));
        let mut every = Vec::new();
        ways(&Value::Object(resource.config.clone()), "", &mut every);
        for way in every {
            let less = Resource { config: without(&resource.config, &way), ..resource.clone() };
            let less = Snapshot { resources: vec![less], ..alone.clone() };
            let after = within_blocks(&less);
            let gone: Vec<&String> = before
                .iter()
                .filter(|(way, count)| after.get(*way).unwrap_or(&0) < count)
                .map(|(way, _)| way)
                .collect();
            let of = format!("{}{way}", resource.kind);
            if gone.is_empty() || UNREAD.iter().any(|beginning| of.starts_with(beginning)) {
                continue;
            }
            tried += 1;
            let found = against(&less, &declared, &[]).compared.findings;
            if !found.iter().any(|one| matches!(one.drift, Drift::Changed | Drift::Missing)) {
                silent.push(format!("{of}: {gone:?}"));
            }
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
    assert!(tried > 150, "{tried}");
}

#[test]
fn a_table_that_a_subnet_was_given_in_place_of_its_own_is_told_once_and_as_what_it_is() {
    let now = snapshot(json!([
        { "kind": "subnet", "id": "subnet-1", "name": "a", "config": { "VpcId": "vpc-1", "RouteTable": "rtb-2" } },
        { "kind": "route-table", "id": "rtb-1", "config": { "VpcId": "vpc-1" } },
        { "kind": "route-table", "id": "rtb-2", "config": { "VpcId": "vpc-1" } },
        { "kind": "route-table", "id": "rtb-3", "config": { "VpcId": "vpc-1", "Main": true } },
    ]));
    let table = |id: &str| instance("aws_route_table", json!({ "id": id, "vpc_id": "vpc-1", "route": [] }));
    let declared = [
        instance("aws_subnet", json!({ "id": "subnet-1", "vpc_id": "vpc-1" })),
        instance(
            "aws_route_table_association",
            json!({ "id": "rtbassoc-1", "subnet_id": "subnet-1", "route_table_id": "rtb-1" }),
        ),
        table("rtb-1"),
        table("rtb-2"),
        table("rtb-3"),
    ];
    let found = against(&now, &declared, &[]).compared.findings;
    let told: Vec<_> = found.iter().map(|one| (one.drift, one.field.as_deref(), &one.left, &one.right)).collect();
    let (left, right) = (Some(json!("rtb-1")), Some(json!("rtb-2")));
    assert_eq!(told, [(Drift::Changed, Some("route_table_id"), &left, &right)]);
    assert!(found[0].consequence.contains("Resource.AlreadyAssociated"), "{found:?}");
    // Which one is the network's main table is AWS's to say, until somebody declares it.
    let main = |id: &str| {
        let own = json!({ "id": "rtbassoc-2", "vpc_id": "vpc-1", "route_table_id": id });
        let mut all = declared.to_vec();
        all.push(instance("aws_main_route_table_association", own));
        against(&now, &all, &[]).compared.findings.len()
    };
    assert_eq!((main("rtb-3"), main("rtb-1")), (1, 2));
}

#[test]
fn what_code_may_leave_to_aws_is_taken_back_only_if_it_says_it() {
    let now = snapshot(json!([
        { "kind": "vpc", "id": "vpc-1", "config": { "CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": true } },
        { "kind": "queue", "id": "arn:aws:sqs:eu-central-1:123456789012:work", "name": "work", "known_by": ["https://q/work"],
          "config": { "DelaySeconds": 3 } },
    ]));
    let found = told(
        &now,
        &[
            instance("aws_vpc", json!({ "id": "vpc-1", "cidr_block": "10.0.0.0/16", "enable_dns_hostnames": false })),
            instance("aws_sqs_queue", json!({ "id": "https://q/work", "name": "work", "delay_seconds": 0 })),
        ],
    );
    assert_eq!(
        found,
        [
            "changed queue delay_seconds: terraform apply of aws_sqs_queue.it sets delay_seconds 3 → 0",
            "changed vpc enable_dns_hostnames: terraform apply of aws_vpc.it sets enable_dns_hostnames true → false, if its code says \
             enable_dns_hostnames: if it does not, apply leaves what runs",
        ]
    );
}

#[test]
fn parts_that_are_gone_are_told_with_what_brings_them_back() {
    let now = snapshot(json!([
        { "kind": "kms-key", "id": "k-1", "arn": "arn:aws:kms:eu-central-1:123456789012:key/k-1", "config": {} },
        { "kind": "autoscaling-group", "id": "node", "config": { "MinSize": 1, "MaxSize": 2 } },
        { "kind": "security-group", "id": "sg-1", "name": "app", "config": { "GroupName": "app", "Rules": [] } },
        { "kind": "route-table", "id": "rtb-1", "config": { "VpcId": "vpc-1", "Routes": [
            { "DestinationCidrBlock": "198.51.100.0/24", "GatewayId": "igw-1" } ] } },
        { "kind": "log-group", "id": "/quay/app", "config": {} },
    ]));
    let found = told(
        &now,
        &[
            instance("aws_kms_key", json!({ "id": "k-1", "key_id": "k-1" })),
            instance("aws_kms_alias", json!({ "id": "alias/quay", "name": "alias/quay", "target_key_id": "k-1" })),
            instance(
                "aws_autoscaling_group",
                json!({ "id": "node", "name": "node", "metrics_granularity": "1Minute" }),
            ),
            instance(
                "aws_autoscaling_policy",
                json!({ "id": "burst", "name": "burst", "autoscaling_group_name": "node" }),
            ),
            instance(
                "aws_security_group",
                json!({ "id": "sg-1", "name": "app", "ingress": [{
                    "from_port": 443, "to_port": 443, "protocol": "tcp", "cidr_blocks": ["10.0.0.0/8", "10.1.0.0/16"],
                    "ipv6_cidr_blocks": [], "prefix_list_ids": [], "security_groups": [], "self": false }], "egress": [] }),
            ),
            instance("aws_route_table", json!({ "id": "rtb-1", "vpc_id": "vpc-1", "route": [] })),
            instance(
                "aws_route",
                json!({ "id": "r-1", "route_table_id": "rtb-1", "destination_cidr_block": "0.0.0.0/0", "gateway_id": "igw-1" }),
            ),
            instance(
                "aws_cloudwatch_log_group",
                json!({ "id": "/quay/app", "name": "/quay/app", "retention_in_days": 30 }),
            ),
        ],
    );
    let wanted = [
        "missing aws_kms_alias : terraform apply makes aws_kms_alias.it again",
        "missing aws_autoscaling_policy : terraform apply makes aws_autoscaling_policy.it again",
        // One for each of those that it lets in.
        "changed security-group ingress: terraform apply of aws_security_group.it brings ingress back: {\"from_port\":443",
        "changed route-table route: terraform apply of aws_route.it brings route back: {\"cidr_block\":\"0.0.0.0/0\"",
        "undeclared route-table route: a rebuild from Git has no such route; terraform apply leaves it as it is",
        "changed log-group retention_in_days: terraform apply of aws_cloudwatch_log_group.it brings retention_in_days back: 30",
    ];
    for wanted in wanted {
        assert!(found.iter().any(|one| one.starts_with(wanted)), "{wanted}\n{found:#?}");
    }
    assert_eq!(found.len(), wanted.len() + 1, "{found:#?}");
}

#[test]
fn a_gap_keeps_silent_of_its_own_kind_alone() {
    let mut now =
        snapshot(json!([{ "kind": "topic", "id": "arn:aws:sns:eu-central-1:123456789012:news", "config": {} }]));
    let queue = instance(
        "aws_sqs_queue",
        json!({ "id": "https://q/work", "name": "work", "arn": "arn:aws:sqs:eu-central-1:123456789012:work", "tags_all": { "App": "quay" } }),
    );
    let is_told = |now: &Snapshot| {
        told(now, std::slice::from_ref(&queue)).iter().any(|one| one.starts_with("missing aws_sqs_queue"))
    };
    assert!(is_told(&now));
    let gap = |of: &str| crate::snapshot::Gap {
        of: of.to_owned(),
        operation: "X".to_owned(),
        error: "AccessDenied".to_owned(),
    };
    now.complete = false;
    for (of, wanted) in [("network-acl/acl-1", true), ("queue/other", false), ("tagged", false)] {
        now.gaps = vec![gap(of)];
        assert_eq!(is_told(&now), wanted, "{of}");
    }
}

#[test]
fn the_same_in_other_words_is_no_difference() {
    let script = "#!/bin/sh\necho ${HOME}\nexport DB_PASSWORD=⟦sealed⟧\n";
    let now = snapshot(json!([
        { "kind": "iam-role", "id": "fn", "name": "fn", "config": { "Path": "/", "AssumeRolePolicy": {}, "Inline": { "send": {
            "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": ["*"] }] } } } },
        { "kind": "zone", "id": "Z1", "name": "quay.example.", "config": { "Name": "quay.example." } },
        { "kind": "record", "id": "Z1_api.quay.example_A", "config": {
            "Name": "api.quay.example.", "Type": "A", "TTL": 60, "Values": ["192.0.2.1"], "Zone": "Z1" } },
        { "kind": "launch-template", "id": "lt-1", "name": "node", "config": { "Latest": { "ImageId": "ami-1", "UserData": script } } },
    ]));
    let found = told(
        &now,
        &[
            instance("aws_iam_role", json!({ "id": "fn", "name": "fn", "path": "/" })),
            instance(
                "aws_iam_role_policy",
                json!({ "id": "fn:send", "role": "fn", "name": "send",
                    "policy": "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sqs:SendMessage\",\"Resource\":\"*\"}}" }),
            ),
            instance("aws_route53_zone", json!({ "id": "Z1", "zone_id": "Z1", "name": "quay.example" })),
            instance(
                "aws_route53_record",
                json!({ "id": "Z1_api_A", "zone_id": "Z1", "name": "api", "fqdn": "api.quay.example", "type": "A", "ttl": 60,
                    "records": ["192.0.2.1"] }),
            ),
            instance(
                "aws_launch_template",
                json!({ "id": "lt-1", "name": "node", "image_id": "ami-1", "user_data": script }),
            ),
        ],
    );
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn of_a_list_what_differs_is_told_and_not_all_of_it() {
    let target = |name: &str| format!("arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/{name}/1");
    let runs = json!([{ "arn": target("blue"), "weight": 0 }, { "arn": target("green"), "weight": 100 }]);
    let declared = json!([{ "arn": target("blue"), "weight": 80 }, { "arn": target("green"), "weight": 100 }]);
    let block = |value: &Value| {
        let members = value.as_object().expect("a table").iter();
        let says = members.map(|(name, value)| (name.clone(), literal::Literal::One(value.clone()))).collect();
        literal::Literal::Block(literal::Block { says, ..literal::Block::default() })
    };
    let runs = literal::Literal::List(runs.as_array().expect("a list").iter().map(block).collect());
    let found = changed::differences("target_group", "aws_lb_listener.target_group", &runs, &declared);
    let told: Vec<_> = found.into_iter().map(|one| (one.field, one.left, one.right)).collect();
    assert_eq!(told, [("target_group blue/1.weight".to_owned(), Some(json!(80)), Some(json!(0)))]);
    // Of one that has a value, and has the same, the other thing.
    let one = literal::Block { is_all: true, ..literal::Block::default() };
    let says =
        [("name", "Errors"), ("value", "1")].map(|(name, text)| (name.to_owned(), literal::Literal::One(json!(text))));
    let runs = literal::Literal::List(vec![literal::Literal::Block(literal::Block { says: says.into(), ..one })]);
    let declared = json!([{ "name": "Errors", "value": "1", "unit": "Count" }]);
    let found = changed::differences("metric", "aws_x.metric", &runs, &declared);
    assert_eq!(
        (found[0].field.as_str(), &found[0].left, found.len()),
        ("metric Errors.unit", &Some(json!("Count")), 1)
    );
}

/// A role with two policies within, and what a state has of it.
#[test]
fn a_policy_within_a_roles_state_is_declared_or_read_back_and_both_are_told() {
    let policy = |action: &str| json!({ "Statement": [{ "Effect": "Allow", "Action": [action], "Resource": ["*"] }] });
    let now = snapshot(json!([{ "kind": "iam-role", "id": "app", "name": "app", "config": {
        "Inline": { "queue": policy("sqs:SendMessage"), "hotfix": policy("s3:GetObject") } } }]));
    let role = |within: Value| instance("aws_iam_role", json!({ "id": "app", "name": "app", "inline_policy": within }));
    let says = |name: &str, action: &str| json!({ "name": name, "policy": policy(action).to_string() });
    let own = |found: Vec<String>| -> Vec<String> {
        found.into_iter().filter(|one| one.contains("hotfix") || one.contains("queue") || one.contains("old")).collect()
    };
    // As it runs: declared within, or read back from AWS. Nothing is called different.
    let found = own(told(&now, &[role(json!([says("queue", "sqs:SendMessage"), says("hotfix", "s3:GetObject")]))]));
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(
        found.iter().all(|one| one.starts_with("expected") && one.contains("only read back from AWS")),
        "{found:#?}"
    );
    // One that it has not, one that it has otherwise, and one that is gone.
    let found = own(told(&now, &[role(json!([says("queue", "sqs:*"), says("old", "s3:*")]))]));
    assert_eq!(found.len(), 3, "{found:#?}");
    for (drift, name, comes) in [
        ("undeclared", "hotfix", "takes it away where the code of aws_iam_role.it has inline_policy"),
        ("changed", "queue", "sets it back where its code has inline_policy"),
        ("changed", "old", "brings inline_policy old back"),
    ] {
        let is_it = |one: &&String| one.starts_with(drift) && one.contains(name) && one.contains(comes);
        assert!(found.iter().any(|one| is_it(&one)), "{drift} {name}: {found:#?}");
    }
    // Where one of them is declared by itself, what the role's state has within says nothing.
    let alone = instance(
        "aws_iam_role_policy",
        json!({ "id": "app:queue", "name": "queue", "role": "app", "policy": policy("sqs:SendMessage").to_string() }),
    );
    let all = json!([says("queue", "sqs:SendMessage"), says("hotfix", "s3:GetObject")]);
    let found = own(told(&now, &[role(all), alone]));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].starts_with("undeclared") && found[0].contains("terraform apply leaves it as it is"),
        "{found:#?}"
    );
    // A role without any: as it was.
    let found = own(told(&now, &[role(json!([]))]));
    assert!(found.iter().all(|one| one.starts_with("undeclared") && one.contains("leaves it")), "{found:#?}");
}

#[test]
fn what_no_import_names_is_found_by_what_it_says() {
    let now = snapshot(json!([
        { "kind": "vpc", "id": "vpc-1", "config": {} },
        { "kind": "route-table", "id": "rtb-1", "config": { "VpcId": "vpc-1", "Main": true, "Routes": [] } },
        { "kind": "autoscaling-group", "id": "node", "config": { "Notifications": [
            { "TopicARN": "arn:aws:sns:eu-central-1:123456789012:ops", "NotificationType": "autoscaling:EC2_INSTANCE_LAUNCH" } ] } },
    ]));
    let main = |table: &str| {
        instance(
            "aws_main_route_table_association",
            json!({ "id": "rtbassoc-1", "vpc_id": "vpc-1", "route_table_id": table }),
        )
    };
    let notified = |groups: Value| {
        instance(
            "aws_autoscaling_notification",
            json!({ "id": "x", "group_names": groups,
            "topic_arn": "arn:aws:sns:eu-central-1:123456789012:ops", "notifications": ["autoscaling:EC2_INSTANCE_LAUNCH"] }),
        )
    };
    let others = || {
        vec![
            instance("aws_vpc", json!({ "id": "vpc-1" })),
            instance("aws_route_table", json!({ "id": "rtb-1", "vpc_id": "vpc-1" })),
            instance("aws_autoscaling_group", json!({ "id": "node", "name": "node" })),
        ]
    };
    let all = |main: Instance, notified: Instance| {
        let mut all = others();
        all.extend([main, notified]);
        let found = told(&now, &all);
        found.into_iter().filter(|one| one.contains("association") || one.contains("notification")).collect::<Vec<_>>()
    };
    assert_eq!(all(main("rtb-1"), notified(json!(["node"]))), Vec::<String>::new());
    let found = all(main("rtb-2"), notified(json!(["other"])));
    let of = |word: &str| found.iter().filter(|one| one.starts_with(word)).count();
    // A network has one main table: another is declared.
    assert_eq!((of("undeclared"), of("changed"), found.len()), (1, 1, 2), "{found:#?}");
}
