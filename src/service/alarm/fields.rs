//! What a plan says of alarms, and what is wrong about it before any cloud is asked.

use crate::plan::fields::fields;
use crate::plan::{Component, Problem};

/// The state that alarms are in when nothing is wrong.
pub(super) const OK: &str = "OK";
/// The state that they are in when something is.
pub(super) const ALARM: &str = "ALARM";
/// How many alarms one component may name.
const MOST: usize = 100;

fields! {
    /// What a plan says of alarms.
    pub(crate) struct Said {
        required names: Texts, "the names of CloudWatch alarms, of metrics or composite ones, in the recovery region, or in the one that `region` says";
        optional state: Choice(&["OK", "ALARM"]) = OK.to_owned(), "the state that all of them have to be in; OK by default. OK counts by data that came after the step began, ALARM at once";
        optional times: Within(1, 1000) = 2, "for how many looks in a row; 2 by default";
        optional within: Duration = 900.0, "how long it may take them; 15m by default: CloudWatch tells of data a minute or three late";
    }
}

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let mut problems = Vec::new();
    let help = "the alarms' own names, as CloudWatch shows them: names = [\"shop-5xx\"]";
    if said.names.is_empty() {
        problems.push(Problem::at("names", "no alarm is named", help));
    }
    if said.names.len() > MOST {
        let (message, help) = (format!("there are {} names", said.names.len()), "at most 100 a component");
        problems.push(Problem::at("names", message, help));
    }
    let is_wrong = |name: &&String| name.trim().is_empty() || name.starts_with("arn:");
    if let Some(wrong) = said.names.iter().find(is_wrong) {
        problems.push(Problem::at("names", format!("`{wrong}` is no alarm's name"), help));
    }
    let twice = said.names.iter().enumerate().find(|(place, name)| said.names[..*place].contains(name));
    if let Some((_, name)) = twice {
        problems.push(Problem::at("names", format!("`{name}` is named twice"), "name each alarm once"));
    }
    if said.times == 0 {
        problems.push(Problem::at("times", "no good look at all is asked for", "1 or more; 2 is usual"));
    }
    problems
}
