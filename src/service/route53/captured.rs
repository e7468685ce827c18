//! What a record is given back has to be there still: a load balancer that was deleted since, or made anew under another DNS
//! name, would be answered to every client. Other targets tell nothing of themselves here.

use super::name::{Name, Standing};
use super::wanted::Wanted;
use crate::plan::Weight;
use crate::service::ask::{Ask, Place};
use crate::service::dns_name::{is_balancer, target_of_alias};
use crate::service::load_balancer::words::balancer;
use crate::service::observation::RecordSet;
use crate::service::work::{Check, Facts, Look};
use crate::text::Clean;

const CODE: &str = "route53-captured";
const WANTED: &str = "what the record led to before is there still";
const FIX: &str = "write the failback to a file (landfall failback --out), and give the record what answers there now; a Classic Load \
                   Balancer is not told by this API: see it, and pass this";

/// Where what a journal has captured of a record is looked for.
pub(super) struct Captured {
    place: Place,
}

/// A load balancer, as a record names it.
struct Balancer {
    name: String,
    dns_name: Clean,
}

impl Captured {
    /// Of a record that a failback gives back, in the region that is gone back to.
    pub fn of(place: &Place) -> Self {
        Self { place: place.clone() }
    }

    fn balancers(&self, wanted: &Wanted, name: &Name, standing: Standing<'_>) -> Vec<Balancer> {
        let mut found: Vec<Balancer> = Vec::new();
        for record in wanted.sets(name, standing.records).iter().filter(|record| record.weight != Some(0)) {
            for balancer in targets(record).filter_map(|target| balancer_of(target, self.place.region.as_str())) {
                if !found.iter().any(|other| other.dns_name == balancer.dns_name) {
                    found.push(balancer);
                }
            }
        }
        found
    }

    /// What is asked of them.
    pub fn asks(&self, wanted: &Wanted, name: &Name, standing: Standing<'_>) -> Vec<Ask> {
        let all = self.balancers(wanted, name, standing);
        all.iter().map(|one| balancer(&self.place, &one.name).ask).collect()
    }

    /// What the answers mean; nothing where it led to nothing of the kind.
    pub fn checks(&self, facts: &Facts<'_>, wanted: &Wanted, name: &Name, standing: Standing<'_>) -> Vec<Check> {
        let all = self.balancers(wanted, name, standing);
        all.iter().map(|one| self.check(facts, one)).collect()
    }

    fn check(&self, facts: &Facts<'_>, of: &Balancer) -> Check {
        let Balancer { name, dns_name } = of;
        let region = &self.place.region;
        match facts.see(&balancer(&self.place, name)) {
            Look::There(found) if target_of_alias(&found.dns_name) == dns_name.as_str() => {
                Check::passed(CODE, format!("{dns_name} is {name} in {region}"), WANTED)
            }
            Look::There(found) => {
                let now = format!("{name} in {region} is {} now, and was {dns_name}", found.dns_name);
                Check::failed(CODE, now, WANTED, FIX)
            }
            Look::Absent => {
                // It advises: a Classic Load Balancer, and one of another account, is not told by this API though it is there.
                let gone = format!("{region} tells of no load balancer {name}, of {dns_name}");
                Check { weight: Weight::Advises, ..Check::failed(CODE, gone, WANTED, FIX) }
            }
            Look::NotTold(why) => Check { weight: Weight::Advises, ..Check::unanswered(CODE, why, WANTED) },
        }
    }
}

/// What a record leads to, by name.
fn targets(record: &RecordSet) -> impl Iterator<Item = &str> {
    let named = record.values.iter().filter(|_| record.record_type.as_str() == "CNAME");
    named.map(Clean::as_str).chain(record.alias.iter().map(|alias| alias.dns_name.as_str()))
}

/// The load balancer of `region` whose own name this is: `NAME-1234567890.REGION.elb.amazonaws.com`, of a network load balancer
/// `NAME-0a1b2c.elb.REGION.amazonaws.com`, either with `internal-` before it where it is no public one.
fn balancer_of(target: &str, region: &str) -> Option<Balancer> {
    let dns_name = target_of_alias(target);
    if !is_balancer(&dns_name) || !dns_name.split('.').any(|label| label == region) {
        return None;
    }
    let (name, _) = dns_name.split_once('.')?.0.rsplit_once('-')?;
    let name = name.strip_prefix("internal-").unwrap_or(name).to_owned();
    Some(Balancer { name, dns_name: Clean::new(&dns_name) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_balancer_is_named_by_its_own_dns_name() {
        let of = |target| balancer_of(target, "us-east-1").map(|found| found.name);
        let front = Some("front-east".to_owned());
        assert_eq!(of("front-east-1234567890.us-east-1.elb.amazonaws.com"), front);
        assert_eq!(of("dualstack.internal-Front-East-12.us-east-1.elb.amazonaws.com."), front);
        assert_eq!(of("front-east-0a1b2c.elb.us-east-1.amazonaws.com"), front);
        for other in [
            "front-1.us-east-10.elb.amazonaws.com",
            "front-1.us-west-2.elb.amazonaws.com",
            "d111.cloudfront.net.",
            "front.us-east-1.elb.amazonaws.com",
            "${balancer.dns_name}",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
