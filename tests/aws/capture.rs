//! A capture of the web application: what is in it, what is not, and what a bad day makes of it.

use crate::stage::*;
use crate::support::venv;
use landfall::cloud::read::survey;
use landfall::cloud::{Evidence, aws};
use landfall::inventory::{Here, Scope, Survey};
use landfall::plan::Region;
use landfall::seal::Key;
use landfall::snapshot::{Drift, Reference, Sealer, Snapshot, compare, graph, redact};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// What stands where secrets would, by `seed_webapp.py`.
const CANARIES: &[&str] = &[
    "canary-Db-Passw0rd",
    "canary-Env-Tok3n-Value",
    "canary-Secret-Value",
    "canary-Param-Value",
    "wJalrXUtnFEMI7K7MDENGbPxRfiCYzzzzzzzCAN",
];

/// Runs Python beside the test cloud's own files, against this test's cloud.
fn python(stage: &Stage, code: &str) -> Value {
    let cloud = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cloud");
    let told = Command::new(venv::python())
        .args(["-c", code])
        .current_dir(cloud)
        // What others' tests find in the environment leads to another cloud.
        .env_remove("AWS_ENDPOINT_URL_RDS")
        .env_remove("AWS_CONFIG_FILE")
        .env("AWS_ENDPOINT_URL", stage.endpoint())
        .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_EC2_METADATA_DISABLED", "true")])
        .output()
        .expect("the environment's Python runs");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    serde_json::from_slice(&told.stdout).expect("it says what it built")
}

fn scope(tags: &[(&str, &str)]) -> Scope {
    Scope {
        application: "app".to_owned(),
        here: Here::of(EAST),
        selectors: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        ..Scope::default()
    }
}

/// Captures this test's cloud, with how many calls of each operation it took.
async fn captured(scope: Scope) -> (Snapshot, BTreeMap<String, usize>) {
    let (region, home) = (Region::new(EAST), Region::new(EAST));
    let reader = aws::AwsReader::connect(&plan(), (&region, &home), None, here(), aws::Signature::of(None, "ana"));
    let (evidence, mut made) = Evidence::channel();
    let mut under_way = Survey::new(scope, Sealer::new(Some(Key::new([9; 32]))));
    survey(&reader, &mut under_way, &evidence, |_| {}).await;
    let mut calls = BTreeMap::new();
    while let Ok(call) = made.try_recv() {
        *calls.entry(call.operation.to_string()).or_default() += 1;
    }
    (under_way.snapshot(), calls)
}

fn kinds(snapshot: &Snapshot) -> BTreeSet<&str> {
    snapshot.resources.iter().map(|resource| resource.kind.as_str()).collect()
}

#[tokio::test]
async fn the_web_application_is_captured_whole_and_says_what_a_hotfix_changed() {
    let stage = empty().await;
    let built = python(&stage, "import json, seed_webapp as s; print(json.dumps(s.Web('us-east-1', s.TAGS).build()))");
    stage.clear_calls();
    let tags = [("Project", "app-infra"), ("Environment", "production")];
    let (before, calls) = captured(scope(&tags)).await;
    assert_eq!(before.gaps, [], "nothing is left unread");
    assert!(before.complete && stage.mutations().is_empty());
    let wanted = [
        "autoscaling-group",
        "bucket",
        "cache-subnet-group",
        "certificate",
        "db-instance",
        "db-parameter-group",
        "db-subnet-group",
        "ecs-cluster",
        "ecs-service",
        "eip",
        "health-check",
        "iam-policy",
        "iam-role",
        "instance-profile",
        "internet-gateway",
        "kms-key",
        "launch-template",
        "listener",
        "load-balancer",
        "log-group",
        "nat-gateway",
        "parameter",
        "queue",
        "record",
        "repository",
        "route-table",
        "scalable-target",
        "secret",
        "security-group",
        "subnet",
        "target-group",
        "task-definition",
        "topic",
        "vpc",
        "zone",
    ];
    assert_eq!(kinds(&before), wanted.into_iter().collect());
    for (kind, id) in built.as_object().expect("kinds and ids") {
        let (kind, id) = (kind.split(' ').next().unwrap_or_default(), id.as_str().unwrap_or_default());
        assert!(before.resource(&Reference::new(kind, id)).is_some(), "{kind} {id}");
    }
    let of = |kind: &str, id: &str| before.resource(&Reference::new(kind, id)).expect("it is there");
    assert_eq!(of("db-instance", "app-db").config["ParameterGroup"], "app-pg16");
    assert_eq!(of("db-parameter-group", "app-pg16").config["Parameters"]["max_connections"]["Value"], "200");
    assert_eq!(
        of("iam-role", "app-ecs-task").config["Inline"]["queue"]["Statement"][0]["Action"][0],
        "sqs:ReceiveMessage"
    );
    assert!(of("task-definition", "app-task:1").needs.contains(&"db-instance/app-db".to_owned()), "it names its host");
    let text = before.text();
    for canary in CANARIES {
        assert!(!text.contains(canary), "{canary}");
    }
    assert!(redact::allowed(&text).is_ok() && graph::dangling(&before.resources).is_empty());
    // What is asked by ids is asked together.
    for (operation, most) in
        [("ec2.DescribeSubnets", 2), ("ec2.DescribeSecurityGroups", 3), ("elasticloadbalancing.DescribeTags", 3)]
    {
        assert!(calls.get(operation).is_some_and(|calls| *calls <= most), "{operation}: {calls:?}");
    }

    // The same again is the same, byte for byte, and slowed down too.
    let throttle = stage.fault(&json!({ "kind": "throttle", "service": "iam", "times": 6 }));
    let (again, _) = captured(scope(&tags)).await;
    stage.mend(&throttle);
    assert_eq!(again.text(), text, "being told to slow down changes nothing");

    // Two hotfixes.
    python(
        &stage,
        "import boto3, json, seed_webapp as s
app = s.Web('us-east-1', s.TAGS); app.set_parameter('max_connections', '500')
boto3.client('iam', region_name='us-east-1').put_role_policy(RoleName='app-ecs-task', PolicyName='hotfix-s3-read', PolicyDocument=s.allow('s3:GetObject', '*'))
print('{}')",
    );
    let (after, _) = captured(scope(&tags)).await;
    let told: Vec<(Drift, String, Option<String>)> = compare(&before, &after, &[])
        .findings
        .into_iter()
        .map(|finding| (finding.drift, format!("{}/{}", finding.kind, finding.id), finding.field))
        .collect();
    let changed = |what: &str, field: &str| (Drift::Changed, what.to_owned(), Some(field.to_owned()));
    assert_eq!(
        told,
        [
            changed("db-parameter-group/app-pg16", "Parameters.max_connections.Value"),
            changed("iam-role/app-ecs-task", "Inline.hotfix-s3-read"),
        ]
    );

    // What may not be read is a gap, and nothing is called missing for it.
    let denied = stage.fault(&json!({ "kind": "access-denied", "service": "rds", "operation": "DescribeDBInstances" }));
    let (cut, _) = captured(scope(&tags)).await;
    stage.mend(&denied);
    assert!(!cut.complete && cut.resource(&Reference::new("db-instance", "app-db")).is_none());
    assert!(
        cut.gaps.iter().any(|gap| gap.of == "db-instance/app-db" && gap.error.contains("AccessDenied")),
        "{:?}",
        cut.gaps
    );
    let drifts: BTreeSet<Drift> = compare(&after, &cut, &[]).findings.iter().map(|finding| finding.drift).collect();
    assert_eq!(drifts, [Drift::Unread].into());
    assert!(stage.calls().iter().all(|call| call.operation != "GetSecretValue" && call.operation != "GetParameter"));
}
