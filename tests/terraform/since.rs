//! Of an earlier snapshot, what is there no more is made anew and not imported; a store is not, and what nobody knows is not.

use super::restore::{change, validated};
use super::*;
use landfall::snapshot::{Outside, Taken, store};

/// Puts `everything`, changed so, into the store as taken at `at`; its file.
fn keep(folder: &Path, at: &str, change: impl FnOnce(&mut Snapshot)) -> std::path::PathBuf {
    let mut snapshot = everything();
    let at: jiff::Timestamp = at.parse().expect("a time");
    snapshot.taken = Some(Taken { started: at, ..Default::default() });
    change(&mut snapshot);
    let snapshot = snapshot.settled();
    let path = folder.join("snapshots/everything").join(store::name(&snapshot, at));
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    std::fs::write(&path, snapshot.text()).expect("written");
    path
}

/// Whether an import of `address` is written.
fn is_imported(files: &BTreeMap<String, String>, address: &str) -> bool {
    files["imports.tf"]
        .lines()
        .any(|line| line.trim().split_once('=').is_some_and(|(to, of)| to.trim() == "to" && of.trim() == address))
}

#[test]
fn what_the_newest_snapshot_has_not_is_made_anew_and_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = "[application]\nname = \"everything\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n\n\
                [component.orders]\nkind = \"rds\"\nprimary = \"orders\"\nrecovery = \"orders-dr\"\n";
    std::fs::write(folder.path().join("plan.toml"), plan).expect("written");
    let old = keep(folder.path(), "2026-11-01T00:00:00Z", |_| ());
    let hash = everything().hash()[..8].to_owned();
    let of_old = ["plan.toml", "--snapshot", &hash, "--out", "tf"];
    // Nothing later is there: as ever.
    let (code, told) = codify(folder.path(), &of_old);
    assert!(code == Some(0) && !told.contains("now     "), "{told}");
    let whole = held(&folder.path().join("tf"));
    let newest = keep(folder.path(), "2026-11-03T00:00:00Z", |snapshot| {
        change(snapshot, "task", |role| {
            let inline = role.config["Inline"].as_object_mut().expect("a table");
            assert!(inline.remove("hotfix-s3-read").is_some());
        });
        change(snapshot, "vpc-0a1b2c3d", |vpc| vpc.shared = true);
        let topic = snapshot.resources.iter().find(|one| one.kind == "topic").expect("a topic").clone();
        let left = |to: String, why: &str| Outside { from: "queue/x".to_owned(), to, why: why.to_owned() };
        snapshot.outside.push(left(topic.arn.expect("an ARN"), "the plan leaves it out"));
        snapshot.outside.push(left("queue/jobs".to_owned(), "it is not there"));
        snapshot.resources.retain(|one| !["jobs", "orders"].contains(&one.id.as_str()) && one.kind != "topic");
    });
    // Neither what could not be read, nor another region, nor another application tells what is there.
    let queue: landfall::snapshot::Gap =
        serde_json::from_str(r#"{ "ref": "queue/jobs", "operation": "GetQueueAttributes", "error": "AccessDenied" }"#)
            .expect("a gap");
    keep(folder.path(), "2026-11-04T00:00:00Z", |snapshot| {
        snapshot.resources.clear();
        snapshot.gaps.push(queue);
    });
    keep(folder.path(), "2026-11-05T00:00:00Z", |snapshot| {
        snapshot.resources.clear();
        snapshot.region = "us-west-2".to_owned();
    });
    keep(folder.path(), "2026-11-06T00:00:00Z", |snapshot| {
        snapshot.resources.clear();
        snapshot.account = "210987654321".to_owned();
    });
    let (code, told) = codify(folder.path(), &of_old);
    assert_eq!(code, Some(0), "{told}");
    let files = held(&folder.path().join("tf"));
    let hotfix = "aws_iam_role_policy.task_hotfix_s3_read";
    assert!(is_imported(&whole, hotfix) && is_imported(&whole, "aws_sqs_queue.jobs"), "{}", whole["imports.tf"]);
    // The policy is a block of its own; the role that it is of is there.
    assert!(!is_imported(&files, hotfix) && is_imported(&files, "aws_iam_role.task"), "{}", files["imports.tf"]);
    assert!(!is_imported(&files, "aws_sqs_queue.jobs"), "{}", files["imports.tf"]);
    assert!(told.contains("not-there-now iam-role/task") && told.contains("not-there-now queue/jobs"), "{told}");
    assert!(told.contains(&format!("terraform import '{hotfix}' 'task:hotfix-s3-read'")), "{told}");
    // A store would be empty; of what is there and not told, and of what the plan leaves out, nobody knows better.
    assert!(is_imported(&files, "aws_db_instance.orders") && told.contains("store-gone db-instance/orders"), "{told}");
    assert!(told.contains("not-known-now vpc/vpc-0a1b2c3d") && told.contains("not-known-now topic/"), "{told}");
    let count = |files: &BTreeMap<String, String>| files["imports.tf"].matches("\nimport ").count();
    let gone = count(&whole) - count(&files);
    assert_eq!(gone, told.matches("not-there-now").count(), "{told}");
    assert!(gone >= 2 && told.contains(&format!("{gone} are to be added")), "{told}");
    let body = |text: &str| text.split_once('\n').expect("a first line").1.to_owned();
    assert_eq!(body(&files["main.tf"]), body(&whole["main.tf"]), "what stands there is the same");
    let readme = &files["README.md"];
    assert!(readme.contains(&format!("the other {gone}")) && readme.contains("`not-there-now`"), "{readme}");
    validated(&files.into_iter().filter(|(name, _)| name.ends_with(".tf")).collect());
    // Its file, beside the later ones, is the same; the newest is there as a whole, and so is a file of nobody's time.
    let first = held(&folder.path().join("tf"));
    let (code, told) = codify(folder.path(), &[old.to_str().expect("a text"), "--out", "tf"]);
    assert!(code == Some(0) && told.contains("now     "), "{told}");
    assert_eq!(held(&folder.path().join("tf")), first);
    let (code, told) = codify(folder.path(), &[newest.to_str().expect("a text"), "--out", "new"]);
    assert!(code == Some(0) && !told.contains("not-there-now"), "{told}");
    let (code, told) = codify(folder.path(), &["plan.toml", "--snapshot", "0000", "--out", "none"]);
    assert!(code == Some(2) && told.contains("no snapshot 0000") && !folder.path().join("none").exists(), "{told}");
}
