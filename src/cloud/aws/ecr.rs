//! Amazon ECR: whether an image is in a private registry of a region.

use super::caller::{Read, Service};
use serde::{Deserialize, Serialize};

/// What is asked here.
pub(super) const READS: &[&str] = &["DescribeImages"];

/// The service, as its model has it.
pub(super) const SERVICE: Service = Service {
    id: "ECR",
    signing_name: "ecr",
    host: "api.ecr",
    dual_stack_host: "ecr",
    target: "AmazonEC2ContainerRegistry_V20150921",
    json: "1.1",
    reads: &[READS],
};

/// The codes of an image, or of its whole repository, that is not there.
pub(super) const ABSENT: &[&str] = &["ImageNotFoundException", "RepositoryNotFoundException"];

/// `DescribeImages` of named images. It fails as a whole when one of them is not there.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DescribeImages {
    /// The account whose registry it is.
    pub(super) registry_id: String,
    pub(super) repository_name: String,
    pub(super) image_ids: Vec<ImageId>,
}

/// An image by its tag or its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ImageId {
    ImageTag(String),
    ImageDigest(String),
}

impl Read for DescribeImages {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "DescribeImages";
    type Answer = Described;
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Described {
    pub(super) image_details: Vec<Detail>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Detail {
    pub(super) image_digest: Option<String>,
    #[serde(default)]
    pub(super) image_tags: Vec<String>,
    /// In seconds since 1970.
    pub(super) image_pushed_at: Option<f64>,
    /// `ACTIVE`, `ARCHIVED` or `ACTIVATING`; none of an image of a registry that archives nothing.
    pub(super) image_status: Option<String>,
}
