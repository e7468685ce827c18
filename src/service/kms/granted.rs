//! Who may use the recovery region's key: each key of a multi-Region key has a policy and grants of its own, and a new replica has
//! none of those of the other ("Multi-Region keys in AWS KMS", Developer Guide). Whom the primary region's lets use it, this one
//! has to; where it leaves that to IAM, IAM's simulator is asked.

use super::fields::Said;
use super::key::Key;
use super::used::{self, Compared, Meant, Pair};
use super::words::{self, KeyAccess, KmsKey};
use crate::plan::{Component, Plan, Side, Weight};
use crate::service::arn::Arn;
use crate::service::ask::{Ask, Place};
use crate::service::iam::words::{Decision, simulation};
use crate::service::readiness::{Ready, Rule, Tier};
use crate::service::resolve::has_reference;
use crate::service::work::{Check, Facts, Look, Want};
use crate::text::Clean;
use std::collections::BTreeSet;

static GRANTS: Rule = Rule {
    code: "kms-grants",
    wanted: "whom the primary region's key lets use it let use this one too",
    fix: "PutKeyPolicy on the key of that region with the statements of the other, its regions changed; CreateGrant for whom a grant \
          lets use it: AWSServiceRoleForAutoScaling needs one, or a statement, to launch from encrypted images",
    costs: "what is encrypted there can be neither read nor started: AccessDenied, or instances that end as they begin",
    source: "AWS KMS Developer Guide, Multi-Region keys: key policies and grants are not shared; Amazon EC2 Auto Scaling User Guide, \
             Required AWS KMS key policy for use with encrypted volumes",
    tier: Tier::Hourly,
    weight: Weight::Blocks,
};

/// All of them.
pub(super) static RULES: &[&Rule] = &[&GRANTS];

/// How many are named each by itself.
const NAMED: usize = 3;

/// Both keys.
#[derive(Clone)]
struct Both {
    old: Key,
    new: Key,
    /// The roles that the plan wants to use a key, with their ARNs where it gives them: what each is to do, and with which.
    meant: Vec<Meant>,
}

/// What the key of `component` is held to.
pub(super) fn of(component: &Component, plan: &Plan) -> Option<Ready> {
    let said = Said::of(&component.fields).ok().filter(|said| !has_reference(&said.key))?;
    let on = |side| Key::at(Place::of(component, &plan.application, side), &said.key);
    let both = Both { old: on(Side::Primary), new: on(Side::Recovery), meant: used::meant(plan) };
    let asks = [both.old.want().ask, both.new.want().ask];
    let also = both.clone();
    Some(Ready::new(&GRANTS, asks, move |facts| both.judge(facts)).then(move |facts| also.further(facts)))
}

fn access_of(key: &Key, facts: &Facts<'_>) -> Option<Want<KeyAccess>> {
    let found: &KmsKey = facts.see(&key.want()).found()?;
    Some(words::access(&key.place, &found.arn))
}

impl Both {
    fn further(&self, facts: &Facts<'_>) -> Vec<Ask> {
        let of_keys = [&self.old, &self.new].into_iter().filter_map(|key| access_of(key, facts));
        let mut asks: Vec<Ask> = of_keys.map(|want| want.ask).collect();
        if let (Ok((old, _)), Ok((new, key))) = (self.told(&self.old, facts), self.told(&self.new, facts)) {
            let told = self.compared(old, new, key);
            asks.extend(told.left_to_iam.iter().filter_map(|(who, uses)| Some(self.simulated(who, uses, key)?.ask)));
        }
        asks
    }

    /// Who may use it, and the key; else why that is not known.
    fn told<'a>(&self, key: &Key, facts: &Facts<'a>) -> Result<(&'a KeyAccess, &'a KmsKey), String> {
        let region = &key.place.region;
        let found = match facts.see(&key.want()) {
            Look::There(found) => found,
            Look::Absent => return Err(format!("there is no key {} in {region}", key.id)),
            Look::NotTold(why) => return Err(why.to_owned()),
        };
        match facts.see(&words::access(&key.place, &found.arn)) {
            Look::There(access) if access.statements.is_none() => {
                Err(format!("the key's policy in {region} cannot be read"))
            }
            Look::There(access) => Ok((access, found)),
            Look::Absent => Err(format!("there is no key {} in {region}", found.arn)),
            Look::NotTold(why) => Err(why.to_owned()),
        }
    }

    /// What IAM says of a role whose use of the key is left to it.
    fn simulated(&self, who: &Clean, uses: &BTreeSet<&'static str>, key: &KmsKey) -> Option<Want<Vec<Decision>>> {
        let role = Arn::parse(who)?.resource.strip_prefix("role/")?.rsplit('/').next()?;
        let actions: Vec<Clean> = uses.iter().map(|one| Clean::new(&format!("kms:{one}"))).collect();
        Some(simulation(&self.new.place, &Clean::new(role), &actions, std::slice::from_ref(&key.arn)))
    }

    fn judge(&self, facts: &Facts<'_>) -> Check {
        let told = self.told(&self.old, facts).and_then(|old| Ok((old, self.told(&self.new, facts)?)));
        let ((old, _), (new, key)) = match told {
            Ok(told) => told,
            Err(why) => return GRANTS.unknown(why),
        };
        let Compared { mut lacking, mut untold, left_to_iam, count } = self.compared(old, new, key);
        for (who, uses) in &left_to_iam {
            let Some(want) = self.simulated(who, uses, key) else {
                untold.push(format!("the key leaves it to IAM whether {who} may use it"));
                continue;
            };
            match facts.see(&want) {
                Look::Absent => lacking.push(format!("{who} (there is no such role)")),
                Look::NotTold(why) => untold.push(why.to_owned()),
                Look::There(decisions) => {
                    let action = |one: &str| format!("kms:{one}");
                    let of = |one: &str| decisions.iter().find(|told| told.action.eq_ignore_ascii_case(&action(one)));
                    if let Some(denied) = uses.iter().filter_map(|one| of(one)).find(|told| told.is_denied()) {
                        lacking.push(format!("{who} ({}: {})", denied.action, denied.why()));
                    } else if let Some(one) = uses.iter().find(|one| !of(one).is_some_and(Decision::allows)) {
                        untold.push(format!("nothing certain is told of {} by {who}", action(one)));
                    }
                }
            }
        }
        let named = |all: &[String]| {
            let more = all.len().saturating_sub(NAMED);
            let told = all[..all.len().min(NAMED)].join(", ");
            if more > 0 { format!("{told}, and {more} more") } else { told }
        };
        match (lacking.is_empty(), untold.is_empty()) {
            (false, _) => GRANTS.failing(format!("{} does not let: {}", self.new.place.region, named(&lacking))),
            (true, false) => GRANTS.unknown(named(&untold)),
            (true, true) => GRANTS.ok(format!("{count} who use it looked at")),
        }
    }

    fn compared(&self, old: &KeyAccess, new: &KeyAccess, key: &KmsKey) -> Compared {
        let (there, here) = (self.old.place.region.as_str(), self.new.place.region.as_str());
        Pair { old, new, there, here }.compared(&key.arn, &self.meant)
    }
}
