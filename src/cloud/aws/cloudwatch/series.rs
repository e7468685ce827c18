//! Which series of a metric are meant: the one that a plan's name tells, or those that CloudWatch lists.

use crate::cloud::aws::audit::Audit;
use crate::cloud::aws::desk::Eye;
use crate::cloud::aws::listed::Dimensions;
use crate::cloud::aws::trouble::Trouble;
use crate::service::CloudWatchQuery;
use crate::service::cloudwatch::{Metric, Series};

/// How many pages of a list are read: five hundred series each.
const PAGES: usize = 20;

/// The series of what `query` asks for; none where CloudWatch lists none.
pub(super) async fn of(eye: Eye<'_>, query: &CloudWatchQuery, metric: &Metric) -> Result<Vec<Dimensions>, Trouble> {
    match &metric.series {
        Series::Of(own) => {
            return Ok(vec![own.iter().map(|(name, value)| ((*name).to_owned(), value.to_string())).collect()]);
        }
        Series::Listed(_) | Series::ListedWith(_) => {}
    }
    if let Some(found) = eye.clients.listed.of(query) {
        return Ok(found);
    }
    let found = list(eye, metric).await?;
    eye.clients.listed.note(query, &found);
    Ok(found)
}

async fn list(eye: Eye<'_>, metric: &Metric) -> Result<Vec<Dimensions>, Trouble> {
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
            if is_meant(&metric.series, &dimensions) {
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

/// Whether a series with these dimensions is one of those that are meant.
fn is_meant(series: &Series, dimensions: &Dimensions) -> bool {
    let has = |name: &str, is: &dyn Fn(&str) -> bool| dimensions.iter().any(|(own, value)| own == name && is(value));
    match series {
        Series::Of(all) | Series::ListedWith(all) => {
            all.iter().all(|(name, wanted)| has(name, &|value| value == wanted.as_str()))
        }
        Series::Listed(any) => any.iter().any(|(name, named)| has(name, &|value| named.is(value))),
    }
}
