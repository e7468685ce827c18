//! The two clusters that a component is about: the primary of a global database and its secondary.

use super::fields::Said;
use crate::plan::fields::Missing;
use crate::plan::{Application, Component, Side};
use crate::service::ask::Place;
use crate::service::observation::{DbCluster, GlobalCluster, GlobalMember};
use crate::service::rds::names::Arn;
use crate::service::rds::words;
use crate::service::say::outputs;
use crate::service::work::{Facts, Outputs, Want};
use crate::text::Clean;

/// Where the two are, and what they are called.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub global: Clean,
    pub old: Place,
    pub new: Place,
    /// The cluster that is the primary before.
    pub primary: Clean,
    /// The one that will be.
    pub recovery: Clean,
    /// Whether others are given the endpoint that follows the role.
    pub gives_global: bool,
    /// The port given to others.
    pub port: Option<u64>,
}

impl Pair {
    pub fn of(component: &Component, application: &Application) -> Result<Self, Missing> {
        let said = Said::of(&component.fields)?;
        Ok(Self {
            gives_global: said.gives_global(),
            global: said.global.into(),
            old: Place::of(component, application, Side::Primary),
            new: Place::of(component, application, Side::Recovery),
            primary: said.primary.into(),
            recovery: said.recovery.into(),
            port: said.port,
        })
    }

    /// The way back.
    pub fn turned(self) -> Self {
        Self { old: self.new, new: self.old, primary: self.recovery, recovery: self.primary, ..self }
    }

    /// The global database, as the region that will be written to tells it.
    pub fn global(&self) -> Want<GlobalCluster> {
        words::global(&self.new, &self.global)
    }

    /// The cluster on `side`, and where it is.
    pub fn cluster(&self, side: Side) -> Want<DbCluster> {
        let (at, id) = self.on(side);
        words::cluster(at, id)
    }

    fn on(&self, side: Side) -> (&Place, &Clean) {
        match side {
            Side::Primary => (&self.old, &self.primary),
            Side::Recovery => (&self.new, &self.recovery),
        }
    }

    /// The cluster on `side` as a member of `global`.
    pub fn member<'a>(&self, side: Side, global: &'a GlobalCluster) -> Option<&'a GlobalMember> {
        let (at, id) = self.on(side);
        let is_it = |member: &&GlobalMember| {
            Arn::of_cluster(&member.arn)
                .is_some_and(|arn| arn.region == at.region.as_str() && arn.id.eq_ignore_ascii_case(id))
        };
        global.members.iter().find(is_it)
    }

    /// What the calls name the cluster that will be written to by: its ARN, as the global database tells it. Nothing is sent
    /// before that was told.
    pub fn target(&self, facts: &Facts<'_>) -> Clean {
        let global = facts.see(&self.global()).found();
        let member = global.and_then(|global| self.member(Side::Recovery, global));
        member.map_or_else(|| self.recovery.clone(), |member| member.arn.clone())
    }

    /// What the component gives to others; what is still to come when it cannot. A promoted cluster's own endpoint is another
    /// than the one it was read by: it is read afresh.
    pub fn given(&self, cluster: &DbCluster, global: Option<&GlobalCluster>) -> Result<Outputs, &'static str> {
        let own = cluster.endpoint.as_ref().ok_or("no endpoint yet")?;
        let everywhere = global.and_then(|global| global.endpoint.as_ref());
        let endpoint = match (self.gives_global, everywhere) {
            (false, _) => own,
            (true, Some(everywhere)) => everywhere,
            (true, None) => return Err("no global endpoint"),
        };
        let port = self.port.or(cluster.port.map(u64::from)).ok_or("no port yet")?;
        let reader = cluster.reader.as_ref().unwrap_or(own);
        let mut given = outputs([("endpoint", endpoint), ("port", &port.to_string()), ("reader_endpoint", reader)]);
        given.extend(everywhere.map(|everywhere| ("global_endpoint".to_owned(), everywhere.clone())));
        Ok(given)
    }
}
