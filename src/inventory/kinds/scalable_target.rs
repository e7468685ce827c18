//! What Application Auto Scaling does with a service.

use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, Stop, tags_of, with_tags};
use crate::inventory::pick::{self, As, Config, text};
use crate::inventory::registry::{Kind, found};
use serde_json::{Value, json};

pub(super) static TARGETS: Operation = Operation::list(Api::Scaling, "DescribeScalableTargets", "ScalableTargets")
    .paged(&[("NextToken", "NextToken")])
    .many(
        50,
        |ids| json!({ "ServiceNamespace": "ecs", "ResourceIds": ids }),
        |one| text(one, "ResourceId").map(str::to_owned),
    );
static POLICIES: Operation =
    Operation::list(Api::Scaling, "DescribeScalingPolicies", "ScalingPolicies").paged(&[("NextToken", "NextToken")]);
static TARGET_TAGS: Operation =
    Operation::one(Api::Scaling, "ListTagsForResource").absent(&["ResourceNotFoundException"]);

pub(super) static KINDS: &[Kind] =
    &[Kind::of("scalable-target", scalable_target, &[&TARGETS, &POLICIES, &TARGET_TAGS])];

fn scalable_target(desk: &mut Desk<'_>, resource: &str) -> Step<Read> {
    let asked = json!({ "ServiceNamespace": "ecs", "ResourceId": resource });
    let (one, policies) = (desk.one(&TARGETS, resource), desk.list(&POLICIES, asked));
    let one = one?;
    let mut config = Config::of(
        one,
        &[
            ("ServiceNamespace", "", As::Text),
            ("ScalableDimension", "", As::Text),
            ("MinCapacity", "", As::Number),
            ("MaxCapacity", "", As::Number),
            ("Suspended", "SuspendedState", As::Whole),
        ],
    );
    let service = resource.strip_prefix("service/");
    desk.need("ecs-service", service, "ResourceId");
    let policies = desk.part(policies, |_, policies| {
        let each = policies.into_iter().filter_map(|policy| {
            let of = Config::of(
                policy,
                &[
                    ("PolicyType", "", As::Text),
                    ("TargetTracking", "TargetTrackingScalingPolicyConfiguration", As::Sets),
                    ("StepScaling", "StepScalingPolicyConfiguration", As::Sets),
                ],
            );
            Some((text(policy, "PolicyName")?.to_owned(), of.value()))
        });
        Value::Object(each.collect())
    })?;
    config.put("Policies", policies);
    // An old one has no ARN, and no tags.
    let arn = text(one, "ScalableTargetARN").map(str::to_owned);
    let tagged = match &arn {
        Some(arn) => desk.call(&TARGET_TAGS, json!({ "ResourceARN": arn })),
        None => Err(Stop::Absent),
    };
    let tagged = desk.part(tagged, |desk, one| Value::Object(tags_of(pick::at(one, "Tags"), desk.sealer)))?;
    // Without tags of its own it is whose its service is.
    let tags = with_tags(&mut config, tagged).filter(|tags| !tags.is_empty());
    let name = service.and_then(|service| service.rsplit('/').next()).map(str::to_owned);
    found(Found { arn, name, config, tags })
}
