//! What a run tells on standard output: a copy of its journal, made beside it. A reader who is slow or gone, or a full
//! disk, is said once and holds nothing up.

use super::out::{self, say};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How long a slow reader is waited for once the run is left.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where lines go to be copied.
#[derive(Debug)]
pub struct Copy {
    lines: Sender<String>,
    done: Receiver<()>,
}

impl Copy {
    /// A copy on standard output: of JSON, or of words.
    pub fn on_standard_output(json: bool) -> Self {
        let (lines, to_write) = channel();
        let (is_done, done) = channel();
        std::thread::spawn(move || {
            write_all(&to_write, json);
            let _ = is_done.send(());
        });
        Self { lines, done }
    }

    /// Copies a line.
    pub fn print(&self, line: String) {
        // A writer that has failed takes no more, and has said so.
        let _ = self.lines.send(line);
    }

    /// Waits until all is written, but not for ever.
    pub fn finish(self) {
        let Self { lines, done } = self;
        drop(lines);
        if done.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            say("landfall: standard output takes nothing: what is missing there is in the journal");
        }
    }
}

fn write_all(lines: &Receiver<String>, json: bool) {
    while let Ok(line) = lines.recv() {
        let line = line + "\n";
        let written = if json { out::print_json(&line) } else { out::print(&line) };
        if let Err(error) = written {
            say(format_args!(
                "landfall: standard output takes no more ({error}): the run goes on, and its journal has all of it"
            ));
            return;
        }
    }
}
