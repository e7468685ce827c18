//! What a plan says of a queue, and what is wrong about it before any cloud is asked.

use crate::plan::fields::fields;
use crate::plan::{Component, Problem, Side};
use crate::service::resolve::has_reference;

fields! {
    /// What a plan says of a queue.
    pub(crate) struct Said {
        required name: Text, "QueueName of the queue in the recovery region; a FIFO queue's ends with .fifo";
        optional primary: Text, "QueueName of the queue in the primary region, where that is another";
        optional old: Truth = true, "look for messages that are left in the primary region's queue; true by default";
    }
}

impl Said {
    /// What it is called on `side`.
    pub(crate) fn on(&self, side: Side) -> &str {
        match side {
            Side::Recovery => &self.name,
            Side::Primary => self.primary.as_ref().unwrap_or(&self.name),
        }
    }
}

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let primary = said.primary.as_ref().map(|name| ("primary", name));
    let wrong = [("name", &said.name)].into_iter().chain(primary).filter(|(_, name)| !is_name(name));
    let help = "the queue's name alone, no ARN and no URL: 1 to 80 letters, digits, `-` and `_`";
    wrong.map(|(field, name)| Problem::at(field, format!("`{name}` is no queue's name"), help)).collect()
}

fn is_name(name: &str) -> bool {
    let plain = name.strip_suffix(".fifo").unwrap_or(name);
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    has_reference(name) || (!plain.is_empty() && name.len() <= 80 && plain.chars().all(is_plain))
}
