//! What both replicas of a table have to have alike, and what both have to have.

use super::fields::Said;
use super::words::{self, Table};
use crate::plan::{Application, Component, Side, Weight};
use crate::service::ask::Place;
use crate::service::readiness::{Ready, Rule, Sides, Tier};
use crate::service::resolve::has_reference;
use crate::service::work::Check;
use crate::text::Clean;

static PARITY: Rule = Rule {
    code: "dynamodb-parity",
    wanted: "the same keys, indexes and billing in both regions, and capacity within 20 %",
    fix: "UpdateTable in the region that is behind: an index is filled for hours, and read capacity is each replica's own",
    costs: "what asks the index fails in the recovery region, and what reads is throttled",
    source: "DynamoDB Developer Guide, Global tables: how they work; ARC readiness checks",
    tier: Tier::Hourly,
    weight: Weight::Slows,
};
static BACKUPS: Rule = Rule {
    code: "dynamodb-pitr",
    wanted: "point-in-time recovery on both sides",
    fix: "UpdateContinuousBackups in each region: it is each replica's own",
    costs: "what was deleted or overwritten by mistake is so in every region, and cannot be had back",
    source: "DynamoDB Developer Guide, Point-in-time recovery; Security Hub DynamoDB.2",
    tier: Tier::Hourly,
    weight: Weight::Weakens,
};

/// All of them.
pub(super) static RULES: &[&Rule] = &[&PARITY, &BACKUPS];

/// What a table is held to.
pub(super) fn of(said: &Said, component: &Component, application: &Application) -> Vec<Ready> {
    if has_reference(&said.table) {
        return Vec::new();
    }
    let name = Clean::new(&said.table);
    let named = |place: &Place| format!("table {name} in {}", place.region);
    let [old, new] = [Side::Primary, Side::Recovery].map(|side| Place::of(component, application, side));
    let both = Sides { old: (words::table(&old, &name), named(&old)), new: (words::table(&new, &name), named(&new)) };
    let backups =
        Sides { old: (words::backups(&old, &name), named(&old)), new: (words::backups(&new, &name), named(&new)) };
    let off = move |rule: &Rule, [was, is]: [&Clean; 2]| {
        let off = [(was, &old), (is, &new)].into_iter().filter(|(status, _)| status.as_str() != "ENABLED");
        let off: Vec<String> = off.map(|(status, place)| format!("{} in {}", status, place.region)).collect();
        rule.when(off.is_empty(), if off.is_empty() { "ENABLED in both".to_owned() } else { off.join(", ") })
    };
    vec![both.held_to(&PARITY, parity), backups.held_by(&BACKUPS, move |rule, old, new| off(rule, [old, new]))]
}

fn parity(rule: &Rule, old: &Table, new: &Table) -> Check {
    let mut found = Vec::new();
    if old.keys != new.keys {
        found.push("other keys".to_owned());
    }
    if old.billing != new.billing {
        found.push(format!("{}, in the primary region {}", new.billing, old.billing));
    }
    let is_provisioned = old.billing.as_str() == "PROVISIONED" && new.billing == old.billing;
    if is_provisioned {
        found.extend(short("", old.capacity, new.capacity));
    }
    for index in &old.indexes {
        match new.indexes.iter().find(|other| other.name == index.name) {
            None => found.push(format!("no index {}", index.name)),
            Some(other) if is_provisioned => found.extend(short(&index.name, index.capacity, other.capacity)),
            Some(_) => {}
        }
    }
    rule.when(
        found.is_empty(),
        if found.is_empty() { format!("{} indexes", new.indexes.len()) } else { found.join(", ") },
    )
}

/// What is more than a fifth below what the primary region has.
fn short(of: &str, (old_read, old_write): (u64, u64), (read, write): (u64, u64)) -> Vec<String> {
    let space = if of.is_empty() { "" } else { " " };
    let pairs = [("read", old_read, read), ("write", old_write, write)];
    let short = pairs.into_iter().filter(|(_, old, new)| new.saturating_mul(5) < old.saturating_mul(4));
    short.map(|(what, old, new)| format!("{of}{space}{new} {what} units of {old}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifth_less_is_as_much_and_less_than_that_is_short() {
        assert_eq!(short("", (100, 50), (80, 60)), Vec::<String>::new());
        assert_eq!(
            short("by-owner", (100, 50), (79, 10)),
            ["by-owner 79 read units of 100", "by-owner 10 write units of 50"]
        );
    }
}
