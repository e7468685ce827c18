//! A recording in the console: wherever it is sought to, it shows what the run showed then.

mod console_stage;

use console_stage::*;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use landfall::console::About;
use landfall::console::app::App;
use landfall::console::look::{Glyphs, Theme};
use landfall::console::picture;
use landfall::console::replay::{Begin, Moment};
use landfall::recovery::{Event, What};
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

fn begin(playing: bool) -> Begin {
    Begin { speed: 10.0, at: None, playing, beside: None }
}

fn replay(events: &[Arc<Event>], begin: Begin) -> App {
    let theme = Theme::named("default").expect("the default theme");
    let about = About::recording(Path::new("run.jsonl"));
    let mut app = App::replay(&events[0], about, begin, theme, Glyphs::Unicode).expect("a run");
    app.take(&events[1..]);
    app.feed_closed();
    app
}

/// What is on the screen but for the strip and the notices, which tell of the player.
fn shown(app: &mut App) -> String {
    app.key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE));
    let text = screen(app, 120, 36);
    text.lines().filter(|line| !line.contains(" event ")).collect::<Vec<_>>().join("\n")
}

/// The run's events with `more` samples between, so that there are several checkpoints.
fn long(stage: &Stage, more: usize) -> Vec<Arc<Event>> {
    let mut events = stage.events.clone();
    let (last, at) = (events.len() as u64, stage.now);
    for seq in last..last + more as u64 {
        let note = What::Note { text: format!("note {seq}").as_str().into(), step: None };
        let at = at + jiff::SignedDuration::from_millis(100 * (seq - last) as i64);
        events.push(Arc::new(Event { seq, at, offset_ms: seq, epoch: 1, by: "ana".into(), what: note }));
    }
    events
}

#[test]
fn a_replay_begins_at_its_end_where_that_is_asked() {
    let events = long(&failed(), 10);
    let mut asked = replay(&events, Begin { at: Some(Moment::End), ..begin(true) });
    let mut sought = replay(&events, begin(false));
    sought.seek(None);
    assert_eq!(shown(&mut asked), shown(&mut sought));
    let place = asked.player().expect("a player").place();
    assert_eq!(place, (events.len(), events.len()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn wherever_the_keys_lead_it_shows_the_fold_of_the_events_so_far(keys in "[\\[\\]{}()<>]{1,24}", scrubs in 0..6) {
        let events = long(&failed(), 40_000);
        let mut app = replay(&events, begin(false));
        for key in keys.chars() {
            app.key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE));
        }
        for _ in 0..scrubs {
            app.key(KeyEvent::new(KeyCode::Right, KeyModifiers::NONE));
        }
        let (count, all) = app.player().expect("a recording").place();
        prop_assert_eq!(all, events.len());
        let time = app.player().expect("a recording").time();
        let mut again = replay(&events[..count], begin(false));
        press(&mut again, ")");
        // The same events at the same time: a scrub may stand between two of them.
        let behind = time.duration_since(again.player().expect("a recording").time()).as_secs_f64();
        prop_assume!(behind < 1.0);
        prop_assert_eq!(shown(&mut app), shown(&mut again));
    }
}

#[test]
fn it_plays_to_the_end_by_itself_and_stops_there() {
    let events = failed().events;
    let mut app = replay(&events, begin(true));
    let mut seconds = 0;
    while app.is_playing() {
        app.play(Duration::from_secs(1));
        seconds += 1;
        assert!(seconds < 10_000, "it never ends");
    }
    assert_eq!(app.player().expect("a recording").place(), (events.len(), events.len()));
    let run = events.last().expect("events").at.duration_since(events[0].at).as_secs_f64();
    assert!(f64::from(seconds) <= run / 10.0 + 2.0, "{seconds} s for {run} s of the run at ten times its speed");
}

#[test]
fn a_silence_between_two_sessions_is_cut_short() {
    let mut stage = opened();
    let until = stage.events.len();
    stage.pass(9.0 * 3600.0);
    stage.command(landfall::recovery::Command::Note { text: "back at it".into(), step: None });
    let mut app = replay(&stage.events, begin(true));
    let mut seconds = 0;
    while app.player().expect("a recording").place().0 <= until {
        app.play(Duration::from_secs(1));
        seconds += 1;
        assert!(seconds < 60, "nine hours are sat through");
    }
}

#[test]
fn two_recordings_stand_side_by_side_at_the_same_time_since_their_declaration() {
    let other: Arc<[Arc<Event>]> = ended().events.into();
    let events = failed().events;
    let mut app = replay(&events, Begin { beside: Some(other), ..begin(false) });
    press(&mut app, ")");
    insta::assert_snapshot!("compare_120x36", screen(&mut app, 120, 36));
    insta::assert_snapshot!("compare_60x20", screen(&mut app, 60, 20));
}

#[test]
fn a_comparison_goes_on_to_the_end_of_the_longer_run() {
    let (shorter, longer) = (failed().events, ended().events);
    let other: Arc<[Arc<Event>]> = longer.clone().into();
    let mut app = replay(&shorter, Begin { beside: Some(other), ..begin(false) });
    press(&mut app, ")");
    let end = screen(&mut app, 120, 36);
    assert!(end.contains("completed with exceptions"), "{end}");
    let row = |shown: &str| shown.lines().find(|line| line.contains("checkout answers 200")).map(str::to_owned);
    assert!(row(&end).expect("its row").contains("✓ ok"), "{end}");
    // The one that is played stands at its own last event, whatever goes on beside it.
    let stands =
        |shown: &str| shown.lines().find(|line| line.contains("recovery time")).map(|line| line[..48].to_owned());
    press(&mut app, "(");
    screen(&mut app, 120, 36);
    let mut passed = 0;
    press(&mut app, " ");
    while app.is_playing() {
        app.play(Duration::from_secs(1));
        passed += 1;
        assert!(passed < 600, "it never comes to the end");
    }
    let played = screen(&mut app, 120, 36);
    assert_eq!((stands(&played), row(&played)), (stands(&end), row(&end)), "{played}");
    assert!(played.contains("completed with exceptions"), "{played}");
}

#[test]
fn a_cast_ends_with_the_screen_that_the_recording_ends_with() {
    let events = failed().events;
    let mut app = replay(&events, begin(true));
    let mut written = Vec::new();
    let cast = picture::Cast { width: 100, height: 30, title: "a run".to_owned() };
    picture::cast(&mut app, &cast, &mut written).expect("it is written");
    let text = String::from_utf8(written).expect("UTF-8");
    let mut parser =
        vt100::Parser::new(std::num::NonZero::new(30).expect("rows"), std::num::NonZero::new(100).expect("columns"), 0);
    for line in text.lines().skip(1) {
        let (_, _, data): (f64, String, String) = serde_json::from_str(line).expect("a cast's line");
        parser.process(data.as_bytes());
    }
    let shown: Vec<String> = parser.screen().contents().lines().map(|line| line.trim_end().to_owned()).collect();
    let wanted: Vec<String> = screen(&mut app, 100, 30).lines().map(|line| line.trim_end().to_owned()).collect();
    assert_eq!(shown, wanted);
}
