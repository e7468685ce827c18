//! What simulated name servers answer from the record sets that they have: by turns, by role, by where the question
//! comes from. Knows no zone and no time but the moment of the question.

use super::dice::Dice;
use crate::service::DnsQuestion;
use crate::service::dns_name::{canonical, target_of_alias};
use crate::service::observation::{AliasAddresses, DnsReply, DnsServer, RecordSet};
use crate::text::Clean;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// All that `server` answers to `question`.
pub fn server(server: &str, question: &DnsQuestion, records: &[RecordSet], dice: &Dice, at: Timestamp) -> DnsServer {
    let mut replies: BTreeMap<Vec<Clean>, u32> = BTreeMap::new();
    for nth in 0..question.times.max(1) {
        let draw = dice.bits(&format!("answer {server} {nth} {}", at.as_millisecond()));
        *replies.entry(answer(records, question.near.as_deref(), dice, draw)).or_default() += 1;
    }
    let code = |records: &[Clean]| Clean::new(if records.is_empty() { "NXDOMAIN" } else { "NOERROR" });
    let replies = replies.into_iter().map(|(records, times)| DnsReply { code: code(&records), records, times });
    DnsServer { name: server.into(), replies: replies.collect(), error: None }
}

/// The lines that answer one question, in alphabetical order.
fn answer(records: &[RecordSet], near: Option<&str>, dice: &Dice, draw: u64) -> Vec<Clean> {
    let data = |record: &RecordSet| match &record.alias {
        Some(alias) => vec![address(dice, &alias.dns_name)],
        None => record.values.clone(),
    };
    let mut lines: Vec<Clean> = if records.iter().any(|record| record.multivalue) {
        records.iter().flat_map(data).collect()
    } else {
        chosen(records, near, draw).map(data).unwrap_or_default()
    };
    lines.sort();
    lines
}

/// The one set that answers.
fn chosen<'a>(records: &'a [RecordSet], near: Option<&str>, draw: u64) -> Option<&'a RecordSet> {
    if let Some(primary) = records.iter().find(|record| record.failover.as_deref() == Some("PRIMARY")) {
        return Some(primary);
    }
    if records.iter().any(|record| record.region.is_some()) {
        let is_near = |record: &&RecordSet| near.is_some_and(|near| leads_to(record, near));
        return records.iter().find(is_near).or(records.first());
    }
    let weight = |record: &RecordSet| record.weight.unwrap_or(1);
    // With every weight 0, Route 53 answers all of them equally.
    let all_zero = records.iter().all(|record| weight(record) == 0);
    let shares = records.iter().map(|record| if all_zero { 1 } else { weight(record) });
    let mut drawn = draw % shares.clone().sum::<u64>().max(1);
    records.iter().zip(shares).find_map(|(record, share)| {
        let is_chosen = drawn < share;
        drawn = drawn.saturating_sub(share);
        is_chosen.then_some(record)
    })
}

fn leads_to(record: &RecordSet, target: &str) -> bool {
    let is_target = |name: &str| target_of_alias(name) == canonical(target);
    record.values.iter().any(|value| is_target(value))
        || record.alias.as_ref().is_some_and(|alias| is_target(&alias.dns_name))
}

/// What the targets of aliases resolve to.
pub fn targets(records: &[RecordSet], dice: &Dice) -> Vec<AliasAddresses> {
    let of = |record: &RecordSet| {
        let dns_name = record.alias.as_ref()?.dns_name.clone();
        let addresses = Some(vec![address(dice, &dns_name)]);
        Some(AliasAddresses { dns_name, addresses })
    };
    records.iter().filter_map(of).collect()
}

/// The address of a load balancer: of TEST-NET-3, which belongs to nobody.
pub fn address(dice: &Dice, dns_name: &str) -> Clean {
    let host = dice.bits(&format!("address {}", canonical(dns_name))) % 254 + 1;
    Clean::new(&format!("203.0.113.{host}"))
}
