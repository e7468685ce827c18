//! The table itself: what each row is called, which keys it has, when it can be used, what it does.

use super::available::*;
use super::{Deed, Group, Row, Why};
use crate::console::app::{App, Writing};
use crate::console::keys::Chord;
use crate::console::replay::Player;
use crate::console::screens::{Chosen, Screen};
use crate::console::widgets::Motion;
use crate::console::world::World;
use crate::recovery::Mode;
use crossterm::event::KeyCode;

const fn row(
    id: &'static str,
    title: &'static str,
    help: &'static str,
    group: Group,
    keys: &'static [Chord],
    deed: Deed,
) -> Row {
    Row {
        id,
        title,
        help,
        group,
        keys,
        mode: None,
        replayed: None,
        hint: None,
        is_rare: false,
        available: always,
        deed,
    }
}

impl Row {
    const fn only_in(mut self, mode: Mode) -> Self {
        self.mode = Some(mode);
        self
    }
    /// Only while a recording is played.
    const fn in_a_recording(mut self) -> Self {
        self.replayed = Some(true);
        self
    }
    /// Only while the run goes on: its key means something else in a recording.
    const fn in_a_run(mut self) -> Self {
        self.replayed = Some(false);
        self
    }
    const fn hint(mut self, word: &'static str) -> Self {
        self.hint = Some(word);
        self
    }
    /// Not in the footer while it cannot be used: it hardly ever can.
    const fn rare(mut self) -> Self {
        self.is_rare = true;
        self
    }
    const fn when(mut self, available: fn(&World, Chosen) -> Result<(), Why>) -> Self {
        self.available = available;
        self
    }
}

const SPACE: &[Chord] = &[Chord::char(' ')];

/// Every row, in the order of the help and of the footer.
pub static TABLE: &[Row] = &[
    row(
        "go",
        "go",
        "start the next step; a gate before it is asked first; in a rollback, the next undo",
        Group::Drive,
        SPACE,
        Deed::Drive(App::go),
    )
    .only_in(Mode::Step)
    .in_a_run()
    .when(can_go)
    .hint("go"),
    row("hold", "hold", "start nothing new; what runs finishes", Group::Drive, SPACE, Deed::Drive(App::hold))
        .only_in(Mode::Auto)
        .in_a_run()
        .when(is_live)
        .hint("hold"),
    row(
        "resume",
        "resume",
        "go on as before the hold: auto, or step by step",
        Group::Drive,
        SPACE,
        Deed::Drive(App::resume),
    )
    .only_in(Mode::Hold)
    .in_a_run()
    .when(is_live)
    .hint("resume"),
    row(
        "play",
        "play or pause",
        "play the recording on, or stand still; at its end, from the start",
        Group::Replay,
        SPACE,
        Deed::Look(|app| app.with_player(|player, world| player.play_or_pause(world))),
    )
    .in_a_recording()
    .hint("play/pause"),
    row(
        "scrub-back",
        "back",
        "ten seconds of the run back",
        Group::Replay,
        &[Chord::key(KeyCode::Left)],
        Deed::Look(|app| app.with_player(|player, world| player.scrub(-10.0, world))),
    )
    .in_a_recording()
    .hint("−10s"),
    row(
        "scrub-on",
        "on",
        "ten seconds of the run on",
        Group::Replay,
        &[Chord::key(KeyCode::Right)],
        Deed::Look(|app| app.with_player(|player, world| player.scrub(10.0, world))),
    )
    .in_a_recording()
    .hint("+10s"),
    row(
        "previous-event",
        "event before",
        "to the event before; calls and samples are passed over",
        Group::Replay,
        &[Chord::char('[')],
        Deed::Look(|app| app.jump(Player::previous_event)),
    )
    .in_a_recording(),
    row(
        "next-event",
        "next event",
        "to the next event; calls and samples are passed over",
        Group::Replay,
        &[Chord::char(']')],
        Deed::Look(|app| app.jump(Player::next_event)),
    )
    .in_a_recording()
    .hint("next event"),
    row(
        "previous-mark",
        "gate or failure before",
        "to the gate, failure or end before",
        Group::Replay,
        &[Chord::char('{')],
        Deed::Look(|app| app.jump(Player::previous_mark)),
    )
    .in_a_recording(),
    row(
        "next-mark",
        "next gate or failure",
        "to the next gate, failure or end",
        Group::Replay,
        &[Chord::char('}')],
        Deed::Look(|app| app.jump(Player::next_mark)),
    )
    .in_a_recording()
    .hint("next gate or failure"),
    row(
        "slower",
        "slower",
        "play slower",
        Group::Replay,
        &[Chord::char('<')],
        Deed::Look(|app| app.with_player(|player, _| player.change_speed(false))),
    )
    .in_a_recording(),
    row(
        "faster",
        "faster",
        "play faster",
        Group::Replay,
        &[Chord::char('>')],
        Deed::Look(|app| app.with_player(|player, _| player.change_speed(true))),
    )
    .in_a_recording()
    .hint("faster"),
    row(
        "to-start",
        "to the start",
        "to the first event of the recording",
        Group::Replay,
        &[Chord::char('(')],
        Deed::Look(|app| app.with_player(|player, world| player.to_start(world))),
    )
    .in_a_recording(),
    row(
        "to-end",
        "to the end",
        "to the last event of the recording",
        Group::Replay,
        &[Chord::char(')')],
        Deed::Look(|app| app.with_player(|player, world| player.to_end(world))),
    )
    .in_a_recording()
    .hint("end"),
    row(
        "answer",
        "answer the gate",
        "open the gate that blocks, the chosen step's first; words must be typed",
        Group::Decide,
        &[Chord::char('c')],
        Deed::Destroy(App::answer_gate),
    )
    .when(can_answer)
    .hint("answer gate"),
    row(
        "auto",
        "auto",
        "each step starts as soon as its needs are verified, up to the next gate or failure",
        Group::Drive,
        &[Chord::char('a')],
        Deed::Drive(App::auto),
    )
    .when(can_auto)
    .hint("auto"),
    row(
        "step-by-step",
        "step by step",
        "each step waits for its go",
        Group::Drive,
        &[Chord::char('t')],
        Deed::Drive(App::step_by_step),
    )
    .when(can_step)
    .hint("step by step"),
    row(
        "start",
        "start the run",
        "what was found, what starts at once, what may be lost; the region must be typed, and nothing is changed before",
        Group::Drive,
        &[Chord::char('B')],
        Deed::Destroy(App::start_run),
    )
    .in_a_run()
    .when(can_begin),
    row(
        "start-step",
        "start the chosen step",
        "start the chosen step rather than the next one",
        Group::Drive,
        &[Chord::char('x')],
        Deed::Drive(App::start_chosen),
    )
    .when(can_start),
    row(
        "details",
        "details",
        "what the chosen thing is, what was seen and when, its calls, what undo would do",
        Group::Look,
        &[Chord::key(KeyCode::Enter)],
        Deed::Look(App::open_details),
    )
    .when(is_chosen)
    .hint("details"),
    row(
        "log",
        "log",
        "follow the newest lines of the chosen component's own log, where the plan names it",
        Group::Look,
        &[Chord::char('L')],
        Deed::Look(App::open_log),
    )
    .in_a_run()
    .when(has_a_log),
    row(
        "retry",
        "retry",
        "start the chosen step again after it failed, stayed unknown or is owed",
        Group::Drive,
        &[Chord::char('r')],
        Deed::Drive(App::retry),
    )
    .when(can_retry)
    .hint("retry"),
    row(
        "pay",
        "pay what is owed",
        "do all that is owed to the region that failed, in the run or behind its end; retry does the chosen one",
        Group::Drive,
        &[Chord::char('P')],
        Deed::Drive(App::pay),
    )
    .when(can_pay)
    .hint("pay what is owed")
    .rare(),
    row(
        "skip",
        "skip",
        "go on without the chosen step; a reason and a word must be typed, and it is never green",
        Group::Drive,
        &[Chord::char('s')],
        Deed::Destroy(App::skip),
    )
    .when(can_skip)
    .hint("skip"),
    row(
        "roll-back",
        "roll back",
        "show what going back would do and cost, then go back; words must be typed",
        Group::Decide,
        &[Chord::char('R')],
        Deed::Destroy(App::roll_back),
    )
    .when(can_roll_back)
    .hint("roll back"),
    row(
        "end",
        "end the run here",
        "end the run where it stands, once what runs has come to rest; words must be typed",
        Group::Decide,
        &[Chord::char('X')],
        Deed::Destroy(App::end_run),
    )
    .when(can_end),
    row(
        "score",
        "score",
        "the run measured against its objectives: deciding, recovering, loss, what went wrong and was put right",
        Group::Look,
        &[Chord::char('S')],
        Deed::Look(App::open_score),
    ),
    row(
        "note",
        "note",
        "write something down in the journal, about the chosen step",
        Group::Drive,
        &[Chord::char('n')],
        Deed::Drive(App::note),
    )
    .when(has_session)
    .hint("note"),
    row(
        "facilitate",
        "facilitate",
        "let something go wrong in the simulated cloud, or end it; asks before anything changes",
        Group::Facilitate,
        &[Chord::char('F')],
        Deed::Facilitate(App::facilitate),
    )
    .in_a_run()
    .when(can_facilitate),
    row(
        "overview",
        "Overview",
        "components and their health, the next steps and what blocks them, what is exposed and owed",
        Group::Look,
        &[Chord::char('1')],
        Deed::Look(|app| app.show(Screen::Overview)),
    ),
    row(
        "runbook",
        "Runbook",
        "every step in run order, its gates, and the points of no return",
        Group::Look,
        &[Chord::char('2')],
        Deed::Look(|app| app.show(Screen::Runbook)),
    ),
    row(
        "graph",
        "Graph",
        "what waits for what: the whole where it fits, else around the chosen component; the critical path heavy",
        Group::Look,
        &[Chord::char('3')],
        Deed::Look(|app| app.show(Screen::Graph)),
    ),
    row(
        "zoom-in",
        "zoom in",
        "in the graph: from tiers to names, states, times and lags",
        Group::Look,
        &[Chord::char('+'), Chord::char('=')],
        Deed::Look(|app| app.zoom(1)),
    ),
    row(
        "zoom-out",
        "zoom out",
        "in the graph: to less of each component, and at last to closed tiers, which Enter opens",
        Group::Look,
        &[Chord::char('-')],
        Deed::Look(|app| app.zoom(-1)),
    ),
    row(
        "replication",
        "Replication",
        "each store's lag over the run, how old it is, and what would be lost if it were promoted now",
        Group::Look,
        &[Chord::char('4')],
        Deed::Look(|app| app.show(Screen::Replication)),
    ),
    row(
        "readiness",
        "Readiness",
        "what was found about the plan and by prechecks, by component, with what would mend it",
        Group::Look,
        &[Chord::char('5')],
        Deed::Look(|app| app.show(Screen::Readiness)),
    ),
    row(
        "timeline",
        "Timeline",
        "every event: decisions, steps, calls as evidence, telemetry, notes",
        Group::Look,
        &[Chord::char('6')],
        Deed::Look(|app| app.show(Screen::Timeline)),
    ),
    row(
        "slice",
        "show another part",
        "in the graph: the whole, around the chosen one, the critical path; in the timeline: decisions and failures, everything, what was done, calls; of what differs: Terraform, since, regions",
        Group::Look,
        &[Chord::char('v')],
        Deed::Look(App::turn_slice),
    ),
    row(
        "copy",
        "copy",
        "copy what is chosen, through the terminal",
        Group::Look,
        &[Chord::char('y')],
        Deed::Look(App::copy),
    )
    .when(is_one),
    row(
        "copy-watch",
        "copy the watch command",
        "copy the command that looks on at this run from another terminal, through this one",
        Group::Look,
        &[Chord::char('Y')],
        Deed::Look(App::copy_watch),
    )
    .in_a_run()
    .when(can_be_watched),
    row(
        "compare",
        "Compare",
        "two recordings side by side, step by step",
        Group::Look,
        &[Chord::char('7')],
        Deed::Look(|app| app.show(Screen::Compare)),
    )
    .in_a_recording()
    .when(has_another),
    row(
        "inventory",
        "Inventory",
        "what was captured of the application, by layer: what could not be read, why each is there, what needs it",
        Group::Look,
        &[Chord::char('7')],
        Deed::Look(|app| app.show(Screen::Inventory)),
    )
    .in_a_run()
    .when(has_a_store),
    row(
        "drift",
        "Drift",
        "what differs from what Terraform declares, from before, and between the regions: the worst first, with what comes of it",
        Group::Look,
        &[Chord::char('8')],
        Deed::Look(|app| app.show(Screen::Drift)),
    )
    .in_a_run()
    .when(has_drifts),
    row(
        "restore",
        "restore preview",
        "what a restore to the recovery region would make of what was captured, leave out and ask for; it applies nothing",
        Group::Look,
        &[Chord::char('W')],
        Deed::Look(App::open_restore),
    )
    .in_a_run()
    .when(has_a_restore)
    .hint("restore preview")
    .rare(),
    row(
        "write",
        "write",
        "of what differs: write the report, and what no state of Terraform declares, into files, and tell where; in the restore preview, its files",
        Group::Look,
        &[Chord::char('w')],
        Deed::Look(|app| app.write(Writing::Drift)),
    )
    .in_a_run()
    .when(can_write)
    .hint("write")
    .rare(),
    row(
        "sort",
        "sort",
        "put the list in another order: its own, by name, by state, by lag; the title says which",
        Group::Look,
        &[Chord::char('o')],
        Deed::Look(App::sort),
    ),
    row(
        "mark",
        "mark",
        "mark the chosen step's open gate, or take its mark away: the answer is then one for all that are marked",
        Group::Look,
        &[Chord::char('b')],
        Deed::Look(App::mark),
    )
    .in_a_run()
    .when(can_mark),
    row(
        "whole",
        "whole screen",
        "give the pane that has the keys the whole screen, or give the others theirs back",
        Group::Look,
        &[Chord::char('z')],
        Deed::Look(App::turn_whole),
    ),
    row(
        "jump-back",
        "jump back",
        "to the screen and the row from before the last jump",
        Group::Move,
        &[Chord::control('o')],
        Deed::Look(App::jump_back),
    ),
    row(
        "next-pane",
        "next pane",
        "give the keys to the next pane",
        Group::Move,
        &[Chord::key(KeyCode::Tab)],
        Deed::Look(|app| app.turn_pane(1)),
    ),
    row(
        "previous-pane",
        "previous pane",
        "give the keys to the pane before",
        Group::Move,
        &[Chord::key(KeyCode::BackTab)],
        Deed::Look(|app| app.turn_pane(-1)),
    ),
    row(
        "up",
        "up",
        "to the one above",
        Group::Move,
        &[Chord::key(KeyCode::Up), Chord::char('k')],
        Deed::Look(|app| app.go_to(Motion::Up)),
    ),
    row(
        "down",
        "down",
        "to the one below",
        Group::Move,
        &[Chord::key(KeyCode::Down), Chord::char('j')],
        Deed::Look(|app| app.go_to(Motion::Down)),
    ),
    row(
        "left",
        "close",
        "close a group, or go to it",
        Group::Move,
        &[Chord::key(KeyCode::Left), Chord::char('h')],
        Deed::Look(|app| app.go_to(Motion::Left)),
    ),
    row(
        "right",
        "open",
        "open a group",
        Group::Move,
        &[Chord::key(KeyCode::Right), Chord::char('l')],
        Deed::Look(|app| app.go_to(Motion::Right)),
    ),
    row(
        "first",
        "first",
        "to the first",
        Group::Move,
        &[Chord::char('g'), Chord::key(KeyCode::Home)],
        Deed::Look(|app| app.go_to(Motion::First)),
    ),
    row(
        "last",
        "last",
        "to the last",
        Group::Move,
        &[Chord::char('G'), Chord::key(KeyCode::End)],
        Deed::Look(|app| app.go_to(Motion::Last)),
    ),
    row(
        "page-up",
        "page up",
        "a screen up",
        Group::Move,
        &[Chord::key(KeyCode::PageUp)],
        Deed::Look(|app| app.go_to(Motion::PageUp)),
    ),
    row(
        "page-down",
        "page down",
        "a screen down",
        Group::Move,
        &[Chord::key(KeyCode::PageDown)],
        Deed::Look(|app| app.go_to(Motion::PageDown)),
    ),
    row(
        "back",
        "back",
        "one level back: closes what is in front; never leaves",
        Group::Move,
        &[Chord::key(KeyCode::Esc)],
        Deed::Look(App::back),
    ),
    row(
        "filter",
        "filter",
        "narrow the list to what holds the words typed; Esc shows all again",
        Group::Look,
        &[Chord::char('/')],
        Deed::Look(App::open_filter),
    )
    .hint("filter"),
    row(
        "palette",
        "palette",
        "find a command, a component, a step or a theme by a few letters of its name",
        Group::Console,
        &[Chord::char(':')],
        Deed::Look(App::open_palette),
    )
    .hint("find"),
    row(
        "follow",
        "follow the run",
        "go to what needs you or runs, and along with it until an arrow is pressed",
        Group::Look,
        &[Chord::char('.')],
        Deed::Look(App::follow),
    )
    .when(can_follow)
    .hint("follow"),
    row(
        "help",
        "help",
        "what can be done here and now, and what cannot and why",
        Group::Console,
        &[Chord::char('?')],
        Deed::Look(App::open_help),
    )
    .hint("help"),
    row(
        "quit",
        "back, or leave",
        "one level back; at the last one leaves, and asks while the run is live",
        Group::Console,
        &[Chord::char('q')],
        Deed::Look(App::back_or_leave),
    )
    .hint("quit"),
    row(
        "leave",
        "leave",
        "leave the console; asks while the run is live",
        Group::Console,
        &[Chord::control('c')],
        Deed::Look(App::leave),
    ),
    row(
        "mouse",
        "mouse",
        "take the mouse, or give it back to the terminal so that text can be selected",
        Group::Console,
        &[Chord::char('m')],
        Deed::Look(App::turn_mouse),
    ),
    row(
        "suspend",
        "suspend",
        "give the terminal back to the shell; the run stands still until fg",
        Group::Console,
        &[Chord::control('z')],
        Deed::Look(App::suspend),
    ),
    row(
        "redraw",
        "draw again",
        "draw the whole screen again",
        Group::Console,
        &[Chord::control('l')],
        Deed::Look(App::redraw),
    ),
];
