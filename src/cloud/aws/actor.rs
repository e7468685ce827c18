//! Acts on AWS. An act is sent again by itself only when it provably did not happen: refused for its rate, or never sent.

use super::assume::Signature;
use super::clients::{Book, Elsewhere};
use super::desk::{Eye, Hand};
use super::guard::May;
use super::trouble::{Sort, Trouble, told_with};
use super::{
    accelerator, arc, automation, autoscaling, ecs, eks, elasticache, events, kms, lambda, parameter, rds, route53, s3,
    scheduler, secret, sts,
};
use crate::cloud::{Evidence, Perform, Token, probe};
use crate::plan::{AccountName, Plan};
use crate::service::{
    Act, ArcOperation, AutoScalingOperation, AutomationOperation, DnsOperation, EcsOperation, EksOperation,
    ElastiCacheOperation, EventsOperation, GlobalAcceleratorOperation, KmsOperation, LambdaOperation, LocalOperation,
    Operation, ParameterOperation, RdsOperation, Receipt, Reply, S3Operation, SchedulerOperation, SecretOperation,
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
    pub async fn connect(plan: &Plan, signature: Signature) -> Self {
        Self::connect_to(plan, Elsewhere::default(), signature).await
    }

    /// As [`Self::connect`], wherever the caller says that AWS is.
    pub async fn connect_to(plan: &Plan, elsewhere: Elsewhere, signature: Signature) -> Self {
        Self { book: Book::new(plan, May::Act, elsewhere, signature) }
    }
}

#[async_trait]
impl Perform for AwsActor {
    fn renew(&self, account: Option<&AccountName>) {
        self.book.renew(account);
    }

    async fn perform(&self, act: &Act, token: &Token, evidence: &Evidence) -> Reply {
        let region = &act.place.region;
        let deed = match Deed::of(&act.operation) {
            Ok(deed) => deed,
            Err(local) => return probe::perform(local, region, evidence).await,
        };
        let clients = match self.book.at(&act.place).await {
            Ok(clients) => clients,
            Err(trouble) => return trouble.reply(),
        };
        let eye = Eye { clients: &clients, region, evidence };
        let account = act.place.account.as_ref();
        let (mut tried, mut wait) = (1, FIRST_WAIT);
        loop {
            let trouble = match sts::belongs(eye).await {
                Ok(()) => match deed.send(Hand { eye, token, tried }).await {
                    Ok(receipt) => return Reply::Taken { receipt },
                    Err(trouble) => trouble,
                },
                Err(trouble) => trouble.before_it_was_sent(),
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

/// By whose room it is done: a row each, the family, its words and its room. A family that nobody acts for does not compile.
macro_rules! rooms {
    ($($Family:ident($Operation:ident): $room:ident;)*) => {
        /// What is done at AWS: there is no word here for what is done where Landfall runs.
        #[derive(Clone, Copy)]
        enum Deed<'a> {
            $($Family(&'a $Operation),)*
        }

        impl<'a> Deed<'a> {
            fn of(operation: &'a Operation) -> Result<Self, &'a LocalOperation> {
                match operation {
                    $(Operation::$Family(operation) => Ok(Self::$Family(operation)),)*
                    Operation::Local(operation) => Err(operation),
                }
            }

            async fn send(self, hand: Hand<'_>) -> Result<Receipt, Trouble> {
                match self {
                    $(Self::$Family(operation) => $room::act(hand, operation).await,)*
                }
            }
        }
    };
}

rooms! {
    Rds(RdsOperation): rds;
    Ecs(EcsOperation): ecs;
    Dns(DnsOperation): route53;
    ElastiCache(ElastiCacheOperation): elasticache;
    Parameter(ParameterOperation): parameter;
    Secret(SecretOperation): secret;
    S3(S3Operation): s3;
    Kms(KmsOperation): kms;
    AutoScaling(AutoScalingOperation): autoscaling;
    Lambda(LambdaOperation): lambda;
    Events(EventsOperation): events;
    Scheduler(SchedulerOperation): scheduler;
    Eks(EksOperation): eks;
    GlobalAccelerator(GlobalAcceleratorOperation): accelerator;
    Arc(ArcOperation): arc;
    Automation(AutomationOperation): automation;
}
