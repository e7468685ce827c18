//! The binary with secrets and parameters, against the test cloud over HTTP. Canaries are planted wherever a value is: none
//! of them is found in anything that Landfall writes or says, its log of everything included.

mod support;

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Output;
use support::cloud::TestCloud;

/// In the secret, and in nothing that is given to Landfall.
const HELD: &str = "canary-held-5b21";
/// Given by the plan, as it stands there and by the environment.
const WRITTEN: &str = "canary-written-88d0";
const GIVEN: &str = "canary-given-41fe";

const SEED: &str = r#"
[component.db-secret]
kind = "secret"
name = "shop/db"
holds = { host = "old.example.com", password = "canary-held-5b21" }
"#;

const APPLICATION: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"
"#;

const PLAN: &str = r#"
[component.db-secret]
kind = "secret"
name = "shop/db"
prove = true
set = { host = "new.example.com", api = "canary-written-88d0", password = { env = "GIVEN_SECRET" } }
"#;

struct Stage {
    cloud: TestCloud,
    folder: tempfile::TempDir,
}

impl Stage {
    fn of(seed: &str, plan: &str) -> Self {
        let stage = Self { cloud: TestCloud::start(), folder: tempfile::tempdir().expect("a folder") };
        stage.cloud.seed(&format!("{APPLICATION}{seed}"));
        stage.cloud.clear_calls();
        std::fs::write(stage.path("landfall.toml"), format!("{APPLICATION}{plan}")).expect("it writes");
        stage
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn landfall(&self, arguments: &[&str]) -> Output {
        let mut command = self.cloud.landfall(self.folder.path());
        command.args(arguments).env("LANDFALL_LOG", "trace").env("GIVEN_SECRET", GIVEN);
        command.output().expect("the binary runs")
    }

    fn run(&self, extra: &[&str]) -> Output {
        let (plan, journal) = (self.path("landfall.toml"), self.path("run.jsonl"));
        let (plan, journal) = (plan.display().to_string(), journal.display().to_string());
        let run = ["run", &plan, "--auto", "--json", "--cloud", "aws", "--intent", "failover", "--journal", &journal];
        let more = ["--poll", "300ms", "--confirm", "us-west-2", "--accept-loss", "tried", "--approve", "all"];
        self.landfall(&[&run[..], &more, extra].concat())
    }

    /// What was sent to be done and carried out, in order.
    fn done(&self) -> Vec<String> {
        let done = self.cloud.mutations().into_iter().filter(|call| call.executed);
        done.map(|call| call.operation).collect()
    }

    fn secret(&self) -> Value {
        self.cloud.state()["secrets"]["us-west-2"]["shop/db"].clone()
    }

    /// Fails where a canary stands in what was said or in any file that was written, the plan itself apart.
    fn holds_no_canary(&self, said: &[&Output]) {
        let mut texts: Vec<(String, Vec<u8>)> = Vec::new();
        for output in said {
            texts.push(("standard output".to_owned(), output.stdout.clone()));
            texts.push(("standard error".to_owned(), output.stderr.clone()));
        }
        files(self.folder.path(), &mut texts);
        assert!(texts.iter().any(|(name, _)| name.ends_with("run.jsonl")), "a journal was searched");
        let log = texts.iter().find(|(name, _)| name.ends_with("landfall.log")).expect("a log was searched");
        assert!(String::from_utf8_lossy(&log.1).contains("aws_smithy"), "what the SDK says was searched");
        for (name, text) in texts.iter().filter(|(name, _)| !name.ends_with("landfall.toml")) {
            let text = String::from_utf8_lossy(text);
            for canary in [HELD, WRITTEN, GIVEN] {
                for form in [canary.to_owned(), base64(canary)] {
                    let at =
                        text.find(&form).map(|at| text[at.saturating_sub(300)..].chars().take(400).collect::<String>());
                    assert!(at.is_none(), "{form} is in {name}: {at:?}");
                }
            }
        }
    }
}

/// What a value is in base64, its last letters apart: those depend on what follows.
fn base64(text: &str) -> String {
    use std::fmt::Write;
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for three in text.as_bytes().chunks_exact(3) {
        let number = u32::from(three[0]) << 16 | u32::from(three[1]) << 8 | u32::from(three[2]);
        for place in [18, 12, 6, 0] {
            let _ = write!(encoded, "{}", LETTERS[(number >> place & 63) as usize] as char);
        }
    }
    encoded
}

fn files(folder: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => files(&path, into),
            false => into.push((path.display().to_string(), std::fs::read(&path).unwrap_or_default())),
        }
    }
}

fn exit(output: &Output) -> i32 {
    let code = output.status.code().unwrap_or(-1);
    if code != 0 {
        eprintln!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    }
    code
}

#[test]
fn values_go_into_the_secret_and_nowhere_else_and_come_out_again() {
    let stage = Stage::of(SEED, PLAN);
    let check = stage.landfall(&["check", &stage.path("landfall.toml").display().to_string(), "--live"]);
    assert!(stage.done().is_empty(), "who looks reads no value: {:?}", stage.done());
    let before = stage.secret()["current"].clone();
    let run = stage.run(&[]);
    assert_eq!(exit(&run), 0);
    let detached = ["GetSecretValue", "StopReplicationToReplica"];
    let each = [&["GetSecretValue"][..], &detached, &["GetSecretValue", "PutSecretValue"]].concat();
    assert_eq!(
        stage.done(),
        each,
        "each once: the proof, what can be set in and the way out, what is merged and written"
    );
    let held: Value = serde_json::from_str(stage.secret()["value"].as_str().expect("a value")).expect("JSON");
    assert_eq!(held, json!({ "host": "new.example.com", "password": GIVEN, "api": WRITTEN }));
    let journal = stage.path("run.jsonl").display().to_string();
    let report = stage.landfall(&["report", &journal]);
    stage.cloud.clear_calls();
    let back = stage.landfall(&["rollback", &journal, "--auto", "--json", "--confirm", "us-west-2", "--poll", "300ms"]);
    assert_eq!(back.status.code(), Some(5), "{}", String::from_utf8_lossy(&back.stdout));
    assert_eq!(stage.done(), ["UpdateSecretVersionStage", "ReplicateSecretToRegions"]);
    let after = stage.secret();
    assert_eq!((&after["primary_region"], &after["current"]), (&json!("us-east-1"), &before));
    stage.holds_no_canary(&[&check, &run, &report, &back]);
}

#[test]
fn a_write_whose_reply_is_lost_is_seen_and_not_sent_again() {
    let stage = Stage::of(SEED, PLAN);
    let lost = json!({ "kind": "reply-lost", "service": "secretsmanager", "operation": "PutSecretValue", "times": 1 });
    stage.cloud.fault(&lost);
    let run = stage.run(&[]);
    assert_eq!(exit(&run), 0);
    assert_eq!(stage.cloud.calls_of("PutSecretValue").len(), 1);
    assert_eq!(stage.secret()["versions"].as_object().map(serde_json::Map::len), Some(2));
    stage.holds_no_canary(&[&run]);
}

#[test]
fn a_refused_proof_fails_its_step_and_changes_nothing() {
    let stage = Stage::of(SEED, PLAN);
    let denied = json!({ "kind": "access-denied", "service": "secretsmanager", "operation": "GetSecretValue" });
    stage.cloud.fault(&denied);
    let run = stage.run(&[]);
    assert_ne!(run.status.code(), Some(0));
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(said.contains("secretsmanager:GetSecretValue"), "{said}");
    assert!(stage.done().is_empty(), "{:?}", stage.done());
    stage.holds_no_canary(&[&run]);
}

const PARAMETER_SEED: &str = r#"
[component.side]
kind = "parameter"
name = "/shop/side"
value = "new"
[component.password]
kind = "parameter"
name = "/shop/password"
type = "SecureString"
value = "new"
"#;

const PARAMETERS: &str = r#"
[component.side]
kind = "parameter"
name = "/shop/side"
value = "canary-written-88d0"
[component.password]
kind = "parameter"
name = "/shop/password"
type = "SecureString"
value = { env = "GIVEN_SECRET" }
"#;

#[test]
fn parameters_are_put_once_and_put_back_and_their_values_stand_nowhere() {
    let stage = Stage::of(PARAMETER_SEED, PARAMETERS);
    let held = || {
        let all = stage.cloud.state()["parameters"]["us-west-2"].clone();
        ["/shop/side", "/shop/password"].map(|name| all[name]["value"].as_str().unwrap_or_default().to_owned())
    };
    stage.cloud.fault(&json!({ "kind": "reply-lost", "service": "ssm", "operation": "PutParameter", "times": 1 }));
    let run = stage.run(&[]);
    assert_eq!(exit(&run), 0);
    assert_eq!(stage.cloud.calls_of("PutParameter").len(), 2, "each once, the reply of one lost");
    assert_eq!(held(), [WRITTEN, GIVEN]);
    let journal = stage.path("run.jsonl").display().to_string();
    let report = stage.landfall(&["report", &journal]);
    let back = stage.landfall(&["rollback", &journal, "--auto", "--json", "--confirm", "us-west-2", "--poll", "300ms"]);
    assert_eq!(back.status.code(), Some(5), "{}", String::from_utf8_lossy(&back.stdout));
    assert_eq!(held(), ["old", "old"]);
    stage.holds_no_canary(&[&run, &report, &back]);
    let again = stage.landfall(&["journal", "verify", &journal]);
    assert_eq!(exit(&again), 0);
}
