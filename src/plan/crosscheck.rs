//! What no single value shows: needs and references that lead nowhere, circles, accounts that are not there, and
//! what a kind says of a component as a whole.

use super::diagnostic::{ENOUGH, PlanError, nearest};
use super::file::Places;
use super::graph;
use super::kind::Kinds;
use super::model::{Component, Plan};
use super::names::ComponentName;
use super::reference::{Piece, pieces, texts};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Checks the whole, and adds to each component the needs that its references are.
pub(super) fn check(plan: &mut Plan, places: &[Places], kinds: &dyn Kinds, errors: &mut Vec<PlanError>) {
    needs(plan, places, errors);
    references(plan, places, kinds, errors);
    accounts(plan, places, errors);
    of_two_accounts(plan, places, kinds, errors);
    circles(plan, places, errors);
    for (component, places) in plan.components.iter().zip(places) {
        let Some(kind) = kinds.find(component.kind.as_str()) else { continue };
        // One that could not be read was told already, and what is missing of it would be told as something else.
        let complete = kind
            .fields()
            .iter()
            .filter(|field| field.required || places.fields.contains_key(field.name))
            .all(|field| component.fields.0.contains_key(field.name));
        if !complete {
            continue;
        }
        for problem in kind.problems(component) {
            let span = problem.field.and_then(|field| places.fields.get(field)).unwrap_or(&places.name);
            let message = format!("component {}: {}", component.name, problem.message);
            errors.push(PlanError::new(span.clone(), message, "here", problem.help));
        }
    }
}

fn needs(plan: &Plan, places: &[Places], errors: &mut Vec<PlanError>) {
    let names: Vec<&str> = plan.components.iter().map(|component| component.name.as_str()).collect();
    let known: HashSet<&str> = names.iter().copied().collect();
    for (component, places) in plan.components.iter().zip(places) {
        if errors.len() >= ENOUGH {
            return;
        }
        let mut earlier: HashSet<&str> = HashSet::new();
        for (need, span) in &places.needs {
            if need == component.name.as_str() {
                let message = format!("component {need} needs itself");
                errors.push(PlanError::new(span.clone(), message, "itself", "leave it out"));
            } else if !known.contains(need.as_str()) {
                let message = format!("component {} needs `{need}`, which the plan does not have", component.name);
                errors.push(PlanError::new(span.clone(), message, "no such component", help(need, &names, errors)));
            } else if !earlier.insert(need) {
                let message = format!("component {} needs `{need}` twice", component.name);
                errors.push(PlanError::new(span.clone(), message, "again", "once is enough"));
            }
        }
    }
}

fn references(plan: &mut Plan, places: &[Places], kinds: &dyn Kinds, errors: &mut Vec<PlanError>) {
    // Of the kind alone, unless the component itself says what it gives.
    let gives = |component: &Component| {
        let kind = kinds.find(component.kind.as_str()).filter(|kind| !kind.is_unknown())?;
        let own = kind.outputs_of(component);
        (own != kind.outputs()).then(|| own.into_iter().map(str::to_owned).collect())
    };
    let known: HashMap<ComponentName, Known> = plan
        .components
        .iter()
        .map(|component| (component.name.clone(), Known { kind: component.kind.to_string(), gives: gives(component) }))
        .collect();
    let mut names: Vec<&str> = known.keys().map(ComponentName::as_str).collect();
    names.sort_unstable();
    let known = AllKnown { components: &known, names: &names };
    for (component, places) in plan.components.iter_mut().zip(places) {
        if errors.len() >= ENOUGH {
            return;
        }
        let mut needed: HashSet<ComponentName> = component.needs.iter().cloned().collect();
        let mut added: Vec<ComponentName> = Vec::new();
        for (field, value) in &component.fields.0 {
            let span = places.fields.get(field).unwrap_or(&places.name);
            let one = super::Fields([(field.clone(), value.clone())].into_iter().collect());
            texts(&one, &mut |text| {
                for name in in_text(text, &component.name, span, &known, kinds, errors) {
                    if needed.insert(name.clone()) {
                        added.push(name);
                    }
                }
            });
        }
        component.needs.extend(added);
    }
}

/// What is known of a component: its kind, and what it gives to others where the plan itself says so.
struct Known {
    kind: String,
    gives: Option<Vec<String>>,
}

/// The components there are, by name.
struct AllKnown<'a> {
    components: &'a HashMap<ComponentName, Known>,
    names: &'a [&'a str],
}

/// The name that was meant; among thousands it is looked for only as long as somebody reads of it.
fn help(wrong: &str, names: &[&str], errors: &[PlanError]) -> String {
    const READ: usize = 100;
    if errors.len() < READ { nearest(wrong, names) } else { format!("there are {} to choose from", names.len()) }
}

/// The components that `text` refers to; what leads nowhere is a mistake.
fn in_text(
    text: &str,
    own: &ComponentName,
    span: &Range<usize>,
    known: &AllKnown<'_>,
    kinds: &dyn Kinds,
    errors: &mut Vec<PlanError>,
) -> Vec<ComponentName> {
    let Some(pieces) = pieces(text) else {
        let message = format!("`{text}` holds a `${{` that is not a reference");
        let help = "write ${component.output}, or $${ for a plain ${";
        errors.push(PlanError::new(span.clone(), message, "not a reference", help));
        return Vec::new();
    };
    let mut found = Vec::new();
    for piece in pieces {
        let Piece::Reference { component, output } = piece else { continue };
        let Some((name, its)) = known.components.get_key_value(component.as_str()) else {
            let message = format!("${{{component}.{output}}}: the plan has no component `{component}`");
            errors.push(PlanError::new(span.clone(), message, "leads nowhere", help(&component, known.names, errors)));
            continue;
        };
        if name == own {
            let message = format!("component {own} refers to itself in ${{{component}.{output}}}");
            errors.push(PlanError::new(span.clone(), message, "itself", "its outputs are known only after it"));
            continue;
        }
        let kind = kinds.find(&its.kind).filter(|kind| !kind.is_unknown());
        let gives = kind.map(|kind| match &its.gives {
            Some(own) => own.iter().map(String::as_str).collect(),
            None => kind.outputs().to_vec(),
        });
        if let (Some(kind), Some(gives)) = (kind, gives.filter(|gives: &Vec<&str>| !gives.contains(&output.as_str()))) {
            let message = format!("${{{component}.{output}}}: {component} ({}) gives no `{output}`", kind.name());
            errors.push(PlanError::new(span.clone(), message, "no such output", nearest(&output, &gives)));
            continue;
        }
        found.push(name.clone());
    }
    found
}

fn accounts(plan: &Plan, places: &[Places], errors: &mut Vec<PlanError>) {
    let names: Vec<&str> = plan.accounts.keys().map(super::AccountName::as_str).collect();
    for (component, places) in plan.components.iter().zip(places) {
        if errors.len() >= ENOUGH {
            return;
        }
        let is_there = |account: &str| plan.accounts.contains_key(account);
        for (account, span) in places.accounts.iter().filter(|(account, _)| !is_there(account)) {
            let message =
                format!("component {} is in account `{account}`, which the plan does not have", component.name);
            let help = format!("{}; or add [account.{account}]", help(account, &names, errors));
            errors.push(PlanError::new(span.clone(), message, "no such account", help));
        }
    }
}

/// What is replicated within one account cannot have its sides in two.
fn of_two_accounts(plan: &Plan, places: &[Places], kinds: &dyn Kinds, errors: &mut Vec<PlanError>) {
    for (component, places) in plan.components.iter().zip(places) {
        let of_one = kinds.find(component.kind.as_str()).filter(|kind| kind.is_of_one_account());
        let number = |name: &Option<super::AccountName>| plan.accounts.get(name.as_ref()?)?.number();
        let numbers = (number(&component.accounts.primary), number(&component.accounts.recovery));
        if let (Some(kind), (Some(primary), Some(recovery))) = (of_one, numbers)
            && primary != recovery
        {
            let name = kind.name();
            let message =
                format!("component {}: its sides are in the accounts {primary} and {recovery}", component.name);
            let help = format!("{name} replicates within one account: give both sides the same");
            let span = places.accounts.first().map_or(&places.name, |(_, span)| span);
            errors.push(PlanError::new(span.clone(), message, "two accounts", help));
        }
    }
}

/// Needs that lead nowhere are no part of any circle, so whatever else is wrong, a circle that is found is one.
fn circles(plan: &Plan, places: &[Places], errors: &mut Vec<PlanError>) {
    let places_of: HashMap<&ComponentName, usize> =
        plan.components.iter().enumerate().map(|(place, component)| (&component.name, place)).collect();
    // A need of itself, the same name twice, was told with the needs.
    for cycle in graph::cycles(plan).into_iter().filter(|cycle| cycle.0.len() > 2) {
        let Some(first) = cycle.0.first() else { continue };
        if errors.len() >= ENOUGH {
            return;
        }
        let span = places_of.get(first).map_or(0..0, |place| places[*place].name.clone());
        let help = "one of them must do without another: take a need or a ${…} out";
        errors.push(PlanError::new(span, cycle.to_string(), "the circle passes here", help));
    }
}
