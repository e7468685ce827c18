//! The start, by the whole program against the test cloud: nothing that could change anything is sent before it, and a plan
//! that means what is not there, or something else of the same name, is refused by code before it.

mod support;

use serde_json::{Value, json};
use std::process::Output;
use std::time::{Duration, Instant};
use support::cloud::TestCloud;

const WEST: &str = "us-west-2";
const ALL: [&str; 6] = ["--confirm", WEST, "--accept-loss", "us-east-1 is gone", "--approve", "all"];

/// What stands: the bakery, and beside it a namesake of much of it that is another application's.
const STANDING: &str = r#"
[application]
name = "bakery"
primary = "us-east-1"
recovery = "us-west-2"

[component.ledger]
kind = "rds"
primary = "ledger"
recovery = "ledger-r"

[component.archive]
kind = "rds"
primary = "archive"
recovery = "archive-r"

[component.oven]
kind = "ecs"
cluster = "kitchen"
service = "oven"
desired = 2
environment = { LEDGER = "${ledger.endpoint}" }
target_group = "oven"
old = { cluster = "kitchen", service = "oven" }

[component.clerk]
kind = "ecs"
cluster = "office"
service = "clerk"
desired = 1
target_group = "clerk"

[component.counter]
kind = "load-balancer"
needs = ["oven"]
name = "counter"
target_group = "oven"
healthy = 2

[component.backdoor]
kind = "load-balancer"
needs = ["clerk"]
name = "backdoor"
target_group = "clerk"

[component.street]
kind = "route53"
needs = ["counter"]
zone = "Z0BAKERY"
record = "bread.example.net."
type = "CNAME"
values = ["${counter.dns_name}"]
ttl = 1

[component.alley]
kind = "route53"
zone = "Z0OTHER"
record = "crumbs.example.org."
type = "CNAME"
values = ["alley.us-west-2.example.org"]
ttl = 1
"#;

/// The components of the plan that is run.
const MEANT: [&str; 4] = ["ledger", "oven", "counter", "street"];

struct Bakery {
    cloud: TestCloud,
    folder: tempfile::TempDir,
}

impl Bakery {
    fn open() -> Self {
        let cloud = TestCloud::start();
        cloud.seed(STANDING);
        cloud.clear_calls();
        Self { cloud, folder: tempfile::tempdir().expect("a folder") }
    }

    fn landfall(&self, plan: &str, arguments: &[&str]) -> Output {
        let file = self.folder.path().join("bakery.toml");
        std::fs::write(&file, plan).expect("it writes");
        let journal = self.folder.path().join("run.jsonl");
        let _ = std::fs::remove_file(&journal);
        let mut command = self.cloud.landfall(self.folder.path());
        command.arg(arguments[0]).arg(&file).args(&arguments[1..]);
        if arguments[0] == "run" {
            command.args(["--auto", "--json", "--poll", "300ms", "--journal"]).arg(&journal);
        }
        command.env("LANDFALL_RESOLVER", self.cloud.dns()).output().expect("it runs")
    }

    fn changed(&self) -> Vec<String> {
        self.cloud.mutations().into_iter().map(|call| format!("{} {}", call.region, call.operation)).collect()
    }
}

/// The plan of the bakery alone.
fn plan() -> String {
    let mut parts = STANDING.split("\n[component.");
    let head = parts.next().expect("the application").to_owned();
    let meant = parts.filter(|part| MEANT.iter().any(|name| part.starts_with(&format!("{name}]"))));
    meant.fold(head, |plan, part| format!("{plan}\n[component.{part}"))
}

fn events(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn nothing_that_could_change_anything_is_sent_before_the_start() {
    for intent in ["failover", "switchover"] {
        let bakery = Bakery::open();
        bakery.cloud.knob(&json!({"knob": "lag-timing", "period": 1, "heartbeat": 3}));
        let looked = bakery.landfall(&plan(), &["check", "--live", "--json"]);
        assert!(!looked.stdout.is_empty() && bakery.changed().is_empty(), "{intent}: {:?}", bakery.changed());

        // Everything is healthy, and nobody says yes.
        let output =
            bakery.landfall(&plan(), &["run", "--intent", intent, "--accept-loss", "gone", "--approve", "all"]);
        assert_eq!(output.status.code(), Some(3), "{intent}: {}", said(&output));
        let told = events(&output);
        let preflight = told.iter().find(|event| event["event"] == "preflight").expect("it looked");
        assert!(preflight["blocks"].as_array().is_none_or(Vec::is_empty), "{intent}: {preflight}");
        assert!(!told.iter().any(|event| event["event"] == "started" || event["event"] == "step_started"));
        assert!(bakery.changed().is_empty(), "{intent}: {:?}", bakery.changed());

        // Another region is typed: that is no yes.
        let output = bakery.landfall(&plan(), &["run", "--intent", intent, "--confirm", "us-east-1"]);
        assert_eq!(output.status.code(), Some(2), "{intent}: {}", said(&output));
        assert!(bakery.changed().is_empty(), "{intent}: {:?}", bakery.changed());

        let output = bakery.landfall(&plan(), &[&["run", "--intent", intent], &ALL[..]].concat());
        assert_eq!(output.status.code(), Some(0), "{intent}: {}", said(&output));
        let told = events(&output);
        let place = |name: &str| told.iter().position(|event| event["event"] == name).expect(name);
        assert!(place("preflight") < place("started") && place("started") < place("step_acting"), "{intent}");
        let state = bakery.cloud.state();
        assert!(state["rds"][WEST]["ledger-r"]["source"].is_null(), "{intent}: it is really promoted");
        assert_eq!(state["ecs"][WEST]["kitchen/oven"]["running"], 2, "{intent}");
        assert_eq!(state["rds"][WEST]["archive-r"]["status"], "available", "{intent}: the other's is not touched");
        assert!(!state["rds"][WEST]["archive-r"]["source"].is_null(), "{intent}");
    }
}

/// A mistake in the plan: what it is, what stands there, what is written instead, and the code that refuses it.
const MISTAKES: [(&str, &str, &str, &str); 16] = [
    ("the replica is not there", "recovery = \"ledger-r\"", "recovery = \"ledger-replica\"", "rds-replica-exists"),
    ("the replica is of another source", "recovery = \"ledger-r\"", "recovery = \"archive-r\"", "rds-replica-source"),
    ("the old instance is not there", "primary = \"ledger\"", "primary = \"ledgers\"", "rds-fence-status"),
    ("the old instance is another's", "primary = \"ledger\"", "primary = \"archive\"", "rds-fence-source"),
    (
        "the cluster is not there",
        "cluster = \"kitchen\"\nservice = \"oven\"\nd",
        "cluster = \"kitchens\"\nservice = \"oven\"\nd",
        "ecs-service",
    ),
    (
        "the service is another cluster's",
        "cluster = \"kitchen\"\nservice = \"oven\"\nd",
        "cluster = \"office\"\nservice = \"oven\"\nd",
        "ecs-service",
    ),
    ("no container is called so", "desired = 2", "desired = 2\ncontainer = \"baker\"", "ecs-container"),
    (
        "the old service is not there",
        "old = { cluster = \"kitchen\", service = \"oven\" }",
        "old = { cluster = \"kitchen\", service = \"stove\" }",
        "ecs-old-service",
    ),
    (
        "the service is not behind this group",
        "desired = 2\nenvironment = { LEDGER = \"${ledger.endpoint}\" }\ntarget_group = \"oven\"",
        "desired = 2\nenvironment = { LEDGER = \"${ledger.endpoint}\" }\ntarget_group = \"clerk\"",
        "ecs-target-group",
    ),
    (
        "the group is not there",
        "name = \"counter\"\ntarget_group = \"oven\"",
        "name = \"counter\"\ntarget_group = \"ovens\"",
        "lb-group",
    ),
    ("the balancer is not there", "name = \"counter\"", "name = \"counters\"", "lb-exists"),
    (
        "the group is behind another balancer",
        "name = \"counter\"\ntarget_group = \"oven\"",
        "name = \"counter\"\ntarget_group = \"clerk\"",
        "lb-group",
    ),
    ("the zone is not there", "zone = \"Z0BAKERY\"", "zone = \"Z0BAKERS\"", "route53-zone"),
    ("the zone does not hold the record", "zone = \"Z0BAKERY\"", "zone = \"Z0OTHER\"", "route53-zone"),
    ("nobody knows the region", "recovery = \"us-west-2\"", "recovery = \"us-west-22\"", "region-known"),
    (
        "the record is routed, and its sets are not these",
        "values = [\"${counter.dns_name}\"]\nttl = 1",
        "weights = { east = 0, west = 100 }",
        "route53-record",
    ),
];

#[test]
fn each_planted_mistake_is_refused_before_the_start_by_its_code() {
    let bakery = Bakery::open();
    for (what, stands, written, code) in MISTAKES {
        let good = plan();
        assert_eq!(good.matches(stands).count(), 1, "{what}");
        let broken = good.replace(stands, written);
        let mut answers = ALL;
        if written.contains("us-west-22") {
            answers[1] = "us-west-22";
        }
        for intent in ["failover", "switchover"] {
            let began = Instant::now();
            let output = bakery.landfall(&broken, &[&["run", "--intent", intent], &answers[..]].concat());
            let told = events(&output);
            assert_eq!(output.status.code(), Some(3), "{what}, {intent}: {}", said(&output));
            assert!(began.elapsed() < Duration::from_secs(10), "{what}, {intent}: {:?}", began.elapsed());
            let preflights = told.iter().filter(|event| event["event"] == "preflight");
            let blocks: Vec<&Value> = preflights.filter_map(|event| event["blocks"].as_array()).flatten().collect();
            assert!(blocks.iter().any(|found| found["code"] == code), "{what}, {intent}: no {code} in {blocks:?}");
            assert!(said(&output).contains(code), "{what}, {intent}: {}", said(&output));
            assert!(said(&output).lines().count() <= 40, "{what}, {intent}: more than a screen: {}", said(&output));
            assert!(!told.iter().any(|event| event["event"] == "started"), "{what}, {intent}");
            assert!(bakery.changed().is_empty(), "{what}, {intent}: {:?}", bakery.changed());
        }
        let output = bakery.landfall(&broken, &["check", "--live", "--json"]);
        assert_eq!(output.status.code(), Some(3), "{what}: {}", said(&output));
        let failing = events(&output).into_iter().filter(|found| found["level"] == "failing").collect::<Vec<_>>();
        assert!(failing.iter().any(|found| found["code"] == code), "{what}: no {code} in {failing:?}");
        assert!(bakery.changed().is_empty(), "{what}: {:?}", bakery.changed());
    }
}
