//! Acts on AWS. An act is sent again by itself only when it provably did not happen: refused for its rate, or never sent.

use super::clients::Book;
use super::desk::{Eye, Hand};
use super::guard::May;
use super::trouble::{Sort, Trouble, told_with};
use super::{autoscaling, ecs, elasticache, kms, parameter, rds, route53, secret};
use crate::cloud::{Evidence, Perform, Token, probe};
use crate::plan::{AccountName, Plan};
use crate::service::{
    Act, AutoScalingOperation, DnsOperation, EcsOperation, ElastiCacheOperation, KmsOperation, Operation,
    ParameterOperation, RdsOperation, Receipt, Reply, SecretOperation,
};
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
        let deed = match &act.operation {
            Operation::Rds(operation) => Deed::Rds(operation),
            Operation::Ecs(operation) => Deed::Ecs(operation),
            Operation::Dns(operation) => Deed::Dns(operation),
            Operation::AutoScaling(operation) => Deed::AutoScaling(operation),
            Operation::ElastiCache(operation) => Deed::ElastiCache(operation),
            Operation::Parameter(operation) => Deed::Parameter(operation),
            Operation::Secret(operation) => Deed::Secret(operation),
            Operation::Kms(operation) => Deed::Kms(operation),
            Operation::Local(operation) => return probe::perform(operation, region, evidence).await,
        };
        let clients = match self.book.at(&act.place).await {
            Ok(clients) => clients,
            Err(trouble) => return trouble.reply(),
        };
        let eye = Eye { clients: &clients, region, evidence };
        let account = act.place.account.as_ref();
        let (mut tried, mut wait) = (1, FIRST_WAIT);
        loop {
            let trouble = match send(Hand { eye, token, tried }, deed).await {
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

/// What is done at AWS, by whose room: there is no word here for what is done where Landfall runs.
#[derive(Clone, Copy)]
enum Deed<'a> {
    Rds(&'a RdsOperation),
    Ecs(&'a EcsOperation),
    Dns(&'a DnsOperation),
    ElastiCache(&'a ElastiCacheOperation),
    Parameter(&'a ParameterOperation),
    Secret(&'a SecretOperation),
    Kms(&'a KmsOperation),
    AutoScaling(&'a AutoScalingOperation),
}

async fn send(hand: Hand<'_>, deed: Deed<'_>) -> Result<Receipt, Trouble> {
    match deed {
        Deed::Rds(operation) => rds::act(hand, operation).await,
        Deed::Ecs(operation) => ecs::act(hand, operation).await,
        Deed::Dns(operation) => route53::act(hand, operation).await,
        Deed::ElastiCache(operation) => elasticache::act(hand, operation).await,
        Deed::Parameter(operation) => parameter::act(hand, operation).await,
        Deed::Secret(operation) => secret::act(hand, operation).await,
        Deed::Kms(operation) => kms::act(hand, operation).await,
        Deed::AutoScaling(operation) => autoscaling::act(hand, operation).await,
    }
}
