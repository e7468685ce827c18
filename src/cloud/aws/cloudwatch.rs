//! Amazon CloudWatch: replication lag, all of a region's stores in one GetMetricData call.

use super::audit::Audit;
use super::desk::{Answers, Asked, Eye, Look, all_unanswered};
use crate::plan::duration;
use crate::service::CloudWatchQuery;
use crate::service::cloudwatch::Metric;
use crate::service::observation::{LagSample, LagSeries};
use crate::service::{CloudWatchObservation, Observation, Query, Silence, Unanswered};
use crate::text::Clean;
use aws_sdk_cloudwatch::types::{Dimension, MetricDataQuery, MetricDataResult, MetricStat, ScanBy, StatusCode};
use aws_smithy_types::DateTime;
use jiff::Timestamp;

/// What is asked here.
pub(super) const READS: &[&str] = &["GetMetricData"];

/// The looks that answer `asked`.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, CloudWatchQuery>) -> Vec<Look<'a>> {
    let mut lags = Vec::new();
    for (query, words) in asked {
        match words {
            CloudWatchQuery::ReplicaLag { .. } => lags.push(query),
        }
    }
    vec![Look::of(lags, |queries| look(eye, queries))]
}

/// How far back samples are looked for, in seconds.
const BACK_SECONDS: i64 = 900;
/// How far back the last one is looked for where none is as new as that, in seconds: a lag that was known once is not
/// forgotten when its region dies. Within what one call may return at most: 100,800 samples.
const FAR_BACK_SECONDS: i64 = 3 * 3600;
/// How many metrics one GetMetricData call takes.
const QUERIES: usize = 500;

/// The samples of every metric asked for.
pub(super) async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let mut answers = Vec::new();
    for chunk in queries.chunks(QUERIES) {
        answers.extend(lags(eye, chunk).await);
    }
    answers
}

async fn lags(eye: Eye<'_>, queries: &[&Query]) -> Answers {
    let mut answers = samples(eye, queries, BACK_SECONDS).await;
    let silent: Vec<&Query> =
        queries.iter().zip(&answers).filter(|(_, (_, told))| is_silent(told)).map(|(query, _)| *query).collect();
    if silent.is_empty() {
        return answers;
    }
    let mut older = samples(eye, &silent, FAR_BACK_SECONDS).await.into_iter();
    for answer in answers.iter_mut().filter(|(_, told)| is_silent(told)) {
        let Some((_, Ok(Observation::CloudWatch(CloudWatchObservation::Lag(series))))) = older.next() else { continue };
        // Old samples tell how it was, and never how it is.
        answer.1 = Ok(Observation::CloudWatch(CloudWatchObservation::Lag(LagSeries { recent: Vec::new(), ..series })));
    }
    answers
}

fn is_silent(told: &Result<Observation, Unanswered>) -> bool {
    matches!(told, Ok(Observation::CloudWatch(CloudWatchObservation::Lag(series))) if series.recent.is_empty())
}

/// The samples of the last `back` seconds.
async fn samples(eye: Eye<'_>, queries: &[&Query], back: i64) -> Answers {
    let now = Timestamp::now().as_second();
    let metrics = queries.iter().enumerate().filter_map(|(place, query)| Some(data_query(place, &metric(query)?)));
    let audit = Audit::look(eye, "cloudwatch");
    let call = eye
        .clients
        .cloudwatch
        .get_metric_data()
        .set_metric_data_queries(Some(metrics.collect()))
        .start_time(DateTime::from_secs(now - back))
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
            let unit = metric(query).map_or(1.0, |metric| metric.unit_seconds);
            ((*query).clone(), told(result, unit, back).map(|series| CloudWatchObservation::Lag(series).into()))
        })
        .collect()
}

fn metric(query: &Query) -> Option<Metric> {
    match query {
        Query::CloudWatch(query) => Some(query.metric()),
        _ => None,
    }
}

fn data_query(place: usize, wanted: &Metric) -> MetricDataQuery {
    let dimensions =
        wanted.dimensions.iter().map(|(name, value)| Dimension::builder().name(*name).value(value.as_str()).build());
    let metric = aws_sdk_cloudwatch::types::Metric::builder()
        .namespace(wanted.namespace)
        .metric_name(wanted.name)
        .set_dimensions(Some(dimensions.collect()))
        .build();
    // The worst of the period, not its average: an exposure must not be flattered.
    let stat = MetricStat::builder().metric(metric).period(wanted.period_seconds).stat("Maximum").build();
    MetricDataQuery::builder().id(format!("m{place}")).metric_stat(stat).build()
}

/// The samples, unless CloudWatch says of this one metric that it could not read it: that is not "no sample".
fn told(result: Option<&MetricDataResult>, unit: f64, back: i64) -> Result<LagSeries, Unanswered> {
    let because = match result.and_then(MetricDataResult::status_code) {
        Some(StatusCode::Forbidden) => Silence::Denied,
        Some(StatusCode::InternalError) => Silence::Error,
        _ => return Ok(series(result, unit, back)),
    };
    let words = result.into_iter().flat_map(MetricDataResult::messages).filter_map(|message| message.value()).next();
    let message = Clean::new(words.unwrap_or("CloudWatch could not read the metric"));
    Err(Unanswered { because, code: None, message })
}

/// The samples, newest first. A sample's time is the start of its minute, the earliest it can be from: its age is never
/// understated.
fn series(result: Option<&MetricDataResult>, unit: f64, back: i64) -> LagSeries {
    let samples = result.map(|result| result.timestamps().iter().zip(result.values())).into_iter().flatten();
    let mut recent: Vec<(Timestamp, f64)> =
        samples.filter_map(|(at, value)| Some((Timestamp::from_second(at.secs()).ok()?, *value * unit))).collect();
    recent.sort_by(|(one, _), (other, _)| other.cmp(one));
    LagSeries { newest: newest(&recent, back), recent }
}

fn newest(recent: &[(Timestamp, f64)], back: i64) -> LagSample {
    let Some((at, value)) = recent.first() else {
        let instead = Clean::new(&format!("no sample in the last {}", duration::show(back as f64)));
        return LagSample { seconds: None, sampled_at: None, instead: Some(instead) };
    };
    let sampled_at = Some(*at);
    if *value < 0.0 || !value.is_finite() {
        let instead = Some(Clean::new("-1: replication may not be active"));
        return LagSample { seconds: None, sampled_at, instead };
    }
    LagSample { seconds: Some(*value), sampled_at, instead: None }
}
