//! The line mode without a program around it: what was typed when, what is told to whom, in which letters.

mod console_stage;

use console_stage::{Stage, at_the_point_of_no_return, opened, watched};
use landfall::cloud::Clock;
use landfall::console::look::Glyphs;
use landfall::console::plain::{self, Lines, Typed, What};
use landfall::console::{Label, Left, Setup};
use landfall::engine::Commander;
use landfall::engine::feed::Order;
use landfall::plan::GateKind;
use landfall::recovery::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// A line mode under test: what is typed, what was told, what was ordered.
struct Desk {
    typed: UnboundedSender<Typed>,
    told: Arc<Mutex<Vec<String>>>,
    orders: UnboundedReceiver<Order>,
    left: JoinHandle<Left>,
    _feed: UnboundedSender<Arc<[Arc<landfall::recovery::Event>]>>,
}

impl Desk {
    fn at(stage: &Stage, glyphs: Glyphs, commands: bool) -> Self {
        let (feed_in, feed) = unbounded_channel();
        feed_in.send(stage.events.clone().into()).expect("it is taken");
        let (commander, orders) = Commander::new("ana".into());
        let (typed, lines) = unbounded_channel();
        let told = Arc::new(Mutex::new(Vec::new()));
        let ear = Arc::clone(&told);
        let setup = Setup {
            commander: commands.then_some(commander),
            clock: Clock::new(stage.now, 1.0),
            label: if commands { Label::Drill } else { Label::ReadOnly },
            glyphs,
            ..watched(feed)
        };
        let tell = Box::new(move |line: &str| {
            ear.lock().expect("nobody panicked").push(line.to_owned());
            Ok(())
        });
        let left = tokio::spawn(async move { plain::run(setup, Lines { typed: lines, tell }).await.expect("a run") });
        Self { typed, told, orders, left, _feed: feed_in }
    }

    fn types_at(&self, at: Instant, line: &str) {
        self.typed.send(Typed { at, what: What::Line(line.to_owned()) }).expect("it is taken");
    }

    fn types(&self, line: &str) {
        self.types_at(Instant::now(), line);
    }

    async fn until(&self, wanted: &str) {
        for _ in 0..2000 {
            if self.told().contains(wanted) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("never told `{wanted}`:\n{}", self.told());
    }

    async fn until_again(&self, wanted: &str) {
        for _ in 0..2000 {
            if self.told().matches(wanted).count() > 1 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("never told `{wanted}` again:\n{}", self.told());
    }

    fn told(&self) -> String {
        self.told.lock().expect("nobody panicked").join("\n")
    }
}

#[tokio::test]
async fn what_was_typed_before_a_gate_came_up_by_itself_answers_nothing() {
    let before = Instant::now();
    let stage = at_the_point_of_no_return();
    let mut desk = Desk::at(&stage, Glyphs::Unicode, true);
    desk.until("QUESTION").await;
    desk.types_at(before, "us-west-2");
    desk.until("“us-west-2” was typed before this was asked: not taken").await;
    assert!(desk.orders.try_recv().is_err(), "nothing was sent");
    desk.types("status");
    desk.types("back");
    desk.until("put away; nothing was sent").await;
    desk.types("us-west-2");
    desk.until("“us-west-2” is no command here").await;
    assert!(desk.orders.try_recv().is_err(), "nothing was sent");
    desk.types("answer");
    let (place, kind) = *stage.state.open_gates.keys().next().expect("a gate is open");
    assert_eq!(kind, GateKind::PointOfNoReturn);
    // Whoever opened it: what was typed before it was told is for nothing that stands in it.
    desk.types_at(before, "us-west-2");
    desk.until_again("“us-west-2” was typed before this was asked: not taken").await;
    assert!(desk.orders.try_recv().is_err(), "nothing was sent");
    desk.types("us-east-1");
    desk.until("“us-east-1” is not us-west-2: nothing was sent").await;
    // On a line without keys that take back, they are characters.
    desk.types("us-west-2\u{8}\u{8}");
    desk.until("characters that cannot be seen: not taken").await;
    assert!(desk.orders.try_recv().is_err(), "nothing was sent");
    desk.types("us-west-2");
    let order = desk.orders.recv().await.expect("it is sent");
    let wanted = &stage.state.plan_step(place).id;
    assert!(
        matches!(&order.command, Command::Answer { step, gate, .. } if step == wanted && *gate == kind),
        "{order:?}"
    );
}

#[tokio::test]
async fn letters_that_cannot_be_shown_are_told_by_their_twins() {
    let desk = Desk::at(&at_the_point_of_no_return(), Glyphs::Ascii, true);
    desk.until("QUESTION").await;
    desk.types("help");
    desk.until("quit or q or leave").await;
    assert!(desk.told().is_ascii(), "{}", desk.told());
}

#[tokio::test]
async fn who_only_looks_is_offered_nothing_that_acts() {
    let desk = Desk::at(&opened(), Glyphs::Unicode, false);
    desk.types("help");
    desk.until("commands, by their names").await;
    desk.until("quit or q").await;
    let told = desk.told();
    for acts in ["\nretry", "\nroll-back", "\nauto:", "\nanswer", "\nnote"] {
        assert!(!told.contains(acts), "{acts}: {told}");
    }
    desk.types("quit");
    assert_eq!(desk.left.await.expect("it is left"), Left::Quit);
}

#[tokio::test]
async fn nobody_to_tell_is_as_a_terminal_that_was_closed() {
    let stage = at_the_point_of_no_return();
    let (feed_in, feed) = unbounded_channel();
    feed_in.send(stage.events.clone().into()).expect("it is taken");
    let (_typed, lines) = unbounded_channel();
    let tell = Box::new(|_: &str| Err(std::io::Error::from(std::io::ErrorKind::BrokenPipe)));
    let left = plain::run(watched(feed), Lines { typed: lines, tell }).await.expect("a run");
    assert_eq!(left, Left::Signal("standard output closed"));
}
