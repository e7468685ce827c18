//! How many instances the account may have in the recovery region: each that is restored is one more, and an increase takes days.
//! RDS itself tells both numbers, and counts what there is of every engine ("DescribeAccountAttributes", RDS API Reference).

use super::fields::Said;
use crate::plan::{Component, Plan, Side, Weight};
use crate::service::ask::{Ask, Place};
use crate::service::rds::words::{instance, instance_quota};
use crate::service::readiness::{Ready, Rule, Tier};
use crate::service::resolve::has_reference;
use crate::service::work::{Facts, Look};

static INSTANCES: Rule = Rule {
    code: "quota-rds",
    wanted: "room for every database that the plan restores, and for as many as in the primary region",
    fix: "RequestServiceQuotaIncrease of DB instances (L-7B6409FD) in that region: it takes hours, or days",
    costs: "a restore is refused: InstanceQuotaExceeded",
    source: "Amazon RDS User Guide, Quotas and constraints; Service Quotas, Amazon RDS: L-7B6409FD",
    tier: Tier::Daily,
    weight: Weight::Blocks,
};

/// All of them.
pub(super) static RULES: &[&Rule] = &[&INSTANCES];

/// What a plan calls a database that is restored.
const KIND: &str = "rds-restore";

/// The quota of the account and region that `component` is restored in: told of the first database there.
pub(super) fn of(component: &Component, plan: &Plan) -> Option<Ready> {
    let application = &plan.application;
    let (old, new) =
        (Place::of(component, application, Side::Primary), Place::of(component, application, Side::Recovery));
    let is_there = |one: &&Component| one.kind.as_str() == KIND && Place::of(one, application, Side::Recovery) == new;
    let all: Vec<&Component> = plan.components.iter().filter(is_there).collect();
    if all.first()?.name != component.name {
        return None;
    }
    let said = all.iter().filter_map(|one| Said::of(&one.fields).ok());
    let named = said.filter(|said| !has_reference(&said.instance)).map(|said| said.instance.to_ascii_lowercase());
    let wanted: Vec<_> = named.map(|id| instance(&new, &id)).collect();
    let (here, there) = (instance_quota(&new), instance_quota(&old));
    let asks: Vec<Ask> =
        [&here.ask, &there.ask].into_iter().chain(wanted.iter().map(|want| &want.ask)).cloned().collect();
    Some(Ready::new(&INSTANCES, asks, move |facts: &Facts<'_>| {
        let told = |want, region: &crate::plan::Region| match facts.see(want) {
            Look::There(quota) => Ok(*quota),
            Look::Absent => Err(format!("nothing is told of DB instances in {region}")),
            Look::NotTold(why) => Err(why.to_owned()),
        };
        let quota = match told(&here, &new.region) {
            Ok(quota) => quota,
            Err(why) => return INSTANCES.unknown(why),
        };
        let mut added = 0;
        for want in &wanted {
            match facts.see(want) {
                Look::Absent => added += 1,
                // What has the name is counted already: that it is in the way is a step's check to refuse.
                Look::There(_) => {}
                Look::NotTold(why) => return INSTANCES.unknown(why),
            }
        }
        let found = format!("{} DB instances: {} in use, {added} more of the plan", quota.most, quota.used);
        if quota.most < quota.used + added {
            return INSTANCES.failing(found);
        }
        match told(&there, &old.region) {
            Ok(at_home) if quota.most < at_home.most => {
                INSTANCES.failing(format!("{found}; {} allows {}", old.region, at_home.most))
            }
            Ok(_) => INSTANCES.ok(found),
            Err(why) => INSTANCES.unknown(why),
        }
    }))
}
