//! The ways in beside the keys of the table: palette, contextual help, filter, mouse. However a command is reached, a
//! console without a commander reaches none that acts, and what destroys still asks for its words.

mod console_stage;

use console_stage::*;
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use landfall::console::Manners;
use landfall::console::app::{App, Wish};
use landfall::console::commands::{Access, TABLE};
use landfall::console::keymap::Keymap;
use landfall::console::look::{Glyphs, Themes};
use landfall::engine::feed::Order;
use landfall::plan::{GateKind, Undo};
use landfall::recovery::{Command, Mode};
use tokio::sync::mpsc::UnboundedReceiver;

const WIDTH: u16 = 120;
const HEIGHT: u16 = 36;

fn sent(orders: &mut UnboundedReceiver<Order>) -> Vec<Command> {
    std::iter::from_fn(|| orders.try_recv().ok()).map(|order| order.command).collect()
}

fn shown(app: &mut App) -> String {
    screen(app, WIDTH, HEIGHT)
}

fn mouse(app: &mut App, kind: MouseEventKind, column: u16, row: u16) -> bool {
    app.mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
}

fn click(app: &mut App, column: u16, row: u16) -> bool {
    mouse(app, MouseEventKind::Down(MouseButton::Left), column, row)
}

/// Where `text` stands on the screen.
fn place(app: &mut App, text: &str) -> (u16, u16) {
    let all = shown(app);
    let (row, line) = all.lines().enumerate().find(|(_, line)| line.contains(text)).expect("it is on the screen");
    let before = line.split(text).next().unwrap_or_default();
    let column = unicode_width::UnicodeWidthStr::width(before);
    (u16::try_from(column).expect("a column"), u16::try_from(row).expect("a row"))
}

fn click_on(app: &mut App, text: &str) -> bool {
    let (column, row) = place(app, text);
    click(app, column, row)
}

fn every_stage() -> [fn() -> Stage; 6] {
    [opened, at_the_loss_gate, at_the_point_of_no_return, failed, held, ended]
}

// Nothing acts without a commander, and nothing destroys without its words.

#[test]
fn a_console_that_only_looks_reaches_nothing_that_acts_from_the_palette() {
    for stage in every_stage() {
        for row in TABLE.iter().filter(|row| row.access() != Access::Look) {
            let mut app = stage().watcher();
            press(&mut app, ":");
            press(&mut app, row.id);
            assert!(shown(&mut app).contains("this console only looks"), "{} is not grey", row.id);
            press(&mut app, "<Enter>");
            let after = shown(&mut app);
            assert!(after.contains("only looks"), "{} says nothing:\n{after}", row.id);
            assert_eq!(app.wish(), None);
        }
    }
}

#[test]
fn no_click_on_a_console_that_only_looks_opens_anything_that_acts() {
    for stage in [at_the_point_of_no_return, held] {
        let mut app = stage().watcher();
        shown(&mut app);
        for row in 0..HEIGHT {
            for column in (0..WIDTH).step_by(7) {
                click(&mut app, column, row);
                let after = shown(&mut app);
                for ask in ["type us-west-2 to", "type skip to", "type roll back to", "type done once"] {
                    assert!(!after.contains(ask), "a click at {column},{row} opens\n{after}");
                }
                press(&mut app, "<Esc>");
                app.wish();
            }
        }
    }
}

#[test]
fn no_click_anywhere_sends_what_destroys() {
    for stage in [at_the_point_of_no_return, held] {
        let (mut app, mut orders) = stage().commander(Glyphs::Unicode);
        shown(&mut app);
        for row in 0..HEIGHT {
            for column in (0..WIDTH).step_by(7) {
                // Twice: the second falls on whatever the first has opened.
                click(&mut app, column, row);
                shown(&mut app);
                click(&mut app, column, row);
                app.wish();
            }
            for command in sent(&mut orders) {
                let harmless = matches!(
                    command,
                    Command::Go { .. } | Command::SetMode(_) | Command::Retry { .. } | Command::Pay { .. }
                );
                assert!(harmless, "{command:?} by a click in row {row}");
            }
            press(&mut app, "<Esc><Esc>");
        }
    }
}

#[test]
fn a_layer_does_not_hear_clicks() {
    let (mut app, mut orders) = at_the_point_of_no_return().commander(Glyphs::Unicode);
    shown(&mut app);
    press(&mut app, "cus-west-2");
    let asked = shown(&mut app);
    for row in 0..HEIGHT {
        for column in 0..WIDTH {
            assert!(!click(&mut app, column, row), "{column},{row} did something");
        }
    }
    assert_eq!(shown(&mut app), asked);
    assert_eq!(sent(&mut orders), []);
}

#[test]
fn what_destroys_asks_for_its_words_from_the_palette_too() {
    let (mut app, mut orders) = held().commander(Glyphs::Unicode);
    shown(&mut app);
    press(&mut app, ":roll<Enter><Enter><Enter>");
    assert!(shown(&mut app).contains("roll back"), "its layer is open");
    assert_eq!(sent(&mut orders), []);
    press(&mut app, "us-west-2<Enter><Enter>");
    let back = Command::RollBack { to: None, typed: "us-west-2".into(), reason: "".into(), past_the_point: None };
    assert_eq!(sent(&mut orders), [back]);
}

// The palette.

#[test]
fn enter_in_an_untouched_palette_does_nothing() {
    let (mut app, mut orders) = opened().commander(Glyphs::Unicode);
    press(&mut app, ":<Enter><Enter>");
    assert!(shown(&mut app).contains("find:"), "it is still open");
    assert_eq!(sent(&mut orders), []);
}

#[test]
fn a_few_letters_find_a_command_and_enter_does_what_its_key_would() {
    let (mut app, mut orders) = opened().commander(Glyphs::Unicode);
    press(&mut app, ":stbyst<Enter>");
    assert!(shown(&mut app).contains("each step waits for its go already"), "it says why not");
    press(&mut app, ":auto<Enter>");
    assert_eq!(sent(&mut orders), [Command::SetMode(Mode::Auto)]);
}

#[test]
fn a_key_finds_its_own_command_first() {
    let (mut app, _orders) = held().commander(Glyphs::Unicode);
    press(&mut app, ":R<Enter>");
    assert!(shown(&mut app).contains("will be undone"), "the roll back layer opens");
}

#[test]
fn components_and_steps_are_gone_to() {
    let (mut app, _orders) = opened().commander(Glyphs::Unicode);
    press(&mut app, ":go to lb<Enter>");
    press(&mut app, "<Enter>");
    assert!(shown(&mut app).contains("load-balancer"), "its details open on Enter");
    press(&mut app, "<Esc>:go to cut over<Enter>");
    let after = shown(&mut app);
    assert!(after.contains("Runbook") && after.contains("cut over shop.example.com"), "{after}");
    press(&mut app, "<Enter>");
    assert!(shown(&mut app).contains("dns/cut-over"));
}

#[test]
fn a_theme_is_shown_while_it_is_chosen_and_kept_only_by_enter() {
    let (mut app, _orders) = opened().commander(Glyphs::Unicode);
    let background = |app: &mut App| {
        let mut terminal =
            ratatui::Terminal::new(ratatui::backend::TestBackend::new(WIDTH, HEIGHT)).expect("a terminal");
        app.prepare(ratatui::layout::Rect::new(0, 0, WIDTH, HEIGHT));
        terminal.draw(|frame| app.draw(frame)).expect("it draws");
        terminal.backend().buffer()[(1, 5)].bg
    };
    let plain = background(&mut app);
    press(&mut app, ":theme nord");
    let nord = background(&mut app);
    assert_ne!(nord, plain, "it is shown at once");
    press(&mut app, "<Esc>");
    assert_eq!(background(&mut app), plain, "Esc takes it back");
    press(&mut app, ":theme nord<Enter>");
    assert_eq!(background(&mut app), nord, "Enter keeps it");
    press(&mut app, ":theme dracula");
    assert_ne!(background(&mut app), nord);
    press(&mut app, "<Esc>");
    assert_eq!(background(&mut app), nord, "back to the one that was taken");
}

#[test]
fn a_broken_theme_is_refused_in_the_palette_and_changes_nothing() {
    let (mut app, _orders) = opened().commander(Glyphs::Unicode);
    let mut themes = Themes::default();
    themes.add("mine", "mine.toml", "[roles]\nok = \"grean\"\n".to_owned());
    app.set_up(Manners { keys: Keymap::default(), mouse: true, themes, calling: Default::default() });
    press(&mut app, ":theme mine<Enter>");
    assert!(shown(&mut app).contains("not a valid theme"));
}

// Keys as they are bound.

#[test]
fn hints_footer_and_help_tell_the_keys_as_they_are_bound() {
    let (mut app, mut orders) = at_the_point_of_no_return().commander(Glyphs::Unicode);
    let mut keys = Keymap::default();
    keys.bind("answer", vec!["f9".parse().expect("a key")]);
    app.set_up(Manners { keys, mouse: true, themes: Themes::default(), calling: Default::default() });
    let overview = screen(&mut app, 160, 48);
    assert!(overview.contains("F9 answers it") && overview.contains("F9 answer gate"), "{overview}");
    assert!(overview.lines().nth(1).is_some_and(|line| line.contains("[F9] answer")), "{overview}");
    press(&mut app, "c");
    assert!(!screen(&mut app, 160, 48).contains("type us-west-2 to cross"), "its old key is free");
    press(&mut app, "2");
    assert!(screen(&mut app, 160, 48).contains("type us-west-2 [F9]"));
    press(&mut app, "?/answer the gate");
    assert!(screen(&mut app, 160, 48).contains("F9"));
    assert_eq!(sent(&mut orders), []);
}

#[test]
fn refusals_and_layers_name_the_keys_as_they_are_bound() {
    let (mut app, _orders) = failed().commander(Glyphs::Unicode);
    let mut keys = Keymap::default();
    for (id, key) in [("graph", "f3"), ("timeline", "f6"), ("roll-back", "f8")] {
        keys.bind(id, vec![key.parse().expect("a key")]);
    }
    app.set_up(Manners { keys, mouse: true, themes: Themes::default(), calling: Default::default() });
    assert!(shown(&mut app).contains(" 2 Runbook  F3 Graph  4 Replication  5 Readiness  F6 Timeline "));
    press(&mut app, "v");
    let told = shown(&mut app);
    assert!(told.contains("(F3)") && told.contains("(F6)"), "{told}");
    press(&mut app, "+");
    assert!(shown(&mut app).contains("(F3) has four"), "{}", shown(&mut app));
    press(&mut app, "<Esc>?");
    assert!(shown(&mut app).contains("F8"), "{}", shown(&mut app));
}

// Help.

#[test]
fn help_says_what_goes_here_and_now_first_and_why_the_rest_does_not() {
    let (mut app, _orders) = opened().commander(Glyphs::Unicode);
    press(&mut app, "?");
    let help = screen(&mut app, 160, 120);
    let line =
        |text: &str| help.lines().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}: {help}"));
    assert!(line("go: start the next step") < line("Not now, and why"));
    assert!(line("Not now, and why") < line("not now: no gate is open"));
    assert!(help.contains("help: Overview"));
}

#[test]
fn help_is_narrowed_by_typing_and_escape_shows_all_again_before_it_closes() {
    let (mut app, _orders) = opened().commander(Glyphs::Unicode);
    press(&mut app, "?/retry");
    let narrowed = shown(&mut app);
    assert!(narrowed.contains("retry: start the chosen step again") && !narrowed.contains("go: start the next step"));
    press(&mut app, "<Esc>");
    assert!(shown(&mut app).contains("go: start the next step"));
    press(&mut app, "<Esc>");
    assert!(!shown(&mut app).contains("help: Overview"));
}

// The filter.

#[test]
fn a_filter_narrows_the_list_says_so_and_goes_with_escape() {
    let (mut app, mut orders) = failed().commander(Glyphs::Unicode);
    shown(&mut app);
    press(&mut app, "/catalog");
    let narrowed = shown(&mut app);
    assert!(narrowed.contains("filter: catalog (1 of 9)"), "{narrowed}");
    assert!(!narrowed.contains("  sessions "), "{narrowed}");
    press(&mut app, "<Enter>");
    assert!(shown(&mut app).contains("filter: catalog"), "Enter keeps it");
    press(&mut app, "<Esc>");
    assert!(!shown(&mut app).contains("filter:"), "Esc clears it");
    assert_eq!(sent(&mut orders), [], "what is typed into it is no command");
}

#[test]
fn what_is_narrowed_away_is_not_chosen() {
    for (keys, wanted) in [("/web<Enter><Enter>", "ecs"), ("2/cut over<Enter><Enter>", "dns/cut-over")] {
        let (mut app, _orders) = opened().commander(Glyphs::Unicode);
        shown(&mut app);
        press(&mut app, keys);
        assert!(shown(&mut app).contains(wanted), "{keys}");
    }
    let (mut app, mut orders) = held().commander(Glyphs::Unicode);
    shown(&mut app);
    press(&mut app, "2/no such step anywhere<Enter>x");
    assert_eq!(sent(&mut orders), [], "nothing is chosen where nothing is shown");
}

#[test]
fn the_runbook_is_narrowed_by_how_its_steps_stand() {
    let (mut app, _orders) = failed().commander(Glyphs::Unicode);
    shown(&mut app);
    press(&mut app, "2/failed");
    let narrowed = shown(&mut app);
    assert!(narrowed.contains("(1 of 11)") && narrowed.contains("verify sessions"), "{narrowed}");
}

#[test]
fn the_timeline_is_narrowed_and_what_comes_is_narrowed_too() {
    let mut stage = failed();
    let (mut app, _orders) = stage.commander(Glyphs::Unicode);
    shown(&mut app);
    press(&mut app, "6v/promote catalog");
    let narrowed = shown(&mut app);
    let rows = |shown: &str| shown.lines().filter(|line| line.contains("T+") && line.starts_with('┃')).count();
    assert!(narrowed.contains("filter: promote catalog (") && rows(&narrowed) > 0, "{narrowed}");
    assert!(rows(&narrowed) < 12, "{narrowed}");
    let known = stage.events.len();
    stage.command(Command::Note { text: "who can promote the catalog?".into(), step: None });
    stage.command(Command::Note { text: "nobody asked".into(), step: None });
    app.take(&stage.events[known..]);
    let after = shown(&mut app);
    assert!(after.contains("who can promote the catalog?"), "{after}");
    assert_eq!(rows(&after), rows(&narrowed) + 1, "{after}");
}

#[test]
fn every_screen_with_a_list_takes_a_filter() {
    for (digit, title) in
        [("1", "Components"), ("2", "Runbook"), ("4", "Replication"), ("5", "Readiness"), ("6", "Timeline")]
    {
        let (mut app, _orders) = failed().commander(Glyphs::Unicode);
        shown(&mut app);
        press(&mut app, digit);
        press(&mut app, "/nothing is called so");
        let narrowed = shown(&mut app);
        assert!(narrowed.contains(title) && narrowed.contains("filter: nothing is called so (0 of"), "{narrowed}");
    }
}

#[test]
fn a_filter_goes_when_another_screen_is_shown() {
    let (mut app, _orders) = opened().commander(Glyphs::Unicode);
    shown(&mut app);
    press(&mut app, "2/orders<Enter>12");
    assert!(!shown(&mut app).contains("filter:"));
}

#[test]
fn pasted_text_goes_into_a_field_or_nowhere() {
    let (mut app, mut orders) = held().commander(Glyphs::Unicode);
    shown(&mut app);
    let before = shown(&mut app);
    app.paste("s because\nskip\nR\nroll back\n");
    assert_eq!(shown(&mut app), before);
    press(&mut app, "2");
    shown(&mut app);
    press(&mut app, "/");
    app.paste("orders");
    assert!(shown(&mut app).contains("filter: orders"));
    assert_eq!(sent(&mut orders), []);
}

// Layers that ask.

#[test]
fn the_answer_to_a_gate_typed_without_its_layer_skips_nothing() {
    for stage in every_stage() {
        let (mut app, mut orders) = stage().commander(Glyphs::Unicode);
        shown(&mut app);
        press(&mut app, "us-west-2<Enter><Enter><Enter>");
        let skipped = sent(&mut orders).into_iter().any(|command| matches!(command, Command::Skip { .. }));
        assert!(!skipped, "a slip of the hand skipped a step");
    }
}

/// Two points of no return are asked at once.
fn at_two_points_of_no_return() -> Stage {
    let mut opened = storefront();
    let catalog =
        opened.runbook.steps.iter_mut().find(|step| step.id.as_str() == "catalog-db/promote").expect("a step");
    catalog.undo = Undo::PointOfNoReturn;
    catalog.gates = vec![landfall::plan::Gate::PointOfNoReturn];
    let mut stage = Stage::open(opened);
    stage.lag("catalog-db", Some(2.0));
    stage.lag("orders-db", Some(1.0));
    stage.go("orders-db/promote");
    stage.go("catalog-db/promote");
    stage
}

#[test]
fn points_of_no_return_are_crossed_one_by_one_unless_all_is_chosen() {
    let crossing =
        |step: &str| Command::Answer { step: step.into(), gate: GateKind::PointOfNoReturn, text: "us-west-2".into() };
    let (mut app, mut orders) = at_two_points_of_no_return().commander(Glyphs::Unicode);
    press(&mut app, "cus-west-2<Enter>");
    assert_eq!(sent(&mut orders).len(), 1, "one is what is meant unless more is said");

    let (mut app, mut orders) = at_two_points_of_no_return().commander(Glyphs::Unicode);
    press(&mut app, "c<Down>");
    let asked = shown(&mut app);
    assert!(asked.contains("promote orders-db in us-west-2") && asked.contains("promote catalog-db in us-west-2"));
    press(&mut app, "<Enter>us-east-1<Enter>");
    assert_eq!(sent(&mut orders), []);
    press(&mut app, "<Esc>c<Down>us-west-2<Enter>");
    assert_eq!(sent(&mut orders), [crossing("orders-db/promote"), crossing("catalog-db/promote")]);
}

// The mouse.

#[test]
fn a_click_chooses_and_a_click_on_a_screens_name_shows_it() {
    let (mut app, _orders) = opened().commander(Glyphs::Unicode);
    click_on(&mut app, "  catalog-db  ");
    press(&mut app, "<Enter>");
    assert!(shown(&mut app).contains("┏ catalog-db ━"), "the details of what was clicked");
    press(&mut app, "<Esc>");
    click_on(&mut app, "2 Runbook");
    assert!(shown(&mut app).contains("Runbook 0/11"));
    click_on(&mut app, "cut over shop.example.com ");
    press(&mut app, "<Enter>");
    assert!(shown(&mut app).contains("dns/cut-over"));
}

#[test]
fn a_click_on_a_word_of_the_footer_does_what_its_key_would() {
    let (mut app, mut orders) = opened().commander(Glyphs::Unicode);
    click_on(&mut app, "a auto");
    assert_eq!(sent(&mut orders), [Command::SetMode(Mode::Auto)]);
    let (mut app, mut orders) = at_the_point_of_no_return().commander(Glyphs::Unicode);
    click_on(&mut app, "c answer gate");
    assert!(shown(&mut app).contains("type us-west-2 to cross"), "it opens the layer that asks");
    assert_eq!(sent(&mut orders), []);
}

#[test]
fn the_wheel_scrolls_the_pane_under_it_and_leaves_the_keys_where_they_are() {
    let (mut app, _orders) = opened().commander(Glyphs::Unicode);
    let (column, row) = place(&mut app, "  orders-db  ");
    assert!(mouse(&mut app, MouseEventKind::ScrollDown, column, row));
    press(&mut app, "<Enter>");
    assert!(!shown(&mut app).contains("┏ orders-db ━"), "three rows down is another component");
    press(&mut app, "?");
    let help = shown(&mut app);
    mouse(&mut app, MouseEventKind::ScrollDown, column, row);
    assert_ne!(shown(&mut app), help, "a layer scrolls too");
}

#[test]
fn a_drag_moves_the_border_between_panes() {
    let (mut app, _orders) = opened().commander(Glyphs::Unicode);
    let (before, row) = place(&mut app, "┌ Steps");
    click(&mut app, before, row + 4);
    assert!(mouse(&mut app, MouseEventKind::Drag(MouseButton::Left), before + 12, row + 4));
    assert_eq!(place(&mut app, "┌ Steps").0, before + 12);
    assert!(!mouse(&mut app, MouseEventKind::Up(MouseButton::Left), before + 12, row + 4));
    click(&mut app, 5, 8);
    assert!(!mouse(&mut app, MouseEventKind::Drag(MouseButton::Left), 50, 8), "only what is held moves");
}

#[test]
fn a_mouse_that_only_moves_draws_nothing() {
    let (mut app, _orders) = opened().commander(Glyphs::Unicode);
    shown(&mut app);
    for column in 0..WIDTH {
        assert!(!mouse(&mut app, MouseEventKind::Moved, column, 10));
    }
}

#[test]
fn the_mouse_is_given_back_to_the_terminal_and_taken_again() {
    let (mut app, _orders) = opened().commander(Glyphs::Unicode);
    app.set_up(Manners {
        keys: Keymap::default(),
        mouse: true,
        themes: Themes::default(),
        calling: Default::default(),
    });
    press(&mut app, "m");
    assert_eq!(app.wish(), Some(Wish::Mouse(false)));
    assert!(shown(&mut app).contains("text can be selected"));
    press(&mut app, "m");
    assert_eq!(app.wish(), Some(Wish::Mouse(true)));
}

#[test]
fn no_mouse_at_any_size_panics() {
    let kinds = [
        MouseEventKind::Down(MouseButton::Left),
        MouseEventKind::Drag(MouseButton::Left),
        MouseEventKind::ScrollDown,
        MouseEventKind::ScrollUp,
    ];
    for (width, height) in [(0, 0), (7, 3), (40, 10), (60, 20), (80, 24), (120, 36), (300, 90)] {
        let (mut app, _orders) = failed().commander(Glyphs::Ascii);
        for key in ["", "2", "?", "<Esc>:"] {
            press(&mut app, key);
            screen(&mut app, width, height);
            for kind in kinds {
                for (column, row) in [(0, 0), (width / 2, height / 2), (width, height), (u16::MAX, u16::MAX), (3, 1)] {
                    mouse(&mut app, kind, column, row);
                }
            }
            screen(&mut app, width, height);
        }
    }
}
