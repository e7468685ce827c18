//! A run that is held and watched for long: what its journal takes, and that what it tells stays as young as it is.

#[path = "support/bench.rs"]
#[allow(dead_code, reason = "shared with other tests, each of which uses a part")]
mod bench;
#[path = "support/large.rs"]
mod large;

use bench::{Answers, Bench};
use landfall::plan::Side;
use landfall::recovery::objective::seconds_between;
use landfall::recovery::{Command, State, What};
use std::collections::BTreeMap;

/// Leaves after two hours without having started anything.
fn for_two_hours(state: &State) -> Option<Command> {
    (seconds_between(state.begun_at, state.at) > 7200.0).then_some(Command::Leave)
}

#[tokio::test(start_paused = true)]
async fn a_day_of_watching_a_hundred_components_takes_twenty_megabytes() {
    let bench = Bench::with_scenario(&large::plan(100), "intent = \"failover\"\ndeclared = 60\n");
    let answers = Answers {
        accept_loss: false,
        confirm: false,
        approve: false,
        stays: true,
        react: Some(for_two_hours),
        ..Answers::all()
    };
    let state = bench.run(answers).await;
    let passed = seconds_between(state.begun_at, state.at);
    assert!(passed >= 7000.0, "{passed:.0} s were watched");
    let events = bench.events();
    let quiet = events.iter().filter(|event| seconds_between(state.begun_at, event.at) > 1200.0);
    let mut bytes = BTreeMap::<String, usize>::new();
    for event in quiet {
        let line = serde_json::to_string(event).expect("JSON");
        let name: String = line.split("\"event\":\"").nth(1).unwrap_or("?").chars().take_while(|c| *c != '"').collect();
        // A line has its hash too.
        *bytes.entry(name).or_default() += line.len() + 90;
    }
    let day = bytes.values().sum::<usize>() as f64 * 86400.0 / (passed - 1200.0);
    assert!(day < 20e6, "{:.1} MB a day: {bytes:?}", day / 1e6);
    // What was seen last is as young as the last round, however long it has been the same.
    let looked = events.iter().any(|event| matches!(event.what, What::HealthUnchanged { side: Side::Recovery, .. }));
    assert!(looked);
    let recovery = state.health.iter().filter(|((_, side), _)| *side == Side::Recovery);
    for ((name, _), (health, at)) in recovery {
        let age = seconds_between(*at, state.at);
        assert!(age < 90.0, "{name} ({health:?}) was looked at {age:.0} s ago");
    }
}
