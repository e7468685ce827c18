//! Terminal manners, in a real pty: the terminal is as it was after every way out, and a suspended console comes back.
//! The shell between is what a person has: it shows whether keys and echo work again.

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const ROWS: u16 = 30;
const COLUMNS: u16 = 110;
/// Long enough for an unoptimised build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);

/// A shell in a pty, its screen, and its keyboard.
struct Shell {
    screen: Arc<Mutex<vt100::Parser>>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    folder: tempfile::TempDir,
    _pty: Box<dyn MasterPty + Send>,
}

impl Shell {
    fn open() -> Self {
        let size = PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size).expect("a pty");
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = CommandBuilder::new("sh");
        command.arg("-i");
        command.cwd(folder.path());
        for (name, value) in [("PS1", "ready$ "), ("LANG", "C.UTF-8"), ("TERM", "xterm-256color")] {
            command.env(name, value);
        }
        command.env("ENV", "");
        command.env("HOME", folder.path());
        let child = pty.slave.spawn_command(command).expect("a shell");
        let cells = |count: u16| NonZero::new(count).expect("a screen has cells");
        let screen = Arc::new(Mutex::new(vt100::Parser::new(cells(ROWS), cells(COLUMNS), 0)));
        let mut output = pty.master.try_clone_reader().expect("its output");
        let parser = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut bytes = [0; 8192];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                parser.lock().expect("the parser").process(&bytes[..count]);
            }
        });
        let keys = pty.master.take_writer().expect("its keyboard");
        let mut shell = Self { screen, keys, child, folder, _pty: pty.master };
        shell.wait("ready$");
        shell
    }

    fn console(&mut self) {
        let program = env!("CARGO_BIN_EXE_landfall");
        self.keys(&format!("{program} open --cloud sim --journal run.jsonl\r"));
        self.wait("Components");
    }

    fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).and_then(|()| self.keys.flush()).expect("the pty takes keys");
    }

    fn text(&self) -> String {
        self.screen.lock().expect("the parser").screen().contents()
    }

    fn wait(&mut self, wanted: &str) {
        let started = Instant::now();
        while !self.text().contains(wanted) {
            assert!(started.elapsed() < PATIENCE, "never saw `{wanted}`:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the console is gone, and checks that the shell has its terminal back.
    fn has_its_terminal_back(&mut self) {
        self.keys("stty -a | tr ' ' '\\n' | grep -cx -e icanon -e echo; echo code-$?\r");
        self.wait("code-0");
        let parser = self.screen.lock().expect("the parser");
        let screen = parser.screen();
        assert!(!screen.alternate_screen(), "still on the alternate screen");
        assert!(!screen.hide_cursor(), "the cursor is hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is on");
        assert!(
            screen.contents().lines().any(|line| line.trim() == "2"),
            "no echo or no lines:\n{}",
            screen.contents()
        );
    }

    /// Sends `signal` to the console, by the process that its journal's first session names.
    fn signal(&self, signal: &str) {
        let journal = std::fs::read_to_string(self.folder.path().join("run.jsonl")).expect("a journal");
        let session = journal.lines().find(|line| line.contains("session_opened")).expect("a session");
        let pid = session.split("\"pid\":").nth(1).and_then(|rest| rest.split([',', '}']).next()).expect("a process");
        let sent = std::process::Command::new("kill").args([signal, pid]).status().expect("kill runs");
        assert!(sent.success());
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.keys.write_all(b"exit\r");
        let _ = self.child.kill();
    }
}

#[test]
fn leaving_gives_the_terminal_back() {
    let mut shell = Shell::open();
    shell.console();
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
        shell.console();
        shell.signal(signal);
        shell.wait("go on with: landfall resume");
        shell.has_its_terminal_back();
    }
}

#[test]
fn a_suspended_console_says_what_the_run_does_and_comes_back() {
    let mut shell = Shell::open();
    shell.console();
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
