//! The two steps. `plan` looks, and keeps what it found; `apply` sends that very plan once, and believes nothing but a fresh plan
//! that has nothing left to do.

use super::words::{Answer, Deed, GRACE_SECONDS, Module, Planned, Question, Sort, Trouble, Verb, asked};
use crate::service::ask::{Ask, Place};
use crate::service::observation::Exit;
use crate::service::operation::{Act, LocalOperation, Operation};
use crate::service::work::{Asked, Check, Facts, Look, Outputs, Verdict, Want, Work};
use crate::text::Clean;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// How long, in seconds, a plan may still find something right after an apply that ended well: what was changed shows late.
const SHOWS_WITHIN_SECONDS: i64 = 120;

/// What would clear it that something has changed since it was asked about.
const AGAIN: &str = "retry: it is planned again and asked about again";

/// A root module is planned.
pub(super) struct Planning {
    pub place: Place,
    pub module: Module,
    pub outputs: Vec<String>,
    pub in_confidence: BTreeSet<String>,
    /// How many things may be gone.
    pub allowed: u64,
}

impl Planning {
    fn ask(&self, verb: Verb, applied: Option<&Clean>) -> Want<Answer> {
        let question = Question {
            verb,
            module: self.module.clone(),
            outputs: self.outputs.clone(),
            in_confidence: self.in_confidence.clone(),
            applied: applied.cloned(),
        };
        asked(&self.place, question)
    }

    fn refused(&self, planned: &Planned) -> Option<Verdict> {
        if planned.destroys() <= self.allowed {
            return None;
        }
        let reason = format!(
            "{}; {} may be destroyed or replaced (`destroys`): {}",
            planned.counts(),
            self.allowed,
            planned.names()
        );
        let help =
            "nothing was changed: mend the configuration, then retry; or raise `destroys` in the plan, for a new run";
        Some(Verdict::bad(reason, help))
    }

    /// What it gives, once there is nothing left to do.
    fn given(&self, answer: &Answer) -> Result<Outputs, Verdict> {
        let mut outputs = Outputs::new();
        for name in &self.outputs {
            let Some(value) = answer.outputs.get(name) else {
                let help = "give it a value there, or take it out of `outputs`; then retry";
                return Err(Verdict::bad(format!("the root module gives no `{name}`"), help));
            };
            outputs.insert(name.clone(), value.clone());
        }
        Ok(outputs)
    }
}

/// Why there is no plan, before anything was done.
fn no_plan(trouble: &Trouble) -> Verdict {
    let said = trouble.said.as_str();
    match trouble.sort {
        Sort::Locked => Verdict::moving(said),
        Sort::Missing | Sort::Unfit => Verdict::bad(said, "nothing was changed: mend it, then retry"),
        Sort::Failed => {
            let help = "nothing was changed: mend what Terraform names, then retry; what it is not handed (`env`) it does not have";
            Verdict::bad(said, help)
        }
        Sort::Late => Verdict::bad(said, "nothing was changed: see what it waits for, then retry; or raise `timeout`"),
    }
}

impl Work for Planning {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.ask(Verb::There, None).ask, self.ask(Verb::Plan, None).ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        if let Look::There(Answer { trouble: Some(trouble), .. }) = facts.see(&self.ask(Verb::There, None)) {
            return no_plan(trouble);
        }
        let answer = match facts.see(&self.ask(Verb::Plan, None)) {
            Look::There(answer) => answer,
            Look::Absent => return Verdict::unknown("no answer"),
            Look::NotTold(why) => return Verdict::unknown(why),
        };
        match (&answer.planned, &answer.trouble) {
            (_, Some(trouble)) => no_plan(trouble),
            (None, None) => Verdict::unknown("Terraform did not tell what it would do"),
            (Some(planned), None) => self.refused(planned).unwrap_or_else(|| Verdict::Holds {
                evidence: Clean::new(&planned.told()),
                outputs: Outputs::from([planned.kept()]),
            }),
        }
    }
}

/// What was planned is applied.
pub(super) struct Applying {
    pub planned: Option<Planned>,
    pub module: Module,
    pub look: Planning,
}

impl Applying {
    /// Asked while nothing is sent; then by a fresh plan.
    fn want(&self, asked: &Asked) -> Option<Want<Answer>> {
        let planned = self.planned.as_ref()?;
        match asked {
            Asked::No if !planned.is_nothing() => Some(self.look.ask(Verb::Saved, None)),
            // How it ended is known: nothing of it has to be looked at.
            Asked::Taken { receipt, .. } if !receipt.exit.as_ref().is_some_and(ended_well) => None,
            Asked::No | Asked::Taken { .. } => Some(self.look.ask(Verb::Settled, None)),
            Asked::Unanswered { .. } => Some(self.look.ask(Verb::Settled, Some(&planned.digest))),
        }
    }

    fn settled(&self, facts: &Facts<'_>, judge: impl FnOnce(&Answer, &Planned) -> Verdict) -> Verdict {
        let Some(want) = self.want(facts.asked) else { return Verdict::unknown("nothing was asked") };
        let answer = match facts.see(&want) {
            Look::There(answer) => answer,
            Look::Absent => return Verdict::unknown("no answer"),
            Look::NotTold(why) => return Verdict::unknown(why),
        };
        match (&answer.planned, &answer.trouble) {
            _ if answer.running == Some(true) => Verdict::moving("the apply that was sent still runs"),
            (_, Some(Trouble { sort: Sort::Locked, said })) => Verdict::moving(said.as_str()),
            (_, Some(trouble)) => Verdict::unknown(trouble.said.as_str()),
            (None, None) => Verdict::unknown("Terraform did not tell what is left to do"),
            (Some(left), None) if left.is_nothing() => match self.look.given(answer) {
                Ok(outputs) => Verdict::Holds { evidence: "a fresh plan has nothing to change".into(), outputs },
                Err(missing) => missing,
            },
            (Some(left), None) => judge(answer, left),
        }
    }

    /// What it means that a plan still finds something after an apply whose end was not seen: it is not done once what was
    /// started can no longer run, and not before.
    fn by_what_is_left(
        &self,
        planned: &Planned,
        answer: &Answer,
        left: &Planned,
        at: Timestamp,
        now: Timestamp,
    ) -> Verdict {
        let most = i64::try_from(self.module.within_seconds.saturating_add(GRACE_SECONDS)).unwrap_or(i64::MAX);
        let seconds = most.saturating_sub(now.duration_since(at).as_secs());
        if answer.running.is_none() && seconds > 0 {
            let counts = left.counts();
            return Verdict::moving(format!("its end was not seen and it may still run for {seconds} s: {counts}"));
        }
        if left.is_as(planned) {
            let why = answer.words.as_ref().map_or_else(String::new, |words| format!(" ({words})"));
            return Verdict::untouched(format!("it is not done{why}: {}", left.counts()));
        }
        let why = answer.words.as_ref().map_or_else(String::new, |words| format!(" ({words})"));
        Verdict::bad(format!("part of it was done, and its end was not seen{why}; left: {}", left.differs()), AGAIN)
    }
}

fn ended_well(exit: &Exit) -> bool {
    exit.code == Some(0)
}

/// How an apply ended that did not end well.
fn badly(exit: &Exit) -> Verdict {
    let said = exit.stderr.trim();
    let said = if said.is_empty() { "it ended badly, and did not say why" } else { said };
    let is_as_before = ["Saved plan is stale", "Error acquiring the state lock"].iter().any(|no| said.contains(no));
    // Who is killed writes nothing down: a shell tells it by a number behind 128.
    let is_killed = exit.code.is_none_or(|code| code > 128);
    let help = match (is_as_before, is_killed) {
        (true, _) => format!("nothing was changed; {AGAIN}"),
        (_, true) => format!(
            "it was killed: what it had made by then may stand in no state. Look for that, import it, then {AGAIN}"
        ),
        _ => format!("what it had done by then stays, and stands in its state; mend what it names, then {AGAIN}"),
    };
    let code = exit.code.map_or_else(|| "killed".to_owned(), |code| format!("exit {code}"));
    Verdict::bad(format!("{code}: {said}"), help)
}

impl Work for Applying {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        self.want(asked).map(|want| want.ask).into_iter().collect()
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let Some(planned) = &self.planned else {
            return Verdict::unknown("nothing was planned: the step before it was gone on without");
        };
        match facts.asked {
            Asked::No if planned.is_nothing() => self.settled(facts, |_, left| Verdict::untouched(left.differs())),
            Asked::No => match self.want(facts.asked).map(|want| facts.see(&want)) {
                Some(Look::There(_)) => Verdict::untouched(format!("not applied yet: {}", planned.counts())),
                Some(Look::NotTold(why)) => Verdict::unknown(why),
                Some(Look::Absent) | None => Verdict::unknown("no answer"),
            },
            Asked::Taken { receipt, at } => match &receipt.exit {
                None => Verdict::unknown_until_asked_again("it was applied and how that ended is not known"),
                Some(exit) if !ended_well(exit) => badly(exit),
                Some(_) => self.settled(facts, |_, left| {
                    if facts.now.duration_since(*at).as_secs() < SHOWS_WITHIN_SECONDS {
                        return Verdict::moving(format!("applied; a fresh plan still has {}", left.differs()));
                    }
                    let help = "it was applied: see why Terraform would change it again (another's change, a value that never comes to rest), mend that, then retry: it is planned and asked about again";
                    Verdict::bad(format!("applied, and a fresh plan still has {}", left.differs()), help)
                }),
            },
            Asked::Unanswered { at } => {
                self.settled(facts, |answer, left| self.by_what_is_left(planned, answer, left, *at, facts.now))
            }
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let Some(planned) = &self.planned else { return Vec::new() };
        let wanted = "the plan that was shown";
        if planned.is_nothing() {
            let found = "something is to be changed since";
            return vec![Check::failed("terraform-saved", found, "nothing to change, as it was shown", AGAIN)];
        }
        let saved = match facts.see(&self.look.ask(Verb::Saved, None)) {
            Look::There(Answer { saved: Some(digest), .. }) if *digest == planned.digest => {
                Check::passed("terraform-saved", format!("sha256 {digest}"), wanted)
            }
            Look::There(Answer { saved: Some(_), .. }) => {
                Check::failed("terraform-saved", "another plan was saved in its place", wanted, AGAIN)
            }
            Look::There(Answer { trouble: Some(trouble), .. }) => {
                Check::failed("terraform-saved", trouble.said.as_str(), wanted, AGAIN)
            }
            Look::There(_) | Look::Absent => {
                Check::failed("terraform-saved", "it is not there any more", wanted, AGAIN)
            }
            Look::NotTold(why) => Check::unanswered("terraform-saved", why, wanted),
        };
        let allowed = format!("{} at most", self.look.allowed);
        let destroys = Check::that(
            "terraform-destroys",
            planned.destroys() <= self.look.allowed,
            format!("{} to destroy or replace: {}", planned.destroys(), planned.names()),
            &allowed,
            "mend the configuration, or raise `destroys` in the plan for a new run",
        );
        // Whatever a start passed: another plan than the one that was shown is never applied.
        vec![saved.of_identity(), destroys.of_identity()]
    }

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        let planned = self.planned.as_ref().filter(|planned| !planned.is_nothing())?;
        let deed = Deed { module: self.module.clone(), digest: planned.digest.clone() };
        Some(Act {
            place: self.look.place.clone(),
            operation: Operation::Local(LocalOperation::Terraform(Box::new(deed))),
        })
    }

    fn before_image(&self, _facts: &Facts<'_>) -> serde_json::Value {
        serde_json::to_value(&self.planned).unwrap_or_default()
    }
}

/// What waits for what another component gives, or for what is planned: before the start there is nothing to ask of it.
pub(super) struct Waits(pub String);

impl Work for Waits {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        Vec::new()
    }
    fn goal(&self, _facts: &Facts<'_>) -> Verdict {
        Verdict::untouched(&self.0)
    }
}
