//! By a stand-in for Terraform: a shell that runs the script called as the verb is, `plan`, `apply`, … What it was asked is asked
//! of its own notes.

use super::*;
use crate::service::terraform::words::example;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tempfile::TempDir;
use tokio::time::sleep;

/// Plans what stands in `todo`, and applies it. `before-VERB`, where it is there, is done first.
const FAKE: &str = r#"
verb=${0##*/}
echo "$verb" >> calls
echo "$verb $*" >> arguments
env > "env.$verb"
[ -f "before-$verb" ] && . "./before-$verb"
for argument in "$@"; do case "$argument" in -out=*) out=${argument#-out=} ;; esac; last=$argument; done
case "$verb" in
plan) if [ -f todo ]; then cat todo > "$out"; exit 2; else echo '{"format_version":"1.2"}' > "$out"; fi ;;
show) cat "$last" ;;
apply) [ -f todo ] && rm todo && echo applied >> applied ;;
output) cat outputs ;;
esac
exit 0
"#;

struct Fake(TempDir);

impl Fake {
    fn new() -> Self {
        let fake = Self(tempfile::tempdir().expect("a folder"));
        fake.write("main.tf", "");
        fake.write("fake", FAKE);
        for verb in ["init", "plan", "show", "apply", "output"] {
            fake.write(verb, ". ./fake");
        }
        fake.todo(&json!([{ "address": "a.new", "change": { "actions": ["create"] } }]));
        fake.write("outputs", r#"{"subnets":{"value":["a","b"]},"password":{"sensitive":true,"value":"hunter2"}}"#);
        fake
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
    }

    fn todo(&self, changes: &Value) {
        let declared = json!({ "outputs": { "subnets": {}, "password": {} }, "variables": { "size": {} } });
        let plan = json!({ "format_version": "1.2", "resource_changes": changes, "configuration": { "root_module": declared } });
        self.write("todo", &plan.to_string());
    }

    fn module(&self) -> Module {
        let dir = self.0.path().display().to_string();
        Module { program: "/bin/sh".to_owned(), dir, within_seconds: 20, ..example().0.module }
    }

    fn question(&self, verb: Verb) -> Question {
        Question { verb, module: self.module(), outputs: Vec::new(), ..example().0 }
    }

    async fn look(&self, verb: Verb) -> Answer {
        look(&self.question(verb)).await
    }

    /// Plans, and gives which plan that is.
    async fn planned(&self) -> Clean {
        let answer = self.look(Verb::Plan).await;
        answer.planned.unwrap_or_else(|| panic!("{:?}", answer.trouble)).digest
    }

    async fn apply(&self, digest: &Clean) -> (Reply, CallMade) {
        apply(&Deed { module: self.module(), digest: digest.clone() }).await
    }

    fn noted(&self, name: &str) -> String {
        let text = std::fs::read_to_string(self.path(name)).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn private(&self) -> Vec<String> {
        let found = std::fs::read_dir(self.path(".terraform/landfall")).into_iter().flatten();
        found.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
    }
}

async fn apply(deed: &Deed) -> (Reply, CallMade) {
    let (evidence, mut calls) = Evidence::channel();
    let reply = perform(deed, &Region::new("us-west-2"), &evidence).await;
    (reply, calls.recv().await.expect("it is evidence"))
}

fn said(answer: &Answer) -> (Sort, String) {
    let trouble = answer.trouble.as_ref().unwrap_or_else(|| panic!("there is a plan: {answer:?}"));
    (trouble.sort, trouble.said.to_string())
}

fn exit(reply: Reply) -> Exit {
    match reply {
        Reply::Taken { receipt } => receipt.exit.expect("an end"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_planned_is_what_is_applied_and_once() {
    let fake = Fake::new();
    let planned = fake.look(Verb::Plan).await.planned.expect("a plan");
    assert_eq!((planned.add, planned.digest.len()), (1, 64));
    assert_eq!(fake.look(Verb::Saved).await.saved.as_ref(), Some(&planned.digest));
    let (reply, call) = fake.apply(&planned.digest).await;
    assert_eq!(exit(reply), Exit { code: Some(0), ..Exit::default() });
    assert_eq!((call.operation.as_str(), call.mutation, call.error), ("terraform.apply", true, None));
    let settled = Question {
        outputs: ["subnets", "password"].map(str::to_owned).into(),
        in_confidence: ["subnets".to_owned()].into(),
        ..fake.question(Verb::Settled)
    };
    // The stand-in declares nothing in a plan of nothing.
    fake.write(
        "before-show",
        r#"echo '{"format_version":"1.2","configuration":{"root_module":{"outputs":{"subnets":{},"password":{}}}}}'; exit 0"#,
    );
    let answer = look(&settled).await;
    assert!(answer.planned.as_ref().is_some_and(Planned::is_nothing), "{answer:?}");
    assert_eq!(answer.outputs["subnets"].as_str(), r#"["a","b"]"#);
    assert_eq!(answer.secret.len(), 2, "what is sensitive, and what the plan uses as a secret");
    assert_eq!(fake.noted("calls"), "plan show apply plan show output");
    assert_eq!(fake.look(Verb::Saved).await.saved, None, "a plan that was applied is nobody's any more");
    assert_eq!(fake.private().len(), 1, "nothing but the mark is left: {:?}", fake.private());
    assert!(fake.noted("arguments").contains("plan -input=false -no-color -detailed-exitcode -lock-timeout=20s -out="));
}

#[tokio::test]
async fn another_plan_than_the_one_that_was_shown_is_never_applied() {
    let fake = Fake::new();
    let first = fake.planned().await;
    fake.todo(&json!([{ "address": "a.old", "change": { "actions": ["delete"] } }]));
    let second = fake.planned().await;
    assert_ne!(first, second);
    let refused = |(reply, _): (Reply, CallMade)| match reply {
        Reply::Refused { message, .. } => message.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(fake.apply(&first).await), "the saved plan is not the one that was shown");
    let saved = Folder::of(fake.0.path(), &fake.module().component).plan();
    std::fs::remove_file(&saved).expect("it is there");
    assert_eq!(refused(fake.apply(&second).await), "the plan that was shown is not there any more");
    assert!(!fake.noted("calls").contains("apply"));
    // One that fails leaves no older one behind.
    fake.planned().await;
    fake.write("before-plan", "echo 'Error: no credentials' >&2; exit 1");
    assert_eq!(said(&fake.look(Verb::Plan).await), (Sort::Failed, "Error: no credentials".to_owned()));
    assert_eq!(fake.look(Verb::Saved).await.saved, None);
}

#[tokio::test]
async fn an_apply_that_fails_says_terraforms_own_words() {
    let fake = Fake::new();
    let digest = fake.planned().await;
    fake.write("before-apply", "printf '\\nError: Saved plan is stale\\n\\nThe given plan\\n' >&2; exit 1");
    let (reply, call) = fake.apply(&digest).await;
    let exit = exit(reply);
    assert_eq!((exit.code, exit.stderr.as_str()), (Some(1), "Error: Saved plan is stale: The given plan"));
    assert_eq!(call.error.as_deref(), Some("Error: Saved plan is stale: The given plan"));
    assert_eq!(fake.noted("applied"), "");
}

#[tokio::test]
async fn who_holds_the_lock_is_told() {
    let fake = Fake::new();
    fake.write(
        "before-plan",
        "printf 'Error: Error acquiring the state lock\\n\\nLock Info:\\n  Who: ana@ops\\n' >&2; exit 1",
    );
    let (sort, words) = said(&fake.look(Verb::Plan).await);
    assert_eq!(sort, Sort::Locked);
    assert!(words.starts_with("the state is locked by ana@ops since "), "{words}");
}

/// A shell cannot hear what its parents ignore: started in the background of a script, a test would wait for nothing.
fn hears_interrupts() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    let hears = ignored.is_none_or(|ignored| ignored & 2 == 0);
    if !hears {
        println!("NOT TRIED: this test ignores interrupts, and so does all that it starts");
    }
    hears
}

#[tokio::test]
async fn what_takes_too_long_is_interrupted_and_not_killed() {
    if !hears_interrupts() {
        return;
    }
    let fake = Fake::new();
    let digest = fake.planned().await;
    let hang = "trap 'echo unlocked >> calls; exit 1' INT; echo Error: halted >&2; sleep 30 & wait";
    fake.write("before-apply", hang);
    fake.write("before-plan", hang);
    let module = Module { within_seconds: 1, ..fake.module() };
    let late = Question { module: module.clone(), ..fake.question(Verb::Settled) };
    let deed = Deed { module, digest };
    let (answer, (reply, call)) = futures::join!(look(&late), apply(&deed));
    assert_eq!(said(&answer), (Sort::Late, "stopped after 1s: Error: halted".to_owned()));
    let Reply::NoAnswer { message } = reply else { panic!("what was stopped may have done anything: {reply:?}") };
    assert_eq!(message.as_str(), "asked to end after 1s: Error: halted");
    assert!(call.mutation && call.error.is_some());
    assert_eq!(fake.noted("calls").matches("unlocked").count(), 2, "each put in order what it held");
}

#[tokio::test]
async fn an_apply_that_nobody_waits_for_any_more_is_known_to_run_until_it_has_ended() {
    let fake = Fake::new();
    let digest = fake.planned().await;
    // It is asked to end and goes on: it is in the middle of something.
    fake.write("before-apply", "trap '' INT; while [ ! -f go ]; do sleep 0.05; done");
    let asked = Question { applied: Some(digest.clone()), ..fake.question(Verb::Settled) };
    assert_eq!(look(&asked).await.running, None, "nothing was ever begun");
    {
        let deed = Deed { module: fake.module(), digest: digest.clone() };
        let running = apply(&deed);
        tokio::pin!(running);
        let begun = async {
            while !fake.noted("calls").contains("apply") {
                sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! { _ = &mut running => panic!("it waits"), () = begun => {} }
        // As it is when the session that waited is gone.
    }
    let answer = look(&asked).await;
    assert_eq!((answer.running, answer.planned), (Some(true), None));
    let Reply::NotNow { throttled: false, .. } = fake.apply(&digest).await.0 else {
        panic!("it is never applied twice")
    };
    fake.write("go", "");
    let ended = async {
        while look(&asked).await.running == Some(true) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), ended).await.expect("it ends");
    let answer = look(&asked).await;
    assert_eq!((answer.running, answer.planned.is_some_and(|left| left.is_nothing())), (Some(false), true));
    assert_eq!((fake.noted("applied").as_str(), fake.noted("calls").matches("apply").count()), ("applied", 1));
}

#[tokio::test]
async fn what_is_no_plan_is_never_taken_for_one() {
    let fake = Fake::new();
    for junk in ["", "no json", "[1,2]", r#"{"resource_changes":"#] {
        fake.write("todo", junk);
        let (sort, words) = said(&fake.look(Verb::Plan).await);
        assert_eq!(sort, Sort::Failed, "{junk}: {words}");
        assert_eq!(fake.look(Verb::Saved).await.saved, None, "{junk}");
    }
    fake.todo(&json!([]));
    fake.write("before-show", "head -c 3000000 /dev/zero | tr '\\0' x; exit 0");
    let (_, words) = said(&fake.look(Verb::Plan).await);
    assert_eq!(words, "its plan is larger than 1 MiB");
    fake.write("before-show", "head -c 3000000 /dev/zero | tr '\\0' x >&2; exit 1");
    let (_, words) = said(&fake.look(Verb::Plan).await);
    assert!(words.len() < 1_000, "{}", words.len());
    fake.write("before-show", "kill -9 $$");
    assert_eq!(said(&fake.look(Verb::Plan).await).1, "it failed and did not say why");
    assert!(fake.private().is_empty(), "{:?}", fake.private());
}

#[tokio::test]
async fn what_terraform_would_pass_over_in_silence_is_refused() {
    let fake = Fake::new();
    let var = |name: &str| BTreeMap::from([(name.to_owned(), "SIX".to_owned())]);
    let with = |module: Module, outputs: &[&str]| {
        let outputs = outputs.iter().map(|name| (*name).to_owned()).collect();
        Question { module, outputs, ..fake.question(Verb::Plan) }
    };
    let unknown = look(&with(Module { var: var("siez"), ..fake.module() }, &[])).await;
    assert_eq!(said(&unknown), (Sort::Unfit, "the root module has no variable `siez`".to_owned()));
    let ungiven = look(&with(fake.module(), &["vpc"])).await;
    assert_eq!(said(&ungiven).1, "the root module has no output `vpc`; it has password, subnets");
    let sized = Module { var: var("size"), ..fake.module() };
    assert!(look(&with(sized.clone(), &["subnets"])).await.planned.is_some());
    assert!(fake.noted("env.plan").contains("TF_VAR_size=SIX") && !fake.noted("arguments").contains("SIX"));
    fake.write("prod.auto.tfvars", "size = 3\n");
    let taken = look(&with(sized.clone(), &[])).await;
    assert_eq!(said(&taken).1, "prod.auto.tfvars says `size` too, and Terraform would take that: say it in one place");
    let more = Module { var_files: vec!["gone.tfvars".to_owned()], ..fake.module() };
    assert!(look(&with(Module { var: var("size"), ..more }, &[])).await.trouble.is_some());
}

#[tokio::test]
async fn it_is_initialised_where_it_asks_for_that_and_gets_no_more_of_our_environment_than_it_needs() {
    let fake = Fake::new();
    fake.write("before-plan", "[ -f ready ] || { echo 'Error: please run \"terraform init\"' >&2; exit 1; }");
    fake.write("before-init", "touch ready");
    let env = BTreeMap::from([("AWS_PROFILE".to_owned(), "west".to_owned())]);
    let module = Module { env, workspace: Some("west".to_owned()), targets: vec!["a.b".to_owned()], ..fake.module() };
    let answer = look(&Question { module, ..fake.question(Verb::Plan) }).await;
    assert!(answer.planned.is_some(), "{answer:?}");
    assert_eq!(fake.noted("calls"), "plan init plan show");
    let text = std::fs::read_to_string(fake.path("env.plan")).expect("it was run");
    let names: Vec<&str> = text.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    assert!(["AWS_PROFILE", "TF_WORKSPACE", "TF_IN_AUTOMATION"].iter().all(|name| names.contains(name)), "{names:?}");
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some() && !names.contains(&"CARGO_MANIFEST_DIR"));
    assert!(fake.noted("arguments").contains("-target=a.b"));
    std::fs::remove_file(fake.path("ready")).expect("it is there");
    fake.write("before-init", "echo 'Error: no backend' >&2; exit 1");
    assert_eq!(said(&fake.look(Verb::Plan).await).1, "Error: no backend");
}

#[tokio::test]
async fn what_is_not_there_is_said_before_anything_is_run() {
    let fake = Fake::new();
    let at = |module: Module| Question { module, ..fake.question(Verb::There) };
    assert_eq!(look(&at(fake.module())).await, Answer::default());
    let program = Module { program: "landfall-no-such-program".to_owned(), ..fake.module() };
    assert_eq!(said(&look(&at(program.clone())).await).1, "there is no program landfall-no-such-program in PATH");
    let own = Module { program: "./tofu".to_owned(), ..fake.module() };
    assert!(said(&look(&at(own)).await).1.ends_with("/./tofu"));
    let nowhere = Module { dir: fake.path("none").display().to_string(), ..fake.module() };
    assert_eq!(said(&look(&at(nowhere)).await).0, Sort::Missing);
    std::fs::remove_file(fake.path("main.tf")).expect("it is there");
    assert!(said(&look(&at(fake.module())).await).1.ends_with(" holds no file of Terraform"));
    assert_eq!(fake.noted("calls"), "");
    let (reply, _) = apply(&Deed { module: program, digest: "00".into() }).await;
    assert!(matches!(reply, Reply::Refused { .. }), "{reply:?}");
}

#[tokio::test]
async fn one_directory_is_planned_in_once_at_a_time() {
    let fake = Fake::new();
    fake.write("before-plan", "mkdir alone || echo together >> calls; sleep 0.1; rmdir alone");
    let other = Module { component: "other".into(), ..fake.module() };
    let other = Question { module: other, ..fake.question(Verb::Plan) };
    let (one, two) = futures::join!(fake.look(Verb::Plan), look(&other));
    assert!(one.planned.is_some() && two.planned.is_some());
    assert!(!fake.noted("calls").contains("together"));
    assert_eq!(fake.private().len(), 2, "each has its own: {:?}", fake.private());
}
