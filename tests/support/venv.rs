//! The test cloud's Python environment, in `target/test-cloud`: made once, made again when its requirements change.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The Python that runs the test cloud. Test binaries that come at the same time wait for the first to have made it.
///
/// # Panics
/// Where it cannot be made; the message says what is missing.
pub fn python() -> PathBuf {
    let target = Path::new(ROOT).join("target");
    let environment = target.join("test-cloud");
    let python = environment.join("bin/python");
    let requirements = Path::new(ROOT).join("tests/cloud/requirements.txt");
    let wanted = fs::read_to_string(&requirements).expect("tests/cloud/requirements.txt, part of this repository");
    let made_of = environment.join("made-of.txt");

    fs::create_dir_all(&target).expect("a target folder that can be written");
    let lock = File::create(target.join("test-cloud.lock")).expect("a lock file in the target folder");
    lock.lock().expect("a file system that can lock a file");
    if fs::read_to_string(&made_of).is_ok_and(|found| found == wanted) {
        return python;
    }
    let _ = fs::remove_dir_all(&environment);
    run(
        Command::new("python3").args(["-m", "venv"]).arg(&environment),
        "Python 3.11 or newer with its venv module (Debian and Ubuntu: apt-get install python3 python3-venv)",
    );
    run(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
            .arg(&requirements),
        "a package index that pip can reach, for the versions pinned in tests/cloud/requirements.txt",
    );
    fs::write(&made_of, wanted).expect("an environment that can be written");
    python
}

fn run(command: &mut Command, wants: &str) {
    let said = match command.output() {
        Ok(output) if output.status.success() => return,
        Ok(output) => format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)),
        Err(error) => error.to_string(),
    };
    panic!("the test cloud cannot be set up: it wants {wants}.\n{command:?} said:\n{said}");
}
