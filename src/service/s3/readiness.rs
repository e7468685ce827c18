//! What keeps a bucket's copy a copy: the rule that replicates to it, the key that it is encrypted with there, and a way back.

use super::fields::Said;
use super::words::{self, ReplicationRule};
use crate::plan::{Application, Component, Side, Weight, partition};
use crate::service::arn::Arn;
use crate::service::ask::Place;
use crate::service::kms::words as kms;
use crate::service::readiness::{Ready, Rule, Tier};
use crate::service::resolve::has_reference;
use crate::service::work::{Check, Facts, Look, Want};
use crate::text::Clean;

static REPLICATED: Rule = Rule {
    code: "s3-rule",
    wanted: "an enabled replication rule to the recovery bucket, of all that is in it, with metrics",
    fix: "PutBucketReplication with a rule that has no filter and ReplicationTime or Metrics enabled; what was written without it is replicated by S3 Batch Replication alone",
    costs: "what the rule leaves out is not in the recovery region",
    source: "Amazon S3 User Guide, Replicating objects within and across Regions",
    tier: Tier::Hourly,
    weight: Weight::Loses,
};
static TWO_WAY: Rule = Rule {
    code: "s3-two-way",
    wanted: "a rule that replicates the other way too",
    fix: "PutBucketReplication of the recovery bucket, before it is needed: its configuration is changed by way of us-east-1",
    costs: "what is written in the recovery region stays there, and has to be carried back",
    source: "Amazon S3 User Guide, Replicating objects: bidirectional replication",
    tier: Tier::Hourly,
    weight: Weight::Weakens,
};
static KEY: Rule = Rule {
    code: "s3-key",
    wanted: "a key of the recovery region, Enabled, for what is encrypted there",
    fix: "name a key of that region in the rule's EncryptionConfiguration, and enable it",
    costs: "encrypted objects are not replicated, or cannot be read there",
    source: "Amazon S3 User Guide, Replicating encrypted objects",
    tier: Tier::Hourly,
    weight: Weight::Blocks,
};

/// All of them.
pub(super) static RULES: &[&Rule] = &[&REPLICATED, &KEY, &TWO_WAY];

/// What a bucket is held to.
pub(super) fn of(said: &Said, component: &Component, application: &Application) -> Vec<Ready> {
    if has_reference(&said.primary) || has_reference(&said.recovery) {
        return Vec::new();
    }
    let at = |side| Place::of(component, application, side);
    let (old, new) = (at(Side::Primary), at(Side::Recovery));
    let there = Way { at: old, from: said.primary.as_str().into(), to: said.recovery.as_str().into() };
    let back = Way { at: new.clone(), from: there.to.clone(), to: there.from.clone() };
    vec![replicated(there.clone(), said.rule.clone()), key(there, new), two_way(back)]
}

/// From one bucket to another.
#[derive(Clone)]
struct Way {
    at: Place,
    from: Clean,
    to: Clean,
}

impl Way {
    fn want(&self) -> Want<Vec<ReplicationRule>> {
        words::replication(&self.at, &self.from)
    }

    /// The rules from the one to the other, enabled ones first.
    fn rules<'a>(&self, facts: &Facts<'a>) -> Result<Vec<&'a ReplicationRule>, String> {
        let all = match facts.see(&self.want()) {
            Look::There(rules) => rules,
            Look::Absent => return Err(format!("there is no bucket {}", self.from)),
            Look::NotTold(why) => return Err(why.to_owned()),
        };
        let leads = |rule: &&ReplicationRule| Arn::parse(&rule.to).map(|arn| arn.resource) == Some(self.to.as_str());
        let mut rules: Vec<&ReplicationRule> = all.iter().filter(leads).collect();
        rules.sort_by_key(|rule| !rule.enabled);
        Ok(rules)
    }
}

fn replicated(way: Way, id: Option<String>) -> Ready {
    Ready::new(&REPLICATED, [way.want().ask], move |facts| {
        let mut rules = match way.rules(facts) {
            Ok(rules) => rules,
            Err(why) => return REPLICATED.unknown(why),
        };
        if let Some(id) = &id {
            rules.retain(|rule| rule.id.as_str() == id);
        }
        let Some(best) = rules.iter().find(|rule| rule.enabled && !rule.filtered).or(rules.first()) else {
            let named = id.as_ref().map_or_else(String::new, |id| format!(" {id}"));
            let check = REPLICATED.failing(format!("no rule{named} from {} to {}", way.from, way.to));
            return Check { fix: Clean::new(&put_rule(&REPLICATED, &way)), ..check };
        };
        let name = &best.id;
        match best {
            ReplicationRule { enabled: false, .. } => REPLICATED.failing(format!("{name} is disabled")),
            // A rule that the plan names may be meant to be of a part.
            ReplicationRule { filtered: true, .. } if id.is_none() => {
                REPLICATED.failing(format!("{name} replicates a part only: it has a filter"))
            }
            ReplicationRule { metrics: false, .. } => {
                let found = format!("{name} has no metrics: how far it is behind is not told");
                Check { weight: Weight::Weakens, ..REPLICATED.failing(found) }
            }
            ReplicationRule { .. } => REPLICATED.ok(format!("{name} replicates to {}", way.to)),
        }
    })
}

fn two_way(back: Way) -> Ready {
    Ready::new(&TWO_WAY, [back.want().ask], move |facts| match back.rules(facts) {
        Ok(rules) => match rules.iter().find(|rule| rule.enabled) {
            Some(rule) => TWO_WAY.ok(format!("{} replicates to {}", rule.id, back.to)),
            None => {
                let found = format!("no enabled rule from {} to {}", back.from, back.to);
                Check { fix: Clean::new(&put_rule(&TWO_WAY, &back)), ..TWO_WAY.failing(found) }
            }
        },
        Err(why) => TWO_WAY.unknown(why),
    })
}

/// The call that makes the rule, and what it does beside that.
fn put_rule(held: &Rule, Way { at, from, to }: &Way) -> String {
    let rule = serde_json::json!({
        "Role": "THE-ARN-OF-ITS-ROLE",
        "Rules": [{
            "ID": format!("to-{to}"), "Priority": 1, "Status": "Enabled", "Filter": {},
            "DeleteMarkerReplication": { "Status": "Enabled" },
            "Destination": {
                "Bucket": format!("arn:{}:s3:::{to}", partition(&at.region).0), "Metrics": { "Status": "Enabled" },
            },
        }],
    });
    format!(
        "{}: aws s3api put-bucket-replication --region {} --bucket {from} --replication-configuration '{rule}' (all rules that \
         {from} has are in that, or are gone; what was written before is carried by S3 Batch Replication alone)",
        held.fix, at.region
    )
}

/// The keys of the enabled rules of `way`.
fn keys(way: &Way, facts: &Facts<'_>) -> Result<Vec<Clean>, String> {
    let rules = way.rules(facts)?.into_iter().filter(|rule| rule.enabled);
    let mut keys: Vec<Clean> = rules.filter_map(|rule| rule.key.clone()).collect();
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}

fn key(way: Way, new: Place) -> Ready {
    let (also, asked_at) = (way.clone(), new.clone());
    // An alias is of the region that it is asked in.
    let is_here = |key: &str, at: &Place| Arn::parse(key).is_none_or(|arn| arn.region == at.region.as_str());
    Ready::new(&KEY, [way.want().ask], move |facts| {
        let keys = match keys(&way, facts) {
            Ok(keys) => keys,
            Err(why) => return KEY.unknown(why),
        };
        for key in &keys {
            if !is_here(key, &new) {
                return KEY.failing(format!("{key} is of another region"));
            }
            match facts.see(&kms::key(&new, key)) {
                Look::There(found) if found.state.as_str() == "Enabled" => {}
                Look::There(found) => return KEY.failing(format!("{key} is {}", found.state)),
                Look::Absent => return KEY.failing(format!("there is no key {key}")),
                Look::NotTold(why) => return KEY.unknown(why),
            }
        }
        if keys.is_empty() { KEY.ok("its rules name no key") } else { KEY.ok(format!("{} Enabled", keys.len())) }
    })
    .then(move |facts| {
        let keys = keys(&also, facts).unwrap_or_default();
        keys.iter().filter(|key| is_here(key, &asked_at)).map(|key| kms::key(&asked_at, key).ask).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_that_makes_a_rule_is_told_whole() {
        for (region, bucket) in [("us-west-2", "arn:aws:s3:::media"), ("cn-north-1", "arn:aws-cn:s3:::media")] {
            let at = Place { account: None, region: region.into() };
            let told = put_rule(&TWO_WAY, &Way { at, from: "media-west".into(), to: "media".into() });
            assert!(told.contains(&format!("put-bucket-replication --region {region} --bucket media-west ")), "{told}");
            let rule = told.split('\'').nth(1).expect("quoted as a shell takes it");
            let rule: serde_json::Value = serde_json::from_str(rule).expect("it is JSON");
            assert_eq!(rule["Rules"][0]["Destination"]["Bucket"], bucket);
        }
    }
}
