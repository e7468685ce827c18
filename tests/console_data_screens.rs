//! The screens that show what was seen and what happened: the timeline, at every size it degrades through, what it
//! follows, what it leaves out, and what is copied from it.

mod console_stage;

use console_stage::*;
use landfall::console::app::{App, Wish};
use landfall::console::look::Glyphs;
use landfall::recovery::Reported;

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
    at_every_size("timeline_failed", &failed(), "6");
}

#[test]
fn timeline_with_only_decisions_and_failures() {
    at_every_size("timeline_decisions", &ended(), "6v");
}

#[test]
fn details_of_an_event_have_all_of_it() {
    at_every_size("timeline_details", &at_the_loss_gate(), "6vvkk<Enter>");
}

#[test]
fn timeline_in_ascii() {
    let (mut app, _orders) = failed().commander(Glyphs::Ascii);
    press(&mut app, "6");
    let shown = screen(&mut app, 120, 36);
    assert!(shown.is_ascii(), "{shown}");
    insta::assert_snapshot!("timeline_ascii", shown);
}

#[test]
fn the_timeline_follows_the_end_until_the_user_moves_up() {
    let mut stage = failed();
    let mut app = console(&stage);
    press(&mut app, "6");
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
    press(&mut app, "6v");
    screen(&mut app, 120, 36);
    press(&mut app, "gjjj");
    screen(&mut app, 120, 36);
    let before = app.chosen();
    press(&mut app, "vv");
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
    press(&mut app, "6vv");
    screen(&mut app, 120, 36);
    press(&mut app, "y");
    let Some(Wish::Copy(text)) = app.wish() else { panic!("nothing is copied") };
    assert_eq!(text, "T+03:47 2026-03-09T02:09:47Z ana: ecs.DescribeServices us-west-2 95ms request 7d1c-44");
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
