//! Something between the engine and the simulated regions: answers that are refused, late or lost, as a test wants them.

use async_trait::async_trait;
use jiff::Timestamp;
use landfall::cloud::{Clock, Evidence, Observe, Perform, Token};
use landfall::engine::Clouds;
use landfall::plan::AccountName;
use landfall::service::{Act, Ask, Observation, Reply, Seen, Silence, Unanswered};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

/// What is made of a question: nothing, a silence at once or after seconds, another answer, or seconds more before its own.
#[allow(clippy::large_enum_variant, reason = "a handful in a test")]
pub enum Look {
    Through,
    Silent(Unanswered),
    SilentLate(f64, Unanswered),
    Says(Observation),
    Late(f64),
}

/// What is made of an act: nothing; a reply without the act; the act and another reply; the act and its reply, later.
pub enum Deed {
    Through,
    Instead(Reply),
    DoneBut(Reply),
    Late(f64),
}

type Looks = dyn Fn(&Ask, Timestamp) -> Look + Send + Sync;
type Deeds = dyn Fn(&Act, u32, Timestamp) -> Deed + Send + Sync;

/// Stands between. Cheap to clone.
#[derive(Clone)]
pub struct Between {
    looks: Arc<Looks>,
    deeds: Arc<Deeds>,
    /// How many acts came by so far.
    acts: Arc<AtomicU32>,
    /// How often the acting side was told that credentials were renewed.
    pub renewed: Arc<AtomicU32>,
    inner: Arc<Mutex<Option<(Clouds, Clock)>>>,
}

impl Between {
    pub fn new(
        looks: impl Fn(&Ask, Timestamp) -> Look + Send + Sync + 'static,
        deeds: impl Fn(&Act, u32, Timestamp) -> Deed + Send + Sync + 'static,
    ) -> Self {
        let (acts, renewed) = (Arc::default(), Arc::default());
        Self { looks: Arc::new(looks), deeds: Arc::new(deeds), acts, renewed, inner: Arc::default() }
    }

    /// Lets every act through.
    pub fn looks(looks: impl Fn(&Ask, Timestamp) -> Look + Send + Sync + 'static) -> Self {
        Self::new(looks, |_, _, _| Deed::Through)
    }

    /// Lets every question through.
    pub fn deeds(deeds: impl Fn(&Act, u32, Timestamp) -> Deed + Send + Sync + 'static) -> Self {
        Self::new(|_, _| Look::Through, deeds)
    }

    /// Puts itself before `clouds`.
    pub fn before(&self, clouds: Clouds, clock: &Clock) -> Clouds {
        *self.inner.lock().expect("whole") = Some((clouds, clock.clone()));
        Clouds { observe: Arc::new(self.clone()), perform: Arc::new(self.clone()) }
    }

    fn inner(&self) -> (Clouds, Clock) {
        self.inner.lock().expect("whole").clone().expect("it stands before something")
    }
}

/// A silence of the sort, with a code.
pub fn silence(because: Silence, code: &str) -> Look {
    Look::Silent(Unanswered { because, code: Some(code.into()), message: code.into() })
}

#[async_trait]
impl Observe for Between {
    async fn observe(&self, asks: &[Ask], evidence: &Evidence) -> Vec<Seen> {
        let (clouds, clock) = self.inner();
        let mut late: f64 = 0.0;
        let mut other = Vec::new();
        for ask in asks {
            match (self.looks)(ask, clock.now()) {
                Look::Through => {}
                Look::Late(seconds) => late = late.max(seconds),
                Look::Silent(unanswered) => other.push((ask, Err(unanswered))),
                Look::SilentLate(seconds, unanswered) => {
                    late = late.max(seconds);
                    other.push((ask, Err(unanswered)));
                }
                Look::Says(observation) => other.push((ask, Ok(observation))),
            }
        }
        clock.sleep(late).await;
        let mut seen = clouds.observe.observe(asks, evidence).await;
        for seen in &mut seen {
            if let Some((_, answer)) = other.iter().find(|(ask, _)| **ask == seen.ask) {
                seen.answer = answer.clone();
            }
        }
        seen
    }
}

#[async_trait]
impl Perform for Between {
    async fn perform(&self, act: &Act, token: &Token, evidence: &Evidence) -> Reply {
        let (clouds, clock) = self.inner();
        let number = self.acts.fetch_add(1, Ordering::SeqCst);
        let (act_, token, evidence) = (act.clone(), token.clone(), evidence.clone());
        // On its own: what is on its way arrives, whether anybody waits for the reply or not.
        let send = async move { clouds.perform.perform(&act_, &token, &evidence).await };
        match (self.deeds)(act, number, clock.now()) {
            Deed::Through => send.await,
            Deed::Instead(reply) => reply,
            Deed::DoneBut(reply) => {
                tokio::spawn(send).await.expect("it was sent");
                reply
            }
            Deed::Late(seconds) => {
                let reply = tokio::spawn(async move {
                    // Half the way there.
                    clock.sleep(seconds / 2.0).await;
                    let reply = send.await;
                    clock.sleep(seconds / 2.0).await;
                    reply
                });
                reply.await.expect("it was sent")
            }
        }
    }

    fn renew(&self, _account: Option<&AccountName>) {
        self.renewed.fetch_add(1, Ordering::SeqCst);
    }
}
