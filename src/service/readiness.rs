//! Readiness rules: what no step asks about and a recovery depends on all the same. A rule is data; each component's kind says
//! what it asks for it and what the answers mean. Pure.

use super::ask::Ask;
use super::registry::Registry;
use super::work::{Check, Facts, Look, Looked, Want};
use crate::plan::Weight;
use serde::{Deserialize, Serialize};

/// How often what a rule rests on is looked at, by how fast such things change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// States: every five minutes.
    Often,
    /// Settings: every hour.
    Hourly,
    /// Quotas and versions: every day.
    Daily,
}

impl Tier {
    /// Seconds between two looks.
    pub const fn seconds(self) -> f64 {
        match self {
            Self::Often => 300.0,
            Self::Hourly => 3_600.0,
            Self::Daily => 86_400.0,
        }
    }

    /// How many seconds an answer counts for: after it what was told is not known any more.
    pub const fn holds_seconds(self) -> f64 {
        3.0 * self.seconds()
    }

    /// The words for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Often => "every 5m",
            Self::Hourly => "every hour",
            Self::Daily => "every day",
        }
    }
}

/// What must be so for a recovery to come out well.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// A stable name: `rds-backup-retention`.
    pub code: &'static str,
    /// What is wanted.
    pub wanted: &'static str,
    /// What would make it so.
    pub fix: &'static str,
    /// What comes of it in a recovery while it is not so.
    pub costs: &'static str,
    /// Where the rule comes from.
    pub source: &'static str,
    /// How often it is looked at.
    pub tier: Tier,
    /// How much it weighs.
    pub weight: Weight,
}

impl Rule {
    /// As wanted.
    pub fn ok(&self, found: impl AsRef<str>) -> Check {
        Check { weight: self.weight, ..Check::passed(self.code, found, self.wanted) }
    }

    /// Not as wanted.
    pub fn failing(&self, found: impl AsRef<str>) -> Check {
        Check { weight: self.weight, ..Check::failed(self.code, found, self.wanted, self.fix) }
    }

    /// Could not be told.
    pub fn unknown(&self, why: impl AsRef<str>) -> Check {
        Check { weight: self.weight, ..Check::unanswered(self.code, why, self.wanted) }
    }

    /// Ok when `holds`, failing otherwise.
    pub fn when(&self, holds: bool, found: impl AsRef<str>) -> Check {
        if holds { self.ok(found) } else { self.failing(found) }
    }
}

/// One rule of one component, or of the plan as a whole: what it asks, and what the answers mean.
pub struct Ready {
    /// The rule.
    pub rule: &'static Rule,
    /// What is asked first, and what all answers mean.
    pub looked: Looked<Check>,
    further: Further,
}

/// What else is asked, by what was seen.
type Further = Box<dyn Fn(&Facts<'_>) -> Vec<Ask> + Send + Sync>;

impl Ready {
    /// `judge` reads the answers to `asks`.
    pub fn new(
        rule: &'static Rule,
        asks: impl IntoIterator<Item = Ask>,
        judge: impl Fn(&Facts<'_>) -> Check + Send + Sync + 'static,
    ) -> Self {
        Self { rule, looked: Looked::new(asks, judge), further: Box::new(|_| Vec::new()) }
    }

    /// Asks what only the answers name, too: again and again, until they name nothing more.
    pub fn then(mut self, further: impl Fn(&Facts<'_>) -> Vec<Ask> + Send + Sync + 'static) -> Self {
        self.further = Box::new(further);
        self
    }

    /// What else is asked, by what was seen so far.
    pub fn further(&self, facts: &Facts<'_>) -> Vec<Ask> {
        (self.further)(facts)
    }
}

/// One thing in both regions.
#[derive(Clone, Debug)]
pub(super) struct Sides<T: Clone + 'static> {
    /// In the primary region, and what it is called there.
    pub old: (Want<T>, String),
    /// In the recovery region.
    pub new: (Want<T>, String),
}

impl<T: Clone + 'static> Sides<T> {
    /// A rule that compares them.
    pub fn held_to(&self, rule: &'static Rule, judge: fn(&Rule, &T, &T) -> Check) -> Ready {
        self.held_by(rule, judge)
    }

    /// The same, by what else the judge knows.
    pub fn held_by(
        &self,
        rule: &'static Rule,
        judge: impl Fn(&Rule, &T, &T) -> Check + Send + Sync + 'static,
    ) -> Ready {
        let (old, new) = (self.old.clone(), self.new.clone());
        Ready::new(rule, [old.0.ask.clone(), new.0.ask.clone()], move |facts| {
            match (told(facts, &old), told(facts, &new)) {
                (Ok(old), Ok(new)) => judge(rule, old, new),
                (Err(why), _) | (Ok(_), Err(why)) => rule.unknown(why),
            }
        })
    }
}

/// A rule of one thing alone.
pub(super) fn of_one<T: Clone + 'static>(
    one: &(Want<T>, String),
    rule: &'static Rule,
    judge: fn(&Rule, &T) -> Check,
) -> Ready {
    of_it(one, rule, judge)
}

/// The same, by what else the judge knows.
pub(super) fn of_it<T: Clone + 'static>(
    one: &(Want<T>, String),
    rule: &'static Rule,
    judge: impl Fn(&Rule, &T) -> Check + Send + Sync + 'static,
) -> Ready {
    let one = one.clone();
    Ready::new(rule, [one.0.ask.clone()], move |facts| match told(facts, &one) {
        Ok(found) => judge(rule, found),
        Err(why) => rule.unknown(why),
    })
}

/// What was told of it; that there is none is another check's to refuse.
pub(super) fn told<'a, T>(facts: &Facts<'a>, (want, name): &(Want<T>, String)) -> Result<&'a T, String> {
    match facts.see(want) {
        Look::There(found) => Ok(found),
        Look::Absent => Err(format!("there is no {name}")),
        Look::NotTold(why) => Err(why.to_owned()),
    }
}

/// That each step was carried out lately: of the plan as a whole, told by past runs, and asked of no cloud.
pub static EXERCISED: Rule = Rule {
    code: "exercised",
    wanted: "every step carried out lately on a real cloud",
    fix: "a switchover, or a failover on accounts of its own, carries them out; [drills] exercised says how lately",
    costs: "nobody knows whether it works by now until it is needed",
    source: "Well-Architected REL13-BP03",
    tier: Tier::Daily,
    weight: Weight::Advises,
};

/// That this machine knows what time it is: what is signed minutes off is refused.
pub static CLOCK_SKEW: Rule = Rule {
    code: "clock-skew",
    wanted: "this machine's clock within a minute of the time that the regions tell",
    fix: "let NTP set it: timedatectl set-ntp true, or chronyc makestep",
    costs: "five minutes off every call is refused, and every length of time here is wrong",
    source: "AWS General Reference, Signing AWS API requests: request signatures expire in five minutes",
    tier: Tier::Hourly,
    weight: Weight::Blocks,
};

/// That the recovery region answers in time.
pub static QUICK: Rule = Rule {
    code: "recovery-answers",
    wanted: "an answer of the recovery region within 2 s",
    fix: "see the way there: proxy, VPC endpoint, VPN; or run Landfall from somewhere nearer",
    costs: "a runbook makes hundreds of calls there, and each waits so long",
    source: "Landfall",
    tier: Tier::Often,
    weight: Weight::Slows,
};

/// Every rule, in the order of the kinds; those of no kind last.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let own = Registry.services().flat_map(|kind| kind.rules()).copied();
    own.chain([&CLOCK_SKEW, &QUICK, &EXERCISED]).chain(super::posture::rules()).chain(super::plugin::known_rules())
}

/// The rule of this code, whoever's it is.
pub fn rule(code: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.code == code)
}

/// What `check` told `age` ago, now that it is too long ago to be known any more.
pub fn aged(check: &Check, age: &str) -> Check {
    let was = format!("last {} {age} ago: {}", check.level.word(), check.found);
    Check { weight: check.weight, ..Check::unanswered(&check.code, was, &check.wanted) }
}
