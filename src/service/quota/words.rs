//! What can be asked of Service Quotas, and what it said.

use crate::service::Place;
use crate::service::family::Asked;
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `servicequotas:GetServiceQuota`; where nobody has asked for more, `servicequotas:GetAWSDefaultServiceQuota`.
    Quota {
        /// ServiceCode: `fargate`.
        service: Clean,
        /// QuotaCode: `L-3032A538`.
        code: Clean,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::Quota { .. } => "servicequotas.GetServiceQuota",
        }
    }

    fn is_a_call_each(&self) -> bool {
        true
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        let query = Self::Quota { service: "fargate".into(), code: "L-3032A538".into() };
        vec![(query, Observation::Quota { quota: None })]
    }
}

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// A quota.
    Quota {
        /// It, if the region has one of that code.
        quota: Option<Quota>,
    },
}

/// A quota, as it counts for the account in a region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quota {
    /// QuotaName.
    pub name: Clean,
    /// Value.
    pub value: f64,
}

/// A quota of the account of `at`, in its region.
pub(in crate::service) fn quota(at: &Place, service: &str, code: &str) -> Want<Quota> {
    Want::new(at.ask(Query::Quota { service: service.into(), code: code.into() }), |seen| match seen {
        any::Observation::Quotas(Observation::Quota { quota }) => Some(quota.as_ref()),
        _ => None,
    })
}
