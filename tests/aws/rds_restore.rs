//! Restores of RDS over HTTP: how far a backup reaches, a restore that is made once and verified by whose it is and how it is
//! set, and going back that deletes nothing else.

use crate::run::{outcome, run_for};
use crate::stage::*;
use landfall::plan::{Intent, Plan, file};
use landfall::recovery::{Command, RunOutcome, State, Status};
use landfall::service::observation::{AutomatedBackup, DbInstance, DbSnapshot};
use landfall::service::{
    Observation, Query, RdsObservation, RdsOperation, RdsQuery, Registry, Reply, RestoreFrom, Silence,
};
use serde_json::{Value, json};

const BACKUP: &str = "arn:aws:rds:us-west-2:123456789012:auto-backup:ab-archive";
const SEED: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.archive]
kind = "rds-restore"
source = "arn:aws:rds:us-west-2:123456789012:auto-backup:ab-archive"
instance = "archive"
subnet_group = "data"
security_groups = ["sg-archive"]
parameter_group = "archive"
rpo = "10m"
timeout = "8s"
"#;

async fn shop() -> Stage {
    let stage = empty().await;
    stage.seed(SEED);
    stage.clear_calls();
    stage
}

async fn told(query: RdsQuery) -> RdsObservation {
    match see(WEST, query.into()).await {
        Observation::Rds(told) => told,
        other => panic!("{other:?}"),
    }
}

async fn backup(arn: &str) -> Option<AutomatedBackup> {
    match told(RdsQuery::AutomatedBackup { arn: arn.into() }).await {
        RdsObservation::AutomatedBackup { backup } => backup,
        other => panic!("{other:?}"),
    }
}

async fn snapshot(id: &str) -> Option<DbSnapshot> {
    match told(RdsQuery::DbSnapshot { id: id.into() }).await {
        RdsObservation::DbSnapshot { snapshot } => snapshot,
        other => panic!("{other:?}"),
    }
}

async fn database(id: &str) -> Option<DbInstance> {
    match told(RdsQuery::DbInstance { id: id.into() }).await {
        RdsObservation::DbInstance { instance } => instance,
        other => panic!("{other:?}"),
    }
}

fn restore(from: RestoreFrom, id: &str) -> RdsOperation {
    RdsOperation::RestoreDbInstance {
        from,
        id: id.into(),
        class: Some("db.r6g.xlarge".into()),
        subnet_group: None,
        security_groups: Vec::new(),
        parameter_group: None,
        multi_az: true,
        run: "another".into(),
    }
}

fn turn(stage: &Stage, settings: Value) {
    let mut knob = json!({ "knob": "backup", "region": WEST, "backup": BACKUP });
    for (name, value) in settings.as_object().expect("settings") {
        knob[name] = value.clone();
    }
    stage.knob(&knob);
}

fn sent(stage: &Stage) -> Vec<String> {
    stage.mutations().into_iter().filter(|call| call.executed).map(|call| call.operation).collect()
}

fn plan(more: &str) -> Plan {
    file::read("shop.toml", format!("{SEED}{more}").as_bytes(), &Registry).expect("a valid plan")
}

async fn run(more: &str, hand: impl FnMut(&State) -> Option<Command>) -> State {
    let folder = tempfile::tempdir().expect("a folder");
    run_for(Intent::Failover, plan(more), folder.path(), hand).await.0
}

#[tokio::test]
async fn a_backup_tells_how_far_it_reaches_and_what_is_made_of_it_whose_it_is() {
    let stage = shop().await;
    let found = backup(BACKUP).await.expect("there");
    let behind = jiff::Timestamp::now().duration_since(found.latest.expect("told")).as_secs();
    assert!((295..330).contains(&behind), "{behind}");
    assert_eq!((found.status.as_str(), found.engine.as_str(), found.arn.as_str()), ("replicating", "postgres", BACKUP));
    assert!(backup("arn:aws:rds:us-west-2:123456789012:auto-backup:ab-none").await.is_none());
    assert!(snapshot("none").await.is_none() && database("archive").await.is_none());
    assert!(stage.mutations().is_empty());
    let at = found.earliest.expect("told") - jiff::SignedDuration::from_secs(60);
    let too_early = RestoreFrom::Backup { backup: BACKUP.into(), to: Some(at) };
    let (reply, _) = act(WEST, restore(too_early, "early").into()).await;
    assert!(
        matches!(&reply, Reply::Refused { code: Some(code), .. } if code.as_str() == "InvalidRestoreFault"),
        "{reply:?}"
    );
    let latest = RestoreFrom::Backup { backup: BACKUP.into(), to: None };
    let arn = take(WEST, restore(latest, "archive").into()).await.expect("its ARN");
    let made = database("archive").await.expect("there");
    assert_eq!((made.arn.as_str(), made.restored_by.as_deref()), (arn.as_str(), Some("another")));
    assert_eq!((made.settings.class.as_deref(), made.settings.multi_az), (Some("db.r6g.xlarge"), Some(true)));
    assert_eq!(made.settings.security_groups, ["sg-default".into()], "none of the source's");
    for operation in ["DescribeDBInstanceAutomatedBackups", "DescribeDBSnapshots"] {
        let query: Query = match operation {
            "DescribeDBSnapshots" => RdsQuery::DbSnapshot { id: "kept".into() }.into(),
            _ => RdsQuery::AutomatedBackup { arn: BACKUP.into() }.into(),
        };
        for (kind, because) in
            [("access-denied", Silence::Denied), ("drop", Silence::NoAnswer), ("page", Silence::NoAnswer)]
        {
            let fault = stage.fault(&json!({ "kind": kind, "operation": operation }));
            let silent = look(WEST, vec![query.clone()]).await.remove(0).expect_err("no answer");
            stage.mend(&fault);
            assert_eq!(silent.because, because, "{kind} {operation}");
        }
    }
}

#[tokio::test]
async fn a_restore_is_made_once_whatever_becomes_of_the_reply_and_going_back_keeps_what_it_held_last() {
    let stage = shop().await;
    stage.fault(&json!({ "kind": "reply-lost", "operation": "RestoreDBInstanceToPointInTime", "times": 1 }));
    let fails = "\n[component.smoke]\nkind = \"command\"\nneeds = [\"archive\"]\nrun = [\"false\"]\n";
    let mut asked = false;
    let state = run(fails, |state| {
        let (_, own) = state.step(&"smoke/run".into()).expect("a step");
        (own.status == Status::Failed && !std::mem::replace(&mut asked, true)).then(|| {
            assert_eq!(sent(&stage), ["RestoreDBInstanceToPointInTime"]);
            Command::RollBack { to: None, typed: WEST.into(), reason: "it is a test".into(), past_the_point: None }
        })
    })
    .await;
    assert_eq!(outcome(&state), RunOutcome::RolledBack);
    assert_eq!(sent(&stage), ["RestoreDBInstanceToPointInTime", "DeleteDBInstance"]);
    assert!(database("archive").await.is_none());
    let last = stage.calls_of("DeleteDBInstance").remove(0).parameters["FinalDBSnapshotIdentifier"].clone();
    let last = snapshot(last.as_str().expect("a name")).await.expect("what it held is kept");
    assert_eq!(last.status.as_str(), "available");
}

#[tokio::test]
async fn what_another_made_under_the_name_is_neither_taken_for_it_nor_touched() {
    const ANOTHER: &str = r#"
[application]
name = "other"
primary = "us-east-1"
recovery = "us-west-2"

[component.theirs]
kind = "rds"
primary = "archive-source"
recovery = "archive"
"#;
    let stage = shop().await;
    let folder = tempfile::tempdir().expect("a folder");
    let wait = "\n[component.wait]\nkind = \"command\"\nrun = [\"sleep\", \"1\"]\n";
    let plan = file::read(
        "shop.toml",
        format!("{}{wait}", SEED.replace("rpo = \"10m\"", "needs = [\"wait\"]")).as_bytes(),
        &Registry,
    );
    let (mut made, mut told) = (false, None);
    let (state, _) = run_for(Intent::Failover, plan.expect("a valid plan"), folder.path(), |state| {
        let waits = state.step(&"wait/run".into()).expect("a step").1.status;
        if waits == Status::Running && !std::mem::replace(&mut made, true) {
            stage.seed(ANOTHER);
        }
        let (_, own) = state.step(&"archive/restore".into()).expect("a step");
        (own.status == Status::Failed && told.is_none()).then(|| {
            told = Some(own.note.to_string());
            Command::Abort { reason: "another has the name".into() }
        })
    })
    .await;
    let told = told.expect("it was taken for one's own");
    assert!(told.contains("restore-free"), "{told}");
    assert_eq!(outcome(&state), RunOutcome::Aborted);
    assert!(sent(&stage).is_empty(), "{:?}", sent(&stage));
}

#[tokio::test]
async fn an_instance_that_cannot_be_used_stops_the_run_and_what_is_not_in_the_backup_is_told() {
    let stage = shop().await;
    turn(&stage, json!({ "stopped": 3600 }));
    let (mut turned, mut told) = (false, None);
    let status = |status: &str| {
        stage.knob(&json!({ "knob": "instance-status", "region": WEST, "instance": "archive", "status": status }));
    };
    let state = run("", |state| {
        let (_, own) = state.step(&"archive/restore".into()).expect("a step");
        if own.status == Status::Running && own.note.contains("creating") && !std::mem::replace(&mut turned, true) {
            status("incompatible-restore");
        }
        (own.status == Status::Failed && told.is_none()).then(|| {
            told = Some(own.note.to_string());
            status("available");
            Command::Retry { step: "archive/restore".into() }
        })
    })
    .await;
    assert!(told.expect("it failed first").contains("incompatible-restore"));
    assert_eq!((outcome(&state), sent(&stage).len()), (RunOutcome::Completed, 1));
    let lost = state.ended.expect("it ended").rpo_seconds.expect("a number");
    assert!((3600.0..3700.0).contains(&lost), "an hour is not in it: {lost}");
}
