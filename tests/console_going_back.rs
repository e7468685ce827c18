//! Going back, and the questions that a failing step asks: what they show at every size, and that only their words do it.

mod console_stage;

use console_stage::*;
use landfall::console::look::Glyphs;
use landfall::engine::feed::Order;
use landfall::plan::GateKind;
use landfall::recovery::{Command, Mode, Reported};
use tokio::sync::mpsc::UnboundedReceiver;

const SIZES: [(u16, u16); 6] = [(160, 48), (120, 36), (100, 30), (80, 24), (60, 20), (40, 10)];

fn at_every_size(name: &str, stage: &Stage, keys: &str) {
    for (width, height) in SIZES {
        let (mut app, _orders) = stage.commander(Glyphs::Unicode);
        screen(&mut app, width, height);
        press(&mut app, keys);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), screen(&mut app, width, height));
    }
}

fn sent(orders: &mut UnboundedReceiver<Order>) -> Vec<Command> {
    std::iter::from_fn(|| orders.try_recv().ok()).map(|order| order.command).collect()
}

/// Everything on the screen in one line, without frames.
fn words(text: &str) -> String {
    text.replace(['┃', '│'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Nothing that acted is a point of no return.
fn before_the_point() -> Stage {
    let mut stage = at_the_loss_gate();
    stage.succeeds("catalog-db/promote", "writer, accepts connections");
    stage
}

#[test]
fn going_back_where_a_store_was_promoted() {
    at_every_size("back_promoted", &held(), "R");
}

#[test]
fn going_back_before_any_point_of_no_return() {
    at_every_size("back_before_the_point", &before_the_point(), "R");
}

#[test]
fn going_back_past_the_point_of_no_return() {
    at_every_size("back_past_the_point", &held(), "R<Down><Down>us-west-2");
}

#[test]
fn a_run_that_was_rolled_back_says_what_stays() {
    at_every_size("rolled_back", &rolled_back(), "");
}

#[test]
fn the_question_about_an_old_writer() {
    at_every_size("writers", &the_old_writer_is_asked_about(), "c");
    at_every_size("writers_overview", &the_old_writer_is_asked_about(), "<Tab>");
}

#[test]
fn the_question_about_a_replica_that_has_not_caught_up() {
    at_every_size("caught_up", &not_caught_up(), "c");
}

#[test]
fn details_of_a_step_whose_failure_is_asked_about() {
    at_every_size("writers_details", &the_old_writer_is_asked_about(), "<Tab><Enter>");
}

fn rolled_back() -> Stage {
    going_back(None)
}

/// Rolled back to the end; past the point of no return for this reason.
fn going_back(past_the_point: Option<&str>) -> Stage {
    let mut stage = held();
    let (typed, reason) = ("us-west-2".into(), "carts are lost".into());
    let past_the_point = past_the_point.map(Into::into);
    stage.command(Command::RollBack { to: None, typed, reason, past_the_point });
    let left = stage.state.rollback.as_ref().map(|rollback| rollback.left.clone()).unwrap_or_default();
    for place in left {
        let step = stage.state.plan_step(place).id.to_string();
        stage.pass(20.0);
        let outputs = Default::default();
        let evidence = "as before".into();
        stage.undo(&step, Reported::Succeeded { already_done: false, evidence, outputs });
    }
    stage
}

#[test]
fn past_the_point_takes_the_region_its_own_words_and_a_reason() {
    let back = |reason: &str, past: Option<&str>| Command::RollBack {
        to: None,
        typed: "us-west-2".into(),
        reason: reason.into(),
        past_the_point: past.map(Into::into),
    };
    let tries = [
        "R<Down>us-west-2<Enter><Enter><Enter>",
        "R<Down>us-west-2<Enter>past the pint<Enter>a false alarm<Enter>",
        "R<Down>us-west-2<Enter>past the point<Enter><Enter>",
        "R<Down><Enter>past the point<Enter>a false alarm<Enter>",
    ];
    for keys in tries {
        let (mut app, mut orders) = held().commander(Glyphs::Unicode);
        press(&mut app, keys);
        assert_eq!(sent(&mut orders), [], "{keys}");
    }
    let (mut app, mut orders) = held().commander(Glyphs::Unicode);
    press(&mut app, "R<Down>us-west-2<Enter>past the point<Enter>a false alarm<Enter>");
    assert_eq!(sent(&mut orders), [back("a false alarm", Some("a false alarm"))]);
    // Chosen away from again, its words are not asked for and nothing goes past the point.
    let (mut app, mut orders) = held().commander(Glyphs::Unicode);
    press(&mut app, "R<Down><Up>us-west-2<Enter>carts are lost<Enter>");
    assert_eq!(sent(&mut orders), [back("carts are lost", None)]);
}

#[test]
fn past_the_point_is_offered_only_where_one_was_crossed() {
    let shown = |stage: &Stage| {
        let (mut app, _orders) = stage.commander(Glyphs::Unicode);
        press(&mut app, "R");
        screen(&mut app, 160, 48)
    };
    assert!(!shown(&before_the_point()).contains("past the point of no return"));
    assert!(shown(&held()).contains("past the point of no return"));
}

#[test]
fn past_the_point_says_what_is_lost_and_who_serves_after_each_undo() {
    let (mut app, _orders) = held().commander(Glyphs::Unicode);
    press(&mut app, "R<Down>");
    let shown = words(&screen(&mut app, 96, 48));
    for said in [
        "What was written to orders-db in us-west-2 since its promotion at",
        "is lost",
        "→ us-west-2 serves less",
        "→ us-east-1 can write again",
        "From the undo of fence orders-db on, both sides can write",
        "loses what orders-db took since",
    ] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
}

#[test]
fn what_stays_is_told_once_for_each_reason() {
    let (mut app, _orders) = held().commander(Glyphs::Unicode);
    press(&mut app, "R");
    let shown = words(&screen(&mut app, 96, 48));
    assert_eq!(shown.matches("it stands on orders-db, which was promoted").count(), 1, "{shown}");
}

#[test]
fn the_field_and_what_enter_would_bring_are_in_sight_at_every_size() {
    for keys in ["R", "R<Down>", "Rus-west-2<Enter>because"] {
        for (width, height) in SIZES {
            let (mut app, _orders) = held().commander(Glyphs::Unicode);
            press(&mut app, keys);
            let shown = screen(&mut app, width, height);
            assert!(shown.contains("undoes") && shown.contains('▸'), "{keys} at {width}x{height}\n{shown}");
        }
    }
}

#[test]
fn a_failure_that_asks_reads_as_a_question() {
    for (stage, asks) in [
        (the_old_writer_is_asked_about(), "the old writer was not stopped: RDS refuses"),
        (not_caught_up(), "not shown to have caught up: 41 s behind"),
    ] {
        let (mut app, _orders) = stage.commander(Glyphs::Unicode);
        let shown = screen(&mut app, 240, 48);
        let matter = shown.lines().nth(1).expect("a second line");
        assert!(matter.contains("BLOCKED orders-db: ") && matter.contains("[c] answer"), "{matter}");
        assert!(matter.contains(asks), "{matter}");
        assert!(!matter.contains("FAILED") && !shown.contains("1 failed") && !matter.contains(" +1"), "{shown}");
        assert!(shown.contains("◆"), "{shown}");
    }
}

#[test]
fn going_on_beside_an_old_writer_takes_its_words_and_a_reason() {
    let answer = |gate, step: &str, text: &str| Command::Answer { step: step.into(), gate, text: text.into() };
    for (stage, gate, step, word) in [
        (the_old_writer_is_asked_about as fn() -> Stage, GateKind::Writers, "orders-db/fence", "two writers"),
        (not_caught_up, GateKind::CaughtUp, "orders-db/caught-up", "lose data"),
    ] {
        for keys in ["c<Enter><Enter>", &format!("c{word}<Enter><Enter>"), "cyes<Enter>it is gone<Enter>"] {
            let (mut app, mut orders) = stage().commander(Glyphs::Unicode);
            press(&mut app, keys);
            assert_eq!(sent(&mut orders), [], "{keys}");
        }
        let (mut app, mut orders) = stage().commander(Glyphs::Unicode);
        press(&mut app, &format!("c{word}<Enter>it is gone<Enter>"));
        assert_eq!(sent(&mut orders), [answer(gate, step, "it is gone")]);
    }
}

#[test]
fn the_other_ways_on_have_their_keys() {
    let (mut app, mut orders) = the_old_writer_is_asked_about().commander(Glyphs::Unicode);
    press(&mut app, "c<Esc>r");
    assert_eq!(sent(&mut orders), [Command::Retry { step: "orders-db/fence".into() }]);
    // Skipping it would be an answer without its words.
    let (mut app, _orders) = the_old_writer_is_asked_about().commander(Glyphs::Unicode);
    screen(&mut app, 120, 36);
    press(&mut app, "<Tab>s");
    assert!(words(&screen(&mut app, 120, 36)).contains("asks a question of its own: c answers it"));
    let mut stage = not_caught_up();
    let (mut app, mut orders) = stage.commander(Glyphs::Unicode);
    press(&mut app, "c<Esc>Rus-west-2<Enter><Enter>");
    let [Command::RollBack { to: None, .. }] = &sent(&mut orders)[..] else { panic!("it goes back") };
    // Answered, it is told as owed or skipped, and the promotion goes on.
    stage.answer("orders-db/caught-up", GateKind::CaughtUp, "it is gone");
    assert_eq!(stage.state.mode, Mode::Step);
    assert!(stage.state.open_gates.is_empty());
}

#[test]
fn an_old_side_that_still_writes_is_told_until_the_end() {
    let mut stage = the_old_writer_is_asked_about();
    stage.answer("orders-db/fence", GateKind::Writers, "it is gone");
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    assert!(words(&screen(&mut app, 160, 48)).contains("⚑ fence orders-db (still"));
    stage.command(Command::Abort { reason: "enough".into() });
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    let shown = words(&screen(&mut app, 120, 36));
    assert!(shown.contains("still writes fence orders-db: its old side was not stopped"), "{shown}");
}

#[test]
fn a_run_that_went_past_the_point_says_what_it_gave_up() {
    let (mut app, _orders) = going_back(Some("a false alarm")).commander(Glyphs::Unicode);
    let shown = words(&screen(&mut app, 120, 48));
    let given_up = "given up what orders-db took in us-west-2 since the promotion, for: “a false alarm”";
    assert!(shown.contains(given_up), "{shown}");
    assert!(shown.contains("stays promote orders-db"), "{shown}");
    let (mut app, _orders) = rolled_back().commander(Glyphs::Unicode);
    assert!(!screen(&mut app, 120, 48).contains("given up"));
}

#[test]
fn on_the_way_back_nothing_is_promised_to_be_done() {
    let mut stage = held();
    stage.command(Command::RollBack {
        to: None,
        typed: "us-west-2".into(),
        reason: "".into(),
        past_the_point: Some("a false alarm".into()),
    });
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    let shown = screen(&mut app, 160, 48);
    let both: Vec<&str> = shown.lines().take(2).collect();
    assert!(both[1].contains("ROLLING BACK 4 left") && both[0].contains("back in ≈ 3:52"), "{both:?}");
    assert!(!both[0].contains("done ≈"), "{both:?}");
}
