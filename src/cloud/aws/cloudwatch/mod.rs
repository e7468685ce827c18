//! Amazon CloudWatch: replication lag, all of a region's stores in one GetMetricData call; alarms.

mod alarms;
mod series;

use super::audit::Audit;
use super::desk::{Answers, Asked, Eye, Look, all_unanswered};
use super::listed::Dimensions;
use crate::plan::duration;
use crate::service::CloudWatchQuery;
use crate::service::cloudwatch::{Count, Metric};
use crate::service::observation::{LagSample, LagSeries};
use crate::service::{CloudWatchObservation, Observation, Query, Silence, Unanswered};
use crate::text::Clean;
use aws_sdk_cloudwatch::types::{Dimension, MetricDataQuery, MetricDataResult, MetricStat, ScanBy, StatusCode};
use aws_smithy_types::DateTime;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What is asked here.
pub(in crate::cloud::aws) const READS: &[&str] = &["GetMetricData", "ListMetrics", "DescribeAlarms"];

/// The looks that answer `asked`.
pub(in crate::cloud::aws) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, CloudWatchQuery>) -> Vec<Look<'a>> {
    let (mut lags, mut alarms) = (Vec::new(), Vec::new());
    for (query, words) in asked {
        match words {
            CloudWatchQuery::ReplicaLag { .. }
            | CloudWatchQuery::DatastoreLag { .. }
            | CloudWatchQuery::TableLag { .. }
            | CloudWatchQuery::GlobalClusterLag { .. }
            | CloudWatchQuery::BucketLag(_)
            | CloudWatchQuery::BucketPending(_)
            | CloudWatchQuery::BucketFailed(_)
            | CloudWatchQuery::Usage { .. }
            | CloudWatchQuery::OldestMessage { .. } => lags.push(query),
            CloudWatchQuery::Alarm { .. } => alarms.push(query),
        }
    }
    vec![Look::of(lags, |queries| look(eye, queries)), Look::of(alarms, |queries| alarms::look(eye, queries))]
}

/// How far back samples are looked for, in seconds.
const BACK_SECONDS: i64 = 900;
/// How far back the last one is looked for where none is as new as that, in seconds: a lag that was known once is not
/// forgotten when its region dies. Within what one call may return at most: 100,800 samples.
const FAR_BACK_SECONDS: i64 = 3 * 3600;
/// How many metrics one GetMetricData call takes.
const QUERIES: usize = 500;

/// The samples of every metric asked for.
async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let mut answers = Vec::new();
    let mut wanted = Vec::new();
    for query in queries {
        let Query::CloudWatch(words) = query else { continue };
        let Some(metric) = words.metric() else { continue };
        match series::of(eye, words, &metric).await {
            Ok(series) => wanted.push(Wanted { query, metric, series }),
            Err(trouble) => answers.push((query.clone(), Err(trouble.unanswered()))),
        }
    }
    let mut rest = &wanted[..];
    while !rest.is_empty() {
        let mut series = 0;
        let fits = rest.iter().take_while(|wanted| {
            series += wanted.series.len();
            series <= QUERIES
        });
        let (now, later) = rest.split_at(fits.count().max(1));
        answers.extend(lags(eye, now).await);
        rest = later;
    }
    answers
}

/// A metric that is asked for, and which series of it.
struct Wanted<'a> {
    query: &'a Query,
    metric: Metric,
    series: Vec<Dimensions>,
}

impl Wanted<'_> {
    /// The same by the metric's other name, where it has one.
    fn by_its_other_name(&self) -> Option<Self> {
        let metric = Metric { name: self.metric.instead?, ..self.metric.clone() };
        Some(Self { query: self.query, metric, series: self.series.clone() })
    }
}

async fn lags(eye: Eye<'_>, wanted: &[Wanted<'_>]) -> Answers {
    let mut answers = samples_by_any_name(eye, &wanted.iter().collect::<Vec<_>>(), BACK_SECONDS).await;
    let silent: Vec<&Wanted<'_>> =
        wanted.iter().zip(&answers).filter(|(_, (_, told))| is_silent(told)).map(|(wanted, _)| wanted).collect();
    if silent.is_empty() {
        return answers;
    }
    let mut older = samples_by_any_name(eye, &silent, FAR_BACK_SECONDS).await.into_iter();
    for answer in answers.iter_mut().filter(|(_, told)| is_silent(told)) {
        let Some((_, Ok(Observation::CloudWatch(CloudWatchObservation::Lag(series))))) = older.next() else { continue };
        // Old samples tell how it was, and never how it is.
        answer.1 = Ok(CloudWatchObservation::Lag(LagSeries { recent: Vec::new(), ..series }).into());
    }
    answers
}

/// The samples of the last `back` seconds; where a metric has none, those that it has by another name.
async fn samples_by_any_name(eye: Eye<'_>, wanted: &[&Wanted<'_>], back: i64) -> Answers {
    let mut answers = samples(eye, wanted, back).await;
    let silent = wanted.iter().zip(&answers).filter(|(_, (_, told))| is_silent(told)).map(|(wanted, _)| *wanted);
    let others: Vec<Wanted<'_>> = silent.filter_map(Wanted::by_its_other_name).collect();
    if others.is_empty() {
        return answers;
    }
    for (query, told) in samples(eye, &others.iter().collect::<Vec<_>>(), back).await {
        if let Some(answer) = answers.iter_mut().find(|(asked, _)| *asked == query).filter(|_| !is_silent(&told)) {
            answer.1 = told;
        }
    }
    answers
}

fn is_silent(told: &Result<Observation, Unanswered>) -> bool {
    matches!(told, Ok(Observation::CloudWatch(CloudWatchObservation::Lag(series))) if series.recent.is_empty())
}

/// The samples of the last `back` seconds.
async fn samples(eye: Eye<'_>, wanted: &[&Wanted<'_>], back: i64) -> Answers {
    let now = Timestamp::now().as_second();
    let series = |(place, wanted): (usize, &&Wanted<'_>)| {
        let metric = wanted.metric.clone();
        let series = wanted.series.clone().into_iter().enumerate();
        series.map(move |(nth, dimensions)| data_query(&id(place, nth), &metric, dimensions))
    };
    let metrics: Vec<MetricDataQuery> = wanted.iter().enumerate().flat_map(series).collect();
    // What has no series at all is not asked for: it has no sample.
    let found = if metrics.is_empty() {
        None
    } else {
        let audit = Audit::look(eye, "cloudwatch");
        let call = eye
            .clients
            .cloudwatch
            .get_metric_data()
            .set_metric_data_queries(Some(metrics))
            .start_time(DateTime::from_secs(now - back))
            .end_time(DateTime::from_secs(now + 1))
            .scan_by(ScanBy::TimestampDescending)
            .customize()
            .interceptor(audit.clone());
        match audit.settle(call.send()).await {
            Ok(found) => Some(found),
            Err(trouble) => {
                let queries: Vec<&Query> = wanted.iter().map(|wanted| wanted.query).collect();
                return all_unanswered(&queries, &trouble);
            }
        }
    };
    let results = found.as_ref().map(|found| found.metric_data_results()).unwrap_or_default();
    let answer = |(place, wanted): (usize, &&Wanted<'_>)| {
        let ids: Vec<String> = (0..wanted.series.len()).map(|nth| id(place, nth)).collect();
        let own: Vec<&MetricDataResult> =
            results.iter().filter(|result| result.id().is_some_and(|id| ids.iter().any(|own| own == id))).collect();
        let told = told(&own, wanted.metric.unit_seconds, back);
        (wanted.query.clone(), told.map(|series| observed(wanted.query, series).into()))
    };
    wanted.iter().enumerate().map(answer).collect()
}

/// The samples as what they are of: a lag, or a number of things.
fn observed(query: &Query, series: LagSeries) -> CloudWatchObservation {
    match query {
        Query::CloudWatch(words) if words.counts() => {
            let total = series.recent.iter().map(|(_, number)| number).sum();
            CloudWatchObservation::Count(Count { newest: series.recent.first().copied(), total })
        }
        _ => CloudWatchObservation::Lag(series),
    }
}

fn id(place: usize, nth: usize) -> String {
    format!("m{place}s{nth}")
}

fn data_query(id: &str, wanted: &Metric, dimensions: Dimensions) -> MetricDataQuery {
    let dimensions = dimensions.into_iter().map(|(name, value)| Dimension::builder().name(name).value(value).build());
    let metric = aws_sdk_cloudwatch::types::Metric::builder()
        .namespace(wanted.namespace)
        .metric_name(wanted.name)
        .set_dimensions(Some(dimensions.collect()))
        .build();
    let stat = MetricStat::builder().metric(metric).period(wanted.period_seconds).stat(wanted.statistic).build();
    MetricDataQuery::builder().id(id).metric_stat(stat).build()
}

/// The samples of all of `results`, unless CloudWatch says of one that it could not read it: that is not "no sample".
fn told(results: &[&MetricDataResult], unit: f64, back: i64) -> Result<LagSeries, Unanswered> {
    match results.iter().find_map(|result| silence(result)) {
        Some(silence) => Err(silence),
        None => Ok(series_of(results, unit, back)),
    }
}

/// Why a metric could not be read, where it could not.
fn silence(result: &MetricDataResult) -> Option<Unanswered> {
    let because = match result.status_code() {
        Some(StatusCode::Forbidden) => Silence::Denied,
        Some(StatusCode::InternalError) => Silence::Error,
        _ => return None,
    };
    let words = result.messages().iter().filter_map(|message| message.value()).next();
    let message = Clean::new(words.unwrap_or("CloudWatch could not read the metric"));
    Some(Unanswered { because, code: None, message })
}

/// The samples, newest first, of each moment the worst. A sample's time is the start of its minute, the earliest it can be
/// from: its age is never understated.
fn series_of(results: &[&MetricDataResult], unit: f64, back: i64) -> LagSeries {
    let mut worst: BTreeMap<Timestamp, f64> = BTreeMap::new();
    for (at, value) in results.iter().flat_map(|result| result.timestamps().iter().zip(result.values())) {
        let Ok(at) = Timestamp::from_second(at.secs()) else { continue };
        let value = *value * unit;
        let is_worse = |other: &f64| is_worse(value, *other);
        if worst.get(&at).is_none_or(is_worse) {
            worst.insert(at, value);
        }
    }
    let recent: Vec<(Timestamp, f64)> = worst.into_iter().rev().collect();
    LagSeries { newest: newest(&recent, back), recent }
}

/// That nothing may be replicated is worse than any lag.
fn is_worse(one: f64, other: f64) -> bool {
    let is_none = |value: f64| value < 0.0 || !value.is_finite();
    is_none(one) || !is_none(other) && one > other
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
