//! The names a plan gives to things, each a type of its own so that one cannot stand for another.

use crate::text::Clean;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Clean);

        impl $name {
            /// Takes the name, cleaned.
            pub fn new(raw: &str) -> Self {
                Self(Clean::new(raw))
            }
            /// The name as text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
        impl From<&str> for $name {
            fn from(raw: &str) -> Self {
                Self::new(raw)
            }
        }
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.0.as_str()
            }
        }
    };
}

name!(
    /// A cloud region, such as `us-west-2`.
    Region
);
name!(
    /// A component's name in the plan: `[a-z0-9-]+`.
    ComponentName
);
name!(
    /// An account's name in the plan, under `[account.NAME]`.
    AccountName
);
name!(
    /// A step's identity: `component/action`, such as `orders-db/promote`.
    StepId
);

impl StepId {
    /// The identity of `component`'s step `action`.
    pub fn of(component: &ComponentName, action: &str) -> Self {
        Self::new(&format!("{component}/{action}"))
    }
    /// The action: what stands behind the last slash.
    pub fn action(&self) -> &str {
        self.as_str().rsplit('/').next().unwrap_or_default()
    }
}
