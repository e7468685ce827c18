//! What looking costs: somebody who only looks at a hundred components makes thirty calls a minute at most.

use crate::stage::*;
use crate::support::cloud::Call;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use landfall::cloud::aws::AwsObserver;
use landfall::cloud::{Clock, Evidence, Observe};
use landfall::engine::lookout::look_on;
use landfall::engine::{Clouds, Options, Pace, Run, Seat, Session};
use landfall::plan::{Component, Intent, Level, Plan, Runbook, Side, file};
use landfall::recovery::event::{CloudName, JOURNAL_VERSION};
use landfall::recovery::start::Despite;
use landfall::recovery::{Command, Mode, Opened, Start, State, What};
use landfall::service::{Ask, Registry, Seen};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A hundred components as a mid-sized application has them.
fn hundred() -> String {
    let mut text =
        "[application]\nname = \"large\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\nrpo = \"10m\"\n"
            .to_owned();
    for at in 0..30 {
        write!(text, "[component.db{at}]\nkind = \"rds\"\nprimary = \"p{at}\"\nrecovery = \"r{at}\"\n").expect("text");
    }
    for at in 0..40 {
        let (cluster, db) = (at % 4, at % 30);
        write!(
            text,
            "[component.svc{at}]\nkind = \"ecs\"\ncluster = \"shop{cluster}\"\nservice = \"s{at}\"\ndesired = 2\nneeds = [\"db{db}\"]\n"
        )
        .expect("text");
    }
    for at in 0..15 {
        let zone = at % 3;
        write!(
            text,
            "[component.lb{at}]\nkind = \"load-balancer\"\nname = \"lb{at}\"\ntarget_group = \"tg{at}\"\nneeds = [\"svc{at}\"]\n\
             [component.dns{at}]\nkind = \"route53\"\nzone = \"shop{zone}.example\"\nrecord = \"n{at}.shop{zone}.example\"\n\
             type = \"A\"\nalias = {{ dns_name = \"${{lb{at}.dns_name}}\", zone_id = \"${{lb{at}.zone_id}}\" }}\nneeds = [\"lb{at}\"]\n"
        )
        .expect("text");
    }
    text
}

/// A hundred components of every kind that a cloud is asked for, most of them of what most applications have most of.
fn estate() -> String {
    let mut text =
        "[application]\nname = \"estate\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\nrpo = \"10m\"\n"
            .to_owned();
    let mut add = |name: &str, count: usize, fields: &dyn Fn(usize) -> String| {
        for at in 0..count {
            write!(text, "[component.{name}{at}]\n{}\n", fields(at)).expect("text");
        }
    };
    let kind = |kind: &str, fields: String| format!("kind = \"{kind}\"\n{fields}");
    add("key", 4, &|at| kind("kms", format!("key = \"alias/key{at}\"")));
    add("cert", 3, &|at| kind("certificate", format!("domain = \"n{at}.shop0.example\"")));
    add("db", 10, &|at| kind("rds", format!("primary = \"p{at}\"\nrecovery = \"r{at}\"")));
    add("ledger", 4, &|at| {
        kind("aurora", format!("global = \"g{at}\"\nprimary = \"east{at}\"\nrecovery = \"west{at}\""))
    });
    add("cache", 4, &|at| {
        kind("elasticache", format!("global = \"ldgnf-c{at}\"\nprimary = \"ce{at}\"\nrecovery = \"cw{at}\""))
    });
    add("table", 6, &|at| kind("dynamodb", format!("table = \"table{at}\"")));
    add("secret", 6, &|at| kind("secret", format!("name = \"estate/s{at}\"")));
    add("parameter", 8, &|at| {
        kind("parameter", format!("name = \"/estate/p{at}\"\nvalue = \"${{db{}.endpoint}}\"", at))
    });
    add("svc", 14, &|at| {
        kind(
            "ecs",
            format!("cluster = \"shop{}\"\nservice = \"s{at}\"\ndesired = 2\nneeds = [\"db{}\"]", at % 4, at % 10),
        )
    });
    add("group", 5, &|at| kind("autoscaling", format!("group = \"g{at}\"\ndesired = 2")));
    add("lb", 7, &|at| {
        kind("load-balancer", format!("name = \"lb{at}\"\ntarget_group = \"tg{at}\"\nneeds = [\"svc{at}\"]"))
    });
    add("dns", 7, &|at| {
        let zone = at % 3;
        let alias = format!("alias = {{ dns_name = \"${{lb{at}.dns_name}}\", zone_id = \"${{lb{at}.zone_id}}\" }}");
        let record = format!("record = \"n{at}.shop{zone}.example\"\ntype = \"A\"");
        kind("route53", format!("zone = \"shop{zone}.example\"\n{record}\n{alias}"))
    });
    add("net", 2, &|at| {
        let free =
            format!("vpc = \"net{at}\"\nsubnets = [\"net{at}-a\", \"net{at}-b\"]\nsecurity_groups = [\"net{at}-web\"]");
        kind("network", format!("{free}\nfree_addresses = 10\nreach = [\"internet\"]"))
    });
    add("role", 3, &|at| kind("iam", format!("role = \"role{at}\"\nmay = [\"s3:GetObject\"]")));
    add("bucket", 3, &|at| kind("s3", format!("primary = \"estate-east{at}\"\nrecovery = \"estate-west{at}\"")));
    add("fn", 4, &|at| kind("lambda", format!("function = \"worker{at}\"\nconcurrency = 20")));
    add("rule", 2, &|at| kind("rule", format!("rule = \"nightly{at}\"\nold = {{ rule = \"nightly{at}\" }}")));
    add("queue", 1, &|at| kind("queue", format!("name = \"orders{at}\"")));
    add("flip", 1, &|at| kind("switch", format!("bucket = \"estate-switch\"\nobject = \"off{at}\"\npresent = true")));
    add("alarms", 3, &|at| kind("alarm", format!("names = [\"a{at}\", \"b{at}\"]")));
    add("say", 3, &|_| kind("manual", "ask = \"is it well?\"".to_owned()));
    text
}

/// The cloud by a clock that is not the wall's: its answers are of that clock's time.
struct Timed(AwsObserver, Clock);

#[async_trait]
impl Observe for Timed {
    async fn observe(&self, asks: &[Ask], evidence: &Evidence) -> Vec<Seen> {
        let seen = self.0.observe(asks, evidence).await;
        seen.into_iter().map(|seen| Seen { at: self.1.now(), ..seen }).collect()
    }
}

fn opened(plan: &Plan) -> Opened {
    Opened {
        version: JOURNAL_VERSION,
        run: "look".into(),
        intent: Intent::Failover,
        cloud: CloudName::Aws,
        declared_at: Timestamp::now(),
        runbook: Runbook::compile(plan, Intent::Failover, &Registry).expect("no circle"),
        plan: plan.clone(),
        drill: None,
        program: "test".into(),
        endpoint: None,
    }
}

/// How many calls `text`'s plan costs whoever looks at it for so many minutes.
async fn looked_at(text: &str, minutes: u32) -> Vec<Call> {
    let stage = empty().await;
    stage.seed(text);
    let plan = file::read("large.toml", text.as_bytes(), &Registry).expect("a valid plan");
    assert_eq!(plan.components.len(), 100);
    let of = |component: &&Component| Registry.service(&component.kind).expect("a kind");
    let sides = [Side::Primary, Side::Recovery];
    let has_health = |one: &&Component, side| {
        of(one).health(one, &plan.application, side).is_some_and(|looked| !looked.asks.is_empty())
    };
    let both = plan.components.iter().flat_map(|one| sides.map(|side| (one, side)));
    let healths: Vec<_> =
        both.filter(|(one, side)| has_health(one, *side)).map(|(one, side)| (one.name.clone(), side)).collect();
    let lags = plan.components.iter().filter(|one| of(one).lag(one, &plan.application).is_some()).count();
    // Thirty times as fast as the wall: a minute is two seconds, and a call is far quicker than a round.
    let clock = Clock::new(Timestamp::now(), 30.0);
    let cloud = Arc::new(Timed(observer(&plan).await, clock.clone()));
    let (mut feed, _tails) = look_on(opened(&plan), cloud, clock.clone(), "ana".into());
    let mut state: Option<State> = None;
    let (mut measured_from, mut rounds) = (None, 0);
    while let Some(batch) = feed.recv().await {
        for event in batch.iter() {
            match &mut state {
                None => state = State::open(event),
                Some(state) => state.fold(event),
            }
            if measured_from.is_some() && matches!(event.what, What::HealthUnchanged { .. }) {
                rounds += 1;
            }
        }
        let now = state.as_ref().expect("a run");
        // The first rounds find out what zones there are and who asks; what goes on all day is measured behind them.
        let told = healths.iter().all(|one| now.health.contains_key(one)) && now.lags.len() == lags;
        if measured_from.is_none() && told {
            clock.sleep(90.0).await;
            stage.clear_calls();
            measured_from = Some(clock.now());
        }
        let end = measured_from
            .and_then(|from: Timestamp| from.checked_add(SignedDuration::from_secs(60 * i64::from(minutes))).ok());
        if end.is_some_and(|end| clock.now() >= end) {
            break;
        }
    }
    let calls = stage.calls();
    drop(feed);
    // Whoever looked finds out at his next round that nobody listens: till then the cloud is this test's alone.
    clock.sleep(120.0).await;
    assert!(rounds >= minutes, "it looked {rounds} times");
    assert!(calls.iter().all(|call| call.read_only));
    calls
}

/// The calls by what they ask, for whoever reads why there are too many.
fn by_operation(calls: &[Call]) -> BTreeMap<String, usize> {
    calls.iter().fold(BTreeMap::new(), |mut counted, call| {
        *counted.entry(format!("{} {}", call.region, call.operation)).or_default() += 1;
        counted
    })
}

#[tokio::test]
async fn looking_at_a_hundred_components_makes_thirty_calls_a_minute() {
    const MINUTES: u32 = 3;
    for text in [hundred(), estate()] {
        let calls = looked_at(&text, MINUTES).await;
        let most = 30 * MINUTES as usize + 15;
        println!("{} calls in {MINUTES} minutes and a part of a round", calls.len());
        assert!(
            calls.len() <= most,
            "{} in {MINUTES} minutes and a part of a round: {:?}",
            calls.len(),
            by_operation(&calls)
        );
    }
}

/// The preflight of a hundred components: one call a batch, one a component where an API has none, and soon.
#[tokio::test]
async fn a_preflight_of_a_hundred_components_is_one_call_a_batch_and_takes_seconds() {
    const FOR_MANY: &[(&str, usize)] = &[
        ("DescribeDBInstances", 2),
        ("DescribeDBClusters", 2),
        ("DescribeGlobalClusters", 2),
        ("DescribeReplicationGroups", 2),
        ("DescribeGlobalReplicationGroups", 2),
        ("DescribeAutoScalingGroups", 2),
        // Whose names the rules look at is told by another round.
        ("DescribeLoadBalancers", 3),
        ("DescribeTargetGroups", 2),
        ("DescribeAlarms", 2),
        ("GetParameters", 1),
        ("GetMetricData", 2),
        // Four clusters, ten services a call.
        ("DescribeServices", 8),
        // One each, in each region.
        ("DescribeTable", 7),
        ("DescribeSecret", 7),
        ("DescribeKey", 5),
        ("DescribeTargetHealth", 8),
    ];
    let stage = empty().await;
    let text = estate();
    stage.seed(&text);
    let home = tempfile::tempdir().expect("a folder");
    let plan = home.path().join("estate.toml");
    std::fs::write(&plan, &text).expect("it writes");
    let mut quickest = Duration::MAX;
    // The machine may be busy: what takes so long by itself does so every time.
    for _ in 0..3 {
        stage.clear_calls();
        let began = Instant::now();
        let mut check = stage.landfall(home.path());
        check.args(["check", "--live", "--intent", "failover"]).arg(&plan);
        let told = check.output().expect("it runs");
        quickest = quickest.min(began.elapsed());
        assert!(matches!(told.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&told.stderr));
    }
    let calls = stage.calls();
    let counted = by_operation(&calls);
    for region in [EAST, WEST] {
        for (operation, most) in FOR_MANY {
            let made = counted.get(&format!("{region} {operation}")).copied().unwrap_or_default();
            assert!(made <= *most, "{made} × {operation} in {region}: {counted:?}");
        }
    }
    println!("{} calls, {quickest:?}: {counted:?}", calls.len());
    assert!(quickest < Duration::from_secs(5), "{quickest:?} and {} calls: {counted:?}", calls.len());
}

/// What only readiness rules ask: neither the curves nor, while nothing is sent, a step.
const OF_RULES: &[&str] = &[
    "DescribeContinuousBackups",
    "DescribeDBParameters",
    "DescribeDBClusterParameters",
    "DescribeLogGroups",
    "DescribeLaunchConfigurations",
    "DescribeLoadBalancerAttributes",
    "GetBucketReplication",
    "GetServiceQuota",
    "GetAWSDefaultServiceQuota",
    "DescribeInstanceTypeOfferings",
    "DescribeTaskDefinition",
    "DescribeInstanceTypes",
    "GetHealthCheck",
    "GetKeyPolicy",
    "ListAttachedRolePolicies",
    "ListGrants",
    "ListResourceRecordSetProtections",
    "ListRolePolicies",
];

/// How many times as fast as the wall.
const SCALE: f64 = 30.0;

/// Follows the session for so many minutes.
async fn follow(session: &mut Session, state: &mut Option<State>, clock: &Clock, minutes: f64) {
    let until = clock.now().checked_add(SignedDuration::from_secs_f64(60.0 * minutes)).expect("a time");
    while clock.now() < until {
        let Ok(batch) = tokio::time::timeout(Duration::from_millis(50), session.feed.recv()).await else { continue };
        for event in batch.expect("the session goes on").iter() {
            match state {
                None => *state = State::open(event),
                Some(state) => state.fold(event),
            }
        }
    }
}

/// Curves and preflight share what they are told and what they may ask; what a start rests on is asked again before it is given.
#[tokio::test]
async fn a_start_form_that_is_left_open_makes_thirty_calls_a_minute_and_its_start_is_given_on_what_is_so_now() {
    const MINUTES: u32 = 5;
    const BESIDE: u32 = 2;
    let stage = empty().await;
    let text = estate();
    stage.seed(&text);
    let plan = file::read("estate.toml", text.as_bytes(), &Registry).expect("a valid plan");
    let clock = Clock::new(Timestamp::now(), SCALE);
    let observe = Arc::new(Timed(observer(&plan).await, clock.clone()));
    let clouds = Clouds { observe, perform: Arc::new(actor(&plan).await) };
    let folder = tempfile::tempdir().expect("a folder");
    let run = Run::begin(&folder.path().join("run.jsonl"), opened(&plan), &Seat::of("ana"), &clock).expect("a journal");
    let options = Options { by: "ana".into(), mode: Some(Mode::Hold), pace: Pace { shortest: 2.0, longest: 10.0 } };
    // The first look is given the time that it takes.
    clock.ease(true);
    let (began, mut state) = (Instant::now(), None);
    let mut session = Session::start(run, clouds, clock.clone(), options);
    while state.as_ref().is_none_or(|state: &State| state.preflight.is_none()) {
        follow(&mut session, &mut state, &clock, 0.001).await;
    }
    println!("first look: {} calls, {:?}", stage.calls().len(), began.elapsed());
    clock.ease(false);
    // What the curves never told has its first turn in a few rounds.
    follow(&mut session, &mut state, &clock, 3.0).await;
    stage.clear_calls();
    let minutes = std::env::var("BUDGET_MINUTES").ok().and_then(|minutes| minutes.parse().ok()).unwrap_or(MINUTES);
    follow(&mut session, &mut state, &clock, f64::from(minutes)).await;
    let calls = stage.calls();
    println!("on the form: {} calls in {minutes} minutes", calls.len());
    assert!(calls.iter().all(|call| call.read_only));
    // And a round of the curves, which goes all at once.
    assert!(calls.len() <= 30 * minutes as usize + 40, "{} calls: {:?}", calls.len(), by_operation(&calls));
    assert!(calls.len() >= 15 * minutes as usize, "{} calls: somebody looks", calls.len());

    // What is gone by now was there when it was asked for, minutes ago.
    let despite = |state: &State| -> Vec<Despite> {
        let codes: BTreeSet<_> = state.blockers().iter().map(|found| found.check.code.clone()).collect();
        codes.into_iter().map(|code| Despite { code, why: "only counted".into() }).collect()
    };
    let known = state.as_ref().expect("a run");
    let start = |despite| Command::Start(Start { typed: WEST.into(), despite, crosses: true, ..Start::default() });
    let before = despite(known);
    // For longer than an answer is good for at a start, none of what is theirs comes.
    let silent = stage.fault(&json!({ "kind": "hang", "service": "secretsmanager" }));
    follow(&mut session, &mut state, &clock, 6.0).await;
    stage.mend(&silent);
    for at in 0..6 {
        let secret = json!({ "SecretId": format!("estate/s{at}"), "RemoveReplicaRegions": [WEST] });
        stage.call("secretsmanager", EAST, "remove_regions_from_replication", &secret);
    }
    // A look at everything takes longer on the wall than by this clock.
    clock.ease(true);
    let refused = session.commander.send(start(before.clone())).await.expect("it lives").expect_err("it is gone");
    follow(&mut session, &mut state, &clock, 0.01).await;
    let known = state.as_ref().expect("a run");
    let now = despite(known);
    assert!(now.len() > before.len(), "{refused:?}: {now:?}");
    let gone = known.blockers().iter().filter(|found| found.check.level == Level::Failing).count();
    assert!(gone >= 6, "each was asked again before the start was judged: {refused:?}: {now:?}");
    session.commander.send(start(now)).await.expect("it lives").expect("it starts");
    clock.ease(false);
    stage.clear_calls();
    follow(&mut session, &mut state, &clock, f64::from(BESIDE)).await;
    let calls = stage.calls();
    let of_rules = calls.iter().filter(|call| OF_RULES.contains(&call.operation.as_str())).count();
    println!(
        "beside the run: {} calls in {BESIDE} minutes, {of_rules} of rules: {:?}",
        calls.len(),
        by_operation(&calls)
    );
    assert!(of_rules <= 15 * BESIDE as usize, "{:?}", by_operation(&calls));
    session.close("the test is over").await.expect("a whole journal");
    assert!(stage.mutations().iter().all(|call| call.operation != "UpdateService"), "it was held");
}
