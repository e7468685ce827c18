//! What a call is done to, as IAM names it: an ARN with holes for what a plan says, filled for one side of a component.

use super::registry::Service;
use super::resolve::has_reference;
use crate::plan::{Component, Region, Side, partition};
use serde_json::Value;

/// What actions are done to. Holes are `{place}` (region and account of the side that is meant), `{primary-place}` and
/// `{recovery-place}`, `{region}`, `{account}`, `{suffix}` (of the names of services), and the fields of the kind; what
/// stands before the service's name is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// What the plan names. Where the plan alone does not tell all of it, the step finds it ([`super::work::Work::touched`]).
    Named(&'static str),
    /// What gets its name, or a number, when it is made or changed: anybody who may must be allowed the whole pattern.
    Made(&'static str),
    /// What the step hands on to the cloud, as far as it does: the roles of tasks.
    HandedOn(&'static str),
}

/// Of actions that IAM knows no resource for, and of lists of all that there is.
pub const ANY: &[On] = &[];

impl On {
    /// The ARN with its holes.
    pub fn pattern(self) -> &'static str {
        match self {
            Self::Named(pattern) | Self::Made(pattern) | Self::HandedOn(pattern) => pattern,
        }
    }
}

/// What stands in a hole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hole {
    /// This.
    Text(String),
    /// Each of these.
    Several(Vec<String>),
    /// Something that the plan does not tell: another component gives it, or only the cloud knows it.
    Untold,
    /// Nothing: the plan does not give the field.
    Absent,
}

/// The text that `component` says at `field`, with dots between the keys of tables.
pub fn text_at<'a>(component: &'a Component, field: &str) -> Option<&'a str> {
    let mut keys = field.split('.');
    let first = component.fields.0.get(keys.next()?);
    keys.fold(first, |value, key| value?.get(key)).and_then(Value::as_str)
}

/// What `component` says at `field`; of an ARN the name in it.
pub fn of_field(component: &Component, field: &str) -> Hole {
    let Some(text) = text_at(component, field) else { return Hole::Absent };
    if has_reference(text) {
        return Hole::Untold;
    }
    let name = if super::arn::is_arn(text) { text.rsplit(['/', ':']).next().unwrap_or(text) } else { text };
    Hole::Text(name.to_owned())
}

/// One side of a component, and the numbers of its accounts as far as they are known.
#[derive(Clone, Copy)]
pub struct Spot<'a> {
    /// Its kind.
    pub kind: &'a dyn Service,
    /// It.
    pub component: &'a Component,
    /// The side that is meant.
    pub side: Side,
    /// The regions of the primary and the recovery side.
    pub regions: [&'a Region; 2],
    /// The accounts of the two.
    pub numbers: [Option<&'a str>; 2],
}

/// A pattern whose holes are filled; `*` stands for what is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Filled {
    /// It.
    pub text: String,
    /// Whether the plan tells all of it.
    pub is_told: bool,
}

impl Spot<'_> {
    /// `arn` filled, with what stands before the service's name; nothing when the plan gives nothing of it on this side.
    pub fn arns(&self, arn: &str) -> Vec<Filled> {
        let (partition, _) = partition(self.region(self.side));
        let whole = |filled: Filled| Filled { text: format!("arn:{partition}:{}", filled.text), ..filled };
        self.fill(arn).into_iter().map(whole).collect()
    }

    /// `pattern` filled: once for each of what a hole has several of.
    pub fn fill(&self, pattern: &str) -> Vec<Filled> {
        let (mut all, mut is_told, mut rest) = (vec![String::new()], true, pattern);
        while let Some((before, (name, after))) =
            rest.split_once('{').and_then(|(before, hole)| Some((before, hole.split_once('}')?)))
        {
            let found = match self.hole(name) {
                Hole::Text(found) => vec![found],
                Hole::Several(found) => found,
                Hole::Untold => {
                    is_told = false;
                    vec!["*".to_owned()]
                }
                Hole::Absent => return Vec::new(),
            };
            let with = |text: &String| found.iter().map(|found| format!("{text}{before}{found}")).collect::<Vec<_>>();
            all = all.iter().flat_map(with).collect();
            rest = after;
        }
        let whole = |text: String| {
            let text = text + rest;
            Filled { is_told: is_told && !text.contains(['*', '?']), text }
        };
        all.into_iter().map(whole).collect()
    }

    fn hole(&self, name: &str) -> Hole {
        let place = |side: Side| format!("{}:{}", self.region(side), self.number(side));
        Hole::Text(match name {
            "place" => place(self.side),
            "primary-place" => place(Side::Primary),
            "recovery-place" => place(Side::Recovery),
            "region" => self.region(self.side).to_string(),
            "account" => self.number(self.side).to_owned(),
            "partition" => partition(self.region(self.side)).0.to_owned(),
            "suffix" => partition(self.region(self.side)).1.to_owned(),
            // What a kind says may leave its account to be filled.
            field => match self.kind.hole(self.component, field) {
                Hole::Text(text) => text.replace("{account}", self.number(self.side)),
                other => return other,
            },
        })
    }

    fn region(&self, side: Side) -> &Region {
        match side {
            Side::Primary => self.regions[0],
            Side::Recovery => self.regions[1],
        }
    }

    fn number(&self, side: Side) -> &str {
        let [primary, recovery] = self.numbers;
        let number = match side {
            Side::Primary => primary,
            Side::Recovery => recovery,
        };
        number.unwrap_or("*")
    }
}

/// Whether `arn` is one of `pattern`, in which `*` stands for any letters and `?` for one.
pub fn is_of(pattern: &str, arn: &str) -> bool {
    let (pattern, arn): (Vec<char>, Vec<char>) = (pattern.chars().collect(), arn.chars().collect());
    // Where the last `*` was, and up to where it has eaten.
    let (mut at, mut read, mut star) = (0, 0, None);
    while read < arn.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(letter) if *letter == '?' || *letter == arn[read] => {
                at += 1;
                read += 1;
            }
            _ => match star {
                Some((stood, eaten)) => {
                    star = Some((stood, eaten + 1));
                    (at, read) = (stood + 1, eaten + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_met_as_policies_are() {
        for (pattern, arn, met) in [
            ("a:b", "a:b", true),
            ("a:b", "a:bc", false),
            ("a:*", "a:", true),
            ("*", "", true),
            ("a:*:name/web", "a:1234:name/web", true),
            ("a:*:name/web", "a:1234:name/web2", false),
            ("s:shop/db-??????", "s:shop/db-AbC123", true),
            ("s:shop/db-??????", "s:shop/db-AbC12", false),
            ("*-fenced-*", "orders-fenced-1-fenced-2", true),
        ] {
            assert_eq!(is_of(pattern, arn), met, "{pattern} {arn}");
        }
    }
}
