//! How a run is followed and how it is commanded. Who holds only a [`Feed`] can look; a [`Commander`] is handed
//! out once, to the session that holds the lease.

use crate::recovery::{Command, Event, Refusal};
use crate::text::Clean;
use std::sync::{Arc, OnceLock};
use tokio::sync::{mpsc, oneshot};

/// Durable events as they come, in batches; closed when the session has ended.
pub type Feed = mpsc::UnboundedReceiver<Arc<[Arc<Event>]>>;

/// A command on its way to the dispatcher.
#[derive(Debug)]
pub struct Order {
    /// What.
    pub command: Command,
    /// Who.
    pub by: Clean,
    /// Where the answer goes once the decision is durable.
    pub answer: oneshot::Sender<Result<(), Refusal>>,
}

/// How a session came to an end that nobody who commands it asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parted {
    /// Who has taken its run over, and where, if that is why.
    pub taken_by: Option<Clean>,
    /// Why, in words.
    pub why: Clean,
}

/// Sends commands to a run.
#[derive(Clone, Debug)]
pub struct Commander {
    by: Clean,
    orders: mpsc::UnboundedSender<Order>,
    parted: Arc<OnceLock<Parted>>,
}

impl Commander {
    /// A commander called `by`, and where the commands come out.
    pub fn new(by: Clean) -> (Self, mpsc::UnboundedReceiver<Order>) {
        let (orders, receiver) = mpsc::unbounded_channel();
        (Self { by, orders, parted: Arc::default() }, receiver)
    }

    /// Sends a command. The answer comes when the decision is durable; it never comes when the session has ended.
    pub fn send(&self, command: Command) -> oneshot::Receiver<Result<(), Refusal>> {
        let (answer, receiver) = oneshot::channel();
        // A session that has ended drops the answer with the order: the receiver then says so.
        let _ = self.orders.send(Order { command, by: self.by.clone(), answer });
        receiver
    }

    /// How the session ended, where nobody who commands it asked for that.
    pub fn parted(&self) -> Option<&Parted> {
        self.parted.get()
    }

    /// Tells how the session ended, to whoever holds a copy of this commander. The first word stands.
    pub fn part(&self, parted: Parted) {
        let _ = self.parted.set(parted);
    }

    /// The commander's name.
    pub fn name(&self) -> &Clean {
        &self.by
    }
}
