//! The log of a service: its newest lines, oldest first, and what is said where there is none.

use crate::stage::*;
use jiff::Timestamp;
use landfall::service::observation::LogLine;
use landfall::service::{LogsObservation, LogsQuery, Observation, Query, Silence, home};
use serde_json::json;

fn log(since: i64) -> Query {
    Query::Logs(LogsQuery::Log { group: LOG.into(), since: Timestamp::from_millisecond(since).expect("a time") })
}

fn lines(observation: Observation) -> Option<Vec<LogLine>> {
    match observation {
        Observation::Logs(LogsObservation::Log { lines }) => lines,
        other => panic!("a log was asked for, not {other:?}"),
    }
}

/// Writes lines `numbers` to a stream, each a second after the one before; gives the time of line 0.
fn write(stage: &Stage, stream: &str, numbers: std::ops::Range<i64>) -> i64 {
    let begun = (Timestamp::now().as_second() - 1_800) * 1_000;
    let lines: Vec<_> = numbers
        .map(|nth| json!({"timestamp": begun + nth * 1_000, "message": format!("line {nth} of {stream}\n")}))
        .collect();
    stage.log(&json!({"region": WEST, "group": LOG, "stream": stream, "lines": lines}));
    begun
}

#[tokio::test]
async fn the_newest_lines_of_all_streams_are_one_call_oldest_first() {
    let stage = storefront().await;
    let begun = write(&stage, "ecs/app/1", 0..300);
    write(&stage, "ecs/app/2", 299..302);
    let found = lines(see(WEST, log(begun)).await).expect("a log group");
    assert_eq!(found.len(), 200);
    let words: Vec<&str> = found.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(words.last(), Some(&"line 301 of ecs/app/2"), "the newest, without its line end");
    assert_eq!(words[0], "line 103 of ecs/app/1");
    assert!(found.is_sorted_by_key(|line| line.at), "oldest first");
    assert_eq!(found[0].at.map(|at| at.as_millisecond()), Some(begun + 103_000));
    assert_eq!(found[199].stream.as_str(), "ecs/app/2");
    assert_eq!(stage.calls().len(), 1);
    assert!(stage.mutations().is_empty());
}

#[tokio::test]
async fn what_is_older_than_was_asked_for_is_not_told() {
    let stage = storefront().await;
    let begun = write(&stage, "ecs/app/1", 0..10);
    let found = lines(see(WEST, log(begun + 7_000)).await).expect("a log group");
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(lines(see(WEST, log(begun + 60_000)).await), Some(Vec::new()), "there, and nothing said");
}

#[tokio::test]
async fn a_group_that_is_absent_is_told_and_a_denial_names_its_permission() {
    let stage = storefront().await;
    let absent = LogsQuery::Log { group: "/ecs/nobodys".into(), since: Timestamp::UNIX_EPOCH };
    assert_eq!(lines(see(WEST, Query::Logs(absent)).await), None);
    stage.fault(&json!({"kind": "access-denied", "service": "logs"}));
    let denied = look(WEST, vec![log(0)]).await.remove(0).expect_err("it is denied");
    assert_eq!(denied.because, Silence::Denied);
    assert!(home::clear("logs.FilterLogEvents", &denied).contains("logs:FilterLogEvents"), "{denied:?}");
}

#[tokio::test]
async fn a_line_that_acts_on_a_terminal_comes_clean() {
    let stage = storefront().await;
    let now = Timestamp::now().as_millisecond();
    let hostile = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}drawkcab\r\nnext";
    let lines_of = json!([{"timestamp": now, "message": hostile}]);
    stage.log(&json!({"region": WEST, "group": LOG, "stream": "s", "lines": lines_of}));
    let found = lines(see(WEST, log(now - 1)).await).expect("a log group");
    assert!(!found[0].text.chars().any(|c| c.is_control() || c == '\u{202e}'), "{found:?}");
    assert!(found[0].text.ends_with("next"), "{found:?}");
}
