//! What a plan says of an EventBridge rule, and what is wrong or unwise about it, before any cloud is asked.

use super::words::RuleName;
use crate::plan::fields::fields;
use crate::plan::{Application, Component, Finding, Problem, Side, Weight};
use crate::service::arn;
use crate::service::resolve::has_reference;
use crate::service::say::Rule;

fields! {
    /// What a plan says of the rule in the primary region.
    pub(crate) struct Old {
        required rule: Text, "the rule in the primary region, by name";
        optional bus: Text, "the event bus that it is of, by name or ARN; the default one by default";
    }
}

fields! {
    /// What a plan says of a rule.
    pub(crate) struct Said {
        required rule: Text, "the rule in the recovery region, by name";
        optional bus: Text, "the event bus that it is of, by name or ARN; the default one by default";
        optional enabled: Truth = true, "whether it is to send events to its targets there; true by default";
        optional old: Table(Old), "the rule in the primary region; without it nothing is fenced";
        optional fence: Truth = true, "disable the old rule; true by default";
    }
}

impl Said {
    /// The rule of the recovery region.
    pub(crate) fn name(&self) -> RuleName {
        RuleName { rule: self.rule.as_str().into(), bus: self.bus.as_deref().map(Into::into) }
    }

    /// The old rule, when it is named and to be fenced.
    pub(crate) fn fenced(&self) -> Option<&Old> {
        self.old.as_ref().filter(|_| self.fence)
    }
}

impl Old {
    /// It, by its name and bus.
    pub(crate) fn name(&self) -> RuleName {
        RuleName { rule: self.rule.as_str().into(), bus: self.bus.as_deref().map(Into::into) }
    }
}

static ELSEWHERE: Rule = Rule {
    code: "rule-place",
    wanted: "event buses of the region that they are looked for in",
    fix: "give the ARN of the bus in that region, or its name",
    source: "Amazon EventBridge API Reference: a rule is of an event bus of its own region",
};

static TWICE: Rule = Rule {
    code: "rule-twice",
    wanted: "the old rule: one that goes by the clock runs on both sides otherwise",
    fix: "give `old`, or let the rule match only what happens in its own region",
    source: "Amazon EventBridge User Guide: a rule runs in each region that has it enabled",
};

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let old = said.old.as_ref().map(|old| ("old", &old.rule));
    let wrong = [("rule", &said.rule)].into_iter().chain(old).filter(|(_, name)| !is_name(name));
    let help = "the rule's name alone, 1 to 64 letters, digits, `.`, `-` and `_`: its bus is given by `bus`";
    wrong.map(|(field, name)| Problem::at(field, format!("`{name}` is no rule's name"), help)).collect()
}

fn is_name(name: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    has_reference(name) || ((1..=64).contains(&name.len()) && name.chars().all(is_plain))
}

/// What is allowed but unwise.
pub(super) fn findings(component: &Component, application: &Application) -> Vec<Finding> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let old = said.old.as_ref().and_then(|old| old.bus.as_ref());
    let buses = [(Side::Recovery, said.bus.as_ref()), (Side::Primary, old)];
    let found = buses.into_iter().find_map(|(side, bus)| {
        let region = application.region(side);
        let elsewhere = arn::elsewhere(bus?, region)?;
        Some(format!("{} is in {elsewhere}, and looked for in {region}", bus?))
    });
    let mut findings: Vec<Finding> = found
        .map(|found| Finding { weight: Weight::Blocks, ..ELSEWHERE.broken_by(component, found) })
        .into_iter()
        .collect();
    if said.old.is_none() && said.enabled {
        findings.push(TWICE.broken_by(component, "no `old`"));
    }
    findings
}
