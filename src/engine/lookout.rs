//! Looking on at a cloud without a run: the same telemetry, the same events, no journal, and nothing that could act.

use super::cost::Allowance;
use super::feed::Feed;
use super::hearing::{self, Heard};
use super::observer::Observer;
use super::tail::{Tailing, Tails};
use super::telemetry::Telemetry;
use crate::cloud::{Clock, Observe};
use crate::plan::Intent;
use crate::recovery::{Event, Opened, What};
use crate::text::Clean;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// Looks at `cloud` for as long as somebody follows the feed, and lets logs be read meanwhile.
pub fn look_on(opened: Opened, cloud: Arc<dyn Observe>, clock: Clock, by: Clean) -> (Feed, Tails) {
    let (_, seen, mut heard) = hearing::channel();
    let (feed, feed_out) = mpsc::unbounded_channel();
    let failing = (opened.intent == Intent::Failover).then(|| opened.plan.application.primary.clone());
    let observer = Observer::new(cloud, clock.clone(), seen.clone(), failing);
    let plan = Arc::new(opened.plan.clone());
    let tailing = Tailing { plan: plan.clone(), observer: observer.clone(), clock: clock.clone(), seen: seen.clone() };
    // Nothing is given to anybody without a run.
    let (_, given) = watch::channel(BTreeMap::new());
    let (_, driven) = watch::channel(false);
    let telemetry = Telemetry {
        allowance: Allowance::of(plan.components.len(), 1.0),
        driven,
        plan,
        observer,
        clock: clock.clone(),
        begun_at: clock.now(),
        given,
        seen,
    };
    tokio::spawn(telemetry.run());
    tokio::spawn(async move {
        let mut next = Some(What::RunOpened(opened.into()));
        let mut seq = 0;
        while let Some(what) = next {
            let event = Event { seq, at: clock.now(), offset_ms: 0, epoch: 0, by: by.clone(), what };
            seq += 1;
            let batch: Arc<[Arc<Event>]> = [Arc::new(event)].into();
            if feed.send(batch).is_err() {
                return;
            }
            next = match heard.recv().await {
                Some(Heard::Saw(what)) => Some(what),
                // Without a run there is no step to tell of.
                Some(Heard::Told(_)) | None => None,
            };
        }
    });
    (feed_out, tailing.serve())
}
