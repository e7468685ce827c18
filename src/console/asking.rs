//! Commands that were sent and are not answered yet. Asked for and happened are different: until the answer comes the
//! screen says "asked". Sending never waits.

use crate::engine::{Commander, Facilitator};
use crate::recovery::{Command, Facilitate, Refusal};
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use std::collections::VecDeque;
use tokio::sync::oneshot;

/// The commands on their way.
#[derive(Default)]
pub struct Asking {
    waiting: FuturesUnordered<BoxFuture<'static, Answered>>,
    said: Vec<(u64, String)>,
    sent: u64,
    after: Vec<After>,
}

/// What is sent once the command of a number was taken.
struct After {
    number: u64,
    commander: Commander,
    orders: VecDeque<(Command, String)>,
}

/// What came of a command.
#[derive(Debug)]
pub struct Answered {
    number: u64,
    /// What was asked, in words.
    pub said: String,
    /// How it went; `None` when the session ended before it answered.
    pub answer: Option<Result<(), Refusal>>,
}

impl Asking {
    /// Sends `command`, called `said` on the screen.
    pub fn send(&mut self, commander: &Commander, command: Command, said: String) {
        self.wait(commander.send(command), said);
    }

    /// Sends the first of `orders`, and each of the others once the one before it was taken: after a refusal, or without an
    /// answer, the rest is not sent.
    pub fn send_in_turn(&mut self, commander: &Commander, mut orders: VecDeque<(Command, String)>) {
        let Some((command, said)) = orders.pop_front() else { return };
        self.send(commander, command, said);
        if !orders.is_empty() {
            self.after.push(After { number: self.sent, commander: commander.clone(), orders });
        }
    }

    /// Sends `wish`, called `said` on the screen.
    pub fn wish(&mut self, facilitator: &Facilitator, wish: Facilitate, said: String) {
        self.wait(facilitator.send(wish), said);
    }

    fn wait(&mut self, receiver: oneshot::Receiver<Result<(), Refusal>>, said: String) {
        self.sent += 1;
        let number = self.sent;
        self.said.push((number, said.clone()));
        self.waiting.push(Box::pin(async move { Answered { number, said, answer: receiver.await.ok() } }));
    }

    /// Whether any is on its way.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// What was asked and is not answered, oldest first.
    pub fn said(&self) -> impl Iterator<Item = &str> {
        self.said.iter().map(|(_, said)| said.as_str())
    }

    /// The next answer; `None` at once when none is on its way. Safe to drop and call again.
    pub async fn next(&mut self) -> Option<Answered> {
        let answered = self.waiting.next().await?;
        self.said.retain(|(number, _)| *number != answered.number);
        if let Some(at) = self.after.iter().position(|after| after.number == answered.number) {
            let After { commander, orders, .. } = self.after.swap_remove(at);
            if matches!(answered.answer, Some(Ok(()))) {
                self.send_in_turn(&commander, orders);
            }
        }
        Some(answered)
    }
}
