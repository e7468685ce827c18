//! The drill of the way back, by the binary: the way there is gone first and owes nothing, then the way back is asked about,
//! answered and scored; a session that died before it said that it began says so later, and a region that fails again ends it.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// `landfall` in `folder`, with a home of its own.
fn landfall(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", folder).env("TERM", "dumb").env("NO_COLOR", "1");
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command.output().expect("the binary starts")
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn events(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("a journal");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

const GO_ON: &[&str] = &["--auto", "--confirm", "us-east-1", "--poll", "2s"];

#[test]
fn it_goes_there_first_pays_and_asks_and_is_scored() {
    let folder = tempfile::tempdir().expect("a folder");
    let drill = ["drill", "failback-troubled", "--journal", "back.jsonl", "--time-scale", "1500"];
    let left = landfall(folder.path(), &drill);
    let said = told(&left);
    assert!(said.contains("going over to us-west-2 first"), "{said}");
    let there = events(&folder.path().join("back.over.jsonl"));
    assert!(there.iter().any(|event| event["event"] == "step_owed"), "the region was dark");
    // Once it is light, one debt is not answered still: it is asked for again, and sent once.
    let is_of_it = |event: &&Value, what: &str| event["event"] == what && event["step"] == "orders-db/fence";
    let tried = there.iter().filter(|event| is_of_it(event, "step_owed")).count();
    assert!(tried > 1 && there.iter().any(|event| event["fault"] == "debt-unanswered"), "{tried}");
    assert_eq!(there.iter().filter(|event| is_of_it(event, "step_acting")).count(), 1);
    let last = there.iter().rev().find(|event| event["event"] == "run_ended").expect("it ended");
    assert_eq!(last["debts"], serde_json::json!([]), "all was paid");
    assert!(there.iter().any(|event| event["event"] == "taken_up"));

    // What is found is asked about; nothing of it is answered by a word for all.
    let go_on = [&["resume", "back.jsonl"], GO_ON, &["--approve", "all"]].concat();
    let held = landfall(folder.path(), &go_on);
    assert_eq!(held.status.code(), Some(3), "{}", told(&held));
    assert!(told(&held).contains("found: 3 transactions"), "{}", told(&held));
    let back = events(&folder.path().join("back.jsonl"));
    assert!(back.iter().any(|event| event["fault"] == "replica-create-fails" && event["scripted"] == true));
    // The first replica cannot be made: who serves is said, and it is made again once that is over.
    let settled = [&go_on[..], &["--divergence", "reconciled by eve, from the report"]].concat();
    let failed = landfall(folder.path(), &settled);
    assert_eq!(failed.status.code(), Some(4), "{}", told(&failed));
    assert!(told(&failed).contains("us-west-2 serves: nothing of the return was done"), "{}", told(&failed));
    let report = landfall(folder.path(), &["report", "back.jsonl"]);
    let report = told(&report);
    for says in ["## Not reconciled", "Reconciled by eve, from the report", "## The way back", "unprotected"] {
        assert!(report.contains(says), "{says} is not in:\n{report}");
    }
}

#[test]
fn what_fails_on_the_way_there_is_mended_and_tried_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let drill = ["drill", "failback", "--after", "failing-step", "--journal", "back.jsonl", "--time-scale", "3000"];
    let said = told(&landfall(folder.path(), &drill));
    assert!(said.contains("mended, and tried again"), "{said}");
    let there = events(&folder.path().join("back.over.jsonl"));
    let failed = there.iter().filter(|event| event["event"] == "step_failed" && event["step"] == "payments/scale");
    assert!(failed.count() >= 1 && there.iter().any(|event| event["event"] == "taken_up"), "{said}");
}

#[test]
fn a_session_that_died_before_it_said_so_says_so_later_and_a_region_that_fails_again_ends_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let first = landfall(folder.path(), &["drill", "failback", "--journal", "back.jsonl", "--time-scale", "3000"]);
    let over = at("back.over.jsonl");
    let text = std::fs::read_to_string(&over).unwrap_or_else(|_| panic!("{}", told(&first)));
    // As it was before the way back was begun: the session died right behind the making of its own journal.
    let taken = text.lines().position(|line| line.contains("\"taken_up\"")).expect("it was said");
    let session = text.lines().take(taken).collect::<Vec<_>>();
    let opens = session.iter().rposition(|line| line.contains("\"session_opened\"")).expect("its session");
    let cut: String = session[..opens].iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(&over, cut).expect("it writes");
    let go_on = [&["resume", "back.jsonl"], GO_ON, &["--approve", "all"]].concat();
    let held = landfall(folder.path(), &go_on);
    assert_eq!(held.status.code(), Some(3), "{}", told(&held));
    assert!(events(&over).iter().any(|event| event["event"] == "taken_up"), "it is said now: {}", told(&held));
    let again = landfall(folder.path(), &["failback", "back.over.jsonl"]);
    assert!(told(&again).contains("begun already"), "{}", told(&again));

    // Gone over with again beside it: said at its beginning, and then the way back is refused for good.
    let plan = include_str!("../src/cloud/sim/rehearsal/shop.toml");
    std::fs::write(at("shop.toml"), plan).expect("it writes");
    let run = ["run", "shop.toml", "--cloud", "sim", "--intent", "failover", "--auto", "--confirm", "us-west-2"];
    let also = ["--accept-loss", "again", "--approve", "all", "--time-scale", "3000", "--journal", "again.jsonl"];
    let gone = landfall(folder.path(), &[&run[..], &also].concat());
    assert!(told(&gone).contains("is open, and nobody drives it"), "{}", told(&gone));
    let refused = landfall(folder.path(), &go_on);
    assert_eq!(refused.status.code(), Some(3), "{}", told(&refused));
    assert!(told(&refused).contains("us-east-1 failed again"), "{}", told(&refused));
}

#[test]
fn a_region_that_is_back_after_the_end_of_a_run_is_noticed_by_a_look() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("shop.toml"), include_str!("../src/cloud/sim/rehearsal/shop.toml")).expect("it writes");
    std::fs::write(at("dark.toml"), include_str!("../src/cloud/sim/rehearsal/shop-region-down.toml"))
        .expect("it writes");
    let run = ["run", "shop.toml", "--cloud", "sim", "--scenario", "dark.toml", "--intent", "failover", "--auto"];
    let answers = ["--confirm", "us-west-2", "--accept-loss", "it is dark", "--approve", "all"];
    let also = ["--time-scale", "600", "--journal", "gone.jsonl"];
    let gone = landfall(folder.path(), &[&run[..], &answers, &also].concat());
    assert_eq!(gone.status.code(), Some(0), "{}", told(&gone));
    let before = std::fs::read(at("gone.jsonl")).expect("a journal");
    let look = || told(&landfall(folder.path(), &["debts", "gone.jsonl", "--look"]));
    let dark = look();
    assert!(dark.contains("does not answer now"), "{dark}");
    // It is light again: nobody but who looks is told, and nothing is done.
    let last = events(&at("gone.jsonl")).iter().rev().find_map(|event| event["at"].as_str().map(str::to_owned));
    let fault = serde_json::json!({"fault": "region-dark", "target": {"region": "us-east-1"}});
    let line = serde_json::json!({"line": "ended", "at": last.expect("a time"), "fault": fault});
    let world = std::fs::read_to_string(at("gone.jsonl.world")).expect("a world");
    std::fs::write(at("gone.jsonl.world"), format!("{world}{line}\n")).expect("it writes");
    let light = look();
    assert!(light.contains("answers again now") && !light.contains("does not answer"), "{light}");
    assert_eq!(std::fs::read(at("gone.jsonl")).expect("a journal"), before, "only looked");
}

const WITH_VALUES: &str = r#"
[application]
name = "values"
primary = "us-east-1"
recovery = "us-west-2"
rpo = "1h"
healthy_for = "1s"
follows_for = "1s"

[component.db]
kind = "rds"
primary = "orders"
recovery = "orders-replica"

[component.login]
kind = "secret"
name = "shop/login"
set = { host = "${db.endpoint}", password = { env = "SHOP_LOGIN" } }

[component.mode]
kind = "parameter"
needs = ["db"]
name = "/shop/mode"
value = "written-in-the-plan"
"#;

#[test]
fn a_value_that_is_nowhere_refuses_the_start_and_the_way_back_reads_those_of_the_plan_again() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("plan.toml"), WITH_VALUES).expect("it writes");
    let with = |login: Option<&str>, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", folder.path());
        command.env("TERM", "dumb").envs(login.map(|login| ("SHOP_LOGIN", login)));
        command.args(arguments).current_dir(folder.path()).stdin(Stdio::null());
        command.output().expect("the binary starts")
    };
    let over = |journal: &str, login: Option<&str>| {
        let run =
            ["run", "plan.toml", "--auto", "--cloud", "sim", "--intent", "switchover", "--seed", "7", "--journal"];
        let more = [journal, "--time-scale", "3000", "--confirm", "us-west-2", "--approve", "all"];
        with(login, &[&run[..], &more].concat())
    };
    // Its step comes behind the promotion, and what it sends is not known before that: the value is asked for at the start.
    let refused = over("refused.jsonl", None);
    let told_of = told(&refused);
    assert!(refused.status.code() == Some(3) && told_of.contains("secret-missing"), "{told_of}");
    assert!(told_of.contains("login.set.password") && told_of.contains("SHOP_LOGIN"), "{told_of}");
    assert!(!events(&folder.path().join("refused.jsonl")).iter().any(|event| event["event"] == "step_acting"));
    let went = over("over.jsonl", Some("once-given"));
    assert_eq!(went.status.code(), Some(0), "{}", told(&went));

    // A variable is the one that the plan names; what stood in the plan is told by its name alone.
    let printed = with(None, &["failback", "over.jsonl"]);
    let derived = String::from_utf8_lossy(&printed.stdout).into_owned();
    assert!(derived.contains(r#"env = "SHOP_LOGIN""#), "{derived}");
    assert!(derived.contains("LANDFALL_MODE_VALUE") && !derived.contains("written-in-the-plan"), "{derived}");

    // Begun from the journal, it reads what stood there from the plan again, also in a later session.
    let back = ["run", "over.jsonl", "--auto", "--intent", "failback", "--journal", "back.jsonl"];
    let begun = with(Some("once-given"), &[&back[..], &["--confirm", "us-east-1"]].concat());
    assert!(begun.status.code() == Some(3) && told(&begun).contains("waits"), "{}", told(&begun));
    let go_on = [&["resume", "back.jsonl"], GO_ON, &["--approve", "all,failback-divergence,failback-window"]].concat();
    let ended = with(Some("once-given"), &go_on);
    assert!(ended.status.code() == Some(0) && !told(&ended).contains("is not there"), "{}", told(&ended));
    // What it is not any more is taken only by a word.
    std::fs::write(folder.path().join("plan.toml"), WITH_VALUES.replace("written-in", "another-in"))
        .expect("it writes");
    let again = ["run", "back.jsonl", "--auto", "--intent", "failback", "--confirm", "us-west-2", "--journal"];
    let refused = with(Some("once-given"), &[&again[..], &["again.jsonl"]].concat());
    assert!(refused.status.code() == Some(3) && told(&refused).contains("--changed mode.value"), "{}", told(&refused));
    let word = with(Some("once-given"), &[&again[..], &["again.jsonl", "--changed", "mode.value"]].concat());
    assert!(told(&word).contains("waits"), "{}", told(&word));
    // Of any other run these are no words.
    let other =
        with(None, &["run", "plan.toml", "--auto", "--cloud", "sim", "--intent", "switchover", "--changed", "x"]);
    assert_eq!(other.status.code(), Some(2), "{}", told(&other));
}

#[test]
fn a_part_is_never_told_as_the_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let (before, rest) = WITH_VALUES.split_once("[component.login]").expect("it has one");
    let plan =
        before.replace("rpo", "rto = \"90m\"\nrpo") + &rest[rest.find("[component.mode]").expect("it has one")..];
    std::fs::write(folder.path().join("plan.toml"), plan).expect("it writes");
    let run = |journal: &str, more: &[&str]| {
        let run =
            ["run", "plan.toml", "--auto", "--cloud", "sim", "--intent", "switchover", "--seed", "7", "--journal"];
        let given = [journal, "--time-scale", "3000", "--confirm", "us-west-2", "--approve", "all"];
        landfall(folder.path(), &[&run[..], &given, more].concat())
    };
    let part = run("part.jsonl", &["--without", "mode"]);
    let said = told(&part);
    assert_eq!(part.status.code(), Some(0), "{said}");
    assert!(said.contains("Objectives not all shown to be kept: a part done in"), "{said}");
    assert!(said.contains("1 step left out and not verified"), "{said}");
    let report = told(&landfall(folder.path(), &["report", "part.jsonl"]));
    assert!(report.contains("of a part alone: what was left out is not verified"), "{report}");
    assert!(!report.contains("Objectives met"), "{report}");

    // What a way back leaves out may be all of it: to see that a region answers is none.
    let whole = run("whole.jsonl", &[]);
    assert!(
        whole.status.code() == Some(0) && told(&whole).contains("Objectives met: recovered in"),
        "{}",
        told(&whole)
    );
    let back = ["run", "whole.jsonl", "--auto", "--intent", "failback", "--without", "db", "--journal", "back.jsonl"];
    let refused = landfall(folder.path(), &back);
    assert!(told(&refused).contains("nothing is left of the runbook"), "{}", told(&refused));
    assert!(!folder.path().join("back.jsonl").exists());
}
