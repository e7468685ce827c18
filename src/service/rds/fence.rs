//! The fence of the old primary: renamed, so that its name stops resolving and the reboot ends its connections.
//! The same work the other way round takes it back.

use super::trouble;
use crate::plan::{Application, Component, Side};
use crate::service::ask::{Ask, Place, Query};
use crate::service::observation::DbInstance;
use crate::service::operation::{Act, Operation};
use crate::service::work::{Asked, Check, Facts, Look, Outputs, Verdict, Work};

/// What the old primary `id` is called once fenced.
pub(super) fn fenced(id: &str) -> String {
    format!("{id}-fenced")
}

/// An instance of the primary region gets another name.
pub(super) struct Rename {
    place: Place,
    from: String,
    to: String,
}

impl Rename {
    /// The old primary gets the name that nobody connects to.
    pub fn fence(component: &Component, application: &Application) -> Self {
        let from = component.fields.required("primary");
        Self { place: Place::of(component, application, Side::Primary), to: fenced(&from), from }
    }

    /// It gets its own name back.
    pub fn back(component: &Component, application: &Application) -> Self {
        let to = component.fields.required("primary");
        Self { place: Place::of(component, application, Side::Primary), from: fenced(&to), to }
    }

    fn look<'a>(&self, facts: &Facts<'a>, id: &str) -> Look<'a, DbInstance> {
        facts.db_instance(&self.place, id)
    }
}

impl Work for Rename {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        [&self.from, &self.to].map(|id| self.place.ask(Query::DbInstance { id: id.as_str().into() })).to_vec()
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let Self { from, to, .. } = self;
        match (self.look(facts, from), self.look(facts, to)) {
            (Look::NotTold(why), _) | (_, Look::NotTold(why)) => Verdict::unknown(why),
            (Look::Absent, Look::There(renamed)) => {
                let status = &renamed.status;
                if status.as_str() == "available" {
                    return Verdict::holds(format!("{to} is available, {from} is gone"), Outputs::new());
                }
                match trouble(status) {
                    Some(help) => Verdict::bad(format!("{to} is {status}"), help),
                    None => Verdict::moving(format!("{to} is {status}")),
                }
            }
            (Look::There(old), _) if old.status.as_str() == "available" => {
                Verdict::untouched(format!("{from} is available under its own name"))
            }
            (Look::There(old), _) => match trouble(&old.status) {
                Some(help) => Verdict::bad(format!("{from} is {}", old.status), help),
                None => Verdict::moving(format!("{from} is {}", old.status)),
            },
            (Look::Absent, Look::Absent) => match facts.asked {
                Asked::No => Verdict::untouched(format!("there is neither {from} nor {to}")),
                // Between two names neither may answer for a while.
                Asked::Unanswered { .. } | Asked::Taken { .. } => Verdict::moving("between two names"),
            },
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let Self { from, to, .. } = self;
        let exists = match self.look(facts, from) {
            Look::NotTold(why) => Check::not_told("rds-fence-status", why, "available"),
            Look::Absent => Check::that(
                "rds-fence-status",
                false,
                format!("no instance {from}"),
                "available",
                "see which instance was the primary, and name it in the plan",
            ),
            Look::There(instance) => Check::that(
                "rds-fence-status",
                instance.status.as_str() == "available",
                instance.status.as_str(),
                "available",
                "RDS renames an instance only while it is available: wait, or fence it by hand",
            ),
        };
        let name_is_free = match self.look(facts, to) {
            Look::NotTold(why) => Check::not_told("rds-fence-name", why, "the name is free"),
            Look::Absent => Check::that("rds-fence-name", true, format!("no instance {to}"), "the name is free", ""),
            Look::There(instance) => Check::that(
                "rds-fence-name",
                false,
                format!("{to} exists, {}", instance.status),
                "the name is free",
                format!("rename or remove {to}: it is left from an earlier fence"),
            ),
        };
        vec![exists, name_is_free]
    }

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        let operation = Operation::RenameDbInstance { id: self.from.as_str().into(), new_id: self.to.as_str().into() };
        Some(Act { place: self.place.clone(), operation })
    }

    fn before_image(&self, _facts: &Facts<'_>) -> serde_json::Value {
        serde_json::json!({ "id": self.from })
    }
}
