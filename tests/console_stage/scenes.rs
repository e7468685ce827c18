//! The run at the places worth looking at.

use super::*;

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
