//! The kind `terraform`, by the binary and the real Terraform, whose own resource `terraform_data` needs no provider: what was
//! shown is applied once, whoever dies in between; what was done is asked of Terraform's state and of the program's own notes.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const PLAN: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.stack]
kind = "terraform"
dir = "stack"
var = { size = "6", password = { env = "STACK_PASSWORD" } }
outputs = ["size", "id", "zones", "password"]

[component.warm]
kind = "command"
run = ["/bin/sh", "-c", "echo $SIZE $ZONES $PASSWORD > warmed"]
env = { SIZE = "${stack.size}", ZONES = "${stack.zones}", PASSWORD = "${stack.password}" }
undo = ["true"]
"#;

const STACK: &str = r#"
variable "size" { type = number }
variable "password" {
  type      = string
  sensitive = true
}
resource "terraform_data" "one" { input = var.size }
resource "terraform_data" "slow" {
  triggers_replace = var.size
  provisioner "local-exec" { command = "echo begun >> begun; sleep ${try(tonumber(file("slow")), 0)}; echo done >> done" }
}
output "size" { value = terraform_data.one.output }
output "id" { value = terraform_data.one.id }
output "zones" { value = ["a", "b"] }
output "password" {
  value     = var.password
  sensitive = true
}
"#;

const PASSWORD: &str = "correct-horse-battery";

struct Place(tempfile::TempDir);

impl Place {
    /// With a plan and its root module; none where there is no Terraform.
    fn open() -> Option<Self> {
        if let Err(why) = Command::new("terraform").arg("version").output() {
            println!("NOT TRIED: terraform is not there ({why})");
            return None;
        }
        let place = Self(tempfile::tempdir().expect("a folder"));
        std::fs::create_dir(place.path("stack")).expect("a folder");
        place.write("shop.toml", PLAN);
        place.write("stack/main.tf", STACK);
        Some(place)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command.args(arguments).current_dir(self.0.path()).env("HOME", self.0.path());
        for name in ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "LANDFALL_CONFIG"] {
            command.env_remove(name);
        }
        // No call to AWS is made, and none could be.
        command.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
        command.env("STACK_PASSWORD", PASSWORD);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, journal: &str, more: &[&str]) -> (Option<i32>, String) {
        let run = ["run", "shop.toml", "--auto", "--intent", "failover", "--confirm", "us-west-2", "--poll", "100ms"];
        told(self.command(&[&run[..], &["--journal", journal], more].concat()).output().expect("it starts"))
    }

    fn resume(&self, journal: &str, more: &[&str]) -> (Option<i32>, String) {
        let resume = ["resume", journal, "--auto", "--confirm", "us-west-2", "--poll", "100ms"];
        told(self.command(&[&resume[..], more].concat()).output().expect("it starts"))
    }

    /// How often something happened, by a journal.
    fn events(&self, journal: &str, event: &str, step: &str) -> usize {
        let text = self.read(journal);
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line["event"] == event && line["step"] == step).count()
    }
}

fn told(output: Output) -> (Option<i32>, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

fn wait_for(file: &Path) {
    let began = Instant::now();
    while !file.exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "{} never came", file.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn kill(mut landfall: Child) {
    landfall.kill().expect("it runs");
    landfall.wait().expect("it ends");
}

#[test]
fn what_is_planned_is_asked_about_applied_once_and_given_to_others() {
    let Some(place) = Place::open() else { return };
    let (code, said) = place.run("one.jsonl", &[]);
    assert_eq!(code, Some(3), "nobody approved it: {said}");
    assert!(said.contains("2 to add, 0 to change, 0 to destroy, 4 outputs; nothing is destroyed"), "{said}");
    assert!(!place.path("stack/terraform.tfstate").exists(), "nothing is applied before that");
    let (code, said) = place.resume("one.jsonl", &["--approve", "stack/apply"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(place.read("warmed").trim(), format!("6 [\"a\",\"b\"] {PASSWORD}"));
    assert_eq!(place.read("stack/done").lines().count(), 1);
    assert_eq!(place.events("one.jsonl", "step_acting", "stack/apply"), 1);
    assert!(!place.read("one.jsonl").contains(PASSWORD) && !said.contains(PASSWORD), "a sensitive output is a secret");
    // A second time there is nothing to do, and nobody is asked.
    let (code, said) = place.run("two.jsonl", &[]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(place.events("two.jsonl", "step_acting", "stack/apply"), 0);
    assert_eq!(place.events("two.jsonl", "gate_opened", "stack/apply"), 0);
    assert_eq!(place.read("stack/done").lines().count(), 1);
    // What would be gone is refused by name, whoever approves it; and done where the plan says how much may be.
    place.write("shop.toml", &PLAN.replace("size = \"6\"", "size = \"7\""));
    let (code, said) = place.run("three.jsonl", &["--approve", "all"]);
    assert_eq!(code, Some(4), "{said}");
    assert!(
        said.contains("terraform_data.slow (replaced)") && said.contains("0 may be destroyed or replaced"),
        "{said}"
    );
    assert_eq!(place.events("three.jsonl", "step_acting", "stack/apply"), 0);
    place.write(
        "shop.toml",
        &PLAN.replace("size = \"6\"", "size = \"7\"").replace("outputs =", "destroys = 1\noutputs ="),
    );
    let (code, said) = place.run("four.jsonl", &["--approve", "all"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(place.read("warmed").trim(), format!("7 [\"a\",\"b\"] {PASSWORD}"));
    // What Terraform says of a mistake is said here.
    place.write("stack/more.tf", "resource \"terraform_data\" \"two\" {\n  inputt = 1\n}\n");
    let (code, said) = place.run("five.jsonl", &["--approve", "all"]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("Error: Unsupported argument: on more.tf line 2"), "{said}");
    assert_eq!(place.events("five.jsonl", "step_acting", "stack/apply"), 0);
}

#[test]
fn an_apply_outlives_the_session_that_began_it_and_is_never_begun_twice() {
    let Some(place) = Place::open() else { return };
    place.write("stack/slow", "3");
    let run = ["run", "shop.toml", "--auto", "--intent", "failover", "--confirm", "us-west-2", "--poll", "100ms"];
    let landfall = place.command(&[&run[..], &["--journal", "j.jsonl", "--approve", "all"]].concat()).spawn();
    wait_for(&place.path("stack/begun"));
    kill(landfall.expect("it starts"));
    assert!(!place.path("stack/done").exists(), "it is in the middle of it");
    let (code, said) = place.resume("j.jsonl", &["--approve", "all"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("still runs") || place.read("j.jsonl").contains("still runs"), "it was waited for: {said}");
    assert_eq!((place.read("stack/begun").lines().count(), place.read("stack/done").lines().count()), (1, 1));
    assert_eq!(place.events("j.jsonl", "step_acting", "stack/apply"), 1);
    assert!(place.read("warmed").starts_with("6 "));
}

#[test]
fn a_plan_that_the_state_has_left_behind_is_refused_by_terraform_and_told() {
    let Some(place) = Place::open() else { return };
    let (code, said) = place.run("j.jsonl", &[]);
    assert_eq!(code, Some(3), "{said}");
    // Another applies the same meanwhile, and then something else.
    for size in ["6", "8"] {
        let mut other = Command::new("terraform");
        other.args(["apply", "-auto-approve", "-input=false", "-no-color"]).current_dir(place.path("stack"));
        other.env("TF_VAR_size", size).env("TF_VAR_password", PASSWORD).stdin(Stdio::null());
        assert!(other.output().expect("it starts").status.success());
    }
    let (code, said) = place.resume("j.jsonl", &["--approve", "all"]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("Error: Saved plan is stale") && said.contains("nothing was changed"), "{said}");
    assert_eq!(place.read("stack/done").lines().count(), 2, "none of them is ours");
}
