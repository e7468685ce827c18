//! What keys do: every row of the commands table is whole, nothing that acts is within a watcher's reach, nothing that
//! destroys is sent without its words, and no key at any size breaks the screen.

mod console_stage;

use console_stage::*;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use landfall::console::Label;
use landfall::console::Left;
use landfall::console::Moment;
use landfall::console::app::Wish;
use landfall::console::commands::{Access, TABLE};
use landfall::console::keymap::Keymap;
use landfall::console::keys::Chord;
use landfall::console::look::Glyphs;
use landfall::engine::Commander;
use landfall::engine::feed::{Order, Parted};
use landfall::plan::{GateKind, StepId};
use landfall::recovery::{Command, Mode, Refusal, RunOutcome, What};
use proptest::prelude::*;
use std::collections::HashSet;
use tokio::sync::mpsc::UnboundedReceiver;

/// Every moment that decides between rows that share a key.
fn moments() -> impl Iterator<Item = Moment> {
    let modes = [Mode::Step, Mode::Auto, Mode::Hold];
    modes.into_iter().flat_map(|mode| [false, true].map(|replayed| Moment { mode, replayed }))
}

fn sent(orders: &mut UnboundedReceiver<Order>) -> Vec<Command> {
    std::iter::from_fn(|| orders.try_recv().ok()).map(|order| order.command).collect()
}

#[test]
fn every_row_has_a_name_of_its_own_a_title_help_and_a_key() {
    let names: HashSet<&str> = TABLE.iter().map(|row| row.id).collect();
    assert_eq!(names.len(), TABLE.len(), "two rows have one name");
    for row in TABLE {
        assert!(!row.title.is_empty() && !row.keys.is_empty(), "{}", row.id);
        assert!(row.help.len() > 8, "{} is not explained", row.id);
    }
}

#[test]
fn no_two_rows_that_mean_the_same_moment_share_a_key() {
    for moment in moments() {
        let mut taken: Vec<(Chord, Option<bool>, &str)> = Vec::new();
        for row in TABLE.iter().filter(|row| row.is_for(moment)) {
            for key in row.keys {
                let other = taken.iter().find(|(known, made_for, _)| known == key && *made_for == row.replayed);
                assert!(other.is_none(), "in {moment:?} {key} is both {} and {:?}", row.id, other);
                taken.push((*key, row.replayed, row.id));
            }
        }
    }
}

#[test]
fn no_navigation_key_can_reach_the_run() {
    let navigation = [KeyCode::Up, KeyCode::Down, KeyCode::Left, KeyCode::Right, KeyCode::Home, KeyCode::End];
    let more = [KeyCode::PageUp, KeyCode::PageDown, KeyCode::Tab, KeyCode::BackTab, KeyCode::Enter, KeyCode::Esc];
    for code in navigation.into_iter().chain(more) {
        for moment in moments() {
            let row = Keymap::default().find(Chord::key(code), moment).expect("navigation keys are bound");
            assert_eq!(row.access(), Access::Look, "{code:?} does {}", row.id);
        }
    }
}

#[test]
fn a_console_without_a_commander_reaches_no_row_that_acts() {
    for stage in [opened(), at_the_loss_gate(), at_the_point_of_no_return(), failed(), held(), ended()] {
        for row in TABLE.iter().filter(|row| row.access() != Access::Look) {
            let mut app = stage.watcher();
            let footer = screen(&mut app, 120, 36).lines().last().unwrap_or_default().to_owned();
            app.run(row);
            let after = screen(&mut app, 120, 36);
            assert!(after.contains("this console only looks"), "{} says nothing:\n{after}", row.id);
            if let Some(hint) = row.hint {
                assert!(!footer.contains(hint), "{} is in the footer: {footer}", row.id);
            }
            assert_eq!(app.wish(), None);
        }
    }
}

#[test]
fn space_goes_holds_and_resumes() {
    let mut stage = opened();
    let (mut app, mut orders) = stage.commander(Glyphs::Unicode);
    press(&mut app, " ");
    assert_eq!(sent(&mut orders), [Command::Go { step: None }]);

    stage.command(Command::SetMode(Mode::Auto));
    let (mut app, mut orders) = stage.commander(Glyphs::Unicode);
    press(&mut app, " ");
    assert_eq!(sent(&mut orders), [Command::SetMode(Mode::Hold)]);

    stage.command(Command::SetMode(Mode::Hold));
    let (mut app, mut orders) = stage.commander(Glyphs::Unicode);
    press(&mut app, " ");
    assert_eq!(sent(&mut orders), [Command::SetMode(Mode::Auto)], "it goes on as it went before the hold");
}

#[test]
fn space_opens_the_gate_that_the_next_step_waits_at_and_sends_nothing() {
    let (mut app, mut orders) = at_the_loss_gate().commander(Glyphs::Unicode);
    press(&mut app, " <Enter> <Enter>");
    assert!(screen(&mut app, 100, 30).contains("accept it, because"));
    assert_eq!(sent(&mut orders), []);
}

#[test]
fn a_point_of_no_return_is_crossed_only_by_the_name_of_the_region() {
    let (mut app, mut orders) = at_the_point_of_no_return().commander(Glyphs::Unicode);
    press(&mut app, "c<Enter>us-east-1<Enter><Enter>");
    assert_eq!(sent(&mut orders), []);
    assert!(screen(&mut app, 100, 30).contains("“us-east-1” is not us-west-2"));
    press(&mut app, "<Esc>cus-west-2<Enter>");
    let answer =
        Command::Answer { step: "orders-db/promote".into(), gate: GateKind::PointOfNoReturn, text: "us-west-2".into() };
    assert_eq!(sent(&mut orders), [answer]);
}

#[test]
fn the_name_of_the_region_is_typed_and_cannot_be_pasted() {
    let (mut app, mut orders) = at_the_point_of_no_return().commander(Glyphs::Unicode);
    press(&mut app, "c");
    app.paste("us-west-2\n");
    press(&mut app, "<Enter>");
    assert_eq!(sent(&mut orders), []);
}

fn back(to: Option<StepId>, reason: &str) -> Command {
    Command::RollBack { to, typed: "us-west-2".into(), reason: reason.into(), past_the_point: None }
}

#[test]
fn rolling_back_takes_its_words_and_an_optional_reason() {
    let (mut app, mut orders) = held().commander(Glyphs::Unicode);
    press(&mut app, "R<Enter><Tab>because it is worse<Enter>");
    assert_eq!(sent(&mut orders), [], "a reason is not the words");
    press(&mut app, "<Esc>Rus-west-2<Enter>carts are lost<Enter>");
    assert_eq!(sent(&mut orders), [back(None, "carts are lost")]);
}

#[test]
fn rolling_back_to_before_a_step_is_chosen_in_the_preview() {
    let (mut app, mut orders) = held().commander(Glyphs::Unicode);
    screen(&mut app, 120, 36);
    press(&mut app, "2");
    screen(&mut app, 120, 36);
    press(&mut app, "R<Down>us-west-2<Enter><Enter>");
    let to = Some("orders-db/promote".into());
    assert_eq!(sent(&mut orders), [back(to, "")]);
}

#[test]
fn rolling_back_while_a_step_runs_says_what_is_under_way() {
    let (mut app, mut orders) = failed().commander(Glyphs::Unicode);
    press(&mut app, "R");
    assert!(screen(&mut app, 120, 36).contains("under way"), "{}", screen(&mut app, 120, 36));
    press(&mut app, "us-west-2<Enter><Enter>");
    assert_eq!(sent(&mut orders), [back(None, "")]);
}

#[test]
fn a_refusal_says_why_and_what_would_clear_it() {
    let (mut app, mut orders) = opened().commander(Glyphs::Unicode);
    press(&mut app, " ");
    assert!(screen(&mut app, 120, 36).contains("asked: start fence orders-db"));
    let order = orders.try_recv().expect("it was sent");
    let refusal = Refusal { why: "the lease was lost".into(), clear: "resume the run here".into() };
    order.answer.send(Err(refusal)).expect("the console waits for it");
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(app.answered());
    let shown = screen(&mut app, 120, 36);
    assert!(shown.contains("the lease was lost") && shown.contains("resume the run here"), "{shown}");
    assert!(!shown.contains("no answer yet"));
    press(&mut app, "<Esc>");
    assert!(!screen(&mut app, 120, 36).contains("the lease was lost"));
}

#[test]
fn retry_and_skip_mean_the_one_step_that_is_stuck_when_the_chosen_one_is_not() {
    let (mut app, mut orders) = held().commander(Glyphs::Unicode);
    screen(&mut app, 120, 36);
    press(&mut app, "r");
    assert_eq!(sent(&mut orders), [Command::Retry { step: "sessions/verify".into() }]);
    press(&mut app, "sno carts tonight<Enter><Enter>");
    assert_eq!(sent(&mut orders), [], "a reason alone is no consent");
    press(&mut app, "skip<Enter>");
    let skip = Command::Skip { step: "sessions/verify".into(), reason: "no carts tonight".into() };
    assert_eq!(sent(&mut orders), [skip]);
}

#[test]
fn leaving_a_live_run_is_asked_and_enter_does_not_leave() {
    for key in ["q", "<C-c>"] {
        let (mut app, _orders) = failed().commander(Glyphs::Unicode);
        press(&mut app, key);
        assert_eq!(app.wish(), None);
        press(&mut app, "<Enter><C-c> ");
        assert_eq!(app.wish(), None);
        press(&mut app, "y");
        assert_eq!(app.wish(), Some(Wish::Leave(Left::Quit)));
    }
}

#[test]
fn a_run_that_is_over_is_left_without_a_question() {
    let (mut app, _orders) = ended().commander(Glyphs::Unicode);
    press(&mut app, "q");
    assert_eq!(app.wish(), Some(Wish::Leave(Left::RunOver(RunOutcome::CompletedWithExceptions))));
}

#[test]
fn escape_never_leaves() {
    for stage in [opened(), failed(), ended()] {
        let (mut app, _orders) = stage.commander(Glyphs::Unicode);
        press(&mut app, "2?<Esc><Esc><Esc><Esc>");
        assert_eq!(app.wish(), None);
    }
}

#[test]
fn ctrl_z_reaches_through_every_layer() {
    let (mut app, _orders) = at_the_loss_gate().commander(Glyphs::Unicode);
    press(&mut app, "chalf a reason<C-z>");
    assert_eq!(app.wish(), Some(Wish::Suspend));
    assert!(screen(&mut app, 100, 30).contains("half a reason"));
}

#[test]
fn a_session_that_ended_is_said_and_takes_no_more_commands() {
    let (mut app, mut orders) = failed().commander(Glyphs::Unicode);
    app.feed_closed();
    press(&mut app, " ");
    let shown = screen(&mut app, 120, 36);
    assert!(shown.contains("SESSION ENDED") && shown.contains("the session has ended"), "{shown}");
    assert_eq!(sent(&mut orders), []);
    press(&mut app, "<Esc>q");
    assert_eq!(app.wish(), Some(Wish::Leave(Left::SessionEnded)));
}

#[test]
fn a_session_that_was_taken_over_says_by_whom_and_its_clocks_stand() {
    let mut stage = failed();
    stage.pass(3.0);
    let (commander, _orders) = Commander::new("ana".into());
    let mut app = stage.console(Some(commander.clone()), Label::Drill, Glyphs::Unicode);
    commander.part(Parted {
        taken_by: Some("ben (bastion-2 pid 47)".into()),
        why: "ben (bastion-2 pid 47) has taken this run over".into(),
    });
    app.feed_closed();
    let before = screen(&mut app, 160, 48);
    assert!(before.contains("TAKEN OVER by ben (bastion-2 pid 47): nothing here acts"), "{before}");
    assert!(before.contains("taken over") && !before.contains("Space hold"), "{before}");
    for _ in 0..5 {
        stage.pass(60.0);
        app.at(stage.now);
    }
    assert_eq!(screen(&mut app, 160, 48), before, "no clock goes on");
    for (width, height) in [(80, 24), (60, 20)] {
        assert!(screen(&mut app, width, height).contains("TAKEN OVER by ben"), "{width}x{height}");
    }
}

/// Any key but the letters that no confirming word can do without: `w` of us-west-2, `b` of roll back, `d` of done,
/// `y` of yes.
fn harmless_key() -> impl Strategy<Value = KeyEvent> {
    let codes = vec![
        KeyCode::Enter,
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::F(5),
        KeyCode::Insert,
    ];
    let letters: Vec<char> = (' '..='~').filter(|c| !"wbdyWBDY".contains(*c)).chain(['é', '東', '🚀']).collect();
    prop_oneof![
        2 => proptest::sample::select(codes).prop_map(KeyEvent::from),
        4 => proptest::sample::select(letters).prop_map(|c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)),
        3 => proptest::sample::select("12 atxrsRXncqgG?".chars().collect::<Vec<_>>())
            .prop_map(|c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)),
        1 => proptest::sample::select("culz".chars().collect::<Vec<_>>())
            .prop_map(|c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)),
    ]
}

fn any_stage() -> impl Strategy<Value = fn() -> Stage> {
    let all: Vec<fn() -> Stage> = vec![opened, at_the_loss_gate, at_the_point_of_no_return, failed, held, ended];
    proptest::sample::select(all)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_keys_at_any_size_panic_or_destroy_without_the_words(
        stage in any_stage(),
        keys in proptest::collection::vec((harmless_key(), 0u16..170, 0u16..50), 0..60),
    ) {
        let (mut app, mut orders) = stage().commander(Glyphs::Ascii);
        let start = tokio::time::Instant::now();
        let ticks = std::sync::atomic::AtomicU64::new(0);
        app.lead_by(std::sync::Arc::new(move || {
            let ticks = ticks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            start + std::time::Duration::from_millis(100 * ticks)
        }));
        for (key, width, height) in keys {
            app.key(key);
            app.paste("us-west-2");
            screen(&mut app, width, height);
            for command in sent(&mut orders) {
                match command {
                    Command::Start(_) | Command::RollBack { .. } | Command::Abort { .. } => prop_assert!(false, "{command:?}"),
                    Command::Answer { gate: GateKind::Loss, text, .. } => prop_assert!(!text.trim().is_empty()),
                    Command::Answer { .. } => prop_assert!(false, "{command:?}"),
                    Command::Skip { reason, .. } => prop_assert!(!reason.trim().is_empty()),
                    Command::Note { text, .. } => prop_assert!(!text.trim().is_empty()),
                    Command::Go { .. } | Command::SetMode(_) | Command::Retry { .. } | Command::Pay { .. } => {}
                    Command::Leave => prop_assert!(false, "the console never sends Leave"),
                }
            }
            prop_assert!(!matches!(app.wish(), Some(Wish::Leave(Left::Quit))), "no `y` was pressed");
        }
    }
}

#[test]
fn to_the_end_and_then_further_stays_at_the_end() {
    let (mut app, _orders) = opened().commander(Glyphs::Unicode);
    // Several keys come before the next frame: nothing has clamped the scroll between them.
    press(&mut app, "?<End><Down><PgDn><Esc>");
    press(&mut app, "2<Tab><End><Down><PgDn>");
    assert!(screen(&mut app, 120, 36).contains("Runbook"));
}

#[test]
fn credentials_that_have_expired_are_the_first_that_is_said_with_what_renews_them() {
    let mut stage = failed();
    let why = "the credentials have expired: run `aws sso login --profile dr` (the cloud said ExpiredToken)";
    stage.seen(What::CredentialsExpired { account: None, why: why.into() });
    for width in [100, 160] {
        let screen = screen(&mut stage.watcher(), width, 30);
        assert!(screen.contains("HELD: the credentials have expired: run `aws sso login"), "{screen}");
    }
    stage.seen(What::CredentialsRenewed { account: None });
    assert!(!screen(&mut stage.watcher(), 160, 30).contains("HELD: the credentials"));
}
