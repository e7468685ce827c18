//! Preflight: what every step would look at before it acts, asked of the whole plan at once, and what the answers mean for
//! the start. The same prechecks that refuse a step refuse the start. Pure: who asks is the engine's.

mod answering;
mod bearing;
mod identity;
mod may_act;
mod rule;
mod step;
mod store;

use self::answering::Answering;
use self::bearing::Bearing;
use self::identity::PlaceLook;
use self::may_act::MayAct;
use self::rule::RuleLook;
use self::step::StepLook;
use self::store::StoreLook;
use super::past::Exercised;
use super::start::{Found, Preflight, Waived};
use crate::plan::{
    Application, Component, ComponentName, Finding, Intent, Level, Plan, Region, Runbook, Side, Step, Waiver, When,
};
use crate::seal::Secrets;
use crate::service::posture::Captured;
use crate::service::readiness::{EXERCISED, Rule, Tier};
use crate::service::{
    Ask, Check, Context, LOOK_AGAIN, LocalQuery, Outputs, Place, Query, Registry, Seen, Silence, plugin_clears,
};
use crate::text::Clean;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is asked of the whole plan before its start.
pub struct Looks {
    steps: Vec<StepLook>,
    stores: Vec<StoreLook>,
    rules: Vec<RuleLook>,
    places: Vec<PlaceLook>,
    answering: Answering,
    application: Application,
    /// The region that fails, in a failover.
    failing: Option<Region>,
    findings: Vec<Finding>,
    waivers: Vec<Waiver>,
    bearing: Bearing,
    /// Absent where nothing is going to be done.
    may_act: Option<MayAct>,
    /// What past runs tell; absent where nobody knows of any, and on simulated regions.
    exercised: Option<(Exercised, Plan, Runbook)>,
    /// What was captured of the application, where somebody captures it.
    captured: Option<Captured>,
}

impl Looks {
    /// Everything that `runbook` of `plan` would look at, as a run that begins at `begun_at`. `findings` are those that
    /// no cloud has to be asked for.
    pub fn of(
        plan: &Plan,
        runbook: &Runbook,
        begun_at: Timestamp,
        findings: Vec<Finding>,
        secrets: &Arc<Secrets>,
    ) -> Self {
        // What is left out is not asked about, and nothing of it stands in the way.
        let whole = runbook;
        let runbook = &whole.taken();
        let is_done = |component: &&Component| !whole.leaves_out(&component.name);
        let findings = findings.into_iter();
        let findings = findings.filter(|found| found.component.as_ref().is_none_or(|name| !whole.leaves_out(name)));
        let findings: Vec<Finding> = findings.collect();
        let outputs: BTreeMap<ComponentName, Outputs> = BTreeMap::new();
        let components: BTreeMap<&ComponentName, &Component> =
            plan.components.iter().map(|component| (&component.name, component)).collect();
        let intent = runbook.intent;
        let failing = (intent == Intent::Failover).then_some(&plan.application.primary);
        let steps = runbook.steps.iter().filter_map(|step| {
            // What another component gives is not known yet: the fields keep their `${…}`, and kinds know that.
            let component = components.get(&step.component)?;
            let context = Context {
                plan,
                intent,
                component,
                outputs: &outputs,
                begun_at,
                past_the_point: false,
                may_be_promoted: true,
                run: "",
                attempt: 1,
            };
            StepLook::of(step, &context, failing, secrets)
        });
        let is_making = |step: &&Step| step.when == When::Before && step.acts;
        let made: BTreeSet<&ComponentName> =
            runbook.steps.iter().filter(is_making).map(|step| &step.component).collect();
        let stores = plan
            .components
            .iter()
            .filter(is_done)
            .filter_map(|component| StoreLook::of(component, plan, runbook, failing, &made));
        let components_done = plan.components.iter().filter(is_done);
        let rules = components_done.flat_map(|component| RuleLook::all_of(component, plan, failing, &made));
        let mut places = BTreeSet::new();
        // Another program asks with credentials of its own, and what is done beside it and calls no cloud needs none.
        let by_another = |component: &Component| component.plugin.is_some() || component.kind.as_str() == "terraform";
        let calls_nobody = |component: &Component| {
            Registry.service(component.kind.as_str()).is_some_and(|kind| kind.grants().is_empty())
        };
        let is_beside = |component: &Component| calls_nobody(component) && plan.components.iter().any(by_another);
        let of_aws = || plan.components.iter().filter(|component| !by_another(component) && !is_beside(component));
        for component in of_aws() {
            for side in [Side::Primary, Side::Recovery] {
                places.insert(Place::of(component, &plan.application, side));
            }
        }
        Self {
            steps: steps.collect(),
            stores: stores.collect(),
            rules: rules.collect(),
            answering: Answering::of(places.iter().cloned(), &plan.application.recovery),
            places: places.into_iter().map(|place| PlaceLook::of(place, failing)).collect(),
            application: plan.application.clone(),
            failing: failing.cloned(),
            findings,
            waivers: plan.waivers.clone(),
            bearing: Bearing::of(plan, runbook),
            may_act: of_aws().next().map(|_| MayAct::of(plan, runbook, failing)),
            exercised: None,
            captured: None,
        }
    }

    /// The same, with what past runs tell of `runbook` of `plan`.
    pub fn exercised(self, exercised: Exercised, plan: &Plan, runbook: &Runbook) -> Self {
        Self { exercised: Some((exercised, plan.clone(), runbook.clone())), ..self }
    }

    /// The same, with what a snapshot tells of the application.
    pub fn captured(mut self, captured: Option<Captured>) -> Self {
        let ready = captured.iter().flat_map(Captured::ready);
        self.rules.extend(ready.map(|ready| RuleLook::of_plan(ready, self.failing.as_ref())));
        Self { captured, ..self }
    }

    /// The same for who only looks: whether these credentials may act is not asked.
    pub fn only_looking(self) -> Self {
        Self { may_act: None, ..self }
    }

    /// Every question, with how often it is looked at for whoever asks it most often.
    pub fn asks(&self) -> Questions {
        let mut asks = Questions::default();
        let steps = self.steps.iter().flat_map(|look| &look.asks);
        let stores = self.stores.iter().flat_map(|store| store.around.iter().chain([&store.ask]));
        let places = self.places.iter().map(|look| &look.ask);
        for ask in steps.chain(stores).chain(places) {
            asks.add(ask.clone(), None);
        }
        for look in &self.rules {
            for ask in &look.ready.looked.asks {
                asks.add(ask.clone(), Some(look.ready.rule.tier));
            }
        }
        self.answering.questions(&mut asks);
        asks
    }

    /// What the rules of `of` rest on, and no step's question.
    pub fn rules_ask(&self, of: &BTreeSet<ComponentName>) -> Questions {
        let mut asks = Questions::default();
        for look in self.rules.iter().filter(|look| look.is_of(of)) {
            look.ready.looked.asks.iter().for_each(|ask| asks.add(ask.clone(), Some(look.ready.rule.tier)));
        }
        asks
    }

    /// What else they are to be asked, now that `seen` is known.
    pub fn rules_ask_further(&self, of: &BTreeSet<ComponentName>, seen: &[Seen], now: Timestamp) -> Questions {
        let answers = Answers::of(seen);
        let mut asks = Questions::default();
        for look in self.rules.iter().filter(|look| look.is_of(of)) {
            let tier = look.ready.rule.tier;
            look.further(&answers, now).into_iter().for_each(|ask| asks.add(ask, Some(tier)));
        }
        asks
    }

    /// How the rules of `of` stand by what was answered, at `now`; of those that were asked all they ask.
    pub fn judge_rules(&self, of: &BTreeSet<ComponentName>, seen: &[Seen], now: Timestamp) -> Vec<Found> {
        let answers = Answers::of(seen);
        let today = now.to_zoned(TimeZone::UTC).date();
        let looks = self.rules.iter().filter(|look| look.is_of(of) && look.is_asked(&answers, now));
        let judged = looks.filter_map(|look| look.judge(&answers, now));
        judged.map(|found| Found { waived: self.waived(&found, today), ..found }).collect()
    }

    /// What else is to be asked, now that `seen` is known. Empty once nothing more is named.
    pub fn further(&self, seen: &[Seen], now: Timestamp) -> Questions {
        let answers = Answers::of(seen);
        let mut asks = Questions::default();
        for look in &self.steps {
            for ask in look.further(&look.seen(&answers), now) {
                asks.add(ask, None);
            }
        }
        for look in &self.rules {
            for ask in look.further(&answers, now) {
                asks.add(ask, Some(look.ready.rule.tier));
            }
        }
        for (ask, tier) in self.may_act.iter().flat_map(|may_act| may_act.asks(&self.steps, &answers, now)) {
            asks.add(ask, tier);
        }
        asks
    }

    /// What is asked for what stands in the way by `found`: somebody waits to see it mended. Of a region that fails nothing is
    /// expected.
    pub fn unsettled(&self, found: &Preflight, seen: &[Seen], now: Timestamp) -> BTreeSet<Ask> {
        let stands = |found: &&Found| !found.in_failing_region;
        let steps: BTreeSet<_> =
            found.blocks.iter().chain(&found.unknown).filter(stands).filter_map(|found| found.step.as_ref()).collect();
        let answers = Answers::of(seen);
        let mut asks = BTreeSet::new();
        for look in self.steps.iter().filter(|look| steps.contains(&look.step)) {
            asks.extend(look.asks.iter().cloned());
            asks.extend(look.further(&look.seen(&answers), now));
        }
        let may_act = self.may_act.iter().flat_map(|may_act| may_act.asks(&self.steps, &answers, now));
        asks.extend(may_act.filter(|(_, tier)| tier.is_none()).map(|(ask, _)| ask));
        // Whoever is refused may be somebody else by the next look.
        if found
            .all()
            .any(|found| found.refused || found.check.code.starts_with("identity") && found.check.level != Level::Ok)
        {
            asks.extend(self.places.iter().map(|look| look.ask.clone()));
        }
        asks
    }

    /// What the answers mean for the start, at `now`.
    pub fn judge(&self, seen: &[Seen], now: Timestamp) -> Preflight {
        let answers = Answers::of(seen);
        let mut found: Vec<Found> = self.findings.iter().map(of_plan).collect();
        found.extend(self.places.iter().flat_map(|look| look.judge(&self.application, &answers, now)));
        for look in &self.steps {
            found.extend(look.judge(&answers, now));
        }
        found.extend(self.stores.iter().filter_map(|store| store.judge(&self.application, &answers, now)));
        found.extend(self.rules.iter().filter_map(|look| look.judge(&answers, now)));
        found.extend(self.answering.judge(&answers, now).into_iter().flatten());
        found.extend(self.may_act.iter().flat_map(|may_act| may_act.judge(&self.steps, &answers, now)));
        found.extend(self.silence(seen));
        let exercised = self.exercised.iter().map(|(past, plan, runbook)| past.judge(plan, runbook, now));
        found.extend(exercised.map(|check| Found { tier: Some(EXERCISED.tier), ..Found::of(check) }));
        if let Some(captured) = &self.captured {
            let of_rule =
                |(rule, check): (&Rule, _)| Found { seen_at: captured.at(), tier: Some(rule.tier), ..Found::of(check) };
            let drilled = self.exercised.as_ref().map(|(past, plan, _)| past.drilled(plan));
            found.extend(captured.judge(now, drilled.as_ref()).into_iter().map(of_rule));
        }
        let today = now.to_zoned(TimeZone::UTC).date();
        for found in &mut found {
            found.waived = self.waived(found, today);
        }
        found.sort_by_key(|found| self.bearing.rank(found));
        Preflight::sorted(found)
    }

    /// Why what a readiness rule found is lived with today: no step's own check is ever waived.
    fn waived(&self, found: &Found, today: Date) -> Option<Waived> {
        let is_of_rule = found.tier.is_some() && found.check.level != Level::Ok;
        let covers = |waiver: &&Waiver| {
            let of_it = waiver.component.is_none() || waiver.component == found.component;
            waiver.code == found.check.code && of_it && today <= waiver.until
        };
        let waiver = self.waivers.iter().find(covers).filter(|_| is_of_rule)?;
        Some(Waived { until: waiver.until, why: waiver.why.clone() })
    }

    /// Whether the region that is brought up answers anything at all: without it nothing of the other is to be taken down. Only
    /// what is asked at every look tells: what rules rest on may have been answered long before the region went silent.
    fn silence(&self, seen: &[Seen]) -> Option<Found> {
        let recovery = &self.application.recovery;
        let now = self.asks();
        let is_of_this_look = |seen: &&Seen| now.0.get(&seen.ask).is_some_and(Option::is_none);
        let there = seen.iter().filter(|seen| seen.ask.place.region == *recovery);
        let mut there = there.filter(is_of_this_look).peekable();
        there.peek()?;
        let is_silent =
            there.all(|seen| matches!(&seen.answer, Err(unanswered) if unanswered.because == Silence::NoAnswer));
        let found = format!("{recovery} answers nothing");
        let fix = "see whether it can be reached from here: nothing can be brought up in it now";
        let check = Check::failed("recovery-answers", found, "a region that answers", fix);
        is_silent.then(|| Found::of(check))
    }
}

/// A question that changes nothing, whoever's address it goes to: a plan's POST is sent by its step alone.
fn only_looks(ask: &Ask) -> bool {
    // A program of the plan's is run by its step alone.
    // What Terraform is asked that runs it is no look: it says so itself.
    ask.query.changes_nothing() && !matches!(ask.query, Query::Local(LocalQuery::Look(_)))
}

/// What was found without asking any cloud.
fn of_plan(finding: &Finding) -> Found {
    let check = Check {
        code: Clean::new(&finding.code),
        level: finding.level,
        found: finding.found.clone(),
        wanted: finding.wanted.clone(),
        fix: finding.fix.clone(),
        weight: finding.weight,
        identity: false,
    };
    Found { component: finding.component.clone(), ..Found::of(check) }
}

/// Questions, each once, with how often each is looked at; `None` is at every look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Questions(pub BTreeMap<Ask, Option<Tier>>);

impl Questions {
    /// These and `others`.
    pub fn and(mut self, others: Self) -> Self {
        others.0.into_iter().for_each(|(ask, tier)| self.add(ask, tier));
        self
    }

    /// One more, for somebody who looks at it so often.
    fn add(&mut self, ask: Ask, tier: Option<Tier>) {
        self.0.entry(ask).and_modify(|own| *own = (*own).min(tier)).or_insert(tier);
    }
}

/// Whether every silence among `seen` is of the region that fails, of which nothing can be told; and whether any other was a
/// refusal: who says no says it again, and waiting for the answer mends nothing.
fn silences(seen: &[Seen], failing: Option<&Region>) -> (bool, bool) {
    let untold = || seen.iter().filter_map(|seen| Some((&seen.ask.place.region, seen.answer.as_ref().err()?)));
    let is_failing = |region: &Region| failing == Some(region);
    let of_failing = untold().next().is_some() && untold().all(|(region, _)| is_failing(region));
    (of_failing, untold().any(|(region, why)| !is_failing(region) && why.because.is_a_no()))
}

/// `check`, with what would clear it where a program that would have told was not run.
fn cleared(check: Check, seen: &[Seen]) -> Check {
    let codes = seen.iter().filter_map(|seen| seen.answer.as_ref().err()?.code.as_deref());
    let clears = codes.filter_map(plugin_clears).next();
    match clears.filter(|_| check.level == Level::Unknown && check.fix.as_str() == LOOK_AGAIN) {
        Some(clears) => Check { fix: clears.into(), ..check },
        None => check,
    }
}

/// The answers, by their questions.
struct Answers<'a>(BTreeMap<&'a Ask, &'a Seen>);

impl<'a> Answers<'a> {
    fn of(seen: &'a [Seen]) -> Self {
        Self(seen.iter().map(|seen| (&seen.ask, seen)).collect())
    }

    fn to(&self, ask: &Ask) -> Option<&'a Seen> {
        self.0.get(ask).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::file;
    use crate::seal::Key;
    use crate::service::ask::CloudWatchQuery;
    use crate::service::observation::{CloudWatchObservation, LagSeries};
    use crate::service::{DnsObservation, DnsQuery, Observation, Registry, Unanswered};

    const PLAN: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.orders-db]
kind = "rds"
primary = "orders"
recovery = "orders-replica"

[component.dns]
kind = "route53"
zone = "Z1"
record = "shop.example.com."
values = ["192.0.2.2"]
"#;

    fn looks() -> Looks {
        let plan = file::read("shop.toml", PLAN.as_bytes(), &Registry).expect("a plan");
        let runbook = Runbook::compile(&plan, Intent::Failover, &Registry).expect("no circle");
        let secrets = Arc::new(Secrets::new(Key::new([0; 32]), Vec::new()));
        Looks::of(&plan, &runbook, at(0), Vec::new(), &secrets)
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn silent(ask: Ask, at: Timestamp) -> Seen {
        let answer = Err(Unanswered { because: Silence::NoAnswer, code: None, message: "no answer".into() });
        Seen { ask, at, answer }
    }

    /// The records of the zone, as they were told at `told`.
    fn records(looks: &Looks, told: Timestamp) -> Seen {
        let is_it = |ask: &Ask| matches!(ask.query, Query::Dns(DnsQuery::ZoneRecords { .. }));
        let ask = looks.asks().0.into_keys().find(is_it).expect("the zone's records are asked for");
        let observation: Observation = DnsObservation::ZoneRecords { records: Vec::new(), is_whole: true }.into();
        Seen { ask, at: told, answer: Ok(observation) }
    }

    fn level(preflight: &Preflight, code: &str) -> Option<(Level, String)> {
        let found = preflight.all().find(|found| found.check.code.as_str() == code)?;
        Some((found.check.level, found.check.found.to_string()))
    }

    #[test]
    fn what_a_run_makes_is_not_asked_about_before_and_whoever_may_not_look_is_told_all_the_same() {
        let plan = file::read("shop.toml", PLAN.as_bytes(), &Registry).expect("a plan");
        let mut runbook = Runbook::compile(&plan, Intent::Switchover, &Registry).expect("no circle");
        let promote =
            runbook.steps.iter().find(|step| step.id.as_str() == "orders-db/promote").expect("a step").clone();
        runbook.steps.insert(0, Step { id: "orders-db/replica".into(), when: When::Before, acts: true, ..promote });
        let secrets = Arc::new(Secrets::new(Key::new([0; 32]), Vec::new()));
        let looks = Looks::of(&plan, &runbook, at(0), Vec::new(), &secrets);
        let told = |because: Silence| {
            let answer = || Err(Unanswered { because, code: None, message: "no".into() });
            let asks = looks.asks().0.into_keys();
            let seen: Vec<Seen> = asks.map(|ask| Seen { ask, at: at(10), answer: answer() }).collect();
            let found = looks.judge(&seen, at(20));
            let level = |code: &str| level(&found, code).map(|(level, _)| level);
            (level("rds-engine-version"), level("rds-backup-retention"))
        };
        // There is no such thing yet; what it is made from is there, and is asked about.
        assert_eq!(told(Silence::Refused), (None, Some(Level::Unknown)));
        for silence in [Silence::Denied, Silence::Expired, Silence::Throttled, Silence::NoAnswer, Silence::Error] {
            assert_eq!(told(silence), (Some(Level::Unknown), Some(Level::Unknown)), "{silence:?}");
        }
    }

    #[test]
    fn a_lag_of_what_the_run_makes_is_asked_about_once_it_is_made_and_no_number_is_no_silence() {
        let text = PLAN.replace("[component.dns]", "rpo = \"5m\"\n\n[component.dns]");
        let plan = file::read("shop.toml", text.as_bytes(), &Registry).expect("a plan");
        let mut runbook = Runbook::compile(&plan, Intent::Switchover, &Registry).expect("no circle");
        let lag = |runbook: &Runbook| {
            let secrets = Arc::new(Secrets::new(Key::new([0; 32]), Vec::new()));
            let looks = Looks::of(&plan, runbook, at(0), Vec::new(), &secrets);
            let is_it = |ask: &Ask| matches!(ask.query, Query::CloudWatch(CloudWatchQuery::ReplicaLag { .. }));
            let ask = looks.asks().0.into_keys().find(is_it).expect("the lag is asked for");
            let none = CloudWatchObservation::Lag(LagSeries::default());
            let seen = [Seen { ask, at: at(10), answer: Ok(none.into()) }];
            let found = looks.judge(&seen, at(20));
            let found = found.all().find(|found| found.check.code.as_str() == "rds-lag");
            found.map(|found| (found.check.level, found.check.found.to_string(), found.check.fix.to_string()))
        };
        let (level, found, fix) = lag(&runbook).expect("it is there");
        assert_eq!((level, found.as_str()), (Level::Unknown, "no number"));
        assert!(fix.starts_with("everything was answered"), "{fix}");
        let promote =
            runbook.steps.iter().find(|step| step.id.as_str() == "orders-db/promote").cloned().expect("a step");
        runbook.steps.insert(0, Step { id: "orders-db/replica".into(), when: When::Before, acts: true, ..promote });
        assert_eq!(lag(&runbook), None);
    }

    #[test]
    fn what_a_rule_was_told_before_hides_no_silence_of_the_region() {
        let looks = looks();
        let mut seen: Vec<Seen> = looks.asks().0.into_keys().map(|ask| silent(ask, at(600))).collect();
        let told = records(&looks, at(10));
        let place = seen.iter().position(|seen| seen.ask == told.ask).expect("asked");
        seen[place] = told;
        let preflight = looks.judge(&seen, at(600));
        assert_eq!(level(&preflight, "recovery-answers").map(|found| found.0), Some(Level::Failing));
        assert_eq!(level(&preflight, "route53-forgotten").map(|found| found.0), Some(Level::Ok), "of ten minutes ago");
    }

    #[test]
    fn what_was_told_three_looks_ago_is_not_known_any_more() {
        let looks = looks();
        let told = [records(&looks, at(0))];
        let at_age = |age| level(&looks.judge(&told, at(age)), "route53-forgotten");
        assert_eq!(at_age(3 * 3_600).map(|found| found.0), Some(Level::Ok));
        let (level, found) = at_age(3 * 3_600 + 1).expect("still told");
        assert_eq!(level, Level::Unknown);
        assert!(found.starts_with("last ok") && found.contains("ago"), "{found}");
    }
}
