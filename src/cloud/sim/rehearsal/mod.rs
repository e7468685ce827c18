//! The embedded rehearsals: applications and their scenarios, read from the files beside this one.

use super::Scenario;
use crate::plan::diagnostic::PlanErrors;
use crate::plan::{Kinds, Plan};

/// An application that is embedded, and what can happen to it.
pub struct Rehearsal {
    /// The file that its plan is said to be in.
    pub file: &'static str,
    /// Its plan, as text.
    pub plan: &'static str,
    /// Its scenarios, as text.
    scenarios: &'static [&'static str],
}

/// The one that `landfall` alone opens.
pub static STOREFRONT: Rehearsal = Rehearsal {
    file: "storefront.toml",
    plan: include_str!("storefront.toml"),
    scenarios: &[
        include_str!("region-down.toml"),
        include_str!("failing-step.toml"),
        include_str!("clean.toml"),
        include_str!("switchover.toml"),
    ],
};

/// An application on managed services: what comes back by itself, what must be there, and little that is started.
pub static CLAIMS: Rehearsal = Rehearsal {
    file: "claims.toml",
    plan: include_str!("claims.toml"),
    scenarios: &[include_str!("claims-region-down.toml"), include_str!("claims-switchover.toml")],
};

/// A shop that goes over and comes back: what `landfall drill failback` is on.
pub static SHOP: Rehearsal = Rehearsal {
    file: "shop.toml",
    plan: include_str!("shop.toml"),
    scenarios: &[include_str!("shop-region-down.toml")],
};

/// The scenarios of a way back, of any application that has gone over.
pub fn failbacks() -> Vec<Scenario> {
    let texts = [include_str!("failback.toml"), include_str!("failback-troubled.toml")];
    texts.into_iter().map(|text| Scenario::parse(text).expect("the embedded scenarios are read by a test")).collect()
}

/// All that are gone over with.
pub fn all() -> [&'static Rehearsal; 2] {
    [&STOREFRONT, &CLAIMS]
}

impl Rehearsal {
    /// Its plan.
    ///
    /// # Errors
    /// What is wrong with it: nothing, as tests hold.
    pub fn read(&self, kinds: &dyn Kinds) -> Result<Plan, PlanErrors> {
        crate::plan::file::read(self.file, self.plan.as_bytes(), kinds)
    }

    /// Its scenarios; the first is the one it is opened with.
    pub fn scenarios(&self) -> Vec<Scenario> {
        let read = |text: &&str| Scenario::parse(text).expect("the embedded scenarios are read by a test");
        self.scenarios.iter().map(read).collect()
    }
}

/// The storefront's plan, as text.
pub fn plan_text() -> &'static str {
    STOREFRONT.plan
}

/// The embedded scenario called `name`, and the application it happens to.
pub fn find(name: &str) -> Option<(&'static Rehearsal, Scenario)> {
    all().into_iter().chain([&SHOP]).find_map(|rehearsal| {
        let found = rehearsal.scenarios().into_iter().find(|scenario| scenario.name.as_str() == name);
        found.map(|scenario| (rehearsal, scenario))
    })
}

/// What `landfall` alone opens: an outage already under way.
pub fn default_scenario() -> Scenario {
    STOREFRONT.scenarios().into_iter().next().expect("there is at least one")
}
