//! What may differ between the two sides of a store and how that was settled, and the two clocks of a way back.

use crate::plan::Intent;
use crate::recovery::divergence::{self, Diverged};
use crate::recovery::event::GateAnswer;
use crate::recovery::{State, failback, way_back};
use crate::text::Clean;
use jiff::Timestamp;
use serde::Serialize;

/// What was left on the old sides, and the way back.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WayBack {
    /// The stores whose two sides may differ.
    pub diverged: Vec<Diverged>,
    /// How that was settled; nothing where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled: Option<Settled>,
    /// What is kept of a failback, and paid for until somebody removes it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<Clean>,
    /// The clocks, of a failback.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clocks: Option<Clocks>,
}

/// How what may differ was settled.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Settled {
    /// Whether it was reconciled; it was accepted otherwise.
    pub reconciled: bool,
    /// How, or why, in their own words.
    pub words: Clean,
    /// By whom.
    pub by: Clean,
    /// When.
    pub at: Timestamp,
}

/// The two clocks of a failback.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Clocks {
    /// How many seconds there was no second region to go to; `None` where nothing says since when.
    pub unprotected_seconds: Option<f64>,
    /// Whether there is one again.
    pub is_protected: bool,
    /// How many seconds users noticed; `None` where the return was not begun.
    pub downtime_seconds: Option<f64>,
    /// Which side serves as the journal stands.
    pub serves: Option<String>,
    /// How many they were told to expect.
    pub expected_downtime_seconds: f64,
}

impl WayBack {
    /// Reads it off the last state.
    pub fn of(state: &State) -> Self {
        let is_failback = state.run.intent == Intent::Failback;
        let unprotected = way_back::unprotected(state, state.at);
        let downtime = way_back::downtime(state, state.at);
        let settled = divergence::settled(state).and_then(|(answer, by, at)| {
            let (reconciled, words) = match answer {
                GateAnswer::Reconciled { how } => (true, how.clone()),
                GateAnswer::Accepted { reason, .. } => (false, reason.clone()),
                GateAnswer::Within
                | GateAnswer::Approved { .. }
                | GateAnswer::Crossed { .. }
                | GateAnswer::Done { .. } => return None,
            };
            Some(Settled { reconciled, words, by: by.clone(), at })
        });
        Self {
            diverged: if is_failback { divergence::stores(state) } else { divergence::left_behind(state) },
            settled,
            kept: failback::kept(state).iter().map(|kept| Clean::new(kept)).collect(),
            clocks: is_failback.then(|| Clocks {
                unprotected_seconds: unprotected.map(|span| span.seconds),
                is_protected: unprotected.is_some_and(|span| span.is_over),
                downtime_seconds: downtime.map(|span| span.seconds),
                serves: way_back::serves(state),
                expected_downtime_seconds: way_back::expected_downtime(&state.run.runbook),
            }),
        }
    }
}
