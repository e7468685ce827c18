//! Whether all alarms of a component are as wanted, several looks in a row.

use super::fields::{ALARM, OK, Said};
use super::judge::{self, Shown};
use crate::plan::fields::Missing;
use crate::plan::{Application, Component, Weight, duration};
use crate::service::arn::elsewhere;
use crate::service::ask::{Ask, Place};
use crate::service::cloudwatch;
use crate::service::observation::{Alarm, Watched};
use crate::service::say::side_of;
use crate::service::work::{Asked, Check, Facts, Health, HealthLevel, Look, Outputs, Verdict, Want, Work};
use crate::text::Clean;
use jiff::{SignedDuration, Timestamp};

/// How new data has to be for a watcher to say that something comes, in seconds.
const LATELY_SECONDS: i64 = 900;
/// How late CloudWatch may tell of data, in seconds.
const LATE_SECONDS: f64 = 180.0;
const NAME: &str = "name it in the plan as the region has it, or make it there";

/// Verifies the alarms.
pub(super) struct Quiet {
    place: Place,
    /// AlarmNames.
    pub names: Vec<Clean>,
    state: String,
    times: u64,
    /// In seconds.
    within: f64,
}

impl Quiet {
    pub fn of(component: &Component, application: &Application) -> Result<Self, Missing> {
        let said = Said::of(&component.fields)?;
        let place = Place::of(component, application, side_of(component));
        let names = said.names.into_iter().map(Into::into).collect();
        Ok(Self { place, names, state: said.state, times: said.times.max(1), within: said.within })
    }

    pub fn wants(&self) -> impl Iterator<Item = Want<Alarm>> + '_ {
        self.names.iter().map(|name| cloudwatch::alarm(&self.place, name))
    }

    fn looks<'a>(&self, facts: &Facts<'a>) -> Vec<(&Clean, Look<'a, Alarm>)> {
        self.names.iter().zip(self.wants()).map(|(name, want)| (name, facts.see(&want))).collect()
    }

    fn is_over(&self, facts: &Facts<'_>) -> bool {
        let within = SignedDuration::try_from_secs_f64(self.within).unwrap_or(SignedDuration::MAX);
        facts.now.duration_since(facts.started_at) >= within
    }

    fn absent(&self, name: &Clean) -> String {
        format!("{} has no alarm {name}", self.place.region)
    }

    /// What all of them show; `Err` where not all of them are told of.
    fn shown(&self, facts: &Facts<'_>) -> Result<Vec<Shown>, Verdict> {
        let looks = self.looks(facts);
        // What is known to be wrong goes before what is not known.
        if let Some((name, _)) = looks.iter().find(|(_, look)| matches!(look, Look::Absent)) {
            return Err(Verdict::bad(self.absent(name), NAME));
        }
        let told = looks.into_iter().map(|(_, look)| look.told().map_err(Verdict::unknown));
        told.map(|told| Ok(judge::of(told?, &self.state, facts.started_at))).collect()
    }

    fn checks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let mut checks = Vec::new();
        let mut composite = 0;
        for (name, look) in self.looks(facts) {
            let wanted = format!("the alarm {name} in {}", self.place.region);
            let alarm = match look {
                Look::NotTold(why) => {
                    checks.push(Check::not_told("alarm-exists", why, &wanted));
                    continue;
                }
                Look::Absent => {
                    checks.push(Check::that("alarm-exists", false, self.absent(name), &wanted, NAME));
                    continue;
                }
                Look::There(alarm) => alarm,
            };
            checks.push(Check::that("alarm-exists", true, format!("{name} is {}", alarm.state), &wanted, ""));
            if let Some(region) = elsewhere(&alarm.arn, &self.place.region) {
                let check = Check::that("alarm-place", false, format!("{name} is of {region}"), &wanted, NAME);
                checks.push(check.of_identity());
            }
            match &alarm.watches {
                Watched::Others => composite += 1,
                Watched::Metric(_) | Watched::Unseen if self.state == OK => checks.push(self.data(alarm)),
                Watched::Metric(_) | Watched::Unseen => {}
            }
        }
        if self.state == OK && composite > 0 && composite == self.names.len() {
            let (found, wanted) = ("composite alarms alone", "an alarm of a metric among them");
            let fix = "name one of a metric that has data wherever there is traffic: a composite one is OK without any";
            let check = Check::that("alarm-composite", false, found, wanted, fix);
            checks.push(Check { weight: Weight::Weakens, ..check });
        }
        checks
    }

    /// Whether what an alarm watches can show that it is OK, in time.
    fn data(&self, alarm: &Alarm) -> Check {
        let name = &alarm.name;
        let Watched::Metric(data) = &alarm.watches else {
            let (found, wanted) = (format!("how new the data of {name} is cannot be seen"), "an alarm of metrics");
            let fix = "name a composite alarm over it, or another of a metric of the same application";
            return Check::that("alarm-data", false, found, wanted, fix);
        };
        let needs = f64::from(data.rings_after_seconds) + LATE_SECONDS;
        let found = format!("{name} rings after {} s", data.rings_after_seconds);
        let wanted = format!("data enough within {}", duration::show(self.within));
        let fix = format!("within = \"{}\" or more", duration::show(needs));
        Check::that("alarm-data", needs <= self.within, found, &wanted, fix)
    }

    pub fn health(&self, facts: &Facts<'_>) -> Health {
        let lately = facts.now.checked_sub(SignedDuration::from_secs(LATELY_SECONDS)).unwrap_or(Timestamp::MIN);
        let mut of: Vec<Health> = self
            .looks(facts)
            .into_iter()
            .map(|(name, look)| match look {
                Look::NotTold(why) => Health::not_told(why),
                Look::Absent => Health::new(HealthLevel::Down, self.absent(name)),
                Look::There(alarm) => health(alarm, lately),
            })
            .collect();
        of.sort_by_key(|health| match health.level {
            HealthLevel::Down => 0,
            HealthLevel::Degraded => 1,
            HealthLevel::Unknown => 2,
            HealthLevel::Standby => 3,
            HealthLevel::Up => 4,
        });
        match of.into_iter().next() {
            Some(Health { level: HealthLevel::Up, .. }) => {
                let count = self.names.len();
                Health::new(HealthLevel::Up, if count == 1 { "OK".to_owned() } else { format!("{count} alarms OK") })
            }
            Some(worst) => worst,
            None => Health::not_told("no alarm is named"),
        }
    }
}

fn health(alarm: &Alarm, lately: Timestamp) -> Health {
    let state = format!("{} is {}", alarm.name, alarm.state);
    match (alarm.state.as_str(), &alarm.watches) {
        (ALARM, _) => Health::new(HealthLevel::Down, state),
        // Nothing serves there, or nothing is known of it: that is no fault by itself.
        (OK, Watched::Metric(data)) if data.newest.is_none_or(|newest| newest < lately) => {
            Health::new(HealthLevel::Standby, format!("{state}, without data"))
        }
        (OK, _) => Health::new(HealthLevel::Up, state),
        (_, _) => Health::new(HealthLevel::Unknown, state),
    }
}

impl Work for Quiet {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        self.wants().map(|want| want.ask).collect()
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let shown = match self.shown(facts) {
            Ok(shown) => shown,
            Err(verdict) => return verdict,
        };
        let first = |of: fn(&Shown) -> Option<&String>| shown.iter().find_map(of);
        if let Some(words) = first(|shown| if let Shown::Never(words) = shown { Some(words) } else { None }) {
            return Verdict::bad(words, "name a composite alarm over it, or another of a metric");
        }
        let other = first(|shown| if let Shown::Other(words) = shown { Some(words) } else { None });
        let nothing = first(|shown| if let Shown::Nothing(words) = shown { Some(words) } else { None });
        match (other, nothing, self.is_over(facts)) {
            (Some(words), _, true) => {
                let within = duration::show(self.within);
                let help = format!("see what it tells of the application, then retry; or give it longer than {within}");
                Verdict::bad(format!("{words} after {within}"), help)
            }
            (None, Some(words), true) => Verdict::unknown(words),
            (Some(words), _, false) | (None, Some(words), false) => Verdict::moving(words),
            (None, None, _) => self.good(facts, &shown),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        self.checks(facts)
    }
}

impl Quiet {
    fn good(&self, facts: &Facts<'_>, shown: &[Shown]) -> Verdict {
        let words = |shown: &Shown| match shown {
            Shown::Good(words) | Shown::Other(words) | Shown::Nothing(words) | Shown::Never(words) => words.clone(),
        };
        let words = match shown {
            [] => return Verdict::unknown("no alarm is named"),
            [one] => words(one),
            [first, rest @ ..] => format!("{}, and {} more", words(first), rest.len()),
        };
        let in_a_row = u64::from(facts.good_in_a_row) + 1;
        if in_a_row >= self.times {
            return Verdict::holds(format!("{words}, {in_a_row} in a row"), Outputs::new());
        }
        Verdict::Moving { note: Clean::new(&format!("{words}, {in_a_row} of {} in a row", self.times)), good: true }
    }
}
