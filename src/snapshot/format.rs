//! The format of a snapshot: what stands in it, how it is written and read. The hash leaves out when and how it was taken,
//! so that two captures of an application that did not change are the same.

use super::canonical;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;

/// What the file calls itself.
pub const FORMAT: &str = "landfall-snapshot";
/// The version that is written, and the latest that is read.
pub const VERSION: u32 = 1;

/// The tag of what a restore has made: the region that it is from.
pub const RESTORED: &str = "landfall:restored-from";

/// What stands in the place of a part that could not be read.
pub const UNREAD: &str = "⟦unread⟧";
/// Where a file says its own hash.
const HASH: &str = "hash";
/// Why something is outside that was asked for and is not there.
pub const ABSENT: &str = "it is not there";

/// An application as it ran in one account and region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The application's name.
    pub application: String,
    /// The account's number; empty where it was not told.
    pub account: String,
    /// `aws`, `aws-cn`, …
    pub partition: String,
    /// The region.
    pub region: String,
    /// The tags by which it was looked for: all of them.
    #[serde(default)]
    pub selectors: BTreeMap<String, String>,
    /// Whether all of it was read.
    pub complete: bool,
    /// What runs, sorted by kind and id.
    pub resources: Vec<Resource>,
    /// What it rests on that is not captured.
    #[serde(default)]
    pub outside: Vec<Outside>,
    /// What could not be read.
    #[serde(default)]
    pub gaps: Vec<Gap>,
    /// By which key values are sealed, so that two snapshots of one key can be compared; absent without a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_by: Option<String>,
    /// When and how it was taken: no part of the hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<Taken>,
}

/// One thing that runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// What it is: `subnet`, `iam-role`, …
    pub kind: String,
    /// By what the cloud knows it.
    pub id: String,
    /// Its ARN, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether it is of all regions.
    #[serde(default, skip_serializing_if = "is_false")]
    pub global: bool,
    /// Whether it was reached from the application and carries none of its tags: others may use it too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub shared: bool,
    /// Why it is here: tagged, a plan's component, or what refers to it.
    pub because: String,
    /// Who says to manage it: `cloudformation`, or `?` when it says nothing.
    pub managed_by: String,
    /// What it refers to, as `KIND/ID`, sorted.
    #[serde(default)]
    pub needs: Vec<String>,
    /// By what else others know it: endpoints, addresses, aliases. Sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known_by: Vec<String>,
    /// How it is set up: named fields of its kind, and nothing that only tells how it fares.
    pub config: Map<String, Value>,
}

/// What something refers to that is not captured.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Outside {
    /// What refers to it, as `KIND/ID`.
    pub from: String,
    /// What it refers to: an ARN, or an id.
    pub to: String,
    /// Why it is not captured.
    pub why: String,
}

/// What could not be read. Of what was not read nobody knows whether it is there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// Of what, as `KIND/ID`, or what was looked for.
    #[serde(rename = "ref")]
    pub of: String,
    /// The call.
    pub operation: String,
    /// Why: the cloud's own code where it gave one.
    pub error: String,
}

/// When and how a snapshot was taken.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// When it began.
    pub started: jiff::Timestamp,
    /// When it was over: what changed meanwhile may be seen either way.
    pub finished: jiff::Timestamp,
    /// Who took it.
    #[serde(default)]
    pub by: String,
    /// How many calls it took, by service.
    #[serde(default)]
    pub calls: BTreeMap<String, u64>,
}

/// What `KIND/ID` is called by everywhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// The kind.
    pub kind: String,
    /// The id, which may have slashes.
    pub id: String,
}

impl Reference {
    /// Of `kind`, called `id`.
    pub fn new(kind: &str, id: &str) -> Self {
        Self { kind: kind.to_owned(), id: id.to_owned() }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.id)
    }
}

/// Why a file is no snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// It is no JSON, or another's.
    #[error("it is no snapshot: {0}")]
    NotOne(String),
    /// It is of a later version.
    #[error("it is a snapshot of version {0}, and this Landfall reads up to {VERSION}: use a later one")]
    Later(u32),
    /// It holds what no snapshot may hold.
    #[error("it holds {what} in {place}: it was not written")]
    Forbidden {
        /// What.
        what: &'static str,
        /// Where: a place, never the value.
        place: String,
    },
}

impl Resource {
    /// `KIND/ID`.
    pub fn reference(&self) -> Reference {
        Reference::new(&self.kind, &self.id)
    }
}

impl Snapshot {
    /// Reads a snapshot, whatever order it is written in.
    ///
    /// # Errors
    /// When it is no snapshot, or of a later version.
    pub fn read(text: &str) -> Result<Self, SnapshotError> {
        let not_one = |error: serde_json::Error| {
            // What stands in a file that is none may be a secret: its place says enough.
            SnapshotError::NotOne(format!("line {}, column {} is not as it should be", error.line(), error.column()))
        };
        let value: Value = serde_json::from_str(text).map_err(not_one)?;
        if value["format"] != FORMAT {
            return Err(SnapshotError::NotOne(format!("its format is not `{FORMAT}`")));
        }
        match value["version"].as_u64().and_then(|version| u32::try_from(version).ok()) {
            Some(version) if version > VERSION => return Err(SnapshotError::Later(version)),
            Some(0) | None => return Err(SnapshotError::NotOne("it has no version".to_owned())),
            Some(_) => {}
        }
        // Whoever wrote the file may have written its members in another order: what is made of it is the same.
        let read: Self = serde_json::from_str(&canonical::text(&value)).map_err(not_one)?;
        Ok(read.settled())
    }

    /// With everything in its order, whatever order it was found in; what has gaps is not complete, whatever it says.
    pub fn settled(mut self) -> Self {
        for resource in &mut self.resources {
            resource.needs.sort();
            resource.needs.dedup();
            resource.known_by.sort();
            resource.known_by.dedup();
        }
        self.resources.sort_by_cached_key(Resource::reference);
        self.outside.sort();
        self.outside.dedup();
        self.gaps.sort();
        self.gaps.dedup();
        self.complete = self.complete && self.gaps.is_empty();
        self
    }

    /// What its things are called, by each of their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.resources.iter().flat_map(|one| {
            let own = [Some(one.id.as_str()), one.name.as_deref()].into_iter().flatten();
            own.chain(one.known_by.iter().map(String::as_str))
        })
    }

    /// The file, canonical, with its hash: a file that is renamed and changed is known by it.
    pub fn text(&self) -> String {
        let mut value = self.value();
        if let Some(members) = value.as_object_mut() {
            members.insert(HASH.to_owned(), self.hash().into());
        }
        canonical::text(&value)
    }

    /// The hash that a file says it has; none in one of before there was any.
    pub fn said_hash(text: &str) -> Option<String> {
        let value: Value = serde_json::from_str(text).ok()?;
        value[HASH].as_str().map(str::to_owned)
    }

    /// Whether `text` is as it is written, with its hash or, as before there was any, without.
    pub fn is_written_as(&self, text: &str) -> bool {
        text == self.text() || text == canonical::text(&self.value())
    }

    /// The hash of what it says of the application, in hexadecimal: without when and how it was taken.
    pub fn hash(&self) -> String {
        let mut value = self.value();
        if let Some(members) = value.as_object_mut() {
            members.remove("taken");
        }
        canonical::hash(&canonical::text(&value))
    }

    /// The resource of this kind and id.
    pub fn resource(&self, reference: &Reference) -> Option<&Resource> {
        let at = self.resources.binary_search_by(|resource| {
            (resource.kind.as_str(), resource.id.as_str()).cmp(&(&reference.kind, &reference.id))
        });
        at.ok().map(|at| &self.resources[at])
    }

    fn value(&self) -> Value {
        serde_json::to_value(self).expect("a snapshot has names for members, and no number that JSON has not")
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::properties::shop;

    #[test]
    fn when_it_was_taken_is_no_part_of_what_it_says() {
        let (one, mut other) = (shop(), shop());
        other.taken = Some(Taken { by: "ana".to_owned(), ..Taken::default() });
        assert_eq!(one.hash(), other.hash());
        assert_ne!(one.text(), other.text());
        assert_eq!(Snapshot::read(&other.text()), Ok(other.clone()));
        other.resources[0].config.insert("CidrBlock".to_owned(), "10.9.0.0/16".into());
        assert_ne!(one.hash(), other.hash());
    }

    #[test]
    fn what_is_no_snapshot_is_refused_by_its_name_and_shows_nothing_of_itself() {
        let later = shop().text().replace("\"version\": 1", "\"version\": 2");
        assert_eq!(Snapshot::read(&later), Err(SnapshotError::Later(2)));
        for text in ["", "{}", "[]", "hunter2", "{\"format\": \"hunter2\"}", "{\"format\": \"landfall-snapshot\"}"] {
            let error = Snapshot::read(text).expect_err("no snapshot").to_string();
            assert!(error.contains("no snapshot") && !error.contains("hunter2"), "{error}");
        }
        let cut = &shop().text()[..400];
        assert!(matches!(Snapshot::read(cut), Err(SnapshotError::NotOne(_))));
    }

    #[test]
    fn what_has_gaps_is_not_complete_whatever_it_says() {
        let mut one = shop();
        one.gaps.push(Gap { of: "a/b".into(), operation: "DescribeDBInstances".into(), error: "AccessDenied".into() });
        assert!(!one.settled().complete);
    }
}
