//! What the console shows: both screens, details, every layer, at every size it degrades through.

mod console_stage;

use console_stage::*;
use landfall::console::look::Glyphs;
use landfall::plan::GateKind;
use landfall::recovery::What;
use landfall::recovery::start::Found;
use landfall::service::Check;
use landfall::service::readiness::Tier;

const SIZES: [(u16, u16); 6] = [(160, 48), (120, 36), (80, 24), (60, 20), (40, 10), (30, 5)];

fn at_every_size(name: &str, stage: &Stage, keys: &str) {
    for (width, height) in SIZES {
        let (mut app, _orders) = stage.commander(Glyphs::Unicode);
        // A first frame: moving in a list is moving in what was shown.
        screen(&mut app, width, height);
        press(&mut app, keys);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), screen(&mut app, width, height));
    }
}

#[test]
fn overview_just_opened() {
    at_every_size("overview_opened", &opened(), "");
}

#[test]
fn overview_at_a_loss_gate() {
    at_every_size("overview_gate", &at_the_loss_gate(), "");
}

#[test]
fn overview_after_a_failure_with_the_keys_on_the_steps() {
    at_every_size("overview_failed_steps", &failed(), "<Tab>");
}

#[test]
fn overview_with_the_keys_on_what_is_at_stake() {
    at_every_size("overview_stakes", &failed(), "<Tab><Tab>");
}

#[test]
fn runbook_at_a_point_of_no_return() {
    at_every_size("runbook_gate", &at_the_point_of_no_return(), "2");
}

#[test]
fn runbook_after_a_failure() {
    at_every_size("runbook_failed", &failed(), "2<Down><Down>");
}

#[test]
fn details_of_a_step_that_failed() {
    at_every_size("details_failed_step", &failed(), "<Tab><Enter>");
}

#[test]
fn details_of_a_component() {
    at_every_size("details_component", &at_the_loss_gate(), "<Enter>");
}

#[test]
fn the_loss_gate_shows_its_number_and_asks_why() {
    at_every_size("layer_loss", &at_the_loss_gate(), "cconfirmed with the DBA");
}

#[test]
fn the_point_of_no_return_asks_for_the_region() {
    at_every_size("layer_no_return", &at_the_point_of_no_return(), "cus-east-1<Enter>");
}

/// What is shown, without frames and in one line.
fn words_of(shown: &str) -> String {
    shown.replace(['┃', '│', '\n'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_gate_before_a_fence_is_about_the_promotion_behind_it() {
    let mut stage = asked_before_the_fences();
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    screen(&mut app, 160, 48);
    press(&mut app, "c");
    let shown = words_of(&screen(&mut app, 160, 48));
    for said in [
        "point of no return: promote orders-db",
        "promote orders-db cannot be taken back",
        "will happen fence the old orders-db (reversible), then promote orders-db (NO RETURN)",
        "going back point of no return",
        "1 step can be undone from here; promote orders-db could not",
    ] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    stage.answer("orders-db/fence", GateKind::PointOfNoReturn, "us-west-2");
    stage.answer("catalog-db/fence", GateKind::PointOfNoReturn, "us-west-2");
    stage.pass(60.0);
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    screen(&mut app, 160, 48);
    press(&mut app, "c");
    let shown = words_of(&screen(&mut app, 160, 48));
    for said in [
        "data loss: promote orders-db",
        "Promoting orders-db now may lose 1:55 of writes",
        "will happen fence the old orders-db (reversible), then promote orders-db (NO RETURN)",
        "going back point of no return",
    ] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
}

#[test]
fn what_a_name_crosses_is_chosen_directly_above_it() {
    for (width, height) in [(160, 48), (80, 24), (60, 20)] {
        let (mut app, _orders) = asked_before_the_fences().commander(Glyphs::Unicode);
        screen(&mut app, width, height);
        press(&mut app, "c<Down>us-w");
        let shown = screen(&mut app, width, height);
        let lines: Vec<&str> = shown.lines().collect();
        let at = lines.iter().position(|line| line.contains("type us-west-2 to cross")).expect("the field");
        assert!(lines[at - 2].contains("( ) this one only: orders-db"), "{width}x{height}\n{shown}");
        assert!(lines[at - 1].contains("(x) all 2, each of them for good"), "{width}x{height}\n{shown}");
    }
}

#[test]
fn skipping_asks_why() {
    at_every_size("layer_skip", &held(), "<Tab>s<Enter>");
}

#[test]
fn a_note_is_written() {
    at_every_size("layer_note", &held(), "nDBA is on the call");
}

#[test]
fn rolling_back_shows_what_it_will_do() {
    at_every_size("layer_roll_back", &held(), "R");
}

#[test]
fn rolling_back_while_steps_run_offers_hold() {
    at_every_size("layer_hold_first", &failed(), "R");
}

#[test]
fn ending_the_run_asks_for_words() {
    at_every_size("layer_end", &held(), "X");
}

#[test]
fn leaving_a_live_run_is_asked() {
    at_every_size("layer_quit", &failed(), "q");
}

#[test]
fn help_lists_what_can_be_done() {
    at_every_size("help", &failed(), "?");
}

#[test]
fn an_ended_run_says_how() {
    at_every_size("ended", &ended(), "");
}

#[test]
fn what_cannot_be_done_says_why() {
    at_every_size("notice", &opened(), "rRc");
}

/// What turned failing since the start stands in the header, beside the step that it is about and on the Readiness screen, and
/// refuses nothing; gone on with, it is told of no more.
#[test]
fn what_turned_since_the_start_is_shown_where_the_commander_looks() {
    let mut stage = opened();
    stage.pass(600.0);
    let seen_at = Some(stage.now);
    let check = Check::failed("ecs-image", "no image web:1.4 in us-west-2", "the image there", "copy it");
    let turned =
        Found { component: Some("web".into()), tier: Some(Tier::Hourly), since: seen_at, seen_at, ..Found::of(check) };
    stage.seen(What::RulesTurned { found: vec![turned.clone()], rests: None });
    for (width, height, word) in
        [(160, 48, "not ready 1 since the start"), (120, 36, "not ready 1"), (80, 24, "not ready 1")]
    {
        let (mut app, _orders) = stage.commander(Glyphs::Unicode);
        let header = screen(&mut app, width, height).lines().take(2).collect::<String>();
        assert!(header.contains(word), "{width}x{height}: {header}");
    }
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    screen(&mut app, 160, 48);
    press(&mut app, "2");
    let runbook = screen(&mut app, 160, 48);
    assert!(runbook.contains("ecs-image fails since"), "{runbook}");
    press(&mut app, "5");
    let readiness = screen(&mut app, 160, 48);
    assert!(readiness.contains("Readiness") && readiness.contains("it turned while the run went on"), "{readiness}");
    assert!(stage.state.blockers().is_empty(), "it refuses nothing that was said yes to");
    // It came right again.
    let check = Check::passed("ecs-image", "web:1.4", "the image there");
    stage.seen(What::RulesTurned { found: vec![Found { check, ..turned }], rests: None });
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    assert!(!screen(&mut app, 160, 48).contains("since the start"));
}
