//! What a run came to: how it ended, in what time, what its stores lost. One function a fact: the end card, the score, the
//! reports and the last line of a headless run read it here. Pure.

use super::event::{Bound, RunOutcome};
use super::loss::{self, Loss};
use super::objective;
use super::state::{State, Status};
use super::verdict::Verdict;
use super::words::{self, steps};
use serde::Serialize;

/// What a run came to, as far as it went.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// How it ended or was left; `None` while it goes on, or when the journal breaks off.
    pub outcome: Option<RunOutcome>,
    /// Seconds from the declaration to the end, or to the last event when it has not ended.
    pub recover_seconds: f64,
    /// The application's recovery time objective, in seconds.
    pub rto_seconds: Option<f64>,
    /// What each store was promoted over.
    pub losses: Vec<Loss>,
    /// How many steps were gone on without.
    #[serde(skip)]
    pub skipped: usize,
    /// How many of those the run left out from its beginning: it was of a part, and shows nothing of the whole.
    #[serde(skip)]
    pub left_out: usize,
    /// Whether the start was not given: nothing was changed.
    #[serde(skip)]
    pub not_started: bool,
}

impl Outcome {
    /// What the run came to by its last event.
    pub fn of(state: &State) -> Self {
        let recover_seconds = match &state.ended {
            Some(ended) => ended.rto_seconds,
            None => objective::elapsed_seconds(state, state.at),
        };
        Self {
            // What is paid behind the end takes nothing back of it.
            outcome: state.ended.as_ref().or(state.paying.as_deref()).map(|ended| ended.outcome),
            recover_seconds,
            rto_seconds: state.run.plan.application.rto_seconds,
            losses: loss::losses(state),
            not_started: state.needs_start(),
            left_out: state.run.runbook.steps.iter().filter(|step| step.left_out.is_some()).count(),
            skipped: state.steps.iter().filter(|step| step.status == Status::Skipped).count(),
        }
    }

    /// The worst that was promoted over; an unknown loss is the worst. Its number is the one of the run's end.
    pub fn worst_loss(&self) -> Option<&Loss> {
        self.losses.iter().max_by(|one, other| {
            let key = |loss: &Loss| loss.exposure.seconds.unwrap_or(f64::INFINITY);
            key(one).total_cmp(&key(other))
        })
    }

    /// What it comes to.
    pub fn verdict(&self) -> Verdict {
        match self.outcome {
            None | Some(RunOutcome::Failed | RunOutcome::Held) => Verdict::Unfinished,
            Some(RunOutcome::Aborted | RunOutcome::RolledBack) => Verdict::NotRecovered,
            Some(RunOutcome::Completed | RunOutcome::CompletedWithExceptions) => {
                let late = self.rto_seconds.is_some_and(|rto| self.recover_seconds > rto);
                let lost = self.losses.iter().any(|loss| loss.is_met() == Some(false));
                let open = self.losses.iter().any(|loss| !loss.is_within());
                match (late || lost, open, self.rto_seconds.is_none() && self.losses.is_empty()) {
                    (true, ..) => Verdict::Missed,
                    (false, true, _) => Verdict::NotShown,
                    (false, false, _) if self.left_out > 0 => Verdict::NotShown,
                    (false, false, true) => Verdict::NothingPromised,
                    (false, false, false) => Verdict::Met,
                }
            }
        }
    }

    /// Whether the application was recovered within its recovery time objective; `None` without one, or while the
    /// time is not up and the run not over.
    pub fn is_in_time(&self) -> Option<bool> {
        let rto = self.rto_seconds?;
        match (self.is_recovered(), self.recover_seconds <= rto) {
            (true, true) if self.left_out > 0 => None,
            (true, within) => Some(within),
            (false, false) => Some(false),
            (false, true) => None,
        }
    }

    /// Whether the application was brought up in the other region.
    pub fn is_recovered(&self) -> bool {
        match self.verdict() {
            Verdict::Met | Verdict::Missed | Verdict::NotShown | Verdict::NothingPromised => true,
            Verdict::NotRecovered | Verdict::Unfinished => false,
        }
    }

    /// The verdict in one line: `Objectives met: recovered in 9:12 of 15:00, at most 2.1s of writes lost of orders-db (rpo
    /// 30s).`
    pub fn line(&self) -> String {
        let how = if self.is_recovered() { self.done() } else { self.how_it_ended() };
        format!("{}: {how} {}.", capital(self.verdict().word()), self.measures())
    }

    /// What was measured: `in 9:12 of 15:00, at most 2.1s of writes lost of orders-db (rpo 30s)`.
    pub fn measures(&self) -> String {
        let took = words::clock(self.recover_seconds);
        let of = self.rto_seconds.map_or_else(String::new, |rto| format!(" of {}", words::clock(rto)));
        let mut line = format!("{} {took}{of}", if self.is_recovered() { "in" } else { "after" });
        if let Some(lost) = self.what_was_lost() {
            line.push_str(&format!(", {lost}"));
        }
        if self.outcome == Some(RunOutcome::CompletedWithExceptions) {
            let of = [(self.left_out, "left out"), (self.skipped.saturating_sub(self.left_out), "skipped")];
            for (count, how) in of.into_iter().filter(|(count, _)| *count > 0) {
                line.push_str(&format!(", {} {how} and not verified", steps(count)));
            }
        }
        line
    }

    /// The same, what decided the verdict first.
    pub fn why(&self) -> String {
        let late = self.rto_seconds.is_some_and(|rto| self.recover_seconds > rto);
        let took = words::clock(self.recover_seconds);
        let of = self.rto_seconds.map_or_else(String::new, |rto| format!(" of {}", words::clock(rto)));
        match (self.verdict(), self.what_was_lost()) {
            (Verdict::Missed, lost) if late => {
                let lost = lost.map_or_else(String::new, |lost| format!("; {lost}"));
                format!("{} in {took}{of}, too late{lost}", self.done())
            }
            (Verdict::Missed | Verdict::NotShown, Some(lost)) => format!("{lost}; {} in {took}{of}", self.done()),
            _ => self.measures(),
        }
    }

    /// What a run that came to its end has done.
    pub(super) fn done(&self) -> &'static str {
        if self.left_out > 0 { "a part done" } else { "recovered" }
    }

    /// What was lost of the store that matters most, and of how many more it was too much or is not shown.
    fn what_was_lost(&self) -> Option<String> {
        // Of several stores, one that missed its objective is what matters.
        let missed = self.losses.iter().find(|loss| loss.is_met() == Some(false));
        let open = self.losses.iter().find(|loss| !loss.is_within());
        let loss = missed.or(open).or(self.worst_loss())?;
        let component = &loss.component;
        let (lost, rpo) = loss.sides();
        let rpo = rpo.map_or_else(String::new, |rpo| format!(" (rpo {rpo})"));
        let told = match loss.bound() {
            Bound::Unknown => format!("the loss of writes of {component} is not known{rpo}"),
            Bound::None => format!("no write lost of {component}{rpo}"),
            Bound::AtLeast => format!("at least {lost} of writes lost of {component}{rpo}"),
            Bound::AtMost => format!("at most {lost} of writes lost of {component}{rpo}"),
        };
        let more = self.losses.iter().filter(|other| !other.is_within() && other.component != *component).count();
        let more = if more > 0 { format!(" and {more} more not within theirs") } else { String::new() };
        Some(format!("{told}{more}"))
    }

    pub(super) fn how_it_ended(&self) -> &'static str {
        match self.outcome {
            None => "no end recorded",
            Some(RunOutcome::Completed) => "completed",
            Some(RunOutcome::CompletedWithExceptions) => "completed with exceptions",
            Some(RunOutcome::Failed) => "left at a failure",
            Some(RunOutcome::Aborted) => "aborted",
            Some(RunOutcome::RolledBack) => "rolled back",
            Some(RunOutcome::Held) if self.not_started => "left before its start",
            Some(RunOutcome::Held) => "left at a gate",
        }
    }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
