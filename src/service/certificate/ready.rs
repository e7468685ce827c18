//! Whether one of a region's certificates is good enough, and which. NotAfter says nothing by itself: it is told of one
//! that nobody has validated yet. One that is valid and that no listener has serves nobody.

use super::fields::Said;
use super::names::{Cover, cover};
use super::words::{self, Certificate};
use crate::plan::fields::Missing;
use crate::plan::{Application, Component, Level, Side, Weight};
use crate::service::arn::elsewhere;
use crate::service::ask::{Ask, Place};
use crate::service::ready::{Point, against, checks};
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Health, HealthLevel, Look, Verdict, Want, Work};
use crate::text::Clean;
use jiff::{SignedDuration, Timestamp};
use std::cmp::Reverse;

const MAKE: &str = "request or import one in that region, and let its load balancers have it: a failover makes none";
const RENEW: &str = "see that its validation record is still there, or import a newer one";
const SECONDS_A_DAY: i64 = 86_400;

/// Verifies the certificate.
pub(super) struct Ready {
    place: Place,
    /// The name that clients ask for.
    pub domain: Clean,
    days: i64,
    in_use: bool,
}

impl Ready {
    pub fn of(component: &Component, application: &Application) -> Result<Self, Missing> {
        let said = Said::of(&component.fields)?;
        let place = Place::of(component, application, Side::Recovery);
        let days = i64::try_from(said.days).unwrap_or(i64::MAX);
        Ok(Self { place, domain: said.domain.into(), days, in_use: said.in_use })
    }

    pub fn want(&self) -> Want<Vec<Certificate>> {
        words::certificates(&self.place, &self.domain)
    }

    /// The one that is judged: in use where that is asked for, good before bad, by its very name before a wildcard, and of
    /// those the one that is valid the longest.
    fn chosen<'a>(&self, all: &'a [Certificate], now: Timestamp) -> Option<&'a Certificate> {
        let covers = |certificate: &&Certificate| self.cover(certificate).is_some();
        let any_used = self.in_use && all.iter().any(|certificate| covers(&certificate) && certificate.used_by > 0);
        let rank = |certificate: &&Certificate| {
            let is_good = certificate.status.as_str() == "ISSUED" && self.expiry(certificate, now).level == Level::Ok;
            Reverse((is_good, self.cover(certificate), certificate.not_after))
        };
        all.iter().filter(covers).filter(|certificate| !any_used || certificate.used_by > 0).min_by_key(rank)
    }

    fn cover(&self, certificate: &Certificate) -> Option<Cover> {
        certificate.names.iter().filter_map(|name| cover(name, &self.domain)).max()
    }

    /// All that is wanted, by what was seen; and the certificate that it is about.
    fn points<'a>(&self, facts: &Facts<'a>) -> (Vec<Point>, Option<&'a Certificate>) {
        let code = "certificate-name";
        let wanted = format!("a certificate for {} in {}", self.domain, self.place.region);
        let all = match facts.see(&self.want()) {
            Look::There(all) => all,
            Look::Absent => return (vec![Check::not_told(code, "no list of certificates", &wanted).into()], None),
            Look::NotTold(why) => return (vec![Check::not_told(code, why, &wanted).into()], None),
        };
        let Some(chosen) = self.chosen(all, facts.now) else {
            return (vec![Check::that(code, false, "none answers for it", &wanted, MAKE).into()], None);
        };
        let names = chosen.names.iter().take(3).map(Clean::as_str).collect::<Vec<_>>().join(", ");
        let mut points = vec![Check::that(code, true, format!("{} for {names}", chosen.arn), &wanted, "").into()];
        if let Some(region) = elsewhere(&chosen.arn, &self.place.region) {
            let check = Check::that("certificate-place", false, format!("it is of {region}"), &wanted, MAKE);
            points.push(check.of_identity().into());
        }
        points.push(status(chosen));
        // Of one that is not issued its dates mean nothing.
        if chosen.status.as_str() == "ISSUED" {
            points.push(self.expiry(chosen, facts.now).into());
        }
        if self.in_use {
            let found = format!("{} things use it", chosen.used_by);
            let wanted = "a certificate that is in use";
            let fix = "give it to a listener of the load balancer in that region";
            points.push(Check::that("certificate-in-use", chosen.used_by > 0, found, wanted, fix).into());
        }
        points.push(renewal(chosen).into());
        (points, Some(chosen))
    }

    fn expiry(&self, certificate: &Certificate, now: Timestamp) -> Check {
        let code = "certificate-expiry";
        let wanted = format!("valid for {} days more", self.days);
        let Some(end) = certificate.not_after else {
            return Check::not_told(code, "until when it is valid is not told", &wanted);
        };
        if certificate.not_before.is_some_and(|begin| begin > now) {
            return Check::that(code, false, "it is not valid yet", &wanted, "wait, or use another");
        }
        let left = end.duration_since(now);
        if left <= SignedDuration::ZERO {
            return Check::that(code, false, format!("it expired on {}", day(end)), &wanted, RENEW);
        }
        let days = left.as_secs() / SECONDS_A_DAY;
        Check::that(code, days >= self.days, format!("until {}, {days} days more", day(end)), &wanted, RENEW)
    }

    pub fn health(&self, facts: &Facts<'_>) -> Health {
        let (points, chosen) = self.points(facts);
        let wrong = points.iter().find(|point| point.check.weight.blocks() && point.check.level != Level::Ok);
        match (wrong, chosen) {
            (None, Some(chosen)) => {
                let until = chosen.not_after.map_or_else(String::new, |end| format!(" until {}", day(end)));
                Health::new(HealthLevel::Up, format!("{}{until}", chosen.status))
            }
            (Some(point), _) if point.check.level == Level::Unknown => Health::not_told(&point.check.found),
            (Some(point), _) => Health::new(HealthLevel::Down, point.check.found.as_str()),
            (None, None) => Health::not_told("not told"),
        }
    }
}

/// A day in UTC, as certificates say it.
fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

fn status(certificate: &Certificate) -> Point {
    let status = certificate.status.as_str();
    let found = match &certificate.reason {
        Some(reason) => format!("{status}: {reason}"),
        None => status.to_owned(),
    };
    let fix = match status {
        "PENDING_VALIDATION" => "validate it by its DNS record: that may take hours, so use another in an incident",
        "EXPIRED" | "INACTIVE" => RENEW,
        "REVOKED" | "FAILED" | "VALIDATION_TIMED_OUT" => MAKE,
        _ => "wait until it is issued; if it stays so, see why in its description",
    };
    let is_over =
        matches!(status, "PENDING_VALIDATION" | "EXPIRED" | "INACTIVE" | "REVOKED" | "FAILED" | "VALIDATION_TIMED_OUT");
    let check = Check::that("certificate-status", status == "ISSUED", found, "ISSUED", fix);
    if is_over { check.into() } else { Point::under_way(check) }
}

/// Whether it will be renewed by itself: no matter today, and one on the day it expires.
fn renewal(certificate: &Certificate) -> Check {
    let found = match (&certificate.renewal, certificate.issued_as.as_str()) {
        (Some(status), _) => format!("its renewal: {status}"),
        (None, "IMPORTED") => "imported: ACM renews none of those".to_owned(),
        (None, _) => "nothing is due".to_owned(),
    };
    let is_stuck = |status: &Clean| matches!(status.as_str(), "FAILED" | "PENDING_VALIDATION");
    let holds = !certificate.renewal.as_ref().is_some_and(is_stuck) && certificate.issued_as.as_str() != "IMPORTED";
    let check = Check::that("certificate-renewal", holds, found, "one that is renewed by itself", RENEW);
    Check { weight: Weight::Advises, ..check }
}

impl Work for Ready {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.want().ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let (points, chosen) = self.points(facts);
        match (against(&points), chosen) {
            (Some(verdict), _) => verdict,
            (None, Some(chosen)) => {
                let until = chosen.not_after.map(day).unwrap_or_default();
                let evidence = format!("{} is {} until {until}", chosen.arn, chosen.status);
                Verdict::holds(evidence, outputs([("arn", &chosen.arn)]))
            }
            (None, None) => Verdict::unknown("no certificate was told of"),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        checks(self.points(facts).0)
    }
}
