//! A look: what clients are answered is one set of a record, whoever made it so. Nothing in Route 53 is changed.

use super::HOME;
use super::name::{Name, Standing};
use super::wanted::Wanted;
use super::witness::{Reading, Witness};
use crate::plan::{Application, Component, Draft, Global, Intent, Problem, Side};
use crate::service::ask::{Ask, Place, ZoneRef};
use crate::service::dns_name::canonical;
use crate::service::say::outputs;
use crate::service::work::{Asked, Facts, Verdict, Work};
use crate::text::Clean;

/// The types of a record that can be verified.
pub const RECORD_TYPES: &[&str] = &["A", "AAAA", "CNAME"];

/// `zone`, `record` and `set` of a plan say one thing together.
pub fn said_together(zone: bool, record: bool, set: bool) -> Option<Problem> {
    let missing = [("zone", zone), ("record", record), ("set", set)].into_iter().find(|(_, given)| !given);
    let (missing, _) = missing.filter(|_| zone || record || set)?;
    let help = "give `zone`, `record` and `set` together: they say what must be answered";
    Some(Problem::at(missing, format!("`{missing}` is missing"), help))
}

/// The step that sees what is answered, after the one that moves it.
pub fn serves_draft(component: &Component, application: &Application, intent: Intent, moved: &'static str) -> Draft {
    let title = format!("see {} answered from {}", component.name, application.recovery);
    // Three checks of ten or thirty seconds, then the record's time to live.
    let look = Draft::look("serves", title, Side::Recovery, 120.0, 600.0).after(vec![moved]).at_home(HOME);
    // Its sets are told by Route 53's control plane, for which nothing waits where it fails.
    let fails = intent == Intent::Failover && Global::Route53.home(&application.primary) == application.primary;
    if fails { look.beside() } else { look }
}

/// A record, and the one of its sets that is to be answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The hosted zone: its id, or its name.
    pub zone: String,
    /// Whether the zone is a private one, where the plan says so.
    pub private: Option<bool>,
    /// The record's name.
    pub record: String,
    /// A, CNAME, …
    pub record_type: String,
    /// SetIdentifier of the set.
    pub set: String,
    /// Who is asked in the place of the zone's name servers.
    pub resolver: Option<String>,
}

/// A set of a record is what is answered.
pub struct Serves {
    set: String,
    /// Whether it is not that set which is to be answered, but the only other one.
    of_another: bool,
    place: Place,
    name: Name,
    wanted: Wanted,
    witness: Witness,
}

impl Serves {
    /// As it is asked for from `place`.
    pub fn of(answered: Answered, place: Place) -> Self {
        let Answered { zone, private, record, record_type, set, resolver } = answered;
        let zone = ZoneRef { zone: super::name::zone_of(&zone).into(), private };
        let name = Name { zone, record: canonical(&record).into(), record_type: record_type.into() };
        // Of the others none may be answered.
        let wanted = Wanted::Roles { primary: set.clone(), secondary: String::new() };
        let witness = Witness::of_record(&name, resolver.map(Clean::from));
        Self { set, of_another: false, place, name, wanted, witness }
    }

    /// The same, where the other of its two sets is what is to be answered.
    pub fn of_another(self, of_another: bool) -> Self {
        Self { of_another, ..self }
    }

    /// The set that is to be answered.
    fn wanted(&self, standing: Standing<'_>) -> Result<Wanted, Verdict> {
        if !self.of_another {
            return Ok(self.wanted.clone());
        }
        let of_type = self.name.of_type(standing.records);
        let others = of_type.iter().filter_map(|record| record.set_identifier.as_deref());
        let others: Vec<&str> = others.filter(|set| *set != self.set).collect();
        match others[..] {
            [other] => Ok(Wanted::Roles { primary: other.to_owned(), secondary: String::new() }),
            _ => {
                let found = format!("{} has {} sets beside {}", self.name.record, others.len(), self.set);
                Err(Verdict::bad(found, "give in `set` the one that is to be answered, and take `not_set` away"))
            }
        }
    }

    fn has_set(&self, standing: Standing<'_>) -> bool {
        let of_type = self.name.of_type(standing.records);
        of_type.iter().any(|record| record.set_identifier.as_deref() == Some(self.set.as_str()))
    }
}

impl Work for Serves {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        let records = self.name.records(&self.place, true).ask;
        [records].into_iter().chain(self.witness.asks(&self.place)).collect()
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let standing = match self.name.standing(facts, &self.place, true) {
            Ok(standing) => standing,
            Err(why) => return Verdict::unknown(why),
        };
        let (set, record) = (&self.set, &self.name.record);
        if !self.has_set(standing) {
            let found = format!("{record} has no set {set} of type {}", self.name.record_type);
            return Verdict::bad(found, "name the set of the recovery side by its SetIdentifier");
        }
        let wanted = match self.wanted(standing) {
            Ok(wanted) => wanted,
            Err(verdict) => return verdict,
        };
        match self.witness.read(facts, &self.place, &wanted, &self.name, standing) {
            Reading::Wanted(by) => Verdict::holds(by, outputs([])),
            Reading::Other(note) => Verdict::moving(note),
            Reading::Unread(why) | Reading::Silent(why) => Verdict::unknown(why),
            Reading::Never(why) => Verdict::bad(why, "name a `resolver` that may be asked"),
        }
    }
}
