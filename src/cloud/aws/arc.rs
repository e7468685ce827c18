//! The endpoints of an ARC cluster: what routing controls are, and turning them (Amazon Application Recovery Controller,
//! "Best practices for routing control" and the Routing Control API Reference). A cluster has five endpoints in five
//! regions and any may be away: they are tried in random order, each for a few seconds.

use super::audit::Audit;
use super::caller::{Acting, At, NamedEndpoint, Protocol, Read, Service};
use super::desk::{Answers, Asked, Eye, Hand, Look};
use super::trouble::{Sort, Trouble};
use crate::service::observation::{PanelControl, RoutingControl, ToldState, Untold};
use crate::service::{ArcObservation, ArcOperation, ArcQuery, ClusterEndpoint, Observation, Query, Receipt};
use crate::text::Clean;
use futures::future::join_all;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

/// What is asked here.
pub(super) const READS: &[&str] = &["GetRoutingControlState", "ListRoutingControls"];
/// What is done here.
pub(super) const ACTS: &[&str] = &["UpdateRoutingControlStates"];

/// The service, as its model has it.
const SERVICE: Service = Service {
    id: "Route53 Recovery Cluster",
    signing_name: "route53-recovery-cluster",
    host: "route53-recovery-cluster",
    dual_stack_host: "route53-recovery-cluster",
    protocol: Protocol::Json { target: "ToggleCustomerAPI", version: "1.0" },
    at: At::Named,
    reads: &[READS],
    acts: &[ACTS],
};

const SHORT: &str = "route53-recovery-cluster";
/// How long one endpoint is given: five of them take fifteen seconds at most.
const EACH: Duration = Duration::from_secs(3);
/// How many pages of a control panel are read, of 500 controls each.
const PAGES: usize = 20;
/// The code of what is not there.
pub(super) const ABSENT: &[&str] = &["ResourceNotFoundException"];
/// The code of what another change, or a safety rule, stands in the way of.
pub(super) const CONFLICT: &[&str] = &["ConflictException"];
/// What a refusal is taken to be of a safety rule by.
const OF_A_RULE: &[&str] = &["safety rule", "safetyrule", "assertion rule", "gating rule"];

/// `GetRoutingControlState`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct GetRoutingControlState {
    #[serde(rename = "RoutingControlArn")]
    pub(super) arn: String,
}

impl Read for GetRoutingControlState {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "GetRoutingControlState";
    type Answer = Control;
}

/// `ListRoutingControls` of a control panel.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ListRoutingControls {
    #[serde(rename = "ControlPanelArn")]
    pub(super) panel: String,
    #[serde(rename = "NextToken", skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

impl Read for ListRoutingControls {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "ListRoutingControls";
    type Answer = Controls;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Controls {
    routing_controls: Vec<Control>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Control {
    #[serde(rename = "RoutingControlArn")]
    arn: String,
    #[serde(rename = "RoutingControlName")]
    name: Option<String>,
    #[serde(rename = "RoutingControlState")]
    state: String,
}

/// `UpdateRoutingControlStates`: all or none of them.
#[derive(Clone, Debug, Serialize)]
pub(super) struct UpdateRoutingControlStates {
    #[serde(rename = "UpdateRoutingControlStateEntries")]
    pub(super) entries: Vec<Entry>,
    #[serde(rename = "SafetyRulesToOverride", skip_serializing_if = "Vec::is_empty")]
    pub(super) overriding: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Entry {
    #[serde(rename = "RoutingControlArn")]
    pub(super) arn: String,
    #[serde(rename = "RoutingControlState")]
    pub(super) state: &'static str,
}

impl Acting for UpdateRoutingControlStates {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "UpdateRoutingControlStates";
    type Answer = Updated;
}

#[derive(Debug, Deserialize)]
pub(super) struct Updated {}

/// The looks that answer `asked`: each by calls of its own.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, ArcQuery>) -> Vec<Look<'a>> {
    asked.into_iter().map(|(query, words)| Look::of(vec![query], move |_| answer(eye, query, words))).collect()
}

async fn answer(eye: Eye<'_>, query: &Query, words: &ArcQuery) -> Answers {
    let seen = match words {
        ArcQuery::RoutingControl { control, endpoints, enough } => {
            let enough = usize::try_from(*enough).unwrap_or(usize::MAX);
            let said = tell(eye, endpoints, enough, |endpoint| state(eye, endpoint, control)).await;
            control_of(said).map(|control| ArcObservation::RoutingControl { control })
        }
        ArcQuery::ControlPanel { panel, endpoints } => {
            let said = tell(eye, endpoints, 1, |endpoint| controls(eye, endpoint, panel)).await;
            panel_of(said).map(|controls| ArcObservation::ControlPanel { controls })
        }
    };
    let seen = seen.map(Observation::from).map_err(|trouble| trouble.unanswered());
    vec![(query.clone(), seen)]
}

/// What each endpoint said that was asked.
type Said<'e, T> = Vec<(&'e ClusterEndpoint, Result<T, Trouble>)>;

/// Asks `enough` of the endpoints, at once; when one of them does not tell and another might, all others.
async fn tell<'e, T, F>(
    eye: Eye<'_>,
    endpoints: &'e [ClusterEndpoint],
    enough: usize,
    ask: impl Fn(&'e ClusterEndpoint) -> F,
) -> Said<'e, T>
where
    F: Future<Output = Result<T, Trouble>>,
{
    let order = eye.clients.silent.order(endpoints, |endpoint| endpoint.url.as_str());
    let (first, others) = order.split_at(enough.min(order.len()));
    let asked = |of: &[&'e ClusterEndpoint]| {
        let each: Vec<_> = of.iter().map(|endpoint| (*endpoint, ask(endpoint))).collect();
        join_all(each.into_iter().map(|(endpoint, asked)| async move { (endpoint, asked.await) }))
    };
    let mut said = asked(first).await;
    let is_final = |(_, answer): &(_, Result<T, Trouble>)| answer.as_ref().is_err_and(is_its_last_word);
    let told = said.iter().filter(|(_, answer)| answer.is_ok()).count();
    if told < enough && !said.iter().any(is_final) {
        said.extend(asked(others).await);
    }
    said
}

/// Whether every endpoint would say the same: it is not that this one is away.
fn is_its_last_word(trouble: &Trouble) -> bool {
    match trouble.sort {
        Sort::Refused | Sort::Denied | Sort::Expired | Sort::Unsendable => true,
        Sort::Throttled | Sort::Failing | Sort::NotSent | Sort::NoAnswer => false,
    }
}

/// Whether it came with an answer of the endpoint's own.
fn answers(trouble: &Trouble) -> bool {
    is_its_last_word(trouble)
}

/// Why nobody told it: the last word of one goes before the silence of all others.
fn nobody<T>(said: Said<'_, T>) -> Trouble {
    let troubles: Vec<Trouble> = said.into_iter().filter_map(|(_, answer)| answer.err()).collect();
    let rank = |trouble: &&Trouble| match trouble.sort {
        Sort::Expired => 0,
        Sort::Denied | Sort::Unsendable => 1,
        Sort::Refused => 2,
        Sort::Throttled => 3,
        Sort::Failing => 4,
        Sort::NoAnswer | Sort::NotSent => 5,
    };
    let worst = troubles.iter().min_by_key(rank).cloned();
    worst.unwrap_or_else(|| Trouble { sort: Sort::Unsendable, code: None, message: "there are no endpoints".into() })
}

fn control_of(said: Said<'_, Control>) -> Result<Option<RoutingControl>, Trouble> {
    if said.iter().all(|(_, answer)| answer.is_err()) {
        let is_absent = said.iter().any(|(_, answer)| answer.as_ref().is_err_and(|trouble| trouble.is(ABSENT)));
        return if is_absent { Ok(None) } else { Err(nobody(said)) };
    }
    let mut control = RoutingControl::default();
    for (endpoint, answer) in said {
        let by = endpoint.region.clone();
        match answer {
            Ok(Control { arn, name, state }) => control.told.push(ToldState {
                by,
                control: Clean::new(&arn),
                name: name.as_deref().map(Clean::new),
                state: Clean::new(&state),
            }),
            Err(trouble) => {
                let refused = is_its_last_word(&trouble);
                control.untold.push(Untold { by, why: trouble.words(), refused });
            }
        }
    }
    control.told.sort_by(|one, other| one.by.cmp(&other.by));
    control.untold.sort_by(|one, other| one.by.cmp(&other.by));
    Ok(Some(control))
}

fn panel_of(mut said: Said<'_, Vec<Control>>) -> Result<Option<Vec<PanelControl>>, Trouble> {
    if let Some(told) = said.iter().position(|(_, answer)| answer.is_ok()) {
        let of = |Control { arn, name, state }: Control| PanelControl {
            control: Clean::new(&arn),
            name: name.as_deref().map(Clean::new),
            state: Clean::new(&state),
        };
        return Ok(said.swap_remove(told).1.ok().map(|controls| controls.into_iter().map(of).collect()));
    }
    let trouble = nobody(said);
    if trouble.is(ABSENT) { Ok(None) } else { Err(trouble) }
}

fn at(endpoint: &ClusterEndpoint) -> NamedEndpoint {
    NamedEndpoint { url: endpoint.url.to_string(), region: endpoint.region.to_string(), within: EACH }
}

async fn ask<R: Read>(eye: Eye<'_>, endpoint: &ClusterEndpoint, request: R) -> Result<R::Answer, Trouble> {
    let audit = Audit::look(Eye { region: &endpoint.region, ..eye }, SHORT);
    let answer = audit.settle(eye.clients.caller.read_at(&at(endpoint), request, audit.clone())).await;
    eye.clients.silent.learn(&endpoint.url, answer.as_ref().map_or_else(answers, |_| true));
    answer
}

async fn state(eye: Eye<'_>, endpoint: &ClusterEndpoint, control: &str) -> Result<Control, Trouble> {
    ask(eye, endpoint, GetRoutingControlState { arn: control.to_owned() }).await
}

async fn controls(eye: Eye<'_>, endpoint: &ClusterEndpoint, panel: &str) -> Result<Vec<Control>, Trouble> {
    let (mut all, mut next) = (Vec::new(), None);
    for _ in 0..PAGES {
        let page = ask(eye, endpoint, ListRoutingControls { panel: panel.to_owned(), next }).await?;
        all.extend(page.routing_controls);
        next = page.next_token.filter(|token| !token.is_empty());
        if next.is_none() {
            return Ok(all);
        }
    }
    let message = format!("more than {PAGES} pages of routing controls of {panel}");
    Err(Trouble { sort: Sort::Failing, code: None, message: Clean::new(&message) })
}

/// Does what is done here.
pub(super) async fn act(hand: Hand<'_>, operation: &ArcOperation) -> Result<Receipt, Trouble> {
    match operation {
        ArcOperation::SetRoutingControls { endpoints, states, overriding } => {
            set(hand, endpoints, states, overriding).await
        }
    }
}

/// One endpoint after the other is sent it, until one has taken it or says a last word. Sent twice it is the same: where
/// nobody answered the first time, another endpoint may be asked for it.
async fn set(
    hand: Hand<'_>,
    endpoints: &[ClusterEndpoint],
    states: &BTreeMap<Clean, bool>,
    overriding: &[Clean],
) -> Result<Receipt, Trouble> {
    let entry = |(arn, on): (&Clean, &bool)| Entry { arn: arn.to_string(), state: if *on { "On" } else { "Off" } };
    let entries: Vec<Entry> = states.iter().map(entry).collect();
    let overriding: Vec<String> = overriding.iter().map(ToString::to_string).collect();
    let order = hand.eye.clients.silent.order(endpoints, |endpoint| endpoint.url.as_str());
    let (mut unanswered, mut last, mut conflicts) = (None, None, 0);
    for (endpoint, tried) in order.into_iter().zip(hand.tried..) {
        let eye = Eye { region: &endpoint.region, ..hand.eye };
        let audit = Audit::act(Hand { eye, tried, ..hand }, SHORT);
        let request = UpdateRoutingControlStates { entries: entries.clone(), overriding: overriding.clone() };
        let trouble = match audit.settle(eye.clients.caller.act_at(&at(endpoint), request, audit.clone())).await {
            Ok(Updated {}) => return Ok(Receipt::default()),
            Err(trouble) => trouble,
        };
        eye.clients.silent.learn(&endpoint.url, answers(&trouble));
        match trouble.sort {
            // It may have been done: what another endpoint says of it may be for that.
            Sort::NoAnswer | Sort::Failing => unanswered = Some(trouble),
            // "Try again", or a safety rule that refuses it, which all of them will.
            _ if trouble.is(CONFLICT) => {
                conflicts += 1;
                last = Some(Trouble { sort: Sort::Refused, ..trouble });
            }
            _ => last = Some(trouble),
        }
        if conflicts == 2 || last.as_ref().is_some_and(|last| is_its_last_word(last) && !last.is(CONFLICT)) {
            break;
        }
    }
    let none = || Trouble { sort: Sort::Unsendable, code: None, message: "there are no endpoints".into() };
    Err(match (unanswered, last) {
        (Some(unanswered), Some(last)) => {
            let words = format!("{}; then, by another endpoint: {}", unanswered.words(), last.words());
            Trouble { sort: Sort::NoAnswer, code: None, message: Clean::new(&words) }
        }
        (Some(unanswered), None) => Trouble { sort: Sort::NoAnswer, ..unanswered },
        (None, last) => of_a_rule(last.unwrap_or_else(none)),
    })
}

/// A refusal with what helps where a safety rule is behind it.
fn of_a_rule(trouble: Trouble) -> Trouble {
    let said = trouble.message.to_lowercase();
    if trouble.sort != Sort::Refused || !OF_A_RULE.iter().any(|rule| said.contains(rule)) {
        return trouble;
    }
    let words = format!("{} (`override` in the plan names a safety rule that is not to count)", trouble.message);
    Trouble { message: Clean::new(&words), ..trouble }
}
