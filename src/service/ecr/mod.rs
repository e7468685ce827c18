//! What can be asked of Amazon ECR, and what it said: whether an image can be pulled from a private registry.

pub(super) mod reference;

use super::Place;
use super::observation as any;
use super::work::Want;
use crate::service::family::Asked;
use crate::text::Clean;
use jiff::Timestamp;
use reference::Reference;
use serde::{Deserialize, Serialize};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `ecr:DescribeImages`, the images of one repository in one call.
    RegistryImage {
        /// The account whose registry it is.
        registry: Clean,
        /// The repository's name.
        repository: Clean,
        /// The image's tag, or its digest: `sha256:…`.
        image: Clean,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::RegistryImage { .. } => "ecr.DescribeImages",
        }
    }

    fn is_a_call_each(&self) -> bool {
        false
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        let query =
            Query::RegistryImage { registry: "123456789012".into(), repository: "shop/api".into(), image: "v1".into() };
        vec![(query, Observation::RegistryImage { image: None })]
    }
}

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// An image of a registry.
    RegistryImage {
        /// The image; `None` when neither it nor its repository is there.
        image: Option<RegistryImage>,
    },
}

/// What `DescribeImages` says of an image.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RegistryImage {
    /// imageDigest.
    pub digest: Clean,
    /// imagePushedAt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed_at: Option<Timestamp>,
    /// imageStatus: `ACTIVE`, `ARCHIVED`, `ACTIVATING`, an open string; empty where nothing is archived.
    pub status: Clean,
}

/// An image, as the registry of `at` has it.
pub(super) fn image(at: &Place, wanted: &Reference) -> Want<RegistryImage> {
    let Reference { account, repository, image, .. } = wanted;
    let query =
        Query::RegistryImage { registry: account.clone(), repository: repository.clone(), image: image.clone() };
    Want::new(at.ask(query), |seen| match seen {
        any::Observation::Ecr(Observation::RegistryImage { image }) => Some(image.as_ref()),
        _ => None,
    })
}
