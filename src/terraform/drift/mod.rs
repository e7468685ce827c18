//! What runs against what Terraform's states declare. What generation would write of each thing is looked up in the states,
//! and each argument of it compared: one table of rules, both ways. A state may know more: what a provider works out itself.

mod changed;
mod inline;
mod literal;
mod lookup;
mod only;
mod provider;
mod same;
#[cfg(test)]
mod tests;

use super::generate;
use super::state::{Instance, here};
use crate::snapshot::diff::{Compared, Drift, Finding, Ignore, ignored};
use crate::snapshot::{Reference, Resource, Snapshot, fence};
use inline::Kept;
use literal::Told;
pub(super) use literal::values;
use lookup::{Declared, Elsewhere};
pub(super) use lookup::{is_left_as, named, within};
pub use lookup::{is_name, is_named};
pub(super) use only::literally;
pub use only::{Rest, only};
pub use provider::{DEFAULTS, LEFT_TO_AWS};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Where something is.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    /// The region.
    pub region: &'a str,
    /// The account's number, where it is known.
    pub account: Option<&'a str>,
}

/// What came of a comparison with states.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Against {
    /// The differences.
    pub compared: Compared,
    /// How many things run and are declared the same.
    pub same: usize,
    /// How many declared things are of another region or account.
    pub elsewhere: usize,
    /// How many are declared and were not looked for: what the capture does not reach.
    pub beyond: usize,
    /// What no state declares, parts with what they are of: the class, and what an import names it by.
    pub undeclared: BTreeSet<(String, String)>,
}

impl Against {
    fn undeclared(&mut self, told: &Told) {
        self.undeclared.extend(told.import.clone().map(|import| (told.class.clone(), import)));
    }

    /// A policy whose role's state, at `by`, has such within.
    fn within(&mut self, told: &Told, resource: Option<&Resource>, by: &str, kept: Kept) {
        let drift = match kept {
            Kept::Same => Drift::Expected,
            Kept::Otherwise => Drift::Changed,
            Kept::Not => Drift::Undeclared,
        };
        if kept == Kept::Not {
            self.undeclared(told);
        }
        let name = told.text("name").unwrap_or_default();
        let called = resource.and_then(|one| one.name.as_deref());
        let found = finding(drift, &told.of, called, kept.consequence(by, &name));
        self.compared.findings.push(Finding { field: Some(format!("{} {name}", told.class)), ..found });
    }
}

/// What `snapshot`, which runs, is otherwise than `instances` declare.
pub fn against(snapshot: &Snapshot, instances: &[Instance], ignore: &[Ignore]) -> Against {
    let resources: HashMap<Reference, &Resource> =
        snapshot.resources.iter().map(|resource| (resource.reference(), resource)).collect();
    let (written, left, rest) = generate::told(snapshot);
    let told = literal::all(&written, &resources);
    let (instances, elsewhere) = here(snapshot, instances);
    let declared = Declared::of(&instances);
    let mut against = Against { elsewhere, ..Against::default() };
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    // Whether what a part is of is declared: of what is not, its parts are told with it.
    let mut main_of: BTreeMap<&Reference, Option<usize>> = BTreeMap::new();
    for one in &told {
        let found = declared.find(one);
        seen.extend(found);
        if one.is_main {
            main_of.insert(&one.of, found);
        }
        let resource = resources.get(&one.of).copied();
        if let (None, Some((resource, fenced))) = (found, resource.and_then(|one| Some((one, fence::fenced(one)?)))) {
            let running: Vec<&str> = told.iter().filter_map(|other| other.import.as_deref()).collect();
            let (found, taken) = kept(resource, fenced, &instances, &running);
            seen.extend(taken);
            against.compared.findings.push(found);
            continue;
        }
        match found {
            Some(at) => {
                let before = against.compared.findings.len();
                against.compared.findings.extend(changed::changed(one, resource, instances[at], &declared));
                if !snapshot.gaps.iter().any(|gap| gap.of == one.of.to_string()) {
                    let gone = declared
                        .rules_gone(at, &told)
                        .into_iter()
                        .map(|rule| changed::rule_gone(one, instances[at], rule));
                    against.compared.findings.extend(gone);
                    let gone = inline::gone(&instances, at, &told);
                    let gone = gone.iter().map(|name| changed::policy_gone(one, instances[at], name));
                    against.compared.findings.extend(gone);
                }
                against.same += usize::from(before == against.compared.findings.len());
            }
            None if one.is_main => match declared.stands_elsewhere(one) {
                Some(Elsewhere::Same(at)) => {
                    seen.insert(at);
                    against.same += 1;
                }
                Some(Elsewhere::Taken { .. } | Elsewhere::Within { .. }) | None => {
                    against.undeclared(one);
                    against.compared.findings.push(undeclared(one, resource, None));
                }
            },
            None => {
                let is_of_declared = main_of.get(&one.of).is_some_and(Option::is_some);
                if let Some(at) = declared.associated_otherwise(one) {
                    seen.insert(at);
                    against.compared.findings.push(associated(one, resource, instances[at]));
                    continue;
                }
                match declared.stands_elsewhere(one) {
                    Some(Elsewhere::Same(at)) => {
                        seen.insert(at);
                        against.same += 1;
                    }
                    Some(Elsewhere::Taken { by }) => {
                        against.undeclared(one);
                        against.compared.findings.push(undeclared(one, resource, Some(&by)));
                    }
                    Some(Elsewhere::Within { at, kept }) => {
                        seen.insert(at);
                        against.within(one, resource, &instances[at].address, kept);
                    }
                    None if is_of_declared && lookup::is_given(one) => against.same += 1,
                    None if is_of_declared => {
                        against.undeclared(one);
                        against.compared.findings.push(undeclared(one, resource, None));
                    }
                    None => against.undeclared(one),
                }
            }
        }
    }
    for resource in rest {
        // A kind that no rule writes: whether it is declared cannot be told.
        against.compared.findings.push(finding(
            Drift::Unread,
            &resource.reference(),
            resource.name.as_deref(),
            "no rule of Terraform is known for this kind: it was compared with nothing".to_owned(),
        ));
    }
    let not_whole: BTreeSet<&str> = left.iter().map(|note| note.of.as_str()).collect();
    for gap in &snapshot.gaps {
        let (kind, id) = gap.of.split_once('/').unwrap_or((&gap.of, ""));
        let why = format!("{} {}: nobody knows whether it is as declared", gap.error, gap.operation);
        against.compared.findings.push(finding(Drift::Unread, &Reference::new(kind, id), None, why));
    }
    for (at, instance) in instances.iter().enumerate().filter(|(at, _)| !seen.contains(at)) {
        if !declared.is_compared(at) {
            continue;
        }
        match declared.was_looked_for(at, snapshot, &told, &not_whole) {
            true => against.compared.findings.push(Finding {
                field: None,
                ..finding(
                    Drift::Missing,
                    &Reference::new(&instance.class, &declared.called(at)),
                    None,
                    match declared.is_found_by_tags(at) {
                        true => format!(
                            "nothing of its tags runs: terraform apply makes {} again, or gives it back its tags",
                            instance.address
                        ),
                        false => format!("terraform apply makes {} again, or fails on it", instance.address),
                    },
                )
            }),
            false => against.beyond += 1,
        }
    }
    ignored(&mut against.compared.findings, ignore);
    against.compared.findings.sort_by(|one, other| {
        (one.drift, &one.kind, &one.id, &one.field).cmp(&(other.drift, &other.kind, &other.id, &other.field))
    });
    against
}

fn finding(drift: Drift, of: &Reference, name: Option<&str>, consequence: String) -> Finding {
    Finding {
        drift,
        kind: of.kind.clone(),
        id: of.id.clone(),
        name: name.map(str::to_owned),
        field: None,
        left: None,
        right: None,
        consequence,
    }
}

/// What is said of a database that a fence renamed and no state has under its name of now; which instance declares it by the one it
/// had, unless another runs under that.
fn kept(
    resource: &Resource,
    fenced: fence::Fenced<'_>,
    instances: &[&Instance],
    running: &[&str],
) -> (Finding, Option<usize>) {
    let of = resource.reference();
    let was = instances.iter().enumerate().find_map(|(at, one)| {
        let id = one.text("identifier").filter(|id| one.class == "aws_db_instance" && fenced.was(id))?;
        (!running.contains(&id)).then_some((at, id, &one.address))
    });
    match was {
        None => (finding(Drift::Expected, &of, resource.name.as_deref(), fenced.told()), None),
        Some((at, id, address)) => {
            let comes = format!(
                "{}; terraform apply of {address} gives it the name {id} back, and clients write to it again, or makes another, empty one",
                fenced.told()
            );
            let found = Finding {
                field: Some("identifier".to_owned()),
                left: Some(id.into()),
                right: Some(of.id.as_str().into()),
                ..finding(Drift::Changed, &of, resource.name.as_deref(), comes)
            };
            (found, Some(at))
        }
    }
}

/// A subnet that has another table than `declared` says. An association that is replaced has another id: to Terraform the one that it
/// knows is gone.
fn associated(told: &Told, resource: Option<&Resource>, declared: &Instance) -> Finding {
    let consequence = format!(
        "terraform apply makes {} anew, and AWS refuses it as long as the subnet has this one (Resource.AlreadyAssociated)",
        declared.address
    );
    Finding {
        field: Some("route_table_id".to_owned()),
        left: declared.text("route_table_id").map(Into::into),
        right: told.text("route_table_id").map(Into::into),
        ..finding(Drift::Changed, &told.of, resource.and_then(|one| one.name.as_deref()), consequence)
    }
}

/// Something that runs and that no state declares; `taken` is what would take it away.
fn undeclared(told: &Told, resource: Option<&Resource>, taken: Option<&str>) -> Finding {
    let called = told.text("name").or_else(|| told.text("bucket")).or_else(|| told.import.clone());
    let what = called.unwrap_or_else(|| told.of.to_string());
    let class = &told.class;
    let consequence = match taken {
        Some(by) => format!("terraform apply takes it away: {by} holds all that there may be of {class}"),
        None if told.is_main => format!("a rebuild from Git has no {class} {what}"),
        None => format!("a rebuild from Git has no {class} {what}; terraform apply leaves it as it is"),
    };
    let field = (!told.is_main).then(|| format!("{class} {what}"));
    Finding { field, ..finding(Drift::Undeclared, &told.of, resource.and_then(|one| one.name.as_deref()), consequence) }
}
