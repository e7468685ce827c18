//! A drill in a real pty, and a facilitator beside it: by the menu, and from a second terminal.

#[path = "support/shell.rs"]
mod shell;

use assert_cmd::Command;
use shell::Shell;

fn facilitate(shell: &Shell, more: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("landfall").expect("the program");
    command.args(["drill", "--by", "eve", "--facilitate"]).arg(shell.path("run.jsonl")).args(more).assert()
}

fn said(assert: assert_cmd::assert::Assert) -> String {
    let output = assert.get_output();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn drill(shell: &mut Shell, more: &str) {
    let program = env!("CARGO_BIN_EXE_landfall");
    shell.keys(&format!("{program} drill clean --journal run.jsonl --by ana {more}\r"));
    shell.wait("Components");
}

#[test]
fn faults_come_by_the_menu_and_from_a_second_terminal() {
    let mut shell = Shell::open();
    drill(&mut shell, "");
    shell.keys("F");
    shell.wait("Let go wrong");
    shell.keys("\r");
    shell.wait("region us-west-2 goes dark");
    shell.keys("j\r");
    shell.wait("From now on");
    shell.keys("y");
    shell.wait("facilitator ana: region us-west-2 goes dark");

    let told = said(facilitate(&shell, &["--end", "region-dark=us-west-2"]).success());
    assert!(told.contains("facilitator eve: region us-west-2 is light again"), "{told}");
    shell.wait("facilitator eve: region us-west-2 is light again");
    let listed = said(facilitate(&shell, &[]).success());
    assert!(listed.contains("control-plane-dark=us-east-1"), "{listed}");
    let refused = said(facilitate(&shell, &["--inject", "tasks-crash=orders-db"]).code(2));
    assert!(refused.contains("tasks-crash fits: catalog, api"), "{refused}");
    shell.keys("qy");
    shell.wait("go on with: landfall resume");
    let left = said(facilitate(&shell, &["--inject", "tasks-crash=api"]).code(3));
    assert!(left.contains("no session drives this drill"), "{left}");
}

#[test]
fn a_drill_of_surprises_tells_its_commander_nothing() {
    let mut shell = Shell::open();
    drill(&mut shell, "--surprise");
    let told = said(facilitate(&shell, &["--inject", "tasks-crash=api"]).success());
    assert!(told.contains("facilitator eve: the tasks of api crash"), "{told}");
    shell.keys("n");
    shell.wait("note");
    shell.keys("later than the fault\r");
    shell.wait("“later than the fault”");
    assert!(!shell.text().contains("tasks of api crash"), "{}", shell.text());
    shell.keys("qy");
    shell.wait("go on with: landfall resume");
}

#[test]
fn the_embedded_drills_are_listed() {
    let listed = Command::cargo_bin("landfall").expect("the program").args(["drill"]).assert().success();
    let text = said(listed);
    for name in ["region-down", "failing-step", "clean", "switchover"] {
        assert!(text.contains(name), "{text}");
    }
    let objects = Command::cargo_bin("landfall").expect("the program").args(["drill", "--json"]).assert().success();
    for line in String::from_utf8_lossy(&objects.get_output().stdout).lines() {
        let object: serde_json::Value = serde_json::from_str(line).expect("one object a line");
        assert!(object["expected_seconds"].as_f64().expect("a number") > 60.0, "{line}");
    }
}

#[test]
fn a_scenario_that_does_not_fit_the_plan_leaves_no_journal() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("run.jsonl");
    let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/plans/twelve.toml");
    let mut command = Command::cargo_bin("landfall").expect("the program");
    let refused = command.args(["drill", "failing-step", "--plan", plan, "--journal"]).arg(&journal).assert().code(2);
    let text = said(refused);
    assert!(text.contains("the fault"), "{text}");
    assert!(!journal.exists());
}
