//! A start, or a decision to go back, that is given on what was asked a while ago waits until it was asked again.

use super::feed::Order;
use crate::plan::GateKind;
use crate::recovery::{Command, State, window};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::Instant;

/// How long it waits at most: a look comes to its end within seconds, and nobody is kept from starting by one that does not.
const PATIENCE: Duration = Duration::from_secs(25);

/// Where preflight is asked to look again.
pub(super) type Again = mpsc::UnboundedSender<oneshot::Sender<()>>;
/// Where it hears of that.
pub(super) type Asked = Arc<Mutex<mpsc::UnboundedReceiver<oneshot::Sender<()>>>>;

/// The orders that wait for a look, in their order: the start or the decision to go back, and what came behind it.
#[derive(Default)]
pub(super) struct BeforeStart {
    orders: VecDeque<Order>,
    /// Where it is told that it was looked, and until when that is waited for.
    looked: Option<(oneshot::Receiver<()>, Instant)>,
}

impl BeforeStart {
    /// Takes `order`, where it has to wait; gives it back where it need not.
    pub fn take(&mut self, order: Order, state: &State, again: &Again) -> Option<Order> {
        if self.looked.is_some() {
            self.orders.push_back(order);
            return None;
        }
        let waits = match &order.command {
            // Before anything was told it is refused at once.
            Command::Start(_) => state.needs_start() && state.preflight.is_some(),
            Command::Answer { gate: GateKind::Window, .. } => window::is_asked(state),
            _ => false,
        };
        if !waits {
            return Some(order);
        }
        let (looked, told) = oneshot::channel();
        if again.send(looked).is_err() {
            return Some(order);
        }
        self.looked = Some((told, Instant::now() + PATIENCE));
        self.orders.push_back(order);
        None
    }

    /// Whether somebody waits.
    pub fn is_waiting(&self) -> bool {
        self.looked.is_some()
    }

    /// Until it was looked, or nobody looks any more.
    pub async fn looked(&mut self) {
        match &mut self.looked {
            Some((looked, until)) => drop(tokio::time::timeout_at(*until, looked).await),
            None => std::future::pending().await,
        }
    }

    /// What waited.
    pub fn go_on(&mut self) -> VecDeque<Order> {
        self.looked = None;
        std::mem::take(&mut self.orders)
    }
}
