//! The simulated Amazon CloudWatch Logs: what the services of the plan say.

use super::containers::Service;
use super::keys;
use super::world::{Together, World};
use crate::plan::{Region, Side};
use crate::service::observation::{LOG_LINES, LogLine};
use crate::service::{LogsObservation, LogsQuery, Observation, said};
use jiff::Timestamp;

/// What a question is about: no single thing.
pub(super) fn of_query(_region: &Region, query: &LogsQuery) -> Option<String> {
    match query {
        LogsQuery::Log { .. } | LogsQuery::Group { .. } => None,
    }
}

/// With what others it is asked in one call.
pub(super) fn together(query: &LogsQuery) -> Together<'_> {
    match query {
        LogsQuery::Log { .. } | LogsQuery::Group { .. } => Together::Alone,
    }
}

/// What it is answered at `at`.
pub(super) fn see(world: &World, region: &Region, query: &LogsQuery, at: Timestamp) -> Observation {
    match query {
        LogsQuery::Log { group, since } => {
            LogsObservation::Log { lines: world.log(region, group, (*since, at)) }.into()
        }
        // Every group is there that is asked for.
        LogsQuery::Group { group } => LogsObservation::Group { group: Some(group.clone()) }.into(),
    }
}

impl World {
    /// The newest lines of a log group between two moments, of all services whose log it is; `None` when it is no log of
    /// any.
    fn log(&self, region: &Region, group: &str, (since, at): (Timestamp, Timestamp)) -> Option<Vec<LogLine>> {
        if region != self.plan.application.region(Side::Recovery) {
            return None;
        }
        let told = self.of_kind("ecs").filter_map(|component| said::Ecs::of(&component.fields).ok());
        let services: Vec<&Service> = told
            .filter(|said| said.log.as_deref() == Some(group))
            .filter_map(|said| self.services.get(&keys::service(region, &said.cluster, &said.service)))
            .collect();
        if services.is_empty() {
            return None;
        }
        let lines = services.into_iter().flat_map(|service| service.log(&self.troubles, &self.dice, since, at));
        let mut lines: Vec<LogLine> = lines.collect();
        lines.sort_by_key(|line| line.at);
        lines.drain(..lines.len().saturating_sub(LOG_LINES));
        Some(lines)
    }
}
