//! Amazon ECR: whether an image is in a private registry of a region.

use super::audit::Audit;
use super::caller::{At, Protocol, Read, Service};
use super::desk::{Answers, Asked, Eye, Look};
use super::trouble::Trouble;
use crate::service::observation::RegistryImage;
use crate::service::{EcrObservation, EcrQuery, Observation, Query};
use crate::text::Clean;
use futures::future::join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is asked here.
pub(super) const READS: &[&str] = &["DescribeImages"];

/// The service, as its model has it.
pub(super) const SERVICE: Service = Service {
    id: "ECR",
    signing_name: "ecr",
    at: At::Regions,
    host: "api.ecr",
    dual_stack_host: "ecr",
    protocol: Protocol::Json { target: "AmazonEC2ContainerRegistry_V20150921", version: "1.1" },
    reads: &[READS],
    acts: &[],
};

/// How many images one DescribeImages takes (ECR API Reference, imageIds).
const IMAGES: usize = 100;

/// The codes of an image, or of its whole repository, that is not there.
pub(super) const ABSENT: &[&str] = &[NO_IMAGE, "RepositoryNotFoundException"];
const NO_IMAGE: &str = "ImageNotFoundException";

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

/// One image that is asked for.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    query: &'a Query,
    image: &'a str,
}

/// The looks that answer `asked`: one a repository, whose images are asked for in one call.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, EcrQuery>) -> Vec<Look<'a>> {
    let mut repositories: BTreeMap<(&str, &str), Vec<Wanted<'_>>> = BTreeMap::new();
    for (query, words) in asked {
        match words {
            EcrQuery::RegistryImage { registry, repository, image } => {
                repositories.entry((registry, repository)).or_default().push(Wanted { query, image });
            }
        }
    }
    let of = |(repository, images): ((&'a str, &'a str), Vec<Wanted<'a>>)| {
        let queries = images.iter().map(|wanted| wanted.query).collect();
        Look::of(queries, |_| look(eye, repository, images))
    };
    repositories.into_iter().map(of).collect()
}

async fn look(eye: Eye<'_>, repository: (&str, &str), images: Vec<Wanted<'_>>) -> Answers {
    let looks = images.chunks(IMAGES).map(|images| of_repository(eye, repository, images));
    join_all(looks).await.into_iter().flatten().collect()
}

/// All in one call; each by itself once one of them is said to be absent, as that fails the whole call and does not tell
/// of the others.
async fn of_repository(eye: Eye<'_>, repository: (&str, &str), images: &[Wanted<'_>]) -> Answers {
    match (described(eye, repository, images).await, images) {
        (Err(trouble), [_, _, ..]) if trouble.is(&[NO_IMAGE]) => {
            let alone = images.iter().map(|image| async move {
                let images = std::slice::from_ref(image);
                answers(&described(eye, repository, images).await, images)
            });
            join_all(alone).await.into_iter().flatten().collect()
        }
        (found, images) => answers(&found, images),
    }
}

async fn described(
    eye: Eye<'_>,
    (registry, repository): (&str, &str),
    images: &[Wanted<'_>],
) -> Result<Vec<Detail>, Trouble> {
    let request = DescribeImages {
        registry_id: registry.to_owned(),
        repository_name: repository.to_owned(),
        image_ids: images.iter().map(|wanted| ImageId::of(wanted.image)).collect(),
    };
    let audit = Audit::look(eye, "ecr");
    let found = audit.settle(eye.clients.caller.read(request, audit.clone())).await?;
    Ok(found.image_details)
}

fn answers(found: &Result<Vec<Detail>, Trouble>, images: &[Wanted<'_>]) -> Answers {
    let answer = |wanted: &Wanted<'_>| match found {
        Ok(details) => {
            let image = details.iter().find(|detail| detail.is(wanted.image)).map(observed);
            Ok(Observation::Ecr(EcrObservation::RegistryImage { image }))
        }
        Err(trouble) if trouble.is(ABSENT) => Ok(Observation::Ecr(EcrObservation::RegistryImage { image: None })),
        Err(trouble) => Err(trouble.unanswered()),
    };
    images.iter().map(|wanted| (wanted.query.clone(), answer(wanted))).collect()
}

impl ImageId {
    /// By its digest where it is one: no tag has a colon in it.
    fn of(image: &str) -> Self {
        match image.contains(':') {
            true => Self::ImageDigest(image.to_owned()),
            false => Self::ImageTag(image.to_owned()),
        }
    }
}

impl Detail {
    fn is(&self, image: &str) -> bool {
        self.image_digest.as_deref() == Some(image) || self.image_tags.iter().any(|tag| tag == image)
    }
}

fn observed(detail: &Detail) -> RegistryImage {
    // A tenth of a millisecond more or less is no matter.
    let pushed_at = detail.image_pushed_at.and_then(|seconds| Timestamp::from_millisecond((seconds * 1e3) as i64).ok());
    RegistryImage {
        digest: Clean::new(detail.image_digest.as_deref().unwrap_or_default()),
        pushed_at,
        status: Clean::new(detail.image_status.as_deref().unwrap_or_default()),
    }
}
