//! Looks at AWS: sorts the questions by service, asks each service in as few calls as it allows, all services at once.

use super::clients::{Book, May};
use super::desk::{Answers, Eye, all_unanswered};
use super::guard::Reads;
use super::trouble::{Sort, Trouble, told_with};
use super::{cloudwatch, ecs, elbv2, logs, rds, route53, sts};
use crate::cloud::{Evidence, Observe, probe};
use crate::plan::Plan;
use crate::service::{
    Ask, DnsQuery, EcsQuery, ElbQuery, LocalQuery, LogsQuery, Observation, Place, Query, RdsQuery, Seen, Silence,
    StsQuery, Unanswered,
};
use crate::text::Clean;
use async_trait::async_trait;
use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

/// How long one service may take over all its calls: a service that hangs must not keep the others' answers.
const PATIENCE: Duration = Duration::from_secs(15);

/// What the looking set may send.
pub(super) const READS: Reads =
    &[rds::READS, ecs::READS, elbv2::READS, route53::READS, cloudwatch::READS, logs::READS, sts::READS];

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
        let looks: Vec<BoxFuture<'_, Vec<(Query, Stamped)>>> = vec![
            in_time(sorted.instances, |queries| rds::look(eye, queries)).boxed(),
            in_time(sorted.lags, |queries| cloudwatch::look(eye, queries)).boxed(),
            in_time(sorted.logs, |queries| logs::look(eye, queries)).boxed(),
            in_time(sorted.services, |queries| ecs::services::look(eye, queries)).boxed(),
            in_time(sorted.definitions, |queries| ecs::definitions::look(eye, queries)).boxed(),
            in_time(sorted.tasks, |queries| ecs::tasks::look(eye, queries)).boxed(),
            in_time(sorted.limits, |queries| ecs::scaling::look(eye, queries)).boxed(),
            in_time(sorted.targets, |queries| elbv2::target_groups(eye, queries)).boxed(),
            in_time(sorted.balancers, |queries| elbv2::load_balancers(eye, queries)).boxed(),
            in_time(sorted.forwards, |queries| elbv2::listeners::look(eye, queries)).boxed(),
            in_time(sorted.zones, |queries| route53::zones(eye, queries)).boxed(),
            in_time(sorted.sets, |queries| route53::sets(eye, queries)).boxed(),
            in_time(sorted.changes, |queries| route53::changes(eye, queries)).boxed(),
            in_time(sorted.answers, |queries| route53::answers(eye, queries)).boxed(),
            in_time(sorted.identity, |queries| sts::look(eye, queries)).boxed(),
            // Probes have deadlines of their own, a command's from the plan.
            stamped(probe::look(sorted.probes)).boxed(),
        ];
        let all = futures::future::join_all(looks).await;
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

/// The questions of one place by who answers them, each group apart: one that hangs must not keep the others' answers.
/// A question without a group, and a group that nobody looks at, do not compile.
#[derive(Default)]
struct Sorted<'a> {
    instances: Vec<&'a Query>,
    lags: Vec<&'a Query>,
    logs: Vec<&'a Query>,
    services: Vec<&'a Query>,
    definitions: Vec<&'a Query>,
    tasks: Vec<&'a Query>,
    limits: Vec<&'a Query>,
    targets: Vec<&'a Query>,
    balancers: Vec<&'a Query>,
    forwards: Vec<&'a Query>,
    zones: Vec<&'a Query>,
    sets: Vec<&'a Query>,
    changes: Vec<&'a Query>,
    answers: Vec<&'a Query>,
    identity: Vec<&'a Query>,
    probes: Vec<&'a Query>,
}

impl<'a> Sorted<'a> {
    fn of(asked: &[&'a Query]) -> Self {
        let mut sorted = Self::default();
        for query in asked {
            let those = match query {
                Query::Rds(RdsQuery::DbInstance { .. }) => &mut sorted.instances,
                Query::Rds(RdsQuery::ReplicaLag { .. }) => &mut sorted.lags,
                Query::Logs(LogsQuery::Log { .. }) => &mut sorted.logs,
                Query::Ecs(EcsQuery::EcsService { .. }) => &mut sorted.services,
                Query::Ecs(EcsQuery::TaskDefinition { .. }) | Query::Ecs(EcsQuery::ServiceDefinition { .. }) => {
                    &mut sorted.definitions
                }
                Query::Ecs(EcsQuery::ServiceTasks { .. }) => &mut sorted.tasks,
                Query::Ecs(EcsQuery::ScalableTarget { .. }) => &mut sorted.limits,
                Query::Elb(ElbQuery::TargetHealth { .. }) => &mut sorted.targets,
                Query::Elb(ElbQuery::LoadBalancer { .. }) => &mut sorted.balancers,
                Query::Elb(ElbQuery::Forwards { .. }) => &mut sorted.forwards,
                Query::Dns(DnsQuery::HostedZone { .. }) => &mut sorted.zones,
                Query::Dns(DnsQuery::RecordSets { .. }) => &mut sorted.sets,
                Query::Dns(DnsQuery::DnsChange { .. }) => &mut sorted.changes,
                Query::Dns(DnsQuery::DnsAnswer(_))
                | Query::Dns(DnsQuery::NameServers(_))
                | Query::Dns(DnsQuery::Resolver { .. }) => &mut sorted.answers,
                Query::Sts(StsQuery::Identity) => &mut sorted.identity,
                Query::Local(LocalQuery::Http(_))
                | Query::Local(LocalQuery::Tcp { .. })
                | Query::Local(LocalQuery::Look(_)) => &mut sorted.probes,
            };
            those.push(query);
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

/// Asks one service, if there is anything to ask it, and no longer than its patience.
async fn in_time<'a, F: Future<Output = Answers>>(
    queries: Vec<&'a Query>,
    look: impl FnOnce(Vec<&'a Query>) -> F,
) -> Vec<(Query, Stamped)> {
    if queries.is_empty() {
        return Vec::new();
    }
    let asked = queries.clone();
    let look = async {
        tokio::time::timeout(PATIENCE, look(queries)).await.unwrap_or_else(|_| all_unanswered(&asked, &too_long()))
    };
    stamped(look).await
}

fn too_long() -> Trouble {
    let message = Clean::new(&format!("no answer within {}s", PATIENCE.as_secs()));
    Trouble { sort: Sort::NoAnswer, code: None, message }
}

fn not_asked() -> Unanswered {
    Unanswered { because: Silence::Error, code: None, message: Clean::new("the cloud's answer left this one out") }
}
