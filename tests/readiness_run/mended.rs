//! From the plan that `landfall init` writes to one that is ready, by carrying out nothing but what the findings say would mend
//! them.

use crate::planted::Ready;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const EAST: &str = "us-east-2";
const WEST: &str = "us-west-2";

/// What of a fix is carried out, and how.
type Mend = (&'static str, &'static str, fn(&Ready, &Value));

const MENDS: &[Mend] = &[
    ("rds-replica-backups", "ModifyDBInstance", |ready, _| modify(ready, &json!({ "BackupRetentionPeriod": 1 }))),
    ("rds-storage", "ModifyDBInstance", |ready, _| modify(ready, &json!({ "AllocatedStorage": 400 }))),
    ("rds-parameter-group", "ModifyDBParameterGroup", |ready, _| set_connections(ready, WEST)),
    ("ecs-logs", "CreateLogGroup", |ready, found| {
        let missing = found["found"].as_str().expect("words").split_whitespace().nth(1).expect("a group").to_owned();
        ready.cloud.call("logs", WEST, "create_log_group", &json!({ "logGroupName": missing }));
    }),
    ("ecs-roles", "make the role", |ready, _| {
        let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": { "Service": "ecs-tasks.amazonaws.com" } }] });
        let role = json!({ "RoleName": "api-execution", "AssumeRolePolicyDocument": trust.to_string() });
        ready.cloud.call("iam", "us-east-1", "create_role", &role);
    }),
    ("quota-fargate", "RequestServiceQuotaIncrease", |ready, _| quota(ready, WEST, 400.0)),
];

fn modify(ready: &Ready, change: &Value) {
    let mut given = json!({ "DBInstanceIdentifier": "orders-replica", "ApplyImmediately": true });
    given.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
    ready.cloud.call("rds", WEST, "modify_db_instance", &given);
}

fn set_connections(ready: &Ready, region: &str) {
    let parameter = json!({ "ParameterName": "max_connections", "ParameterValue": "800", "ApplyMethod": "immediate" });
    let change = json!({ "DBParameterGroupName": "databases", "Parameters": [parameter] });
    ready.cloud.call("rds", region, "modify_db_parameter_group", &change);
}

fn quota(ready: &Ready, region: &str, value: f64) {
    let of = json!({ "knob": "quota", "region": region, "service": "fargate", "code": "L-3032A538", "value": value });
    ready.cloud.knob(&of);
}

/// As it is where nobody has looked at the recovery region for a year.
fn neglect(ready: &Ready) {
    ready.cloud.stages(&json!({ "default": 0.0 }));
    // A sample a minute is as old as the plan's rpo allows.
    ready.cloud.knob(&json!({ "knob": "lag-timing", "period": 1 }));
    let grown = json!({ "DBInstanceIdentifier": "orders", "ApplyImmediately": true, "AllocatedStorage": 400 });
    ready.cloud.call("rds", EAST, "modify_db_instance", &grown);
    set_connections(ready, EAST);
    ready.cloud.call("logs", WEST, "delete_log_group", &json!({ "logGroupName": "/ecs/my-cluster/api" }));
    ready.cloud.call("iam", "us-east-1", "delete_role", &json!({ "RoleName": "api-execution" }));
    quota(ready, EAST, 400.0);
    quota(ready, WEST, 0.5);
}

fn look(ready: &Ready) -> (Option<i32>, String, Vec<Value>) {
    let output = ready.check(&["--json", "--intent", "failover"]);
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let verdict = lines.pop().expect("a line")["verdict"]["failover"].as_str().expect("a verdict").to_owned();
    lines.retain(|found| found["level"] != "ok");
    (output.status.code(), verdict, lines)
}

#[test]
fn a_new_plan_comes_to_be_ready_by_what_its_findings_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let init = std::process::Command::new(env!("CARGO_BIN_EXE_landfall")).arg("init").arg(folder.path()).output();
    assert!(init.expect("it runs").status.success());
    let plan = std::fs::read_to_string(folder.path().join("landfall.toml")).expect("it was written");
    let ready = Ready::open(&plan, neglect);
    let (_, verdict, _) = look(&ready);
    assert_eq!(verdict, "not_ready");
    let mut mended = BTreeSet::new();
    loop {
        let (code, verdict, found) = look(&ready);
        if verdict == "ready" {
            assert_eq!(code, Some(0));
            break;
        }
        let weighs = |found: &&Value| {
            matches!(found["weight"].as_str(), Some("blocks" | "loses" | "slows")) && found["in_failing_region"] != true
        };
        let first = found.iter().find(weighs).unwrap_or_else(|| panic!("{verdict}, and nothing to mend: {found:?}"));
        let name = first["code"].as_str().expect("a code");
        let mend = MENDS.iter().find(|(code, ..)| *code == name).unwrap_or_else(|| panic!("what mends {first}?"));
        assert!(first["fix"].as_str().is_some_and(|fix| fix.contains(mend.1)), "{first}");
        assert!(mended.insert(name.to_owned()), "{name} was mended, and is found again: {first}");
        (mend.2)(&ready, first);
    }
    let all: BTreeSet<String> = MENDS.iter().map(|(code, ..)| (*code).to_owned()).collect();
    assert_eq!(mended, all, "each was found");
}
