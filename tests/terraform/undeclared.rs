//! `landfall codify --terraform`: what no state declares is written, by what the rest is called in the cloud; what is declared
//! otherwise is told and not written a second time.

use super::restore::validated;
use super::*;

#[test]
fn only_what_no_state_declares_is_written_and_what_is_declared_otherwise_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["declared.tfstate", "clean.json", "hot.json"] {
        std::fs::copy(Path::new("tests/terraform/drift").join(name), folder.path().join(name)).expect("copied");
    }
    let (code, told) = codify(folder.path(), &["hot.json", "--terraform", "declared.tfstate", "--out", "tf"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("blocks are declared and not written; 1 of what they say runs otherwise"), "{told}");
    let files = held(&folder.path().join("tf"));
    let main = &files["main.tf"];
    assert_eq!(main.matches("\nresource ").count(), 1, "{main}");
    assert!(main.contains("resource \"aws_iam_role_policy\" \"app_ecs_task_hotfix_s3_read\""), "{main}");
    // What it is of stands in other code: it is named as the cloud does.
    assert!(main.contains("role = \"app-ecs-task\"") && !main.contains("aws_iam_role."), "{main}");
    assert!(files["imports.tf"].contains("\"app-ecs-task:hotfix-s3-read\""), "{}", files["imports.tf"]);
    assert_eq!(files["imports.tf"].matches("import {").count(), 1);
    let readme = &files["README.md"];
    for wanted in ["declared-otherwise", "aws_db_parameter_group.app", "max_connections"] {
        assert!(readme.contains(wanted), "{wanted}: {readme}");
    }
    assert!(!readme.contains("not-whole") && !files.contains_key("variables.tf"), "{readme}");
    validated(&files);
    // Everything is declared as it runs: there is nothing to write.
    let (code, told) = codify(folder.path(), &["clean.json", "--terraform", "declared.tfstate", "--out", "none"]);
    assert!(code == Some(0) && told.contains("nothing is written"), "{code:?} {told}");
    assert!(!folder.path().join("none").exists());
    // A state that is none is refused before anything is written.
    let (code, told) = codify(folder.path(), &["hot.json", "--terraform", "clean.json", "--out", "none"]);
    assert!(code == Some(2) && !folder.path().join("none").exists(), "{code:?} {told}");
}
