//! Of what generation writes, what no state declares: the rest is in code already, and where that says otherwise it is told
//! there and not written a second time.

use super::{Against, against, literal};
use crate::snapshot::diff::{Drift, Finding};
use crate::snapshot::{Reference, Resource, Snapshot};
use crate::terraform::generate::{Generated, said};
use crate::terraform::hcl::{Body, Expr, Part};
use crate::terraform::source::{Note, Variable};
use crate::terraform::state::Instance;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What of a snapshot is not written, since states have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rest {
    /// How many blocks states declare.
    pub declared: usize,
    /// How many differences of these are told.
    pub otherwise: usize,
}

/// Leaves of `generated`, which was written of `snapshot`, what no instance declares; what is declared otherwise than it runs is
/// noted. What is written names the rest as the cloud does.
pub fn only(generated: &mut Generated, snapshot: &Snapshot, instances: &[Instance]) -> Rest {
    let against = against(snapshot, instances, &[]);
    let resources: HashMap<Reference, &Resource> =
        snapshot.resources.iter().map(|resource| (resource.reference(), resource)).collect();
    let all = generated.blocks.clone();
    let is_kept = |class: &str, import: &Option<String>| {
        import.as_ref().is_none_or(|import| against.undeclared.contains(&(class.to_owned(), import.clone())))
    };
    // One that a later snapshot has not is there to be made anew; its import was taken from it.
    let gone = |of: &Reference| {
        let is_it = |one: &Finding| one.drift == Drift::Undeclared && one.kind == of.kind && one.id == of.id;
        against.compared.findings.iter().any(is_it)
    };
    generated.blocks.retain(|one| match one.is_gone {
        true => gone(&one.of),
        false => is_kept(&one.address.class, &one.import),
    });
    let kept: BTreeSet<String> = generated.blocks.iter().map(|one| one.address.to_string()).collect();
    let value_of = literal::values(&all, &resources);
    let mut given: BTreeMap<String, Variable> = BTreeMap::new();
    for one in &mut generated.blocks {
        let is_left = |said: &str| address(said).is_some_and(|address| !kept.contains(&address));
        literally(&mut one.block.body, &is_left, &mut |said| {
            if let Some(value) = value_of(said) {
                return Part::Literal(value);
            }
            let name = said.replace('.', "_");
            let about = format!("{said} of what the states declare.");
            given.insert(name.clone(), Variable { about, is_secret: false, default: None });
            Part::Said(format!("var.{name}"))
        });
    }
    let said: BTreeSet<String> = generated.blocks.iter().flat_map(|one| said(&one.block.body)).collect();
    generated.variables.append(&mut given);
    generated.variables.retain(|name, _| said.contains(&format!("var.{name}")));
    let written: BTreeSet<String> = generated.blocks.iter().map(|one| one.of.to_string()).collect();
    let undeclared: BTreeSet<String> = undeclared_of(&against);
    generated.notes.retain(|note| written.contains(&note.of) || undeclared.contains(&note.of));
    let otherwise = otherwise(&against);
    let rest = Rest { declared: all.len() - generated.blocks.len(), otherwise: otherwise.len() };
    generated.notes.extend(otherwise);
    generated.notes.sort();
    generated.notes.dedup();
    rest
}

/// What is declared nowhere, or could not be told, as `KIND/ID`.
fn undeclared_of(against: &Against) -> BTreeSet<String> {
    let found = against.compared.findings.iter();
    let found = found.filter(|one| matches!(one.drift, Drift::Undeclared | Drift::Unread) && one.field.is_none());
    found.map(|one| format!("{}/{}", one.kind, one.id)).collect()
}

/// What is declared, and runs otherwise or not at all.
fn otherwise(against: &Against) -> Vec<Note> {
    let told = against.compared.findings.iter().filter_map(|one| {
        let (code, of, fix) = match one.drift {
            Drift::Changed => (
                "declared-otherwise",
                format!("{}/{}", one.kind, one.id),
                "change the code that declares it, if what runs is right",
            ),
            Drift::Missing => {
                ("declared-and-gone", one.id.clone(), "take it out of the code that declares it, if it is to be gone")
            }
            // A policy that a role's state has within: no state tells whether its code has it, too.
            Drift::Expected if one.field.is_some() => (
                "declared-within",
                format!("{}/{}", one.kind, one.id),
                "write it into the code that declares the role, if that has no inline_policy",
            ),
            Drift::Undeclared | Drift::Unread | Drift::Ignored | Drift::Expected => return None,
        };
        Some(Note { code, of, found: one.consequence.clone(), fix: fix.to_owned() })
    });
    told.collect()
}

/// What is said of blocks that are not kept, as what it is.
pub(in crate::terraform) fn literally(
    body: &mut Body,
    is_left: &dyn Fn(&str) -> bool,
    value: &mut dyn FnMut(&str) -> Part,
) {
    let (values, blocks) = body.parts_mut();
    values.retain_mut(|(name, told)| match told {
        Expr::List(items) if name == "depends_on" => {
            items.retain(|item| !matches!(item, Expr::Said(said) if is_left(said)));
            !items.is_empty()
        }
        _ => {
            as_it_is(told, is_left, value);
            true
        }
    });
    blocks.iter_mut().for_each(|block| literally(&mut block.body, is_left, value));
}

fn as_it_is(told: &mut Expr, is_left: &dyn Fn(&str) -> bool, value: &mut dyn FnMut(&str) -> Part) {
    let mut turned = |parts: Vec<Part>| {
        let parts = parts.into_iter().map(|part| match part {
            Part::Said(said) if is_left(&said) => value(&said),
            part => part,
        });
        Expr::of_parts(parts.collect())
    };
    match told {
        Expr::Said(said) => *told = turned(vec![Part::Said(std::mem::take(said))]),
        Expr::Text(parts) => *told = turned(std::mem::take(parts)),
        Expr::List(items) => items.iter_mut().for_each(|item| as_it_is(item, is_left, value)),
        Expr::Object(members) => members.iter_mut().for_each(|(_, item)| as_it_is(item, is_left, value)),
        Expr::Json(inner) | Expr::Base64(inner) => as_it_is(inner, is_left, value),
        Expr::Null | Expr::Truth(_) | Expr::Number(_) => {}
    }
}

/// The block that something is said of: `aws_vpc.main` of `aws_vpc.main.id`.
fn address(said: &str) -> Option<String> {
    let mut parts = said.splitn(3, '.');
    let class = parts.next().filter(|class| class.starts_with("aws_"))?;
    Some(format!("{class}.{}", parts.next()?))
}
