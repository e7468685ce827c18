//! Repositories of images.

use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, tags, with_tags};
use crate::inventory::pick::{self, As, Config, each, list, text};
use crate::inventory::registry::{Kind, found};
use crate::snapshot::canonical::sorted;
use serde_json::{Value, json};

static REPOSITORIES: Operation = Operation::list(Api::Ecr, "DescribeRepositories", "repositories")
    .many(100, |ids| json!({ "repositoryNames": ids }), |one| text(one, "repositoryName").map(str::to_owned))
    .absent(&["RepositoryNotFoundException"]);
static REPOSITORY_TAGS: Operation = Operation::list(Api::Ecr, "ListTagsForResource", "tags");
static IMAGE_LIFECYCLE: Operation =
    Operation::one(Api::Ecr, "GetLifecyclePolicy").absent(&["LifecyclePolicyNotFoundException"]);
static REPOSITORY_POLICY: Operation =
    Operation::one(Api::Ecr, "GetRepositoryPolicy").absent(&["RepositoryPolicyNotFoundException"]);

// Of the whole registry: once for all of them.
static REGISTRY: Operation = Operation::one(Api::Ecr, "DescribeRegistry");

pub(super) static KINDS: &[Kind] = &[Kind::of(
    "repository",
    repository,
    &[&REPOSITORIES, &REPOSITORY_TAGS, &IMAGE_LIFECYCLE, &REPOSITORY_POLICY, &REGISTRY],
)];

fn repository(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    let one = desk.one(&REPOSITORIES, name);
    let asked = || json!({ "repositoryName": name });
    let (lifecycle, policy) = (desk.call(&IMAGE_LIFECYCLE, asked()), desk.call(&REPOSITORY_POLICY, asked()));
    let registry = desk.call(&REGISTRY, json!({}));
    let one = one?;
    let arn = text(one, "repositoryArn").unwrap_or_default();
    let tagged = desk.list(&REPOSITORY_TAGS, json!({ "resourceArn": arn }));
    let mut config = Config::of(
        one,
        &[
            ("ImageTagMutability", "imageTagMutability", As::Text),
            ("ScanOnPush", "imageScanningConfiguration.scanOnPush", As::Truth),
            ("EncryptionType", "encryptionConfiguration.encryptionType", As::Text),
            ("KmsKey", "encryptionConfiguration.kmsKey", As::Text),
        ],
    );
    config.names_the_rest(one, &[("imageTagMutabilityExclusionFilters", &[])]);
    desk.refer("kms-key", text(one, "encryptionConfiguration.kmsKey"), "kmsKey");
    desk.known_by(text(one, "repositoryUri"));
    let lifecycle = desk.part(lifecycle, |_, one| pick::taken(one, "lifecyclePolicyText", As::Document))?;
    config.put("LifecyclePolicy", lifecycle);
    let replication = desk.part(registry, |desk, one| replication(desk, one, name))?;
    config.put("Replication", replication);
    let policy =
        desk.part(policy, |desk, one| desk.sealer.value("policy", &pick::taken(one, "policyText", As::Document)))?;
    config.put("Policy", policy);
    let tagged = desk.part(tagged, |desk, items| Value::Object(tags(&items, desk.sealer)))?;
    let tags = with_tags(&mut config, tagged);
    found(Found { arn: Some(arn.to_owned()), name: Some(name.to_owned()), config, tags })
}

/// Where what is pushed to it goes too, by the rules of its registry: the region, and the registry where that is another's.
fn replication(desk: &Desk<'_>, registry: &Value, name: &str) -> Value {
    let is_of = |rule: &&Value| {
        let filters = list(rule, "repositoryFilters");
        filters.is_empty() || each(&filters, "filter").iter().any(|prefix| name.starts_with(prefix))
    };
    let rules = list(registry, "replicationConfiguration.rules").into_iter().filter(is_of);
    let to = rules.flat_map(|rule| list(rule, "destinations")).map(|to| {
        let mut of = Config::of(to, &[("Region", "region", As::Text)]);
        of.put("Registry", text(to, "registryId").filter(|registry| *registry != desk.here.account));
        of.value()
    });
    let mut to = sorted(to.collect());
    to.dedup();
    to.into()
}
