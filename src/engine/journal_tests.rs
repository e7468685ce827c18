//! The journal on a real disk: what is durable, what is cut, what is refused and with which line.

use super::chain::Damage;
use super::journal::{Journal, JournalError, read};
use super::lease::LeaseError;
use crate::recovery::event::{CloudName, JOURNAL_VERSION};
use crate::recovery::{Event, Opened, What};
use jiff::Timestamp;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn event(seq: u64, what: What) -> Event {
    Event { seq, at: Timestamp::UNIX_EPOCH, offset_ms: seq, epoch: 1, by: "ana".into(), what }
}

pub(super) fn header() -> Event {
    let application = serde_json::json!({"name": "app", "primary": "us-east-1", "recovery": "us-west-2"});
    let plan = serde_json::from_value(serde_json::json!({"application": application, "components": []}));
    let runbook = serde_json::from_value(serde_json::json!({"intent": "failover", "steps": []}));
    let opened = Opened {
        version: JOURNAL_VERSION,
        run: "r1".into(),
        intent: crate::plan::Intent::Failover,
        cloud: CloudName::Sim,
        declared_at: Timestamp::UNIX_EPOCH,
        plan: plan.expect("a plan"),
        runbook: runbook.expect("a runbook"),
        drill: None,
        program: "test".into(),
    };
    event(0, What::RunOpened(opened.into()))
}

pub(super) fn note(seq: u64) -> Event {
    event(seq, What::Note { text: format!("note {seq}").as_str().into(), step: None })
}

/// A journal of a header and `notes` notes.
pub(super) fn written(folder: &Path, notes: u64) -> PathBuf {
    let path = folder.join("run.jsonl");
    let mut journal = Journal::create(&path, "ana").expect("a new journal");
    journal.append(&[header()]).expect("the header");
    let notes: Vec<Event> = (1..=notes).map(note).collect();
    journal.append(&notes).expect("the notes");
    path
}

#[test]
fn what_was_appended_is_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), 3);
    let recorded = read(&path).expect("it reads");
    assert_eq!(recorded.events, [header(), note(1), note(2), note(3)]);
    assert_eq!(recorded.torn_bytes, 0);
}

#[test]
fn a_journal_is_never_written_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), 0);
    assert!(matches!(Journal::create(&path, "ben"), Err(JournalError::Exists(_))));
}

#[test]
fn a_torn_last_line_is_cut_on_resume_and_only_left_out_by_a_reader() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), 2);
    let whole = std::fs::read(&path).expect("it reads");
    let torn = [whole.as_slice(), b"{\"seq\":3,\"at\":\"1970-01"].concat();
    std::fs::write(&path, &torn).expect("it writes");
    assert_eq!(read(&path).expect("it reads").torn_bytes, 22);
    assert_eq!(std::fs::read(&path).expect("it reads"), torn, "reading changes nothing");
    let (mut journal, recorded) = Journal::resume(&path, "ana", false).expect("it resumes");
    assert_eq!((recorded.events.len(), recorded.torn_bytes), (3, 22));
    journal.append(&[note(3)]).expect("it goes on");
    assert_eq!(read(&path).expect("it reads").events.len(), 4);
}

#[test]
fn a_second_session_is_refused_while_the_first_holds_the_lease() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), 1);
    let (first, _) = Journal::resume(&path, "ana", false).expect("it resumes");
    let refused = Journal::resume(&path, "ben", false).expect_err("held");
    assert!(refused.to_string().contains("ana"), "{refused}");
    drop(first);
    let (second, _) = Journal::resume(&path, "ben", false).expect("free again");
    assert_eq!(second.epoch(), 3);
}

#[test]
fn after_a_take_over_the_older_epoch_can_append_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), 1);
    let (mut old, _) = Journal::resume(&path, "ana", false).expect("it resumes");
    let (mut new, _) = Journal::resume(&path, "ben", true).expect("taken over");
    let before = std::fs::read(&path).expect("it reads");
    let refused = old.append(&[note(2)]).expect_err("superseded");
    assert!(matches!(refused, JournalError::Lease(LeaseError::Superseded { .. })), "{refused}");
    assert_eq!(std::fs::read(&path).expect("it reads"), before, "nothing was written");
    new.append(&[note(2)]).expect("the new one goes on");
}

#[test]
fn a_journal_of_a_later_format_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.jsonl");
    let mut first = header();
    if let What::RunOpened(opened) = &mut first.what {
        Arc::make_mut(opened).version = JOURNAL_VERSION + 1;
    }
    Journal::create(&path, "ana").and_then(|mut journal| journal.append(&[first])).expect("it writes");
    let refused = read(&path).expect_err("later format");
    assert!(matches!(refused, JournalError::Damaged { line: 1, damage: Damage::LaterFormat(_), .. }), "{refused}");
}

#[test]
fn an_empty_journal_and_one_that_is_not_there_are_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.jsonl");
    assert!(matches!(read(&path), Err(JournalError::Disk { .. })));
    assert!(matches!(Journal::resume(&path, "ana", false), Err(JournalError::Disk { .. })));
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing is left beside a wrong path");
    std::fs::write(&path, "").expect("it writes");
    assert!(matches!(read(&path), Err(JournalError::Empty(_))));
}

proptest! {
    #[test]
    fn any_changed_byte_before_the_last_line_is_refused_with_a_line_at_or_just_after_it(
        notes in 2u64..8, at in any::<prop::sample::Index>(), to in any::<u8>(),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = written(folder.path(), notes);
        let mut bytes = std::fs::read(&path).expect("it reads");
        let last_line = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').expect("several lines") + 1;
        let at = at.index(last_line);
        prop_assume!(bytes[at] != to);
        let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        bytes[at] = to;
        std::fs::write(&path, &bytes).expect("it writes");
        match read(&path) {
            Err(JournalError::Damaged { line: named, .. }) => prop_assert!(named == line || named == line + 1),
            other => prop_assert!(false, "damage at line {line} went unseen: {other:?}"),
        }
    }

    #[test]
    fn cut_anywhere_it_keeps_every_whole_line(notes in 1u64..6, at in any::<prop::sample::Index>()) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = written(folder.path(), notes);
        let bytes = std::fs::read(&path).expect("it reads");
        let header = bytes.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
        let kept = &bytes[..header + at.index(bytes.len() - header + 1)];
        std::fs::write(&path, kept).expect("it writes");
        let whole = kept.iter().filter(|byte| **byte == b'\n').count();
        prop_assert_eq!(read(&path).expect("it reads").events.len(), whole);
    }
}
