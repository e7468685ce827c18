//! ARNs where a plan may give a name: what one says of the thing's region, account and name, and whether that fits where
//! the plan looks for it. Knows no cloud and no kind.

use super::ask::Place;
use super::work::Check;
use crate::plan::Region;

/// The parts of `arn:partition:service:region:account:resource`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    /// `ecs`, `elasticloadbalancing`.
    pub service: &'a str,
    /// The region it is in.
    pub region: &'a str,
    /// The account's number.
    pub account: &'a str,
    /// `cluster/shop`, `targetgroup/api/0123456789abcdef`.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// The parts of `text`; `None` when it is no ARN.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let is_arn = parts.next() == Some("arn") && parts.next().is_some_and(|partition| !partition.is_empty());
        let (service, region, account) = (parts.next()?, parts.next()?, parts.next()?);
        let resource = parts.next()?;
        (is_arn && !resource.is_empty()).then_some(Self { service, region, account, resource })
    }

    /// The resource's type: what stands before the first `/`.
    fn resource_type(&self) -> &'a str {
        self.resource.split('/').next().unwrap_or_default()
    }

    /// The words of the resource behind its type.
    fn path(&self) -> impl Iterator<Item = &'a str> {
        self.resource.split('/').skip(1)
    }
}

/// What can be named by its name or its ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    /// `cluster/NAME`.
    Cluster,
    /// `service/CLUSTER/NAME`, and the older `service/NAME`.
    Service,
    /// `targetgroup/NAME/ID`.
    TargetGroup,
    /// `loadbalancer/app/NAME/ID`; `net` and `gwy` too.
    LoadBalancer,
}

impl Thing {
    fn words(self) -> &'static str {
        match self {
            Self::Cluster => "a cluster",
            Self::Service => "a service",
            Self::TargetGroup => "a target group",
            Self::LoadBalancer => "a load balancer",
        }
    }

    fn is_meant_by(self, arn: &Arn<'_>) -> bool {
        let (service, resource_type) = match self {
            Self::Cluster => ("ecs", "cluster"),
            Self::Service => ("ecs", "service"),
            Self::TargetGroup => ("elasticloadbalancing", "targetgroup"),
            Self::LoadBalancer => ("elasticloadbalancing", "loadbalancer"),
        };
        arn.service == service && arn.resource_type() == resource_type
    }

    /// The name, whether `given` is one or an ARN.
    pub fn name(self, given: &str) -> &str {
        let Some(arn) = Arn::parse(given).filter(|arn| self.is_meant_by(arn)) else { return given };
        let found = match self {
            Self::Cluster | Self::TargetGroup => arn.path().next(),
            Self::Service => arn.path().last(),
            Self::LoadBalancer => arn.path().nth(1),
        };
        found.unwrap_or(given)
    }

    /// Whether `given`, a name or an ARN, is the thing with this ARN.
    pub fn is(self, given: &str, arn: &str) -> bool {
        if is_arn(given) { given == arn } else { self.name(arn) == given }
    }

    /// What is wrong with `given` as it is written, wherever it is looked for.
    pub fn mistake(self, given: &str) -> Option<String> {
        if !is_arn(given) {
            return None;
        }
        match Arn::parse(given) {
            Some(arn) if self.is_meant_by(&arn) && self.name(given) != given => None,
            Some(arn) => Some(format!("{given} is the ARN of {}, not of {}", arn.resource_type(), self.words())),
            None => Some(format!("{given} is no whole ARN")),
        }
    }
}

/// Whether a text is written as an ARN.
pub(crate) fn is_arn(text: &str) -> bool {
    text.starts_with("arn:")
}

/// Where `given` is, when it says so and that is not `region`.
pub(crate) fn elsewhere<'a>(given: &'a str, region: &Region) -> Option<&'a str> {
    Arn::parse(given).map(|arn| arn.region).filter(|found| *found != region.as_str())
}

/// Whether the ARNs among `given` are of `place`'s region and of the account of `found`, the ARN of a thing that was
/// found there.
pub(crate) fn in_place(code: &str, given: &[&str], place: &Place, found: Option<&str>) -> Option<Check> {
    let arns: Vec<Arn<'_>> = given.iter().filter_map(|given| Arn::parse(given)).collect();
    if arns.is_empty() {
        return None;
    }
    let account = found.and_then(Arn::parse).map(|arn| arn.account);
    let wanted = match account {
        Some(account) => format!("ARNs of {} and of account {account}", place.region),
        None => format!("ARNs of {}", place.region),
    };
    let strange = arns
        .iter()
        .find(|arn| arn.region != place.region.as_str() || account.is_some_and(|account| arn.account != account));
    let check = match strange {
        None => Check::that(code, true, "they are", &wanted, ""),
        Some(arn) => {
            let said = format!("{} of {}, account {}", arn.resource, arn.region, arn.account);
            Check::that(code, false, said, &wanted, "give the ARN of the thing in that region, or its name")
        }
    };
    Some(check.of_identity())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &str = "arn:aws:elasticloadbalancing:us-west-2:111122223333:targetgroup/api/0123456789abcdef";

    #[test]
    fn a_name_is_found_in_the_arn_of_its_thing_and_in_no_other() {
        let table = [
            (Thing::Cluster, "arn:aws:ecs:us-west-2:1:cluster/shop", "shop"),
            (Thing::Service, "arn:aws:ecs:us-west-2:1:service/shop/api", "api"),
            (Thing::Service, "arn:aws:ecs:us-west-2:1:service/api", "api"),
            (Thing::TargetGroup, GROUP, "api"),
            (
                Thing::LoadBalancer,
                "arn:aws-cn:elasticloadbalancing:cn-north-1:1:loadbalancer/net/edge/50dc6c495c0c9188",
                "edge",
            ),
        ];
        for (thing, arn, name) in table {
            assert_eq!(thing.name(arn), name);
            assert!(thing.is(arn, arn) && thing.is(name, arn) && !thing.is("other", arn));
            assert_eq!((thing.mistake(arn), thing.mistake(name)), (None, None));
        }
        assert_eq!(Thing::Cluster.name("shop"), "shop");
        assert_eq!(Thing::Cluster.name(GROUP), GROUP, "another thing's ARN gives no name");
    }

    #[test]
    fn the_same_name_made_anew_is_another_thing() {
        let anew = GROUP.replace("0123456789abcdef", "fedcba9876543210");
        assert!(!Thing::TargetGroup.is(GROUP, &anew) && Thing::TargetGroup.is("api", &anew));
    }

    #[test]
    fn an_arn_that_is_none_or_means_something_else_is_a_mistake() {
        for given in
            ["arn:aws:ecs", "arn:", "arn:aws:ecs:us-west-2:1:", "arn:aws:ecs:us-west-2:1:service/shop/api", GROUP]
        {
            assert!(Thing::Cluster.mistake(given).is_some(), "{given}");
        }
        assert!(Thing::TargetGroup.mistake("arn:aws:elasticloadbalancing:us-west-2:1:targetgroup").is_some());
    }

    #[test]
    fn an_arn_of_another_region_or_account_is_not_in_its_place() {
        let place = Place { region: "us-west-2".into(), account: None };
        let level = |given: &[&str], found| in_place("code", given, &place, found).map(|check| check.level);
        use crate::plan::Level::{Failing, Ok};
        assert_eq!(level(&["shop", "api"], None), None, "names say nothing of a place");
        assert_eq!(level(&["shop", GROUP], None), Some(Ok));
        assert_eq!(level(&[GROUP], Some("arn:aws:ecs:us-west-2:111122223333:service/shop/api")), Some(Ok));
        assert_eq!(level(&[GROUP], Some("arn:aws:ecs:us-west-2:999:service/shop/api")), Some(Failing));
        let east = GROUP.replace("us-west-2", "us-east-1");
        assert_eq!(level(&["api", &east], None), Some(Failing));
        assert_eq!(elsewhere(&east, &place.region), Some("us-east-1"));
        assert_eq!(elsewhere("api", &place.region), None);
    }
}
