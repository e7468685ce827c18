//! Looks from where Landfall runs: HTTP, TCP and commands. Knows no cloud.

pub mod command;
mod http;
mod tcp;

use crate::service::{Observation, Query, Unanswered};

/// Answers every query of these kinds, all at once.
pub async fn look(queries: Vec<&Query>) -> Vec<(Query, Result<Observation, Unanswered>)> {
    let looks = queries.into_iter().map(|query| async move {
        let observation = match query {
            Query::Http(probe) => Observation::Http(http::get(probe).await),
            Query::Tcp { host, port } => tcp::connect(host, *port).await,
            Query::Look(invocation) => Observation::Exit(command::run(invocation).await),
            _ => return None,
        };
        Some((query.clone(), Ok(observation)))
    });
    futures::future::join_all(looks).await.into_iter().flatten().collect()
}
