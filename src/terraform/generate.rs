//! Blocks of Terraform for what a snapshot holds: in the order in which it is brought up, each with what an import names it
//! by; what is not whole is not written, and told.

use super::address::{Address, addresses, slug};
use super::hcl::{Block, Body, Expr, Part};
use super::known;
use super::rules::{self, Layer, Rule};
use super::source::{Made, Note, Source, Variable, Writing, is_unread};
use crate::snapshot::{Reference, Resource, Snapshot, fence};
use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The field in which a capture names what it did not take of something.
const NOT_TOLD: &str = "NotTold";

/// A block, and what it is of.
#[derive(Clone, Debug)]
pub struct Written {
    /// Where it stands.
    pub layer: Layer,
    /// What it is called.
    pub address: Address,
    /// The resource it is of.
    pub of: Reference,
    /// What an import names it by; none where Terraform has none.
    pub import: Option<String>,
    /// Whether a later snapshot has it not: it is written without an import, to be made anew.
    pub is_gone: bool,
    /// What it says.
    pub block: Block,
}

/// Everything that is written of a snapshot.
#[derive(Debug, Default)]
pub struct Generated {
    /// The blocks, in their order.
    pub blocks: Vec<Written>,
    /// What somebody has to give.
    pub variables: BTreeMap<String, Variable>,
    /// What is to be settled before it is applied.
    pub notes: Vec<Note>,
}

/// Writes of `snapshot` what `is_chosen` says; what they refer to besides stands by what it is called in the cloud.
pub fn generate(snapshot: &Snapshot, is_chosen: &dyn Fn(&Resource) -> bool) -> Generated {
    let mut left: Vec<Note> = Vec::new();
    let mut chosen: Vec<(&Resource, &Rule)> = Vec::new();
    for resource in snapshot.resources.iter().filter(|resource| is_chosen(resource)) {
        match refused(resource) {
            Ok(rule) => chosen.push((resource, rule)),
            Err((code, found, fix)) => left.push(note(code, resource, &found, fix)),
        }
    }
    write(snapshot, chosen, left, &|_| None, &|_, blocks| blocks)
}

/// Writes `chosen`. Of what is not written, `spoken` says at what address others find it; `turn` makes of the blocks what is
/// to stand there.
pub(super) fn write<'a>(
    snapshot: &'a Snapshot,
    mut chosen: Vec<(&'a Resource, &'static Rule)>,
    mut left: Vec<Note>,
    spoken: &dyn Fn(&Resource) -> Option<Address>,
    turn: &dyn Fn(&Writing<'a>, Vec<Written>) -> Vec<Written>,
) -> Generated {
    let mut forbidden: BTreeSet<(Reference, Reference)> = BTreeSet::new();
    loop {
        let wanted = chosen.iter().map(|(resource, rule)| {
            (resource.reference(), Address::new(rule.class, &called(snapshot, resource)), resource.id.clone())
        });
        let own = addresses(wanted);
        let names: BTreeMap<Reference, String> =
            own.iter().map(|(of, address)| (of.clone(), address.name.clone())).collect();
        let others = snapshot.resources.iter().filter(|resource| !own.contains_key(&resource.reference()));
        let others = others.filter_map(|resource| Some((resource.reference(), spoken(resource)?)));
        let all: BTreeMap<Reference, Address> =
            own.iter().map(|(of, at)| (of.clone(), at.clone())).chain(others).collect();
        let mut index = known::index(snapshot.resources.iter(), &all);
        forbidden.iter().for_each(|(owner, of)| index.leave(owner, of));
        let writing = Writing::new(snapshot, index, names);
        for (owner, of) in &forbidden {
            writing.note(
                "circle",
                owner,
                &format!("it and {of} refer to each other: {of} stands by what it is called in the cloud"),
                "nothing, while both are there; where they are made anew, apply twice",
            );
        }
        let (blocks, unwritten) = written(&writing, &chosen);
        let blocks = turn(&writing, blocks);
        if !unwritten.is_empty() {
            // Nothing may refer to what is not written: it is all told again without them.
            chosen.retain(|(resource, _)| !unwritten.iter().any(|note| note.of == resource.reference().to_string()));
            left.extend(unwritten);
            continue;
        }
        let more = circles(&blocks);
        let before = forbidden.len();
        forbidden.extend(more);
        if forbidden.len() == before {
            let mut notes = writing.notes();
            notes.extend(left);
            notes.sort();
            notes.dedup();
            return Generated { variables: used(&blocks, writing.variables()), blocks, notes };
        }
    }
}

/// Everything that there is a rule for, told as it stands: without references, and with what stands for secrets. What is
/// written and what is compared comes of the same rules. Behind it what is not told whole, and what no rule is of.
pub(super) fn told(snapshot: &Snapshot) -> (Vec<Written>, Vec<Note>, Vec<&Resource>) {
    let of_rule = |resource: &Resource| rules::of(&resource.kind);
    let (ruled, rest): (Vec<_>, Vec<_>) = snapshot.resources.iter().partition(|resource| of_rule(resource).is_some());
    let chosen: Vec<(&Resource, &Rule)> =
        ruled.into_iter().filter_map(|resource| Some((resource, of_rule(resource)?))).collect();
    let wanted = chosen.iter().map(|(resource, rule)| {
        (resource.reference(), Address::new(rule.class, &called(snapshot, resource)), resource.id.clone())
    });
    let names = addresses(wanted).into_iter().map(|(of, address)| (of, address.name)).collect();
    let writing = Writing::new(snapshot, super::reference::Gather::default().done(), names).compared();
    let (blocks, left) = blocks(&writing, &chosen);
    (blocks, left, rest)
}

pub(super) fn note(code: &'static str, resource: &Resource, found: &str, fix: &str) -> Note {
    Note { code, of: resource.reference().to_string(), found: found.to_owned(), fix: fix.to_owned() }
}

/// The rule of a resource, or why it is not written.
pub(super) fn refused(resource: &Resource) -> Result<&'static Rule, (&'static str, String, &'static str)> {
    let Some(rule) = rules::of(&resource.kind) else {
        return Err(("no-rule", format!("there is no rule for {}", resource.kind), "write it by hand"));
    };
    if let Some(fenced) = fence::fenced(resource) {
        let fix = "nothing: once nobody needs what is in it, it is removed by hand";
        return Err(("fenced", format!("{}: code would make it anew", fenced.told()), fix));
    }
    if resource.shared {
        let found = "it carries none of the application's tags: it is shared, and whose it is writes it";
        return Err(("shared", found.to_owned(), "tag it, if it is the application's"));
    }
    if resource.managed_by == "cloudformation" {
        let found = "CloudFormation manages it: two that do would undo each other's work";
        return Err(("managed", found.to_owned(), "take it out of its stack first, if Terraform is to have it"));
    }
    let unread: Vec<&str> =
        resource.config.iter().filter(|(_, value)| is_unread(value)).map(|(name, _)| name.as_str()).collect();
    if !unread.is_empty() {
        let found = format!("{} could not be read: what is left out would be taken away", unread.join(", "));
        return Err(("unread", found, "capture it again, with what it needs allowed"));
    }
    Ok(rule)
}

/// Where a resource would be written, if no other of its class were called the same.
pub fn address_of(resource: &Resource) -> Option<String> {
    let rule = rules::of(&resource.kind)?;
    Some(Address::new(rule.class, &slug(resource.name.as_deref().unwrap_or(&resource.id))).to_string())
}

/// What a resource is called: by its name, or by what it is of.
pub(super) fn called(snapshot: &Snapshot, resource: &Resource) -> String {
    let name = resource.name.as_deref().unwrap_or(&resource.id);
    let text = |key: &str| resource.config.get(key).and_then(|value| value.as_str()).unwrap_or_default();
    match resource.kind.as_str() {
        "listener" => {
            let balancer = snapshot.resource(&Reference::new("load-balancer", text("LoadBalancer")));
            let balancer = balancer.and_then(|one| one.name.as_deref()).unwrap_or("lb");
            let port = resource.config.get("Port").map(ToString::to_string).unwrap_or_default();
            slug(&format!("{balancer}_{port}"))
        }
        "record" => slug(&format!("{name}_{}_{}", text("Type"), text("SetIdentifier"))),
        _ => slug(name),
    }
}

/// The blocks, and which resources cannot be written whole: these have none.
fn written(writing: &Writing<'_>, chosen: &[(&Resource, &Rule)]) -> (Vec<Written>, Vec<Note>) {
    let (mut all, left) = blocks(writing, chosen);
    all.retain(|one| !left.iter().any(|note| note.of == one.of.to_string()));
    unique(&mut all);
    all.sort_by(|one, other| (one.layer, &one.address).cmp(&(other.layer, &other.address)));
    (all, left)
}

/// The blocks of each, and which are not whole.
fn blocks(writing: &Writing<'_>, chosen: &[(&Resource, &Rule)]) -> (Vec<Written>, Vec<Note>) {
    let mut all: Vec<Written> = Vec::new();
    let mut left: Vec<Note> = Vec::new();
    for (resource, rule) in chosen {
        let reference = resource.reference();
        let name = writing.names[&reference].clone();
        let used = RefCell::default();
        let mut made = Made::default();
        (rule.write)(&Source::new(writing, resource, &name, &used), &mut made);
        // Tags are written by every rule whose class has them.
        used.borrow_mut().insert("Tags".to_owned());
        let unused = resource.config.iter().filter(|(key, _)| !used.borrow().contains(*key));
        let unwritten: Vec<&str> = unused.flat_map(|(key, value)| told_as(key, value)).collect();
        if !unwritten.is_empty() {
            let found = format!("{} would be left out, and so taken away: it is not written", unwritten.join(", "));
            left.push(note("not-whole", resource, &found, "write it by hand"));
        }
        for (class, label, body, import) in made.blocks {
            let block = Block::new("resource", &[&class, &label], body);
            let address = Address::new(&class, &label);
            all.push(Written { layer: rule.layer, address, of: reference.clone(), import, is_gone: false, block });
        }
    }
    (all, left)
}

/// What a field is told as: what a capture says that it did not take is told by its own names.
fn told_as<'a>(key: &'a str, value: &'a serde_json::Value) -> Vec<&'a str> {
    match value.as_array().filter(|_| key == NOT_TOLD) {
        Some(names) => names.iter().filter_map(serde_json::Value::as_str).collect(),
        None => vec![key],
    }
}

/// Parts that would be called the same are told apart by what an import names them by.
fn unique(all: &mut [Written]) {
    let mut times: BTreeMap<Address, usize> = BTreeMap::new();
    for one in all.iter() {
        *times.entry(one.address.clone()).or_default() += 1;
    }
    for one in all.iter_mut().filter(|one| times[&one.address] > 1) {
        let id = one.import.clone().unwrap_or_else(|| one.of.to_string());
        let hash = crate::snapshot::canonical::hash(&id);
        one.address.name = format!("{}_{}", one.address.name, &hash[..6]);
        one.block.labels[1].clone_from(&one.address.name);
    }
}

/// What stands in a body that is said elsewhere.
pub(super) fn said(body: &Body) -> BTreeSet<String> {
    fn of(value: &Expr, found: &mut BTreeSet<String>) {
        match value {
            Expr::Said(text) => drop(found.insert(text.clone())),
            Expr::Text(parts) => {
                let parts = parts.iter().filter_map(|part| match part {
                    Part::Said(text) => Some(text.clone()),
                    Part::Literal(_) => None,
                });
                found.extend(parts);
            }
            Expr::List(items) => items.iter().for_each(|item| of(item, found)),
            Expr::Object(members) => members.iter().for_each(|(_, value)| of(value, found)),
            Expr::Json(inner) | Expr::Base64(inner) => of(inner, found),
            Expr::Null | Expr::Truth(_) | Expr::Number(_) => {}
        }
    }
    let mut found = BTreeSet::new();
    body.values().for_each(|(_, value)| of(value, &mut found));
    for block in body.nested() {
        found.extend(said(&block.body));
    }
    found
}

/// The variables that a block which is written says.
fn used(blocks: &[Written], variables: BTreeMap<String, Variable>) -> BTreeMap<String, Variable> {
    let all: BTreeSet<String> = blocks.iter().flat_map(|one| said(&one.block.body)).collect();
    let is_used = |name: &str| all.iter().any(|said| said.split(['.', '(', ')', '"']).any(|word| word == name));
    variables.into_iter().filter(|(name, _)| is_used(name)).collect()
}

/// Who is to name whom by what it is, so that nothing goes in a circle: the first of each.
fn circles(blocks: &[Written]) -> Vec<(Reference, Reference)> {
    let places: BTreeMap<String, usize> =
        blocks.iter().enumerate().map(|(place, one)| (one.address.to_string(), place)).collect();
    let mut graph: DiGraphMap<usize, ()> = DiGraphMap::new();
    for (place, one) in blocks.iter().enumerate() {
        graph.add_node(place);
        for said in said(&one.block.body) {
            let address: String = said.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
            if let Some(other) = places.get(&address).filter(|other| **other != place) {
                graph.add_edge(place, *other, ());
            }
        }
    }
    let mut found = Vec::new();
    for circle in tarjan_scc(&graph).into_iter().filter(|circle| circle.len() > 1) {
        let first = circle.iter().min_by_key(|place| &blocks[**place].address).expect("two at least");
        let of = &blocks[*first].of;
        let others = circle.iter().filter(|place| graph.contains_edge(*first, **place));
        found.extend(others.map(|place| (of.clone(), blocks[*place].of.clone())));
    }
    found
}
