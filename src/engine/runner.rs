//! Does one step, or its compensation: observe → precheck → intent → act → verify. The same for every kind; what
//! to look at, what to send and what it means comes from `service`. Decides nothing about the run.

use super::observer::Observer;
use super::pace::Pace;
use crate::cloud::{Clock, Evidence, Perform, Token};
use crate::plan::{Level, Step};
use crate::recovery::objective::seconds_between;
use crate::recovery::{Report, Reported, What};
use crate::service::{Act, Asked, Check, Facts, Operation, Reply, Seen, Silence, Verdict, Work};
use crate::text::Clean;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};

/// How many times an act that provably did not happen is sent again by itself.
const SENDS: u32 = 3;
/// How many seconds a reply to an act is waited for.
const REPLY_SECONDS: f64 = 30.0;
/// How many seconds prechecks may go without an answer before the step is refused.
const CHECK_SECONDS: f64 = 120.0;
/// How many seconds a step without any answer after its act is observed before it is called unknown.
const UNKNOWN_SECONDS: f64 = 120.0;

/// What one step needs to be done.
pub struct Job {
    /// The step.
    pub step: Step,
    /// Its work, or its compensation.
    pub work: Box<dyn Work>,
    /// Whether it is the compensation.
    pub undo: bool,
    /// The attempt it reports for.
    pub attempt: u32,
    /// What is known of an act sent before: by an earlier attempt, or by a session that ended.
    pub asked: Asked,
    /// Its before-image, when something was sent before.
    pub before: serde_json::Value,
    /// When this attempt started.
    pub started_at: Timestamp,
    /// From when on its time runs: when this session took it up.
    pub taken_up_at: Timestamp,
    /// Whether the commander asked for it again after it had come to rest: then a bad state is acted on anew.
    pub again: bool,
    /// How many seconds it may take.
    pub seconds: f64,
    /// How many seconds without any answer end it, for steps beside the path.
    pub silence_seconds: Option<f64>,
    /// How many seconds its act may leave no trace to observe.
    pub settle_seconds: f64,
    /// Makes its acts recognisable.
    pub token: Token,
}

impl Job {
    fn facts<'a>(&'a self, now: Timestamp, seen: &'a [Seen], good_in_a_row: u32) -> Facts<'a> {
        Facts { now, started_at: self.started_at, asked: &self.asked, before: &self.before, seen, good_in_a_row }
    }
}

/// A report on its way to the dispatcher, and who waits until it is durable.
pub struct Told {
    /// What is told.
    pub report: Report,
    /// Answered when it is durable.
    pub durable: Option<oneshot::Sender<()>>,
}

/// The hands of the engine: one for all steps, cheap to clone.
#[derive(Clone)]
pub struct Runner {
    /// Looks.
    pub observer: Observer,
    /// Acts.
    pub performer: Arc<dyn Perform>,
    /// The run's time.
    pub clock: Clock,
    /// How often it looks.
    pub pace: Pace,
    /// Where reports go.
    pub reports: mpsc::UnboundedSender<Told>,
    /// Where evidence goes.
    pub seen: mpsc::UnboundedSender<What>,
    /// Turns true when the session is to end: nothing new is begun.
    pub stopping: watch::Receiver<bool>,
}

/// How a job ended; `None` when the session ended first, and the journal shall say so.
type Rest = Option<Reported>;

impl Runner {
    /// Does `job` and reports how it went.
    pub async fn run(mut self, job: Job) {
        let (step, attempt, undo) = (job.step.id.clone(), job.attempt, job.undo);
        if let Some(what) = self.work(job).await {
            // The dispatcher is gone only when the session has ended: the next one observes again.
            let _ = self.reports.send(Told { report: Report { step, attempt, undo, what }, durable: None });
        }
    }

    async fn work(&mut self, mut job: Job) -> Rest {
        let deadline = later(job.taken_up_at, job.seconds);
        let mut again = job.again;
        let mut sends = 0;
        let mut good_in_a_row = 0;
        let mut silent_since: Option<Timestamp> = None;
        let mut unclear_since: Option<Timestamp> = None;
        let mut told = Clean::default();
        loop {
            let asks = job.work.asks(&job.asked);
            let seen = if asks.is_empty() { Vec::new() } else { self.observer.look(asks, Some(&job.step.id)).await };
            let now = self.clock.now();
            let verdict = job.work.goal(&job.facts(now, &seen, good_in_a_row));
            good_in_a_row = if is_good(&verdict) { good_in_a_row + 1 } else { 0 };
            let silent = matches!(verdict, Verdict::Unknown { .. });
            silent_since = if silent { silent_since.or(Some(now)) } else { None };
            if again && may_be_sent_anew(&job.asked, &verdict) {
                job.asked = Asked::No;
            }
            again = false;
            match next(&job, &verdict, now) {
                Next::Rest(what) => return Some(what),
                Next::Act => match prepare(&job, &job.facts(now, &seen, good_in_a_row)) {
                    Prepared::Refused(what) => return Some(what),
                    Prepared::Look => {}
                    Prepared::Unclear(what) => {
                        let since = *unclear_since.get_or_insert(now);
                        if seconds_between(since, now) >= CHECK_SECONDS {
                            return Some(what);
                        }
                    }
                    Prepared::Send(act, before) => {
                        sends += 1;
                        unclear_since = None;
                        if let Some(rest) = self.act(&mut job, act, before, sends, deadline).await? {
                            return Some(rest);
                        }
                        continue;
                    }
                },
                Next::Wait => {}
            }
            if let Some(rest) = out_of_time(&job, &verdict, now, deadline, silent_since) {
                return Some(rest);
            }
            let note = note(&verdict);
            if note != told {
                told = note.clone();
                self.report(&job, Reported::Progress(note));
            }
            self.wait(&job, now, deadline, &seen).await?;
        }
    }

    /// Sends the act once its intent is durable. `None`: the session ends. `Some(None)`: look what became of it.
    async fn act(
        &mut self,
        job: &mut Job,
        act: Act,
        before: serde_json::Value,
        sends: u32,
        deadline: Timestamp,
    ) -> Option<Option<Reported>> {
        if *self.stopping.borrow() {
            return None;
        }
        let (durable, is_durable) = oneshot::channel();
        let what = Reported::Acting { act: act.clone(), before: before.clone() };
        let report = Report { step: job.step.id.clone(), attempt: job.attempt, undo: job.undo, what };
        self.reports.send(Told { report, durable: Some(durable) }).ok()?;
        is_durable.await.ok()?;
        job.settle_seconds = act.operation.settle_seconds();
        let sent_at = self.clock.now();
        let reply = self.send(job, &act, deadline).await;
        self.report(job, Reported::Acted(reply.clone()));
        if job.before.is_null() {
            job.before = before;
        }
        match reply {
            Reply::Taken { receipt } => {
                job.asked = Asked::Taken { at: self.clock.now(), receipt };
                Some(None)
            }
            Reply::NoAnswer { .. } => {
                job.asked = Asked::Unanswered { at: sent_at };
                Some(if sends >= SENDS { Some(gave_up(&act)) } else { None })
            }
            Reply::NotNow { message } => {
                let note = format!("{} was not taken yet: {message}", act.operation.api_name());
                self.report(job, Reported::Progress(Clean::new(&note)));
                self.pause(self.pace.longest).await?;
                Some(None)
            }
            Reply::Refused { code, message } => Some(Some(refused(&act, code.as_ref(), &message))),
        }
    }

    async fn send(&self, job: &Job, act: &Act, deadline: Timestamp) -> Reply {
        let (evidence, mut calls) = Evidence::channel();
        let left = seconds_between(self.clock.now(), deadline).max(1.0).min(patience(job, act));
        let sending = self.performer.perform(act, &job.token, &evidence);
        let reply = tokio::time::timeout(self.clock.real(left), sending).await;
        drop(evidence);
        while let Ok(call) = calls.try_recv() {
            let _ = self.seen.send(What::Call { step: Some(job.step.id.clone()), call });
        }
        reply.unwrap_or_else(|_| Reply::NoAnswer { message: Clean::new(&format!("no reply within {left:.0} s")) })
    }

    async fn wait(&mut self, job: &Job, now: Timestamp, deadline: Timestamp, seen: &[Seen]) -> Option<()> {
        let run = seconds_between(job.started_at, now);
        let left = seconds_between(now, deadline);
        let throttled =
            seen.iter().any(|seen| matches!(&seen.answer, Err(unanswered) if unanswered.because == Silence::Throttled));
        let wait = self.pace.wait(now, job.step.expected_seconds, run, throttled).min(left.max(0.05));
        self.pause(wait).await
    }

    /// Waits so many seconds of the run's time; `None` when the session ends meanwhile.
    async fn pause(&mut self, seconds: f64) -> Option<()> {
        let pause = self.clock.real(seconds);
        tokio::select! {
            () = tokio::time::sleep(pause) => Some(()),
            _ = self.stopping.wait_for(|stopping| *stopping) => None,
        }
    }

    fn report(&self, job: &Job, what: Reported) {
        let report = Report { step: job.step.id.clone(), attempt: job.attempt, undo: job.undo, what };
        let _ = self.reports.send(Told { report, durable: None });
    }
}

/// How many seconds a reply to `act` is waited for.
fn patience(job: &Job, act: &Act) -> f64 {
    match &act.operation {
        Operation::Run(invocation) => invocation.within_seconds as f64 + 5.0,
        _ => job.silence_seconds.unwrap_or(REPLY_SECONDS),
    }
}

/// Whether an act is sent anew when the commander asks for its step again. One whose fate is unknown is not, but
/// for a command: nothing but the commander can tell what became of it, and asking again is the answer.
fn may_be_sent_anew(asked: &Asked, verdict: &Verdict) -> bool {
    match (asked, verdict) {
        (Asked::Taken { .. }, Verdict::Bad { .. } | Verdict::Untouched { .. }) => true,
        (Asked::Unanswered { .. }, Verdict::Unknown { why }) => why.starts_with("the command was started"),
        _ => false,
    }
}

/// What to do about a verdict.
enum Next {
    Rest(Reported),
    Act,
    Wait,
}

fn next(job: &Job, verdict: &Verdict, now: Timestamp) -> Next {
    match verdict {
        Verdict::Holds { evidence, outputs } => Next::Rest(Reported::Succeeded {
            already_done: job.step.acts && job.asked == Asked::No,
            evidence: evidence.clone(),
            outputs: outputs.clone(),
        }),
        Verdict::Bad { reason, help } if job.asked != Asked::No || !job.step.acts => {
            Next::Rest(Reported::Failed { reason: reason.clone(), help: help.clone(), checks: Vec::new() })
        }
        Verdict::Bad { .. } => Next::Act,
        Verdict::Unknown { .. } => Next::Wait,
        Verdict::Moving { .. } => {
            if job.asked == Asked::No {
                Next::Act
            } else {
                Next::Wait
            }
        }
        Verdict::Untouched { .. } => match &job.asked {
            Asked::No => Next::Act,
            Asked::Taken { .. } => Next::Wait,
            // Once it has had the time to show and has not, it provably did not happen.
            Asked::Unanswered { at } if now >= later(*at, job.settle_seconds) => Next::Act,
            Asked::Unanswered { .. } => Next::Wait,
        },
    }
}

enum Prepared {
    Refused(Reported),
    /// A precheck has no answer. No answer is not a bad answer: it is given time.
    Unclear(Reported),
    /// Nothing is to be sent, or not yet: look again.
    Look,
    Send(Act, serde_json::Value),
}

fn prepare(job: &Job, facts: &Facts<'_>) -> Prepared {
    if !job.step.acts {
        return Prepared::Look;
    }
    let checks = job.work.prechecks(facts);
    let failing = checks.iter().find(|check| check.level == Level::Failing);
    let unknown = checks.iter().find(|check| check.level == Level::Unknown);
    if let Some(first) = failing {
        return Prepared::Refused(refused_by(first, &checks));
    }
    if let Some(first) = unknown {
        return Prepared::Unclear(refused_by(first, &checks));
    }
    match job.work.act(facts) {
        Some(act) => Prepared::Send(act, job.work.before_image(facts)),
        None => Prepared::Look,
    }
}

fn refused_by(first: &Check, checks: &[Check]) -> Reported {
    let reason = format!("precheck {}: found {}, wanted {}", first.code, first.found, first.wanted);
    Reported::Failed { reason: Clean::new(&reason), help: first.fix.clone(), checks: checks.to_vec() }
}

fn refused(act: &Act, code: Option<&Clean>, message: &Clean) -> Reported {
    let name = act.operation.api_name();
    let code = code.map_or_else(String::new, |code| format!("{code}: "));
    Reported::Failed {
        reason: Clean::new(&format!("{name} was refused in {}: {code}{message}", act.place.region)),
        help: Clean::new("nothing was changed; clear what the cloud names, then retry"),
        checks: Vec::new(),
    }
}

fn gave_up(act: &Act) -> Reported {
    let name = act.operation.api_name();
    Reported::Unknown(Clean::new(&format!("{name} was sent {SENDS} times without an answer")))
}

fn out_of_time(
    job: &Job,
    verdict: &Verdict,
    now: Timestamp,
    deadline: Timestamp,
    silent_since: Option<Timestamp>,
) -> Rest {
    let sent_without_reply = matches!(job.asked, Asked::Unanswered { .. });
    if let (Verdict::Unknown { why }, Some(since), true) = (verdict, silent_since, sent_without_reply)
        && (now >= later(since, UNKNOWN_SECONDS) || now >= deadline)
    {
        return Some(Reported::Unknown(why.clone()));
    }
    let silent_for = silent_since.map_or(0.0, |since| seconds_between(since, now));
    if now < deadline && job.silence_seconds.is_none_or(|most| silent_for < most) {
        return None;
    }
    let region = &job.step.region;
    if let (Verdict::Unknown { why }, Some(most)) = (verdict, job.silence_seconds)
        && silent_for >= most
    {
        return Some(Reported::Silent(Clean::new(&format!("{region} did not answer within {most:.0} s: {why}"))));
    }
    let seconds = job.seconds;
    let reason = match verdict {
        Verdict::Unknown { why } => format!("{region} did not answer within {seconds:.0} s: {why}"),
        Verdict::Holds { .. } | Verdict::Moving { .. } | Verdict::Untouched { .. } | Verdict::Bad { .. } => {
            format!("not verified within {seconds:.0} s: {}", note(verdict))
        }
    };
    Some(Reported::Failed {
        reason: Clean::new(&reason),
        help: Clean::new(
            "look at it in the cloud: if it still moves, retry waits for it again; raise `timeout` in the plan when it is known to take longer",
        ),
        checks: Vec::new(),
    })
}

fn is_good(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Moving { good: true, .. })
}

fn note(verdict: &Verdict) -> Clean {
    match verdict {
        Verdict::Holds { evidence, .. } => evidence.clone(),
        Verdict::Moving { note, .. } | Verdict::Untouched { note } => note.clone(),
        Verdict::Bad { reason, .. } => reason.clone(),
        Verdict::Unknown { why } => Clean::new(&format!("not told: {why}")),
    }
}

fn later(from: Timestamp, seconds: f64) -> Timestamp {
    let by = SignedDuration::try_from_secs_f64(seconds).unwrap_or(SignedDuration::MAX);
    from.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// A step whose work cannot even be made: a `${…}` that nothing gives, a kind this program does not know.
pub fn impossible(reason: &str, help: &str) -> Box<Reported> {
    Box::new(Reported::Failed { reason: Clean::new(reason), help: Clean::new(help), checks: Vec::new() })
}
