//! The test cloud behaves as its README says: what every test of the AWS adapter stands on is tested itself.

#[path = "support/venv.rs"]
mod venv;

use std::process::Command;

#[test]
fn the_test_cloud_passes_its_own_tests() {
    let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cloud/selftest.py");
    let told = Command::new(venv::python()).arg(tests).output().expect("the environment's Python runs");
    let words = [told.stdout, told.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    assert!(told.status.success(), "{words}");
}
