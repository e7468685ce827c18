//! What Landfall knows of services that it reads without a generated client is what AWS's own models say.

use crate::support::venv;
use std::path::Path;
use std::process::Command;

#[test]
fn what_is_read_is_there_in_the_models_of_aws() {
    let check = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cloud/selftests/test_reads.py");
    let output = Command::new(venv::python()).arg(check).output().expect("the test cloud's Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
