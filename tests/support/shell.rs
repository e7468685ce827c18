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

/// A shell in a pty, its screen, and its keyboard.
pub struct Shell {
    screen: Arc<Mutex<vt100::Parser>>,
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
        let parser = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut bytes = [0; 8192];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                parser.lock().expect("the parser").process(&bytes[..count]);
            }
        });
        let keys = pty.master.take_writer().expect("its keyboard");
        let mut shell = Self { screen, keys, child, folder, pty: pty.master };
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

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.keys.write_all(b"exit\r");
        let _ = self.child.kill();
    }
}
