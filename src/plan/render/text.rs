//! The runbook for people, in 80 columns: waves, durations, what going back would mean, and where it no longer can.

use super::Sheet;
use super::wrap::{pad, wrap};
use crate::plan::duration::show;
use crate::plan::{Finding, Gate, Level, Step, StepId, Undo};
use crate::text::counted;
use std::collections::HashSet;
use unicode_width::UnicodeWidthStr;

const WIDTH: usize = 80;
const TITLE: usize = 40;

/// The whole sheet.
pub fn text(sheet: &Sheet<'_>) -> String {
    let mut lines = head(sheet);
    let needed: HashSet<&StepId> = sheet.runbook.steps.iter().flat_map(|step| &step.needs).collect();
    let is_waited_for = |step: &&&Step| !step.beside || needed.contains(&step.id);
    for (number, ids) in sheet.waves.iter().enumerate() {
        let mut steps = sheet.wave(ids);
        steps.retain(|step| step.left_out.is_none());
        if steps.is_empty() {
            continue;
        }
        // What cannot be taken back stands last in its wave, below the line.
        steps.sort_by_key(|step| step.undo == Undo::PointOfNoReturn);
        let longest = steps.iter().filter(is_waited_for).map(|step| step.expected_seconds).fold(0.0, f64::max);
        lines.push(String::new());
        lines.push(format!("Wave {} · {}", number + 1, show(longest)));
        let mut line_drawn = false;
        for step in steps {
            if step.undo == Undo::PointOfNoReturn && !line_drawn {
                lines.push(no_return());
                line_drawn = true;
            }
            lines.extend(step_lines(sheet, step));
        }
    }
    lines.extend(left_out(sheet));
    lines.extend(findings(sheet));
    lines.push(String::new());
    lines.join("\n")
}

fn head(sheet: &Sheet<'_>) -> Vec<String> {
    let application = &sheet.plan.application;
    let intent = sheet.runbook.intent.word();
    let title = format!("{}: {intent} from {} to {}", application.name, application.primary, application.recovery);
    let objective = |seconds: Option<f64>| seconds.map_or_else(|| "none".to_owned(), show);
    let counts = format!(
        "{}, {}, {} · expected {} · rto {} · rpo {}",
        counted(sheet.plan.components.len(), "component"),
        counted(sheet.runbook.steps.len(), "step"),
        counted(sheet.waves.len(), "wave"),
        show(sheet.critical_path.seconds),
        objective(application.rto_seconds),
        objective(application.rpo_seconds),
    );
    let mut lines = wrap(&title, WIDTH);
    lines.extend(wrap(&counts, WIDTH));
    lines.extend(wrap(&told_by(sheet), WIDTH));
    lines.push("* on the critical path   ~ beside the path: no other component waits for it".to_owned());
    lines
}

/// Where the lengths of steps come from.
fn told_by(sheet: &Sheet<'_>) -> String {
    let (measured, all) = (sheet.runbook.measured(), sheet.runbook.steps.len());
    match measured {
        0 => "how long steps take: as their kinds expect; no three past runs tell it".to_owned(),
        measured if measured == all => "how long steps take: the median of past runs".to_owned(),
        measured => {
            format!("how long steps take: of {measured} the median of past runs (m), else as their kinds expect")
        }
    }
}

fn no_return() -> String {
    let words = "━━━━ no way back from here ";
    format!("{words}{}", "━".repeat(WIDTH - words.width()))
}

fn step_lines(sheet: &Sheet<'_>, step: &Step) -> Vec<String> {
    let mark = match (step.beside, sheet.is_critical(step)) {
        (true, _) => '~',
        (false, true) => '*',
        (false, false) => ' ',
    };
    let mut titles = wrap(&step.title, TITLE).into_iter();
    let title = pad(&titles.next().unwrap_or_default(), TITLE);
    let measured = if step.past_runs.is_some() { 'm' } else { ' ' };
    let mut lines =
        vec![format!("  {mark} {title} {:>7} {measured} {}", show(step.expected_seconds), step.undo.words())];
    lines.extend(titles.map(|more| format!("    {more}")));
    let mut facts = format!("{} · {}", step.id, step.region);
    if !step.needs.is_empty() {
        let needs: Vec<&str> = step.needs.iter().map(|need| need.as_str()).collect();
        facts = format!("{facts} · after {}", needs.join(", "));
    }
    lines.extend(indented(&facts));
    for gate in &step.gates {
        lines.extend(indented(&format!("gate: {}", asks(sheet, gate))));
    }
    lines
}

/// What a gate asks, in words.
fn asks(sheet: &Sheet<'_>, gate: &Gate) -> String {
    match gate {
        Gate::Approval { why } => format!("approval · {why}"),
        Gate::Planned { .. } => "approval · of what is planned, unless that is nothing".to_owned(),
        Gate::PointOfNoReturn => format!("type {} to cross", sheet.plan.application.recovery),
        Gate::Loss { rpo_seconds } => {
            format!("asked when more than {} of writes may be lost, or nobody can tell", show(*rpo_seconds))
        }
        Gate::Manual { ask, who: Some(who) } => format!("{who}: {ask}"),
        Gate::Manual { ask, who: None } => format!("by hand: {ask}"),
        Gate::Divergence { .. } => "asked unless both sides were compared and nothing was found to differ".to_owned(),
        Gate::Window { .. } => format!("type {} to go back", sheet.plan.application.recovery),
    }
}

/// What a part of the runbook leaves out, and why: it is never green.
fn left_out(sheet: &Sheet<'_>) -> Vec<String> {
    let left_out: Vec<_> =
        sheet.runbook.steps.iter().filter_map(|step| Some((step, step.left_out.as_ref()?))).collect();
    if left_out.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![String::new(), format!("Left out · {} · not done, and not verified", left_out.len())];
    for (step, why) in left_out {
        lines.extend(wrap(&step.title, WIDTH - 4).into_iter().map(|line| format!("  ⊘ {line}")));
        lines.extend(indented(&format!("{} · {why}", step.id)));
    }
    lines
}

fn findings(sheet: &Sheet<'_>) -> Vec<String> {
    if sheet.findings.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![String::new(), format!("Findings · {}", sheet.findings.len())];
    lines.extend(sheet.findings.iter().flat_map(finding));
    lines
}

fn finding(finding: &Finding) -> Vec<String> {
    let mark = match finding.level {
        Level::Ok => ' ',
        Level::Failing => '!',
        Level::Unknown => '?',
    };
    let about = finding.component.as_ref().map_or_else(String::new, |component| format!(" {component}"));
    let mut lines = vec![format!("  {mark} {}{about}", finding.code)];
    lines.extend(indented(&finding.found));
    lines.extend(indented(&format!("→ {}", finding.fix)));
    lines
}

fn indented(text: &str) -> Vec<String> {
    wrap(text, WIDTH - 6).into_iter().map(|line| format!("      {line}")).collect()
}
