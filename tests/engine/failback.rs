//! The way back in the simulated world of the run before, killed anywhere: nothing lost, never two writers, nothing deleted, and
//! the first world again but for what is kept.

use super::bench::{Answers, Bench, mutations, outcome};
use landfall::cloud::sim::log::Line;
use landfall::cloud::sim::rehearsal;
use landfall::plan::GateKind;
use landfall::recovery::event::{Fence, GateAnswer, Mode, What};
use landfall::recovery::{self, Command, RunOutcome, State, Status, divergence, rollback, way_back, window};
use serde_json::Value;

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
    assert!(counts.iter().all(|(act, count)| *count == 1 || is_proof(act)), "{counts:#?}");
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

/// Whether every place is gone through where the suite takes a part of them.
fn every_cut() -> bool {
    std::env::var_os("LANDFALL_EVERY_CUT").is_some()
}

/// Behind which events of a run it may be killed.
fn cuts(bench: &Bench) -> Vec<usize> {
    let events = bench.events().into_iter();
    let those = events.filter(|event| {
        matches!(
            event.what,
            What::StepStarted { .. } | What::StepActing { .. } | What::StepActed { .. } | What::StepSucceeded { .. }
        )
    });
    those.map(|event| event.seq as usize + 1).collect()
}

#[tokio::test(start_paused = true)]
async fn killed_anywhere_it_goes_on_and_loses_nothing() {
    let there = over();
    there.run(Answers::all()).await;
    let back = there.failback().expect("a way back");
    let since = back.received().len();
    back.run(Answers::all()).await;
    // Each of them holds; here a part, for the time it takes. All of them by LANDFALL_EVERY_CUT=1.
    let step = if every_cut() { 1 } else { 13 };
    // What is sent before the return, and was not answered, in any case.
    let events = back.events();
    let is_sent_before = |cut: &usize| matches!(&events[cut - 1].what, What::StepActing { step, .. } if ["keep", "tag"].contains(&step.action()));
    let all = cuts(&back);
    let part = all.iter().skip(3 % step).step_by(step).chain(all.iter().filter(|cut| step > 1 && is_sent_before(cut)));
    for cut in part.copied() {
        for done in [false, true] {
            let crashed = back.crash_at(cut, done);
            let state = crashed.resume(Answers::all()).await;
            assert_eq!(outcome(&state), RunOutcome::Completed, "cut at {cut}, done {done}");
            nothing_is_deleted_and_each_is_sent_once(&crashed, since);
            let all = truth(&crashed);
            let (_, lost, doubled) = all.iter().find(|(name, ..)| name == "us-east-1/orders").expect("it was promoted");
            assert_eq!((*lost, *doubled), (0.0, 0.0), "cut at {cut}, done {done}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_goes_wrong_on_the_way_back_keeps_the_side_that_serves() {
    let there = over();
    there.run(Answers::all()).await;
    // The region fails again before anything of the return was done.
    let back = there.failback().expect("a way back");
    back.inject("[[fault]]\nkind = \"region-dark\"\nregion = \"us-east-1\"\nat = \"5m\"\n");
    let hand = Answers {
        react: Some(|state| {
            let waited = state.at.duration_since(state.begun_at).as_secs() > 36_000;
            waited.then_some(landfall::recovery::Command::Leave)
        }),
        ..Answers::all()
    };
    let state = back.run(hand).await;
    assert_ne!(outcome(&state), RunOutcome::Completed);
    let snapshot = back.snapshot();
    assert!(snapshot["databases"]["us-west-2/orders-replica"]["replica_of"].is_null(), "it still writes");
    let fenced =
        snapshot["databases"].as_object().expect("databases").keys().any(|name| name.contains("replica-fenced"));
    assert!(!fenced, "and was not fenced");
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

/// An old side that never comes back as a secondary keeps the side that serves.
async fn no_secondary_no_return(there: &Bench) {
    let back = there.failback().unwrap_or_else(|none| panic!("{none}"));
    back.inject("[[fault]]\nkind = \"rejoin-never\"\ncomponent = \"ledger\"\n");
    let soon = Answers {
        react: Some(|state| {
            let waited = state.at.duration_since(state.begun_at).as_secs() > 1_200;
            waited.then_some(landfall::recovery::Command::Leave)
        }),
        ..Answers::all()
    };
    let state = back.run(soon).await;
    assert_ne!(outcome(&state), RunOutcome::Completed, "{}", undone(&back, &state));
    let (_, own) = state.step(&"ledger/rejoined".into()).expect("its step");
    assert!(!matches!(own.status, Status::Succeeded { .. }), "{:?}", own.status);
    assert_eq!(way_back::downtime(&state, state.at), None, "nothing of the return was begun");
    let serves = way_back::serves(&state).expect("a failback says it");
    assert!(serves.starts_with(&format!("{} serves", there.plan().application.recovery)), "{serves}");
    let scored = recovery::score::score(&back.events()).and_then(|score| score.way_back).expect("its score");
    assert!(!scored.is_protected && scored.promoted == 0 && scored.lost_seconds.is_none(), "{scored:?}");
}

#[tokio::test(start_paused = true)]
async fn the_region_that_fails_again_between_any_two_steps_of_the_return_costs_no_evidence_and_no_second_writer() {
    let there = over();
    there.run(Answers::all()).await;
    let back = there.failback().expect("a way back");
    let since = back.received().len();
    back.run(Answers::all()).await;
    let events = back.events();
    let begun = events[0].at;
    let returns = |step: &landfall::plan::StepId| {
        let What::RunOpened(opened) = &events[0].what else { panic!("it opens") };
        opened.runbook.steps.iter().any(|own| own.id == *step && own.when.is_return())
    };
    let cuts = events.iter().filter(|event| matches!(&event.what, What::StepSucceeded { step, .. } if returns(step)));
    // A quarter of them in the suite; all of them by LANDFALL_EVERY_CUT=1.
    let step = if every_cut() { 1 } else { 4 };
    for (cut, at) in cuts.step_by(step).map(|event| (event.seq as usize + 1, event.at)) {
        let crashed = back.crash_at(cut, true);
        let after = at.duration_since(begun).as_secs() + 1;
        crashed.inject(&format!("[[fault]]\nkind = \"region-dark\"\nregion = \"us-east-1\"\nat = {after}\n"));
        let state = crashed.resume(Answers { stays: false, ..leaves_late() }).await;
        let snapshot = crashed.snapshot();
        let databases = snapshot["databases"].as_object().expect("databases");
        assert!(databases.keys().any(|name| name.starts_with("us-east-1/orders-fenced-")), "cut at {cut}: evidence");
        for (name, lost, doubled) in truth(&crashed) {
            let is_new = name == "us-east-1/orders";
            assert!(!is_new || (lost, doubled) == (0.0, 0.0), "cut at {cut}: {name} lost {lost}, doubled {doubled}");
        }
        assert!(way_back::serves(&state).is_some_and(|told| told.contains("us-")), "cut at {cut}");
        nothing_is_deleted_and_each_is_sent_once(&crashed, since);
    }
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

/// An embedded rehearsal, its region dark for an hour and then back: all that it owes is paid.
async fn gone_over(of: &str) -> (Bench, Value) {
    let plan =
        rehearsal::all().into_iter().find(|known| known.file == format!("{of}.toml")).expect("an embedded plan").plan;
    let there = Bench::with_faults(
        plan,
        "[[fault]]\nkind = \"region-dark\"\nregion = \"primary\"\nat = -90\nfor = \"3690s\"\n",
    );
    let first = there.snapshot();
    let state = there.run(Answers::all()).await;
    assert!(state.is_over(), "{of}: {:?}\n{}", outcome(&state), undone(&there, &state));
    let pay = Answers { mode: Mode::Hold, then: vec![Command::Pay { steps: Vec::new() }], ..Answers::all() };
    let state = there.resume_later(7200, pay).await;
    // That the writes of a primary that was dark were blocked nobody can see any more: no word pays that, and it is not said.
    let owed: Vec<&str> = state.debts.iter().map(|debt| debt.step.as_str()).collect();
    assert!(owed.iter().all(|step| *step == "ledger/fenced"), "{of}: {owed:?}");
    if let Some(debt) = state.debts.first() {
        let is_told =
            debt.why.contains("timed out") && debt.why.contains("see whether") && debt.fence == Fence::Attempted;
        assert!(is_told, "{of}: {debt:?}");
        let listed =
            std::process::Command::new(env!("CARGO_BIN_EXE_landfall")).arg("debts").arg(there.journal()).output();
        let told = String::from_utf8_lossy(&listed.expect("it runs").stdout).into_owned();
        assert!(
            told.contains("nothing can be sent for it: look at it yourself") && told.contains("attempted"),
            "{told}"
        );
        assert!(!told.contains("Once the region answers again") && told.contains("does not wait for it"), "{told}");
    }
    (there, first)
}

#[tokio::test(start_paused = true)]
async fn both_rehearsals_come_back_from_a_dark_region_and_go_over_again() {
    for of in ["storefront", "claims"] {
        let (there, first) = gone_over(of).await;
        if of == "claims" {
            no_secondary_no_return(&there).await;
        }
        let gone = there.snapshot();
        let back = there.failback().unwrap_or_else(|none| panic!("{of}: {none}"));
        let since = back.received().len();
        let state = back.run(Answers::all()).await;
        assert_eq!(outcome(&state), RunOutcome::Completed, "{of}: {}", undone(&back, &state));
        nothing_is_deleted_and_each_is_sent_once(&back, since);
        is_the_first_world(&first, &back.snapshot(), of);
        nothing_lost(&back, of);
        killed_it_goes_on(&back, since, &first, of).await;

        // Gone over again by the way back of the way back: the first plan, and the world as it was gone over.
        let forth = back.failback().unwrap_or_else(|none| panic!("{of}: {none}"));
        for component in &there.plan().components {
            let again = forth.plan().component(&component.name).expect("it is there");
            if component.kind.as_str() == "rds-restore" {
                // Its name is taken by what is kept.
                continue;
            }
            assert_eq!(again.kind, component.kind, "{of}: {}", component.name);
            // What was captured or made anew since is told by the run and not by the plan.
            if !["ecs", "route53"].contains(&component.kind.as_str()) {
                for (name, value) in &component.fields.0 {
                    assert_eq!(again.fields.0.get(name), Some(value), "{of}: {}", component.name);
                }
            }
        }
        let since = forth.received().len();
        let state = forth.run(Answers::all()).await;
        assert_eq!(outcome(&state), RunOutcome::Completed, "{of}: {}", undone(&forth, &state));
        nothing_is_deleted_and_each_is_sent_once(&forth, since);
        for what in [
            "scaling_groups",
            "limits",
            "zones",
            "rules",
            "schedules",
            "node_groups",
            "objects",
            "mappings",
            "functions",
        ] {
            assert_eq!(forth.snapshot()[what], gone[what], "{of}: {what}");
        }
    }
}

/// No database lost anything, or had two writers, on the way back.
fn nothing_lost(bench: &Bench, of: &str) {
    for (name, lost, doubled) in truth(bench) {
        let is_back = ["replica", "-fenced-", "archive"].iter().all(|part| !name.contains(part));
        assert!(!is_back || (lost, doubled) == (0.0, 0.0), "{of}: {name} lost {lost} s, doubled {doubled} s");
    }
}

/// Killed behind any of its events a failback goes on and loses nothing: `LANDFALL_EVERY_CUT=1` goes through all of them.
async fn killed_it_goes_on(back: &Bench, since: usize, first: &Value, of: &str) {
    let cuts = cuts(back);
    let step = if every_cut() { 1 } else { cuts.len() * 2 / 3 };
    for (nth, cut) in cuts.iter().skip(step - 1).step_by(step).enumerate() {
        for done in [false, true] {
            if step > 1 && done != (nth % 2 == 0) {
                continue;
            }
            let crashed = back.crash_at(*cut, done);
            let state = crashed.resume(Answers::all()).await;
            let how = format!("{of} cut at {cut}, done {done}");
            assert_eq!(outcome(&state), RunOutcome::Completed, "{how}: {}", undone(&crashed, &state));
            nothing_is_deleted_and_each_is_sent_once(&crashed, since);
            nothing_lost(&crashed, &how);
            is_the_first_world(first, &crashed.snapshot(), &how);
        }
    }
}

/// What is not verified, and why it failed.
fn undone(bench: &Bench, state: &State) -> String {
    let steps = state.run.runbook.steps.iter().zip(&state.steps);
    let left = steps.filter(|(_, own)| !matches!(own.status, Status::Succeeded { .. }));
    let left: String = left.map(|(step, own)| format!("{} {:?}\n", step.id, own.status)).collect();
    let failed = bench.events().into_iter().filter_map(|event| match event.what {
        What::StepFailed { step, reason, checks, .. } => Some(format!("{step}: {reason} {checks:?}\n")),
        _ => None,
    });
    format!("{left}{}{:?}", failed.collect::<String>(), state.preflight.as_ref().map(|found| &found.blocks))
}

/// What may be another once a rehearsal is gone back: what is kept, what counts, and where an address stands that was of no
/// store before.
fn may_differ(way: &str) -> bool {
    let new =
        ["/commands", "/modules", "/task_definitions/", "/parameters/", "/executions", "/invocations", "/restored"];
    new.iter().any(|begin| way.starts_with(begin))
        || ["-fenced-", "/missing_seconds", "/two_writers_seconds", "/backup_retention_days"]
            .iter()
            .any(|part| way.contains(part))
        || (way.starts_with("/services/") && way.ends_with("/task_definition"))
        || (way.starts_with("/secrets/") && way.contains("/versions"))
        || way.starts_with("/databases/eu-central-1/claims-archive")
        || way.starts_with("/global_databases/") && way.contains("/copies")
}

fn differences(way: &str, first: &Value, last: &Value, differ: &mut Vec<String>) {
    match (first, last) {
        (Value::Object(old), Value::Object(new)) => {
            let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                let of = |tree: &serde_json::Map<String, Value>| tree.get(name).cloned().unwrap_or_default();
                differences(&format!("{way}/{name}"), &of(old), &of(new), differ);
            }
        }
        (old, new) if old == new || may_differ(way) => {}
        (old, new) => differ.push(format!("{way}: {new}, was {old}")),
    }
}

fn is_the_first_world(first: &Value, last: &Value, of: &str) {
    let mut differ = Vec::new();
    differences("", first, last, &mut differ);
    assert!(differ.is_empty(), "{of}: {differ:#?}");
}

/// What a session that was killed left in its journal.
fn stands(bench: &Bench) -> State {
    let recorded = landfall::engine::journal::read(&bench.journal()).expect("the journal verifies");
    landfall::engine::session::fold(&recorded).expect("a run")
}

/// How many seconds behind `from` something was first sent to take back what was done in us-west-2.
fn first_undo_there(bench: &Bench, from: jiff::Timestamp) -> Option<i64> {
    let events = bench.events();
    let sent = events.iter().filter(|event| event.at >= from).find(|event| match &event.what {
        What::UndoActing { act, .. } => act.place.region.as_str() == "us-west-2",
        _ => false,
    });
    sent.map(|event| event.at.duration_since(from).as_secs())
}

/// What stands in the world of `bench` when us-west-2 is the one that serves: its database under its own name, and its tasks.
fn west_serves(bench: &Bench, desired: &Value) -> bool {
    let snapshot = bench.snapshot();
    writes_still(bench) && snapshot["services"]["us-west-2/ecs/shop/api"]["desired"] == *desired
}

fn has_evidence(bench: &Bench) -> bool {
    let snapshot = bench.snapshot();
    let mut names = snapshot["databases"].as_object().expect("databases").keys();
    names.any(|name| name.starts_with("us-east-1/orders-fenced-"))
}

#[tokio::test(start_paused = true)]
async fn where_the_region_fails_again_one_word_has_the_other_serve_within_a_minute() {
    let there = over();
    there.run(Answers::all()).await;
    let serving = there.snapshot()["services"]["us-west-2/ecs/shop/api"]["desired"].clone();
    assert_eq!(serving, 3);
    let back = there.failback().expect("a way back");
    let since = back.received().len();
    back.run(Answers::all()).await;
    let events = back.events();
    let begun = events[0].at;
    let fenced = events.iter().find_map(|event| match &event.what {
        What::StepSucceeded { step, .. } if step.as_str() == "orders-db/fence" => Some(event.at),
        _ => None,
    });
    assert!(fenced.is_some(), "its store is fenced");
    let cuts = events.iter().filter_map(|event| match &event.what {
        What::StepSucceeded { step, .. } => Some((event.seq as usize + 1, event.at, step.clone())),
        _ => None,
    });
    // Behind one step of each sort; behind each by LANDFALL_EVERY_CUT=1.
    let some = [
        "orders-db/replica",
        "failback-window/confirm",
        "api/fence",
        "orders-db/caught-up",
        "orders-db/promote",
        "api-dns/clients",
        "api/standby",
        "orders-db/protect-again",
    ];
    let mut seen = [0; 4];
    for (cut, at, step) in cuts.filter(|(_, _, step)| every_cut() || some.contains(&step.as_str())) {
        let how = format!("behind {step}, cut at {cut}");
        let crashed = back.crash_at(cut, true);
        let after = at.duration_since(begun).as_secs();
        crashed.inject(&format!("[[fault]]\nkind = \"region-dark\"\nregion = \"us-east-1\"\nat = {after}\n"));
        let stood = stands(&crashed);
        let told = way_back::serves(&stood).expect("it is said");
        let crossed = !stood.promotions.is_empty();
        let word = Command::RollBack {
            to: None,
            typed: "us-east-1".into(),
            reason: "it failed again".into(),
            past_the_point: crossed.then(|| "it failed again".into()),
        };
        if way_back::return_begun(&stood).is_none() {
            // The other side serves, and nothing is to be done for it.
            assert!(told.starts_with("us-west-2 serves"), "{how}: {told}");
            assert!(west_serves(&crashed, &serving), "{how}");
            seen[0] += 1;
            continue;
        }
        if rollback::made_anew(&stood).is_some() {
            // Its second side has its name: until it is there, nothing else has what was written.
            let refused = recovery::decide::command(&stood, &word, at).expect_err("it is made anew");
            assert!(refused.clear.contains("failover"), "{how}: {refused:?}");
            let is_there = step.as_str() == "orders-db/protect-again";
            assert_eq!(told.contains("is being made its second side"), !is_there, "{how}: {told}");
            if is_there {
                let again = crashed.over_again(&shop());
                let state = again.run(Answers::all()).await;
                let started = state.started.as_ref().expect("it was started").at;
                assert!(started.duration_since(state.begun_at).as_secs() < 60, "{how}");
                assert_eq!(outcome(&state), RunOutcome::Completed, "{how}: {}", undone(&again, &state));
                assert!(has_evidence(&again), "{how}");
            }
            seen[1] += 1;
            continue;
        }
        let hand = || Answers { mode: Mode::Hold, stays: false, then: vec![word.clone()], ..leaves_late() };
        let state = crashed.resume(hand()).await;
        let first = first_undo_there(&crashed, at).unwrap_or_else(|| panic!("{how}: {}", undone(&crashed, &state)));
        // RDS changes no instance that comes back from its fence still, for ten minutes behind it at most: it is sent as soon as that has
        // passed.
        let fenced =
            fenced.filter(|fenced| *fenced <= at).map_or(0, |fenced| 600 - at.duration_since(fenced).as_secs());
        assert!(first < fenced.max(60), "{how}: {first} s");
        assert!(west_serves(&crashed, &serving), "{how}: {}", undone(&crashed, &state));
        assert!(has_evidence(&crashed), "{how}");
        let told = way_back::serves(&state).expect("it is said");
        assert!(told.starts_with("us-west-2 serves"), "{how}: {told}");
        assert_eq!(told.contains("what was written to us-east-1 since"), crossed, "{how}: {told}");
        nothing_is_deleted_and_each_is_sent_once(&crashed, since);
        if !crossed {
            let lost = truth(&crashed).into_iter().find(|(name, ..)| name == "us-west-2/orders-replica");
            assert_eq!(lost.map(|(_, lost, doubled)| (lost, doubled)), Some((0.0, 0.0)), "{how}");
        }
        // What stands in the silent region is not called taken back before it is: once it answers, at the same word again.
        if outcome(&state) != RunOutcome::RolledBack {
            assert_eq!(outcome(&state), RunOutcome::Failed, "{how}");
            crashed.inject_ends();
            let state = crashed.resume(hand()).await;
            assert_eq!(outcome(&state), RunOutcome::RolledBack, "{how}: {}", undone(&crashed, &state));
        }
        seen[if crossed { 3 } else { 2 }] += 1;
    }
    assert!(seen.iter().all(|count| *count > 1), "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn what_would_refuse_a_step_of_the_return_refuses_the_decision_to_go_back() {
    let there = over();
    there.run(Answers::all()).await;
    let back = there.failback().expect("a way back");
    back.run(Answers::all()).await;
    let opened =
        back.events().into_iter().find(|event| matches!(event.what, What::GateOpened { gate: GateKind::Window, .. }));
    let opened = opened.expect("it is asked");
    let crashed = back.crash_at(opened.seq as usize + 1, true);
    let mut state = stands(&crashed);
    let step = "failback-window/confirm".into();
    let word = Command::Answer { step, gate: GateKind::Window, text: "us-east-1".into() };
    let answer = |state: &State| recovery::decide::command(state, &word, opened.at);
    // How it stands is asked anew by each session: what is not known yet is not good.
    let refused = answer(&state).expect_err("nobody knows how it stands");
    assert!(refused.why.contains("is still being asked"), "{refused:?}");
    let found = |level: &str, rule: bool| {
        let mut found = serde_json::json!({
            "component": "api", "code": "ecs-image", "level": level, "found": "no image shop/api:v2 in us-east-1",
            "wanted": "the image is there", "fix": "push it",
        });
        if rule {
            found["tier"] = "hourly".into();
        }
        serde_json::from_value::<landfall::recovery::start::Found>(found).expect("a finding")
    };
    let later = |seconds: i64, what: What| {
        let at = opened.at + jiff::SignedDuration::from_secs(seconds);
        landfall::recovery::Event { what, at, ..opened.clone() }
    };
    let judged = |seconds, found| {
        let found = recovery::Preflight::sorted(vec![found]);
        later(seconds, What::ReturnJudged(Box::new(found)))
    };
    let turned = |seconds: i64, found: landfall::recovery::start::Found| {
        let since = Some(opened.at + jiff::SignedDuration::from_secs(seconds));
        let found = vec![landfall::recovery::start::Found { since, ..found }];
        later(seconds, What::RulesTurned { found, rests: None })
    };
    state.fold(&judged(1, found("ok", false)));
    assert!(answer(&state).is_ok());
    assert!(window::stands(&state).expect("it is told").1.starts_with("ready, asked at "));
    for (event, says) in [
        (turned(2, found("failing", true)), "ecs-image is failing now"),
        (judged(3, found("failing", false)), "ecs-image is failing now"),
        (judged(4, found("unknown", false)), "ecs-image cannot be told now"),
    ] {
        state.fold(&event);
        let refused = answer(&state).expect_err("it is not ready");
        assert!(refused.why.contains(says) && refused.clear.contains("push it"), "{refused:?}");
        assert!(window::stands(&state).expect("it is told").1.starts_with("not ready 1, "), "{says}");
    }
    // A rule that nobody can tell refuses nothing, and is said as what it is; what was judged last has the last word.
    state.fold(&judged(5, found("unknown", true)));
    assert!(answer(&state).is_ok(), "no step asks for it");
    assert!(window::stands(&state).expect("it is told").1.contains("cannot be told now"));
    state.fold(&judged(6, found("ok", true)));
    assert!(answer(&state).is_ok(), "once it is mended");
}

#[tokio::test(start_paused = true)]
async fn nobody_goes_back_into_a_region_that_went_dark_since_and_the_side_is_warm_before_anybody_is_moved() {
    let there = over();
    there.run(Answers::all()).await;
    let back = there.failback().expect("a way back");
    back.run(Answers::all()).await;
    let events = back.events();
    let place =
        |found: &dyn Fn(&What) -> bool| events.iter().position(|event| found(&event.what)).expect("it is there");
    let asked = place(&|what| matches!(what, What::GateOpened { gate: GateKind::Window, .. }));
    let judged = place(&|what| matches!(what, What::ReturnJudged(_)));
    let crossed = place(&|what| matches!(what, What::GatePassed { gate: GateKind::Window, .. }));
    assert!(asked < judged && judged < crossed, "asked anew before it is answered: {asked} {judged} {crossed}");
    let What::ReturnJudged(found) = &events[judged].what else { panic!("it is one") };
    assert!(found.blocks.is_empty() && found.unknown.is_empty() && !found.ok.is_empty(), "{found:#?}");
    // What rests on the replica that part one makes is asked here, and not held against the start, where it cannot be there yet.
    let started = place(&|what| matches!(what, What::Started(_)));
    let first = events[..started].iter().rev().find_map(|event| match &event.what {
        What::Preflight(found) => Some(found),
        _ => None,
    });
    let first = first.expect("it was asked before the start");
    assert!(first.unknown.is_empty(), "{:#?}", first.unknown);
    let of_version = |found: &recovery::Preflight| {
        let versions = found.all().filter(|found| found.check.code.as_str() == "rds-engine-version");
        versions.map(|found| found.check.level).collect::<Vec<_>>()
    };
    assert_eq!((of_version(first), of_version(found)), (Vec::new(), vec![landfall::plan::Level::Ok]));
    let is_of_part_one = |found: &recovery::start::Found| {
        found.step.as_ref().is_some_and(|step| ["keep", "replica", "follows"].contains(&step.action()))
    };
    assert!(!found.all().any(is_of_part_one), "what is done is not judged again");
    let of = |step: &'static str| {
        place(&|what| matches!(what, What::StepSucceeded { step: done, .. } if done.as_str() == step))
    };
    let fenced = place(&|what| matches!(what, What::StepActing { step, .. } if step.action() == "fence"));
    assert!(crossed < of("api/warm") && of("api/warm") < fenced, "warm and healthy before anything is stopped");

    // It goes dark while the question stands: refused, held, and nothing is sent.
    let crashed = back.crash_at(events[asked].seq as usize + 1, true);
    let after = events[asked].at.duration_since(events[0].at).as_secs();
    crashed.inject(&format!("[[fault]]\nkind = \"region-dark\"\nregion = \"us-east-1\"\nat = {after}\n"));
    let since = crashed.received().len();
    let state = crashed.resume(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Held, "{}", undone(&crashed, &state));
    let refusers = window::refusers(&state);
    assert!(!refusers.is_empty(), "{:?}", state.judged);
    let codes: Vec<&str> = refusers.iter().map(|found| found.check.code.as_str()).collect();
    assert!(codes.contains(&"recovery-answers") && codes.len() > 3, "{codes:?}");
    assert_eq!(crashed.received().len(), since, "nothing was sent");
    assert!(way_back::return_begun(&state).is_none());
    // Light again it is asked anew, and goes.
    crashed.inject_ends();
    let state = crashed.resume_later(60, Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Completed, "{}", undone(&crashed, &state));
}
