//! Who may know whom: each floor imports only what lies below it, and the pure ones nothing of the world outside.

#[path = "support/imports.rs"]
mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The floors, lowest first, and those of the house that each may import.
const FLOORS: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("seal", &["text"]),
    ("snapshot", &["text", "seal"]),
    ("inventory", &["text", "seal", "snapshot"]),
    ("terraform", &["snapshot"]),
    ("plan", &["text", "seal"]),
    ("service", &["text", "snapshot", "seal", "plan"]),
    ("import", &["text", "seal", "terraform", "plan", "service"]),
    ("recovery", &["text", "seal", "plan", "service"]),
    ("files", &[]),
    ("cloud", &["text", "files", "seal", "snapshot", "inventory", "plan", "service"]),
    ("engine", &["text", "files", "seal", "plan", "service", "recovery", "cloud"]),
    ("report", &["text", "plan", "service", "recovery", "engine"]),
    ("console", &["text", "snapshot", "terraform", "plan", "service", "recovery", "cloud", "engine"]),
    (
        "cli",
        &[
            "text",
            "files",
            "seal",
            "snapshot",
            "inventory",
            "terraform",
            "plan",
            "service",
            "import",
            "recovery",
            "cloud",
            "engine",
            "report",
            "console",
        ],
    ),
];

/// What the pure floors must not name: anything that waits, sends, reads, tells the time or draws.
const OUTSIDE: &[&str] = &[
    "tokio",
    "ratatui",
    "crossterm",
    "aws_config::",
    "aws_credential_types",
    "aws_runtime",
    "aws_sdk_",
    "aws_sigv4",
    "aws_smithy_",
    "aws_types::",
    "reqwest",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "SystemTime",
    "Timestamp::now",
    "Zoned::now",
    "std::env",
    "rand::",
    "println!",
    "eprintln!",
];

const PURE: &[&str] = &["text", "seal", "snapshot", "inventory", "terraform", "plan", "service", "import", "recovery"];

fn files(floor: &str) -> Vec<PathBuf> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let file = src.join(format!("{floor}.rs"));
    if file.exists() {
        found.push(file);
    }
    let mut folders = vec![src.join(floor)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found
}

/// The lines of code of a file that ships: no comments, and nothing behind `#[cfg(test)]`.
fn code(path: &Path) -> Vec<(usize, String)> {
    let text = std::fs::read_to_string(path).expect("a readable file");
    let shipped = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    shipped
        .lines()
        .enumerate()
        .map(|(number, line)| (number + 1, line.split("//").next().unwrap_or_default().to_owned()))
        .collect()
}

fn is_test_only(path: &Path) -> bool {
    let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let in_tests = path.parent().is_some_and(|folder| folder.ends_with("tests"));
    in_tests || name == "tests" || name.ends_with("_tests") || name == "properties" || name == "scene"
}

/// The text of [`code`].
fn shipped(path: &Path) -> String {
    code(path).into_iter().map(|(_, line)| line + "\n").collect()
}

#[test]
fn every_module_of_the_crate_is_a_floor() {
    let lib = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("lib.rs");
    let modules =
        lib.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'));
    let floors = FLOORS.iter().map(|(floor, _)| *floor);
    assert_eq!(modules.collect::<BTreeSet<_>>(), floors.collect::<BTreeSet<_>>());
}

#[test]
fn imports_are_seen_however_they_are_written() {
    let own: Vec<String> = ["cloud", "aws", "rds"].map(String::from).into();
    let code = "use crate::{plan::{Region, Side}, text};\nuse super::{audit::Audit, trouble};\nlet x = crate::engine::run(super::desk::Eye);";
    let told: Vec<String> = imports::named(code, &own).into_iter().map(|path| path.join("::")).collect();
    assert_eq!(
        told,
        [
            "plan::Region",
            "plan::Side",
            "text",
            "cloud::aws::audit::Audit",
            "cloud::aws::trouble",
            "engine::run",
            "cloud::aws::desk::Eye"
        ]
    );
}

#[test]
fn a_floor_imports_only_what_lies_below_it() {
    let mut wrong = Vec::new();
    for (floor, below) in FLOORS {
        let found = files(floor);
        assert!(!found.is_empty(), "the floor {floor} is there");
        // Tests are not shipped: what they test may be of two floors.
        for path in found.into_iter().filter(|path| !is_test_only(path)) {
            for named in imports::named(&shipped(&path), &imports::module_of(&path)) {
                let other = named.first().map_or("", String::as_str);
                let is_floor = FLOORS.iter().any(|(name, _)| *name == other);
                if is_floor && other != *floor && !below.contains(&other) {
                    wrong.push(format!("{}: {floor} must not know {}", path.display(), named.join("::")));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Who knows whom among the rooms of a folder: its files and the folders in it, each with all that is inside.
fn rooms(folder: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in files(&folder.join("/")).into_iter().filter(|path| !is_test_only(path)) {
        let own = imports::module_of(&path);
        let Some(room) = own.get(folder.len()) else { continue };
        let others = known.entry(room.clone()).or_default();
        for named in imports::named(&shipped(&path), &own) {
            let inside = named.iter().map(String::as_str).take(folder.len()).eq(folder.iter().copied());
            if let Some(other) = named.get(folder.len()).filter(|other| inside && *other != room) {
                others.insert(other.clone());
            }
        }
    }
    known
}

#[test]
fn no_circle_is_among_the_rooms_of_aws() {
    let mut known = rooms(&["cloud", "aws"]);
    assert!(known["rds"].contains("desk") && known["observer"].contains("rds"), "it sees who knows whom: {known:?}");
    // Who knows nobody that is left is taken away; what cannot be is a circle.
    loop {
        let there: BTreeSet<String> = known.keys().cloned().collect();
        let free: Vec<String> =
            known.iter().filter(|(_, others)| others.is_disjoint(&there)).map(|(room, _)| room.clone()).collect();
        if free.is_empty() {
            break;
        }
        known.retain(|room, _| !free.contains(room));
    }
    assert!(known.is_empty(), "these rooms of cloud/aws know each other in a circle: {known:?}");
}

#[test]
fn the_pure_floors_name_nothing_of_the_world_outside() {
    let mut wrong = Vec::new();
    for floor in PURE {
        for path in files(floor).into_iter().filter(|path| !is_test_only(path)) {
            for (number, line) in code(&path) {
                for name in OUTSIDE.iter().filter(|name| line.contains(**name)) {
                    wrong.push(format!("{}:{number}: a pure floor names {name}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_fold_changes_the_state() {
    let allowed = ["src/recovery/fold.rs", "src/recovery/state.rs"];
    for path in files("recovery").into_iter().chain(files("engine")).chain(files("console")) {
        if allowed.iter().any(|name| path.ends_with(name)) || is_test_only(&path) {
            continue;
        }
        for (number, line) in code(&path) {
            let assigns = [".status = ", ".steps[place] = ", "state.mode = ", "state.ended = ", "state.rollback = "];
            let found = assigns.iter().find(|assign| line.contains(**assign));
            assert_eq!(found, None, "{}:{number}: outside the fold", path.display());
        }
    }
}

#[test]
fn who_only_looks_holds_nothing_to_act_with() {
    for path in files("console") {
        for (number, line) in code(&path) {
            for name in ["Perform", "AwsActor", "cloud::aws", "Journal::"] {
                assert!(!line.contains(name), "{}:{number}: the console names {name}", path.display());
            }
        }
    }
}

#[test]
fn text_leaves_by_one_way_only() {
    // The console draws; the clipboard is handed what is copied in base64.
    let ways = ["src/cli/out.rs", "src/console/term.rs", "src/console/live.rs"];
    let writes = ["print!(", "println!(", "stdout()", "stderr()", "error.print("];
    let all = FLOORS.iter().flat_map(|(floor, _)| files(floor));
    for path in all.filter(|path| !is_test_only(path) && !ways.iter().any(|way| path.ends_with(way))) {
        for (number, line) in code(&path) {
            let wrong = writes.iter().find(|write| {
                line.contains(**write) && !line.contains("is_terminal()") && !line.contains("use_stderr()")
            });
            assert_eq!(wrong, None, "{}:{number}: writes past cli/out.rs", path.display());
        }
    }
}

#[test]
fn files_of_others_are_read_by_one_way_only() {
    // A folder is opened to be synced, a journal to be made or appended to: neither is read.
    let reads = ["fs::read(", "fs::read_to_string(", "File::open(", "OpenOptions::new()"];
    let all = FLOORS.iter().filter(|(floor, _)| *floor != "files").flat_map(|(floor, _)| files(floor));
    for path in all.filter(|path| !is_test_only(path)) {
        for (number, line) in code(&path).into_iter().filter(|(_, line)| !line.contains("folder")) {
            let wrong = reads.iter().find(|read| line.contains(**read));
            // The log opens its own file with a lock of its own, once it was seen to be a file.
            let is_log = path.ends_with("src/engine/log/file.rs");
            assert!(wrong.is_none() || is_log, "{}:{number}: reads past files.rs: {line}", path.display());
        }
    }
}

#[test]
fn an_excerpt_of_a_file_is_told_by_the_one_type_that_cleans_it() {
    for path in FLOORS.iter().flat_map(|(floor, _)| files(floor)) {
        let is_its_place = path.ends_with("src/plan/diagnostic.rs");
        for (number, line) in code(&path).into_iter().filter(|_| !is_its_place) {
            assert!(!line.contains("#[source_code]"), "{}:{number}", path.display());
        }
    }
}
