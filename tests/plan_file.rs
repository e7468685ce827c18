//! What a broken plan gets to read, from the real binary: one file a kind of mistake, and noise.

use assert_cmd::Command;
use landfall::plan::{Kinds, Takes, file};
use landfall::service::Registry;
use std::path::Path;
use std::time::{Duration, Instant};

fn check(file: &str, bytes: Option<&[u8]>) -> assert_cmd::assert::Assert {
    let folder = tempfile::tempdir().expect("a folder");
    let path = match bytes {
        Some(bytes) => {
            std::fs::write(folder.path().join(file), bytes).expect("written");
            folder.path().to_owned()
        }
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans/broken"),
    };
    let mut command = Command::cargo_bin("landfall").expect("the binary");
    command.current_dir(path).env("NO_COLOR", "1").env("COLUMNS", "80").args(["check", file]).assert()
}

fn said(assert: &assert_cmd::assert::Assert) -> String {
    String::from_utf8_lossy(&assert.get_output().stderr).into_owned()
}

#[test]
fn every_kind_of_mistake_shows_its_place_and_what_would_mend_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans/broken");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("the broken plans")
        .map(|entry| entry.expect("a readable folder").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert!(names.len() >= 22, "the broken plans are there: {names:?}");
    for name in names {
        let assert = check(&name, None).code(2).stdout("");
        insta::assert_snapshot!(name.trim_end_matches(".toml").to_owned(), said(&assert));
    }
}

/// Noise without end and without `rand`: the same every time.
fn noise(alphabet: &[u8]) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        alphabet[(state >> 33) as usize % alphabet.len()]
    };
    std::iter::repeat_with(next).take(5_000_000).collect()
}

#[test]
fn five_megabytes_of_noise_are_refused_at_once_and_in_few_words() {
    let everything: Vec<u8> = (0..=255).collect();
    let printable: Vec<u8> = (b' '..=b'~').collect();
    let lines: Vec<u8> = (b' '..=b'~').chain([b'\n'; 4]).collect();
    let endless = "component.".repeat(500_000).into_bytes();
    let many: String = (0..100_000).map(|n| format!("[component.c{n}]\nkind = \"x\"\nneeds = [\"d{n}\"]\n")).collect();
    let kinds = [
        ("bytes", noise(&everything)),
        ("one-line", noise(&printable)),
        ("lines", noise(&lines)),
        ("almost", noise(b"ab =\n[]\".")),
        ("brackets", vec![b'['; 5_000_000]),
        ("endless-key", endless),
        ("many-components", many.into_bytes()),
    ];
    for (name, bytes) in kinds {
        let begun = Instant::now();
        let assert = check(&format!("{name}.toml"), Some(&bytes)).code(2);
        let (took, said) = (begun.elapsed(), said(&assert));
        assert!(took < Duration::from_secs(20), "{name}: {took:?}");
        assert!(said.len() < 20_000 && said.lines().count() < 300, "{name}: {} bytes said", said.len());
        assert!(said.contains("is not a valid plan") || said.contains("UTF-8"), "{name}: {said}");
    }
}

#[test]
fn nothing_in_a_plan_reaches_the_terminal_as_a_command() {
    let plan = "[application]\nname = \"\u{9b}2J\"\nrto = \"\u{202e}\u{1b}[31m\"\n\"ke\u{200b}y\" = 1\n[component.\"\u{9b}2J\"]\n";
    let assert = check("evil.toml", Some(plan.as_bytes())).code(2);
    let said = said(&assert);
    let acts = |c: char| (c.is_control() && c != '\n') || ['\u{202e}', '\u{200b}'].contains(&c);
    assert!(said.contains("mistakes") && !said.contains(acts), "{said:?}");
}

#[test]
fn mistakes_are_findings_too_for_who_reads_json() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans/broken");
    let mut command = Command::cargo_bin("landfall").expect("the binary");
    let assert = command.current_dir(folder).args(["check", "--json", "bad-duration.toml"]).assert().code(2);
    let lines: Vec<serde_json::Value> = String::from_utf8_lossy(&assert.get_output().stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object a line"))
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["code"], "plan-mistake");
    assert_eq!(lines[0]["source"], "bad-duration.toml:5:7");
    assert_eq!(lines[1]["source"], "bad-duration.toml:6:7");
}

#[test]
fn a_plan_that_is_not_there_is_named() {
    let assert = check("none.toml", None).code(2).stdout("");
    assert!(said(&assert).contains("none.toml"));
}

/// A plan with one component of `kind` that says `line`.
fn plan_with(kind: &str, line: &str) -> String {
    let application = "[application]\nname = \"a\"\nprimary = \"eu-west-1\"\nrecovery = \"eu-central-1\"\n";
    format!("{application}[component.it]\nkind = \"{kind}\"\n{line}\n")
}

/// The mistakes of the last line, which is the seventh.
fn mistakes_of(plan: &str) -> Vec<String> {
    let read = file::read("plan.toml", plan.as_bytes(), &Registry);
    let Err(errors) = read else { return Vec::new() };
    errors.errors.iter().filter(|error| error.excerpt.line == 7).map(|error| error.message.clone()).collect()
}

#[test]
fn a_number_is_taken_up_to_what_it_can_mean_and_not_one_further() {
    let mut seen = 0;
    for kind in Registry.names() {
        for field in Registry.find(kind).expect("a kind").fields() {
            let Some((least, most)) = field.takes.bounds() else { continue };
            seen += 1;
            let write = |number: i128| match field.takes {
                Takes::CountTable | Takes::TableWithin(..) => format!("{} = {{ blue = {number} }}", field.name),
                _ => format!("{} = {number}", field.name),
            };
            let refused = |number: i128| {
                let wanted = format!("from {least} to {most}, not {number}");
                mistakes_of(&plan_with(kind, &write(number))).iter().any(|mistake| mistake.contains(&wanted))
            };
            let (least, most) = (i128::from(least), i128::from(most));
            for number in [least - 1, most + 1, i128::from(u64::MAX), i128::from(u64::MAX) + 1, i128::from(i64::MIN)] {
                assert!(refused(number), "{kind}: {}", write(number));
            }
            for number in [least, most, (least + most) / 2] {
                assert!(!refused(number), "{kind}: {}", write(number));
            }
        }
    }
    assert!(seen >= 10, "{seen} fields take numbers");
}

#[test]
fn a_time_is_taken_up_to_thirty_days() {
    for key in ["timeout", "rto", "rpo"] {
        assert!(mistakes_of(&plan_with("manual", &format!("{key} = \"720h\""))).is_empty());
        for text in ["720h1s", "99999999999h", "2592000001ms"] {
            let mistakes = mistakes_of(&plan_with("manual", &format!("{key} = \"{text}\"")));
            assert!(mistakes.iter().any(|mistake| mistake.contains("longer than 720h")), "{key} {text}: {mistakes:?}");
        }
    }
}
