//! Looks at AWS: sorts the questions by service, asks each service in as few calls as it allows, all services at once.

use super::clients::{Book, Clients, May};
use super::trouble::Trouble;
use super::{autoscaling, cloudwatch, ecs, elbv2, rds, route53, sts};
use crate::cloud::{Evidence, Observe, probe};
use crate::plan::{Plan, Region};
use crate::service::{Ask, Observation, Query, Seen, Silence, Unanswered};
use crate::text::Clean;
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::HashMap;

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
        let clients = self.book.at(&first.place).await;
        let eye = Eye { clients: &clients, region: &first.place.region, evidence };
        let queries = |wanted: fn(&Query) -> bool| -> Vec<&Query> {
            asks.iter().map(|ask| &ask.query).filter(|query| wanted(query)).collect()
        };
        let (rds, lag, services, definitions, scaling, balancing, dns, identity, probes) = futures::join!(
            rds::look(eye, queries(|query| matches!(query, Query::DbInstance { .. }))),
            cloudwatch::look(eye, queries(|query| matches!(query, Query::ReplicaLag { .. }))),
            ecs::services(eye, queries(|query| matches!(query, Query::EcsService { .. }))),
            ecs::definitions(eye, queries(|query| matches!(query, Query::TaskDefinition { .. }))),
            autoscaling::look(eye, queries(|query| matches!(query, Query::ScalableTarget { .. }))),
            elbv2::look(eye, queries(|query| matches!(query, Query::TargetHealth { .. } | Query::LoadBalancer { .. }))),
            route53::look(
                eye,
                queries(|query| {
                    matches!(query, Query::RecordSets { .. } | Query::DnsChange { .. } | Query::DnsAnswer { .. })
                }),
            ),
            sts::look(eye, queries(|query| matches!(query, Query::Identity))),
            probe::look(queries(|query| { matches!(query, Query::Http(_) | Query::Tcp { .. } | Query::Look(_)) })),
        );
        let all = [rds, lag, services, definitions, scaling, balancing, dns, identity, probes];
        let answers: HashMap<Query, Result<Observation, Unanswered>> = all.into_iter().flatten().collect();
        let at = Timestamp::now();
        let seen = |ask: &Ask| {
            let answer = answers.get(&ask.query).cloned().unwrap_or_else(|| Err(not_asked()));
            Seen { ask: ask.clone(), at, answer }
        };
        asks.iter().map(seen).collect()
    }
}

fn not_asked() -> Unanswered {
    Unanswered { because: Silence::Error, code: None, message: Clean::new("the cloud's answer left this one out") }
}

/// The same trouble for every query.
pub(super) fn all_unanswered(queries: &[&Query], trouble: &Trouble) -> Answers {
    queries.iter().map(|query| ((*query).clone(), Err(trouble.unanswered()))).collect()
}
