//! What the runner is given to do a step, and how that is made from the run's state: what is known of its act, its
//! resolved values, its work.

use crate::cloud::Token;
use crate::plan::{Intent, Role, Step};
use crate::recovery::start::Passed;
use crate::recovery::state::Sent;
use crate::recovery::{Reported, State};
use crate::seal::Secrets;
use crate::service::{Act, Asked, Context, Operation, Registry, Work, guard, resolve};
use crate::text::Clean;
use jiff::Timestamp;
use std::sync::Arc;

/// How many seconds without any answer make a step beside the path a debt.
const SILENCE_SECONDS: f64 = 20.0;

/// What one step needs to be done.
pub struct Job {
    /// The step.
    pub step: Step,
    /// Its work, or its compensation.
    pub work: Box<dyn Work>,
    /// Whether it is the compensation.
    pub undo: bool,
    /// The attempt it reports for.
    pub attempt: u32,
    /// What is known of an act sent before: by an earlier attempt, or by a session that ended.
    pub asked: Asked,
    /// The act that was sent, of which that is known.
    pub sent: Option<Act>,
    /// Its before-image, when something was sent before.
    pub before: serde_json::Value,
    /// When this attempt started.
    pub started_at: Timestamp,
    /// From when on its time runs: when this session took it up.
    pub taken_up_at: Timestamp,
    /// Whether the commander asked for it again after it had come to rest: then a bad state is acted on anew.
    pub again: bool,
    /// How many seconds it may take.
    pub seconds: f64,
    /// How many seconds without any answer end it, for steps beside the path and what is taken back in a region that failed again.
    pub silence_seconds: Option<f64>,
    /// What its act is, once there is one.
    pub sort: Sort,
    /// Whether its act was sent by a session that ended before the reply came: it will not come any more.
    pub orphaned: bool,
    /// Makes its acts recognisable.
    pub token: Token,
    /// What the start passed of its checks.
    pub passed: Passed,
}

/// What is known of an act without knowing what it does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sort {
    /// The API's own name for it.
    pub api: &'static str,
    /// How many seconds it may leave no trace to observe, once it was given up.
    pub settle_seconds: f64,
    /// Whether it is sent again by itself once it provably left no trace.
    pub is_sent_again: bool,
}

impl Sort {
    /// The sort of `operation`.
    pub fn of(operation: &Operation) -> Self {
        let (settle_seconds, is_sent_again) = (operation.settle_seconds(), operation.is_sent_again());
        Self { api: operation.api_name(), settle_seconds, is_sent_again }
    }
}

impl Default for Sort {
    fn default() -> Self {
        Self { api: "the act", settle_seconds: 0.0, is_sent_again: true }
    }
}

/// The job for the step at `place`, or for its compensation. `again`: it is started anew after it had failed.
///
/// # Errors
/// What to report instead when its work cannot be made.
pub fn job(
    state: &State,
    place: usize,
    undo: bool,
    again: bool,
    now: Timestamp,
    secrets: &Arc<Secrets>,
) -> Result<Job, Box<Reported>> {
    let step = state.plan_step(place).clone();
    let seconds = step.timeout_seconds;
    let own = &state.steps[place];
    let work = work(state, place, undo, secrets)?;
    let sent = if undo { &own.undo_sent } else { &own.sent };
    let asked = asked(sent.as_deref(), now);
    let before = own.sent.as_ref().map(|sent| sent.before.clone()).unwrap_or_default();
    let waits_for_nobody = match undo {
        false => step.beside && state.run.intent == Intent::Failover,
        // A region that fails again is not waited for: the other one gets back what was taken from it.
        true => state.run.intent == Intent::Failback && step.region == state.run.plan.application.recovery,
    };
    let token = Token(format!("{}-{}-{}{}", state.run.run, step.id, own.attempt, if undo { "-undo" } else { "" }));
    let passed = state.passed(&step.id);
    Ok(Job {
        again: again && asked != Asked::No,
        taken_up_at: now,
        step,
        work,
        undo,
        attempt: own.attempt,
        sent: sent.as_ref().filter(|_| asked != Asked::No).map(|sent| sent.act.clone()),
        asked,
        before,
        started_at: own.started_at.unwrap_or(state.at),
        seconds,
        silence_seconds: waits_for_nobody.then_some(SILENCE_SECONDS),
        sort: sent.as_ref().map(|sent| Sort::of(&sent.act.operation)).unwrap_or_default(),
        orphaned: sent.as_ref().is_some_and(|sent| sent.reply.is_none()),
        token,
        passed,
    })
}

/// What is known of the act. Whoever waited for its reply is gone when the journal has none: given up at the latest now.
fn asked(sent: Option<&Sent>, now: Timestamp) -> Asked {
    match sent {
        None => Asked::No,
        Some(Sent { reply: None, .. }) => Asked::Unanswered { at: now },
        Some(sent) => sent.asked(),
    }
}

fn work(state: &State, place: usize, undo: bool, secrets: &Arc<Secrets>) -> Result<Box<dyn Work>, Box<Reported>> {
    let step = state.plan_step(place);
    let plan = &state.run.plan;
    let component = plan.component(&step.component).ok_or_else(|| {
        impossible(&format!("the plan has no component {}", step.component), "the journal is of another plan")
    })?;
    let service = Registry.service(step.kind.as_str()).ok_or_else(|| {
        impossible(
            &format!("this program knows no kind {}", step.kind),
            "use the version of Landfall that began this run",
        )
    })?;
    let resolved = match resolve::resolve(component, &state.outputs) {
        Ok(resolved) => resolved,
        // Going back needs what was there before, and a fence what is there now: neither waits for new values.
        Err(_) if undo || step.role() == Role::Fence => component.clone(),
        Err(_) if service.is_before_the_others(step.id.action()) => component.clone(),
        Err(unresolved) => {
            let help =
                "verify the step that gives it; if that was skipped, this one has to be skipped too, and done by hand";
            return Err(impossible(&unresolved.to_string(), help));
        }
    };
    let context = Context {
        plan,
        intent: state.run.intent,
        component: &resolved,
        outputs: &state.outputs,
        begun_at: state.begun_at,
        past_the_point: undo && state.rollback.as_ref().is_some_and(|rollback| rollback.past_the_point.is_some()),
        may_be_promoted: state.promotions.contains_key(&step.component),
        run: state.run.run.as_str(),
        attempt: state.steps[place].attempt,
    };
    if !undo {
        return Ok(guard::work(service, step, &context, secrets));
    }
    let sent = state.steps[place].sent.as_ref();
    let before = sent.map(|sent| sent.before.clone()).unwrap_or_default();
    let asked = state.steps[place].asked();
    guard::compensation(service, step, &context, &before, asked.receipt(), secrets).ok_or_else(|| {
        Box::new(Reported::Failed {
            reason: Clean::new(&format!("nothing takes {} back by itself", step.id)),
            help: Clean::new("take it back by hand, or leave it; then note what was done"),
            checks: Vec::new(),
        })
    })
}

/// A step whose work cannot even be made: a `${…}` that nothing gives, a kind this program does not know.
fn impossible(reason: &str, help: &str) -> Box<Reported> {
    Box::new(Reported::Failed { reason: Clean::new(reason), help: Clean::new(help), checks: Vec::new() })
}
