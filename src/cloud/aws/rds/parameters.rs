//! What was set in parameter groups, of instances and of clusters (Amazon RDS User Guide, "Parameter groups for Amazon RDS").

use super::clean;
use crate::cloud::aws::audit::Audit;
use crate::cloud::aws::desk::{Answers, Eye};
use crate::cloud::aws::trouble::{Sort, Trouble};
use crate::service::observation::Parameters;
use crate::service::{Query, RdsObservation, RdsQuery};
use crate::text::Clean;
use aws_sdk_rds::types::Parameter;

/// What a person has set, and not the engine or the system.
const SET: &str = "user";
/// How many pages are read: a hundred parameters each.
const PAGES: usize = 20;
/// The codes of a group that is not there.
const ABSENT: &[&str] =
    &["DBParameterGroupNotFound", "DBParameterGroupNotFoundFault", "DBClusterParameterGroupNotFound"];

/// Each group asked for, a call each.
pub(super) async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let looks = queries.into_iter().map(|query| async move {
        let found = match query {
            Query::Rds(RdsQuery::Parameters { group }) => all(eye, group, false).await,
            Query::Rds(RdsQuery::ClusterParameters { group }) => all(eye, group, true).await,
            _ => Err(Trouble::hollow()),
        };
        let parameters = match found {
            Ok(parameters) => Ok(Some(parameters)),
            Err(trouble) if trouble.is(ABSENT) => Ok(None),
            Err(trouble) => Err(trouble.unanswered()),
        };
        (query.clone(), parameters.map(|parameters| RdsObservation::Parameters { parameters }.into()))
    });
    futures::future::join_all(looks).await
}

async fn all(eye: Eye<'_>, group: &str, of_clusters: bool) -> Result<Parameters, Trouble> {
    let (mut all, mut page) = (Parameters::new(), None);
    for _ in 0..PAGES {
        let (found, marker) =
            if of_clusters { cluster_page(eye, group, page).await? } else { a_page(eye, group, page).await? };
        all.extend(found.iter().filter(|one| one.source() == Some(SET)).filter_map(set));
        page = marker.filter(|marker| !marker.is_empty());
        if page.is_none() {
            return Ok(all);
        }
    }
    let message = Clean::new(&format!("more than {PAGES} pages of {group}"));
    Err(Trouble { sort: Sort::Failing, code: None, message })
}

type Page = (Vec<Parameter>, Option<String>);

async fn a_page(eye: Eye<'_>, group: &str, page: Option<String>) -> Result<Page, Trouble> {
    let audit = Audit::look(eye, "rds");
    let call = eye.clients.rds.describe_db_parameters().db_parameter_group_name(group).source(SET).set_marker(page);
    let found = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    Ok((found.parameters.unwrap_or_default(), found.marker))
}

async fn cluster_page(eye: Eye<'_>, group: &str, page: Option<String>) -> Result<Page, Trouble> {
    let audit = Audit::look(eye, "rds");
    let call = eye.clients.rds.describe_db_cluster_parameters().db_cluster_parameter_group_name(group);
    let call = call.source(SET).set_marker(page).customize().interceptor(audit.clone());
    let found = audit.settle(call.send()).await?;
    Ok((found.parameters.unwrap_or_default(), found.marker))
}

fn set(parameter: &Parameter) -> Option<(Clean, Clean)> {
    Some((Clean::new(parameter.parameter_name()?), clean(parameter.parameter_value())))
}
