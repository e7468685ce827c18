//! How a component is whose kind another program brings: its health, how far it is behind, and what the kind's rules find.

use super::about;
use super::words::{Answer, LOOK_SECONDS, Question, Told, Verb};
use crate::plan::plugin::{Described, Law, Program, kept};
use crate::plan::{Application, Component, Level, Side};
use crate::service::ask::{Ask, Place};
use crate::service::local;
use crate::service::readiness::{Ready, Rule, Tier};
use crate::service::work::{Check, Facts, Health, Look, Looked, Want};
use std::sync::{Mutex, PoisonError};

fn want(verb: Verb, program: &Program, component: &Component, application: &Application, side: Side) -> Want<Answer> {
    let question = Question {
        program: program.clone(),
        verb,
        about: about(component, application, side, None),
        step: None,
        asked: None,
        receipt: None,
        before: None,
        undo: false,
        deadline_seconds: LOOK_SECONDS,
    };
    local::plugin(&Place::of(component, application, side), question)
}

/// The question for how `component` is on `side`.
pub(super) fn watch(program: &Program, component: &Component, application: &Application, side: Side) -> Ask {
    want(Verb::Watch, program, component, application, side).ask
}

/// What its answer means.
pub(super) fn health(ask: Ask) -> Looked<Health> {
    let want = local::told(ask.clone());
    Looked::new([ask], move |facts| match facts.see(&want) {
        Look::There(Answer { health: Some((level, note)), .. }) => Health { level: *level, note: note.clone() },
        Look::There(_) => Health::not_told("the plug-in said nothing of it"),
        Look::Absent => Health::not_told("no answer"),
        Look::NotTold(why) => Health::not_told(why),
    })
}

/// The rules of a kind, for `component`.
pub(super) fn rules(
    program: &Program,
    kind: &Described,
    component: &Component,
    application: &Application,
) -> Vec<Ready> {
    let asked = want(Verb::Check, program, component, application, Side::Recovery);
    let ready = |law: &Law| {
        let (rule, asked) = (rule(law), asked.clone());
        Ready::new(rule, [asked.ask.clone()], move |facts: &Facts<'_>| found(rule, &asked, facts))
    };
    kind.rules.iter().map(ready).collect()
}

fn found(rule: &'static Rule, asked: &Want<Answer>, facts: &Facts<'_>) -> Check {
    let told = match facts.see(asked) {
        Look::There(told) => told,
        Look::Absent => return rule.unknown("no answer"),
        Look::NotTold(why) => return rule.unknown(why),
    };
    match told.findings.iter().find(|told| told.code.as_str() == rule.code) {
        Some(Told { level: Level::Ok, found, .. }) => rule.ok(found.as_str()),
        Some(Told { level: Level::Failing, found, .. }) => rule.failing(found.as_str()),
        Some(Told { level: Level::Unknown, found, .. }) => rule.unknown(found.as_str()),
        None => rule.unknown("the plug-in said nothing of it"),
    }
}

/// The rules of plug-ins that are known by now.
static KNOWN: Mutex<Vec<&'static Rule>> = Mutex::new(Vec::new());

/// Every rule that a plug-in brought so far.
pub(in crate::service) fn known() -> Vec<&'static Rule> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// `law` as a rule that stays.
pub(super) fn rule(law: &Law) -> &'static Rule {
    let new = Rule {
        code: kept(&law.code),
        wanted: kept(&law.wanted),
        fix: kept(&law.fix),
        costs: kept(&law.costs),
        source: kept(&law.source),
        tier: match law.tier.as_str() {
            "often" => Tier::Often,
            "daily" => Tier::Daily,
            _ => Tier::Hourly,
        },
        weight: law.weight,
    };
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(rule) = known.iter().find(|rule| ***rule == new) {
        return rule;
    }
    let rule: &'static Rule = Box::leak(Box::new(new));
    known.push(rule);
    rule
}
