//! What can be asked of a cloud, as data. Asking changes nothing, ever.

pub use super::family::*;
pub use super::local::{HttpProbe, Invocation};
pub use super::route53::words::{DnsQuestion, ZoneRef};
use crate::plan::{AccountName, Region};
use serde::{Deserialize, Serialize};

/// Where a question or an operation goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The region whose endpoint is called.
    pub region: Region,
    /// The account, by its name in the plan; the ambient credentials when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountName>,
}

/// A question at a place. Equal asks of different steps are asked once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ask {
    /// Where.
    pub place: Place,
    /// What.
    #[serde(flatten)]
    pub query: Query,
}
