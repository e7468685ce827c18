//! Which series of a metric are meant: the one that a plan's name tells, or those that CloudWatch lists.

use crate::cloud::aws::audit::Audit;
use crate::cloud::aws::desk::Eye;
use crate::cloud::aws::listed::Dimensions;
use crate::cloud::aws::trouble::Trouble;
use crate::service::CloudWatchQuery;
use crate::service::cloudwatch::{Metric, Named, Series};

/// How many pages of a list are read: five hundred series each.
const PAGES: usize = 20;

/// The series of what `query` asks for; none where CloudWatch lists none.
pub(super) async fn of(eye: Eye<'_>, query: &CloudWatchQuery, metric: &Metric) -> Result<Vec<Dimensions>, Trouble> {
    let any = match &metric.series {
        Series::Of(own) => {
            return Ok(vec![own.iter().map(|(name, value)| ((*name).to_owned(), value.to_string())).collect()]);
        }
        Series::Listed(any) => any,
    };
    if let Some(found) = eye.clients.listed.of(query) {
        return Ok(found);
    }
    let found = list(eye, metric, any).await?;
    eye.clients.listed.note(query, &found);
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
