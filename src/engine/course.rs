//! How far one step has come: what the runner remembers of it from look to look. Pure.

use super::jobs::Job;
use super::looked::Looked;
use crate::recovery::objective::seconds_between;
use crate::service::{Act, Asked, Facts, Verdict, home};
use crate::text::Clean;
use jiff::{SignedDuration, Timestamp};

/// How many seconds a look is given at least, however little of a silence is left.
const LEAST_LOOK_SECONDS: f64 = 1.0;
/// How many seconds "too often" may take from a step on top of its own time. Being throttled is no failure; for ever it is.
const SLOWED_SECONDS: f64 = 900.0;

/// How far a job has come: what is remembered from look to look.
#[derive(Debug)]
pub(super) struct Course {
    /// When its time is up.
    pub(super) deadline: Timestamp,
    /// How many acts this job has sent.
    pub(super) sends: u32,
    /// How often in a row a look has been good.
    pub(super) good_in_a_row: u32,
    /// Since when each has been, without a time in which none was made.
    pub(super) good_since: Option<Timestamp>,
    /// Since when a step beside the path meets nothing but silence: the beginning of the first look without any answer.
    pub(super) silent_since: Option<Timestamp>,
    /// Since when it cannot be told whether the goal holds.
    pub(super) unknown_since: Option<Timestamp>,
    /// Since when looks are refused.
    pub(super) refused_since: Option<Timestamp>,
    /// Since when prechecks are untold.
    pub(super) unclear_since: Option<Timestamp>,
    /// How many seconds were added for being throttled, and how many may be.
    pub(super) slowed: f64,
    pub(super) may_be_slowed: f64,
    /// What was known of the step's acts when the job began.
    pub(super) earlier: Asked,
    /// An act that was refused, until a look agrees.
    pub(super) refused: Option<RefusedAct>,
    /// What was said to the last act that was not taken: it leads the sentence when the time is up.
    pub(super) not_taken: Option<Clean>,
}

/// An act that the cloud refused.
#[derive(Clone, Debug)]
pub(super) struct RefusedAct {
    /// `rds.PromoteReadReplica was refused by RDS in us-west-2: InvalidDBInstanceState: …`.
    pub(super) words: Clean,
    /// When.
    pub(super) at: Timestamp,
    /// What was seen before it was sent.
    pub(super) before: Verdict,
}

impl Course {
    pub(super) fn new(job: &Job) -> Self {
        Self {
            deadline: later(job.taken_up_at, job.seconds),
            sends: 0,
            good_in_a_row: 0,
            good_since: None,
            silent_since: None,
            unknown_since: None,
            refused_since: None,
            unclear_since: None,
            slowed: 0.0,
            // A step beside the path has its time and no more: what waits for it must go on.
            may_be_slowed: if job.silence_seconds.is_some() { 0.0 } else { SLOWED_SECONDS.max(job.seconds) },
            earlier: job.asked.clone(),
            refused: None,
            not_taken: None,
        }
    }

    /// Takes in a look and what the work made of it.
    pub(super) fn learn(&mut self, job: &Job, looked: &Looked, verdict: &Verdict, now: Timestamp) {
        let is_silent = job.silence_seconds.is_some() && !looked.heard();
        self.silent_since = is_silent.then(|| self.silent_since.unwrap_or(looked.began));
        let unknown = matches!(verdict, Verdict::Unknown { .. });
        self.unknown_since = unknown.then(|| self.unknown_since.unwrap_or(now));
        self.refused_since = looked.refusal().map(|_| self.refused_since.unwrap_or(now));
        self.good_in_a_row = if is_good(verdict) { self.good_in_a_row + 1 } else { 0 };
        self.good_since = is_good(verdict).then(|| self.good_since.unwrap_or(now));
    }

    /// The cloud was not asked from `since` to `now`, or asked for nothing but patience: none of it counts.
    pub(super) fn pause(&mut self, since: Timestamp, now: Timestamp) {
        let seconds = seconds_between(since, now);
        self.deadline = later(self.deadline, seconds);
        self.silent_since = None;
        self.unknown_since = None;
        self.refused_since = None;
        self.unclear_since = None;
        self.good_since = None;
    }

    /// The cloud said only "too often" from `since` to `now`: it counts only once that has gone on for long.
    pub(super) fn slow_down(&mut self, since: Timestamp, now: Timestamp) {
        let seconds = seconds_between(since, now).min(self.may_be_slowed - self.slowed).max(0.0);
        self.slowed += seconds;
        self.deadline = later(self.deadline, seconds);
        self.unclear_since = None;
        self.unknown_since = None;
    }

    /// An act was refused that was seen to stand `before` so.
    pub(super) fn refuse(&mut self, act: &Act, said: &str, at: Timestamp, before: Verdict) {
        let words = format!("{} was refused by {}: {said}", act.operation.api_name(), home::home_of_act(act));
        self.refused = Some(RefusedAct { words: Clean::new(&words), at, before });
    }

    /// How many seconds of silence are left at `now` to a step beside the path; nothing for others.
    pub(super) fn silence_left(&self, job: &Job, now: Timestamp) -> Option<f64> {
        let silent_for = self.silent_since.map_or(0.0, |since| seconds_between(since, now));
        job.silence_seconds.map(|most| (most - silent_for).max(LEAST_LOOK_SECONDS))
    }

    /// Whether a look must follow soon on the one that was `looked`: a refusal is looked at again within seconds, not at
    /// the pace of the step, and a silence is listened to as often as it can be before it makes a debt.
    pub(super) fn is_pressing(&self, looked: &Looked) -> bool {
        let is_untold = self.unknown_since.is_some() || self.unclear_since.is_some();
        self.refused.is_some() || self.silent_since.is_some() || (is_untold && looked.refusal().is_some())
    }
}

fn is_good(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Moving { good: true, .. })
}

/// `seconds` after `from`.
pub(super) fn later(from: Timestamp, seconds: f64) -> Timestamp {
    let by = SignedDuration::try_from_secs_f64(seconds).unwrap_or(SignedDuration::MAX);
    from.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// A look's facts.
pub(super) fn facts<'a>(job: &'a Job, course: &Course, looked: &'a Looked, now: Timestamp) -> Facts<'a> {
    Facts {
        now,
        started_at: job.started_at,
        asked: &job.asked,
        sent: job.sent.as_ref(),
        before: &job.before,
        seen: &looked.seen,
        good_in_a_row: course.good_in_a_row,
        good_since: course.good_since,
    }
}
