//! What was captured of the application, as its newest snapshot has it: what the Inventory screen shows. It is made once,
//! beside the console, from a snapshot that lies on a disk; no cloud is asked.

use crate::plan::ComponentName;
use crate::snapshot::format::UNREAD;
use crate::snapshot::{Resource, Snapshot};
use crate::terraform::{self, Layer};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is known of what was captured.
#[derive(Clone, Debug)]
pub enum Inventory {
    /// What the store holds is being read.
    Reading,
    /// There is no snapshot in this store.
    None {
        /// The store's folder.
        store: Clean,
    },
    /// There are some, and none could be read.
    Unreadable {
        /// Why.
        why: Clean,
    },
    /// The newest one that could be read.
    There(Arc<Captured>),
}

/// A snapshot, ready to be shown.
#[derive(Debug)]
pub struct Captured {
    /// Its file's name, or what it was taken of where it is in none.
    pub file: Clean,
    /// When it was taken.
    pub at: Timestamp,
    /// The region it is of.
    pub region: Clean,
    /// Whether all of it was read.
    pub complete: bool,
    /// All that it says, in the order it is shown.
    pub entries: Vec<Entry>,
}

/// What an entry stands under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// What could not be read: nobody knows whether it is there.
    NotRead,
    /// What runs, in the order in which it would be built.
    Layer(Layer),
    /// What runs and is written as no Terraform.
    Other,
    /// What it rests on that is not captured.
    Outside,
}

impl Group {
    /// Its heading.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotRead => "not read",
            Self::Layer(layer) => layer.word(),
            Self::Other => "other",
            Self::Outside => "outside",
        }
    }
    /// What stands beside the heading.
    pub fn about(self) -> &'static str {
        match self {
            Self::NotRead => "nobody knows whether these are there",
            Self::Layer(Layer::Network) => "networks and what goes through them",
            Self::Layer(Layer::Identity) => "roles, keys, certificates",
            Self::Layer(Layer::Data) => "databases, buckets, queues, secrets",
            Self::Layer(Layer::Compute) => "services, functions, machines",
            Self::Layer(Layer::Edge) => "load balancers and records",
            Self::Other => "what Terraform is not written for",
            Self::Outside => "what it rests on and no snapshot has",
        }
    }
}

/// One thing of a snapshot.
#[derive(Debug)]
pub struct Entry {
    /// What it stands under.
    pub group: Group,
    /// Its kind; of what is outside, what refers to it.
    pub kind: Clean,
    /// What people call it.
    pub name: Clean,
    /// Why it is here; of what was not read or is outside, why it is not.
    pub why: Clean,
    /// What is to be known of it beside: `shared`, `not all read`.
    pub mark: &'static str,
    /// The plan's component that it is, where it is one.
    pub component: Option<ComponentName>,
    /// All that is told of it: a label and a text each.
    pub told: Vec<(&'static str, Clean)>,
    /// How it is set up, a line each.
    pub config: Vec<Clean>,
}

/// What a reason begins with, of what is a component of the plan.
const COMPONENT: &str = "plan component ";

/// The plan's component that it is, where it is one.
pub fn component_of(resource: &Resource) -> Option<ComponentName> {
    resource.because.strip_prefix(COMPONENT).map(ComponentName::new)
}

impl Captured {
    /// What `snapshot` says, which was kept in `file` and taken at `at`.
    pub fn of(snapshot: &Snapshot, file: &str, at: Timestamp) -> Self {
        let mut needed_by: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for resource in &snapshot.resources {
            for need in &resource.needs {
                needed_by.entry(need).or_default().push(resource.reference().to_string());
            }
        }
        let gaps = snapshot.gaps.iter().map(|gap| {
            let (kind, name) = gap.of.split_once('/').unwrap_or((&gap.of, ""));
            let why = format!("{} {}", gap.error, gap.operation);
            Entry::told(Group::NotRead, kind, name, &why, vec![("call", &gap.operation), ("said", &gap.error)])
        });
        let outside = snapshot.outside.iter().map(|one| {
            let kind = one.from.split_once('/').map_or(one.from.as_str(), |(kind, _)| kind);
            Entry::told(Group::Outside, kind, &one.to, &one.why, vec![("referred to by", &one.from)])
        });
        let resources = snapshot.resources.iter().map(|resource| {
            let own = needed_by.get(resource.reference().to_string().as_str());
            Entry::of(resource, own.map_or(&[], Vec::as_slice))
        });
        let mut entries: Vec<Entry> = gaps.chain(resources).chain(outside).collect();
        // Within a group they stay as the snapshot has them: by kind and id.
        entries.sort_by_key(|entry| entry.group);
        Self { file: Clean::new(file), at, region: Clean::new(&snapshot.region), complete: snapshot.complete, entries }
    }

    /// How many things run, how many could not be read, and how many are outside.
    pub fn counts(&self) -> [usize; 3] {
        let of = |group: Group| self.entries.iter().filter(|entry| entry.group == group).count();
        let (unread, outside) = (of(Group::NotRead), of(Group::Outside));
        [self.entries.len() - unread - outside, unread, outside]
    }
}

impl Entry {
    fn told(group: Group, kind: &str, name: &str, why: &str, told: Vec<(&'static str, &str)>) -> Self {
        Self {
            group,
            kind: Clean::new(kind),
            name: Clean::new(name),
            why: Clean::new(why),
            mark: "",
            component: None,
            told: told.into_iter().map(|(label, text)| (label, Clean::new(text))).collect(),
            config: Vec::new(),
        }
    }

    fn of(resource: &Resource, needed_by: &[String]) -> Self {
        let written = terraform::written_as(&resource.kind);
        let group = written.map_or(Group::Other, |(layer, _)| Group::Layer(layer));
        let config = serde_json::to_string_pretty(&Value::Object(resource.config.clone())).unwrap_or_default();
        let is_whole = !config.contains(UNREAD);
        let mark = match (is_whole, resource.shared) {
            (false, _) => "not all read",
            (true, true) => "shared",
            (true, false) => "",
        };
        let name = resource.name.as_deref().unwrap_or(&resource.id);
        let mut told = vec![("id", Clean::new(&resource.id))];
        told.extend(resource.arn.iter().map(|arn| ("arn", Clean::new(arn))));
        if resource.shared {
            told.push(("shared", Clean::new("it carries none of the application's tags: others may use it too")));
        }
        if resource.managed_by != "?" {
            told.push(("managed by", Clean::new(&resource.managed_by)));
        }
        told.push(("Terraform", Clean::new(written.map_or("not written for this kind", |(_, class)| class))));
        told.extend(resource.known_by.iter().map(|known| ("known as", Clean::new(known))));
        told.extend(resource.needs.iter().map(|need| ("needs", Clean::new(need))));
        told.extend(needed_by.iter().map(|need| ("needed by", Clean::new(need))));
        Self {
            mark,
            component: component_of(resource),
            told,
            // The outermost braces say nothing.
            config: config
                .lines()
                .filter(|line| *line != "{" && *line != "}" && *line != "{}")
                .map(Clean::new)
                .collect(),
            ..Self::told(group, &resource.kind, name, &resource.because, Vec::new())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::properties::{resource, shop};
    use crate::snapshot::{Gap, Outside};

    #[test]
    fn all_that_a_snapshot_says_stands_under_one_heading_each() {
        let mut snapshot = shop();
        let whole = snapshot.resources.len();
        snapshot.resources.push(resource("subnet", "subnet-9", &["vpc/vpc-1"]));
        snapshot.resources.push(Resource {
            because: "plan component orders-db".to_owned(),
            shared: true,
            ..resource("of-another-build", "x\u{1b}[31m", &[])
        });
        snapshot.gaps.push(Gap {
            of: "bucket/b".into(),
            operation: "GetBucketPolicy".into(),
            error: "AccessDenied".into(),
        });
        snapshot.outside.push(Outside { from: "subnet/subnet-9".into(), to: "pcx-1".into(), why: "peering".into() });
        let captured = Captured::of(&snapshot.settled(), "x.json", Timestamp::UNIX_EPOCH);
        let [runs, unread, outside] = captured.counts();
        assert_eq!((runs, unread), (whole + 2, 1));
        assert!(outside >= 1 && !captured.complete);
        assert!(captured.entries.is_sorted_by_key(|entry| entry.group));
        let other = captured.entries.iter().find(|entry| entry.group == Group::Other).expect("one no rule writes");
        assert_eq!(other.component, Some(ComponentName::new("orders-db")));
        assert_eq!(other.mark, "shared");
        assert!(!other.name.contains('\u{1b}'), "{}", other.name);
        assert!(other.told.iter().any(|(label, text)| *label == "Terraform" && text.contains("not written")));
    }
}
