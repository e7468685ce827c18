//! A run is found again without its path: listed, taken where it can be no other, and never one that somebody drives.

#[path = "support/talk.rs"]
mod talk;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use talk::Talk;

fn landfall(home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
    command.args(arguments).current_dir(home).env("HOME", home).env("NO_COLOR", "1").env_remove("XDG_STATE_HOME");
    command.stdin(std::process::Stdio::null()).output().expect("it runs")
}

/// What was said on standard error, wherever its lines are broken.
fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn runs(home: &Path) -> Vec<serde_json::Value> {
    let output = landfall(home, &["runs", "--json"]);
    assert!(output.status.success(), "{}", said(&output));
    let lines = String::from_utf8(output.stdout).expect("text");
    lines.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect()
}

fn text(value: &serde_json::Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

const QUICK: &[&str] = &["run", "--auto", "--time-scale", "100"];
const WHOLE: &[&str] = &["--confirm", "us-west-2", "--accept-loss", "it is gone", "--approve", "all"];
/// Started, and left at its first gate behind the points of no return.
const HALF: &[&str] = &["--confirm", "us-west-2", "--accept-loss", "it is gone"];

fn quick(home: &Path, more: &[&str], code: i32) {
    let output = landfall(home, &[QUICK, more].concat());
    assert_eq!(output.status.code(), Some(code), "{}", said(&output));
}

fn state_folder(home: &Path) -> PathBuf {
    home.join(".local/state/landfall/runs")
}

#[test]
fn runs_are_listed_newest_first_wherever_their_journals_are() {
    let home = tempfile::tempdir().expect("a folder");
    let empty = landfall(home.path(), &["runs"]);
    assert!(empty.status.success() && empty.stdout.is_empty());
    assert!(said(&empty).contains("no run is known on this machine"), "{}", said(&empty));
    quick(home.path(), WHOLE, 0);
    quick(home.path(), &["--journal", "it's elsewhere.jsonl"], 3);
    let found = runs(home.path());
    let states: Vec<String> = found.iter().map(|run| text(run, "state")).collect();
    assert_eq!(states[0], "not_started");
    assert!(states[1].starts_with("completed"), "{states:?}");
    // The one that ended is a past drill, by its journal alone: what is kept beside the folder only saves reading it again.
    let drills = || landfall(home.path(), &["drills", "--json"]).stdout;
    let told = drills();
    let one: serde_json::Value = serde_json::from_slice(&told).expect("one object");
    assert_eq!((&one["drill"], &one["count"], &one["application"]), (&true.into(), &1.into(), &"storefront".into()));
    let kept = state_folder(home.path()).with_file_name("history.jsonl");
    let lies = std::fs::read_to_string(&kept).expect("it is kept").replace("\"bytes\":", "\"bytes\":1");
    for damage in ["", "{", &lies] {
        std::fs::write(&kept, damage).expect("it is written");
        assert_eq!(drills(), told, "after {damage}");
    }
    std::fs::remove_file(&kept).expect("it is there");
    assert_eq!(drills(), told);
    let plan = include_str!("../src/cloud/sim/rehearsal/storefront.toml");
    let plan = format!("{plan}\n[drills]\nevery = \"90d\"\nscenario = \"clean\"\n");
    std::fs::write(home.path().join("plan.toml"), plan).expect("it is written");
    let overdue = landfall(home.path(), &["drills", "plan.toml", "--check"]);
    assert_eq!(overdue.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&overdue.stdout).contains("OVERDUE: never drilled"), "another scenario is none");
    for (wanted, has) in [("systemd", "OnCalendar=*-*-02 10:00"), ("cron", "0 10 2 * * flock")] {
        let timer = landfall(home.path(), &["drills", "timer", "plan.toml", "--for", wanted]);
        assert!(String::from_utf8_lossy(&timer.stdout).contains(has), "{}", said(&timer));
    }
    assert!(text(&found[0], "journal").ends_with("/it's elsewhere.jsonl"), "{}", found[0]);
    assert!(text(&found[1], "journal").contains("/.local/state/landfall/runs/storefront-"), "{}", found[1]);
    assert!(
        found.iter().all(|run| run["drill"] == true && run["driven"] == false && run["application"] == "storefront")
    );
    let listed = landfall(home.path(), &["runs"]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.contains("DRILL failover us-east-1 → us-west-2, storefront: not started"), "{listed}");
    assert!(listed.contains("nobody drives it"), "{listed}");
    std::fs::remove_file(home.path().join("it's elsewhere.jsonl")).expect("it is removed");
    assert_eq!(runs(home.path()).len(), 1, "what is gone is not listed");
}

/// What a timer runs: within its window a drill that is journaled as any, and outside of it a refusal.
#[test]
fn a_scheduled_drill_keeps_to_its_window_and_counts() {
    let home = tempfile::tempdir().expect("a folder");
    let write = |window: &str| {
        let plan = include_str!("../src/cloud/sim/rehearsal/storefront.toml");
        let plan = format!("{plan}\n[drills]\nevery = \"90d\"\nscenario = \"clean\"\nwindow = \"{window}\"\n");
        std::fs::write(home.path().join("plan.toml"), plan).expect("it is written");
    };
    let scheduled = |more: &[&str]| {
        let words = ["drill", "--scheduled", "plan.toml", "--time-scale", "200"];
        landfall(home.path(), &[&words[..], more].concat())
    };
    // Hours away from now, by a clock that is told nowhere else.
    let hour = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).hour();
    let at = |ahead: i8| format!("{:02}:00", (hour + ahead) % 24);
    write(&format!("{}-{} UTC", at(8), at(16)));
    let refused = scheduled(WHOLE);
    assert_eq!(refused.status.code(), Some(3), "{}", said(&refused));
    assert!(said(&refused).contains("not now: it is"), "{}", said(&refused));
    assert!(runs(home.path()).is_empty(), "nothing was begun");
    write(&format!("{}-{} UTC", at(23), at(3)));
    let unanswered = scheduled(&[]);
    assert_eq!(unanswered.status.code(), Some(3), "{}", said(&unanswered));
    let done = scheduled(&[WHOLE, &["--json"]].concat());
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    assert!(String::from_utf8_lossy(&done.stdout).lines().all(|line| line.starts_with('{')));
    let counted = landfall(home.path(), &["drills", "plan.toml", "--check"]);
    assert!(String::from_utf8_lossy(&counted.stdout).contains("next due"), "{}", said(&counted));
    let console = landfall(home.path(), &["drill", "clean", "--confirm", "us-west-2"]);
    assert!(said(&console).contains("answers are given beforehand with --scheduled"), "{}", said(&console));
}

/// Each of them is what its reader takes, where that is on the machine.
#[test]
fn what_a_timer_prints_is_taken_by_who_reads_it() {
    let home = tempfile::tempdir().expect("a folder");
    let plan = include_str!("../src/cloud/sim/rehearsal/storefront.toml");
    let plan = format!("{plan}\n[drills]\nevery = \"90d\"\nwindow = \"Tue-Thu 10:00-16:00 Europe/Berlin\"\n");
    std::fs::write(home.path().join("50% plan.toml"), plan).expect("it is written");
    let timer = |wanted: &str| {
        let told = landfall(home.path(), &["drills", "timer", "50% plan.toml", "--for", wanted]);
        assert!(told.status.success(), "{}", said(&told));
        String::from_utf8(told.stdout).expect("text")
    };
    let units = timer("systemd");
    assert!(units.contains("OnCalendar=Tue *-*-01..07 10:00 Europe/Berlin\n"), "{units}");
    let (service, clock) = units.split_once("# /etc/systemd/system/landfall-drill-storefront.timer\n").expect("both");
    for (name, unit) in [("service", service), ("timer", clock)] {
        std::fs::write(home.path().join(format!("landfall-drill-storefront.{name}")), unit).expect("it is written");
    }
    let verify = |arguments: &[&str]| {
        let mut command = Command::new("systemd-analyze");
        command.args(arguments).current_dir(home.path()).output()
    };
    match verify(&["calendar", "Tue *-*-01..07 10:00 Europe/Berlin"]) {
        Ok(calendar) => {
            assert!(calendar.status.success(), "{}", said(&calendar));
            let both = ["landfall-drill-storefront.service", "landfall-drill-storefront.timer"]
                .map(|unit| format!("./{unit}"));
            let verified = verify(&["verify", "--man=no", &both[0], &both[1]]).expect("it ran before");
            let told = said(&verified);
            assert!(!told.contains("landfall-drill-storefront"), "{told}");
        }
        Err(_) => eprintln!("NOT CHECKED: systemd-analyze is not on this machine"),
    }
    let line = timer("cron");
    let line = line.lines().last().expect("a line");
    assert!(line.starts_with("0 10 1-7 * * [ \"$(TZ=Europe/Berlin date +\\%u)\" = 2 ] && flock -n "), "{line}");
    assert!(line.contains("drill --scheduled") && line.contains("50\\% plan.toml"), "{line}");
    // What cron hands on has no backslash before the per cent, and is a command.
    let syntax = Command::new("sh").args(["-n", "-c", &line["0 10 1-7 * * ".len()..].replace("\\%", "%")]).output();
    assert!(syntax.expect("a shell").status.success(), "{line}");
    let told = timer("eventbridge");
    let of = |name: &str| -> serde_json::Value {
        let (_, text) = told.split_once(&format!("# {name}: ")).expect("its file");
        let (_, text) = text.split_once('\n').expect("its text");
        let text = text.split("\n#").next().expect("up to the next");
        serde_json::from_str(text).expect("JSON")
    };
    let schedule = of("schedule.json");
    assert_eq!(schedule["ScheduleExpression"], "cron(0 10 ? * TUE#1 *)");
    assert_eq!(schedule["ScheduleExpressionTimezone"], "Europe/Berlin");
    let input = schedule["Target"]["Input"].as_str().expect("text");
    let input: serde_json::Value = serde_json::from_str(input).expect("JSON");
    let command: Vec<&str> = input["containerOverrides"][0]["command"]
        .as_array()
        .expect("words")
        .iter()
        .filter_map(|word| word.as_str())
        .collect();
    assert_eq!(command[..4], ["landfall", "drill", "--scheduled", "50% plan.toml"]);
    assert_eq!(of("trust.json")["Statement"]["Principal"]["Service"], "scheduler.amazonaws.com");
    assert_eq!(of("may.json")["Statement"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_listing_writes_nothing_and_takes_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let mut talk = Talk::with(home.path(), &["open", "--cloud", "sim", "--plain", "--time-scale", "60"]);
    talk.until("nothing was started");
    let found = runs(home.path());
    assert_eq!((found.len(), text(&found[0], "state")), (1, "not_started".to_owned()));
    assert_eq!(found[0]["driven"], true);
    assert_eq!(found[0]["driver"]["pid"], talk.pid());
    talk.types("auto");
    talk.until("type us-west-2 to start");
    talk.types("us-west-2");
    talk.until("type us-west-2 to cross");
    let found = runs(home.path());
    assert_eq!(text(&found[0], "state"), "needs_you", "{}", found[0]);
    assert!(text(&found[0], "asks").contains("point of no return"), "{}", found[0]);
    // The session has its run still.
    talk.types("note still here");
    talk.until("“still here”");
    talk.kill();
    let found = runs(home.path());
    assert_eq!(
        (text(&found[0], "state"), &found[0]["driven"]),
        ("broke_off".to_owned(), &false.into()),
        "{}",
        found[0]
    );
}

#[test]
fn foreign_damaged_endless_and_many_files_stop_no_listing() {
    let home = tempfile::tempdir().expect("a folder");
    quick(home.path(), WHOLE, 0);
    let folder = state_folder(home.path());
    let journal = PathBuf::from(text(&runs(home.path())[0], "journal"));
    std::fs::write(folder.join("noise.jsonl"), [0xff; 4096]).expect("it is written");
    std::fs::write(folder.join("empty.jsonl"), "").expect("it is written");
    std::fs::write(folder.join("torn.jsonl"), "{\"seq\":0,\"at\":").expect("it is written");
    std::fs::write(folder.join("notes.txt"), "buy milk").expect("it is written");
    std::fs::create_dir(folder.join("folder.jsonl")).expect("a folder");
    std::os::unix::fs::symlink("/dev/zero", folder.join("endless.jsonl")).expect("a link");
    std::os::unix::fs::symlink("/nowhere", folder.join("nowhere.jsonl")).expect("a link");
    std::os::unix::fs::symlink(&journal, folder.join("again.jsonl")).expect("a link");
    assert!(Command::new("mkfifo").arg(folder.join("pipe.jsonl")).status().expect("mkfifo").success());
    let huge = std::fs::File::create(folder.join("huge.jsonl")).expect("a file");
    huge.set_len(1 << 40).expect("a terabyte of nothing");
    for nth in 0..2000 {
        std::fs::write(folder.join(format!("other-{nth}.jsonl")), "{}\n").expect("it is written");
    }
    std::fs::write(folder.with_file_name("elsewhere"), b"\"run.jsonl\"\nrm -rf\n\xff\n\"/dev/zero\"\n")
        .expect("it is written");
    let began = std::time::Instant::now();
    let output = landfall(home.path(), &["runs"]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(listed.matches(".jsonl").count(), 1, "one run, by one name: {listed}");
    assert!(said(&output).contains("it is no journal of Landfall"), "{}", said(&output));
    assert!(said(&output).contains("more files are left out"), "{}", said(&output));
}

#[test]
fn resume_takes_the_only_one_that_is_left_and_never_one_that_is_driven() {
    let home = tempfile::tempdir().expect("a folder");
    let nothing = landfall(home.path(), &["resume", "--auto"]);
    assert_eq!(nothing.status.code(), Some(3));
    assert!(said(&nothing).contains("there is nothing to resume"), "{}", said(&nothing));
    quick(home.path(), HALF, 3);
    // Only opened: nobody means it where another was begun.
    quick(home.path(), &[], 3);
    let mut driven = Talk::with(home.path(), &["open", "--cloud", "sim", "--plain", "--time-scale", "60"]);
    driven.until("nothing was started");
    let resumed = landfall(home.path(), &[&["resume", "--auto"], WHOLE].concat());
    assert!(said(&resumed).contains("landfall: takes the only run it can be: DRILL failover"), "{}", said(&resumed));
    assert_eq!(resumed.status.code(), Some(0), "{}", said(&resumed));
    // The one that was only opened is left; the driven one is not taken.
    let id = text(
        &runs(home.path()).into_iter().find(|run| run["driven"] == false && run["state"] == "not_started").expect("it"),
        "run",
    );
    let resumed = landfall(home.path(), &["resume", "--auto"]);
    assert!(said(&resumed).contains(&id), "{}", said(&resumed));
    driven.types("quit");
    driven.until("type y to leave");
    driven.types("y");
    driven.ends();
}

#[test]
fn where_several_could_be_meant_each_is_listed_with_what_to_type() {
    let home = tempfile::tempdir().expect("a folder");
    quick(home.path(), HALF, 3);
    quick(home.path(), &[HALF, &["--journal", "a b.jsonl"]].concat(), 3);
    for command in ["resume", "rollback", "watch"] {
        let refused = landfall(home.path(), &[command]);
        assert_eq!(refused.status.code(), Some(2), "{command}: {}", said(&refused));
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        let typed =
            format!("    landfall {command} '{}/a b.jsonl'\n", home.path().canonicalize().expect("it is").display());
        assert!(told.contains(&typed), "{typed}\n{told}");
        assert_eq!(told.matches(&format!("    landfall {command} ")).count(), 2, "{told}");
    }
    // By the beginning of its id, or by its last part.
    let id = text(&runs(home.path())[0], "run");
    for named in [id.as_str(), id.rsplit('-').next().expect("a part")] {
        let report = landfall(home.path(), &["report", named]);
        assert!(report.status.success(), "{named}: {}", said(&report));
    }
    let refused = landfall(home.path(), &["report", "storefront"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("storefront could be any of 2 runs"), "{}", said(&refused));
    let none = landfall(home.path(), &["report", "no-such-run"]);
    assert!(said(&none).contains("there is no journal no-such-run"), "{}", said(&none));
}

#[test]
fn a_report_is_of_the_newest_run_that_is_over() {
    let home = tempfile::tempdir().expect("a folder");
    quick(home.path(), WHOLE, 0);
    let over = text(&runs(home.path())[0], "journal");
    quick(home.path(), HALF, 3);
    let report = landfall(home.path(), &["report"]);
    assert!(report.status.success());
    assert!(said(&report).contains("landfall: takes the only run it can be"), "{}", said(&report));
    assert!(said(&report).contains(&over), "{}", said(&report));
    assert!(String::from_utf8_lossy(&report.stdout).starts_with("# storefront"));
}

#[test]
fn a_watcher_sees_at_once_that_the_driver_is_dead() {
    let home = tempfile::tempdir().expect("a folder");
    let mut driver = Talk::with(home.path(), &["open", "--cloud", "sim", "--plain"]);
    driver.until("nothing was started");
    let mut watcher = Talk::with(home.path(), &["watch", "--plain"]);
    watcher.until("takes the only run it can be");
    watcher.until("[ WATCH of DRILL");
    driver.kill();
    let began = std::time::Instant::now();
    watcher.until("nobody commands");
    watcher.until("BROKE OFF");
    assert!(began.elapsed().as_secs() < 20, "not only after a minute of silence: {:?}", began.elapsed());
}

#[test]
fn a_failed_run_says_at_its_end_what_failed_and_what_to_type() {
    let home = tempfile::tempdir().expect("a folder");
    let output =
        landfall(home.path(), &[QUICK, &["--scenario", "failing-step", "--journal", "run.jsonl"], WHOLE].concat());
    assert_eq!(output.status.code(), Some(4));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let last: Vec<&str> = told.lines().rev().take(2).collect();
    assert!(
        last[1].contains("FAILED scale payments to 2 (payments/scale): ") && last[1].contains("CARD_PROCESSOR_KEY"),
        "{told}"
    );
    assert!(last[0].contains("landfall resume run.jsonl") && last[0].contains("landfall rollback run.jsonl"), "{told}");
}

#[test]
fn a_run_that_was_never_started_is_not_left_at_a_gate() {
    let home = tempfile::tempdir().expect("a folder");
    let output = landfall(home.path(), &[QUICK, &["--journal", "run.jsonl"]].concat());
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &said(&output);
    assert!(told.contains("left before its start") && !told.contains("at a gate"), "{told}");
    let unknown = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = unknown.lines().find(|line| line.contains("ecs-old-service")).expect("it is told");
    assert_eq!(line.matches("catalog, ").count() + line.matches("catalog found").count(), 1, "once: {line}");
}
