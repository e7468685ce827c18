//! The binary changing records of every routing on the test cloud, and reading what clients get from a DNS of its own.

mod support;

use serde_json::{Value, json};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use support::cloud::TestCloud;

const HEAD: &str =
    "[application]\nname = \"names\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\nrto = \"15m\"\n";

/// A component that fails, so that everything before it is taken back.
const FAILS: &str = "[component.fails]\nkind = \"command\"\nneeds = [\"dns\"]\nrun = [\"false\"]\nundo = [\"true\"]\n";

/// A test cloud with one record, and a plan that changes it.
struct Stage {
    cloud: TestCloud,
    folder: tempfile::TempDir,
    resolver: bool,
}

impl Stage {
    /// The component `dns` with these fields; `timeout` is each step's.
    fn of(fields: &str) -> Self {
        Self::beside(fields, "")
    }

    /// As `of`, with more of the plan.
    fn beside(fields: &str, more: &str) -> Self {
        let stage = Self { cloud: TestCloud::start(), folder: tempfile::tempdir().expect("a folder"), resolver: true };
        let plan = format!("{HEAD}[component.dns]\nkind = \"route53\"\ntimeout = \"12s\"\n{fields}\n{more}");
        std::fs::write(stage.folder.path().join("plan.toml"), &plan).expect("it writes");
        stage.cloud.seed(&plan);
        stage.cloud.clear_calls();
        stage
    }

    fn run(&self, extra: &[&str]) -> Run {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let (plan, journal) = (path("plan.toml"), path("run.jsonl"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command
            .args(["run", &plan, "--auto", "--json", "--intent", "failover", "--journal", &journal, "--poll", "300ms"])
            .args(["--confirm", "us-west-2", "--approve", "all"])
            .args(extra)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("NO_PROXY", "127.0.0.1")
            .env("AWS_ENDPOINT_URL", self.cloud.endpoint())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::null());
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
        assert_eq!(run.exit(), 5, "{}", run.said());
        assert_eq!(self.records(zone), before);
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
const WEIGHTS: &str = "zone = \"Z1\"\nrecord = \"shop.example.com\"\nweights = { us = 0, eu = 100 }\nttl = 1";

#[test]
fn who_answered_is_in_the_evidence() {
    let stage = Stage::of(SIMPLE);
    let run = stage.run(&[]);
    assert_eq!(run.exit(), 0, "{}", run.said());
    let evidence = run.evidence("dns/clients");
    assert!(evidence.starts_with("TestDNSAnswer, 127.0.0.1:") && evidence.contains("answered 192.0.2.9"), "{evidence}");
    let again = Stage { folder: tempfile::tempdir().expect("a folder"), ..stage };
    let plan = format!("{HEAD}[component.dns]\nkind = \"route53\"\n{SIMPLE}\n");
    std::fs::write(again.folder.path().join("plan.toml"), plan).expect("it writes");
    again.cloud.clear_calls();
    let run = again.run(&[]);
    let done = run.event("step_succeeded", "dns/change");
    assert_eq!(done["already_done"], true);
    assert!(done["evidence"].as_str().is_some_and(|evidence| evidence.contains("LANDFALL_RESOLVER")), "{done}");
    assert!(again.cloud.mutations().is_empty());
}

#[test]
fn without_a_resolver_beside_a_cloud_on_this_machine_nobody_is_asked_and_it_is_quick() {
    let stage = Stage { resolver: false, ..Stage::of(SIMPLE) };
    let run = stage.run(&[]);
    assert_eq!(run.exit(), 0, "{}", run.said());
    let evidence = run.evidence("dns/clients");
    assert!(evidence.contains("TestDNSAnswer answered 192.0.2.9") && evidence.contains("not asked"), "{evidence}");
    assert!(run.took < Duration::from_secs(20), "{:?}", run.took);
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
        assert!(run.took < Duration::from_secs(20), "{:?}", run.took);
    }
}

#[test]
fn a_set_with_traffic_that_the_plan_does_not_name_is_refused_by_code() {
    let beside = "[component.other]\nkind = \"manual\"\nask = \"?\"\n";
    let stage = Stage::beside(WEIGHTS.trim_end_matches("\nttl = 1"), beside);
    let body = json!({ "weights": ["us", "eu", "ap", "us2"] });
    assert_eq!(body["weights"].as_array().map(Vec::len), Some(4));
    // Two more sets, made by another plan: one without weight, one with the least there is.
    let more = format!(
        "{HEAD}[component.a]\nkind = \"route53\"\nzone = \"Z1\"\nrecord = \"shop.example.com\"\nset = \"us2\"\nrouting = \"weighted\"\nvalues = [\"192.0.2.9\"]\n"
    );
    stage.cloud.seed(&more);
    let run = stage.run(&[]);
    refused(&stage, &run, &["route53-weights", "us2=100"]);
}

#[test]
fn weights_move_and_come_back() {
    let fields = WEIGHTS.trim_end_matches("\nttl = 1");
    let stage = Stage::of(fields);
    let run = stage.run(&[]);
    // The old time to live is 60 s: longer than this test waits.
    assert_eq!(run.exit(), 4, "{}", run.said());
    let reason = run.event("step_failed", "dns/clients")["reason"].to_string();
    assert!(reason.contains("answered eu (") && reason.contains("old answers run out"), "{reason}");
    Stage::beside(fields, &FAILS.replace("needs = [\"dns\"]", "")).comes_back_beside();
}

impl Stage {
    /// A failing command beside the record: whatever was changed by then is put back.
    fn comes_back_beside(&self) {
        let before = self.records("Z1");
        let run = self.run(&["--on-failure", "rollback"]);
        assert!([4, 5].contains(&run.exit()), "{}", run.said());
        assert_eq!(self.records("Z1"), before);
    }
}

#[test]
fn roles_latency_and_multivalue_sets_move_and_come_back_exactly() {
    for (fields, set, wanted) in [
        ("failover = { primary = \"eu\", secondary = \"us\" }", "eu", json!("PRIMARY")),
        ("set = \"us\"\nrouting = \"latency\"\nvalues = [\"192.0.2.9\"]", "us", json!(["192.0.2.9"])),
        ("set = \"us\"\nrouting = \"multivalue\"\nvalues = [\"192.0.2.9\"]", "us", json!(["192.0.2.9"])),
        ("set = \"us\"\nrouting = \"failover\"\nvalues = [\"192.0.2.9\"]", "us", json!(["192.0.2.9"])),
    ] {
        let fields = format!("zone = \"example.com\"\nrecord = \"shop.example.com\"\n{fields}");
        let stage = Stage::of(&fields);
        let run = stage.run(&[]);
        let records = stage.records("ZEXAMPLECOM");
        let moved = records.as_array().expect("records").iter().find(|record| record["set_identifier"] == set);
        let moved = moved.expect("the set stands");
        assert!(moved["failover"] == wanted || moved["values"] == wanted, "{fields}: {moved}");
        let reason = run.event("step_failed", "dns/clients")["reason"].to_string();
        assert!(reason.contains(&format!("answered {set} (")), "{fields}: {reason}");
        let back = Stage::beside(
            &fields,
            "[component.fails]\nkind = \"command\"\nrun = [\"sh\", \"-c\", \"sleep 4; exit 1\"]\n",
        );
        let before = back.records("ZEXAMPLECOM");
        let run = back.run(&["--on-failure", "rollback"]);
        assert!([4, 5].contains(&run.exit()), "{}", run.said());
        assert_eq!(back.records("ZEXAMPLECOM"), before, "{fields}");
    }
}

#[test]
fn a_type_change_is_one_batch_and_comes_back_exactly() {
    // The seed has an alias; the plan that runs wants a CNAME there, and then the other way round.
    let alias =
        "zone = \"Z1\"\nrecord = \"shop.example.com\"\nalias = { dns_name = \"${lb.dns_name}\", zone_id = \"Z2\" }";
    let balancer = "[component.lb]\nkind = \"load-balancer\"\nname = \"front\"\ntarget_group = \"api\"\n";
    let cname =
        "zone = \"Z1\"\nrecord = \"shop.example.com\"\ntype = \"CNAME\"\nvalues = [\"new.example.net\"]\nttl = 1";
    let stage = Stage::beside(alias, balancer);
    let plan = format!("{HEAD}[component.dns]\nkind = \"route53\"\ntimeout = \"70s\"\n{cname}\n{FAILS}");
    std::fs::write(stage.folder.path().join("plan.toml"), plan).expect("it writes");
    stage.comes_back("Z1");
    let batch = stage.cloud.calls_of("ChangeResourceRecordSets")[0].parameters.to_string();
    assert!(batch.contains("DELETE") && batch.contains("UPSERT"), "{batch}");

    let stage = Stage::of(cname);
    let address = SIMPLE.replace("192.0.2.9", "192.0.2.10");
    let plan = format!("{HEAD}[component.dns]\nkind = \"route53\"\ntimeout = \"12s\"\n{address}\n{FAILS}");
    std::fs::write(stage.folder.path().join("plan.toml"), plan).expect("it writes");
    stage.comes_back("Z1");
}

#[test]
fn a_zone_is_meant_by_name_and_its_private_twin_only_when_the_plan_says_so() {
    let fields = |private: &str| {
        format!("zone = \"Example.COM.\"\n{private}record = \"SHOP.example.com\"\nvalues = [\"192.0.2.9\"]\nttl = 1")
    };
    let twin = fields("private = true\n");
    let stage = Stage::of(&fields(""));
    stage.cloud.seed(&format!("{HEAD}[component.dns]\nkind = \"route53\"\n{twin}\n"));
    let run = stage.run(&[]);
    refused(&stage, &run, &["route53-zone", "ZEXAMPLECOM (public)", "ZEXAMPLECOMPRIVATE (private)"]);

    for (said, moved, stays) in [
        ("private = false\n", "ZEXAMPLECOM", "ZEXAMPLECOMPRIVATE"),
        ("private = true\n", "ZEXAMPLECOMPRIVATE", "ZEXAMPLECOM"),
    ] {
        let stage = Stage::of(&fields(said));
        let other = if said.contains("true") { fields("") } else { twin.clone() };
        stage.cloud.seed(&format!("{HEAD}[component.dns]\nkind = \"route53\"\n{other}\n"));
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
    let plan = format!(
        "{HEAD}[component.dns]\nkind = \"route53\"\nprivate = true\nresolver = \"{}\"\n{SIMPLE}\n",
        stage.cloud.dns_private()
    );
    std::fs::write(stage.folder.path().join("plan.toml"), plan).expect("it writes");
    let run = stage.run(&[]);
    assert_eq!(run.exit(), 0, "{}", run.said());
    assert!(run.evidence("dns/clients").starts_with("resolver 127.0.0.1:"), "{}", run.evidence("dns/clients"));
}

#[test]
fn a_zone_that_is_not_there_or_does_not_hold_the_record_is_refused() {
    for (fields, words) in [
        (SIMPLE.replace("Z1", "Z0NOWHERE"), ["route53-zone", "Z0NOWHERE"]),
        (
            SIMPLE.replace("Z1", "nowhere.example.com").replace("shop.example", "shop.nowhere.example"),
            ["route53-zone", "nowhere.example.com"],
        ),
        (SIMPLE.replace("shop.example.com", "shop.example.org"), ["route53-zone", "example.com."]),
    ] {
        let stage = Stage::of(SIMPLE);
        let plan = format!("{HEAD}[component.dns]\nkind = \"route53\"\ntimeout = \"12s\"\n{fields}\n");
        std::fs::write(stage.folder.path().join("plan.toml"), plan).expect("it writes");
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
