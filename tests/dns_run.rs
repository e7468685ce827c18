//! The binary changing records of every routing on the test cloud, and reading what clients get from a DNS of its own.

mod support;

use serde_json::{Value, json};
use std::ops::Deref;
use std::process::Output;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use support::cloud::TestCloud;

const HEAD: &str =
    "[application]\nname = \"names\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\nrto = \"15m\"\n";

/// A component that fails once the change is made, so that it is taken back.
const FAILS: &str = "[component.fails]\nkind = \"command\"\nrun = [\"sh\", \"-c\", \"sleep 5; exit 1\"]\n";

/// Clouds that nobody uses: starting one takes longer than a run.
static IDLE: Mutex<Vec<TestCloud>> = Mutex::new(Vec::new());

/// A cloud of one's own until it is dropped.
struct Lent(Option<TestCloud>);

impl Lent {
    fn new() -> Self {
        let idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Self(Some(idle.unwrap_or_else(TestCloud::start)))
    }
}

impl Deref for Lent {
    type Target = TestCloud;
    fn deref(&self) -> &TestCloud {
        self.0.as_ref().expect("it is there until it is dropped")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(cloud) = self.0.take() {
            cloud.reset();
            IDLE.lock().unwrap_or_else(PoisonError::into_inner).push(cloud);
        }
    }
}

/// A test cloud with one record, and a plan that changes it.
struct Stage {
    cloud: Lent,
    folder: tempfile::TempDir,
    resolver: bool,
}

impl Stage {
    /// The component `dns` with these fields; `timeout` is each step's.
    fn of(fields: &str) -> Self {
        Self::seeded(&[fields], fields, "")
    }

    /// The records that these components speak of, as they were before; and a plan of `fields` and more.
    fn seeded(seeds: &[&str], fields: &str, more: &str) -> Self {
        let stage = Self { cloud: Lent::new(), folder: tempfile::tempdir().expect("a folder"), resolver: true };
        for seed in seeds {
            stage.cloud.seed(&format!("{HEAD}[component.dns]\nkind = \"route53\"\n{seed}\n"));
        }
        stage.plan(fields, more);
        stage.cloud.clear_calls();
        stage
    }

    fn plan(&self, fields: &str, more: &str) {
        let plan = format!("{HEAD}[component.dns]\nkind = \"route53\"\ntimeout = \"12s\"\n{fields}\n{more}");
        std::fs::write(self.folder.path().join("plan.toml"), &plan).expect("it writes");
    }

    fn run(&self, extra: &[&str]) -> Run {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let (plan, journal) = (path("plan.toml"), path("run.jsonl"));
        let mut command = self.cloud.landfall(self.folder.path());
        command
            .args(["run", &plan, "--auto", "--json", "--intent", "failover", "--journal", &journal, "--poll", "300ms"])
            .args(["--confirm", "us-west-2", "--approve", "all"])
            .args(extra);
        if self.resolver {
            command.env("LANDFALL_RESOLVER", self.cloud.dns());
        }
        let began = Instant::now();
        Run { output: command.output().expect("it ends"), took: began.elapsed() }
    }

    /// What stands in the zone, as the API lists it.
    fn records(&self, zone: &str) -> Value {
        self.cloud.state()["route53"][zone]["records"].clone()
    }

    /// Runs into a failure, and expects the zone to be in the end what it was before.
    fn comes_back(&self, zone: &str) {
        let before = self.records(zone);
        let run = self.run(&["--on-failure", "rollback"]);
        run.event("step_undone", "dns/change");
        assert_eq!(self.records(zone), before, "{}", run.said());
        assert_eq!(self.cloud.calls_of("ChangeResourceRecordSets").len(), 2, "there and back, a batch each");
    }
}

struct Run {
    output: Output,
    took: Duration,
}

impl Run {
    fn exit(&self) -> i32 {
        self.output.status.code().unwrap_or(-1)
    }

    fn said(&self) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        text(&self.output.stdout) + &text(&self.output.stderr)
    }

    fn event(&self, event: &str, step: &str) -> Value {
        let text = String::from_utf8_lossy(&self.output.stdout).into_owned();
        let mut lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let found = lines.find(|line| line["event"] == event && line["step"] == step);
        found.unwrap_or_else(|| panic!("no {event} of {step}: {}", self.said()))
    }

    fn evidence(&self, step: &str) -> String {
        self.event("step_succeeded", step)["evidence"].as_str().expect("evidence").to_owned()
    }
}

/// Nothing that could change a record was sent, and the reason names all of these.
fn refused(stage: &Stage, run: &Run, words: &[&str]) {
    assert!([2, 3, 4].contains(&run.exit()), "{}", run.said());
    assert!(stage.cloud.calls_of("ChangeResourceRecordSets").is_empty(), "something was sent");
    for word in words {
        assert!(run.said().contains(word), "{word}: {}", run.said());
    }
    assert!(run.took < Duration::from_secs(30), "{:?}", run.took);
}

const SIMPLE: &str = "zone = \"Z1\"\nrecord = \"shop.example.com\"\nvalues = [\"192.0.2.9\"]\nttl = 1";

/// Fields about one record of the zone example.com, which has the id ZEXAMPLECOM here.
fn shop(fields: &str) -> String {
    format!("zone = \"example.com\"\nrecord = \"shop.example.com\"\n{fields}")
}

/// As a seed: the sets live for a second, so that nobody waits for their old answers.
fn short(fields: &str) -> String {
    shop(&format!("{fields}\nttl = 1"))
}

#[test]
fn who_answered_is_in_the_evidence() {
    let stage = Stage::of(SIMPLE);
    let run = stage.run(&[]);
    assert_eq!(run.exit(), 0, "{}", run.said());
    let evidence = run.evidence("dns/clients");
    assert!(evidence.starts_with("TestDNSAnswer, 127.0.0.1:") && evidence.contains("answered 192.0.2.9"), "{evidence}");
    let again = Stage { folder: tempfile::tempdir().expect("a folder"), ..stage };
    again.plan(SIMPLE, "");
    again.cloud.clear_calls();
    let run = again.run(&[]);
    let done = run.event("step_succeeded", "dns/change");
    assert_eq!(done["already_done"], true);
    assert!(done["evidence"].as_str().is_some_and(|evidence| evidence.contains("LANDFALL_RESOLVER")), "{done}");
    assert!(again.cloud.mutations().is_empty());
}

#[test]
fn a_record_that_is_listed_and_not_answered_yet_is_not_already_done() {
    let stage = Stage::of(SIMPLE);
    stage.cloud.knob(&json!({"knob": "changes-stuck"}));
    assert_eq!(stage.run(&[]).exit(), 4);
    let again = Stage { folder: tempfile::tempdir().expect("a folder"), ..stage };
    again.plan(SIMPLE, "");
    let run = again.run(&[]);
    assert_eq!(run.exit(), 4, "{}", run.said());
    let reason = run.event("step_failed", "dns/change")["reason"].to_string();
    assert!(reason.contains("PENDING"), "{reason}");
}

#[test]
fn without_a_resolver_beside_a_cloud_on_this_machine_nobody_is_asked_and_it_is_quick() {
    let stage = Stage { resolver: false, ..Stage::of(SIMPLE) };
    let run = stage.run(&[]);
    assert_eq!(run.exit(), 0, "{}", run.said());
    let evidence = run.evidence("dns/clients");
    assert!(evidence.contains("TestDNSAnswer answered 192.0.2.9") && evidence.contains("not asked"), "{evidence}");
    assert!(run.took < Duration::from_secs(25), "{:?}", run.took);
}

#[test]
fn name_servers_that_lag_behind_the_api_are_not_a_moved_record() {
    let stage = Stage::of(SIMPLE);
    stage.cloud.knob(&json!({"knob": "name-servers", "behind": true}));
    let run = stage.run(&[]);
    assert_eq!(run.exit(), 4, "{}", run.said());
    let reason = run.event("step_failed", "dns/clients")["reason"].to_string();
    assert!(reason.contains("still answers 192.0.2.1"), "{reason}");
}

#[test]
fn name_servers_that_cannot_be_reached_are_said_and_are_no_failure() {
    let stage = Stage::of(SIMPLE);
    stage.cloud.knob(&json!({"knob": "name-servers", "silent": true}));
    let run = stage.run(&[]);
    assert_eq!(run.exit(), 0, "{}", run.said());
    let evidence = run.evidence("dns/clients");
    assert!(evidence.contains("the name servers did not answer") && evidence.contains("TestDNSAnswer"), "{evidence}");
}

#[test]
fn a_role_without_test_dns_answer_waits_for_nothing() {
    for resolver in [true, false] {
        let stage = Stage { resolver, ..Stage::of(SIMPLE) };
        stage.cloud.fault(&json!({"kind": "access-denied", "operation": "TestDNSAnswer"}));
        let run = stage.run(&[]);
        assert_eq!(run.exit(), 0, "{}", run.said());
        let evidence = run.evidence("dns/clients");
        assert!(evidence.contains("TestDNSAnswer may not be asked: AccessDenied"), "{evidence}");
        assert_eq!(evidence.contains("was not read"), !resolver, "{evidence}");
        assert!(run.took < Duration::from_secs(25), "{:?}", run.took);
    }
}

#[test]
fn a_set_with_traffic_that_the_plan_does_not_name_is_refused_by_code() {
    let weights = "weights = { us = 0, eu = 100 }";
    // Made by somebody else: the seed gives it all the weight there is.
    let other = short("set = \"us2\"\nrouting = \"weighted\"\nvalues = [\"192.0.2.9\"]");
    let stage = Stage::seeded(&[&short(weights), &other], &shop(weights), "");
    let run = stage.run(&[]);
    refused(&stage, &run, &["route53-weights", "us2=100"]);
    let named = "weights = { us = 0, eu = 100, us2 = 0 }";
    stage.plan(&shop(named), "");
    let stage = Stage { folder: tempfile::tempdir().expect("a folder"), ..stage };
    stage.plan(&shop(named), "");
    let run = stage.run(&[]);
    assert_eq!(run.exit(), 0, "named, it moves: {}", run.said());
}

#[test]
fn sets_of_every_routing_move_and_are_read() {
    for (fields, answered) in [
        ("weights = { us = 0, eu = 100 }", "answered eu ("),
        ("failover = { primary = \"eu\", secondary = \"us\" }", "answered eu ("),
        ("set = \"us\"\nrouting = \"latency\"\nvalues = [\"192.0.2.9\"]", "answered us (192.0.2.9)"),
        ("set = \"us\"\nrouting = \"failover\"\nvalues = [\"192.0.2.9\"]", "answered us (192.0.2.9)"),
        ("set = \"us\"\nrouting = \"multivalue\"\nvalues = [\"192.0.2.9\"]", "answered us (192.0.2.9), us-beside ("),
        ("set = \"us\"\nvalues = [\"192.0.2.9\"]", "answered us (192.0.2.9)"),
    ] {
        let stage = Stage::seeded(&[&short(fields)], &shop(fields), "");
        let run = stage.run(&[]);
        assert_eq!(run.exit(), 0, "{fields}: {}", run.said());
        assert!(run.evidence("dns/clients").contains(answered), "{fields}: {}", run.evidence("dns/clients"));
        assert_eq!(stage.cloud.calls_of("ChangeResourceRecordSets").len(), 1);
    }
}

#[test]
fn what_was_changed_comes_back_exactly_whatever_its_routing_or_type() {
    let alias = "alias = { dns_name = \"lb-1.eu-west-1.elb.amazonaws.com\", zone_id = \"Z2\" }";
    let cname = "type = \"CNAME\"\nvalues = [\"new.example.net\"]";
    let address = "values = [\"192.0.2.9\"]";
    for (before, wanted) in [
        (address, address),
        (alias, alias),
        ("weights = { us = 0, eu = 100 }", "weights = { us = 0, eu = 100 }"),
        ("failover = { primary = \"eu\", secondary = \"us\" }", "failover = { primary = \"eu\", secondary = \"us\" }"),
        ("set = \"us\"\nvalues = [\"192.0.2.9\"]", "set = \"us\"\nvalues = [\"192.0.2.9\"]"),
        ("set = \"us\"\nrouting = \"multivalue\"\nvalues = [\"192.0.2.9\"]", "set = \"us\"\nvalues = [\"192.0.2.9\"]"),
        (alias, cname),
        (cname, alias),
        (cname, address),
        (address, cname),
    ] {
        // An alias's old answers live for a minute: a failure meanwhile takes it back, as the end of a step would.
        let stage = Stage::seeded(&[&short(before)], &shop(wanted), FAILS);
        stage.comes_back("ZEXAMPLECOM");
    }
}

#[test]
fn a_zone_is_meant_by_name_and_its_private_twin_only_when_the_plan_says_so() {
    let fields = |private: &str| {
        format!("zone = \"Example.COM.\"\n{private}record = \"SHOP.example.com\"\nvalues = [\"192.0.2.9\"]\nttl = 1")
    };
    let (public, private) = (fields(""), fields("private = true\n"));
    let stage = Stage::seeded(&[&public, &private], &public, "");
    let run = stage.run(&[]);
    refused(&stage, &run, &["route53-zone", "ZEXAMPLECOM (public)", "ZEXAMPLECOMPRIVATE (private)"]);

    for (said, moved, stays) in [
        ("private = false\n", "ZEXAMPLECOM", "ZEXAMPLECOMPRIVATE"),
        ("private = true\n", "ZEXAMPLECOMPRIVATE", "ZEXAMPLECOM"),
    ] {
        let stage = Stage::seeded(&[&public, &private], &fields(said), "");
        let run = stage.run(&[]);
        assert_eq!(run.exit(), 0, "{}", run.said());
        assert!(stage.records(moved).to_string().contains("192.0.2.9"), "{moved}");
        assert!(!stage.records(stays).to_string().contains("192.0.2.9"), "{stays}");
        let is_unread = run.evidence("dns/clients").contains("what clients get was not read");
        assert_eq!(is_unread, said.contains("true"), "{}", run.evidence("dns/clients"));
    }
}

#[test]
fn a_private_zone_is_read_by_a_resolver_of_its_vpc() {
    let stage = Stage::of(&format!("private = true\n{SIMPLE}"));
    stage.plan(&format!("private = true\nresolver = \"{}\"\n{SIMPLE}", stage.cloud.dns_private()), "");
    let run = stage.run(&[]);
    assert_eq!(run.exit(), 0, "{}", run.said());
    assert!(run.evidence("dns/clients").starts_with("resolver 127.0.0.1:"), "{}", run.evidence("dns/clients"));
}

#[test]
fn a_zone_that_is_not_there_or_does_not_hold_the_record_is_refused() {
    let by_name = shop("values = [\"192.0.2.9\"]").replace("example.com", "nowhere.example.com");
    for (fields, words) in [
        (SIMPLE.replace("Z1", "Z0NOWHERE"), ["route53-zone", "Z0NOWHERE"]),
        (by_name, ["route53-zone", "nowhere.example.com"]),
        (SIMPLE.replace("shop.example.com", "shop.example.org"), ["route53-zone", "example.com."]),
    ] {
        let stage = Stage::seeded(&[SIMPLE], &fields, "");
        refused(&stage, &stage.run(&[]), &words);
    }
}

#[test]
fn a_wildcard_record_is_changed_and_read_by_its_own_name() {
    let stage = Stage::of(&SIMPLE.replace("shop.example.com", "*.example.com"));
    let run = stage.run(&[]);
    assert_eq!(run.exit(), 0, "{}", run.said());
    assert!(run.evidence("dns/clients").contains("answered 192.0.2.9"), "{}", run.evidence("dns/clients"));
}
