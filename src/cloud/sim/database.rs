//! A simulated database instance: what it is at any time follows from what was done to it and when.

use crate::service::observation::{DbInstance, Replication};
use crate::text::Clean;

/// How long a promoted replica lingers in `available` with its source still named, in seconds.
const LINGER: f64 = 15.0;

/// An instance and what was done to it. All times in seconds after the run's start.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Database {
    pub(super) id: String,
    pub(super) region: String,
    pub(super) component: String,
    pub(super) source: Option<Source>,
    pub(super) retention_days: u32,
    pub(super) port: u16,
    pub(super) promotion: Option<Passage>,
    pub(super) rename: Option<(String, Passage)>,
}

/// Where a replica replicates from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Source {
    pub(super) region: String,
    pub(super) id: String,
}

/// A change under way or over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Passage {
    pub(super) at: f64,
    pub(super) seconds: f64,
    /// Never ends.
    pub(super) stuck: bool,
    /// Ends badly.
    pub(super) fails: bool,
}

impl Passage {
    pub(super) fn is_over(&self, now: f64) -> bool {
        !self.stuck && !self.fails && now >= self.at + self.seconds
    }
    /// How far it is, from 0 to 1.
    fn part(&self, now: f64) -> f64 {
        ((now - self.at) / self.seconds).clamp(0.0, 1.0)
    }
}

impl Database {
    /// What it is called at `now`.
    pub(super) fn id_at(&self, now: f64) -> &str {
        match &self.rename {
            Some((new, passage)) if passage.part(now) >= 0.5 => new,
            _ => &self.id,
        }
    }

    /// Whether it still replicates at `now`.
    pub(super) fn is_replica(&self, now: f64) -> bool {
        self.source.is_some() && !self.promotion.is_some_and(|promotion| promotion.is_over(now))
    }

    pub(super) fn status(&self, now: f64) -> &'static str {
        if let Some((_, passage)) = self.rename.as_ref().filter(|(_, passage)| !passage.is_over(now)) {
            return if passage.part(now) < 0.5 { "modifying" } else { "rebooting" };
        }
        let Some(promotion) = self.promotion.filter(|promotion| !promotion.is_over(now)) else { return "available" };
        if now < promotion.at + LINGER.min(promotion.seconds / 4.0) {
            return "available";
        }
        if promotion.fails {
            return "storage-full";
        }
        match promotion.part(now) {
            _ if promotion.stuck => "modifying",
            part if part < 0.6 => "modifying",
            part if part < 0.8 => "rebooting",
            _ => "backing-up",
        }
    }

    /// What a description says of it; `replicas` are those that still replicate from it.
    pub(super) fn describe(&self, now: f64, replicas: Vec<Clean>, replicating: bool) -> DbInstance {
        let id = self.id_at(now);
        let is_replica = self.is_replica(now);
        let promoted = self.promotion.is_some_and(|promotion| promotion.is_over(now));
        DbInstance {
            id: Clean::new(id),
            arn: Clean::new(&arn(&self.region, id)),
            status: Clean::new(self.status(now)),
            engine: Clean::new("postgres"),
            replica_of: self
                .source
                .as_ref()
                .filter(|_| is_replica)
                .map(|source| Clean::new(&arn(&source.region, &source.id))),
            replicas,
            replication: is_replica.then(|| Replication {
                status: Clean::new(if replicating { "replicating" } else { "error" }),
                normal: replicating,
                message: None,
            }),
            backup_retention_days: if promoted || self.source.is_none() { self.retention_days } else { 0 },
            endpoint: Some(Clean::new(&format!("{id}.sim.{}.rds.amazonaws.com", self.region))),
            port: Some(self.port),
        }
    }
}

fn arn(region: &str, id: &str) -> String {
    format!("arn:aws:rds:{region}:000000000000:db:{id}")
}
