//! A plan as it was understood: the application, its two regions and its components. Nothing here reads a file.

use super::capture::Capture;
use super::drills::Drills;
use super::fields::Read;
use super::names::{AccountName, ComponentName, Region};
use super::plugin::Plugged;
use super::sealing::Sealed;
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a team keeps in git: an application, its two regions, its components, its objectives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The application and its objectives.
    pub application: Application,
    /// Accounts by name; a component without one uses the ambient credentials.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accounts: BTreeMap<AccountName, Account>,
    /// The components, in the order of the file.
    pub components: Vec<Component>,
    /// Readiness findings that are known and lived with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
    /// How often it is drilled.
    #[serde(default, skip_serializing_if = "Drills::is_empty")]
    pub drills: Drills,
    /// What of a cloud it is.
    #[serde(default, skip_serializing_if = "Capture::is_empty")]
    pub capture: Capture,
    /// What of it is not written down.
    #[serde(default, skip_serializing_if = "Sealed::is_empty")]
    pub sealed: Sealed,
}

impl Plan {
    /// What it can be run for: a derived one for its failback alone.
    pub fn intents(&self) -> Vec<Intent> {
        match &self.application.from_run {
            Some(_) => vec![Intent::Failback],
            None => vec![Intent::Failover, Intent::Switchover],
        }
    }

    /// The component called `name`.
    pub fn component(&self, name: &ComponentName) -> Option<&Component> {
        self.components.iter().find(|component| &component.name == name)
    }
}

/// `[application]`: what fails over, from where to where, and what was promised about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Application {
    /// The application's name.
    pub name: Clean,
    /// The region that serves it on a good day.
    pub primary: Region,
    /// The region it must be brought up in.
    pub recovery: Region,
    /// Recovery time objective, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rto_seconds: Option<f64>,
    /// Recovery point objective, in seconds of lost writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpo_seconds: Option<f64>,
    /// Who owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Clean>,
    /// What it is, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Clean>,
    /// On the way back, for how long the region that failed must have answered before anything is done, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healthy_for_seconds: Option<f64>,
    /// On the way back, for how long each replica's lag must have been within its rpo before the return, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows_for_seconds: Option<f64>,
    /// The run that a failback is derived from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_run: Option<FromRun>,
}

/// `[application.from_run]`: the run that a failback is derived from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FromRun {
    /// Its journal.
    pub journal: Clean,
    /// Its id.
    pub run: Clean,
    /// The hash of its journal's last line.
    pub hash: Clean,
}

impl Application {
    /// The region on `side`.
    pub fn region(&self, side: Side) -> &Region {
        match side {
            Side::Primary => &self.primary,
            Side::Recovery => &self.recovery,
        }
    }
}

/// `[[waive]]`: a readiness finding that is known and lived with until a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// The rule's code.
    pub code: Clean,
    /// Of which component; of any, and of the plan as a whole, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<ComponentName>,
    /// The last day on which it counts, in UTC.
    pub until: jiff::civil::Date,
    /// Why.
    pub why: Clean,
}

/// `[account.NAME]`: how to reach a component that lives in another account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// The role to assume, as an ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Clean>,
    /// The profile in the AWS configuration files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Clean>,
    /// The external id that the role's trust policy asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<Clean>,
    /// Its number, of twelve digits: other credentials than its own are refused before anything is asked with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Clean>,
    /// How many seconds a session of the role lasts; an hour when it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_seconds: Option<f64>,
    /// Whether its session has the person who drives as its source identity.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub source_identity: bool,
}

impl Account {
    /// Its number, as the plan gives it: by itself, or in the role's ARN.
    pub fn number(&self) -> Option<&str> {
        let of_role = || self.role.as_ref()?.split(':').nth(4).filter(|number| !number.is_empty());
        self.id.as_deref().or_else(of_role)
    }
}

/// `[component.NAME]`: one thing that must work in the recovery region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// Its name.
    pub name: ComponentName,
    /// Its kind: `rds`, `ecs`, …
    pub kind: Clean,
    /// What must be verified before it: the `needs` of the file and every component that a `${…}` refers to.
    #[serde(default)]
    pub needs: Vec<ComponentName>,
    /// The group it is shown under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Clean>,
    /// Its own recovery time objective, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rto_seconds: Option<f64>,
    /// Its own recovery point objective, in seconds; stricter or looser than the application's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpo_seconds: Option<f64>,
    /// Who owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Clean>,
    /// What it is, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Clean>,
    /// How long each of its steps may take, in seconds, instead of the kind's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<f64>,
    /// An approval asked before its first act; the text says why it is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approve: Option<Clean>,
    /// The side it is acted on, for kinds that can live on either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Side>,
    /// Its account in each region.
    #[serde(default)]
    pub accounts: Accounts,
    /// The fields of its kind, checked against the kind's own list of fields.
    #[serde(default)]
    pub fields: Fields,
    /// `[component.NAME.from_run]`: what the journal of a failover says of it, in the plan of its failback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_run: Option<serde_json::Map<String, serde_json::Value>>,
    /// The program that brings its kind, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin: Option<Box<Plugged>>,
}

impl Component {
    /// One of which nothing is said but its name, its kind and the fields of it.
    pub fn plain(name: impl Into<ComponentName>, kind: impl Into<Clean>, fields: Fields) -> Self {
        Self {
            name: name.into(),
            kind: kind.into(),
            fields,
            needs: Vec::new(),
            tier: None,
            rto_seconds: None,
            rpo_seconds: None,
            owner: None,
            description: None,
            timeout_seconds: None,
            approve: None,
            region: None,
            accounts: Accounts::default(),
            from_run: None,
            plugin: None,
        }
    }
}

/// The account of a component, by side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounts {
    /// In the primary region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<AccountName>,
    /// In the recovery region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<AccountName>,
}

impl Accounts {
    /// The account on `side`.
    pub fn on(&self, side: Side) -> Option<&AccountName> {
        match side {
            Side::Primary => self.primary.as_ref(),
            Side::Recovery => self.recovery.as_ref(),
        }
    }
}

/// One of the application's two regions, by what the plan calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The region that serves on a good day.
    Primary,
    /// The region to be brought up.
    Recovery,
}

/// What is being done. Never inferred from one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// Planned: both regions healthy, no data lost.
    Switchover,
    /// An outage: the primary region may be dark, data may be lost.
    Failover,
    /// The way back from a failover, by what its journal says: replication rebuilt, then a switchover.
    Failback,
}

impl Intent {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Switchover => "switchover",
            Self::Failover => "failover",
            Self::Failback => "failback",
        }
    }
}

/// The fields of a component's kind, as the plan's reader checked them against the kind's own list. A kind reads them by the
/// table that `plan::fields` makes of that list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fields(pub serde_json::Map<String, serde_json::Value>);

impl Fields {
    /// The text of `name`.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).and_then(Read::read)
    }
    /// The text of a required field; empty where the reader has told that it is missing, and reads on.
    pub(super) fn required(&self, name: &str) -> String {
        self.text(name).unwrap_or_default()
    }
    /// The duration at `name`, in seconds. The reader turns `"90s"` into a number of seconds.
    pub(super) fn seconds(&self, name: &str) -> Option<f64> {
        self.0.get(name).and_then(Read::read)
    }
}
