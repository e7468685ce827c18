//! Questions of DNS from where Landfall runs: to each of a zone's own name servers, so that no resolver's memory stands
//! between, or to the one resolver that stands in for all of them. Short: what cannot be reached is said within seconds.

mod wire;

use crate::service::observation::{DnsReply, DnsServer};
use crate::text::Clean;
use futures::StreamExt;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use wire::Question;

/// How long all of one server's answers may take, in seconds.
const SERVER_SECONDS: u64 = 3;
/// How long a name may take to be resolved.
const NAME: Duration = Duration::from_secs(2);
/// How many questions to one server are under way at once.
const AT_ONCE: usize = 4;
const PORT: u16 = 53;
/// Names the one server that answers in the place of all: where tests have a DNS of their own.
const INSTEAD: &str = "LANDFALL_RESOLVER";

/// How names are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Of the servers themselves.
    Open,
    /// Of this one in their place, `HOST:PORT`.
    Instead(String),
    /// Of nobody; why.
    Closed(String),
}

impl Way {
    /// The way for who speaks with a cloud at `host`: a cloud on this machine has name servers that are nobody's, and
    /// nothing outside is asked about it.
    pub fn beside(host: Option<&str>) -> Self {
        Self::of(std::env::var(INSTEAD).ok(), host)
    }

    fn of(instead: Option<String>, host: Option<&str>) -> Self {
        if let Some(resolver) = instead.filter(|resolver| !resolver.is_empty()) {
            return Self::Instead(resolver);
        }
        if host.is_some_and(is_here) {
            let why = format!(
                "name servers are not asked: the endpoint of AWS leads to this machine, and {INSTEAD} is not set"
            );
            return Self::Closed(why);
        }
        Self::Open
    }
}

/// Whether a host, with or without a port, is this machine.
pub fn is_here(host: &str) -> bool {
    let address = host.parse::<IpAddr>().or_else(|_| host.parse::<SocketAddr>().map(|address| address.ip()));
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Asking {
    /// The name.
    pub name: Clean,
    /// A, CNAME, …
    pub record_type: Clean,
    /// Asked as if from there.
    pub near: Option<Clean>,
    /// How often, of each server.
    pub times: u32,
}

/// Asks each of these name servers, all at once; or the one that stands in for them.
pub async fn ask(way: &Way, servers: &[Clean], asking: &Asking) -> Result<Vec<DnsServer>, Clean> {
    let near = match &asking.near {
        Some(from) => near(way, from).await,
        None => None,
    };
    let question = Question::new(&asking.name, &asking.record_type, near).map_err(|error| Clean::new(&error))?;
    match way {
        Way::Closed(why) => Err(Clean::new(why)),
        Way::Instead(resolver) => {
            let times = asking.times * u32::try_from(servers.len().max(1)).unwrap_or(1);
            let name = Clean::new(&format!("{resolver} ({INSTEAD})"));
            Ok(vec![one(name, resolver_of(resolver), &question, times, false).await])
        }
        Way::Open => {
            let looks = servers.iter().map(|server| {
                let at = (server.trim_end_matches('.').to_owned(), PORT);
                one(server.clone(), Ok(at), &question, asking.times, true)
            });
            Ok(futures::future::join_all(looks).await)
        }
    }
}

/// Asks one resolver that the plan names, whatever stands in for name servers.
pub async fn ask_resolver(at: &str, asking: &Asking) -> Result<DnsServer, Clean> {
    let question = Question::new(&asking.name, &asking.record_type, None).map_err(|error| Clean::new(&error))?;
    Ok(one(Clean::new(&format!("resolver {at}")), resolver_of(at), &question, asking.times, false).await)
}

/// The addresses of `name`, of both families; `None` when nobody can be asked or it has none.
pub async fn addresses(way: &Way, name: &str) -> Option<Vec<Clean>> {
    let mut found: Vec<Clean> = match way {
        Way::Closed(_) => return None,
        Way::Open => {
            let host = name.trim_end_matches('.').to_owned();
            let resolved = tokio::time::timeout(NAME, tokio::net::lookup_host((host, PORT))).await.ok()?.ok()?;
            resolved.map(|address| Clean::new(&address.ip().to_string())).collect()
        }
        Way::Instead(resolver) => {
            let looks = ["A", "AAAA"].map(|record_type| async move {
                let question = Question::new(name, record_type, None).ok()?;
                let server = one(Clean::default(), resolver_of(resolver), &question, 1, false).await;
                Some(server.replies.into_iter().flat_map(|reply| reply.records).collect::<Vec<Clean>>())
            });
            let found = futures::future::join_all(looks).await.into_iter().flatten().flatten();
            found.filter(|value| value.parse::<IpAddr>().is_ok()).collect()
        }
    };
    found.sort();
    found.dedup();
    (!found.is_empty()).then_some(found)
}

/// The address that a question is asked from in appearance; none where that would be nowhere in the world.
pub async fn near(way: &Way, place: &str) -> Option<IpAddr> {
    let address = match place.parse::<IpAddr>() {
        Ok(address) => address,
        Err(_) => addresses(way, place).await?.iter().find_map(|address| address.parse().ok())?,
    };
    is_somewhere(&address).then_some(address)
}

/// Whether an address is one of the internet's, where a region can be near it.
fn is_somewhere(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified()),
        IpAddr::V6(v6) => {
            !(v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local())
        }
    }
}

/// Host and port of `ADDRESS`, `ADDRESS:PORT` or `HOST:PORT`.
fn resolver_of(text: &str) -> Result<(String, u16), String> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok((address.to_string(), PORT));
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Ok((address.ip().to_string(), address.port()));
    }
    let parsed = text.rsplit_once(':').and_then(|(host, port)| Some((host.to_owned(), port.parse().ok()?)));
    parsed.ok_or_else(|| format!("{text} is not HOST:PORT"))
}

/// All answers of one server. Never fails: no answer is said.
async fn one(
    name: Clean,
    at: Result<(String, u16), String>,
    question: &Question,
    times: u32,
    of_the_zone: bool,
) -> DnsServer {
    let asked = async {
        let (host, port) = at?;
        let address = address_of(&host, port).await?;
        let looks = (0..times.max(1)).map(|_| question.ask(address));
        let answers: Vec<_> = futures::stream::iter(looks).buffer_unordered(AT_ONCE).collect().await;
        gathered(answers, of_the_zone)
    };
    let within = Duration::from_secs(SERVER_SECONDS);
    match tokio::time::timeout(within, asked).await {
        Ok(Ok(replies)) => DnsServer { name, replies, error: None },
        Ok(Err(error)) => DnsServer { name, replies: Vec::new(), error: Some(Clean::new(&error)) },
        Err(_) => {
            let error = Clean::new(&format!("no answer within {SERVER_SECONDS}s"));
            DnsServer { name, replies: Vec::new(), error: Some(error) }
        }
    }
}

async fn address_of(host: &str, port: u16) -> Result<SocketAddr, String> {
    let resolved = tokio::time::timeout(NAME, tokio::net::lookup_host((host, port))).await;
    let addresses: Vec<SocketAddr> = match resolved {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(_)) => return Err("its name cannot be resolved".to_owned()),
        Err(_) => return Err(format!("its name was not resolved within {}s", NAME.as_secs())),
    };
    let v4 = addresses.iter().find(|address| address.is_ipv4());
    v4.or(addresses.first()).copied().ok_or_else(|| "its name has no address".to_owned())
}

/// Equal answers once, with how often they came; the first trouble when there is no answer.
fn gathered(answers: Vec<Result<wire::Answer, String>>, of_the_zone: bool) -> Result<Vec<DnsReply>, String> {
    let mut replies: BTreeMap<(Clean, Vec<Clean>), u32> = BTreeMap::new();
    let mut trouble = None;
    for answer in answers {
        match answer {
            // Some networks answer every question of DNS themselves, from memory: that is not the zone's word.
            Ok(answer) if of_the_zone && !answer.authoritative && answer.code == "NOERROR" => {
                trouble = Some("something between answers in its place, from memory".to_owned());
            }
            Ok(answer) => *replies.entry((Clean::new(&answer.code), answer.records)).or_default() += 1,
            Err(error) => trouble = Some(error),
        }
    }
    match (replies.is_empty(), trouble) {
        (true, Some(trouble)) => Err(trouble),
        (true, None) => Err("no answer".to_owned()),
        (false, _) => {
            let reply = |((code, records), times)| DnsReply { code, records, times };
            Ok(replies.into_iter().map(reply).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_proto::op::{Message, MessageType, ResponseCode};
    use hickory_proto::rr::{RData, Record};
    use tokio::net::UdpSocket;

    /// A name server that answers every question of it with these addresses, authoritative or not.
    async fn answering(addresses: &'static [&'static str], authoritative: bool) -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let at = socket.local_addr().expect("a bound socket");
        tokio::spawn(async move {
            let mut buffer = [0; 2048];
            while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                let Ok(query) = Message::from_vec(&buffer[..length]) else { continue };
                let mut answer = Message::response(query.metadata.id, query.metadata.op_code);
                answer.metadata.message_type = MessageType::Response;
                answer.metadata.authoritative = authoritative;
                answer.metadata.response_code = ResponseCode::NoError;
                answer.add_queries(query.queries.clone());
                for address in addresses {
                    let data = RData::A(address.parse().expect("an address"));
                    answer.add_answer(Record::from_rdata(query.queries[0].name().clone(), 60, data));
                }
                // Somebody else's answer comes first, and is not taken for this one.
                let mut other = answer.clone();
                other.metadata.id = query.metadata.id.wrapping_add(1);
                for answer in [other, answer] {
                    let _ = socket.send_to(&answer.to_vec().expect("it is written"), from).await;
                }
            }
        });
        at
    }

    async fn ask_at(at: SocketAddr, times: u32, of_the_zone: bool) -> DnsServer {
        let question = Question::new("shop.example.com.", "A", None).expect("a question");
        one("ns".into(), Ok((at.ip().to_string(), at.port())), &question, times, of_the_zone).await
    }

    #[tokio::test]
    async fn equal_answers_are_kept_once_with_how_often_they_came() {
        let at = answering(&["192.0.2.2", "192.0.2.1"], true).await;
        let server = ask_at(at, 5, true).await;
        let records = vec!["192.0.2.1".into(), "192.0.2.2".into()];
        assert_eq!(server.replies, [DnsReply { code: "NOERROR".into(), records, times: 5 }]);
        assert_eq!(server.error, None);
    }

    #[tokio::test]
    async fn an_answer_from_memory_is_not_the_zones_word() {
        let at = answering(&["192.0.2.1"], false).await;
        let server = ask_at(at, 1, true).await;
        assert!(server.replies.is_empty());
        assert_eq!(server.error.as_deref(), Some("something between answers in its place, from memory"));
        assert_eq!(ask_at(at, 1, false).await.replies.len(), 1, "a resolver's word it is");
    }

    #[tokio::test]
    async fn who_does_not_answer_is_given_up_within_seconds() {
        let silent = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let began = std::time::Instant::now();
        let server = ask_at(silent.local_addr().expect("a bound socket"), 16, true).await;
        assert!(server.replies.is_empty() && server.error.is_some(), "{server:?}");
        assert!(began.elapsed() < Duration::from_secs(SERVER_SECONDS + 2), "{:?}", began.elapsed());
        let at = silent.local_addr().expect("a bound socket");
        drop(silent);
        assert!(ask_at(at, 1, true).await.error.expect("nobody listens").contains("refused"));
    }

    #[tokio::test]
    async fn nothing_outside_is_asked_beside_a_cloud_on_this_machine() {
        for host in ["127.0.0.1", "127.0.0.1:4570", "localhost", "::1", "[::1]:4570"] {
            let Way::Closed(why) = Way::of(None, Some(host)) else { panic!("{host}") };
            assert!(why.contains("LANDFALL_RESOLVER is not set"), "{why}");
        }
        assert_eq!(Way::of(None, Some("route53.amazonaws.com")), Way::Open);
        assert_eq!(Way::of(None, None), Way::Open);
        assert_eq!(Way::of(Some("127.0.0.1:5353".into()), Some("127.0.0.1")), Way::Instead("127.0.0.1:5353".into()));
        assert_eq!(Way::of(Some(String::new()), Some("::1")), Way::of(None, Some("::1")));
        let closed = Way::of(None, Some("127.0.0.1"));
        assert_eq!(addresses(&closed, "localhost").await, None);
        assert_eq!(near(&closed, "localhost").await, None);
        let asking = Asking { name: "a.".into(), record_type: "A".into(), near: None, times: 1 };
        assert!(ask(&closed, &["localhost".into()], &asking).await.is_err());
    }

    #[tokio::test]
    async fn a_question_comes_from_somewhere_in_the_world_or_from_nowhere() {
        for (place, found) in [
            ("192.0.2.1", true),
            ("2600:9000::1", true),
            ("10.0.0.1", false),
            ("172.16.0.1", false),
            ("127.0.0.1", false),
            ("169.254.169.254", false),
            ("fd00::1", false),
        ] {
            assert_eq!(near(&Way::Open, place).await.is_some(), found, "{place}");
        }
    }

    #[test]
    fn a_resolver_is_an_address_with_or_without_a_port() {
        assert_eq!(resolver_of("10.0.0.2"), Ok(("10.0.0.2".to_owned(), 53)));
        assert_eq!(resolver_of("10.0.0.2:5353"), Ok(("10.0.0.2".to_owned(), 5353)));
        assert_eq!(resolver_of("[fd00::2]:53"), Ok(("fd00::2".to_owned(), 53)));
        assert_eq!(resolver_of("fd00::2"), Ok(("fd00::2".to_owned(), 53)));
        assert_eq!(resolver_of("localhost:53"), Ok(("localhost".to_owned(), 53)));
        assert!(resolver_of("the-resolver").is_err() && resolver_of("a:b").is_err());
    }
}
