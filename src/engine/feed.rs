//! How a run is followed and how it is commanded. Who holds only a [`Feed`] can look; a [`Commander`] is handed
//! out once, to the session that holds the lease.

use crate::recovery::{Command, Event, Refusal};
use crate::text::Clean;
use std::sync::Arc;
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

/// Sends commands to a run.
#[derive(Clone, Debug)]
pub struct Commander {
    by: Clean,
    orders: mpsc::UnboundedSender<Order>,
}

impl Commander {
    /// A commander called `by`, and where the commands come out.
    pub fn new(by: Clean) -> (Self, mpsc::UnboundedReceiver<Order>) {
        let (orders, receiver) = mpsc::unbounded_channel();
        (Self { by, orders }, receiver)
    }

    /// Sends a command. The answer comes when the decision is durable; it never comes when the session has ended.
    pub fn send(&self, command: Command) -> oneshot::Receiver<Result<(), Refusal>> {
        let (answer, receiver) = oneshot::channel();
        // A session that has ended drops the answer with the order: the receiver then says so.
        let _ = self.orders.send(Order { command, by: self.by.clone(), answer });
        receiver
    }

    /// The commander's name.
    pub fn name(&self) -> &Clean {
        &self.by
    }
}
