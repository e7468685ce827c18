//! The cloud of a run, as its header names it, and the session on it. Only a simulated one comes with a facilitator.

use super::{known, live};
use crate::cloud::plugin::{PluggedActor, PluggedObserver, Programs};
use crate::cloud::sim::Sim;
use crate::cloud::{Clock, aws};
use crate::engine::{Clouds, Facilitator, Options, Run, Session};
use crate::recovery::event::CloudName;
use std::sync::Arc;

/// What a session works on.
pub enum Cloud {
    /// A real cloud.
    Real(Clouds),
    /// Two simulated regions.
    Simulated(Sim),
}

impl Cloud {
    /// The cloud of `run`, that `by` drives, with the programs that bring kinds.
    ///
    /// # Errors
    /// When the simulated world cannot be made again.
    pub async fn of(run: &Run, by: &str, clock: &Clock, plugins: Programs) -> miette::Result<Self> {
        let opened = run.opened();
        match opened.cloud {
            CloudName::Sim => Ok(Self::Simulated(live::sim(&opened, run.started_at(), clock, Some(run.path()))?)),
            CloudName::Aws => {
                let signature = aws::Signature::of(Some(&opened.run), by);
                Ok(Self::Real(Clouds {
                    observe: Arc::new(PluggedObserver::new(
                        Arc::new(aws::AwsObserver::connect(&opened.plan, signature.clone()).await),
                        plugins.clone(),
                    )),
                    perform: Arc::new(PluggedActor::new(
                        Arc::new(aws::AwsActor::connect(&opened.plan, signature).await),
                        plugins,
                    )),
                }))
            }
        }
    }

    /// Starts a session on it.
    pub fn session(self, run: Run, clock: Clock, options: Options) -> (Session, Option<Facilitator>) {
        match self {
            Self::Real(clouds) => {
                let plan = &run.opened().plan;
                // Of simulated regions nothing is remembered: they are made anew for each run.
                let remembered = known::remembered(plan);
                (Session::start(run.remembering(remembered), clouds, clock, options), None)
            }
            Self::Simulated(sim) => {
                let (session, facilitator) = Session::start_drill(run, &sim, clock, options);
                (session, Some(facilitator))
            }
        }
    }
}
