//! Amazon CloudWatch: replication lag, all of a region's stores in one GetMetricData call.

use super::audit::Audit;
use super::observer::{Answers, Eye, all_unanswered};
use crate::service::observation::LagSample;
use crate::service::{Observation, Query, Silence, Unanswered};
use crate::text::Clean;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat, ScanBy, StatusCode};
use aws_smithy_types::DateTime;
use jiff::Timestamp;

/// How far back a sample is looked for, in seconds.
const BACK_SECONDS: i64 = 900;
/// RDS publishes once a minute.
const PERIOD_SECONDS: i32 = 60;
/// How many metrics one GetMetricData call takes.
const QUERIES: usize = 500;

/// The newest `ReplicaLag` (AWS/RDS, seconds, in the replica's region) of every replica asked for.
pub(super) async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let mut answers = Vec::new();
    for chunk in queries.chunks(QUERIES) {
        answers.extend(lags(eye, chunk).await);
    }
    answers
}

async fn lags(eye: Eye<'_>, queries: &[&Query]) -> Answers {
    let now = Timestamp::now().as_second();
    let metrics = queries.iter().enumerate().filter_map(|(place, query)| match query {
        Query::ReplicaLag { id } => Some(metric(place, id)),
        _ => None,
    });
    let audit = Audit::look(eye, "cloudwatch");
    let call = eye
        .clients
        .cloudwatch
        .get_metric_data()
        .set_metric_data_queries(Some(metrics.collect()))
        .start_time(DateTime::from_secs(now - BACK_SECONDS))
        .end_time(DateTime::from_secs(now + 1))
        .scan_by(ScanBy::TimestampDescending)
        .customize()
        .interceptor(audit.clone());
    let found = match audit.settle(call.send()).await {
        Ok(found) => found,
        Err(trouble) => return all_unanswered(queries, &trouble),
    };
    queries
        .iter()
        .enumerate()
        .map(|(place, query)| {
            let id = format!("m{place}");
            let result = found.metric_data_results().iter().find(|result| result.id() == Some(id.as_str()));
            ((*query).clone(), told(result).map(Observation::Lag))
        })
        .collect()
}

fn metric(place: usize, id: &str) -> MetricDataQuery {
    let dimension = Dimension::builder().name("DBInstanceIdentifier").value(id).build();
    let metric = Metric::builder().namespace("AWS/RDS").metric_name("ReplicaLag").dimensions(dimension).build();
    // The worst of the minute, not its average: an exposure must not be flattered.
    let stat = MetricStat::builder().metric(metric).period(PERIOD_SECONDS).stat("Maximum").build();
    MetricDataQuery::builder().id(format!("m{place}")).metric_stat(stat).build()
}

/// The sample, unless CloudWatch says of this one metric that it could not read it: that is not "no sample".
fn told(result: Option<&MetricDataResult>) -> Result<LagSample, Unanswered> {
    let because = match result.and_then(MetricDataResult::status_code) {
        Some(StatusCode::Forbidden) => Silence::Denied,
        Some(StatusCode::InternalError) => Silence::Error,
        _ => return Ok(newest(result)),
    };
    let words = result.into_iter().flat_map(MetricDataResult::messages).filter_map(|message| message.value()).next();
    let message = Clean::new(words.unwrap_or("CloudWatch could not read the metric"));
    Err(Unanswered { because, code: None, message })
}

/// The newest sample. Its time is the start of its minute, the earliest it can be from: its age is never understated.
fn newest(result: Option<&MetricDataResult>) -> LagSample {
    let samples = result.map(|result| result.timestamps().iter().zip(result.values())).into_iter().flatten();
    let Some((at, value)) = samples.max_by_key(|(at, _)| at.secs()) else {
        let instead = Some(Clean::new("no sample in the last 15 minutes"));
        return LagSample { seconds: None, sampled_at: None, instead };
    };
    let sampled_at = Timestamp::from_second(at.secs()).ok();
    if *value < 0.0 || !value.is_finite() {
        let instead = Some(Clean::new("-1: replication may not be active"));
        return LagSample { seconds: None, sampled_at, instead };
    }
    LagSample { seconds: Some(*value), sampled_at, instead: None }
}
