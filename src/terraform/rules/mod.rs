//! How each kind is written: one rule a kind, each telling everything that a snapshot has of it.

mod containers;
mod data;
mod edge;
mod identity;
mod machines;
mod messages;
mod network;
mod storage;

use super::source::{Made, Source};

/// How a kind is written.
#[derive(Clone, Copy)]
pub struct Rule {
    /// The kind.
    pub kind: &'static str,
    /// What Terraform calls it.
    pub class: &'static str,
    /// Where it stands: networks come before what stands in them.
    pub layer: Layer,
    /// What a field that names one says of it.
    pub says: &'static str,
    /// What its ARN is said by.
    pub arn: &'static str,
    /// What it becomes.
    pub write: fn(&Source<'_>, &mut Made),
}

/// The order in which an application is brought up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Layer {
    Network,
    Identity,
    Data,
    Compute,
    Edge,
}

impl Layer {
    /// What a file of it is called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Identity => "identity",
            Self::Data => "data",
            Self::Compute => "compute",
            Self::Edge => "edge",
        }
    }
}

/// A rule whose ARN is `arn`.
const fn rule(
    kind: &'static str,
    class: &'static str,
    layer: Layer,
    says: &'static str,
    write: fn(&Source<'_>, &mut Made),
) -> Rule {
    Rule { kind, class, layer, says, arn: "arn", write }
}

/// Every rule.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let all = [
        network::RULES,
        identity::RULES,
        data::RULES,
        storage::RULES,
        containers::RULES,
        machines::RULES,
        edge::RULES,
        messages::RULES,
    ];
    all.into_iter().flatten()
}

/// Whether a rule's resources are of this class.
pub fn is_written(class: &str) -> bool {
    rules().any(|rule| rule.class == class)
}

/// The rule of a kind.
pub fn of(kind: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.kind == kind)
}
