//! A run's events in words, one line each, for people reading a headless run.

use crate::plan::{GateKind, Level};
use crate::recovery::event::{Ended, GateAnswer};
use crate::recovery::outcome::Outcome;
use crate::recovery::{Event, State, What, debts, facilitate, objective, telling, window, words};

/// The line for `event`, if it is worth one; `state` is the state after it.
pub fn line(event: &Event, state: &State) -> Option<String> {
    let at = format!("T+{}", words::clock(objective::seconds_between(state.run.declared_at, event.at)));
    let title = |step: &crate::plan::StepId| {
        state.step(step).map_or_else(|| step.to_string(), |(plan_step, _)| plan_step.title.to_string())
    };
    let told = match &event.what {
        What::RunOpened(opened) => {
            let application = &opened.plan.application;
            let (name, from, to) = (&application.name, &application.primary, &application.recovery);
            format!("{name}: {} {from} → {to}, {}", opened.intent.word(), words::steps(opened.runbook.steps.len()))
        }
        What::SessionOpened { taken_over: true, .. } => format!("{} took the run over", event.by),
        What::SessionOpened { resumed: true, .. } => format!("{} goes on with the run", event.by),
        What::SessionOpened { .. } => return None,
        What::SessionClosed { why } => format!("session closed: {why}"),
        What::Preflight(found) => format!("   preflight: {}", telling::preflight_words(found)),
        What::Started(start) => format!("▶  {}", telling::started_words(&event.by, start)),
        What::RulesTurned { found, rests } => {
            let is_bad = rests.is_some() || found.iter().any(|found| found.check.level == Level::Failing);
            let mark = if is_bad { "!" } else { " " };
            format!("{mark}  {}", telling::turned_words(found, rests.as_deref()))
        }
        What::ReturnJudged(found) => format!("   {}", window::told(found)),
        What::ModeChanged { .. } => return None,
        What::StepStarted { step, attempt: 1 } => format!("…  {}", title(step)),
        What::StepStarted { step, attempt } => format!("…  {} (attempt {attempt})", title(step)),
        What::StepActing { act, .. } => format!("→  {} in {}", act.operation.api_name(), act.place.region),
        What::StepActed { .. } | What::StepProgress { .. } => return None,
        What::StepSucceeded { step, already_done: true, evidence, .. } => {
            format!("✓  {} (already done): {evidence}", title(step))
        }
        What::StepSucceeded { step, evidence, .. } => format!("✓  {}: {evidence}", title(step)),
        What::StepFailed { step, reason, help, .. } => {
            format!("✗  {}: {} {help}", title(step), words::sentence(reason))
        }
        What::StepUnknown { step, why } => format!("?  {}: not known whether it happened: {why}", title(step)),
        What::StepWithdrawn { step, why } => format!("·  {} withdrawn: {why}", title(step)),
        What::StepSkipped { step, reason } => format!("»  {} skipped by {}: {reason}", title(step), event.by),
        What::StepOwed { step, why, .. } => format!("!  {} is owed: {why}", title(step)),
        What::GateOpened { question, .. } => format!("?  {question}"),
        What::GatePassed { step, gate, answer, exposure } => {
            let exposure = exposure.as_ref().map_or_else(String::new, |exposure| format!(" ({})", exposure.note));
            let how = match answer {
                GateAnswer::Within if *gate == GateKind::Divergence => "nothing was found to differ".to_owned(),
                GateAnswer::Within => "within the objective".to_owned(),
                GateAnswer::Reconciled { how } => format!("reconciled, says {}: {how}", event.by),
                GateAnswer::Approved { reason } => format!("approved by {}{}", event.by, after(reason)),
                GateAnswer::Crossed { region, ahead } => {
                    format!("{region} confirmed by {}", ahead.as_ref().unwrap_or(&event.by))
                }
                GateAnswer::Accepted { reason, ahead } => {
                    format!("accepted by {}: {reason}", ahead.as_ref().unwrap_or(&event.by))
                }
                GateAnswer::Done { reason } => format!("done, says {}{}", event.by, after(reason)),
            };
            format!("◇  {} · {}: {how}{exposure}", title(step), gate.words())
        }
        What::RollbackStarted { steps, .. } => format!("↩  rolling back {}", words::steps(steps.len())),
        What::UndoStarted { step } => format!("↩  undo: {}", title(step)),
        What::UndoActing { act, .. } => format!("→  {} in {}", act.operation.api_name(), act.place.region),
        What::UndoActed { .. } => return None,
        What::StepUndone { step, evidence, .. } => format!("↩  undone: {}: {evidence}", title(step)),
        What::UndoImpossible { why, .. } => format!("!  {why}"),
        What::UndoFailed { step, reason, help } => {
            format!("✗  undo of {}: {} {help}", title(step), words::sentence(reason))
        }
        What::UndoUnknown { step, why, .. } => format!("?  undo of {}: {why}", title(step)),
        What::RollbackStopped { why, .. } => format!("!  the rollback stops: {why}"),
        What::RollbackEnded => "↩  rolled back".to_owned(),
        What::AbortRequested { reason } => format!("!  abort asked for by {}: {reason}", event.by),
        What::TakenUp(_) => telling::tell(state, event),
        What::Health { .. } => match debts::noticed(state, event) {
            noticed if noticed.is_empty() => return None,
            noticed => format!("⚑  {}", debts::noticed_words(&noticed)),
        },
        What::Call { .. } | What::Lag { .. } | What::HealthUnchanged { .. } | What::Watched { .. } => {
            return None;
        }
        What::CredentialsExpired { account, why } => format!("!  held: {}", telling::of_account(account.as_ref(), why)),
        What::CredentialsRenewed { account } => {
            format!("◇  {}", telling::of_account(account.as_ref(), "the credentials work again"))
        }
        What::Identity { identity } => format!("   {} in {}", identity.arn, identity.region),
        What::Note { text, .. } => format!("✎  {}: {text}", event.by),
        What::ValuesRead { .. } => format!("◇  {}", telling::tell(state, event)),
        What::FaultInjected { fault, scripted } => {
            format!("!  {}: {}", facilitate::whose(&event.by, *scripted), fault.begins())
        }
        What::FaultEnded { fault, scripted } => {
            format!("!  {}: {}", facilitate::whose(&event.by, *scripted), fault.ends())
        }
        What::RunEnded(ended) => last_word(ended, state),
        What::Later { .. } => telling::tell(state, event),
    };
    Some(format!("{at}  {told}"))
}

fn after(reason: &Option<crate::text::Clean>) -> String {
    reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"))
}

fn last_word(ended: &Ended, state: &State) -> String {
    let mut words = format!("■  {}", Outcome::of(state).line());
    for debt in &ended.debts {
        words.push_str(&format!("\n           owed: {}: {}", debt.title, debt.why));
    }
    words
}
