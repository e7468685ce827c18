//! A shell in a real pty, and the console in it: what a person has. Needs the binary; knows nothing of its inside.

// Each test binary uses some of it.
#![allow(dead_code)]

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const ROWS: u16 = 30;
const COLUMNS: u16 = 110;
/// Long enough for an unoptimised build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);
/// The same for a whole run.
const RUN_PATIENCE: Duration = Duration::from_secs(180);
/// A form that came up by itself takes no key for half a second.
const DROPPED: Duration = Duration::from_millis(600);

/// A shell in a pty, its screen, and its keyboard.
pub struct Shell {
    screen: Arc<Mutex<vt100::Parser>>,
    /// Every byte that came, for what is no part of a screen.
    bytes: Arc<Mutex<Vec<u8>>>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    folder: tempfile::TempDir,
    pty: Box<dyn MasterPty + Send>,
}

impl Shell {
    pub fn open() -> Self {
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
        let (parser, all) = (Arc::clone(&screen), Arc::new(Mutex::new(Vec::new())));
        let kept = Arc::clone(&all);
        std::thread::spawn(move || {
            let mut bytes = [0; 8192];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                kept.lock().expect("the bytes").extend_from_slice(&bytes[..count]);
                parser.lock().expect("the parser").process(&bytes[..count]);
            }
        });
        let keys = pty.master.take_writer().expect("its keyboard");
        let mut shell = Self { screen, bytes: all, keys, child, folder, pty: pty.master };
        shell.wait("ready$");
        shell
    }

    /// Opens the console on the rehearsal, with these arguments more.
    pub fn console(&mut self, more: &str) {
        self.landfall(&format!("open --cloud sim --journal run.jsonl {more}"));
    }

    /// Opens a console with these arguments.
    pub fn landfall(&mut self, arguments: &str) {
        let program = env!("CARGO_BIN_EXE_landfall");
        self.keys(&format!("{program} {arguments}\r"));
        self.wait("Components");
    }

    /// Makes the terminal another size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.pty.resize(size).expect("it is resized");
        let cells = |count: u16| NonZero::new(count).expect("a screen has cells");
        self.screen.lock().expect("the parser").screen_mut().set_size(cells(rows), cells(columns));
    }

    /// A file of the folder that the shell is in.
    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    pub fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).and_then(|()| self.keys.flush()).expect("the pty takes keys");
    }

    /// Presses Ctrl-C until `wanted` is seen: right behind an escape that a slow console has not read yet it is another key.
    pub fn interrupt(&mut self, wanted: &str) {
        let started = Instant::now();
        loop {
            self.keys("\u{3}");
            let pressed = Instant::now();
            while pressed.elapsed() < Duration::from_secs(5) {
                if self.text().contains(wanted) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            assert!(started.elapsed() < PATIENCE, "never saw `{wanted}`:\n{}\n{}", self.text(), self.journal_end());
        }
    }

    /// Everything that came so far, as text.
    pub fn raw(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().expect("the bytes")).into_owned()
    }

    pub fn text(&self) -> String {
        self.screen.lock().expect("the parser").screen().contents()
    }

    /// Waits until the program in front has taken the mouse, or given it back.
    pub fn wait_for_mouse(&mut self, wanted: vt100::MouseProtocolMode) {
        let started = Instant::now();
        while self.screen.lock().expect("the parser").screen().mouse_protocol_mode() != wanted {
            assert!(started.elapsed() < PATIENCE, "the mouse is never {wanted:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn wait(&mut self, wanted: &str) {
        let started = Instant::now();
        while !self.text().contains(wanted) {
            assert!(started.elapsed() < PATIENCE, "never saw `{wanted}`:\n{}\n{}", self.text(), self.journal_end());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The last words of the run's journal, for a test that failed.
    fn journal_end(&self) -> String {
        let journal = std::fs::read_to_string(self.path("run.jsonl")).unwrap_or_default();
        let mut last: Vec<&str> =
            journal.lines().rev().filter(|line| !line.contains("\"event\":\"call\"")).take(6).collect();
        last.reverse();
        last.join("\n")
    }

    /// Waits until the console is gone, and checks that the shell has its terminal back.
    pub fn has_its_terminal_back(&mut self) {
        // What is typed before the console is gone would be its keys.
        let started = Instant::now();
        while self.text().lines().rfind(|line| !line.trim().is_empty()).is_none_or(|line| line.trim() != "ready$") {
            assert!(started.elapsed() < PATIENCE, "the console is not left:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
        self.keys("stty -a | tr ' ' '\\n' | grep -cx -e icanon -e echo; echo code-$?\r");
        self.wait("code-0");
        let parser = self.screen.lock().expect("the parser");
        let screen = parser.screen();
        assert!(!screen.alternate_screen(), "still on the alternate screen");
        assert!(!screen.hide_cursor(), "the cursor is hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is on");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse is still taken");
        assert!(
            screen.contents().lines().any(|line| line.trim() == "2"),
            "no echo or no lines:\n{}",
            screen.contents()
        );
    }

    /// Sends `signal` to the console, by the process that its journal's first session names.
    pub fn signal(&self, signal: &str) {
        let journal = std::fs::read_to_string(self.folder.path().join("run.jsonl")).expect("a journal");
        let session = journal.lines().find(|line| line.contains("session_opened")).expect("a session");
        let pid = session.split("\"pid\":").nth(1).and_then(|rest| rest.split([',', '}']).next()).expect("a process");
        let sent = std::process::Command::new("kill").args([signal, pid]).status().expect("kill runs");
        assert!(sent.success());
    }
}

/// Answers whatever gate is asked, as its layer says, until `until` is on the screen.
pub fn answer_gates(shell: &mut Shell, until: &str) {
    answer_gates_until(shell, |text| text.contains(until));
}

/// The same, until the screen is as `until` says.
pub fn answer_gates_until(shell: &mut Shell, until: impl Fn(&str) -> bool) {
    // It may have come up by itself just now, and takes no key for a moment.
    answer_gates_reading(shell, DROPPED, until);
}

/// The same, by someone who reads each of them for so long.
pub fn answer_gates_reading(shell: &mut Shell, reads: Duration, until: impl Fn(&str) -> bool) {
    let started = Instant::now();
    loop {
        assert!(started.elapsed() < RUN_PATIENCE, "it never came to that:\n{}", shell.text());
        let text = shell.text();
        if until(&text) {
            return;
        }
        if text.contains("not open any more") {
            // It was opened again while its answer was on the way.
            shell.keys("\u{1b}");
            std::thread::sleep(Duration::from_millis(200));
        } else if let Some(typed) = is_asking(&text) {
            std::thread::sleep(reads);
            // Whatever stands in it goes first.
            shell.keys(&format!("\u{15}{typed}\r"));
            // The layer closes once it is sent.
            let closing = Instant::now();
            while is_asking(&shell.text()).is_some() && closing.elapsed() < DROPPED {
                std::thread::sleep(Duration::from_millis(20));
            }
        } else if text.contains("[c]") {
            shell.keys("c");
            std::thread::sleep(Duration::from_millis(200));
        } else {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// What the form in front wants to be typed, if it is that of a gate.
pub fn is_asking(text: &str) -> Option<&'static str> {
    let answers = [
        ("to cross", "us-west-2"),
        ("to approve", "yes\r"),
        ("once it is", "done\r"),
        ("because", "the region is gone"),
    ];
    let prompts = text.lines().filter(|line| line.contains('▸'));
    prompts.flat_map(|prompt| answers.iter().find(|(asked, _)| prompt.contains(asked))).map(|(_, typed)| *typed).next()
}

/// Holds the run, past whatever gate comes up by itself meanwhile.
pub fn hold(shell: &mut Shell) {
    let started = Instant::now();
    while !shell.text().contains("HELD") {
        assert!(started.elapsed() < PATIENCE, "never held:\n{}", shell.text());
        if is_asking(&shell.text()).is_some() {
            std::thread::sleep(DROPPED);
            shell.keys("\u{1b}");
        } else if !shell.text().contains("holding") {
            shell.keys(" ");
        }
        std::thread::sleep(Duration::from_millis(300));
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.keys.write_all(b"exit\r");
        let _ = self.child.kill();
    }
}
