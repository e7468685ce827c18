//! Finding one's way: the screen leads to what needs a person or runs, lists stand in the order of the keys, what is many
//! is told once, a pane takes the whole screen, a jump goes back; and no number is ever cut in two.

mod console_stage;

use console_stage::*;
use landfall::console::app::App;
use landfall::console::look::Glyphs;
use landfall::console::screens::Chosen;
use landfall::plan::Side;
use landfall::recovery::{Command, Mode, Reported};
use landfall::service::HealthLevel;
use std::collections::BTreeSet;

const SCREENS: [&str; 6] = ["1", "2", "3", "4", "5", "6"];

type Named = (&'static str, fn() -> Stage);

fn stages() -> [Named; 9] {
    [
        ("opened", opened),
        ("unstarted", unstarted),
        ("loss gate", at_the_loss_gate),
        ("point of no return", at_the_point_of_no_return),
        ("before the fences", asked_before_the_fences),
        ("failed", failed),
        ("held", held),
        ("old writer", the_old_writer_is_asked_about),
        ("ended", ended),
    ]
}

fn wide(app: &mut App) -> String {
    screen(app, 160, 48)
}

fn titled(stage: &Stage, app: &App) -> Option<String> {
    match app.chosen() {
        Chosen::Step(place) => Some(stage.state.plan_step(place).title.to_string()),
        Chosen::Component(component) => Some(stage.state.run.plan.components[component].name.to_string()),
        Chosen::Event(_)
        | Chosen::Finding(_)
        | Chosen::Captured(_)
        | Chosen::Drifted(..)
        | Chosen::Folded
        | Chosen::Nothing => None,
    }
}

/// The middle pane of the overview, line by line.
fn steps_pane(shown: &str) -> Vec<String> {
    let lines = shown.lines().skip(3).filter_map(|line| line.split(['│', '┃']).find(|part| part.contains(':')));
    lines.map(|part| part.trim().to_owned()).collect()
}

// What is next.

#[test]
fn next_is_listed_as_space_takes_it_and_the_row_of_the_next_has_the_key() {
    let mut stage = opened();
    for _ in 0..3 {
        let (mut app, mut orders) = stage.commander(Glyphs::Unicode);
        let shown = wide(&mut app);
        let rows = steps_pane(&shown);
        let due: Vec<&String> = rows.iter().filter(|row| row.contains("[Space]")).collect();
        let [due] = due[..] else { panic!("one row has the key: {shown}") };
        assert_eq!(rows.iter().find(|row| row.starts_with('▷')), Some(due), "it is the first: {shown}");
        press(&mut app, " ");
        let sent = orders.try_recv().expect("it goes").command;
        assert_eq!(sent, Command::Go { step: None });
        stage.command(sent);
        let asked = stage.state.open_gates.keys().map(|(place, _)| *place);
        let mut meant = stage.state.busy().chain(asked);
        let is_due = |place: usize| due.contains(stage.state.plan_step(place).title.as_str());
        assert!(meant.any(is_due), "another step was started than the one with the key: {shown}");
        drop(meant);
        if let Some((place, gate)) = stage.state.open_gates.keys().next().copied() {
            let id = stage.state.plan_step(place).id.to_string();
            stage.answer(&id, gate, "us-west-2");
        }
    }
}

#[test]
fn the_row_has_the_key_that_is_due_and_a_console_that_only_looks_has_none() {
    for (stage, row, key) in [
        (failed as fn() -> Stage, "✗ verify sessions", "[r]"),
        (at_the_loss_gate, "◆ promote orders-db", "[c]"),
        (unstarted, "fence orders-db", "[Space]"),
    ] {
        let has_it = |shown: String| shown.lines().any(|line| line.contains(row) && line.contains(key));
        assert!(has_it(wide(&mut stage().commander(Glyphs::Unicode).0)), "{row} {key}");
        assert!(!has_it(wide(&mut stage().watcher())), "{row} {key}");
    }
    let mut auto = failed();
    auto.command(Command::SetMode(Mode::Auto));
    let shown = wide(&mut auto.commander(Glyphs::Unicode).0);
    assert!(!shown.lines().skip(3).any(|line| line.contains("[Space]")), "what starts by itself has no key: {shown}");
}

// Following.

#[test]
fn following_goes_to_what_needs_a_person_or_runs_on_every_screen_and_says_so() {
    for key in SCREENS {
        for (width, height) in [(160, 48), (120, 36), (100, 30), (80, 24), (60, 20)] {
            let stage = failed();
            let (mut app, _orders) = stage.commander(Glyphs::Unicode);
            screen(&mut app, width, height);
            press(&mut app, &format!("{key}."));
            let shown = screen(&mut app, width, height);
            assert!(shown.contains("follows"), "{key} at {width}: {shown}");
            let chosen = titled(&stage, &app);
            match key {
                "2" => assert_eq!(chosen.as_deref(), Some("verify sessions")),
                "1" | "3" => assert_eq!(chosen.as_deref(), Some("sessions"), "{key} at {width}"),
                _ => {}
            }
        }
    }
}

#[test]
fn what_is_chosen_goes_along_until_an_arrow_is_pressed() {
    let mut stage = opened();
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    press(&mut app, "2G.");
    wide(&mut app);
    assert_eq!(titled(&stage, &app).as_deref(), Some("fence orders-db"), "nothing runs: it is the next");
    let mut known = stage.events.len();
    let mut catch_up = |app: &mut App, stage: &Stage| {
        app.take(&stage.events[known..]);
        known = stage.events.len();
        wide(app)
    };
    stage.go("sessions/verify");
    catch_up(&mut app, &stage);
    assert_eq!(titled(&stage, &app).as_deref(), Some("verify sessions"), "it runs");
    stage.report("sessions/verify", Reported::Failed { reason: "no".into(), help: "yes".into(), checks: vec![] });
    stage.go("catalog-db/promote");
    catch_up(&mut app, &stage);
    assert_eq!(titled(&stage, &app).as_deref(), Some("verify sessions"), "a failure goes before what runs");
    press(&mut app, "<Down>");
    let here = titled(&stage, &app);
    assert!(!wide(&mut app).contains("follows the run"));
    stage.command(Command::Retry { step: "sessions/verify".into() });
    catch_up(&mut app, &stage);
    assert_eq!(titled(&stage, &app), here, "an arrow ended it");
}

#[test]
fn in_a_run_that_is_over_there_is_nothing_to_follow_and_nothing_waits() {
    let mut stage = held();
    stage.command(Command::Abort { reason: "enough".into() });
    assert!(stage.state.is_over());
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    for key in SCREENS {
        press(&mut app, key);
        for (width, height) in [(160, 48), (80, 24), (60, 20)] {
            let shown = screen(&mut app, width, height);
            assert!(!shown.contains("waits") && !shown.contains("ready"), "{key} at {width}: {shown}");
        }
    }
    press(&mut app, ".");
    let shown = wide(&mut app);
    assert!(shown.contains("the run is over") && !shown.contains("follows the run"), "{shown}");
}

// Panes, orders, jumps.

#[test]
fn a_pane_takes_the_whole_screen_and_gives_it_back() {
    let (mut app, _orders) = failed().commander(Glyphs::Unicode);
    for (keys, kept, gone) in [
        ("1", "┏ Components", "At stake"),
        ("1<Tab>", "┏ Steps", "Components"),
        ("2", "┏ Runbook", "┌ "),
        ("2<Tab>", "verify sessions", "Runbook 4"),
        ("4", "┏ Replication", "loss if promoted ─"),
        ("4<Tab>", "loss if promoted ━", "Replication, "),
        ("5", "┏ Readiness", "┌ "),
    ] {
        press(&mut app, keys);
        let before = wide(&mut app);
        press(&mut app, "z");
        let whole = wide(&mut app);
        assert!(whole.contains(kept) && whole.contains("whole screen [z]"), "{keys}: {whole}");
        assert!(!whole.contains(gone), "{keys}: {whole}");
        press(&mut app, "z");
        assert_eq!(wide(&mut app), before, "{keys}");
        if keys.contains("<Tab>") {
            press(&mut app, "<Tab>");
        }
        if keys.starts_with('1') && keys.contains("<Tab>") {
            press(&mut app, "<Tab>");
        }
    }
}

#[test]
fn a_list_is_sorted_the_title_says_how_and_the_last_order_is_its_own() {
    let stage = failed();
    for (keys, words) in [
        ("1", &["by state", "by name", "by lag"][..]),
        ("2", &["by state", "by name"]),
        ("4", &["by name", "by lag"]),
        ("5", &["as in the plan"]),
    ] {
        let (mut app, _orders) = stage.commander(Glyphs::Unicode);
        press(&mut app, keys);
        let own = wide(&mut app);
        for word in words {
            press(&mut app, "o");
            let shown = wide(&mut app);
            assert!(shown.contains(&format!("{word} [o]")), "{keys} {word}: {shown}");
        }
        press(&mut app, "o");
        assert_eq!(wide(&mut app), own, "{keys}");
    }
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    press(&mut app, "6o");
    assert!(wide(&mut app).contains("what is shown here has one order"));
}

#[test]
fn sorting_by_state_puts_what_needs_a_person_first_and_keeps_what_is_chosen() {
    let stage = failed();
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    press(&mut app, "2G");
    wide(&mut app);
    let chosen = app.chosen();
    press(&mut app, "o");
    let shown = wide(&mut app);
    let first = shown.lines().find(|line| line.starts_with('┃')).expect("a row");
    assert!(first.contains("verify sessions"), "{shown}");
    assert_eq!(app.chosen(), chosen);
}

#[test]
fn a_jump_goes_back_to_the_screen_and_the_row() {
    let stage = failed();
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    press(&mut app, "2jjjj");
    wide(&mut app);
    let at = app.chosen();
    press(&mut app, "6");
    wide(&mut app);
    press(&mut app, "gk3");
    wide(&mut app);
    press(&mut app, "<C-o><C-o><C-o>");
    wide(&mut app);
    assert_eq!(app.chosen(), at);
    press(&mut app, "G.");
    wide(&mut app);
    assert_ne!(app.chosen(), at);
    press(&mut app, "<C-o><C-o>");
    let shown = wide(&mut app);
    assert_eq!(app.chosen(), at, "{shown}");
    assert!(!shown.contains("follows the run"), "who jumped back stays there: {shown}");
    press(&mut app, "<C-o><C-o><C-o><C-o>");
    assert!(wide(&mut app).contains("this is where you began"));
}

// What is many is told once.

#[test]
fn many_debts_are_one_row_with_their_number_that_opens() {
    let mut opened = storefront();
    for at in 0..18 {
        let mut debt = opened.runbook.steps[0].clone();
        debt.id = format!("orders-db/fence{at}").as_str().into();
        debt.title = format!("stop old part {at}").as_str().into();
        debt.asks_when_failing = None;
        opened.runbook.steps.push(debt);
    }
    let mut stage = Stage::open(opened);
    stage.looks_around();
    for at in 0..18 {
        let id = format!("orders-db/fence{at}");
        stage.go(&id);
        stage.report(&id, Reported::Silent("no answer within 20 s".into()));
    }
    assert_eq!(stage.state.debts.len(), 18);
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    let shown = wide(&mut app);
    assert!(shown.contains("▸ ⚑ 18 owed") && shown.contains("credentials"), "{shown}");
    assert!(!shown.contains("⚑ stop old part 7"), "{shown}");
    press(&mut app, "<Tab><Tab>");
    wide(&mut app);
    for _ in 0..40 {
        if app.chosen() == Chosen::Folded {
            break;
        }
        press(&mut app, "j");
        wide(&mut app);
    }
    assert_eq!(app.chosen(), Chosen::Folded);
    press(&mut app, "<Enter>");
    let open = wide(&mut app);
    assert!(open.contains("▾ ⚑ 18 owed") && open.contains("⚑ stop old part 0"), "{open}");
    press(&mut app, "j");
    wide(&mut app);
    assert_eq!(titled(&stage, &app).as_deref(), Some("stop old part 0"), "each can be retried");
    press(&mut app, "k");
    wide(&mut app);
    press(&mut app, "y");
    assert!(wide(&mut app).contains("several things stand in one row"));
    press(&mut app, "<Left>");
    assert!(wide(&mut app).contains("▸ ⚑ 18 owed"));
}

#[test]
fn a_poll_that_says_the_same_is_told_once_with_its_number_and_opens_to_each() {
    let mut stage = failed();
    for at in 0..12 {
        stage.pass(5.0);
        stage.call("api/scale", "ecs.DescribeServices", &"us-west-2".into(), 90 + at, false, None);
        stage.call("web/scale", "ecs.DescribeServices", &"us-west-2".into(), 40, false, None);
    }
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    press(&mut app, "6v");
    let shown = wide(&mut app);
    assert_eq!(shown.matches("×12 ecs.DescribeServices us-west-2").count(), 2, "{shown}");
    press(&mut app, "Gk<Enter>");
    let opened = wide(&mut app);
    assert!(opened.contains("×12 the same, until"), "{opened}");
    press(&mut app, "G");
    let end = wide(&mut app);
    assert!(end.contains("101ms"), "the last of them is there too: {end}");
}

#[test]
fn the_timeline_opens_on_decisions_and_failures_and_one_key_shows_everything() {
    let stage = failed();
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    press(&mut app, "6");
    let shown = wide(&mut app);
    let all = stage.events.len();
    assert!(shown.contains(&format!("of {all} · decisions and failures [v: all]")), "{shown}");
    assert!(shown.contains("FAILURE") && !shown.contains("started promote"), "{shown}");
    press(&mut app, "v");
    let shown = wide(&mut app);
    assert!(shown.contains(&format!("Timeline {all} · everything [v]")), "{shown}");
}

#[test]
fn a_closed_tier_opens_by_enter() {
    let (mut app, _orders) = opened().commander(Glyphs::Unicode);
    wide(&mut app);
    press(&mut app, "<Left><Left>");
    let closed = wide(&mut app);
    assert!(closed.contains("▸ data 3") && app.chosen() == Chosen::Folded, "{closed}");
    press(&mut app, "<Enter>");
    let open = wide(&mut app);
    assert!(open.contains("▾ data 3") && open.contains("catalog-db"), "{open}");
}

// What a step brings up.

#[test]
fn what_a_step_is_bringing_up_is_starting_and_down_once_the_step_is_no_excuse() {
    let row = |stage: &Stage, name: &str| {
        let (mut app, _orders) = stage.commander(Glyphs::Unicode);
        let shown = wide(&mut app);
        shown.lines().find(|line| line.contains(&format!("┃  {name}"))).expect("its row").to_owned()
    };
    let mut stage = opened();
    assert!(row(&stage, "checkout").contains("○ not yet"), "only a check looks at it, and that is not due");
    stage.health("web", Side::Recovery, HealthLevel::Down, "0/4 running");
    assert!(row(&stage, "web").contains("✗ DOWN"), "nothing of the run has touched it");
    stage.go("sessions/verify");
    stage.succeeds("sessions/verify", "a member");
    stage.go("web/scale");
    stage.health("web", Side::Recovery, HealthLevel::Degraded, "2/4 running");
    assert!(row(&stage, "web").contains("↻ starting 2/4"), "{}", row(&stage, "web"));
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    wide(&mut app);
    press(&mut app, "jjjjj<Enter>");
    assert!(wide(&mut app).contains("↻ starting 2/4: 2/4 running"), "{}", wide(&mut app));
    stage.health("orders-db", Side::Recovery, HealthLevel::Down, "stopped");
    assert!(row(&stage, "orders-db ").contains("✗ DOWN"), "a replica should stand before it is promoted");
    let help = "look at its events";
    let failed = Reported::Failed { reason: "2 of 4".into(), help: help.into(), checks: vec![] };
    stage.report("web/scale", failed);
    assert!(row(&stage, "web").contains("▲ degraded"), "{}", row(&stage, "web"));
}

// No number is cut in two.

/// The numbers in a text: what is written together with a digit, without what stands around it.
fn numbers(text: &str) -> BTreeSet<String> {
    let of_a_number = |c: char| c.is_ascii_digit() || ".:".contains(c);
    let words = text.split(|c: char| !of_a_number(c)).map(|word| word.trim_matches(['.', ':']));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The number that a part of a line ends with, right at its border.
fn last_number(part: &str) -> Option<String> {
    let end: String = part.chars().rev().take_while(|c| c.is_ascii_digit() || ".:".contains(*c)).collect();
    let number: String = end.chars().rev().collect();
    number.starts_with(|c: char| c.is_ascii_digit()).then_some(number)
}

#[test]
fn every_number_on_a_narrow_screen_stands_on_the_wide_one_too() {
    for (at, (name, stage)) in stages().into_iter().enumerate() {
        let stage = stage();
        for keys in ["1", "1<Tab>", "1<Tab><Tab>", "2", "3", "4", "5", "6v", "6vv"] {
            let (mut app, _orders) = stage.commander(Glyphs::Unicode);
            press(&mut app, keys);
            // As tall as it takes to show every row: what differs is the width alone.
            let mut known = numbers(&screen(&mut app, 280, 120));
            known.extend(stage.events.iter().flat_map(|event| numbers(&format!("{event:?}"))));
            // Every width, with one stage or another.
            for width in (40 + at as u16 % 5..=200).step_by(5) {
                let shown = screen(&mut app, width, 120);
                // The first three lines and the last are not the screen's own.
                let lines: Vec<&str> = shown.lines().skip(3).collect();
                for line in &lines[..lines.len() - 1] {
                    let cut: Vec<String> = numbers(line).difference(&known).cloned().collect();
                    assert!(cut.is_empty(), "{name} {keys} at {width}: {cut:?} in {line}");
                    let at_a_border = line.split(['│', '┃']).filter_map(last_number);
                    for number in at_a_border {
                        let longer =
                            known.iter().find(|whole| whole.len() > number.len() && whole.starts_with(&number));
                        // `5` of `5:00`; a clock has two figures behind its last colon.
                        let longer = longer.filter(|whole| whole[number.len()..].starts_with(':'));
                        let behind = number.rsplit_once(':').map_or(2, |(_, behind)| behind.len());
                        assert_eq!(behind, 2, "{name} {keys} at {width}: {number} is cut in {line}");
                        assert_eq!(longer, None, "{name} {keys} at {width}: {number} may be cut in {line}");
                    }
                }
            }
        }
    }
}
