//! What holds of every capture, told by a cloud that is a table.

use super::survey::{Scope, Survey};
use super::{Answer, Ask, Here, Unread};
use crate::seal::Key;
use crate::snapshot::{Reference, Sealer, Snapshot};
use proptest::prelude::*;
use serde_json::{Value, json};

const CANARY: &str = "hunter2-canary";

/// A small application: a service with its network, its role, its secret and its database, tagged in three places.
fn cloud(ask: &Ask) -> Answer {
    let arn = |rest: &str| format!("arn:aws:{rest}");
    let secret = arn("secretsmanager:us-east-1:123456789012:secret:app/db-AbCdEf");
    let asked = ask.request.to_string();
    let tags = json!([{ "key": "Project", "value": "app" }, { "key": "größe", "value": "夜" }, { "key": "aws:x", "value": "y" }]);
    let ec2_tags = json!({ "item": [{ "key": "Name", "value": "app" }, { "key": "Project", "value": "app" }] });
    let document = "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22sqs%3ASendMessage%22%2C%22Resource%22%3A%22arn%3Aaws%3Asqs%3Aus-east-1%3A123456789012%3Ajobs%22%7D%5D%7D";
    Ok(match ask.operation.name {
        "GetCallerIdentity" => json!({ "Account": "123456789012" }),
        "GetResources" => json!([
            { "ResourceARN": arn("ecs:us-east-1:123456789012:service/app/web") },
            { "ResourceARN": arn("eks:us-east-1:123456789012:cluster/other") },
            { "ResourceARN": arn("ec2:us-east-1:123456789012:security-group-rule/sgr-1") },
        ]),
        "DescribeAutoScalingGroups" => json!([]),
        "DescribeServices" if asked.contains("web") => json!([{
            "serviceName": "web", "serviceArn": arn("ecs:us-east-1:123456789012:service/app/web"), "status": "ACTIVE",
            "clusterArn": arn("ecs:us-east-1:123456789012:cluster/app"), "desiredCount": 2, "runningCount": 1,
            "taskDefinition": arn("ecs:us-east-1:123456789012:task-definition/app-task:3"), "tags": tags,
            "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["subnet-2", "subnet-1"], "securityGroups": ["sg-1"] } },
        }]),
        "DescribeScalableTargets" | "DescribeScalingPolicies" => json!([]),
        "DescribeClusters" => {
            json!([{ "clusterName": "app", "clusterArn": arn("ecs:us-east-1:123456789012:cluster/app"), "status": "ACTIVE", "tags": [] }])
        }
        "DescribeTaskDefinition" => json!({ "tags": [], "taskDefinition": {
            "taskDefinitionArn": arn("ecs:us-east-1:123456789012:task-definition/app-task:3"), "family": "app-task",
            "taskRoleArn": arn("iam::123456789012:role/app-task"), "revision": 3, "status": "ACTIVE",
            "containerDefinitions": [{
                "name": "web", "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:v1", "cpu": 0, "mountPoints": [],
                "environment": [
                    { "name": "DB_PASSWORD", "value": CANARY },
                    { "name": "DB", "value": format!("postgres://app:{CANARY}@app-db.abc.us-east-1.rds.amazonaws.com/app") },
                    { "name": "MODE", "value": "live" },
                ],
                "secrets": [{ "name": "TOKEN", "valueFrom": format!("{secret}:token::") }],
                "command": ["serve", "--token", CANARY],
            }],
        } }),
        "ListTasks" => {
            json!(["arn:aws:ecs:us-east-1:123456789012:task/app/1", "arn:aws:ecs:us-east-1:123456789012:task/app/2"])
        }
        "DescribeTasks" => {
            let task = |id: &str, revision: u8, digest: &str| {
                json!({ "taskArn": format!("arn:aws:ecs:us-east-1:123456789012:task/app/{id}"),
                    "clusterArn": arn("ecs:us-east-1:123456789012:cluster/app"),
                    "taskDefinitionArn": arn(&format!("ecs:us-east-1:123456789012:task-definition/app-task:{revision}")),
                    "containers": [{ "name": "web", "imageDigest": digest }, { "name": "helper" }] })
            };
            json!([task("1", 2, "sha256:old"), task("2", 3, "sha256:new")])
        }
        "DescribeSubnets" => json!([
            { "subnetId": "subnet-1", "vpcId": "vpc-1", "cidrBlock": "10.0.1.0/24", "tagSet": ec2_tags },
            { "subnetId": "subnet-2", "vpcId": "vpc-1", "cidrBlock": "10.0.2.0/24", "tagSet": null },
            { "subnetId": "subnet-9", "vpcId": "vpc-1", "cidrBlock": "10.0.9.0/24" },
        ]),
        "DescribeRouteTables" => json!([{ "routeTableId": "rtb-1", "vpcId": "vpc-1",
            "routeSet": { "item": [{ "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1" },
                { "destinationCidrBlock": "10.9.0.0/16", "vpcPeeringConnectionId": "pcx-1" },
                { "destinationCidrBlock": "10.0.0.0/16", "gatewayId": "local" }] },
            "associationSet": { "item": [{ "main": "true" }, { "subnetId": "subnet-9" }] } }]),
        "DescribeVpcEndpoints" | "DescribeNetworkAcls" => json!([]),
        "DescribeVpcs" => {
            json!([{ "vpcId": "vpc-1", "cidrBlock": "10.0.0.0/16", "dhcpOptionsId": "default", "tagSet": { "item": { "key": "Project", "value": "other" } } }])
        }
        "DescribeVpcAttribute" => {
            json!({ "enableDnsSupport": { "value": "true" }, "enableDnsHostnames": { "value": "false" } })
        }
        "DescribeInternetGateways" => {
            json!([{ "internetGatewayId": "igw-1", "attachmentSet": { "item": { "vpcId": "vpc-1" } } }])
        }
        "DescribeSecurityGroups" => {
            json!([{ "groupId": "sg-1", "groupName": "web", "vpcId": "vpc-1" }, { "groupId": "sg-2", "groupName": "db", "vpcId": "vpc-1" }])
        }
        "DescribeSecurityGroupRules" => json!([
            { "groupId": "sg-2", "securityGroupRuleId": "sgr-2", "isEgress": "false", "fromPort": "5432", "referencedGroupInfo": { "groupId": "sg-1" } },
            { "groupId": "sg-1", "securityGroupRuleId": "sgr-1", "isEgress": "true", "referencedGroupInfo": { "groupId": "sg-2" } },
        ]),
        "GetRole" => {
            json!({ "Role": { "Arn": arn("iam::123456789012:role/app-task"), "Path": "/", "AssumeRolePolicyDocument": "%7B%7D" } })
        }
        "ListRolePolicies" => json!(["hotfix", "base"]),
        "GetRolePolicy" => json!({ "PolicyDocument": document }),
        "ListAttachedRolePolicies" => json!([{ "PolicyArn": arn("iam::aws:policy/ReadOnlyAccess") }]),
        "GetQueueUrl" => json!({ "QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/jobs" }),
        "GetQueueAttributes" => {
            json!({ "Attributes": { "QueueArn": arn("sqs:us-east-1:123456789012:jobs"), "VisibilityTimeout": "30", "ApproximateNumberOfMessages": "7" } })
        }
        "ListQueueTags" => json!({ "Tags": { "Project": "app" } }),
        "DescribeSecret" => json!({ "ARN": secret, "Name": "app/db", "Tags": [{ "Key": "Project", "Value": "app" }] }),
        "GetResourcePolicy" => json!({}),
        "DescribeDBInstances" => {
            json!([{ "DBInstanceIdentifier": "app-db", "DBInstanceArn": arn("rds:us-east-1:123456789012:db:app-db"),
            "Engine": "postgres", "MultiAZ": "true", "AllocatedStorage": "20", "DBInstanceStatus": "available",
            "DBParameterGroups": { "DBParameterGroup": { "DBParameterGroupName": "app-pg" } },
            "VpcSecurityGroups": { "VpcSecurityGroupMembership": { "VpcSecurityGroupId": "sg-2" } },
            "Endpoint": { "Address": "app-db.abc.us-east-1.rds.amazonaws.com", "Port": "5432" } }])
        }
        "DescribeDBParameterGroups" => {
            json!([{ "DBParameterGroupName": "app-pg", "DBParameterGroupArn": "arn:aws:rds:us-east-1:123456789012:pg:app-pg", "DBParameterGroupFamily": "postgres16" }])
        }
        "DescribeDBParameters" => {
            json!([{ "ParameterName": "max_connections", "ParameterValue": "500", "ApplyMethod": "pending-reboot" }])
        }
        "ListTagsForResource" => json!([]),
        "ListHostedZones" => {
            json!([{ "Id": "/hostedzone/Z1", "Name": "example.com.", "Config": { "PrivateZone": "false" } }])
        }
        "ListResourceRecordSets" => json!([
            { "Name": "db.example.com.", "Type": "CNAME", "TTL": "60", "ResourceRecords": { "ResourceRecord": { "Value": "app-db.abc.us-east-1.rds.amazonaws.com" } } },
            { "Name": "other.example.com.", "Type": "A", "TTL": "60", "ResourceRecords": { "ResourceRecord": { "Value": "192.0.2.1" } } },
        ]),
        "DescribeRegistry" => json!({}),
        "DescribeLifecycleHooks" | "DescribeScheduledActions" | "DescribeNotificationConfigurations" => json!([]),
        other => return Err(Unread::Told(format!("Unheard-{other}"))),
    })
}

fn scope() -> Scope {
    Scope {
        application: "app".to_owned(),
        here: Here::of("us-east-1"),
        selectors: [("Project".to_owned(), "app".to_owned())].into(),
        ..Scope::default()
    }
}

/// Captures with answers that are given in an order, one round's after another, and with lists turned where `turned`.
fn captured(cloud: impl Fn(&Ask) -> Answer, order: &[usize], turned: bool) -> Snapshot {
    let mut survey = Survey::new(scope(), Sealer::new(Some(Key::new([5; 32]))));
    let mut rounds = 0;
    loop {
        let mut asks = survey.asks();
        if asks.is_empty() {
            return survey.snapshot();
        }
        rounds += 1;
        assert!(rounds < 50, "it comes to an end");
        let length = asks.len();
        for (place, with) in order.iter().enumerate().take(length) {
            asks.swap(place, with % length);
        }
        for ask in asks {
            let answer = cloud(&ask).map(|value| if turned { turn(value) } else { value });
            survey.take(&ask, answer);
        }
    }
}

/// The lists of `value` that mean nothing by their order, the other way round: all of those here.
fn turn(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().rev().map(turn).collect(),
        // A command's words have an order.
        Value::Object(members) => {
            let each = |(name, value): (String, Value)| {
                let value = if name == "command" { value } else { turn(value) };
                (name, value)
            };
            Value::Object(members.into_iter().rev().map(each).collect())
        }
        other => other,
    }
}

fn references(snapshot: &Snapshot) -> Vec<String> {
    snapshot.resources.iter().map(|resource| resource.reference().to_string()).collect()
}

#[test]
fn an_application_is_found_along_what_refers_to_what_and_no_further() {
    let snapshot = captured(cloud, &[], false);
    assert_eq!(
        references(&snapshot),
        [
            "db-instance/app-db",
            "db-parameter-group/app-pg",
            "ecs-cluster/app",
            "ecs-service/app/web",
            "iam-role/app-task",
            "internet-gateway/igw-1",
            "queue/jobs",
            "record/Z1_db.example.com_CNAME",
            "route-table/rtb-1",
            "secret/arn:aws:secretsmanager:us-east-1:123456789012:secret:app/db-AbCdEf",
            "security-group/sg-1",
            "security-group/sg-2",
            "subnet/subnet-1",
            "subnet/subnet-2",
            "task-definition/app-task:3",
            "vpc/vpc-1",
            "zone/Z1",
        ]
    );
    let of = |kind: &str, id: &str| snapshot.resource(&Reference::new(kind, id)).expect("it is there");
    assert_eq!(of("ecs-service", "app/web").because, "tagged");
    assert_eq!(of("task-definition", "app-task:3").because, "ecs-service/app/web taskDefinition");
    assert_eq!(of("queue", "jobs").because, "iam-role/app-task inline base");
    assert_eq!(of("record", "Z1_db.example.com_CNAME").because, "db-instance/app-db dns");
    assert!(of("vpc", "vpc-1").shared && !of("queue", "jobs").shared && !of("subnet", "subnet-1").shared);
    assert!(of("task-definition", "app-task:3").needs.contains(&"db-instance/app-db".to_owned()));
    let outside: Vec<(&str, &str)> = snapshot.outside.iter().map(|one| (one.to.as_str(), one.why.as_str())).collect();
    for wanted in [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:v1", "it is of another region"),
        ("arn:aws:eks:us-east-1:123456789012:cluster/other", "nothing of its kind is read"),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", "it is AWS's own"),
        ("pcx-1", "nothing of its kind is read"),
        ("subnet/subnet-9", "it is used beside, and not followed"),
    ] {
        assert!(outside.contains(&wanted), "{wanted:?}: {outside:?}");
    }
    // How it fares is no part of how it is set up.
    let text = snapshot.text();
    for fares in ["runningCount", "available", "ApproximateNumberOfMessages", "aws:x"] {
        assert!(!text.contains(fares), "{fares}");
    }
    assert_eq!(of("db-parameter-group", "app-pg").config["Parameters"]["max_connections"]["Value"], "500");
    assert_eq!(of("ecs-service", "app/web").config["Tags"]["größe"], "夜");
    // What its tag stands for is told by the tasks of the definition that it is set to.
    assert_eq!(of("ecs-service", "app/web").config["Images"], json!({ "web": ["sha256:new"] }));
}

#[test]
fn no_canary_is_in_it_and_what_names_others_is_still_followed() {
    let text = captured(cloud, &[], false).text();
    assert!(!text.contains(CANARY));
    assert!(text.contains("⟦sealed-14-") && text.contains("live"));
}

#[test]
fn what_is_not_told_is_a_gap_and_a_part_of_it_a_mark() {
    for name in [
        "GetRole",
        "DescribeDBInstances",
        "DescribeVpcs",
        "ListHostedZones",
        "GetResources",
        "ListQueueTags",
        "GetRolePolicy",
        "ListTasks",
        "DescribeTasks",
    ] {
        let denied = |ask: &Ask| {
            if ask.operation.name == name { Err(Unread::Told("AccessDenied".to_owned())) } else { cloud(ask) }
        };
        let snapshot = captured(denied, &[], false);
        assert!(!snapshot.complete, "{name}");
        assert!(
            snapshot.gaps.iter().any(|gap| gap.operation == name && gap.error == "AccessDenied"),
            "{name}: {:?}",
            snapshot.gaps
        );
    }
    let denied = |ask: &Ask| {
        if ask.operation.name == "GetRolePolicy" { Err(Unread::Told("AccessDenied".to_owned())) } else { cloud(ask) }
    };
    let snapshot = captured(denied, &[], false);
    let role = snapshot.resource(&Reference::new("iam-role", "app-task")).expect("the rest of it was read");
    assert_eq!(role.config["Inline"]["hotfix"], crate::snapshot::format::UNREAD);
    let whole = captured(
        |ask| if ask.operation.name == "ListTagsForResource" { Ok(json!([])) } else { cloud(ask) },
        &[],
        false,
    );
    let compared = crate::snapshot::compare(&whole, &snapshot, &[]);
    assert!(
        compared.findings.iter().all(|finding| finding.drift == crate::snapshot::Drift::Unread),
        "{:?}",
        compared.findings
    );
}

#[test]
fn things_are_asked_for_together_and_one_that_is_not_there_hides_no_other() {
    let mut survey = Survey::new(scope(), Sealer::default());
    let mut calls: Vec<Ask> = Vec::new();
    loop {
        let asks = survey.asks();
        if asks.is_empty() {
            break;
        }
        for ask in asks {
            // A call for both fails because of the one.
            let asked = ask.request.to_string();
            let answer = match ask.operation.name {
                "DescribeSubnets" if asked.contains("subnet-2") => {
                    Err(Unread::Told("InvalidSubnetID.NotFound".to_owned()))
                }
                _ => cloud(&ask),
            };
            survey.take(&ask, answer);
            calls.push(ask);
        }
    }
    let of = |name: &str| calls.iter().filter(|ask| ask.operation.name == name).count();
    assert_eq!((of("DescribeSubnets"), of("DescribeSecurityGroups"), of("DescribeRouteTables")), (3, 2, 2));
    let snapshot = survey.snapshot();
    assert!(references(&snapshot).contains(&"subnet/subnet-1".to_owned()));
    assert!(snapshot.gaps.iter().any(|gap| gap.of == "subnet/subnet-2"), "{:?}", snapshot.gaps);
}

#[test]
fn what_the_plan_leaves_out_is_told_and_not_followed() {
    let except = Scope { except: vec!["db-*/app-*".to_owned(), "arn:aws:sqs:*".to_owned()], ..scope() };
    let mut survey = Survey::new(except, Sealer::default());
    loop {
        let asks = survey.asks();
        if asks.is_empty() {
            break;
        }
        for ask in asks {
            let answer = cloud(&ask);
            survey.take(&ask, answer);
        }
    }
    let snapshot = survey.snapshot();
    let there = references(&snapshot);
    assert!(!there.iter().any(|one| one.starts_with("db-") || one.starts_with("queue")), "{there:?}");
    assert!(snapshot.outside.iter().any(|one| one.to == "db-instance/app-db" && one.why == "the plan leaves it out"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_order_of_a_cloud_s_answers_changes_no_byte(order in prop::collection::vec(0_usize..64, 0..64), turned in any::<bool>()) {
        prop_assert_eq!(captured(cloud, &order, turned).text(), captured(cloud, &[], false).text());
        prop_assert_eq!(captured(machines("3"), &order, turned).text(), captured(machines("3"), &[], false).text());
    }
}

/// A group of machines that starts them from an old version of its template, and a topic with one who subscribed.
fn machines(version: &'static str) -> impl Fn(&Ask) -> Answer {
    const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:events";
    move |ask: &Ask| {
        let asked = ask.request.to_string();
        let entries = |pairs: &[(&str, &str)]| -> Value {
            let each = pairs.iter().map(|(key, value)| json!({ "key": key, "value": value }));
            json!({ "Attributes": { "entry": each.collect::<Value>() } })
        };
        let image = |id: &str| json!([{ "versionNumber": 1, "launchTemplateData": { "imageId": id, "instanceType": "m7g.large" } }]);
        Ok(match ask.operation.name {
            "GetResources" => json!([{ "ResourceARN": TOPIC }]),
            "DescribeAutoScalingGroups" => json!([{
                "AutoScalingGroupName": "worker", "MinSize": "1", "Tags": [{ "Key": "Project", "Value": "app" }],
                "LaunchTemplate": { "LaunchTemplateId": "lt-1", "Version": version },
                "SuspendedProcesses": { "member": [{ "ProcessName": "Terminate", "SuspensionReason": "by ana" }] },
                "EnabledMetrics": { "member": [{ "Metric": "GroupMinSize", "Granularity": "1Minute" }] },
                "CapacityReservationSpecification": { "CapacityReservationPreference": "none" },
                "TrafficSources": { "member": [{ "Identifier": "a", "Type": "elbv2" }, { "Identifier": "b", "Type": "vpc-lattice" }] },
            }]),
            "DescribePolicies" => json!([
                { "PolicyName": "cpu", "PolicyType": "TargetTrackingScaling", "Enabled": "false" },
                { "PolicyName": "days", "PolicyType": "PredictiveScaling", "PredictiveScalingConfiguration": { "Mode": "ForecastOnly" } },
            ]),
            "DescribeLaunchTemplates" => {
                json!([{ "launchTemplateId": "lt-1", "launchTemplateName": "worker", "tagSet": null }])
            }
            "DescribeLaunchTemplateVersions" if asked.contains("$Latest") => image("ami-00000009"),
            "DescribeLaunchTemplateVersions" if asked.contains("\"9\"") => image("ami-00000009"),
            "DescribeLaunchTemplateVersions" => image("ami-00000003"),
            "DescribeImages" => {
                let known = [("ami-00000003", "worker-3"), ("ami-00000009", "worker-9")];
                known.iter().map(|(id, name)| json!({ "imageId": id, "name": name, "imageOwnerId": "1" })).collect()
            }
            "GetTopicAttributes" => entries(&[
                ("TopicArn", TOPIC),
                ("SignatureVersion", "2"),
                ("SQSFailureFeedbackRoleArn", "arn:aws:iam::123456789012:role/app-task"),
                ("SubscriptionsConfirmed", "1"),
            ]),
            "ListSubscriptionsByTopic" => {
                json!([{ "SubscriptionArn": format!("{TOPIC}:1"), "Protocol": "sqs", "Endpoint": "arn:aws:sqs:us-east-1:123456789012:jobs" }])
            }
            "GetSubscriptionAttributes" => entries(&[
                ("RawMessageDelivery", "true"),
                ("FilterPolicy", "{\"kind\": [\"order\"], \"token\": \"hunter2-canary\"}"),
                ("FilterPolicyScope", "MessageBody"),
                ("PendingConfirmation", "false"),
            ]),
            _ => return cloud(ask),
        })
    }
}

#[test]
fn what_a_hotfix_suspends_pins_or_filters_is_captured_and_what_is_not_taken_is_named() {
    let told = |version| captured(machines(version), &[], false);
    let pinned = told("3");
    let of = |snapshot: &Snapshot, kind: &str, id: &str| {
        Value::Object(snapshot.resource(&Reference::new(kind, id)).expect("it is there").config.clone())
    };
    let group = of(&pinned, "autoscaling-group", "worker");
    assert_eq!(group["SuspendedProcesses"], json!(["Terminate"]));
    assert_eq!(group["EnabledMetrics"], json!(["GroupMinSize"]));
    assert_eq!(group["Policies"]["cpu"]["Enabled"], json!(false));
    assert_eq!(
        group["NotTold"],
        json!([
            "CapacityReservationSpecification.CapacityReservationPreference",
            "TrafficSources of vpc-lattice",
            "policy days"
        ])
    );
    // Its machines are started from another image than the latest version of the template has.
    assert_eq!(of(&pinned, "launch-template", "lt-1")["Latest"]["ImageId"], "ami-00000009");
    assert_eq!(group["Launches"]["ImageId"], "ami-00000003");
    assert_eq!(group["Launches"]["Image"]["Name"], "worker-3");
    for version in ["9", "$Latest"] {
        assert_eq!(of(&told(version), "autoscaling-group", "worker").get("Launches"), None, "{version}");
    }
    let fields: Vec<Option<String>> =
        crate::snapshot::compare(&told("9"), &pinned, &[]).findings.into_iter().map(|found| found.field).collect();
    assert_eq!(fields, ["LaunchTemplate.Version", "Launches"].map(|field| Some(field.to_owned())));
    let topic = of(&pinned, "topic", "arn:aws:sns:us-east-1:123456789012:events");
    assert_eq!(topic["Feedback"]["SQSFailureFeedbackRoleArn"], "arn:aws:iam::123456789012:role/app-task");
    let delivery = &topic["Subscriptions"][0]["Delivery"];
    assert_eq!(
        (&delivery["RawMessageDelivery"], &delivery["FilterPolicyScope"]),
        (&json!(true), &json!("MessageBody"))
    );
    assert_eq!(delivery["FilterPolicy"]["kind"], json!(["order"]));
    assert!(!pinned.text().contains(CANARY));
}

#[test]
fn settings_that_no_kind_takes_yet_are_named_and_what_everything_has_is_not() {
    let tagged = |is_set: bool| {
        move |ask: &Ask| {
            let arn = |rest: &str| format!("arn:aws:{rest}");
            let set = |value: Value, usual: Value| if is_set { value } else { usual };
            Ok(match ask.operation.name {
                "GetResources" => json!([
                    { "ResourceARN": arn("ec2:us-east-1:123456789012:natgateway/nat-1") },
                    { "ResourceARN": arn("dynamodb:us-east-1:123456789012:table/claims") },
                    { "ResourceARN": arn("ecr:us-east-1:123456789012:repository/app") },
                    { "ResourceARN": arn("acm:us-east-1:123456789012:certificate/c") },
                ]),
                "DescribeNatGateways" => {
                    json!([{ "natGatewayId": "nat-1", "availabilityMode": set("regional".into(), "zonal".into()) }])
                }
                "DescribeTable" => {
                    let mode = set("STRONG".into(), "EVENTUAL".into());
                    json!({ "Table": { "TableArn": arn("x:claims"), "MultiRegionConsistency": mode } })
                }
                "DescribeTimeToLive" | "DescribeContinuousBackups" => json!({}),
                "ListTagsOfResource" | "ListTagsForCertificate" => json!([]),
                "DescribeRepositories" => {
                    let filters = set(json!([{ "filter": "v*" }]), json!([]));
                    json!([{ "repositoryName": "app", "repositoryArn": arn("x:app"), "imageTagMutabilityExclusionFilters": filters }])
                }
                "GetLifecyclePolicy" | "GetRepositoryPolicy" => return Err(Unread::Absent),
                "DescribeCertificate" => {
                    let export = set("ENABLED".into(), "DISABLED".into());
                    json!({ "Certificate": { "DomainName": "a.example.com", "Options": { "Export": export } } })
                }
                _ => return cloud(ask),
            })
        }
    };
    let named = |is_set: bool| -> Vec<(String, Value)> {
        let snapshot = captured(tagged(is_set), &[], false);
        assert_eq!(snapshot.gaps, []);
        let each =
            snapshot.resources.iter().filter_map(|one| Some((one.kind.clone(), one.config.get("NotTold")?.clone())));
        each.collect()
    };
    assert_eq!(named(false), []);
    let wanted = [
        ("certificate", "Options.Export"),
        ("nat-gateway", "availabilityMode"),
        ("repository", "imageTagMutabilityExclusionFilters"),
        ("table", "MultiRegionConsistency"),
    ];
    assert_eq!(named(true), wanted.map(|(kind, field)| (kind.to_owned(), json!([field]))));
}
