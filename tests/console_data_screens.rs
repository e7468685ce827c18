//! The screens that show what was seen and what happened: replication, readiness and the timeline, at every size
//! they degrade through; what is said of numbers that are missing, old or over; what is followed, left out and copied.

mod console_stage;

use console_stage::*;
use landfall::console::app::{App, Wish};
use landfall::console::look::Glyphs;
use landfall::plan::GateKind;
use landfall::recovery::{Command, Reported, What};
use landfall::service::{CallMade, Operation, RdsOperation};

const SIZES: [(u16, u16); 5] = [(160, 48), (120, 36), (80, 24), (60, 20), (40, 10)];

fn at_every_size(name: &str, stage: &Stage, keys: &str) {
    for (width, height) in SIZES {
        let (mut app, _orders) = stage.commander(Glyphs::Unicode);
        // A first frame: moving in a list is moving in what was shown.
        screen(&mut app, width, height);
        press(&mut app, keys);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), screen(&mut app, width, height));
    }
}

fn console(stage: &Stage) -> App {
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    screen(&mut app, 120, 36);
    app
}

/// Takes the events that the stage made since the console was opened, and shows them.
fn catch_up(app: &mut App, stage: &Stage, from: usize) -> String {
    app.take(&stage.events[from..]);
    app.at(stage.now);
    screen(app, 120, 36)
}

#[test]
fn timeline_after_a_failure() {
    at_every_size("timeline_failed", &failed(), "6vv");
}

#[test]
fn timeline_with_only_decisions_and_failures() {
    at_every_size("timeline_decisions", &ended(), "6");
}

#[test]
fn details_of_an_event_have_all_of_it() {
    at_every_size("timeline_details", &at_the_loss_gate(), "6vvvkk<Enter>");
}

#[test]
fn timeline_in_ascii() {
    let (mut app, _orders) = failed().commander(Glyphs::Ascii);
    press(&mut app, "6vv");
    let shown = screen(&mut app, 120, 36);
    assert!(shown.is_ascii(), "{shown}");
    insta::assert_snapshot!("timeline_ascii", shown);
}

#[test]
fn the_timeline_follows_the_end_until_the_user_moves_up() {
    let mut stage = failed();
    let mut app = console(&stage);
    press(&mut app, "6vv");
    screen(&mut app, 120, 36);

    let from = stage.events.len();
    stage.report("api/scale", Reported::Progress("4 of 6 running".into()));
    assert!(catch_up(&mut app, &stage, from).contains("4 of 6 running"));

    press(&mut app, "k");
    screen(&mut app, 120, 36);
    let from = stage.events.len();
    for running in ["five", "all"] {
        stage.report("api/scale", Reported::Progress(running.into()));
    }
    let shown = catch_up(&mut app, &stage, from);
    assert!(shown.contains("2 newer, G to the newest"), "{shown}");

    press(&mut app, "G");
    let shown = screen(&mut app, 120, 36);
    assert!(!shown.contains("newer") && shown.contains("scale api 0 → 6: all"), "{shown}");
}

#[test]
fn another_part_of_the_timeline_keeps_the_chosen_event() {
    let mut app = console(&ended());
    press(&mut app, "6");
    screen(&mut app, 120, 36);
    press(&mut app, "gjjj");
    screen(&mut app, 120, 36);
    let before = app.chosen();
    press(&mut app, "vvvvv");
    screen(&mut app, 120, 36);
    assert_eq!(app.chosen(), before);
}

#[test]
fn showing_another_part_of_a_screen_that_shows_all_says_so() {
    let mut app = console(&opened());
    press(&mut app, "v");
    assert!(screen(&mut app, 120, 36).contains("this screen shows all there is"));
}

#[test]
fn no_step_is_meant_by_an_event_so_none_is_started_by_following_the_end() {
    let stage = opened();
    let (mut app, mut orders) = stage.commander(Glyphs::Unicode);
    press(&mut app, "6");
    screen(&mut app, 120, 36);
    press(&mut app, "x");
    assert!(screen(&mut app, 120, 36).contains("choose a step first"));
    assert!(orders.try_recv().is_err());
}

#[test]
fn the_chosen_row_is_copied_with_its_time_and_who() {
    let mut stage = failed();
    stage.call("api/scale", "ecs.DescribeServices", &"us-west-2".into(), 95, false, None);
    let mut app = console(&stage);
    press(&mut app, "6vvv");
    screen(&mut app, 120, 36);
    press(&mut app, "y");
    let Some(Wish::Copy(text)) = app.wish() else { panic!("nothing is copied") };
    assert_eq!(text, "T+3:47 2026-03-09T02:09:47Z ana: ecs.DescribeServices us-west-2 95ms request 7d1c-44");
    assert!(screen(&mut app, 120, 36).contains("copied, where the terminal lets it"));
    press(&mut app, "k");
    assert!(!screen(&mut app, 120, 36).contains("copied, where"), "the next key puts it away");
}

#[test]
fn a_step_and_a_component_are_copied_by_name() {
    let mut app = console(&failed());
    press(&mut app, "y");
    assert_eq!(app.wish(), Some(Wish::Copy("orders-db (rds)".to_owned())));
    press(&mut app, "2y");
    let Some(Wish::Copy(text)) = app.wish() else { panic!("nothing is copied") };
    assert!(text.starts_with("orders-db/promote (promote orders-db): ok"), "{text}");
}

/// Two stores sampled for minutes: orders-db goes over its objective, then gives no number; catalog-db is calm.
fn replicating() -> Stage {
    let mut stage = opened();
    for lag in [1.5, 2.0, 2.5, 9.0, 16.0, 24.0, 33.0, 41.0, 38.0, 21.0, 12.0, 8.0, 6.0, 6.5] {
        stage.pass(15.0);
        stage.lag("orders-db", Some(lag));
        stage.lag("catalog-db", Some(0.4));
    }
    stage
}

/// The row of a store in the list.
fn row_of<'a>(shown: &'a str, store: &str) -> &'a str {
    shown.lines().find(|line| line.starts_with('┃') && line.contains(store)).expect("a row")
}

fn silent() -> Stage {
    let mut stage = replicating();
    for _ in 0..3 {
        stage.pass(15.0);
        stage.lag("orders-db", None);
        stage.lag("catalog-db", Some(0.4));
    }
    stage
}

fn promoted() -> Stage {
    let mut stage = replicating();
    stage.go("orders-db/promote");
    stage.answer("orders-db/promote", GateKind::PointOfNoReturn, "us-west-2");
    stage.pass(30.0);
    stage.succeeds("orders-db/promote", "writer, accepts connections");
    stage.pass(60.0);
    stage
}

#[test]
fn replication_while_a_store_gives_no_number() {
    at_every_size("replication_silent", &silent(), "4");
}

#[test]
fn replication_after_a_promotion() {
    at_every_size("replication_promoted", &promoted(), "4G");
}

#[test]
fn the_curve_ends_at_the_number_and_stands_still_once_it_was_promoted() {
    let mut stage = replicating();
    stage.go("orders-db/promote");
    stage.answer("orders-db/promote", GateKind::PointOfNoReturn, "us-west-2");
    let promote =
        Operation::Rds(RdsOperation::PromoteReadReplica { id: "orders-replica".into(), backup_retention_days: 7 });
    stage.acts("orders-db/promote", promote, serde_json::json!({"status": "available"}));
    stage.pass(30.0);
    stage.succeeds("orders-db/promote", "writer, accepts connections");
    let mut app = console(&stage);
    press(&mut app, "4");
    // The last column of the curve, from the top down to the floor, and what is told of the loss.
    let ends = |shown: &str| -> (String, Option<String>) {
        let rows = shown.lines().skip_while(|line| !line.contains("loss if promoted ─")).skip(3);
        let rows = rows.take_while(|line| line.starts_with('│') && !line.contains("T+"));
        let last = rows.filter_map(|line| line.trim_end_matches('│').chars().next_back());
        let told = shown.lines().find_map(|line| line.split_once("lost ").map(|(_, told)| told.to_owned()));
        (last.collect(), told)
    };
    let mut app_at = |seconds: f64| {
        stage.pass(seconds);
        app.at(stage.now);
        ends(&screen(&mut app, 120, 36))
    };
    let (sent, told) = app_at(0.0);
    assert!(sent.contains('█') && told.is_some(), "{sent:?} {told:?}");
    for seconds in [60.0, 600.0] {
        assert_eq!(app_at(seconds), (sent.clone(), told.clone()), "after {seconds} s more");
    }
}

#[test]
fn replication_in_ascii() {
    let (mut app, _orders) = replicating().commander(Glyphs::Ascii);
    press(&mut app, "4");
    let shown = screen(&mut app, 120, 36);
    assert!(shown.is_ascii(), "{shown}");
    insta::assert_snapshot!("replication_ascii", shown);
}

#[test]
fn the_screen_shows_the_number_that_the_gate_goes_by() {
    let mut stage = replicating();
    stage.pass(7.0);
    let exposure = landfall::recovery::loss::exposure(&stage.state, &"orders-db".into(), stage.now);
    assert_eq!(exposure.seconds, Some(13.5));
    let mut app = console(&stage);
    press(&mut app, "4");
    let shown = screen(&mut app, 120, 36);
    let row = row_of(&shown, "orders-db");
    assert!(row.contains(" 14s "), "{row}");
    assert!(shown.contains(&*exposure.note), "{shown}");
}

#[test]
fn what_was_over_stays_said_until_it_has_been_clearly_under() {
    let mut stage = opened();
    let mut seen = Vec::new();
    for lag in [2.0, 35.0, 2.0, 2.0, 2.0] {
        stage.pass(15.0);
        stage.lag("orders-db", Some(lag));
        let mut app = console(&stage);
        press(&mut app, "4");
        let shown = screen(&mut app, 120, 36);
        let row = row_of(&shown, "orders-db");
        let said = ["OVER", "was over", "within"].into_iter().find(|word| row.contains(word)).expect("a word");
        seen.push(said);
    }
    assert_eq!(seen, ["was over", "OVER", "was over", "was over", "within"]);
}

#[test]
fn the_chosen_store_stays_chosen_when_another_becomes_the_worst() {
    let mut stage = replicating();
    let mut app = console(&stage);
    press(&mut app, "4");
    screen(&mut app, 120, 36);
    press(&mut app, "j");
    let chosen = app.chosen();
    let from = stage.events.len();
    stage.lag("catalog-db", Some(500.0));
    catch_up(&mut app, &stage, from);
    assert_eq!(app.chosen(), chosen);
}

#[test]
fn a_store_that_was_never_sampled_is_unknown_and_not_zero() {
    let mut app = console(&Stage::open(storefront()));
    press(&mut app, "4");
    let shown = screen(&mut app, 120, 36);
    assert!(shown.contains("? unknown") && shown.contains("never"), "{shown}");
    assert!(!shown.contains("0.0s"), "{shown}");
}

#[test]
fn readiness_of_a_run_with_a_refused_precheck() {
    at_every_size("readiness_failed", &failed(), "5");
}

#[test]
fn the_whole_of_a_finding() {
    at_every_size("readiness_finding", &failed(), "5<Enter>");
}

#[test]
fn a_precheck_that_is_tried_again_is_no_finding_any_more() {
    let mut stage = failed();
    let mut app = console(&stage);
    press(&mut app, "5");
    assert!(screen(&mut app, 120, 36).contains("elasticache-member"));
    let from = stage.events.len();
    stage.command(Command::Retry { step: "sessions/verify".into() });
    assert!(!catch_up(&mut app, &stage, from).contains("elasticache-member"));
}

#[test]
fn what_a_finding_is_about_is_chosen_on_the_next_screen() {
    let mut app = console(&failed());
    press(&mut app, "5");
    screen(&mut app, 120, 36);
    press(&mut app, "2");
    let shown = screen(&mut app, 120, 36);
    assert!(shown.contains("┌ verify sessions"), "{shown}");
}

#[test]
fn a_finding_is_copied_with_what_would_mend_it() {
    let mut app = console(&failed());
    press(&mut app, "5y");
    let Some(Wish::Copy(text)) = app.wish() else { panic!("nothing is copied") };
    assert!(text.starts_with("failing elasticache-member sessions: found 0 members, wanted 1 or more; aws"), "{text}");
}

#[test]
fn a_region_that_answers_nothing_is_said_in_the_header_until_it_answers() {
    let mut stage = at_the_loss_gate();
    for _ in 0..3 {
        let call = CallMade {
            operation: "rds.DescribeDBInstances".into(),
            region: "us-east-1".into(),
            attempt: 1,
            latency_ms: 5000,
            request_id: None,
            error: Some("no answer".into()),
            mutation: false,
        };
        stage.seen(What::Call { step: None, call });
    }
    stage.pass(80.0);
    // Fewer words before the screens lose their names; the time it has lasted stays whole.
    let long = "us-east-1 gives no answers 1:20";
    for (width, height, said) in
        [(160, 48, long), (120, 36, long), (100, 30, long), (80, 24, long), (60, 20, "us-east-1 silent 1:20")]
    {
        let (mut app, _orders) = stage.commander(Glyphs::Unicode);
        let shown = screen(&mut app, width, height);
        let header = shown.lines().nth(2).expect("a third line");
        assert!(header.contains(said), "{width}: {header}");
        assert_eq!(header.contains("2 Runbook"), width >= 120, "{header}");
    }
    stage.call("orders-db/fence", "rds.DescribeDBInstances", &"us-east-1".into(), 90, false, None);
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    assert!(!screen(&mut app, 160, 48).contains("gives no answers") && !screen(&mut app, 120, 36).contains("silent"));
}

#[test]
fn every_list_is_narrowed_to_the_words_typed() {
    for (screen_key, words, kept, left_out) in [
        ("4", "catalog", "catalog-db", "orders-db"),
        ("5", "at home", "control-plane-home", "elasticache-member"),
        ("6", "auto", "auto", "taken"),
    ] {
        let mut app = console(&failed());
        press(&mut app, screen_key);
        screen(&mut app, 120, 36);
        press(&mut app, &format!("/{words}<Enter>"));
        let shown = screen(&mut app, 120, 36);
        let rows: Vec<&str> = shown.lines().filter(|line| line.starts_with('┃')).collect();
        assert!(shown.contains(&format!("filter: {words}")), "{shown}");
        assert!(rows.iter().any(|row| row.contains(kept)), "{shown}");
        assert!(!rows.iter().any(|row| row.contains(left_out)), "{shown}");
    }
}

#[test]
fn what_comes_while_the_timeline_is_narrowed_is_narrowed_too() {
    let mut stage = failed();
    let mut app = console(&stage);
    press(&mut app, "6v/running<Enter>");
    screen(&mut app, 120, 36);
    let from = stage.events.len();
    stage.report("api/scale", Reported::Progress("4 of 6 running".into()));
    stage.report("api/scale", Reported::Progress("something else".into()));
    let shown = catch_up(&mut app, &stage, from);
    let rows: Vec<&str> = shown.lines().filter(|line| line.starts_with('┃')).collect();
    assert!(rows.iter().any(|row| row.contains("4 of 6 running")), "{shown}");
    assert!(!rows.iter().any(|row| row.contains("something else")), "{shown}");
}
