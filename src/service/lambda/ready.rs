//! Whether a function can run: it is there, active, not in the middle of an update, and of the old one's code.

use super::words::{self, Function};
use crate::plan::Weight;
use crate::service::ask::{Ask, Place};
use crate::service::ready::{Point, against, checks};
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Look, Verdict, Want, Work};
use crate::text::Clean;

const FIX: &str = "see the function in the AWS console, and deploy it again there";
/// What it costs to be told of something that is not there.
const NAME: &str = "name it in the plan as the region has it, or deploy it there";

/// Verifies that a function can run.
pub struct Ready {
    pub place: Place,
    pub function: Clean,
    /// What of it is called.
    pub qualifier: Option<Clean>,
    /// Where the old one is, and what it is called.
    pub old: Option<(Place, Clean)>,
}

impl Ready {
    pub fn want(&self) -> Want<Function> {
        words::function(&self.place, &self.function, self.qualifier.as_ref())
    }

    fn wanted(&self) -> String {
        let of = self.qualifier.as_ref().map_or_else(String::new, |qualifier| format!(":{qualifier}"));
        format!("the function {}{of} in {}", self.function, self.place.region)
    }

    /// All that is wanted of it.
    pub fn points<'a>(&self, facts: &Facts<'a>) -> (Vec<Point>, Option<&'a Function>) {
        let (code, wanted) = ("lambda-exists", self.wanted());
        let function = match facts.see(&self.want()) {
            Look::NotTold(why) => return (vec![Check::not_told(code, why, &wanted).into()], None),
            Look::Absent => return (vec![Check::that(code, false, "it is not there", &wanted, NAME).into()], None),
            Look::There(function) => function,
        };
        let there = Check::that(code, true, function.arn.as_str(), &wanted, "");
        (vec![there.into(), state(function), update(function)], Some(function))
    }

    /// Whether it is of the old one's code: two that differ may read each other's data wrongly.
    fn code(&self, facts: &Facts<'_>) -> Option<Check> {
        let (place, old) = self.old.as_ref()?;
        let (code, wanted) = ("lambda-code", "the code of the old function");
        let mine = facts.see(&self.want()).found()?.code.as_ref()?;
        let check = match facts.see(&words::function(place, old, None)) {
            Look::There(Function { code: Some(theirs), .. }) => {
                let found = if theirs == mine { "the same" } else { "another" };
                let fix = "deploy the same to both regions, unless they are meant to differ";
                Check::that(code, theirs == mine, found, wanted, fix)
            }
            Look::There(_) | Look::Absent => Check::that(code, true, "there is no other to compare", wanted, ""),
            Look::NotTold(why) => Check::not_told(code, why, wanted),
        };
        Some(Check { weight: Weight::Advises, ..check })
    }
}

fn state(function: &Function) -> Point {
    let (code, wanted) = ("lambda-active", "Active");
    let found = match &function.reason {
        Some(reason) => format!("{}: {reason}", function.state),
        None => function.state.to_string(),
    };
    match function.state.as_str() {
        "Active" => Check::that(code, true, found, wanted, "").into(),
        // It is made ready again by what comes to it.
        "Inactive" => Check::that(code, true, format!("{found}: it wakes with the first call"), wanted, "").into(),
        "Failed" | "Deleting" | "Deactivated" | "ActiveNonInvocable" => {
            Check::that(code, false, found, wanted, FIX).into()
        }
        _ => Point::under_way(Check::that(code, false, found, wanted, "wait until it is active")),
    }
}

fn update(function: &Function) -> Point {
    let (code, wanted) = ("lambda-updated", "its last update Successful");
    let found = match &function.update_reason {
        Some(reason) => format!("{}: {reason}", function.update),
        None => function.update.to_string(),
    };
    match function.update.as_str() {
        // A published version is never updated, and may tell nothing.
        "Successful" | "" => Check::that(code, true, found, wanted, "").into(),
        "Failed" => Check::that(code, false, found, wanted, FIX).into(),
        _ => Point::under_way(Check::that(code, false, found, wanted, "wait until its update is over")),
    }
}

impl Work for Ready {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.want().ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let (points, function) = self.points(facts);
        match (against(&points), function) {
            (Some(verdict), _) => verdict,
            (None, Some(function)) => {
                let evidence = format!("{} is {}", function.arn, function.state);
                Verdict::holds(evidence, outputs([("arn", &bare(&function.arn, self.qualifier.as_ref()))]))
            }
            (None, None) => Verdict::unknown("no function was told of"),
        }
    }

    fn further(&self, _facts: &Facts<'_>) -> Vec<Ask> {
        self.old.iter().map(|(place, old)| words::function(place, old, None).ask).collect()
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let mut all = checks(self.points(facts).0);
        all.extend(self.code(facts));
        all
    }
}

/// The function's own ARN, without what of it was asked for.
fn bare(arn: &Clean, qualifier: Option<&Clean>) -> String {
    let is_of_a_version = qualifier.is_some() && arn.matches(':').count() > 6;
    match arn.rsplit_once(':').filter(|_| is_of_a_version) {
        Some((function, _)) => function.to_owned(),
        None => arn.to_string(),
    }
}
