//! A program that is talked to line by line: what it tells on standard output and error is heard, what is typed goes to
//! its standard input. Waits for words, never for time.

#![allow(dead_code, reason = "each test file uses its part of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// Long enough for an unoptimised build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// The program, and what was heard of it.
pub struct Talk {
    child: Child,
    to: Option<ChildStdin>,
    from: Receiver<String>,
    heard: Vec<String>,
}

impl Talk {
    /// `landfall` with these arguments, in `folder`, which is its home too.
    pub fn with(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command.args(arguments).current_dir(folder).env("HOME", folder).env("LANG", "C.UTF-8");
        command.env_remove("XDG_STATE_HOME").env_remove("LC_ALL");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it runs");
        let (sender, from) = channel();
        hear(child.stdout.take().expect("its output"), sender.clone());
        hear(child.stderr.take().expect("its errors"), sender);
        Self { to: child.stdin.take(), child, from, heard: Vec::new() }
    }

    /// Waits for a line that holds `wanted`, and gives it.
    pub fn until(&mut self, wanted: &str) -> String {
        self.answering(&[], wanted)
    }

    /// Waits for a line that holds `wanted`, and meanwhile answers every line that begins with the first of a pair by the
    /// second.
    pub fn answering(&mut self, answers: &[(&str, &str)], wanted: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(line) = self.from.recv_timeout(left) else {
                panic!("never heard `{wanted}`:\n{}", self.heard.join("\n"));
            };
            self.heard.push(line.clone());
            if line.contains(wanted) {
                return line;
            }
            if let Some((_, answer)) = answers.iter().find(|(asked, _)| line.starts_with(asked)) {
                self.types(answer);
            }
        }
    }

    /// Types a line.
    pub fn types(&mut self, line: &str) {
        let to = self.to.as_mut().expect("standard input is open");
        to.write_all(format!("{line}\n").as_bytes()).and_then(|()| to.flush()).expect("it takes a line");
    }

    /// Ends its standard input.
    pub fn hangs_up(&mut self) {
        self.to = None;
    }

    /// Sends it an interrupt, as Ctrl-C does.
    pub fn interrupt(&self) {
        let sent = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
    }

    /// Kills it, as nothing can be heard.
    pub fn kill(&mut self) {
        self.child.kill().and_then(|()| self.child.wait()).expect("it is gone");
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end, and gives its exit code.
    pub fn ends(&mut self) -> i32 {
        let until = Instant::now() + PATIENCE;
        loop {
            // What it still says must be read, or it could not end.
            while let Ok(line) = self.from.try_recv() {
                self.heard.push(line);
            }
            if let Some(status) = self.child.try_wait().expect("it is waited for") {
                return status.code().unwrap_or(-1);
            }
            assert!(Instant::now() < until, "it does not end:\n{}", self.heard.join("\n"));
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Every line that was heard.
    pub fn heard(&mut self) -> &[String] {
        while let Ok(line) = self.from.recv_timeout(Duration::from_millis(200)) {
            self.heard.push(line);
        }
        &self.heard
    }
}

fn hear(from: impl Read + Send + 'static, to: Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            let Ok(line) = line else { return };
            if to.send(line).is_err() {
                return;
            }
        }
    });
}

impl Drop for Talk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
