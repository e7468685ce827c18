//! What an application was like at a moment: a file that says the same of the same application, byte for byte. Pure: reads
//! no cloud and no disk, and holds no value that is secret.

pub mod canonical;
pub mod diff;
pub mod fence;
pub mod format;
pub mod graph;
#[cfg(test)]
pub(crate) mod properties;
pub mod redact;
pub mod store;

pub use diff::{Compared, Drift, Finding, Ignore, compare};
pub use format::{Gap, Outside, RESTORED, Reference, Resource, Snapshot, SnapshotError, Taken};
pub use redact::Sealer;
