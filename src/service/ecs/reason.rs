//! Why tasks do not come to run, in ECS's own words: its service events, the task that stopped last, its rollout.
//!
//! ECS leaves out an event that repeats an earlier one until its cause is gone, or for six hours ("Service event
//! messages", ECS Developer Guide): so an event from before anything was asked may be the very reason, as long as no
//! steady state has come after it.

use crate::service::observation::{EcsService, ServiceEvent};
use crate::service::work::Facts;
use jiff::Timestamp;

/// How long an event stands for its cause, in seconds.
const EVENT_SECONDS: f64 = 6.0 * 3600.0 + 600.0;
/// How far the cloud's clock may be behind ours, in seconds.
const SKEW_SECONDS: f64 = 60.0;
/// How many seconds after the act a reason that does not pass by itself is waited out.
const PATIENCE_SECONDS: f64 = 120.0;
const STEADY: &str = "has reached a steady state";

/// What an event begins with when all goes well. An event that begins otherwise says what does not.
const PROGRESS: &[&str] = &[
    STEADY,
    "has started ",
    "has stopped ",
    "has begun draining",
    "has updated ",
    "registered ",
    "deregistered ",
    "deployment completed",
    "deployment in progress",
    "is AZ balanced",
    "is not AZ balanced",
];

/// What words of the cloud mean, and what helps. The first that is in them counts.
const MEANINGS: &[(&str, Passes, &str)] = &[
    (
        "reached the limit",
        Passes::NotByItself,
        "ask for a higher quota in that region (Service Quotas), stop what is not needed there, or lower `desired`; then retry",
    ),
    (
        "above your limit",
        Passes::NotByItself,
        "ask for a higher quota in that region (Service Quotas), or give the task less cpu and memory; then retry",
    ),
    ("unable to assume", Passes::NotByItself, "let ECS assume the role that it names; then retry"),
    ("does not exist", Passes::NotByItself, "make what it names in that region, or name another; then retry"),
    (
        "Capacity is unavailable",
        Passes::Perhaps,
        "the region is short of it now: another zone, size or capacity provider may have it; a retry waits again",
    ),
    (
        "no container instance",
        Passes::Perhaps,
        "give the cluster instances that fit the task, or a capacity provider; a retry waits again",
    ),
    (
        "No Container Instances",
        Passes::Perhaps,
        "give the cluster instances that fit the task, or a capacity provider; a retry waits again",
    ),
    (
        "InsufficientFreeAddresses",
        Passes::Perhaps,
        "the subnets have no free address left: give the service larger ones, or more of them; then retry",
    ),
    ("CannotPullContainer", Passes::Perhaps, "see that the image is in a registry of that region; then retry"),
    (
        "ResourceInitializationError",
        Passes::Perhaps,
        "see that secrets, logs and the registry can be reached from its subnets, and that its execution role may; then retry",
    ),
    ("being throttled", Passes::Perhaps, "ECS is throttled and tries again by itself"),
    ("unhealthy in", Passes::Perhaps, "see what the health check asks and what the container answers; then retry"),
];

const HELP: &str = "look at the container's log and its new values; mend them and retry, or roll back";

/// Whether a cause goes away while nobody does anything.
#[derive(Clone, Copy, PartialEq)]
enum Passes {
    Perhaps,
    NotByItself,
}

/// Why tasks do not come to run.
pub(super) struct Reason {
    /// In the cloud's own words, the most telling first.
    pub words: String,
    /// What helps.
    pub help: &'static str,
    passes: Passes,
}

impl Reason {
    /// Whether nothing but a person ends it: it has stood for a while since the act, and is of that sort.
    pub fn is_final(&self, facts: &Facts<'_>) -> bool {
        self.passes == Passes::NotByItself
            && facts.asked.since().is_some_and(|since| seconds(since, facts.now) >= PATIENCE_SECONDS)
    }
}

/// What ECS says of why `service` is not as it should be; `None` while it says nothing but that it goes on.
pub(super) fn reason(service: &EcsService, facts: &Facts<'_>) -> Option<Reason> {
    let since = facts.asked.since().unwrap_or(facts.started_at);
    let events: Vec<&ServiceEvent> = unresolved(service, facts.now).collect();
    let (why, that): (Vec<&ServiceEvent>, Vec<&ServiceEvent>) =
        events.into_iter().partition(|event| says_why(&event.message));
    let mut said: Vec<String> = Vec::new();
    said.extend(why.first().map(|event| in_short(event, since)));
    said.extend(stopped(service, since));
    said.extend(that.first().map(|event| in_short(event, since)));
    let failed = service.deployments.iter().find(|deployment| deployment.rollout.as_deref() == Some("FAILED"));
    said.extend(failed.and_then(|failed| failed.reason.as_ref()).map(ToString::to_string));
    said.dedup();
    if said.is_empty() {
        return None;
    }
    let words = said.join("; ");
    let meaning = MEANINGS.iter().find(|(part, ..)| words.contains(part));
    let (passes, help) = meaning.map_or((Passes::Perhaps, HELP), |(_, passes, help)| (*passes, *help));
    Some(Reason { words, help, passes })
}

/// The reason first, where there is one, then what was found.
pub(super) fn with_reason(found: impl AsRef<str>, service: &EcsService, facts: &Facts<'_>) -> (String, &'static str) {
    match reason(service, facts) {
        Some(reason) => (format!("{}; {}", reason.words, found.as_ref()), reason.help),
        None => (found.as_ref().to_owned(), HELP),
    }
}

/// The events that say that something is wrong and that nothing has come right since, newest first.
fn unresolved(service: &EcsService, now: Timestamp) -> impl Iterator<Item = &ServiceEvent> {
    service
        .events
        .iter()
        .take_while(|event| !event.message.contains(STEADY))
        .filter(move |event| event.at.is_none_or(|at| seconds(at, now) < EVENT_SECONDS))
        .filter(|event| !PROGRESS.iter().any(|progress| bare(&event.message).starts_with(progress)))
}

/// Whether an event gives a cause, not only that there is one.
fn says_why(message: &str) -> bool {
    message.contains("unable to place") || message.contains("eason: ") || message.contains("failed to ")
}

/// The message without whom it is about: `(service api) (task …) `.
fn bare(message: &str) -> &str {
    let mut rest = message;
    while let Some((_, after)) = rest.strip_prefix('(').and_then(|inner| inner.split_once(") ")) {
        rest = after;
    }
    rest
}

/// The message without whom it is about and without what to read; with its age, when it is from before `since`.
fn in_short(event: &ServiceEvent, since: Timestamp) -> String {
    let message = bare(&event.message);
    let message = message.split(" For more information").next().unwrap_or(message).trim_end();
    match event.at.filter(|at| seconds(*at, since) > SKEW_SECONDS) {
        Some(at) => format!("{message} (since {at:.0})"),
        None => message.to_owned(),
    }
}

/// Why a task stopped last: of one of the deployments that there are, or since something was asked.
fn stopped(service: &EcsService, since: Timestamp) -> Option<String> {
    let task = service.stopped.as_ref()?;
    let is_recent = task.at.is_none_or(|at| seconds(since, at) > -SKEW_SECONDS);
    let is_of_these = task
        .deployment
        .as_ref()
        .is_some_and(|id| service.deployments.iter().any(|deployment| &deployment.id == id && !id.is_empty()));
    (is_recent || is_of_these).then(|| task.reason.to_string())
}

/// Seconds from `from` to `to`.
fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}
