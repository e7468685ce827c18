//! The port to the clouds: observing and acting are two traits, so that who may only look holds nothing to act with.
//! Adapters: [`aws`] and [`sim`]. Knows services, not runs.

pub mod aws;
pub mod clock;
pub mod plugin;
pub mod probe;
pub mod read;
pub mod sealed;
pub mod sim;

pub use crate::service::CallMade;
pub use clock::Clock;

use crate::plan::AccountName;
use crate::seal::Secrets;
use crate::service::{Act, Ask, Reply, Seen};
use crate::text::Clean;
use async_trait::async_trait;
use std::sync::Arc;

/// Looks, and cannot do anything else.
#[async_trait]
pub trait Observe: Send + Sync {
    /// Answers every ask, in the same order, batching what can be asked in one call. All asks of one call are
    /// for one place (region and account), so that a dark region holds up nothing but itself. Every call made
    /// is reported to `evidence`. Never fails as a whole: an ask without an answer says why.
    async fn observe(&self, asks: &[Ask], evidence: &Evidence) -> Vec<Seen>;
}

/// Acts. A watcher, a replay, `check` and `--read-only` never hold one.
#[async_trait]
pub trait Perform: Send + Sync {
    /// Sends one operation. Every attempt is reported to `evidence`. The reply says whether it was taken, provably
    /// not taken, or may have been.
    async fn perform(&self, act: &Act, token: &Token, evidence: &Evidence) -> Reply;

    /// The credentials of an account (the ambient ones when absent) were renewed: what is kept of the old ones is
    /// forgotten. Nothing for those who keep none.
    fn renew(&self, _account: Option<&AccountName>) {}
}

/// Makes an act recognisable when it is sent again: the run's id, the step and the attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(pub String);

/// Where calls are reported to as they are made.
#[derive(Clone, Debug)]
pub struct Evidence {
    calls: tokio::sync::mpsc::UnboundedSender<CallMade>,
    secrets: Option<Arc<Secrets>>,
}

impl Evidence {
    /// A place to report to, and where the reports come out.
    pub fn channel() -> (Self, tokio::sync::mpsc::UnboundedReceiver<CallMade>) {
        let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
        (Self { calls: sender, secrets: None }, receiver)
    }
    /// The same place, where errors are reported without the values that they may repeat.
    pub fn sealed(&self, secrets: &Arc<Secrets>) -> Self {
        Self { calls: self.calls.clone(), secrets: Some(secrets.clone()) }
    }
    /// Reports a call. Nobody listening is not an error: the call was made all the same.
    pub fn report(&self, mut call: CallMade) {
        if let (Some(secrets), Some(error)) = (&self.secrets, &call.error) {
            call.error = Some(Clean::new(&secrets.told(error)));
        }
        let _ = self.calls.send(call);
    }
}
