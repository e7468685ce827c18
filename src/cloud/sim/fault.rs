//! What goes wrong in a simulated world, when and where.

use serde::{Deserialize, Serialize};

/// A fault, by the world's time: seconds since the run started, negative before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// From when, in seconds after the run's start; negative is before it.
    #[serde(default)]
    pub at: f64,
    /// For how long, in seconds; for ever when absent.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub lasts: Option<f64>,
    /// In which region; in all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// For which component; for all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// For which API operation, as evidence names it (`rds.PromoteReadReplica`); for all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// How many calls it hits at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// For `lag`: how many seconds of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}

/// The sorts of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Every call to the region hangs, and what replicates from it stops.
    RegionDark,
    /// Every call to the region is refused at once, and what replicates from it stops.
    RegionRefused,
    /// Two of three calls are throttled.
    Throttle,
    /// Calls hang.
    Hang,
    /// Calls are denied.
    AccessDenied,
    /// An act is done and its reply is lost.
    ReplyLost,
    /// A promotion stays in `modifying`.
    PromotionStuck,
    /// A promotion ends in `storage-full`.
    PromotionFails,
    /// A service's new tasks stop as soon as they start.
    TasksCrash,
    /// A service's targets never become healthy.
    TargetsUnhealthy,
    /// Replication is stopped: the metric says −1.
    ReplicationStopped,
    /// The metric's samples stop.
    StaleMetric,
    /// The lag is so many seconds.
    Lag,
    /// A DNS change stays PENDING.
    ChangeStuck,
    /// A command exits with 1.
    CommandFails,
    /// An HTTP or TCP check gets no good answer.
    CheckFails,
}

impl Fault {
    /// A fault of this kind that is there from the start and for ever.
    pub fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            at: f64::NEG_INFINITY,
            lasts: None,
            region: None,
            component: None,
            operation: None,
            times: None,
            seconds: None,
        }
    }

    /// Whether it is there at `now`, in seconds after the run's start.
    pub fn is_active(&self, now: f64) -> bool {
        now >= self.at && self.lasts.is_none_or(|lasts| now < self.at + lasts)
    }

    /// Whether it means this region.
    pub fn hits_region(&self, region: &str) -> bool {
        self.region.as_deref().is_none_or(|own| own == region)
    }

    /// Whether it means one of these components; one without a component means all.
    pub fn hits_component(&self, component: Option<&str>) -> bool {
        self.component.is_none() || self.component.as_deref() == component
    }

    /// Whether it means this operation.
    pub fn hits_operation(&self, operation: &str) -> bool {
        self.operation.as_deref().is_none_or(|own| own == operation)
    }
}
