//! One question of DNS over UDP, and over TCP when the answer does not fit.

use crate::text::Clean;
use hickory_proto::op::{Edns, Message, Query};
use hickory_proto::rr::rdata::opt::{ClientSubnet, EdnsOption};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

/// How long one try may take. A datagram may be lost: it is sent twice.
const TRY: Duration = Duration::from_millis(1200);
const TRIES: u32 = 2;
/// The size that crosses every network whole (DNS flag day 2020).
const PAYLOAD: u16 = 1232;

/// A question, ready to be sent.
pub struct Question {
    name: Name,
    record_type: RecordType,
    near: Option<IpAddr>,
}

/// What came back.
pub struct Answer {
    /// `NOERROR`, `NXDOMAIN`, …
    pub code: String,
    /// Whether the server answers for the zone itself.
    pub authoritative: bool,
    /// The data of the type asked for, or of whatever else was answered; in alphabetical order.
    pub records: Vec<Clean>,
}

impl Question {
    /// # Errors
    /// In words, when there is no such name or type.
    pub fn new(name: &str, record_type: &str, near: Option<IpAddr>) -> Result<Self, String> {
        let record_type = RecordType::from_str(record_type).map_err(|_| format!("{record_type} is no record type"))?;
        let mut name = Name::from_ascii(name).map_err(|error| format!("{name} cannot be asked for: {error}"))?;
        name.set_fqdn(true);
        Ok(Self { name, record_type, near })
    }

    /// # Errors
    /// In words, when no answer comes.
    pub async fn ask(&self, server: SocketAddr) -> Result<Answer, String> {
        let mut trouble = String::new();
        for _ in 0..TRIES {
            let query = self.message();
            let bytes = query.to_vec().map_err(|error| error.to_string())?;
            match tokio::time::timeout(TRY, by_udp(server, &bytes, &query)).await {
                Ok(Ok(answer)) if answer.metadata.truncation => return self.by_tcp(server, &bytes, &query).await,
                Ok(Ok(answer)) => return Ok(self.read(answer)),
                Ok(Err(error)) => trouble = error,
                Err(_) => trouble = "no answer".to_owned(),
            }
        }
        Err(trouble)
    }

    async fn by_tcp(&self, server: SocketAddr, bytes: &[u8], query: &Message) -> Result<Answer, String> {
        let asked = async {
            let mut stream = TcpStream::connect(server).await?;
            let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
            stream.write_all(&[&length.to_be_bytes()[..], bytes].concat()).await?;
            let length = stream.read_u16().await?;
            let mut answer = vec![0; usize::from(length)];
            stream.read_exact(&mut answer).await?;
            Ok::<_, std::io::Error>(answer)
        };
        let bytes = match tokio::time::timeout(TRY, asked).await {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(error)) => return Err(format!("over TCP: {}", crate::cloud::probe::said(&error))),
            Err(_) => return Err("no answer over TCP".to_owned()),
        };
        parsed(&bytes, query).map(|answer| self.read(answer)).ok_or_else(|| "an answer that is none".to_owned())
    }

    fn message(&self) -> Message {
        let mut message = Message::query();
        message.add_query(Query::query(self.name.clone(), self.record_type));
        let mut edns = Edns::new();
        edns.set_max_payload(PAYLOAD);
        if let Some(near) = self.near {
            let bits = if near.is_ipv4() { 32 } else { 128 };
            edns.options_mut().insert(EdnsOption::Subnet(ClientSubnet::new(near, bits, 0)));
        }
        message.set_edns(edns);
        message
    }

    fn read(&self, answer: Message) -> Answer {
        let of_type: Vec<&Record> =
            answer.answers.iter().filter(|record| record.record_type() == self.record_type).collect();
        let chosen = if of_type.is_empty() { answer.answers.iter().collect() } else { of_type };
        let mut records: Vec<Clean> = chosen.into_iter().map(|record| Clean::new(&data(&record.data))).collect();
        records.sort();
        let code = code(u16::from(answer.metadata.response_code));
        Answer { code, authoritative: answer.metadata.authoritative, records }
    }
}

async fn by_udp(server: SocketAddr, bytes: &[u8], query: &Message) -> Result<Message, String> {
    let said = |error: std::io::Error| crate::cloud::probe::said(&error);
    let here: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((here, 0)).await.map_err(said)?;
    socket.connect(server).await.map_err(said)?;
    socket.send(bytes).await.map_err(said)?;
    let mut buffer = [0; 4096];
    loop {
        let length = socket.recv(&mut buffer).await.map_err(said)?;
        // Anything else on this port is somebody's guess at an answer.
        if let Some(answer) = parsed(&buffer[..length], query) {
            return Ok(answer);
        }
    }
}

/// The answer to `query`, and to nothing else.
fn parsed(bytes: &[u8], query: &Message) -> Option<Message> {
    let answer = Message::from_vec(bytes).ok()?;
    let is_answer = answer.metadata.id == query.metadata.id && answer.queries == query.queries;
    is_answer.then_some(answer)
}

/// Record data as Route 53 writes it.
fn data(data: &RData) -> String {
    match data {
        RData::TXT(text) => {
            let parts = text.txt_data.iter().map(|part| format!("\"{}\"", String::from_utf8_lossy(part)));
            parts.collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

fn code(code: u16) -> String {
    let names = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];
    names.get(usize::from(code)).map_or_else(|| format!("RCODE {code}"), |name| (*name).to_owned())
}
