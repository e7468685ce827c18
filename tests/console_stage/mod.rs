//! A small run to look at: its events are made by the very turns the engine takes, with no cloud and no engine.
#![allow(dead_code, reason = "each test file uses its part of the stage")]

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::{SignedDuration, Timestamp};
use landfall::cloud::Clock;
use landfall::console::app::App;
use landfall::console::keymap::Keymap;
use landfall::console::look::{Glyphs, Theme, Themes};
use landfall::console::{About, Begins, Label, Manners, Setup};
use landfall::engine::Commander;
use landfall::engine::feed::Order;
use landfall::plan::*;
use landfall::recovery::event::{CloudName, Drill, JOURNAL_VERSION};
use landfall::recovery::start::{Found, Preflight};
use landfall::recovery::turn::{self, Stamp};
use landfall::recovery::{Command, Event, Input, Mode, Opened, Report, Reported, Start, State, What};
use landfall::service::observation::{Identity, LagSample};
use landfall::service::{
    Act, CallMade, Check, EcsOperation, Health, HealthLevel, Operation, Place, RdsOperation, Receipt, Reply, Weight,
};
use landfall::text::Clean;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Rect;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedReceiver;

/// When the incident was declared.
pub fn declared_at() -> Timestamp {
    "2026-03-09T02:06:00Z".parse().expect("a time")
}

/// A run being played.
pub struct Stage {
    pub state: State,
    pub events: Vec<Arc<Event>>,
    pub now: Timestamp,
}

impl Stage {
    /// The run of `opened`, driven by ana, step by step, and started: preflight found nothing in its way.
    pub fn open(opened: Opened) -> Self {
        let mut stage = Self::not_started(opened);
        if stage.state.needs_start() {
            stage.finds(Vec::new());
            stage.starts();
        }
        stage
    }

    /// The run of `opened`, driven by ana; nothing has told yet whether it may start.
    pub fn not_started(opened: Opened) -> Self {
        let first = Event {
            seq: 0,
            at: declared_at(),
            offset_ms: 0,
            epoch: 1,
            by: "ana".into(),
            what: What::RunOpened(opened.into()),
        };
        let state = State::open(&first).expect("it opens a run");
        let mut stage = Self { state, events: vec![Arc::new(first)], now: declared_at() };
        stage.pass(45.0);
        stage.seen(What::SessionOpened {
            host: "bastion-1".into(),
            pid: 4711,
            resumed: false,
            holder: None,
            beside: false,
            taken_over: false,
        });
        stage
    }

    /// Preflight tells what it found.
    pub fn finds(&mut self, found: Vec<Found>) {
        self.seen(What::Preflight(Box::new(Preflight::sorted(found))));
    }

    /// The start, by the region alone.
    pub fn starts(&mut self) {
        let typed = self.state.run.plan.application.recovery.as_str().into();
        self.command(Command::Start(Start { typed, ..Start::default() }));
    }

    /// Lets `seconds` pass.
    pub fn pass(&mut self, seconds: f64) {
        self.now += SignedDuration::try_from_secs_f64(seconds).expect("a span");
    }

    fn input(&mut self, input: Input) {
        let stamp = Stamp { now: self.now, offset_ms: 0, epoch: 1, by: "ana".into() };
        let (events, _) = turn::take(&mut self.state, input, &stamp).expect("it is not refused");
        self.events.extend(events.into_iter().map(Arc::new));
    }

    pub fn command(&mut self, command: Command) {
        self.input(Input::Command(command));
    }

    pub fn seen(&mut self, what: What) {
        self.input(Input::Seen(what));
    }

    pub fn report(&mut self, step: &str, what: Reported) {
        let attempt = self.state.step(&step.into()).expect("a step").1.attempt;
        self.input(Input::Report(Report { step: step.into(), attempt, undo: false, what }));
    }

    pub fn undo(&mut self, step: &str, what: Reported) {
        let attempt = self.state.step(&step.into()).expect("a step").1.attempt;
        self.input(Input::Report(Report { step: step.into(), attempt, undo: true, what }));
    }

    pub fn health(&mut self, component: &str, side: Side, level: HealthLevel, note: &str) {
        let health = Health { level, note: note.into() };
        self.seen(What::Health { component: component.into(), side, health });
    }

    pub fn lag(&mut self, component: &str, seconds: Option<f64>) {
        let instead = seconds.is_none().then(|| Clean::new("replication may not be active (-1)"));
        let sample = LagSample { seconds, sampled_at: Some(self.now), instead };
        self.seen(What::Lag { component: component.into(), sample });
    }

    pub fn acts(&mut self, step: &str, operation: Operation, before: serde_json::Value) {
        let region = self.state.step(&step.into()).expect("a step").0.region.clone();
        let act = Act { place: Place { region: region.clone(), account: None }, operation };
        let name = act.operation.api_name();
        self.report(step, Reported::Acting { act, before });
        self.call(step, name, &region, 184, true, None);
        self.report(step, Reported::Acted(Reply::Taken { receipt: Receipt::default() }));
    }

    pub fn call(&mut self, step: &str, name: &str, region: &Region, ms: u64, mutation: bool, error: Option<&str>) {
        let call = CallMade {
            operation: name.into(),
            region: region.clone(),
            attempt: 1,
            latency_ms: ms,
            request_id: Some("7d1c-44".into()),
            error: error.map(Clean::new),
            mutation,
        };
        self.seen(What::Call { step: Some(step.into()), call });
    }

    /// A call that got no answer.
    pub fn lost_call(&mut self, step: &str, name: &str, region: &str) {
        let call = CallMade {
            operation: name.into(),
            region: region.into(),
            attempt: 1,
            latency_ms: 5000,
            request_id: None,
            error: Some("no answer".into()),
            mutation: false,
        };
        self.seen(What::Call { step: Some(step.into()), call });
    }

    pub fn succeeds(&mut self, step: &str, evidence: &str) {
        let outputs = Default::default();
        self.report(step, Reported::Succeeded { already_done: false, evidence: evidence.into(), outputs });
    }

    pub fn go(&mut self, step: &str) {
        self.command(Command::Go { step: Some(step.into()) });
    }

    pub fn answer(&mut self, step: &str, gate: GateKind, text: &str) {
        self.command(Command::Answer { step: step.into(), gate, text: text.into() });
    }

    /// A console on the run as it stands, and where its commands come out.
    pub fn commander(&self, glyphs: Glyphs) -> (App, UnboundedReceiver<Order>) {
        let (commander, orders) = Commander::new("ana".into());
        (self.console(Some(commander), Label::Drill, glyphs), orders)
    }

    /// A console that can only look.
    pub fn watcher(&self) -> App {
        self.console(None, Label::Watch, Glyphs::Unicode)
    }

    pub fn console(&self, commander: Option<Commander>, label: Label, glyphs: Glyphs) -> App {
        let about = About {
            label,
            time_scale: if label == Label::Drill { 10.0 } else { 1.0 },
            journal: "/home/ana/.local/state/landfall/storefront-0209.journal".into(),
            commands: commander.is_some(),
            watch: Some("landfall watch /home/ana/.local/state/landfall/storefront-0209.journal".to_owned()),
        };
        let theme = Theme::named("default").expect("the default theme");
        let mut app = App::open(&self.events[0], about, commander, theme, glyphs).expect("a run");
        app.take(&self.events[1..]);
        app.at(self.now);
        app
    }
}

fn component(name: &str, kind: &str, tier: &str, needs: &[&str], rpo: Option<f64>) -> Component {
    Component {
        needs: needs.iter().map(|need| (*need).into()).collect(),
        tier: Some(tier.into()),
        rpo_seconds: rpo,
        owner: Some("payments-oncall".into()),
        ..Component::plain(name, kind, fields(name, kind))
    }
}

/// What a plan must say of a service or a record; of the other kinds nothing is read here.
fn fields(name: &str, kind: &str) -> Fields {
    let said = match kind {
        "ecs" => json!({ "cluster": "storefront", "service": name, "desired": 2 }),
        "route53" => json!({ "zone": "Z0STOREFRONT", "record": "shop.example.com.", "values": ["192.0.2.1"] }),
        _ => json!({}),
    };
    Fields(said.as_object().cloned().unwrap_or_default())
}

fn step(id: &str, title: &str, needs: &[&str], undo: Undo, seconds: f64) -> Step {
    let (component, _) = id.split_once('/').expect("component/action");
    Step {
        id: id.into(),
        component: component.into(),
        kind: "rds".into(),
        title: title.into(),
        needs: needs.iter().map(|need| (*need).into()).collect(),
        undo,
        region: "us-west-2".into(),
        plane: Plane::Control,
        expected_seconds: seconds,
        past_runs: None,
        timeout_seconds: seconds * 5.0,
        gates: Vec::new(),
        beside: false,
        acts: undo != Undo::NoneNeeded,
        role: None,
        asks_when_failing: None,
        left_out: None,
        when: landfall::plan::When::default(),
    }
}

/// What the stage's run starts with.
pub fn storefront() -> Opened {
    let mut fence = step("orders-db/fence", "fence orders-db", &[], Undo::Reversible, 20.0);
    fence.region = "us-east-1".into();
    fence.beside = true;
    fence.asks_when_failing = Some(GateKind::Writers);
    let mut promote = step("orders-db/promote", "promote orders-db", &[], Undo::PointOfNoReturn, 120.0);
    promote.gates = vec![Gate::Loss { rpo_seconds: 30.0 }, Gate::PointOfNoReturn];
    let mut catalog = step("catalog-db/promote", "promote catalog-db", &[], Undo::DataLoss, 120.0);
    catalog.gates = vec![Gate::Loss { rpo_seconds: 60.0 }];
    let sessions = step("sessions/verify", "verify sessions", &[], Undo::NoneNeeded, 5.0);
    let both = ["orders-db/promote", "catalog-db/promote"];
    let register = step("api/register", "register api with orders-db.endpoint", &both, Undo::Reversible, 2.0);
    let scale = step("api/scale", "scale api 0 → 6", &["api/register"], Undo::Reversible, 90.0);
    let web = step("web/scale", "scale web 0 → 4", &["sessions/verify"], Undo::Reversible, 60.0);
    let lb = step("lb/healthy", "wait for 6 healthy targets", &["api/scale", "web/scale"], Undo::NoneNeeded, 30.0);
    let mut dns = step("dns/cut-over", "cut over shop.example.com", &["lb/healthy"], Undo::Reversible, 75.0);
    dns.role = Some(Role::CutOver);
    dns.gates = vec![Gate::Approval { why: "customers see it from here on".into() }];
    let mut tell = step("status-page/tell", "tell customers", &["dns/cut-over"], Undo::NoneNeeded, 60.0);
    tell.gates = vec![Gate::Manual { ask: "update the status page".into(), who: Some("support lead".into()) }];
    let checkout = step("checkout/works", "checkout answers 200", &["dns/cut-over"], Undo::NoneNeeded, 10.0);
    let plan = Plan {
        application: Application {
            name: "storefront".into(),
            primary: "us-east-1".into(),
            recovery: "us-west-2".into(),
            rto_seconds: Some(900.0),
            rpo_seconds: Some(60.0),
            owner: Some("payments-oncall".into()),
            description: None,
            healthy_for_seconds: None,
            follows_for_seconds: None,
            from_run: None,
        },
        accounts: Default::default(),
        components: vec![
            component("orders-db", "rds", "data", &[], Some(30.0)),
            component("catalog-db", "rds", "data", &[], None),
            component("sessions", "elasticache", "data", &[], None),
            component("api", "ecs", "compute", &["orders-db", "catalog-db"], None),
            component("web", "ecs", "compute", &["sessions"], None),
            component("lb", "load-balancer", "edge", &["api", "web"], None),
            component("dns", "route53", "edge", &["lb"], None),
            component("status-page", "manual", "people", &["dns"], None),
            component("checkout", "http", "people", &["dns"], None),
        ],
        waivers: Vec::new(),
        drills: Default::default(),
        capture: Default::default(),
        sealed: Default::default(),
    };
    let steps = vec![fence, promote, catalog, sessions, register, scale, web, lb, dns, tell, checkout];
    Opened {
        version: JOURNAL_VERSION,
        run: "storefront-0209".into(),
        intent: Intent::Failover,
        cloud: CloudName::Sim,
        declared_at: declared_at(),
        plan,
        runbook: Runbook { intent: Intent::Failover, steps },
        drill: Some(Drill { seed: 1, time_scale: 10.0, scenario: None, surprise: false, world: None }),
        program: "landfall 0.1.0".into(),
        endpoint: None,
    }
}

/// Just started, step by step: everything is looked at, no step has started.
pub fn opened() -> Stage {
    let mut stage = Stage::open(storefront());
    stage.looks_around();
    stage
}

/// Not started: both regions are still being asked.
pub fn asking() -> Stage {
    let mut stage = Stage::not_started(storefront());
    stage.pass(4.0);
    stage
}

/// Not started: preflight has told, nothing blocks, the failing region says nothing.
pub fn unstarted() -> Stage {
    let mut stage = Stage::not_started(storefront());
    stage.looks_around();
    stage.finds(found(&stage));
    stage.pass(12.0);
    stage
}

/// Not started, and the region that would be left answers, with a healthy writer in it.
pub fn works_still() -> Stage {
    let mut stage = Stage::not_started(storefront());
    stage.looks_around();
    for name in ["orders-db", "catalog-db"] {
        stage.health(name, Side::Primary, HealthLevel::Up, "available, writer");
    }
    let told = found(&stage).into_iter().map(|mut found| {
        if found.in_failing_region {
            let (code, wanted) = (found.check.code.to_string(), found.check.wanted.to_string());
            found.check = Check::passed(&code, "available", &wanted);
            found.in_failing_region = found.step.is_none();
        }
        found
    });
    stage.finds(told.collect());
    stage.pass(12.0);
    stage
}

/// Not started: what a failover must not meet, one of it of identity.
pub fn preflight_blocks() -> Stage {
    let mut stage = Stage::not_started(storefront());
    stage.looks_around();
    let mut all = found(&stage);
    all.extend(blocks(&stage));
    stage.finds(all);
    stage.pass(12.0);
    stage
}

/// Not started: a switchover, of which not everything could be told.
pub fn switchover_unknown() -> Stage {
    let mut opened = storefront();
    opened.intent = Intent::Switchover;
    opened.runbook.intent = Intent::Switchover;
    let mut stage = Stage::not_started(opened);
    stage.looks_around();
    stage.finds(found(&stage));
    stage.pass(12.0);
    stage
}

fn finding(stage: &Stage, step: &str, check: Check) -> Found {
    let (component, _) = step.split_once('/').expect("component/action");
    Found {
        step: Some(step.into()),
        component: Some(component.into()),
        in_failing_region: stage.state.step(&step.into()).expect("a step").0.region.as_str() == "us-east-1"
            && check.level == Level::Unknown,
        seen_at: Some(stage.now),
        ..Found::of(check)
    }
}

/// What preflight finds in an outage: nothing is told of the failing region.
fn found(stage: &Stage) -> Vec<Found> {
    let silent = "no answer within 5 s";
    let mut identity = finding(stage, "orders-db/fence", Check::unanswered("identity", silent, "credentials"));
    (identity.step, identity.component) = (None, None);
    let mut lag = finding(
        stage,
        "orders-db/promote",
        Check::failed("rds-lag", "33s if it were promoted now", "a loss within the rpo of 30s", "see why it is behind"),
    );
    (lag.step, lag.check.weight) = (None, Weight::Loses);
    let mut slow = finding(
        stage,
        "dns/cut-over",
        Check::failed("route53-ttl", "a ttl of 300 s", "60 s or less", "lower it before it is needed"),
    );
    slow.check.weight = Weight::Slows;
    vec![
        identity,
        finding(stage, "orders-db/fence", Check::unanswered("rds-fence-status", silent, "available")),
        finding(stage, "orders-db/fence", Check::unanswered("rds-fence-name", silent, "the name is free")),
        finding(stage, "checkout/works", Check::unanswered("http-answer", "name not found", "an answer")),
        lag,
        slow,
        finding(stage, "orders-db/promote", Check::passed("rds-replica-status", "available", "available")),
        finding(stage, "orders-db/promote", Check::passed("rds-replica-role", "a replica of orders", "a replica")),
        finding(stage, "catalog-db/promote", Check::passed("rds-replica-status", "available", "available")),
        finding(stage, "api/scale", Check::passed("ecs-service", "ACTIVE", "an active service")),
    ]
}

fn blocks(stage: &Stage) -> Vec<Found> {
    let no_service = |name: &str| {
        let fix = "name the service of the recovery region in `service`";
        Check::failed("ecs-service", format!("no service {name} in storefront"), "an active service", fix)
    };
    let billing = Check::failed(
        "rds-replica-role",
        "a replica of billing",
        "a replica of orders",
        "name the replica of the primary in `recovery`",
    );
    vec![
        finding(stage, "web/scale", no_service("web")),
        finding(stage, "api/scale", no_service("api")),
        finding(stage, "orders-db/promote", Check { identity: true, ..billing }),
    ]
}

impl Stage {
    /// Everything is looked at once.
    pub fn looks_around(&mut self) {
        for region in ["us-east-1", "us-west-2"] {
            let identity = Identity {
                arn: "arn:aws:sts::111122223333:assumed-role/recovery/ana".into(),
                account: "111122223333".into(),
                region: region.into(),
                expires: Some(self.now + SignedDuration::from_mins(52)),
            };
            self.seen(What::Identity { identity });
        }
        let silent = "no answer within 3 s";
        for (name, level) in
            [("orders-db", HealthLevel::Unknown), ("catalog-db", HealthLevel::Unknown), ("api", HealthLevel::Down)]
        {
            self.health(name, Side::Primary, level, silent);
        }
        self.health("web", Side::Primary, HealthLevel::Degraded, "2/4 running");
        for name in ["orders-db", "catalog-db", "sessions"] {
            self.health(name, Side::Recovery, HealthLevel::Standby, "available, replica");
        }
        for name in ["api", "web"] {
            self.health(name, Side::Recovery, HealthLevel::Standby, "0/0 running");
        }
        self.health("checkout", Side::Recovery, HealthLevel::Down, "no answer");
        for lag in [1.2, 1.9, 2.8, 2.1] {
            self.lag("orders-db", Some(lag));
            self.lag("catalog-db", Some(lag / 4.0));
        }
        self.pass(20.0);
    }
}

/// The old writer could not be fenced, and its region answers.
pub fn the_old_writer_is_asked_about() -> Stage {
    let mut stage = opened();
    stage.go("orders-db/fence");
    stage.pass(41.0);
    stage.report(
        "orders-db/fence",
        Reported::Failed {
            reason: "RDS refuses: orders-fenced exists already".into(),
            help: "rename or remove orders-fenced: it is left from an earlier fence".into(),
            checks: Vec::new(),
        },
    );
    stage.pass(8.0);
    stage
}

/// A switchover whose replica is not shown to have caught up.
pub fn not_caught_up() -> Stage {
    let mut opened = storefront();
    opened.intent = Intent::Switchover;
    opened.runbook.intent = Intent::Switchover;
    let mut look = step("orders-db/caught-up", "see that orders-db has caught up", &[], Undo::NoneNeeded, 60.0);
    look.needs = vec!["orders-db/fence".into()];
    look.asks_when_failing = Some(GateKind::CaughtUp);
    look.timeout_seconds = 900.0;
    opened.runbook.steps[0].beside = false;
    opened.runbook.steps[0].asks_when_failing = None;
    opened.runbook.steps[1].needs = vec!["orders-db/caught-up".into()];
    opened.runbook.steps.insert(1, look);
    let mut stage = Stage::open(opened);
    stage.looks_around();
    stage.go("orders-db/fence");
    let rename = Operation::Rds(RdsOperation::RenameDbInstance {
        id: "orders".into(),
        new_id: "orders-fenced".into(),
        security_groups: Default::default(),
    });
    stage.acts("orders-db/fence", rename, serde_json::json!({"id": "orders"}));
    stage.pass(60.0);
    stage.succeeds("orders-db/fence", "orders is gone");
    stage.go("orders-db/caught-up");
    stage.pass(900.0);
    let (reason, help) = ("41 s behind, and not less for 15:00", "see what holds its replication up");
    stage.report(
        "orders-db/caught-up",
        Reported::Failed { reason: reason.into(), help: help.into(), checks: Vec::new() },
    );
    stage.pass(8.0);
    stage
}

/// Promoting orders-db waits at its loss gate while other steps run.
pub fn at_the_loss_gate() -> Stage {
    let mut stage = opened();
    stage.go("orders-db/fence");
    let rename = Operation::Rds(RdsOperation::RenameDbInstance {
        id: "orders".into(),
        new_id: "orders-fenced".into(),
        security_groups: Vec::new(),
    });
    stage.acts("orders-db/fence", rename, serde_json::json!({"id": "orders"}));
    stage.pass(12.0);
    stage.report("orders-db/fence", Reported::Progress("no answer from us-east-1".into()));
    stage.go("catalog-db/promote");
    let promote =
        Operation::Rds(RdsOperation::PromoteReadReplica { id: "catalog-replica".into(), backup_retention_days: 7 });
    stage.acts("catalog-db/promote", promote, serde_json::json!({"replica_of": "catalog", "status": "available"}));
    stage.pass(24.0);
    stage.report("catalog-db/promote", Reported::Progress("modifying".into()));
    stage.call("catalog-db/promote", "rds.DescribeDBInstances", &"us-west-2".into(), 210, false, None);
    stage.report("orders-db/fence", Reported::Silent("no answer within 20 s".into()));
    stage.go("orders-db/promote");
    stage
        .command(Command::Note { text: "DBA confirms replica healthy".into(), step: Some("orders-db/promote".into()) });
    stage.pass(16.0);
    stage
}

/// The same, where each store is fenced before it is promoted, and all about its promotion is asked before its fence.
pub fn fenced_storefront() -> Opened {
    let mut opened = storefront();
    let steps = &mut opened.runbook.steps;
    steps[0].title = "fence the old orders-db".into();
    steps[0].gates = vec![Gate::PointOfNoReturn, Gate::Loss { rpo_seconds: 30.0 }];
    steps[1].gates = Vec::new();
    steps[1].needs = vec!["orders-db/fence".into()];
    steps[2].gates = Vec::new();
    steps[2].undo = Undo::PointOfNoReturn;
    steps[2].needs = vec!["catalog-db/fence".into()];
    let mut fence = step("catalog-db/fence", "fence the old catalog-db", &[], Undo::Reversible, 20.0);
    fence.region = "us-east-1".into();
    fence.gates = vec![Gate::PointOfNoReturn];
    steps.insert(2, fence);
    for step in steps.iter_mut().filter(|step| step.id.action() == "promote" || step.id.action() == "fence") {
        step.role = None;
    }
    let mut old = step("web/fence", "stop the old web", &[], Undo::Reversible, 10.0);
    old.region = "us-east-1".into();
    old.beside = true;
    steps.push(old);
    opened
}

/// Each store is fenced before it is promoted, and all about its promotion is asked before its fence. `orders-db` and
/// `catalog-db` ask for their points of no return at once; one step of the application took effect, one got no answer.
pub fn asked_before_the_fences() -> Stage {
    let mut stage = Stage::open(fenced_storefront());
    stage.looks_around();
    stage.go("web/fence");
    let scale = |desired| {
        Operation::Ecs(EcsOperation::UpdateService {
            cluster: "storefront".into(),
            service: "web".into(),
            desired: Some(desired),
            task_definition: None,
            force: false,
        })
    };
    let act = Act { place: Place { region: "us-east-1".into(), account: None }, operation: scale(0) };
    stage.report("web/fence", Reported::Acting { act, before: serde_json::json!({"desired": 4}) });
    stage.report("web/fence", Reported::Acted(Reply::NoAnswer { message: "no answer within 20 s".into() }));
    stage.report("web/fence", Reported::Silent("no answer within 20 s".into()));
    stage.go("sessions/verify");
    stage.succeeds("sessions/verify", "a member in us-west-2");
    stage.go("web/scale");
    stage.acts("web/scale", scale(4), serde_json::json!({"desired": 0}));
    stage.succeeds("web/scale", "4/4 running");
    stage.pass(20.0);
    stage.command(Command::SetMode(Mode::Auto));
    stage.pass(12.0);
    stage
}

/// Both gates of orders-db answered: the point of no return is asked.
pub fn at_the_point_of_no_return() -> Stage {
    let mut stage = at_the_loss_gate();
    stage.answer("orders-db/promote", GateKind::Loss, "confirmed with the DBA on the call");
    stage.pass(9.0);
    stage
}

/// A step has failed on its precheck, another is not known to have happened.
pub fn failed() -> Stage {
    let mut stage = at_the_point_of_no_return();
    stage.answer("orders-db/promote", GateKind::PointOfNoReturn, "us-west-2");
    let promote =
        Operation::Rds(RdsOperation::PromoteReadReplica { id: "orders-replica".into(), backup_retention_days: 7 });
    stage.acts("orders-db/promote", promote, serde_json::json!({"replica_of": "orders", "status": "available"}));
    stage.pass(70.0);
    stage.succeeds("orders-db/promote", "writer, accepts connections");
    stage.succeeds("catalog-db/promote", "writer, accepts connections");
    stage.command(Command::SetMode(Mode::Auto));
    stage.report(
        "sessions/verify",
        Reported::Failed {
            reason: "replication group has no member in us-west-2".into(),
            help: "add a member to sessions-global in us-west-2, then retry".into(),
            checks: vec![Check {
                code: "elasticache-member".into(),
                level: Level::Failing,
                found: "0 members".into(),
                wanted: "1 or more".into(),
                fix: "aws elasticache increase-node-groups-in-global-replication-group".into(),
                weight: Default::default(),
                identity: false,
            }],
        },
    );
    let register = Operation::Ecs(EcsOperation::RegisterTaskDefinition {
        from: "api".into(),
        container: Some("api".into()),
        environment: Default::default(),
        secrets: Default::default(),
        image: None,
    });
    stage.acts("api/register", register, serde_json::json!({"revision": 41}));
    stage.succeeds("api/register", "api:42 ACTIVE");
    let scale = Operation::Ecs(EcsOperation::UpdateService {
        cluster: "storefront".into(),
        service: "api".into(),
        desired: Some(6),
        task_definition: None,
        force: false,
    });
    stage.acts("api/scale", scale, serde_json::json!({"desired": 0}));
    stage.pass(31.0);
    stage.report("api/scale", Reported::Progress("3 of 6 running".into()));
    stage
}

/// Held after the failure, nothing runs: ready to be rolled back.
pub fn held() -> Stage {
    let mut stage = failed();
    stage.command(Command::SetMode(Mode::Hold));
    stage.succeeds("api/scale", "6/6 running, 6 healthy");
    stage.pass(5.0);
    stage
}

/// Brought up with an exception and a debt.
pub fn ended() -> Stage {
    let mut stage = held();
    stage.command(Command::Skip { step: "sessions/verify".into(), reason: "carts are rebuilt on login".into() });
    stage.command(Command::SetMode(Mode::Auto));
    stage.pass(60.0);
    stage.succeeds("web/scale", "4/4 running");
    stage.succeeds("lb/healthy", "6 healthy");
    stage.answer("dns/cut-over", GateKind::Approval, "");
    stage.pass(80.0);
    stage.succeeds("dns/cut-over", "INSYNC, resolves to us-west-2");
    stage.succeeds("checkout/works", "200, 3 in a row");
    stage.answer("status-page/tell", GateKind::Manual, "posted");
    stage.succeeds("status-page/tell", "said to be done");
    stage
}

/// Draws `app` at this size and gives the screen as text.
/// What a watcher's console is opened on: these events and no more to come, nobody to command.
pub fn watched(feed: landfall::engine::feed::Feed) -> Setup {
    Setup {
        feed,
        commander: None,
        facilitator: None,
        tails: None,
        clock: Clock::wall(),
        replay: None,
        label: Label::Watch,
        theme: Theme::named("default").expect("a theme"),
        glyphs: Glyphs::Unicode,
        journal: "run.jsonl".into(),
        manners: Manners {
            keys: Keymap::default(),
            mouse: false,
            themes: Themes::default(),
            calling: Default::default(),
        },
        begins: Begins::Overview,
        inventory: None,
        driver_gone: None,
    }
}

pub fn screen(app: &mut App, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a test terminal");
    app.prepare(Rect::new(0, 0, width, height));
    terminal.draw(|frame| app.draw(frame)).expect("it draws");
    let buffer = terminal.backend().buffer();
    let mut text = String::new();
    for y in 0..height {
        let mut line = String::new();
        let mut covered = 0;
        for x in 0..width {
            let symbol = buffer[(x, y)].symbol();
            if covered > 0 {
                covered -= 1;
                continue;
            }
            covered = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Presses keys: one a character; `<Enter>` and the like by name.
pub fn press(app: &mut App, keys: &str) {
    let mut rest = keys;
    while let Some(c) = rest.chars().next() {
        if let Some((name, after)) = rest.strip_prefix('<').and_then(|named| named.split_once('>')) {
            app.key(named(name));
            rest = after;
            continue;
        }
        app.key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
        rest = &rest[c.len_utf8()..];
    }
}

fn named(name: &str) -> KeyEvent {
    match name {
        "Enter" => KeyCode::Enter.into(),
        "Esc" => KeyCode::Esc.into(),
        "Tab" => KeyCode::Tab.into(),
        "Up" => KeyCode::Up.into(),
        "Down" => KeyCode::Down.into(),
        "PgDn" => KeyCode::PageDown.into(),
        "PgUp" => KeyCode::PageUp.into(),
        "End" => KeyCode::End.into(),
        "Left" => KeyCode::Left.into(),
        "Right" => KeyCode::Right.into(),
        "C-o" => KeyEvent::new(KeyCode::Char('o'), KeyModifiers::CONTROL),
        "C-c" => KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL),
        "C-z" => KeyEvent::new(KeyCode::Char('z'), KeyModifiers::CONTROL),
        other => panic!("no key is called {other}"),
    }
}
