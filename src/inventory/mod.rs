//! What an application is made of, found along what refers to what. Pure: it says what is asked and reads what is answered;
//! who asks is the [`cloud`](crate::cloud). One row a kind says by which calls it is read, which of its fields are kept, and
//! what it needs.

pub mod arn;
pub mod ask;
pub mod desk;
mod document;
mod kinds;
#[cfg(test)]
mod kinds_tests;
pub mod pick;
pub mod registry;
mod seeds;
pub mod survey;
#[cfg(test)]
mod tests;

pub use arn::Here;
pub use ask::{Answer, Api, Ask, Operation, Unread};
pub use survey::{Scope, Survey};
