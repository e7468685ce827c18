//! Readiness beside a run, asked of this cloud: what turns failing while a started run stands is told by its event, of what was
//! known before the start nothing changes, and asking for it costs a few calls a minute.

use crate::stage::*;
use landfall::cloud::Clock;
use landfall::engine::{Clouds, Options, Pace, Run, Seat, Session};
use landfall::plan::{Intent, Level, Runbook, file};
use landfall::recovery::event::{CloudName, JOURNAL_VERSION};
use landfall::recovery::start::Verdict;
use landfall::recovery::{Command, Mode, Opened, Start, State, What};
use landfall::service::Registry;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const SHOP: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.password]
kind = "secret"
name = "shop/db"

[component.dns]
kind = "route53"
zone = "Z0123456789ABCDEFGHIJ"
record = "shop.example.com."
values = ["192.0.2.2"]
ttl = 60
"#;

/// How many times as fast as the wall: half as often as every five minutes is every second.
const SCALE: f64 = 600.0;

#[tokio::test]
async fn what_turns_while_a_run_stands_is_found_in_the_cloud() {
    let stage = empty().await;
    stage.seed(SHOP);
    let plan = file::read("shop.toml", SHOP.as_bytes(), &Registry).expect("a plan");
    let clouds = Clouds { observe: Arc::new(observer(&plan).await), perform: Arc::new(actor(&plan).await) };
    let clock = Clock::new(jiff::Timestamp::now(), SCALE);
    // Before the start answers are given the time they take.
    clock.ease(true);
    let folder = tempfile::tempdir().expect("a folder");
    let opened = Opened {
        version: JOURNAL_VERSION,
        run: "beside".into(),
        intent: Intent::Switchover,
        cloud: CloudName::Aws,
        declared_at: clock.now(),
        runbook: Runbook::compile(&plan, Intent::Switchover, &Registry).expect("no circles"),
        plan,
        drill: None,
        program: "test".into(),
        endpoint: None,
    };
    let run = Run::begin(&folder.path().join("run.jsonl"), opened, &Seat::of("ana"), &clock).expect("a journal");
    let options = Options { by: "ana".into(), mode: Some(Mode::Hold), pace: Pace { shortest: 0.3, longest: 0.3 } };
    let mut session = Session::start(run, clouds, clock.clone(), options);
    let mut state: Option<State> = None;
    let mut is_started = false;
    let following = async {
        while let Some(batch) = session.feed.recv().await {
            for event in batch.iter() {
                match &mut state {
                    None => state = State::open(event),
                    Some(state) => state.fold(event),
                }
                if matches!(event.what, What::Started(_)) {
                    stage.knob(&json!({ "knob": "secret-replication", "region": "us-west-2", "secret": "shop/db" }));
                    let new = json!({ "SecretId": "shop/db", "SecretString": "{\"password\":\"new\"}" });
                    stage.call("secretsmanager", "us-east-1", "put_secret_value", &new);
                    stage.clear_calls();
                    clock.ease(false);
                }
            }
            let now = state.as_ref().expect("a run");
            if now.needs_start() && now.preflight.is_some() && !std::mem::replace(&mut is_started, true) {
                let start = Start { typed: "us-west-2".into(), ..Start::default() };
                let answer = session.commander.send(Command::Start(start));
                tokio::spawn(async move { answer.await.expect("the session lives").expect("it starts") });
            }
            if now.turned_to().is_some() {
                return;
            }
        }
    };
    let followed = tokio::time::timeout(Duration::from_secs(60), following).await;
    let told = || state.as_ref().map(|state| (state.started.is_some(), state.untouched(), state.preflight.clone()));
    assert!(followed.is_ok(), "{:#?}", told());
    let state = state.expect("a run");
    assert_eq!(state.turned_to(), Some(Verdict::NotReady(1)));
    let turned: Vec<String> = state.turned().iter().map(|found| found.check.code.to_string()).collect();
    assert_eq!(turned, ["secret-same-version"]);
    let known = state.preflight.as_ref().expect("preflight").all().find(|found| found.check.code.as_str() == turned[0]);
    assert_eq!(known.map(|found| found.check.level), Some(Level::Ok), "what was known before the start");
    session.close("the test is over").await.expect("a whole journal");
    assert!(stage.mutations().is_empty());
}
