//! Does one step, or its compensation: observe → precheck → intent → act → verify. The same for every kind; what
//! to look at, what to send and what it means comes from `service`, what follows from it from `judge`. Decides nothing
//! about the run.

use super::course::{self, Course};
use super::hearing::{Reports, Witness};
use super::jobs::{Job, Sort};
use super::judge::{self, Checked, Next, note};
use super::looked::Looked;
use super::moment::Moment;
use super::observer::Observer;
use super::pace::Pace;
use crate::cloud::{Clock, Evidence, Perform};
use crate::plan::AccountName;
use crate::recovery::objective::seconds_between;
use crate::recovery::words;
use crate::recovery::{Report, Reported, What};
use crate::service::{Act, Ask, Asked, Query, Reply, Seen, StsQuery, Verdict};
use crate::text::Clean;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// How many seconds a reply to an act is waited for, though the step's time is up before: an act that was given up sooner
/// may still be on its way when it looks as if it had left no trace, and would be sent a second time.
const REPLY_SECONDS: f64 = 30.0;
/// How many seconds are waited for what prechecks want to know beside what the goal is judged by.
const FURTHER_SECONDS: f64 = 5.0;
/// How old an intent may be when its act leaves. Older ones are written anew: whoever took the run over meanwhile counts
/// on nothing leaving later.
const FRESH: Duration = Duration::from_secs(2);

/// A report on its way to the dispatcher, and who waits until it is durable.
pub struct Told {
    /// What is told.
    pub report: Report,
    /// Answered when it is durable, with the moment it was.
    pub durable: Option<oneshot::Sender<Moment>>,
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
    pub reports: Reports,
    /// Where evidence goes.
    pub seen: Witness,
    /// Turns true when the session is to end: nothing new is begun.
    pub stopping: watch::Receiver<bool>,
    /// Turns true when the hold that a resumed run opens under is lifted: nothing is sent before.
    pub lifted: watch::Receiver<bool>,
    /// Whether the run goes back: steps on the way forward only come to rest.
    pub going_back: watch::Receiver<bool>,
}

/// How a job ended; `None` when the session ended first, and the journal shall say so.
type Rest = Option<Reported>;

/// What waiting came to; `None` when the session ends.
type Waited = Option<()>;

/// Something to be sent, or how the job ended without.
enum Prepared {
    Rest(Reported),
    /// Nothing is to be sent, or not yet: look again.
    Look,
    Send(Act, serde_json::Value),
}

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
        let mut course = Course::new(&job);
        let mut again = job.again;
        let mut told = Clean::default();
        if job.orphaned {
            let message = "the session that sent it ended before a reply came".into();
            self.report(&job, Reported::Acted(Reply::NoAnswer { message }));
        }
        loop {
            if let Some(left) = self.goes_back(&job).then(|| course.left(&job, None)).flatten() {
                return Some(left);
            }
            let asks = job.work.asks(&job.asked);
            if self.wait_for_credentials(&job, &asks, &mut course, &mut told).await? {
                continue;
            }
            let began = self.clock.now();
            let seen = self.look(&job, asks, course.silence_left(&job, began)).await;
            let looked = Looked { began, seen, region: job.step.region.clone() };
            if looked.expired().is_some() {
                continue;
            }
            let now = self.clock.now();
            let verdict = job.work.goal(&course::facts(&job, &course, &looked, now));
            course.learn(&job, &looked, &verdict, now);
            if again && judge::may_be_sent_anew(&job, &verdict) {
                (job.asked, again) = (Asked::No, false);
                continue;
            }
            // A program that may still run is waited for first.
            again &= matches!(verdict, Verdict::Moving { .. }) && !job.sort.is_sent_again;
            let holds = matches!(verdict, Verdict::Holds { .. });
            if let (false, true) = (holds, self.goes_back(&job))
                && let Some(left) = course.left(&job, Some((&looked, &verdict)))
            {
                return Some(left);
            }
            match course.next(&job, &looked, &verdict, now) {
                Next::Rest(what) => return Some(what),
                Next::Act if self.goes_back(&job) => {}
                Next::Act if !*self.lifted.borrow() => {
                    let held = format!("held, nothing is sent before that is lifted: {}", note(&verdict));
                    self.progress(&job, &mut told, Clean::new(&held));
                    self.wait(&job, &course, &looked, now).await?;
                    course.pause(began, self.clock.now());
                    continue;
                }
                Next::Act => {
                    let further = self.look_further(&job, &course, &looked, now).await;
                    if further.expired().is_some() {
                        continue;
                    }
                    match prepare(&job, &mut course, &further, now) {
                        Prepared::Rest(what) => return Some(what),
                        Prepared::Look => {}
                        Prepared::Send(act, before) => {
                            self.act(&mut job, &mut course, act, before, verdict).await?;
                            continue;
                        }
                    }
                }
                Next::Wait => {}
            }
            if let Some(rest) = course.over(&job, &looked, &verdict, now) {
                return Some(rest);
            }
            self.progress(&job, &mut told, note(&verdict));
            self.wait(&job, &course, &looked, now).await?;
            if looked.throttled() && matches!(verdict, Verdict::Unknown { .. }) {
                course.slow_down(began, self.clock.now());
            }
        }
    }

    async fn look(&self, job: &Job, asks: Vec<Ask>, silence_left: Option<f64>) -> Vec<Seen> {
        match silence_left {
            _ if asks.is_empty() => Vec::new(),
            // The last look of a silence ends with it.
            Some(seconds) => self.observer.look_within(asks, Some(&job.step.id), seconds).await,
            None => self.observer.look(asks, Some(&job.step.id)).await,
        }
    }

    /// The look with what else the prechecks want to know. It is not waited for long: what is asked here adds to what is
    /// known already. What is sent again is checked as what is sent at first, though a look behind an act may ask for less.
    async fn look_further(&self, job: &Job, course: &Course, looked: &Looked, now: Timestamp) -> Looked {
        let mut further = looked.clone();
        if job.asked != Asked::No {
            let mut asks = job.work.asks(&Asked::No);
            asks.retain(|ask| further.seen.iter().all(|seen| seen.ask != *ask));
            self.add(job, &mut further, asks).await;
        }
        let asks = job.work.further(&course::facts(job, course, &further, now));
        self.add(job, &mut further, asks).await;
        further
    }

    async fn add(&self, job: &Job, looked: &mut Looked, asks: Vec<Ask>) {
        if !asks.is_empty() {
            looked.seen.extend(self.observer.look_within(asks, Some(&job.step.id), FURTHER_SECONDS).await);
        }
    }

    /// Waits while the credentials that `asks` are asked with have expired; whether it did. None of that time counts.
    async fn wait_for_credentials(
        &mut self,
        job: &Job,
        asks: &[Ask],
        course: &mut Course,
        told: &mut Clean,
    ) -> Option<bool> {
        let accounts: Vec<Option<AccountName>> = asks.iter().map(|ask| ask.place.account.clone()).collect();
        let Some(why) = self.observer.credentials().why(&accounts) else { return Some(false) };
        self.progress(job, told, Clean::new(&format!("waits: {why}")));
        let since = self.clock.now();
        let credentials = self.observer.credentials().clone();
        let turns_back = !job.undo && !*self.going_back.borrow();
        tokio::select! {
            () = credentials.work(&accounts) => {}
            _ = self.stopping.wait_for(|stopping| *stopping) => return None,
            _ = self.going_back.wait_for(|going_back| *going_back), if turns_back => {}
        }
        accounts.iter().for_each(|account| self.performer.renew(account.as_ref()));
        course.pause(since, self.clock.now());
        Some(true)
    }

    /// Sends the act once its intent is durable; `job` and `course` then say what is known of it. `None`: the session ends.
    async fn act(
        &mut self,
        job: &mut Job,
        course: &mut Course,
        act: Act,
        before: serde_json::Value,
        stood: Verdict,
    ) -> Waited {
        loop {
            let age = self.intend(job, &act, &before).await?.age();
            let why_not = if self.goes_back(job) {
                "not sent: the run goes back".to_owned()
            } else if age > FRESH {
                format!("not sent: its intent was {} old", words::age(age.as_secs_f64()))
            } else {
                break;
            };
            self.report(job, Reported::Acted(Reply::NotNow { message: Clean::new(&why_not), throttled: false }));
            if self.goes_back(job) {
                return Some(());
            }
        }
        job.sort = Sort::of(&act.operation);
        let began = self.clock.now();
        let reply = self.send(job, &act).await;
        let now = self.clock.now();
        self.report(job, Reported::Acted(reply.clone()));
        if job.before.is_null() {
            job.before = before;
        }
        let name = act.operation.api_name();
        match reply {
            Reply::Taken { receipt } => {
                course.sends += 1;
                course.not_taken = None;
                (job.asked, job.sent) = (Asked::Taken { at: now, receipt }, Some(act));
            }
            Reply::NoAnswer { .. } => {
                course.sends += 1;
                course.not_taken = None;
                // What it may have begun began at the latest now, that it was given up.
                (job.asked, job.sent) = (Asked::Unanswered { at: now }, Some(act));
            }
            Reply::NotNow { message, throttled } => {
                let said = Clean::new(&format!("{name} was not taken yet: {message}"));
                self.report(job, Reported::Progress(said.clone()));
                if job.asked == Asked::No {
                    course.not_taken = Some(said);
                }
                self.pause(job, self.pace.longest).await?;
                if throttled {
                    course.slow_down(began, self.clock.now());
                }
            }
            Reply::Expired { message } => {
                let identity = Ask { place: act.place.clone(), query: Query::Sts(StsQuery::Identity) };
                self.observer.credentials().expired(identity, began, &message, &self.observer);
                // A step that looks at nothing there waits here for what it acts with.
                let accounts = [act.place.account.clone()];
                tokio::select! {
                    () = self.observer.credentials().work(&accounts) => {}
                    _ = self.stopping.wait_for(|stopping| *stopping) => return None,
                }
                self.performer.renew(act.place.account.as_ref());
                course.pause(began, self.clock.now());
            }
            Reply::Refused { code, message } => {
                course.sends += 1;
                let code = code.map_or_else(String::new, |code| format!("{code}: "));
                let said = format!("{code}{message}");
                if matches!(job.asked, Asked::Unanswered { .. }) {
                    // It may be refused for what the one without an answer began.
                    course.not_taken = Some(Clean::new(&said));
                    job.asked = Asked::Unanswered { at: now };
                } else {
                    course.refuse(&act, &said, now, stood);
                }
            }
        }
        Some(())
    }

    /// Makes the intent durable; the moment it was.
    async fn intend(&mut self, job: &Job, act: &Act, before: &serde_json::Value) -> Option<Moment> {
        if *self.stopping.borrow() {
            return None;
        }
        let (durable, is_durable) = oneshot::channel();
        let what = Reported::Acting { act: act.clone(), before: before.clone() };
        let report = Report { step: job.step.id.clone(), attempt: job.attempt, undo: job.undo, what };
        self.reports.send(Told { report, durable: Some(durable) }).ok()?;
        is_durable.await.ok()
    }

    async fn send(&self, job: &Job, act: &Act) -> Reply {
        let (evidence, mut calls) = Evidence::channel();
        let patience = judge::patience(act, job.silence_seconds.unwrap_or(REPLY_SECONDS));
        let sending = self.performer.perform(act, &job.token, &evidence);
        let reply = self.clock.within(patience, sending).await;
        drop(evidence);
        while let Ok(call) = calls.try_recv() {
            let _ = self.seen.send(What::Call { step: Some(job.step.id.clone()), call });
        }
        reply.unwrap_or_else(|| {
            let within = words::objective(patience.round());
            Reply::NoAnswer { message: Clean::new(&format!("no reply within {within}")) }
        })
    }

    async fn wait(&mut self, job: &Job, course: &Course, looked: &Looked, now: Timestamp) -> Waited {
        let run = seconds_between(job.started_at, now);
        let left = seconds_between(now, course.deadline);
        let wait = match course.is_pressing(looked) {
            true => self.pace.shortest,
            false => self.pace.wait(now, job.step.expected_seconds, run, looked.throttled()),
        };
        self.pause(job, wait.min(left.max(0.05))).await
    }

    /// Waits so many seconds of the run's time, or until the hold is lifted or the run turns back.
    async fn pause(&mut self, job: &Job, seconds: f64) -> Waited {
        let turns_back = !job.undo && !*self.going_back.borrow();
        let is_held = !*self.lifted.borrow();
        tokio::select! {
            () = self.clock.sleep(seconds) => Some(()),
            _ = self.stopping.wait_for(|stopping| *stopping) => None,
            _ = self.going_back.wait_for(|going_back| *going_back), if turns_back => Some(()),
            _ = self.lifted.wait_for(|lifted| *lifted), if is_held => Some(()),
        }
    }

    fn goes_back(&self, job: &Job) -> bool {
        !job.undo && *self.going_back.borrow()
    }

    fn progress(&self, job: &Job, told: &mut Clean, note: Clean) {
        if note != *told {
            told.clone_from(&note);
            self.report(job, Reported::Progress(note));
        }
    }

    fn report(&self, job: &Job, what: Reported) {
        let report = Report { step: job.step.id.clone(), attempt: job.attempt, undo: job.undo, what };
        let _ = self.reports.send(Told { report, durable: None });
    }
}

fn prepare(job: &Job, course: &mut Course, looked: &Looked, now: Timestamp) -> Prepared {
    if !job.step.acts {
        return Prepared::Look;
    }
    let checks = job.work.prechecks(&course::facts(job, course, looked, now));
    match course.checked(job, &checks, looked, now) {
        Checked::Good => {}
        // What was sent and has no answer may be what a check now finds.
        Checked::Refused(_) if matches!(job.asked, Asked::Unanswered { .. }) => return Prepared::Look,
        Checked::Refused(what) => return Prepared::Rest(what),
        Checked::Untold => return Prepared::Look,
    }
    let facts = course::facts(job, course, looked, now);
    match job.work.act(&facts) {
        Some(act) => Prepared::Send(act, job.work.before_image(&facts)),
        None => Prepared::Look,
    }
}
