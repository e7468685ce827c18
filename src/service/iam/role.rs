//! Whether a role is there, is trusted by who has to take it on, and may do what the recovery region asks of it. "Allowed"
//! is what the role's own policies, its boundary and its organization say: a bucket's, a key's or a queue's policy is not
//! looked at, and no real request is made.

use super::fields::{self, Said};
use super::trust::{Trusted, trusts};
use super::words::{self, Decision, Role};
use crate::plan::fields::Missing;
use crate::plan::{Application, Component, Level, Side};
use crate::service::arn::{Arn, is_arn};
use crate::service::ask::{Ask, Place};
use crate::service::ready::{Point, against, checks};
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Health, HealthLevel, Look, Looked, Verdict, Want, Work};
use crate::text::Clean;

const NAME: &str = "name the role as it is called, or make it: roles are the same in every region";
const LET: &str = "let a policy of the role allow it for the recovery region's ARNs, and let nothing deny it";
const TRUST: &str = "let the role's trust policy name the service, for things of the recovery region too";

/// Verifies the role.
#[derive(Clone)]
pub(super) struct Ready {
    place: Place,
    /// The role, as the plan gives it.
    pub given: Clean,
    name: Clean,
    may: Vec<Clean>,
    on: Vec<Clean>,
    trusts: Vec<Clean>,
}

impl Ready {
    pub fn of(component: &Component, application: &Application) -> Result<Self, Missing> {
        let said = Said::of(&component.fields)?;
        let texts = |texts: Vec<String>| texts.into_iter().map(Into::into).collect();
        Ok(Self {
            place: Place::of(component, application, Side::Recovery),
            name: fields::name(&said.role).into(),
            given: said.role.into(),
            may: texts(said.may),
            on: texts(said.on),
            trusts: texts(said.trusts),
        })
    }

    fn role(&self) -> Want<Role> {
        words::role(&self.place, &self.name)
    }

    fn simulation(&self) -> Want<Vec<Decision>> {
        words::simulation(&self.place, &self.name, &self.may, &self.on)
    }

    /// What of it the plan names with values that are known later.
    pub fn named(&self) -> Vec<(&'static str, &str)> {
        let all = [("may", &self.may), ("on", &self.on), ("trusts", &self.trusts)];
        let lists = all.into_iter().flat_map(|(field, texts)| texts.iter().map(move |text| (field, text.as_str())));
        [("role", self.given.as_str())].into_iter().chain(lists).collect()
    }

    pub fn asks_all(&self) -> Vec<Ask> {
        let simulation = (!self.may.is_empty()).then(|| self.simulation().ask);
        [self.role().ask].into_iter().chain(simulation).collect()
    }

    /// All that is wanted, by what was seen; and the role's ARN.
    fn points<'a>(&self, facts: &Facts<'a>) -> (Vec<Point>, Option<&'a Clean>) {
        let code = "iam-role";
        let wanted = format!("a role {}", self.given);
        let role = match facts.see(&self.role()) {
            Look::There(role) => role,
            Look::Absent => return (vec![Check::that(code, false, "there is none", &wanted, NAME).into()], None),
            Look::NotTold(why) => return (vec![Check::not_told(code, why, &wanted).into()], None),
        };
        let is_it = !is_arn(&self.given) || self.given == role.arn;
        let mut points = vec![Check::that(code, is_it, role.arn.as_str(), &wanted, NAME).of_identity().into()];
        points.extend(self.trusts.iter().map(|service| self.trust(role, service).into()));
        if !self.may.is_empty() {
            points.extend(self.decisions(facts).into_iter().map(Point::from));
        }
        (points, Some(&role.arn))
    }

    fn trust(&self, role: &Role, service: &Clean) -> Check {
        let code = "iam-trust";
        let wanted = format!("{service} may take it on for things of {}", self.place.region);
        let Some(statements) = &role.trusts else {
            return Check::not_told(code, "its trust policy cannot be read", &wanted);
        };
        let account = Arn::parse(&role.arn).map_or("", |arn| arn.account);
        match trusts(statements, service, &self.place.region, account) {
            Trusted::Yes => Check::that(code, true, "it may", &wanted, ""),
            Trusted::No(why) => Check::that(code, false, why, &wanted, TRUST),
            Trusted::Untold(why) => Check::not_told(code, &why, &wanted),
        }
    }

    /// One check an action.
    fn decisions(&self, facts: &Facts<'_>) -> Vec<Check> {
        let all = match facts.see(&self.simulation()) {
            Look::There(all) => all,
            Look::Absent => return vec![Check::that("iam-may", false, "there is no such role", "a role", NAME)],
            Look::NotTold(why) => return vec![Check::not_told("iam-may", why, "what the role may do")],
        };
        self.may.iter().map(|action| self.decided(action, all)).collect()
    }

    fn decided(&self, action: &Clean, all: &[Decision]) -> Check {
        let code = "iam-may";
        let any = [Clean::new("*")];
        let resources = if self.on.is_empty() { &any[..] } else { &self.on };
        let wanted =
            format!("{action} allowed on {}", resources.iter().map(Clean::as_str).collect::<Vec<_>>().join(", "));
        let about = || all.iter().filter(|told| told.action.eq_ignore_ascii_case(action));
        if let Some(told) = about().find(|told| !told.missing.is_empty()) {
            let missing = told.missing.iter().map(Clean::as_str).collect::<Vec<_>>().join(", ");
            return Check::not_told(code, &format!("it depends on {missing}, which only a real request has"), &wanted);
        }
        if let Some(denied) = about().find(|told| told.is_denied()) {
            return Check::that(code, false, denied.words(), &wanted, LET);
        }
        if let Some(strange) = about().find(|told| told.decision.as_str() != "allowed") {
            return Check::not_told(code, &strange.words(), &wanted);
        }
        // What was not told of is not allowed.
        match resources.iter().find(|resource| !about().any(|told| told.resource == **resource)) {
            Some(untold) => Check::not_told(code, &format!("nothing was told of {action} on {untold}"), &wanted),
            None => Check::that(code, true, "its own policies allow it", &wanted, ""),
        }
    }

    pub fn looked(self) -> Looked<Health> {
        Looked::new(self.asks_all(), move |facts| {
            let (points, _) = self.points(facts);
            let wrong = points.iter().find(|point| point.check.level != Level::Ok);
            match wrong {
                None => Health::new(HealthLevel::Up, "it is there and may do what it has to"),
                Some(point) if point.check.level == Level::Unknown => Health::not_told(&point.check.found),
                Some(point) => Health::new(HealthLevel::Down, point.check.found.as_str()),
            }
        })
    }
}

impl Work for Ready {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        self.asks_all()
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let (points, arn) = self.points(facts);
        match (against(&points), arn) {
            (Some(verdict), _) => verdict,
            (None, Some(arn)) => {
                let counted = format!("{arn}: {} actions allowed by its own policies", self.may.len());
                Verdict::holds(counted, outputs([("arn", arn)]))
            }
            (None, None) => Verdict::unknown("no role was told of"),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        checks(self.points(facts).0)
    }
}
