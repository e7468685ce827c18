//! Programs that bring kinds, as they are run: one message at a time or many to one process, never before somebody here
//! trusted what is in their files, and never believed further than their words go. An act without an answer is one that may
//! have been done.

mod message;
mod process;
mod stream;
pub mod trust;

pub use message::{Hostile, answered, greeted, hello, replied, request};
pub use process::{Run, one_shot};

use crate::cloud::{Evidence, Observe, Perform, Token};
use crate::plan::plugin::Program;
use crate::plan::{AccountName, Region};
use crate::service::{
    Act, Ask, CallMade, LocalObservation, LocalOperation, LocalQuery, Observation, Operation, PLUGIN_NOT_RUN,
    PLUGIN_ONLY_LOOKS, PluginDeed, PluginQuestion, Query, Reply, Seen, Silence, Unanswered,
};
use crate::text::Clean;
use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use stream::Stream;

/// How many messages a process that answers many is sent at once; how many programs run at once otherwise.
const AT_ONCE: usize = 16;

/// The programs of a session: whether it may only look, what is trusted, and the processes that answer many messages.
#[derive(Clone)]
pub struct Programs(Arc<Shared>);

struct Shared {
    read_only: bool,
    /// Where what is trusted is kept; none where nothing is.
    folder: Option<PathBuf>,
    /// Programs that are another than the run began with, and that somebody went on with: by what they were.
    instead: BTreeMap<Clean, Clean>,
    streams: Mutex<HashMap<(Clean, Clean), Arc<Stream>>>,
    room: tokio::sync::Semaphore,
    contents: Mutex<trust::Contents>,
}

impl Programs {
    /// Those of a session; `read_only` where nothing may be changed.
    pub fn new(folder: Option<PathBuf>, read_only: bool) -> Self {
        Self::instead(folder, read_only, BTreeMap::new())
    }

    /// As [`Self::new`], with what stands in the place of what a run began with: by what that was.
    pub fn instead(folder: Option<PathBuf>, read_only: bool, instead: BTreeMap<Clean, Clean>) -> Self {
        let (streams, contents) = (Mutex::default(), Mutex::default());
        Self(Arc::new(Shared {
            read_only,
            folder,
            instead,
            streams,
            room: tokio::sync::Semaphore::new(AT_ONCE),
            contents,
        }))
    }

    /// Why `program` is not run, by its code and in words; it is what it was trusted as otherwise.
    fn refused(&self, program: &Program) -> Option<(&'static str, String)> {
        let name = &program.name;
        if self.0.read_only && !program.trusted_to_look && program.hash.is_some() {
            let why =
                format!("[plugin.{name}] does not say trusted_to_look = true: who only looks runs no such program");
            return Some((PLUGIN_ONLY_LOOKS, why));
        }
        self.not_as_trusted(program).map(|why| (PLUGIN_NOT_RUN, why))
    }

    fn not_as_trusted(&self, program: &Program) -> Option<String> {
        let shared = &self.0;
        let Some(hash) = &program.hash else { return Some("nobody here said landfall plugin trust".to_owned()) };
        let hash = shared.instead.get(hash).unwrap_or(hash);
        let mut contents = shared.contents.lock().unwrap_or_else(PoisonError::into_inner);
        match contents.hash(program) {
            Err(why) => return Some(why),
            Ok(found) if found != *hash => {
                return Some(format!(
                    "the program is not what it was when the run began: {} instead of {}",
                    short(&found),
                    short(hash)
                ));
            }
            Ok(_) => {}
        }
        let folder = shared.folder.as_deref();
        (!folder.is_some_and(|folder| trust::is_trusted(folder, program, hash)))
            .then(|| "nobody here said landfall plugin trust".to_owned())
    }

    /// Sends `message` and gives the text of the answer. Who calls this has seen to it that the program is trusted.
    ///
    /// # Errors
    /// [`Run`].
    pub async fn exchange(
        &self,
        program: &Program,
        place: &Clean,
        verb: &str,
        message: Value,
        within: Duration,
    ) -> Result<String, Run> {
        if !program.stream {
            return one_shot(program, verb, &message, within, self.0.read_only).await;
        }
        let key = (program.hash.clone().unwrap_or_default(), place.clone());
        let stream = {
            let mut streams = self.0.streams.lock().unwrap_or_else(PoisonError::into_inner);
            match streams.get(&key).filter(|stream| stream.is_open()) {
                Some(stream) => stream.clone(),
                None => {
                    let stream = Arc::new(Stream::start(program, self.0.read_only).map_err(Run::NotStarted)?);
                    streams.insert(key, stream.clone());
                    stream
                }
            }
        };
        stream.ask(message, within).await
    }

    async fn look(&self, asks: Vec<&Ask>, evidence: &Evidence) -> Vec<(Ask, Result<Observation, Unanswered>)> {
        let mut together: BTreeMap<String, Vec<(&Ask, &PluginQuestion)>> = BTreeMap::new();
        for (nth, ask) in asks.into_iter().enumerate() {
            let Query::Local(LocalQuery::Plugin(question)) = &ask.query else { continue };
            let group = match question.verb.is_of_many() {
                true => {
                    format!("{} {:?} {:?} {:?}", question.verb.word(), ask.place, question.about.side, question.program)
                }
                false => format!("{nth}"),
            };
            together.entry(group).or_default().push((ask, question.as_ref()));
        }
        let looks = together.into_values().map(|group| self.look_at(group, evidence));
        futures::future::join_all(looks).await.into_iter().flatten().collect()
    }

    async fn look_at(
        &self,
        group: Vec<(&Ask, &PluginQuestion)>,
        evidence: &Evidence,
    ) -> Vec<(Ask, Result<Observation, Unanswered>)> {
        let Some((first, question)) = group.first() else { return Vec::new() };
        let all = |why: Unanswered| group.iter().map(|(ask, _)| ((*ask).clone(), Err(why.clone()))).collect();
        if let Some((code, why)) = self.refused(&question.program) {
            return all(Unanswered { code: Some(code.into()), ..unanswered(Silence::Refused, &why) });
        }
        let (region, began) = (&first.place.region, Instant::now());
        let questions: Vec<&PluginQuestion> = group.iter().map(|(_, question)| *question).collect();
        let (id, message) = request(&questions, self.0.read_only);
        let within = Duration::from_secs(question.deadline_seconds);
        let place = place_of(first);
        // Acts wait for nobody. An error would mean that nobody is let in any more, which nobody says.
        let _room = self.0.room.acquire().await;
        let told = self.exchange(&question.program, &place, question.verb.word(), message, within).await;
        let read = match &told {
            Ok(text) => answered(text, &id, &questions),
            Err(run) => Err(Hostile(run.words())),
        };
        let error = read.as_ref().err().map(|wrong| Clean::new(&wrong.0));
        report(evidence, question.api_name(), region, began, error, false);
        match read {
            Ok(read) => {
                read.calls.into_iter().for_each(|call| evidence.report(own(call, &question.program, region)));
                let answers = group.iter().zip(read.answers);
                let told = |answer| Ok(Observation::Local(LocalObservation::Plugin(Box::new(answer))));
                answers.map(|((ask, _), answer)| ((*ask).clone(), told(answer))).collect()
            }
            Err(wrong) => {
                let because = match &told {
                    Err(Run::Late(_)) => Silence::NoAnswer,
                    Err(_) | Ok(_) => Silence::Error,
                };
                all(unanswered(because, &wrong.0))
            }
        }
    }

    async fn act(&self, deed: &PluginDeed, act: &Act, token: &Token, evidence: &Evidence) -> Reply {
        if self.0.read_only {
            return refusal("nothing is changed here");
        }
        if let Some((_, why)) = self.refused(&deed.program) {
            return refusal(&why);
        }
        let (region, began) = (&act.place.region, Instant::now());
        let (id, message) = message::order(deed, &token.0);
        let within = Duration::from_secs(deed.deadline_seconds);
        let told = self.exchange(&deed.program, &place(act), deed.verb(), message, within).await;
        let reply = match &told {
            // What never ran did nothing.
            Err(Run::NotStarted(why)) => Ok((refusal(why), Vec::new())),
            Err(run) => Err(Hostile(run.words())),
            Ok(text) => replied(text, &id),
        };
        // Whatever came that is no answer: it may have been done.
        let (reply, calls) =
            reply.unwrap_or_else(|wrong| (Reply::NoAnswer { message: Clean::new(&wrong.0) }, Vec::new()));
        let error = match &reply {
            Reply::Taken { .. } => None,
            Reply::Refused { message, .. }
            | Reply::NotNow { message, .. }
            | Reply::Expired { message }
            | Reply::NoAnswer { message } => Some(message.clone()),
        };
        report(evidence, deed.api_name(), region, began, error, true);
        calls.into_iter().for_each(|call| evidence.report(own(call, &deed.program, region)));
        reply
    }
}

/// A call as its program tells it: never to be taken for one of ours.
fn own(call: CallMade, program: &Program, region: &Region) -> CallMade {
    let operation = Clean::new(&format!("plugin/{} {}", program.name, call.operation));
    CallMade { operation, region: region.clone(), ..call }
}

fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}

fn refusal(why: &str) -> Reply {
    Reply::Refused { code: Some(PLUGIN_NOT_RUN.into()), message: Clean::new(why) }
}

fn unanswered(because: Silence, why: &str) -> Unanswered {
    Unanswered { because, code: None, message: Clean::new(why) }
}

fn place_of(ask: &Ask) -> Clean {
    Clean::new(&format!("{} {}", ask.place.region, ask.place.account.as_ref().map_or("", AccountName::as_str)))
}

fn place(act: &Act) -> Clean {
    Clean::new(&format!("{} {}", act.place.region, act.place.account.as_ref().map_or("", AccountName::as_str)))
}

fn report(evidence: &Evidence, api: &str, region: &Region, began: Instant, error: Option<Clean>, mutation: bool) {
    evidence.report(CallMade {
        operation: api.into(),
        region: region.clone(),
        attempt: 1,
        latency_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        request_id: None,
        error,
        mutation,
    });
}

/// Looks by way of plug-ins where that is what is asked, and at `inner` otherwise.
pub struct PluggedObserver {
    inner: Arc<dyn Observe>,
    programs: Programs,
}

impl PluggedObserver {
    /// Looks at `inner`, and runs `programs`.
    pub fn new(inner: Arc<dyn Observe>, programs: Programs) -> Self {
        Self { inner, programs }
    }
}

fn is_a_plugins(query: &Query) -> bool {
    matches!(query, Query::Local(LocalQuery::Plugin(_)))
}

#[async_trait]
impl Observe for PluggedObserver {
    async fn observe(&self, asks: &[Ask], evidence: &Evidence) -> Vec<Seen> {
        if !asks.iter().any(|ask| is_a_plugins(&ask.query)) {
            return self.inner.observe(asks, evidence).await;
        }
        let (own, others): (Vec<&Ask>, Vec<&Ask>) = asks.iter().partition(|ask| is_a_plugins(&ask.query));
        let others: Vec<Ask> = others.into_iter().cloned().collect();
        let looking =
            async { if others.is_empty() { Vec::new() } else { self.inner.observe(&others, evidence).await } };
        let (told, seen) = futures::future::join(self.programs.look(own, evidence), looking).await;
        let at = Timestamp::now();
        let told = told.into_iter().map(|(ask, answer)| Seen { ask, at, answer });
        let all: HashMap<Ask, Seen> = seen.into_iter().chain(told).map(|seen| (seen.ask.clone(), seen)).collect();
        let silent =
            |ask: &Ask| Seen { ask: ask.clone(), at, answer: Err(unanswered(Silence::Error, "it was left out")) };
        asks.iter().map(|ask| all.get(ask).cloned().unwrap_or_else(|| silent(ask))).collect()
    }
}

/// Acts by way of plug-ins where that is what is sent, and on `inner` otherwise.
pub struct PluggedActor {
    inner: Arc<dyn Perform>,
    programs: Programs,
}

impl PluggedActor {
    /// Acts on `inner`, and runs `programs`.
    pub fn new(inner: Arc<dyn Perform>, programs: Programs) -> Self {
        Self { inner, programs }
    }
}

#[async_trait]
impl Perform for PluggedActor {
    async fn perform(&self, act: &Act, token: &Token, evidence: &Evidence) -> Reply {
        match &act.operation {
            Operation::Local(LocalOperation::Plugin(deed)) => self.programs.act(deed, act, token, evidence).await,
            _ => self.inner.perform(act, token, evidence).await,
        }
    }

    fn renew(&self, account: Option<&AccountName>) {
        self.inner.renew(account);
    }
}
