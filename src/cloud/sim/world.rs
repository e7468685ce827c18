//! The simulated world: typed resources in two regions. What it is at a moment is a pure function of what it began
//! as, of what was taken, and of the faults; nothing here waits, sends or tells the time.

use super::NotInThePlan;
use super::accelerator;
use super::aurora;
use super::automation;
use super::autoscaling;
use super::containers::Service;
use super::database::Database;
use super::definitions::Definitions;
use super::dice::Dice;
use super::dns::Zones;
use super::dynamodb;
use super::eks;
use super::elasticache;
use super::elb::Group;
use super::events;
use super::invoke;
use super::keys;
use super::lambda;
use super::log::Line;
use super::parameter;
use super::plugin;
use super::probe::{Programs, Ran};
use super::replication::Link;
use super::restore;
use super::rooms;
use super::routing;
use super::s3;
use super::secret;
use super::trouble::{Call, CallTrouble, Troubles};
use crate::plan::{Component, Plan, Region};
use crate::service::observation::{LoadBalancer, ScalableTarget};
use crate::service::{Act, Ask, Observation, Receipt};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

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
    /// What databases are restored from, and what was.
    pub(super) restores: restore::Restores,
    /// Aurora global databases.
    pub(super) global_databases: Vec<aurora::GlobalDatabase>,
    /// ElastiCache global datastores.
    pub(super) datastores: Vec<elasticache::Datastore>,
    /// KMS keys, by key.
    pub(super) keys: BTreeSet<String>,
    /// S3.
    pub(super) buckets: s3::Buckets,
    /// Routing controls, by their ARNs.
    pub(super) routing_controls: BTreeMap<String, routing::Control>,
    /// Automation documents, by key, each with its parameters.
    pub(super) documents: BTreeMap<String, Vec<String>>,
    /// Executions of them, in order.
    pub(super) executions: Vec<automation::Execution>,
    /// The invocations that ended well, in order.
    pub(super) invoked: Vec<invoke::Invoked>,
    /// DynamoDB global tables.
    pub(super) tables: Vec<dynamodb::GlobalTable>,
    /// Secrets, by name.
    pub(super) secrets: BTreeMap<String, secret::Secret>,
    /// Parameters, by key, each with its versions from the first on.
    pub(super) parameters: BTreeMap<String, Vec<parameter::Version>>,
    /// ECS services, by key.
    pub(super) services: BTreeMap<String, Service>,
    /// EC2 Auto Scaling groups, by key.
    pub(super) scaling_groups: BTreeMap<String, autoscaling::Group>,
    /// Lambda functions, by key.
    pub(super) functions: BTreeMap<String, lambda::Function>,
    /// EventBridge rules, by key: the state of each.
    pub(super) rules: BTreeMap<String, events::State>,
    /// Schedules of EventBridge Scheduler, by key: whether each is enabled.
    pub(super) schedules: BTreeMap<String, bool>,
    /// EKS node groups, by key.
    pub(super) nodegroups: BTreeMap<String, eks::Changed>,
    /// SQS queues, by key.
    pub(super) queues: BTreeSet<String>,
    /// Endpoint groups of accelerators, by their ARNs.
    pub(super) endpoint_groups: BTreeMap<String, accelerator::Group>,
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
    /// What plug-ins did, by component and step.
    pub(super) plugged: BTreeMap<(String, String), plugin::Stand>,
    /// The programs that were run, in order.
    pub(super) ran: Vec<Ran>,
}

/// With what others of its API a question is asked in one call.
pub enum Together<'a> {
    /// With none.
    Alone,
    /// With all of the same group.
    All(&'a str),
    /// With so many of the same group in all.
    UpTo(usize, &'a str),
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
        rooms::see(self, ask, millis, at)
    }

    /// Why `act` would be refused at `at`; `None` when it would be taken.
    pub fn refusal(&self, act: &Act, at: Timestamp) -> Option<Refusal> {
        rooms::refusal(self, act, at)
    }

    /// Takes `act` at `at`; what would be refused changes nothing.
    pub fn take(&mut self, act: &Act, at: Timestamp) -> Receipt {
        let receipt = rooms::take(self, act, at);
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
                    let keys = rooms::of_operation(&act.place.region, &act.operation);
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
        let is_it = |database: &Database| database.is_there(at) && database.id(at).as_str() == id;
        places.iter().copied().find(|place| is_it(&self.databases[*place]))
    }

    /// The place of the instance with this ARN at `at`.
    pub(super) fn database_of_arn(&self, arn: &str, at: Timestamp) -> Option<usize> {
        self.databases.iter().position(|database| database.is_there(at) && database.arn(at).as_str() == arn)
    }

    /// The replica at `place` and its source; `None` when it never was a replica.
    pub(super) fn link(&self, place: usize) -> Option<Link<'_>> {
        let replica = &self.databases[place];
        let source = &self.databases[replica.source?];
        Some(Link { replica, source, troubles: &self.troubles, dice: &self.dice })
    }

    /// The place of the instance with this endpoint at `at`.
    pub(super) fn database_at_endpoint(&self, host: &str, at: Timestamp) -> Option<usize> {
        self.databases.iter().position(|database| database.is_there(at) && database.endpoint(at).as_str() == host)
    }

    /// How many tasks of a service run at `at`.
    pub(super) fn running(&self, region: &Region, cluster: &str, service: &str, at: Timestamp) -> u64 {
        let service = self.services.get(&keys::service(region, cluster, service));
        service.map_or(0, |service| service.running(&self.troubles, at))
    }

    /// The components of `kind`, in the plan's order.
    pub(super) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Component> {
        self.plan.components.iter().filter(move |component| component.kind.as_str() == kind)
    }
}
