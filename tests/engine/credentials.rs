//! Credentials that expire in mid-run: the run waits with the command that renews them, and goes on in the same session.

use crate::bench::between::{Between, Deed, Look, silence};
use crate::bench::{Answers, Bench, TWELVE, mutations, outcome};
use crate::words::SMALL;
use jiff::Timestamp;
use landfall::recovery::{Event, RunOutcome, What};
use landfall::service::observation::{Identity, Observation, StsObservation};
use landfall::service::{Query, Reply, Silence, StsQuery};
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

const LOGIN: &str = "the credentials have expired: run `aws sso login --profile dr`";

fn passed(now: Timestamp) -> f64 {
    let began = Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(1000);
    now.duration_since(began).as_secs_f64()
}

/// Expired from `from` to `to` seconds of the run.
fn expired(from: f64, to: f64) -> Between {
    let is_now = move |now| (from..to).contains(&passed(now));
    Between::new(
        move |_, now| if is_now(now) { silence(Silence::Expired, LOGIN) } else { Look::Through },
        move |_, _, now| match is_now(now) {
            true => Deed::Instead(Reply::Expired { message: LOGIN.into() }),
            false => Deed::Through,
        },
    )
}

fn place_of(events: &[Event], wanted: impl Fn(&What) -> bool) -> Vec<usize> {
    events.iter().enumerate().filter(|(_, event)| wanted(&event.what)).map(|(place, _)| place).collect()
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_credentials_expire_waits_and_goes_on_in_the_same_session() {
    // Longer than any step may take: none of it counts against them.
    for (from, to) in [(1.0, 4000.0), (100.0, 4000.0), (0.0, 30.0)] {
        let between = expired(from, to);
        let bench = Bench::with_faults(TWELVE, "").behind(between.clone());
        let state = bench.run(Answers::all()).await;
        assert_eq!(outcome(&state), RunOutcome::Completed, "expired from {from} s to {to} s");
        let events = bench.events();
        let is_trouble = |what: &What| {
            matches!(
                what,
                What::StepFailed { .. } | What::StepUnknown { .. } | What::StepOwed { .. } | What::SessionClosed { .. }
            )
        };
        let closed = place_of(&events, |what| matches!(what, What::SessionClosed { .. }));
        let troubles = place_of(&events, is_trouble);
        assert_eq!(troubles, closed, "nothing failed, and it was one session");
        let expired = place_of(&events, |what| matches!(what, What::CredentialsExpired { .. }));
        let renewed = place_of(&events, |what| matches!(what, What::CredentialsRenewed { .. }));
        assert_eq!((expired.len(), renewed.len()), (1, 1));
        let What::CredentialsExpired { why, .. } = &events[expired[0]].what else { unreachable!("it was found") };
        assert!(why.contains("aws sso login --profile dr"), "{why}");
        let meanwhile = &events[expired[0]..renewed[0]];
        assert!(!meanwhile.iter().any(|event| matches!(event.what, What::StepStarted { .. })), "nothing new starts");
        assert!(mutations(&bench.received()).values().all(|count| *count == 1));
        assert!(between.renewed.load(Ordering::SeqCst) > 0, "the acting side forgets the old ones");
        let back = passed(events[renewed[0]].at) - to;
        assert!((0.0..20.0).contains(&back), "it goes on soon after: {back} s");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_about_the_old_credentials_that_comes_late_does_not_call_the_new_ones_expired() {
    // They expire with the first look at RDS behind the fiftieth second, for ten seconds; that look is answered late.
    let began = OnceLock::new();
    let between = Between::looks(move |ask, now| {
        let is_rds = ask.query.api_name().starts_with("rds.");
        if is_rds && passed(now) > 50.0 {
            let _ = began.set(passed(now));
        }
        let since = began.get().map_or(-1.0, |began| passed(now) - began);
        match silence(Silence::Expired, LOGIN) {
            Look::Silent(silence) if is_rds && since == 0.0 => Look::SilentLate(18.0, silence),
            at_once if (0.0..10.0).contains(&since) => at_once,
            _ => Look::Through,
        }
    });
    let bench = Bench::with_faults(TWELVE, "").behind(between);
    assert_eq!(outcome(&bench.run(Answers::all()).await), RunOutcome::Completed);
    let events = bench.events();
    let renewed = place_of(&events, |what| matches!(what, What::CredentialsRenewed { .. }));
    let expired = place_of(&events, |what| matches!(what, What::CredentialsExpired { .. }));
    assert_eq!((expired.len(), renewed.len()), (1, 1));
    let waited = passed(events[renewed[0]].at) - passed(events[expired[0]].at);
    assert!(waited < 18.0, "the late answer comes behind it: {waited}");
}

#[tokio::test(start_paused = true)]
async fn an_act_refused_for_expired_credentials_alone_is_sent_once_they_work() {
    let between = Between::deeds(|_, number, _| match number {
        1 => Deed::Instead(Reply::Expired { message: LOGIN.into() }),
        _ => Deed::Through,
    });
    let bench = Bench::with_faults(SMALL, "").behind(between);
    assert_eq!(outcome(&bench.run(Answers::all()).await), RunOutcome::Completed);
    assert!(mutations(&bench.received()).values().all(|count| *count == 1));
    let events = bench.events();
    assert_eq!(place_of(&events, |what| matches!(what, What::CredentialsRenewed { .. })).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn credentials_of_another_account_are_not_taken() {
    let between = Between::looks(|ask, now| match passed(now) {
        at if (50.0..100.0).contains(&at) => silence(Silence::Expired, LOGIN),
        at if (100.0..500.0).contains(&at) && ask.query == Query::Sts(StsQuery::Identity) => {
            Look::Says(Observation::Sts(StsObservation::Identity(Identity {
                arn: "arn:aws:iam::999999999999:user/eve".into(),
                account: "999999999999".into(),
                region: ask.place.region.clone(),
                expires: None,
            })))
        }
        _ => Look::Through,
    });
    let bench = Bench::with_faults(SMALL, "").behind(between);
    assert_eq!(outcome(&bench.run(Answers::all()).await), RunOutcome::Completed);
    let events = bench.events();
    let told: Vec<String> = events
        .iter()
        .filter_map(|event| match &event.what {
            What::CredentialsExpired { why, .. } => Some(why.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].contains("999999999999") && told[1].contains("this run is on"), "{}", told[1]);
    let renewed = place_of(&events, |what| matches!(what, What::CredentialsRenewed { .. }));
    assert!(passed(events[renewed[0]].at) >= 500.0, "not before they are the same account's");
}
