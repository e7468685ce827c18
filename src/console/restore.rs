//! What a restore to the other region would make, leave out and ask for, of what was captured last: what the preview shows. It is made
//! beside the console, from files; no cloud is asked and nothing is applied.

use crate::recovery::words;
use crate::snapshot::{Reference, Resource, Snapshot};
use crate::terraform::Layer;
use crate::terraform::restore::{self, Restored, advice, planes, takes};
use crate::text::Clean;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a restore.
#[derive(Debug)]
pub enum Preview {
    /// Nothing can be told: why, and how it can be.
    Not {
        /// Why.
        why: Clean,
        /// How.
        fix: Clean,
    },
    /// It could be made.
    There(Box<Made>),
}

impl Preview {
    /// Why it cannot be written into files as it is.
    pub fn unwritten(&self) -> Option<String> {
        match self {
            Self::Not { why, .. } => Some(why.to_string()),
            Self::There(made) if !made.complete => Some("not all of what it is made from could be read".to_owned()),
            Self::There(made) => match made.silent() {
                0 => None,
                1 => Some("nobody says where the data of one store comes from".to_owned()),
                many => Some(format!("nobody says where the data of {many} stores comes from")),
            },
        }
    }
}

/// What a restore would make.
#[derive(Debug)]
pub struct Made {
    /// The region that it is of.
    pub from: Clean,
    /// The region that it is made in.
    pub to: Clean,
    /// When what it is made from was captured.
    pub at: Timestamp,
    /// Whether all of that was read.
    pub complete: bool,
    /// When what is there was captured; none where nothing tells.
    pub there_at: Option<Timestamp>,
    /// What is made, by layer: kinds, each with how many.
    pub layers: Vec<(Layer, Vec<(Clean, usize)>)>,
    /// How many blocks of Terraform that is.
    pub blocks: usize,
    /// What keeps data, and where its data comes from.
    pub stores: Vec<Store>,
    /// What is there and used: what it is here, its id there, and whether a capture showed it; a plan only says so.
    pub there: Vec<(Clean, Clean, bool)>,
    /// What is not made, why, and what to do.
    pub left: Vec<[Clean; 3]>,
    /// What is to be settled, in the same words.
    pub notes: Vec<[Clean; 3]>,
    /// Values that somebody has to give, what each is, and whether it is secret.
    pub given: Vec<(Clean, Clean, bool)>,
    /// Other regions that are needed: which, for what, and whether it is the one that is restored from.
    pub planes: Vec<(Clean, Clean, bool)>,
    /// What takes minutes.
    pub takes: Vec<Clean>,
    /// The command that writes it.
    pub command: Clean,
}

/// A store, and its data.
#[derive(Debug)]
pub struct Store {
    /// Which.
    pub of: Clean,
    /// Where its data comes from, or what is to be said for it to be made.
    pub told: Clean,
    /// How it stands.
    pub stands: Stands,
}

/// How a store stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// What replicates it was seen there.
    Seen,
    /// It is said to be there, or somebody gives it: nobody saw it.
    Said,
    /// Nobody says where its data comes from.
    Silent,
}

/// What is made from, and into.
#[derive(Clone, Copy, Debug)]
pub struct Of<'a> {
    /// The region.
    pub to: &'a str,
    /// When it was captured.
    pub at: Timestamp,
    /// What is there, and when that was captured.
    pub there: Option<(&'a Snapshot, Timestamp)>,
    /// The command that writes it.
    pub command: &'a str,
}

impl Made {
    /// What `restored` makes of `snapshot`; of `silent` stores nobody says where their data comes from.
    pub fn of(snapshot: &Snapshot, of: Of<'_>, restored: &Restored, silent: &[(Reference, String)]) -> Self {
        let blocks = &restored.generated.blocks;
        let mut layers: BTreeMap<Layer, BTreeMap<&str, BTreeSet<&Reference>>> = BTreeMap::new();
        for one in blocks {
            layers.entry(one.layer).or_default().entry(&one.of.kind).or_default().insert(&one.of);
        }
        let layers = layers.into_iter().map(|(layer, kinds)| {
            let kinds = kinds.into_iter().map(|(kind, all)| (Clean::new(kind), all.len()));
            (layer, kinds.collect())
        });
        let made: BTreeSet<String> = blocks.iter().map(|one| one.of.to_string()).collect();
        let reused: BTreeSet<String> = restored.reused.iter().map(|(one, _)| one.to_string()).collect();
        let told = |text: &str| Clean::new(text);
        // What is of all regions was seen by the capture itself.
        let is_seen = |one: &Reference, id: &str| {
            let is_it = |seen: &Resource| seen.kind == one.kind && (seen.id == id || seen.arn.as_deref() == Some(id));
            snapshot.resource(one).is_some_and(|one| one.global)
                || of.there.is_some_and(|(there, _)| there.resources.iter().any(is_it))
        };
        // A store of which nobody says anything is told among the stores.
        let is_silent = |of: &str| silent.iter().any(|(store, _)| store.to_string() == of);
        let all = restored.generated.notes.iter().filter(|note| !is_silent(&note.of));
        let (left, notes): (Vec<_>, Vec<_>) =
            all.map(|note| (note, [told(&note.of), told(&note.found), told(&note.fix)])).partition(|(note, _)| {
                let is_thing = snapshot.resources.iter().any(|one| one.reference().to_string() == note.of);
                is_thing && !made.contains(&note.of) && !reused.contains(&note.of)
            });
        let unread = snapshot.gaps.iter().map(|gap| {
            let why = format!("it was not read: {} {}", gap.error, gap.operation);
            [told(&gap.of), told(&why), told("capture it again, with what it needs allowed")]
        });
        let (elsewhere, _) = planes(snapshot, restored);
        let planes = elsewhere.into_iter().map(|plane| {
            let classes = plane.classes.into_iter().collect::<Vec<_>>().join(", ");
            (told(plane.region), told(&format!("{classes}: {}", plane.why)), plane.is_source)
        });
        let asked = restored.generated.variables.iter().filter(|(_, variable)| variable.default.is_none());
        let takes = takes(blocks).into_iter().map(|one| {
            let each = if one.count > 1 { " each, beside one another" } else { "" };
            let copy = match one.from_copy {
                0 => "",
                _ => "; made of a copy, it takes longer by the size of its data",
            };
            let minutes = words::long_age(one.minutes as f64 * 60.0);
            told(&format!("{} {}: about {minutes}{each}{copy}", one.count, one.class))
        });
        Self {
            from: told(&snapshot.region),
            to: told(of.to),
            at: of.at,
            complete: snapshot.complete,
            there_at: of.there.map(|(_, at)| at),
            layers: layers.collect(),
            blocks: blocks.len(),
            stores: stores(snapshot, restored, silent, &is_seen),
            there: restored
                .reused
                .iter()
                .map(|(one, id)| (told(&one.to_string()), told(id), is_seen(one, id)))
                .collect(),
            left: unread.chain(left.into_iter().map(|(_, row)| row)).collect(),
            notes: notes.into_iter().map(|(_, row)| row).collect(),
            given: asked.map(|(name, one)| (told(name), told(&one.about), one.is_secret)).collect(),
            planes: planes.collect(),
            takes: takes.collect(),
            command: told(of.command),
        }
    }

    /// How many things are made.
    pub fn things(&self) -> usize {
        self.layers.iter().flat_map(|(_, kinds)| kinds).map(|(_, count)| count).sum()
    }

    /// How many stores nobody says anything of.
    pub fn silent(&self) -> usize {
        self.stores.iter().filter(|store| store.stands == Stands::Silent).count()
    }
}

fn stores(
    snapshot: &Snapshot,
    restored: &Restored,
    silent: &[(Reference, String)],
    is_seen: &dyn Fn(&Reference, &str) -> bool,
) -> Vec<Store> {
    let all = snapshot.resources.iter().filter(|one| restore::is_store(snapshot, one)).map(|one| {
        let of = one.reference();
        let why = silent.iter().find(|(store, _)| *store == of).map(|(_, why)| why);
        let there = restored.reused.iter().find(|(store, _)| *store == of).map(|(_, id)| id);
        let is_made = restored.generated.blocks.iter().any(|block| block.of == of);
        let (told, stands) = match (why, there) {
            (Some(why), _) => (format!("{why}, and it is not written without data: {}", advice(&of)), Stands::Silent),
            (None, Some(id)) if is_seen(&of, id) => (format!("replica: {id} is there"), Stands::Seen),
            (None, Some(id)) => (format!("replica: {id}, which no capture has shown there"), Stands::Said),
            (None, None) if is_made => ("made of what was said".to_owned(), Stands::Said),
            (None, None) => ("not made: somebody gives it".to_owned(), Stands::Said),
        };
        Store { of: Clean::new(&of.to_string()), told: Clean::new(&told), stands }
    });
    all.collect()
}
