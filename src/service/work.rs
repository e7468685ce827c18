//! How a step is done, as data and pure functions: what to look at, whether the goal holds, what to send.
//! One executor, in `engine`, runs every kind's work; nothing here waits, sends or tells the time.

use super::ask::Ask;
use super::observation::{Observation, Seen};
use super::operation::{Act, Receipt};
use crate::plan::Level;
pub use crate::plan::Weight;
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a component gives to others: `${orders-db.endpoint}` is `outputs["endpoint"]` of `orders-db`.
pub type Outputs = BTreeMap<String, Clean>;

/// A step's work (or its compensation): observe → precheck → act → verify.
pub trait Work: Send + Sync {
    /// What to look at, before and after acting.
    fn asks(&self, asked: &Asked) -> Vec<Ask>;

    /// Whether the goal holds, by what was seen. Before acting, [`Verdict::Holds`] means already done.
    fn goal(&self, facts: &Facts<'_>) -> Verdict;

    /// What else to look at for the prechecks, once [`Work::asks`] is answered: things that only the answers name. Asked only
    /// right before prechecks are.
    fn further(&self, _facts: &Facts<'_>) -> Vec<Ask> {
        Vec::new()
    }

    /// What must be so before acting. Asked only while the goal does not hold and nothing was sent.
    fn prechecks(&self, _facts: &Facts<'_>) -> Vec<Check> {
        Vec::new()
    }

    /// The one operation to send; `None` when the step only verifies.
    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        None
    }

    /// What the act is done to, or hands on, as far as only the cloud tells it: ARNs, or what of one the plan does not give.
    /// `None` while it is not told.
    fn touched(&self, _facts: &Facts<'_>) -> Option<Vec<Clean>> {
        None
    }

    /// What undo will need to know of how it was before: kept in the journal with the intent.
    fn before_image(&self, _facts: &Facts<'_>) -> serde_json::Value {
        serde_json::Value::Null
    }
}

/// A before-image: what a work writes down with its intent, and what is read again by the same type.
pub(super) trait Image: Serialize + serde::de::DeserializeOwned {
    /// As a journal keeps it.
    fn kept(&self) -> serde_json::Value {
        // Plain data with text keys: it can always be written.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// What a journal kept; `None` when that is nothing, or another work's.
    fn of_journal(before: &serde_json::Value) -> Option<Self> {
        serde_json::from_value(before.clone()).ok()
    }
}

impl<T: Serialize + serde::de::DeserializeOwned> Image for T {}

/// What is known of the act so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "asked", rename_all = "snake_case")]
pub enum Asked {
    /// Nothing was sent.
    #[default]
    No,
    /// The intent is in the journal; whether it was taken is not known.
    Unanswered {
        /// When it was sent, or could have been at the earliest.
        at: Timestamp,
    },
    /// It was taken.
    Taken {
        /// When the reply came.
        at: Timestamp,
        /// What the reply was.
        receipt: Receipt,
    },
}

impl Asked {
    /// Since when it could have been taken, once it was sent.
    pub fn since(&self) -> Option<Timestamp> {
        match self {
            Self::No => None,
            Self::Unanswered { at } | Self::Taken { at, .. } => Some(*at),
        }
    }

    /// The receipt, once there is one.
    pub fn receipt(&self) -> Option<&Receipt> {
        match self {
            Self::Taken { receipt, .. } => Some(receipt),
            Self::No | Self::Unanswered { .. } => None,
        }
    }
}

/// What was seen, and what is known of the act, at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Now, as the engine tells it.
    pub now: Timestamp,
    /// When this attempt of the step started; for health and lag, when the run did.
    pub started_at: Timestamp,
    /// What is known of the act.
    pub asked: &'a Asked,
    /// The act itself, once it was sent: what is sent again because nobody answered may have to be the very same.
    pub sent: Option<&'a Act>,
    /// The before-image in the journal, once there is one.
    pub before: &'a serde_json::Value,
    /// The answers to [`Work::asks`], in any order.
    pub seen: &'a [Seen],
    /// How often in a row a probe of this step has been good before this look.
    pub good_in_a_row: u32,
    /// Since when every look has been good, this one left out.
    pub good_since: Option<Timestamp>,
}

/// Whether the goal holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It does: the step is verified.
    Holds {
        /// What shows it, in a few words.
        evidence: Clean,
        /// What the component gives to others.
        outputs: Outputs,
    },
    /// Not yet, and something is under way.
    Moving {
        /// What a commander reads: `modifying`, `3 of 6 running`.
        note: Clean,
        /// Whether this look was good, for goals that want several in a row.
        good: bool,
    },
    /// Not, and there is no trace that anything was ever asked.
    Untouched {
        /// What a commander reads.
        note: Clean,
    },
    /// It cannot come to hold any more without help.
    Bad {
        /// What was seen.
        reason: Clean,
        /// What would help.
        help: Clean,
    },
    /// It cannot be told: no answer, or nothing to look at.
    Unknown {
        /// Why not.
        why: Clean,
        /// Whether nothing but a person can tell what became of the act, so that asking for the step again sends it anew.
        asking_again_sends: bool,
    },
}

/// Words that a later Landfall may have written where this one knows a few: what is not known is taken for the worst, and the
/// finding that it stands in is not lost.
pub mod later {
    use crate::plan::{Level, Weight};
    use crate::service::readiness::Tier;
    use serde::de::value::StringDeserializer;
    use serde::de::{DeserializeOwned, IntoDeserializer};
    use serde::{Deserialize, Deserializer};

    fn word<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D, otherwise: T) -> Result<T, D::Error> {
        let told: StringDeserializer<serde::de::value::Error> = String::deserialize(from)?.into_deserializer();
        Ok(T::deserialize(told).unwrap_or(otherwise))
    }

    /// How it is: unknown, where the word is.
    ///
    /// # Errors
    /// What is no word.
    pub fn level<'de, D: Deserializer<'de>>(from: D) -> Result<Level, D::Error> {
        word(from, Level::Unknown)
    }

    /// What it costs: the worst, where the word is not known.
    ///
    /// # Errors
    /// What is no word.
    pub fn weight<'de, D: Deserializer<'de>>(from: D) -> Result<Weight, D::Error> {
        word(from, Weight::Blocks)
    }

    /// How often it is looked at: often, where the word is not known.
    ///
    /// # Errors
    /// What is no word.
    pub fn tier<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Tier>, D::Error> {
        word(from, Tier::Often).map(Some)
    }
}

/// One precheck, with the number found and the one wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// A stable name: `rds-replica-status`.
    pub code: Clean,
    /// Ok, failing or unknown. Both of the latter refuse the act.
    #[serde(deserialize_with = "later::level")]
    pub level: Level,
    /// What was found.
    pub found: Clean,
    /// What was wanted.
    pub wanted: Clean,
    /// What would clear it.
    pub fix: Clean,
    /// What it costs when it is not ok.
    #[serde(default, deserialize_with = "later::weight", skip_serializing_if = "Weight::blocks")]
    pub weight: Weight,
    /// Whether it is about being the very thing that the plan means. Such a check is never passed by a word: the plan is
    /// changed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub identity: bool,
}

/// How a component is in one region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// How well.
    pub level: HealthLevel,
    /// In a few words: `available, replica`, `6/6 running`.
    pub note: Clean,
}

/// How well a component is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthLevel {
    /// As it should be.
    Up,
    /// Standing by: not serving, and not meant to yet.
    Standby,
    /// Works, but not as it should.
    Degraded,
    /// Does not work.
    Down,
    /// Could not be told.
    Unknown,
}

/// A look that found its thing, found that there is none, or could not be made.
#[derive(Clone, Copy, Debug)]
pub enum Look<'a, T> {
    /// It is there.
    There(&'a T),
    /// The cloud says there is no such thing.
    Absent,
    /// No answer.
    NotTold(&'a str),
}

impl<'a, T> Look<'a, T> {
    /// The thing, when it was found.
    pub fn found(self) -> Option<&'a T> {
        match self {
            Self::There(found) => Some(found),
            Self::Absent | Self::NotTold(_) => None,
        }
    }

    /// The answer, for questions whose answer always is a thing.
    pub fn told(self) -> Result<&'a T, &'a str> {
        match self {
            Self::There(found) => Ok(found),
            Self::Absent => Err("there is none"),
            Self::NotTold(why) => Err(why),
        }
    }
}

impl<'a> Facts<'a> {
    /// The answer to `want`, or why there is none.
    pub fn see<T>(&self, want: &Want<T>) -> Look<'a, T> {
        match self.seen.iter().find(|seen| seen.ask == want.ask) {
            None => Look::NotTold("not observed yet"),
            Some(Seen { answer: Err(unanswered), .. }) => Look::NotTold(unanswered.message.as_str()),
            Some(Seen { answer: Ok(observation), .. }) => match (want.of)(observation) {
                Some(found) => found.map_or(Look::Absent, Look::There),
                None => Look::NotTold("the answer was of another kind than the question"),
            },
        }
    }
}

/// What is asked, and what the answers mean: told together, so that nothing is judged that was not asked for.
pub struct Looked<T> {
    /// The questions; none where it is told without one.
    pub asks: Vec<Ask>,
    /// What their answers mean.
    pub judge: Box<dyn Fn(&Facts<'_>) -> T + Send + Sync>,
}

impl<T> Looked<T> {
    /// `judge` reads the answers to `asks`.
    pub fn new(asks: impl IntoIterator<Item = Ask>, judge: impl Fn(&Facts<'_>) -> T + Send + Sync + 'static) -> Self {
        Self { asks: asks.into_iter().collect(), judge: Box::new(judge) }
    }
}

/// A question and how its answer is read: built once, asked and read by the same value.
#[derive(Clone, Debug)]
pub struct Want<T: 'static> {
    /// The question.
    pub ask: Ask,
    of: fn(&Observation) -> Option<Option<&T>>,
}

impl<T> Want<T> {
    /// `of` gives what an answer says: `None` for one of another kind, `Some(None)` where there is no such thing.
    pub fn new(ask: Ask, of: fn(&Observation) -> Option<Option<&T>>) -> Self {
        Self { ask, of }
    }
}
