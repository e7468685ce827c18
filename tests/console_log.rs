//! The log of the chosen component: its newest lines as they come, what is said where none come, and where there is none to
//! open.

mod console_stage;

use console_stage::*;
use jiff::{SignedDuration, Timestamp};
use landfall::console::Label;
use landfall::console::app::App;
use landfall::console::look::Glyphs;
use landfall::engine::Tails;
use landfall::engine::tail::Followed;
use landfall::service::observation::LogLine;
use landfall::service::{Ask, LogsObservation, LogsQuery, Observation, Place, Query, Seen, Silence, Unanswered};
use tokio::sync::mpsc::UnboundedReceiver;

const GROUP: &str = "/ecs/storefront/api";

/// The stage's run, in whose plan `api` has a log and `web` has none.
fn stage() -> Stage {
    let mut opened = storefront();
    let api = opened.plan.components.iter_mut().find(|component| component.name.as_str() == "api").expect("api");
    api.fields.0.insert("log".to_owned(), GROUP.into());
    Stage::open(opened)
}

/// A console that can read logs, with `component` chosen, and where what it follows comes out.
fn console(stage: &Stage, component: &str, glyphs: Glyphs) -> (App, UnboundedReceiver<Followed>) {
    let (tails, wishes) = Tails::new();
    let mut app = stage.commander(glyphs).0.with_tails(Some(tails));
    choose(&mut app, component);
    (app, wishes)
}

fn choose(app: &mut App, component: &str) {
    screen(app, 120, 36);
    press(app, &format!(":{component}"));
    screen(app, 120, 36);
    press(app, "<Enter>");
    screen(app, 120, 36);
}

fn line(at: Timestamp, ago: i64, text: &str) -> LogLine {
    let at = at - SignedDuration::from_secs(ago);
    LogLine { at: Some(at), stream: "ecs/app/0a1b2c3d4e5f".into(), text: text.into() }
}

fn seen(answer: Result<Observation, Unanswered>) -> Seen {
    let query = Query::Logs(LogsQuery::Log { group: GROUP.into(), since: Timestamp::UNIX_EPOCH });
    let place = Place { region: "us-west-2".into(), account: None };
    Seen { ask: Ask { place, query }, at: Timestamp::UNIX_EPOCH, answer }
}

fn lines(lines: Vec<LogLine>) -> Seen {
    seen(Ok(Observation::Logs(LogsObservation::Log { lines: Some(lines) })))
}

fn silence(because: Silence, code: Option<&str>, message: &str) -> Seen {
    seen(Err(Unanswered { because, code: code.map(Into::into), message: message.into() }))
}

/// Opens the log; gives where it is told.
fn open(app: &mut App, wishes: &mut UnboundedReceiver<Followed>) -> Followed {
    press(app, "L");
    wishes.try_recv().expect("a log is followed")
}

async fn tell(app: &mut App, followed: &Followed, seen: Seen) {
    followed.told.send(seen).await.expect("somebody reads");
    app.answered().await;
}

/// What stands in a layer that is as wide as the screen, in one line.
fn flat(screen: &str) -> String {
    screen.replace('┃', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `count` lines, the newest `ago` seconds old.
fn many(stage: &Stage, count: i64, ago: i64) -> Vec<LogLine> {
    (0..count).map(|nth| line(stage.now, ago + count - 1 - nth, &format!("line {nth}."))).collect()
}

#[tokio::test]
async fn the_newest_lines_stand_at_the_bottom_and_go_on() {
    let stage = stage();
    let (mut app, mut wishes) = console(&stage, "api", Glyphs::Unicode);
    assert!(!app.is_waiting());
    let followed = open(&mut app, &mut wishes);
    assert_eq!(followed.component.as_str(), "api");
    assert!(app.is_waiting());
    let asked = screen(&mut app, 100, 30);
    assert!(asked.contains("log of api in us-west-2") && asked.contains("CloudWatch Logs in us-west-2"), "{asked}");
    tell(&mut app, &followed, lines(many(&stage, 80, 75))).await;
    let told = screen(&mut app, 100, 30);
    assert!(told.contains("line 79.") && !told.contains("line 0."), "{told}");
    assert!(told.contains(GROUP) && told.contains("newest line 1:15 old"), "{told}");
    tell(&mut app, &followed, lines(many(&stage, 81, 4))).await;
    let told = screen(&mut app, 100, 30);
    assert!(told.contains("line 80.") && told.contains("follows; newest line 4s old"), "{told}");
    assert!(told.contains("4e5f"), "the end of the stream's name tells tasks apart: {told}");
}

#[tokio::test]
async fn scrolling_stands_still_and_end_goes_on() {
    let stage = stage();
    let (mut app, mut wishes) = console(&stage, "api", Glyphs::Unicode);
    let followed = open(&mut app, &mut wishes);
    tell(&mut app, &followed, lines(many(&stage, 80, 5))).await;
    screen(&mut app, 100, 30);
    press(&mut app, "<Up><Up><Up>");
    let before = screen(&mut app, 100, 30);
    assert!(before.contains("line 76.") && !before.contains("line 77."), "{before}");
    assert!(before.contains("stands still"), "{before}");
    tell(&mut app, &followed, lines(many(&stage, 90, 5))).await;
    let still = screen(&mut app, 100, 30);
    assert!(still.contains("line 76.") && still.contains("more came: End follows"), "{still}");
    press(&mut app, "<End>");
    let after = screen(&mut app, 100, 30);
    assert!(after.contains("line 89.") && after.contains("follows; newest"), "{after}");
}

#[tokio::test]
async fn closed_nobody_reads_any_more() {
    let stage = stage();
    let (mut app, mut wishes) = console(&stage, "api", Glyphs::Unicode);
    let followed = open(&mut app, &mut wishes);
    assert!(!followed.told.is_closed());
    press(&mut app, "<Esc>");
    assert!(followed.told.is_closed() && !app.is_waiting());
    assert!(!screen(&mut app, 100, 30).contains("log of api"));
}

#[tokio::test]
async fn a_session_that_ends_says_so_and_waits_for_nothing() {
    let stage = stage();
    let (mut app, mut wishes) = console(&stage, "api", Glyphs::Unicode);
    drop(open(&mut app, &mut wishes));
    app.answered().await;
    assert!(!app.is_waiting());
    assert!(screen(&mut app, 100, 30).contains("the session has ended: nothing more is asked"));
}

#[tokio::test]
async fn what_is_not_told_is_said_in_the_four_words() {
    let stage = stage();
    let (mut app, mut wishes) = console(&stage, "api", Glyphs::Unicode);
    let followed = open(&mut app, &mut wishes);
    tell(&mut app, &followed, lines(many(&stage, 3, 5))).await;
    let table = [
        (
            silence(Silence::Denied, Some("AccessDeniedException"), "no"),
            "let these credentials call logs:FilterLogEvents",
        ),
        (silence(Silence::Denied, Some("AccessDeniedException"), "no"), "(logs.FilterLogEvents) said no: no."),
        (silence(Silence::NoAnswer, None, "no answer within 20 s"), "did not answer: no answer within 20 s"),
        (silence(Silence::Throttled, Some("Throttling"), "slow"), "said not yet: slow"),
        (silence(Silence::Error, None, "broken"), "so nothing is known: broken"),
        (seen(Ok(Observation::Logs(LogsObservation::Log { lines: None }))), "the log group is gone"),
    ];
    for (seen, wanted) in table {
        tell(&mut app, &followed, seen).await;
        let told = flat(&screen(&mut app, 96, 36));
        assert!(told.contains(wanted), "{wanted}: {told}");
        assert!(told.contains("line 2."), "what was told before stays: {told}");
    }
    tell(&mut app, &followed, lines(Vec::new())).await;
    assert!(flat(&screen(&mut app, 96, 36)).contains("no line in the last 1:00:00"));
    tell(&mut app, &followed, seen(Ok(Observation::Logs(LogsObservation::Log { lines: None })))).await;
    assert!(flat(&screen(&mut app, 96, 36)).contains("there is no such log group"));
}

#[tokio::test]
async fn hostile_and_endless_lines_fit_every_size() {
    let stage = stage();
    for glyphs in [Glyphs::Unicode, Glyphs::Ascii] {
        let (mut app, mut wishes) = console(&stage, "api", glyphs);
        let followed = open(&mut app, &mut wishes);
        let mut all = many(&stage, 3, 9);
        all.push(line(stage.now, 3, &"x".repeat(1_900)));
        all.push(line(stage.now, 2, "\u{1b}[2J\u{202e}\u{7}字幕が長い行 é"));
        all.push(line(stage.now, 1, ""));
        all.push(line(stage.now, 0, "the last one"));
        tell(&mut app, &followed, lines(all)).await;
        for (width, height) in [(160, 48), (120, 36), (100, 30), (80, 24), (60, 20), (40, 10)] {
            let told = screen(&mut app, width, height);
            assert!(told.contains("the last one"), "{width}x{height}: {told}");
            assert!(told.contains("Esc back"), "{width}x{height}: {told}");
            assert!(!told.contains('\u{1b}') && !told.contains('\u{202e}'), "{told}");
            if glyphs == Glyphs::Ascii {
                assert!(!told.contains('…') && !told.contains('┃'), "{told}");
            }
        }
    }
}

#[test]
fn where_there_is_none_the_key_says_why() {
    let stage = stage();
    let why = |app: &mut App, component: &str| {
        choose(app, component);
        press(app, "L");
        screen(app, 160, 48)
    };
    let (mut app, mut wishes) = console(&stage, "api", Glyphs::Unicode);
    let told = why(&mut app, "web");
    assert!(told.contains("log: the plan names no log of web"), "{told}");
    let told = why(&mut app, "catalog-db");
    assert!(told.contains("log: catalog-db is of kind rds"), "{told}");
    assert!(wishes.try_recv().is_err(), "nothing was asked");
    let mut watcher = stage.watcher();
    let told = why(&mut watcher, "api");
    assert!(told.contains("a watcher has no cloud to ask"), "{told}");
}

#[tokio::test]
async fn who_only_looks_at_a_cloud_may_read_its_logs() {
    let stage = stage();
    let (tails, mut wishes) = Tails::new();
    let mut app = stage.console(None, Label::ReadOnly, Glyphs::Unicode).with_tails(Some(tails));
    choose(&mut app, "api");
    let followed = open(&mut app, &mut wishes);
    tell(&mut app, &followed, lines(many(&stage, 2, 1))).await;
    assert!(screen(&mut app, 80, 24).contains("line 1."));
}
