//! The name of an image, where it says a private registry of Amazon ECR.

use crate::plan::Region;
use crate::text::Clean;

/// An image of a private registry: `ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG` or `…@sha256:DIGEST`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::service) struct Reference {
    /// The account whose registry it is.
    pub account: Clean,
    /// The region it is pulled from.
    pub region: Region,
    /// The repository's name.
    pub repository: Clean,
    /// The tag, or the digest where one is given: a digest goes before a tag.
    pub image: Clean,
}

/// What is pulled where neither a tag nor a digest is given.
const LATEST: &str = "latest";

impl Reference {
    /// What `name` says; `None` where it is no image of a private registry of ECR.
    pub fn parse(name: &str) -> Option<Self> {
        let (host, path) = name.split_once('/')?;
        let (account, region) = registry(host)?;
        let (path, digest) = match path.split_once('@') {
            Some((path, digest)) => (path, Some(digest)),
            None => (path, None),
        };
        let (repository, tag) = path.split_once(':').unwrap_or((path, LATEST));
        let image = digest.unwrap_or(tag);
        let is_whole = !repository.is_empty() && !image.is_empty() && !name.contains("${");
        is_whole.then(|| Self {
            account: account.into(),
            region: Region::new(region),
            repository: repository.into(),
            image: image.into(),
        })
    }
}

/// The account and the region of a registry's host, of any partition, with FIPS or over IPv6 too ("Amazon ECR endpoints",
/// ECR User Guide): `ACCOUNT.dkr.ecr.REGION.SUFFIX`, `ACCOUNT.dkr-ecr.REGION.on.aws`.
fn registry(host: &str) -> Option<(&str, &str)> {
    let parts: Vec<&str> = host.split('.').collect();
    let (account, region) = match parts[..] {
        [account, "dkr", "ecr" | "ecr-fips", region, _, ..] => (account, region),
        [account, "dkr-ecr" | "dkr-ecr-fips", region, _, ..] => (account, region),
        _ => return None,
    };
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    (is_account && !region.is_empty()).then_some((account, region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_of_a_private_registry_is_told_by_its_name() {
        let table = [
            ("123456789012.dkr.ecr.us-west-2.amazonaws.com/api:v1", "us-west-2", "api", "v1"),
            ("123456789012.dkr.ecr.us-west-2.amazonaws.com/shop/api", "us-west-2", "shop/api", "latest"),
            ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/a/b/c:1.2", "cn-north-1", "a/b/c", "1.2"),
            ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/api@sha256:ab", "eu-west-1", "api", "sha256:ab"),
            ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/api:v1@sha256:ab", "eu-west-1", "api", "sha256:ab"),
            ("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/api:v1", "us-gov-west-1", "api", "v1"),
            ("123456789012.dkr-ecr.us-west-2.on.aws/api:v1", "us-west-2", "api", "v1"),
        ];
        for (name, region, repository, image) in table {
            let found = Reference::parse(name).expect(name);
            let told = [found.account.as_str(), found.region.as_str(), found.repository.as_str(), found.image.as_str()];
            assert_eq!(told, ["123456789012", region, repository, image], "{name}");
        }
    }

    #[test]
    fn every_other_image_is_none_of_a_private_registry() {
        let table = [
            "",
            "nginx",
            "nginx:1.27",
            "library/nginx:1.27",
            "public.ecr.aws/nginx/nginx:1.27",
            "registry.example:5000/api:v1",
            "ghcr.io/shop/api@sha256:ab",
            "12.dkr.ecr.us-west-2.amazonaws.com/api:v1",
            "shop.dkr.ecr.us-west-2.amazonaws.com/api:v1",
            "123456789012.dkr.ecr.us-west-2.amazonaws.com",
            "123456789012.dkr.ecr.us-west-2.amazonaws.com/",
            "123456789012.dkr.ecr.us-west-2.amazonaws.com/api:",
            "123456789012.dkr.ecr.us-west-2.amazonaws.com/api:${build.tag}",
            "123456789012.dkr.ecr.us-west-2/api:v1",
        ];
        for name in table {
            assert_eq!(Reference::parse(name), None, "{name}");
        }
    }
}
