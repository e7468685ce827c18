//! Looks at the clouds for everyone who waits: equal questions are asked once, questions that come together go
//! together, each service of each place (region and account) apart so that a dark region, or an API that hangs, holds up
//! nothing but itself.

use super::credentials::Credentials;
use super::hearing::Witness;
use super::newest::Newest;
use super::thinning::Thinning;
use crate::cloud::{Clock, Evidence, Observe};
use crate::plan::{Region, StepId};
use crate::recovery::{What, words};
use crate::service::{Ask, DnsQuery, Place, Query, Seen, Silence, Unanswered};
use crate::text::Clean;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, oneshot};

/// How many seconds an answer from the failing region is waited for.
const FAILING_REGION_SECONDS: f64 = 5.0;
/// How many seconds any other answer is waited for, retries included.
const ANSWER_SECONDS: f64 = 20.0;

/// Asks the clouds, batched. Cheap to clone.
#[derive(Clone)]
pub struct Observer {
    cloud: Arc<dyn Observe>,
    clock: Clock,
    seen: Witness,
    failing: Option<Region>,
    lanes: Arc<Mutex<HashMap<Lane, mpsc::UnboundedSender<Request>>>>,
    credentials: Credentials,
    /// What was written down of the calls that are no step's.
    thinning: Arc<Mutex<Thinning>>,
    newest: Newest,
}

/// Questions that go together: those to one service at one place. No call is for two services, so that this costs none.
/// TestDNSAnswer goes by itself: it is one witness among several, and holds up no other answer of Route 53.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Lane {
    place: Place,
    /// `rds`, as [`Query::api_name`] begins.
    service: &'static str,
    /// What is probed and run from here: it takes as long as it takes, and there is no call for several.
    probes: bool,
}

impl Lane {
    fn of(ask: &Ask) -> Self {
        let api = ask.query.api_name();
        let is_witness = matches!(ask.query, Query::Dns(DnsQuery::DnsAnswer(_)));
        let service = if is_witness { api } else { api.split('.').next().unwrap_or(api) };
        Self { place: ask.place.clone(), service, probes: ask.query.is_asked_from_here() }
    }
}

/// What was answered, and how many calls it took, of those that were made for others too its share.
type Looked = (Vec<Seen>, usize);

struct Request {
    asks: Vec<Ask>,
    step: Option<StepId>,
    answer: oneshot::Sender<Looked>,
}

impl Observer {
    /// An observer of `cloud`. Calls are reported to `seen` as evidence; `failing` is the region that nothing may wait on.
    pub fn new(cloud: Arc<dyn Observe>, clock: Clock, seen: Witness, failing: Option<Region>) -> Self {
        let credentials = Credentials::new(clock.clone(), seen.clone());
        Self {
            cloud,
            clock,
            seen,
            failing,
            lanes: Arc::default(),
            credentials,
            thinning: Arc::default(),
            newest: Newest::default(),
        }
    }

    /// The same, for who must be in nobody's way: what it asks goes into no call that a step waits for.
    pub(super) fn apart(&self) -> Self {
        Self { lanes: Arc::default(), ..self.clone() }
    }

    /// What is known of the credentials it looks with.
    pub(super) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// What was answered to `ask` within the last so many seconds, whoever asked.
    pub(super) fn newest(&self, ask: &Ask, seconds: f64) -> Option<Seen> {
        self.newest.to(ask, seconds, self.clock.now())
    }

    /// Answers every ask, in any order. An ask without an answer in time says so.
    pub async fn look(&self, asks: Vec<Ask>, step: Option<&StepId>) -> Vec<Seen> {
        self.look_along_lanes(asks, step, None).await.0
    }

    /// The same of what is no step's, and how many calls were made.
    pub(super) async fn look_counted(&self, asks: Vec<Ask>, within: Option<f64>) -> (Vec<Seen>, usize) {
        self.look_along_lanes(asks, None, within).await
    }

    /// Answers every ask; of what was not answered within `seconds`, that it was not. What one API does not say keeps no
    /// other's answer.
    pub(super) async fn look_within(&self, asks: Vec<Ask>, step: Option<&StepId>, seconds: f64) -> Vec<Seen> {
        self.look_along_lanes(asks, step, Some(seconds)).await.0
    }

    async fn look_along_lanes(&self, asks: Vec<Ask>, step: Option<&StepId>, within: Option<f64>) -> Looked {
        let mut lanes: HashMap<Lane, Vec<Ask>> = HashMap::new();
        for ask in asks {
            lanes.entry(Lane::of(&ask)).or_default().push(ask);
        }
        let asked = self.clock.now();
        let waits = lanes.into_iter().map(|(lane, asks)| async move {
            let looking = self.look_along(lane, asks.clone(), step.cloned());
            let looked = match within {
                None => looking.await,
                // How many it took is not known then: one at the least.
                Some(seconds) => self
                    .clock
                    .within(seconds, looking)
                    .await
                    .unwrap_or_else(|| (self.unanswered(&asks, &late(seconds)), 1)),
            };
            // At once: what one service says of the credentials is not kept until the slowest has answered.
            self.credentials.learn(&looked.0, asked, self);
            looked
        });
        let looked = futures::future::join_all(waits).await;
        let calls = looked.iter().map(|(_, calls)| calls).sum();
        let seen: Vec<Seen> = looked.into_iter().flat_map(|(seen, _)| seen).collect();
        (seen, calls)
    }

    async fn look_along(&self, lane: Lane, asks: Vec<Ask>, step: Option<StepId>) -> Looked {
        let (answer, answered) = oneshot::channel();
        let request = Request { asks: asks.clone(), step, answer };
        if self.lane(&lane).send(request).is_err() {
            return (self.unanswered(&asks, "the observer has stopped"), 0);
        }
        match answered.await {
            Ok(looked) => looked,
            Err(_) => (self.unanswered(&asks, "the observer has stopped"), 0),
        }
    }

    fn lane(&self, lane: &Lane) -> mpsc::UnboundedSender<Request> {
        let mut lanes = self.lanes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(sender) = lanes.get(lane).filter(|sender| !sender.is_closed()) {
            return sender.clone();
        }
        let (sender, receiver) = mpsc::unbounded_channel();
        let worker = Worker {
            cloud: self.cloud.clone(),
            clock: self.clock.clone(),
            seen: self.seen.clone(),
            patience: if !lane.probes && self.failing.as_ref() == Some(&lane.place.region) {
                FAILING_REGION_SECONDS
            } else {
                ANSWER_SECONDS
            },
            probes: lane.probes,
            thinning: self.thinning.clone(),
            newest: self.newest.clone(),
        };
        tokio::spawn(worker.run(receiver));
        lanes.insert(lane.clone(), sender.clone());
        sender
    }

    fn unanswered(&self, asks: &[Ask], why: &str) -> Vec<Seen> {
        unanswered(asks, why, self.clock.now())
    }
}

/// Serves one lane.
struct Worker {
    cloud: Arc<dyn Observe>,
    clock: Clock,
    seen: Witness,
    patience: f64,
    probes: bool,
    thinning: Arc<Mutex<Thinning>>,
    newest: Newest,
}

impl Worker {
    async fn run(self, mut requests: mpsc::UnboundedReceiver<Request>) {
        let worker = Arc::new(self);
        while let Some(first) = requests.recv().await {
            // Whoever was woken by the same tick is given the chance to ask in the same call.
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            let mut batch = vec![first];
            while let Ok(more) = requests.try_recv() {
                batch.push(more);
            }
            if worker.probes {
                // There is no call for several: each takes its own time.
                batch.into_iter().for_each(|one| drop(tokio::spawn(worker.clone().serve(vec![one]))));
                continue;
            }
            tokio::spawn(worker.clone().serve(batch));
        }
    }

    async fn serve(self: Arc<Self>, batch: Vec<Request>) {
        let mut asks: Vec<Ask> = batch.iter().flat_map(|request| request.asks.iter().cloned()).collect();
        asks.sort_unstable();
        asks.dedup();
        let (evidence, mut calls) = Evidence::channel();
        let patience = asks.iter().map(least_patience).fold(self.patience, f64::max);
        let looked = self.clock.within(patience, self.cloud.observe(&asks, &evidence)).await;
        drop(evidence);
        // Evidence is of a step while somebody waits with it: what comes behind its outcome proves nothing of it.
        let step = shared_step(&batch).filter(|_| batch.iter().any(|request| !request.answer.is_closed()));
        let mut made: usize = 0;
        while let Ok(call) = calls.try_recv() {
            made += 1;
            let is_news = {
                let mut thinning = self.thinning.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                thinning.is_news(&call, self.clock.now())
            };
            if step.is_none() && !is_news {
                continue;
            }
            // Nobody listens any more when the session has ended.
            let _ = self.seen.send(What::Call { step: step.clone(), call });
        }
        let seen = looked.unwrap_or_else(|| unanswered(&asks, &late(patience), self.clock.now()));
        self.newest.put(&seen, self.clock.now());
        let share = made.div_ceil(batch.len().max(1));
        for request in batch {
            let own: Vec<Seen> = seen.iter().filter(|seen| request.asks.contains(&seen.ask)).cloned().collect();
            // A step that was stopped meanwhile no longer waits.
            let _ = request.answer.send((own, share));
        }
    }
}

/// How long, in seconds, it is waited for at least: a program that looks may take as long as it was given.
fn least_patience(ask: &Ask) -> f64 {
    ask.query.longest_seconds().map_or(0.0, |longest| longest + 5.0)
}

/// The step all of a batch was asked for, when it is one.
fn shared_step(batch: &[Request]) -> Option<StepId> {
    let first = batch.first()?.step.clone()?;
    batch.iter().all(|request| request.step.as_ref() == Some(&first)).then_some(first)
}

fn unanswered(asks: &[Ask], why: &str, at: jiff::Timestamp) -> Vec<Seen> {
    let silence = Unanswered { because: Silence::NoAnswer, code: None, message: Clean::new(why) };
    asks.iter().map(|ask| Seen { ask: ask.clone(), at, answer: Err(silence.clone()) }).collect()
}

/// That nothing answered, to a tenth of a second: what is left of a limit is no round number.
fn late(seconds: f64) -> String {
    format!("no answer within {}", words::objective((seconds * 10.0).round() / 10.0))
}
