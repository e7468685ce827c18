//! Whether what is answered is what is wanted. An answer is told by its data, set by set: a weighted record answers by
//! turns, an alias with its target's addresses, a multivalue record with several sets at once.

use super::name::{Name, Standing};
use super::records::{data_of, plain};
use super::routing::Routing;
use super::wanted::Wanted;
use crate::service::dns_name::{canonical, is_balancer, target_of_alias};
use crate::service::observation::{DnsReply, RecordSet};
use crate::text::Clean;
use core::net::IpAddr;
use std::collections::BTreeSet;

/// A set that is not answered in so many answers that this was less likely than so is not answered at all.
const UNLIKELY: f64 = 0.01;
/// How many of its sets a multivalue record answers with at a time, at most.
const MULTIVALUE: usize = 8;

/// What one set's answer would mean.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    /// It is wanted: in this share of the answers, where that can be told.
    Wanted(Option<f64>),
    /// It is none of this component's business.
    Allowed,
    /// It should not be answered any more.
    Unwanted,
}

/// A standing set, and what its answer would mean.
struct Candidate<'a> {
    record: &'a RecordSet,
    part: Part,
    /// The addresses of an alias's target, as far as they are known.
    addresses: Option<&'a [Clean]>,
}

/// What was answered, over all servers, compared with what stands and what is wanted.
pub(super) struct Comparison<'a> {
    candidates: Vec<Candidate<'a>>,
    together: bool,
    record_type: &'a str,
    seen: BTreeSet<usize>,
    answers: u32,
    /// The alias whose target's addresses are not known here, once one answered.
    uncompared: Option<&'a Clean>,
}

/// What one reply is.
enum Match {
    /// The answer of these sets.
    Of(Vec<usize>),
    /// It may be that of an alias whose addresses are not known.
    MayBe(usize),
    /// Nobody's.
    Nobodys,
}

impl<'a> Comparison<'a> {
    pub fn new(wanted: &Wanted, name: &'a Name, standing: Standing<'a>) -> Self {
        let of_type = name.of_type(standing.records);
        let together = of_type.iter().any(|record| record.multivalue);
        let parts = parts(wanted, &of_type);
        let candidates = of_type.into_iter().zip(parts).map(|(record, part)| {
            let target = record.alias.as_ref().map(|alias| canonical(&alias.dns_name));
            let found = standing.targets.iter().find(|found| Some(canonical(&found.dns_name)) == target);
            Candidate { record, part, addresses: found.and_then(|found| found.addresses.as_deref()) }
        });
        let (candidates, record_type) = (candidates.collect(), name.record_type.as_str());
        Self { candidates, together, record_type, seen: BTreeSet::new(), answers: 0, uncompared: None }
    }

    /// Takes in one reply of `server`.
    ///
    /// # Errors
    /// In words, when it is not one that is wanted.
    pub fn take(&mut self, server: &str, reply: &DnsReply) -> Result<(), String> {
        self.answers += reply.times;
        if reply.code.as_str() != "NOERROR" {
            return Err(format!("{server} answers {}", reply.code));
        }
        if reply.records.is_empty() {
            return Err(format!("{server} answers nothing"));
        }
        let data = reply.records.iter().map(Clean::as_str).collect::<Vec<_>>().join(" ");
        match if self.together { self.of_all(reply) } else { self.of_one(reply) } {
            Match::Of(sets) => {
                let unwanted = sets.iter().find(|set| self.candidates[**set].part == Part::Unwanted);
                if let Some(set) = unwanted {
                    return Err(format!("{server} still answers {data}, {}", whose(self.candidates[*set].record)));
                }
                self.seen.extend(sets);
                Ok(())
            }
            Match::MayBe(set) => {
                self.uncompared = self.candidates[set].record.alias.as_ref().map(|alias| &alias.dns_name);
                self.seen.insert(set);
                Ok(())
            }
            Match::Nobodys => Err(format!("{server} still answers {data}")),
        }
    }

    /// The set whose one answer this is: one that is wanted goes before one that is not, when both say the same.
    fn of_one(&self, reply: &DnsReply) -> Match {
        let mut order: Vec<usize> = (0..self.candidates.len()).collect();
        order.sort_by_key(|set| self.candidates[*set].part == Part::Unwanted);
        let says = |set: &&usize| self.says(**set, &reply.records);
        if let Some(set) = order.iter().find(says) {
            return Match::Of(vec![*set]);
        }
        let may_be = |set: &&usize| self.candidates[**set].part != Part::Unwanted && self.may_say(**set, reply);
        order.iter().find(may_be).map_or(Match::Nobodys, |set| Match::MayBe(*set))
    }

    /// The sets that one answer of a multivalue record is made of.
    fn of_all(&self, reply: &DnsReply) -> Match {
        let mut sets = Vec::new();
        for value in &reply.records {
            let has = |set: &usize| self.data(*set).iter().any(|own| is_same_value(self.record_type, own, value));
            match (0..self.candidates.len()).find(has) {
                Some(set) => sets.push(set),
                None => return Match::Nobodys,
            }
        }
        Match::Of(sets)
    }

    /// What a set answers: its values, or its target's name and addresses.
    fn data(&self, set: usize) -> Vec<Clean> {
        let Candidate { record, addresses, .. } = &self.candidates[set];
        match &record.alias {
            None => record.values.clone(),
            Some(alias) => {
                let names = [Clean::new(&target_of_alias(&alias.dns_name)), alias.dns_name.clone()];
                names.into_iter().chain(addresses.iter().flat_map(|found| found.iter().cloned())).collect()
            }
        }
    }

    fn says(&self, set: usize, records: &[Clean]) -> bool {
        let data = self.data(set);
        let has = |value: &Clean| data.iter().any(|own| is_same_value(self.record_type, own, value));
        match &self.candidates[set].record.alias {
            None => records.len() == data.len() && records.iter().all(has),
            // A load balancer answers with some of its addresses at a time.
            Some(_) => records.iter().any(has),
        }
    }

    /// Whether the reply may be an alias's whose addresses are not known, or are others from place to place: those of a
    /// content network, a bucket's site, another record that has just changed.
    fn may_say(&self, set: usize, reply: &DnsReply) -> bool {
        let Candidate { record, addresses, .. } = &self.candidates[set];
        let is_open = |name: &str| addresses.is_none() || !is_balancer(name);
        record.alias.as_ref().is_some_and(|alias| is_open(&alias.dns_name))
            && reply.records.iter().all(|value| value.parse::<IpAddr>().is_ok())
    }

    /// A set that should have been among the answers and was not, in words.
    pub fn missing(&self) -> Option<String> {
        let set = (0..self.candidates.len()).find(|set| {
            let Part::Wanted(Some(share)) = self.candidates[*set].part else { return false };
            let unlikely = (1.0 - share).powf(f64::from(self.answers)) <= UNLIKELY;
            !self.seen.contains(set) && unlikely && !self.is_said_by_another(*set)
        })?;
        let record = self.candidates[set].record;
        let why = match &record.health_check {
            Some(check) => format!("its health check {check} may be failing"),
            None => "the change may not have reached them yet".to_owned(),
        };
        Some(format!("{} is not among {} answers: {why}", data_of(record), self.answers))
    }

    fn is_said_by_another(&self, set: usize) -> bool {
        let own = self.data(set);
        self.seen.iter().any(|other| self.data(*other) == own)
    }

    /// What was answered, in words, with what could not be compared or was not seen.
    pub fn in_words(&self) -> String {
        let answered = |set: &usize| {
            let record = self.candidates[*set].record;
            match &record.set_identifier {
                Some(id) => format!("{id} ({})", data_of(record)),
                None => data_of(record),
            }
        };
        let mut words = self.seen.iter().map(answered).collect::<Vec<_>>().join(", ");
        if let Some(target) = self.uncompared {
            words.push_str(&format!(" (by addresses that could not be compared with those of {target})"));
        }
        let unseen = |set: &usize| {
            let Candidate { record, part, .. } = &self.candidates[*set];
            let is_wanted = matches!(part, Part::Wanted(_)) && !self.seen.contains(set);
            if is_wanted && !self.is_said_by_another(*set) { record.set_identifier.as_deref() } else { None }
        };
        let unseen: Vec<&str> = (0..self.candidates.len()).filter_map(|set| unseen(&set)).collect();
        if !unseen.is_empty() {
            words.push_str(&format!(" (not seen in {} answers from here: {})", self.answers, unseen.join(", ")));
        }
        words
    }
}

/// Whose answer it is, for who wonders why it should not be there.
fn whose(record: &RecordSet) -> String {
    match (&record.set_identifier, record.weight, &record.failover) {
        (Some(set), Some(0), _) => {
            format!("that of {set} (weight 0): is the health check of those with weight failing?")
        }
        (Some(set), Some(weight), _) => format!("that of {set} (weight {weight})"),
        (Some(set), None, Some(role)) => format!("that of {set} ({role}): is the other set's health check failing?"),
        (Some(set), None, None) => format!("that of {set}"),
        (None, _, _) => "which is not what is wanted".to_owned(),
    }
}

/// What each set's answer would mean.
fn parts(wanted: &Wanted, of_type: &[&RecordSet]) -> Vec<Part> {
    let total: u64 = of_type.iter().filter_map(|record| record.weight).sum();
    let share = |record: &RecordSet| record.weight.map(|weight| weight as f64 / total.max(1) as f64);
    let id = |record: &RecordSet| record.set_identifier.clone().unwrap_or_default();
    let part = |record: &&RecordSet| match wanted {
        Wanted::Simple { .. } if record.set_identifier.is_none() => Part::Wanted(Some(1.0)),
        Wanted::Simple { .. } => Part::Unwanted,
        Wanted::Weights { weights, elsewhere } => match weights.get(id(record).as_str()) {
            Some(0) => Part::Unwanted,
            Some(_) => Part::Wanted(share(record)),
            None if elsewhere.contains(id(record).as_str()) => Part::Allowed,
            None => Part::Unwanted,
        },
        Wanted::Set { set, .. } if id(record).as_str() == set => match Routing::of(record) {
            Routing::Weighted if record.weight == Some(0) => Part::Allowed,
            Routing::Weighted => Part::Wanted(share(record)),
            Routing::Failover if record.failover.as_deref() == Some("PRIMARY") => Part::Wanted(Some(1.0)),
            Routing::Multivalue if of_type.len() <= MULTIVALUE => Part::Wanted(Some(1.0)),
            Routing::Failover | Routing::Latency | Routing::Multivalue | Routing::Simple | Routing::Other(_) => {
                Part::Wanted(None)
            }
        },
        Wanted::Set { .. } if record.weight == Some(0) => Part::Unwanted,
        Wanted::Set { .. } => Part::Allowed,
        Wanted::Roles { primary, .. } if id(record).as_str() == primary => Part::Wanted(Some(1.0)),
        Wanted::Roles { .. } => Part::Unwanted,
        Wanted::Before(_) => Part::Allowed,
    };
    of_type.iter().map(part).collect()
}

/// Whether two values say the same.
pub(super) fn is_same_value(record_type: &str, one: &str, other: &str) -> bool {
    let plain = |value: &str| match (value.parse::<IpAddr>(), record_type) {
        // An address record may answer with its target's name where there are no addresses.
        (Err(_), "A" | "AAAA") => plain("CNAME", value),
        (Ok(_), _) => plain("A", value),
        (Err(_), _) => plain(record_type, value),
    };
    plain(one) == plain(other)
}
