//! What looking costs: somebody who only looks at a hundred components makes thirty calls a minute at most.

use crate::stage::*;
use jiff::{SignedDuration, Timestamp};
use landfall::cloud::Clock;
use landfall::cloud::aws::AwsObserver;
use landfall::engine::lookout::look_on;
use landfall::plan::{Intent, Plan, Runbook, file};
use landfall::recovery::event::{CloudName, JOURNAL_VERSION};
use landfall::recovery::{Opened, State, What};
use landfall::service::Registry;
use std::fmt::Write;
use std::sync::Arc;

/// A hundred components as a mid-sized application has them.
fn hundred() -> String {
    let mut text =
        "[application]\nname = \"large\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\nrpo = \"10m\"\n"
            .to_owned();
    for at in 0..30 {
        write!(text, "[component.db{at}]\nkind = \"rds\"\nprimary = \"p{at}\"\nrecovery = \"r{at}\"\n").expect("text");
    }
    for at in 0..40 {
        let (cluster, db) = (at % 4, at % 30);
        write!(
            text,
            "[component.svc{at}]\nkind = \"ecs\"\ncluster = \"shop{cluster}\"\nservice = \"s{at}\"\ndesired = 2\nneeds = [\"db{db}\"]\n"
        )
        .expect("text");
    }
    for at in 0..15 {
        let zone = at % 3;
        write!(
            text,
            "[component.lb{at}]\nkind = \"load-balancer\"\nname = \"lb{at}\"\ntarget_group = \"tg{at}\"\nneeds = [\"svc{at}\"]\n\
             [component.dns{at}]\nkind = \"route53\"\nzone = \"shop{zone}.example\"\nrecord = \"n{at}.shop{zone}.example\"\n\
             type = \"A\"\nalias = {{ dns_name = \"${{lb{at}.dns_name}}\", zone_id = \"${{lb{at}.zone_id}}\" }}\nneeds = [\"lb{at}\"]\n"
        )
        .expect("text");
    }
    text
}

fn opened(plan: &Plan) -> Opened {
    Opened {
        version: JOURNAL_VERSION,
        run: "look".into(),
        intent: Intent::Failover,
        cloud: CloudName::Aws,
        declared_at: Timestamp::now(),
        runbook: Runbook::compile(plan, Intent::Failover, &Registry).expect("no circle"),
        plan: plan.clone(),
        drill: None,
        program: "test".into(),
    }
}

#[tokio::test]
async fn looking_at_a_hundred_components_makes_thirty_calls_a_minute() {
    const MINUTES: u32 = 3;
    let stage = empty().await;
    let text = hundred();
    stage.seed(&text);
    let plan = file::read("large.toml", text.as_bytes(), &Registry).expect("a valid plan");
    assert_eq!(plan.components.len(), 100);
    // Thirty times as fast as the wall: a minute is two seconds, and a call is far quicker than a round.
    let clock = Clock::new(Timestamp::now(), 30.0);
    let cloud = Arc::new(AwsObserver::connect(&plan).await);
    let (mut feed, _tails) = look_on(opened(&plan), cloud, clock.clone(), "ana".into());
    let mut state: Option<State> = None;
    let (mut measured_from, mut rounds) = (None, 0);
    while let Some(batch) = feed.recv().await {
        for event in batch.iter() {
            match &mut state {
                None => state = State::open(event),
                Some(state) => state.fold(event),
            }
            if measured_from.is_some() && matches!(event.what, What::HealthUnchanged { .. }) {
                rounds += 1;
            }
        }
        let now = state.as_ref().expect("a run");
        // The first round finds out what zones there are and who asks; what goes on all day is measured behind it.
        let told = now.health.len() >= 130 && now.lags.len() == 30;
        if measured_from.is_none() && told {
            stage.clear_calls();
            measured_from = Some(clock.now());
        }
        let end = measured_from
            .and_then(|from: Timestamp| from.checked_add(SignedDuration::from_secs(60 * i64::from(MINUTES))).ok());
        if end.is_some_and(|end| clock.now() >= end) {
            break;
        }
    }
    drop(feed);
    let calls = stage.calls();
    let most = 30 * MINUTES as usize + 15;
    assert!(calls.len() <= most, "{} calls in {MINUTES} minutes and a part of a round", calls.len());
    assert!(rounds >= MINUTES, "it looked {rounds} times");
    assert!(calls.iter().all(|call| call.read_only));
}
