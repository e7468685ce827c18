//! Terraform that brings back what a snapshot holds. Pure: reads no cloud and no disk, and runs nothing.

pub mod address;
pub mod files;
pub mod generate;
pub mod hcl;
mod known;
mod nested;
#[cfg(test)]
mod reading;
pub mod reference;
mod rules;
pub mod source;

pub use generate::{Generated, Written, address_of, generate};
pub use source::Note;
