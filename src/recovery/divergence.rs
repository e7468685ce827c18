//! What may differ between the two sides of a store, on the way back: what bounds it by the journal of the way there, and what a
//! comparison came to. Three words: none found, found, not known; nothing is told to be the same without a comparison. Pure.

use super::command::Refusal;
use super::event::GateAnswer;
use super::loss;
use super::state::{State, Status};
use super::words;
use crate::plan::{ComponentName, Gate, GateKind, StepId};
use crate::service::compare::Compared;
use crate::text::Clean;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// In `from_run` of a component: what bounds what may differ.
pub const DIVERGED: &str = "diverged";
/// From when on.
pub const FROM: &str = "from";
/// When the old side was fenced.
pub const FENCED_AT: &str = "fenced_at";

const RECONCILED: &str = "reconciled by";
const ACCEPTED: &str = "accepted:";

/// A store whose two sides may differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diverged {
    /// Which.
    pub component: ComponentName,
    /// What bounds it: `≤ 43s of writes, 10:02:11Z to 10:02:54Z: what orders took …`.
    pub bound: Clean,
    /// What a comparison came to.
    pub compared: Compared,
}

impl Diverged {
    /// In words: `orders-db: not known: nothing compares its two sides; ≤ 43s of writes, …`.
    pub fn told(&self) -> String {
        let more = self.compared.more().map_or_else(String::new, |more| format!(" ({more})"));
        format!("{}: {}{more}; {}", self.component, self.compared.words(), self.bound)
    }
}

/// Every store of a failback's plan whose two sides may differ.
pub fn stores(state: &State) -> Vec<Diverged> {
    let components = state.run.plan.components.iter();
    let those = components.filter_map(|one| {
        let bound = one.from_run.as_ref()?.get(DIVERGED)?.as_str()?;
        let compared = state.outputs.get(&one.name).and_then(Compared::of_outputs);
        let compared = compared.unwrap_or_else(|| Compared::NotKnown { why: why_not(state, &one.name).into() });
        Some(Diverged { component: one.name.clone(), bound: Clean::new(bound), compared })
    });
    those.collect()
}

/// Every store of a run that it may have left writes of on the old side: nothing compares them before the way back does.
pub fn left_behind(state: &State) -> Vec<Diverged> {
    let promoted = state.run.plan.components.iter().filter(|one| state.promotions.contains_key(&one.name));
    let those = promoted.filter_map(|one| {
        let (told, _) = bound(state, &one.name, "on its old side")?;
        let compared = Compared::NotKnown { why: "nothing has compared its two sides".into() };
        Some(Diverged { component: one.name.clone(), bound: Clean::new(&told), compared })
    });
    those.collect()
}

fn why_not(state: &State, component: &ComponentName) -> &'static str {
    match state.step(&StepId::of(component, "compare")).map(|(_, own)| own.status) {
        None => "nothing compares its two sides",
        Some(Status::Waiting | Status::Running) => "it is not compared yet",
        Some(_) => "the comparison was gone on without",
    }
}

/// What is asked about it; `None` where each was compared and nothing was found, or nothing may differ.
pub fn question(state: &State, ask: &Clean) -> Option<Clean> {
    let stores = stores(state);
    let open: Vec<&Diverged> = stores.iter().filter(|store| store.compared != Compared::NoneFound).collect();
    if open.is_empty() {
        return None;
    }
    let told: Vec<String> = open.iter().map(|store| store.told()).collect();
    Some(Clean::new(&format!("{}. {ask}", told.join(". "))))
}

/// The answer that was typed: how it was reconciled, or why it is accepted.
///
/// # Errors
/// A [`Refusal`] of anything else.
pub fn answered(text: &str) -> Result<GateAnswer, Refusal> {
    let text = text.trim();
    let behind = |begins: &str| {
        let begun = text.get(..begins.len()).filter(|first| first.eq_ignore_ascii_case(begins))?;
        let rest = text[begun.len()..].trim();
        (!rest.is_empty()).then(|| Clean::new(rest))
    };
    if let Some(how) = behind(RECONCILED) {
        return Ok(GateAnswer::Reconciled { how });
    }
    if let Some(reason) = behind(ACCEPTED) {
        return Ok(GateAnswer::Accepted { reason, ahead: None });
    }
    Err(Refusal::new(
        "what may differ is settled by words of its own",
        format!("say “{RECONCILED} …” with how, or “{ACCEPTED} …” with why"),
    ))
}

/// What answers it so. Who types a whole answer, of either sort, has said which it is: no choice beside it turns that over.
pub fn reconciled(how: &str) -> String {
    whole(RECONCILED, how)
}

/// What answers it so, as [`reconciled`] does.
pub fn accepted(why: &str) -> String {
    whole(ACCEPTED, why)
}

fn whole(begins: &str, typed: &str) -> String {
    if answered(typed).is_ok() { typed.to_owned() } else { format!("{begins} {typed}") }
}

/// How it was settled, by whom and when: of a failback that came so far.
pub fn settled(state: &State) -> Option<(&GateAnswer, &Clean, Timestamp)> {
    let steps = state.run.runbook.steps.iter().zip(&state.steps);
    let mut asked = steps.filter(|(step, _)| step.gates.iter().any(|gate| matches!(gate, Gate::Divergence { .. })));
    let (_, own) = asked.next()?;
    let passed = own.passed.iter().rev().find(|(gate, ..)| *gate == GateKind::Divergence)?;
    Some((&passed.1, &passed.2, passed.3))
}

/// What bounds what a run may have left on the old side of `component`, in words, with when it begins; `None` where nothing was
/// left there: it was shown to have caught up.
pub(super) fn bound(state: &State, component: &ComponentName, what: &str) -> Option<(String, Option<Timestamp>)> {
    let Some(loss) = loss::of(state, component, state.at) else { return Some((what.to_owned(), None)) };
    let promoted = state.promotions.get(component)?;
    let until = loss::fenced_at(state, component).unwrap_or(promoted.at);
    let Some(seconds) = loss.exposure.seconds else {
        return Some((format!("nobody knows how much was written up to {}: {what}", words::wall(until)), None));
    };
    if seconds <= 0.0 && !loss.exposure.at_least {
        return None;
    }
    let from = SignedDuration::try_from_secs_f64(seconds).ok().and_then(|by| until.checked_sub(by).ok());
    let told = loss.exposure.told();
    let begins = from.map_or_else(String::new, |from| format!("{} {}", from.strftime("%F"), words::wall(from)));
    let when = match (loss.exposure.at_least, from) {
        // Nothing shows that it came to an end.
        (true, _) => format!("from {begins} on"),
        (false, Some(_)) => format!("{begins} to {}", words::wall(until)),
        (false, None) => format!("up to {}", words::wall(until)),
    };
    Some((format!("{told} of writes, {when}: {what}"), from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_how_or_why_settles_it() {
        assert_eq!(answered("Reconciled by ana, by hand"), Ok(GateAnswer::Reconciled { how: "ana, by hand".into() }));
        assert_eq!(
            answered(" accepted: test orders"),
            Ok(GateAnswer::Accepted { reason: "test orders".into(), ahead: None })
        );
        for text in ["", "yes", "done", "accepted:", "reconciled by ", "accepted because", "ähnlich: so"] {
            assert!(answered(text).is_err(), "{text}");
        }
        assert_eq!(answered(&reconciled("x")), Ok(GateAnswer::Reconciled { how: "x".into() }));
        assert!(matches!(answered(&accepted("x")), Ok(GateAnswer::Accepted { .. })));
        // A whole answer in the field of the other is the answer that it says.
        assert_eq!(answered(&reconciled("accepted: x")), Ok(GateAnswer::Accepted { reason: "x".into(), ahead: None }));
        assert_eq!(answered(&accepted("Reconciled by x")), Ok(GateAnswer::Reconciled { how: "x".into() }));
        assert_eq!(answered(&reconciled("reconciled by x")), Ok(GateAnswer::Reconciled { how: "x".into() }));
    }
}
