//! What states declare otherwise, as what is to be said there: a file that Terraform merges into the blocks of the same addresses.

use super::{Group, Row, Stands, State, found, variables};
use crate::snapshot::{Reference, Resource, Snapshot};
use crate::terraform::address::slug;
use crate::terraform::drift::{literally, values};
use crate::terraform::files::{headed, variable};
use crate::terraform::generate::{Generated, Written, said};
use crate::terraform::hcl::{self, Block, Body, Expr, Part};
use crate::terraform::source::Variable;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is said in a block of its own, and not as a value.
const BLOCKS: &[&str] = &["alias", "weighted_routing_policy", "scaling_config", "suspended_state", "replica"];

/// Writes what is declared otherwise: a file a state; how many values somebody has to give.
pub(super) fn all(
    groups: &mut [Group],
    states: &[State],
    whole: &[(&Snapshot, Generated)],
    from: &str,
    files: &mut BTreeMap<String, String>,
) -> usize {
    let mut given = 0;
    for (at, state) in states.iter().enumerate() {
        let name = name_of(states, at);
        let mut patches: BTreeMap<String, Body> = BTreeMap::new();
        let mut wanted: BTreeMap<String, Variable> = BTreeMap::new();
        for group in groups.iter_mut() {
            let runs = whole.iter().find_map(|(snapshot, all)| {
                let one = found(group, all).next().filter(|_| group.is_of(snapshot))?;
                Some((*snapshot, all, one))
            });
            for row in group.rows.iter_mut().filter(|row| row.state == at && row.is_declared()) {
                let Some((class, label)) = row.address().and_then(plain) else { continue };
                let Some(body) = said_of(row, runs, &mut wanted) else { continue };
                let key = format!("{class}.{label}");
                let patch = patches.remove(&key).unwrap_or_default();
                patches.insert(key, joined(patch, body));
                row.written = Some(format!("changed/{name}_override.tf"));
            }
        }
        if patches.is_empty() {
            continue;
        }
        let blocks: Vec<Block> = patches
            .into_iter()
            .map(|(key, body)| {
                let (class, label) = key.split_once('.').unwrap_or((&key, ""));
                Block::new("resource", &[class, label], body)
            })
            .collect();
        let all: BTreeSet<String> = blocks.iter().flat_map(|block| said(&block.body)).collect();
        let head = [format!(
            "Lay it beside the code of {}: Terraform merges it into the blocks of the same addresses.",
            state.name
        )];
        let text = hcl::file(&head, &blocks);
        files.insert(format!("changed/{name}_override.tf"), headed("# ", "codify", from, &text));
        let wanted: Vec<Block> = variables(&all, &wanted).map(|(name, one)| variable(name, one)).collect();
        if !wanted.is_empty() {
            given += wanted.len();
            let text = hcl::file(&[], &wanted);
            files.insert(format!("changed/{name}_values.tf"), headed("# ", "codify", from, &text));
        }
    }
    given
}

/// What a state's file is called: by the state's own name, told apart where two are called the same.
fn name_of(states: &[State], at: usize) -> String {
    let called = |state: &State| {
        let file = state.name.rsplit('/').next().unwrap_or(&state.name);
        let stem = file.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or("state");
        slug(stem)
    };
    let own = called(&states[at]);
    match states.iter().filter(|state| called(state) == own).count() {
        1 => own,
        _ => format!("{own}_{}", at + 1),
    }
}

impl Row {
    fn address(&self) -> Option<&str> {
        match &self.stands {
            Stands::Same { address } | Stands::Otherwise { address, .. } | Stands::NotCompared { address } => {
                Some(address)
            }
            Stands::NotAsked | Stands::Undeclared | Stands::NotTold => None,
        }
    }

    /// Whether it is declared, and not as it was left.
    fn is_declared(&self) -> bool {
        let is_whole = self.turned.argument.is_empty();
        !is_whole && matches!(self.stands, Stands::Otherwise { .. } | Stands::NotCompared { .. })
    }
}

/// The class and the name of an address; none of what stands in a module or is one of several: what is merged would be
/// elsewhere, or of all of them.
fn plain(address: &str) -> Option<(&str, &str)> {
    if address.contains('[') || address.starts_with("module.") {
        return None;
    }
    address.split_once('.').filter(|(_, name)| !name.contains('.'))
}

/// What is to be said: as what was captured after the run says it, or as the run made it.
fn said_of(
    row: &Row,
    runs: Option<(&Snapshot, &Generated, &Written)>,
    wanted: &mut BTreeMap<String, Variable>,
) -> Option<Body> {
    let argument = row.turned.argument.as_str();
    let follows = argument == "task_definition" && matches!(row.stands, Stands::NotCompared { .. });
    if follows {
        return None;
    }
    if let Some((snapshot, all, one)) = runs {
        let mut body = Body::default();
        if let Some(value) = one.block.body.value(argument) {
            body.put(argument, value.clone());
        }
        let nested = one.block.body.nested().iter().filter(|block| block.keyword == argument);
        body = body.blocks(argument, nested.map(|block| block.body.clone()));
        if !body.is_empty() {
            alone(&mut body, snapshot, all, wanted);
            return Some(body);
        }
    }
    let value = row.turned.value.as_ref().filter(|_| row.turned.known)?;
    let mut body = Body::default();
    match value {
        // Nothing is said by saying so: what is merged keeps what is not named.
        Value::Null => body.parts_mut().0.push((argument.to_owned(), Expr::Null)),
        Value::Object(members) if BLOCKS.contains(&argument) => {
            let inner = members
                .iter()
                .fold(Body::default(), |body, (name, value)| body.with(name, Expr::of(value, &Expr::text)));
            body = body.block(argument, inner);
        }
        value => body.put(argument, Expr::of(value, &Expr::text)),
    }
    Some(body)
}

/// Names what stands in other code as the cloud does, and asks for what nobody may write down.
fn alone(body: &mut Body, snapshot: &Snapshot, all: &Generated, wanted: &mut BTreeMap<String, Variable>) {
    let resources: HashMap<Reference, &Resource> =
        snapshot.resources.iter().map(|resource| (resource.reference(), resource)).collect();
    let value_of = values(&all.blocks, &resources);
    let mut more: BTreeMap<String, Variable> = BTreeMap::new();
    literally(body, &|said| said.starts_with("aws_"), &mut |said| {
        value_of(said).map_or_else(
            || {
                let name = said.replace('.', "_");
                let about = format!("{said}, as the cloud calls it.");
                more.insert(name.clone(), Variable { about, is_secret: false, default: None });
                Part::Said(format!("var.{name}"))
            },
            Part::Literal,
        )
    });
    wanted.append(&mut more);
    wanted.extend(all.variables.iter().map(|(name, one)| (name.clone(), one.clone())));
}

/// Both, each argument once: the later says it.
fn joined(mut body: Body, mut other: Body) -> Body {
    let names: Vec<String> = {
        let (values, blocks) = other.parts_mut();
        let names = values.iter().map(|(name, _)| name.clone());
        names.chain(blocks.iter().map(|block| block.keyword.clone())).collect()
    };
    body.drop_all(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let (values, blocks) = body.parts_mut();
    let (more, inner) = other.parts_mut();
    values.append(more);
    blocks.append(inner);
    body
}
