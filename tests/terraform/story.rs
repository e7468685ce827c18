//! The whole story, by the real Terraform against the test cloud: what was mended in a hurry is captured, a routine apply takes
//! it away, the snapshot says what was lost and the Terraform that is written of it brings both back; and the same snapshot
//! builds the application in the other region, where a capture finds what it found before but for what is listed here.

use crate::PROVIDERS;
use crate::support::cloud::TestCloud;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

const EAST: &str = "us-east-1";
const WEST: &str = "us-west-2";
const PLAN: &str = r#"
[application]
name = "app"
primary = "us-east-1"
recovery = "us-west-2"

[capture]
tags = { Project = "app-infra", Environment = "production" }
also = [
  "arn:aws:iam::123456789012:role/app-ecs-task",
  "arn:aws:rds:us-east-1:123456789012:pg:app-pg16",
  "arn:aws:rds:us-west-2:123456789012:pg:app-pg16",
]

[component.look]
kind = "manual"
ask = "look"
"#;
/// What holds the one role to the policies that are declared.
const EXCLUSIVE: &str = r#"
resource "aws_iam_role_policies_exclusive" "task" {
  role_name    = aws_iam_role.task.name
  policy_names = [aws_iam_role_policy.queue.name]
}
"#;
/// What the test cloud's provider is told besides.
const OVERRIDE: &str =
    "provider \"aws\" {\n  skip_credentials_validation = true\n  s3_use_path_style           = true\n}\n";
const READS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::app-files-123456789012/*"]}]}"#;

/// What is no value of AWS's: the provider's own arguments, which every import sets.
const THE_PROVIDERS_OWN: &[&str] = &[
    "auth_token_update_strategy",
    "confirmation_timeout_in_minutes",
    "endpoint_auto_confirms",
    "force_delete",
    "force_delete_warm_pool",
    "force_destroy",
    "force_overwrite_replica_secret",
    "ignore_failed_scaling_activities",
    "recovery_window_in_days",
    "skip_final_snapshot",
    "wait_for_capacity_timeout",
    "wait_for_steady_state",
];

struct Story {
    cloud: TestCloud,
    place: tempfile::TempDir,
    began: Instant,
}

impl Story {
    /// With a plan and what is declared; none where Terraform or its provider is not there.
    fn open(declared: &str) -> Option<Self> {
        if Command::new("terraform").arg("version").output().is_err() || !Path::new(PROVIDERS).is_dir() {
            eprintln!("NOT TRIED: there is no terraform on this machine, or no provider in {PROVIDERS}");
            return None;
        }
        let story =
            Self { cloud: TestCloud::start(), place: tempfile::tempdir().expect("a folder"), began: Instant::now() };
        story.cloud.stages(&json!({ "default": 0.05 }));
        std::fs::create_dir(story.path("declared")).expect("a folder");
        story.write("plan.toml", PLAN);
        story.write("declared/main.tf", declared);
        Some(story)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a text")
    }

    fn say(&self, what: &str) {
        eprintln!("{:>5.1}s {what}", self.began.elapsed().as_secs_f64());
    }

    fn landfall(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let mut command = self.cloud.landfall(self.place.path());
        let told = command.args(arguments).current_dir(self.place.path()).output().expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (told.status.code(), text(&told.stdout), text(&told.stderr))
    }

    /// A snapshot of a region, and where it is.
    fn captured(&self, region: &str) -> (String, Value) {
        let (code, told, said) = self.landfall(&["capture", "plan.toml", "--region", region, "--always"]);
        assert_eq!(code, Some(0), "{told}{said}");
        let path = told.lines().find(|line| line.ends_with(".json")).expect("where it is").to_owned();
        let snapshot = serde_json::from_str(&self.read(&path)).expect("JSON");
        self.say(&format!("captured {region}"));
        (path, snapshot)
    }

    fn terraform(&self, folder: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new("timeout");
        command.args(["420", "terraform"]).args(arguments).current_dir(self.path(folder));
        command
            .env("TF_IN_AUTOMATION", "1")
            .env("CHECKPOINT_DISABLE", "1")
            .env_remove("TF_CLI_CONFIG_FILE")
            .env("HOME", self.place.path())
            .env("AWS_ENDPOINT_URL", self.cloud.endpoint())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_EC2_METADATA_DISABLED", "true");
        command.output().expect("it runs")
    }

    /// Applies what is in `folder`; how many things were to be imported, added, changed and destroyed, and each argument of what is
    /// there that was to be another.
    fn applied(&self, folder: &str) -> ([usize; 4], Vec<String>) {
        let said = |told: &Output| {
            format!("{}{}", String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr))
        };
        self.write(&format!("{folder}/over_override.tf"), OVERRIDE);
        if !self.path(folder).join(".terraform").exists() {
            let begun =
                self.terraform(folder, &["init", "-no-color", "-input=false", &format!("-plugin-dir={PROVIDERS}")]);
            assert!(begun.status.success(), "{folder}: {}", said(&begun));
        }
        let planned = self.terraform(folder, &["plan", "-input=false", "-no-color", "-out=the.plan"]);
        assert!(planned.status.success(), "{folder}: {}", said(&planned));
        let shown = self.terraform(folder, &["show", "-json", "the.plan"]);
        let shown: Value = serde_json::from_slice(&shown.stdout).expect("a plan");
        let changes = shown["resource_changes"].as_array().into_iter().flatten();
        let changed: Vec<String> = changes.flat_map(otherwise).collect();
        let told = self.terraform(folder, &["apply", "-input=false", "-json", "the.plan"]);
        let lines = String::from_utf8_lossy(&told.stdout).into_owned();
        let lines: Vec<Value> = lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let errors: Vec<&Value> = lines.iter().filter(|line| line["@level"] == "error").collect();
        assert!(
            told.status.success() && errors.is_empty(),
            "{folder}: {errors:#?} {}",
            String::from_utf8_lossy(&told.stderr)
        );
        let counts = lines.iter().rev().find(|line| line["type"] == "change_summary").expect("what was done");
        let count = |what: &str| counts["changes"][what].as_u64().expect("a count") as usize;
        let counts = [count("import"), count("add"), count("change"), count("remove")];
        self.say(&format!("applied {folder}: {counts:?} imported, added, changed, destroyed"));
        (counts, changed)
    }

    fn role_policies(&self) -> Vec<String> {
        let told = self.cloud.call("iam", EAST, "list_role_policies", &json!({ "RoleName": "app-ecs-task" }));
        let mut names: Vec<String> = serde_json::from_value(told["PolicyNames"].clone()).expect("names");
        names.sort();
        names
    }

    fn connections(&self, region: &str) -> String {
        let group = json!({ "DBParameterGroupName": "app-pg16", "Source": "user" });
        let told = self.cloud.call("rds", region, "describe_db_parameters", &group);
        let all = told["Parameters"].as_array().expect("a list");
        let one = all.iter().find(|one| one["ParameterName"] == "max_connections").expect("the parameter");
        one["ParameterValue"].as_str().expect("a text").to_owned()
    }

    /// Two things are mended by hand in the night.
    fn hotfix(&self) {
        let policy = json!({ "RoleName": "app-ecs-task", "PolicyName": "hotfix-s3-read", "PolicyDocument": READS });
        self.cloud.call("iam", EAST, "put_role_policy", &policy);
        let parameter =
            json!({ "ParameterName": "max_connections", "ParameterValue": "500", "ApplyMethod": "pending-reboot" });
        let group = json!({ "DBParameterGroupName": "app-pg16", "Parameters": [parameter] });
        self.cloud.call("rds", EAST, "modify_db_parameter_group", &group);
    }

    /// What a restore asks for: all that has no default.
    fn give(&self, folder: &str, own: &Value) {
        let variables = self.read(&format!("{folder}/variables.tf"));
        let mut given = serde_json::Map::new();
        for block in variables.split("\nvariable \"").skip(1) {
            let name = block.split('"').next().expect("a name");
            let digest = format!("sha256:{}", "0123456789abcdef".repeat(4));
            let value = if name.ends_with("_digest") { digest } else { format!("{name}-of-the-test") };
            if let Some(value) = own.get(name) {
                given.insert(name.to_owned(), value.clone());
            } else if !block.contains("  default ") {
                given.insert(name.to_owned(), value.into());
            }
        }
        self.write(&format!("{folder}/given.auto.tfvars.json"), &Value::Object(given).to_string());
    }

    /// From what is declared to what is brought back, and the snapshot in which all is well.
    fn brought_back(&self) -> (String, Value) {
        let ([_, added, ..], _) = self.applied("declared");
        self.hotfix();
        let (good, well) = self.captured("primary");
        let state = "declared/terraform.tfstate";
        let (code, told, said) = self.landfall(&["drift", "plan.toml", "--terraform", state]);
        assert_eq!(code, Some(3), "{told}{said}");
        for wanted in ["hotfix-s3-read", "max_connections"] {
            assert!(told.contains(wanted), "{wanted}: {told}");
        }
        // Only what drifted is written, where that is asked for; the rest is the state's.
        let (code, told, said) = self.landfall(&["codify", "plan.toml", "--terraform", state, "--out", "drifted"]);
        assert_eq!(code, Some(0), "{told}{said}");
        assert_eq!(self.written("drifted"), ["aws_iam_role_policy"], "{}", self.read("drifted/main.tf"));
        assert!(
            self.read("drifted/README.md").contains("aws_db_parameter_group.app"),
            "{}",
            self.read("drifted/README.md")
        );

        let (counts, changed) = self.applied("declared");
        assert_eq!(counts, [0, 0, 2, 0], "a routine apply takes both away, and nothing else: {changed:?}");
        assert_eq!(
            changed,
            ["aws_db_parameter_group.app parameter", "aws_iam_role_policies_exclusive.task policy_names"]
        );
        assert_eq!((self.role_policies(), self.connections(EAST)), (vec!["queue".to_owned()], "200".to_owned()));

        self.captured("primary");
        let (code, told, said) = self.landfall(&["drift", "plan.toml", "--since", &good]);
        assert_eq!(code, Some(3), "{told}{said}");
        let lost = ["brings Inline.hotfix-s3-read back", "sets Parameters.max_connections.Value 200 → 500"];
        assert!(
            lost.iter().all(|lost| told.contains(lost))
                && told.lines().filter(|line| line.starts_with(['~', '+', '-'])).count() == 2,
            "{told}"
        );

        let hash = good.rsplit('-').next().expect("a hash").trim_end_matches(".json");
        let (code, told, said) = self.landfall(&["codify", "plan.toml", "--snapshot", hash, "--out", "back"]);
        assert_eq!(code, Some(0), "{told}{said}");
        self.give("back", &json!({}));
        let ([imported, made, _, destroyed], changed) = self.applied("back");
        assert_eq!((made, destroyed), (1, 0), "the policy alone is made anew");
        assert_eq!(imported + made, self.written("back").len(), "all else is there");
        assert!(imported >= added - 2, "{imported} of {added}");
        assert_eq!(changed, ["aws_db_parameter_group.app_pg16 parameter"], "the parameter alone is set");
        assert_eq!(self.connections(EAST), "500");
        assert_eq!(self.role_policies(), ["hotfix-s3-read", "queue"]);
        let (_, after) = self.captured("primary");
        assert_eq!(differences(&well, &after), BTreeSet::new(), "all is as it was when it was well");
        (good, well)
    }

    /// The classes of what is written in a folder.
    fn written(&self, folder: &str) -> Vec<String> {
        let text = self.read(&format!("{folder}/main.tf"));
        let blocks = text.lines().filter_map(|line| line.strip_prefix("resource \""));
        blocks.filter_map(|rest| Some(rest.split('"').next()?.to_owned())).collect()
    }

    /// Builds it in the other region, and what is otherwise there; nothing of that is worth a word before a failover.
    fn restored(&self, good: &str, well: &Value, data: &[&str], own: &Value) -> BTreeSet<String> {
        let mut arguments = vec!["restore", "plan.toml", "--to", WEST, "--snapshot", good, "--out", "west"];
        data.iter().for_each(|data| arguments.extend(["--data", data]));
        let (code, told, said) = self.landfall(&arguments);
        assert!(matches!(code, Some(0 | 3)) && self.path("west/main.tf").exists(), "{told}{said}");
        self.give("west", own);
        let ([imported, added, changed, destroyed], _) = self.applied("west");
        assert_eq!((imported, changed, destroyed), (0, 0, 0));
        // The provider's data sources are none of these.
        assert_eq!(self.written("west").len(), added, "every block is made");
        // Nothing is left to do.
        assert_eq!(self.applied("west"), ([0; 4], Vec::new()), "what was restored is as it is written");
        let (_, there) = self.captured("recovery");
        let (code, told, said) = self.landfall(&["drift", "plan.toml", "--regions", "--kept"]);
        assert_eq!(code, Some(0), "{told}{said}");
        differences(well, &there)
    }
}

/// What a plan changes of something that is there: `ADDRESS ARGUMENT`, for each but the provider's own.
fn otherwise(one: &Value) -> Vec<String> {
    let [before, after] = ["before", "after"].map(|side| one["change"][side].as_object());
    let fields = before.into_iter().flatten().filter(|(name, is)| {
        let will = after.and_then(|after| after.get(*name));
        will.is_some_and(|will| will != *is) && !THE_PROVIDERS_OWN.contains(&name.as_str())
    });
    fields.map(|(name, _)| format!("{} {name}", one["address"].as_str().unwrap_or_default())).collect()
}

/// How two snapshots differ, regions and ids apart: `KIND/NAME FIELD`, and `KIND/NAME` where only one has it (`<` the first).
fn differences(one: &Value, other: &Value) -> BTreeSet<String> {
    let (one, other) = (normal(one), normal(other));
    let mut found = BTreeSet::new();
    for name in one.keys().chain(other.keys()).collect::<BTreeSet<_>>() {
        match (one.get(name), other.get(name)) {
            (Some(left), Some(right)) => {
                let fields: BTreeSet<&String> =
                    left.as_object().into_iter().chain(right.as_object()).flat_map(|all| all.keys()).collect();
                let others = fields.into_iter().filter(|field| left.get(field) != right.get(field));
                found.extend(others.map(|field| format!("{name} {field}")));
            }
            (Some(_), None) => drop(found.insert(format!("< {name}"))),
            _ => drop(found.insert(format!("> {name}"))),
        }
    }
    found
}

/// What each thing is like, by kind and name, with every id as what it is of and the region as a word.
fn normal(snapshot: &Value) -> BTreeMap<String, Value> {
    let resources = snapshot["resources"].as_array().expect("a list");
    let region = snapshot["region"].as_str().expect("a region");
    let named = |one: &Value| {
        let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
        let id = if one["name"].is_string() { text("name") } else { text("id") };
        format!("{}/{}", text("kind"), id.replace(region, "REGION"))
    };
    let mut ids: Vec<(String, String)> = resources
        .iter()
        .flat_map(|one| {
            let name = named(one);
            let known = one["known_by"].as_array().into_iter().flatten().chain([&one["id"], &one["arn"]]);
            let known: Vec<String> = known.filter_map(Value::as_str).map(str::to_owned).collect();
            known.into_iter().filter(|id| id.len() > 7).map(move |id| (id, name.clone()))
        })
        .collect();
    ids.sort_by_key(|(id, _)| std::cmp::Reverse(id.len()));
    let each = resources.iter().map(|one| {
        let mut text = one["config"].to_string();
        // Each once: what stands in the place of one has no other in it.
        for (at, (id, _)) in ids.iter().enumerate() {
            text = text.replace(id, &format!("⟦{at}⟧"));
        }
        for (at, (_, name)) in ids.iter().enumerate() {
            text = text.replace(&format!("⟦{at}⟧"), &format!("<{name}>"));
        }
        let mut config: Value = serde_json::from_str(&text.replace(region, "REGION")).expect("JSON");
        settled(&mut config);
        (named(one), config)
    });
    each.collect()
}

/// Names that AWS gives to parts.
const OF_PARTS: &[&str] = &["SecurityGroupRuleId", "SubscriptionArn", "Arn", "Uuid", "AvailabilityZoneId"];

/// What is restored says so, and sets have no order.
fn settled(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.retain(|item| item != "landfall:restored-from");
            items.iter_mut().for_each(settled);
            items.sort_by_key(Value::to_string);
        }
        Value::Object(members) => {
            members.retain(|name, _| name != "landfall:restored-from" && !OF_PARTS.contains(&name.as_str()));
            members.values_mut().for_each(settled);
            // Only what says that it is restored was there.
            members.retain(|name, value| name != "Tags" || value.as_object().is_none_or(|tags| !tags.is_empty()));
        }
        _ => {}
    }
}

fn said(all: &BTreeSet<String>) -> Vec<&str> {
    all.iter().map(String::as_str).collect()
}

/// An application of what the provider makes at once.
const SMALL: &str = include_str!("story.tf");

#[test]
#[ignore = "takes a minute of the provider's: cargo test --test terraform -- --ignored a_hotfix"]
fn a_hotfix_that_an_apply_took_away_comes_back_and_the_other_region_has_it_too() {
    let Some(story) = Story::open(&format!("{SMALL}{EXCLUSIVE}")) else { return };
    let (good, well) = story.brought_back();
    let found = story.restored(&good, &well, &[], &json!({ "app_feature_value": "on" }));
    assert_eq!(story.connections(WEST), "500", "the hotfix is in the other region too");
    assert_eq!(
        said(&found),
        [
            "< bucket/app-files-123456789012",
            "> bucket/app-files-123456789012-REGION",
            // It has a policy beside its own, which names what is in the other region.
            "iam-role/app-ecs-task Inline",
            "topic/app-events Policy",
        ]
    );
    assert!(story.began.elapsed() < Duration::from_secs(600));
}

/// The web application that captures are tried on, whole: the provider waits minutes for databases, load balancers and queues.
#[test]
#[ignore = "takes seven minutes of the provider's own waits: cargo test --test terraform -- --ignored whole_web"]
fn the_whole_web_application_is_brought_back_and_built_in_the_other_region() {
    let web = include_str!("../cloud/webapp/webapp.tf");
    let Some(story) = Story::open(&format!("{web}{EXCLUSIVE}")) else { return };
    let (good, well) = story.brought_back();
    let key = well["resources"].as_array().expect("a list").iter().find(|one| one["kind"] == "kms-key").expect("a key");
    let key = format!("kms-key/{}=empty", key["id"].as_str().expect("an id"));
    let data = ["db-instance/app-db=empty", &key];
    let own = json!({ "app_db_password": "a-password-1", "app_worker_image_id": "ami-03cf127a" });
    let found = story.restored(&good, &well, &data, &own);
    assert_eq!(story.connections(WEST), "500", "the hotfix is in the other region too");
    assert_eq!(
        said(&found),
        [
            // Names of buckets are of all the world.
            "< bucket/app-files-123456789012",
            // Who is led where is the runbook's to say: none of these is written.
            "< health-check/shop.example.com",
            "< record/shop.example.com",
            "< zone/example.com",
            "> bucket/app-files-123456789012-REGION",
            // One of both regions: it names the primary's secret still, and the role has a policy for the other's beside it.
            "iam-policy/app-secrets Document",
            "iam-role/app-ecs-task Inline",
        ]
    );
}

/// What no other story has: addresses of IPv6 and the way out for them, names that a network gives, a cache with parameters of its
/// own, lines that are sent on.
#[test]
#[ignore = "takes four minutes of the provider's own waits: cargo test --test terraform -- --ignored of_ipv6"]
fn a_network_of_ipv6_with_a_cache_is_declared_as_it_runs_and_built_in_the_other_region() {
    let Some(story) = Story::open(include_str!("six.tf")) else { return };
    let ([_, added, ..], _) = story.applied("declared");
    let (good, well) = story.captured("primary");
    let (code, told, said_of) = story.landfall(&["drift", "plan.toml", "--terraform", "declared/terraform.tfstate"]);
    assert_eq!(code, Some(0), "{told}{said_of}");
    let (code, told, said_of) = story.landfall(&["codify", "plan.toml", "--out", "as-it-runs"]);
    assert_eq!(code, Some(0), "{told}{said_of}");
    let ([imported, made, _, destroyed], changed) = story.applied("as-it-runs");
    // The stream is of a kind that is not read.
    assert_eq!((imported, made, destroyed), (added - 1, 0, 0));
    assert_eq!(changed, Vec::<String>::new());
    story.cloud.call("kinesis", WEST, "create_stream", &json!({ "StreamName": "app-logs", "ShardCount": 1 }));
    let found = story.restored(&good, &well, &["replication-group/app-sessions=empty"], &json!({}));
    assert_eq!(
        said(&found),
        ["subnet/app-0 Ipv6CidrBlock", "subnet/app-1 Ipv6CidrBlock", "vpc/app Ipv6CidrBlocks"],
        "AWS gives each network a range of its own"
    );
    // Each subnet has the place in it that it had.
    let told = story.cloud.call(
        "ec2",
        WEST,
        "describe_subnets",
        &json!({ "Filters": [{ "Name": "tag:Name", "Values": ["app-*"] }] }),
    );
    let each = told["Subnets"].as_array().into_iter().flatten().map(|one| &one["Ipv6CidrBlockAssociationSet"][0]);
    let mut ends: Vec<String> = each
        .map(|one| {
            one["Ipv6CidrBlock"]
                .as_str()
                .expect("a range")
                .rsplit(':')
                .nth(2)
                .unwrap_or_default()
                .chars()
                .skip(2)
                .collect()
        })
        .collect();
    ends.sort();
    assert_eq!(ends, ["10", "11"], "{told}");
    let asked = json!({ "CacheParameterGroupName": "app-redis7", "Source": "user" });
    let told = story.cloud.call("elasticache", WEST, "describe_cache_parameters", &asked);
    let set: Vec<_> =
        told["Parameters"].as_array().into_iter().flatten().map(|one| one["ParameterValue"].clone()).collect();
    assert_eq!(set, ["allkeys-lru", "20"]);
}
