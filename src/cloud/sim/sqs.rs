//! The simulated Amazon SQS: a queue in both regions. What waits in the old one is worked off within minutes, as long as its
//! region is there.

use super::database::ACCOUNT;
use super::dice::{later, seconds};
use super::kind::{Program, Simulated};
use super::world::{Together, World};
use crate::plan::{Application, Component, Region, Side};
use crate::service::observation::Queue as Seen;
use crate::service::{Observation, SqsObservation, SqsQuery, said};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// How many messages wait in the old queue at the beginning.
const BACKLOG: (f64, f64) = (5.0, 40.0);
/// How long it takes until they are worked off, in seconds.
const WORKED_OFF: f64 = 90.0;

/// A queue.
pub(super) fn key(region: &Region, name: &str) -> String {
    format!("{region}/queue/{name}")
}

impl World {
    /// How many messages wait in a queue at `at`.
    fn messages(&self, region: &Region, name: &str, at: Timestamp) -> u64 {
        if *region != self.plan.application.primary {
            return 0;
        }
        let backlog = self.dice.between(&format!("{name} backlog"), BACKLOG.0, BACKLOG.1);
        let until = self.troubles.gone_since(region, at).unwrap_or(at);
        let share = 1.0 - seconds(self.started_at, until).max(0.0) / WORKED_OFF;
        (backlog * share.max(0.0)).ceil() as u64
    }

    /// How old, in seconds, the oldest message of a queue is in `minute`; none where there is none.
    pub(super) fn oldest_message(&self, region: &Region, name: &str, minute: Timestamp) -> Option<f64> {
        (self.messages(region, name, later(minute, 30.0)) > 0).then_some(45.0)
    }
}

/// What a question is about.
pub(super) fn of_query(region: &Region, query: &SqsQuery) -> Option<String> {
    let SqsQuery::Queue { name } = query;
    Some(key(region, name))
}

/// With what others it is asked in one call: with none.
pub(super) fn together(_query: &SqsQuery) -> Together<'_> {
    Together::Alone
}

/// What it is answered at `at`.
pub(super) fn see(world: &World, region: &Region, query: &SqsQuery, at: Timestamp) -> Observation {
    let SqsQuery::Queue { name } = query;
    let queue = world.queues.contains(&key(region, name)).then(|| Seen {
        url: Clean::new(&format!("https://sqs.{region}.amazonaws.com/{ACCOUNT}/{name}")),
        arn: Clean::new(&format!("arn:aws:sqs:{region}:{ACCOUNT}:{name}")),
        waiting: world.messages(region, name, at),
        in_flight: 0,
        delayed: 0,
    });
    SqsObservation::Queue { queue }.into()
}

/// The kind `queue`.
pub(super) struct Queue;

impl Simulated for Queue {
    fn stand(&self, world: &mut World, component: &Component) {
        let keys = self.keys(component, &world.plan.application);
        world.queues.extend(keys);
    }

    fn keys(&self, component: &Component, application: &Application) -> Vec<String> {
        let Ok(said) = said::Queue::of(&component.fields) else { return Vec::new() };
        [Side::Primary, Side::Recovery].map(|side| key(application.region(side), said.on(side))).into()
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    fn works(&self, _world: &World, _component: &Component, _side: Side, _at: Timestamp) -> bool {
        true
    }

    fn settled(&self, _world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        Vec::new()
    }
}
