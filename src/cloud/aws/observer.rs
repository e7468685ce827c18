//! Looks at AWS: sorts the questions by service, asks each service in as few calls as it allows, all services at once.

use super::assume::Signature;
use super::clients::{Book, Elsewhere};
use super::desk::{Answers, Eye, Look, all_unanswered};
use super::guard::May;
use super::guard::Reads;
use super::trouble::{Sort, Trouble, told_with};
use super::{
    accelerator, acm, arc, automation, autoscaling, cloudwatch, dynamodb, ec2, ecr, ecs, eks, elasticache, elbv2,
    events, iam, kms, lambda, logs, parameter, quotas, rds, route53, s3, scheduler, secret, sqs, sts,
};
use crate::cloud::{Evidence, Observe, probe};
use crate::plan::Plan;
use crate::service::{Ask, Observation, Place, Query, Seen, Silence, Unanswered};
use crate::text::Clean;
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

/// How long one service may take over all its calls: a service that hangs must not keep the others' answers.
const PATIENCE: Duration = Duration::from_secs(15);

/// What the looking set may send. What is read without a client of its own is guarded by its room's list alone.
pub(super) const READS: Reads = &[
    rds::READS,
    ecs::READS,
    elasticache::READS,
    autoscaling::READS,
    lambda::READS,
    secret::READS,
    s3::READS,
    elbv2::READS,
    route53::READS,
    cloudwatch::READS,
    logs::READS,
    sts::READS,
];

/// Looks at AWS, and cannot do anything else.
pub struct AwsObserver {
    book: Book,
}

impl AwsObserver {
    /// An observer for the places and accounts of `plan`. Nothing is called before something is asked.
    pub async fn connect(plan: &Plan, signature: Signature) -> Self {
        Self::connect_to(plan, Elsewhere::default(), signature).await
    }

    /// As [`Self::connect`], wherever the caller says that AWS is.
    pub async fn connect_to(plan: &Plan, elsewhere: Elsewhere, signature: Signature) -> Self {
        Self { book: Book::new(plan, May::Look(READS), elsewhere, signature) }
    }
}

#[async_trait]
impl Observe for AwsObserver {
    async fn observe(&self, asks: &[Ask], evidence: &Evidence) -> Vec<Seen> {
        let Some(first) = asks.first() else { return Vec::new() };
        let place = &first.place;
        let clients = match self.book.at(place).await {
            Ok(clients) => clients,
            Err(trouble) => {
                let (at, silence) = (Timestamp::now(), trouble.unanswered());
                return asks.iter().map(|ask| Seen { ask: ask.clone(), at, answer: Err(silence.clone()) }).collect();
            }
        };
        let eye = Eye { clients: &clients, region: &place.region, evidence };
        // Each question once, and those of this place only: an answer from elsewhere would be a wrong answer.
        let mut distinct: Vec<&Query> = asks.iter().filter(|ask| &ask.place == place).map(|ask| &ask.query).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let (looks, local) = looks(eye, &distinct);
        let looked = async {
            match sts::belongs(eye).await {
                Ok(()) => {
                    let looks = looks.into_iter().filter(|look| !look.asked.is_empty()).map(in_time);
                    futures::future::join_all(looks).await
                }
                // Nothing is asked with credentials that are not shown to be the account's own.
                Err(trouble) => {
                    let asked: Vec<&Query> = looks.iter().flat_map(|look| look.asked.iter().copied()).collect();
                    vec![stamped(async { all_unanswered(&asked, &trouble) }).await]
                }
            }
        };
        // Probes have deadlines of their own, a command's from the plan.
        let probes = stamped(probe::look(local));
        let (mut all, probed) = futures::future::join(looked, probes).await;
        all.push(probed);
        let mut answers: HashMap<Query, Stamped> = all.into_iter().flatten().collect();
        self.renew_expired(place, &mut answers).await;
        let seen = |ask: &Ask| {
            let found = answers.get(&ask.query).filter(|_| &ask.place == place).cloned();
            let (at, answer) = found.unwrap_or_else(|| (Timestamp::now(), Err(not_asked())));
            Seen { ask: ask.clone(), at, answer }
        };
        asks.iter().map(seen).collect()
    }
}

impl AwsObserver {
    /// Credentials that have expired are read anew at the next look; the answers say what renews them.
    async fn renew_expired(&self, place: &Place, answers: &mut HashMap<Query, Stamped>) {
        let mut expired: Vec<&mut Unanswered> = Vec::new();
        for (_, answer) in answers.values_mut() {
            if let Err(silence) = answer
                && silence.because == Silence::Expired
            {
                expired.push(silence);
            }
        }
        if expired.is_empty() {
            return;
        }
        self.book.renew(place.account.as_ref());
        let renewal = self.book.renewal(place.account.as_ref()).await;
        for silence in expired {
            silence.message = told_with(&silence.message, &renewal);
        }
    }
}

/// Sorts the questions of one place by who answers them: a row each, the family and its room. A family that nobody looks
/// at does not compile.
macro_rules! rooms {
    ($($Family:ident: $room:ident;)*) => {
        /// What is to be looked at in each room, and what is asked from where Landfall runs.
        fn looks<'a>(eye: Eye<'a>, asked: &[&'a Query]) -> (Vec<Look<'a>>, Vec<&'a Query>) {
            let mut local = Vec::new();
            $(let mut $room = Vec::new();)*
            for query in asked.iter().copied() {
                match query {
                    $(Query::$Family(words) => $room.push((query, words)),)*
                    Query::Local(_) => local.push(query),
                }
            }
            (std::iter::empty()$(.chain($room::looks(eye, $room)))*.collect(), local)
        }
    };
}

rooms! {
    Rds: rds;
    CloudWatch: cloudwatch;
    Ecr: ecr;
    Ecs: ecs;
    ElastiCache: elasticache;
    Parameter: parameter;
    Secret: secret;
    S3: s3;
    Kms: kms;
    DynamoDb: dynamodb;
    AutoScaling: autoscaling;
    Acm: acm;
    Network: ec2;
    Iam: iam;
    Lambda: lambda;
    Events: events;
    Scheduler: scheduler;
    Eks: eks;
    Sqs: sqs;
    GlobalAccelerator: accelerator;
    Arc: arc;
    Automation: automation;
    Elb: elbv2;
    Dns: route53;
    Logs: logs;
    Sts: sts;
    Quotas: quotas;
}

/// An answer and when it came: one service's answers must not look as fresh as the slowest's.
type Stamped = (Timestamp, Result<Observation, Unanswered>);

async fn stamped(look: impl Future<Output = Answers>) -> Vec<(Query, Stamped)> {
    let answers = look.await;
    let at = Timestamp::now();
    answers.into_iter().map(|(query, answer)| (query, (at, answer))).collect()
}

/// Asks one service, no longer than its patience.
async fn in_time(look: Look<'_>) -> Vec<(Query, Stamped)> {
    let Look { asked, answers } = look;
    let in_time =
        async { tokio::time::timeout(PATIENCE, answers).await.unwrap_or_else(|_| all_unanswered(&asked, &too_long())) };
    stamped(in_time).await
}

fn too_long() -> Trouble {
    let message = Clean::new(&format!("no answer within {}s", PATIENCE.as_secs()));
    Trouble { sort: Sort::NoAnswer, code: None, message }
}

fn not_asked() -> Unanswered {
    Unanswered { because: Silence::Error, code: None, message: Clean::new("the cloud's answer left this one out") }
}
