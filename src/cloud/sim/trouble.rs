//! Which faults stand, and over what time: pure functions of the faults, of what was taken, and of the moment asked about.

use super::dice::{Dice, later, seconds};
use super::fault::{Fault, FaultKind};
use crate::plan::Region;
use crate::service::AimedFault;
use crate::service::fault::Target;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What a fault happens to.
#[derive(Clone, Debug, PartialEq)]
pub enum Hits {
    /// Everything it can happen to.
    Everything,
    /// A region.
    Region(Region),
    /// These things, by their keys.
    Keys(Vec<String>),
    /// Calls to a region about these things.
    CallsTo(Region, Vec<String>),
}

/// A stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end; `None` when there is none.
    pub to: Option<Timestamp>,
}

impl Window {
    /// Whether `at` lies in it.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && self.to.is_none_or(|to| at < to)
    }

    /// Its end, or `at` when that comes first.
    pub fn end_by(&self, at: Timestamp) -> Timestamp {
        self.to.map_or(at, |to| to.min(at))
    }
}

/// How far something is at `at`, in seconds of its own, that was `taken`, shows after it has lingered so long, and ends after
/// so long when nothing holds it up: it stands still in the windows that do.
pub fn progress((taken, lingers, ends): (Timestamp, f64, f64), held_up: &[Window], at: Timestamp) -> f64 {
    let mut moment = later(taken, lingers);
    if at < moment {
        return seconds(taken, at);
    }
    let mut progress = lingers;
    for window in held_up {
        if window.to.is_some_and(|to| to <= moment) {
            continue;
        }
        let runs_until = window.from.max(moment).min(at);
        progress += seconds(moment, runs_until);
        if progress >= ends {
            // What has ended cannot be held up any more.
            return progress;
        }
        moment = window.end_by(at).max(runs_until);
    }
    progress + seconds(moment, at)
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallTrouble {
    /// No answer ever comes.
    Hangs,
    /// The connection is refused at once.
    Refused,
    /// It is one too many.
    Throttled,
    /// It is not allowed.
    Denied,
    /// It is taken and its reply is lost.
    ReplyLost,
}

/// A call, as far as faults look at it.
pub struct Call<'a> {
    /// `rds.DescribeDBInstances`.
    pub api: &'a str,
    /// The region called; `None` for what is done from where Landfall runs.
    pub region: Option<&'a Region>,
    /// What it is about.
    pub keys: &'a [String],
    /// Which try of the same call it is, from 1.
    pub attempt: u32,
}

impl<'a> Call<'a> {
    /// The first try of a call about `keys`. What goes from where Landfall runs goes to no region.
    pub fn of(api: &'a str, region: &'a Region, keys: &'a [String]) -> Self {
        let is_local = matches!(api.split_once('.'), Some(("http" | "tcp" | "command" | "terraform", _)));
        Self { api, region: (!is_local).then_some(region), keys, attempt: 1 }
    }
}

struct Standing {
    fault: Fault,
    base: Timestamp,
    hits: Hits,
    /// How many calls it has hit.
    hit: u32,
    /// Since when it has been ended by hand.
    ended: Option<Timestamp>,
}

impl Standing {
    /// What it is and what it happens to, by which it can be ended.
    fn aimed(&self) -> AimedFault {
        let aimed = self.fault.aim();
        match &self.hits {
            Hits::Region(region) => AimedFault { target: Target::Region(region.clone()), ..aimed },
            Hits::Keys(_) | Hits::CallsTo(..) | Hits::Everything => aimed,
        }
    }
}

/// All faults there are.
#[derive(Default)]
pub struct Troubles {
    standing: Vec<Standing>,
    first_taken: BTreeMap<&'static str, Timestamp>,
}

/// About how many of the calls are throttled while calls are.
const THROTTLED: f64 = 0.5;

impl Troubles {
    /// A fault whose times count from `base`.
    pub fn add(&mut self, fault: Fault, base: Timestamp, hits: Hits) {
        self.standing.push(Standing { fault, base, hits, hit: 0, ended: None });
    }

    /// What goes wrong at `at`, each said once.
    pub fn standing(&self, at: Timestamp) -> Vec<AimedFault> {
        let mut all = Vec::new();
        for standing in &self.standing {
            let is_spent = standing.fault.times.is_some_and(|times| standing.hit >= times);
            let stands = !is_spent && self.window(standing).is_some_and(|window| window.contains(at));
            let aimed = standing.aimed();
            if stands && !all.contains(&aimed) {
                all.push(aimed);
            }
        }
        all
    }

    /// Ends every fault that is `aimed` so and stands at `at`.
    pub fn end(&mut self, aimed: &AimedFault, at: Timestamp) {
        let stands = |standing: &Standing| self.window(standing).is_some_and(|window| window.contains(at));
        let places: Vec<usize> = (0..self.standing.len())
            .filter(|place| stands(&self.standing[*place]) && self.standing[*place].aimed() == *aimed)
            .collect();
        for place in places {
            self.standing[place].ended = Some(at);
        }
    }

    /// An operation was taken: faults may wait for the first of its name.
    pub fn taken(&mut self, api: &'static str, at: Timestamp) {
        self.first_taken.entry(api).or_insert(at);
    }

    /// When faults of `kind` happen to the thing called `key`, earliest first.
    pub fn windows(&self, kind: FaultKind, key: &str) -> Vec<Window> {
        let mut windows: Vec<Window> = self.about(kind, key).filter_map(|standing| self.window(standing)).collect();
        windows.sort_by_key(|window| window.from);
        windows
    }

    /// The fault of `kind` that happens to the thing called `key` at `at`.
    pub fn active<'a>(&'a self, kind: FaultKind, key: &str, at: Timestamp) -> Option<&'a Fault> {
        let is_active = |standing: &&Standing| self.window(standing).is_some_and(|window| window.contains(at));
        self.about(kind, key).find(is_active).map(|standing| &standing.fault)
    }

    /// Since when `region` has been gone at `at`, whatever its calls do; `None` when it is there.
    pub fn gone_since(&self, region: &Region, at: Timestamp) -> Option<Timestamp> {
        let gone = [FaultKind::RegionDark, FaultKind::RegionRefused];
        let windows = gone.into_iter().flat_map(|kind| self.at_region(kind, region));
        windows.filter(|window| window.contains(at)).map(|window| window.from).min()
    }

    /// The lag, in seconds, that the replica called `key` has at `at` by a fault, over the `usual` one.
    pub fn lag(&self, key: &str, usual: f64, at: Timestamp) -> Option<f64> {
        let standing = self
            .about(FaultKind::Lag, key)
            .find(|standing| self.window(standing).is_some_and(|window| window.contains(at)))?;
        let from = self.window(standing)?.from;
        let reached = standing.fault.seconds.map_or(usual, |reached| reached.0);
        let over = standing.fault.over.map_or(0.0, |over| over.0);
        let share = if over > 0.0 { (seconds(from, at) / over).clamp(0.0, 1.0) } else { 1.0 };
        Some(usual + (reached - usual).max(0.0) * share)
    }

    /// What happens to `call` at `at`. Chance is drawn from the call and the moment.
    pub fn of_call(&self, call: &Call<'_>, dice: &Dice, at: Timestamp) -> Option<CallTrouble> {
        if let Some(region) = call.region {
            let is = |kind: FaultKind| self.at_region(kind, region).any(|window| window.contains(at));
            if is(FaultKind::RegionDark) || is(FaultKind::ControlPlaneDark) {
                return Some(CallTrouble::Hangs);
            }
            if is(FaultKind::RegionRefused) {
                return Some(CallTrouble::Refused);
            }
        }
        let is = |kind: FaultKind| self.standing.iter().any(|standing| self.is_call_hit(standing, kind, call, at));
        if is(FaultKind::Hang) || is(FaultKind::DebtUnanswered) {
            return Some(CallTrouble::Hangs);
        }
        if is(FaultKind::AccessDenied) {
            return Some(CallTrouble::Denied);
        }
        let chance = format!("throttle {} {:?} {} {}", call.api, call.keys, call.attempt, at.as_millisecond());
        if is(FaultKind::Throttle) && dice.fraction(&chance) < THROTTLED {
            return Some(CallTrouble::Throttled);
        }
        is(FaultKind::ReplyLost).then_some(CallTrouble::ReplyLost)
    }

    /// `trouble` has happened to `call` at `at`: faults may be of so many calls only.
    pub fn met(&mut self, trouble: CallTrouble, call: &Call<'_>, at: Timestamp) {
        let kind = match trouble {
            CallTrouble::Hangs => FaultKind::Hang,
            CallTrouble::Refused => return,
            CallTrouble::Throttled => FaultKind::Throttle,
            CallTrouble::Denied => FaultKind::AccessDenied,
            CallTrouble::ReplyLost => FaultKind::ReplyLost,
        };
        let met = self.standing.iter().position(|standing| self.is_call_hit(standing, kind, call, at));
        if let Some(place) = met {
            self.standing[place].hit += 1;
        }
    }

    /// Whether calls like `call` are slower than usual at `at`.
    pub fn is_slow(&self, call: &Call<'_>, at: Timestamp) -> bool {
        self.standing.iter().any(|standing| self.is_call_hit(standing, FaultKind::Throttle, call, at))
    }

    fn is_call_hit(&self, standing: &Standing, kind: FaultKind, call: &Call<'_>, at: Timestamp) -> bool {
        standing.fault.kind == kind
            && standing.fault.times.is_none_or(|times| standing.hit < times)
            && standing.fault.operation.as_deref().is_none_or(|operation| is_named(call.api, operation))
            && match &standing.hits {
                Hits::Everything => true,
                Hits::Region(region) => call.region == Some(region),
                Hits::Keys(keys) => call.keys.iter().any(|key| keys.contains(key)),
                Hits::CallsTo(region, keys) => {
                    call.region == Some(region) && call.keys.iter().any(|key| keys.contains(key))
                }
            }
            && self.window(standing).is_some_and(|window| window.contains(at))
    }

    fn about<'a, 'k>(&'a self, kind: FaultKind, key: &'k str) -> impl Iterator<Item = &'a Standing> + use<'a, 'k> {
        self.standing.iter().filter(move |standing| {
            standing.fault.kind == kind
                && match &standing.hits {
                    Hits::Everything => true,
                    Hits::Region(region) => key.strip_prefix(region.as_str()).is_some_and(|rest| rest.starts_with('/')),
                    Hits::Keys(keys) | Hits::CallsTo(_, keys) => keys.iter().any(|hit| hit == key),
                }
        })
    }

    fn at_region<'a>(&'a self, kind: FaultKind, region: &'a Region) -> impl Iterator<Item = Window> + 'a {
        let is_hit = move |standing: &&Standing| {
            standing.fault.kind == kind && matches!(&standing.hits, Hits::Region(hit) if hit == region)
        };
        self.standing.iter().filter(is_hit).filter_map(|standing| self.window(standing))
    }

    fn window(&self, standing: &Standing) -> Option<Window> {
        let base = match &standing.fault.after {
            None => standing.base,
            Some(operation) => *self.first_taken.get(operation.as_str())?,
        };
        let from = later(base, standing.fault.at.0);
        let lasts = standing.fault.lasts.map(|lasts| later(from, lasts.0));
        let to = [lasts, standing.ended].into_iter().flatten().min();
        Some(Window { from, to })
    }
}

/// Whether `api` is `named`, by its whole name or by its service.
fn is_named(api: &str, named: &str) -> bool {
    api == named || api.split_once('.').is_some_and(|(service, _)| service == named)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Timestamp {
        later(Timestamp::UNIX_EPOCH, seconds)
    }

    fn standing(fault: Fault, hits: Hits) -> Troubles {
        let mut troubles = Troubles::default();
        troubles.add(fault, at(0.0), hits);
        troubles
    }

    fn call<'a>(api: &'a str, region: &'a Region) -> Call<'a> {
        Call { api, region: Some(region), keys: &[], attempt: 1 }
    }

    #[test]
    fn a_fault_begins_ends_and_may_wait_for_an_operation() {
        let fault = Fault::new(FaultKind::TasksCrash).at(10.0).lasting(5.0).after("rds.PromoteReadReplica");
        let mut troubles = standing(fault, Hits::Keys(vec!["a".to_owned()]));
        assert!(troubles.active(FaultKind::TasksCrash, "a", at(12.0)).is_none());
        troubles.taken("rds.PromoteReadReplica", at(100.0));
        troubles.taken("rds.PromoteReadReplica", at(200.0));
        for (seconds, is) in [(109.0, false), (110.0, true), (114.9, true), (115.0, false)] {
            assert_eq!(troubles.active(FaultKind::TasksCrash, "a", at(seconds)).is_some(), is, "{seconds}");
        }
        assert!(troubles.active(FaultKind::TasksCrash, "b", at(112.0)).is_none());
    }

    #[test]
    fn a_fault_ended_by_hand_has_been_and_is_no_more() {
        let region = Region::new("us-east-1");
        let mut troubles = standing(Fault::new(FaultKind::RegionDark).at(10.0), Hits::Region(region.clone()));
        let dark = AimedFault::new(FaultKind::RegionDark, Target::Region(region.clone()));
        assert_eq!(troubles.standing(at(5.0)), []);
        assert_eq!(troubles.standing(at(20.0)), std::slice::from_ref(&dark));
        troubles.end(&dark, at(30.0));
        assert_eq!(troubles.standing(at(30.0)), []);
        assert_eq!(troubles.gone_since(&region, at(29.0)), Some(at(10.0)), "what was stays so");
    }

    #[test]
    fn a_dark_region_hangs_and_the_other_answers() {
        let (dark, other) = (Region::new("us-east-1"), Region::new("us-west-2"));
        let troubles = standing(Fault::new(FaultKind::RegionDark), Hits::Region(dark.clone()));
        let dice = Dice::new(1);
        let trouble = |region| troubles.of_call(&call("rds.DescribeDBInstances", region), &dice, at(1.0));
        assert_eq!((trouble(&dark), trouble(&other)), (Some(CallTrouble::Hangs), None));
        assert_eq!(troubles.gone_since(&dark, at(1.0)), Some(at(0.0)));
        assert_eq!(troubles.gone_since(&other, at(1.0)), None);
    }

    #[test]
    fn a_fault_of_calls_is_of_a_service_or_of_one_operation() {
        let region = Region::new("us-west-2");
        let dice = Dice::new(1);
        for (named, api, hit) in [
            ("rds", "rds.DescribeDBInstances", true),
            ("rds.PromoteReadReplica", "rds.PromoteReadReplica", true),
            ("rds.PromoteReadReplica", "rds.DescribeDBInstances", false),
            ("rd", "rds.DescribeDBInstances", false),
        ] {
            let troubles = standing(Fault::new(FaultKind::Hang).of_calls(named), Hits::Everything);
            assert_eq!(troubles.of_call(&call(api, &region), &dice, at(1.0)).is_some(), hit, "{named} {api}");
        }
    }

    #[test]
    fn lag_climbs_to_where_it_stays() {
        let mut fault = Fault::new(FaultKind::Lag).at(10.0);
        fault.seconds = Some(super::super::fault::Seconds(41.0));
        fault.over = Some(super::super::fault::Seconds(100.0));
        let troubles = standing(fault, Hits::Keys(vec!["a".to_owned()]));
        assert_eq!(troubles.lag("a", 1.0, at(9.0)), None);
        assert_eq!(troubles.lag("a", 1.0, at(60.0)), Some(21.0));
        assert_eq!(troubles.lag("a", 1.0, at(900.0)), Some(41.0));
    }
}
