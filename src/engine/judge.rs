//! What follows for one step from what was seen: it rests, it acts, it waits. Pure: the runner does it.
//!
//! Four words are never mixed here. *It said no*: a refusal, of an act or of a look. *It said not yet*: too many requests,
//! something under way. *It did not answer*: silence. *We do not know*: an act without an answer, until it shows.

use super::course::{Course, RefusedAct, later};
use super::jobs::Job;
use super::looked::Looked;
use crate::plan::{Level, Undo};
use crate::recovery::Reported;
use crate::recovery::objective::seconds_between;
use crate::recovery::words::objective;
use crate::service::{Act, Asked, Check, Verdict};
use crate::text::Clean;
use jiff::Timestamp;

/// How many times an act that provably left no trace is sent by itself, the first time included.
const SENDS: u32 = 3;
/// For how many seconds an API refuses a look before that is its last word: a refusal may be of one moment.
const REFUSED_SECONDS: f64 = 3.0;
/// How many seconds prechecks may go untold before the step is refused.
const CHECK_SECONDS: f64 = 120.0;
/// How many seconds a step without any answer after its act is looked at before it is called unknown.
const UNKNOWN_SECONDS: f64 = 120.0;
/// How many seconds a refused act is looked at for an answer that agrees.
const AGREE_SECONDS: f64 = 20.0;

/// What to do about a look.
#[derive(Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one at a time, looked at where it is made")]
pub(super) enum Next {
    /// It comes to rest.
    Rest(Reported),
    /// Something is to be sent.
    Act,
    /// It is looked at again.
    Wait,
}

impl Course {
    /// What is to be done for `job`, whose look was `looked` and made `verdict`.
    pub(super) fn next(&self, job: &Job, looked: &Looked, verdict: &Verdict, now: Timestamp) -> Next {
        if let Verdict::Holds { evidence, outputs } = verdict {
            return Next::Rest(Reported::Succeeded {
                already_done: job.step.acts && job.asked == Asked::No,
                evidence: evidence.clone(),
                outputs: outputs.clone(),
            });
        }
        if let Some(refused) = &self.refused {
            return refused.agrees_with(verdict, &self.earlier, now);
        }
        match (verdict, &job.asked) {
            (Verdict::Bad { reason, help }, asked) if *asked != Asked::No || !job.step.acts => {
                Next::Rest(failed(reason.as_str(), help.clone()))
            }
            (Verdict::Holds { .. } | Verdict::Unknown { .. }, _) | (Verdict::Moving { .. }, Asked::Taken { .. }) => {
                Next::Wait
            }
            (Verdict::Bad { .. } | Verdict::Moving { .. } | Verdict::Untouched { .. }, Asked::No) => Next::Act,
            (Verdict::Bad { .. } | Verdict::Moving { .. }, _) | (Verdict::Untouched { .. }, Asked::Taken { .. }) => {
                Next::Wait
            }
            (Verdict::Untouched { note }, Asked::Unanswered { at }) => {
                // Once it has had the time to show and has not, it provably did not happen. What is seen must be seen
                // after that time: a look that took long shows what was before it.
                if looked.began < later(*at, job.sort.settle_seconds) {
                    return Next::Wait;
                }
                match (job.sort.is_sent_again, self.sends < SENDS) {
                    (true, true) => Next::Act,
                    // Refused when it was sent again: that may be for what the first one began.
                    (true, false) if self.not_taken.is_some() => Next::Wait,
                    (true, false) | (false, _) => Next::Rest(Reported::Unknown(Clean::new(&format!(
                        "{}, and it left no trace: {note}",
                        self.without_answer(job)
                    )))),
                }
            }
        }
    }

    /// Whether the step, whose run goes back, is left where it stands. What was not sent is withdrawn, what can be taken
    /// back is left to that; what is not known, or final, is looked at until it is at rest.
    pub(super) fn left(&self, job: &Job, seen: Option<(&Looked, &Verdict)>) -> Option<Reported> {
        let final_step = job.step.undo == Undo::PointOfNoReturn;
        match (&job.asked, seen) {
            (Asked::No, _) if self.refused.is_none() => {
                Some(Reported::Withdrawn("the run goes back, and nothing was sent for it".into()))
            }
            (Asked::No, _) => None,
            (Asked::Taken { .. }, _) if final_step => None,
            (Asked::Taken { .. }, _) => Some(left_under_way("it was taken", seen)),
            (Asked::Unanswered { .. }, None) => None,
            (Asked::Unanswered { at }, Some((looked, Verdict::Untouched { .. }))) => {
                let settled = looked.began >= later(*at, job.sort.settle_seconds);
                settled.then(|| left_under_way("it was sent without an answer and left no trace", seen))
            }
            (Asked::Unanswered { .. }, Some((_, Verdict::Moving { .. } | Verdict::Bad { .. }))) if !final_step => {
                Some(left_under_way("it was sent without an answer", seen))
            }
            (Asked::Unanswered { .. }, Some(_)) => None,
        }
    }

    /// What to report when nothing more comes: a silence beside the path, a refusal to be looked at, the time that is up.
    pub(super) fn over(&self, job: &Job, looked: &Looked, verdict: &Verdict, now: Timestamp) -> Option<Reported> {
        if let (Some(most), Some(since)) = (job.silence_seconds, self.silent_since)
            && seconds_between(since, now) >= most
        {
            let who = looked.who_did_not_tell().unwrap_or_else(|| format!("{} did not answer", job.step.region));
            return Some(Reported::Silent(Clean::new(&format!("{who} for {most:.0} s: {}", why(verdict)))));
        }
        let is_unknown = matches!(verdict, Verdict::Unknown { .. });
        if is_unknown && looked.seen.is_empty() {
            // There is nothing to look at: waiting tells no more.
            return Some(match &job.asked {
                Asked::No => {
                    failed(&why(verdict), Clean::new("mend what it names, then retry; or skip it, and do it by hand"))
                }
                Asked::Taken { .. } | Asked::Unanswered { .. } => Reported::Unknown(why(verdict)),
            });
        }
        if let (true, Some(refusal), Some(since)) = (is_unknown, looked.refusal(), self.refused_since)
            && seconds_between(since, now) >= REFUSED_SECONDS
        {
            let words = refusal.words();
            return Some(match &job.asked {
                Asked::No => failed(&words, refusal.clear()),
                Asked::Taken { .. } => {
                    failed(&format!("it was sent, and cannot be verified: {words}"), refusal.clear())
                }
                Asked::Unanswered { .. } => Reported::Unknown(Clean::new(&format!(
                    "{}, and cannot be looked at: {words}",
                    self.without_answer(job)
                ))),
            });
        }
        let unanswered = matches!(job.asked, Asked::Unanswered { .. });
        let unknown_for = self.unknown_since.map_or(0.0, |since| seconds_between(since, now));
        if unanswered && unknown_for >= UNKNOWN_SECONDS {
            return Some(Reported::Unknown(self.not_told(job, looked, verdict, &objective(unknown_for.round()))));
        }
        // What was seen before the time was up says nothing of how it is now.
        if now < self.deadline || looked.began < self.deadline {
            return None;
        }
        // "Too often" is no failure while it has not gone on for long.
        if is_unknown && looked.throttled() && self.slowed < self.may_be_slowed {
            return None;
        }
        Some(self.too_late(job, looked, verdict))
    }

    /// The time is up. What the cloud said comes first: that is what helps.
    fn too_late(&self, job: &Job, looked: &Looked, verdict: &Verdict) -> Reported {
        let within = objective(job.seconds);
        // What only looks beside the path is owed in a switchover too.
        let stands_alone = job.step.beside && !job.step.acts && !job.undo;
        let is_beside =
            (job.silence_seconds.is_some() || stands_alone) && !job.undo && job.step.asks_when_failing.is_none();
        let goes_on = matches!(verdict, Verdict::Moving { .. } | Verdict::Untouched { .. });
        if is_beside && goes_on && !matches!(job.asked, Asked::Unanswered { .. }) {
            return Reported::Late(Clean::new(&format!("{}: not within {within}", note(verdict))));
        }
        match (verdict, &job.asked) {
            (Verdict::Unknown { .. }, Asked::Unanswered { .. }) => {
                Reported::Unknown(self.not_told(job, looked, verdict, &within))
            }
            (Verdict::Untouched { note }, Asked::Unanswered { .. }) => Reported::Unknown(Clean::new(&format!(
                "{}, and it left no trace within {within}: {note}",
                self.without_answer(job)
            ))),
            (Verdict::Moving { note, .. }, Asked::Unanswered { .. }) if !job.sort.is_sent_again => {
                Reported::Unknown(Clean::new(&format!("{note}: not known within {within}")))
            }
            (Verdict::Unknown { .. }, Asked::No | Asked::Taken { .. }) => {
                failed(&self.not_told(job, looked, verdict, &within), Clean::new("retry once it answers"))
            }
            (Verdict::Holds { .. } | Verdict::Moving { .. } | Verdict::Untouched { .. } | Verdict::Bad { .. }, _) => {
                let said = match (&self.not_taken, &job.asked) {
                    (Some(said), Asked::No) => format!("{said}; {}", note(verdict)),
                    (_, _) => note(verdict).to_string(),
                };
                failed(
                    &format!("{said}: not verified within {within}"),
                    Clean::new(
                        "look at it in the cloud: if it still moves, retry waits for it again; raise `timeout` in the plan \
                         when it is known to take longer",
                    ),
                )
            }
        }
    }

    fn not_told(&self, job: &Job, looked: &Looked, verdict: &Verdict, within: &str) -> Clean {
        let why = why(verdict);
        let told = match looked.who_did_not_tell() {
            Some(who) => format!("{who} within {within}: {why}"),
            None => format!("{why}: not told within {within}"),
        };
        match &job.asked {
            Asked::Unanswered { .. } => Clean::new(&format!("{}; {told}", self.without_answer(job))),
            Asked::No | Asked::Taken { .. } => Clean::new(&told),
        }
    }

    /// That an act has no answer, and what a later one was told.
    fn without_answer(&self, job: &Job) -> String {
        let sent = match self.sends {
            0 | 1 => format!("{} was sent without an answer", job.sort.api),
            sends => format!("{} was sent {sends} times without an answer", job.sort.api),
        };
        match &self.not_taken {
            Some(said) => format!("{sent} (sent again: {said})"),
            None => sent,
        }
    }

    /// What prechecks mean: a failing one refuses; an untold one is given time, less where the look is refused for good.
    pub(super) fn checked(&mut self, job: &Job, checks: &[Check], looked: &Looked, now: Timestamp) -> Checked {
        // The others are worth knowing, and refuse nothing.
        let mut blockers = checks.iter().filter(|check| check.weight.blocks() && !is_passed(job, check));
        if let Some(first) = blockers.clone().find(|check| check.level == Level::Failing) {
            let reason = format!("precheck {}: found {}, wanted {}", first.code, first.found, first.wanted);
            return Checked::Refused(refused_by(&reason, first.fix.clone(), checks));
        }
        let Some(first) = blockers.find(|check| check.level == Level::Unknown) else {
            self.unclear_since = None;
            return Checked::Good;
        };
        let since = *self.unclear_since.get_or_insert(now);
        let untold = seconds_between(since, now);
        let precheck = format!("precheck {} ({} wanted)", first.code, first.wanted);
        if let (Some(refusal), Some(since)) = (looked.refusal(), self.refused_since)
            && seconds_between(since, now) >= REFUSED_SECONDS
        {
            let reason = format!("{}: {precheck} cannot be told", refusal.words());
            return Checked::Refused(refused_by(&reason, refusal.clear(), checks));
        }
        if untold < CHECK_SECONDS {
            return Checked::Untold;
        }
        let within = objective(CHECK_SECONDS);
        let reason = match looked.who_did_not_tell() {
            Some(who) => format!("{who} within {within}: {precheck} cannot be told: {}", first.found),
            None => format!("{}: {precheck} could not be told within {within}", first.found),
        };
        Checked::Refused(refused_by(&reason, first.fix.clone(), checks))
    }
}

/// Whether the start passed it. Who a thing is, is passed by nothing.
fn is_passed(job: &Job, check: &Check) -> bool {
    let by_reason = job.passed.despite.contains(&check.code);
    let untold = check.level == Level::Unknown && job.passed.untold.contains(&check.code);
    !check.identity && (by_reason || untold)
}

impl RefusedAct {
    /// That nothing was changed is said only when it is known: the very first act was refused, and the look agrees.
    fn agrees_with(&self, verdict: &Verdict, earlier: &Asked, now: Timestamp) -> Next {
        let words = &self.words;
        let is_as_before = matches!(verdict, Verdict::Untouched { .. }) || *verdict == self.before;
        let reported = match verdict {
            _ if is_as_before && *earlier == Asked::No => {
                failed(words, Clean::new("nothing was changed; clear what the cloud names, then retry"))
            }
            _ if is_as_before => {
                failed(words, Clean::new("this time nothing was changed; clear what the cloud names, then retry"))
            }
            Verdict::Unknown { why, .. } if seconds_between(self.at, now) >= AGREE_SECONDS => failed(
                &format!("{words}; how it stands now could not be looked at: {why}"),
                Clean::new("look at it in the cloud, clear what it names, then retry"),
            ),
            Verdict::Unknown { .. } | Verdict::Holds { .. } => return Next::Wait,
            Verdict::Moving { .. } | Verdict::Untouched { .. } | Verdict::Bad { .. } => failed(
                &format!("{words}; and yet it changes: {}", note(verdict)),
                Clean::new("somebody or something else changes it: see who, then retry"),
            ),
        };
        Next::Rest(reported)
    }
}

/// What prechecks come to.
#[derive(Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one at a time, looked at where it is made")]
pub(super) enum Checked {
    /// All is as it must be.
    Good,
    /// Something is not told yet.
    Untold,
    /// Something is not as it must be, or stays untold.
    Refused(Reported),
}

/// Whether an act is sent anew when the commander asks for its step again. One whose fate is unknown is not, but where
/// nothing but the commander can tell what became of it: then asking again is the answer.
pub(super) fn may_be_sent_anew(job: &Job, verdict: &Verdict) -> bool {
    match (&job.asked, verdict) {
        (Asked::No, _) => false,
        (Asked::Taken { .. } | Asked::Unanswered { .. }, Verdict::Bad { .. }) => true,
        (Asked::Taken { .. }, Verdict::Untouched { .. }) => true,
        (Asked::Unanswered { .. }, Verdict::Untouched { .. }) => !job.sort.is_sent_again,
        (_, Verdict::Unknown { asking_again_sends, .. }) => *asking_again_sends,
        (_, Verdict::Holds { .. } | Verdict::Moving { .. }) => false,
    }
}

/// How many seconds a reply to `act` is waited for, of `reply` usually.
pub(super) fn patience(act: &Act, reply: f64) -> f64 {
    act.operation.longest_seconds().map_or(reply, |longest| longest + 5.0)
}

fn left_under_way(how: &str, seen: Option<(&Looked, &Verdict)>) -> Reported {
    let stands = seen.map_or_else(String::new, |(_, verdict)| format!(", and stands so: {}", note(verdict)));
    failed(
        &format!("left under way, since the run goes back: {how}{stands}"),
        Clean::new("the way back takes it back; look at it there"),
    )
}

fn refused_by(reason: &str, help: Clean, checks: &[Check]) -> Reported {
    Reported::Failed { reason: Clean::new(reason), help, checks: checks.to_vec() }
}

fn failed(reason: &str, help: Clean) -> Reported {
    Reported::Failed { reason: Clean::new(reason), help, checks: Vec::new() }
}

/// What a commander reads of a verdict.
pub(super) fn note(verdict: &Verdict) -> Clean {
    match verdict {
        Verdict::Holds { evidence, .. } => evidence.clone(),
        Verdict::Moving { note, .. } | Verdict::Untouched { note } => note.clone(),
        Verdict::Bad { reason, .. } => reason.clone(),
        Verdict::Unknown { why, .. } => Clean::new(&format!("not told: {why}")),
    }
}

/// Why it cannot be told, or what a commander reads of any other verdict.
fn why(verdict: &Verdict) -> Clean {
    if let Verdict::Unknown { why, .. } = verdict { why.clone() } else { note(verdict) }
}
