//! One job at a time, with a work whose verdicts are given: what is sent before a hold is lifted, what comes of a step
//! whose run turns back, how old an intent may be.

use super::hearing::{self, Heard};
use super::jobs::{Job, Sort};
use super::moment::Moment;
use super::observer::Observer;
use super::pace::Pace;
use super::runner::{Runner, Told};
use crate::cloud::{Clock, Evidence, Observe, Perform, Token};
use crate::plan::{Intent, Plan, Runbook, Step, Undo, file};
use crate::recovery::Reported;
use crate::recovery::start::Passed;
use crate::service::{
    Act, Ask, Asked, Check, Facts, Observation, Operation, Outputs, Place, Query, RdsObservation, RdsOperation,
    RdsQuery, Receipt, Registry, Reply, Seen, Verdict, Work,
};
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// A cloud that answers everything with the same and keeps what it was sent.
#[derive(Default)]
struct Cloud {
    replies: Mutex<VecDeque<Reply>>,
    sent: Mutex<Vec<Act>>,
    looks: Mutex<u32>,
    asked: Mutex<Vec<Ask>>,
    /// How long, in seconds, each reply takes.
    late: Mutex<u64>,
}

#[async_trait]
impl Observe for Cloud {
    async fn observe(&self, asks: &[Ask], _evidence: &Evidence) -> Vec<Seen> {
        *self.looks.lock().expect("whole") += 1;
        self.asked.lock().expect("whole").extend_from_slice(asks);
        let answer = Ok(Observation::Rds(RdsObservation::DbInstance { instance: None }));
        asks.iter().map(|ask| Seen { ask: ask.clone(), at: Timestamp::UNIX_EPOCH, answer: answer.clone() }).collect()
    }
}

#[async_trait]
impl Perform for Cloud {
    async fn perform(&self, act: &Act, _token: &Token, _evidence: &Evidence) -> Reply {
        self.sent.lock().expect("whole").push(act.clone());
        let late = *self.late.lock().expect("whole");
        tokio::time::sleep(Duration::from_secs(late)).await;
        let reply = self.replies.lock().expect("whole").pop_front();
        reply.unwrap_or(Reply::Taken { receipt: Receipt::default() })
    }
}

fn act() -> Act {
    let place = Place { region: "us-west-2".into(), account: None };
    Act {
        place,
        operation: Operation::Rds(RdsOperation::PromoteReadReplica { id: "db".into(), backup_retention_days: 1 }),
    }
}

/// Is as it is told, until the moment it holds.
struct Given {
    stands: Arc<Mutex<Verdict>>,
    checks: Vec<Check>,
    /// What its prechecks want to know beside.
    further: Vec<Ask>,
    /// What is looked at only while nothing was sent, and its prechecks rest on.
    first: Vec<Ask>,
}

impl Work for Given {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        let first = if *asked == Asked::No { &self.first[..] } else { &[] };
        [instance("db")].into_iter().chain(first.iter().cloned()).collect()
    }
    fn goal(&self, _facts: &Facts<'_>) -> Verdict {
        self.stands.lock().expect("whole").clone()
    }
    fn further(&self, facts: &Facts<'_>) -> Vec<Ask> {
        assert!(facts.seen.iter().any(|seen| seen.ask == instance("db")), "the answers that name what else to ask");
        self.further.clone()
    }
    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let asked = self.further.iter().chain(&self.first).all(|ask| facts.seen.iter().any(|seen| seen.ask == *ask));
        assert!(asked, "what else was asked is known to the prechecks");
        self.checks.clone()
    }
    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        Some(act())
    }
}

fn instance(id: &str) -> Ask {
    Ask { place: act().place, query: Query::Rds(RdsQuery::DbInstance { id: id.into() }) }
}

fn untouched() -> Verdict {
    Verdict::Untouched { note: "as it was".into() }
}
fn moving() -> Verdict {
    Verdict::Moving { note: "modifying".into(), good: false }
}
fn holds() -> Verdict {
    Verdict::Holds { evidence: "done".into(), outputs: Outputs::new() }
}
fn taken() -> Asked {
    Asked::Taken { at: Timestamp::UNIX_EPOCH, receipt: Receipt::default() }
}

/// A job at work, with everything around it in our hands.
struct Bench {
    cloud: Arc<Cloud>,
    stands: Arc<Mutex<Verdict>>,
    lifted: watch::Sender<bool>,
    going_back: watch::Sender<bool>,
    heard: mpsc::UnboundedReceiver<Heard>,
    told: Vec<Reported>,
    /// How old the next intents are when they are acknowledged, in seconds.
    ages: VecDeque<u64>,
    _stopping: watch::Sender<bool>,
    job: JoinHandle<()>,
}

impl Bench {
    fn start(undo: Undo, asked: Asked, stands: Verdict, lifted: bool) -> Self {
        Self::checked(undo, asked, stands, lifted, Vec::new(), Passed::default())
    }

    /// A job that is held, and whose prechecks want to know something beside.
    fn wanting(further: Vec<Ask>) -> Self {
        let stands = Arc::new(Mutex::new(untouched()));
        let work = Given { stands: stands.clone(), checks: Vec::new(), further, first: Vec::new() };
        Self::of(work, stands, Undo::Reversible, Asked::No, false, Passed::default())
    }

    fn checked(undo: Undo, asked: Asked, stands: Verdict, lifted: bool, checks: Vec<Check>, passed: Passed) -> Self {
        let stands = Arc::new(Mutex::new(stands));
        let work = Given { stands: stands.clone(), checks, further: Vec::new(), first: Vec::new() };
        Self::of(work, stands, undo, asked, lifted, passed)
    }

    fn of(work: Given, stands: Arc<Mutex<Verdict>>, undo: Undo, asked: Asked, lifted: bool, passed: Passed) -> Self {
        let cloud = Arc::new(Cloud::default());
        let clock = Clock::new(Timestamp::UNIX_EPOCH, 1.0);
        let (reports_out, seen_out, heard) = hearing::channel();
        let (stopping, stopping_seen) = watch::channel(false);
        let (lifted, lifted_seen) = watch::channel(lifted);
        let (going_back, going_back_seen) = watch::channel(false);
        let runner = Runner {
            observer: Observer::new(cloud.clone(), clock.clone(), seen_out.clone(), None),
            performer: cloud.clone(),
            clock: clock.clone(),
            pace: Pace::default(),
            reports: reports_out,
            seen: seen_out,
            stopping: stopping_seen,
            lifted: lifted_seen,
            going_back: going_back_seen,
        };
        let job = Job {
            step: Step { undo, ..step() },
            work: Box::new(work),
            undo: false,
            attempt: 1,
            asked,
            sent: None,
            before: serde_json::Value::Null,
            started_at: clock.now(),
            taken_up_at: clock.now(),
            again: false,
            seconds: 600.0,
            silence_seconds: None,
            sort: Sort::of(&act().operation),
            orphaned: false,
            token: Token("t".to_owned()),
            passed,
        };
        let job = tokio::spawn(runner.run(job));
        Self {
            cloud,
            stands,
            lifted,
            going_back,
            heard,
            told: Vec::new(),
            ages: VecDeque::new(),
            _stopping: stopping,
            job,
        }
    }

    /// Lets `seconds` of the run's time pass; intents are made durable as they come.
    async fn pass(&mut self, seconds: u64) {
        let until = tokio::time::Instant::now() + Duration::from_secs(seconds);
        loop {
            let heard = tokio::select! {
                heard = self.heard.recv() => heard,
                () = tokio::time::sleep_until(until) => return,
            };
            let (report, durable) = match heard {
                Some(Heard::Told(Told { report, durable })) => (report, durable),
                Some(Heard::Saw(_)) => continue,
                None => return,
            };
            if let Some(durable) = durable {
                let age = Duration::from_secs(self.ages.pop_front().unwrap_or_default());
                durable.send(Moment::ago(age)).expect("it is waited for");
            }
            self.told.push(report.what);
        }
    }

    fn stands(&self, verdict: Verdict) {
        *self.stands.lock().expect("whole") = verdict;
    }

    fn sent(&self) -> usize {
        self.cloud.sent.lock().expect("whole").len()
    }

    fn looks(&self) -> u32 {
        *self.cloud.looks.lock().expect("whole")
    }

    /// What it came to rest with.
    fn rest(&self) -> &Reported {
        assert!(self.job.is_finished(), "it still runs: {:?}", self.told);
        self.told.last().expect("it said something")
    }
}

fn step() -> Step {
    let text = "[application]\nname = \"a\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n\
                [component.db]\nkind = \"rds\"\nprimary = \"a\"\nrecovery = \"db\"\n";
    let plan: Plan = file::read("plan.toml", text.as_bytes(), &Registry).expect("a plan");
    let runbook = Runbook::compile(&plan, Intent::Failover, &Registry).expect("no circles");
    runbook.find(&"db/promote".into()).expect("it promotes").1.clone()
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_before_the_hold_is_lifted_and_looks_go_on() {
    for asked in [Asked::No, Asked::Unanswered { at: Timestamp::UNIX_EPOCH }] {
        let mut bench = Bench::start(Undo::Reversible, asked, untouched(), false);
        // Longer than the step may take: waiting for a person is no time of its own.
        bench.pass(3000).await;
        assert_eq!(bench.sent(), 0);
        assert!(bench.looks() > 100 && !bench.job.is_finished());
        let says_so =
            |told: &Reported| matches!(told, Reported::Progress(note) if note.starts_with("held, nothing is sent"));
        assert!(bench.told.iter().any(says_so), "{:?}", bench.told);
        bench.lifted.send(true).expect("it listens");
        bench.pass(1).await;
        assert_eq!(bench.sent(), 1, "at once, and not at its next look");
        bench.stands(holds());
        bench.pass(60).await;
        assert!(matches!(bench.rest(), Reported::Succeeded { already_done: false, .. }));
    }
}

#[tokio::test(start_paused = true)]
async fn a_goal_that_comes_to_hold_under_hold_is_seen() {
    let mut bench = Bench::start(Undo::Reversible, taken(), moving(), false);
    bench.pass(100).await;
    bench.stands(holds());
    bench.pass(60).await;
    assert!(matches!(bench.rest(), Reported::Succeeded { .. }));
    assert_eq!(bench.sent(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_was_not_sent_is_withdrawn_when_the_run_turns_back() {
    let mut bench = Bench::start(Undo::PointOfNoReturn, Asked::No, untouched(), false);
    bench.pass(10).await;
    bench.going_back.send(true).expect("it listens");
    bench.pass(1).await;
    assert!(matches!(bench.rest(), Reported::Withdrawn(_)), "{:?}", bench.told);
    assert_eq!(bench.sent(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_intent_that_became_durable_as_the_run_turned_back_is_not_sent() {
    let mut bench = Bench::start(Undo::PointOfNoReturn, Asked::No, untouched(), true);
    let durable = loop {
        if let Heard::Told(Told { durable, .. }) = bench.heard.recv().await.expect("the intent") {
            break durable;
        }
    };
    bench.going_back.send(true).expect("it listens");
    durable.expect("an intent is waited for").send(Moment::now()).expect("by the runner");
    bench.pass(1).await;
    assert_eq!(bench.sent(), 0);
    assert!(matches!(bench.told.first(), Some(Reported::Acted(Reply::NotNow { .. }))), "{:?}", bench.told);
    assert!(matches!(bench.rest(), Reported::Withdrawn(_)), "{:?}", bench.told);
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_is_left_to_the_way_back_where_it_can_be_taken_back() {
    for (undo, is_left) in [(Undo::Reversible, true), (Undo::DataLoss, true), (Undo::PointOfNoReturn, false)] {
        let mut bench = Bench::start(undo, taken(), moving(), true);
        bench.pass(10).await;
        bench.going_back.send(true).expect("it listens");
        bench.pass(1).await;
        assert_eq!(bench.job.is_finished(), is_left, "{undo:?}");
        if is_left {
            let Reported::Failed { reason, .. } = bench.rest() else { panic!("{:?}", bench.told) };
            assert!(reason.contains("left under way"), "{reason}");
            continue;
        }
        bench.pass(100).await;
        assert!(!bench.job.is_finished(), "what is final is looked at until it rests");
        bench.stands(holds());
        bench.pass(60).await;
        assert!(matches!(bench.rest(), Reported::Succeeded { .. }));
    }
}

#[tokio::test(start_paused = true)]
async fn what_has_no_answer_is_looked_at_until_it_is_known_and_never_sent_again() {
    let unanswered = || Asked::Unanswered { at: Timestamp::UNIX_EPOCH };
    // It shows: a step that can be taken back is left, one that is final comes to its rest.
    let mut bench = Bench::start(Undo::Reversible, unanswered(), untouched(), true);
    bench.going_back.send(true).expect("it listens");
    bench.pass(30).await;
    assert!(!bench.job.is_finished(), "it may still show");
    bench.stands(moving());
    bench.pass(30).await;
    assert!(matches!(bench.rest(), Reported::Failed { .. }), "{:?}", bench.told);

    let mut bench = Bench::start(Undo::PointOfNoReturn, unanswered(), moving(), true);
    bench.going_back.send(true).expect("it listens");
    bench.pass(120).await;
    assert!(!bench.job.is_finished());
    bench.stands(holds());
    bench.pass(60).await;
    assert!(matches!(bench.rest(), Reported::Succeeded { .. }));

    // It does not show within the time it may take to.
    let mut bench = Bench::start(Undo::PointOfNoReturn, unanswered(), untouched(), true);
    bench.going_back.send(true).expect("it listens");
    bench.pass(200).await;
    let Reported::Failed { reason, .. } = bench.rest() else { panic!("{:?}", bench.told) };
    assert!(reason.contains("without an answer") && reason.contains("no trace"), "{reason}");
    assert_eq!(bench.sent(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_intent_that_grew_old_is_written_anew_before_its_act_leaves() {
    let mut bench = Bench::start(Undo::Reversible, Asked::No, untouched(), true);
    bench.ages = VecDeque::from([3, 7, 1]);
    bench.pass(1).await;
    let intents = bench.told.iter().filter(|told| matches!(told, Reported::Acting { .. })).count();
    let not_sent = |told: &&Reported| matches!(told, Reported::Acted(Reply::NotNow { message, .. }) if message.starts_with("not sent"));
    assert_eq!((intents, bench.told.iter().filter(not_sent).count(), bench.sent()), (3, 2, 1), "{:?}", bench.told);
}

#[tokio::test(start_paused = true)]
async fn an_act_that_never_gets_an_answer_is_sent_three_times_and_then_not_known() {
    let mut bench = Bench::start(Undo::Reversible, Asked::No, untouched(), true);
    bench.cloud.replies.lock().expect("whole").extend([1, 2, 3, 4].map(|_| Reply::NoAnswer { message: "lost".into() }));
    bench.pass(400).await;
    assert_eq!(bench.sent(), 3, "an API's act is sent again once it left no trace, and not for ever");
    let Reported::Unknown(why) = bench.rest() else { panic!("{:?}", bench.told) };
    assert!(why.contains("sent 3 times without an answer"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn what_the_start_passed_refuses_nothing_and_all_else_does() {
    let failed = || Check::failed("queue-depth", "9", "below 5", "drain it");
    let other = || Check::failed("disk", "full", "free", "free some");
    let untold = || Check::unanswered("queue-depth", "no answer", "below 5");
    let identity = |check: Check| Check { identity: true, ..check };
    let nothing = Passed::default;
    let despite = || Passed { despite: vec!["queue-depth".into()], ..Passed::default() };
    let over = || Passed { untold: vec!["queue-depth".into()], ..Passed::default() };
    let table: [(&str, Vec<Check>, Passed, usize); 8] = [
        ("nobody passed it", vec![failed()], nothing(), 0),
        ("by its reason", vec![failed()], despite(), 1),
        ("another fails too", vec![failed(), other()], despite(), 0),
        ("who it is, is never passed", vec![identity(failed())], despite(), 0),
        ("still unknown, typed over", vec![untold()], over(), 1),
        ("who it is, is not known", vec![identity(untold())], over(), 0),
        ("unknown, and not passed", vec![untold()], nothing(), 0),
        ("unknown then, failing now", vec![failed()], over(), 0),
    ];
    for (why, checks, passed, sent) in table {
        let mut bench = Bench::checked(Undo::Reversible, Asked::No, untouched(), true, checks, passed);
        bench.pass(400).await;
        assert_eq!(bench.sent(), sent, "{why}: {:?}", bench.told);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_is_waited_for_as_long_though_the_steps_time_is_up_before() {
    let mut bench = Bench::start(Undo::Reversible, Asked::No, untouched(), false);
    *bench.cloud.late.lock().expect("whole") = 25;
    // It may be sent only shortly before its 600 s are over.
    bench.pass(590).await;
    assert_eq!(bench.sent(), 0);
    bench.lifted.send(true).expect("it is waited for");
    bench.pass(30).await;
    assert_eq!(bench.sent(), 1);
    let given_up = bench.told.iter().any(|told| matches!(told, Reported::Acted(Reply::NoAnswer { .. })));
    let taken = bench.told.iter().any(|told| matches!(told, Reported::Acted(Reply::Taken { .. })));
    assert!(taken && !given_up, "given up sooner it may still be on its way when it is sent again: {:?}", bench.told);
}

#[tokio::test(start_paused = true)]
async fn what_prechecks_want_to_know_beside_is_asked_right_before_something_is_sent_and_at_no_other_time() {
    let mut bench = Bench::wanting(vec![instance("other")]);
    bench.pass(60).await;
    let others = |bench: &Bench| {
        let asked = bench.cloud.asked.lock().expect("whole");
        asked.iter().filter(|ask| **ask == instance("other")).count()
    };
    assert_eq!(others(&bench), 0, "nothing is to be sent yet");
    bench.lifted.send(true).expect("it waits for that");
    bench.pass(60).await;
    assert_eq!((others(&bench), bench.cloud.sent.lock().expect("whole").len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_again_is_checked_as_what_is_sent_at_first_though_a_look_behind_an_act_asks_for_less() {
    let unanswered = Asked::Unanswered { at: Timestamp::UNIX_EPOCH };
    let stands = Arc::new(Mutex::new(untouched()));
    let first = vec![instance("its source")];
    let work = Given { stands: stands.clone(), checks: Vec::new(), further: Vec::new(), first };
    let mut bench = Bench::of(work, stands, Undo::Reversible, unanswered, true, Passed::default());
    bench.pass(200).await;
    assert_eq!(bench.sent(), 1, "{:?}", bench.told);
}
