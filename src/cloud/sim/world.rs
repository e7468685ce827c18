//! Two simulated regions as data: what an operation does to them, and what is seen of them at any time. Pure: no
//! clock, no disk; times are seconds after the run's start.

use super::containers::{Family, Revision, Rollout, Service, definition_arn, describe_revision, split_name};
use super::database::{Database, Passage};
use super::dice::Dice;
use super::dns::{Change, Zone};
use super::fault::{Fault, FaultKind};
use crate::plan::{Plan, Side};
use crate::service::observation::*;
use crate::service::{Act, Operation, Place, Query, Receipt};
use crate::text::Clean;
use std::collections::{BTreeMap, BTreeSet};

/// Two simulated regions.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) plan: Plan,
    pub(super) dice: Dice,
    pub(super) faults: Vec<Fault>,
    pub(super) databases: Vec<Database>,
    pub(super) services: Vec<Service>,
    pub(super) families: BTreeMap<(String, String), Family>,
    pub(super) balancers: BTreeMap<(String, String), String>,
    pub(super) zones: BTreeMap<String, Zone>,
    /// Commands that were run and not undone, by their words.
    pub(super) ran: BTreeSet<Vec<String>>,
    /// How many operations were taken.
    pub(super) taken: u32,
}

/// An operation that the world refuses, as the cloud would.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl World {
    /// Whether a fault of this kind is there for this region and component.
    pub(super) fn has(&self, kind: FaultKind, now: f64, region: &str, component: Option<&str>) -> bool {
        let mut faults = self.faults.iter().filter(|fault| fault.kind == kind && fault.is_active(now));
        faults.any(|fault| fault.hits_region(region) && fault.hits_component(component))
    }

    /// Since when the region is dark, if it is.
    pub(super) fn dark_since(&self, region: &str, now: f64) -> Option<f64> {
        let dark = |fault: &&Fault| {
            matches!(fault.kind, FaultKind::RegionDark | FaultKind::RegionRefused)
                && fault.is_active(now)
                && fault.region.as_deref() == Some(region)
        };
        self.faults.iter().filter(dark).map(|fault| fault.at).min_by(f64::total_cmp)
    }

    /// Takes an operation at `now`.
    pub(super) fn take(&mut self, act: &Act, now: f64) -> Result<Receipt, Refusal> {
        self.taken += 1;
        let region = act.place.region.as_str().to_owned();
        match &act.operation {
            Operation::PromoteReadReplica { id, backup_retention_days } => {
                self.promote(&region, id, *backup_retention_days, now)
            }
            Operation::RenameDbInstance { id, new_id } => self.rename(&region, id, new_id, now),
            Operation::RegisterTaskDefinition { from, environment, secrets, image } => {
                self.register(&region, from, environment, secrets, image.as_deref())
            }
            Operation::DeregisterTaskDefinition { arn } => self.deregister(&region, arn),
            Operation::UpdateService { cluster, service, desired, task_definition, force } => {
                let asked = (*desired, task_definition.as_deref(), *force);
                self.update(&region, cluster, service, asked, now)
            }
            Operation::SetScalableTarget { cluster, service, min, max } => {
                let limits = self.service_mut(&region, cluster, service)?.limits.get_or_insert_default();
                limits.min = *min;
                limits.max = max.unwrap_or(limits.max.max(*min));
                Ok(Receipt::default())
            }
            Operation::ChangeRecords { zone, upsert, delete } => self.change(zone, upsert, delete, now),
            Operation::Run(invocation) => Ok(Receipt { id: None, exit: Some(self.run(&invocation.run, now)) }),
        }
    }

    fn promote(&mut self, region: &str, id: &str, retention_days: u32, now: f64) -> Result<Receipt, Refusal> {
        let (dice, nth) = (self.dice, self.taken);
        let component = self.database(region, id, now).map(|database| database.component.clone());
        let stuck = self.has(FaultKind::PromotionStuck, now, region, component.as_deref());
        let fails = self.has(FaultKind::PromotionFails, now, region, component.as_deref());
        let database = self.database_mut(region, id, now)?;
        if !database.is_replica(now) || database.promotion.is_some() || database.status(now) != "available" {
            let message = format!("DB Instance {id} is not an available read replica.");
            return Err(Refusal { code: "InvalidDBInstanceState", message });
        }
        let seconds = dice.seconds(&format!("promote/{region}/{id}/{nth}"), 150.0, 260.0);
        database.promotion = Some(Passage { at: now, seconds, stuck, fails });
        database.retention_days = retention_days;
        Ok(Receipt::default())
    }

    fn rename(&mut self, region: &str, id: &str, new_id: &str, now: f64) -> Result<Receipt, Refusal> {
        let seconds = self.dice.seconds(&format!("rename/{region}/{id}/{}", self.taken), 50.0, 110.0);
        let database = self.database_mut(region, id, now)?;
        if database.status(now) != "available" {
            let message = format!("DB Instance {id} is not in the available state.");
            return Err(Refusal { code: "InvalidDBInstanceState", message });
        }
        database.id = database.id_at(now).to_owned();
        database.rename = Some((new_id.to_owned(), Passage { at: now, seconds, stuck: false, fails: false }));
        Ok(Receipt::default())
    }

    fn register(
        &mut self,
        region: &str,
        from: &str,
        environment: &BTreeMap<String, String>,
        secrets: &BTreeMap<String, String>,
        image: Option<&str>,
    ) -> Result<Receipt, Refusal> {
        let (name, number) = split_name(from);
        let family = self.families.get_mut(&(region.to_owned(), name.to_owned())).ok_or_else(no_definition)?;
        let mut revision: Revision = family.find(number).ok_or_else(no_definition)?.1.clone();
        revision.active = true;
        revision.environment.extend(environment.clone());
        revision.secrets.extend(secrets.clone());
        if let Some(image) = image {
            image.clone_into(&mut revision.image);
        }
        family.revisions.push(revision);
        let arn = definition_arn(region, name, family.revisions.len());
        Ok(Receipt { id: Some(Clean::new(&arn)), exit: None })
    }

    fn deregister(&mut self, region: &str, arn: &str) -> Result<Receipt, Refusal> {
        let (name, number) = split_name(arn);
        let family = self.families.get_mut(&(region.to_owned(), name.to_owned())).ok_or_else(no_definition)?;
        let place = number.and_then(|number| number.checked_sub(1)).ok_or_else(no_definition)?;
        family.revisions.get_mut(place).ok_or_else(no_definition)?.active = false;
        Ok(Receipt::default())
    }

    fn update(
        &mut self,
        region: &str,
        cluster: &str,
        name: &str,
        (desired, definition, force): (u64, Option<&str>, bool),
        now: f64,
    ) -> Result<Receipt, Refusal> {
        let (dice, nth) = (self.dice, self.taken);
        let component = self.service(region, cluster, name).map(|service| service.component.clone());
        let crashing = self.has(FaultKind::TasksCrash, now, region, component.as_deref());
        let service = self.service_mut(region, cluster, name)?;
        let ran = service.running(now, dice);
        let old = &service.rollout;
        let definition = definition.unwrap_or(&old.definition).to_owned();
        let fresh = force || definition != old.definition;
        let crashes = crashing && desired > 0 && (fresh || desired > ran);
        let old_definition = old.definition.clone();
        service.rollout = Rollout { at: now, nth, ran, old_definition, definition, desired, fresh, crashes };
        Ok(Receipt::default())
    }

    fn change(&mut self, zone: &str, upsert: &[RecordSet], delete: &[RecordSet], now: f64) -> Result<Receipt, Refusal> {
        let nth = self.taken;
        let component = self.zone_component(zone);
        let region = self.plan.application.recovery.as_str().to_owned();
        let stuck = self.has(FaultKind::ChangeStuck, now, &region, component.as_deref());
        let seconds = self.dice.seconds(&format!("dns/{zone}/{nth}"), 20.0, 50.0);
        let message = format!("No hosted zone found with ID: {zone}");
        let zone = self.zones.get_mut(zone).ok_or(Refusal { code: "NoSuchHostedZone", message })?;
        zone.records = zone.after(upsert, delete);
        let id = format!("C{nth:08}SIM");
        let in_sync_at = (!stuck).then_some(now + seconds);
        zone.changes.push(Change { id: id.clone(), in_sync_at, records: zone.records.clone() });
        Ok(Receipt { id: Some(Clean::new(&id)), exit: None })
    }

    fn run(&mut self, words: &[String], now: f64) -> Exit {
        let component = self.command_of("run", words).or_else(|| self.command_of("undo", words));
        let region = self.plan.application.recovery.as_str().to_owned();
        if self.has(FaultKind::CommandFails, now, &region, component.as_deref()) {
            return Exit { code: Some(1), stdout: Clean::default(), stderr: Clean::new("simulated: it failed") };
        }
        match self.command_of("undo", words) {
            Some(undone) => {
                let own = self.plan.component(&undone.as_str().into()).map(|component| component.fields.list("run"));
                self.ran.retain(|ran| {
                    Some(ran.len()) != own.as_ref().map(Vec::len) || !is_like(own.as_deref().unwrap_or_default(), ran)
                });
            }
            None => {
                self.ran.insert(words.to_vec());
            }
        }
        Exit { code: Some(0), stdout: Clean::new(&format!("simulated: {}", words.join(" "))), stderr: Clean::default() }
    }

    /// What is seen of `query` at `place` at `now`, by a cloud that answers.
    pub(super) fn see(&self, query: &Query, place: &Place, now: f64) -> Observation {
        let region = place.region.as_str();
        match query {
            Query::DbInstance { id } => {
                let instance = self.database(region, id, now).map(|database| self.describe(database, now));
                Observation::DbInstance { instance }
            }
            Query::ReplicaLag { id } => Observation::Lag(self.lag(region, id, now)),
            Query::EcsService { cluster, service } => {
                let service = self.service(region, cluster, service).map(|service| service.describe(now, self.dice));
                Observation::EcsService { service }
            }
            Query::TaskDefinition { name } => Observation::TaskDefinition { definition: self.definition(region, name) },
            Query::ScalableTarget { cluster, service } => {
                let target = self.service(region, cluster, service).and_then(|service| service.limits.clone());
                Observation::ScalableTarget { target }
            }
            Query::TargetHealth { target_group } => {
                Observation::TargetHealth { group: self.group(region, target_group, now) }
            }
            Query::LoadBalancer { name } => {
                let found = self.balancers.contains_key(&(region.to_owned(), name.to_string()));
                let load_balancer = found.then(|| LoadBalancer {
                    arn: Clean::new(&format!(
                        "arn:aws:elasticloadbalancing:{region}:000000000000:loadbalancer/app/{name}/1"
                    )),
                    dns_name: Clean::new(&format!("{name}.sim.{region}.elb.amazonaws.com")),
                    zone_id: Clean::new("Z1H1FL5HABSF5"),
                    state: Clean::new("active"),
                });
                Observation::LoadBalancer { load_balancer }
            }
            Query::RecordSets { zone, name, record_type } => {
                let records =
                    self.zones.get(zone.as_str()).map(|zone| zone.list(name, record_type)).unwrap_or_default();
                Observation::RecordSets { records }
            }
            Query::DnsChange { id } => {
                let mut changes = self.zones.values().flat_map(|zone| &zone.changes);
                let change = changes.find(|change| change.id == id.as_str());
                let status = change.map(|change| Clean::new(if change.is_in_sync(now) { "INSYNC" } else { "PENDING" }));
                Observation::DnsChange { status }
            }
            Query::DnsAnswer { zone, name, record_type } => {
                let records =
                    self.zones.get(zone.as_str()).map(|zone| zone.answer(name, record_type, now)).unwrap_or_default();
                let code = Clean::new(if records.is_empty() { "NXDOMAIN" } else { "NOERROR" });
                Observation::DnsAnswer { code, records }
            }
            Query::Http(probe) => Observation::Http(self.http(probe, now)),
            Query::Tcp { host, port } => self.tcp(host, *port, now),
            Query::Look(invocation) => Observation::Exit(self.look(&invocation.run)),
            Query::Identity => Observation::Identity(Identity {
                arn: Clean::new("arn:aws:sts::000000000000:assumed-role/landfall-drill/simulated"),
                account: Clean::new("000000000000"),
                region: place.region.clone(),
                expires: None,
            }),
        }
    }

    pub(super) fn database(&self, region: &str, id: &str, now: f64) -> Option<&Database> {
        self.databases.iter().find(|database| database.region == region && database.id_at(now) == id)
    }

    fn database_mut(&mut self, region: &str, id: &str, now: f64) -> Result<&mut Database, Refusal> {
        let message = format!("DBInstance {id} not found.");
        let found = self.databases.iter_mut().find(|database| database.region == region && database.id_at(now) == id);
        found.ok_or(Refusal { code: "DBInstanceNotFound", message })
    }

    fn describe(&self, database: &Database, now: f64) -> DbInstance {
        let follows = |other: &&Database| {
            let source = other.source.as_ref();
            other.is_replica(now)
                && source.is_some_and(|source| source.id == database.id && source.region == database.region)
        };
        let replicas = self.databases.iter().filter(follows).map(|replica| Clean::new(replica.id_at(now))).collect();
        database.describe(now, replicas, self.replicates(database, now))
    }

    pub(super) fn replicates(&self, database: &Database, now: f64) -> bool {
        let dark = database.source.as_ref().is_some_and(|source| self.dark_since(&source.region, now).is_some());
        !dark && !self.has(FaultKind::ReplicationStopped, now, &database.region, Some(&database.component))
    }

    pub(super) fn service(&self, region: &str, cluster: &str, name: &str) -> Option<&Service> {
        self.services
            .iter()
            .find(|service| service.region == region && service.cluster == cluster && service.name == name)
    }

    fn service_mut(&mut self, region: &str, cluster: &str, name: &str) -> Result<&mut Service, Refusal> {
        let found = self
            .services
            .iter_mut()
            .find(|service| service.region == region && service.cluster == cluster && service.name == name);
        found.ok_or_else(|| Refusal { code: "ServiceNotFoundException", message: format!("Service {name} not found.") })
    }

    fn definition(&self, region: &str, name: &str) -> Option<TaskDefinition> {
        let (family, number) = split_name(name);
        let (number, revision) = self.families.get(&(region.to_owned(), family.to_owned()))?.find(number)?;
        Some(describe_revision(region, family, number, revision))
    }

    pub(super) fn group(&self, region: &str, name: &str, now: f64) -> Option<TargetGroup> {
        let mut services = self
            .services
            .iter()
            .filter(|service| service.region == region && service.group.as_deref() == Some(name))
            .peekable();
        let known =
            services.peek().is_some() || self.balancers.iter().any(|((at, _), group)| at == region && group == name);
        known.then(|| TargetGroup {
            arn: Clean::new(&format!("arn:aws:elasticloadbalancing:{region}:000000000000:targetgroup/{name}/1")),
            targets: services
                .flat_map(|service| {
                    let sick = self.has(FaultKind::TargetsUnhealthy, now, region, Some(&service.component));
                    service.targets(now, self.dice, sick)
                })
                .collect(),
        })
    }

    fn zone_component(&self, zone: &str) -> Option<String> {
        let mut own = self.plan.components.iter().filter(|component| component.kind.as_str() == "route53");
        own.find(|component| component.fields.required("zone") == zone).map(|component| component.name.to_string())
    }

    /// The `command` component whose `field` these words are, as far as references allow to tell.
    pub(super) fn command_of(&self, field: &str, words: &[String]) -> Option<String> {
        let mut commands = self.plan.components.iter().filter(|component| component.kind.as_str() == "command");
        commands
            .find(|component| is_like(&component.fields.list(field), words))
            .map(|component| component.name.to_string())
    }

    /// The region that is brought up.
    pub(super) fn recovery(&self) -> &str {
        self.plan.application.region(Side::Recovery).as_str()
    }
}

fn no_definition() -> Refusal {
    Refusal { code: "ClientException", message: "Unable to describe task definition.".to_owned() }
}

/// Whether `words` can be what the plan's `own` words became once their references were resolved.
pub(super) fn is_like(own: &[String], words: &[String]) -> bool {
    !own.is_empty()
        && own.len() == words.len()
        && own.iter().zip(words).all(|(own, word)| own.contains("${") || own == word)
}
