//! Where a way back is tried: a folder with its plan, and a test cloud of its own.

use crate::PLAN;
use crate::support::cloud::TestCloud;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

/// A folder with the plan in it, and where commands run.
pub struct Place {
    pub folder: tempfile::TempDir,
    pub cloud: TestCloud,
}

impl Place {
    pub fn on_the_test_cloud() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::with(folder, PLAN)
    }

    pub fn with(folder: tempfile::TempDir, plan: &str) -> Self {
        let cloud = TestCloud::start();
        cloud.seed(plan);
        cloud.stages(&json!({ "default": 0.2 }));
        cloud.clear_calls();
        std::fs::write(folder.path().join("shop.toml"), plan).expect("it writes");
        Self { folder, cloud }
    }

    /// With a global database, and a program that compares the two sides of each store: it says what it was given.
    pub fn with_a_ledger() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let script = folder.path().join("compare");
        let told = "#!/bin/sh\necho \"$1|$LANDFALL_OLD_ENDPOINT|$LANDFALL_OLD_SNAPSHOT|$LANDFALL_OLD_REGION|$LANDFALL_NEW_ENDPOINT\" >> \
                    \"$(dirname \"$0\")/compared\"\necho '{\"missing\": '$2', \"conflicting\": 0, \"unit\": \"rows\"}'\n";
        std::fs::write(&script, told).expect("it writes");
        let program =
            |of: &str, missing: u8| format!("compare = [\"sh\", \"{}\", \"{of}\", \"{missing}\"]", script.display());
        let ledger = "[component.ledger]\nkind = \"aurora\"\nglobal = \"ledger\"\nprimary = \"ledger-east\"\nrecovery = \"ledger-west\"";
        let plan = PLAN.replace("caught_up = ", &format!("{}\ncaught_up = ", program("orders-db", 3)));
        let plan = plan.replace("[component.api]", &format!("{ledger}\n{}\n\n[component.api]", program("ledger", 0)));
        Self::with(folder, &plan.replace("kind = \"ecs\"", "kind = \"ecs\"\nneeds = [\"ledger\"]"))
    }

    /// Goes over from a region that is silent: what it owes is told, and there is no way back before it is paid.
    pub fn goes_dark_and_owes(&self) {
        let output = self.run("shop.toml", "failover", "us-west-2", "over.jsonl");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let refused = self.landfall(&["failback", "over.jsonl"]);
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(3) && told.contains("it still owes: fence the old orders-db"), "{told}");
    }

    /// The failback that was begun, gone on with: how it ends and what it says.
    pub fn goes_on(&self, more: &[&str]) -> (Option<i32>, String) {
        let go_on = ["resume", "back.jsonl", "--auto", "--confirm", "us-east-1", "--poll", "300ms", "--approve"];
        let output = self.landfall(&[&go_on[..], more].concat());
        (
            output.status.code(),
            [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned()).concat(),
        )
    }

    /// What it sent that was carried out, as `operation region`, in order.
    pub fn done(&self) -> Vec<String> {
        let done = self.cloud.mutations().into_iter().filter(|call| call.executed);
        done.map(|call| format!("{} {}", call.operation, call.region)).collect()
    }

    /// An instance, as the cloud tells it; null where there is none.
    pub fn instance(&self, region: &str, id: &str) -> Value {
        let all = self.cloud.call("rds", region, "describe_db_instances", &json!({}));
        let mut all = all["DBInstances"].as_array().expect("instances").iter();
        all.find(|one| one["DBInstanceIdentifier"] == id).cloned().unwrap_or_default()
    }

    /// Waits until the cloud has an instance of that name at rest.
    pub fn until_available(&self, region: &str, id: &str) {
        while self.instance(region, id)["DBInstanceStatus"] != "available" {
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Somebody gives an instance another name.
    pub fn renames(&self, from: &str, to: &str) {
        self.until_available("us-east-1", from);
        let rename = json!({ "DBInstanceIdentifier": from, "NewDBInstanceIdentifier": to, "ApplyImmediately": true });
        self.cloud.call("rds", "us-east-1", "modify_db_instance", &rename);
        self.until_available("us-east-1", to);
    }

    /// That the region that was gone over to serves, alone, as it did: by the cloud.
    pub fn west_serves(&self) {
        let writer = self.instance("us-west-2", "orders-replica");
        assert!(writer["DBInstanceStatus"] == "available" && writer["ReadReplicaSourceDBInstanceIdentifier"].is_null());
        assert_eq!(self.cloud.state()["ecs"]["us-west-2"]["shop/api"]["desired"], 3);
    }

    /// Looks on, by the cloud alone, until `going` has ended: there are never two sides that take a write, and there is one at both
    /// ends. How long there was none, by its looks.
    pub fn watched(&self, mut going: std::process::Child) -> (Output, Duration) {
        let (mut down, mut last) = (Duration::ZERO, std::time::Instant::now());
        let mut sides = Vec::new();
        loop {
            let is_over = going.try_wait().expect("it is asked").is_some();
            let state = self.cloud.state();
            let takes_writes = |region: &str, id: &str| {
                let instance = &state["rds"][region][id];
                let running = state["ecs"][region]["shop/api"]["running"].as_u64().unwrap_or_default();
                instance["status"] == "available" && instance["source"].is_null() && running > 0
            };
            let both = [takes_writes("us-east-1", "orders"), takes_writes("us-west-2", "orders-replica")];
            assert_ne!(both, [true, true], "two sides take writes: {state}");
            let now = std::time::Instant::now();
            if both == [false, false] {
                down += now - last;
            }
            last = now;
            if sides.last() != Some(&both) {
                sides.push(both);
            }
            if is_over {
                break;
            }
            std::thread::sleep(Duration::from_millis(120));
        }
        assert_eq!((sides.first(), sides.last()), (Some(&[false, true]), Some(&[true, false])), "{sides:?}");
        (going.wait_with_output().expect("it ended"), down)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn landfall(&self, arguments: &[&str]) -> Output {
        let mut command = self.cloud.landfall(self.folder.path());
        let command = command.args(arguments).current_dir(self.folder.path());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().expect("the binary starts")
    }

    /// A whole run of `what`, its journal called `journal`.
    pub fn run(&self, what: &str, intent: &str, confirm: &str, journal: &str) -> Output {
        let run = ["run", what, "--auto", "--json", "--intent", intent, "--journal", journal, "--confirm", confirm];
        let given = ["--approve", "all", "--accept-loss", "us-east-1 is gone"];
        self.landfall(&[&run[..], &given, &["--poll", "300ms"]].concat())
    }

    /// One that must come to its end.
    pub fn goes(&self, what: &str, intent: &str, confirm: &str, journal: &str) -> Vec<Value> {
        let output = self.run(what, intent, confirm, journal);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let events: Vec<Value> = String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(|line| serde_json::from_str(line).expect("each line is JSON"))
            .collect();
        let failed: Vec<&Value> = events
            .iter()
            .filter(|event| matches!(event["event"].as_str(), Some("step_failed" | "step_unknown" | "step_owed")))
            .collect();
        assert_eq!(output.status.code(), Some(0), "{intent}: {told}\n{failed:#?}");
        events
    }
}

pub fn sent(events: &[Value]) -> Vec<String> {
    let acting = events.iter().filter(|event| event["event"] == "step_acting");
    acting.map(|event| format!("{} {}", event["step"].as_str().unwrap_or("?"), event["act"])).collect()
}
