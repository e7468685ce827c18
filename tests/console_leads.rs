//! What the console does by itself for whoever commands: the one open gate comes up, what is typed for it reaches no
//! command, several are answered together, time waits for a reader, a newcomer is told three things.

mod console_stage;

use console_stage::*;
use crossterm::event::KeyModifiers;
use landfall::console::Label;
use landfall::console::app::{App, Wish};
use landfall::console::look::Glyphs;
use landfall::console::screens::Chosen;
use landfall::engine::feed::{Order, Parted};
use landfall::plan::{Gate, GateKind, Undo};
use landfall::recovery::{Command, Mode, What};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;

/// A wall clock that stands until it is moved on.
#[derive(Clone, Default)]
struct Wall(Arc<AtomicU64>);

impl Wall {
    fn pass(&self, milliseconds: u64) {
        self.0.fetch_add(milliseconds, Ordering::Relaxed);
    }

    fn leads(&self, app: &mut App) {
        let (start, passed) = (Instant::now(), Arc::clone(&self.0));
        app.lead_by(Arc::new(move || start + Duration::from_millis(passed.load(Ordering::Relaxed))));
    }
}

/// A console that leads, half a second after whatever came up.
fn led(stage: &Stage) -> (App, UnboundedReceiver<Order>, Wall) {
    let (mut app, orders) = stage.commander(Glyphs::Unicode);
    let wall = Wall::default();
    wall.leads(&mut app);
    wall.pass(500);
    (app, orders, wall)
}

fn sent(orders: &mut UnboundedReceiver<Order>) -> Vec<Command> {
    std::iter::from_fn(|| orders.try_recv().ok()).map(|order| order.command).collect()
}

fn shown(app: &mut App) -> String {
    screen(app, 120, 36)
}

const LOSS: &str = "┏ data loss: promote orders-db";
const POINT: &str = "┏ point of no return: promote orders-db";

/// The run as it was before its one gate was asked, and the events that ask it.
fn before_the_gate(stage: &Stage) -> (Stage, Vec<Arc<landfall::recovery::Event>>) {
    let asks = |event: &Arc<landfall::recovery::Event>| matches!(event.what, What::GateOpened { .. });
    let at = stage.events.iter().position(asks).expect("it asks");
    let before = Stage { state: stage.state.clone(), events: stage.events[..at].to_vec(), now: stage.events[at].at };
    (before, stage.events[at..].to_vec())
}

#[test]
fn the_one_open_gate_comes_up_by_itself_and_is_answered_as_ever() {
    let stage = at_the_loss_gate();
    let (before, asked) = before_the_gate(&stage);
    let (mut app, mut orders, wall) = led(&before);
    assert!(!shown(&mut app).contains(LOSS));
    app.take(&asked);
    assert!(shown(&mut app).contains(LOSS));
    wall.pass(500);
    press(&mut app, "the region is gone<Enter>");
    let [Command::Answer { gate: GateKind::Loss, text, .. }] = &sent(&mut orders)[..] else { panic!("it is answered") };
    assert_eq!(text.as_str(), "the region is gone");
    assert!(!shown(&mut app).contains(LOSS), "it does not come up again before its answer is there");
}

#[test]
fn keys_struck_as_a_form_came_up_are_dropped_but_those_that_lead_out() {
    let stage = at_the_loss_gate();
    let (before, asked) = before_the_gate(&stage);
    let (mut app, mut orders, wall) = led(&before);
    app.take(&asked);
    wall.pass(499);
    press(&mut app, "a<Enter><Esc>s");
    app.paste("words of another window");
    let text = shown(&mut app);
    assert!(text.contains(LOSS) && !text.contains("another window"), "{text}");
    assert_eq!(sent(&mut orders).len(), 0);
    press(&mut app, "<C-z>");
    assert_eq!(app.wish(), Some(Wish::Suspend));
    wall.pass(1);
    press(&mut app, "because<Esc>");
    assert!(!shown(&mut app).contains(LOSS));
}

#[test]
fn put_away_it_stays_away_until_it_is_asked_anew() {
    let mut stage = at_the_loss_gate();
    let (mut app, _orders, wall) = led(&stage);
    assert!(shown(&mut app).contains(LOSS));
    press(&mut app, "<Esc>");
    app.take(&[]);
    app.at(stage.now + jiff::SignedDuration::from_secs(90));
    assert!(!shown(&mut app).contains(LOSS));
    let known = stage.events.len();
    stage.answer("orders-db/promote", GateKind::Loss, "confirmed");
    app.take(&stage.events[known..]);
    assert!(shown(&mut app).contains(POINT), "another question of the same step is another gate");
    wall.pass(500);
    press(&mut app, "<Esc>");
    // Asked anew, with more to lose.
    let mut again =
        (**stage.events.iter().find(|event| matches!(event.what, What::GateOpened { .. })).expect("one")).clone();
    (again.seq, again.at) = (stage.state.seq + 1, stage.now);
    let mut passed = (**stage.events.last().expect("an event")).clone();
    passed.seq = stage.state.seq + 2;
    let gone = What::GatePassed {
        step: "orders-db/promote".into(),
        gate: GateKind::PointOfNoReturn,
        answer: landfall::recovery::event::GateAnswer::Crossed { region: "us-west-2".into(), ahead: None },
        exposure: None,
    };
    passed.what = gone;
    app.take(&[Arc::new(again), Arc::new(passed)]);
    assert!(shown(&mut app).contains(LOSS));
}

#[test]
fn nothing_comes_up_beside_another_gate_in_front_of_another_form_or_for_who_only_looks() {
    let stage = at_the_loss_gate();
    let mut watcher = stage.watcher();
    Wall::default().leads(&mut watcher);
    assert!(!shown(&mut watcher).contains(LOSS), "a watcher is asked nothing");

    let (before, asked) = before_the_gate(&stage);
    let (mut app, _orders, wall) = led(&before);
    press(&mut app, "?");
    app.take(&asked);
    assert!(!shown(&mut app).contains(LOSS), "help stays in front");
    press(&mut app, "<Esc>");
    assert!(shown(&mut app).contains(LOSS), "and the gate comes behind it");
    press(&mut app, "<Esc>");
    assert!(shown(&mut app).contains(LOSS), "keys meant for the help do not put it away");
    wall.pass(500);
    press(&mut app, "<Esc>");
    assert!(!shown(&mut app).contains(LOSS));

    let (mut app, _orders, _wall) = led(&asked_before_the_fences());
    assert!(!shown(&mut app).contains("┏ point of no return"), "of several none comes up");
}

#[test]
fn a_resumed_run_is_looked_at_before_it_asks() {
    let mut stage = at_the_loss_gate();
    stage.seen(What::SessionOpened {
        host: "b".into(),
        pid: 1,
        resumed: true,
        holder: None,
        beside: false,
        taken_over: false,
    });
    stage.command(Command::SetMode(Mode::Hold));
    let (mut app, _orders, _wall) = led(&stage);
    assert!(!shown(&mut app).contains(LOSS));
    let known = stage.events.len();
    stage.command(Command::SetMode(Mode::Step));
    app.take(&stage.events[known..]);
    assert!(shown(&mut app).contains(LOSS));
}

#[test]
fn the_asked_word_typed_without_its_key_opens_its_gate_and_nothing_else() {
    // The region has its first letter for itself; `y` copies, `d` and `t` do what they do, and the rest is the word's.
    let point = at_the_point_of_no_return();
    let mut approval = ended();
    let asks = |event: &Arc<landfall::recovery::Event>| {
        matches!(event.what, What::GateOpened { gate: GateKind::Approval, .. })
    };
    let at = approval.events.iter().position(asks).expect("it asks");
    approval.events.truncate(at + 1);
    for (stage, title, word, gate) in [
        (&point, POINT, "us-west-2", GateKind::PointOfNoReturn),
        (&approval, "┏ approval: cut over", "yes<Enter>", GateKind::Approval),
    ] {
        let (mut app, mut orders, _wall) = led(stage);
        press(&mut app, "<Esc>");
        assert!(!shown(&mut app).contains(title), "{word}");
        press(&mut app, word);
        let text = shown(&mut app);
        assert!(text.contains(title), "{word}: {text}");
        assert_eq!(sent(&mut orders).len(), 0, "{word}: nothing was sent on the way");
        press(&mut app, "<Enter>");
        let all = sent(&mut orders);
        assert!(matches!(&all[..], [Command::Answer { gate: own, .. }] if *own == gate), "{word}: {all:?}");
        // Keys of the same burst do not ask again what is being answered.
        press(&mut app, word.trim_end_matches("<Enter>"));
        assert!(!shown(&mut app).contains(title), "{word}: it is answered");
        let driven: Vec<_> =
            sent(&mut orders).into_iter().filter(|order| !matches!(order, Command::Answer { .. })).collect();
        assert!(driven.is_empty(), "{word}: {driven:?}");
    }
}

#[test]
fn no_word_of_a_gate_begins_with_a_key_that_drives() {
    // A region such as this one begins with the key of "skip".
    let mut opened = storefront();
    opened.plan.application.recovery = "sa-east-1".into();
    let mut stage = Stage::open(opened);
    stage.looks_around();
    stage.answer_all_but_the_point();
    let (mut app, mut orders, wall) = led(&stage);
    wall.pass(500);
    press(&mut app, "<Esc>sa-east-1");
    let text = shown(&mut app);
    assert!(text.contains(POINT) && text.contains("to cross sa-east-1"), "{text}");
    press(&mut app, "<Esc>");
    assert_eq!(sent(&mut orders).len(), 0);
    wall.pass(2000);
    press(&mut app, "s");
    let text = shown(&mut app);
    assert!(text.contains("┏ skip") || text.contains("skip:"), "once: the key is the commander's again: {text}");
}

trait Asks {
    fn answer_all_but_the_point(&mut self);
}

impl Asks for Stage {
    fn answer_all_but_the_point(&mut self) {
        self.go("orders-db/promote");
        if self.state.open_gates.keys().any(|(_, kind)| *kind == GateKind::Loss) {
            self.answer("orders-db/promote", GateKind::Loss, "confirmed");
        }
        assert!(self.state.open_gates.keys().any(|(_, kind)| *kind == GateKind::PointOfNoReturn));
    }
}

#[test]
fn a_reason_pasted_for_a_gate_that_was_put_away_opens_it() {
    let (mut app, mut orders, _wall) = led(&at_the_loss_gate());
    press(&mut app, "<Esc>");
    app.paste("the DBA\nconfirms it");
    let text = shown(&mut app);
    assert!(text.contains(LOSS) && text.contains("the DBA confirms it"), "{text}");
    assert_eq!(sent(&mut orders).len(), 0, "and sends nothing");
    let (mut app, mut orders, _wall) = led(&at_the_point_of_no_return());
    press(&mut app, "<Esc>");
    app.paste("us-west-2");
    press(&mut app, "<Enter>");
    assert!(shown(&mut app).contains(POINT));
    assert_eq!(sent(&mut orders).len(), 0, "what is to be typed is not pasted");
}

/// A loss, an approval and a point of no return, all open.
fn three_kinds() -> Stage {
    let mut opened = storefront();
    for step in &mut opened.runbook.steps {
        step.gates = match step.id.as_str() {
            "orders-db/promote" => vec![Gate::Loss { rpo_seconds: 2.0 }],
            "catalog-db/promote" => vec![Gate::PointOfNoReturn],
            "sessions/verify" => vec![Gate::Approval { why: "carts are lost".into() }],
            _ => continue,
        };
        step.undo = if step.id.as_str() == "catalog-db/promote" { Undo::PointOfNoReturn } else { step.undo };
    }
    let mut stage = Stage::open(opened);
    stage.looks_around();
    stage.command(Command::SetMode(Mode::Auto));
    stage.pass(5.0);
    assert_eq!(stage.state.open_gates.len(), 3);
    stage
}

#[test]
fn several_kinds_are_answered_with_one_typing_and_one_reason_and_no_more_than_is_listed() {
    for (width, height) in [(160, 48), (120, 36), (100, 30), (80, 24), (60, 20)] {
        let (mut app, mut orders, _wall) = led(&three_kinds());
        press(&mut app, "c<Down>");
        let text = screen(&mut app, width, height);
        for said in ["(x) all 3: 1 loss, 1 approval, 1 for good", "promote catalog-db in us-west-2", "us-west-2"] {
            assert!(text.contains(said), "{width}x{height}: {said} is not in sight:\n{text}");
        }
        if width >= 80 {
            for said in ["loss 2", "carts are lost", "for good: promote catalog-db", "to cross and approve"] {
                assert!(text.contains(said), "{width}x{height}: {said} is not in sight:\n{text}");
            }
        }
        press(&mut app, "us-west-2<Enter><Enter>");
        assert_eq!(sent(&mut orders).len(), 0, "a reason is needed too");
        press(&mut app, "the region is gone<Enter>");
        let all = sent(&mut orders);
        let answers: Vec<(GateKind, String)> = all
            .into_iter()
            .map(|command| match command {
                Command::Answer { gate, text, .. } => (gate, text.to_string()),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(answers.len(), 3);
        for (gate, text) in answers {
            let wanted = if gate == GateKind::PointOfNoReturn { "us-west-2" } else { "the region is gone" };
            assert_eq!(text, wanted, "{gate:?}");
        }
    }
}

#[test]
fn together_covers_nothing_that_was_asked_later_or_is_asked_no_more() {
    let mut stage = three_kinds();
    let (mut app, mut orders, _wall) = led(&stage);
    press(&mut app, "c<Down>us-west-2<Enter>the region is gone");
    let known = stage.events.len();
    stage.answer("sessions/verify", GateKind::Approval, "ana's second hand");
    app.take(&stage.events[known..]);
    press(&mut app, "<Enter>");
    let text = shown(&mut app);
    assert!(text.contains("is not asked any more; choose this one only"), "{text}");
    assert_eq!(sent(&mut orders).len(), 0);
}

/// Goes down a list to the step at `place`.
fn choose(app: &mut App, place: usize) {
    shown(app);
    press(app, "g");
    for _ in 0..200 {
        shown(app);
        if app.chosen() == Chosen::Step(place) {
            return;
        }
        press(app, "j");
    }
    panic!("no row of it: {}", shown(app));
}

#[test]
fn marked_gates_are_answered_together_and_the_others_are_not() {
    for (width, height) in [(160, 48), (120, 36), (100, 30), (80, 24), (60, 20)] {
        let stage = three_kinds();
        let (mut app, mut orders, _wall) = led(&stage);
        press(&mut app, "2");
        let gates: Vec<usize> = stage.state.open_gates.keys().map(|(place, _)| *place).collect();
        for place in &gates[..2] {
            choose(&mut app, *place);
            press(&mut app, "b");
        }
        let text = screen(&mut app, width, height);
        assert!(text.contains("2 marked"), "{width}x{height}: the title says how many:\n{text}");
        assert!(text.contains("■ marked"), "{width}x{height}:\n{text}");
        press(&mut app, "1");
        let text = screen(&mut app, width, height);
        assert!(width < 80 || text.contains("2 marked") && text.contains("c answers the 2 that are marked"), "{text}");
        press(&mut app, "c");
        let text = screen(&mut app, width, height);
        assert!(text.contains("the 2 marked: "), "{width}x{height}: what it covers:\n{text}");
        assert!(!text.contains("this one only"), "{width}x{height}:\n{text}");
        assert!(width < 120 || text.contains("Marked, and answered together"), "{text}");
        let word = if text.contains("yes to approve") { "yes" } else { "us-west-2" };
        press(&mut app, &format!("{word}<Enter>the region is gone<Enter>"));
        let wanted: Vec<String> = gates[..2].iter().map(|place| stage.state.plan_step(*place).id.to_string()).collect();
        let answered: Vec<String> = sent(&mut orders)
            .into_iter()
            .map(|command| match command {
                Command::Answer { step, .. } => step.to_string(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(answered, wanted, "{width}x{height}: those that were marked and no other");
    }
}

#[test]
fn a_mark_goes_with_its_gate_and_esc_takes_all_away_first() {
    let mut stage = three_kinds();
    let (mut app, mut orders, _wall) = led(&stage);
    press(&mut app, "2");
    let gates: Vec<usize> = stage.state.open_gates.keys().map(|(place, _)| *place).collect();
    for place in &gates {
        choose(&mut app, *place);
        press(&mut app, "b");
    }
    assert!(shown(&mut app).contains("3 marked"));
    let known = stage.events.len();
    stage.answer("sessions/verify", GateKind::Approval, "ana's second hand");
    app.take(&stage.events[known..]);
    assert!(shown(&mut app).contains("2 marked"), "what was answered meanwhile is not marked any more");
    press(&mut app, "b");
    let text = shown(&mut app);
    assert!(text.contains("1 marked") || text.contains("no gate of"), "the mark of the chosen one goes: {text}");
    press(&mut app, "<Esc>");
    let text = shown(&mut app);
    assert!(!text.contains(" marked") && text.contains("Runbook"), "the marks go before anything else: {text}");
    press(&mut app, "c");
    assert!(shown(&mut app).contains("this one only"), "without marks it is as ever");
    assert_eq!(sent(&mut orders).len(), 0);
}

#[test]
fn a_step_that_asks_nothing_is_not_marked() {
    let stage = three_kinds();
    let (mut app, _orders, _wall) = led(&stage);
    press(&mut app, "2");
    let open = |place: &usize| stage.state.open_gates.keys().any(|(at, _)| at == place);
    let other = (0..stage.state.steps.len()).find(|place| !open(place)).expect("a step that asks nothing");
    choose(&mut app, other);
    press(&mut app, "b");
    let text = shown(&mut app);
    let title = &stage.state.plan_step(other).title;
    assert!(!text.contains(" marked") && text.contains(&format!("mark: no gate of {title} is open")), "{text}");
}

#[test]
fn a_mark_survives_ascii_and_a_theme_without_colours() {
    let stage = three_kinds();
    let (mut app, _orders) = stage.commander(Glyphs::Ascii);
    press(&mut app, "2");
    choose(&mut app, stage.state.open_gates.keys().next().expect("a gate").0);
    press(&mut app, "b");
    assert!(shown(&mut app).contains("# marked: "), "{}", shown(&mut app));
}

#[test]
fn a_note_says_what_it_is_about_before_it_is_written() {
    let (mut app, mut orders, _wall) = led(&held());
    press(&mut app, "2");
    shown(&mut app);
    press(&mut app, "n");
    let text = shown(&mut app);
    assert!(text.contains("(x) about the run"), "{text}");
    press(&mut app, "calling the DBA<Enter>n<Tab>");
    assert!(shown(&mut app).contains("(x) about the chosen step"));
    press(&mut app, "she confirms<Enter>n<Tab><Tab>and so on<Enter>");
    let notes: Vec<(String, bool)> = sent(&mut orders)
        .into_iter()
        .map(|command| match command {
            Command::Note { text, step } => (text.to_string(), step.is_some()),
            other => panic!("{other:?}"),
        })
        .collect();
    let told = |text: &str, on_step| (text.to_owned(), on_step);
    assert_eq!(notes, [told("calling the DBA", false), told("she confirms", true), told("and so on", false)]);
}

#[test]
fn a_drills_time_is_eased_while_something_is_read_and_no_other_time() {
    let (mut app, _orders, _wall) = led(&held());
    assert!(!app.eases());
    for keys in ["?", "n", "R", "<Enter>", "<C-c>", ":"] {
        press(&mut app, keys);
        assert!(app.eases(), "{keys}");
        let text = shown(&mut app);
        assert!(text.contains("[ DRILL ×1 ]") && text.contains("×1 while this is open"), "{keys}: {text}");
        press(&mut app, "<Esc>");
        assert!(!app.eases(), "{keys}");
        assert!(shown(&mut app).contains("[ DRILL ×10 ]"));
    }
    let (commander, _orders) = landfall::engine::Commander::new("ana".into());
    let mut real = held().console(Some(commander), Label::Real, Glyphs::Unicode);
    press(&mut real, "?");
    assert!(!real.eases(), "a real cloud waits for nobody");
    let mut watcher = held().watcher();
    press(&mut watcher, "?");
    assert!(!watcher.eases());
}

#[test]
fn a_newcomer_is_told_three_things_each_until_it_is_done_or_put_away() {
    let (start, gate, back) = ("nothing outside is touched", "The run asks before", "what going back would undo");
    let (mut app, _orders, _) = led(&unstarted());
    app.tell_tips();
    assert!(shown(&mut app).contains(start));
    assert!(app.eases(), "it is read before anything runs");
    press(&mut app, "a");
    assert!(!shown(&mut app).contains(start), "it is done");
    press(&mut app, "<Esc>");
    assert!(!shown(&mut app).contains(start), "once");

    let (mut app, _orders, _) = led(&at_the_loss_gate());
    app.tell_tips();
    let text = shown(&mut app);
    assert!(text.contains(gate) && text.contains(LOSS), "{text}");
    press(&mut app, "<Esc>");
    press(&mut app, "c");
    assert!(!shown(&mut app).contains(gate), "once");

    let (mut app, _orders, _) = led(&held());
    app.tell_tips();
    assert!(shown(&mut app).contains(back));
    assert!(!app.eases(), "the run goes on beside it");
    press(&mut app, "j");
    assert!(shown(&mut app).contains(back), "keys go past it");
    press(&mut app, "<Esc>");
    assert!(!shown(&mut app).contains(back));
    let (mut app, _orders, _) = led(&held());
    assert!(!shown(&mut app).contains(back), "a run that is no rehearsal has no tips");
}

#[test]
fn a_console_that_was_taken_over_names_no_key_that_drives() {
    for stage in [at_the_loss_gate(), failed(), the_old_writer_is_asked_about()] {
        let (commander, _orders) = landfall::engine::Commander::new("ana".into());
        let mut app = stage.console(Some(commander.clone()), Label::Drill, Glyphs::Unicode);
        let before = shown(&mut app);
        assert!(before.contains("c answers it") || before.contains("r retries"), "{before}");
        commander.part(Parted { why: "another session took the run".into(), taken_by: Some("ben".into()) });
        app.feed_closed();
        for keys in ["1", "2", "4", "6"] {
            press(&mut app, keys);
            let text = shown(&mut app);
            for said in ["answers it", "retries ·", "[c]", "rolls back"] {
                assert!(!text.contains(said), "{keys}: {said}:\n{text}");
            }
        }
    }
}

#[test]
fn a_key_with_a_modifier_is_no_letter_of_a_word() {
    let (mut app, _orders, _wall) = led(&at_the_point_of_no_return());
    press(&mut app, "<Esc>");
    app.key(crossterm::event::KeyEvent::new(crossterm::event::KeyCode::Char('u'), KeyModifiers::CONTROL));
    app.key(crossterm::event::KeyEvent::new(crossterm::event::KeyCode::Char('u'), KeyModifiers::ALT));
    assert!(!shown(&mut app).contains(POINT));
}
