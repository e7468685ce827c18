//! The kind `terraform` by the real provider against the test cloud: what a runbook applies is there, once, and what others are given of
//! it is what the cloud says; what would be gone is refused, and an apply that lost a reply, its session or its own life is looked at.

use crate::PROVIDERS;
use crate::support::cloud::TestCloud;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const WEST: &str = "us-west-2";
const PLAN: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.stack]
kind = "terraform"
dir = "stack"
var = { name = "shop-events" }
outputs = ["topic"]
env = { AWS_ENDPOINT_URL = "@here@", AWS_ACCESS_KEY_ID = "test", AWS_SECRET_ACCESS_KEY = { env = "STACK_SECRET" }, AWS_EC2_METADATA_DISABLED = "true" }

[component.told]
kind = "parameter"
name = "/shop/topic"
value = "${stack.topic}"
"#;
const STACK: &str = r#"
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region                      = "us-west-2"
  skip_credentials_validation = true
  allowed_account_ids         = ["123456789012"]
}
variable "name" { type = string }
resource "aws_sns_topic" "events" { name = var.name }
output "topic" { value = aws_sns_topic.events.arn }
"#;
const LOGS: &str = "resource \"aws_cloudwatch_log_group\" \"logs\" {\n  name = \"/shop/logs\"\n}\n";

struct Place {
    cloud: TestCloud,
    folder: tempfile::TempDir,
}

impl Place {
    /// With a plan and a root module that needs no registry; none where there is no Terraform, or no provider.
    fn open() -> Option<Self> {
        if Command::new("terraform").arg("version").output().is_err() || !Path::new(PROVIDERS).is_dir() {
            eprintln!("NOT TRIED: there is no terraform on this machine, or no provider in {PROVIDERS}");
            return None;
        }
        let place = Self { cloud: TestCloud::start(), folder: tempfile::tempdir().expect("a folder") };
        std::fs::create_dir(place.path("stack")).expect("a folder");
        place.write("shop.toml", &place.plan());
        place.write("stack/main.tf", STACK);
        let begun = place.terraform(&["init", "-no-color", "-input=false", &format!("-plugin-dir={PROVIDERS}")]);
        assert!(begun.status.success(), "{}", told(&begun).1);
        Some(place)
    }

    fn plan(&self) -> String {
        PLAN.replace("@here@", self.cloud.endpoint())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
    }

    /// As an operator runs it beside.
    fn terraform(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("timeout");
        command
            .args(["120", "terraform"])
            .args(arguments)
            .current_dir(self.path("stack"))
            .env("TF_VAR_name", "shop-events");
        command.env("AWS_ENDPOINT_URL", self.cloud.endpoint()).env("AWS_ACCESS_KEY_ID", "test");
        command.env("AWS_SECRET_ACCESS_KEY", "test").env("CHECKPOINT_DISABLE", "1").env_remove("TF_CLI_CONFIG_FILE");
        command.output().expect("it runs")
    }

    fn landfall(&self, arguments: &[&str]) -> Command {
        let mut command = self.cloud.landfall(self.folder.path());
        command.args(arguments).current_dir(self.folder.path()).env("STACK_SECRET", "test");
        command
    }

    fn run(&self, journal: &str, more: &[&str]) -> (Option<i32>, String) {
        told(&self.landfall(&[&words(journal)[..], more].concat()).output().expect("it starts"))
    }

    fn resume(&self, journal: &str, more: &[&str]) -> (Option<i32>, String) {
        let resume = ["resume", journal, "--auto", "--confirm", WEST, "--poll", "100ms", "--approve", "all"];
        told(&self.landfall(&[&resume[..], more].concat()).output().expect("it starts"))
    }

    fn topics(&self) -> Vec<String> {
        let told = self.cloud.call("sns", WEST, "list_topics", &json!({}));
        let arn = |topic: &Value| topic["TopicArn"].as_str().expect("an ARN").to_owned();
        told["Topics"].as_array().into_iter().flatten().map(arn).collect()
    }

    /// How often something was changed that was carried out.
    fn calls(&self, operation: &str) -> usize {
        self.cloud.calls().iter().filter(|call| call.operation == operation && call.executed).count()
    }

    fn mutations(&self) -> Vec<String> {
        self.cloud.calls().into_iter().filter(|call| !call.read_only).map(|call| call.operation).collect()
    }

    /// How often the step was sent, by a journal.
    fn sent(&self, journal: &str) -> usize {
        let text = std::fs::read_to_string(self.path(journal)).expect("a journal");
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line["event"] == "step_acting" && line["step"] == "stack/apply").count()
    }

    fn wait_for(&self, what: &str, is_there: impl Fn() -> bool) {
        let began = Instant::now();
        while !is_there() {
            assert!(began.elapsed() < Duration::from_secs(60), "{what} never came");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn words(journal: &str) -> [&str; 10] {
    ["run", "shop.toml", "--auto", "--intent", "failover", "--confirm", WEST, "--poll=100ms", "--journal", journal]
}

fn told(output: &Output) -> (Option<i32>, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

/// The process of Terraform's that applies in a folder: it holds our lock as its standard input.
fn applying(stack: &Path) -> Option<u32> {
    let stack = stack.canonicalize().ok()?;
    let all =
        std::fs::read_dir("/proc").ok()?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let is_it = |id: &u32| {
        let said = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        let said: Vec<&[u8]> = said.split(|byte| *byte == 0).collect();
        let is_there = std::fs::read_link(format!("/proc/{id}/cwd")).is_ok_and(|cwd| cwd == stack);
        is_there && said.first().is_some_and(|word| word.ends_with(b"terraform")) && said.contains(&&b"apply"[..])
    };
    let mut all = all;
    all.find(is_it)
}

#[test]
#[ignore = "takes two minutes of the provider's: cargo test --test terraform -- --ignored of_a_runbook"]
fn what_the_provider_makes_of_a_runbook_is_there_once_and_told_to_others() {
    let Some(place) = Place::open() else { return };
    let began = Instant::now();
    let say = |what: &str| eprintln!("{:>5.1}s {what}", began.elapsed().as_secs_f64());
    // Nobody approved it: nothing is changed, of what is shown.
    place.cloud.clear_calls();
    let (code, said) = place.run("one.jsonl", &[]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("1 to add, 0 to change, 0 to destroy, 1 output; nothing is destroyed"), "{said}");
    assert_eq!((place.mutations(), place.topics().len()), (Vec::new(), 0));
    let (code, said) = place.resume("one.jsonl", &[]);
    assert_eq!(code, Some(0), "{said}");
    let topic = format!("arn:aws:sns:{WEST}:123456789012:shop-events");
    assert_eq!(place.topics(), [topic.as_str()]);
    assert_eq!((place.calls("CreateTopic"), place.sent("one.jsonl")), (1, 1));
    let parameter = place.cloud.call("ssm", WEST, "get_parameter", &json!({ "Name": "/shop/topic" }));
    assert_eq!(parameter["Parameter"]["Value"], topic.as_str(), "what was made is what others are given");
    say("applied, and told to others");

    // What would be gone is refused, whoever approves it, and is there still.
    place.cloud.clear_calls();
    place.write("shop.toml", &place.plan().replace("shop-events", "other-events"));
    let (code, said) = place.run("two.jsonl", &["--approve", "all"]);
    assert!(code == Some(4) && said.contains("aws_sns_topic.events (replaced)"), "{code:?} {said}");
    assert_eq!((place.mutations(), place.topics()), (Vec::new(), vec![topic.clone()]));
    // What was changed by hand meanwhile is seen by the plan that a start makes, and asked about.
    place.write("shop.toml", &place.plan());
    let attribute = json!({ "TopicArn": topic, "AttributeName": "DisplayName", "AttributeValue": "by hand" });
    place.cloud.call("sns", WEST, "set_topic_attributes", &attribute);
    let (code, said) = place.run("three.jsonl", &[]);
    assert!(code == Some(3) && said.contains("0 to add, 1 to change, 0 to destroy"), "{code:?} {said}");
    let (code, said) = place.resume("three.jsonl", &[]);
    assert_eq!(code, Some(0), "{said}");
    let attributes = place.cloud.call("sns", WEST, "get_topic_attributes", &json!({ "TopicArn": topic }));
    assert_eq!(attributes["Attributes"]["DisplayName"], "", "{attributes}");
    say("refused what would be gone, and undid what was done by hand");

    // The session dies in the middle of an apply: it goes on, is waited for, and is begun once.
    place.write("stack/logs.tf", LOGS);
    place.cloud.clear_calls();
    let slow = json!({ "kind": "delay", "service": "logs", "operation": "CreateLogGroup", "seconds": 5 });
    let slow = place.cloud.fault(&slow);
    let mut first = place.landfall(&[&words("four.jsonl")[..], &["--approve", "all"]].concat());
    let mut first = first.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    place.wait_for("the call", || place.cloud.calls().iter().any(|call| call.operation == "CreateLogGroup"));
    first.kill().expect("it runs");
    first.wait().expect("it ends");
    assert_eq!(place.calls("CreateLogGroup"), 0, "it is in the middle of it");
    let (code, said) = place.resume("four.jsonl", &[]);
    place.cloud.mend(&slow);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!((place.calls("CreateLogGroup"), place.sent("four.jsonl")), (1, 1));
    say("outlived its session");

    // Terraform is killed in the middle: what it made is in no state, and nothing is sent again by itself.
    place.write("stack/more.tf", &LOGS.replace("logs", "more"));
    place.cloud.clear_calls();
    let slow = json!({ "kind": "delay", "service": "logs", "operation": "CreateLogGroup", "seconds": 3 });
    place.cloud.fault(&slow);
    let mut second = place.landfall(&[&words("five.jsonl")[..], &["--approve", "all"]].concat());
    let second = second.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    place.wait_for("the call", || place.cloud.calls().iter().any(|call| call.operation == "CreateLogGroup"));
    // It is made, and the look at it that the provider takes next is never answered.
    place.cloud.fault(&json!({ "kind": "hang", "service": "logs", "operation": "DescribeLogGroups" }));
    place.wait_for("the group", || place.calls("CreateLogGroup") == 1);
    let terraform = applying(&place.path("stack")).expect("Terraform applies");
    // With its provider, which would outlive it.
    let killed = Command::new("kill").args(["-9", "--", &format!("-{terraform}")]).status().expect("it runs");
    assert!(killed.success());
    let (code, said) = told(&second.wait_with_output().expect("it ends"));
    place.cloud.mend_all();
    assert!(code == Some(4) && said.contains("may stand in no state"), "{code:?} {said}");
    assert_eq!((place.calls("CreateLogGroup"), place.sent("five.jsonl")), (1, 1));
    // Somebody looks, and says that it is theirs: then there is nothing left to do.
    let imported =
        place.terraform(&["import", "-no-color", "-input=false", "aws_cloudwatch_log_group.more", "/shop/more"]);
    assert!(imported.status.success(), "{}", told(&imported).1);
    let (code, said) = place.resume("five.jsonl", &["--retry", "stack/apply"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!((place.calls("CreateLogGroup"), place.sent("five.jsonl")), (1, 1));
    say("was killed, and taken up again");
}

#[test]
#[ignore = "takes a minute of the provider's: cargo test --test terraform -- --ignored lost_on_the_way"]
fn what_was_lost_on_the_way_to_the_provider_is_told_and_taken_up_again() {
    let Some(place) = Place::open() else { return };
    let began = Instant::now();
    let say = |what: &str| eprintln!("{:>5.1}s {what}", began.elapsed().as_secs_f64());
    let state = || place.terraform(&["state", "list", "-no-color"]);
    let in_state = |address: &str| String::from_utf8_lossy(&state().stdout).lines().any(|line| line == address);
    // Asked again by the provider itself, a call that says the same twice has made one.
    place.cloud.clear_calls();
    place.cloud.fault(&json!({ "kind": "reply-lost", "service": "sns", "operation": "CreateTopic", "times": 1 }));
    let (code, said) = place.run("one.jsonl", &["--approve", "all"]);
    place.cloud.mend_all();
    assert_eq!(code, Some(0), "{said}");
    assert_eq!((place.topics().len(), place.sent("one.jsonl")), (1, 1));
    assert_eq!(place.calls("CreateTopic"), 2, "the provider asks again");
    assert!(in_state("aws_sns_topic.events"));
    say("a lost reply that is said again");

    // One that says no the second time: it was made, stands in no state, and Terraform's own reason is told. Nothing is sent again.
    place.write("stack/logs.tf", LOGS);
    place.cloud.clear_calls();
    place.cloud.fault(&json!({ "kind": "reply-lost", "service": "logs", "operation": "CreateLogGroup", "times": 1 }));
    let (code, said) = place.run("two.jsonl", &["--approve", "all"]);
    place.cloud.mend_all();
    assert!(code == Some(4) && said.contains("ResourceAlreadyExists"), "{code:?} {said}");
    assert_eq!(place.sent("two.jsonl"), 1);
    let there = || place.cloud.call("logs", WEST, "describe_log_groups", &json!({}));
    assert_eq!(there()["logGroups"][0]["logGroupName"], "/shop/logs", "it was made");
    assert!(!in_state("aws_cloudwatch_log_group.logs"), "and no state has it");
    // Tried again it is refused again, for the same reason, and is still there once.
    let (code, said) = place.resume("two.jsonl", &["--retry", "stack/apply"]);
    assert!(code == Some(4) && said.contains("ResourceAlreadyExists"), "{code:?} {said}");
    let imported =
        place.terraform(&["import", "-no-color", "-input=false", "aws_cloudwatch_log_group.logs", "/shop/logs"]);
    assert!(imported.status.success(), "{}", told(&imported).1);
    let (code, said) = place.resume("two.jsonl", &["--retry", "stack/apply"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(in_state("aws_cloudwatch_log_group.logs"));
    say("a lost reply that is refused the second time");

    // The connection is gone in the middle: what was made before stands in the state, and the rest is made by the next word.
    let stack = STACK.replace("  region ", "  max_retries                 = 1\n  region ");
    place.write("stack/main.tf", &stack);
    let more = LOGS.replace("logs", "more");
    let more = more.replacen("\n}", "\n  tags = { After = aws_ssm_parameter.first.name }\n}", 1);
    let first = "resource \"aws_ssm_parameter\" \"first\" {\n  name  = \"/shop/first\"\n  type  = \"String\"\n  value = \"x\"\n}\n";
    place.write("stack/more.tf", &format!("{first}{more}"));
    place.cloud.clear_calls();
    place.cloud.fault(&json!({ "kind": "drop", "service": "logs", "operation": "CreateLogGroup" }));
    let (code, said) = place.run("three.jsonl", &["--approve", "all"]);
    place.cloud.mend_all();
    assert_eq!(code, Some(4), "{said}");
    assert_eq!((place.calls("CreateLogGroup"), place.sent("three.jsonl")), (0, 1));
    assert!(in_state("aws_ssm_parameter.first") && !in_state("aws_cloudwatch_log_group.more"));
    let (code, said) = place.resume("three.jsonl", &["--retry", "stack/apply"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("1 to add, 0 to change, 0 to destroy"), "what was made is not made again: {said}");
    assert!(in_state("aws_cloudwatch_log_group.more"));
    assert_eq!((place.calls("CreateLogGroup"), place.sent("three.jsonl")), (1, 2));
    say("a connection that was gone in the middle");
}
