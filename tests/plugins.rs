//! Kinds that another program brings, by the binary: nothing of a plan's is run before somebody here trusts it, whatever the
//! program does the run goes on as designed, and each act is sent once. What was done is asked of the program's own notes.

use serde_json::Value;
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const PLUG: &str = include_str!("plugins/plug.py");

const HEAD: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"
rto = "15m"
rpo = "1m"
"#;

/// A folder with a program and a plan in it, which is a home too.
struct Place(tempfile::TempDir);

impl Place {
    /// With a plan of these components, each with the transport and the behaviour.
    fn of(components: &[(&str, &str, &str)]) -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        place.program("plug.py", PLUG);
        let mut plan = HEAD.to_owned();
        for transport in ["one", "many"] {
            let more = "env = [\"PLUG_SECRET\"]\nread_env = [\"PLUG_LOOKS\"]\ntrusted_to_look = true";
            let _ = writeln!(plan, "[plugin.{transport}]\nrun = [\"./plug.py\", \"{transport}\"]\n{more}");
        }
        for (name, transport, behave) in components {
            // What never comes to be costs its whole time.
            let timeout = if ["good", "forks", "slow", "dies", "other-id"].contains(behave) { "40s" } else { "8s" };
            let _ = writeln!(
                plan,
                "[component.{name}]\nkind = \"{transport}/thing\"\nbehave = \"{behave}\"\ntimeout = \"{timeout}\""
            );
        }
        std::fs::write(place.path("shop.toml"), plan).expect("it writes");
        std::fs::write(place.path("aws"), "[default]\ncredential_process = /bin/false\n").expect("it writes");
        place
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.path(name);
        let text = text.replace("#!/usr/bin/env python3", &format!("#!{}", python()));
        std::fs::write(&path, text).expect("it writes");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it may be run");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn add(&self, more: &str) {
        let plan = std::fs::read_to_string(self.path("shop.toml")).expect("the plan");
        std::fs::write(self.path("shop.toml"), plan + more).expect("it writes");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command.args(arguments).current_dir(self.0.path()).env("HOME", self.0.path()).env("LANG", "C.UTF-8");
        for name in ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "LANDFALL_CONFIG"] {
            command.env_remove(name);
        }
        // No call to AWS is made, and none could be: whoever asks for credentials waits for them, for ever.
        command.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
        command.env("AWS_CONFIG_FILE", self.path("aws")).env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_PROFILE");
        command.env("PLUG_SECRET", "acts").env("PLUG_LOOKS", "looks").env("LANDFALL_LOG", "landfall=info");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn landfall(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary starts")
    }

    fn trust(&self) {
        let trusted = self.landfall(&["plugin", "trust", "shop.toml", "--yes"]);
        assert!(trusted.status.success(), "{}", text(&trusted.stderr));
        std::fs::remove_file(self.path("calls")).expect("it was asked what it brings");
    }

    fn run(&self, more: &[&str]) -> (Option<i32>, Vec<Value>, String) {
        let run = ["run", "shop.toml", "--auto", "--json", "--intent", "failover", "--journal", "j.jsonl"];
        let output = self.landfall(&[&run[..], &["--confirm", "us-west-2", "--poll", "200ms"], more].concat());
        clean(&output);
        (output.status.code(), events(&output), text(&output.stderr))
    }

    /// What the program wrote down of these verbs about `name`.
    fn noted(&self, name: &str, verbs: &[&str]) -> Vec<Value> {
        let text = std::fs::read_to_string(self.path("calls")).unwrap_or_default();
        let all = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a note"));
        all.filter(|call| call["name"] == name && verbs.iter().any(|verb| call["verb"] == *verb)).collect()
    }

    fn was_run(&self) -> bool {
        self.path("calls").exists()
    }
}

/// The interpreter itself: what is found on PATH may be a script that looks for it.
fn python() -> &'static str {
    static FOUND: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
        let told = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().expect("Python");
        text(&told.stdout).trim().to_owned()
    });
    &FOUND
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn events(output: &Output) -> Vec<Value> {
    text(&output.stdout).lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Nothing raw of anybody's is on a terminal.
fn clean(output: &Output) {
    for told in [&output.stdout, &output.stderr] {
        let told = text(told);
        assert!(!told.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{told:?}");
    }
}

fn outcome(events: &[Value], step: &str) -> String {
    let words = ["step_verified", "step_succeeded", "step_failed", "step_unknown", "step_refused", "step_owed"];
    let of_it = |event: &&Value| event["step"] == step && words.iter().any(|word| event["event"] == *word);
    events.iter().rev().find(of_it).map(|event| event.to_string()).unwrap_or_default()
}

#[test]
fn nothing_of_a_plan_is_run_before_it_is_trusted() {
    let place = Place::of(&[("web", "one", "good")]);
    let check = place.landfall(&["check", "shop.toml"]);
    assert_eq!(check.status.code(), Some(3));
    assert!(text(&check.stdout).contains("plugin-not-trusted web"), "{}", text(&check.stdout));
    for command in [
        &["plan", "shop.toml", "--intent", "failover"][..],
        &["check", "shop.toml", "--live"],
        &["kinds", "--policy", "shop.toml"],
        &["import", "terraform", "shop.toml"],
        &["completions", "bash"],
        &["drills", "shop.toml"],
        &["plugin", "list"],
        &["plugin", "trust", "shop.toml"],
        &["run", "shop.toml", "--auto", "--intent", "failover", "--confirm", "us-west-2", "--journal", "no.jsonl"],
        &["drill", "shop.toml", "--auto"],
        &["report", "no.jsonl"],
        &["resume", "no.jsonl", "--auto"],
    ] {
        let output = place.landfall(command);
        clean(&output);
        assert!(!place.was_run(), "{command:?} ran it: {}", text(&output.stderr));
    }
    let run = place.landfall(&["resume", "no.jsonl", "--auto", "--confirm", "us-west-2"]);
    assert!(text(&run.stderr).contains("plugin-not-trusted"), "{}", text(&run.stderr));
    // Another program under a name that is trusted is another program.
    place.trust();
    place.program("plug.py", &PLUG.replace("it stands", "it stood"));
    let check = place.landfall(&["check", "shop.toml"]);
    assert!(text(&check.stdout).contains("plugin-not-trusted web"), "{}", text(&check.stdout));
    assert!(!place.was_run());
    place.program("plug.py", PLUG);
    let check = text(&place.landfall(&["check", "shop.toml"]).stdout);
    assert!(!check.contains("plugin-not-trusted"), "{check}");
    // What the plan says that it has to be is held, too.
    let plan = std::fs::read_to_string(place.path("shop.toml")).expect("the plan");
    let pinned = plan.replace("trusted_to_look", &format!("sha256 = \"{}\"\ntrusted_to_look", "0".repeat(64)));
    std::fs::write(place.path("pinned.toml"), pinned).expect("it writes");
    let check = text(&place.landfall(&["check", "pinned.toml"]).stdout);
    assert!(check.contains("plugin-not-trusted") && check.contains("the plan says 000000000000"), "{check}");
    let typo = plan.replace("behave =", "behav =");
    std::fs::write(place.path("typo.toml"), typo).expect("it writes");
    let told = text(&place.landfall(&["check", "typo.toml"]).stderr);
    assert!(told.contains("has no key `behav`") && told.contains("did you mean `behave`?"), "{told}");
    let none = plan.replace("one/thing", "one/thong").replace("[plugin.many]", "[plugin.mani]");
    std::fs::write(place.path("none.toml"), none + "[component.x]\nkind = \"many/thing\"\n").expect("it writes");
    let told = text(&place.landfall(&["check", "none.toml"]).stderr);
    assert!(told.contains("there is no kind `one/thong`") && told.contains("there is no plug-in `many`"), "{told}");
}

#[test]
fn a_run_over_both_transports_acts_once_and_goes_back() {
    let place = Place::of(&[("web", "one", "good"), ("db", "many", "good"), ("fork", "one", "forks")]);
    place.add("[component.app]\nkind = \"many/thing\"\nbehave = \"good\"\nfrom = \"${db.endpoint}\"\nkey = \"hunter2-hunter2\"\n");
    place.trust();
    let (code, told, errors) = place.run(&[]);
    assert_eq!(code, Some(0), "{errors}\n{told:#?}");
    for name in ["web", "db", "fork", "app"] {
        let acts = place.noted(name, &["act"]);
        assert_eq!(acts.len(), 1, "{name}: {acts:?}");
        assert!(acts[0]["token"].as_str().is_some_and(|token| token.contains(&format!("{name}/raise"))), "{acts:?}");
        assert_eq!(acts[0]["before"]["done"], false);
        let named =
            |variable: &str| acts[0]["env"].as_array().is_some_and(|all| all.iter().any(|name| name == variable));
        assert!(named("PATH") && named("PLUG_SECRET") && !named("PLUG_LOOKS") && !named("CARGO_MANIFEST_DIR"));
    }
    let from = place.noted("app", &["act"])[0]["from"].as_str().unwrap_or_default().to_owned();
    assert!(from.starts_with("thing.example.com") && !from.contains('\u{1b}'), "{from:?}");
    assert_eq!(place.noted("app", &["act"])[0]["key"], "hunter2-hunter2");
    let journal = std::fs::read_to_string(place.path("j.jsonl")).expect("the journal");
    assert!(!journal.contains("hunter2") && !journal.contains("\\u001b"), "{journal}");
    // What it was, and what it calls itself, stand in the header; its calls are evidence.
    let header: Value = serde_json::from_str(journal.lines().next().expect("a header")).expect("JSON");
    let program = &header.pointer("/plan/components/0/plugin/program").cloned().unwrap_or_default();
    assert_eq!((program["version"].as_str(), program["hash"].as_str().map(str::len)), (Some("1.2.3"), Some(64)));
    assert!(journal.contains("thing.Raise") && journal.contains("plugin/one.act"));
    // Nothing of it is AWS's: nobody's clock, answers or credentials there are asked about.
    assert!(!journal.contains("credentials_expired") && !journal.contains("clock-skew"), "{journal}");
    // Its words to standard error are in the log alone.
    assert!(!errors.contains("act web"), "{errors}");
    let report = place.landfall(&["report", "j.jsonl"]);
    assert!(report.status.success());
    clean(&report);
    let back = place.landfall(&[
        "rollback",
        "j.jsonl",
        "--auto",
        "--reason",
        "a test",
        "--confirm",
        "us-west-2",
        "--poll",
        "200ms",
    ]);
    clean(&back);
    assert_eq!(back.status.code(), Some(5), "{}", text(&back.stderr));
    for name in ["web", "db", "fork", "app"] {
        assert_eq!(place.noted(name, &["undo"]).len(), 1, "{name}");
        assert!(!place.path(&format!("state-{name}")).exists(), "{name} is as it was");
    }
}

#[test]
fn a_program_that_hangs_lies_dies_or_floods_keeps_nothing_else_and_acts_once() {
    let odd = [
        ("hangs", "step_unknown"),
        ("lies", "step_failed"),
        ("dies", "already or done"),
        ("other-id", "already or done"),
        ("odd", "already or done"),
        ("refuses", "step_failed"),
        ("proofless", "step_failed"),
        ("writes", "step_failed"),
        ("word", "step_failed"),
        ("floods", "step_failed"),
        ("huge", "step_failed"),
        ("bytes", "step_failed"),
    ];
    let mut components: Vec<(String, &str, &str)> =
        vec![("good".to_owned(), "one", "good"), ("sound".to_owned(), "many", "good")];
    components.extend(odd.iter().map(|(behave, _)| ((*behave).to_owned(), "one", *behave)));
    let components: Vec<(&str, &str, &str)> =
        components.iter().map(|(name, how, behave)| (name.as_str(), *how, *behave)).collect();
    let place = Place::of(&components);
    place.trust();
    let began = Instant::now();
    let (code, told, errors) = place.run(&[]);
    assert!(began.elapsed() < Duration::from_secs(100), "{:?}", began.elapsed());
    assert_ne!(code, Some(0), "{errors}");
    assert_ne!(code, Some(1), "{errors}");
    for (name, wanted) in odd.iter().copied().chain([("good", "already or done"), ("sound", "already or done")]) {
        let found = outcome(&told, &format!("{name}/raise"));
        let acts = place.noted(name, &["act"]).len();
        match wanted {
            "already or done" => assert!(
                found.contains("step_verified") || found.contains("step_succeeded"),
                "{name}: {found}\n{errors}"
            ),
            wanted => assert!(
                found.contains(wanted) || found.contains("step_unknown") && wanted == "step_failed",
                "{name}: {found}\n{errors}"
            ),
        }
        assert!(acts <= 1, "{name} was sent {acts} times");
    }
    assert!(["hangs", "lies", "dies", "other-id", "odd"].iter().all(|name| place.noted(name, &["act"]).len() == 1));
    let verified = place.landfall(&["journal", "verify", "j.jsonl"]);
    assert!(verified.status.success(), "{}", text(&verified.stderr));
}

#[test]
fn a_stream_that_dies_or_writes_what_is_no_answer_is_started_anew() {
    let place = Place::of(&[("dies", "many", "dies"), ("good", "many", "good"), ("bytes", "many", "bytes")]);
    place.trust();
    let (_, told, errors) = place.run(&[]);
    // What one process was sent when it ended is not known, and is sent to none again.
    for name in ["dies", "good"] {
        let found = outcome(&told, &format!("{name}/raise"));
        let acts = place.noted(name, &["act"]).len();
        assert!(acts <= 1, "{name}: {found}\n{errors}");
        let stands = place.path(&format!("state-{name}")).exists();
        assert_eq!(found.contains("step_succeeded"), stands, "{name}: {found}\n{errors}");
        assert!(stands || found.contains("step_unknown"), "{name}: {found}\n{errors}");
    }
    assert!(place.noted("bytes", &["act"]).is_empty(), "nothing is sent where nothing could be seen");
}

#[test]
fn a_session_that_is_killed_between_act_and_answer_acts_once() {
    let place = Place::of(&[("slow", "one", "slow")]);
    place.trust();
    let mut command = place.command(&[
        "run",
        "shop.toml",
        "--auto",
        "--intent",
        "failover",
        "--journal",
        "j.jsonl",
        "--confirm",
        "us-west-2",
        "--poll",
        "200ms",
    ]);
    let mut session = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    until(|| !place.noted("slow", &["act"]).is_empty());
    session.kill().expect("it is killed");
    session.wait().expect("it has ended");
    until(|| place.path("state-slow").exists());
    let resumed = place.landfall(&["resume", "j.jsonl", "--auto", "--confirm", "us-west-2", "--poll", "200ms"]);
    assert_eq!(resumed.status.code(), Some(0), "{}", text(&resumed.stderr));
    assert_eq!(place.noted("slow", &["act"]).len(), 1);
    // Gone on with as another program, it is asked for.
    let place = Place::of(&[("slow", "one", "slow"), ("other", "one", "refuses")]);
    place.trust();
    let (code, _, _) = place.run(&[]);
    assert_ne!(code, Some(0));
    place.program("plug.py", &PLUG.replace("1.2.3", "1.2.4"));
    let resume = |more: &[&str]| place.landfall(&[&["resume", "j.jsonl", "--auto", "--poll", "200ms"], more].concat());
    let refused = resume(&[]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(text(&refused.stderr).contains("is not what it was when the run began"), "{}", text(&refused.stderr));
    assert!(place.landfall(&["plugin", "trust", "shop.toml", "--yes"]).status.success());
    let refused = resume(&[]);
    assert_eq!(refused.status.code(), Some(3));
    let went_on = resume(&["--changed-plugins"]);
    assert!(text(&went_on.stderr).contains("from here on"), "{}", text(&went_on.stderr));
    assert_eq!(place.noted("slow", &["act"]).len(), 1);
}

fn until(is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "it never came to be");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn who_only_looks_hands_on_other_credentials_or_runs_nothing() {
    let place = Place::of(&[("web", "one", "good")]);
    place.trust();
    let live = place.landfall(&["check", "shop.toml", "--live", "--json", "--intent", "failover"]);
    clean(&live);
    let looks = place.noted("web", &["observe"]);
    assert!(!looks.is_empty(), "{}", text(&live.stderr));
    let all = std::fs::read_to_string(place.path("calls")).expect("notes");
    for call in all.lines().map(|line| serde_json::from_str::<Value>(line).expect("a note")) {
        let named = |variable: &str| call["env"].as_array().is_some_and(|all| all.iter().any(|name| name == variable));
        assert!(named("PLUG_LOOKS") && named("LANDFALL_READ_ONLY") && !named("PLUG_SECRET"), "{call}");
        assert_eq!(call["read_only"], true);
        assert_ne!(call["verb"], "act");
    }
    assert!(text(&live.stdout).contains("thing-fit"), "{}", text(&live.stdout));
    let plan = std::fs::read_to_string(place.path("shop.toml")).expect("the plan");
    std::fs::write(place.path("shop.toml"), plan.replace("trusted_to_look = true", "")).expect("it writes");
    place.trust();
    let live = place.landfall(&["check", "shop.toml", "--live", "--intent", "failover"]);
    assert!(!place.was_run(), "{}", text(&live.stdout));
    let told = text(&live.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("say trusted_to_look = true there") && !told.contains("look again once"), "{told}");
}

#[test]
fn a_drill_runs_no_program_and_takes_what_it_says_of_itself() {
    let place = Place::of(&[("web", "one", "good"), ("db", "many", "good")]);
    place.trust();
    let drill =
        ["run", "shop.toml", "--cloud", "sim", "--auto", "--json", "--time-scale", "1000", "--journal", "d.jsonl"];
    let drill = place.landfall(
        &[&drill[..], &["--intent", "failover", "--confirm", "us-west-2", "--accept-loss", "a test"]].concat(),
    );
    assert_eq!(drill.status.code(), Some(0), "{}", text(&drill.stderr));
    assert!(!place.was_run());
    assert!(text(&drill.stdout).contains("sim.example.com"), "{}", text(&drill.stdout));
    // The way back is the program's own steps, by a plan that names it where it is.
    assert!(place.landfall(&["failback", "d.jsonl", "--out", "back.toml"]).status.success());
    let plan = std::fs::read_to_string(place.path("back.toml")).expect("the derived plan");
    assert!(plan.contains("[plugin.one]") && plan.contains("kind = \"many/thing\""), "{plan}");
    let back = ["run", "back.toml", "--intent", "failback", "--auto", "--json", "--journal", "b.jsonl"];
    let answers = ["--confirm", "us-east-1", "--approve", "all,failback-divergence,failback-window"];
    let back = place.landfall(&[&back[..], &answers].concat());
    assert_eq!(back.status.code(), Some(0), "{}", text(&back.stderr));
    let acted = events(&back).iter().filter(|event| event["event"] == "step_acting").count();
    assert_eq!(acted, 2, "{}", text(&back.stdout));
    assert!(!place.was_run());
}

#[test]
fn what_nothing_tells_the_lag_of_is_asked_about_as_unknown_and_waited_for_by_nobody() {
    let place = Place::of(&[("db", "one", "good")]);
    let plan = std::fs::read_to_string(place.path("shop.toml")).expect("the plan");
    std::fs::write(place.path("shop.toml"), plan.replace("\"./plug.py\", \"one\"", "\"./plug.py\", \"blind\""))
        .expect("it writes");
    place.trust();
    let run = ["run", "shop.toml", "--cloud", "sim", "--auto", "--time-scale", "1000", "--intent", "failover"];
    let confirmed = ["--confirm", "us-west-2", "--journal"];
    let asked = place.landfall(&[&run[..], &confirmed, &["d.jsonl"]].concat());
    let told = text(&asked.stderr);
    assert!(asked.status.code() == Some(3) && told.contains("would lose is unknown (nothing tells its lag)"), "{told}");
    let accepted = place.landfall(&[&run[..], &confirmed, &["e.jsonl", "--accept-loss", "a test"]].concat());
    assert_eq!(accepted.status.code(), Some(0), "{}", text(&accepted.stderr));
}

#[test]
fn a_program_may_be_named_by_the_configuration_too() {
    let place = Place::of(&[]);
    let plan = format!("{HEAD}[component.web]\nkind = \"mine/thing\"\nbehave = \"good\"\n");
    std::fs::write(place.path("shop.toml"), plan).expect("it writes");
    let told = text(&place.landfall(&["check", "shop.toml"]).stderr);
    assert!(told.contains("there is no plug-in `mine`"), "{told}");
    let folder = place.path(".config/landfall");
    std::fs::create_dir_all(&folder).expect("a folder");
    let config = |text: &str| std::fs::write(folder.join("config.toml"), text).expect("it writes");
    let program = format!("[plugin.mine]\nrun = [\"{}\", \"one\"]\n", place.path("plug.py").display());
    config(&program.replace("run =", "rum ="));
    let wrong = place.landfall(&["keys"]);
    assert!(text(&wrong.stderr).contains("has no key `rum`"), "{}", text(&wrong.stderr));
    config(&program);
    assert!(place.landfall(&["keys"]).status.success());
    let check = text(&place.landfall(&["check", "shop.toml"]).stdout);
    assert!(check.contains("plugin-not-trusted web") && !place.was_run(), "{check}");
    assert!(place.landfall(&["plugin", "trust", "--yes"]).status.success());
    let check = text(&place.landfall(&["check", "shop.toml"]).stdout);
    assert!(!check.contains("plugin-not-trusted"), "{check}");
    assert!(text(&place.landfall(&["plugin", "list"]).stdout).contains("mine/thing"));
    assert!(place.landfall(&["plugin", "forget"]).status.success());
    let check = text(&place.landfall(&["check", "shop.toml"]).stdout);
    assert!(check.contains("plugin-not-trusted web"), "{check}");
}

#[test]
fn another_protocol_is_not_spoken() {
    let place = Place::of(&[]);
    place.add("[plugin.later]\nrun = [\"./plug.py\", \"later\"]\n[component.web]\nkind = \"later/thing\"\nbehave = \"good\"\n");
    let trusted = place.landfall(&["plugin", "trust", "shop.toml", "--yes"]);
    assert_eq!(trusted.status.code(), Some(2));
    assert!(text(&trusted.stderr).contains("speaks protocol 2"), "{}", text(&trusted.stderr));
    let check = text(&place.landfall(&["check", "shop.toml"]).stdout);
    assert!(check.contains("plugin-not-trusted web"), "{check}");
}

const KUBECTL: &str = include_str!("plugins/kubectl.py");

/// The example, over a kubectl that keeps its cluster in files.
#[test]
fn the_example_for_kubernetes_works() {
    let place = Place(tempfile::tempdir().expect("a folder"));
    if Command::new("jq").arg("--version").output().is_err() {
        // Past what a test's output is kept back by.
        let told = b"\nNOT TRIED: there is no jq here, and the example for kubernetes is a shell script over it: apt-get install jq\n";
        std::io::Write::write_all(&mut std::io::stderr(), told).expect("it is said");
        return;
    }
    std::fs::create_dir(place.path("bin")).expect("a folder");
    place.program("bin/kubectl", KUBECTL);
    let cluster = place.path("cluster/shop-us-west-2/shop");
    std::fs::create_dir_all(&cluster).expect("a folder");
    let web =
        r#"{"metadata":{"generation":1},"spec":{"replicas":1},"status":{"readyReplicas":1,"observedGeneration":1}}"#;
    std::fs::write(cluster.join("web.json"), web).expect("it writes");
    let path = format!("{}:{}", place.path("bin").display(), std::env::var("PATH").unwrap_or_default());
    let landfall = |arguments: &[&str]| place.command(arguments).env("PATH", &path).output().expect("it starts");
    assert!(landfall(&["plugin", "example", "kubernetes"]).status.success());
    assert_eq!(landfall(&["plugin", "example", "kubernetes"]).status.code(), Some(2), "nothing is written over");
    let set = ["context=shop-us-west-2", "namespace=shop", "deployment=web", "replicas=3"];
    let set: Vec<&str> = set.iter().flat_map(|set| ["--set", *set]).collect();
    let tested = landfall(&[&["plugin", "test"], &set[..], &["--", "./k8s.sh"]].concat());
    assert!(tested.status.success(), "{}", text(&tested.stdout));
    let calls = || std::fs::read_to_string(place.path("kubectl-calls")).unwrap_or_default();
    let scaled = |calls: &str| calls.lines().filter(|line| line.contains("\"scale\"")).count();
    assert!(landfall(&["plugin", "trust", "k8s.toml", "--yes"]).status.success());
    let before = scaled(&calls());
    let run = [
        "run",
        "k8s.toml",
        "--auto",
        "--intent",
        "failover",
        "--confirm",
        "us-west-2",
        "--journal",
        "k.jsonl",
        "--poll",
        "200ms",
    ];
    let ran = landfall(&run);
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
    assert_eq!(scaled(&calls()), before + 1, "{}", calls());
    let web = |name: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(cluster.join(name)).expect("there")).expect("JSON")
    };
    assert_eq!(web("web.json")["spec"]["replicas"], 3);
    let back =
        landfall(&["rollback", "k.jsonl", "--auto", "--reason", "a test", "--confirm", "us-west-2", "--poll", "200ms"]);
    assert_eq!(back.status.code(), Some(5), "{}", text(&back.stderr));
    assert_eq!(web("web.json")["spec"]["replicas"], 1);
    // One that is not there is refused before anything acts.
    let plan = std::fs::read_to_string(place.path("k8s.toml")).expect("the plan").replace("\"web\"", "\"gone\"");
    std::fs::write(place.path("gone.toml"), plan).expect("it writes");
    let live = landfall(&["check", "gone.toml", "--live", "--intent", "failover"]);
    assert_eq!(live.status.code(), Some(3));
    assert!(
        text(&live.stdout).contains("there is no deployment gone") || text(&live.stdout).contains("NotFound"),
        "{}",
        text(&live.stdout)
    );
}

/// A program that keeps nothing of what a plug-in must keep is told so, item by item.
#[test]
fn what_a_plug_in_must_keep_is_tested() {
    let place = Place(tempfile::tempdir().expect("a folder"));
    place.program("plug.py", PLUG);
    for transport in ["one", "many"] {
        let good = place.landfall(&["plugin", "test", "--", "./plug.py", transport]);
        // It raises whatever it is told, by whatever name: that is what is wrong with it.
        assert_eq!(good.status.code(), Some(3));
        clean(&good);
        let told = text(&good.stdout);
        assert!(told.contains("FAIL  thing act with missing fields is not taken: it says that it was taken"), "{told}");
        assert!(told.contains("ok    thing watch tells of every component"), "{told}");
        let _ = std::fs::remove_file(place.path("state-test"));
    }
    place.program("silent.sh", "#!/bin/sh\nexit 0\n");
    let silent = place.landfall(&["plugin", "test", "--", "./silent.sh"]);
    assert_eq!(silent.status.code(), Some(3));
    assert!(text(&silent.stdout).contains("FAIL  hello is answered with exit 0"), "{}", text(&silent.stdout));
    assert!(Path::new(&place.path("calls")).exists());
}
