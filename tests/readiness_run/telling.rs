//! How it is told: the verdict, what is lived with, since when, what changed.

use crate::planted::{Ready, WEST};
use crate::stores::{ORDERS as PLAN, prepare};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

/// The source has no backups any more: that blocks.
fn break_it(ready: &Ready, days: u32) {
    let change = json!({ "DBInstanceIdentifier": "orders", "ApplyImmediately": true, "BackupRetentionPeriod": days });
    ready.cloud.call("rds", "us-east-1", "modify_db_instance", &change);
}

fn lines(output: &std::process::Output) -> Vec<Value> {
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn verdict(output: &std::process::Output) -> String {
    let last = lines(output).pop().expect("a line");
    last["verdict"]["failover"].as_str().expect("a verdict").to_owned()
}

#[test]
fn the_verdict_is_of_what_would_refuse_lose_or_slow_and_a_waiver_counts_to_its_last_day() {
    const ASKED: &[&str] = &["--json", "--intent", "failover"];
    let mut ready = Ready::open(PLAN, prepare);
    let output = ready.check(ASKED);
    assert_eq!((output.status.code(), verdict(&output).as_str()), (Some(0), "ready"), "{output:?}");

    // What only weakens changes no verdict, but for who is strict.
    let off = json!({ "DBInstanceIdentifier": "orders-replica", "DeletionProtection": false });
    ready.cloud.call("rds", WEST, "modify_db_instance", &off);
    let output = ready.check(ASKED);
    assert_eq!((output.status.code(), verdict(&output).as_str()), (Some(0), "ready"), "{output:?}");
    assert_eq!(ready.check(&[ASKED, &["--strict"]].concat()).status.code(), Some(3));

    break_it(&ready, 0);
    let output = ready.check(ASKED);
    assert_eq!((output.status.code(), verdict(&output).as_str()), (Some(3), "not_ready"));
    let told = String::from_utf8_lossy(&ready.check(&["--intent", "failover"]).stdout).into_owned();
    assert!(told.ends_with("shop: 1 components; failover not ready 1\n"), "{told}");
    assert!(told.starts_with("failing rds-backup-retention orders-db (blocks)\n"), "the worst first: {told}");

    let waiver = |until: &str| {
        format!(
            "{PLAN}\n[[waive]]\ncode = \"rds-backup-retention\"\ncomponent = \"orders-db\"\nuntil = \"{until}\"\nwhy = \"moves in May\"\n"
        )
    };
    ready.planned(waiver("2999-12-31"));
    let output = ready.check(ASKED);
    assert_eq!((output.status.code(), verdict(&output).as_str()), (Some(0), "ready"));
    let found = lines(&output).into_iter().find(|found| found["code"] == "rds-backup-retention").expect("still told");
    assert_eq!((&found["level"], &found["waived_until"]), (&json!("failing"), &json!("2999-12-31")), "never as ok");
    ready.planned(waiver("2020-01-31"));
    assert_eq!(verdict(&ready.check(ASKED)), "not_ready", "it counts to its last day");
}

#[test]
fn a_waiver_that_says_nothing_is_a_mistake_of_the_plan() {
    let mut ready = Ready::open(PLAN, prepare);
    for (waiver, wanted) in [
        ("code = \"rds-backup-retentoin\"\nuntil = \"2999-12-31\"\nwhy = \"x\"", "rds-backup-retention"),
        // A step's own check is what its act rests on.
        ("code = \"rds-replica-status\"\nuntil = \"2999-12-31\"\nwhy = \"x\"", "no readiness rule"),
        ("code = \"rds-multi-az\"\nuntil = \"May\"\nwhy = \"x\"", "not a day"),
        ("code = \"rds-multi-az\"\nuntil = \"2999-12-31\"\nwhy = \" \"", "says why"),
        ("code = \"rds-multi-az\"\nuntil = \"2999-12-31\"\nwhy = \"x\"\ncomponent = \"orders\"", "orders-db"),
    ] {
        ready.planned(format!("{PLAN}\n[[waive]]\n{waiver}\n"));
        let output = ready.check(&[]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(wanted), "{wanted}: {told}");
    }
}

/// Whatever becomes of the test, nobody looks on.
struct Watching(Child);

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

#[test]
fn since_when_it_is_so_is_known_from_earlier_looks_and_a_watch_tells_what_changed() {
    let ready = Ready::open(PLAN, prepare);
    ready.check(&["--json"]);
    break_it(&ready, 0);
    let since = || {
        let told = lines(&ready.check(&["--json"]));
        let found = told.into_iter().find(|found| found["code"] == "rds-backup-retention").expect("told");
        found["since"].as_str().expect("a time").to_owned()
    };
    let first = since();
    assert_eq!(since(), first, "it is as long so as it was first seen");

    let path = ready.folder.path().join("plan.toml");
    // A run that is not started knows it too, and says so in its journal to whoever reads that.
    let journal = ready.folder.path().join("run.jsonl");
    let mut run = ready.cloud.landfall(ready.folder.path());
    run.arg("run").arg(&path).args(["--intent", "failover", "--auto", "--journal"]).arg(&journal);
    assert_eq!(run.output().expect("it runs").status.code(), Some(3), "nobody said yes");
    let journal = std::fs::read_to_string(&journal).expect("a journal");
    let mut told = journal.lines().map(|line| serde_json::from_str::<Value>(line).expect("an event"));
    let told = told.rfind(|event| event["event"] == "preflight").expect("preflight");
    let lists = ["blocks", "unknown", "warns"].into_iter().filter_map(|list| told[list].as_array());
    let found = lists.flatten().find(|found| found["code"] == "rds-backup-retention").expect("found");
    assert_eq!(found["since"], first.as_str());

    let mut watching = ready.cloud.landfall(ready.folder.path());
    watching.arg("check").arg(path).args(["--live", "--json", "--intent", "failover", "--watch", "1s"]);
    let mut watching = Watching(watching.stdout(Stdio::piped()).spawn().expect("it runs"));
    let mut told = BufReader::new(watching.0.stdout.take().expect("piped")).lines();
    let mut next = |wanted: &str| {
        let line = told.by_ref().map(|line| line.expect("text")).find(|line| line.contains(wanted));
        line.unwrap_or_else(|| panic!("nothing said {wanted}"))
    };
    assert!(next("\"verdict\"").contains("not_ready"));
    break_it(&ready, 7);
    // Settings are looked at each hour: a state is seen at the next look.
    ready
        .cloud
        .knob(&json!({ "knob": "instance-status", "region": WEST, "instance": "orders-replica", "status": "stopped" }));
    assert!(next("rds-replica-status").contains("\"level\":\"failing\""));
    assert!(next("\"verdict\"").contains("not_ready"));
    let stop = std::process::Command::new("kill").args(["-INT", &watching.0.id().to_string()]).status();
    assert!(stop.expect("kill runs").success());
    assert_eq!(watching.0.wait().expect("it ends").code(), Some(3));
}

/// `landfall check … --watch … | head -1` ends once somebody has had enough, at the next thing there is to tell.
#[test]
fn a_watch_that_nobody_reads_ends() {
    let ready = Ready::open(PLAN, prepare);
    ready.check(&["--json"]);
    let path = ready.folder.path().join("plan.toml");
    let mut watching = ready.cloud.landfall(ready.folder.path());
    watching.arg("check").arg(path).args(["--live", "--json", "--watch", "1s"]);
    let mut watching = Watching(watching.stdout(Stdio::piped()).spawn().expect("it runs"));
    let mut told = BufReader::new(watching.0.stdout.take().expect("piped"));
    let mut first = String::new();
    told.read_line(&mut first).expect("text");
    drop(told);
    ready
        .cloud
        .knob(&json!({ "knob": "instance-status", "region": WEST, "instance": "orders-replica", "status": "stopped" }));
    assert_eq!(watching.0.wait().expect("it ends").code(), Some(3));
}
