//! Acts on AWS. An act is sent again by itself only when it provably did not happen: refused for its rate, or never sent.

use super::clients::{Book, Clients, May};
use super::task_definition::{self, Values};
use super::trouble::{Sort, Trouble};
use super::{autoscaling, ecs, rds, route53};
use crate::cloud::{Evidence, Perform, Token, probe};
use crate::plan::{Plan, Region};
use crate::service::{Act, Operation, Receipt, Reply};
use async_trait::async_trait;
use std::time::Duration;

/// How often an act that was throttled or never sent is tried in all.
const TRIES: u32 = 6;
/// The first wait between two tries; doubled each time, with jitter.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// Acts on AWS.
pub struct AwsActor {
    book: Book,
}

impl AwsActor {
    /// An actor for the places and accounts of `plan`. Nothing is called before something is to be done.
    pub async fn connect(plan: &Plan) -> Self {
        Self { book: Book::new(plan, May::Act) }
    }
}

#[async_trait]
impl Perform for AwsActor {
    async fn perform(&self, act: &Act, token: &Token, evidence: &Evidence) -> Reply {
        if let Operation::Run(invocation) = &act.operation {
            return probe::command::perform(invocation).await;
        }
        let clients = self.book.at(&act.place).await;
        let mut wait = FIRST_WAIT;
        for tried in 1.. {
            let trouble = match send(&clients, &act.place.region, &act.operation, token, evidence).await {
                Ok(receipt) => return Reply::Taken { receipt },
                Err(trouble) => trouble,
            };
            let again = matches!(trouble.sort, Sort::Throttled | Sort::NotSent) && tried < TRIES;
            if !again {
                return trouble.reply();
            }
            tokio::time::sleep(wait.mul_f64(rand::random_range(0.5..1.5))).await;
            wait *= 2;
        }
        unreachable!("the loop returns on its last try")
    }
}

async fn send(
    clients: &Clients,
    region: &Region,
    operation: &Operation,
    token: &Token,
    evidence: &Evidence,
) -> Result<Receipt, Trouble> {
    match operation {
        Operation::PromoteReadReplica { id, backup_retention_days } => {
            rds::promote(clients, region, evidence, id, *backup_retention_days).await
        }
        Operation::RenameDbInstance { id, new_id } => rds::rename(clients, region, evidence, id, new_id).await,
        Operation::RegisterTaskDefinition { from, environment, secrets, image } => {
            let values = Values { environment, secrets, image: image.as_deref() };
            task_definition::register(clients, region, evidence, from, values).await
        }
        Operation::DeregisterTaskDefinition { arn } => ecs::deregister(clients, region, evidence, arn).await,
        Operation::UpdateService { cluster, service, desired, task_definition, force } => {
            let task_definition = task_definition.as_deref();
            ecs::update(clients, region, evidence, (cluster, service), *desired, task_definition, *force).await
        }
        Operation::SetScalableTarget { cluster, service, min, max } => {
            autoscaling::set(clients, region, evidence, (cluster, service), *min, *max).await
        }
        Operation::ChangeRecords { zone, upsert, delete } => {
            route53::change_records(clients, region, evidence, zone, upsert, delete, token).await
        }
        // Commands run where Landfall runs and never come here.
        Operation::Run(_) => Ok(Receipt::default()),
    }
}
