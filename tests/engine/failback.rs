//! The way back in the simulated world of the run before: nothing lost, never two writers, nothing deleted, and the first world
//! again but for what is kept.

#[path = "failback/dark.rs"]
mod dark;
#[path = "failback/killed.rs"]
mod killed;
#[path = "failback/skipped.rs"]
mod skipped;
#[path = "failback/window.rs"]
mod window;

use super::bench::{Answers, Bench, mutations, outcome};
use landfall::cloud::sim::log::Line;
use landfall::cloud::sim::rehearsal;
use landfall::plan::GateKind;
use landfall::recovery::event::{GateAnswer, What};
use landfall::recovery::{self, RunOutcome, State, Status, divergence, way_back};
use serde_json::Value;
use std::collections::BTreeSet;

const SHOP: &str = include_str!("../plans/failback.toml");

/// With the waits that a plan has which says nothing of them.
fn shop() -> String {
    SHOP.replace("healthy_for = \"1s\"\nfollows_for = \"1s\"\n", "")
}

fn over() -> Bench {
    Bench::with_faults(&shop(), "")
}

/// Lost and doubled seconds of every database that ever was promoted, by the world itself.
fn truth(bench: &Bench) -> Vec<(String, f64, f64)> {
    let snapshot = bench.snapshot();
    let databases = snapshot["databases"].as_object().expect("databases").clone();
    let told = databases.iter().filter_map(|(name, database)| {
        let missing = database["missing_seconds"].as_f64()?;
        Some((name.clone(), missing, database["two_writers_seconds"].as_f64().unwrap_or_default()))
    });
    told.collect()
}

fn nothing_is_deleted_and_each_is_sent_once(bench: &Bench, since: usize) {
    let received: Vec<Line> = bench.received().split_off(since);
    let counts = mutations(&received);
    // A proof changes nothing, and may be asked for again.
    let is_proof = |act: &str| act.contains("\"operation\":\"prove_");
    // And by its own token nothing is started twice: the same is sent until it is answered, and never another.
    let (by_token, others): (Vec<_>, Vec<_>) =
        counts.iter().partition(|(act, _)| act.contains("\"operation\":\"start_automation\""));
    let asked_again = bench.events().iter().any(|event| matches!(event.what, What::StepUnknown { .. }));
    let is_by_word = |act: &str| asked_again && act.contains("\"operation\":\"invoke_function\"");
    assert!(others.iter().all(|(act, count)| **count == 1 || is_proof(act) || is_by_word(act)), "{counts:#?}");
    let started: BTreeSet<&str> = by_token.iter().filter_map(|(act, _)| act.split("\"token\"").next()).collect();
    assert_eq!(started.len(), by_token.len(), "{by_token:#?}");
    // But an object that a switch is about, and a parameter that the way there made.
    let allowed = ["delete_marker", "delete_parameter"];
    let deletes = |act: &String| act.contains("\"delete") && !allowed.iter().any(|word| act.contains(word));
    assert!(!counts.keys().any(deletes), "{counts:#?}");
}

fn services(snapshot: &Value) -> Value {
    let services = snapshot["services"].as_object().expect("services");
    services
        .iter()
        .map(|(name, service)| (name.clone(), service["desired"].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[tokio::test(start_paused = true)]
async fn it_goes_back_without_a_loss_and_the_first_world_stands_again() {
    let there = over();
    let first = there.snapshot();
    assert_eq!(outcome(&there.run(Answers::all()).await), RunOutcome::Completed);
    let back = there.failback().expect("a way back");
    let since = back.received().len();
    let state = back.run(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    nothing_is_deleted_and_each_is_sent_once(&back, since);
    let after = truth(&back);
    let new = after.iter().find(|(name, ..)| name == "us-east-1/orders").expect("it was promoted");
    assert_eq!((new.1, new.2), (0.0, 0.0), "nothing lost, nothing doubled");

    let snapshot = back.snapshot();
    let writer = &snapshot["databases"]["us-east-1/orders"];
    let replica = &snapshot["databases"]["us-west-2/orders-replica"];
    assert!(writer["replica_of"].is_null(), "{writer}");
    assert!(replica["replica_of"].to_string().contains("us-east-1"), "{replica}");
    assert_eq!(services(&snapshot), services(&first), "sizes as at first");
    assert_eq!(snapshot["limits"], first["limits"]);
    assert_eq!(snapshot["zones"], first["zones"]);
    let kept: Vec<&String> =
        snapshot["databases"].as_object().expect("databases").keys().filter(|name| name.contains("-fenced-")).collect();
    assert_eq!(kept.len(), 2, "what is kept: {kept:?}");

    // And over again by the way back of the way back.
    let forth = back.failback().expect("a way back");
    let state = forth.run(Answers::all()).await;
    let found = state.preflight.as_ref().map(|found| (found.blocks.clone(), found.unknown.clone()));
    assert_eq!(outcome(&state), RunOutcome::Completed, "{found:#?}");
    let primary = |state: &State| state.run.plan.application.primary.clone();
    assert_eq!(primary(&state).as_str(), "us-east-1");
    let first = back.received().len();
    nothing_is_deleted_and_each_is_sent_once(&forth, first);
}

#[tokio::test(start_paused = true)]
async fn what_has_no_way_back_is_refused_by_its_name_and_why() {
    // One that owes something is not gone back from.
    let bench = Bench::new(&shop(), "region-down");
    bench.run(Answers::all()).await;
    let refused = bench.failback().err().expect("it owes its fences");
    assert!(refused.to_string().contains("still owes"), "{refused}");
}

/// What goes on for so long goes on for ever.
fn leaves_late() -> Answers {
    Answers {
        react: Some(|state| {
            let waited = state.at.duration_since(state.begun_at).as_secs() > 72_000;
            waited.then_some(landfall::recovery::Command::Leave)
        }),
        ..Answers::all()
    }
}

fn writes_still(bench: &Bench) -> bool {
    let snapshot = bench.snapshot();
    let databases = snapshot["databases"].as_object().expect("databases");
    let is_fenced = databases.keys().any(|name| name.contains("replica-fenced"));
    !is_fenced && databases["us-west-2/orders-replica"]["replica_of"].is_null()
}

#[tokio::test(start_paused = true)]
async fn in_its_first_part_nothing_that_goes_wrong_reaches_who_serves() {
    let there = over();
    there.run(Answers::all()).await;
    for (fault, step, says) in [
        ("kind = \"name-taken\"\ncomponent = \"orders-db\"", "orders-db/replica", "orders is there already"),
        ("kind = \"replica-create-fails\"\ncomponent = \"orders-db\"", "orders-db/replica", "orders is failed"),
        ("kind = \"lag\"\ncomponent = \"orders-db\"\nseconds = \"30m\"", "orders-db/follows", "its rpo is 10:00"),
    ] {
        let back = there.failback().expect("a way back");
        back.inject(&format!("[[fault]]\n{fault}\n"));
        let state = back.run(leaves_late()).await;
        assert_ne!(outcome(&state), RunOutcome::Completed, "{fault}");
        let (_, own) = state.step(&step.into()).expect("its step");
        let found = state.preflight.as_ref().map(|found| &found.blocks);
        let told = format!("{} {found:?}", own.note);
        assert!(told.contains(says), "{fault}: {told}");
        assert!(writes_still(&back), "{fault}: who serves goes on");
        assert_eq!(way_back::downtime(&state, state.at), None);
        let serves = way_back::serves(&state).expect("a failback says it");
        assert!(serves.starts_with("us-west-2 serves"), "{serves}");
        let unprotected = way_back::unprotected(&state, state.at).expect("since the promotion");
        assert!(!unprotected.is_over && unprotected.seconds > 86_400.0, "{unprotected:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_differs_is_told_in_one_of_three_words() {
    let plan = shop().replace("caught_up = ", "compare = [\"orders-compare\"]\ncaught_up = ");
    let there = Bench::with_faults(&plan, "");
    there.run(Answers::all()).await;
    let asks = |bench: &Bench| -> Vec<String> {
        let asked = bench.events().into_iter().filter_map(|event| match event.what {
            What::GateOpened { gate: GateKind::Divergence, question, .. } => Some(question.to_string()),
            _ => None,
        });
        asked.collect()
    };
    let troubled = there.failback().expect("a way back");
    troubled.inject("[[fault]]\nkind = \"divergence\"\ncomponent = \"orders-db\"\ncount = 3\n");
    let state = troubled.run(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    let [asked] = &asks(&troubled)[..] else { panic!("asked once: {:?}", asks(&troubled)) };
    assert!(asked.contains("found: 3 transactions (3 missing, 0 in conflict)"), "{asked}");
    assert!(asked.contains("of writes, ") && asked.contains("orders-fenced-"), "what bounds it: {asked}");
    let (answer, ..) = divergence::settled(&state).expect("it was settled");
    assert_eq!(*answer, GateAnswer::Accepted { reason: "it is a test".into(), ahead: None });
    // Nothing found: nobody is asked.
    let same = there.failback().expect("a way back");
    same.inject("[[fault]]\nkind = \"divergence\"\ncomponent = \"orders-db\"\ncount = 0\n");
    let state = same.run(Answers::all()).await;
    assert_eq!((outcome(&state), asks(&same)), (RunOutcome::Completed, Vec::new()));
    // Without a program it is not known.
    let plain = over();
    plain.run(Answers::all()).await;
    let plain = plain.failback().expect("a way back");
    plain.run(Answers::all()).await;
    assert!(
        asks(&plain)[0].starts_with("orders-db: not known: nothing compares its two sides; ≤ "),
        "{:?}",
        asks(&plain)
    );
}

#[tokio::test(start_paused = true)]
async fn users_notice_as_long_as_the_window_said_and_nothing_is_lost() {
    let there = over();
    there.run(Answers::all()).await;
    let back = there.failback().expect("a way back");
    let state = back.run(Answers::all()).await;
    let downtime = way_back::downtime(&state, state.at).expect("it went back");
    let said = way_back::expected_downtime(&state.run.runbook);
    assert!(downtime.is_over && downtime.seconds > 60.0, "{downtime:?}");
    assert!((0.4..2.5).contains(&(downtime.seconds / said)), "{} s, and the window said {said}", downtime.seconds);
    let ended = state.ended.as_ref().expect("it ended");
    assert!((ended.rto_seconds - downtime.seconds).abs() < 0.01, "{} is {downtime:?}", ended.rto_seconds);
    let (_, lost, doubled) = truth(&back).into_iter().find(|(name, ..)| name == "us-east-1/orders").expect("promoted");
    assert_eq!((lost, doubled), (0.0, 0.0), "who writes all the time loses nothing");
    let unprotected = way_back::unprotected(&state, state.at).expect("since the promotion");
    assert!(unprotected.is_over, "{unprotected:?}");
    assert_eq!(way_back::serves(&state).as_deref(), Some("us-east-1 serves"));
    // The score says the same.
    let scored = recovery::score::score(&back.events()).and_then(|score| score.way_back).expect("a way back's score");
    assert_eq!(
        (scored.downtime_seconds, scored.unprotected_seconds),
        (Some(downtime.seconds), Some(unprotected.seconds))
    );
    assert!(scored.is_back && scored.is_protected && scored.expected_downtime_seconds == said, "{scored:?}");
    assert_eq!((scored.promoted, scored.lost_seconds), (1, Some(0.0)), "by the lag that was seen last: {scored:?}");
    assert!(scored.evidence[0] == scored.evidence[1] && scored.evidence[1] > 0, "{scored:?}");
}

#[tokio::test(start_paused = true)]
async fn the_shop_s_own_program_says_on_the_way_back_too_that_the_new_side_has_caught_up() {
    let there = Bench::with_faults(rehearsal::SHOP.plan, "");
    there.run(Answers::all()).await;
    let back = there.failback().expect("a way back");
    let state = back.run(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Completed, "{}", undone(&back, &state));
    let events = back.events();
    let found = events.iter().find_map(|event| match &event.what {
        What::Preflight(found) => Some(found),
        _ => None,
    });
    let found = found.expect("it was looked at");
    let (rto, names): (Vec<_>, Vec<_>) = (
        found.all().filter(|found| found.check.code.as_str() == "rto").collect(),
        found.all().map(|found| found.check.code.as_str()).collect(),
    );
    // Of the hour that a replica takes users notice nothing, and the questions have their places.
    assert!(
        rto[0].check.level == landfall::plan::Level::Ok && rto[0].check.found.starts_with("the return takes "),
        "{rto:?}"
    );
    assert!(!names.contains(&"component-alone"), "{names:?}");
    let how = events.iter().find_map(|event| match &event.what {
        What::StepSucceeded { step, evidence, .. } if step.as_str() == "orders-db/caught-up" => {
            Some(evidence.to_string())
        }
        _ => None,
    });
    assert!(how.as_ref().is_some_and(|how| how.contains("the plan's program says")), "{how:?}");
}

/// What is not verified, and why it failed.
fn undone(bench: &Bench, state: &State) -> String {
    let steps = state.run.runbook.steps.iter().zip(&state.steps);
    let left = steps.filter(|(_, own)| !matches!(own.status, Status::Succeeded { .. }));
    let left: String = left.map(|(step, own)| format!("{} {:?} {}\n", step.id, own.status, own.note)).collect();
    let failed = bench.events().into_iter().filter_map(|event| match event.what {
        What::StepFailed { step, reason, checks, .. } => Some(format!("{step}: {reason} {checks:?}\n")),
        _ => None,
    });
    format!("{left}{}{:?}", failed.collect::<String>(), state.preflight.as_ref().map(|found| &found.blocks))
}

/// What a session that was killed left in its journal.
fn stands(bench: &Bench) -> State {
    let recorded = landfall::engine::journal::read(&bench.journal()).expect("the journal verifies");
    landfall::engine::session::fold(&recorded).expect("a run")
}

/// Which of the places are gone through where the suite takes a part of them: all by `LANDFALL_EVERY_CUT=1`, one of four shares
/// of them (to be run beside the others) by `LANDFALL_EVERY_CUT=2/4`.
fn share() -> Option<(usize, usize)> {
    let told = std::env::var("LANDFALL_EVERY_CUT").ok()?;
    let (nth, of) = told.split_once('/').unwrap_or(("1", "1"));
    let count = |text: &str| text.parse::<usize>().expect("LANDFALL_EVERY_CUT is 1, or a share such as 2/4");
    let (nth, of) = (count(nth), count(of));
    assert!((1..=of).contains(&nth), "LANDFALL_EVERY_CUT={told}: no such share");
    Some((nth - 1, of))
}
