//! Values that are never written down. Where a secret stood in a text stands a [`Token`]: its length and a keyed hash.
//! The values themselves are kept in memory by [`Secrets`], which opens tokens right before something is sent and seals
//! what comes back. Pure: knows no file, no environment, no plan and no cloud.

mod blot;
mod flags;
pub mod key;
pub mod looks;
mod parts;
pub mod scan;
pub mod secrets;
pub mod token;

pub use key::Key;
pub use looks::{is_secret, name_is_secret};
pub use secrets::{Missing, Secret, Secrets};
pub use token::Token;
