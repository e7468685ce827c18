//! The commands that only look at a journal: what stands in their way is said, and nothing of a journal is lost to them.

use assert_cmd::Command;
use std::path::{Path, PathBuf};

fn landfall(folder: &Path, arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
    command.args(arguments).current_dir(folder).env("HOME", folder).env("NO_COLOR", "1").assert()
}

fn told(assert: &assert_cmd::assert::Assert) -> String {
    // Messages are wrapped: their words are what counts.
    String::from_utf8_lossy(&assert.get_output().stderr).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn recording() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/failed-step-rolled-back.jsonl")
}

#[test]
fn an_export_never_writes_over_a_recording() {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("run.jsonl");
    std::fs::copy(recording(), &copy).expect("a copy");
    let before = std::fs::read(&copy).expect("it reads");
    let other = recording().display().to_string();
    for more in [
        &["--export-svg", "./run.jsonl"][..],
        &["--export-cast", "run.jsonl"],
        &["--export-svg", &other, "--compare", &other],
    ] {
        let refused = landfall(folder.path(), &[&["replay", "run.jsonl"], more].concat()).code(2);
        // Wherever the line is broken.
        let words = told(&refused).replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("a journal is never written over"), "{words}");
        assert_eq!(std::fs::read(&copy).expect("it reads"), before);
    }
}

#[test]
fn what_is_not_there_and_what_is_no_journal_are_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("notes.txt"), "buy milk\n").expect("it is written");
    for command in ["watch", "replay", "report"] {
        let missing = landfall(folder.path(), &[command, "nowhere.jsonl"]).code(2);
        assert!(told(&missing).contains("there is no journal nowhere.jsonl"), "{}", told(&missing));
        let other = landfall(folder.path(), &[command, "notes.txt"]).code(2);
        assert!(told(&other).contains("notes.txt is no journal of Landfall"), "{}", told(&other));
    }
}

#[test]
fn a_speed_or_a_size_that_is_none_is_refused() {
    let path = recording().display().to_string();
    let folder = tempfile::tempdir().expect("a folder");
    for (more, wanted) in [
        (&["--speed", "0"][..], "is no speed"),
        (&["--speed", "nan"], "is no speed"),
        (&["--at", "soon"], "--at"),
        (&["--at", "12:3"], "such as 90s or 12m3s, or as a screen does, such as 1:30 or T+1:07:42, or `end`"),
        (&["--size", "1x1", "--export-svg", "x.svg"], "expected columns and rows such as 120x36"),
    ] {
        let refused = landfall(folder.path(), &[&["replay", path.as_str()], more].concat()).code(2);
        assert!(told(&refused).contains(wanted), "{more:?}: {}", told(&refused));
    }
}

#[test]
fn a_picture_and_a_cast_need_no_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = recording().display().to_string();
    landfall(folder.path(), &["replay", &path, "--at", "99h", "--keys", "6", "--export-svg", "end.svg"]).success();
    let picture = std::fs::read_to_string(folder.path().join("end.svg")).expect("a picture");
    assert!(picture.contains("ROLLED BACK") && picture.contains("Timeline"), "the end, on the screen asked for");
    landfall(folder.path(), &["replay", &path, "--speed", "300", "--size", "80x24", "--export-cast", "run.cast"])
        .success();
    let cast = std::fs::read_to_string(folder.path().join("run.cast")).expect("a cast");
    assert!(cast.starts_with("{\"version\":2") && cast.lines().count() > 10, "{}", cast.lines().count());
}
