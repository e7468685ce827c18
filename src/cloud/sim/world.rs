//! The simulated world: typed resources in two regions. What it is at a moment is a pure function of what it began
//! as, of what was taken, and of the faults; nothing here waits, sends or tells the time.

use super::NotInThePlan;
use super::answering;
use super::containers::Service;
use super::database::{self, ACCOUNT, Database};
use super::definitions::Definitions;
use super::dice::{Dice, later};
use super::dns::Zones;
use super::ecs;
use super::fault::FaultKind;
use super::keys;
use super::log::Line;
use super::metric;
use super::probe::{Programs, Ran};
use super::rds;
use super::replication::Link;
use super::route53;
use super::trouble::{Call, CallTrouble, Troubles};
use crate::plan::{Component, Plan, Region, Side};
use crate::service::arn::Thing;
use crate::service::observation::{DnsAnswers, RecordSets};
use crate::service::observation::{
    Forward, Identity, LOG_LINES, LoadBalancer, LogLine, ScalableTarget, Target, TargetGroup,
};
use crate::service::{
    Act, Ask, CloudWatchObservation, DnsObservation, DnsQuery, DnsQuestion, EcsObservation, EcsQuery, ElbObservation,
    ElbQuery, LocalObservation, LocalOperation, LocalQuery, LogsObservation, LogsQuery, Observation, Operation, Query,
    RdsObservation, RdsQuery, Receipt, StsObservation, StsQuery,
};
use crate::text::Clean;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// How long the simulated credentials work, in seconds.
const CREDENTIALS_SECONDS: f64 = 8.0 * 3600.0;

/// Everything there is.
pub struct World {
    /// The plan it was built from.
    pub(super) plan: Plan,
    /// Where each component stands in the plan.
    pub(super) places: HashMap<String, usize>,
    /// The programs that the plan names.
    pub(super) programs: Programs,
    /// Chance.
    pub(super) dice: Dice,
    /// When the run began.
    pub(super) started_at: Timestamp,
    /// What goes wrong.
    pub(super) troubles: Troubles,
    /// RDS.
    pub(super) databases: Vec<Database>,
    /// The places of the databases that are, were or will be called so, by key.
    pub(super) database_names: BTreeMap<String, Vec<usize>>,
    /// ECS services, by key.
    pub(super) services: BTreeMap<String, Service>,
    /// ECS task definitions.
    pub(super) definitions: Definitions,
    /// Scaling limits, by the service's key.
    pub(super) limits: BTreeMap<String, ScalableTarget>,
    /// Target groups, by key.
    pub(super) groups: BTreeMap<String, Group>,
    /// Load balancers, by key.
    pub(super) balancers: BTreeMap<String, LoadBalancer>,
    /// Route 53.
    pub(super) zones: Zones,
    /// The programs that were run, in order.
    pub(super) ran: Vec<Ran>,
}

/// A target group.
#[derive(Default)]
pub struct Group {
    /// Its ARN.
    pub arn: Clean,
    /// The ARNs of the load balancers that route to it.
    pub balancers: Vec<Clean>,
    /// How many targets it has beside the tasks that register.
    pub own: u64,
    /// The services whose tasks register, by key.
    pub services: Vec<String>,
}

/// Why an operation is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The error code, as AWS writes it.
    pub code: &'static str,
    /// In words.
    pub message: String,
}

impl Refusal {
    /// A refusal with this code, in these words.
    pub fn new(code: &'static str, message: &str) -> Self {
        Self { code, message: message.to_owned() }
    }
}

impl World {
    /// What `ask` is answered at `at`, `millis` after it was asked.
    pub fn see(&self, ask: &Ask, millis: u64, at: Timestamp) -> Observation {
        let region = &ask.place.region;
        match &ask.query {
            Query::Rds(RdsQuery::DbInstance { id }) => Observation::Rds(RdsObservation::DbInstance {
                instance: self
                    .database(region, id, at)
                    .map(|place| database::describe(&self.databases, place, &self.troubles, at)),
            }),
            Query::Rds(RdsQuery::ReplicaLag { id }) => {
                let link = self.database(region, id, at).and_then(|place| self.link(place));
                Observation::CloudWatch(CloudWatchObservation::Lag(metric::lag(link, at)))
            }
            Query::Ecs(EcsQuery::EcsService { cluster, service }) => Observation::Ecs(EcsObservation::EcsService {
                service: self
                    .services
                    .get(&keys::service(region, cluster, service))
                    .map(|service| service.describe(&self.troubles, at)),
            }),
            Query::Ecs(EcsQuery::TaskDefinition { name }) => Observation::Ecs(EcsObservation::TaskDefinition {
                definition: self.definitions.find(region, name).cloned(),
            }),
            Query::Ecs(EcsQuery::ServiceDefinition { cluster, service }) => {
                Observation::Ecs(EcsObservation::TaskDefinition {
                    definition: self
                        .services
                        .get(&keys::service(region, cluster, service))
                        .and_then(|service| self.definitions.find(region, service.definition()).cloned()),
                })
            }
            Query::Ecs(EcsQuery::ServiceTasks { cluster, service }) => Observation::Ecs(EcsObservation::ServiceTasks {
                tasks: self
                    .services
                    .get(&keys::service(region, cluster, service))
                    .map(|service| service.tasks(&self.troubles, at)),
            }),
            Query::Ecs(EcsQuery::ScalableTarget { cluster, service }) => {
                Observation::Ecs(EcsObservation::ScalableTarget {
                    target: self.limits.get(&keys::service(region, cluster, service)).cloned(),
                })
            }
            Query::Elb(ElbQuery::TargetHealth { target_group }) => {
                Observation::Elb(ElbObservation::TargetHealth { group: self.target_group(region, target_group, at) })
            }
            Query::Elb(ElbQuery::LoadBalancer { name }) => {
                let found = self.balancers.get(&keys::balancer(region, name));
                let found = found.filter(|balancer| Thing::LoadBalancer.is(name, &balancer.arn));
                Observation::Elb(ElbObservation::LoadBalancer { load_balancer: found.cloned() })
            }
            Query::Elb(ElbQuery::Forwards { balancer }) => {
                let found = self.balancers.get(&keys::balancer(region, balancer));
                let found = found.filter(|found| Thing::LoadBalancer.is(balancer, &found.arn));
                Observation::Elb(ElbObservation::Forwards { to: found.map(|balancer| self.forwards(&balancer.arn)) })
            }
            Query::Dns(DnsQuery::HostedZone { zone }) => {
                Observation::Dns(DnsObservation::HostedZones { zones: self.zones.zones(zone) })
            }
            Query::Dns(DnsQuery::RecordSets { zone, name, resolve }) => {
                let records = self.zones.at_name(zone, name);
                let targets = if *resolve { answering::targets(&records, &self.dice) } else { Vec::new() };
                Observation::Dns(DnsObservation::RecordSets(RecordSets { records, targets }))
            }
            Query::Dns(DnsQuery::DnsChange { id }) => Observation::Dns(DnsObservation::DnsChange {
                status: self.zones.status(id, &self.troubles, at).map(Into::into),
            }),
            Query::Dns(DnsQuery::DnsAnswer(question)) => self.answers(question, &["TestDNSAnswer".into()], at),
            Query::Dns(DnsQuery::NameServers(question)) => {
                let zones = self.zones.zones(&question.zone);
                let servers: Vec<Clean> = zones.into_iter().flat_map(|zone| zone.name_servers).collect();
                self.answers(question, &servers, at)
            }
            Query::Dns(DnsQuery::Resolver { at: resolver, question }) => {
                let zones = self.zones.zones(&question.zone);
                let servers: Vec<Clean> = zones.iter().map(|_| Clean::new(&format!("resolver {resolver}"))).collect();
                self.servers(question, &servers, at)
            }
            Query::Logs(LogsQuery::Log { group, since }) => {
                Observation::Logs(LogsObservation::Log { lines: self.log(region, group, (*since, at)) })
            }
            Query::Local(LocalQuery::Http(probe)) => self.http(probe, millis, at),
            Query::Local(LocalQuery::Tcp { host, port }) => self.tcp(host, *port, millis, at),
            Query::Local(LocalQuery::Look(invocation)) => {
                Observation::Local(LocalObservation::Exit(self.looked(invocation, at)))
            }
            Query::Sts(StsQuery::Identity) => Observation::Sts(StsObservation::Identity(Identity {
                arn: Clean::new(&format!("arn:aws:sts::{ACCOUNT}:assumed-role/simulated/landfall")),
                account: ACCOUNT.into(),
                region: region.clone(),
                expires: Some(later(self.started_at, CREDENTIALS_SECONDS)),
            })),
        }
    }

    /// The newest lines of a log group between two moments, of all services whose log it is; `None` when it is no log of
    /// any.
    fn log(&self, region: &Region, group: &str, (since, at): (Timestamp, Timestamp)) -> Option<Vec<LogLine>> {
        let is_its = |component: &&Component| {
            region == self.plan.application.region(Side::Recovery)
                && component.fields.text("log").is_some_and(|named| named == group)
        };
        let components = self.plan.components.iter().filter(is_its);
        let services: Vec<&Service> = components
            .filter_map(|component| {
                let text = |name: &str| component.fields.required(name);
                self.services.get(&keys::service(region, &text("cluster"), &text("service")))
            })
            .collect();
        if services.is_empty() {
            return None;
        }
        let lines = services.into_iter().flat_map(|service| service.log(&self.troubles, &self.dice, since, at));
        let mut lines: Vec<LogLine> = lines.collect();
        lines.sort_by_key(|line| line.at);
        lines.drain(..lines.len().saturating_sub(LOG_LINES));
        Some(lines)
    }

    /// What those who answer for a public zone answer.
    fn answers(&self, question: &DnsQuestion, servers: &[Clean], at: Timestamp) -> Observation {
        if self.zones.zones(&question.zone).iter().any(|zone| zone.private) {
            let why = "a private zone answers inside its VPCs only: `resolver` names one who may be asked";
            return Observation::Dns(DnsObservation::DnsAnswers(DnsAnswers {
                servers: Vec::new(),
                not_asked: Some(why.into()),
            }));
        }
        self.servers(question, servers, at)
    }

    fn servers(&self, question: &DnsQuestion, servers: &[Clean], at: Timestamp) -> Observation {
        let key = keys::record(&keys::zone(&question.zone), &question.name, &question.record_type);
        let records = self.zones.answered(&key, &self.troubles, at);
        let of = |server: &Clean| answering::server(server, question, records, &self.dice, at);
        Observation::Dns(DnsObservation::DnsAnswers(DnsAnswers {
            servers: servers.iter().map(of).collect(),
            not_asked: None,
        }))
    }

    /// Why `act` would be refused at `at`; `None` when it would be taken.
    pub fn refusal(&self, act: &Act, at: Timestamp) -> Option<Refusal> {
        let region = &act.place.region;
        match &act.operation {
            Operation::Rds(operation) => rds::refusal(self, region, operation, at),
            Operation::Ecs(operation) => ecs::refusal(self, region, operation),
            Operation::Dns(operation) => route53::refusal(self, operation),
            Operation::Local(LocalOperation::Run(_)) => None,
        }
    }

    /// Takes `act` at `at`; what would be refused changes nothing.
    pub fn take(&mut self, act: &Act, at: Timestamp) -> Receipt {
        let region = &act.place.region;
        let receipt = match &act.operation {
            Operation::Rds(operation) => rds::take(self, region, operation, at),
            Operation::Ecs(operation) => ecs::take(self, region, operation, at),
            Operation::Dns(operation) => route53::take(self, operation, at),
            Operation::Local(LocalOperation::Run(invocation)) => {
                let (exit, ran) = self.run(invocation, at);
                self.ran.extend(ran);
                Receipt { id: None, exit: Some(exit) }
            }
        };
        self.troubles.taken(act.operation.api_name(), at);
        receipt
    }

    pub(super) fn add_database(&mut self, database: Database) -> usize {
        let place = self.databases.len();
        self.database_names.entry(database.key()).or_default().push(place);
        self.databases.push(database);
        place
    }

    pub(super) fn add_service(&mut self, service: Service) {
        if let Some(arn) = &service.group {
            let group = self.groups.entry(keys::targets(&service.region, arn)).or_default();
            group.arn = arn.clone();
            group.services.push(service.key());
        }
        self.services.insert(service.key(), service);
    }

    /// Takes what the log says was taken.
    ///
    /// # Errors
    /// [`NotInThePlan`] when a fault was injected into another plan.
    pub(super) fn relive(&mut self, line: &Line) -> Result<(), NotInThePlan> {
        match line {
            Line::World(_) => {}
            Line::Injected { at, fault } => self.add_fault(fault.clone(), *at)?,
            Line::Ended { at, fault } => self.troubles.end(fault, *at),
            Line::Received { at, act, done, lost, .. } => {
                if *lost {
                    let keys = keys::of_operation(&act.place.region, &act.operation);
                    let call = Call::of(act.operation.api_name(), &act.place.region, &keys);
                    self.troubles.met(CallTrouble::ReplyLost, &call, *at);
                }
                if *done {
                    self.take(act, *at);
                }
            }
        }
        Ok(())
    }

    /// The place of the instance called `id` at `at`.
    pub(super) fn database(&self, region: &Region, id: &str, at: Timestamp) -> Option<usize> {
        let places = self.database_names.get(&keys::database(region, id))?;
        places.iter().copied().find(|place| self.databases[*place].id(at).as_str() == id)
    }

    /// The replica at `place` and its source; `None` when it never was a replica.
    pub(super) fn link(&self, place: usize) -> Option<Link<'_>> {
        let replica = &self.databases[place];
        let source = &self.databases[replica.source?];
        Some(Link { replica, source, troubles: &self.troubles, dice: &self.dice })
    }

    /// The place of the instance with this endpoint at `at`.
    pub(super) fn database_at_endpoint(&self, host: &str, at: Timestamp) -> Option<usize> {
        self.databases.iter().position(|database| database.endpoint(at).as_str() == host)
    }

    /// How many tasks of a service run at `at`.
    pub(super) fn running(&self, region: &Region, cluster: &str, service: &str, at: Timestamp) -> u64 {
        let service = self.services.get(&keys::service(region, cluster, service));
        service.map_or(0, |service| service.running(&self.troubles, at))
    }

    /// How many targets of a group are healthy at `at`.
    pub(super) fn healthy(&self, region: &Region, group: &str, at: Timestamp) -> u64 {
        self.target_group(region, group, at).map_or(0, |group| group.healthy())
    }

    fn target_group(&self, region: &Region, name: &str, at: Timestamp) -> Option<TargetGroup> {
        let key = keys::targets(region, name);
        let group = self.groups.get(&key).filter(|group| Thing::TargetGroup.is(name, &group.arn))?;
        let unhealthy = self.troubles.active(FaultKind::TargetsUnhealthy, &key, at).is_some();
        let mut targets: Vec<Target> = (0..group.own).map(|nth| own_target(nth, unhealthy)).collect();
        let services = group.services.iter().filter_map(|key| self.services.get(key));
        targets.extend(services.flat_map(|service| service.targets(&self.troubles, unhealthy, at)));
        Some(TargetGroup { arn: group.arn.clone(), balancers: group.balancers.clone(), targets })
    }

    /// Every group behind the load balancer with this ARN.
    fn forwards(&self, balancer: &Clean) -> Vec<Forward> {
        let behind = self.groups.values().filter(|group| group.balancers.contains(balancer));
        behind.map(|group| Forward { group: group.arn.clone(), weight: None }).collect()
    }

    /// The components of `kind`, in the plan's order.
    pub(super) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Component> {
        self.plan.components.iter().filter(move |component| component.kind.as_str() == kind)
    }
}

fn own_target(nth: u64, unhealthy: bool) -> Target {
    let (state, reason) =
        if unhealthy { ("unhealthy", Some("Target.FailedHealthChecks".into())) } else { ("healthy", None) };
    Target { id: Clean::new(&format!("i-{nth:017x}")), port: None, state: state.into(), reason }
}
