//! The plan that `landfall init` writes works as it is where its names are: only its probe's address is put on loopback.

mod support;

use std::path::Path;
use std::process::Output;
use support::cloud::TestCloud;

fn landfall(cloud: &TestCloud, folder: &Path, arguments: &[&str]) -> Output {
    cloud.landfall(folder).args(arguments).current_dir(folder).output().expect("it runs")
}

#[test]
fn the_plan_that_init_writes_works_as_it_is() {
    let cloud = TestCloud::start();
    let folder = tempfile::tempdir().expect("a folder");
    assert!(landfall(&cloud, folder.path(), &["init"]).status.success());
    let file = folder.path().join("landfall.toml");
    let written = std::fs::read_to_string(&file).expect("it was written");
    let here = format!("{}/_cloud/ready", cloud.endpoint());
    let plan = written.replace("https://shop.example.com/health", &here);
    assert_ne!(plan, written, "the probe is on loopback");
    std::fs::write(&file, &plan).expect("it writes");
    cloud.seed(&plan);
    cloud.clear_calls();
    let answers = ["--confirm", "us-west-2", "--accept-loss", "tried", "--approve", "all", "--poll", "300ms"];
    let run = ["run", "landfall.toml", "--auto", "--json", "--cloud", "aws", "--intent", "failover", "--journal", "j"];
    let ran = landfall(&cloud, folder.path(), &[run.as_slice(), answers.as_slice()].concat());
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert_eq!(ran.status.code(), Some(0), "{said}");
    let state = cloud.state();
    let api = &state["ecs"]["us-west-2"]["my-cluster/api"];
    assert_eq!((api["running"].as_u64(), api["desired"].as_u64()), (Some(4), Some(4)), "{api}");
    assert_eq!(state["elbv2"]["us-west-2"]["api"]["healthy"], 4);
    assert!(state["rds"]["us-west-2"]["orders-replica"]["source"].is_null());
}
