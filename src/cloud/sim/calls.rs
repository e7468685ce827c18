//! Calls to the simulated regions: batched, late, refused and lost as real ones are, each of them evidence. What they
//! answer is the world's.

use super::dice::seconds;
use super::rooms;
use super::trouble::{Call, CallTrouble};
use super::world::Together;
use super::world::World;
use super::{Shared, Taken};
use crate::cloud::{Evidence, Observe, Perform, Token};
use crate::plan::Region;
use crate::seal::token::faceless;
use crate::service::{Act, Ask, CallMade, LocalOperation, Operation, Receipt, Reply, Seen, Silence, Unanswered};
use crate::text::Clean;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;

/// How long the reply to a lost call is waited for, in seconds.
const LOST_SECONDS: f64 = 10.0;
/// The waits before a throttled question is asked again, in seconds.
const AGAIN_SECONDS: [f64; 2] = [0.5, 1.0];
/// How many times as long a call takes while calls are throttled.
const SLOWER: f64 = 5.0;
const REFUSED: &str = "the connection was refused";
const LOST: &str = "the connection was lost before a reply came";

/// Looks at the simulated regions.
#[derive(Clone)]
pub struct SimObserver(pub(super) Arc<Shared>);

/// Acts on the simulated regions.
#[derive(Clone)]
pub struct SimActor(pub(super) Arc<Shared>);

/// One call for several asks.
struct Batch<'a> {
    api: &'static str,
    asks: Vec<(usize, &'a Ask)>,
}

#[async_trait]
impl Observe for SimObserver {
    async fn observe(&self, asks: &[Ask], evidence: &Evidence) -> Vec<Seen> {
        let calls = batches(asks).into_iter().map(|batch| self.0.look(batch, evidence));
        let mut seen: Vec<(usize, Seen)> = futures::future::join_all(calls).await.into_iter().flatten().collect();
        seen.sort_by_key(|(place, _)| *place);
        seen.into_iter().map(|(_, seen)| seen).collect()
    }
}

#[async_trait]
impl Perform for SimActor {
    async fn perform(&self, act: &Act, token: &Token, evidence: &Evidence) -> Reply {
        self.0.send(act, token, evidence).await
    }
}

impl Shared {
    /// Asks, up to three times when it is throttled: as the real adapter does.
    async fn look(&self, batch: Batch<'_>, evidence: &Evidence) -> Vec<(usize, Seen)> {
        let Some((_, first)) = batch.asks.first() else { return Vec::new() };
        let region = &first.place.region;
        let keys: Vec<String> = batch.asks.iter().filter_map(|(_, ask)| rooms::of_query(region, &ask.query)).collect();
        let began = self.clock.now();
        let mut call = Call::of(batch.api, region, &keys);
        let mut silence = self.ask(&call, region, evidence).await;
        for wait in AGAIN_SECONDS {
            if silence.as_ref().is_none_or(|silence| silence.because != Silence::Throttled) {
                break;
            }
            self.clock.sleep(wait).await;
            call.attempt += 1;
            silence = self.ask(&call, region, evidence).await;
        }
        let at = self.clock.now();
        let millis = (seconds(began, at) * 1000.0) as u64;
        let inner = self.inner();
        let answer = |ask: &Ask| silence.clone().map_or_else(|| Ok(inner.world.see(ask, millis, at)), Err);
        batch.asks.iter().map(|(place, ask)| (*place, Seen { ask: (*ask).clone(), at, answer: answer(ask) })).collect()
    }

    /// Makes one call that looks; gives the silence it ends in, if it does.
    async fn ask(&self, call: &Call<'_>, region: &Region, evidence: &Evidence) -> Option<Unanswered> {
        let (trouble, late) = self.fate(call);
        let mut made = Made::begin(self, evidence, call, region, false);
        let silence = match trouble {
            Some(CallTrouble::Hangs) => return std::future::pending().await,
            Some(CallTrouble::Refused) => Some(silence(Silence::NoAnswer, None, REFUSED)),
            Some(CallTrouble::Throttled) => Some(silence(Silence::Throttled, Some("Throttling"), "Rate exceeded")),
            Some(CallTrouble::Denied) => {
                let message = format!("not authorized to perform {}", call.api);
                Some(silence(Silence::Denied, Some("AccessDenied"), &message))
            }
            Some(CallTrouble::ReplyLost) => {
                self.clock.sleep(LOST_SECONDS).await;
                Some(silence(Silence::NoAnswer, None, LOST))
            }
            None => None,
        };
        if trouble != Some(CallTrouble::Refused) {
            self.clock.sleep(late).await;
        }
        match &silence {
            Some(Unanswered { because: Silence::NoAnswer, message, .. }) => made.lost(message.clone()),
            Some(Unanswered { code, message, .. }) => made.end(Some(code.as_ref().unwrap_or(message).clone())),
            None => made.end(None),
        }
        silence
    }

    async fn send(&self, act: &Act, token: &Token, evidence: &Evidence) -> Reply {
        let api = act.operation.api_name();
        let keys = rooms::of_operation(&act.place.region, &act.operation);
        let call = Call::of(api, &act.place.region, &keys);
        let (trouble, late) = self.fate(&call);
        let mut made = Made::begin(self, evidence, &call, &act.place.region, true);
        match trouble {
            Some(CallTrouble::Hangs) => return std::future::pending().await,
            Some(CallTrouble::Refused) => {
                made.lost(REFUSED.into());
                return Reply::NotNow { message: REFUSED.into(), throttled: false };
            }
            Some(CallTrouble::Throttled) => {
                self.clock.sleep(late).await;
                made.end(Some("Throttling".into()));
                return Reply::NotNow { message: "Throttling: Rate exceeded".into(), throttled: true };
            }
            Some(CallTrouble::Denied) => {
                self.clock.sleep(late).await;
                made.end(Some("AccessDenied".into()));
                let message = Clean::new(&format!("not authorized to perform {api}"));
                return Reply::Refused { code: Some("AccessDenied".into()), message };
            }
            Some(CallTrouble::ReplyLost) | None => {}
        }
        let is_lost = trouble.is_some();
        // Half the way there, half the way back: who is stopped between finds it taken and unanswered.
        self.clock.sleep(late / 2.0).await;
        let taken = self.take(act, token, is_lost, self.clock.now());
        if is_lost {
            self.clock.sleep(LOST_SECONDS).await;
            made.lost(LOST.into());
            return Reply::NoAnswer { message: LOST.into() };
        }
        self.clock.sleep(late / 2.0 + self.lasts(&act.operation)).await;
        match taken {
            Taken::Yes(receipt) => {
                made.end(failed_exit(&receipt));
                Reply::Taken { receipt }
            }
            Taken::No { code, message } => {
                made.end(Some(code.clone().unwrap_or_else(|| message.clone())));
                Reply::Refused { code, message }
            }
        }
    }

    /// What happens to a call that is made now, and how many seconds it takes.
    fn fate(&self, call: &Call<'_>) -> (Option<CallTrouble>, f64) {
        let at = self.clock.now();
        let World { troubles, dice, .. } = &mut self.inner().world;
        let purpose = format!("latency {} {:?} {} {}", call.api, call.keys, call.attempt, at.as_millisecond());
        let late = dice.between(&purpose, 0.03, 0.3);
        let late = if troubles.is_slow(call, at) { late * SLOWER } else { late };
        let trouble = troubles.of_call(call, dice, at);
        if let Some(trouble) = trouble {
            troubles.met(trouble, call, at);
        }
        (trouble, late)
    }

    /// How many seconds more than a call a program takes.
    fn lasts(&self, operation: &Operation) -> f64 {
        match operation {
            Operation::Local(LocalOperation::Run(invocation)) => {
                let at = self.clock.now();
                // What stands for a secret is another in every run: chance must not be.
                let words = faceless(&invocation.run.join(" "));
                let purpose = format!("run {words} {}", at.as_millisecond());
                self.inner().world.dice.between(&purpose, 1.0, 5.0)
            }
            Operation::Local(LocalOperation::Terraform(deed)) => {
                let purpose = format!("apply {} {}", deed.module.component, self.clock.now().as_millisecond());
                self.inner().world.dice.between(&purpose, 20.0, 90.0)
            }
            _ => 0.0,
        }
    }
}

/// The error of a program that ended badly is evidence too.
fn failed_exit(receipt: &Receipt) -> Option<Clean> {
    let code = receipt.exit.as_ref()?.code?;
    (code != 0).then(|| Clean::new(&format!("exit {code}")))
}

fn silence(because: Silence, code: Option<&str>, message: &str) -> Unanswered {
    Unanswered { because, code: code.map(Into::into), message: message.into() }
}

fn batches(asks: &[Ask]) -> Vec<Batch<'_>> {
    let mut batches: Vec<Batch<'_>> = Vec::new();
    let mut open: std::collections::HashMap<(&str, &str), usize> = std::collections::HashMap::new();
    for (place, ask) in asks.iter().enumerate() {
        let api = ask.query.api_name();
        let (group, most) = match rooms::together(&ask.query) {
            Together::Alone => {
                batches.push(Batch { api, asks: vec![(place, ask)] });
                continue;
            }
            Together::All(group) => (group, usize::MAX),
            Together::UpTo(most, group) => (group, most),
        };
        match open.get(&(api, group)).filter(|found| batches[**found].asks.len() < most) {
            Some(found) => batches[*found].asks.push((place, ask)),
            None => {
                open.insert((api, group), batches.len());
                batches.push(Batch { api, asks: vec![(place, ask)] });
            }
        }
    }
    batches
}

/// A call under way: reported when it ends, and also when nobody waits for it any longer.
struct Made<'a> {
    shared: &'a Shared,
    evidence: &'a Evidence,
    call: CallMade,
    began: Timestamp,
    is_reported: bool,
}

impl<'a> Made<'a> {
    fn begin(shared: &'a Shared, evidence: &'a Evidence, made: &Call<'_>, region: &Region, mutation: bool) -> Self {
        let (api, attempt) = (made.api, made.attempt);
        let began = shared.clock.now();
        let purpose = format!("request {api} {region} {attempt} {}", began.as_millisecond());
        let request_id = Clean::new(&format!("sim-{:016x}", shared.inner().world.dice.bits(&purpose)));
        let call = CallMade {
            operation: api.into(),
            region: region.clone(),
            attempt,
            latency_ms: 0,
            request_id: Some(request_id),
            error: None,
            mutation,
        };
        Self { shared, evidence, call, began, is_reported: false }
    }

    /// Ends it without an answer: the request's id would have come with one.
    fn lost(&mut self, why: Clean) {
        self.call.request_id = None;
        self.end(Some(why));
    }

    fn end(&mut self, error: Option<Clean>) {
        self.is_reported = true;
        let latency_ms = (seconds(self.began, self.shared.clock.now()) * 1000.0) as u64;
        self.evidence.report(CallMade { latency_ms, error, ..self.call.clone() });
    }
}

impl Drop for Made<'_> {
    fn drop(&mut self) {
        if !self.is_reported {
            self.lost("no answer".into());
        }
    }
}
