//! The binary against the test cloud, over HTTP: a whole failover, what it sends and what it does not, and each fault
//! ending as it should.

mod support;

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use support::cloud::{Call, TestCloud};

const PLAN: &str = include_str!("plans/shop.toml");

/// A test cloud with the shop in it, and a folder for plan and journal.
struct Shop {
    cloud: TestCloud,
    folder: tempfile::TempDir,
}

impl Shop {
    fn open() -> Self {
        Self::open_with(|plan| plan)
    }

    /// The shop of a changed plan.
    fn open_with(change: impl Fn(String) -> String) -> Self {
        let cloud = TestCloud::start();
        let folder = tempfile::tempdir().expect("a folder");
        let port = cloud.endpoint().rsplit(':').next().expect("a port").to_owned();
        let text = PLAN
            // First: an endpoint's own port may have these digits in it.
            .replace("4242", &port)
            .replace("ENDPOINT", cloud.endpoint())
            .replace("FOLDER", &folder.path().display().to_string());
        let text = change(text);
        std::fs::write(folder.path().join("shop.toml"), &text).expect("it writes");
        cloud.seed(&text);
        cloud.clear_calls();
        Self { cloud, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn landfall(&self, arguments: &[&str]) -> Command {
        let mut command = self.cloud.landfall(self.folder.path());
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn start(&self, extra: &[&str]) -> Child {
        let (plan, journal) = (self.path("shop.toml"), self.path("run.jsonl"));
        let (plan, journal) = (plan.display().to_string(), journal.display().to_string());
        let run = ["run", &plan, "--auto", "--json", "--intent", "failover", "--journal", &journal, "--poll", "300ms"];
        self.landfall(&[&run, extra].concat()).spawn().expect("the binary starts")
    }

    fn run(&self, extra: &[&str]) -> Output {
        self.start(extra).wait_with_output().expect("it ends")
    }

    fn resume(&self, extra: &[&str]) -> Output {
        let journal = self.path("run.jsonl").display().to_string();
        let resume = ["resume", &journal, "--auto", "--json", "--poll", "300ms"];
        self.landfall(&[&resume, extra].concat()).output().expect("it ends")
    }

    /// What was carried out and could change something, as `region operation thing`.
    fn done(&self) -> Vec<String> {
        let done = self.cloud.mutations().into_iter().filter(|call| call.executed);
        done.map(|call| format!("{} {} {}", call.region, call.operation, thing(&call))).collect()
    }
}

fn thing(call: &Call) -> String {
    let names = ["DBInstanceIdentifier", "service", "family", "ResourceId", "taskDefinition"];
    let name = names.iter().find_map(|name| call.parameters[*name].as_str());
    name.map_or_else(|| call.parameters.to_string(), str::to_owned)
}

const ALL: &[&str] = &["--confirm", "us-west-2", "--accept-loss", "us-east-1 is gone", "--approve", "all"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [ALL, more].concat()
}

fn exit(output: &Output) -> i32 {
    let code = output.status.code().unwrap_or(-1);
    if code != 0 {
        eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    }
    code
}

fn events(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

fn find<'a>(events: &'a [Value], event: &str, step: &str) -> &'a Value {
    let mut found = events.iter().filter(|line| line["event"] == event && line["step"] == step);
    found.next().unwrap_or_else(|| panic!("no {event} of {step} in:\n{events:#?}"))
}

fn assert_each_once(done: &[String]) {
    let mut sorted = done.to_vec();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), done.len(), "something was done twice: {done:#?}");
}

#[test]
fn a_failover_really_brings_the_shop_up_and_sends_each_mutation_once() {
    let shop = Shop::open();
    let output = shop.run(ALL);
    assert_eq!(exit(&output), 0);
    let ended = events(&output).pop().expect("a last line");
    assert_eq!((ended["event"].as_str(), ended["outcome"].as_str()), (Some("run_ended"), Some("completed")), "{ended}");
    assert_eq!(ended["debts"], json!([]), "both regions answer: nothing is owed");

    let state = shop.cloud.state();
    for (replica, source) in [("orders-replica", "orders-fenced-"), ("catalog-replica", "catalog-fenced-")] {
        let promoted = &state["rds"]["us-west-2"][replica];
        assert!(promoted["source"].is_null(), "{promoted}");
        assert_eq!(promoted["status"], "available");
        let old = state["rds"]["us-east-1"].as_object().expect("instances");
        let (_, fenced) = old.iter().find(|(name, _)| name.starts_with(source)).expect("it carries the run's time");
        assert_eq!(fenced["replicas"], json!([]), "the source no longer lists it: {fenced}");
    }
    let api = &state["ecs"]["us-west-2"]["shop/api"];
    let endpoint = &state["rds"]["us-west-2"]["orders-replica"]["endpoint"];
    let endpoint = endpoint["address"].as_str().or(endpoint.as_str()).expect("an endpoint");
    assert!(endpoint.starts_with(api["environment"]["DATABASE_HOST"].as_str().expect("it is set")), "{api} {endpoint}");
    assert_eq!((api["running"].as_u64(), api["desired"].as_u64()), (Some(3), Some(3)));
    assert_eq!(state["elbv2"]["us-west-2"]["api"]["healthy"], 3);
    assert_eq!(state["ecs"]["us-east-1"]["shop/api"]["desired"], 0, "the old service is fenced");
    let answers = state["route53"]["Z0SHOP"]["in_sync"].to_string();
    assert!(answers.contains("api.us-west-2.example.com") && answers.contains("edge"), "{answers}");
    assert!(shop.path("5432.warm").exists() || shop.path("3306.warm").exists());

    assert_each_once(&shop.done());
    assert_eq!(shop.cloud.calls_of("PromoteReadReplica").len(), 2);
    let journal = shop.path("run.jsonl").display().to_string();
    assert_eq!(exit(&shop.landfall(&["journal", "verify", &journal]).output().expect("it runs")), 0);

    // It is a past run from now on: what it carried out was exercised, as long as it is the same thing.
    let told = String::from_utf8(shop.landfall(&["drills", "--json"]).output().expect("it runs").stdout).expect("text");
    let told: Value = serde_json::from_str(told.trim()).expect("one object");
    assert_eq!((&told["drill"], &told["count"]), (&json!(false), &json!(1)), "{told}");
    let exercised = |plan: &str| {
        let check =
            shop.landfall(&["check", plan, "--live", "--json", "--intent", "failover"]).output().expect("it runs");
        let lines = String::from_utf8(check.stdout).expect("text");
        let found = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("an object"));
        let found = found.filter(|found| found["code"] == "exercised").collect::<Vec<_>>();
        assert_eq!(found.len(), 1, "{lines}");
        (found[0]["level"].as_str().map(str::to_owned), found[0]["found"].to_string())
    };
    let (level, found) = exercised(&shop.path("shop.toml").display().to_string());
    assert_eq!(level.as_deref(), Some("ok"), "{found}");
    // What it did proves nothing of another cloud: the same one by another name is another.
    let other = shop.cloud.endpoint().replace("127.0.0.1", "localhost");
    let plan = shop.path("shop.toml").display().to_string();
    let mut elsewhere = shop.landfall(&["check", &plan, "--live", "--json", "--intent", "failover"]);
    let told =
        String::from_utf8(elsewhere.env("AWS_ENDPOINT_URL", other).output().expect("it runs").stdout).expect("text");
    let told = told.lines().find(|line| line.contains("\"exercised\"")).expect("it is told").to_owned();
    assert!(told.contains("failing") && told.contains("was ever carried out"), "{told}");
    let text = std::fs::read_to_string(shop.path("shop.toml")).expect("the plan");
    std::fs::write(shop.path("moved.toml"), text.replace("orders-replica", "orders-copy")).expect("it writes");
    let (level, found) = exercised(&shop.path("moved.toml").display().to_string());
    assert_eq!(level.as_deref(), Some("failing"), "{found}");
    assert!(found.contains("orders/promote never") || found.contains("orders-db/promote never"), "{found}");
    handed_over(&shop);
}

/// What the run changed that code does not know: told of its journal, written of what was captured since, each as it runs.
fn handed_over(shop: &Shop) {
    let (plan, journal) = (shop.path("shop.toml").display().to_string(), shop.path("run.jsonl").display().to_string());
    let sent = shop.cloud.mutations().len();
    let after = |more: &[&str]| {
        let told = shop.landfall(&[&["codify", &plan, "--after", &journal], more].concat()).output().expect("it runs");
        (told.status.code(), String::from_utf8(told.stdout).expect("text"))
    };
    let (code, told) = after(&["--json"]);
    let rows: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert!(code == Some(3) && rows.iter().all(|row| row.get("written").is_none()), "{told}");
    let captured = shop.landfall(&["capture", &plan, "--region", "recovery"]).output().expect("it runs");
    assert_eq!(exit(&captured), 0);
    let out = shop.path("tf").display().to_string();
    assert_eq!(after(&["--out", &out]).0, Some(3));
    let text = |name: &str| std::fs::read_to_string(shop.path(name)).expect("a file");
    assert!(text("tf/README.md").contains("identifier** is orders-fenced-"), "{}", text("tf/README.md"));
    let main = text("tf/us-west-2/main.tf").split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in [
        "\"aws_db_instance\" \"orders_replica\"",
        "desired_count = 3",
        "cluster = \"arn:aws:ecs:us-west-2:123456789012:cluster/shop\"",
        "records = [\"edge",
        "min_capacity = 2",
        "value = aws_db_instance.orders_replica.address",
    ] {
        assert!(main.contains(wanted), "{wanted}: {main}");
    }
    assert!(!main.contains("replicate_source_db"), "it follows nobody any more: {main}");
    assert!(!shop.path("tf/us-east-1").exists(), "nothing tells how that region runs since");
    assert_eq!(shop.cloud.mutations().len(), sent, "a capture and files change nothing");
}

#[test]
fn without_answers_nothing_is_started_and_resume_starts_it_with_them() {
    let shop = Shop::open();
    let output = shop.run(&[]);
    assert_eq!(exit(&output), 3);
    assert!(shop.done().is_empty());
    let output = shop.resume(&["--confirm", "us-west-2", "--approve", "all"]);
    assert_eq!(exit(&output), 3, "the loss is not accepted yet");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("catalog-db") && said.contains("--accept-loss"), "{said}");
    assert!(shop.done().is_empty(), "a start that would stop at a question known now is none");
    let bounded = ["--confirm", "us-west-2", "--approve", "all", "--accept-loss", "gone", "--loss-at-most", "2s"];
    let output = shop.resume(&bounded);
    assert_eq!(exit(&output), 3, "it is more than that");
    assert!(String::from_utf8_lossy(&output.stderr).contains("--loss-at-most 2s"));
    assert!(shop.done().is_empty());
    assert_eq!(exit(&shop.resume(ALL)), 0);
    assert_each_once(&shop.done());
}

#[test]
fn check_and_plan_call_nothing() {
    let shop = Shop::open();
    let plan = shop.path("shop.toml").display().to_string();
    let check = shop.landfall(&["check", &plan]).output().expect("it runs");
    assert!([Some(0), Some(3)].contains(&check.status.code()));
    let shown = shop.landfall(&["plan", &plan, "--format", "json"]).output().expect("it runs");
    assert_eq!(exit(&shown), 0);
    assert_eq!(shop.cloud.calls().len(), 0);
}

#[test]
fn a_promotion_whose_reply_is_lost_is_found_and_not_sent_again() {
    let shop = Shop::open();
    shop.cloud.fault(&json!({"kind": "reply-lost", "operation": "PromoteReadReplica", "times": 2}));
    let output = shop.run(ALL);
    assert_eq!(exit(&output), 0);
    assert_eq!(shop.cloud.calls_of("PromoteReadReplica").len(), 2, "one for each database");
    let lost =
        events(&output).iter().filter(|line| line["event"] == "step_acted" && line["reply"] == "no_answer").count();
    assert_eq!(lost, 2);
}

#[test]
fn throttling_slows_it_and_fails_nothing() {
    let shop = Shop::open();
    shop.cloud.fault(&json!({"kind": "throttle", "service": "rds", "times": 12}));
    shop.cloud.fault(&json!({"kind": "throttle", "service": "ecs", "times": 12}));
    assert_eq!(exit(&shop.run(ALL)), 0);
    assert_each_once(&shop.done());
}

#[test]
fn a_promotion_that_never_ends_times_out_and_says_what_would_help() {
    let shop = Shop::open_with(|plan| {
        plan.replace("recovery = \"catalog-replica\"", "recovery = \"catalog-replica\"\ntimeout = \"8s\"")
    });
    shop.cloud
        .knob(&json!({"knob": "promotion-stuck", "region": "us-west-2", "instance": "catalog-replica", "on": true}));
    let output = shop.run(ALL);
    assert_eq!(exit(&output), 4);
    let events = events(&output);
    let failed = find(&events, "step_failed", "catalog-db/promote");
    assert!(
        failed["reason"].as_str().is_some_and(|reason| reason.contains("within 8s") && reason.contains("modifying")),
        "{failed}"
    );
    assert!(failed["help"].as_str().is_some_and(|help| help.contains("retry")), "{failed}");
    find(&events, "step_succeeded", "api/scale");
}

#[test]
fn a_service_whose_tasks_crash_fails_with_the_reason_ecs_gave_and_what_stands_on_a_promoted_database_stays() {
    let shop = Shop::open();
    shop.cloud.knob(
        &json!({"knob": "tasks-crash", "region": "us-west-2", "cluster": "shop", "service": "api", "which": "all"}),
    );
    let before = shop.cloud.state();
    let output = shop.run(&with(&["--on-failure", "rollback"]));
    assert_eq!(exit(&output), 5);
    let events = events(&output);
    let failed = find(&events, "step_failed", "api/scale");
    assert!(failed["reason"].as_str().is_some_and(|reason| reason.contains("tasks failed to start")), "{failed}");
    let after = shop.cloud.state();
    let desired = |state: &Value, region: &str| state["ecs"][region]["shop/api"]["desired"].clone();
    assert_ne!(desired(&after, "us-west-2"), desired(&before, "us-west-2"), "the side that serves is left alone");
    assert_eq!(desired(&after, "us-east-1"), json!(0), "and the old one does not come back beside it");
    assert!(after["rds"]["us-east-1"]["orders"].is_null(), "nor is its database given its name back");
    let ended = events.last().expect("it ended");
    assert_eq!((ended["event"].as_str(), ended["outcome"].as_str()), (Some("run_ended"), Some("rolled_back")));
    let stays = ended["stays"].as_array().expect("what stays is told");
    for step in ["orders-db/promote", "orders-db/fence", "api/fence", "api/scale"] {
        let stay = stays.iter().find(|stay| stay["step"] == step).unwrap_or_else(|| panic!("{step} in {stays:?}"));
        assert!(stay["why"].as_str().is_some_and(|why| !why.is_empty()), "{stay}");
    }
}

#[test]
fn a_record_change_stuck_in_pending_is_not_taken_for_done() {
    let shop = Shop::open_with(|plan| plan.replace("zone = \"Z0SHOP\"", "zone = \"Z0SHOP\"\ntimeout = \"5s\""));
    shop.cloud.knob(&json!({"knob": "changes-stuck", "on": true}));
    let output = shop.run(ALL);
    assert_eq!(exit(&output), 4);
    let events = events(&output);
    let failed = find(&events, "step_failed", "api-dns/change");
    assert!(failed["reason"].as_str().is_some_and(|reason| reason.contains("PENDING")), "{failed}");
    assert!(!events.iter().any(|line| line["event"] == "step_started" && line["step"] == "api-dns/clients"));
}

#[test]
fn the_failing_region_dark_costs_no_more_time_than_one_that_refuses_at_once() {
    let run = |kind: &'static str| {
        std::thread::spawn(move || {
            let shop = Shop::open();
            shop.cloud.stages(&json!({"default": 1.5}));
            shop.cloud.fault(&json!({"kind": kind, "region": "us-east-1"}));
            let output = shop.run(ALL);
            assert_eq!(exit(&output), 0, "{kind}");
            let events = events(&output);
            let ended = events.iter().find(|line| line["event"] == "run_ended").expect("it ended");
            let debts = ended["debts"].as_array().map_or(0, Vec::len);
            assert_eq!(debts, 4, "two databases, a service and its autoscaling are owed: {ended}");
            ended["rto_seconds"].as_f64().expect("seconds")
        })
    };
    // Side by side, so that a busy machine slows both.
    let (dark, refused) = (run("hang"), run("drop"));
    let (dark, refused) = (dark.join().expect("dark"), refused.join().expect("refused"));
    println!("dark {dark:.1} s, refused {refused:.1} s, ratio {:.3}", dark / refused);
    // The exact bound of 1.05 is held under paused time in tests/engine.rs; here the machine's noise is allowed for.
    assert!(dark <= refused * 1.15, "dark {dark} s, refused {refused} s");
}

#[test]
fn killed_anywhere_it_goes_on_without_sending_anything_twice() {
    for kill_at in ["step_started", "step_acting", "step_acted", "step_progress"] {
        let shop = Shop::open();
        let mut running = shop.start(ALL);
        let stdout = running.stdout.take().expect("it is piped");
        let mut seen = 0;
        for line in BufReader::new(stdout).lines() {
            let line: Value = serde_json::from_str(&line.expect("UTF-8")).expect("JSON");
            let in_recovery = !line["step"].as_str().is_some_and(|step| step.ends_with("/fence"));
            seen += u32::from(line["event"] == kill_at && in_recovery);
            if seen == 3 {
                break;
            }
        }
        running.kill().expect("it is killed");
        running.wait().expect("it is gone");
        assert_eq!(exit(&shop.resume(ALL)), 0, "killed at {kill_at}");
        let path: Vec<String> = shop.done().into_iter().filter(|done| done.starts_with("us-west-2")).collect();
        assert_each_once(&path);
    }
}
