//! When and for how long something goes wrong in the simulated regions, as a scenario or a facilitator says it. Knows
//! no resource.

use crate::plan::duration;
pub use crate::service::FaultKind;
use crate::service::fault::{Aim, AimedFault, Target};
use crate::text::Clean;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// One thing that goes wrong, from when, and for how long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// When it begins: seconds after the start of the run (or after it was injected); before it when negative.
    #[serde(default)]
    pub at: Seconds,
    /// How long it lasts; to the end when absent.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub lasts: Option<Seconds>,
    /// The operation, such as `rds.PromoteReadReplica`, whose first taking it waits for; `at` then counts from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// In which region, by its name or as `primary` or `recovery`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// To which component; to all that it can happen to when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// To which calls: a service such as `rds`, or an operation such as `rds.DescribeDBInstances`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// How many calls it hits at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// For endpoints, and for what differs: how many of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// For lag: how far it climbs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<Seconds>,
    /// For lag: how long it climbs; at once when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Seconds>,
    /// What is said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Fault {
    /// The plain fault: from the start on, to the end, to whatever it can happen to.
    pub fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            at: Seconds(0.0),
            lasts: None,
            after: None,
            region: None,
            component: None,
            operation: None,
            times: None,
            count: None,
            seconds: None,
            over: None,
            reason: None,
        }
    }

    /// What `aimed` says, from the start on, to the end.
    pub fn aimed(aimed: &AimedFault) -> Self {
        let plain = Self::new(aimed.fault);
        let operation = aimed.operation.as_ref().map(ToString::to_string);
        let plain = Self { operation, ..plain };
        match &aimed.target {
            Target::Region(region) => plain.in_region(region.as_str()),
            Target::Component(component) => plain.on(component.as_str()),
            Target::Everything => plain,
        }
    }

    /// What it is and what it happens to, as it is written.
    pub(super) fn aim(&self) -> AimedFault {
        let target = match (&self.region, &self.component) {
            (_, Some(component)) => Target::Component(component.as_str().into()),
            (Some(region), None) => Target::Region(region.as_str().into()),
            (None, None) => Target::Everything,
        };
        let operation = self.operation.as_deref().map(Clean::new);
        AimedFault { operation, ..AimedFault::new(self.kind, target) }
    }

    /// The same in `region`.
    pub fn in_region(self, region: &str) -> Self {
        Self { region: Some(region.to_owned()), ..self }
    }

    /// The same to `component`.
    pub fn on(self, component: &str) -> Self {
        Self { component: Some(component.to_owned()), ..self }
    }

    /// The same, beginning `seconds` after the start.
    pub fn at(self, seconds: f64) -> Self {
        Self { at: Seconds(seconds), ..self }
    }

    /// The same, ending `seconds` after its beginning.
    pub fn lasting(self, seconds: f64) -> Self {
        Self { lasts: Some(Seconds(seconds)), ..self }
    }

    /// The same, to the calls of `operation` only.
    pub fn of_calls(self, operation: &str) -> Self {
        Self { operation: Some(operation.to_owned()), ..self }
    }

    /// The same, not before `operation` was taken.
    pub fn after(self, operation: &str) -> Self {
        Self { after: Some(operation.to_owned()), ..self }
    }

    /// The first key that says nothing about this kind of fault, or is missing; in words.
    pub(super) fn complaint(&self) -> Option<String> {
        let word = self.kind.word();
        let aim = self.kind.aim();
        let is_lag = self.kind == FaultKind::Lag;
        if (self.operation.is_some() || self.times.is_some()) && aim != Aim::Calls {
            return Some(format!("`operation` and `times` say nothing about {word}; they belong to faults of calls"));
        }
        let is_of_some_calls = self.operation.is_some() || self.component.is_some();
        if !is_of_some_calls && matches!(self.kind, FaultKind::Hang | FaultKind::ReplyLost) {
            return Some(format!(
                "{word} wants an `operation`, such as \"rds.PromoteReadReplica\" or \"rds\", or a `component`"
            ));
        }
        if self.component.is_some() && aim == Aim::Region {
            return Some(format!("{word} happens to a `region`, not to a component"));
        }
        if self.region.is_some() && self.component.is_some() && aim == Aim::Calls {
            return Some("give `region` or `component`, not both".to_owned());
        }
        if (self.seconds.is_some() || self.over.is_some()) && !is_lag {
            return Some(format!("`seconds` and `over` say nothing about {word}; they belong to lag"));
        }
        if self.count.is_some() && !matches!(self.kind, FaultKind::EndpointDown | FaultKind::Divergence) {
            return Some(format!("`count` says nothing about {word}; it belongs to endpoint-down and divergence"));
        }
        if self.count.is_none() && self.kind == FaultKind::Divergence {
            return Some("divergence wants `count`: how much differs".to_owned());
        }
        if is_lag && self.seconds.is_none() {
            return Some("lag wants `seconds`: how far it climbs".to_owned());
        }
        None
    }
}

/// Seconds, written as a number or as a duration of the plan (`90s`, `15m`), with a minus before it for earlier.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Seconds(pub f64);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Seconds;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("seconds: a number, or a duration such as \"90s\", \"15m\" or \"-90s\"")
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Seconds, E> {
                Ok(Seconds(number as f64))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Seconds, E> {
                Ok(Seconds(number as f64))
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Seconds, E> {
                if !number.is_finite() {
                    return Err(E::invalid_value(de::Unexpected::Float(number), &self));
                }
                Ok(Seconds(number))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Seconds, E> {
                let (sign, length) = text.strip_prefix('-').map_or((1.0, text), |length| (-1.0, length));
                duration::parse(length).map(|seconds| Seconds(sign * seconds)).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
