//! The runbook for other programs: one object, version 1. Keys are only ever added.

use super::Sheet;
use crate::plan::{Finding, Step};
use serde_json::{Value, json};

/// The whole sheet as one JSON object.
pub fn json(sheet: &Sheet<'_>) -> Value {
    let application = &sheet.plan.application;
    json!({
        "version": 1,
        "application": {
            "name": application.name,
            "primary": application.primary,
            "recovery": application.recovery,
            "rto_seconds": application.rto_seconds,
            "rpo_seconds": application.rpo_seconds,
        },
        "intent": sheet.runbook.intent,
        "steps": sheet.runbook.steps.iter().map(step).collect::<Vec<_>>(),
        "waves": sheet.waves,
        "critical_path": sheet.critical_path,
        "findings": sheet.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn step(step: &Step) -> Value {
    json!({
        "id": step.id,
        "component": step.component,
        "kind": step.kind,
        "title": step.title,
        "needs": step.needs,
        "undo": step.undo,
        "region": step.region,
        "plane": step.plane,
        "expected_seconds": step.expected_seconds,
        "past_runs": step.past_runs,
        "gates": step.gates,
        "beside": step.beside,
        "left_out": step.left_out,
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "level": finding.level,
        "code": finding.code,
        "component": finding.component,
        "message": format!("{}; wanted {}", finding.found, finding.wanted),
        "fix": finding.fix,
    })
}
