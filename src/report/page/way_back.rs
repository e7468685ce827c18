//! What a page says of what may differ between the two sides, and of the clocks of a way back.

use super::{Block, Cell, Section, moment};
use crate::plan::Intent;
use crate::recovery::words;
use crate::report::Report;
use crate::service::compare::Compared;

/// What may be on the old sides alone, store by store, and how that was settled. Nothing where no store was gone over with.
pub fn not_reconciled(report: &Report) -> Section {
    let way_back = &report.way_back;
    let heading = "Not reconciled";
    if way_back.diverged.is_empty() {
        return Section { heading, blocks: Vec::new() };
    }
    let rows = way_back.diverged.iter().map(|one| {
        let words = one.compared.words();
        let word = match one.compared {
            Compared::NoneFound => Cell::Good(words),
            Compared::Found { .. } | Compared::NotKnown { .. } => Cell::Bad(words),
        };
        let more = one.compared.more().unwrap_or_default();
        vec![Cell::plain(&one.component), word, Cell::plain(&one.bound), Cell::Plain(more)]
    });
    let head = &["store", "compared", "at most", "seen of it"];
    let mut blocks = vec![Block::Table { head, rows: rows.collect() }];
    let is_failback = report.subject.intent == Intent::Failback;
    blocks.push(Block::Text(match &way_back.settled {
        Some(settled) => {
            let how = if settled.reconciled { "Reconciled by" } else { "Accepted:" };
            format!("{how} {} (says {}, {}).", settled.words, settled.by, moment(settled.at))
        }
        None if way_back.diverged.iter().all(|one| one.compared == Compared::NoneFound) => {
            "Both sides were compared, and nothing was found to differ.".to_owned()
        }
        None if is_failback => "It was not settled.".to_owned(),
        None => "It is settled on the way back, which asks about it before anything is copied.".to_owned(),
    }));
    Section { heading, blocks }
}

/// How long there was no second region, and how long users noticed; nothing of any other run.
pub fn clocks(report: &Report) -> Section {
    let heading = "The way back";
    let Some(clocks) = &report.way_back.clocks else { return Section { heading, blocks: Vec::new() } };
    let unprotected = match (clocks.unprotected_seconds, clocks.is_protected) {
        (Some(seconds), true) => words::long_age(seconds),
        (Some(seconds), false) => format!("{} and still", words::long_age(seconds)),
        (None, _) => "not known".to_owned(),
    };
    let expected = words::clock(clocks.expected_downtime_seconds);
    let downtime = clocks.downtime_seconds.map_or_else(|| "none: it was not begun".to_owned(), words::clock);
    let serves = clocks.serves.clone().unwrap_or_default();
    let mut rows = vec![
        vec![Cell::plain("serves"), Cell::Plain(serves), Cell::plain("as the journal stands")],
        vec![Cell::plain("unprotected"), Cell::Plain(unprotected), Cell::plain("without a second region to go to")],
        vec![Cell::plain("downtime"), Cell::Plain(downtime), Cell::Plain(format!("the window said about {expected}"))],
    ];
    let kept = report.way_back.kept.iter();
    rows.extend(
        kept.map(|kept| vec![Cell::plain("kept"), Cell::plain(kept), Cell::plain("until somebody removes it")]),
    );
    Section { heading, blocks: vec![Block::Table { head: &["", "", ""], rows }] }
}
