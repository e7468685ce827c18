//! Looks at AWS: sorts the questions by service, asks each service in as few calls as it allows, all services at once.

use super::clients::{Book, Clients, May};
use super::trouble::{NO_CREDENTIALS, Sort, Trouble};
use super::{autoscaling, cloudwatch, ecs, elbv2, listeners, logs, rds, route53, sts, task_definition, tasks};
use crate::cloud::{Evidence, Observe, probe};
use crate::plan::{Plan, Region};
use crate::service::{Ask, Observation, Place, Query, Seen, Silence, Unanswered};
use crate::text::Clean;
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

/// How long one service may take over all its calls: a service that hangs must not keep the others' answers.
const PATIENCE: Duration = Duration::from_secs(15);

/// The answers of one service.
pub(super) type Answers = Vec<(Query, Result<Observation, Unanswered>)>;

/// What a service's file needs to look.
#[derive(Clone, Copy)]
pub(super) struct Eye<'a> {
    pub(super) clients: &'a Clients,
    pub(super) region: &'a Region,
    pub(super) evidence: &'a Evidence,
}

/// Looks at AWS, and cannot do anything else.
pub struct AwsObserver {
    book: Book,
}

impl AwsObserver {
    /// An observer for the places and accounts of `plan`. Nothing is called before something is asked.
    pub async fn connect(plan: &Plan) -> Self {
        Self { book: Book::new(plan, May::Look) }
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
        let queries = |wanted: fn(&Query) -> bool| -> Vec<&Query> {
            distinct.iter().copied().filter(|query| wanted(query)).collect()
        };
        let groups = futures::join!(
            in_time(queries(|query| matches!(query, Query::DbInstance { .. })), |queries| rds::look(eye, queries)),
            watched(eye, &distinct),
            in_time(queries(|query| matches!(query, Query::EcsService { .. })), |queries| ecs::services(eye, queries)),
            in_time(
                queries(|query| matches!(query, Query::TaskDefinition { .. } | Query::ServiceDefinition { .. })),
                |queries| task_definition::look(eye, queries)
            ),
            in_time(queries(|query| matches!(query, Query::ServiceTasks { .. })), |queries| tasks::look(eye, queries)),
            in_time(queries(|query| matches!(query, Query::ScalableTarget { .. })), |queries| {
                autoscaling::look(eye, queries)
            }),
            in_time(queries(|query| matches!(query, Query::TargetHealth { .. })), |queries| {
                elbv2::target_groups(eye, queries)
            }),
            in_time(queries(|query| matches!(query, Query::LoadBalancer { .. })), |queries| {
                elbv2::load_balancers(eye, queries)
            }),
            in_time(queries(|query| matches!(query, Query::Forwards { .. })), |queries| listeners::look(eye, queries)),
            names(eye, &distinct),
            in_time(queries(|query| matches!(query, Query::Identity)), |queries| sts::look(eye, queries)),
            // Probes have deadlines of their own, a command's from the plan.
            stamped(probe::look(queries(|query| matches!(query, Query::Http(_) | Query::Tcp { .. } | Query::Look(_))))),
        );
        let all: [Vec<(Query, Stamped)>; 12] = groups.into();
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

/// That credentials have expired, or that there are none: what renews them comes first, then what was said.
pub(super) fn told_with(said: &Clean, renewal: &str) -> Clean {
    let words = match said.starts_with(NO_CREDENTIALS) {
        true => format!("there are no credentials: {renewal} ({said})"),
        false => format!("the credentials have expired: {renewal} (the cloud said {said})"),
    };
    Clean::new(&words)
}

/// What CloudWatch has, metrics and logs apart.
async fn watched(eye: Eye<'_>, asked: &[&Query]) -> Vec<(Query, Stamped)> {
    let those = |wanted: fn(&Query) -> bool| asked.iter().copied().filter(|query| wanted(query)).collect::<Vec<_>>();
    let (lags, lines) = futures::join!(
        in_time(those(|query| matches!(query, Query::ReplicaLag { .. })), |queries| cloudwatch::look(eye, queries)),
        in_time(those(|query| matches!(query, Query::Log { .. })), |queries| logs::look(eye, queries)),
    );
    lags.into_iter().chain(lines).collect()
}

/// Route 53's several questions, apart: one that hangs must not keep the others' answers.
async fn names(eye: Eye<'_>, asked: &[&Query]) -> Vec<(Query, Stamped)> {
    let those = |wanted: fn(&Query) -> bool| asked.iter().copied().filter(|query| wanted(query)).collect::<Vec<_>>();
    let zones = those(|query| matches!(query, Query::HostedZone { .. }));
    let sets = those(|query| matches!(query, Query::RecordSets { .. }));
    let changes = those(|query| matches!(query, Query::DnsChange { .. }));
    let answers = those(|query| matches!(query, Query::DnsAnswer(_) | Query::NameServers(_) | Query::Resolver { .. }));
    let (zones, sets, changes, answers) = futures::join!(
        in_time(zones, |queries| route53::zones(eye, queries)),
        in_time(sets, |queries| route53::sets(eye, queries)),
        in_time(changes, |queries| route53::changes(eye, queries)),
        in_time(answers, |queries| route53::answers(eye, queries)),
    );
    [zones, sets, changes, answers].into_iter().flatten().collect()
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

/// The same trouble for every query.
pub(super) fn all_unanswered(queries: &[&Query], trouble: &Trouble) -> Answers {
    queries.iter().map(|query| ((*query).clone(), Err(trouble.unanswered()))).collect()
}
