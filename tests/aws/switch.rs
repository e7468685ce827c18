//! The object that switches sides: put once, seen again when its reply is lost, taken back, and answered by the name servers.

use crate::run::{outcome, run_for};
use crate::stage::*;
use landfall::plan::{Intent, Plan, file};
use landfall::recovery::{Command, RunOutcome, Status};
use landfall::service::{
    DnsQuery, Observation, Operation, Query, Registry, Reply, S3Observation, S3Operation, S3Query,
};
use serde_json::json;

const SEED: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.sides]
kind = "switch"
bucket = "switch-west"
object = "east-is-off"
present = true
health_check = "c0ffee"
zone = "Z123"
record = "shop.example.com"
set = "west"
timeout = "30s"
"#;

async fn sides() -> Stage {
    let stage = empty().await;
    stage.seed(SEED);
    stage.clear_calls();
    stage
}

fn plan() -> Plan {
    file::read("shop.toml", SEED.as_bytes(), &Registry).expect("a valid plan")
}

fn object() -> Query {
    S3Query::Object { bucket: "switch-west".into(), key: "east-is-off".into() }.into()
}

fn put() -> Operation {
    Operation::S3(S3Operation::PutMarker { bucket: "switch-west".into(), key: "east-is-off".into() })
}

fn is_there(seen: &Observation) -> bool {
    match seen {
        Observation::S3(S3Observation::Object { object }) => object.is_some(),
        other => panic!("an object was asked for, not {other:?}"),
    }
}

#[tokio::test]
async fn what_is_put_is_there_and_putting_it_again_is_done_already() {
    let stage = sides().await;
    assert!(!is_there(&see(WEST, object()).await));
    assert!(take(WEST, put()).await.is_some(), "its version");
    assert!(is_there(&see(WEST, object()).await));
    let (reply, calls) = act(WEST, put()).await;
    assert!(matches!(reply, Reply::Taken { .. }), "{reply:?}");
    assert_eq!(attempts(&calls).len(), 1);
    let delete = Operation::S3(S3Operation::DeleteMarker { bucket: "switch-west".into(), key: "east-is-off".into() });
    take(WEST, delete).await;
    assert!(!is_there(&see(WEST, object()).await), "a delete marker is no object");
    assert_eq!(stage.calls_of("PutObject").len(), 2);
    stage.fault(&json!({"kind": "access-denied", "service": "s3", "operation": "PutObject"}));
    let (reply, _) = act(WEST, put()).await;
    assert!(matches!(reply, Reply::Refused { code: Some(code), .. } if code.as_str() == "AccessDenied"));
}

#[tokio::test]
async fn a_health_check_is_told_with_what_it_asks_for() {
    let _stage = sides().await;
    let seen = see(WEST, DnsQuery::HealthCheck { id: "c0ffee".into() }.into()).await;
    let Observation::Dns(landfall::service::DnsObservation::HealthCheck { check: Some(check) }) = seen else {
        panic!("{seen:?}")
    };
    assert!(check.inverted && !check.disabled && check.asks_for("switch-west", "east-is-off"), "{check:?}");
}

#[tokio::test]
async fn a_run_flips_once_and_waits_until_the_other_set_is_answered() {
    for (intent, fault) in [(Intent::Failover, None), (Intent::Switchover, Some("reply-lost"))] {
        let stage = sides().await;
        stage.stages(&json!({"route53.health": 2}));
        if let Some(kind) = fault {
            stage.fault(&json!({"kind": kind, "operation": "PutObject", "times": 1}));
        }
        let folder = tempfile::tempdir().expect("a folder");
        let mut moved = false;
        let (state, _) = run_for(intent, plan(), folder.path(), |state| {
            let (_, own) = state.step(&"sides/serves".into()).expect("a step");
            moved |= own.status == Status::Running && !own.note.is_empty();
            None
        })
        .await;
        assert_eq!(outcome(&state), RunOutcome::Completed);
        assert!(moved, "the checkers take their time: it is not answered at once");
        let puts = stage.calls_of("PutObject");
        assert_eq!(puts.len(), 1, "{puts:?}");
        let (_, serves) = state.step(&"sides/serves".into()).expect("a step");
        assert!(serves.note.contains("west"), "{}", serves.note);
    }
}

#[tokio::test]
async fn going_back_takes_the_object_away_again() {
    let stage = sides().await;
    let fails = "\n[component.smoke]\nkind = \"command\"\nneeds = [\"sides\"]\nrun = [\"false\"]\n";
    let plan = file::read("shop.toml", format!("{SEED}{fails}").as_bytes(), &Registry).expect("a valid plan");
    let folder = tempfile::tempdir().expect("a folder");
    let mut asked = false;
    let (state, _) = run_for(Intent::Failover, plan, folder.path(), |state| {
        let failed = state.step(&"smoke/run".into()).is_some_and(|(_, own)| own.status == Status::Failed);
        (failed && !std::mem::replace(&mut asked, true)).then(|| Command::RollBack {
            to: None,
            typed: WEST.into(),
            reason: "it does not work".into(),
            past_the_point: None,
        })
    })
    .await;
    assert_eq!(outcome(&state), RunOutcome::RolledBack);
    assert!(!is_there(&see(WEST, object()).await));
    let sent: Vec<String> = stage.mutations().into_iter().map(|call| call.operation).collect();
    assert_eq!(sent, ["PutObject", "DeleteObject"]);
}

#[tokio::test]
async fn a_put_that_is_denied_stops_at_once_and_says_which() {
    let stage = sides().await;
    stage.fault(&json!({"kind": "access-denied", "operation": "PutObject"}));
    let folder = tempfile::tempdir().expect("a folder");
    let mut told = None;
    let (state, _) = run_for(Intent::Failover, plan(), folder.path(), |state| {
        let (_, own) = state.step(&"sides/flip".into()).expect("a step");
        (own.status == Status::Failed && told.is_none()).then(|| {
            told = Some(own.note.to_string());
            Command::Abort { reason: "seen enough".into() }
        })
    })
    .await;
    assert_ne!(outcome(&state), RunOutcome::Completed);
    let told = told.expect("it failed");
    assert!(told.contains("PutObject"), "{told}");
    assert!(stage.mutations().iter().all(|call| !call.executed));
}

/// The object's absence is what is wanted, and a proxy's 404 looks just like it.
#[tokio::test]
async fn what_is_to_be_absent_is_not_so_by_a_proxys_word() {
    let stage = empty().await;
    let wanted = SEED.replace("present = true", "present = false").replace("timeout = \"30s\"", "timeout = \"4s\"");
    stage.seed(&wanted);
    let plan = file::read("shop.toml", wanted.as_bytes(), &Registry).expect("a valid plan");
    stage.fault(&json!({"kind": "page", "status": 404, "operation": "HeadObject"}));
    stage.clear_calls();
    let folder = tempfile::tempdir().expect("a folder");
    let mut ended = false;
    let (state, _) = run_for(Intent::Failover, plan, folder.path(), |state| {
        let (_, own) = state.step(&"sides/flip".into()).expect("a step");
        assert!(!matches!(own.status, Status::Succeeded { .. }), "{}", own.note);
        let rests = matches!(own.status, Status::Failed | Status::Unknown);
        (rests && !std::mem::replace(&mut ended, true)).then(|| Command::Abort { reason: "seen enough".into() })
    })
    .await;
    assert_ne!(outcome(&state), RunOutcome::Completed);
    assert!(stage.mutations().is_empty(), "nothing is done to what is not seen");
}
