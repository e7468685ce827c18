//! The graph: the rehearsal's plan at every size, each part and zoom of it, what keys choose in it, and that it costs
//! no more where there is more.

mod console_stage;
#[path = "support/large.rs"]
mod large;

use console_stage::*;
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use landfall::console::About;
use landfall::console::app::App;
use landfall::console::look::{Glyphs, Theme};
use landfall::console::replay::Begin;
use landfall::console::screens::Chosen;
use landfall::plan::{Intent, Runbook, file};
use landfall::recovery::{Command, Mode, Opened, Reported, Status};
use landfall::service::Registry;
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;

const SIZES: [(u16, u16); 5] = [(160, 48), (120, 36), (80, 24), (60, 20), (40, 10)];

/// A shop of sixteen components, just opened.
fn rehearsal_opened() -> Stage {
    let plan = include_str!("plans/storefront.toml");
    let plan = file::read("storefront.toml", plan.as_bytes(), &Registry).expect("a valid plan");
    let runbook = Runbook::compile(&plan, Intent::Failover, &Registry).expect("a runbook");
    let mut stage = Stage::open(Opened { plan, runbook, ..storefront() });
    stage.lag("orders-db", Some(2.1));
    stage.lag("catalog-db", Some(0.4));
    stage
}

/// Some of it is done, some runs, a gate is open, a step has failed.
fn rehearsal_under_way() -> Stage {
    let mut stage = rehearsal_opened();
    stage.command(Command::SetMode(Mode::Auto));
    stage.pass(20.0);
    let running = stage.state.steps.iter().map(|step| step.status == Status::Running);
    let running: Vec<_> = running.zip(&stage.state.run.runbook.steps).collect();
    let of = |name: &str| running.iter().find(|(runs, step)| *runs && !step.beside && step.component.as_str() == name);
    let id = |name: &str| of(name).expect("a step of it runs").1.id.as_str().to_owned();
    let (gateway, web) = (id("payment-gateway"), id("web"));
    stage.succeeds(&gateway, "accepts");
    let failed = Reported::Failed { reason: "0 of 4 running".into(), help: "look at its tasks".into(), checks: vec![] };
    stage.report(&web, failed);
    stage
}

fn at_every_size(name: &str, stage: &Stage, keys: &str) {
    for size in SIZES {
        let (mut app, _orders) = stage.commander(Glyphs::Unicode);
        let (width, height) = size;
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), pressed(&mut app, keys, size));
    }
}

#[test]
fn the_graph_just_opened() {
    at_every_size("graph_opened", &rehearsal_opened(), "3");
}

#[test]
fn the_next_part_of_the_graph_under_way() {
    at_every_size("graph_part_2", &rehearsal_under_way(), "3 l v");
}

#[test]
fn the_part_after_that() {
    at_every_size("graph_part_3", &rehearsal_under_way(), "3 v v");
}

/// Presses keys with a frame after each: moving in a picture is moving in what was shown.
fn pressed(app: &mut App, keys: &str, (width, height): (u16, u16)) -> String {
    screen(app, width, height);
    for key in keys.split(' ') {
        press(app, key);
        screen(app, width, height);
    }
    screen(app, width, height)
}

fn chosen_name(stage: &Stage, app: &App) -> Option<String> {
    let Chosen::Component(component) = app.chosen() else { return None };
    Some(stage.state.run.plan.components[component].name.as_str().to_owned())
}

#[test]
fn what_another_screen_had_chosen_is_chosen_here_and_there_again() {
    let stage = rehearsal_opened();
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    pressed(&mut app, "j 3", (120, 36));
    assert_eq!(chosen_name(&stage, &app).as_deref(), Some("catalog-db"));
    pressed(&mut app, "l", (120, 36));
    assert_eq!(chosen_name(&stage, &app).as_deref(), Some("catalog"), "along the line to what needs it");
    pressed(&mut app, "1", (120, 36));
    assert_eq!(chosen_name(&stage, &app).as_deref(), Some("catalog"));
    let details = pressed(&mut app, "3 <Enter>", (120, 36));
    assert!(details.contains("┏ catalog ━"), "{details}");
}

#[test]
fn going_goes_along_lines_and_within_a_rank() {
    let stage = rehearsal_opened();
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    pressed(&mut app, "3 G", (160, 48));
    assert_eq!(chosen_name(&stage, &app).as_deref(), Some("all-clear"));
    pressed(&mut app, "h h h", (160, 48));
    assert_eq!(chosen_name(&stage, &app).as_deref(), Some("shop-dns"));
    pressed(&mut app, "g j", (160, 48));
    assert_eq!(chosen_name(&stage, &app).as_deref(), Some("orders-db"));
}

#[test]
fn a_click_chooses_the_node_under_it_and_only_there() {
    let stage = rehearsal_opened();
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    let shown = pressed(&mut app, "3", (120, 36));
    let (row, line) = shown.lines().enumerate().find(|(_, line)| line.contains("shop-dns")).expect("it is drawn");
    let before = line.find("shop-dns").expect("it is in the line");
    let column = line[..before].chars().count();
    let click = |app: &mut App, column: usize, row: usize| {
        let (column, row) = (column.try_into().expect("a column"), row.try_into().expect("a row"));
        let kind = MouseEventKind::Down(MouseButton::Left);
        app.mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE });
        screen(app, 120, 36);
    };
    click(&mut app, column, row + 1);
    assert_eq!(chosen_name(&stage, &app).as_deref(), Some("shop-dns"));
    click(&mut app, 60, 4);
    assert_eq!(chosen_name(&stage, &app).as_deref(), Some("shop-dns"));
}

#[test]
fn tiers_are_closed_at_the_furthest_zoom_and_opened_one_by_one() {
    let stage = rehearsal_under_way();
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    let closed = pressed(&mut app, "3 - - - -", (120, 36));
    assert!(
        closed.contains("▸ data 3") && closed.contains("▸ compute 6") && !closed.contains("orders-db ─"),
        "{closed}"
    );
    assert!(closed.contains("✗ FAILED"), "a closed tier tells its worst: {closed}");
    assert_eq!(app.chosen(), Chosen::Folded);
    let opened = pressed(&mut app, "l", (120, 36));
    assert!(opened.contains("catalog-db ─") && opened.contains("▸ compute 6"), "{opened}");
    assert_eq!(chosen_name(&stage, &app).as_deref(), Some("orders-db"));
    let closed_again = pressed(&mut app, "-", (120, 36));
    assert!(closed_again.contains("▸ data 3"), "{closed_again}");
    let entered = pressed(&mut app, "<Enter>", (120, 36));
    assert!(entered.contains("catalog-db ─") && entered.contains("▸ compute 6"), "Enter opens it too: {entered}");
}

#[test]
fn each_notch_of_the_wheel_goes_on_in_the_graph() {
    let stage = rehearsal_under_way();
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    pressed(&mut app, "3", (160, 48));
    let mut been = vec![chosen_name(&stage, &app)];
    for _ in 0..4 {
        let kind = MouseEventKind::ScrollDown;
        assert!(app.mouse(MouseEvent { kind, column: 80, row: 20, modifiers: KeyModifiers::NONE }));
        screen(&mut app, 160, 48);
        been.push(chosen_name(&stage, &app));
    }
    let mut different = been.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), been.len(), "{been:?}");
}

#[test]
fn what_is_met_is_drawn_whole_and_what_is_not_in_dashes() {
    let (mut app, _orders) = rehearsal_opened().commander(Glyphs::Unicode);
    let before = pressed(&mut app, "3", (160, 48));
    let whole = |shown: &str| ["─▸", "─▶"].iter().any(|end| inside(shown).contains(end));
    assert!(inside(&before).contains('┄') && !whole(&before), "{before}");
    let stage = rehearsal_under_way();
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    let after = pressed(&mut app, "3", (160, 48));
    assert!(whole(&after), "{after}");
}

/// What stands within the frame.
fn inside(screen: &str) -> String {
    screen.lines().filter_map(|line| line.strip_prefix('┃')).collect::<Vec<_>>().join("\n")
}

#[test]
fn in_ascii_nothing_else_is_drawn() {
    let (mut app, _orders) = rehearsal_under_way().commander(Glyphs::Ascii);
    for part in ["3", "v", "v", "v", "-"] {
        let shown = pressed(&mut app, part, (120, 36));
        assert!(shown.is_ascii() && !shown.contains("??"), "{shown}");
    }
}

/// A recording of 2,000 components.
fn large() -> App {
    let events: Vec<Arc<_>> = large::events(2_000, 10_000).into_iter().map(Arc::new).collect();
    let begin = Begin { speed: 10.0, at: None, playing: false, beside: None };
    let theme = Theme::named("default").expect("a theme");
    let about = About::recording(Path::new("large.jsonl"));
    let mut app = App::replay(&events[0], about, begin, theme, Glyphs::Unicode).expect("a run");
    app.take(&events[1..200]);
    app
}

#[test]
fn two_thousand_components_are_shown_around_the_chosen_one_and_scrolled_when_asked_for_whole() {
    let mut app = large();
    let around = pressed(&mut app, "3 l", (120, 36));
    assert!(around.contains("Graph: around c"), "{around}");
    let whole = pressed(&mut app, "v v", (120, 36));
    assert!(whole.contains("Graph: every component"), "{whole}");
    for key in "l j j l k h l l l j G g".split(' ') {
        let shown = pressed(&mut app, key, (120, 36));
        let Chosen::Component(component) = app.chosen() else { panic!("a component is chosen") };
        assert!(shown.contains(&format!("┏ c{component:04} ")), "{shown}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn what_is_chosen_is_always_in_sight(
        typed in proptest::collection::vec(proptest::sample::select(vec!["h", "j", "k", "l", "g", "G", "v", "+", "-"]), 1..30),
        width in 60u16..170, height in 16u16..50,
    ) {
        let stage = rehearsal_under_way();
        let (mut app, _orders) = stage.commander(Glyphs::Unicode);
        pressed(&mut app, "3", (width, height));
        for key in typed {
            let shown = pressed(&mut app, key, (width, height));
            if let Some(name) = chosen_name(&stage, &app) {
                prop_assert!(inside(&shown).contains(&name), "{name} after {key}:\n{shown}");
            }
        }
    }
}
