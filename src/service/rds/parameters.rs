//! Parameter groups of both regions, held against each other: what somebody has set in one and not in the other is found out
//! under load, after the promotion.

use crate::service::observation::Parameters;
use crate::service::readiness::Rule;
use crate::service::work::{Check, Facts, Look, Want};
use crate::text::Clean;

/// How many differences are told at most.
const TOLD: usize = 4;
/// As ParameterApplyStatus has it once what was set counts.
const IN_SYNC: &str = "in-sync";

/// A group, as what it is of says it.
#[derive(Clone, Debug)]
pub(in crate::service) struct Group {
    /// What it is of: `orders`.
    pub of: Clean,
    /// What it is called; `None` where that is not told.
    pub name: Option<Clean>,
    /// Whether what was set in it counts; `None` where that is not told.
    pub applied: Vec<Option<Clean>>,
}

impl Group {
    /// Its name, where anything can have been set in it: a default group is never changed.
    pub fn asked(&self) -> Option<&Clean> {
        self.name.as_ref().filter(|name| !name.starts_with("default."))
    }

    fn set(&self, facts: &Facts<'_>, want: impl Fn(&Clean) -> Want<Parameters>) -> Result<Parameters, String> {
        let Some(name) = &self.name else { return Err(format!("no parameter group of {} was told", self.of)) };
        match self.asked().map(|name| facts.see(&want(name))) {
            None => Ok(Parameters::new()),
            Some(Look::There(parameters)) => Ok(parameters.clone()),
            Some(Look::Absent) => Err(format!("no parameter group {name}")),
            Some(Look::NotTold(why)) => Err(why.to_owned()),
        }
    }

    fn is_applied(&self) -> Result<(), String> {
        for applied in &self.applied {
            match applied {
                None => return Err(format!("not told whether the parameters of {} are in sync", self.of)),
                Some(status) if status.as_str() != IN_SYNC => {
                    return Err(format!("the parameters of {} are {status}", self.of));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn is_untold(&self) -> bool {
        self.applied.is_empty() || self.applied.iter().any(Option::is_none)
    }
}

/// A group, and how what was set in one is asked for where it is.
type Asked<'a> = (&'a Group, &'a dyn Fn(&Clean) -> Want<Parameters>);

/// What comes of holding the group of the primary region against that of the recovery region, each with how it is asked for.
pub(in crate::service) fn compared(
    rule: &Rule,
    facts: &Facts<'_>,
    (old, ask_old): Asked<'_>,
    (new, ask_new): Asked<'_>,
) -> Check {
    let (was, is) = match (old.set(facts, ask_old), new.set(facts, ask_new)) {
        (Ok(was), Ok(is)) => (was, is),
        (Err(why), _) | (Ok(_), Err(why)) => return rule.unknown(why),
    };
    let differences = differences(&was, &is);
    if !differences.is_empty() {
        return rule.failing(differences.join(", "));
    }
    for group in [new, old] {
        if let Err(why) = group.is_applied() {
            return if group.is_untold() { rule.unknown(why) } else { rule.failing(why) };
        }
    }
    rule.ok(format!("{} set alike", is.len()))
}

fn differences(old: &Parameters, new: &Parameters) -> Vec<String> {
    let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
    let word = |value: Option<&Clean>| value.map_or("as the engine has it", Clean::as_str).to_owned();
    let all: Vec<String> = names
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| format!("{name} {}, in the primary region {}", word(new.get(name)), word(old.get(name))))
        .collect();
    let more = all.len().saturating_sub(TOLD);
    let mut told: Vec<String> = all.into_iter().take(TOLD).collect();
    told.extend((more > 0).then(|| format!("{more} more")));
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_on_one_side_alone_or_to_something_else_differs() {
        let set = |pairs: &[(&str, &str)]| -> Parameters {
            pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
        };
        let old = set(&[("max_connections", "800"), ("work_mem", "64")]);
        assert_eq!(differences(&old, &old), Vec::<String>::new());
        assert_eq!(
            differences(&old, &set(&[("work_mem", "32"), ("autovacuum", "0")])),
            [
                "max_connections as the engine has it, in the primary region 800",
                "work_mem 32, in the primary region 64",
                "autovacuum 0, in the primary region as the engine has it",
            ]
        );
    }
}
