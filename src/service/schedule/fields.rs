//! What a plan says of a schedule, and what is wrong or unwise about it, before any cloud is asked.

use super::words::ScheduleName;
use crate::plan::fields::fields;
use crate::plan::{Component, Finding, Problem};
use crate::service::resolve::has_reference;
use crate::service::say::Rule;

fields! {
    /// What a plan says of the schedule in the primary region.
    pub(crate) struct Old {
        required name: Text, "the schedule in the primary region, by name";
        optional group: Text, "the schedule group that it is of; the default one by default";
    }
}

fields! {
    /// What a plan says of a schedule.
    pub(crate) struct Said {
        required name: Text, "the schedule in the recovery region, by name";
        optional group: Text, "the schedule group that it is of; the default one by default";
        optional enabled: Truth = true, "whether it is to invoke its target there; true by default";
        optional old: Table(Old), "the schedule in the primary region; without it nothing is fenced";
        optional fence: Truth = true, "disable the old schedule; true by default";
    }
}

impl Said {
    /// The schedule of the recovery region.
    pub(crate) fn named(&self) -> ScheduleName {
        ScheduleName { schedule: self.name.as_str().into(), group: self.group.as_deref().map(Into::into) }
    }

    /// The old schedule, when it is named and to be fenced.
    pub(crate) fn fenced(&self) -> Option<&Old> {
        self.old.as_ref().filter(|_| self.fence)
    }
}

impl Old {
    /// It, by its name and group.
    pub(crate) fn named(&self) -> ScheduleName {
        ScheduleName { schedule: self.name.as_str().into(), group: self.group.as_deref().map(Into::into) }
    }
}

static TWICE: Rule = Rule {
    code: "schedule-twice",
    wanted: "the old schedule: what both invoke runs twice",
    fix: "give `old`",
    source: "Amazon EventBridge Scheduler User Guide: a schedule runs in each region that has it enabled",
};

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let old = said.old.as_ref();
    let given = [
        ("name", Some(&said.name)),
        ("group", said.group.as_ref()),
        ("old", old.map(|old| &old.name)),
        ("old", old.and_then(|old| old.group.as_ref())),
    ];
    let help = "the name alone, no ARN: 1 to 64 letters, digits, `.`, `-` and `_`; its group is given by `group`";
    let wrong = given.into_iter().filter_map(|(field, name)| Some((field, name.filter(|name| !is_name(name))?)));
    wrong.map(|(field, name)| Problem::at(field, format!("`{name}` is no schedule's or group's name"), help)).collect()
}

fn is_name(name: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    has_reference(name) || ((1..=64).contains(&name.len()) && name.chars().all(is_plain))
}

/// What is allowed but unwise.
pub(super) fn findings(component: &Component) -> Vec<Finding> {
    match Said::of(&component.fields) {
        Ok(Said { old: None, enabled: true, .. }) => vec![TWICE.broken_by(component, "no `old`")],
        Ok(_) | Err(_) => Vec::new(),
    }
}
