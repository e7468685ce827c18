//! A function is invoked and answers. What became of an invocation without an answer, nothing tells but its log: it is invoked
//! again by a person's word alone.

use crate::service::ask::{Ask, Place};
use crate::service::lambda::ready::Ready;
use crate::service::lambda::words::{self, Operation};
use crate::service::observation::Exit;
use crate::service::operation::{self, Act};
use crate::service::ready::checks;
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Look, Verdict, Work};
use crate::text::Clean;
use serde_json::Value;
use std::collections::BTreeMap;

/// How much of an answer is shown, in characters.
const SHOWN: usize = 120;

/// A function is invoked.
pub(super) struct Call {
    pub place: Place,
    pub function: Clean,
    pub qualifier: Option<Clean>,
    pub payload: Option<String>,
    pub within_seconds: u64,
    /// What it answers is used as a secret.
    pub in_confidence: bool,
    /// Values wanted in its answer, by JSON pointer.
    pub expect: BTreeMap<String, String>,
}

impl Call {
    fn ready(&self) -> Ready {
        Ready {
            place: self.place.clone(),
            function: self.function.clone(),
            qualifier: self.qualifier.clone(),
            old: None,
        }
    }

    /// What it answered.
    fn judge(&self, exit: &Exit) -> Verdict {
        let shown: String = exit.stdout.trim().chars().take(SHOWN).collect();
        if exit.code != Some(0) {
            let why = exit.stderr.trim();
            let help = "see its log, mend what it names, then retry: it is invoked again";
            return Verdict::bad(format!("{why}: {shown}"), help);
        }
        match self.as_expected(&exit.stdout) {
            Ok(()) if shown.is_empty() => {
                Verdict::holds("it answered nothing, and no error", outputs([("answer", "")]))
            }
            Ok(()) => Verdict::holds(format!("it answered {shown}"), outputs([("answer", exit.stdout.trim())])),
            Err(why) => Verdict::bad(why, "see its log: it ran to its end; retry invokes it again"),
        }
    }

    fn as_expected(&self, answer: &str) -> Result<(), String> {
        if self.expect.is_empty() {
            return Ok(());
        }
        let answer: Value = serde_json::from_str(answer).map_err(|_| "what it answered is no JSON".to_owned())?;
        for (pointer, wanted) in &self.expect {
            let found = answer.pointer(pointer).ok_or_else(|| format!("what it answered has no {pointer}"))?;
            let found = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
            if &found != wanted {
                return Err(format!("{pointer} is {found}, wanted {wanted}"));
            }
        }
        Ok(())
    }
}

impl Work for Call {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        match asked {
            Asked::No => {
                vec![self.ready().want().ask, words::concurrency(&self.place, &self.function).ask]
            }
            // Nothing there is to be looked at tells what it did.
            Asked::Unanswered { .. } | Asked::Taken { .. } => Vec::new(),
        }
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        match facts.asked {
            Asked::No => match facts.see(&self.ready().want()) {
                Look::NotTold(why) => Verdict::unknown(why),
                Look::Absent => Verdict::untouched(format!("there is no function {}", self.function)),
                Look::There(_) => Verdict::untouched("not invoked yet"),
            },
            Asked::Unanswered { .. } => Verdict::unknown_until_asked_again(
                "it was invoked and what it answered was not seen: its log tells whether it ran",
            ),
            Asked::Taken { receipt, .. } => match &receipt.exit {
                Some(exit) => self.judge(exit),
                None => Verdict::unknown_until_asked_again("it was invoked and what it answered is not known"),
            },
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let (points, _) = self.ready().points(facts);
        let (code, wanted) = ("lambda-concurrency", "reserved concurrency that is not 0");
        let fix = "reserve some for it, or none at all: with 0 it never runs";
        let room = match facts.see(&words::concurrency(&self.place, &self.function)) {
            Look::NotTold(why) => Check::not_told(code, why, wanted),
            Look::Absent => return checks(points),
            Look::There(found) => {
                let told =
                    found.reserved.map_or_else(|| "none is reserved".to_owned(), |reserved| reserved.to_string());
                Check::that(code, found.reserved != Some(0), told, wanted, fix)
            }
        };
        checks(points).into_iter().chain([room]).collect()
    }

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        let operation = Operation::InvokeFunction {
            function: self.function.clone(),
            qualifier: self.qualifier.clone(),
            payload: self.payload.clone(),
            within_seconds: self.within_seconds,
            in_confidence: self.in_confidence,
        };
        Some(Act { place: self.place.clone(), operation: operation::Operation::Lambda(operation) })
    }
}
