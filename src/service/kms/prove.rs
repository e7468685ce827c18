//! The proof that a key can be used with these credentials: KMS is asked whether it would make a data key, and makes none.

use super::key::{Key, trouble};
use super::words::Operation;
use crate::service::ask::Ask;
use crate::service::operation::{self, Act};
use crate::service::work::{Asked, Check, Facts, Outputs, Verdict, Work};
use crate::text::Clean;

/// A proof.
pub(super) struct Prove {
    pub key: Key,
}

impl Work for Prove {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.key.want().ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let key = match self.key.proven(facts) {
            Ok(key) => key,
            Err(verdict) => return verdict,
        };
        if let Some(help) = trouble(&key.state) {
            return Verdict::bad(format!("{} is {}", key.arn, key.state), help);
        }
        match facts.asked {
            Asked::Taken { .. } => {
                Verdict::holds(format!("GenerateDataKey would be carried out by {}", key.arn), Outputs::new())
            }
            Asked::No | Asked::Unanswered { .. } => Verdict::untouched("not proved yet"),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let mut checks = self.key.checks(facts);
        if let Ok(key) = self.key.proven(facts) {
            let holds = key.usage.as_str() == "ENCRYPT_DECRYPT" && key.spec.as_str() == "SYMMETRIC_DEFAULT";
            let found = format!("{}, {}", key.usage, key.spec);
            let fix = "leave `prove` out: only a symmetric key that encrypts makes data keys";
            checks.push(Check::that("kms-usage", holds, found, "ENCRYPT_DECRYPT, SYMMETRIC_DEFAULT", fix));
        }
        checks
    }

    fn touched(&self, facts: &Facts<'_>) -> Option<Vec<Clean>> {
        Some(vec![facts.see(&self.key.want()).found()?.arn.clone()])
    }

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        let operation = Operation::ProveKey { id: self.key.id.clone() };
        Some(Act { place: self.key.place.clone(), operation: operation::Operation::Kms(operation) })
    }
}
