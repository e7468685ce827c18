//! An application that is ready, and what one fault changes of what is found.

use crate::support::cloud::TestCloud;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Output;

pub const EAST: &str = "us-east-1";
pub const WEST: &str = "us-west-2";

/// An application of its own in a cloud of its own.
pub struct Ready {
    pub cloud: TestCloud,
    pub folder: tempfile::TempDir,
    plan: String,
}

/// A fault, and what is found for it.
pub struct Fault {
    /// The rule that finds it.
    pub code: &'static str,
    /// The component that it is found of.
    pub component: &'static str,
    /// Plants it.
    pub plant: fn(&Ready),
    /// What else is found of the same thing, or of what needs it.
    pub also: &'static [&'static str],
}

/// What is found, by code and component: how it is, and in what words.
pub type Findings = BTreeMap<(String, String), (String, String)>;

impl Ready {
    /// The application of `plan`, made ready by `prepare`.
    pub fn open(plan: &str, prepare: fn(&Self)) -> Self {
        let (cloud, folder) = (TestCloud::start(), tempfile::tempdir().expect("a folder"));
        cloud.seed(plan);
        let ready = Self { cloud, folder, plan: plan.to_owned() };
        prepare(&ready);
        ready
    }

    /// The same with another plan.
    pub fn planned(&mut self, plan: String) {
        self.plan = plan;
    }

    /// `landfall check PLAN --live` with these arguments.
    pub fn check(&self, arguments: &[&str]) -> Output {
        let path = self.folder.path().join("plan.toml");
        std::fs::write(&path, &self.plan).expect("it writes");
        let mut command = self.cloud.landfall(self.folder.path());
        command.arg("check").arg(path).arg("--live").args(arguments).env("LANDFALL_RESOLVER", self.cloud.dns());
        command.output().expect("it runs")
    }

    /// What is found before a failover; the worst, where one thing is found more than once.
    pub fn findings(&self) -> Findings {
        let output = self.check(&["--json", "--intent", "failover"]);
        let mut findings = Findings::new();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let found: Value = serde_json::from_str(line).expect("each line is JSON");
            let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
            let key = (text("code"), text("component"));
            if found["code"].is_null() || findings.get(&key).is_some_and(|(level, _)| level != "ok") {
                continue;
            }
            findings.insert(key, (text("level"), text("found")));
        }
        assert!(!findings.is_empty(), "{output:?}");
        findings
    }
}

/// Every fault is found by its code, and changes nothing else but what it says it does.
pub fn each_is_found(plan: &str, prepare: fn(&Ready), faults: &[Fault]) {
    let before = Ready::open(plan, prepare).findings();
    let wrong = |findings: &Findings| -> BTreeSet<(String, String)> {
        findings.iter().filter(|(_, (level, _))| level != "ok").map(|(key, _)| key.clone()).collect()
    };
    for fault in faults {
        let key = (fault.code.to_owned(), fault.component.to_owned());
        assert_eq!(before.get(&key).map(|(level, _)| level.as_str()), Some("ok"), "before {key:?}: {before:?}");
    }
    for fault in faults {
        let ready = Ready::open(plan, prepare);
        (fault.plant)(&ready);
        let after = ready.findings();
        let key = (fault.code.to_owned(), fault.component.to_owned());
        let found = after.get(&key).unwrap_or_else(|| panic!("{key:?} is not told at all: {after:?}"));
        assert_eq!(found.0, "failing", "{key:?}: {}", found.1);
        let new: BTreeSet<_> = wrong(&after).difference(&wrong(&before)).cloned().collect();
        // How quickly the region answers is of the machine that plays it, whatever was planted.
        let is_other = |code: &str| code != fault.code && !fault.also.contains(&code) && code != "recovery-answers";
        let other: Vec<_> = new.iter().filter(|(code, _)| is_other(code)).collect();
        assert!(other.is_empty(), "{key:?} is found as something else too: {other:?}");
    }
}
