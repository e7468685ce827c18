//! What single kinds are read by and what is taken of them, told by a cloud that is a few answers.

use super::survey::{Scope, Survey};
use super::{Here, Unread};
use crate::snapshot::{Resource, Sealer, Snapshot};
use serde_json::{Value, json};

/// Reads what `also` names; of what no answer is given there is none. With the names of what was asked.
fn read(also: &str, answers: &[(&str, Value)]) -> (Snapshot, Vec<String>) {
    let scope = Scope {
        application: "app".to_owned(),
        here: Here::of("us-east-1"),
        also: vec![also.to_owned()],
        ..Scope::default()
    };
    let mut survey = Survey::new(scope, Sealer::default());
    let mut asked = Vec::new();
    loop {
        let asks = survey.asks();
        if asks.is_empty() {
            return (survey.snapshot(), asked);
        }
        for ask in asks {
            let name = match ask.operation.by {
                "" => ask.operation.name.to_owned(),
                by => format!("{} {by}", ask.operation.name),
            };
            let given = answers.iter().find(|(of, _)| *of == name || *of == ask.operation.name);
            let answer = match given {
                _ if name == "GetCallerIdentity" => Ok(json!({ "Account": "123456789012" })),
                Some((_, Value::String(error))) => Err(Unread::Told(error.clone())),
                Some((_, answer)) => Ok(answer.clone()),
                None if ask.operation.list.is_empty() => Err(Unread::Absent),
                None => Ok(json!([])),
            };
            survey.take(&ask, answer);
            asked.push(name);
        }
    }
}

fn only<'a>(snapshot: &'a Snapshot, kind: &str) -> &'a Resource {
    snapshot.resources.iter().find(|one| one.kind == kind).unwrap_or_else(|| panic!("no {kind}: {snapshot:#?}"))
}

#[test]
fn a_role_that_machines_take_brings_its_profiles_and_no_other_is_asked_for_them() {
    let role = |service: &str| {
        let trust = json!({ "Statement": [{ "Principal": { "Service": [service] } }] }).to_string();
        json!({ "Role": { "Arn": "arn:aws:iam::123456789012:role/worker", "AssumeRolePolicyDocument": trust } })
    };
    let answers = |service: &str| {
        [
            ("GetRole", role(service)),
            ("ListInstanceProfilesForRole", json!([{ "InstanceProfileName": "worker" }])),
            (
                "GetInstanceProfile",
                json!({ "InstanceProfile": { "Arn": "arn:aws:iam::123456789012:instance-profile/worker", "Roles": { "member": { "RoleName": "worker" } } } }),
            ),
        ]
    };
    let arn = "arn:aws:iam::123456789012:role/worker";
    let (snapshot, _) = read(arn, &answers("ec2.amazonaws.com"));
    assert_eq!(only(&snapshot, "instance-profile").because, "iam-role/worker instance profile");
    assert!(snapshot.complete, "{:?}", snapshot.gaps);
    let (snapshot, asked) = read(arn, &answers("lambda.amazonaws.com"));
    assert!(!asked.iter().any(|name| name == "ListInstanceProfilesForRole"), "{asked:?}");
    assert_eq!(snapshot.resources.len(), 1);
    // What may not be read is a gap of the role, which is there.
    let mut denied = answers("ec2.amazonaws.com");
    denied[1].1 = json!("AccessDenied");
    let (snapshot, _) = read(arn, &denied);
    assert_eq!((snapshot.gaps.len(), snapshot.complete), (1, false), "{:?}", snapshot.gaps);
    assert_eq!(only(&snapshot, "iam-role").config["InstanceProfiles"], crate::snapshot::format::UNREAD);
}

#[test]
fn a_group_has_its_hooks_its_times_and_whom_it_tells() {
    let topic = "arn:aws:sns:us-east-1:123456789012:ops";
    let (snapshot, _) = read(
        "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:1:autoScalingGroupName/worker",
        &[
            ("DescribeAutoScalingGroups names", json!([{ "AutoScalingGroupName": "worker", "MinSize": "1" }])),
            (
                "DescribeLifecycleHooks",
                json!([{ "LifecycleHookName": "drain", "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
                    "HeartbeatTimeout": "300", "GlobalTimeout": "30000", "DefaultResult": "CONTINUE",
                    "NotificationTargetARN": "arn:aws:sqs:us-east-1:123456789012:drained", "NotificationMetadata": "who" }]),
            ),
            (
                "DescribeScheduledActions",
                json!([
                    { "ScheduledActionName": "night", "MinSize": "0", "Recurrence": "0 20 * * *", "StartTime": "2026-11-28T20:00:00Z" },
                    { "ScheduledActionName": "once", "DesiredCapacity": "4", "StartTime": "2030-01-01T00:00:00Z" },
                ]),
            ),
            (
                "DescribeNotificationConfigurations",
                json!([{ "AutoScalingGroupName": "worker", "TopicARN": topic, "NotificationType": "autoscaling:EC2_INSTANCE_LAUNCH" }]),
            ),
            ("GetTopicAttributes", json!({ "Attributes": [] })),
        ],
    );
    let group = only(&snapshot, "autoscaling-group");
    let hook = json!({ "Transition": "autoscaling:EC2_INSTANCE_TERMINATING", "HeartbeatTimeout": 300, "DefaultResult": "CONTINUE",
        "NotificationTargetARN": "arn:aws:sqs:us-east-1:123456789012:drained", "Metadata": "who" });
    assert_eq!(group.config["LifecycleHooks"], json!({ "drain": hook }));
    // When one that comes again is next changes by itself.
    let times = json!({ "night": { "MinSize": 0, "Recurrence": "0 20 * * *" },
        "once": { "DesiredCapacity": 4, "StartTime": "2030-01-01T00:00:00Z" } });
    assert_eq!(group.config["ScheduledActions"], times);
    assert_eq!(
        group.config["Notifications"],
        json!([{ "TopicARN": topic, "NotificationType": "autoscaling:EC2_INSTANCE_LAUNCH" }])
    );
    assert!(group.needs.contains(&format!("topic/{topic}")), "{:?}", group.needs);
    assert!(snapshot.outside.iter().any(|one| one.to == "queue/drained"), "it is looked for: {:?}", snapshot.outside);
}

#[test]
fn a_repository_says_where_its_registry_replicates_it() {
    let rules = json!([
        { "destinations": [{ "region": "us-west-2", "registryId": "123456789012" }],
          "repositoryFilters": [{ "filter": "shop/", "filterType": "PREFIX_MATCH" }] },
        { "destinations": [{ "region": "eu-west-1", "registryId": "210987654321" }], "repositoryFilters": [{ "filter": "other" }] },
        { "destinations": [{ "region": "eu-west-1", "registryId": "210987654321" }] },
    ]);
    let of = |name: &str| {
        let (snapshot, _) = read(
            &format!("arn:aws:ecr:us-east-1:123456789012:repository/{name}"),
            &[
                ("DescribeRepositories", json!([{ "repositoryName": name, "repositoryArn": "arn" }])),
                ("DescribeRegistry", json!({ "replicationConfiguration": { "rules": rules } })),
            ],
        );
        only(&snapshot, "repository").config["Replication"].clone()
    };
    let all = json!({ "Region": "eu-west-1", "Registry": "210987654321" });
    assert_eq!(of("shop/api"), json!([all, { "Region": "us-west-2" }]));
    assert_eq!(of("billing"), json!([all]));
}

#[test]
fn a_network_tells_by_what_each_of_its_other_ranges_is_known() {
    let ranges = json!({ "item": [
        { "cidrBlock": "10.0.0.0/16", "associationId": "vpc-cidr-assoc-1" },
        { "cidrBlock": "10.1.0.0/16", "associationId": "vpc-cidr-assoc-2", "cidrBlockState": { "state": "associated" } },
        { "cidrBlock": "10.2.0.0/16", "associationId": "vpc-cidr-assoc-3", "cidrBlockState": { "state": "disassociated" } },
    ] });
    let vpc = json!([{ "vpcId": "vpc-1", "cidrBlock": "10.0.0.0/16", "cidrBlockAssociationSet": ranges }]);
    let (snapshot, _) = read("arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1", &[("DescribeVpcs", vpc)]);
    let config = &only(&snapshot, "vpc").config;
    assert_eq!(config["OtherCidrBlocks"], json!(["10.1.0.0/16"]));
    assert_eq!(config["CidrAssociations"], json!({ "10.1.0.0/16": "vpc-cidr-assoc-2" }));
}

#[test]
fn an_alarm_of_alarms_is_there_and_not_read_and_one_that_is_gone_is_gone() {
    let arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:all";
    let (snapshot, _) = read(arn, &[("DescribeAlarms composite", json!([{ "AlarmName": "all" }]))]);
    let why = |snapshot: &Snapshot| snapshot.outside.first().map(|one| one.why.clone());
    assert_eq!(why(&snapshot).as_deref(), Some("nothing of its kind is read"));
    let (snapshot, _) = read(arn, &[]);
    assert_eq!(why(&snapshot).as_deref(), Some(crate::snapshot::format::ABSENT));
}

#[test]
fn a_database_that_a_fence_renamed_is_found_by_the_name_that_it_had() {
    let name = |id: &str| json!({ "DBInstanceIdentifier": id, "Engine": "postgres" });
    let all = json!([name("orders-fenced-202611261002"), name("orders-fenced-202611281002"), name("orders-old")]);
    let answers =
        [("DescribeDBInstances all", all), ("DescribeDBInstances", json!([name("orders-fenced-202611281002")]))];
    let (snapshot, _) = read("arn:aws:rds:us-east-1:123456789012:db:orders", &answers);
    assert_eq!(only(&snapshot, "db-instance").id, "orders-fenced-202611281002", "the last one");
    // Nobody asks for all of them while it is there under its name.
    let (_, asked) =
        read("arn:aws:rds:us-east-1:123456789012:db:orders", &[("DescribeDBInstances", json!([name("orders")]))]);
    assert!(!asked.iter().any(|name| name == "DescribeDBInstances all"), "{asked:?}");
}

#[test]
fn a_cluster_brings_the_capacity_providers_that_are_not_awss() {
    let group = "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:1:autoScalingGroupName/worker";
    let (snapshot, _) = read(
        "arn:aws:ecs:us-east-1:123456789012:cluster/app",
        &[
            ("DescribeClusters", json!([{ "clusterName": "app", "capacityProviders": ["FARGATE", "workers"] }])),
            (
                "DescribeCapacityProviders",
                json!([{ "name": "workers", "status": "ACTIVE", "autoScalingGroupProvider": {
                    "autoScalingGroupArn": group, "managedScaling": { "status": "ENABLED", "targetCapacity": 90 } } }]),
            ),
            ("DescribeAutoScalingGroups names", json!([{ "AutoScalingGroupName": "worker" }])),
        ],
    );
    let provider = only(&snapshot, "capacity-provider");
    assert_eq!(provider.config["ManagedScaling"]["targetCapacity"], 90);
    assert_eq!(provider.needs, ["autoscaling-group/worker"]);
    assert_eq!(only(&snapshot, "ecs-cluster").needs, ["capacity-provider/workers"]);
    assert!(snapshot.outside.is_empty(), "{:?}", snapshot.outside);
}
