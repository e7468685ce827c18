//! Events told in words: one short line each, the same on the screen and in a report. Pure.

use super::event::{Event, Fence, GateAnswer, Mode, RunOutcome, What};
use super::start::{Found, Preflight, Started};
use super::state::State;
use super::{facilitate, window, words};
use crate::plan::{AccountName, GateKind, Level};
use crate::service::{CallMade, Reply};

/// `event` in words, without its time. `state` gives the steps their titles.
pub fn tell(state: &State, event: &Event) -> String {
    let by = &event.by;
    let title = |step: &crate::plan::StepId| {
        state.step(step).map_or_else(|| step.as_str().to_owned(), |(step, _)| step.title.as_str().to_owned())
    };
    match &event.what {
        What::RunOpened(opened) => format!("{} of {} opened", opened.intent.word(), opened.plan.application.name),
        What::SessionOpened { host, pid, resumed, beside, taken_over, .. } => {
            let begun = match (*resumed, *taken_over) {
                (true, true) => "took the run over",
                (true, false) => "resumed",
                (false, _) => "drives",
            };
            let beside = if *beside { ", beside whatever else drives this application" } else { "" };
            format!("{by} {begun} from {host} (process {pid}){beside}")
        }
        What::SessionClosed { why } => format!("session closed: {why}"),
        What::Preflight(found) => format!("preflight: {}", preflight_words(found)),
        What::Started(start) => started_words(by, start),
        What::RulesTurned { found, rests } => turned_words(found, rests.as_deref()),
        What::ReturnJudged(found) => window::told(found),
        What::ModeChanged { mode } => format!("{by}: {}", mode_word(*mode)),
        What::StepStarted { step, attempt: 1 } => format!("started {}", title(step)),
        What::StepStarted { step, attempt } => format!("started {} again (attempt {attempt})", title(step)),
        What::StepActing { step, act, .. } => format!("{}: sending {}", title(step), act.operation.api_name()),
        What::StepActed { step, reply } | What::UndoActed { step, reply } => {
            format!("{}: {}", title(step), reply_words(reply))
        }
        What::StepProgress { step, note } => format!("{}: {note}", title(step)),
        What::StepSucceeded { step, already_done: false, evidence, .. } => format!("ok {}: {evidence}", title(step)),
        What::StepSucceeded { step, already_done: true, evidence, .. } => {
            format!("was done already: {} ({evidence})", title(step))
        }
        What::StepFailed { step, reason, .. } => format!("FAILED {}: {reason}", title(step)),
        What::StepUnknown { step, why } => format!("UNKNOWN {}: {why}", title(step)),
        What::StepWithdrawn { step, why } => format!("withdrawn {}: {why}", title(step)),
        What::StepSkipped { step, reason } => format!("{by} skipped {}: “{reason}”", title(step)),
        What::StepOwed { step, fence, why } => format!("owed, {}: {} ({why})", fence_words(*fence), title(step)),
        What::GateOpened { step, gate, .. } => format!("gate asked before {}: {}", title(step), gate.words()),
        What::GatePassed { step, gate, answer, .. } => match answer {
            GateAnswer::Within if *gate == GateKind::Divergence => {
                format!("nothing was found to differ: {}", title(step))
            }
            GateAnswer::Reconciled { how } => format!("{by} has reconciled what differed: “{how}”"),
            GateAnswer::Within => format!("{} within the objective before {}", gate.words(), title(step)),
            GateAnswer::Crossed { region, ahead } => {
                format!("{} crossed into {region}: {}", ahead.as_ref().unwrap_or(by), title(step))
            }
            GateAnswer::Accepted { reason, ahead } => {
                let (by, title) = (ahead.as_ref().unwrap_or(by), title(step));
                match gate {
                    GateKind::Writers => format!("{by} goes on beside an old writer at {title}: “{reason}”"),
                    GateKind::CaughtUp => format!("{by} loses what is not caught up at {title}: “{reason}”"),
                    GateKind::Divergence => format!("{by} accepts what may differ: “{reason}”"),
                    GateKind::Approval
                    | GateKind::PointOfNoReturn
                    | GateKind::Loss
                    | GateKind::Manual
                    | GateKind::Window => {
                        format!("{by} accepted the loss at {title}: “{reason}”")
                    }
                }
            }
            GateAnswer::Approved { reason } => with_reason(format!("{by} approved {}", title(step)), reason.as_deref()),
            GateAnswer::Done { reason } => with_reason(format!("{by} says done: {}", title(step)), reason.as_deref()),
        },
        What::RollbackStarted { steps, reason, .. } => {
            let reason = Some(reason.as_str()).filter(|reason| !reason.is_empty());
            with_reason(format!("{by} rolls back {}", words::steps(steps.len())), reason)
        }
        What::UndoStarted { step } => format!("undoing {}", title(step)),
        What::UndoActing { step, act } => format!("undoing {}: sending {}", title(step), act.operation.api_name()),
        What::StepUndone { step, evidence, .. } => format!("undone {}: {evidence}", title(step)),
        What::UndoImpossible { step, why } => format!("stays: {} ({why})", title(step)),
        What::UndoFailed { step, reason, .. } => format!("UNDO FAILED {}: {reason}", title(step)),
        What::UndoUnknown { step, why, .. } => format!("UNDO UNKNOWN {}: {why}", title(step)),
        What::RollbackStopped { step, why } => format!("rollback stopped at {}: {why}", title(step)),
        What::RollbackEnded => "rollback has gone as far as it was asked to".to_owned(),
        What::AbortRequested { reason } => format!("{by} ends the run where it stands: “{reason}”"),
        What::Call { call, .. } => call_words(call),
        What::Lag { component, sample } => format!("lag of {component}: {}", words::loss(sample.seconds)),
        What::Health { component, health, .. } => format!("{component}: {}", health.note),
        What::HealthUnchanged { side, .. } => {
            format!("looked at in {}: nothing has changed", state.run.plan.application.region(*side))
        }
        What::Watched { watchers: 1 } => "1 other looks on".to_owned(),
        What::Watched { watchers } => format!("{watchers} others look on"),
        What::CredentialsExpired { account, why } => format!("waits: {}", of_account(account.as_ref(), why)),
        What::CredentialsRenewed { account } => of_account(account.as_ref(), "the credentials work again"),
        What::Identity { identity } => format!("{} as {}", identity.region, identity.arn),
        What::Note { text, step: None } => format!("{by}: “{text}”"),
        What::Note { text, step: Some(step) } => format!("{by} on {}: “{text}”", title(step)),
        What::ValuesRead { values } => {
            let told = values.iter().map(|value| format!("{} ({})", value.name, value.how.words()));
            format!("{by} goes on with other values: {}", told.collect::<Vec<_>>().join(", "))
        }
        What::FaultInjected { fault, scripted } => {
            format!("{}: {}", facilitate::whose(by, *scripted), fault.begins())
        }
        What::FaultEnded { fault, scripted } => format!("{}: {}", facilitate::whose(by, *scripted), fault.ends()),
        What::TakenUp(failback) => format!("its failback is run {}", failback.run),
        What::RunEnded(ended) if ended.outcome == RunOutcome::Held && state.needs_start() => {
            "run left before its start: nothing was changed".to_owned()
        }
        What::RunEnded(ended) => format!("run ended: {}", outcome_words(ended.outcome)),
        What::Later { event } => format!("{event}: written by a later Landfall, not known to this one"),
    }
}

/// `event` in words that do not begin with who did it, for where the name stands beside them.
pub fn tell_without_name(state: &State, event: &Event) -> String {
    let told = tell(state, event);
    let rest = told.strip_prefix(event.by.as_str()).and_then(|rest| rest.strip_prefix(": ").or(rest.strip_prefix(' ')));
    rest.map(str::to_owned).unwrap_or(told)
}

/// An API call: `rds.DescribeDBInstances us-west-2 210ms`.
pub fn call_words(call: &CallMade) -> String {
    let attempt = if call.attempt > 1 { format!(" attempt {}", call.attempt) } else { String::new() };
    let error = call.error.as_ref().map(|error| format!(" {error}")).unwrap_or_default();
    format!("{} {} {}ms{attempt}{error}", call.operation, call.region, call.latency_ms)
}

/// What came back, in words.
pub fn reply_words(reply: &Reply) -> String {
    match reply {
        Reply::Taken { receipt } => match &receipt.id {
            Some(id) => format!("taken, {id}"),
            None => "taken".to_owned(),
        },
        Reply::Refused { code: Some(code), message } => format!("refused, {code}: {message}"),
        Reply::Refused { code: None, message } => format!("refused: {message}"),
        Reply::NoAnswer { message } => format!("no answer: {message}"),
        Reply::NotNow { message, .. } => format!("not taken yet: {message}"),
        Reply::Expired { message } => format!("not taken, the credentials have expired: {message}"),
    }
}

/// Something said of an account; of the ambient credentials when it has no name.
pub fn of_account(account: Option<&AccountName>, said: &str) -> String {
    account.map_or_else(|| said.to_owned(), |account| format!("account {account}: {said}"))
}

/// How steps start.
pub fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Step => "step by step",
        Mode::Auto => "auto",
        Mode::Hold => "hold",
    }
}

/// How far a fence came.
pub fn fence_words(fence: Fence) -> &'static str {
    match fence {
        Fence::Attempted => "attempted",
        Fence::Impossible => "not possible",
        Fence::Refused => "still writes, accepted",
        Fence::Later => "takes longer",
    }
}

/// How a run ended.
pub fn outcome_words(outcome: RunOutcome) -> &'static str {
    match outcome {
        RunOutcome::Completed => "completed",
        RunOutcome::CompletedWithExceptions => "completed with exceptions",
        RunOutcome::Failed => "failed",
        RunOutcome::Aborted => "aborted",
        RunOutcome::RolledBack => "rolled back",
        RunOutcome::Held => "held at a gate",
    }
}

fn with_reason(told: String, reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!("{told}: “{reason}”"),
        None => told,
    }
}

/// What preflight found, in numbers.
pub fn preflight_words(found: &Preflight) -> String {
    let warns = if found.warns.is_empty() { String::new() } else { format!(", {} to know", found.warns.len()) };
    format!("{} block, {} unknown{warns}, {} ok", found.blocks.len(), found.unknown.len(), found.ok.len())
}

/// How rules turned while the run goes on: the worst of it, and how many more.
pub fn turned_words(found: &[Found], rests: Option<&str>) -> String {
    let rests = rests.map(|why| format!("readiness is asked no more in this session: {why}"));
    let mut worst: Vec<&Found> = found.iter().collect();
    worst.sort_by_key(|found| (found.check.level != Level::Failing, found.check.weight));
    let told = worst.first().map(|one| {
        let more = if worst.len() > 1 { format!(" (+{} more)", worst.len() - 1) } else { String::new() };
        let of = one.component.as_ref().map_or_else(String::new, |name| format!("{name}: "));
        format!("{of}{} is {} now: {}{more}", one.check.code, one.check.level.word(), one.check.found)
    });
    told.into_iter().chain(rests).collect::<Vec<_>>().join("; ")
}

/// A start in words, with what was passed and accepted.
pub fn started_words(by: &str, start: &Started) -> String {
    let mut told = format!("{by} starts the run: typed {}", start.typed);
    if start.crosses {
        told.push_str(", points of no return crossed ahead");
    }
    for despite in &start.despite {
        told.push_str(&format!("; despite {}: “{}”", despite.code, despite.why));
    }
    for accepted in &start.accepted {
        let of = accepted.component.as_ref().map_or_else(String::new, |component| format!(" of {component}"));
        let most = accepted.at_most_seconds.map_or_else(String::new, |most| format!(" up to {}", words::amount(most)));
        told.push_str(&format!("; loss{of}{most} accepted: “{}”", accepted.reason));
    }
    told
}
