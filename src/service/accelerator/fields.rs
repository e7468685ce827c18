//! What a plan says of an accelerator's endpoint groups, and what is wrong about it before any cloud is asked.

use crate::plan::fields::fields;
use crate::plan::{Component, Problem};
use crate::service::arn::Arn;
use crate::service::resolve::has_reference;

fields! {
    /// What a plan says of the endpoint group of the primary region.
    pub(crate) struct Old {
        required endpoint_group: Text, "the ARN of the endpoint group of the primary region, whose dial goes to nothing";
    }
}

fields! {
    /// What a plan says of an accelerator.
    pub(crate) struct Said {
        required endpoint_group: Text, "the ARN of the endpoint group of the recovery region";
        optional dial: Within(1, 100) = 100, "the traffic dial that it is given where it has less, in percent of what is directed to its region; 100 by default";
        optional old: Table(Old), "the endpoint group of the primary region; without it that keeps its dial";
    }
}

/// The accelerator that an endpoint group is of, and its listener; `None` for what is no endpoint group's ARN.
pub(super) fn parts(group: &str) -> Option<(&str, &str)> {
    let arn = Arn::parse(group).filter(|arn| arn.service == "globalaccelerator")?;
    let is_group = matches!(
        arn.resource.split('/').collect::<Vec<_>>()[..],
        ["accelerator", accelerator, "listener", listener, "endpoint-group", own]
            if ![accelerator, listener, own].contains(&"")
    );
    let (listener, _) = group.split_once("/endpoint-group/").filter(|_| is_group)?;
    let (accelerator, _) = listener.split_once("/listener/")?;
    Some((accelerator, listener))
}

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let old = said.old.as_ref().map(|old| ("old", &old.endpoint_group));
    let given: Vec<(&'static str, &String)> =
        [("endpoint_group", &said.endpoint_group)].into_iter().chain(old).collect();
    let is_group = |group: &String| has_reference(group) || parts(group).is_some();
    let help = "arn:aws:globalaccelerator::ACCOUNT:accelerator/ID/listener/ID/endpoint-group/ID";
    let mut problems: Vec<Problem> = given
        .iter()
        .filter(|(_, group)| !is_group(group))
        .map(|(field, group)| Problem::at(field, format!("`{group}` is no endpoint group's ARN"), help))
        .collect();
    if let [(_, new), (field, old)] = given[..] {
        let listeners = parts(new).zip(parts(old)).map(|((_, new), (_, old))| (new, old));
        if new == old {
            let help = "give that of the primary region in `old`, and that of the recovery region in `endpoint_group`";
            problems.push(Problem::at(field, "it is the same endpoint group", help));
        } else if listeners.is_some_and(|(new, old)| new != old) {
            let help = "give two groups of one listener: what one does not take goes to the others of its listener";
            problems.push(Problem::at(field, "it is of another listener", help));
        }
    }
    problems
}
