//! Every screen and every report says the same of a run, at every event of it; and what must always be seen is.

#[path = "support/bench.rs"]
#[allow(dead_code, reason = "shared with other tests, each of which uses a part")]
mod bench;
mod console_stage;

use bench::{Answers, Bench, STOREFRONT};
use console_stage::screen;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use landfall::console::app::App;
use landfall::console::look::{Glyphs, Theme};
use landfall::console::matter::Matter;
use landfall::console::{About, Label, World, facts, matter};
use landfall::engine::feed::Commander;
use landfall::engine::journal::{self, Recorded};
use landfall::plan::{Gate, GateKind, Intent, Side};
use landfall::recovery::event::GateAnswer;
use landfall::recovery::loss::{self, Stage};
use landfall::recovery::outcome::Outcome;
use landfall::recovery::score::score;
use landfall::recovery::verdict::Verdict;
use landfall::recovery::{Event, State, What, objective, way_back, words};
use landfall::report::{Report, html, json, markdown};
use landfall::service::HealthLevel;
use std::path::Path;
use std::sync::Arc;

const SIZES: [(u16, u16); 5] = [(160, 48), (120, 36), (100, 30), (80, 24), (60, 20)];

fn recordings() -> Vec<(String, Vec<Arc<Event>>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let files = std::fs::read_dir(folder).expect("the recordings").map(|entry| entry.expect("a file").path());
    let journals = files.filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    let read = |path: std::path::PathBuf| {
        let events = journal::read(&path).expect("it verifies").events;
        (path.display().to_string(), events.into_iter().map(Arc::new).collect())
    };
    let all: Vec<_> = journals.map(read).collect();
    assert!(all.len() >= 9, "the recordings are there");
    all
}

/// A console that commands, fed as the run goes.
struct Walk {
    app: App,
    world: World,
    _orders: tokio::sync::mpsc::UnboundedReceiver<landfall::engine::feed::Order>,
}

impl Walk {
    fn of(first: &Arc<Event>) -> Self {
        let (commander, orders) = Commander::new("ana".into());
        let journal = landfall::text::Clean::new("/runs/storefront.jsonl");
        let about = About { label: Label::Drill, time_scale: 10.0, journal, commands: true, watch: None };
        let theme = Theme::named("default").expect("a theme");
        let world = World::open(first, about.clone()).expect("a run");
        let app = App::open(first, about, Some(commander), theme, Glyphs::Unicode).expect("a run");
        Self { app, world, _orders: orders }
    }

    fn take(&mut self, event: &Arc<Event>) {
        let event = std::slice::from_ref(event);
        self.app.take(event);
        self.world.take(event);
        self.app.at(event[0].at);
    }

    fn key(&mut self, key: KeyCode) {
        self.app.key(KeyEvent::new(key, KeyModifiers::NONE));
    }

    /// A screen by its key, large, in one line of words.
    fn words(&mut self, key: char) -> String {
        self.key(KeyCode::Char(key));
        words_of(&screen(&mut self.app, 180, 64))
    }
}

fn words_of(screen: &str) -> String {
    let bare: String = screen.chars().map(|c| if "┃│━─┏┓┗┛┌┐└┘".contains(c) { ' ' } else { c }).collect();
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What stands in the box of that title.
fn boxed(screen: &str, title: &str) -> String {
    let lines: Vec<Vec<char>> = screen.lines().map(|line| line.chars().collect()).collect();
    let head: Vec<char> = format!("┏ {title} ").chars().collect();
    let find = |line: &Vec<char>| line.windows(head.len()).position(|part| part == head);
    let (top, left) = lines.iter().enumerate().find_map(|(row, line)| Some((row, find(line)?))).expect("the box");
    let right = left + lines[top][left..].iter().position(|c| *c == '┓').expect("its corner");
    let inside = lines[top + 1..].iter().take_while(|line| line[left] != '┗');
    inside.map(|line| line[left + 1..right].iter().collect::<String>() + "\n").collect()
}

/// Whether anything but the time of day and the traces of looking is another behind this event.
fn changes_something(event: &Event) -> bool {
    !matches!(
        event.what,
        What::Call { .. }
            | What::StepProgress { .. }
            | What::Identity { .. }
            | What::Watched { .. }
            | What::Note { .. }
    )
}

/// The clock of a run as its line of facts tells it; of a failback what users notice of it.
fn clock_of(state: &State, now: jiff::Timestamp) -> String {
    match state.run.intent {
        Intent::Failback => {
            format!("down {}", words::clock(way_back::downtime(state, now).map_or(0.0, |span| span.seconds)))
        }
        Intent::Failover | Intent::Switchover => {
            format!("T+{}", words::clock(objective::elapsed_seconds(state, now)))
        }
    }
}

/// Holds the screens together as they stand.
fn screens_agree(walk: &mut Walk, whole: bool, at: &str) {
    let state = walk.world.state.clone();
    let now = walk.world.now;
    let overview = walk.words('1');
    // The clock, on the line of facts as the state has it.
    let clock = clock_of(&state, now);
    assert!(overview.contains(&clock), "{at}: {clock}: {overview}");
    let losses: Vec<_> = loss::stores(&state, now).collect();
    let worst = losses.iter().filter(|loss| loss.stage != Stage::NotByThisRun).max_by(|one, other| {
        let key = |loss: &loss::Loss| loss.exposure.seconds.unwrap_or(f64::INFINITY);
        key(one).total_cmp(&key(other))
    });
    if let Some(worst) = worst {
        let told = format!("· loss {}", worst.bounded());
        assert!(overview.contains(&told), "{at}: {told}: {overview}");
    }
    for loss in losses.iter().filter(|loss| loss.stage != Stage::NotByThisRun) {
        let told = loss.bounded();
        assert!(overview.contains(&told), "{at}: {} {told}: {overview}", loss.component);
    }
    if !whole {
        return;
    }
    // Replication: each store's row has its loss, and the chart of the chosen one the same.
    let replication = walk.words('4');
    for loss in losses.iter().filter(|loss| loss.stage != Stage::NotByThisRun) {
        let told = loss.bounded();
        assert!(replication.contains(&told), "{at}: {} {told}: {replication}", loss.component);
    }
    // A loss gate asks with the same number, on the line of what matters and in its form.
    let runbook = walk.words('2');
    for (place, kind) in state.open_gates.keys().filter(|(_, kind)| *kind == GateKind::Loss) {
        let step = state.plan_step(*place);
        let rpo = step.gates.iter().find_map(|gate| match gate {
            Gate::Loss { rpo_seconds } => Some(*rpo_seconds),
            _ => None,
        });
        let (Some(rpo), Some(loss)) = (rpo, loss::of(&state, &step.component, now)) else { continue };
        let asked = match loss.exposure.seconds {
            Some(_) => {
                let (lost, _) = loss.exposure.sides(Some(rpo));
                let open = if loss.exposure.at_least { "≥ " } else { "" };
                format!("loss {open}{lost}")
            }
            None => "loss unknown".to_owned(),
        };
        assert!(runbook.contains(&asked), "{at}: {kind:?} {asked}: {runbook}");
    }
    walk.key(KeyCode::Char('1'));
    let tree = screen(&mut walk.app, 180, 64);
    // Nobody is up by one screen and down by another.
    for component in &state.run.plan.components {
        let Some((health, seen)) = state.health.get(&(component.name.clone(), Side::Recovery)) else { continue };
        if health.level == HealthLevel::Up && objective::seconds_between(*seen, now) < words::STALE_AFTER_SECONDS {
            let own = format!("┃  {} ", component.name);
            let row = tree.lines().find(|line| line.starts_with(&own)).unwrap_or_default();
            // What is asked for by a name may be answered by the region that is left.
            let by_name = component.kind.as_str() == "http" && row.contains("○ answers");
            assert!(row.contains("✓ up") || by_name, "{at}: {} is up: {row}", component.name);
        }
    }
}

/// Holds the end card, the line of what matters, the score, the last line of a headless run and the three reports together.
fn ends_agree(walk: &mut Walk, events: &[Arc<Event>], at: &str) {
    let state = walk.world.state.clone();
    let Some(ended) = state.ended.clone() else { return };
    let outcome = Outcome::of(&state);
    let recorded = Recorded {
        events: events.iter().map(|event| (**event).clone()).collect(),
        torn_bytes: 0,
        last_hash: String::new(),
        whole_bytes: 0,
        is_closed: true,
    };
    let report = Report::of(&recorded, "/runs/storefront.jsonl").expect("a run");
    let score = score(events).expect("a run");
    assert_eq!(score.came_to, outcome, "{at}");
    assert_eq!(report.outcome.line.as_str(), outcome.line(), "{at}");
    assert_eq!(report.outcome.seconds, ended.rto_seconds, "{at}");
    let markdown = words_of(&markdown::write(&report).replace('\\', ""));
    let html = html::write(&report);
    let json: serde_json::Value = serde_json::from_str(&json::write(&report).expect("text")).expect("JSON");
    let card = walk.words('1');
    walk.key(KeyCode::Char('S'));
    let sheet = words_of(&boxed(&screen(&mut walk.app, 180, 64), "score"));
    walk.key(KeyCode::Esc);
    assert!(sheet.contains(&outcome.line()), "{at}: {}: {sheet}", outcome.line());
    assert!(markdown.contains(&outcome.line()), "{at}: {markdown}");
    if state.is_over() {
        let clock = words::clock(ended.rto_seconds);
        for (name, text) in [("card", &card), ("score", &sheet), ("markdown", &markdown), ("html", &html)] {
            assert!(text.contains(&clock), "{at}: the {name} has no {clock}: {text}");
        }
    }
    let missed = outcome.verdict() == Verdict::Missed;
    assert_eq!(card.contains("OBJECTIVES MISSED"), missed, "{at}: {card}");
    for loss in &outcome.losses {
        assert!(card.contains(&loss.told()), "{at}: the card has no {}: {card}", loss.told());
        let (lost, _) = loss.sides();
        let row = sheet.split(&format!("writes of {} lost", loss.component)).nth(1).unwrap_or_default();
        let row: String = row.chars().take(90).collect();
        assert!(row.contains(&lost) || loss.exposure.seconds.is_none(), "{at}: {lost}: {row}");
        if loss.rpo_seconds.is_some() {
            assert_eq!(
                row.split("promised").nth(1).is_some_and(|row| row.contains("MISSED")),
                loss.is_met() == Some(false),
                "{at}: {row}"
            );
        }
        let told = json["objectives"]
            .as_array()
            .expect("objectives")
            .iter()
            .find(|row| row["objective"] == "rpo" && row["component"] == loss.component.as_str());
        let told = told.expect("an objective of each store");
        let measured = told["measured_seconds"].as_f64();
        let same = measured.zip(loss.exposure.seconds).is_none_or(|(one, other)| (one - other).abs() < 1e-6);
        assert!(same && measured.is_some() == loss.exposure.seconds.is_some(), "{at}: {measured:?}");
        assert_eq!(told["kept"].as_bool(), loss.is_met(), "{at}");
        let row = markdown.split(&format!("| data loss | {} |", loss.component)).nth(1).unwrap_or_default();
        let row: String = row.chars().take(60).collect();
        assert!(row.contains(&lost), "{at}: {lost}: {row}");
        assert!(html.contains(&format!(">{lost}<")), "{at}: {lost} in the page");
        let ended = ended.objectives.iter().find(|told| told.component == loss.component);
        if let Some(told) = ended {
            assert_eq!(told.met, loss.is_met(), "{at}");
            let same =
                told.loss_seconds.zip(loss.exposure.seconds).is_none_or(|(one, other)| (one - other).abs() < 1e-6);
            assert!(same && told.loss_seconds.is_some() == loss.exposure.seconds.is_some(), "{at}: {told:?}");
        }
    }
}

/// Walks a run event by event, and holds the screens together behind every `each`th event that changes something and
/// behind every decision, act and end.
fn walk(name: &str, events: &[Arc<Event>], each: usize) {
    let mut walk = Walk::of(&events[0]);
    for (at, event) in events.iter().enumerate().skip(1) {
        walk.take(event);
        let decides = matches!(event.what, What::GateOpened { .. } | What::GatePassed { .. } | What::StepActing { .. });
        if decides || changes_something(event) && at % each == 0 {
            screens_agree(&mut walk, decides || at % (10 * each) == 0, &format!("{name}, event {at}"));
        }
        if matches!(event.what, What::RunEnded(_)) {
            ends_agree(&mut walk, &events[..=at], &format!("{name}, event {at}"));
        }
    }
}

#[test]
fn all_through_every_recording_all_screens_and_reports_say_the_same() {
    // Behind every third event that changes something, and behind every decision; behind all of them by LANDFALL_EVERY_CUT=1.
    let each = if std::env::var_os("LANDFALL_EVERY_CUT").is_some() { 1 } else { 3 };
    // Longest first, for two at a time.
    let mut all = recordings();
    all.sort_by_key(|(_, events)| events.len());
    let left = std::sync::Mutex::new(all);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((name, events)) = { left.lock().expect("no walker fell").pop() } {
                    walk(&name, &events, each);
                }
            });
        }
    });
}

/// Faults of every sort that a drill can have, drawn by the seed.
fn faults(seed: u64) -> String {
    let pick = |n: u64, of: u64| (seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (n * 7)) % of;
    let region = ["region-dark", "region-refused", "control-plane-dark", ""][pick(1, 4) as usize];
    let mut text = format!("seed = {seed}\n");
    if !region.is_empty() {
        text += &format!("[[fault]]\nkind = \"{region}\"\nregion = \"us-east-1\"\nat = -{}\n", 30 + pick(2, 120));
    }
    let store = ["orders-db", "catalog-db", "sessions-db"][pick(3, 3) as usize];
    text += &match pick(4, 5) {
        0 => format!(
            "[[fault]]\nkind = \"lag\"\ncomponent = \"{store}\"\nseconds = {}\nat = -600\nover = 300\n",
            40 + pick(5, 900)
        ),
        1 => {
            format!("[[fault]]\nkind = \"replication-stopped\"\ncomponent = \"{store}\"\nat = -{}\n", 60 + pick(5, 600))
        }
        2 => format!("[[fault]]\nkind = \"stale-metric\"\ncomponent = \"{store}\"\nat = -{}\n", 60 + pick(5, 600)),
        3 => "[[fault]]\nkind = \"throttle\"\nregion = \"us-west-2\"\nfor = 120\n".to_owned(),
        _ => String::new(),
    };
    text += match pick(6, 5) {
        0 => "[[fault]]\nkind = \"tasks-crash\"\ncomponent = \"payments\"\nfor = 400\n",
        1 => "[[fault]]\nkind = \"command-fails\"\ncomponent = \"warm-cache\"\n",
        2 => "[[fault]]\nkind = \"check-fails\"\ncomponent = \"shop-answers\"\nfor = 900\n",
        3 => "[[fault]]\nkind = \"reply-lost\"\noperation = \"rds.PromoteReadReplica\"\ntimes = 1\n",
        _ => "",
    };
    text
}

/// What a hand does by the seed where something has failed: it tries again once, goes on without, or back.
fn react(state: &State) -> Option<landfall::recovery::Command> {
    use landfall::recovery::{Command, Status};
    if state.rollback.is_some() || state.is_over() {
        return None;
    }
    let failed =
        (0..state.steps.len()).find(|place| matches!(state.steps[*place].status, Status::Failed | Status::Unknown))?;
    if state.open_gates.keys().any(|(place, _)| *place == failed) {
        return None;
    }
    let step = state.plan_step(failed).id.clone();
    match state.starts % 3 {
        _ if state.steps[failed].attempt < 2 => Some(Command::Retry { step }),
        0 => Some(Command::RollBack {
            to: None,
            typed: state.run.plan.application.recovery.as_str().into(),
            reason: "it does not come up".into(),
            past_the_point: None,
        }),
        _ => Some(Command::Skip { step, reason: "it can wait".into() }),
    }
}

fn seeded(from: u64, to: u64) {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let mut ends = std::collections::BTreeMap::<String, u32>::new();
    for seed in from..to {
        let bench = Bench::with_faults(STOREFRONT, &faults(seed));
        let answers = Answers { react: Some(react), despite: true, ..Answers::all() };
        let state = runtime().expect("a runtime").block_on(bench.run(answers));
        let ended = state.ended.as_ref().map_or_else(|| "nothing".to_owned(), |ended| format!("{:?}", ended.outcome));
        *ends.entry(ended).or_default() += 1;
        let events: Vec<Arc<Event>> = bench.events().into_iter().map(Arc::new).collect();
        walk(&format!("seed {seed}"), &events, 50);
    }
    assert!(ends.len() >= 2, "runs end in different ways: {ends:?}");
}

#[test]
fn at_every_event_of_seeded_runs_with_faults_they_say_the_same() {
    seeded(0, 50);
}

#[test]
fn at_every_event_of_more_seeded_runs_with_faults_they_say_the_same() {
    seeded(50, 100);
}

/// What must be seen whatever else is on the screen.
fn must_be_seen(world: &World, shown: &str, at: &str) {
    let head: Vec<&str> = shown.lines().take(2).collect();
    let squeezed = |text: &str| text.replace(' ', "");
    let first = squeezed(head[0]);
    let facts = facts::facts(world);
    let badge = squeezed(&facts[0].whole);
    assert!(first.contains(&badge), "{at}: no badge {badge}: {head:?}");
    let clock = squeezed(&clock_of(&world.state, world.now));
    assert!(first.contains(&clock), "{at}: no clock {clock}: {head:?}");
    if let Some(worst) = world.figures.worst() {
        let loss = squeezed(&format!("loss {}", worst.loss.bounded()));
        assert!(first.contains(&loss), "{at}: no {loss}: {head:?}");
    }
    let steps = matter::progress(world);
    assert!(first.contains(&steps), "{at}: no {steps}: {head:?}");
    let Some(Matter { word, subject, keys, .. }) = matter::matter(world) else { return };
    assert!(head[1].starts_with(&word), "{at}: not first {word}: {head:?}");
    // A long title on a narrow screen is cut where the screen ends, and nowhere before.
    let cut = head[1].strip_prefix(word.as_str()).and_then(|rest| rest.trim_start().split_once('…'));
    let begins = cut.is_some_and(|(begin, _)| begin.len() >= 30 && subject.starts_with(begin.trim_end()));
    assert!(head[1].contains(&subject) || begins, "{at}: no {subject}: {head:?}");
    if !keys.is_empty() {
        assert!(head[1].contains("  ["), "{at}: no key: {head:?}");
    }
}

#[test]
fn what_must_be_seen_is_seen_in_every_state_at_every_size() {
    for (name, events) in recordings() {
        let mut walk = Walk::of(&events[0]);
        for (at, event) in events.iter().enumerate().skip(1) {
            walk.take(event);
            // Every state of the run; of the samples and looks between them, some.
            if matches!(event.what, What::Call { .. })
                || (matches!(event.what, What::Lag { .. } | What::Health { .. }) && at % 20 != 0)
            {
                continue;
            }
            for (width, height) in SIZES {
                let shown = screen(&mut walk.app, width, height);
                must_be_seen(&walk.world, &shown, &format!("{name}, event {at}, {width}x{height}"));
            }
        }
    }
}

#[test]
fn what_was_accepted_and_by_whom_stays_on_the_screen_after_the_promotion() {
    let (_, events) =
        recordings().into_iter().find(|(name, _)| name.contains("lag-breach-accepted")).expect("it is there");
    let accepted = events.iter().find_map(|event| match &event.what {
        What::GatePassed { step, gate: GateKind::Loss, answer: GateAnswer::Accepted { .. }, .. } => {
            Some((step.clone(), event.by.clone()))
        }
        _ => None,
    });
    let (step, by) = accepted.expect("a loss was accepted");
    let mut walk = Walk::of(&events[0]);
    let mut looked = 0;
    for event in &events[1..] {
        walk.take(event);
        if walk.world.state.promotions.keys().any(|store| step.as_str().starts_with(store.as_str()))
            && changes_something(event)
        {
            let overview = walk.words('1');
            assert!(overview.contains(&format!("accepted by {by}")), "{overview}");
            looked += 1;
        }
    }
    assert!(looked > 20, "{looked} screens were looked at");
}
