//! Acts on AWS. An act is sent again by itself only when it provably did not happen: refused for its rate, or never sent.

use super::clients::{Book, May};
use super::desk::{Eye, Hand};
use super::ecs::definitions::{self, Values};
use super::ecs::{scaling, services};
use super::trouble::{Sort, Trouble, told_with};
use super::{rds, route53};
use crate::cloud::{Evidence, Perform, Token, probe};
use crate::plan::{AccountName, Plan};
use crate::service::{Act, Operation, Receipt, Reply};
use async_trait::async_trait;
use std::time::Duration;

/// How often an act that was throttled or never sent is tried in all. Few: the engine asks again later, and its patience
/// with one reply must outlast these tries (connecting alone may take 3.1 s each), or "not sent" would become "unknown".
const TRIES: u32 = 3;
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
    fn renew(&self, account: Option<&AccountName>) {
        self.book.renew(account);
    }

    async fn perform(&self, act: &Act, token: &Token, evidence: &Evidence) -> Reply {
        let region = &act.place.region;
        if let Operation::Run(invocation) = &act.operation {
            return probe::command::perform(invocation, region, evidence).await;
        }
        let clients = match self.book.at(&act.place).await {
            Ok(clients) => clients,
            Err(trouble) => return trouble.reply(),
        };
        let eye = Eye { clients: &clients, region, evidence };
        let account = act.place.account.as_ref();
        let (mut tried, mut wait) = (1, FIRST_WAIT);
        loop {
            let trouble = match send(Hand { eye, token, tried }, &act.operation).await {
                Ok(receipt) => return Reply::Taken { receipt },
                Err(trouble) => trouble,
            };
            if trouble.sort == Sort::Expired {
                self.book.renew(account);
                let message = told_with(&trouble.words(), &self.book.renewal(account).await);
                return Reply::Expired { message };
            }
            let did_not_happen = matches!(trouble.sort, Sort::Throttled | Sort::NotSent);
            if !did_not_happen || tried == TRIES {
                return trouble.reply();
            }
            tokio::time::sleep(wait.mul_f64(rand::random_range(0.5..1.5))).await;
            wait *= 2;
            tried += 1;
        }
    }
}

async fn send(hand: Hand<'_>, operation: &Operation) -> Result<Receipt, Trouble> {
    match operation {
        Operation::PromoteReadReplica { id, backup_retention_days } => {
            rds::promote(hand, id, *backup_retention_days).await
        }
        Operation::RenameDbInstance { id, new_id, security_groups } => {
            rds::modify(hand, id, Some(new_id), security_groups).await
        }
        Operation::SetDbSecurityGroups { id, security_groups } => rds::modify(hand, id, None, security_groups).await,
        Operation::RegisterTaskDefinition { from, container, environment, secrets, image } => {
            let (container, image) = (container.as_deref(), image.as_deref());
            definitions::register(hand, from, Values { container, environment, secrets, image }).await
        }
        Operation::DeregisterTaskDefinition { arn } => definitions::deregister(hand, arn).await,
        Operation::UpdateService { cluster, service, desired, task_definition, force } => {
            services::update(hand, (cluster, service), *desired, task_definition.as_deref(), *force).await
        }
        Operation::SetScalableTarget { cluster, service, min, max, suspended } => {
            scaling::set(hand, (cluster, service), *min, *max, *suspended).await
        }
        Operation::ChangeRecords { zone, upsert, delete } => route53::change_records(hand, zone, upsert, delete).await,
        // Commands run where Landfall runs and never come here.
        Operation::Run(_) => Ok(Receipt::default()),
    }
}
