//! Terraform that brings back what a snapshot holds. Pure: reads no cloud and no disk, and runs nothing.

pub mod address;
pub mod after;
pub mod drift;
pub mod files;
pub mod generate;
pub mod hcl;
mod known;
mod nested;
#[cfg(test)]
mod reading;
pub mod reference;
pub mod regions;
pub mod restore;
mod rules;
mod sealed;
pub mod since;
pub mod source;
pub mod state;

pub use generate::{Generated, Written, address_of, generate};
pub use rules::Layer;
pub use sealed::Sealing;
pub use source::Note;
pub use state::Instance;

/// Where a resource of `kind` is written, and as what class of Terraform's; `None` for a kind that is not.
pub fn written_as(kind: &str) -> Option<(Layer, &'static str)> {
    rules::of(kind).map(|rule| (rule.layer, rule.class))
}
