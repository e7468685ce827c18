//! The binary against services, targets and load balancers of the test cloud that look right and are not: none of them is
//! called done, and what is meant is left as it should be.

mod support;

use aws_sdk_ecs::types::DeploymentControllerType;
use serde_json::{Value, json};
use std::process::Output;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::cloud::TestCloud;
use support::estate::{Estate, Wanted};
use tokio::runtime::Runtime;

const WEST: &str = "us-west-2";

/// A shop whose `front` load balancer stands in both regions.
const SHOP: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.front]
kind = "load-balancer"
name = "front"
target_group = "front"
"#;

/// For what stands in the cloud: the SDK is asynchronous, the tests are not.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

struct Shop {
    cloud: TestCloud,
    estate: Estate,
    folder: tempfile::TempDir,
}

impl Shop {
    /// What `seed` describes stands, and `build` adds to it in the recovery region.
    fn standing(seed: &str, build: impl AsyncFnOnce(&Estate)) -> Self {
        let cloud = TestCloud::start();
        cloud.seed(&format!("{SHOP}{seed}"));
        let estate = Estate::of(cloud.endpoint(), WEST);
        RUNTIME.block_on(build(&estate));
        cloud.clear_calls();
        Self { cloud, estate, folder: tempfile::tempdir().expect("a folder") }
    }

    /// Runs a failover of these components alone.
    fn run(&self, components: &str) -> Ran {
        self.run_with(components, &[])
    }

    fn run_with(&self, components: &str, more: &[&str]) -> Ran {
        static RUNS: AtomicUsize = AtomicUsize::new(0);
        let head = SHOP.split("[component").next().unwrap_or_default();
        let file = self.folder.path().join("plan.toml");
        std::fs::write(&file, format!("{head}{components}")).expect("it writes");
        let journal = self.folder.path().join(format!("run-{}.jsonl", RUNS.fetch_add(1, Ordering::Relaxed)));
        let mut command = self.cloud.landfall(self.folder.path());
        let answers = ["--confirm", WEST, "--accept-loss", "tried", "--approve", "all", "--poll", "300ms"];
        command
            .args(["run", "--auto", "--json", "--intent", "failover", "--cloud", "aws"])
            .arg(&file)
            .arg("--journal")
            .arg(&journal)
            .args(answers)
            .args(more);
        Ran(command.output().expect("it runs"))
    }

    fn desired(&self, service: &str) -> u64 {
        self.cloud.state()["ecs"][WEST][service]["desired"].as_u64().expect("it is there")
    }

    fn sent(&self) -> Vec<String> {
        self.cloud.mutations().into_iter().map(|call| format!("{} {}", call.region, call.operation)).collect()
    }
}

struct Ran(Output);

impl Ran {
    fn events(&self) -> Vec<Value> {
        let text = String::from_utf8_lossy(&self.0.stdout);
        text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
    }

    fn said(&self) -> String {
        format!("{}{}", String::from_utf8_lossy(&self.0.stdout), String::from_utf8_lossy(&self.0.stderr))
    }

    fn is_green(&self) -> bool {
        self.0.status.code() == Some(0)
    }

    /// It was refused or failed, with all of these words, and `step` was never called done.
    fn refused(&self, step: &str, words: &[&str]) {
        assert!(matches!(self.0.status.code(), Some(3 | 4)), "{}", self.said());
        let done = self.events().into_iter().any(|event| event["event"] == "step_succeeded" && event["step"] == step);
        assert!(!done, "{}", self.said());
        for word in words {
            assert!(self.said().contains(word), "not a word of {word}: {}", self.said());
        }
    }

    fn green(&self) {
        assert!(self.is_green(), "{}", self.said());
    }
}

fn api(more: &str) -> String {
    format!(
        "[component.api]\nkind = \"ecs\"\ncluster = \"shop\"\nservice = \"api\"\ndesired = 2\ntimeout = \"20s\"\n{more}\n"
    )
}

#[test]
fn two_sidecars_and_a_second_port_leave_the_values_where_they_belong() {
    let shop = Shop::standing("", async |estate| {
        let (admin, main) = (estate.group("admin").await, estate.group("main").await);
        let balancer = estate.balancer("front").await;
        estate.listen(&balancer, 9901, &admin).await;
        estate.listen(&balancer, 8080, &main).await;
        let containers = vec![("envoy", "proxy"), ("router", "logs"), ("app", "old")];
        let behind = vec![(admin.as_str(), "envoy"), (main.as_str(), "app")];
        estate.service(Wanted { containers, behind, ..Wanted::named("api") }).await;
    });
    let values = "environment = { DATABASE_HOST = \"new\" }\nimage = \"app:2\"";
    shop.run(&api(values)).refused("api/task-definition", &["ecs-container", "envoy, router, app"]);
    assert!(shop.sent().is_empty(), "{:?}", shop.sent());
    shop.run(&api(&format!("{values}\ntarget_group = \"main\""))).green();
    let serving = RUNTIME.block_on(shop.estate.serving("shop", "api"));
    let wanted = [("envoy", "envoy:1", "proxy"), ("router", "router:1", "logs"), ("app", "app:2", "new")];
    assert_eq!(serving, wanted.map(|(name, image, value)| (name.into(), image.into(), value.into())));
}

#[test]
fn a_namesake_in_another_cluster_is_not_the_service() {
    let shop = Shop::standing("", async |estate| {
        estate.service(Wanted { cluster: "other", desired: 3, ..Wanted::named("api") }).await;
        estate.service(Wanted::named("web")).await;
    });
    shop.run(&api("")).refused("api/scale", &["ecs-service", "no service api in cluster shop"]);
    assert!(shop.sent().is_empty(), "{:?}", shop.sent());
}

#[test]
fn a_group_that_two_services_share_counts_for_each_its_own_targets() {
    let shop = Shop::standing("", async |estate| {
        let shared = estate.group("shared").await;
        estate.listen(&estate.balancer("front").await, 8080, &shared).await;
        let behind = || vec![(shared.as_str(), "app")];
        estate.service(Wanted { desired: 4, behind: behind(), ..Wanted::named("other") }).await;
        estate.service(Wanted { behind: behind(), ..Wanted::named("api") }).await;
    });
    let ran = shop.run(&api("target_group = \"shared\""));
    ran.green();
    let said = ran.said();
    assert!(said.contains("2 of 2 targets healthy, 4 more are not its own"), "{said}");
}

#[test]
fn a_group_on_a_rule_of_another_balancers_listener_is_not_behind_this_one() {
    let shop = Shop::standing("", async |estate| {
        let (main, ruled) = (estate.group("main").await, estate.group("ruled").await);
        let other = estate.balancer("other").await;
        let listener = estate.listen(&other, 80, &main).await;
        estate.rule(&listener, &ruled).await;
        let behind = vec![(ruled.as_str(), "app")];
        estate.service(Wanted { desired: 2, behind, ..Wanted::named("api") }).await;
    });
    let behind = |name: &str| {
        format!("[component.lb]\nkind = \"load-balancer\"\nname = \"{name}\"\ntarget_group = \"ruled\"\nhealthy = 2\n")
    };
    shop.run(&behind("front")).refused("lb/healthy", &["ruled is behind other, not behind front"]);
    shop.run(&behind("other")).green();
}

#[test]
fn a_group_that_its_listener_gives_no_weight_serves_nobody() {
    let shop = Shop::standing("", async |estate| {
        let (live, idle) = (estate.group("live").await, estate.group("idle").await);
        let balancer = estate.balancer("other").await;
        estate.listen_weighted(&balancer, 80, &[(&live, 100), (&idle, 0)]).await;
        let behind = vec![(idle.as_str(), "app")];
        estate.service(Wanted { desired: 2, behind, ..Wanted::named("api") }).await;
    });
    let behind =
        "[component.lb]\nkind = \"load-balancer\"\nname = \"other\"\ntarget_group = \"idle\"\ntimeout = \"5s\"\n";
    shop.run(behind).refused("lb/healthy", &["none of its traffic goes there"]);
}

#[test]
fn services_that_others_deploy_are_refused_at_once_with_what_to_do() {
    let table = [
        (DeploymentControllerType::CodeDeploy, false, "ecs-controller", "CodeDeploy"),
        (DeploymentControllerType::External, false, "ecs-controller", "task sets"),
        (DeploymentControllerType::Ecs, true, "ecs-scheduling", "each instance"),
    ];
    for (controller, daemon, code, advice) in table {
        let shop = Shop::standing("", async |estate| {
            estate.service(Wanted { desired: 1, controller, daemon, ..Wanted::named("api") }).await;
        });
        let began = std::time::Instant::now();
        shop.run(&api("environment = { DATABASE_HOST = \"new\" }")).refused("api/scale", &[code, advice]);
        assert!(began.elapsed().as_secs() < 15, "it was waited for");
    }
}

#[test]
fn a_service_that_runs_more_keeps_it_and_its_minimum_is_not_set_where_that_would_lower_it() {
    let seed = "[component.api]\nkind = \"ecs\"\ncluster = \"shop\"\nservice = \"api\"\ndesired = 3\nmin = 1\n";
    let shop = Shop::standing(seed, async |estate| {
        estate.resize("shop", "api", 7).await;
    });
    // The seed's maximum is twice what it wants, 6: lower than what runs.
    shop.run(&api("environment = { DATABASE_HOST = \"new\" }")).green();
    assert_eq!(shop.desired("shop/api"), 7);
    let ran = shop.run(&api("min = 2"));
    ran.refused("api/min", &["ecs-scalable-target", "7"]);
    assert_eq!(shop.desired("shop/api"), 7);
    shop.run(&api("exact = true")).green();
    assert_eq!(shop.desired("shop/api"), 2);
}

#[test]
fn tasks_that_a_raised_minimum_starts_are_taken_back_too() {
    let seed = "[component.api]\nkind = \"ecs\"\ncluster = \"shop\"\nservice = \"api\"\ndesired = 3\nmin = 1\n";
    let shop = Shop::standing(seed, async |_: &Estate| {});
    let fails = "[component.probe]\nkind = \"command\"\nneeds = [\"api\"]\nrun = [\"false\"]\n";
    let ran = shop.run_with(&format!("{}{fails}", api("min = 2")), &["--on-failure", "rollback"]);
    assert_eq!(ran.0.status.code(), Some(5), "{}", ran.said());
    assert_eq!(shop.desired("shop/api"), 0);
    assert_eq!(shop.cloud.state()["scalable_targets"][WEST]["service/shop/api"]["min"], 0);
}

#[test]
fn a_restart_is_one_new_deployment_whatever_else_is_asked() {
    let shop = Shop::standing("", async |estate| {
        estate.service(Wanted { desired: 2, ..Wanted::named("api") }).await;
    });
    let before = RUNTIME.block_on(shop.estate.deployment("shop", "api"));
    shop.run(&api("restart = true")).green();
    let after = RUNTIME.block_on(shop.estate.deployment("shop", "api"));
    assert_ne!(before, after);
    shop.run(&api("restart = true\nenvironment = { DATABASE_HOST = \"new\" }")).green();
    let updates = shop.cloud.calls_of("UpdateService");
    assert_eq!(updates.len(), 2, "one for each run, though the second changes its definition too");
    assert!(updates[1].parameters.get("forceNewDeployment").is_none());
}

#[test]
fn the_old_side_is_fenced_with_its_autoscaling_and_comes_back_whole() {
    let old = "old = { cluster = \"shop\", service = \"old-api\" }\n";
    let seed = format!("{}min = 2\n{old}", api(""));
    let shop = Shop::standing(&seed, async |_: &Estate| {});
    let limits = |shop: &Shop| shop.cloud.state()["scalable_targets"]["us-east-1"]["service/shop/old-api"].clone();
    let (before, services) = (limits(&shop), shop.cloud.state()["ecs"]["us-east-1"].clone());
    assert_eq!((&before["min"], &services["shop/old-api"]["desired"]), (&json!(2), &json!(2)));
    let fails = "[component.probe]\nkind = \"command\"\nneeds = [\"api\"]\nrun = [\"false\"]\n";
    let plan = format!("{}{old}", api(""));
    shop.run(&plan).green();
    assert_eq!(limits(&shop)["min"], 0);
    assert_eq!(limits(&shop)["suspended"].as_array().map(Vec::len), Some(3));
    let alarm =
        json!({"knob": "scaling-alarm", "region": "us-east-1", "cluster": "shop", "service": "old-api", "wanted": 4});
    shop.cloud.knob(&alarm);
    assert_eq!(shop.cloud.state()["ecs"]["us-east-1"]["shop/old-api"]["desired"], 0, "nothing brings it back");

    let shop = Shop::standing(&seed, async |_: &Estate| {});
    let ran = shop.run_with(&format!("{plan}{fails}"), &["--on-failure", "rollback"]);
    assert_eq!(ran.0.status.code(), Some(5), "{}", ran.said());
    assert_eq!(limits(&shop), before);
    assert_eq!(shop.cloud.state()["ecs"]["us-east-1"]["shop/old-api"]["desired"], 2);
}
