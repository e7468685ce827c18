//! In a switchover the fenced primary gets other security groups, so that nobody reaches it by its address either: once the
//! replica has caught up, since nobody has shown that replication survives it.

use super::fence::has_groups;
use super::image::FenceImage;
use super::pair::Pair;
use super::status::{may_be_changed, trouble};
use crate::service::ask::Ask;
use crate::service::operation::{Act, Operation, RdsOperation};
use crate::service::work::{Asked, Check, Facts, Look, Outputs, Verdict, Work};
use crate::text::Clean;

/// The fenced instance gets these security groups, and no others.
pub(super) struct Isolate {
    pub pair: Pair,
    pub groups: Vec<String>,
}

impl Isolate {
    /// It gets back those it had; `None` when the journal does not say which.
    pub fn back(pair: Pair, before: &serde_json::Value) -> Option<Self> {
        let groups = FenceImage::read(before)?.settings.security_groups;
        let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
        (!groups.is_empty()).then_some(Self { pair, groups })
    }
}

impl Work for Isolate {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.pair.ask_fenced()]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let to = &self.pair.fenced;
        match self.pair.look_fenced(facts) {
            Look::NotTold(why) => Verdict::unknown(why),
            // Before the fence there is none yet.
            Look::Absent => Verdict::untouched(format!("there is no instance {to}")),
            Look::There(fenced) if has_groups(fenced, &self.groups) => {
                Verdict::holds(format!("{to} has the security groups {}", self.groups.join(", ")), Outputs::new())
            }
            Look::There(fenced) => match trouble(&fenced.status) {
                Some(help) => Verdict::bad(format!("{to} is {}", fenced.status), help),
                None if may_be_changed(&fenced.status) => Verdict::untouched(format!("{to} is {}", fenced.status)),
                None => Verdict::moving(format!("{to} is {}", fenced.status)),
            },
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        match self.pair.look_fenced(facts) {
            Look::There(_) | Look::Absent => Vec::new(),
            Look::NotTold(why) => vec![Check::not_told("rds-isolate", why, "the fenced instance")],
        }
    }

    /// Nothing while RDS would refuse it: the rename ends long after the fence holds.
    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        if let Look::There(fenced) = self.pair.look_fenced(facts)
            && !may_be_changed(&fenced.status)
        {
            return None;
        }
        let groups = self.groups.iter().map(|group| Clean::new(group)).collect();
        let operation = Operation::Rds(RdsOperation::SetDbSecurityGroups {
            id: self.pair.fenced.as_str().into(),
            security_groups: groups,
        });
        Some(Act { place: self.pair.old.clone(), operation })
    }

    fn before_image(&self, facts: &Facts<'_>) -> serde_json::Value {
        match self.pair.look_fenced(facts) {
            Look::There(fenced) => FenceImage::of(fenced, &self.pair.fenced).to_value(),
            Look::Absent | Look::NotTold(_) => serde_json::Value::Null,
        }
    }
}
