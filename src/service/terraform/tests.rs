use super::words::{Answer, Planned, Question, Sort, Verb, is_own};
use crate::plan::{GateKind, Side, Undo};
use crate::seal::token;
use crate::service::observation::Exit;
use crate::service::scene::{Scene, given_by, name_of, start, words_of};
use crate::service::work::{Asked, Verdict};
use crate::service::{LocalObservation, LocalOperation, LocalQuery, Observation, Operation, Query, Receipt};
use crate::text::Clean;
use serde_json::{Value, json};

const ACT_SECONDS: i64 = 2_400 + 60;

fn scene(more: Value) -> Scene {
    let mut fields = json!({ "dir": "stack", "outputs": ["subnets"] });
    for (name, value) in more.as_object().expect("a table") {
        fields[name] = value.clone();
    }
    Scene::new("terraform", fields)
}

fn planned(add: u64, gone: &[&str]) -> Planned {
    let gone: Vec<Clean> = gone.iter().map(|name| Clean::new(&format!("{name} (destroyed)"))).collect();
    Planned { add, destroy: gone.len() as u64, gone, digest: "d1".into(), ..Planned::default() }
}

fn found(planned: Planned) -> Answer {
    Answer { planned: Some(planned), ..Answer::default() }
}

/// Nothing is left to do, and that is given.
fn settled() -> Answer {
    Answer { outputs: [("subnets".to_owned(), Clean::new("[\"a\"]"))].into(), ..found(Planned::default()) }
}

/// Every question with this verb is answered so.
fn told(scene: Scene, action: &str, verb: Verb, answer: Answer) -> Scene {
    let asks = scene.work(action).asks(&scene.asked);
    let is_it = |query: &Query| matches!(query, Query::Local(LocalQuery::Terraform(question)) if question.verb == verb);
    let query = asks.into_iter().map(|ask| ask.query).find(is_it).unwrap_or_else(|| panic!("{verb:?} is asked"));
    scene.sees(Side::Recovery, query, Observation::Local(LocalObservation::Terraform(Box::new(answer))))
}

fn question(scene: &Scene, action: &str) -> Question {
    match scene.work(action).asks(&scene.asked).pop().expect("it asks").query {
        Query::Local(LocalQuery::Terraform(question)) => *question,
        other => panic!("{other:?}"),
    }
}

/// With `planned` from its step before.
fn with(scene: Scene, planned: &Planned) -> Scene {
    let (name, value) = planned.kept();
    scene.given(&name, &value)
}

fn ended(mut scene: Scene, code: i32, stderr: &str) -> Scene {
    let exit = Exit { code: Some(code), stdout: Clean::default(), stderr: stderr.into() };
    scene.asked = Asked::Taken { at: start(), receipt: Receipt { id: None, exit: Some(exit) } };
    scene
}

#[test]
fn what_is_planned_is_told_and_kept_and_what_would_be_gone_is_refused_by_name() {
    let plan = |more: Value, planned: Planned| told(scene(more), "plan", Verb::Plan, found(planned)).goal("plan");
    let good = plan(json!({}), planned(2, &[]));
    assert_eq!(words_of(&good), "2 to add, 0 to change, 0 to destroy; nothing is destroyed");
    assert_eq!(Planned::of_outputs(&given_by(&good)), Some(planned(2, &[])));
    assert!(given_by(&good).keys().all(|name| is_own(name)), "it gives nothing to others before it is applied");
    let gone = plan(json!({}), planned(0, &["aws_db_instance.orders", "aws_vpc.main"]));
    assert_eq!(name_of(&gone), "bad");
    assert!(words_of(&gone).contains("aws_db_instance.orders (destroyed), aws_vpc.main"), "{}", words_of(&gone));
    assert_eq!(name_of(&plan(json!({ "destroys": 1 }), planned(0, &["a", "b"]))), "bad");
    assert_eq!(name_of(&plan(json!({ "destroys": 2 }), planned(0, &["a", "b"]))), "holds");
    let replaced = Planned { replace: 1, gone: vec!["a (replaced)".into()], ..Planned::default() };
    assert_eq!(name_of(&plan(json!({}), replaced)), "bad", "what is made anew is gone first");
    let unknown = Planned { unknown: 1, ..Planned::default() };
    assert_eq!(name_of(&plan(json!({}), unknown)), "bad", "what nobody knows is not known to be harmless");
    assert_eq!(words_of(&plan(json!({}), Planned::default())), "nothing to change; nothing is destroyed");
}

#[test]
fn why_there_is_no_plan_is_said_and_a_lock_is_waited_for() {
    let plan = |sort, said: &str| told(scene(json!({})), "plan", Verb::Plan, Answer::trouble(sort, said)).goal("plan");
    for sort in [Sort::Failed, Sort::Unfit, Sort::Missing, Sort::Late] {
        let verdict = plan(sort, "Error: no credentials");
        assert_eq!((name_of(&verdict), words_of(&verdict).as_str()), ("bad", "Error: no credentials"), "{sort:?}");
        let Verdict::Bad { help, .. } = verdict else { panic!("bad") };
        assert!(help.starts_with("nothing was changed: ") && help.contains("retry"), "{help}");
    }
    assert_eq!(name_of(&plan(Sort::Locked, "the state is locked by ana")), "moving");
    assert_eq!(name_of(&scene(json!({})).goal("plan")), "unknown");
    let gone = Answer::trouble(Sort::Missing, "there is no program terraform in PATH");
    let seen = told(scene(json!({})), "plan", Verb::There, gone);
    assert_eq!(name_of(&seen.goal("plan")), "bad", "what runs nothing says it first");
    let untold = told(scene(json!({})), "plan", Verb::Plan, Answer::default());
    assert_eq!(name_of(&untold.goal("plan")), "unknown");
}

#[test]
fn the_very_plan_that_was_shown_is_applied_and_no_other() {
    let ready = || with(scene(json!({})), &planned(2, &[]));
    let saved = |digest: Option<&str>| {
        let saved = digest.map(Clean::new);
        told(ready(), "apply", Verb::Saved, Answer { saved, ..Answer::default() })
    };
    assert_eq!(name_of(&saved(Some("d1")).goal("apply")), "untouched");
    assert!(saved(Some("d1")).refusals("apply").is_empty());
    assert_eq!(saved(Some("d2")).refusals("apply"), ["terraform-saved"]);
    assert_eq!(saved(None).refusals("apply"), ["terraform-saved"]);
    assert_eq!(ready().refusals("apply"), ["terraform-saved"], "what is not told is not good");
    let Operation::Local(LocalOperation::Terraform(deed)) = saved(Some("d1")).act("apply").operation else {
        panic!("it is applied")
    };
    assert_eq!((deed.digest.as_str(), deed.module.dir.as_str(), deed.module.within_seconds), ("d1", "stack", 2_400));
    // What a journal says was shown is held to the plan of Landfall once more.
    let gone = with(scene(json!({})), &planned(0, &["a.old"]));
    let gone = told(gone, "apply", Verb::Saved, Answer { saved: Some("d1".into()), ..Answer::default() });
    assert_eq!(gone.refusals("apply"), ["terraform-destroys"]);
    let unplanned = scene(json!({}));
    assert_eq!(name_of(&unplanned.goal("apply")), "unknown");
    assert!(unplanned.work("apply").act(&unplanned.facts()).is_none(), "what nobody planned is never applied");
}

#[test]
fn where_there_is_nothing_to_do_nothing_is_sent_and_that_is_shown_anew() {
    let nothing = || with(scene(json!({})), &Planned::default());
    let holds = told(nothing(), "apply", Verb::Settled, settled());
    assert_eq!(given_by(&holds.goal("apply"))["subnets"].as_str(), "[\"a\"]");
    assert!(holds.work("apply").act(&holds.facts()).is_none());
    let since = told(nothing(), "apply", Verb::Settled, found(planned(1, &[])));
    assert_eq!(
        (name_of(&since.goal("apply")), since.refusals("apply")),
        ("untouched", vec!["terraform-saved".to_owned()])
    );
}

#[test]
fn only_a_fresh_plan_that_has_nothing_left_shows_that_it_is_done() {
    let ran = || ended(with(scene(json!({})), &planned(2, &[])), 0, "");
    assert_eq!(name_of(&ran().goal("apply")), "unknown");
    assert_eq!(name_of(&told(ran(), "apply", Verb::Settled, settled()).goal("apply")), "holds");
    assert_eq!(question(&ran(), "apply").applied, None);
    let left = || told(ran(), "apply", Verb::Settled, found(planned(1, &[])));
    assert_eq!(name_of(&left().goal("apply")), "moving");
    assert_eq!(name_of(&left().later(121).goal("apply")), "bad");
    let ungiven = told(ran(), "apply", Verb::Settled, found(Planned::default()));
    assert_eq!(words_of(&ungiven.goal("apply")), "the root module gives no `subnets`");
    let failed = told(ran(), "apply", Verb::Settled, Answer::trouble(Sort::Failed, "Error: no credentials"));
    assert_eq!(name_of(&failed.goal("apply")), "unknown");
}

#[test]
fn an_apply_that_ended_badly_says_why_and_a_stale_plan_that_nothing_was_changed() {
    let bad = |code, stderr: &str| {
        let scene = ended(with(scene(json!({})), &planned(2, &[])), code, stderr);
        assert!(scene.work("apply").asks(&scene.asked).is_empty(), "its end is known");
        match scene.goal("apply") {
            Verdict::Bad { reason, help } => (reason.to_string(), help.to_string()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        bad(1, "Error: Saved plan is stale"),
        (
            "exit 1: Error: Saved plan is stale".to_owned(),
            "nothing was changed; retry: it is planned again and asked about again".to_owned()
        )
    );
    assert!(bad(1, "Error: creating VPC: limit").1.starts_with("what it had done by then stays"));
    // What was killed wrote nothing down.
    let (killed, help) = bad(137, "");
    assert!(killed.starts_with("exit 137: ") && help.contains("may stand in no state"), "{killed} {help}");
}

#[test]
fn an_apply_whose_end_was_not_seen_is_not_done_only_once_it_can_no_longer_run() {
    let shown = planned(2, &[]);
    let lost = || with(scene(json!({})), &shown).unanswered();
    let seen = |answer: Answer| told(lost(), "apply", Verb::Settled, answer);
    assert_eq!(question(&lost(), "apply").applied.as_deref(), Some("d1"));
    let runs = Answer { running: Some(true), ..Answer::default() };
    assert_eq!(name_of(&seen(runs).goal("apply")), "moving");
    assert_eq!(name_of(&seen(Answer::trouble(Sort::Locked, "locked by ana")).later(9_999).goal("apply")), "moving");
    assert_eq!(name_of(&seen(settled()).goal("apply")), "holds");
    // Nothing here tells whether it still runs: then only its time does.
    let fresh = || Planned { digest: Clean::default(), ..shown.clone() };
    assert_eq!(name_of(&seen(found(fresh())).goal("apply")), "moving");
    assert_eq!(name_of(&seen(found(fresh())).later(ACT_SECONDS - 1).goal("apply")), "moving");
    assert_eq!(name_of(&seen(found(fresh())).later(ACT_SECONDS).goal("apply")), "untouched");
    // It is known to have ended.
    let ended = |planned| Answer { running: Some(false), ..found(planned) };
    assert_eq!(name_of(&seen(ended(fresh())).goal("apply")), "untouched");
    let part = seen(ended(Planned { add: 1, ..Planned::default() })).goal("apply");
    assert_eq!(name_of(&part), "bad");
    assert!(words_of(&part).starts_with("part of it was done"), "{}", words_of(&part));
    assert_eq!(name_of(&seen(Answer::trouble(Sort::Failed, "Error: x")).goal("apply")), "unknown");
    assert_eq!(name_of(&lost().goal("apply")), "unknown");
}

#[test]
fn it_is_asked_about_and_cannot_be_taken_back() {
    let apply = scene(json!({})).step("apply");
    let gates: Vec<GateKind> = apply.gates.iter().map(|gate| gate.kind()).collect();
    assert_eq!((apply.undo, gates), (Undo::PointOfNoReturn, vec![GateKind::Approval, GateKind::PointOfNoReturn]));
    assert!(with(scene(json!({})), &planned(1, &[])).taken(None).way_back("apply").is_none());
    let plan = scene(json!({})).step("plan");
    assert!(!plan.acts && plan.gates.is_empty());
    assert_eq!(scene(json!({ "targets": ["a.b"] })).step("apply").needs.len(), 1);
}

#[test]
fn values_go_by_the_environment_and_a_secret_output_in_confidence() {
    let mut scene = scene(json!({ "var": { "size": 6 }, "workspace": "west", "program": "tofu" }));
    scene.plan.sealed.outputs.insert("it.subnets".into());
    let asked = question(&scene, "plan");
    assert_eq!((asked.module.var["size"].as_str(), asked.module.workspace.as_deref()), ("6", Some("west")));
    assert_eq!((asked.module.program.as_str(), asked.in_confidence.len()), ("tofu", 1));
    assert!(!token::has_token(&asked.module.var["size"]));
}

#[test]
fn what_cannot_be_meant_is_a_problem() {
    let at = |more| scene(more).problems().into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>();
    assert!(at(json!({ "var": { "size": "1" }, "targets": ["a.b[\"x y\"]"], "var_files": ["x.tfvars"] })).is_empty());
    assert_eq!(at(json!({ "dir": " " })), ["dir"]);
    assert_eq!(at(json!({ "program": "" })), ["program"]);
    assert_eq!(at(json!({ "outputs": ["a b"] })), ["outputs"]);
    assert_eq!(at(json!({ "outputs": [".planned"] })), ["outputs"]);
    assert_eq!(at(json!({ "outputs": ["a", "a"] })), ["outputs"]);
    assert_eq!(at(json!({ "var": { "a=b": "x" } })), ["var"]);
    assert_eq!(at(json!({ "targets": [""] })), ["targets"]);
    assert_eq!(at(json!({ "env": { "TF_CLI_ARGS_plan": "-destroy" } })), ["env"]);
    assert_eq!(at(json!({ "env": { "TF_WORKSPACE": "x" } })), ["env"]);
    assert_eq!(at(json!({ "env": { "TF_VAR_size": "1" }, "var": { "size": "2" } })), ["env"]);
}

#[test]
fn a_sentence_names_a_dozen_and_says_how_many_more() {
    let names: Vec<String> = (0..40).map(|nth| format!("a.n{nth}")).collect();
    let many = planned(0, &names.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(many.names().ends_with("a.n11 (destroyed), and 28 more"), "{}", many.names());
    assert!(many.told().starts_with("0 to add, 0 to change, 40 to destroy; gone then: a.n0 "));
}

#[test]
fn others_take_what_the_plan_says_that_it_gives_and_nothing_else() {
    let read = |output: &str| {
        let text = format!(
            "[application]\nname = \"shop\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n\
             [component.stack]\nkind = \"terraform\"\ndir = \"stack\"\noutputs = [\"subnets\"]\n\
             [component.warm]\nkind = \"command\"\nrun = [\"warm\", \"${{stack.{output}}}\"]\nundo = [\"cool\"]\n"
        );
        crate::plan::file::read("shop.toml", text.as_bytes(), &crate::service::Registry)
    };
    let plan = read("subnets").expect("a plan");
    assert_eq!(plan.components[1].needs.len(), 1, "what is taken is waited for");
    for output in ["vpc", ".planned"] {
        let why = format!("{:?}", read(output).expect_err("it gives no such thing"));
        assert!(why.contains("subnets") || why.contains("not a reference"), "{why}");
    }
}
