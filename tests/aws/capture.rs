//! A capture of the web application: what is in it, what is not, and what a bad day makes of it.

use crate::capture_calls::are_no_more_than_allowed;
use crate::stage::*;
use crate::support::venv;
use landfall::cloud::read::survey;
use landfall::cloud::{Evidence, aws};
use landfall::inventory::{Here, Scope, Survey};
use landfall::plan::Region;
use landfall::seal::Key;
use landfall::snapshot::{Drift, Reference, Sealer, Snapshot, compare, graph, redact};
use landfall::terraform::{files, generate};
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
    // What got no answer in time on a busy machine was asked again: that is one call to be counted.
    while let Ok(call) = made.try_recv() {
        if call.attempt > 1 {
            continue;
        }
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
    // It has no tags of its own: whose its service is.
    assert!(!of("scalable-target", "service/app-cluster/app").shared);
    let template = before.resources.iter().find(|one| one.kind == "launch-template").expect("it is there");
    assert!(!template.config.contains_key("NotTold"), "{:?}", template.config);
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
    // What is asked by ids is asked together, and what is not no oftener than its kind may.
    are_no_more_than_allowed(&before, &calls);

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

    // The same by the command, against what runs, which keeps nothing.
    let folder = tempfile::tempdir().expect("a folder");
    let kept = folder.path().join("before.json");
    std::fs::write(&kept, &text).expect("written");
    let plan = folder.path().join("app.toml");
    let said = "[application]\nname = \"app\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n\
        [capture]\ntags = { Project = \"app-infra\", Environment = \"production\" }\n\
        [component.look]\nkind = \"manual\"\nask = \"look\"\n";
    std::fs::write(&plan, said).expect("written");
    let drift = || {
        let mut command = stage.landfall(folder.path());
        let told = command.arg("drift").arg(&plan).arg("--since").arg(&kept).output().expect("it runs");
        (told.status.code(), String::from_utf8_lossy(&told.stdout).into_owned())
    };
    let (code, told) = drift();
    let lines = |told: &str, sign: &str| told.lines().filter(|line| line.starts_with(sign)).count();
    assert_eq!((code, lines(&told, "~"), lines(&told, "+"), lines(&told, "-")), (Some(3), 2, 0, 0), "{told}");
    for consequence in [
        "going back to that snapshot sets Parameters.max_connections.Value 500 → 200",
        "a rebuild from that snapshot has no Inline.hotfix-s3-read",
    ] {
        assert!(told.contains(consequence), "{told}");
    }
    assert!(CANARIES.iter().all(|canary| !told.contains(canary)), "{told}");
    assert!(!folder.path().join("snapshots").exists(), "nothing is kept");

    // What may not be read is a gap, and nothing is called missing for it.
    let denied = stage.fault(&json!({ "kind": "access-denied", "service": "rds", "operation": "DescribeDBInstances" }));
    let (cut, _) = captured(scope(&tags)).await;
    let (code, told) = drift();
    stage.mend(&denied);
    assert_eq!((code, lines(&told, "-")), (Some(3), 0), "what could not be read is not gone: {told}");
    assert!(told.contains("unread      db-instance/app-db"), "{told}");
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

/// Where a provider may be, for a machine without a network.
const PROVIDERS: &str = "/opt/tf-plugins";

/// What a plan in place may set: arguments that are the provider's own, for which AWS has no value.
const THE_PROVIDERS_OWN: &[&str] = &[
    "force_delete",
    "force_delete_warm_pool",
    "ignore_failed_scaling_activities",
    "wait_for_capacity_timeout",
    "wait_for_steady_state",
    "force_destroy",
    "recovery_window_in_days",
    "force_overwrite_replica_secret",
    "confirmation_timeout_in_minutes",
    "endpoint_auto_confirms",
    "skip_final_snapshot",
    "apply_immediately",
    "delete_automated_backups",
    "skip_destroy",
    "bypass_policy_lockout_safety_check",
];

/// What AWS always tells and the test cloud does not, or otherwise: the provider plans its own of it. All of a class, or one
/// attribute of it.
const NOT_TOLD_HERE: &[&str] = &[
    "aws_lb",
    "aws_lb_target_group proxy_protocol_v2",
    "aws_lb_target_group lambda_multi_value_headers_enabled",
    "aws_ecs_service availability_zone_rebalancing",
];

/// What somebody set in a hurry, each of which an apply of code that leaves it out takes away.
const BY_HAND: &str = r#"
import json, boto3
sns, groups = (boto3.client(name, region_name="us-east-1") for name in ("sns", "autoscaling"))
topic = sns.list_topics()["Topics"][0]["TopicArn"]
for one in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]:
    for name, value in (("RawMessageDelivery", "true"), ("FilterPolicy", json.dumps({"kind": ["order"]}))):
        sns.set_subscription_attributes(SubscriptionArn=one["SubscriptionArn"], AttributeName=name, AttributeValue=value)
groups.suspend_processes(AutoScalingGroupName="app-worker", ScalingProcesses=["AZRebalance", "Terminate"])
groups.put_lifecycle_hook(AutoScalingGroupName="app-worker", LifecycleHookName="drain", HeartbeatTimeout=120,
    LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING", DefaultResult="CONTINUE")
groups.put_scheduled_update_group_action(AutoScalingGroupName="app-worker", ScheduledActionName="night", MinSize=1, Recurrence="0 20 * * *")
ec2 = boto3.client("ec2", region_name="us-east-1")
tagged = [{"Name": "tag:Project", "Values": ["app-infra"]}]
ec2.associate_vpc_cidr_block(VpcId=ec2.describe_vpcs(Filters=tagged)["Vpcs"][0]["VpcId"], CidrBlock="10.99.0.0/16")
groups.enable_metrics_collection(AutoScalingGroupName="app-worker", Metrics=["GroupMinSize"], Granularity="1Minute")
print(json.dumps({}))
"#;

/// The running application as Terraform, planned by the real program against this cloud: all of it is imported, and nothing is
/// added, replaced or destroyed, nor anything of AWS's changed.
#[tokio::test]
async fn what_is_codified_of_the_running_application_adds_replaces_and_destroys_nothing() {
    let terraform = |folder: &Path, arguments: &[&str], endpoint: &str| {
        let mut run = Command::new("terraform");
        run.args(arguments).current_dir(folder).env("TF_IN_AUTOMATION", "1").env("CHECKPOINT_DISABLE", "1");
        run.env("AWS_ENDPOINT_URL", endpoint).env_remove("AWS_ENDPOINT_URL_RDS").env_remove("AWS_CONFIG_FILE");
        run.envs([
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]);
        run.output()
    };
    let folder = tempfile::tempdir().expect("a folder");
    if !Path::new(PROVIDERS).is_dir() || terraform(folder.path(), &["version"], "").is_err() {
        eprintln!(
            "NOT TRIED: there is no terraform, or no provider in {PROVIDERS}; tests/terraform.rs checks what can be without"
        );
        return;
    }
    let stage = empty().await;
    let values = python(
        &stage,
        "import json, boto3, seed_webapp as s; s.Web('us-east-1', s.TAGS).build(); \
         d = boto3.client('ecs', 'us-east-1').describe_task_definition(taskDefinition='app-task')['taskDefinition']; \
         print(json.dumps({'app_task_' + e['name'].lower(): e['value'] for e in d['containerDefinitions'][0]['environment']}))",
    );
    python(&stage, BY_HAND);
    stage.clear_calls();
    let (snapshot, _) = captured(scope(&[("Project", "app-infra"), ("Environment", "production")])).await;
    assert!(stage.mutations().is_empty(), "a capture changes nothing");
    let generated = generate(&snapshot, &|_| true);
    for (name, text) in files::codified(&snapshot, &generated) {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    // Paths in place of hosts, as this cloud has buckets; and what somebody gives, as it runs.
    let provider = "provider \"aws\" {\n  region = \"us-east-1\"\n  s3_use_path_style = true\n  skip_credentials_validation = true\n}\n";
    std::fs::write(folder.path().join("here_override.tf"), provider).expect("written");
    let given: serde_json::Map<String, Value> = generated
        .variables
        .keys()
        .map(|name| (name.clone(), values.get(name).cloned().unwrap_or_else(|| "as it runs".into())))
        .collect();
    std::fs::write(folder.path().join("given.auto.tfvars.json"), Value::from(given).to_string()).expect("written");
    let plugins = format!("-plugin-dir={PROVIDERS}");
    for arguments in
        [&["init", "-no-color", "-input=false", &plugins][..], &["plan", "-no-color", "-input=false", "-out=plan"]]
    {
        let run = terraform(folder.path(), arguments, stage.endpoint()).expect("it runs");
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stdout));
    }
    let shown = terraform(folder.path(), &["show", "-json", "plan"], stage.endpoint()).expect("it runs");
    let plan: Value = serde_json::from_slice(&shown.stdout).expect("a plan");
    let changes = plan["resource_changes"].as_array().expect("resources");
    let mut wrong = Vec::new();
    for change in changes {
        let (address, change) = (change["address"].as_str().unwrap_or_default(), &change["change"]);
        if change["importing"].is_null() {
            wrong.push(format!("{address} is not imported"));
        }
        if !["no-op", "update"].contains(&change["actions"][0].as_str().unwrap_or_default()) {
            wrong.push(format!("{address}: {} for {}", change["actions"], change["replace_paths"]));
        }
        let class = address.split('.').next().unwrap_or_default();
        for (name, after) in change["after"].as_object().into_iter().flatten() {
            let is_told = [class, &format!("{class} {name}")].iter().all(|what| !NOT_TOLD_HERE.contains(what));
            if is_told && change["before"][name] != *after && !THE_PROVIDERS_OWN.contains(&name.as_str()) {
                wrong.push(format!("{address} {name}: {} -> {after}", change["before"][name]));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let importable = generated.blocks.iter().filter(|one| one.import.is_some()).count();
    assert_eq!(changes.len(), importable);
    assert!(importable > 50, "{importable}");
}

/// Two regions of the storefront as they run, and as they were captured last while the primary is silent.
#[tokio::test]
async fn what_the_recovery_region_lacks_is_told_while_both_answer_and_of_what_was_kept_while_one_is_silent() {
    let stage = storefront().await;
    let folder = tempfile::tempdir().expect("a folder");
    let plan = folder.path().join("storefront.toml");
    let said = STOREFRONT
        .replace(&format!("record = \"{RECORD}\""), &format!("record = \"{RECORD}\"\nvalues = [\"192.0.2.1\"]"));
    std::fs::write(&plan, said).expect("written");
    let run = |words: &[&str]| {
        let mut command = stage.landfall(folder.path());
        let told = command.arg(words[0]).arg(&plan).args(&words[1..]).output().expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (told.status.code(), text(&told.stdout), text(&told.stderr))
    };
    for region in ["primary", "recovery"] {
        let (code, _, said) = run(&["capture", "--region", region]);
        assert_eq!(code, Some(0), "{said}");
    }
    python(
        &stage,
        "import boto3
lb = boto3.client('elbv2', region_name='us-west-2')
group = lb.describe_target_groups(Names=['storefront-api'])['TargetGroups'][0]['TargetGroupArn']
lb.modify_target_group(TargetGroupArn=group, HealthCheckPath='/planted')
boto3.client('ecs', region_name='us-west-2').update_service(cluster='storefront', service='api', desiredCount=0)
print('{}')",
    );
    let path = "HealthCheckPath is /planted in us-west-2";
    stage.clear_calls();
    let (code, told, said) = run(&["drift", "--regions"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(stage.mutations().is_empty());
    assert!(told.contains(path), "{told}");
    assert!(!told.lines().any(|line| line.starts_with('-')), "nothing is missing there: {told}");
    let changed: Vec<&str> = told.lines().filter(|line| line.starts_with('~')).collect();
    assert_eq!(changed.len(), 2, "{told}");
    assert!(told.contains("db-instance/orders  BackupRetentionPeriod"), "{told}");
    // What the runbook raises is scaled down on purpose.
    assert!(!told.contains("DesiredCount") && said.contains("the runbook sets it at the failover"), "{said}");
    // As it was kept, before anything was planted; nothing is asked.
    stage.clear_calls();
    let (code, told, said) = run(&["drift", "--regions", "--kept"]);
    assert_eq!((code, told.contains(path), stage.calls().len()), (Some(3), false, 0), "{said}");
    assert_eq!(said.matches("is compared as it was captured").count(), 2, "{said}");
    // The primary tells nothing: what was captured of it last stands for it, and its age is said.
    let denied = stage.fault(&json!({ "kind": "access-denied", "region": EAST }));
    let (code, told, said) = run(&["drift", "--regions"]);
    stage.mend(&denied);
    assert_eq!((code, told.contains(path)), (Some(3), true), "{told} {said}");
    assert!(
        said.contains("nothing was told of us-east-1: ") && said.contains("us-east-1 is compared as it was captured")
    );
    // What all regions share is told where the primary is: a role that was not read is not gone.
    assert!(told.contains("? unread      iam-role/api-execution"), "{told}");
    assert!(!told.lines().any(|line| line.starts_with('-')), "{told}");
}

/// What the thousand are made of: how many of each kind.
const MIX: &[(&str, usize)] = &[
    ("subnet", 150),
    ("security-group", 330),
    ("queue", 130),
    ("topic", 60),
    ("parameter", 150),
    ("secret", 90),
    ("log-group", 110),
];

/// Makes them, each with the application's tag and nothing more to say.
const BUILD: &str = r#"
import json, sys, boto3
from concurrent.futures import ThreadPoolExecutor
mix, tag = dict(MIX), {"Project": "many"}
of = {name: boto3.client(name, region_name="us-east-1") for name in ("ec2", "sqs", "sns", "ssm", "secretsmanager", "logs")}
pairs = [{"Key": "Project", "Value": "many"}]
said = lambda kind: [{"ResourceType": kind, "Tags": pairs}]
ec2 = of["ec2"]
vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=said("vpc"))["Vpc"]["VpcId"]
make = {
    "subnet": lambda at: ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{at}.0/24", TagSpecifications=said("subnet")),
    "security-group": lambda at: ec2.create_security_group(GroupName=f"g{at}", Description="one", VpcId=vpc, TagSpecifications=said("security-group")),
    "queue": lambda at: of["sqs"].create_queue(QueueName=f"q{at}", tags=tag),
    "topic": lambda at: of["sns"].create_topic(Name=f"t{at}", Tags=pairs),
    "parameter": lambda at: of["ssm"].put_parameter(Name=f"/many/p{at}", Value="x", Type="String", Tags=pairs),
    "secret": lambda at: of["secretsmanager"].create_secret(Name=f"many/s{at}", SecretString="canary-Secret-Value", Tags=pairs),
    "log-group": lambda at: of["logs"].create_log_group(logGroupName=f"/many/l{at}", tags=tag),
}
with ThreadPoolExecutor(4) as workers:
    list(workers.map(lambda one: make[one[0]](one[1]), [(kind, at) for kind, count in mix.items() for at in range(count)]))
print(json.dumps({}))
"#;

#[tokio::test]
async fn a_thousand_resources_are_captured_in_a_minute_by_lists_and_by_no_more_calls_than_they_need() {
    let stage = empty().await;
    let mix = serde_json::to_string(MIX).expect("JSON");
    python(&stage, &BUILD.replace("MIX", &mix));
    let began = std::time::Instant::now();
    let (snapshot, calls) = captured(scope(&[("Project", "many")])).await;
    let took = began.elapsed().as_secs_f64();
    println!("{} resources in {took:.1} s: {MIX:?}\n{calls:#?}", snapshot.resources.len());
    assert!(took < 60.0, "{took}");
    assert!(snapshot.complete, "{:?}", snapshot.gaps);
    assert!(snapshot.resources.len() >= 1_000, "{}", snapshot.resources.len());
    for (kind, count) in MIX {
        let found = snapshot.resources.iter().filter(|one| one.kind == *kind).count();
        assert!(found >= *count, "{kind}: {found}");
    }
    // What takes ids is asked by the hundred; what does not, as often as the table of kinds says of one.
    are_no_more_than_allowed(&snapshot, &calls);
    // Four of each, and one or two again where a slow machine did not answer in time.
    assert!(calls["ec2.DescribeSecurityGroups"] <= 6 && calls["ec2.DescribeSecurityGroupRules"] <= 6, "{calls:#?}");
    let all: usize = calls.values().sum();
    assert!(all <= 2 * snapshot.resources.len(), "{all} calls for {}", snapshot.resources.len());
    assert!(!snapshot.text().contains("canary"));
    let began = std::time::Instant::now();
    assert!(compare(&snapshot, &snapshot, &[]).findings.is_empty());
    assert!(began.elapsed().as_secs_f64() < 1.0, "{:?}", began.elapsed());
}
