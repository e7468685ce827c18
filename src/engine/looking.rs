//! What a session looks at besides its steps: the curves of the journal, and who looks on. At rest while nobody drives.

use super::hearing::Witness;
use super::preflight::Preflighting;
use super::presence;
use super::telemetry::Telemetry;
use std::path::PathBuf;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// The onlookers of a session.
pub(super) struct Looking {
    pub telemetry: Telemetry,
    pub preflight: Preflighting,
    pub journal: PathBuf,
    pub seen: Witness,
    pub at_work: Vec<JoinHandle<()>>,
}

impl Looking {
    /// Sets them to work, unless they are.
    pub fn start(&mut self) {
        if !self.at_work.is_empty() {
            return;
        }
        let (watched, mut counts) = mpsc::unbounded_channel();
        let seen = self.seen.clone();
        self.at_work = vec![
            tokio::spawn(self.telemetry.clone().run()),
            tokio::spawn(self.preflight.clone().look_on(self.seen.clone())),
            tokio::spawn(presence::count(self.journal.clone(), watched)),
            tokio::spawn(async move {
                while let Some(count) = counts.recv().await {
                    if seen.send(count).is_err() {
                        return;
                    }
                }
            }),
        ];
    }

    /// Lets them rest.
    pub fn rest(&mut self) {
        for looking in self.at_work.drain(..) {
            looking.abort();
        }
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        self.rest();
    }
}
