//! Which series of a metric are meant: the one that a plan's name tells, or those that CloudWatch lists.

use crate::cloud::aws::audit::Audit;
use crate::cloud::aws::desk::Eye;
use crate::cloud::aws::trouble::Trouble;
use crate::service::CloudWatchQuery;
use crate::service::cloudwatch::{Metric, Named, Series};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// What tells a series from others: names and values.
pub(super) type Dimensions = Vec<(String, String)>;

/// How many pages of a list are read: five hundred series each.
const PAGES: usize = 20;

/// The series that were found, over every look of one set of clients: what was there once is asked for without a list.
#[derive(Default)]
pub(in crate::cloud::aws) struct Listed(Mutex<HashMap<CloudWatchQuery, Vec<Dimensions>>>);

/// The series of what `query` asks for; none where CloudWatch lists none.
pub(super) async fn of(eye: Eye<'_>, query: &CloudWatchQuery) -> Result<Vec<Dimensions>, Trouble> {
    let metric = query.metric();
    let any = match &metric.series {
        Series::Of(name, value) => return Ok(vec![vec![((*name).to_owned(), value.to_string())]]),
        Series::Listed(any) => any,
    };
    let known = || eye.clients.listed.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known().get(query) {
        return Ok(found.clone());
    }
    let found = list(eye, &metric, any).await?;
    if !found.is_empty() {
        known().insert(query.clone(), found.clone());
    }
    Ok(found)
}

async fn list(eye: Eye<'_>, metric: &Metric, any: &[(&'static str, Named)]) -> Result<Vec<Dimensions>, Trouble> {
    let mut found = Vec::new();
    let mut page = None;
    for _ in 0..PAGES {
        let audit = Audit::look(eye, "cloudwatch");
        let call = eye.clients.cloudwatch.list_metrics().namespace(metric.namespace).metric_name(metric.name);
        let call = call.set_next_token(page).customize().interceptor(audit.clone());
        let told = audit.settle(call.send()).await?;
        for series in told.metrics() {
            let dimensions: Dimensions = series
                .dimensions()
                .iter()
                .map(|dimension| {
                    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
                    (text(dimension.name()), text(dimension.value()))
                })
                .collect();
            let is_meant = |(name, value): &(String, String)| {
                any.iter().any(|(dimension, named)| dimension == name && named.is(value))
            };
            if dimensions.iter().any(is_meant) {
                found.push(dimensions);
            }
        }
        page = told.next_token().map(str::to_owned);
        if page.is_none() {
            break;
        }
    }
    Ok(found)
}
