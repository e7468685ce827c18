//! `command`: any program, as a step. Its arguments and environment are handed over as they are, never through a shell.

use super::ask::{Ask, Invocation, Place};
use super::blocked::Blocked;
use super::local;
use super::observation::Exit;
use super::operation::{Act, LocalOperation, Operation, Receipt};
use super::registry::{Context, Service};
use super::resolve::resolve;
use super::say::{Rule, outputs, side_of};
use super::turned::{self, Done, Turned};
use super::work::{Asked, Facts, Look, Verdict, Work};
use crate::plan::fields::fields;
use crate::plan::{Application, Component, Draft, Field, Finding, Gate, Intent, Kind, Plan, Problem, Step, Undo};
use jiff::Timestamp;

/// The kind.
pub struct Command;

fields! {
    /// What a plan says of a program.
    pub(crate) struct Said {
        required run: Program, "the program and its arguments; never through a shell";
        given verify: Program, "a program that changes nothing and exits 0 once the goal holds";
        given failback: Program, "a program that a failback runs in its place: what takes back what it did, or does it for the region that is gone back to";
        given undo: Program, "a program that takes it back; exit 0 means it did";
        optional env: TextTable, "the environment of all three, beside PATH, HOME, LANG, LC_ALL, LC_CTYPE, TMPDIR, TZ and the proxies: nothing else is handed on";
        optional cwd: Value, "the directory they run in; Landfall's own by default";
        optional expect_exit: Within(0, 255) = 0, "the exit code of `run` that means success; 0 by default";
        optional changes: Truth = true, "false: `run` only looks, and is run until it succeeds; true by default";
    }
}

impl Said {
    /// Its programs by their fields, those that are given.
    fn programs(&self) -> impl Iterator<Item = (&'static str, &Vec<String>)> {
        let programs = [
            ("run", Some(&self.run)),
            ("verify", self.verify.as_ref()),
            ("failback", self.failback.as_ref()),
            ("undo", self.undo.as_ref()),
        ];
        programs.into_iter().filter_map(|(field, program)| Some((field, program?)))
    }

    /// The exit code that means success.
    pub(crate) fn expected_exit(&self) -> i32 {
        self.expect_exit.try_into().unwrap_or(0)
    }

    fn undoing(&self) -> Undo {
        match &self.undo {
            _ if !self.changes => Undo::NoneNeeded,
            Some(undo) if !undo.is_empty() => Undo::Reversible,
            Some(_) | None => Undo::PointOfNoReturn,
        }
    }

    /// `program` as it is run for `component`; `None` when the plan has none.
    fn invocation(&self, program: Option<&Vec<String>>, component: &Component, plan: &Plan) -> Option<Invocation> {
        Some(Invocation {
            run: program.filter(|program| !program.is_empty())?.clone(),
            env: self.env.clone(),
            cwd: self.cwd.clone(),
            within_seconds: component.timeout_seconds.unwrap_or(RUN_SECONDS).ceil().max(1.0) as u64,
            in_confidence: plan.gives_in_confidence(component.name.as_str(), "stdout"),
        })
    }
}

static NO_UNDO: Rule = Rule {
    code: "command-no-undo",
    wanted: "an `undo`, or `changes = false` for a command that only looks",
    fix: "give the command that takes it back, or accept that it is a point of no return",
    source: "AWS Well-Architected REL13-BP03: rehearse recovery, the way back included",
};

/// How long a program may run unless the component's `timeout` says otherwise, in seconds.
const RUN_SECONDS: f64 = 600.0;

impl Kind for Command {
    fn name(&self) -> &'static str {
        "command"
    }
    fn about(&self) -> &'static str {
        "runs a program where Landfall runs and verifies how it ended"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["stdout"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        let mut problems = Vec::new();
        for (name, _) in said.programs().filter(|(_, program)| program.first().is_none_or(String::is_empty)) {
            let message = format!("`{name}` names no program");
            problems.push(Problem::at(name, message, "a list: the program, then its arguments"));
        }
        if said.expect_exit > 255 {
            problems.push(Problem::at("expect_exit", "no program exits with that", "a number from 0 to 255"));
        }
        if !said.changes {
            for (name, _) in said.programs().filter(|(name, _)| *name != "run") {
                let message = format!("a command that changes nothing needs no `{name}`");
                problems.push(Problem::at(name, message, format!("leave out `{name}`, or `changes = false`")));
            }
        }
        problems
    }
    fn findings(&self, component: &Component, _application: &Application) -> Vec<Finding> {
        match Said::of(&component.fields).map(|said| said.undoing()) {
            Ok(Undo::PointOfNoReturn) => {
                vec![NO_UNDO.broken_by(component, "it changes something and has no `undo`")]
            }
            Ok(Undo::NoneNeeded | Undo::Reversible | Undo::DataLoss) | Err(_) => Vec::new(),
        }
    }
    fn steps(&self, component: &Component, _application: &Application, _intent: Intent) -> Vec<Draft> {
        let title = format!("run {}", component.name);
        let Ok(undo) = Said::of(&component.fields).map(|said| said.undoing()) else { return Vec::new() };
        let draft = Draft::look("run", title, side_of(component), 30.0, 2.0 * RUN_SECONDS + 60.0);
        let gates = match undo {
            Undo::PointOfNoReturn => vec![Gate::PointOfNoReturn],
            Undo::NoneNeeded | Undo::Reversible | Undo::DataLoss => Vec::new(),
        };
        vec![Draft { undo, acts: undo != Undo::NoneNeeded, ..draft.gated(gates) }]
    }
}

impl Service for Command {
    fn work(&self, _step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let component = context.component;
        let place = Place::of(component, &context.plan.application, side_of(component));
        let said = match Said::of(&component.fields) {
            Ok(said) => said,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        let Some(run) = said.invocation(Some(&said.run), component, context.plan) else {
            return Box::new(Blocked::because("`run` names no program"));
        };
        let expected_exit = said.expected_exit();
        if !said.changes {
            return Box::new(Looking { place, run, expected_exit });
        }
        let verify = said.invocation(said.verify.as_ref(), component, context.plan);
        Box::new(Running { place, run, verify, expected_exit })
    }
    fn compensation(
        &self,
        _step: &Step,
        context: &Context<'_>,
        _before: &serde_json::Value,
        _receipt: Option<&Receipt>,
    ) -> Option<Box<dyn Work>> {
        // Resolved here, from the plan: a program is never handed a `${…}` that nothing gave.
        let component = &resolve(context.plan.component(&context.component.name)?, context.outputs).ok()?;
        let said = Said::of(&component.fields).ok()?;
        let run = said.invocation(said.undo.as_ref(), component, context.plan)?;
        let place = Place::of(component, &context.plan.application, side_of(component));
        Some(Box::new(Running { place, run, verify: None, expected_exit: 0 }))
    }

    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        let said = Said::of(&component.fields).map_err(|missing| missing.to_string())?;
        if let Some(failback) = component.fields.0.get("failback").filter(|_| said.failback.is_some()) {
            let mut turned = Turned::of(component).remembering(component);
            turned.set("run", failback.clone());
            for name in ["failback", "verify", "undo", "expect_exit"] {
                turned.set(name, serde_json::Value::Null);
            }
            turned.notes.push("its `failback`, in the place of what it ran on the way there".to_owned());
            return Ok(turned);
        }
        if !done.acted() {
            return Ok(turned::looked(component, done));
        }
        Ok(turned::by_hand(
            component,
            format!(
                "Undo by hand what {} did in {}, where the way back needs it",
                component.name, done.application.recovery
            ),
        ))
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({ "run": ["true"], "verify": ["true"], "undo": ["false"] })
    }
}

/// How a program ended, in words, with the end of what it said.
fn ending(exit: &Exit) -> String {
    let said = if exit.stderr.trim().is_empty() { exit.stdout.trim() } else { exit.stderr.trim() };
    let ended = exit.code.map_or_else(|| "stopped before its end".to_owned(), |code| format!("exit {code}"));
    if said.is_empty() { ended } else { format!("{ended}: {said}") }
}

fn done(exit: &Exit) -> Verdict {
    Verdict::holds(ending(exit), outputs([("stdout", exit.stdout.trim())]))
}

/// Runs a program that changes something, once.
struct Running {
    place: Place,
    run: Invocation,
    verify: Option<Invocation>,
    expected_exit: i32,
}

impl Running {
    /// What it means that `verify` finds nothing after a program whose end was not seen: an orphan may still run for
    /// as long as it was allowed to, and after that it provably did not do it.
    fn by_its_absence(&self, started: Timestamp, now: Timestamp, verified: &Exit) -> Verdict {
        let left = i64::try_from(self.run.within_seconds).unwrap_or(i64::MAX) - now.duration_since(started).as_secs();
        if left > 0 {
            return Verdict::moving(format!(
                "its end was not seen and it may still run for {left} s: {}",
                ending(verified)
            ));
        }
        Verdict::untouched(format!("it is not done: {}", ending(verified)))
    }
    /// What the program's own end says.
    fn by_its_end(&self, asked: &Asked) -> Verdict {
        match asked {
            Asked::No => Verdict::untouched("not run yet"),
            Asked::Unanswered { .. } => {
                Verdict::unknown_until_asked_again("the command was started and its end was not seen")
            }
            Asked::Taken { receipt, .. } => match &receipt.exit {
                None => Verdict::unknown_until_asked_again("the command was run and how it ended is not known"),
                Some(exit) if exit.code == Some(self.expected_exit) => done(exit),
                Some(exit) => {
                    Verdict::bad(ending(exit), format!("wanted exit {}; mend it, then retry", self.expected_exit))
                }
            },
        }
    }
}

impl Work for Running {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        self.verify.iter().map(|verify| local::looked(&self.place, verify).ask).collect()
    }
    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let by_its_end = self.by_its_end(facts.asked);
        let Some(verify) = &self.verify else { return by_its_end };
        let ended_well = matches!(by_its_end, Verdict::Holds { .. });
        match facts.see(&local::looked(&self.place, verify)) {
            // What `run` printed is what others were promised; `verify` speaks only where `run` did not.
            Look::There(verified) if verified.code == Some(0) && !ended_well => done(verified),
            Look::There(verified) if verified.code != Some(0) && ended_well => {
                Verdict::moving(format!("run, not verified yet: {}", ending(verified)))
            }
            Look::There(verified) if verified.code != Some(0) => match facts.asked {
                Asked::Unanswered { at } => self.by_its_absence(*at, facts.now, verified),
                Asked::No | Asked::Taken { .. } => by_its_end,
            },
            Look::NotTold(why) if ended_well || *facts.asked == Asked::No => Verdict::unknown(why),
            Look::There(_) | Look::Absent | Look::NotTold(_) => by_its_end,
        }
    }
    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        Some(Act { place: self.place.clone(), operation: Operation::Local(LocalOperation::Run(self.run.clone())) })
    }
}

/// Runs a program that only looks, until it ends as wanted.
struct Looking {
    place: Place,
    run: Invocation,
    expected_exit: i32,
}

impl Work for Looking {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![local::looked(&self.place, &self.run).ask]
    }
    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        match facts.see(&local::looked(&self.place, &self.run)) {
            Look::There(exit) if exit.code == Some(self.expected_exit) => done(exit),
            Look::There(exit) => Verdict::moving(format!("{}; wanted exit {}", ending(exit), self.expected_exit)),
            Look::Absent => Verdict::unknown("no answer"),
            Look::NotTold(why) => Verdict::unknown(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::{GateKind, Side, Undo};
    use crate::service::ask::{Invocation, LocalQuery, Query};
    use crate::service::observation::{Exit, LocalObservation, Observation};
    use crate::service::operation::{LocalOperation, Operation, Receipt};
    use crate::service::scene::{Scene, given_by, name_of, start, words_of};
    use crate::service::work::Asked;
    use serde_json::{Value, json};

    fn scene(more: Value) -> Scene {
        let mut fields = json!({ "run": ["terraform", "apply"] });
        for (name, value) in more.as_object().expect("a table") {
            fields[name] = value.clone();
        }
        Scene::new("command", fields)
    }

    fn exit(code: i32, stdout: &str, stderr: &str) -> Exit {
        Exit { code: Some(code), stdout: stdout.into(), stderr: stderr.into() }
    }

    fn ended(mut scene: Scene, exit: Exit) -> Scene {
        scene.asked = Asked::Taken { at: start(), receipt: Receipt { id: None, exit: Some(exit) } };
        scene
    }

    fn looked(scene: Scene, run: &[&str], exit: Exit) -> Scene {
        let run = run.iter().map(|word| (*word).to_owned()).collect();
        let look = Invocation { run, within_seconds: 600, ..Invocation::default() };
        scene.sees(
            Side::Recovery,
            Query::Local(LocalQuery::Look(look)),
            Observation::Local(LocalObservation::Exit(exit)),
        )
    }

    #[test]
    fn its_end_decides_where_nothing_verifies_it() {
        assert_eq!(name_of(&scene(json!({})).goal("run")), "untouched");
        assert_eq!(name_of(&ended(scene(json!({})), exit(1, "", "no credentials")).goal("run")), "bad");
        let good = ended(scene(json!({})), exit(0, "42 \n", "")).goal("run");
        assert_eq!(given_by(&good)["stdout"].as_str(), "42");
        assert_eq!(name_of(&ended(scene(json!({ "expect_exit": 2 })), exit(0, "", "")).goal("run")), "bad");
        assert_eq!(name_of(&ended(scene(json!({ "expect_exit": 2 })), exit(2, "", "")).goal("run")), "holds");
        let stopped = Exit { code: None, ..exit(0, "", "") };
        assert_eq!(words_of(&ended(scene(json!({})), stopped).goal("run")), "stopped before its end");
    }

    #[test]
    fn a_command_whose_end_was_not_seen_is_unknown_and_not_run_again() {
        let verdict = scene(json!({})).unanswered().goal("run");
        assert_eq!(words_of(&verdict), "the command was started and its end was not seen");
        assert_eq!(name_of(&verdict), "unknown");
    }

    #[test]
    fn verify_decides_where_there_is_one() {
        let scene = || scene(json!({ "verify": ["check"] }));
        let good = |scene| looked(scene, &["check"], exit(0, "all there", ""));
        let bad = |scene| looked(scene, &["check"], exit(1, "", "not yet"));
        assert_eq!(name_of(&good(scene()).goal("run")), "holds");
        assert_eq!(name_of(&bad(scene()).goal("run")), "untouched");
        assert_eq!(name_of(&scene().goal("run")), "unknown");
        assert_eq!(name_of(&good(scene().unanswered()).goal("run")), "holds");
        // The orphan may still run; once it no longer may, it provably did not do it.
        assert_eq!(name_of(&bad(scene().unanswered()).goal("run")), "moving");
        assert_eq!(name_of(&bad(scene().unanswered()).later(601).goal("run")), "untouched");
        let ran = || ended(scene(), exit(0, "id-7", ""));
        assert_eq!(name_of(&bad(ran()).goal("run")), "moving");
        assert_eq!(name_of(&ran().goal("run")), "unknown");
        assert_eq!(given_by(&good(ran()).goal("run"))["stdout"].as_str(), "id-7");
        assert_eq!(name_of(&bad(ended(scene(), exit(1, "", "no"))).goal("run")), "bad");
    }

    #[test]
    fn a_command_that_only_looks_is_never_sent_and_is_looked_at_until_it_succeeds() {
        let scene = || scene(json!({ "changes": false }));
        assert!(scene().work("run").act(&scene().facts()).is_none());
        assert_eq!(scene().step("run").undo, Undo::NoneNeeded);
        let run = ["terraform", "apply"];
        assert_eq!(name_of(&looked(scene(), &run, exit(1, "", "")).goal("run")), "moving");
        assert_eq!(given_by(&looked(scene(), &run, exit(0, "ok", "")).goal("run"))["stdout"].as_str(), "ok");
    }

    #[test]
    fn a_change_without_undo_is_a_point_of_no_return() {
        let step = scene(json!({})).step("run");
        assert_eq!(step.undo, Undo::PointOfNoReturn);
        assert_eq!(step.gates[0].kind(), GateKind::PointOfNoReturn);
        assert_eq!(scene(json!({})).findings(), ["command-no-undo"]);
        assert!(scene(json!({ "undo": ["terraform", "destroy"] })).step("run").gates.is_empty());
    }

    #[test]
    fn arguments_and_environment_go_to_the_program_as_they_are() {
        let scene = scene(json!({
            "run": ["echo", "$(rm -rf /); `x`", ""], "env": { "HOST": "a b" }, "cwd": "/srv", "undo": ["back"],
        }));
        let Operation::Local(LocalOperation::Run(run)) = scene.act("run").operation else { panic!("it is run") };
        assert_eq!(run.run, ["echo", "$(rm -rf /); `x`", ""]);
        assert_eq!((run.env["HOST"].as_str(), run.cwd.as_deref()), ("a b", Some("/srv")));
        let back = scene.way_back("run").expect("it has an undo");
        let Some(Operation::Local(LocalOperation::Run(undo))) = back.act(&scene.facts()).map(|act| act.operation)
        else {
            panic!("it is run")
        };
        assert_eq!(undo.run, ["back"]);
        assert_eq!(name_of(&back.goal(&ended(scene, exit(0, "", "")).facts())), "holds");
    }

    #[test]
    fn an_undo_that_waits_for_what_nothing_gave_is_not_run() {
        let undo = || json!({ "undo": ["back", "${orders-db.endpoint}"] });
        assert!(scene(undo()).way_back("run").is_none());
        let mut given = scene(undo());
        given.outputs.insert("orders-db".into(), crate::service::say::outputs([("endpoint", "db")]));
        assert!(given.way_back("run").is_some());
    }

    #[test]
    fn commands_that_cannot_be_meant_are_problems() {
        let at = |more| scene(more).problems().into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>();
        assert_eq!(at(json!({ "run": [] })), ["run"]);
        assert_eq!(at(json!({ "run": [""] })), ["run"]);
        assert_eq!(at(json!({ "verify": [] })), ["verify"]);
        assert_eq!(at(json!({ "expect_exit": 256 })), ["expect_exit"]);
        assert_eq!(at(json!({ "changes": false, "undo": ["back"] })), ["undo"]);
    }
}
