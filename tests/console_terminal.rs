//! Terminal manners, in a real pty: the terminal is as it was after every way out, and a suspended console comes back.
//! The shell between is what a person has: it shows whether keys and echo work again.

mod console_stage;
#[path = "support/shell.rs"]
mod shell;

use shell::Shell;
use vt100::MouseProtocolMode;

#[test]
fn leaving_gives_the_terminal_back() {
    let mut shell = Shell::open();
    shell.console("");
    shell.keys("q");
    shell.wait("leave a live run?");
    shell.keys("\u{1b}");
    shell.keys("\u{3}");
    shell.wait("leave a live run?");
    shell.keys("y");
    shell.wait("go on with: landfall resume");
    shell.has_its_terminal_back();
}

#[test]
fn a_signal_gives_the_terminal_back_and_says_how_to_go_on() {
    for signal in ["-TERM", "-HUP"] {
        let mut shell = Shell::open();
        shell.console("");
        shell.signal(signal);
        shell.wait("go on with: landfall resume");
        shell.has_its_terminal_back();
    }
}

#[test]
fn a_stop_sent_from_outside_gives_the_terminal_back_too() {
    let mut shell = Shell::open();
    shell.console("");
    shell.signal("-TSTP");
    shell.wait("is suspended");
    shell.has_its_terminal_back();
    shell.keys("fg\r");
    shell.wait("Components");
    shell.keys("qy");
    shell.wait("go on with: landfall resume");
    shell.has_its_terminal_back();
}

#[test]
fn the_mouse_is_taken_without_its_moves_and_given_back_on_request() {
    let mut shell = Shell::open();
    shell.console("");
    // Buttons and drags (1002), not every move (1003).
    shell.wait_for_mouse(MouseProtocolMode::ButtonMotion);
    shell.keys("m");
    shell.wait_for_mouse(MouseProtocolMode::None);
    shell.keys("m");
    shell.wait_for_mouse(MouseProtocolMode::ButtonMotion);
    // A click on the name of the second screen, in SGR coordinates.
    shell.keys("\u{1b}[<0;16;3M\u{1b}[<0;16;3m");
    shell.wait("NO RETURN");
    shell.keys("\u{1a}");
    shell.wait("is suspended");
    shell.has_its_terminal_back();
}

#[test]
fn a_console_without_a_mouse_leaves_it_to_the_terminal() {
    let mut shell = Shell::open();
    shell.console("--no-mouse");
    shell.wait_for_mouse(MouseProtocolMode::None);
    shell.keys("2");
    shell.wait("NO RETURN");
    shell.wait_for_mouse(MouseProtocolMode::None);
}

#[test]
fn a_suspended_console_says_what_the_run_does_and_comes_back() {
    let mut shell = Shell::open();
    shell.console("");
    shell.keys("\u{1a}");
    shell.wait("is suspended");
    shell.has_its_terminal_back();
    shell.keys("fg\r");
    shell.wait("Components");
    shell.keys("2");
    shell.wait("NO RETURN");
    shell.keys("qy");
    shell.wait("go on with: landfall resume");
}

/// Not a test of its own: the console that the next one opens in a pty, in a program of which another part panics.
#[test]
#[ignore = "it wants a terminal, and panics"]
fn a_console_beside_a_panic() {
    let events: Vec<_> = console_stage::opened().events;
    let (sender, feed) = tokio::sync::mpsc::unbounded_channel();
    sender.send(events.into()).expect("it is taken");
    let setup = console_stage::watched(feed);
    std::thread::spawn(|| {
        while !std::path::Path::new("panic-now").exists() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        panic!("another part of the program");
    });
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let left = runtime.block_on(landfall::console::run(setup));
    println!("left: {left:?}");
    runtime.shutdown_background();
}

#[test]
fn a_panic_anywhere_gives_the_terminal_back_before_its_message() {
    let mut shell = Shell::open();
    let program = std::env::current_exe().expect("this program");
    shell.keys(&format!("{} --exact a_console_beside_a_panic --ignored --nocapture\r", program.display()));
    shell.wait("Components");
    std::fs::write(shell.path("panic-now"), "").expect("it is written");
    shell.wait("left: Err(Panicked)");
    assert!(shell.text().contains("another part of the program"), "{}", shell.text());
    shell.has_its_terminal_back();
}
