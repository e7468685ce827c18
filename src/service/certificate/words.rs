//! What can be asked of AWS Certificate Manager, and what it said: statuses are kept as the open strings they are.

use super::names::cover;
use crate::service::Place;
use crate::service::family::Asked;
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `acm:ListCertificates` once for all of a region, of every key type: unasked it tells those of RSA only. Then
    /// `acm:DescribeCertificate` of each that answers for the domain.
    Certificates {
        /// The name that clients ask for.
        domain: Clean,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::Certificates { .. } => "acm.ListCertificates",
        }
    }

    fn is_a_call_each(&self) -> bool {
        match self {
            Self::Certificates { .. } => true,
        }
    }

    // The list, and what is in it.
    fn calls(&self) -> usize {
        2
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        vec![(
            Query::Certificates { domain: "shop.example.com".into() },
            Observation::Certificates { certificates: Vec::new() },
        )]
    }
}

impl Query {
    /// Whether a certificate with this name answers for what is asked about.
    pub fn is_met_by(&self, name: &str) -> bool {
        match self {
            Self::Certificates { domain } => cover(name, domain).is_some(),
        }
    }
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// The certificates of a region that answer for a domain.
    Certificates {
        /// All of them, whatever their status; empty where there is none.
        certificates: Vec<Certificate>,
    },
}

/// What `DescribeCertificate` says of a certificate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// CertificateArn.
    pub arn: Clean,
    /// DomainName and SubjectAlternativeNames.
    pub names: Vec<Clean>,
    /// `ISSUED`, `PENDING_VALIDATION`, …, an open string.
    pub status: Clean,
    /// Type: `AMAZON_ISSUED`, `IMPORTED`, `PRIVATE`.
    pub issued_as: Clean,
    /// NotBefore.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// NotAfter. It is told of one that nobody has validated yet, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
    /// How many things InUseBy names.
    pub used_by: u64,
    /// FailureReason or RevocationReason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Clean>,
    /// RenewalStatus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewal: Option<Clean>,
}

/// The certificates of `at` that answer for `domain`.
pub(in crate::service) fn certificates(at: &Place, domain: &Clean) -> Want<Vec<Certificate>> {
    Want::new(at.ask(Query::Certificates { domain: domain.clone() }), |seen| match seen {
        any::Observation::Acm(Observation::Certificates { certificates }) => Some(Some(certificates)),
        _ => None,
    })
}
