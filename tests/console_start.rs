//! The start form: what it shows at every size, and that nothing starts a run but the region's name, typed.

mod console_stage;

use console_stage::*;
use landfall::console::app::App;
use landfall::console::commands::TABLE;
use landfall::console::look::Glyphs;
use landfall::engine::feed::Order;
use landfall::recovery::start::{Ahead, Despite, Found};
use landfall::recovery::{Command, Mode, Refusal, Start};
use landfall::service::{Check, Weight};
use proptest::prelude::*;
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

/// Everything that is sent, each command taken as soon as it was.
fn sent(app: &mut App, orders: &mut UnboundedReceiver<Order>) -> Vec<Command> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut all = Vec::new();
    while let Ok(order) = orders.try_recv() {
        all.push(order.command);
        order.answer.send(Ok(())).expect("the console waits for it");
        runtime.block_on(app.answered());
    }
    all
}

fn start() -> Start {
    Start { typed: "us-west-2".into(), ..Start::default() }
}

#[test]
fn the_start_form_while_both_regions_are_asked() {
    at_every_size("start_asking", &asking(), "a");
}

#[test]
fn the_start_form_of_a_failover_in_an_outage() {
    at_every_size("start_outage", &unstarted(), "a");
}

#[test]
fn the_start_form_of_a_failover_whose_primary_works() {
    at_every_size("start_works", &works_still(), "a");
}

#[test]
fn the_start_form_with_what_blocks() {
    at_every_size("start_blocked", &preflight_blocks(), "a");
}

#[test]
fn the_start_form_with_everything_given_ahead() {
    at_every_size("start_ahead", &unstarted(), "aus-west-2<Down> <Down> <Tab>the region is gone");
}

#[test]
fn the_start_form_of_a_switchover_of_which_not_all_is_known() {
    at_every_size("start_switchover_unknown", &switchover_unknown(), " us-west-2<Enter>");
}

#[test]
fn the_start_form_scrolled_to_its_end() {
    at_every_size("start_end", &preflight_blocks(), "a<PgDn><PgDn><PgDn><PgDn><PgDn><PgDn><PgDn>");
}

#[test]
fn the_overview_before_the_start() {
    at_every_size("unstarted_overview", &unstarted(), "<Tab>");
}

#[test]
fn readiness_before_the_start() {
    at_every_size("unstarted_readiness", &preflight_blocks(), "5");
}

/// What is worst comes first, and somebody who has asked about a component is told of that one.
#[test]
fn readiness_opens_at_the_worst_until_somebody_has_chosen() {
    let mut stage = preflight_blocks();
    let absent = Check::failed("ecs-service", "no service web in storefront", "an active service", "make it");
    let behind = Check::failed("rds-replica-status", "modifying", "available", "wait until it is");
    let weaker = Check { weight: Weight::Weakens, ..behind };
    let about = |component: &str, check| Found {
        component: Some(component.into()),
        seen_at: Some(stage.now),
        ..Found::of(check)
    };
    let found = vec![about("web", absent), about("orders-db", weaker)];
    stage.finds(found);
    let first = |keys: &str| {
        let (mut app, _orders) = stage.commander(Glyphs::Unicode);
        let mut shown = screen(&mut app, 120, 36);
        for key in keys.chars() {
            press(&mut app, &key.to_string());
            shown = screen(&mut app, 120, 36);
        }
        // The finding that is chosen is told whole below the list.
        shown.lines().find(|line| line.starts_with('┌')).map(str::to_owned).expect("the chosen finding")
    };
    assert!(first("5").contains("ecs-service"), "{}", first("5"));
    assert!(first("2345").contains("ecs-service"), "a screen that was only passed is no choice: {}", first("2345"));
    assert!(first("2j5").contains("rds-replica-status"), "what was chosen goes along: {}", first("2j5"));
}

#[test]
fn readiness_while_both_regions_are_asked() {
    at_every_size("asking_readiness", &asking(), "5");
}

#[test]
fn the_field_and_what_enter_would_bring_are_in_sight_at_every_size() {
    for stage in [asking(), unstarted(), works_still(), preflight_blocks(), switchover_unknown()] {
        for (width, height) in SIZES {
            let (mut app, _orders) = stage.commander(Glyphs::Unicode);
            press(&mut app, "aus-w");
            let shown = screen(&mut app, width, height);
            let foot: Vec<&str> = shown.lines().filter(|line| line.contains('▸') || line.contains("us-w")).collect();
            assert!(foot.iter().any(|line| line.contains("type us-west-2")), "{width}x{height}\n{shown}");
            let says = ["asking both regions…", "nothing blocks", "takes down us-east-1", "BLOCKED by", "REFUSED:"];
            assert!(says.iter().any(|said| shown.contains(said)), "{width}x{height}\n{shown}");
        }
    }
}

#[test]
fn what_was_pressed_goes_on_after_the_start() {
    let goes: [(&str, Vec<Command>); 4] = [
        ("a", vec![Command::SetMode(Mode::Auto)]),
        (" ", vec![Command::Go { step: None }]),
        ("2x", vec![Command::Go { step: Some("orders-db/fence".into()) }]),
        ("B", Vec::new()),
    ];
    for (keys, then) in goes {
        let (mut app, mut orders) = unstarted().commander(Glyphs::Unicode);
        screen(&mut app, 120, 36);
        for key in keys.chars() {
            press(&mut app, &key.to_string());
            screen(&mut app, 120, 36);
        }
        assert!(screen(&mut app, 120, 36).contains("type us-west-2 to start"), "{keys}");
        press(&mut app, "us-west-2<Enter>");
        let all: Vec<Command> = std::iter::once(Command::Start(start())).chain(then).collect();
        assert_eq!(sent(&mut app, &mut orders), all, "{keys}");
    }
}

#[test]
fn what_goes_on_after_a_start_that_is_refused_is_not_sent() {
    let (mut app, mut orders) = unstarted().commander(Glyphs::Unicode);
    press(&mut app, "aus-west-2<Enter>");
    let order = orders.try_recv().expect("it was sent");
    assert_eq!(order.command, Command::Start(start()));
    let refusal = Refusal { why: "preflight blocks the start".into(), clear: "mend it".into() };
    order.answer.send(Err(refusal)).expect("the console waits for it");
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(app.answered());
    assert!(orders.try_recv().is_err(), "the mode is not changed");
    assert!(screen(&mut app, 120, 36).contains("preflight blocks the start"));
}

#[test]
fn the_start_is_found_in_the_palette() {
    let (mut app, mut orders) = unstarted().commander(Glyphs::Unicode);
    press(&mut app, ":start the run<Enter>us-west-2<Enter>");
    assert_eq!(sent(&mut app, &mut orders), [Command::Start(start())]);
}

#[test]
fn a_run_that_was_resumed_before_its_start_is_started_from_its_hold() {
    let mut stage = unstarted();
    stage.command(Command::SetMode(Mode::Hold));
    let (mut app, mut orders) = stage.commander(Glyphs::Unicode);
    press(&mut app, " us-west-2<Enter>");
    let all = [Command::Start(start()), Command::SetMode(Mode::Step), Command::Go { step: None }];
    assert_eq!(sent(&mut app, &mut orders), all);
}

#[test]
fn enter_alone_and_another_region_start_nothing() {
    for keys in ["a<Enter><Enter>", " <Enter> <Enter>", "aus-east-1<Enter><Enter>", "aus-west-2<Esc><Enter>"] {
        let (mut app, mut orders) = unstarted().commander(Glyphs::Unicode);
        press(&mut app, keys);
        assert_eq!(sent(&mut app, &mut orders), [], "{keys}");
    }
}

#[test]
fn a_paste_starts_nothing() {
    let (mut app, mut orders) = unstarted().commander(Glyphs::Unicode);
    press(&mut app, "a");
    app.paste("us-west-2\r\n");
    press(&mut app, "<Enter>");
    assert_eq!(sent(&mut app, &mut orders), []);
    assert!(screen(&mut app, 100, 30).contains("type us-west-2 first"));
}

#[test]
fn nothing_starts_before_preflight_has_told() {
    let stage = asking();
    let (mut app, mut orders) = stage.commander(Glyphs::Unicode);
    press(&mut app, "aus-west-2<Enter>");
    assert_eq!(sent(&mut app, &mut orders), []);
    let shown = screen(&mut app, 120, 36);
    assert!(shown.contains("nothing was sent") && shown.contains("asking both regions… 4s"), "{shown}");
    // What was typed is still there once it has.
    let mut told = stage;
    told.looks_around();
    told.finds(Vec::new());
    let new: Vec<_> = told.events[2..].to_vec();
    app.take(&new);
    press(&mut app, "<Enter>");
    assert_eq!(sent(&mut app, &mut orders), [Command::Start(start()), Command::SetMode(Mode::Auto)]);
}

#[test]
fn what_an_earlier_session_found_is_no_ground_for_a_start() {
    let mut stage = unstarted();
    stage.seen(landfall::recovery::What::SessionOpened {
        host: "bastion-2".into(),
        pid: 4,
        resumed: true,
        holder: None,
        beside: false,
        taken_over: false,
    });
    let (mut app, mut orders) = stage.commander(Glyphs::Unicode);
    press(&mut app, "aus-west-2<Enter>");
    assert_eq!(sent(&mut app, &mut orders), []);
    assert!(screen(&mut app, 120, 36).contains("asking both regions…"));
}

#[test]
fn points_of_no_return_are_crossed_with_the_start_only_when_that_is_turned_on() {
    let (mut app, mut orders) = unstarted().commander(Glyphs::Unicode);
    press(&mut app, "a<Up> us-west-2");
    assert!(screen(&mut app, 120, 36).contains("crosses 1 for good"), "{}", screen(&mut app, 120, 36));
    press(&mut app, "<Enter>");
    let crosses = Start { crosses: true, ..start() };
    assert_eq!(sent(&mut app, &mut orders), [Command::Start(crosses), Command::SetMode(Mode::Auto)]);
    // Turned on and off again, and a blank while nothing is chosen.
    let (mut app, mut orders) = unstarted().commander(Glyphs::Unicode);
    press(&mut app, "a  <Up>  us-west-2<Enter>");
    assert_eq!(sent(&mut app, &mut orders)[0], Command::Start(start()));
}

#[test]
fn losses_are_accepted_up_to_what_was_shown_and_with_a_reason() {
    let (mut app, mut orders) = unstarted().commander(Glyphs::Unicode);
    press(&mut app, "a<Down> us-west-2<Enter><Enter><Enter>");
    assert_eq!(sent(&mut app, &mut orders), [], "a reason is needed");
    press(&mut app, "the region is gone<Enter>");
    // 2.1 s and 0.525 s behind, sampled 32 s ago; a minute for what comes before.
    let of = |component: &str, most: f64| Ahead {
        component: Some(component.into()),
        at_most_seconds: Some(most),
        reason: "the region is gone".into(),
    };
    let accepted = vec![of("orders-db", 95.0), of("catalog-db", 93.0)];
    assert_eq!(sent(&mut app, &mut orders)[0], Command::Start(Start { accepted, ..start() }));
}

#[test]
fn a_loss_that_is_unknown_is_not_accepted_ahead() {
    let mut stage = unstarted();
    stage.lag("orders-db", None);
    stage.pass(1.0);
    let (mut app, mut orders) = stage.commander(Glyphs::Unicode);
    press(&mut app, "a<Down> us-west-2<Enter>gone<Enter>");
    let Some(Command::Start(given)) = sent(&mut app, &mut orders).into_iter().next() else { panic!("it starts") };
    let of: Vec<_> = given.accepted.iter().filter_map(|ahead| ahead.component.as_ref()).collect();
    assert_eq!(of, [&landfall::plan::ComponentName::new("catalog-db")]);
}

#[test]
fn what_blocks_is_passed_by_its_code_and_a_reason_but_never_identity() {
    let stage = preflight_blocks();
    let (mut app, mut orders) = stage.commander(Glyphs::Unicode);
    press(&mut app, "aus-west-2<Down> <Enter>it is being made<Enter>");
    assert_eq!(sent(&mut app, &mut orders), [], "the replica is another's");
    assert!(screen(&mut app, 120, 36).contains("REFUSED: rds-replica-role is another thing"));

    let mut mended = Stage::not_started(storefront());
    mended.looks_around();
    let preflight = stage.state.preflight.as_ref().expect("it told");
    mended.finds(preflight.all().filter(|found| !found.check.identity).cloned().collect());
    let (mut app, mut orders) = mended.commander(Glyphs::Unicode);
    press(&mut app, "aus-west-2<Enter>");
    assert_eq!(sent(&mut app, &mut orders), [], "two services are missing");
    press(&mut app, "<Down> <Enter><Enter>");
    assert_eq!(sent(&mut app, &mut orders), [], "a reason is needed");
    press(&mut app, "they are being made<Enter>");
    let despite = vec![Despite { code: "ecs-service".into(), why: "they are being made".into() }];
    assert_eq!(sent(&mut app, &mut orders)[0], Command::Start(Start { despite, ..start() }));
}

#[test]
fn a_switchover_of_which_something_is_unknown_is_refused_in_words() {
    let (mut app, mut orders) = switchover_unknown().commander(Glyphs::Unicode);
    press(&mut app, "aus-west-2<Enter>");
    assert_eq!(sent(&mut app, &mut orders), []);
    let shown = screen(&mut app, 120, 36);
    assert!(shown.contains("4 unknown") && shown.contains("starts only when everything was told"), "{shown}");
}

/// What is shown, without frames and in one line.
fn words_of(shown: &str) -> String {
    shown.replace(['┃', '│', '\n'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_failover_of_a_silent_region_says_so_first() {
    let mut stage = unstarted();
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    let known = stage.events.len();
    press(&mut app, "a");
    for (width, height) in [(80, 24), (60, 20)] {
        let shown = words_of(&screen(&mut app, width, height));
        let owed = "us-east-1 GIVES NO ANSWERS: what runs there cannot be stopped, its fences will be owed. Unknown";
        assert!(shown.contains(owed), "{width}x{height}: {shown}");
    }
    for _ in 0..3 {
        stage.lost_call("orders-db/fence", "rds.DescribeDBInstances", "us-east-1");
        stage.pass(10.0);
    }
    app.take(&stage.events[known..]);
    app.at(stage.now);
    let shown = words_of(&screen(&mut app, 80, 24));
    assert!(shown.contains("us-east-1 GIVES NO ANSWERS since 30s: what runs there"), "{shown}");
    // A call that is refused was answered.
    let known = stage.events.len();
    stage.call("orders-db/fence", "rds.DescribeDBInstances", &"us-east-1".into(), 90, false, Some("AccessDenied"));
    app.take(&stage.events[known..]);
    let shown = words_of(&screen(&mut app, 80, 24));
    assert!(!shown.contains("GIVES NO ANSWERS"), "{shown}");
    let (mut app, _orders) = works_still().commander(Glyphs::Unicode);
    press(&mut app, "a");
    assert!(!screen(&mut app, 120, 36).contains("GIVES NO ANSWERS"));
}

#[test]
fn while_the_form_is_open_the_footer_names_its_keys_and_no_others() {
    for (width, height) in [(160, 48), (80, 24), (60, 20)] {
        let (mut app, _orders) = unstarted().commander(Glyphs::Unicode);
        screen(&mut app, width, height);
        press(&mut app, "a<Enter>");
        let shown = screen(&mut app, width, height);
        let footer = shown.lines().last().expect("a line");
        assert!(footer.starts_with("Enter sends") && footer.ends_with("Esc back"), "{width}x{height}: {footer}");
        press(&mut app, "<Esc>");
        let shown = screen(&mut app, width, height);
        assert!(shown.lines().last().is_some_and(|footer| footer.contains("a auto")), "{shown}");
    }
}

#[test]
fn what_cannot_be_taken_back_is_the_promotion_and_not_the_fence_that_asks() {
    let mut stage = Stage::not_started(fenced_storefront());
    stage.looks_around();
    stage.finds(Vec::new());
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    screen(&mut app, 80, 60);
    press(&mut app, "a");
    let shown = words_of(&screen(&mut app, 80, 60));
    assert!(shown.contains("asked first point of no return: promote orders-db and promote catalog-db"), "{shown}");
    assert!(shown.contains("no return promote orders-db, promote catalog-db (each asked in its turn)"), "{shown}");
}

/// A switchover of which one thing is told to be wrong, and others are unknown.
fn switchover_blocked_and_unknown() -> Stage {
    let mut stage = switchover_unknown();
    let mut all: Vec<_> = stage.state.preflight.as_ref().expect("it told").all().cloned().collect();
    let blocks = preflight_blocks().state.preflight.as_ref().expect("it told").blocks.clone();
    all.extend(blocks.into_iter().filter(|found| !found.check.identity));
    let names: Vec<_> = all.iter().filter(|found| found.check.code.as_str() == "rds-fence-name").cloned().collect();
    all.extend(names);
    stage.finds(all);
    stage
}

#[test]
fn what_no_word_passes_is_said_from_the_beginning_and_nothing_is_offered_to_pass() {
    let codes = "No word passes these: http-answer, identity, rds-fence-name ×2, rds-fence-status.";
    for (width, height) in [(160, 48), (120, 36), (80, 24), (60, 20)] {
        let (mut app, mut orders) = switchover_blocked_and_unknown().commander(Glyphs::Unicode);
        screen(&mut app, width, height);
        press(&mut app, "a");
        let shown = words_of(&screen(&mut app, width, height));
        let of_form = |said: &str| shown.contains(said);
        assert!(of_form("REFUSED: 5 unknown") && !of_form("BLOCKED by"), "{width}x{height}: {shown}");
        assert!(width >= 100 || of_form(codes), "{width}x{height}: {shown}");
        press(&mut app, "<Down> <PgDn>");
        assert!(!screen(&mut app, width, height).contains("start despite"), "{width}x{height}");
        press(&mut app, "us-west-2<Enter>because<Enter>");
        assert_eq!(sent(&mut app, &mut orders), []);
    }
}

#[test]
fn a_failover_of_a_side_that_works_says_so_first() {
    let (mut app, _orders) = works_still().commander(Glyphs::Unicode);
    press(&mut app, "a");
    for (width, height) in SIZES {
        let shown = words_of(&screen(&mut app, width, height));
        assert!(shown.contains("us-east-1 ANSWERS and"), "{width}x{height}: {shown}");
        if height > 10 && width < 100 {
            let whole = "orders-db and catalog-db there are healthy writers: this failover takes them down";
            assert!(shown.contains(whole), "{width}x{height}: {shown}");
        }
    }
}

#[test]
fn the_form_stays_true_while_it_is_open() {
    let mut stage = unstarted();
    let (mut app, mut orders) = stage.commander(Glyphs::Unicode);
    press(&mut app, "aus-west-2");
    let known = stage.events.len();
    let blocking = preflight_blocks().state.preflight.as_ref().expect("it told").all().cloned().collect();
    stage.finds(blocking);
    app.take(&stage.events[known..]);
    assert!(screen(&mut app, 120, 36).contains("No word passes these: rds-replica-role"));
    press(&mut app, "<Enter>");
    assert_eq!(sent(&mut app, &mut orders), []);
}

#[test]
fn who_only_looks_never_gets_the_form() {
    let mut app = unstarted().watcher();
    for row in TABLE.iter().filter(|row| ["start", "auto", "go", "start-step"].contains(&row.id)) {
        app.run(row);
        let shown = screen(&mut app, 120, 36);
        assert!(!shown.contains("type us-west-2") && shown.contains("this console only looks"), "{}", row.id);
    }
    press(&mut app, "a xBus-west-2<Enter>");
    assert!(!screen(&mut app, 120, 36).contains("type us-west-2 to start"));
    assert!(screen(&mut app, 120, 36).contains("NOT STARTED"));
}

#[test]
fn before_the_start_no_line_pretends() {
    let (mut app, _orders) = unstarted().commander(Glyphs::Unicode);
    let shown = screen(&mut app, 160, 48);
    let both: Vec<&str> = shown.lines().take(3).collect();
    assert!(both[1].contains("NOT STARTED: at risk 3; nothing was changed  [a] starts it"), "{both:?}");
    assert!(both[0].contains("if started now") && !both[1].contains("NEXT"), "{both:?}");
    assert!(both[2].contains("NOT STARTED"), "{both:?}");
    assert!(!shown.contains('▷'), "nothing is ready before the start:\n{shown}");
}

/// `stage` goes on in a second session, which opens held.
fn resumed(stage: &mut Stage) {
    resumed_by(stage, false);
}

/// The same; `taken_over` where it took the run from a session that lived.
fn resumed_by(stage: &mut Stage, taken_over: bool) {
    stage.seen(landfall::recovery::What::SessionOpened {
        host: "bastion-2".into(),
        pid: 4,
        resumed: true,
        holder: None,
        beside: false,
        taken_over,
    });
    stage.seen(landfall::recovery::What::ModeChanged { mode: Mode::Hold });
    stage.pass(3.0);
}

#[test]
fn a_resumed_session_says_that_it_only_looked() {
    let mut stage = failed();
    stage.succeeds("api/scale", "6/6 running, 6 healthy");
    stage.command(Command::Skip { step: "sessions/verify".into(), reason: "rebuilt on login".into() });
    stage.succeeds("web/scale", "4/4 running");
    stage.succeeds("lb/healthy", "6 healthy");
    stage.pass(19.0);
    resumed(&mut stage);
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    let matter = screen(&mut app, 160, 48).lines().nth(1).map(str::to_owned).expect("a line");
    let said = "HELD resumed: session 1 broke off 22s ago; looked at, nothing sent; BLOCKED dns: approval";
    assert!(matter.contains(said) && matter.contains("  [Space] goes on"), "{matter}");
    for (width, height) in [(120, 36), (80, 24), (60, 20)] {
        let matter = screen(&mut app, width, height).lines().nth(1).map(str::to_owned).expect("a line");
        assert!(matter.contains("HELD resumed: ") && matter.contains("[Space]"), "{width}x{height}: {matter}");
    }
    stage.command(Command::SetMode(Mode::Auto));
    stage.command(Command::SetMode(Mode::Hold));
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    assert!(!screen(&mut app, 160, 48).contains("HELD resumed"));
}

#[test]
fn a_session_that_took_the_run_over_says_so() {
    let mut stage = failed();
    stage.pass(4.0);
    resumed_by(&mut stage, true);
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    let matter = screen(&mut app, 160, 48).lines().nth(1).map(str::to_owned).expect("a line");
    assert!(matter.contains("HELD resumed: session 1 was taken over 7s ago"), "{matter}");
}

#[test]
fn a_resumed_session_says_so_while_what_was_under_way_is_looked_at() {
    let mut stage = failed();
    stage.command(Command::Skip { step: "sessions/verify".into(), reason: "rebuilt on login".into() });
    stage.pass(19.0);
    resumed(&mut stage);
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    let matter = screen(&mut app, 160, 48).lines().nth(1).map(str::to_owned).expect("a line");
    let said = "HELD resumed: session 1 broke off 22s ago; 2 under way looked at, nothing sent  [Space] goes on";
    assert!(matter.contains(said), "{matter}");
}

/// A key of any sort but `2`, without which no region of the stage can be typed.
fn any_key_but_one() -> impl Strategy<Value = String> {
    let named = ["<Enter>", "<Esc>", "<Tab>", "<Down>", "<Up>", "<PgDn>", "<PgUp>", "<End>", "<C-c>"];
    let letters: Vec<String> = (' '..='~').filter(|c| !"2<".contains(*c)).map(String::from).collect();
    prop_oneof![
        2 => proptest::sample::select(named.map(String::from).to_vec()),
        2 => proptest::sample::select(letters),
        2 => proptest::sample::select(["a", " ", "x", "B", "us-west-"].map(String::from).to_vec()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_keys_start_a_run_without_the_region(
        stage in proptest::sample::select(vec![asking as fn() -> Stage, unstarted, works_still, preflight_blocks, switchover_unknown]),
        keys in proptest::collection::vec(any_key_but_one(), 0..60),
    ) {
        let (mut app, mut orders) = stage().commander(Glyphs::Unicode);
        for key in keys {
            press(&mut app, &key);
            app.paste("us-west-2");
            screen(&mut app, 80, 24);
        }
        while let Ok(order) = orders.try_recv() {
            let harmless = matches!(
                order.command,
                Command::SetMode(Mode::Step | Mode::Hold) | Command::Note { .. } | Command::Skip { .. } | Command::Retry { .. }
            );
            prop_assert!(harmless, "{:?}", order.command);
        }
    }
}

#[test]
fn credentials_that_expire_are_told_with_what_renews_them() {
    let mut stage = opened();
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    let known = stage.events.len();
    let why = "the credentials have expired: run `aws sso login --profile recovery` (the cloud said ExpiredToken)";
    stage.seen(landfall::recovery::What::CredentialsExpired { account: None, why: why.into() });
    app.take(&stage.events[known..]);
    for (width, height) in [(160, 48), (80, 24), (60, 20), (40, 10)] {
        let shown = screen(&mut app, width, height);
        let first: Vec<&str> = shown.lines().take(2).collect();
        assert!(first[1].contains("HELD: the credentials"), "{width}x{height}: {first:?}");
        let whole = shown.replace(['┃', '│', '\n'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(width < 60 || whole.contains("--profile"), "{width}x{height}: {whole}");
    }
    let known = stage.events.len();
    stage.seen(landfall::recovery::What::CredentialsRenewed { account: None });
    app.take(&stage.events[known..]);
    let shown = screen(&mut app, 120, 36);
    assert!(shown.contains("work again") && !shown.contains("HELD: the credentials"), "{shown}");
}

#[test]
fn what_decides_is_beside_the_field_at_every_size_whatever_is_scrolled_away() {
    for stage in [unstarted(), works_still()] {
        for (width, height) in SIZES.into_iter().filter(|(width, _)| *width >= 60) {
            let (mut app, _orders) = stage.commander(Glyphs::Unicode);
            press(&mut app, "a");
            let top = screen(&mut app, width, height);
            press(&mut app, "<PgDn><PgDn><PgDn><PgDn><PgDn>");
            let end = screen(&mut app, width, height);
            for shown in [&top, &end] {
                for said in ["loses 35s > rpo 30s", "1 for good, asked in its turn", "type us-west-2", "Enter sends"] {
                    let flat = shown.replace("┃\n┃", "").split_whitespace().collect::<Vec<_>>().join(" ");
                    assert!(flat.contains(said), "{width}x{height}: {said}\n{shown}");
                }
            }
            let scrolls = top.contains("PgUp PgDn");
            assert_eq!(scrolls, top != end, "{width}x{height}: a mark says that there is more\n{top}");
        }
    }
}

/// What is about the whole plan and has no time, for nobody answered, is counted and shown by every screen as by the journal.
#[test]
fn what_is_of_no_step_and_was_not_answered_stands_in_readiness_too() {
    let mut stage = Stage::not_started(storefront());
    let untold = Check::unanswered("may-act", "IAM does not answer", "credentials that may do all that the plan does");
    let silent = Check::failed("recovery-answers", "us-west-2 answers nothing", "a region that answers", "look at it");
    stage.finds(vec![Found::of(untold), Found::of(silent)]);
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    press(&mut app, "5");
    let shown = screen(&mut app, 160, 48);
    assert!(shown.contains("not ready 1; 1 blocks, 1 unknown,"), "{shown}");
    assert!(shown.contains("may-act") && shown.contains("recovery-answers"), "{shown}");
}
