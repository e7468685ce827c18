//! Repositories of images.

use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, tags, with_tags};
use crate::inventory::pick::{self, As, Config, text};
use crate::inventory::registry::{Kind, found};
use serde_json::{Value, json};

static REPOSITORIES: Operation = Operation::list(Api::Ecr, "DescribeRepositories", "repositories")
    .many(100, |ids| json!({ "repositoryNames": ids }), |one| text(one, "repositoryName").map(str::to_owned))
    .absent(&["RepositoryNotFoundException"]);
static REPOSITORY_TAGS: Operation = Operation::list(Api::Ecr, "ListTagsForResource", "tags");
static IMAGE_LIFECYCLE: Operation =
    Operation::one(Api::Ecr, "GetLifecyclePolicy").absent(&["LifecyclePolicyNotFoundException"]);
static REPOSITORY_POLICY: Operation =
    Operation::one(Api::Ecr, "GetRepositoryPolicy").absent(&["RepositoryPolicyNotFoundException"]);

pub(super) static KINDS: &[Kind] =
    &[Kind::of("repository", repository, &[&REPOSITORIES, &REPOSITORY_TAGS, &IMAGE_LIFECYCLE, &REPOSITORY_POLICY])];

fn repository(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    let one = desk.one(&REPOSITORIES, name);
    let asked = || json!({ "repositoryName": name });
    let (lifecycle, policy) = (desk.call(&IMAGE_LIFECYCLE, asked()), desk.call(&REPOSITORY_POLICY, asked()));
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
    let policy =
        desk.part(policy, |desk, one| desk.sealer.value("policy", &pick::taken(one, "policyText", As::Document)))?;
    config.put("Policy", policy);
    let tagged = desk.part(tagged, |desk, items| Value::Object(tags(&items, desk.sealer)))?;
    let tags = with_tags(&mut config, tagged);
    found(Found { arn: Some(arn.to_owned()), name: Some(name.to_owned()), config, tags })
}
