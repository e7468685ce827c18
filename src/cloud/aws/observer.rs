//! Looks at AWS: sorts the questions by service, asks each service in as few calls as it allows, all services at once.

use super::clients::Book;
use super::desk::{Answers, Asked, Eye, Look, all_unanswered};
use super::guard::May;
use super::guard::Reads;
use super::trouble::{Sort, Trouble, told_with};
use super::{
    acm, autoscaling, cloudwatch, dynamodb, ecr, ecs, elasticache, elbv2, kms, logs, parameter, rds, route53, secret,
    sts,
};
use crate::cloud::{Evidence, Observe, probe};
use crate::plan::Plan;
use crate::service::{
    AcmQuery, Ask, AutoScalingQuery, CloudWatchQuery, DnsQuery, DynamoDbQuery, EcrQuery, EcsQuery, ElastiCacheQuery,
    ElbQuery, KmsQuery, LogsQuery, Observation, ParameterQuery, Place, Query, RdsQuery, SecretQuery, Seen, Silence,
    StsQuery, Unanswered,
};
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
    secret::READS,
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
    pub async fn connect(plan: &Plan) -> Self {
        Self { book: Book::new(plan, May::Look(READS)) }
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
        let sorted = Sorted::of(&distinct);
        let looks = [
            rds::looks(eye, sorted.rds),
            cloudwatch::looks(eye, sorted.cloudwatch),
            ecr::looks(eye, sorted.ecr),
            ecs::looks(eye, sorted.ecs),
            elasticache::looks(eye, sorted.elasticache),
            parameter::looks(eye, sorted.parameter),
            secret::looks(eye, sorted.secret),
            kms::looks(eye, sorted.kms),
            dynamodb::looks(eye, sorted.dynamodb),
            autoscaling::looks(eye, sorted.autoscaling),
            acm::looks(eye, sorted.acm),
            elbv2::looks(eye, sorted.elb),
            route53::looks(eye, sorted.dns),
            logs::looks(eye, sorted.logs),
            sts::looks(eye, sorted.sts),
        ];
        let looks = looks.into_iter().flatten().filter(|look| !look.asked.is_empty()).map(in_time);
        // Probes have deadlines of their own, a command's from the plan.
        let probes = stamped(probe::look(sorted.local));
        let (mut all, probed) = futures::future::join(futures::future::join_all(looks), probes).await;
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

/// The questions of one place by who answers them. A family that nobody looks at does not compile.
#[derive(Default)]
struct Sorted<'a> {
    rds: Asked<'a, RdsQuery>,
    cloudwatch: Asked<'a, CloudWatchQuery>,
    ecr: Asked<'a, EcrQuery>,
    ecs: Asked<'a, EcsQuery>,
    elasticache: Asked<'a, ElastiCacheQuery>,
    parameter: Asked<'a, ParameterQuery>,
    secret: Asked<'a, SecretQuery>,
    kms: Asked<'a, KmsQuery>,
    dynamodb: Asked<'a, DynamoDbQuery>,
    autoscaling: Asked<'a, AutoScalingQuery>,
    acm: Asked<'a, AcmQuery>,
    elb: Asked<'a, ElbQuery>,
    dns: Asked<'a, DnsQuery>,
    logs: Asked<'a, LogsQuery>,
    sts: Asked<'a, StsQuery>,
    local: Vec<&'a Query>,
}

impl<'a> Sorted<'a> {
    fn of(asked: &[&'a Query]) -> Self {
        let mut sorted = Self::default();
        for query in asked.iter().copied() {
            match query {
                Query::Rds(words) => sorted.rds.push((query, words)),
                Query::CloudWatch(words) => sorted.cloudwatch.push((query, words)),
                Query::Ecr(words) => sorted.ecr.push((query, words)),
                Query::Ecs(words) => sorted.ecs.push((query, words)),
                Query::ElastiCache(words) => sorted.elasticache.push((query, words)),
                Query::Parameter(words) => sorted.parameter.push((query, words)),
                Query::Secret(words) => sorted.secret.push((query, words)),
                Query::Kms(words) => sorted.kms.push((query, words)),
                Query::DynamoDb(words) => sorted.dynamodb.push((query, words)),
                Query::AutoScaling(words) => sorted.autoscaling.push((query, words)),
                Query::Acm(words) => sorted.acm.push((query, words)),
                Query::Elb(words) => sorted.elb.push((query, words)),
                Query::Dns(words) => sorted.dns.push((query, words)),
                Query::Logs(words) => sorted.logs.push((query, words)),
                Query::Sts(words) => sorted.sts.push((query, words)),
                Query::Local(_) => sorted.local.push(query),
            }
        }
        sorted
    }
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
