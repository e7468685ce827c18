//! A parameter holds what the plan gives, by a version that was not there before. The value of a SecureString is not asked
//! for: there the version alone tells.

use super::words::{self, Operation, SECURE, StoredParameter};
use crate::service::ask::{Ask, Place};
use crate::service::kms;
use crate::service::operation::{self, Act};
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Look, Verdict, Want, Work};
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A parameter as it was: never its value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Was {
    /// Its version; none where it was not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// Its type, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Clean>,
}

/// A value is put.
pub(super) struct Put {
    pub place: Place,
    pub name: Clean,
    pub value: String,
    pub kind: Option<Clean>,
    pub key: Option<Clean>,
    /// Whether it is made where it is not there.
    pub makes: bool,
}

/// The version that a reply names.
pub(super) fn told_version(asked: &Asked) -> Option<u64> {
    asked.receipt()?.id.as_ref()?.parse().ok()
}

impl Put {
    fn want(&self) -> Want<StoredParameter> {
        words::parameter(&self.place, &self.name)
    }

    /// What it is to be, as far as it is known.
    fn kind<'a>(&'a self, there: Option<&'a StoredParameter>) -> &'a str {
        self.kind.as_deref().or(there.map(|found| found.kind.as_str())).unwrap_or("String")
    }

    fn holds(&self, found: &StoredParameter, how: &str) -> Verdict {
        Verdict::holds(format!("version {} {how}", found.version), outputs([("value", &self.value)]))
    }

    /// What a look after the sending means, of a value that can be compared.
    fn by_value(&self, facts: &Facts<'_>, found: &StoredParameter, before: Option<u64>) -> Verdict {
        let is_wanted = found.value.as_deref() == Some(self.value.as_str()) && self.is_kind(found);
        let told = told_version(facts.asked);
        match (is_wanted, facts.asked) {
            (true, Asked::No) => self.holds(found, "holds it already"),
            (true, _)
                if told.is_none_or(|told| found.version >= told)
                    && before.is_none_or(|before| found.version > before) =>
            {
                self.holds(found, "holds it")
            }
            (_, Asked::Taken { .. }) if told.is_some_and(|told| found.version > told) => overwritten(found),
            (_, Asked::Taken { .. }) => Verdict::moving(format!("version {} is told yet", found.version)),
            (_, Asked::No | Asked::Unanswered { .. }) => {
                Verdict::untouched(format!("version {} holds something else", found.version))
            }
        }
    }

    /// The same of one that is not told.
    fn by_version(&self, facts: &Facts<'_>, found: &StoredParameter, before: Option<u64>) -> Verdict {
        match (facts.asked, told_version(facts.asked)) {
            (Asked::Taken { .. }, Some(told)) if found.version == told => self.holds(found, "was put"),
            (Asked::Taken { .. }, Some(told)) if found.version > told => overwritten(found),
            (Asked::Taken { .. }, _) => Verdict::moving(format!("version {} is told yet", found.version)),
            (Asked::Unanswered { .. }, _) => match found.version.checked_sub(before.unwrap_or(0)) {
                Some(0) | None => Verdict::untouched(format!("version {}, as before", found.version)),
                Some(1) => self.holds(found, "was put, the next after the one before"),
                Some(_) => Verdict::unknown_until_asked_again(format!(
                    "version {} is there: it was put by more than one, and what it holds is not told",
                    found.version
                )),
            },
            (Asked::No, _) => Verdict::untouched(format!("version {}, whose value is not told", found.version)),
        }
    }

    fn is_kind(&self, found: &StoredParameter) -> bool {
        self.kind.as_ref().is_none_or(|kind| *kind == found.kind)
    }
}

fn overwritten(found: &StoredParameter) -> Verdict {
    let reason = format!("version {} was put after it", found.version);
    Verdict::bad(reason, "see who else puts this parameter, then retry")
}

impl Work for Put {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.want().ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let found = match facts.see(&self.want()) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => {
                let words = format!("there is no {} in {}", self.name, self.place.region);
                if !self.makes && *facts.asked == Asked::No {
                    return Verdict::holds(format!("{words}, and none is made"), outputs([("value", &self.value)]));
                }
                return match facts.asked {
                    Asked::Taken { .. } => Verdict::moving(words),
                    Asked::No | Asked::Unanswered { .. } => Verdict::untouched(words),
                };
            }
            Look::There(found) => found,
        };
        if found.name != self.name {
            return Verdict::bad(
                format!("the parameter that was told is {}", found.name),
                "name it as the region has it",
            );
        }
        let was: Was = serde_json::from_value(facts.before.clone()).unwrap_or_default();
        match found.kind.as_str() {
            SECURE => self.by_version(facts, found, was.number),
            _ => self.by_value(facts, found, was.number),
        }
    }

    fn further(&self, _facts: &Facts<'_>) -> Vec<Ask> {
        self.key.iter().map(|key| kms::words::key(&self.place, key).ask).collect()
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let wanted = self.kind.as_deref().unwrap_or("any type");
        let mut checks = vec![match facts.see(&self.want()) {
            Look::NotTold(why) => Check::not_told("parameter-type", why, wanted),
            Look::Absent => Check::passed("parameter-type", "it is made", wanted),
            Look::There(found) => {
                // Parameter Store does not turn the one into the other.
                let holds =
                    self.is_kind(found) || (found.kind.as_str() != SECURE && self.kind.as_deref() != Some(SECURE));
                let fix = "leave `type` out, or make the parameter anew under another name";
                Check::that("parameter-type", holds, found.kind.as_str(), wanted, fix)
            }
        }];
        if let Some(key) = &self.key {
            let wanted = "its key Enabled";
            checks.push(match facts.see(&kms::words::key(&self.place, key)) {
                Look::NotTold(why) => Check::not_told("parameter-key", why, wanted),
                Look::Absent => {
                    let fix = "name a key of the recovery region";
                    Check::that("parameter-key", false, format!("no key {key}"), wanted, fix)
                }
                Look::There(found) => kms::key::state("parameter-key", found, wanted),
            });
        }
        checks
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let there = facts.see(&self.want()).found();
        let kind = self.kind(there);
        let operation = Operation::PutParameter {
            name: self.name.clone(),
            value: self.value.clone(),
            kind: Some(kind.into()),
            key: self.key.clone().filter(|_| kind == SECURE),
        };
        Some(Act { place: self.place.clone(), operation: operation::Operation::Parameter(operation) })
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        let there = facts.see(&self.want()).found();
        let was = Was { number: there.map(|found| found.version), kind: there.map(|found| found.kind.clone()) };
        serde_json::to_value(was).unwrap_or(Value::Null)
    }
}
