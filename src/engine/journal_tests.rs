//! The journal on a real disk: what is durable, what is cut, what is refused and with which line.

use super::chain::{self, Damage, GENESIS};
use super::journal::{Cover, JournalError, read};
use super::log::{FileLog, How, Taken, Taking};
use crate::recovery::event::{CloudName, JOURNAL_VERSION};
use crate::recovery::{Event, Opened, What};
use jiff::Timestamp;
use proptest::prelude::*;
use std::os::unix::fs::PermissionsExt;
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
        endpoint: None,
    };
    event(0, What::RunOpened(opened.into()))
}

pub(super) fn note(seq: u64) -> Event {
    event(seq, What::Note { text: format!("note {seq}").as_str().into(), step: None })
}

/// A journal of a header and `notes` notes, whose session is gone without letting go.
pub(super) fn written(folder: &Path, notes: u64) -> PathBuf {
    let path = folder.join("run.jsonl");
    let mut journal = FileLog::create(&path, &[header()]).expect("a new journal");
    let notes: Vec<Event> = (1..=notes).map(note).collect();
    journal.append(&notes).expect("the notes");
    path
}

/// How `by` takes a run that nobody drives.
pub(super) fn free(by: &str) -> Taking {
    Taking { by: by.into(), how: How::Free, beside: false, at: Timestamp::UNIX_EPOCH }
}

fn forced(by: &str) -> Taking {
    Taking { how: How::Forced, ..free(by) }
}

/// Opens a journal and takes it.
pub(super) fn resumed(path: &Path, taking: &Taking) -> Result<(FileLog, Taken), JournalError> {
    let (mut log, _) = FileLog::open(path)?;
    let taken = log.take(taking)?;
    Ok((log, taken))
}

/// Adds a line whose chain is whole.
fn add(path: &Path, event: serde_json::Value) {
    let recorded = read(path).expect("it reads");
    let seq = std::fs::read_to_string(path).expect("it reads").lines().count();
    let at = Timestamp::UNIX_EPOCH;
    let mut object = serde_json::json!({"seq": seq, "at": at, "offset_ms": 1, "epoch": 1, "by": "ana"});
    for (name, value) in event.as_object().expect("an object") {
        object[name] = value.clone();
    }
    object["prev"] = recorded.last_hash.into();
    let text = std::fs::read_to_string(path).expect("it reads");
    std::fs::write(path, format!("{text}{object}\n")).expect("it is written");
}

#[test]
fn what_was_appended_is_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), 3);
    let recorded = read(&path).expect("it reads");
    assert_eq!(recorded.events, [header(), note(1), note(2), note(3)]);
    assert_eq!((recorded.torn_bytes, recorded.cover()), (0, Cover::Open));
}

#[test]
fn a_journal_is_never_written_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), 0);
    assert!(matches!(FileLog::create(&path, &[header()]), Err(JournalError::Exists(_))));
    let nowhere = folder.path().join("link.jsonl");
    std::os::unix::fs::symlink(folder.path().join("nowhere"), &nowhere).expect("a link");
    assert!(matches!(FileLog::create(&nowhere, &[header()]), Err(JournalError::Exists(_))), "a link is a name too");
    let left = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(left, 3, "the journal, its lease and the link: nothing is left of what was not made");
}

#[test]
fn a_journal_has_its_name_only_with_its_header_and_is_its_owners_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("runs/deep/run.jsonl");
    let mode = |path: &Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    FileLog::create(&path, &[header()]).expect("a new journal");
    assert_eq!(read(&path).expect("it reads").events.len(), 1);
    assert_eq!((mode(&path), mode(&path.with_extension("jsonl.lease"))), (0o600, 0o600));
    assert_eq!(mode(path.parent().expect("a folder")), 0o700);
    assert_eq!(std::fs::read_dir(folder.path().join("runs/deep")).expect("a folder").count(), 2);
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
    let (mut journal, taken) = resumed(&path, &free("ana")).expect("it resumes");
    assert_eq!((taken.torn_bytes, taken.opened.seq, taken.opened.epoch), (22, 3, 2));
    journal.append(&[note(4)]).expect("it goes on");
    assert_eq!(read(&path).expect("it reads").events.len(), 5);
}

#[test]
fn a_second_session_is_refused_while_the_first_lives_by_whatever_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), 1);
    let (hard, soft) = (folder.path().join("hard.jsonl"), folder.path().join("soft.jsonl"));
    std::fs::hard_link(&path, &hard).expect("a link");
    std::os::unix::fs::symlink(&path, &soft).expect("a link");
    let (first, _) = resumed(&path, &free("ana")).expect("it resumes");
    std::fs::remove_file(folder.path().join("run.jsonl.lease")).expect("the hint is gone");
    for name in [&path, &hard, &soft] {
        let refused = resumed(name, &free("ben")).expect_err("held");
        assert!(matches!(&refused, JournalError::Held { holder, .. } if holder.contains("ana")), "{refused}");
    }
    drop(first);
    let (second, taken) = resumed(&soft, &free("ben")).expect("free again");
    assert!(matches!(taken.opened.what, What::SessionOpened { taken_over: false, .. }), "nobody lived to take it from");
    assert_eq!(second.epoch(), 3);
}

#[test]
fn after_a_take_over_the_older_session_can_append_nothing_and_a_third_is_kept_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), 1);
    let (mut old, _) = resumed(&path, &free("ana")).expect("it resumes");
    let (mut new, taken) = resumed(&path, &forced("ben")).expect("taken over");
    assert!(matches!(taken.opened.what, What::SessionOpened { taken_over: true, .. }), "{:?}", taken.opened);
    let before = std::fs::read(&path).expect("it reads");
    for refused in [old.append(&[note(3)]), old.check(), old.release(&[note(3)])] {
        let refused = refused.expect_err("superseded");
        assert!(matches!(&refused, JournalError::Superseded { holder, .. } if holder.contains("ben")), "{refused}");
    }
    assert_eq!(std::fs::read(&path).expect("it reads"), before, "nothing was written");
    drop(old);
    let third = resumed(&path, &free("cyd")).expect_err("held by the second");
    assert!(matches!(&third, JournalError::Held { holder, .. } if holder.contains("ben")), "{third}");
    new.append(&[note(taken.opened.seq + 1)]).expect("the new one goes on");
}

#[test]
fn a_session_that_let_go_leaves_its_last_event_covered_and_the_next_one_goes_on_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), 1);
    let (mut first, taken) = resumed(&path, &free("ana")).expect("it resumes");
    first.release(&[note(taken.opened.seq + 1)]).expect("it lets go");
    assert_eq!(read(&path).expect("it reads").cover(), Cover::Whole);
    assert!(!folder.path().join("run.jsonl.lease").exists(), "the hint is taken away");
    let (_second, taken) = resumed(&path, &free("ben")).expect("it is free though the first is still open");
    assert_eq!(taken.opened.seq, 5, "the line that covers all has a number of its own");
    let recorded = read(&path).expect("it reads");
    assert_eq!((recorded.events.len(), recorded.cover()), (5, Cover::Open));
    drop(first);
}

#[test]
fn the_last_event_cannot_be_changed_unseen_once_it_is_covered() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), 1);
    let (mut log, taken) = resumed(&path, &free("ana")).expect("it resumes");
    log.release(&[note(taken.opened.seq + 1)]).expect("it lets go");
    let text = std::fs::read_to_string(&path).expect("it reads");
    std::fs::write(&path, text.replace("note 3", "note 9")).expect("it writes");
    let refused = read(&path).expect_err("it was changed");
    assert!(matches!(refused, JournalError::Damaged { line: 5, damage: Damage::BrokenChain { .. }, .. }), "{refused}");
}

#[test]
fn a_journal_that_is_not_as_it_was_left_takes_no_more() {
    type Deed = fn(&Path);
    let deeds: [(&str, Deed); 7] = [
        ("removed", |path| std::fs::remove_file(path).expect("it goes")),
        ("removed", |path| std::fs::rename(path, path.with_extension("away")).expect("it goes")),
        ("in its place", |path| {
            let copy = path.with_extension("copy");
            std::fs::copy(path, &copy).and_then(|_| std::fs::rename(&copy, path)).expect("it is replaced");
        }),
        ("cut off", |path| std::fs::File::options().write(true).open(path).and_then(|f| f.set_len(40)).expect("cut")),
        ("cut off", |path| std::fs::File::options().write(true).open(path).and_then(|f| f.set_len(0)).expect("cut")),
        ("behind its last line", |path| {
            let text = std::fs::read(path).expect("it reads");
            std::fs::write(path, [text.as_slice(), b"{}\n"].concat()).expect("it grows");
        }),
        ("last line was changed", |path| {
            let text = std::fs::read_to_string(path).expect("it reads");
            std::fs::write(path, text.replace("note 3", "note 7")).expect("it is changed");
        }),
    ];
    for (word, deed) in deeds {
        let folder = tempfile::tempdir().expect("a folder");
        let path = written(folder.path(), 1);
        let (mut log, _) = resumed(&path, &free("ana")).expect("it resumes");
        log.append(&[note(3)]).expect("it is as it was left");
        deed(&path);
        let found = std::fs::read(&path).ok();
        for refused in [log.append(&[note(4)]), log.check()] {
            let refused = refused.expect_err("lost").to_string();
            assert!(refused.contains("journal") && refused.contains(word), "{refused}");
        }
        assert_eq!(std::fs::read(&path).ok(), found, "nothing was written");
    }
}

#[test]
fn the_lines_of_a_journal_that_was_removed_are_kept_and_can_be_gone_on_with() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), 1);
    let before = std::fs::read(&path).expect("it reads");
    let (mut log, _) = resumed(&path, &free("ana")).expect("it resumes");
    std::fs::remove_file(&path).expect("it goes");
    let (first, again) = (log.check().expect_err("it is gone"), log.append(&[note(3)]).expect_err("it is gone"));
    for lost in [first, again] {
        let help = miette::Diagnostic::help(&lost).expect("a way out").to_string();
        assert!(help.contains("run.jsonl.kept"), "{help}");
    }
    drop(log);
    std::fs::rename(path.with_extension("jsonl.kept"), &path).expect("it is moved back");
    assert!(std::fs::read(&path).expect("it reads").starts_with(&before));
    let (mut log, taken) = resumed(&path, &free("ben")).expect("it resumes");
    log.append(&[note(taken.opened.seq + 1)]).expect("it goes on");
    // One that only has another name now is not lost, and no copy is made.
    std::fs::rename(&path, path.with_extension("away")).expect("it is moved");
    assert!(matches!(log.check(), Err(JournalError::Lost { kept: None, .. })));
}

#[test]
fn a_lease_that_names_a_later_session_stops_this_one_and_lets_nobody_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), 1);
    let lease = folder.path().join("run.jsonl.lease");
    let (mut log, _) = resumed(&path, &free("ana")).expect("it resumes");
    for nothing in
        ["", "{", "[1]", r#"{"epoch":2,"by":"ana","host":"h","pid":1}"#, r#"{"epoch":-1,"by":"a","host":"h","pid":1}"#]
    {
        std::fs::write(&lease, nothing).expect("it is written");
        log.check().expect("it says nothing of a later session");
    }
    std::fs::write(&lease, format!(r#"{{"epoch":{},"by":"x\u001b[2J","host":"y","pid":1}}"#, u64::MAX))
        .expect("written");
    let refused = log.check().expect_err("it names another").to_string();
    assert!(refused.starts_with("x[2J (y pid 1)"), "{refused}");
    assert!(matches!(resumed(&path, &free("ben")), Err(JournalError::Held { .. })));
    log.append(&[note(3)]).expect("the journal itself is still ours: its end can be written");
    drop(log);
    let (next, _) = resumed(&path, &free("ben")).expect("it resumes");
    assert_eq!(next.epoch(), 3, "an absurd hint is no epoch");
}

#[test]
fn epochs_at_their_end_are_refused_and_never_wrap() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), 1);
    add(&path, serde_json::json!({"epoch": u64::MAX, "event": "note", "text": "absurd"}));
    assert!(matches!(resumed(&path, &forced("ana")), Err(JournalError::Spent(_))));
}

#[test]
fn what_only_a_later_landfall_knows_is_read_on_and_not_driven() {
    for unknown in [
        serde_json::json!({"event": "readiness_checked", "code": "x"}),
        serde_json::json!({"event": "mode_changed", "mode": "trot"}),
        serde_json::json!({"event": "step_acting", "step": "a/b", "act": {"operation": "fly"}, "before": null}),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = written(folder.path(), 1);
        add(&path, unknown.clone());
        add(&path, serde_json::json!({"event": "note", "text": "and on"}));
        let recorded = read(&path).expect("it reads on");
        assert_eq!(recorded.events.len(), 4);
        let told = recorded.later().expect("something is not known");
        assert!(told.contains(unknown["event"].as_str().expect("a name")), "{told}");
        let before = std::fs::read(&path).expect("it reads");
        assert!(matches!(resumed(&path, &forced("ana")), Err(JournalError::Later { .. })));
        assert_eq!(std::fs::read(&path).expect("it reads"), before, "and nothing is written");
    }
}

/// A journal with another first line, and a second one that vouches for it.
fn with_header(folder: &Path, change: impl FnOnce(&mut serde_json::Value)) -> PathBuf {
    let path = folder.join("later.jsonl");
    let mut head = serde_json::to_value(header()).expect("an event is JSON");
    change(&mut head);
    head["prev"] = GENESIS.into();
    let head = head.to_string();
    let second = chain::write(&note(1), &chain::hash(head.as_bytes())).expect("an event is JSON");
    std::fs::write(&path, format!("{head}\n{second}\n")).expect("it is written");
    path
}

#[test]
fn a_header_of_a_later_format_is_read_where_it_can_be_and_told_where_it_cannot() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = with_header(folder.path(), |head| head["version"] = 1000.into());
    let recorded = read(&path).expect("what is known of it is read");
    assert_eq!(recorded.later().as_deref(), Some("format 1000"));
    assert!(matches!(resumed(&path, &free("ana")), Err(JournalError::Later { .. })));
    let path = with_header(folder.path(), |head| {
        head["version"] = 7.into();
        head["runbook"] = serde_json::json!({"pages": []});
    });
    assert!(matches!(read(&path), Err(JournalError::Later { what, .. }) if what == "format 7"));
    let path = with_header(folder.path(), |head| head["intent"] = "failback-to-the-moon".into());
    assert!(matches!(read(&path), Err(JournalError::Later { .. })));
    let text = std::fs::read_to_string(&path).expect("it reads");
    std::fs::write(&path, text.replace("moon", "mars")).expect("it writes");
    assert!(matches!(read(&path), Err(JournalError::Damaged { line: 1 | 2, .. })), "changed, not later");
}

#[test]
fn a_journal_of_the_first_format_says_that_its_last_line_is_not_covered() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut first = header();
    if let What::RunOpened(opened) = &mut first.what {
        Arc::make_mut(opened).version = 1;
    }
    let path = folder.path().join("run.jsonl");
    FileLog::create(&path, &[first]).expect("a new journal");
    assert_eq!(read(&path).expect("it reads").cover(), Cover::OldFormat);
}

#[test]
fn an_empty_journal_and_one_that_is_not_there_are_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.jsonl");
    assert!(matches!(read(&path), Err(JournalError::Disk { .. })));
    assert!(matches!(FileLog::open(&path), Err(JournalError::Disk { .. })));
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing is left beside a wrong path");
    std::fs::write(&path, "").expect("it writes");
    assert!(matches!(read(&path), Err(JournalError::Empty(_))));
}

/// Two take over a living session at the same moment, two hundred times: of three, one can write afterwards, and the
/// journal is whole.
#[test]
fn of_take_overs_at_the_same_moment_one_drives() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), 1);
    let (mut driver, _) = resumed(&path, &free("first")).expect("it resumes");
    for round in 0..200 {
        let start = std::sync::Barrier::new(3);
        let (mut logs, went_on) = std::thread::scope(|scope| {
            let takers: Vec<_> = ["ben", "cyd"]
                .map(|by| {
                    scope.spawn(|| {
                        let (mut log, _) = FileLog::open(&path).expect("it opens");
                        start.wait();
                        let taken = log.take(&forced(by)).expect("by force");
                        (log, taken.opened.seq)
                    })
                })
                .into_iter()
                .collect();
            start.wait();
            // The one that is taken over from writes on as long as it may.
            let next = read(&path).map_or(0, |recorded| recorded.events.len() as u64);
            let mut wrote = 0;
            while wrote < 5 && driver.append(&[note(next + wrote)]).is_ok() {
                wrote += 1;
            }
            let logs: Vec<_> = takers.into_iter().map(|taker| taker.join().expect("it comes to an end")).collect();
            (logs, driver.append(&[note(next + wrote)]).is_ok())
        });
        assert!(!went_on, "round {round}: the one taken over from still writes");
        let drivers: Vec<bool> = logs.iter_mut().map(|(log, seq)| log.append(&[note(*seq + 1)]).is_ok()).collect();
        assert_eq!(drivers.iter().filter(|drives| **drives).count(), 1, "round {round}: {drivers:?}");
        let recorded = read(&path).expect("the journal is whole");
        let epochs: Vec<u64> = recorded.events.iter().map(|event| event.epoch).filter(|epoch| *epoch > 1).collect();
        assert!(epochs.is_sorted(), "round {round}");
        let keep = drivers.iter().position(|drives| *drives).expect("one drives");
        driver = logs.swap_remove(keep).0;
    }
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
