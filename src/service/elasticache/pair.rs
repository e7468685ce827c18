//! The two replication groups that a component is about: the primary of a global datastore and its secondary.

use super::fields::Said;
use super::words::{self, GlobalDatastore, Member, ReplicationGroup};
use crate::plan::fields::Missing;
use crate::plan::{Application, Component, Side};
use crate::service::ask::Place;
use crate::service::say::outputs;
use crate::service::work::{Facts, Image, Look, Outputs};
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A datastore before it was changed, for who reads the journal: the way back is told by the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct DatastoreBefore {
    status: Clean,
    members: Vec<Member>,
}

/// Where the two are, and what they are called.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub datastore: Clean,
    pub old: Place,
    pub new: Place,
    /// The group that is the primary before.
    pub primary: Clean,
    /// The one that will be.
    pub recovery: Clean,
}

impl Pair {
    pub fn of(component: &Component, application: &Application) -> Result<Self, Missing> {
        let said = Said::of(&component.fields)?;
        Ok(Self {
            datastore: said.global.into(),
            old: Place::of(component, application, Side::Primary),
            new: Place::of(component, application, Side::Recovery),
            primary: said.primary.into(),
            recovery: said.recovery.into(),
        })
    }

    /// The way back.
    pub fn turned(self) -> Self {
        Self { old: self.new, new: self.old, primary: self.recovery, recovery: self.primary, ..self }
    }

    /// The datastore, as the region that will be written to sees it.
    pub fn look<'a>(&self, facts: &Facts<'a>) -> Look<'a, GlobalDatastore> {
        facts.see(&words::datastore(&self.new, &self.datastore))
    }

    /// The group that will be written to.
    pub fn look_group<'a>(&self, facts: &Facts<'a>) -> Look<'a, ReplicationGroup> {
        facts.see(&words::group(&self.new, &self.recovery))
    }

    /// The datastore as it was.
    pub fn before_image(&self, facts: &Facts<'_>) -> Value {
        match self.look(facts) {
            Look::There(GlobalDatastore { status, members, .. }) => {
                DatastoreBefore { status: status.clone(), members: members.clone() }.kept()
            }
            Look::Absent | Look::NotTold(_) => Value::Null,
        }
    }

    /// It as a member of `datastore`.
    pub fn member<'a>(&self, datastore: &'a GlobalDatastore) -> Option<&'a Member> {
        let is_it = |member: &&Member| {
            member.group.eq_ignore_ascii_case(&self.recovery) && member.region.as_str() == self.new.region.as_str()
        };
        datastore.members.iter().find(is_it)
    }
}

/// What `group` gives to others; what is still to come when it cannot.
pub(super) fn given(group: &ReplicationGroup) -> Result<Outputs, &'static str> {
    let endpoint = group.endpoint.as_ref().ok_or("no endpoint yet")?;
    let port = group.port.ok_or("no port yet")?;
    // In cluster mode everybody asks the one endpoint.
    let reader = group.reader.as_ref().unwrap_or(endpoint);
    Ok(outputs([("endpoint", endpoint), ("port", &port.to_string()), ("reader_endpoint", reader)]))
}
