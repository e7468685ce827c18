//! The runbook as a Mermaid flowchart, for a README or a pull request.

use super::Sheet;
use crate::plan::{Step, Undo, duration};
use std::collections::HashMap;
use std::fmt::Write;

/// The flowchart, one block a wave.
pub fn mermaid(sheet: &Sheet<'_>) -> String {
    let steps = &sheet.runbook.steps;
    let places: HashMap<_, _> = steps.iter().enumerate().map(|(place, step)| (&step.id, place)).collect();
    let mut out = String::from("flowchart LR\n");
    for (number, wave) in sheet.waves.iter().enumerate() {
        let _ = writeln!(out, "  subgraph wave{0} [\"wave {0}\"]", number + 1);
        for id in wave {
            let place = places[id];
            let _ = writeln!(out, "    s{place}{}", node(&steps[place]));
        }
        out.push_str("  end\n");
    }
    for (place, step) in steps.iter().enumerate() {
        for need in step.needs.iter().filter_map(|need| places.get(need)) {
            let arrow = if sheet.is_critical(step) && sheet.is_critical(&steps[*need]) { "==>" } else { "-->" };
            let _ = writeln!(out, "  s{need} {arrow} s{place}");
        }
    }
    out.push_str("  classDef critical stroke-width:4px\n  classDef noreturn stroke:#c00\n  classDef beside stroke-dasharray:4 4\n");
    class(&mut out, steps, "critical", |step| sheet.is_critical(step));
    class(&mut out, steps, "noreturn", |step| step.undo == Undo::PointOfNoReturn);
    class(&mut out, steps, "beside", |step| step.beside);
    out
}

fn node(step: &Step) -> String {
    let time = duration::show(step.expected_seconds);
    let mut text = format!("{}<br>{} · {time}", escaped(&step.title), escaped(step.region.as_str()));
    if step.left_out.is_some() {
        text.push_str("<br>left out");
    }
    match step.undo {
        Undo::PointOfNoReturn => format!("{{{{\"{text}<br>point of no return\"}}}}"),
        Undo::DataLoss | Undo::Reversible | Undo::NoneNeeded => format!("[\"{text}\"]"),
    }
}

fn class(out: &mut String, steps: &[Step], name: &str, belongs: impl Fn(&Step) -> bool) {
    let members: Vec<String> =
        steps.iter().enumerate().filter(|(_, step)| belongs(step)).map(|(place, _)| format!("s{place}")).collect();
    if !members.is_empty() {
        let _ = writeln!(out, "  class {} {name}", members.join(","));
    }
}

/// Mermaid's entities for what would end a label or start markup.
fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '"' | '<' | '>' | '#' | '`' | '&' => format!("#{};", u32::from(c)),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}
