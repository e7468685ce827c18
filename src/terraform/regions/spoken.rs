//! What one side's texts say beside their region: what is the same in both is called the same, the region is no name, an address of
//! the network is one of the other side's.

use super::names;
use super::pairs::Pairs;
use super::refers::Refers;
use crate::snapshot::{Reference, Resource, Snapshot};
use crate::terraform::address::Address;
use crate::terraform::hcl::Part;
use crate::terraform::reference::Index;
use crate::terraform::restore::Ranges;
use crate::terraform::{known, rules};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Fields that only number a part of something.
const NUMBERS: &[&str] =
    &["SecurityGroupRuleId", "SubscriptionArn", "Arn", "RouteTableAssociationId", "StatementId", "Uuid"];

/// How one side speaks.
pub struct Spoken<'a> {
    side: &'a Snapshot,
    index: Index,
    refers: Refers<'a>,
    labels: BTreeMap<Reference, String>,
    networks: BTreeMap<&'a str, String>,
    moved: Vec<Ranges>,
    nobody: Reference,
}

impl<'a> Spoken<'a> {
    /// The primary's, and the other's.
    pub fn both(primary: &'a Snapshot, recovery: &'a Snapshot, pairs: &Pairs) -> (Self, Self) {
        let of_there: BTreeMap<&Reference, &Reference> = pairs.iter().map(|(one, other)| (other, one)).collect();
        let ours = |of: &Reference| of.to_string();
        let theirs = |of: &Reference| match of_there.get(of) {
            Some(one) => one.to_string(),
            // What only one side has is no other's, whatever it is called.
            None => format!("{of} there"),
        };
        let mut moved = Vec::new();
        for (one, other) in pairs.iter().filter(|(one, _)| one.kind == "vpc") {
            let range = |side: &Snapshot, of: &Reference| {
                let found = side.resource(of)?.config.get("CidrBlock")?;
                found.as_str().map(str::to_owned)
            };
            if let (Some(old), Some(new)) = (range(primary, one), range(recovery, other)) {
                moved.extend(Ranges::new(&old, &new));
            }
        }
        (Self::new(primary, &ours, moved), Self::new(recovery, &theirs, Vec::new()))
    }

    fn new(side: &'a Snapshot, label: &dyn Fn(&Reference) -> String, moved: Vec<Ranges>) -> Self {
        let labels: BTreeMap<Reference, String> =
            side.resources.iter().map(|one| (one.reference(), label(&one.reference()))).collect();
        let addresses = side.resources.iter().filter_map(|one| {
            let rule = rules::of(&one.kind)?;
            Some((one.reference(), Address::new(rule.class, &labels[&one.reference()])))
        });
        let index = known::index(side.resources.iter(), &addresses.collect());
        let range = |one: &'a Resource| Some((one.config.get("CidrBlock")?.as_str()?, one));
        let networks = side.resources.iter().filter(|one| ["vpc", "subnet"].contains(&one.kind.as_str()));
        let networks =
            networks.filter_map(range).map(|(range, one)| (range, format!("⟨{}⟩", labels[&one.reference()]))).collect();
        let refers = Refers::of(side);
        Self { side, index, refers, labels, networks, moved, nobody: Reference::new("", "") }
    }

    /// The side's region.
    pub fn region(&self) -> &str {
        &self.side.region
    }

    /// What `text` says where it stands in `owner`.
    pub fn text(&self, owner: &Resource, text: &str) -> String {
        if text == owner.id || Some(text) == owner.name.as_deref() {
            return "⟨itself⟩".to_owned();
        }
        if let Some(range) = self.networks.get(text) {
            return range.clone();
        }
        if let Some(there) = self.moved.iter().find_map(|ranges| ranges.map(text)) {
            return there;
        }
        if let Some(of) = self.refers.named(owner, text).filter(|of| of.id == text) {
            return format!("⟨{}⟩", self.labels[&of]);
        }
        let part = |part: Part| match part {
            Part::Literal(text) => names::strict(&text, &self.side.region),
            Part::Said(said) => format!("⟨{said}⟩"),
        };
        self.index.parts(text, &self.nobody).into_iter().map(part).collect()
    }

    /// The same of every text within `value`; lists whose order means nothing are in one of their own.
    pub fn value(&self, owner: &Resource, name: &str, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text(owner, text).into(),
            Value::Array(items) => {
                let mut items: Vec<Value> = items.iter().map(|item| self.value(owner, name, item)).collect();
                if !is_in_order(name) {
                    items.sort_by_cached_key(ToString::to_string);
                }
                items.into()
            }
            Value::Object(members) => {
                let members = members.iter().filter(|(name, _)| !is_number(name));
                let members = members.map(|(name, inner)| (name.clone(), self.value(owner, name, inner)));
                Value::Object(members.collect::<Map<_, _>>())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }
}

/// Whether a field only numbers a part of something.
pub fn is_number(name: &str) -> bool {
    NUMBERS.contains(&name)
}

/// Whether the order of a list says something: the words of a command.
pub fn is_in_order(name: &str) -> bool {
    ["command", "entrypoint"].contains(&name.to_lowercase().as_str())
}
