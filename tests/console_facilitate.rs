//! The facilitator's menu: two choices and a `y` let something go wrong, nothing less does, and who has no facilitator
//! has no menu. What a drill keeps to itself is told when the run is over.

mod console_stage;

use console_stage::*;
use landfall::console::Label;
use landfall::console::app::App;
use landfall::console::look::Glyphs;
use landfall::engine::facilitator::Wished;
use landfall::engine::{Commander, Facilitator};
use landfall::recovery::event::Drill;
use landfall::recovery::{Command, Facilitate, What};
use landfall::service::fault::Target;
use landfall::service::{AimedFault, FaultKind};
use tokio::sync::mpsc::UnboundedReceiver;

fn crash() -> AimedFault {
    AimedFault::new(FaultKind::TasksCrash, Target::Component("web".into()))
}

fn injected(scripted: bool) -> What {
    What::FaultInjected { fault: crash(), scripted }
}

/// A console on `stage` with a commander and a facilitator, both ana, and where the wishes come out.
fn facilitated(stage: &Stage) -> (App, UnboundedReceiver<Wished>) {
    let (facilitator, wishes) = Facilitator::new("ana".into());
    let (app, _) = stage.commander(Glyphs::Unicode);
    (app.with_facilitator(Some(facilitator)), wishes)
}

fn wished(wishes: &mut UnboundedReceiver<Wished>) -> Vec<Facilitate> {
    std::iter::from_fn(|| wishes.try_recv().ok()).map(|wished| wished.what).collect()
}

/// A drill whose commander is told of no fault.
fn surprising() -> Stage {
    let mut opened = storefront();
    opened.drill = opened.drill.map(|drill| Drill { surprise: true, ..drill });
    Stage::open(opened)
}

#[test]
fn a_fault_its_target_and_y_let_something_go_wrong() {
    let (mut app, mut wishes) = facilitated(&opened());
    press(&mut app, "F");
    assert!(screen(&mut app, 100, 30).contains("▸ region dark"));
    press(&mut app, "<Enter>");
    assert!(screen(&mut app, 100, 30).contains("▸ region us-east-1 goes dark"));
    press(&mut app, "<Down><Enter>");
    assert!(screen(&mut app, 100, 30).contains("From now on: region us-west-2 goes dark."));
    assert_eq!(wished(&mut wishes), [], "so far nothing was asked");
    press(&mut app, "y");
    let dark = AimedFault::new(FaultKind::RegionDark, Target::Region("us-west-2".into()));
    assert_eq!(wished(&mut wishes), [Facilitate::Inject(dark)]);
    let after = screen(&mut app, 100, 30);
    assert!(!after.contains("facilitate the drill") && after.contains("asked"), "{after}");
}

#[test]
fn a_fault_fits_only_the_components_of_its_kind() {
    let (mut app, mut wishes) = facilitated(&opened());
    press(&mut app, "FG<Enter>");
    let targets = screen(&mut app, 100, 30);
    assert!(targets.contains("the tasks of api crash") && targets.contains("the tasks of web crash"), "{targets}");
    assert!(!targets.contains("the tasks of orders-db"), "{targets}");
    press(&mut app, "j<Enter>y");
    assert_eq!(wished(&mut wishes), [Facilitate::Inject(crash())]);
}

#[test]
fn what_goes_wrong_now_is_listed_and_can_be_ended() {
    let mut stage = opened();
    stage.seen(injected(false));
    stage.pass(75.0);
    let (mut app, mut wishes) = facilitated(&stage);
    press(&mut app, "FG");
    let menu = screen(&mut app, 100, 30);
    assert!(menu.contains("▸ the tasks of web crash   facilitator ana, for 1:15"), "{menu}");
    press(&mut app, "<Enter>");
    assert!(screen(&mut app, 100, 30).contains("From now on: the tasks of web stay up again."));
    press(&mut app, "y");
    assert_eq!(wished(&mut wishes), [Facilitate::End(crash())]);
}

#[test]
fn neither_navigation_nor_enter_alone_lets_anything_go_wrong() {
    let (mut app, mut wishes) = facilitated(&opened());
    press(&mut app, "F<Enter><Enter><Enter><Enter>l<Down>");
    assert!(screen(&mut app, 100, 30).contains("Enter alone does nothing"));
    press(&mut app, "<Esc><Esc>");
    assert!(!screen(&mut app, 100, 30).contains("facilitate the drill"), "two levels back");
    press(&mut app, "y");
    assert_eq!(wished(&mut wishes), []);
}

#[test]
fn the_chosen_line_is_in_sight_at_any_size() {
    let mut stage = opened();
    stage.seen(injected(false));
    for (width, height) in [(160, 48), (80, 24), (60, 20), (44, 14)] {
        let (mut app, _wishes) = facilitated(&stage);
        press(&mut app, "F");
        for _ in 0..=FaultKind::by_hand().count() {
            let menu = screen(&mut app, width, height);
            assert!(menu.contains("┃ ▸ "), "{width}×{height}\n{menu}");
            press(&mut app, "<Down>");
        }
    }
}

#[test]
fn who_has_no_facilitator_has_no_menu() {
    let real = {
        let mut opened = storefront();
        opened.drill = None;
        Stage::open(opened)
    };
    let (commander, _orders) = Commander::new("ana".into());
    let consoles = [
        (opened().watcher(), "this console only looks"),
        (real.console(Some(commander), Label::Real, Glyphs::Unicode), "only a drill has faults to inject"),
        (surprising().commander(Glyphs::Unicode).0, "keeps its faults a surprise"),
    ];
    for (mut app, why) in consoles {
        press(&mut app, "F");
        let after = screen(&mut app, 200, 40).replace('\n', " ");
        assert!(!after.contains("Let go wrong") && after.contains(why), "{after}");
    }
}

#[test]
fn a_facilitators_fault_is_told_apart_from_the_commanders_acts() {
    let mut stage = opened();
    stage.seen(injected(false));
    let (mut app, _wishes) = facilitated(&stage);
    assert!(screen(&mut app, 100, 30).contains("facilitator ana: the tasks of web crash"));
}

#[test]
fn what_the_scenario_does_and_what_is_a_surprise_is_told_when_the_run_is_over() {
    for (mut stage, scripted, told) in [
        (opened(), true, "scenario: the tasks of web crash"),
        (surprising(), false, "facilitator ana: the tasks of web crash"),
    ] {
        stage.seen(injected(scripted));
        let (mut app, _) = stage.commander(Glyphs::Unicode);
        let before = screen(&mut app, 120, 36);
        assert!(!before.contains("tasks of web crash"), "{before}");
        stage.command(Command::Abort { reason: "enough".into() });
        let (mut app, _) = stage.commander(Glyphs::Unicode);
        let after = screen(&mut app, 120, 36);
        assert!(after.contains(told) && after.contains("run ended: aborted"), "{after}");
        press(&mut app, "6");
        let timeline = screen(&mut app, 120, 48);
        let line = |wanted: &str| timeline.lines().position(|line| line.contains(wanted)).expect("its row");
        assert!(line("tasks of web crash") < line("ends the run"), "where it happened:\n{timeline}");
    }
}
