//! Amazon CloudWatch Logs: the newest lines of a log group.

use super::audit::Audit;
use super::desk::{Answers, Asked, Eye, Look};
use super::trouble::Trouble;
use crate::service::observation::{LOG_LINES, LogLine};
use crate::service::{LogsObservation, LogsQuery, Observation, Query};
use crate::text::Clean;
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use futures::future::join_all;
use jiff::Timestamp;

/// What is asked here.
pub(super) const READS: &[&str] = &["DescribeLogGroups", "FilterLogEvents"];

/// The looks that answer `asked`.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, LogsQuery>) -> Vec<Look<'a>> {
    let (mut logs, mut groups) = (Vec::new(), Vec::new());
    for (query, words) in asked {
        match words {
            LogsQuery::Log { .. } => logs.push(query),
            LogsQuery::Group { .. } => groups.push(query),
        }
    }
    vec![Look::of(logs, |queries| look(eye, queries)), Look::of(groups, |queries| look_for_groups(eye, queries))]
}

/// Lines from before 2024 are told from the oldest on only (CloudWatch Logs API Reference, FilterLogEvents).
const EARLIEST_MILLIS: i64 = 1_704_067_200_000;
/// How many pages are read at most: one can be empty though more follow.
const PAGES: usize = 5;
/// The most lines that are asked for at once.
const LIMIT: i32 = LOG_LINES as i32;
/// The code of a log group that is not there.
const ABSENT: &[&str] = &["ResourceNotFoundException"];

/// The newest lines of every log group asked for.
pub(super) async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let looks = queries.into_iter().filter_map(|query| match query {
        Query::Logs(LogsQuery::Log { group, since }) => Some(async move {
            let lines = match lines(eye, group, *since).await {
                Ok(lines) => Ok(Observation::Logs(LogsObservation::Log { lines: Some(lines) })),
                Err(trouble) if trouble.is(ABSENT) => Ok(Observation::Logs(LogsObservation::Log { lines: None })),
                Err(trouble) => Err(trouble.unanswered()),
            };
            (query.clone(), lines)
        }),
        _ => None,
    });
    join_all(looks).await
}

/// Whether there are these log groups. They are told in the order of their names: one that is called like the prefix comes
/// first (CloudWatch Logs API Reference, DescribeLogGroups).
async fn look_for_groups(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let looks = queries.into_iter().filter_map(|query| match query {
        Query::Logs(LogsQuery::Group { group }) => Some(async move {
            let audit = Audit::look(eye, "logs");
            let call = eye.clients.logs.describe_log_groups().log_group_name_prefix(group.as_str()).limit(1);
            let answer = match audit.settle(call.customize().interceptor(audit.clone()).send()).await {
                Ok(found) => {
                    let first = found.log_groups().first().and_then(|group| group.log_group_name());
                    let group = first.filter(|name| *name == group.as_str()).map(Clean::new);
                    Ok(Observation::Logs(LogsObservation::Group { group }))
                }
                Err(trouble) => Err(trouble.unanswered()),
            };
            (query.clone(), answer)
        }),
        _ => None,
    });
    join_all(looks).await
}

/// Oldest first. They are asked for from the newest on.
async fn lines(eye: Eye<'_>, group: &str, since: Timestamp) -> Result<Vec<LogLine>, Trouble> {
    let mut lines: Vec<LogLine> = Vec::new();
    let mut next = None;
    for _ in 0..PAGES {
        let audit = Audit::look(eye, "logs");
        let call = eye
            .clients
            .logs
            .filter_log_events()
            .log_group_name(group)
            .start_time(since.as_millisecond().max(EARLIEST_MILLIS))
            .start_from_head(false)
            .limit(LIMIT)
            .set_next_token(next)
            .customize()
            .interceptor(audit.clone());
        let page = audit.settle(call.send()).await?;
        lines.extend(page.events().iter().map(line));
        next = page.next_token.filter(|token| !token.is_empty());
        if next.is_none() || lines.len() >= LOG_LINES {
            break;
        }
    }
    lines.sort_by_key(|line| line.at);
    lines.drain(..lines.len().saturating_sub(LOG_LINES));
    Ok(lines)
}

/// Whole: it is cut only once what is secret in it is known.
fn line(event: &FilteredLogEvent) -> LogLine {
    LogLine {
        at: event.timestamp().and_then(|millis| Timestamp::from_millisecond(millis).ok()),
        stream: Clean::new(event.log_stream_name().unwrap_or_default()),
        text: Clean::new(event.message().unwrap_or_default().trim_end()),
    }
}
