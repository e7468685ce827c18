//! Who is asked what clients get: TestDNSAnswer, the zone's own name servers, or a resolver of a private zone's VPC; and
//! what to make of all their answers. That somebody may not be asked, or cannot be reached, is said and is no failure.

use super::answers::Comparison;
use super::fields::Said;
use super::name::{Name, Standing};
use super::routing::Answer;
use super::wanted::Wanted;
use super::words;
use crate::service::ask::{Ask, DnsQuery, DnsQuestion, Place};
use crate::service::observation::DnsAnswers;
use crate::service::observation::DnsServer;
use crate::service::resolve::has_reference;
use crate::service::work::Facts;
use crate::text::Clean;

/// How often one look asks in all, at most.
const MOST: f64 = 64.0;
/// Name servers of a public zone.
const SERVERS: f64 = 4.0;
/// How often one look asks TestDNSAnswer, at most: Route 53 takes five requests a second of an account.
const MOST_OF_API: u32 = 4;

/// By what the answers are verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verify {
    Both,
    NameServers,
    Api,
}

/// Who is asked.
pub(super) struct Witness {
    verify: Verify,
    question: DnsQuestion,
    of_api: u32,
    resolver: Option<Clean>,
}

/// What the answers are, taken together.
#[derive(Debug, PartialEq)]
pub(super) enum Reading {
    /// As wanted; by whose word.
    Wanted(String),
    /// Nobody could be asked; why.
    Unread(String),
    /// Not as wanted, yet.
    Other(String),
    /// Who had to answer did not.
    Silent(String),
    /// Who has to be asked, by the plan, can never be.
    Never(String),
}

/// What became of asking one side.
enum Side<'a> {
    NotWanted,
    Told { servers: Vec<&'a DnsServer>, unreached: Vec<String> },
    NotAsked(String),
    Silent(String),
}

impl Witness {
    pub fn of(said: &Said, name: &Name, wanted: &Wanted) -> Self {
        let verify = match said.verify.as_str() {
            "name-servers" => Verify::NameServers,
            "api" => Verify::Api,
            _ => Verify::Both,
        };
        let near = match wanted {
            Wanted::Set { answer, .. } => Answer::target(answer).filter(|target| !has_reference(target)).cloned(),
            Wanted::Simple { .. } | Wanted::Weights { .. } | Wanted::Roles { .. } | Wanted::Before(_) => None,
        };
        let (times, of_api) = times(wanted);
        let Name { zone, record, record_type } = name.clone();
        let question = DnsQuestion { zone, name: record, record_type, near, times };
        Self { verify, question, of_api, resolver: said.resolver.as_deref().map(Into::into) }
    }

    /// Who tells what is answered for a record that nothing of the plan changes.
    pub fn of_record(name: &Name, resolver: Option<Clean>) -> Self {
        let Name { zone, record, record_type } = name.clone();
        let question = DnsQuestion { zone, name: record, record_type, near: None, times: 1 };
        Self { verify: Verify::Both, question, of_api: 1, resolver }
    }

    pub fn asks(&self, place: &Place) -> Vec<Ask> {
        [self.api(), self.servers()].into_iter().flatten().map(|query| place.ask(query)).collect()
    }

    fn api(&self) -> Option<DnsQuery> {
        let is_asked = self.verify != Verify::NameServers && self.resolver.is_none();
        is_asked.then(|| DnsQuery::DnsAnswer(DnsQuestion { times: self.of_api, ..self.question.clone() }))
    }

    fn servers(&self) -> Option<DnsQuery> {
        if let Some(at) = &self.resolver {
            return Some(DnsQuery::Resolver { at: at.clone(), question: self.question.clone() });
        }
        (self.verify != Verify::Api).then(|| DnsQuery::NameServers(self.question.clone()))
    }

    /// What all who were asked say of what is wanted.
    pub fn read(
        &self,
        facts: &Facts<'_>,
        place: &Place,
        wanted: &Wanted,
        name: &Name,
        standing: Standing<'_>,
    ) -> Reading {
        let (api, servers) = (side(facts, place, self.api()), side(facts, place, self.servers()));
        let mut comparison = Comparison::new(wanted, name, standing);
        for server in told(&api).chain(told(&servers)) {
            for reply in &server.replies {
                if let Err(other) = comparison.take(&server.name, reply) {
                    return Reading::Other(other);
                }
            }
        }
        let has_answers = told(&api).chain(told(&servers)).next().is_some();
        if let Some(missing) = comparison.missing().filter(|_| has_answers) {
            return Reading::Other(missing);
        }
        let by = by_whom(&api, &servers);
        let answered = |more: &str| Reading::Wanted(format!("{by} answered {}{more}", comparison.in_words()));
        match (self.verify, &api, &servers) {
            (_, Side::Told { .. }, Side::Told { .. } | Side::NotWanted) => answered(""),
            (_, Side::NotWanted, Side::Told { .. }) => answered(""),
            (_, Side::Told { .. }, Side::NotAsked(why) | Side::Silent(why)) => answered(&format!("; {why}")),
            (_, Side::NotAsked(why) | Side::Silent(why), Side::Told { .. }) => answered(&format!("; {why}")),
            (Verify::NameServers, _, Side::NotAsked(why)) => Reading::Never(why.clone()),
            (_, Side::NotAsked(one), Side::NotAsked(other) | Side::Silent(other)) => {
                Reading::Unread(format!("{one}; {other}"))
            }
            (_, Side::NotAsked(why), Side::NotWanted) | (_, Side::NotWanted, Side::NotAsked(why)) => {
                Reading::Unread(why.clone())
            }
            (_, Side::Silent(one), Side::NotAsked(other) | Side::Silent(other)) => {
                Reading::Silent(format!("{one}; {other}"))
            }
            (_, Side::Silent(why), Side::NotWanted) | (_, Side::NotWanted, Side::Silent(why)) => {
                Reading::Silent(why.clone())
            }
            (_, Side::NotWanted, Side::NotWanted) => Reading::Unread("nobody is asked".to_owned()),
        }
    }

    /// Why somebody who should be asked is not, or did not answer; `None` when all answer.
    pub fn gaps(&self, facts: &Facts<'_>, place: &Place) -> Option<Gaps> {
        let gap = |query: Option<DnsQuery>| match side(facts, place, query) {
            Side::NotAsked(why) => Some((true, why)),
            Side::Silent(why) => Some((false, why)),
            Side::Told { unreached, .. } if !unreached.is_empty() => Some((false, unreached.join(", "))),
            Side::NotWanted | Side::Told { .. } => None,
        };
        let gaps: Vec<(bool, String)> = [gap(self.api()), gap(self.servers())].into_iter().flatten().collect();
        let is_refused = gaps.iter().any(|(is_refused, _)| *is_refused);
        let why: Vec<String> = gaps.into_iter().map(|(_, why)| why).collect();
        (!why.is_empty()).then(|| Gaps { why: why.join("; "), is_refused })
    }
}

/// Who was not heard, and why.
#[derive(Debug)]
pub(super) struct Gaps {
    /// In words.
    pub why: String,
    /// Whether one of them may never be asked: that another got no answer by now is none of it.
    pub is_refused: bool,
}

/// How often each name server is asked, and TestDNSAnswer: so often that the rarest set that is wanted is answered
/// almost surely, as far as that is cheap.
fn times(wanted: &Wanted) -> (u32, u32) {
    let Wanted::Weights { weights, .. } = wanted else {
        return match wanted {
            // A record that many sets share answers with some of them at a time.
            Wanted::Set { .. } => (4, 2),
            Wanted::Simple { .. } | Wanted::Roles { .. } | Wanted::Before(_) | Wanted::Weights { .. } => (1, 1),
        };
    };
    let total: u64 = weights.values().sum();
    let rarest = weights.values().copied().filter(|weight| *weight > 0).min().unwrap_or(total);
    let share = rarest as f64 / total.max(1) as f64;
    if share >= 1.0 {
        return (1, 1);
    }
    let in_all = (0.005_f64.ln() / (1.0 - share).ln()).clamp(1.0, MOST);
    ((in_all / SERVERS).ceil() as u32, MOST_OF_API)
}

fn side<'a>(facts: &Facts<'a>, place: &Place, query: Option<DnsQuery>) -> Side<'a> {
    let Some(query) = query else { return Side::NotWanted };
    let who = if matches!(query, DnsQuery::DnsAnswer(_)) { "TestDNSAnswer" } else { "the name servers" };
    match facts.see(&words::answers(place, query)).told() {
        Err(why) => Side::Silent(format!("{who} did not answer: {why}")),
        Ok(DnsAnswers { not_asked: Some(why), .. }) => Side::NotAsked(why.to_string()),
        Ok(DnsAnswers { servers, .. }) => {
            let (told, rest): (Vec<&DnsServer>, Vec<&DnsServer>) = servers.iter().partition(|server| answers(server));
            let unreached: Vec<String> = rest.iter().map(|server| in_words(server)).collect();
            match told[..] {
                [] => Side::Silent(format!("{who} did not answer: {}", unreached.join(", "))),
                [..] => Side::Told { servers: told, unreached },
            }
        }
    }
}

/// Whether it answered for the zone: a server that refuses, or fails, says nothing of it.
fn answers(server: &DnsServer) -> bool {
    let says = |code: &str| matches!(code, "NOERROR" | "NXDOMAIN");
    server.error.is_none() && !server.replies.is_empty() && server.replies.iter().all(|reply| says(&reply.code))
}

fn in_words(server: &DnsServer) -> String {
    let odd = server.replies.iter().find(|reply| !matches!(reply.code.as_str(), "NOERROR" | "NXDOMAIN"));
    match (&server.error, odd) {
        (Some(error), _) => format!("{}: {error}", server.name),
        (None, Some(reply)) => format!("{} answers {}", server.name, reply.code),
        (None, None) => format!("{}: no answer", server.name),
    }
}

fn told<'a>(side: &'a Side<'a>) -> impl Iterator<Item = &'a DnsServer> {
    let servers: &[&DnsServer] = match side {
        Side::Told { servers, .. } => servers,
        Side::NotWanted | Side::NotAsked(_) | Side::Silent(_) => &[],
    };
    servers.iter().copied()
}

fn by_whom(api: &Side<'_>, servers: &Side<'_>) -> String {
    let names = |side| told(side).map(|server| server.name.to_string()).collect::<Vec<_>>();
    let mut all = names(api);
    let unreached = match servers {
        Side::Told { unreached, .. } if !unreached.is_empty() => format!(" (not {})", unreached.join(", ")),
        Side::Told { .. } | Side::NotWanted | Side::NotAsked(_) | Side::Silent(_) => String::new(),
    };
    all.extend(names(servers));
    format!("{}{unreached}", all.join(", "))
}
