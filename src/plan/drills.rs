//! `[drills]`: how often the application is drilled, on what, and how old a step's last real run may be.

use super::diagnostic::PlanError;
use super::duration;
use super::kind::{Field, Takes};
use super::value::{self, kind_of};
use super::window::Window;
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use toml::de::{DeTable, DeValue};

/// The fields of `[drills]`.
pub const DRILLS: &[Field] = &[
    Field::optional(
        "every",
        Takes::Text,
        "how often it is drilled at least, as 90d: landfall drills tells when it is overdue",
    ),
    Field::optional("scenario", Takes::Text, "the scenario that counts; any drill of the application when left out"),
    Field::optional(
        "window",
        Takes::Text,
        "when a scheduled drill may run, as `Tue-Thu 10:00-16:00 Europe/Berlin`: outside of it landfall drill --scheduled is refused",
    ),
    Field::optional("warn", Takes::Text, "how long before the day it is told to be due, as 14d"),
    Field::optional(
        "exercised",
        Takes::Text,
        "how long ago each step may have been carried out last on a real cloud, as 30d, which it is by default",
    ),
];

const DAY: f64 = 86_400.0;

/// `[drills]`: a plan's timetable.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Drills {
    /// How many seconds lie between two drills at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_seconds: Option<f64>,
    /// The scenario that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<Clean>,
    /// When a scheduled drill may run; at any time when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// How many seconds before the day it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn_seconds: Option<f64>,
    /// How many seconds ago each step may have been carried out last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exercised_seconds: Option<f64>,
}

impl Drills {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The timetable of a plan; what is wrong with it is told at its place.
pub(super) fn read(root: &DeTable<'_>, errors: &mut Vec<PlanError>) -> Drills {
    let Some(value) = root.get("drills") else { return Drills::default() };
    let DeValue::Table(table) = value.get_ref() else {
        let message = format!("`drills` takes a table, not {}", kind_of(value.get_ref()));
        errors.push(PlanError::new(value.span(), message, "not a table", "write [drills]"));
        return Drills::default();
    };
    let fields = value::read_table("[drills]", table, value.span(), DRILLS, &[], errors);
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let mut seconds = |name: &str| {
        let text = text(name)?;
        let seconds = days(text).or_else(|| duration::parse(text).ok()).filter(|seconds| *seconds > 0.0);
        if seconds.is_none() {
            let place = table.get(name).map_or_else(|| value.span(), toml::Spanned::span);
            let message = format!("`{text}` is no length of time");
            errors.push(PlanError::new(place, message, "here", "write whole days, as 90d, or hours, as 36h"));
        }
        seconds
    };
    let (every_seconds, warn_seconds, exercised_seconds) = (seconds("every"), seconds("warn"), seconds("exercised"));
    let window = text("window").and_then(|text| match Window::parse(text) {
        Ok(window) => Some(window),
        Err(why) => {
            let place = table.get("window").map_or_else(|| value.span(), toml::Spanned::span);
            let message = format!("`{text}` is no window: {why}");
            let help = "write days, hours and a time zone, as \"Tue-Thu 10:00-16:00 Europe/Berlin\"";
            errors.push(PlanError::new(place, message, "here", help));
            None
        }
    });
    Drills { every_seconds, warn_seconds, exercised_seconds, scenario: text("scenario").map(Clean::new), window }
}

/// `90d`: whole days, of which nobody plans more than ten years.
fn days(text: &str) -> Option<f64> {
    let days: u16 = text.trim().strip_suffix('d')?.parse().ok()?;
    (days <= 3_660).then(|| f64::from(days) * DAY)
}

#[cfg(test)]
mod tests {
    use crate::plan::file;
    use crate::service::Registry;

    fn read(drills: &str) -> Result<crate::plan::Drills, String> {
        let text = format!(
            "[application]\nname = \"shop\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n{drills}\n\
            [component.pause]\nkind = \"manual\"\nask = \"look\"\n"
        );
        let plan = file::read("shop.toml", text.as_bytes(), &Registry);
        plan.map(|plan| plan.drills).map_err(|errors| format!("{:?}", miette::Report::new(errors)))
    }

    #[test]
    fn a_timetable_is_read_in_days_and_hours() {
        let drills =
            read("[drills]\nevery = \"90d\"\nwarn = \"36h\"\nscenario = \"region-down\"").expect("a timetable");
        assert_eq!((drills.every_seconds, drills.warn_seconds), (Some(90.0 * 86_400.0), Some(36.0 * 3_600.0)));
        assert_eq!(drills.scenario.as_deref(), Some("region-down"));
        assert!(read("").expect("none").is_empty());
    }

    #[test]
    fn what_is_no_timetable_is_shown_at_its_line() {
        for wrong in [
            "every = \"-3d\"",
            "every = \"soon\"",
            "every = \"0d\"",
            "every = 90",
            "evry = \"90d\"",
            "every = \"99999d\"",
            "window = \"Die 10-16\"",
            "window = 10",
        ] {
            assert!(read(&format!("[drills]\n{wrong}")).is_err(), "{wrong}");
        }
        assert!(read("drills = 3").is_err());
    }
}
