//! The embedded rehearsal: the storefront's plan and its scenarios, read from the files beside this one.

use super::Scenario;

const PLAN: &str = include_str!("storefront.toml");
const SCENARIOS: &[&str] = &[
    include_str!("region-down.toml"),
    include_str!("failing-step.toml"),
    include_str!("clean.toml"),
    include_str!("switchover.toml"),
];

/// The storefront's plan, as text.
pub fn plan_text() -> &'static str {
    PLAN
}

/// The embedded scenarios; the first is the one that `landfall` alone opens.
pub fn scenarios() -> Vec<Scenario> {
    SCENARIOS.iter().map(|text| Scenario::parse(text).expect("the embedded scenarios are read by a test")).collect()
}

/// The embedded scenario called `name`.
pub fn scenario(name: &str) -> Option<Scenario> {
    scenarios().into_iter().find(|scenario| scenario.name.as_str() == name)
}

/// What `landfall` alone opens: an outage already under way.
pub fn default_scenario() -> Scenario {
    scenarios().into_iter().next().expect("there is at least one")
}
