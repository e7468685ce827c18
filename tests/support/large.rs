//! A run of a size that nobody should have to fail over at three in the morning: for figures and for what must not
//! depend on size. Its events fold; no engine made them.
#![allow(dead_code, reason = "each user takes its part")]

use jiff::{SignedDuration, Timestamp};
use landfall::engine::log::FileLog;
use landfall::plan::{Intent, Runbook, Side, file};
use landfall::recovery::event::{CloudName, Drill, JOURNAL_VERSION};
use landfall::recovery::{Event, Mode, Opened, What};
use landfall::service::observation::LagSample;
use landfall::service::{CallMade, Health, HealthLevel, Registry};
use rand::{RngExt, SeedableRng};
use std::fmt::Write;
use std::path::Path;

/// A plan of `components`: a tenth stores with replicas, the rest endpoints that need some of what stands before.
pub fn plan(components: usize) -> String {
    let mut dice = rand_chacha::ChaCha8Rng::seed_from_u64(11);
    let mut text = String::from(
        "[application]\nname = \"large\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\nrto = \"2h\"\nrpo = \"5m\"\n",
    );
    for at in 0..components {
        let needs: Vec<String> = (0..dice.random_range(0..=2))
            .filter(|_| at > 0)
            .map(|_| format!("\"c{:04}\"", dice.random_range(at.saturating_sub(60)..at)))
            .collect();
        let tier = ["data", "network", "compute", "edge"][at % 4];
        write!(text, "\n[component.c{at:04}]\nneeds = [{}]\ntier = \"{tier}\"\n", dedup(needs).join(", "))
            .expect("text");
        if at % 10 == 0 {
            write!(text, "kind = \"rds\"\nprimary = \"c{at:04}\"\nrecovery = \"c{at:04}-replica\"\n").expect("text");
        } else {
            write!(text, "kind = \"tcp\"\nhost = \"c{at:04}.example.com\"\nport = 443\n").expect("text");
        }
    }
    text
}

fn dedup(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names.dedup();
    names
}

/// A run over [`plan`] with about `count` events.
pub fn events(components: usize, count: usize) -> Vec<Event> {
    let plan = file::read("large.toml", plan(components).as_bytes(), &Registry).expect("a valid plan");
    let runbook = Runbook::compile(&plan, Intent::Failover, &Registry).expect("a runbook");
    let start: Timestamp = "2026-03-09T02:06:00Z".parse().expect("a time");
    let steps = runbook.steps.clone();
    let stores: Vec<_> = plan.components.iter().filter(|known| known.kind.as_str() == "rds").cloned().collect();
    let opened = Opened {
        version: JOURNAL_VERSION,
        run: "large-1".into(),
        intent: Intent::Failover,
        cloud: CloudName::Sim,
        declared_at: start,
        plan,
        runbook,
        drill: Some(Drill { seed: 1, time_scale: 1.0, scenario: None, surprise: false, world: None }),
        program: "landfall".into(),
        endpoint: None,
    };
    let mut whats = vec![
        What::RunOpened(opened.into()),
        What::SessionOpened {
            host: "bastion-1".into(),
            pid: 1,
            resumed: false,
            holder: None,
            beside: false,
            taken_over: false,
        },
        What::ModeChanged { mode: Mode::Auto },
    ];
    let each = (count.saturating_sub(3) / steps.len()).max(2);
    for (at, step) in steps.iter().enumerate() {
        whats.push(What::StepStarted { step: step.id.clone(), attempt: 1 });
        for round in 0..each - 2 {
            let store = &stores[(at + round) % stores.len()].name;
            whats.push(match round % 3 {
                0 => What::Lag {
                    component: store.clone(),
                    sample: LagSample { seconds: Some((round % 40) as f64), sampled_at: Some(start), instead: None },
                },
                1 => What::Health {
                    component: step.component.clone(),
                    side: if round % 2 == 0 { Side::Primary } else { Side::Recovery },
                    health: Health { level: HealthLevel::Up, note: "answers".into() },
                },
                _ => What::Call {
                    step: Some(step.id.clone()),
                    call: CallMade {
                        operation: "rds.DescribeDBInstances".into(),
                        region: "us-west-2".into(),
                        attempt: 1,
                        latency_ms: 120,
                        request_id: Some("7d1c44".into()),
                        error: None,
                        mutation: false,
                    },
                },
            });
        }
        let evidence = "it answers".into();
        whats.push(What::StepSucceeded {
            step: step.id.clone(),
            already_done: false,
            evidence,
            outputs: Default::default(),
        });
    }
    let event = |(seq, what): (usize, What)| Event {
        seq: seq as u64,
        at: start + SignedDuration::from_millis(60 * seq as i64),
        offset_ms: 60 * seq as u64,
        epoch: 1,
        by: "ana".into(),
        what,
    };
    whats.into_iter().enumerate().map(event).collect()
}

/// Writes such a run to a journal at `path`.
pub fn write(path: &Path, events: &[Event]) {
    let (first, rest) = events.split_at(1);
    let mut journal = FileLog::create(path, first).expect("a new journal");
    for piece in rest.chunks(5000) {
        journal.append(piece).expect("it is written");
    }
}
