//! `fold`: how an event changes the state. Total: any event on any state gives a state; an event about a step
//! that the runbook does not have changes nothing but the clock.

use super::debts;
use super::event::*;
use super::planned;
use super::rollback;
use super::state::*;
use crate::plan::{GateKind, Role, StepId};
use crate::service::{Asked, Reply};
use crate::text::Clean;
use std::sync::Arc;

impl State {
    /// Applies one event.
    pub fn fold(&mut self, event: &Event) {
        self.seq = event.seq;
        self.at = event.at;
        self.epoch = event.epoch;
        match &event.what {
            What::RunOpened(_) => {}
            What::SessionOpened { .. } => self.open_session(event),
            What::Preflight(found) => self.preflight = Some(Arc::new(found.as_known())),
            What::Started(start) => {
                self.started = Some(Given { start: (**start).clone(), by: event.by.clone(), at: event.at });
            }
            What::RulesTurned { found, rests } => self.meanwhile.take(found, rests.as_ref()),
            What::ReturnJudged(found) => self.judged = Some((Arc::new(found.as_known()), event.at)),
            What::SessionClosed { .. } => self.driven = false,
            What::ModeChanged { mode } => self.mode = *mode,
            What::StepStarted { step, attempt } => self.start(step, *attempt, event),
            What::StepActing { step, act, before } => {
                self.promote(step, event);
                self.with(step, |state| {
                    // A retry keeps the first before-image: undo goes back to how it was before anything was sent.
                    let first = state.sent.take().filter(|sent| sent.asked() != Asked::No);
                    let earlier = first.as_ref().map(|sent| sent.asked()).unwrap_or_default();
                    let first_at = first.as_ref().map_or(event.at, |sent| sent.first_at);
                    let before = first.map_or_else(|| (**before).clone(), |sent| sent.before);
                    let act = (**act).clone();
                    state.sent = Some(Box::new(Sent { act, before, first_at, at: event.at, reply: None, earlier }));
                });
            }
            What::StepActed { step, reply } => {
                self.with(step, |state| answer(&mut state.sent, reply, event));
                self.unless_promoted(step);
            }
            What::StepProgress { step, note } => self.with(step, |state| state.note = note.clone()),
            What::StepSucceeded { step, already_done, evidence, outputs } => {
                if let Some((plan_step, _)) = self.step(step) {
                    let component = plan_step.component.clone();
                    if !outputs.is_empty() {
                        self.outputs.entry(component).or_default().extend(outputs.clone());
                    }
                }
                self.goes_over(step, event);
                self.rest(step, Status::Succeeded { already_done: *already_done }, evidence, event);
            }
            What::StepFailed { step, reason, help, checks } => {
                self.rest(step, Status::Failed, reason, event);
                self.with(step, |state| {
                    state.help = help.clone();
                    state.checks.clone_from(checks);
                });
            }
            What::StepUnknown { step, why } => self.rest(step, Status::Unknown, why, event),
            What::StepWithdrawn { step, why } => {
                self.rest(step, Status::Waiting, why, event);
                self.visited(step);
                if self.step(step).is_some_and(|(plan_step, _)| planned::asks(plan_step)) {
                    // What was approved was one plan, and no other.
                    self.with(step, |state| state.passed.retain(|(gate, ..)| *gate != GateKind::Approval));
                }
            }
            What::StepSkipped { step, reason } => {
                self.rest(step, Status::Skipped, reason, event);
                if let Some(place) = self.place(step) {
                    self.open_gates.retain(|(at, _), _| *at != place);
                }
            }
            What::StepOwed { step, fence, why } => {
                if let Some((plan_step, _)) = self.step(step) {
                    let title = plan_step.title.clone();
                    self.debts.retain(|debt| &debt.step != step);
                    self.debts.push(Debt { step: step.clone(), title, fence: *fence, why: why.clone() });
                }
                self.rest(step, Status::Owed(*fence), why, event);
            }
            What::GateOpened { step, gate, question, .. } => {
                if let Some(place) = self.place(step) {
                    self.open_gates.insert((place, *gate), OpenGate { question: question.clone(), since: event.at });
                }
            }
            What::GatePassed { step, gate, answer, exposure } => {
                if let Some(place) = self.place(step) {
                    self.open_gates.remove(&(place, *gate));
                }
                if let Some(exposure) = exposure {
                    self.with(step, |state| state.loss = Some(exposure.clone()));
                }
                if *answer != GateAnswer::Within {
                    let by = answer.given_ahead_by().unwrap_or(&event.by).clone();
                    let passed = (*gate, answer.clone(), by, event.at);
                    self.with(step, |state| state.passed.push(passed));
                }
            }
            What::RollbackStarted { to, steps, stays, past_the_point, .. } => {
                let left = steps.iter().filter_map(|step| self.place(step)).collect();
                let (stays, past_the_point) = (stays.clone(), past_the_point.clone());
                let tried = std::collections::BTreeMap::new();
                self.rollback = Some(Rollback { to: to.clone(), left, tried, stays, past_the_point, stopped: None });
                self.open_gates.clear();
                self.ended = None;
                self.paying = None;
            }
            What::UndoStarted { step } => {
                let place = self.place(step);
                if let Some(rollback) = &mut self.rollback {
                    rollback.stopped = None;
                    rollback.tried.retain(|tried, _| Some(*tried) != place);
                }
                self.rest(step, Status::Undoing, &Clean::default(), event);
                self.with(step, |state| {
                    state.started_at = Some(event.at);
                    state.finished_at = None;
                });
            }
            What::UndoActing { step, act } => self.with(step, |state| {
                let earlier = state.undo_sent.take().map(|sent| sent.asked()).unwrap_or_default();
                let (act, before) = ((**act).clone(), serde_json::Value::Null);
                let (at, first_at) = (event.at, event.at);
                state.undo_sent = Some(Box::new(Sent { act, before, first_at, at, reply: None, earlier }));
            }),
            What::UndoActed { step, reply } => self.with(step, |state| answer(&mut state.undo_sent, reply, event)),
            What::StepUndone { step, evidence, .. } => self.undone(step, evidence, event),
            What::UndoImpossible { step, why } => {
                self.with(step, |state| state.note = why.clone());
                self.visited(step);
                if let Some(rollback) = &mut self.rollback {
                    rollback.stays.push(Stay { step: step.clone(), why: why.clone() });
                }
            }
            What::UndoFailed { step, reason, help } => {
                self.rest(step, Status::UndoFailed, reason, event);
                self.with(step, |state| state.help = help.clone());
                self.tried(step, false);
            }
            What::UndoUnknown { step, why, silent } => {
                self.rest(step, Status::UndoUnknown, why, event);
                self.tried(step, *silent);
            }
            What::RollbackStopped { why, .. } => {
                if let Some(rollback) = &mut self.rollback {
                    rollback.stopped = Some(why.clone());
                }
            }
            What::RollbackEnded => self.end_rollback(),
            What::AbortRequested { reason } => self.aborting = Some(reason.clone()),
            What::Call { .. } | What::Note { .. } => {}
            What::ValuesRead { values } => self.run = std::sync::Arc::new(self.run.with_values(values)),
            What::Lag { component, sample } => {
                let before = self.lags.get(component).and_then(|lag| lag.last_known);
                let now = sample.seconds.zip(sample.sampled_at);
                let lag = Lag { sample: sample.clone(), looked_at: event.at, last_known: now.or(before) };
                self.lags.insert(component.clone(), lag);
            }
            What::Health { component, side, health } => {
                self.health.insert((component.clone(), *side), (health.clone(), event.at));
                debts::see(self, event);
            }
            What::HealthUnchanged { side, except } => {
                let looked = self.health.iter_mut().filter(|((name, of), _)| of == side && !except.contains(name));
                looked.for_each(|(_, (_, seen_at))| *seen_at = event.at);
            }
            What::CredentialsExpired { account, why } => {
                self.expired.insert(account.clone(), why.clone());
            }
            What::CredentialsRenewed { account } => {
                self.expired.remove(account);
            }
            What::Watched { watchers } => self.watchers = *watchers,
            What::Identity { identity } => {
                self.identities.insert(identity.region.clone(), identity.clone());
            }
            What::FaultInjected { fault, scripted } => {
                self.faults.retain(|standing| standing.fault != *fault);
                let (by, since) = (event.by.clone(), event.at);
                self.faults.push(Standing { fault: fault.clone(), by, scripted: *scripted, since });
            }
            What::FaultEnded { fault, .. } => self.faults.retain(|standing| standing.fault != *fault),
            What::TakenUp(by) => self.taken_up = Some(by.clone()),
            What::RunEnded(ended) => {
                // The last event of a session that ends or leaves the run: nobody drives it behind it.
                self.driven = false;
                self.ended = Some(ended.clone());
                if self.is_over() {
                    self.paying = None;
                }
            }
            // What is not known changes nothing that is.
            What::Later { .. } => {}
        }
    }

    /// What the run leaves out is gone on without from its beginning, and never green.
    pub(super) fn leave_out(&mut self) {
        let run = self.run.clone();
        for (place, step) in run.runbook.steps.iter().enumerate() {
            if let Some(why) = &step.left_out {
                self.steps[place].note = why.clone();
                self.set_status(place, Status::Skipped);
            }
        }
    }

    fn open_session(&mut self, event: &Event) {
        self.driven = true;
        self.watchers = 0;
        // Each session finds out with its own.
        self.expired.clear();
        self.meanwhile.rests = None;
        // Whoever decides to go back now does so by how it stands now.
        self.judged = None;
        // And what was tried of a way back that is under way, and did not come to its end, is tried again: whoever comes has
        // said the word for it once.
        if let Some(rollback) = &mut self.rollback {
            rollback.tried.clear();
        }
        self.commander = event.by.clone();
        if self.started.is_none() {
            // What an earlier session found is old: before the start everything is looked at again.
            self.preflight = None;
        }
        if !self.is_over() {
            self.ended = None;
        }
    }

    fn start(&mut self, step: &StepId, attempt: u32, event: &Event) {
        let Some(place) = self.place(step) else { return };
        if self.is_over() {
            // What is owed is paid behind the end.
            self.paying = self.ended.take().map(Box::new);
        }
        self.starts += 1;
        let order = self.starts;
        let state = &mut self.steps[place];
        state.attempt = attempt;
        state.order = Some(order);
        state.started_at = Some(event.at);
        state.finished_at = None;
        state.note = Clean::default();
        state.help = Clean::default();
        state.checks.clear();
        if let Some(owed) = self.debts.iter().position(|debt| &debt.step == step) {
            let debt = self.debts.remove(owed);
            self.tried.retain(|tried| &tried.step != step);
            self.tried.push(debt);
        }
        self.answering.remove(step);
        // What its failure asked is asked no more: it is tried again.
        if let Some(gate) = self.plan_step(place).asks_when_failing {
            self.open_gates.remove(&(place, gate));
        }
        self.set_status(place, Status::Running);
    }

    /// From the moment a promotion is about to be sent, its replica's lag tells nothing more.
    fn promote(&mut self, step: &StepId, event: &Event) {
        let Some((plan_step, own)) = self.step(step) else { return };
        if plan_step.role() != Role::Promotion || own.acted() {
            return;
        }
        let component = plan_step.component.clone();
        let lag = self.lags.get(&component).cloned();
        self.promotions.insert(component, Promoted { at: event.at, lag });
    }

    /// From the moment a copy is verified it is what is written to: what has not come by then is missing there.
    fn goes_over(&mut self, step: &StepId, event: &Event) {
        let Some((plan_step, _)) = self.step(step) else { return };
        if plan_step.role() == Role::Copy {
            let component = plan_step.component.clone();
            let lag = self.lags.get(&component).cloned();
            self.promotions.insert(component, Promoted { at: event.at, lag });
        }
    }

    /// A promotion that provably did not happen, or was taken back, is none.
    fn unless_promoted(&mut self, step: &StepId) {
        let Some((plan_step, own)) = self.step(step) else { return };
        if plan_step.role() == Role::Promotion && !own.acted() {
            let component = plan_step.component.clone();
            self.promotions.remove(&component);
        }
    }

    fn rest(&mut self, step: &StepId, status: Status, note: &Clean, event: &Event) {
        let Some(place) = self.place(step) else { return };
        let state = &mut self.steps[place];
        state.finished_at = Some(event.at);
        state.note = note.clone();
        self.set_status(place, status);
    }

    fn undone(&mut self, step: &StepId, evidence: &Clean, event: &Event) {
        self.rest(step, Status::Undone, evidence, event);
        self.with(step, |state| {
            state.sent = None;
            state.undo_sent = None;
            // Going forward again asks every question again.
            state.passed.clear();
        });
        self.unless_promoted(step);
        self.visited(step);
    }

    /// What was only looked at after the point gone back to must be looked at again on the way forward. Behind a rollback of
    /// all there is none: what was seen and what is owed stays as it is.
    fn end_rollback(&mut self) {
        self.debts = rollback::debts(self);
        let Some(to) = self.rollback.take().and_then(|rollback| rollback.to) else { return };
        let from = self.step(&to).and_then(|(_, state)| state.order).unwrap_or(0);
        for place in 0..self.steps.len() {
            let state = &self.steps[place];
            let looked_only = state.status != Status::Undone && !state.status.is_busy() && !state.acted();
            if looked_only && state.order.is_some_and(|order| order >= from) {
                self.steps[place].note = Clean::default();
                self.set_status(place, Status::Waiting);
                self.unless_gone_over(place);
            }
        }
    }

    /// A copy that is to be looked at again is not gone over to.
    fn unless_gone_over(&mut self, place: usize) {
        let step = self.plan_step(place);
        if step.role() == Role::Copy {
            let component = step.component.clone();
            self.promotions.remove(&component);
        }
    }

    /// An undo came to rest without being done.
    fn tried(&mut self, step: &StepId, silent: bool) {
        if let (Some(place), Some(rollback)) = (self.place(step), &mut self.rollback) {
            rollback.tried.insert(place, silent);
        }
    }

    fn visited(&mut self, step: &StepId) {
        let place = self.place(step);
        if let Some(rollback) = &mut self.rollback {
            rollback.left.retain(|left| Some(*left) != place);
        }
    }

    /// The only place a status changes: keeps the counts of unmet needs, the ready and the busy sets true.
    fn set_status(&mut self, place: usize, status: Status) {
        let before = std::mem::replace(&mut self.steps[place].status, status);
        if status.is_busy() {
            self.busy.insert(place);
        } else {
            self.busy.remove(&place);
        }
        let (was, is) = (before.lets_others_go_on(), status.lets_others_go_on());
        if was != is {
            self.unsettled = if is { self.unsettled - 1 } else { self.unsettled + 1 };
        }
        self.refresh_ready(place);
        let let_go_on = was && (before != Status::Skipped || self.unmet[place] == 0);
        if let_go_on != self.lets_go_on(place) {
            self.tell_dependents(place, !let_go_on);
        }
    }

    /// Counts anew for those that need the step at `place`, which lets them go on by now or does not any more; and through those
    /// of them that are skipped, for whoever needs them.
    fn tell_dependents(&mut self, place: usize, lets: bool) {
        let index = self.index.clone();
        let mut turned = vec![place];
        while let Some(place) = turned.pop() {
            for dependent in &index.dependents[place] {
                let before = self.lets_go_on(*dependent);
                if lets {
                    self.unmet[*dependent] -= 1;
                } else {
                    self.unmet[*dependent] += 1;
                }
                self.refresh_ready(*dependent);
                if self.lets_go_on(*dependent) != before {
                    turned.push(*dependent);
                }
            }
        }
    }

    fn refresh_ready(&mut self, place: usize) {
        let waits = matches!(self.steps[place].status, Status::Waiting | Status::Undone);
        if waits && self.unmet[place] == 0 {
            self.ready.insert(place);
        } else {
            self.ready.remove(&place);
        }
    }

    fn with(&mut self, step: &StepId, change: impl FnOnce(&mut StepState)) {
        if let Some(place) = self.place(step) {
            change(&mut self.steps[place]);
        }
    }
}

fn answer(sent: &mut Option<Box<Sent>>, reply: &Reply, event: &Event) {
    if let Some(sent) = sent {
        sent.reply = Some((reply.clone(), event.at));
    }
}
