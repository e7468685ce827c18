//! What is answered now: by TestDNSAnswer, by the zone's own name servers, by a resolver of its VPC. Who may not be asked
//! is said: it is no silence.

use super::{audit, bare, zones};
use crate::cloud::aws::desk::{Answers, Eye};
use crate::cloud::aws::trouble::{Sort, Trouble};
use crate::cloud::probe::dns::{self, Asking, Way};
use crate::plan::Global;
use crate::service::observation::DnsAnswers;
use crate::service::observation::{DnsReply, DnsServer, HostedZone};
use crate::service::{DnsObservation, DnsQuery, DnsQuestion, Observation, Query, Unanswered};
use crate::text::Clean;
use aws_sdk_route53::types::RrType;
use futures::StreamExt;
use std::collections::BTreeMap;
use std::time::Duration;

/// How many questions are under way at once.
const AT_ONCE: usize = 4;
/// How long the zone may be asked for: its id is mostly enough.
const ZONE: Duration = Duration::from_secs(3);
/// How long TestDNSAnswer may take over all its answers: it is one witness among several, and holds nobody up.
const API: Duration = Duration::from_secs(6);

type Told = Result<Observation, Unanswered>;

/// Answers what is asked of answers.
pub(in crate::cloud::aws) async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let region = Global::Route53.home(eye.region);
    let eye = Eye { region: &region, ..eye };
    let looks = queries.into_iter().map(|query| async move {
        let answer: Told = match query {
            Query::Dns(DnsQuery::DnsAnswer(question)) => {
                let late = format!("no answer within {}s", API.as_secs());
                let late = Trouble { sort: Sort::NoAnswer, code: None, message: Clean::new(&late) };
                let told = tokio::time::timeout(API, of_the_api(eye, question)).await;
                told.unwrap_or_else(|_| Err(late.unanswered()))
            }
            Query::Dns(DnsQuery::NameServers(question)) => of_the_servers(eye, question).await,
            Query::Dns(DnsQuery::Resolver { at, question }) => of_a_resolver(eye, at, question).await,
            _ => return None,
        };
        Some((query.clone(), answer))
    });
    let looks: Vec<_> = looks.collect();
    let all: Vec<_> = futures::stream::iter(looks).buffer_unordered(AT_ONCE).collect().await;
    all.into_iter().flatten().collect()
}

/// The zone that is meant, as far as it may be asked for; and how names are asked for beside it.
struct Zone {
    told: Result<Option<HostedZone>, Trouble>,
    way: Way,
}

async fn zone_of(eye: Eye<'_>, question: &DnsQuestion) -> Zone {
    let late = || Trouble { sort: Sort::NoAnswer, code: None, message: Clean::new("the zone was not told in time") };
    let told = tokio::time::timeout(ZONE, zones::of(eye, &question.zone)).await.unwrap_or_else(|_| Err(late()));
    let told = told.map(|mut zones| if zones.len() == 1 { zones.pop() } else { None });
    Zone { told, way: eye.clients.zones.way() }
}

fn not_asked(why: impl AsRef<str>) -> Told {
    Ok(Observation::Dns(DnsObservation::DnsAnswers(DnsAnswers {
        servers: Vec::new(),
        not_asked: Some(Clean::new(why.as_ref())),
    })))
}

fn no_such_zone(question: &DnsQuestion) -> Unanswered {
    let message = Clean::new(&format!("{} is not one hosted zone", question.zone.zone));
    Trouble { sort: Sort::Refused, code: Some("NoSuchHostedZone".into()), message }.unanswered()
}

/// `TestDNSAnswer`: of public zones only (its API reference).
async fn of_the_api(eye: Eye<'_>, question: &DnsQuestion) -> Told {
    let Zone { told, way } = zone_of(eye, question).await;
    let id = match told {
        Ok(Some(zone)) if zone.private => {
            return not_asked(format!("TestDNSAnswer is not asked: {} is a private zone", zone.id));
        }
        Ok(Some(zone)) => zone.id,
        Ok(None) => return Err(no_such_zone(question)),
        // Who may not ask for the zone may still ask for its answers.
        Err(trouble) if question.zone.is_name() => return Err(trouble.unanswered()),
        Err(_) => Clean::new(bare(&question.zone.zone, "/hostedzone/")),
    };
    let near = match &question.near {
        Some(near) => dns::near(&way, near).await,
        None => None,
    };
    let mut replies: BTreeMap<(Clean, Vec<Clean>), u32> = BTreeMap::new();
    for _ in 0..question.times.max(1) {
        let audit = audit(eye);
        let call = eye
            .clients
            .route53
            .test_dns_answer()
            .hosted_zone_id(id.as_str())
            .record_name(question.name.as_str())
            .record_type(RrType::from(question.record_type.as_str()))
            .set_resolver_ip(near.map(|address| address.to_string()));
        match audit.settle(call.customize().interceptor(audit.clone()).send()).await {
            Ok(found) => {
                let mut records: Vec<Clean> = found.record_data().iter().map(|line| Clean::new(line)).collect();
                records.sort();
                *replies.entry((Clean::new(found.response_code()), records)).or_default() += 1;
            }
            Err(trouble) if is_no_answer_ever(&trouble) => {
                return not_asked(format!("TestDNSAnswer may not be asked: {}", trouble.unanswered().message));
            }
            // What was answered before is an answer too.
            Err(_) if !replies.is_empty() => break,
            Err(trouble) => return Err(trouble.unanswered()),
        }
    }
    let reply = |((code, records), times)| DnsReply { code, records, times };
    let replies = replies.into_iter().map(reply).collect();
    let server = DnsServer { name: "TestDNSAnswer".into(), replies, error: None };
    Ok(Observation::Dns(DnsObservation::DnsAnswers(DnsAnswers { servers: vec![server], not_asked: None })))
}

/// Whether it will refuse every time, for a reason that says nothing of the record.
fn is_no_answer_ever(trouble: &Trouble) -> bool {
    trouble.is(zones::NOT_ALLOWED) || (trouble.sort == Sort::Refused && !trouble.is(&["NoSuchHostedZone"]))
}

async fn of_the_servers(eye: Eye<'_>, question: &DnsQuestion) -> Told {
    let Zone { told, way } = zone_of(eye, question).await;
    let servers = match (told, &way) {
        (_, Way::Closed(why)) => return not_asked(why),
        (Ok(None), _) => return Err(no_such_zone(question)),
        (Ok(Some(zone)), _) if zone.private => {
            let vpcs = zone.vpcs.iter().map(Clean::as_str).collect::<Vec<_>>().join(", ");
            return not_asked(format!(
                "{} answers inside its VPCs only ({vpcs}): `resolver` names one who may be asked",
                zone.id
            ));
        }
        (Ok(Some(zone)), Way::Open) if zone.name_servers.is_empty() => {
            return not_asked(format!(
                "the name servers of {} are not known: route53:GetHostedZone tells them",
                zone.id
            ));
        }
        (Ok(Some(zone)), _) => zone.name_servers,
        (Err(_), Way::Instead(_)) => Vec::new(),
        (Err(trouble), Way::Open) if trouble.is(zones::NOT_ALLOWED) => {
            return not_asked(format!("the zone's name servers are not known: {}", trouble.unanswered().message));
        }
        (Err(trouble), Way::Open) => return Err(trouble.unanswered()),
    };
    match dns::ask(&way, &servers, &asking(question)).await {
        Ok(servers) => Ok(Observation::Dns(DnsObservation::DnsAnswers(DnsAnswers { servers, not_asked: None }))),
        Err(why) => not_asked(why.as_str()),
    }
}

async fn of_a_resolver(eye: Eye<'_>, at: &str, question: &DnsQuestion) -> Told {
    let Zone { told, way } = zone_of(eye, question).await;
    if let Ok(Some(HostedZone { private: false, .. })) = told {
        return not_asked(
            "`resolver` is for private zones: a resolver's memory would stand for the name servers' word",
        );
    }
    match way {
        Way::Closed(why) if !dns::is_here(at) => return not_asked(why),
        Way::Closed(_) | Way::Instead(_) | Way::Open => {}
    }
    match dns::ask_resolver(at, &asking(question)).await {
        Ok(server) => {
            Ok(Observation::Dns(DnsObservation::DnsAnswers(DnsAnswers { servers: vec![server], not_asked: None })))
        }
        Err(why) => not_asked(why.as_str()),
    }
}

fn asking(question: &DnsQuestion) -> Asking {
    let DnsQuestion { name, record_type, near, times, zone: _ } = question.clone();
    Asking { name, record_type, near, times }
}
