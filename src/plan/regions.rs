//! The regions of AWS there were when this program was made, all partitions, and which has a partition's global services.

use super::names::Region;

/// By partition, then by name (AWS General Reference, "Regions, Availability Zones, and Local Zones").
pub(super) const KNOWN: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "me-west-1",
    "mx-central-1",
    "sa-east-1",
    "sa-west-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "cn-north-1",
    "cn-northwest-1",
    "eusc-de-east-1",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
    "eu-isoe-west-1",
];

/// Whether there was a region of that name.
pub(super) fn is_known(name: &str) -> bool {
    KNOWN.contains(&name)
}

/// A service with one control plane a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Global {
    /// Amazon Route 53.
    Route53,
    /// AWS IAM.
    Iam,
    /// AWS Global Accelerator.
    Accelerator,
}

impl Global {
    /// As people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Route53 => "Route 53",
            Self::Iam => "IAM",
            Self::Accelerator => "Global Accelerator",
        }
    }

    /// The region that has its control plane for the partition of `region` (AWS Fault Isolation Boundaries, appendix B;
    /// where its calls are signed for, outside of `aws`).
    pub fn home(self, region: &Region) -> Region {
        const PARTITIONS: [(&str, &str); 6] = [
            ("us-gov-", "us-gov-west-1"),
            ("us-isob-", "us-isob-east-1"),
            ("us-isof-", "us-isof-south-1"),
            ("us-iso-", "us-iso-east-1"),
            ("eu-isoe-", "eu-isoe-west-1"),
            ("eusc-", "eusc-de-east-1"),
        ];
        let found = PARTITIONS.iter().find(|(prefix, _)| region.as_str().starts_with(prefix));
        Region::new(match (self, found) {
            // Of this partition alone.
            (Self::Accelerator, _) => "us-west-2",
            (_, Some((_, home))) => home,
            (Self::Route53, None) if region.as_str().starts_with("cn-") => "cn-northwest-1",
            (Self::Iam, None) if region.as_str().starts_with("cn-") => "cn-north-1",
            (Self::Route53 | Self::Iam, None) => "us-east-1",
        })
    }
}

/// The partition of `region`, as ARNs name it, and the suffix of its services' names as policies do (AWS's own clients,
/// `partitions.json`).
pub fn partition(region: &Region) -> (&'static str, &'static str) {
    const PARTITIONS: [(&str, &str, &str); 7] = [
        ("cn-", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-", "aws-us-gov", "amazonaws.com"),
        ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
        ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
        ("us-iso-", "aws-iso", "c2s.ic.gov"),
        ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"),
        ("eusc-", "aws-eusc", "amazonaws.eu"),
    ];
    let found = PARTITIONS.iter().find(|(prefix, ..)| region.as_str().starts_with(prefix));
    found.map_or(("aws", "amazonaws.com"), |(_, name, suffix)| (name, suffix))
}
