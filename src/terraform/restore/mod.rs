//! Terraform that builds in another region what a snapshot holds and that region has not: the same rules, turned. What is
//! there is looked up; what nobody can know is asked for; no store is made empty without a word, and no record is written.

mod access;
mod fate;
mod files;
mod fragment;
mod place;
mod stores;
mod there;
mod times;
mod turn;

pub use files::{Plane, planes, written};
pub use fragment::of as fragment;
pub use place::{Ranges, is_regional_id};
pub use stores::{Data, advice, is_store};
pub(super) use there::is_replica;
pub use times::{Takes, takes};

use crate::snapshot::{Reference, Resource, Snapshot};
use crate::terraform::generate::{self, Generated, said};
use crate::terraform::hcl::Block;
use fate::Fate;
use place::Move;
use std::collections::BTreeSet;

/// The tag of what a restore makes: where it is from.
pub use crate::snapshot::RESTORED as MADE;

/// What is to be built where.
pub struct Order<'a> {
    /// The region.
    pub to: String,
    /// The account, where it is another than the snapshot's; its number, where that is known.
    pub account: Option<Option<String>>,
    /// What that region has.
    pub recovery: Option<&'a Snapshot>,
    /// What is one thing on both sides, as a plan says.
    pub pairs: Vec<(Reference, Reference)>,
    /// Where the data of a store comes from, where somebody says so.
    pub data: &'a dyn Fn(&Resource) -> Option<Data>,
    /// What is to be built.
    pub is_chosen: &'a dyn Fn(&Resource) -> bool,
    /// What is named by itself.
    pub is_named: &'a dyn Fn(&Resource) -> bool,
    /// Another range of addresses.
    pub cidr: Option<String>,
}

/// What is written, and what is said of it.
#[derive(Debug, Default)]
pub struct Restored {
    /// What is made.
    pub generated: Generated,
    /// What is there, and looked up: the data sources, and those that are named by what they are.
    pub existing: Vec<Block>,
    /// Those that no data source looks up: name, id and ARN.
    pub literal: Vec<(String, String, String)>,
    /// The zones that are named, in their order.
    pub zones: Vec<String>,
    /// What is there and used, as `KIND/ID` here and the id there.
    pub reused: Vec<(Reference, String)>,
    /// What somebody gives, or leaves.
    pub outside: Vec<Reference>,
}

/// Why nothing is written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody says where the data of these comes from.
    #[error("nobody says where the data of a store comes from")]
    Stores(Vec<(Reference, String)>),
    /// It cannot be done as asked.
    #[error("{0}")]
    Asked(String),
}

/// What builds `snapshot` elsewhere.
///
/// # Errors
/// A store without data, addresses that do not go where they are sent.
pub fn restored(snapshot: &Snapshot, order: &Order<'_>) -> Result<Restored, Refusal> {
    let (fates, made) = fate::decide(snapshot, order);
    if !fates.silent.is_empty() {
        return Err(Refusal::Stores(fates.silent));
    }
    let ranges = order.cidr.as_ref().map(|cidr| ranges(&made, cidr)).transpose().map_err(Refusal::Asked)?;
    let account = order.account.is_some().then_some(snapshot.account.as_str());
    let moved = Move::new(&snapshot.region, account, ranges);
    let spoken = |resource: &Resource| fates.addresses.get(&resource.reference()).cloned();
    let mut generated = generate::write(snapshot, made, fates.notes.clone(), &spoken, &|writing, blocks| {
        turn::all(order, &fates, &moved, writing, blocks)
    });
    generated.notes.retain(|note| !ONLY_IN_PLACE.contains(&note.code));
    let used: BTreeSet<String> = generated.blocks.iter().flat_map(|one| said(&one.block.body)).collect();
    let mut all = Restored { zones: moved.zones.take().into_iter().collect(), ..Restored::default() };
    for (of, fate) in &fates.of {
        let Some(address) = fates.addresses.get(of) else { continue };
        let is_used =
            used.iter().any(|said| said.strip_prefix(&address.to_string()).is_some_and(|rest| rest.starts_with('.')));
        match fate {
            Fate::There(there) if is_used => {
                all.reused.push((of.clone(), there.id.clone()));
                match there.block(&address.name) {
                    Some(block) => all.existing.push(block),
                    None => all.literal.push((
                        address.name.clone(),
                        there.id.clone(),
                        there.arn.clone().unwrap_or_default(),
                    )),
                }
            }
            // What was not asked for, and nobody names, is of no matter.
            Fate::There(_) if !snapshot.resource(of).is_some_and(|one| (order.is_chosen)(one)) => {}
            Fate::There(there) => all.reused.push((of.clone(), there.id.clone())),
            Fate::Given | Fate::Left => all.outside.push(of.clone()),
            Fate::Made => {}
        }
    }
    let most = most_zones(&order.to);
    if all.zones.len() > most {
        generated.notes.push(crate::terraform::Note {
            code: "zones-fewer",
            of: format!("region/{}", order.to),
            found: format!(
                "it has {most} zones, as far as is known, for {} of the snapshot: some stand in one together",
                all.zones.len()
            ),
            fix: "look at what needs two zones: load balancers, groups of subnets, databases".to_owned(),
        });
    }
    all.generated = generated;
    Ok(all)
}

/// How many zones an account gets at least in a region.
fn most_zones(region: &str) -> usize {
    match region {
        "us-west-1" => 2,
        "us-east-1" => 6,
        "us-west-2" | "ap-northeast-2" => 4,
        _ => 3,
    }
}

/// Notes that are of imports alone.
const ONLY_IN_PLACE: &[&str] = &["restore-cidr", "route-outside", "cache-token", "zone-private"];

/// The addresses of the one network that is made, moved to `cidr`.
fn ranges(made: &[(&Resource, &'static crate::terraform::rules::Rule)], cidr: &str) -> Result<Ranges, String> {
    let networks: Vec<&Resource> = made.iter().map(|(one, _)| *one).filter(|one| one.kind == "vpc").collect();
    match networks.as_slice() {
        [one] => Ranges::new(one.config.get("CidrBlock").and_then(|range| range.as_str()).unwrap_or_default(), cidr),
        [] => Err("no network is made that could have other addresses".to_owned()),
        many => Err(format!("{} networks are made: which of them is to have {cidr} is not known", many.len())),
    }
}
