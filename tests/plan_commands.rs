//! `init`, `check` and `plan` as people and scripts call them: answers, formats and exit codes of the real binary.

use assert_cmd::Command;
use serde_json::{Value, json};
use std::process::Stdio;

const REHEARSAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/cloud/sim/rehearsal/storefront.toml");

fn landfall(arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("landfall").expect("the binary");
    // Past runs of whoever runs this tell how long steps take.
    command.env("NO_COLOR", "1").env("XDG_STATE_HOME", "/nowhere").args(arguments).assert()
}

fn answer(assert: &assert_cmd::assert::Assert) -> String {
    String::from_utf8_lossy(&assert.get_output().stdout).into_owned()
}

fn plan(folder: &tempfile::TempDir, components: &str) -> String {
    let head = "[application]\nname = \"shop\"\nprimary = \"eu-west-1\"\nrecovery = \"eu-central-1\"\nrto = \"10m\"\nrpo = \"1m\"\n";
    let path = folder.path().join("plan.toml");
    std::fs::write(&path, format!("{head}{components}")).expect("written");
    path.to_string_lossy().into_owned()
}

#[test]
fn the_starter_plan_passes_check_and_is_never_written_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("new").to_string_lossy().into_owned();
    let path = format!("{dir}/landfall.toml");
    landfall(&["init", &dir]).success();
    let written = std::fs::read_to_string(&path).expect("the plan");
    let checked = landfall(&["check", &path]).success();
    assert!(answer(&checked).contains("all as wanted"));
    std::fs::write(&path, format!("{written}# ours\n")).expect("written");
    let refused = landfall(&["init", &dir]).code(2);
    assert!(String::from_utf8_lossy(&refused.get_output().stderr).contains("exists already"));
    assert!(std::fs::read_to_string(&path).expect("the plan").ends_with("# ours\n"));
}

#[test]
fn no_run_goes_on_in_the_simulated_world_that_another_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("run.jsonl").to_string_lossy().into_owned();
    let world = format!("{journal}.world");
    std::fs::write(&world, "{}\n").expect("written");
    for run in
        [vec!["run", "--cloud", "sim", "--auto", "--journal", &journal], vec!["drill", "clean", "--journal", &journal]]
    {
        let refused = landfall(&run).code(2);
        let told = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
        assert!(told.contains("run.jsonl.world") && told.contains("left of another run"), "{run:?}: {told}");
        assert!(!std::path::Path::new(&journal).exists(), "{run:?}: nothing is begun");
    }
    assert_eq!(std::fs::read_to_string(&world).expect("it is kept"), "{}\n");
}

#[test]
fn what_was_captured_of_simulated_regions_is_said_where_what_runs_is_wanted() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().to_str().expect("a path").to_owned();
    landfall(&["init", &dir]).success();
    let plan = format!("{dir}/landfall.toml");
    let told = |arguments: &[&str]| {
        let refused = landfall(arguments).failure();
        let words = String::from_utf8_lossy(&refused.get_output().stderr).replace('│', "");
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let out = format!("{dir}/west");
    let restore = ["restore", &plan, "--to", "us-west-2", "--out", &out];
    let before = told(&["codify", &plan, "--out", &out]);
    assert!(before.contains("no snapshot of") && !before.contains("simulated"), "{before}");
    landfall(&["capture", &plan, "--cloud", "sim"]).success();
    for told in [told(&["codify", &plan, "--out", &out]), told(&restore)] {
        assert!(told.contains("no snapshot of") && told.contains("are of simulated regions"), "{told}");
    }
    assert!(!std::path::Path::new(&out).exists(), "nothing is written");
}

#[test]
fn the_runbook_is_read_in_eighty_columns() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().to_string_lossy().into_owned();
    landfall(&["init", &dir]).success();
    for intent in ["failover", "switchover"] {
        let shown = answer(&landfall(&["plan", &format!("{dir}/landfall.toml"), "--intent", intent]).success());
        assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
        insta::assert_snapshot!(format!("starter_{intent}"), shown);
    }
    let dot = landfall(&["plan", &format!("{dir}/landfall.toml"), "--format", "dot"]).success();
    insta::assert_snapshot!("starter_dot", answer(&dot));
    let mermaid = landfall(&["plan", &format!("{dir}/landfall.toml"), "--format", "mermaid"]).success();
    insta::assert_snapshot!("starter_mermaid", answer(&mermaid));
}

#[test]
fn the_runbook_for_programs_keeps_its_contract() {
    let shown = answer(&landfall(&["plan", REHEARSAL, "--format", "json"]).success());
    let sheet: Value = serde_json::from_str(&shown).expect("one object");
    assert_eq!((&sheet["version"], &sheet["intent"]), (&Value::from(1), &Value::from("failover")));
    let steps = sheet["steps"].as_array().expect("steps");
    let ids: Vec<&Value> = steps.iter().map(|step| &step["id"]).collect();
    for step in steps {
        for key in ["component", "kind", "title", "region"] {
            assert!(step[key].is_string(), "{key} of {step}");
        }
        let undo = ["reversible", "data_loss", "point_of_no_return", "none_needed"];
        assert!(undo.contains(&step["undo"].as_str().unwrap_or_default()), "{step}");
        assert!(["data", "control"].contains(&step["plane"].as_str().unwrap_or_default()), "{step}");
        assert!(step["expected_seconds"].as_f64().is_some_and(|seconds| seconds > 0.0), "{step}");
        assert!(step["needs"].as_array().is_some_and(|needs| needs.iter().all(|need| ids.contains(&need))), "{step}");
    }
    let waves: Vec<&Value> =
        sheet["waves"].as_array().expect("waves").iter().flat_map(|wave| wave.as_array()).flatten().collect();
    assert_eq!(waves.len(), steps.len());
    assert!(sheet["critical_path"]["seconds"].as_f64().is_some_and(|seconds| seconds > 0.0));
    assert!(sheet["critical_path"]["steps"].as_array().is_some_and(|path| path.iter().all(|id| ids.contains(&id))));
    for finding in sheet["findings"].as_array().expect("findings") {
        for key in ["level", "code", "message", "fix"] {
            assert!(finding[key].as_str().is_some_and(|text| !text.is_empty()), "{key} of {finding}");
        }
    }
}

#[test]
fn a_path_that_waits_for_the_failing_region_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = plan(
        &folder,
        "[component.drain]\nkind = \"command\"\nrun = [\"drain\"]\nundo = [\"fill\"]\nregion = \"primary\"\n\
         [component.go]\nkind = \"manual\"\nneeds = [\"drain\"]\nask = \"go\"\n",
    );
    let failing = |intent| {
        let checked = landfall(&["check", &path, "--json", "--intent", intent]);
        let lines: Vec<Value> =
            answer(&checked).lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
        lines.into_iter().filter(|finding| finding["level"] != "ok").collect::<Vec<_>>()
    };
    let found = failing("failover");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0]["code"], &found[0]["component"]), (&"path-in-failing-region".into(), &"drain".into()));
    assert!(failing("switchover").is_empty(), "in a switchover both regions are well");
}

#[test]
fn what_is_unwise_makes_check_refuse_and_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = plan(
        &folder,
        "[account.unused]\nrole = \"arn\"\n\
         [component.db]\nkind = \"rds\"\nprimary = \"a\"\nrecovery = \"b\"\nrto = \"4m\"\ntimeout = \"1m\"\n\
         [component.api]\nkind = \"manual\"\nneeds = [\"db\"]\nask = \"start it\"\n\
         [component.forgotten]\nkind = \"manual\"\nask = \"what?\"\n",
    );
    let shown = answer(&landfall(&["check", &path, "--intent", "failover"]).code(3));
    insta::assert_snapshot!("unwise", shown);
}

#[test]
fn a_region_that_nobody_knows_blocks_and_the_nearest_is_named() {
    let check = |primary: &str, recovery: &str| {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("plan.toml");
        let text = format!(
            "[application]\nname = \"a\"\nprimary = \"{primary}\"\nrecovery = \"{recovery}\"\nrto = \"1h\"\nrpo = \"1m\"\n\
             [component.go]\nkind = \"manual\"\nask = \"go\"\n"
        );
        std::fs::write(&path, text).expect("written");
        let checked = landfall(&["check", &path.to_string_lossy(), "--json", "--intent", "failover"]);
        let lines = answer(&checked);
        let findings = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("an object"));
        findings.filter(|finding| finding["code"] == "region-known").collect::<Vec<_>>()
    };
    for known in ["us-gov-west-1", "cn-north-1", "ap-southeast-7", "mx-central-1"] {
        assert_eq!(check("us-east-1", known), [Value::Null; 0], "{known}");
    }
    for (wrong, meant) in [("eu-wset-1", "eu-west-1"), ("us-esat-2", "us-east-2"), ("eu-west-01", "eu-west-1")] {
        let found = check("us-east-1", wrong);
        assert_eq!(found.len(), 1, "{wrong}: {found:?}");
        assert_eq!((&found[0]["level"], &found[0]["weight"]), (&"failing".into(), &"blocks".into()));
        assert!(found[0]["fix"].as_str().is_some_and(|fix| fix.contains(meant)), "{wrong}: {found:?}");
    }
    let neither = check("nowhere", "mars-north-1");
    assert_eq!(neither.len(), 2);
    let ends =
        |finding: &Value| finding["fix"].as_str().is_some_and(|fix| fix.contains("to choose from; if it is newer"));
    assert!(neither.iter().any(ends), "{neither:?}");
}

#[test]
fn an_identifier_that_rds_refuses_is_a_mistake_of_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let long = "a".repeat(64);
    let path = plan(
        &folder,
        &format!("[component.db]\nkind = \"rds\"\nprimary = \"{long}\"\nrecovery = \"orders--replica\"\n"),
    );
    let refused = landfall(&["check", &path]).code(2);
    let told = String::from_utf8_lossy(&refused.get_output().stderr).replace('│', " ");
    // However its lines are broken.
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("2 mistakes") && told.contains("64 characters") && told.contains("two hyphens"), "{told}");
    assert!(told.contains("primary = ") && told.contains("recovery = "), "each with its line: {told}");
}

#[test]
fn a_reader_that_has_had_enough_is_no_error() {
    for arguments in [&["plan", REHEARSAL][..], &["check", REHEARSAL], &["init", "--schema"], &["man"]] {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("landfall"));
        let mut child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("ended");
        assert!(output.stderr.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!([Some(0), Some(3)].contains(&output.status.code()), "{arguments:?}: {:?}", output.status);
    }
}

#[test]
fn the_schema_knows_every_kind_and_every_key_of_the_starter() {
    let schema: Value = serde_json::from_str(&answer(&landfall(&["init", "--schema"]).success())).expect("JSON");
    let starter: toml::Table = include_str!("../src/plan/starter.toml").parse().expect("TOML");
    let rules = schema["properties"]["component"]["additionalProperties"]["allOf"].as_array().expect("kinds");
    for component in starter["component"].as_table().expect("components").values() {
        let component = component.as_table().expect("a table");
        let kind = component["kind"].as_str().expect("a kind");
        let rule = rules.iter().find(|rule| rule["if"]["properties"]["kind"]["const"] == kind).expect("its rule");
        for key in component.keys() {
            assert!(rule["then"]["properties"][key]["description"].is_string(), "{kind}.{key}");
        }
        assert_eq!(rule["then"]["additionalProperties"], false);
    }
}

#[test]
fn drift_since_a_snapshot_says_what_comes_of_it_and_never_takes_another_application_or_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let keep = |name: &str, snapshot: &landfall::snapshot::Snapshot| {
        let path = folder.path().join(name);
        std::fs::write(&path, snapshot.text()).expect("written");
        path.to_string_lossy().into_owned()
    };
    let plan = plan(&folder, "[component.look]\nkind = \"manual\"\nask = \"look\"\n");
    let (old, new) = (keep("old.json", &snapshot("200", false)), keep("new.json", &snapshot("500", false)));
    let drift = |from: &str, to: &str, more: &[&str]| {
        landfall(&[&["drift", &plan, "--since", from, "--snapshot", to][..], more].concat())
    };
    let told = answer(&drift(&old, &new, &[]).code(3));
    assert!(told.contains("going back to that snapshot sets Parameters.max_connections.Value 500 → 200"), "{told}");
    let line: Value = serde_json::from_str(&answer(&drift(&old, &new, &["--json"]).code(3))).expect("an object");
    assert_eq!((&line["drift"], &line["left"], &line["right"]), (&json!("changed"), &json!("200"), &json!("500")));
    drift(&new, &new, &[]).success();
    let rules = folder.path().join("rules");
    std::fs::write(&rules, "db-parameter-group/*\n").expect("written");
    drift(&old, &new, &["--ignore", &rules.to_string_lossy()]).success();
    // What was not read is not gone.
    let cut = landfall::snapshot::Snapshot { resources: Vec::new(), ..snapshot("200", true) };
    let told = answer(&drift(&old, &keep("cut.json", &cut), &[]).code(3));
    assert!(told.contains("unread") && !told.contains("missing"), "{told}");
    for (name, other) in [
        ("other.json", landfall::snapshot::Snapshot { application: "bank".into(), ..snapshot("500", false) }),
        ("far.json", landfall::snapshot::Snapshot { region: "eu-west-1".into(), ..snapshot("500", false) }),
        ("theirs.json", landfall::snapshot::Snapshot { account: "999999999999".into(), ..snapshot("500", false) }),
    ] {
        drift(&old, &keep(name, &other), &[]).code(2);
    }
    landfall(&["drift", &plan, "--since", &folder.path().join("none.json").to_string_lossy()]).code(2);
}

/// A snapshot of an application with one database, whose parameter is `value`.
fn snapshot(value: &str, gap: bool) -> landfall::snapshot::Snapshot {
    let gaps = if gap {
        json!([{ "ref": "iam-role/app", "operation": "GetRole", "error": "AccessDenied" }])
    } else {
        json!([])
    };
    let text = json!({
        "format": "landfall-snapshot", "version": 1, "application": "shop", "account": "123456789012", "partition": "aws",
        "region": "us-east-1", "complete": true, "gaps": gaps,
        "resources": [{
            "kind": "db-parameter-group", "id": "pg", "because": "tagged", "managed_by": "?", "needs": [],
            "config": { "Parameters": { "max_connections": { "Value": value } } },
        }],
    });
    landfall::snapshot::Snapshot::read(&text.to_string()).expect("a snapshot")
}

#[test]
fn snapshots_are_listed_shown_compared_and_verified_without_a_cloud() {
    let folder = tempfile::tempdir().expect("a folder");
    let keep = |second: u32, snapshot: &landfall::snapshot::Snapshot| {
        let at = format!("2026-11-27T23:00:{second:02}Z").parse().expect("a time");
        let path = folder.path().join(landfall::snapshot::store::name(snapshot, at));
        std::fs::write(&path, snapshot.text()).expect("written");
        path.to_string_lossy().into_owned()
    };
    let (old, new) = (keep(1, &snapshot("200", false)), keep(2, &snapshot("500", false)));
    let at = folder.path().to_string_lossy().into_owned();
    let listed = answer(&landfall(&["snapshot", "list", &at]).success());
    assert_eq!(listed.lines().count(), 2);
    assert!(listed.lines().next().is_some_and(|line| line.ends_with(&new)), "the newest first: {listed}");
    let shown = answer(&landfall(&["snapshot", "show", &at, "pg"]).success());
    assert!(shown.contains("\"500\""), "of a folder, the latest: {shown}");
    let differs = landfall(&["snapshot", "diff", &old, &new]).code(3);
    let told = answer(&differs);
    assert!(told.contains("changed     db-parameter-group/pg  Parameters.max_connections.Value"), "{told}");
    assert!(told.contains("would set Parameters.max_connections.Value 500 → 200"), "{told}");
    landfall(&["snapshot", "diff", &old, &old]).success();
    let rules = folder.path().join("rules");
    std::fs::write(&rules, "# autoscaled\ndb-parameter-group/* Parameters.max_*\n").expect("written");
    landfall(&["snapshot", "diff", &old, &new, "--ignore", &rules.to_string_lossy()]).success();
    landfall(&["snapshot", "verify", &at]).success();
    // What was changed by somebody, and what may stand in no snapshot, is told.
    let changed = std::fs::read_to_string(&new).expect("it is there").replace("\"500\"", "\"AKIAIOSFODNN7EXAMPLE\"");
    std::fs::write(&new, changed).expect("written");
    let wrong = answer(&landfall(&["snapshot", "verify", &at]).code(3));
    assert!(wrong.contains("its name says") && wrong.contains("an access key in line"), "{wrong}");
    assert!(!wrong.contains("AKIA"), "{wrong}");
    let consulted = landfall(&["snapshot", "diff", &old, &new]).code(3);
    let said = String::from_utf8_lossy(&consulted.get_output().stderr).into_owned();
    assert!(said.contains("is not what was captured: its name says"), "{said}");
    // What people call things is a part of its line, whatever is in it.
    let mut forged = snapshot("500", false);
    forged.resources[0].name = Some("pg\n- missing     vpc/all".to_owned());
    forged.resources[0].because = "x\nnot read  vpc/all".to_owned();
    let forged = keep(4, &forged);
    for told in [
        answer(&landfall(&["snapshot", "show", &forged]).success()),
        answer(&landfall(&["snapshot", "diff", &old, &forged]).code(3)),
    ] {
        assert!(told.contains("pg - missing     vpc/all"), "{told}");
        assert!(!told.lines().any(|line| line.starts_with("- missing") || line.starts_with("not read")), "{told}");
    }
    std::fs::remove_file(&forged).expect("removed");
    // Nor does another name hide a change: a file says its own hash. One of before there was any does not.
    let renamed = folder.path().join("mine.json");
    let text = snapshot("200", false).text();
    for (text, code, wanted) in [
        (text.clone(), 0, "whole"),
        (text.replace("\"200\"", "\"201\""), 3, "it says that its hash is"),
        (
            text.lines().filter(|line| !line.starts_with(" \"hash\"")).map(|line| format!("{line}\n")).collect(),
            3,
            "cannot be told",
        ),
    ] {
        std::fs::write(&renamed, text).expect("written");
        let told = answer(&landfall(&["snapshot", "verify", &renamed.to_string_lossy()]).code(code));
        assert!(told.contains(wanted), "{told}");
    }
    let cut = keep(3, &snapshot("500", true));
    let told = answer(&landfall(&["snapshot", "diff", &old, &cut]).code(3));
    assert!(told.contains("unread      iam-role/app"), "{told}");
    let policy: Value = serde_json::from_str(&answer(&landfall(&["capture", "--policy"]).success())).expect("a policy");
    assert!(
        policy["Statement"][0]["Action"].as_array().is_some_and(|actions| actions.contains(&json!("tag:GetResources")))
    );
}

#[test]
fn a_window_in_a_place_that_nobody_knows_is_found_before_its_timetable_comes() {
    let folder = tempfile::tempdir().expect("a folder");
    let found = |zone: &str| {
        let drills = format!("[drills]\nevery = \"90d\"\nwindow = \"Tue-Thu 10:00-16:00 {zone}\"\n");
        let path = plan(&folder, &format!("{drills}[component.go]\nkind = \"manual\"\nask = \"go\"\n"));
        let checked = landfall(&["check", &path, "--json"]);
        answer(&checked).contains("drills-zone")
    };
    assert!(found("Europe/Berlni") && !found("UTC"));
}
