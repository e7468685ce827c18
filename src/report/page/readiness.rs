//! What was known before the start, as a page says it.

use super::{Block, Cell, Section, moment};
use crate::plan::Level;
use crate::report::Report;
use crate::report::readiness::{Known, Turned};

/// What was not as wanted, how it was gone on with, what came of it.
pub fn readiness(report: &Report) -> Section {
    let readiness = &report.readiness;
    let heading = "What was known before the start";
    let Some(told) = &readiness.told else {
        return Section { heading, blocks: Vec::new() };
    };
    let intent = report.subject.intent.word();
    let started = match &readiness.started {
        Some((by, at)) => format!("{by} gave the start at {}", moment(*at)),
        None => "the start was not given".to_owned(),
    };
    let ok = match readiness.ok {
        0 => String::new(),
        1 => "; 1 thing was as wanted".to_owned(),
        count => format!("; {count} things were as wanted"),
    };
    let mut text = format!("{intent} {told}; {started}{ok}");
    if readiness.of_failing_region > 0 {
        let primary = &report.subject.primary;
        text.push_str(&format!("; {} more only {primary} could have told", readiness.of_failing_region));
    }
    let mut blocks = vec![Block::Text(format!("{text}."))];
    if !readiness.known.is_empty() {
        let head = &["what", "of", "found", "weighs", "gone on with", "what came of it"];
        blocks.push(Block::Table { head, rows: readiness.known.iter().map(row).collect() });
    }
    if !readiness.turned.is_empty() {
        let rests =
            readiness.rests.as_ref().map_or_else(String::new, |why| format!(" Then nobody looked any more: {why}."));
        blocks.push(Block::Text(format!("Since the start turned, of what nothing was started of yet:{rests}")));
        let head = &["what", "of", "found", "before", "weighs", "what came of it"];
        blocks.push(Block::Table { head, rows: readiness.turned.iter().map(turned).collect() });
    }
    Section { heading, blocks }
}

fn turned(turned: &Turned) -> Vec<Cell> {
    let since = turned.since.map_or_else(String::new, |at| format!(" since {}", moment(at)));
    let found = format!("{}{since}: {}", turned.level.word(), turned.found);
    vec![
        Cell::code(&turned.code),
        turned.component.as_ref().map_or_else(|| Cell::plain("the whole"), Cell::code),
        if turned.level == Level::Failing { Cell::Bad(found) } else { Cell::Plain(found) },
        Cell::plain(turned.was.map_or("not known", Level::word)),
        Cell::plain(turned.weight.word()),
        Cell::plain(&turned.cost),
    ]
}

fn row(known: &Known) -> Vec<Cell> {
    let of = match (&known.step, &known.component) {
        (Some(step), _) => Cell::code(step),
        (None, Some(component)) => Cell::code(component),
        (None, None) => Cell::plain("the whole"),
    };
    let found = format!("{}: {}", known.level.word(), known.found);
    let found = if known.level == Level::Failing { Cell::Bad(found) } else { Cell::Plain(found) };
    let weighs = match &known.said {
        Some(said) => format!("{}: {said}", known.weight.word()),
        None => known.weight.word().to_owned(),
    };
    vec![
        Cell::code(&known.code),
        of,
        found,
        Cell::Plain(weighs),
        Cell::Plain(known.passed.words()),
        Cell::plain(&known.cost),
    ]
}
