//! It said no, it said not yet, it did not answer, we do not know: what each ends as, in how long, in which words.

use crate::bench::between::{Between, Deed, Look, silence};
use crate::bench::{Answers, Bench, STOREFRONT, TWELVE, mutations, outcome};
use crate::{note, status};
use landfall::cloud::sim::log::Line;
use landfall::recovery::{Command, Event, RunOutcome, State, Status, What};
use landfall::service::{Act, EcsOperation, LocalOperation, Operation, RdsOperation, Reply, Silence};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};

/// One database, and a program that nothing verifies.
pub const SMALL: &str = r#"
[application]
name = "small"
primary = "us-east-1"
recovery = "us-west-2"

[component.db]
kind = "rds"
primary = "db"
recovery = "db-replica"

[component.warm]
kind = "command"
needs = ["db"]
run = ["warm"]
undo = ["cool"]
"#;

fn is_promotion(act: &Act) -> bool {
    matches!(act.operation, Operation::Rds(RdsOperation::PromoteReadReplica { .. }))
}

fn is_command(act: &Act) -> bool {
    matches!(act.operation, Operation::Local(LocalOperation::Run(_)))
}

fn refused(code: &str) -> Reply {
    Reply::Refused { code: Some(code.into()), message: "it says no".into() }
}

fn lost() -> Reply {
    Reply::NoAnswer { message: "the connection was lost".into() }
}

/// Does `deeds` in turn to the acts that are `meant`, and lets the rest through.
fn in_turn(meant: fn(&Act) -> bool, deeds: Vec<fn() -> Deed>) -> Between {
    let count = Arc::new(AtomicU32::new(0));
    Between::deeds(move |act, _, _| {
        if !meant(act) {
            return Deed::Through;
        }
        let number = count.fetch_add(1, Ordering::SeqCst) as usize;
        deeds.get(number).map_or(Deed::Through, |deed| deed())
    })
}

/// When the first event of a step that is `wanted` came, in seconds of the run.
fn when(events: &[Event], step: &str, wanted: impl Fn(&What) -> bool) -> Option<f64> {
    let first = events.first()?.at;
    let found =
        events.iter().find(|event| event.what.step().is_some_and(|of| of.as_str() == step) && wanted(&event.what));
    Some(found?.at.duration_since(first).as_secs_f64())
}

fn says_nothing_was_changed(events: &[Event]) -> bool {
    events.iter().any(|event| match &event.what {
        What::StepFailed { reason, help, .. } => {
            reason.contains("nothing was changed") || help.contains("nothing was changed")
        }
        _ => false,
    })
}

fn retry(state: &State) -> Option<Command> {
    let steps = state.run.runbook.steps.iter().zip(&state.steps);
    let stopped = steps.into_iter().find(|(_, own)| matches!(own.status, Status::Failed | Status::Unknown));
    stopped.map(|(step, _)| Command::Retry { step: step.id.clone() })
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_what_was_sent_again_is_looked_at_until_the_goal() {
    let deeds: Vec<fn() -> Deed> =
        vec![|| Deed::Instead(lost()), || Deed::Instead(refused("InvalidDBInstanceState")), || Deed::Through];
    let bench = Bench::with_faults(SMALL, "").behind(in_turn(is_promotion, deeds));
    let state = bench.run(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    let events = bench.events();
    assert!(!events.iter().any(|event| matches!(event.what, What::StepFailed { .. } | What::StepUnknown { .. })));
}

#[tokio::test(start_paused = true)]
async fn refused_for_ever_after_no_answer_it_is_not_known_and_never_unchanged() {
    for code in ["InvalidDBInstanceState", "DBInstanceAlreadyExists", "AccessDenied"] {
        static CODE: LazyLock<std::sync::Mutex<String>> = LazyLock::new(Default::default);
        *CODE.lock().expect("whole") = code.to_owned();
        let no = || Deed::Instead(refused(&CODE.lock().expect("whole")));
        let deeds: Vec<fn() -> Deed> = vec![|| Deed::Instead(lost()), no, no, no, no];
        let bench = Bench::with_faults(SMALL, "").behind(in_turn(is_promotion, deeds));
        let state = bench.run(Answers::all()).await;
        assert_eq!(status(&state, "db/promote"), Status::Unknown, "{code}");
        let note = note(&state, "db/promote");
        assert!(
            note.contains("without an answer") && note.contains(code) && note.contains("still a replica"),
            "{note}"
        );
        assert!(!says_nothing_was_changed(&bench.events()), "{code}");
        let (_, own) = state.step(&"db/promote".into()).expect("a step");
        assert!(own.acted(), "the way back must visit it");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_was_changed_is_said_of_a_first_refusal_that_the_look_agrees_with() {
    let bench = Bench::with_faults(SMALL, "")
        .behind(in_turn(is_promotion, vec![|| Deed::Instead(refused("InvalidParameterValue"))]));
    let state = bench.run(Answers::all()).await;
    assert_eq!(status(&state, "db/promote"), Status::Failed);
    let note = note(&state, "db/promote");
    assert!(note.contains("RDS in us-west-2: InvalidParameterValue") && note.contains("nothing was changed"), "{note}");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_what_changes_all_the_same_is_not_called_unchanged() {
    let is_scaling =
        |act: &Act| matches!(act.operation, Operation::Ecs(EcsOperation::UpdateService { desired: Some(1..), .. }));
    let deeds: Vec<fn() -> Deed> = vec![|| Deed::DoneBut(refused("ServiceNotActiveException"))];
    let bench = Bench::with_faults(TWELVE, "").behind(in_turn(is_scaling, deeds));
    let state = bench.run(Answers::all()).await;
    assert_eq!(status(&state, "api/scale"), Status::Failed);
    let note = note(&state, "api/scale");
    assert!(note.contains("ServiceNotActiveException") && note.contains("and yet it changes"), "{note}");
    assert!(!says_nothing_was_changed(&bench.events()));
}

#[tokio::test(start_paused = true)]
async fn a_refused_look_fails_its_step_within_seconds_and_says_who_refused() {
    let table = [
        (
            "catalog-db/promote",
            "rds.DescribeDBInstances",
            Silence::Denied,
            "AccessDenied",
            "RDS in us-west-2",
            "rds:DescribeDBInstances",
        ),
        (
            "api-dns/change",
            "route53.ListResourceRecordSets",
            Silence::Refused,
            "NoSuchHostedZone",
            "Route 53 in us-east-1",
            "name it in the plan",
        ),
    ];
    for (step, api, because, code, home, clear) in table {
        let between = Between::looks(move |ask, now| {
            // Behind the start: before it, it would be refused there.
            let began = jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(1000);
            let is_started = now.duration_since(began).as_secs_f64() > 65.0;
            let is_meant = ask.query.api_name() == api && ask.place.region.as_str() == "us-west-2";
            if is_meant && is_started { silence(because, code) } else { Look::Through }
        });
        let bench = Bench::with_faults(STOREFRONT, "").behind(between);
        let state = bench.run(Answers { despite: true, ..Answers::all() }).await;
        assert_eq!(status(&state, step), Status::Failed, "{step}");
        let note = note(&state, step);
        assert!(note.contains(home) && note.contains(code) && note.contains(clear), "{note}");
        let events = bench.events();
        let started = when(&events, step, |what| matches!(what, What::StepStarted { .. })).expect("it started");
        let failed = when(&events, step, |what| matches!(what, What::StepFailed { .. })).expect("it failed");
        assert!(failed - started < 10.0, "{} s", failed - started);
    }
}

/// What a fence beside the path ends as when its region's RDS answers `because` for `seconds` from the start.
async fn fence_while(because: Silence, seconds: f64) -> (State, Vec<Event>) {
    let between = Between::looks(move |ask, now| {
        let began = jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(1000);
        let is_meant = ask.query.api_name().starts_with("rds.") && ask.place.region.as_str() == "us-east-1";
        let is_now = now.duration_since(began).as_secs_f64() < seconds;
        if is_meant && is_now { silence(because, "said") } else { Look::Through }
    });
    // Longer than the rename and the trouble together.
    let plan = SMALL.replace("recovery = \"db-replica\"", "recovery = \"db-replica\"\nfence_wait = \"10m\"");
    let bench = Bench::with_faults(&plan, "").behind(between);
    let state = bench.run(Answers { cut_off: false, ..Answers::all() }).await;
    (state, bench.events())
}

#[tokio::test(start_paused = true)]
async fn only_a_silence_of_twenty_seconds_makes_a_fence_a_debt() {
    let (state, events) = fence_while(Silence::NoAnswer, 1e6).await;
    assert!(matches!(status(&state, "db/fence"), Status::Owed(_)));
    let owed = when(&events, "db/fence", |what| matches!(what, What::StepOwed { .. })).expect("it is owed");
    assert!((20.0..40.0).contains(&owed), "{owed} s");
    let (state, _) = fence_while(Silence::NoAnswer, 15.0).await;
    assert_eq!(status(&state, "db/fence"), Status::Succeeded { already_done: false }, "15 s of silence are none");
}

#[tokio::test(start_paused = true)]
async fn throttling_and_errors_are_answers_and_make_no_debt() {
    for because in [Silence::Throttled, Silence::Error] {
        let (state, _) = fence_while(because, 120.0).await;
        let said = note(&state, "db/fence");
        assert_eq!(status(&state, "db/fence"), Status::Succeeded { already_done: false }, "{because:?}: {said}");
        let (state, _) = fence_while(because, 1e6).await;
        assert_eq!(status(&state, "db/fence"), Status::Failed, "{because:?}: a region that answers is asked about");
        let note = note(&state, "db/fence");
        assert!(note.contains("RDS in us-east-1") && note.contains("answered only"), "{note}");
    }
    let (state, events) = fence_while(Silence::Denied, 1e6).await;
    assert_eq!(status(&state, "db/fence"), Status::Failed);
    assert!(when(&events, "db/fence", |what| matches!(what, What::StepFailed { .. })).expect("failed") < 15.0);
}

#[tokio::test(start_paused = true)]
async fn being_throttled_for_longer_than_a_step_may_take_fails_nothing() {
    let between = Between::looks(|ask, now| {
        let began = jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(1000);
        let passed = now.duration_since(began).as_secs_f64();
        let is_meant = ask.query.api_name() == "rds.DescribeDBInstances" && ask.place.region.as_str() == "us-west-2";
        if is_meant && (30.0..800.0).contains(&passed) {
            silence(Silence::Throttled, "Throttling")
        } else {
            Look::Through
        }
    });
    let plan = SMALL.replace("recovery = \"db-replica\"", "recovery = \"db-replica\"\ntimeout = \"8m\"");
    let bench = Bench::with_faults(&plan, "").behind(between);
    assert_eq!(outcome(&bench.run(Answers::all()).await), RunOutcome::Completed);
}

#[tokio::test(start_paused = true)]
async fn being_throttled_for_ever_ends_too() {
    let between = Between::looks(|ask, _| {
        let is_meant = ask.query.api_name() == "rds.DescribeDBInstances" && ask.place.region.as_str() == "us-west-2";
        if is_meant { silence(Silence::Throttled, "Throttling") } else { Look::Through }
    });
    let plan = SMALL.replace("recovery = \"db-replica\"", "recovery = \"db-replica\"\ntimeout = \"2m\"");
    let bench = Bench::with_faults(&plan, "").behind(between);
    let state = bench.run(Answers::all()).await;
    assert_eq!(status(&state, "db/promote"), Status::Failed);
    let note = note(&state, "db/promote");
    assert!(note.contains("RDS in us-west-2") && note.contains("asked too often"), "{note}");
    let events = bench.events();
    let started = when(&events, "db/promote", |what| matches!(what, What::StepStarted { .. })).expect("it started");
    let failed = when(&events, "db/promote", |what| matches!(what, What::StepFailed { .. })).expect("it failed");
    assert!((900.0..1200.0).contains(&(failed - started)), "{started} s to {failed} s");
}

#[tokio::test(start_paused = true)]
async fn a_reply_given_up_late_gives_the_act_its_time_to_show_from_then_on() {
    // Sent, underway for 45 s, given up at 30: looked at 60 s after the sending it would seem never to have happened.
    let bench = Bench::with_faults(SMALL, "").behind(in_turn(is_promotion, vec![|| Deed::Late(90.0)]));
    let state = bench.run(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    let sent = bench
        .received()
        .into_iter()
        .filter(|line| matches!(line, Line::Received { act, .. } if is_promotion(act)))
        .count();
    assert_eq!(sent, 1, "it was not sent again");
}

#[tokio::test(start_paused = true)]
async fn a_failed_step_asked_for_again_goes_on() {
    let bench = Bench::with_faults(SMALL, "")
        .behind(in_turn(is_promotion, vec![|| Deed::Instead(refused("InvalidDBInstanceState"))]));
    let state = bench.run(Answers { react: Some(retry), ..Answers::all() }).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    assert!(mutations(&bench.received()).values().all(|count| *count == 1));
}

#[tokio::test(start_paused = true)]
async fn a_promotion_that_was_stuck_is_waited_for_again_and_not_sent_again() {
    let fault = "[[fault]]\nkind = \"promotion-stuck\"\ncomponent = \"db\"\nfor = 2400\n";
    let bench = Bench::with_faults(SMALL, fault);
    let state = bench.run(Answers { react: Some(retry), ..Answers::all() }).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    let failed = bench.events().into_iter().filter(|event| matches!(event.what, What::StepFailed { .. })).count();
    assert_eq!(failed, 1);
    assert!(mutations(&bench.received()).values().all(|count| *count == 1));
}

#[tokio::test(start_paused = true)]
async fn a_program_whose_end_nobody_saw_is_run_again_by_a_person_and_by_nobody_else() {
    let verified = SMALL.replace("run = [\"warm\"]", "run = [\"warm\"]\nverify = [\"is-warm\"]");
    for plan in [SMALL, &verified] {
        let lose = || in_turn(is_command, vec![|| Deed::Instead(lost())]);
        let bench = Bench::with_faults(plan, "").behind(lose());
        let state = bench.run(Answers::all()).await;
        assert_eq!(status(&state, "warm/run"), Status::Unknown);
        let sent = |bench: &Bench| {
            bench
                .events()
                .iter()
                .filter(|event| matches!(&event.what, What::StepActing { act, .. } if is_command(act)))
                .count()
        };
        assert_eq!(sent(&bench), 1, "not twice by itself");

        let bench = Bench::with_faults(plan, "").behind(lose());
        let state = bench.run(Answers { react: Some(retry), ..Answers::all() }).await;
        assert_eq!(outcome(&state), RunOutcome::Completed);
        assert_eq!(sent(&bench), 2, "once by a person's word");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_cloud_said_comes_before_that_the_time_is_up() {
    let fault = "[[fault]]\nkind = \"promotion-stuck\"\ncomponent = \"db\"\n";
    let bench = Bench::with_faults(SMALL, fault);
    let state = bench.run(Answers::all()).await;
    let (_, own) = state.step(&"db/promote".into()).expect("a step");
    assert_eq!(own.note.as_str(), "modifying: not verified within 30:00");
}

#[tokio::test(start_paused = true)]
async fn a_precheck_that_stays_untold_says_which_api_did_not_answer_and_for_how_long() {
    let between = Between::looks(|ask, _| {
        let is_meant = ask.query.api_name() == "autoscaling.DescribeScalableTargets";
        if is_meant { silence(Silence::NoAnswer, "no answer") } else { Look::Through }
    });
    let bench = Bench::with_faults(STOREFRONT, "").behind(between);
    let state = bench.run(Answers::all()).await;
    let untold: Vec<String> = state
        .run
        .runbook
        .steps
        .iter()
        .filter(|step| status(&state, step.id.as_str()) == Status::Failed)
        .map(|step| note(&state, step.id.as_str()))
        .collect();
    assert!(!untold.is_empty());
    for note in untold {
        assert!(
            note.contains("Application Auto Scaling in us-west-2 (autoscaling.DescribeScalableTargets) did not answer"),
            "{note}"
        );
    }
}
