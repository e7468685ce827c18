//! The runbook as a graph for Graphviz: an arrow leads from a step to what waits for it.

use super::Sheet;
use crate::plan::{Step, Undo, duration};
use std::collections::HashMap;
use std::fmt::Write;

/// The graph in the DOT language.
pub fn dot(sheet: &Sheet<'_>) -> String {
    let application = &sheet.plan.application;
    let title = format!("{}: {} to {}", application.name, sheet.runbook.intent.word(), application.recovery);
    let mut out = String::from("digraph runbook {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n");
    out.push_str(&format!("  label={};\n  labelloc=t;\n", quoted(&title)));
    let steps = &sheet.runbook.steps;
    let places: HashMap<_, _> = steps.iter().enumerate().map(|(place, step)| (&step.id, place)).collect();
    for step in steps {
        let _ = writeln!(out, "  {} [{}];", quoted(step.id.as_str()), looks(sheet, step));
    }
    for step in steps {
        for need in step.needs.iter().filter(|need| places.contains_key(need)) {
            let critical = sheet.is_critical(step) && sheet.is_critical(&steps[places[need]]);
            let pen = if critical { " [penwidth=3]" } else { "" };
            let _ = writeln!(out, "  {} -> {}{pen};", quoted(need.as_str()), quoted(step.id.as_str()));
        }
    }
    for wave in &sheet.waves {
        let ids: Vec<String> = wave.iter().map(|id| quoted(id.as_str())).collect();
        let _ = writeln!(out, "  {{ rank=same; {} }}", ids.join("; "));
    }
    out.push_str("}\n");
    out
}

fn looks(sheet: &Sheet<'_>, step: &Step) -> String {
    let note = match step.undo {
        Undo::PointOfNoReturn | Undo::DataLoss => format!("\n{}", step.undo.words()),
        Undo::Reversible | Undo::NoneNeeded => String::new(),
    };
    let label = format!("{}\n{} · {}{note}", step.title, step.region, duration::show(step.expected_seconds));
    let mut looks = format!("label={}", quoted(&label));
    if step.beside {
        looks.push_str(", style=\"rounded,dashed\"");
    }
    if step.undo == Undo::PointOfNoReturn {
        looks.push_str(", peripheries=2");
    }
    if sheet.is_critical(step) {
        looks.push_str(", penwidth=3");
    }
    looks
}

/// A string of the DOT language.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
