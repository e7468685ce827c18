//! Following a journal that grows on a real disk.

use super::follow::{Following, Until, follow};
use super::journal::JournalError;
use super::journal_tests::{free, note, resumed, written};
use std::io::Write;
use std::time::Duration;

async fn events(following: &mut Following, count: usize) -> Vec<u64> {
    let mut seen = Vec::new();
    while seen.len() < count {
        let batch = tokio::time::timeout(Duration::from_secs(20), following.feed.recv()).await;
        seen.extend(batch.expect("it comes").expect("it is followed").iter().map(|event| event.seq));
    }
    seen
}

#[tokio::test]
async fn a_recording_is_read_to_its_end_and_the_feed_closes() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut following = follow(&written(folder.path(), 3000), Until::End).expect("it is followed");
    assert_eq!(events(&mut following, 3001).await, (0..=3000).collect::<Vec<_>>());
    assert!(following.feed.recv().await.is_none());
    following.trouble.check().expect("nothing went wrong");
}

#[tokio::test]
async fn a_live_journal_is_followed_as_it_grows() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), 2);
    let mut following = follow(&path, Until::Dropped).expect("it is followed");
    assert_eq!(events(&mut following, 3).await, [0, 1, 2]);
    let (mut journal, _) = resumed(&path, &free("ben")).expect("it resumes");
    journal.append(&[note(4)]).expect("it is written");
    assert_eq!(events(&mut following, 2).await, [3, 4]);
    journal.release(&[note(5)]).expect("it is let go");
    let (mut journal, _) = resumed(&path, &free("cyd")).expect("it resumes again");
    journal.append(&[note(8)]).expect("it is written");
    assert_eq!(events(&mut following, 3).await, [5, 7, 8], "the line that covers all is no event");
}

#[tokio::test]
async fn a_torn_line_is_waited_for_and_what_resume_writes_instead_is_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), 1);
    let torn = b"{\"seq\":2,\"at\":\"2026-03-09T02:06:00Z\",\"torn\":\"a line that its writer did not live to end";
    std::fs::OpenOptions::new().append(true).open(&path).and_then(|mut file| file.write_all(torn)).expect("it is torn");
    let mut following = follow(&path, Until::Dropped).expect("it is followed");
    assert_eq!(events(&mut following, 2).await, [0, 1]);
    let (_journal, taken) = resumed(&path, &free("ben")).expect("it resumes");
    assert_eq!(taken.torn_bytes, torn.len());
    assert_eq!(events(&mut following, 1).await, [2]);
}

#[tokio::test]
async fn damage_ends_the_following_and_is_told_with_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), 1);
    let mut following = follow(&path, Until::Dropped).expect("it is followed");
    assert_eq!(events(&mut following, 2).await, [0, 1]);
    std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .and_then(|mut file| file.write_all(b"not one of ours\n"))
        .expect("it is damaged");
    assert!(following.feed.recv().await.is_none());
    assert!(matches!(following.trouble.check(), Err(JournalError::Damaged { line: 3, .. })));
}

#[test]
fn a_file_that_is_no_journal_is_refused_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("other.txt");
    assert!(matches!(follow(&path, Until::End), Err(JournalError::Disk { .. })));
    std::fs::write(&path, "").expect("it is written");
    assert!(matches!(follow(&path, Until::End), Err(JournalError::Empty(_))));
    std::fs::write(&path, "hello\n").expect("it is written");
    assert!(matches!(follow(&path, Until::End), Err(JournalError::NotAJournal(_))));
}
