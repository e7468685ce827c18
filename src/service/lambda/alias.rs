//! An alias is of the plan's version, of that alone: of one with weights others get a share of its calls.

use super::words::{self, FunctionAlias, Operation};
use crate::service::ask::{Ask, Place};
use crate::service::operation::{self, Act};
use crate::service::work::{Asked, Check, Facts, Image, Look, Outputs, Verdict, Want, Work};
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// An alias as it was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Was {
    /// FunctionVersion.
    pub version: Clean,
    /// AdditionalVersionWeights.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<Clean, f64>,
}

impl Was {
    fn is(&self, alias: &FunctionAlias) -> bool {
        self.version == alias.version && self.weights == alias.weights
    }
}

/// An alias comes to be of a version.
pub(super) struct Point {
    pub place: Place,
    pub function: Clean,
    pub alias: Clean,
    /// As it is to be.
    pub to: Was,
    /// As it was left, for a way back: what another made of it since is left alone.
    pub from: Option<Was>,
}

impl Point {
    fn want(&self) -> Want<FunctionAlias> {
        words::alias(&self.place, &self.function, &self.alias)
    }

    fn absent(&self) -> String {
        format!("{} has no alias {} in {}", self.function, self.alias, self.place.region)
    }

    fn is_anothers(&self, alias: &FunctionAlias) -> bool {
        self.from.as_ref().is_some_and(|from| !from.is(alias))
    }
}

fn in_words(alias: &FunctionAlias) -> String {
    let others: Vec<&str> = alias.weights.keys().map(Clean::as_str).collect();
    let others = if others.is_empty() { String::new() } else { format!(", and in part of {}", others.join(", ")) };
    format!("of version {}{others}", alias.version)
}

fn others(alias: &FunctionAlias) -> Verdict {
    let reason = format!("it was changed by another since, and is {}", in_words(alias));
    Verdict::bad(reason, "see who else points this alias, and what it is to be of")
}

impl Work for Point {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        let mut asks = vec![self.want().ask];
        if *asked == Asked::No && self.from.is_none() {
            asks.push(words::function(&self.place, &self.function, Some(&self.to.version)).ask);
        }
        asks
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let alias = match facts.see(&self.want()) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => return Verdict::bad(self.absent(), FIX),
            Look::There(alias) => alias,
        };
        if self.to.is(alias) {
            return Verdict::holds(format!("{} is {}", self.alias, in_words(alias)), Outputs::new());
        }
        match facts.asked {
            Asked::No if self.is_anothers(alias) => others(alias),
            Asked::No | Asked::Unanswered { .. } => Verdict::untouched(in_words(alias)),
            Asked::Taken { receipt, .. } => {
                let is_as_before = Was::of_journal(facts.before).is_some_and(|was| was.is(alias));
                // Its own revision is gone, and what is there is not what was: another has come after it.
                let is_over = receipt.id.as_ref().is_some_and(|revision| *revision != alias.revision);
                if is_over && !is_as_before {
                    return others(alias);
                }
                Verdict::moving(format!("{} yet", in_words(alias)))
            }
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let wanted = format!("the alias {} of {}", self.alias, self.function);
        let there = match facts.see(&self.want()) {
            Look::NotTold(why) => Check::not_told("lambda-alias", why, &wanted),
            Look::Absent => Check::that("lambda-alias", false, self.absent(), &wanted, FIX),
            Look::There(alias) => Check::that("lambda-alias", true, in_words(alias), &wanted, ""),
        };
        if self.from.is_some() {
            return vec![there];
        }
        let (code, version) = ("lambda-version", &self.to.version);
        let wanted = format!("version {version} of {}, active", self.function);
        let fix = "publish it in that region, or name another";
        let version = match facts.see(&words::function(&self.place, &self.function, Some(version))) {
            Look::NotTold(why) => Check::not_told(code, why, &wanted),
            Look::Absent => Check::that(code, false, "it is not there", &wanted, fix),
            Look::There(found) => {
                let is_active = matches!(found.state.as_str(), "Active" | "Inactive");
                Check::that(code, is_active, found.state.as_str(), &wanted, fix)
            }
        };
        vec![there, version]
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let alias = facts.see(&self.want()).found();
        if alias.is_some_and(|alias| self.is_anothers(alias)) {
            return None;
        }
        // One that is not there is refused before anything is sent.
        let revision = alias.map(|alias| alias.revision.clone()).unwrap_or_default();
        let operation = Operation::PointAlias {
            function: self.function.clone(),
            alias: self.alias.clone(),
            version: self.to.version.clone(),
            weights: self.to.weights.clone(),
            revision,
        };
        Some(Act { place: self.place.clone(), operation: operation::Operation::Lambda(operation) })
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        let was = facts.see(&self.want()).found();
        let was = was.map(|alias| Was { version: alias.version.clone(), weights: alias.weights.clone() });
        was.map(|was| was.kept()).unwrap_or_default()
    }
}

const FIX: &str = "make it there: a failover makes none";
