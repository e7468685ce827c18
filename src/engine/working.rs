//! The runners at work, and which step each is at: one that panics leaves no step running for ever.

use super::jobs::Job;
use super::runner::Runner;
use crate::plan::StepId;
use crate::recovery::{Report, Reported};
use crate::text::Clean;
use std::collections::HashMap;
use tokio::task::{Id, JoinSet};

/// The runners at work.
#[derive(Default)]
pub(super) struct Working {
    jobs: JoinSet<()>,
    at: HashMap<Id, (StepId, u32, bool)>,
}

impl Working {
    /// Sets a runner to a job.
    pub fn start(&mut self, runner: &Runner, job: Job) {
        let at = (job.step.id.clone(), job.attempt, job.undo);
        let id = self.jobs.spawn(runner.clone().run(job)).id();
        self.at.insert(id, at);
    }

    /// Whether nobody is at work.
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// Waits until one comes to its end, and until all have that told one themselves; what is to be said of one that
    /// panicked. Safe to drop and call again.
    pub async fn next_lost(&mut self) -> Option<Report> {
        while let Some(done) = self.jobs.join_next_with_id().await {
            let (id, panicked) = match done {
                Ok((id, ())) => (id, false),
                Err(error) => (error.id(), error.is_panic()),
            };
            let at = self.at.remove(&id);
            if let (Some((step, attempt, undo)), true) = (at, panicked) {
                let why = "Landfall failed while it worked on it, by a mistake of its own: look at it in the cloud";
                return Some(Report { step, attempt, undo, what: Reported::Unknown(Clean::new(why)) });
            }
        }
        None
    }
}
