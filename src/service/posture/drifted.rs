//! Whether what runs is what code declares: what no state has a rebuild from it does not make, and what a state has otherwise
//! the next apply takes back.

use super::{listed, rule, untold};
use crate::service::readiness::Rule;
use crate::service::work::Check;
use crate::snapshot::{Compared, Drift, Finding};
use std::collections::BTreeSet;
use std::sync::Arc;

/// That all of it is in code.
pub static UNDECLARED: Rule = Rule {
    costs: "whoever rebuilds it from code has all but that",
    source: "AWS Well-Architected REL08-BP05; Landfall",
    ..rule(
        "drift-undeclared",
        "nothing that runs and that no state of Terraform declares",
        "landfall codify PLAN --terraform STATE --out DIR writes what is missing; or accept it with a [[waive]]",
    )
};
/// That an apply changes nothing.
pub static WOULD_REVERT: Rule = Rule {
    costs: "the next terraform apply takes it back: a hotfix is lost on the day that somebody applies what code says",
    source: "AWS Well-Architected REL08-BP05; Landfall",
    ..rule(
        "drift-would-revert",
        "nothing that runs otherwise than a state of Terraform declares",
        "landfall drift PLAN shows each; landfall codify PLAN --out DIR writes it as it runs, to be declared so before anybody applies",
    )
};

/// What shows more of it.
const SHOWS: &str = "landfall drift PLAN shows what is compared with what, and what is not";

/// What is declared of an application.
#[derive(Clone, Debug, Default)]
pub enum Declared {
    /// Its plan names no state.
    #[default]
    Nowhere,
    /// It names some that cannot be read, with why.
    Unreadable(String),
    /// What came of comparing the newest snapshot with them.
    Compared {
        /// The differences.
        compared: Arc<Compared>,
        /// How many things run and are declared the same.
        same: usize,
    },
}

impl Declared {
    /// What both rules say.
    pub(super) fn judge(&self) -> [(&'static Rule, Check); 2] {
        [(&UNDECLARED, self.undeclared()), (&WOULD_REVERT, self.would_revert())]
    }

    fn undeclared(&self) -> Check {
        self.of(&UNDECLARED, |drift| drift == Drift::Undeclared)
    }

    fn would_revert(&self) -> Check {
        self.of(&WOULD_REVERT, |drift| matches!(drift, Drift::Changed | Drift::Missing))
    }

    fn of(&self, rule: &'static Rule, is_it: fn(Drift) -> bool) -> Check {
        let (compared, same) = match self {
            Self::Nowhere => {
                let fix = "terraform = [\"…\"] in [capture] names the files that terraform state pull writes";
                return untold(rule, "nothing says what is declared: the plan names no state of Terraform", fix);
            }
            Self::Unreadable(why) => {
                return untold(rule, why, "landfall drift PLAN --terraform STATE tells more of what cannot be read");
            }
            Self::Compared { compared, same } => (compared, *same),
        };
        let findings = &compared.findings;
        let found: Vec<String> = findings.iter().filter(|one| is_it(one.drift)).map(told).collect();
        if !found.is_empty() {
            return rule.failing(listed(&found));
        }
        let unread: BTreeSet<String> = findings
            .iter()
            .filter(|one| one.drift == Drift::Unread)
            .map(|one| format!("{}/{}", one.kind, one.id))
            .collect();
        let unread: Vec<String> = unread.into_iter().collect();
        match (unread.is_empty(), compared.uncompared, same) {
            (false, ..) => untold(rule, format!("not compared: {}", listed(&unread)), SHOWS),
            // What is sealed on both sides may be anything.
            (true, sealed @ 1.., _) => {
                let fix = "give [capture] a key, and capture again: without one, or by two keys, they are not compared";
                untold(rule, format!("{sealed} sealed values cannot be told apart"), fix)
            }
            // A state of something else says nothing of this application.
            (true, 0, 0) => untold(rule, "no state declares anything of what was captured", SHOWS),
            (true, 0, same) => rule.ok(format!("{same} as declared")),
        }
    }
}

/// What comes of a difference: what an apply would do says of what itself.
fn told(one: &Finding) -> String {
    let called = one.name.as_ref().unwrap_or(&one.id);
    match one.drift {
        Drift::Undeclared => match &one.field {
            Some(field) => format!("{} {called}: {field}", one.kind),
            None => format!("{} {called}", one.kind),
        },
        _ => one.consequence.clone(),
    }
}
