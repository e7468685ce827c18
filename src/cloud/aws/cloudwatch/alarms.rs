//! Alarms, and how new the data is that they watch: described a hundred at a time, then all their metrics in one call.

use super::{BACK_SECONDS, QUERIES, silence};
use crate::cloud::aws::audit::Audit;
use crate::cloud::aws::desk::{Answers, Eye};
use crate::cloud::aws::trouble::{Sort, Trouble};
use crate::service::observation::{Alarm, AlarmData, Watched};
use crate::service::{CloudWatchObservation, CloudWatchQuery, Query, Unanswered};
use crate::text::Clean;
use aws_sdk_cloudwatch::types::{
    AlarmType, CompositeAlarm, EvaluationState, LogAlarm, Metric, MetricAlarm, MetricDataQuery, MetricDataResult,
    MetricStat, ScanBy,
};
use aws_smithy_types::DateTime;
use jiff::Timestamp;
use std::collections::HashMap;

/// How many names one DescribeAlarms takes, and how many alarms it tells of at most.
const NAMES: usize = 100;
const PAGE: i32 = 100;
const PAGES: usize = 10;
/// Data is told by the minute, in seconds; of a metric that an alarm looks at more often, by the alarm's own period.
const MINUTE_SECONDS: i32 = 60;

/// An alarm as it was described, and the metrics that it watches.
struct Described {
    alarm: Alarm,
    metrics: Vec<MetricStat>,
    account: Option<String>,
}

/// How the alarms are that `queries` ask for.
pub(super) async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let mut answers = Answers::new();
    for queries in queries.chunks(NAMES) {
        let names: Vec<String> = queries.iter().map(|query| name(query).to_owned()).collect();
        match describe(eye, names).await {
            Ok(found) => answers.extend(with_data(eye, queries, found).await),
            Err(trouble) => {
                answers.extend(queries.iter().map(|query| ((*query).clone(), Err(trouble.unanswered()))));
            }
        }
    }
    answers
}

fn name(query: &Query) -> &str {
    match query {
        Query::CloudWatch(CloudWatchQuery::Alarm { name }) => name,
        _ => "",
    }
}

async fn describe(eye: Eye<'_>, names: Vec<String>) -> Result<Vec<Described>, Trouble> {
    let (mut found, mut page) = (Vec::new(), None);
    for _ in 0..PAGES {
        let audit = Audit::look(eye, "cloudwatch");
        let call = eye.clients.cloudwatch.describe_alarms().set_alarm_names(Some(names.clone())).max_records(PAGE);
        // Unasked, those of metrics alone are told of.
        let types = vec![AlarmType::MetricAlarm, AlarmType::CompositeAlarm, AlarmType::LogAlarm];
        let call = call.set_alarm_types(Some(types)).set_next_token(page).customize().interceptor(audit.clone());
        let told = audit.settle(call.send()).await?;
        found.extend(told.metric_alarms().iter().map(of_metrics));
        found.extend(told.composite_alarms().iter().map(composite));
        found.extend(told.log_alarms().iter().map(of_logs));
        page = told.next_token().filter(|token| !token.is_empty()).map(str::to_owned);
        if page.is_none() {
            return Ok(found);
        }
    }
    let message = format!("more than {PAGES} pages of alarms for {} names", names.len());
    Err(Trouble { sort: Sort::Failing, code: None, message: Clean::new(&message) })
}

fn composite(told: &CompositeAlarm) -> Described {
    let alarm = Alarm {
        name: text(told.alarm_name()),
        arn: text(told.alarm_arn()),
        state: text(told.state_value().map(|state| state.as_str())),
        reason: told.state_reason().map(Clean::new),
        evaluation: None,
        watches: Watched::Others,
    };
    Described { alarm, metrics: Vec::new(), account: None }
}

fn of_logs(told: &LogAlarm) -> Described {
    let alarm = Alarm {
        name: text(told.alarm_name()),
        arn: text(told.alarm_arn()),
        state: text(told.state_value().map(|state| state.as_str())),
        reason: told.state_reason().map(Clean::new),
        evaluation: told.evaluation_state().map(evaluation),
        watches: Watched::Unseen,
    };
    Described { alarm, metrics: Vec::new(), account: None }
}

fn of_metrics(told: &MetricAlarm) -> Described {
    let (metrics, account) = watched(told);
    let period = metrics.iter().filter_map(MetricStat::period).max();
    let watches = match period {
        None => Watched::Unseen,
        Some(period) => {
            let times = told.datapoints_to_alarm().or(told.evaluation_periods()).unwrap_or(1).max(1);
            let rings_after_seconds = u32::try_from(period.max(1).saturating_mul(times)).unwrap_or(u32::MAX);
            let stretch_seconds = metrics.iter().map(stretch).max().unwrap_or(MINUTE_SECONDS).unsigned_abs();
            Watched::Metric(AlarmData { newest: None, stretch_seconds, rings_after_seconds })
        }
    };
    let alarm = Alarm {
        name: text(told.alarm_name()),
        arn: text(told.alarm_arn()),
        state: text(told.state_value().map(|state| state.as_str())),
        reason: told.state_reason().map(Clean::new),
        evaluation: told.evaluation_state().map(evaluation),
        watches,
    };
    Described { alarm, metrics, account }
}

/// The metrics of an alarm, its own or those of its expressions, and the account that the latter are of. What an expression
/// makes of them is not looked at: it may make data of none.
fn watched(told: &MetricAlarm) -> (Vec<MetricStat>, Option<String>) {
    if let Some(name) = told.metric_name() {
        let metric = Metric::builder().set_namespace(told.namespace().map(str::to_owned)).metric_name(name);
        let metric = metric.set_dimensions(Some(told.dimensions().to_vec())).build();
        return (vec![counted(metric, told.period(), told)], None);
    }
    let own = told.metrics().iter().filter_map(|query| {
        let stat = query.metric_stat()?;
        let metric = stat.metric()?.clone();
        let counted = MetricStat::builder().metric(metric).set_unit(stat.unit().cloned()).stat("SampleCount");
        Some(counted.period(stat.period().or(query.period()).unwrap_or(MINUTE_SECONDS)).build())
    });
    let account = told.metrics().iter().find_map(|query| query.account_id().map(str::to_owned));
    (own.collect(), account)
}

fn counted(metric: Metric, period: Option<i32>, told: &MetricAlarm) -> MetricStat {
    let period = period.unwrap_or(MINUTE_SECONDS);
    MetricStat::builder().metric(metric).period(period).stat("SampleCount").set_unit(told.unit().cloned()).build()
}

fn stretch(stat: &MetricStat) -> i32 {
    stat.period().unwrap_or(MINUTE_SECONDS).clamp(1, MINUTE_SECONDS)
}

fn evaluation(state: &EvaluationState) -> Clean {
    Clean::new(state.as_str())
}

fn text(text: Option<&str>) -> Clean {
    Clean::new(text.unwrap_or_default())
}

async fn with_data(eye: Eye<'_>, queries: &[&Query], found: Vec<Described>) -> Answers {
    let data = newest(eye, &found).await;
    let mut alarms: HashMap<String, Result<Alarm, Unanswered>> = HashMap::new();
    for (described, data) in found.into_iter().zip(data) {
        let Described { mut alarm, .. } = described;
        let name = alarm.name.to_string();
        let told = match (data, &mut alarm.watches) {
            (Ok(at), Watched::Metric(data)) => {
                data.newest = at;
                Ok(alarm)
            }
            // Without its data the state of an alarm is not believed.
            (Err(unanswered), Watched::Metric(_)) => Err(unanswered),
            (_, Watched::Others | Watched::Unseen) => Ok(alarm),
        };
        alarms.insert(name, told);
    }
    let answer = |query: &&Query| {
        let told = alarms.get(name(query)).cloned().transpose();
        ((*query).clone(), told.map(|alarm| CloudWatchObservation::Alarm { alarm }.into()))
    };
    queries.iter().map(answer).collect()
}

/// When the newest stretch with data in it began, of each alarm's metrics together.
async fn newest(eye: Eye<'_>, found: &[Described]) -> Vec<Result<Option<Timestamp>, Unanswered>> {
    let queries: Vec<(usize, MetricDataQuery)> = found
        .iter()
        .enumerate()
        .flat_map(|(place, described)| {
            described
                .metrics
                .iter()
                .enumerate()
                .map(move |(nth, stat)| (place, data_query(place, nth, stat, described)))
        })
        .collect();
    let mut newest: Vec<Result<Option<Timestamp>, Unanswered>> = vec![Ok(None); found.len()];
    for queries in queries.chunks(QUERIES) {
        let results = data(eye, queries.iter().map(|(_, query)| query.clone()).collect()).await;
        for (place, query) in queries {
            let told = match &results {
                Err(trouble) => Err(trouble.unanswered()),
                Ok(results) => {
                    let own = results.iter().filter(|result| result.id() == query.id());
                    own.map(of_result).collect::<Result<Vec<_>, _>>().map(|all| all.into_iter().flatten().max())
                }
            };
            let so_far = &mut newest[*place];
            *so_far = match (so_far.clone(), told) {
                (Ok(one), Ok(other)) => Ok(one.max(other)),
                (Err(why), _) | (_, Err(why)) => Err(why),
            };
        }
    }
    newest
}

fn data_query(place: usize, nth: usize, stat: &MetricStat, described: &Described) -> MetricDataQuery {
    let counted = MetricStat::builder().set_metric(stat.metric().cloned()).set_unit(stat.unit().cloned());
    let counted = counted.stat("SampleCount").period(stretch(stat)).build();
    let query = MetricDataQuery::builder().id(format!("a{place}s{nth}")).metric_stat(counted);
    query.set_account_id(described.account.clone()).build()
}

async fn data(eye: Eye<'_>, queries: Vec<MetricDataQuery>) -> Result<Vec<MetricDataResult>, Trouble> {
    let now = Timestamp::now().as_second();
    let audit = Audit::look(eye, "cloudwatch");
    let call = eye.clients.cloudwatch.get_metric_data().set_metric_data_queries(Some(queries));
    let call = call.start_time(DateTime::from_secs(now - BACK_SECONDS)).end_time(DateTime::from_secs(now + 1));
    let call = call.scan_by(ScanBy::TimestampDescending).customize().interceptor(audit.clone());
    Ok(audit.settle(call.send()).await?.metric_data_results().to_vec())
}

fn of_result(result: &MetricDataResult) -> Result<Option<Timestamp>, Unanswered> {
    if let Some(silence) = silence(result) {
        return Err(silence);
    }
    let counts = result.timestamps().iter().zip(result.values()).filter(|(_, count)| **count > 0.0);
    Ok(counts.filter_map(|(at, _)| Timestamp::from_second(at.secs()).ok()).max())
}
