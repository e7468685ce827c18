//! What a global database's moves are held to: by role, end of the move, cluster and writer, and never by a status alone.

use super::image::MoveImage;
use crate::plan::{GateKind, Intent, Level, Role, Side, Undo};
use crate::service::observation::{
    ClusterInstance, ClusterSnapshot, DbCluster, DbEvent, GlobalCluster, GlobalMember, GlobalMove, LagSample,
};
use crate::service::operation::{Operation, RdsOperation};
use crate::service::scene::{Scene, given_by, name_of, start, words_of};
use crate::service::work::{Check, HealthLevel, Verdict};
use crate::service::{RdsObservation, RdsQuery, Weight};
use jiff::SignedDuration;
use serde_json::{Value, json};

const EAST: &str = "arn:aws:rds:eu-west-1:111122223333:cluster:orders-east";
const WEST: &str = "arn:aws:rds:eu-central-1:111122223333:cluster:orders-west";

fn scene(more: Value) -> Scene {
    let mut fields = json!({ "global": "orders", "primary": "orders-east", "recovery": "orders-west" });
    for (name, value) in more.as_object().expect("a table") {
        fields[name] = value.clone();
    }
    Scene::new("aurora", fields)
}

fn plain() -> Scene {
    scene(json!({}))
}

/// The global database, with the cluster of the recovery region in this role and this move under way.
fn global(writes: bool, moving: Option<&str>) -> GlobalCluster {
    let member =
        |arn: &str, writer| GlobalMember { arn: arn.into(), writer, synchronization: Some("connected".into()) };
    let under_way = moving.filter(|status| *status != "pending");
    GlobalCluster {
        id: "orders".into(),
        status: under_way.unwrap_or("available").into(),
        engine_version: Some("15.4".into()),
        endpoint: Some("orders.global-1.global.rds.amazonaws.com".into()),
        members: vec![member(EAST, !writes), member(WEST, writes)],
        moving: moving.map(|status| GlobalMove { status: status.into(), to: WEST.into(), loses: true }),
    }
}

fn instance(id: &str, writer: bool, status: &str) -> ClusterInstance {
    ClusterInstance { id: id.into(), writer, status: Some(status.into()), ..ClusterInstance::default() }
}

/// The cluster of the recovery region, with its first instance writing or not.
fn cluster(status: &str, writes: bool) -> DbCluster {
    DbCluster {
        id: "orders-west".into(),
        arn: WEST.into(),
        resource_id: "cluster-WEST".into(),
        status: status.into(),
        engine_version: Some("15.4".into()),
        endpoint: Some("orders-west.cluster-1.eu-central-1.rds.amazonaws.com".into()),
        reader: Some("orders-west.cluster-ro-1.eu-central-1.rds.amazonaws.com".into()),
        port: Some(5432),
        instances: vec![instance("orders-west-1", writes, "available"), instance("orders-west-2", false, "available")],
        ..DbCluster::default()
    }
}

fn at_global(scene: Scene, side: Side, global: Option<GlobalCluster>) -> Scene {
    let query = RdsQuery::GlobalCluster { id: "orders".into() };
    scene.sees(side, query.into(), RdsObservation::GlobalCluster { global }.into())
}

fn at_cluster(scene: Scene, side: Side, cluster: Option<DbCluster>) -> Scene {
    let id = if side == Side::Primary { "orders-east" } else { "orders-west" };
    let query = RdsQuery::DbCluster { id: id.into() };
    scene.sees(side, query.into(), RdsObservation::DbCluster { cluster }.into())
}

fn sees(scene: Scene, global: GlobalCluster, cluster: DbCluster) -> Scene {
    at_cluster(at_global(scene, Side::Recovery, Some(global)), Side::Recovery, Some(cluster))
}

/// The answer to what `action` asks of the events of `side`.
fn told(scene: Scene, action: &str, side: Side, messages: &[&str]) -> Scene {
    let at = scene.place(side);
    let asks = scene.work(action).asks(&scene.asked);
    let is_it = |ask: &&crate::service::Ask| ask.place == at && ask.query.api_name() == "rds.DescribeEvents";
    let query = asks.iter().find(is_it).expect("it asks for events there").query.clone();
    let event = |(nth, message): (usize, &&str)| DbEvent {
        at: start() + SignedDuration::from_secs(i64::try_from(nth).expect("few")),
        source: "orders-east-1".into(),
        message: (*message).into(),
    };
    let events = messages.iter().enumerate().map(event).collect();
    scene.sees(side, query, RdsObservation::DbEvents { events }.into())
}

fn blockers(scene: &Scene, action: &str) -> Vec<String> {
    let is_wrong = |check: &Check| check.level != Level::Ok && check.weight.blocks();
    let checks = scene.work(action).prechecks(&scene.facts());
    checks.into_iter().filter(is_wrong).map(|check| check.code.to_string()).collect()
}

#[test]
fn available_in_the_old_roles_is_no_move_and_the_role_alone_is_none_either() {
    let seen = |global, cluster| sees(plain().taken(None), global, cluster).goal("fail-over");
    let before = seen(global(false, None), cluster("available", false));
    assert_eq!(name_of(&before), "untouched");
    assert_eq!(name_of(&seen(global(false, Some("pending")), cluster("available", false))), "moving");
    assert_eq!(name_of(&seen(global(true, Some("failing-over")), cluster("available", true))), "moving");
    assert_eq!(name_of(&seen(global(true, None), cluster("failing-over", true))), "moving");
    assert_eq!(name_of(&seen(global(true, None), cluster("a-word-of-tomorrow", true))), "moving");
    assert_eq!(name_of(&seen(global(true, None), cluster("available", false))), "moving", "nothing of it writes");
    let mut restarting = cluster("available", true);
    restarting.instances[0].status = Some("rebooting".into());
    assert_eq!(name_of(&seen(global(true, None), restarting)), "moving");
    let mut not_described = cluster("available", true);
    not_described.instances[0].status = None;
    assert_eq!(name_of(&seen(global(true, None), not_described)), "moving");
    assert_eq!(name_of(&seen(global(true, None), cluster("available", true))), "holds");
}

#[test]
fn others_may_be_rebuilt_for_hours_and_the_global_status_is_not_waited_for() {
    let mut rebuilding = global(true, None);
    rebuilding.status = "modifying".into();
    rebuilding.members[0].synchronization = Some("pending-resync".into());
    let after = sees(plain().taken(None), rebuilding, cluster("available", true));
    assert_eq!(name_of(&after.goal("fail-over")), "holds");
}

#[test]
fn what_is_given_is_read_afresh_and_by_the_plan() {
    let given = |more| {
        given_by(&sees(scene(more).taken(None), global(true, None), cluster("available", true)).goal("fail-over"))
    };
    let own = given(json!({}));
    assert_eq!(own["endpoint"].as_str(), "orders-west.cluster-1.eu-central-1.rds.amazonaws.com");
    assert_eq!((own["port"].as_str(), own["global_endpoint"].as_str().contains("global")), ("5432", true));
    let everywhere = given(json!({ "endpoint": "global", "port": 6000 }));
    assert_eq!(
        (everywhere["endpoint"].as_str(), everywhere["port"].as_str()),
        (own["global_endpoint"].as_str(), "6000")
    );
    let mut none = global(true, None);
    none.endpoint = None;
    let without = sees(scene(json!({ "endpoint": "global" })).taken(None), none, cluster("available", true));
    assert_eq!(name_of(&without.goal("fail-over")), "moving", "nobody is given an endpoint that is not there");
}

#[test]
fn what_came_to_nothing_stops_at_once() {
    let asked = || plain().taken(None);
    let cancelling = sees(asked(), global(false, Some("cancelling")), cluster("available", false)).goal("fail-over");
    assert_eq!(name_of(&cancelling), "bad");
    let going = || sees(asked(), global(false, Some("failing-over")), cluster("failing-over", false));
    let failed = "Global failover to DB cluster orders-west in Region eu-central-1 failed.";
    let seen = told(going(), "fail-over", Side::Recovery, &[failed]).goal("fail-over");
    assert_eq!((name_of(&seen), words_of(&seen).as_str()), ("bad", failed));
    let of_another = "Global failover to DB cluster orders-west-2 in Region eu-central-1 failed.";
    let seen = told(going(), "fail-over", Side::Recovery, &[of_another]).goal("fail-over");
    assert_eq!(name_of(&seen), "moving");
    for status in ["storage-full", "inaccessible-encryption-credentials", "incompatible-network", "failed"] {
        let seen = sees(asked(), global(false, None), cluster(status, false)).goal("fail-over");
        assert_eq!(name_of(&seen), "bad", "{status}");
    }
    let mut writer = cluster("available", true);
    writer.instances[0].status = Some("storage-full".into());
    assert_eq!(name_of(&sees(asked(), global(true, None), writer).goal("fail-over")), "bad");
}

#[test]
fn another_cluster_of_that_name_is_not_the_one_that_was_asked_for() {
    let before = sees(plain(), global(false, None), cluster("available", false));
    let image = before.image("fail-over");
    let kept = MoveImage::read(&image).expect("what was kept");
    assert_eq!((kept.resource_id.as_str(), kept.members.len()), ("cluster-WEST", 2));
    assert!(kept.members[0].writer && kept.endpoint.is_some() && kept.global_endpoint.is_some());
    let another = DbCluster { resource_id: "cluster-OTHER".into(), ..cluster("available", true) };
    let after = sees(plain().taken(None).before(image), global(true, None), another);
    assert_eq!(name_of(&after.goal("fail-over")), "bad");
}

#[test]
fn a_failover_is_asked_of_the_new_side_a_switchover_of_the_old_one_and_its_way_back_of_the_writer() {
    let seen = |scene: Scene| sees(scene, global(false, None), cluster("available", false));
    let failover = seen(plain()).act("fail-over");
    let (global, target) = ("orders".into(), WEST.into());
    let wanted = RdsOperation::FailOverGlobalCluster { global, target };
    assert_eq!((failover.place.region.as_str(), failover.operation), ("eu-central-1", Operation::Rds(wanted)));
    let scene = seen(plain().switchover());
    let switch = scene.act("switch");
    let (global, target) = ("orders".into(), WEST.into());
    let wanted = RdsOperation::SwitchGlobalCluster { global, target };
    assert_eq!((switch.place.region.as_str(), switch.operation), ("eu-west-1", Operation::Rds(wanted)));
    assert_eq!(scene.step("switch").undo, Undo::Reversible);
    let after = at_global(scene, Side::Primary, Some(self::global(true, None)));
    let back = after.way_back("switch").expect("it can be taken back").act(&after.facts()).expect("it acts");
    let (global, target) = ("orders".into(), EAST.into());
    let wanted = RdsOperation::SwitchGlobalCluster { global, target };
    assert_eq!((back.place.region.as_str(), back.operation), ("eu-central-1", Operation::Rds(wanted)));
    // What was kept is of the other cluster: the one that is gone back to is no stranger for it.
    let image = sees(plain().switchover(), self::global(false, None), cluster("available", false)).image("switch");
    let back_again =
        at_global(plain().switchover().before(image).taken(None), Side::Primary, Some(self::global(false, None)));
    let old = DbCluster { id: "orders-east".into(), resource_id: "cluster-EAST".into(), ..cluster("available", true) };
    let back_again = at_cluster(back_again, Side::Primary, Some(old));
    let verdict = back_again.way_back("switch").expect("it can be taken back").goal(&back_again.facts());
    assert_eq!(name_of(&verdict), "holds", "{verdict:?}");
}

#[test]
fn what_is_not_the_database_of_the_plan_is_never_passed_by_a_word() {
    let wrong = |change: &dyn Fn(&mut GlobalCluster)| {
        let mut found = global(false, None);
        change(&mut found);
        let scene = sees(plain(), found, cluster("available", false));
        let is_wrong = |check: &Check| check.level != Level::Ok && check.identity;
        let checks = scene.work("fail-over").prechecks(&scene.facts());
        checks.into_iter().filter(is_wrong).map(|check| check.code.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(wrong(&|_| {}), Vec::<String>::new());
    assert_eq!(wrong(&|found| found.members.truncate(1)), ["aurora-member"]);
    let elsewhere = |found: &mut GlobalCluster| found.members[1].arn = WEST.replace("central", "north").as_str().into();
    assert_eq!(wrong(&elsewhere), ["aurora-member"]);
    let another = |found: &mut GlobalCluster| found.members[0].arn = EAST.replace("orders", "billing").as_str().into();
    assert_eq!(wrong(&another), ["aurora-primary"]);
}

#[test]
fn a_failover_wants_its_target_well_and_a_switchover_both() {
    let well = || sees(plain(), global(false, None), cluster("available", false));
    assert_eq!(blockers(&well(), "fail-over"), Vec::<String>::new());
    let with_old = |status: &str| {
        let old = DbCluster { id: "orders-east".into(), ..cluster(status, true) };
        at_cluster(
            sees(plain().switchover(), global(false, None), cluster("available", false)),
            Side::Primary,
            Some(old),
        )
    };
    assert_eq!(blockers(&with_old("available"), "switch"), Vec::<String>::new());
    assert_eq!(blockers(&with_old("failing-over"), "switch"), ["aurora-status"]);
    let headless = DbCluster { instances: Vec::new(), ..cluster("available", false) };
    assert_eq!(blockers(&sees(plain(), global(false, None), headless), "fail-over"), ["aurora-headless"]);
    let older = DbCluster { engine_version: Some("15.3".into()), ..cluster("available", false) };
    assert_eq!(blockers(&sees(plain(), global(false, None), older.clone()), "fail-over"), ["aurora-version"]);
    let leaving = sees(scene(json!({ "detach": true })), global(false, None), older);
    assert_eq!(blockers(&leaving, "detach"), Vec::<String>::new(), "leaving is what an older one does");
    assert_eq!(
        blockers(&sees(plain(), global(false, Some("pending")), cluster("available", false)), "fail-over"),
        ["aurora-no-other-move"]
    );
    let stuck =
        sees(scene(json!({ "detach": true })), global(false, Some("failing-over")), cluster("available", false));
    assert_eq!(blockers(&stuck, "detach"), Vec::<String>::new(), "and what leaves a stuck one");
    assert_eq!(
        blockers(&sees(plain(), global(false, None), cluster("modifying", false)), "fail-over"),
        ["aurora-status"]
    );
}

#[test]
fn a_secondary_that_is_rebuilt_is_no_target_of_a_switchover_and_costs_a_failover_more() {
    let mut behind = global(false, None);
    behind.members[1].synchronization = Some("pending-resync".into());
    let check = |scene: Scene, action: &str| {
        let scene = sees(scene, behind.clone(), cluster("available", false));
        let checks = scene.work(action).prechecks(&scene.facts());
        let check = checks.into_iter().find(|check| check.code.as_str() == "aurora-sync").expect("it is looked at");
        (check.level, check.weight)
    };
    assert_eq!(check(plain().switchover(), "switch"), (Level::Failing, Weight::Blocks));
    assert_eq!(check(plain(), "fail-over"), (Level::Failing, Weight::Loses));
    let scene = at_global(plain(), Side::Recovery, Some(behind));
    let sample = LagSample { seconds: Some(0.2), sampled_at: Some(start()), instead: None };
    let weighed = scene.kind().weigh_lag(scene.component(), &scene.plan.application, sample, &scene.facts());
    assert_eq!((weighed.seconds, weighed.instead.as_deref()), (None, Some("orders-west is pending-resync")));
}

#[test]
fn versions_are_compared_by_major_and_minor_of_aurora_itself() {
    let mysql = |own: &str, other: &str| {
        let found = GlobalCluster { engine_version: Some(other.into()), ..global(false, None) };
        let cluster = DbCluster { engine_version: Some(own.into()), ..cluster("available", false) };
        blockers(&sees(plain(), found, cluster), "fail-over").is_empty()
    };
    assert!(mysql("8.0.mysql_aurora.3.05.2", "8.0.mysql_aurora.3.05.1"), "a patch is no other version");
    assert!(!mysql("8.0.mysql_aurora.3.04.2", "8.0.mysql_aurora.3.05.2"));
    assert!(!mysql("15.3", "15.4") && mysql("15.4", "15.4"));
}

const BLOCKED: &str = "Attempt to block writes for DB cluster orders-east in Region eu-west-1 succeeded.";
const TIMED_OUT: &str = "Attempt to block writes for DB cluster orders-east in Region eu-west-1 timed out.";

#[test]
fn a_fence_is_what_aurora_says_of_it_and_nothing_else() {
    let step = plain().step("fenced");
    assert_eq!((step.role(), step.beside, step.acts), (Role::Fence, true, false));
    assert_eq!(step.asks_when_failing, Some(GateKind::Writers));
    let both = |there: &[&str], here: &[&str]| {
        let scene = told(plain(), "fenced", Side::Primary, there);
        told(scene, "fenced", Side::Recovery, here).goal("fenced")
    };
    assert_eq!(name_of(&both(&[], &[])), "moving");
    assert_eq!(name_of(&both(&[BLOCKED], &[])), "holds");
    assert_eq!(name_of(&both(&[TIMED_OUT], &[])), "bad");
    assert_eq!(name_of(&both(&[], &[TIMED_OUT])), "bad", "the old region answers, and nothing stopped it");
    assert_eq!(name_of(&both(&[TIMED_OUT, BLOCKED], &[])), "holds", "the newest counts");
    assert_eq!(name_of(&both(&["Attempt to block writes for DB cluster orders-east began."], &[])), "moving");
    let of_another = BLOCKED.replace("orders-east", "orders-east-2");
    assert_eq!(name_of(&both(&[of_another.as_str()], &[])), "moving");
    // The old region says nothing: then it is owed, with what is known.
    let here = told(plain(), "fenced", Side::Recovery, &[TIMED_OUT]);
    let asks = here.work("fenced").asks(&here.asked);
    let silent = here.hears_nothing(Side::Primary, asks[0].query.clone()).goal("fenced");
    assert_eq!(name_of(&silent), "unknown");
    assert!(words_of(&silent).contains("timed out"), "{}", words_of(&silent));
}

#[test]
fn evidence_is_looked_for_since_the_failover_was_asked_for() {
    let failed_over = sees(plain().taken(None), global(true, None), cluster("available", true)).goal("fail-over");
    let at = given_by(&failed_over)["moved_at"].to_string();
    let scene = plain().given("moved_at", &at);
    let asks = scene.work("fenced").asks(&scene.asked);
    let RdsQuery::DbEvents { since, .. } = rds(&asks[0].query) else { panic!("events are asked for") };
    assert_eq!(*since, start() - SignedDuration::from_secs(60));
}

fn rds(query: &crate::service::Query) -> &RdsQuery {
    match query {
        crate::service::Query::Rds(query) => query,
        other => panic!("RDS is asked, not {other:?}"),
    }
}

#[test]
fn what_leaves_stands_alone_by_this_run_only() {
    let leaving = || scene(json!({ "detach": true }));
    assert_eq!(leaving().step("detach").undo, Undo::PointOfNoReturn);
    let alone = || GlobalCluster { members: vec![global(false, None).members.remove(0)], ..global(false, None) };
    let seen = |scene, global, cluster| name_of(&sees(scene, global, cluster).goal("detach")).to_owned();
    assert_eq!(seen(leaving(), alone(), cluster("available", true)), "bad");
    assert_eq!(seen(leaving().taken(None), alone(), cluster("available", true)), "holds");
    assert_eq!(seen(leaving().taken(None), alone(), cluster("available", false)), "moving");
    assert_eq!(seen(leaving().taken(None), alone(), cluster("promoting", true)), "moving");
    assert_eq!(seen(leaving().taken(None), global(false, None), cluster("available", false)), "untouched");
    assert_eq!(leaving().findings(), ["aurora-loss-ungated", "aurora-two-writers"]);
    let both = scene(json!({ "detach": true, "endpoint": "global" }));
    assert_eq!(both.problems().len(), 1);
    let actions: Vec<String> = leaving().runbook().steps.iter().map(|step| step.id.action().to_owned()).collect();
    assert_eq!(actions, ["detach"], "nothing fences what is left, and nothing rejoins");
}

fn snapshots(scene: Scene, kept: &[(&str, &str, i64)]) -> Scene {
    let snapshot = |(id, status, after): &(&str, &str, i64)| ClusterSnapshot {
        id: (*id).into(),
        status: (*status).into(),
        created_at: Some(start() + SignedDuration::from_secs(*after)),
        ..ClusterSnapshot::default()
    };
    let query = RdsQuery::ClusterSnapshots { cluster: "orders-east".into() };
    let snapshots = kept.iter().map(snapshot).collect();
    scene.sees(Side::Primary, query.into(), RdsObservation::ClusterSnapshots { snapshots }.into())
}

#[test]
fn only_the_snapshot_of_this_failover_is_copied_and_once_it_is_whole() {
    const TAKEN: &str = "rds:unplanned-global-failover-orders-east-2027-01-15-08-10";
    let nothing = snapshots(plain(), &[("rds:orders-east-1", "available", 5), (TAKEN, "available", -9000)]);
    assert_eq!(name_of(&nothing.goal("keep-snapshot")), "moving");
    assert!(nothing.work("keep-snapshot").act(&nothing.facts()).is_none());
    let half = snapshots(plain(), &[(TAKEN, "creating", 60)]);
    assert!(half.work("keep-snapshot").act(&half.facts()).is_none());
    let whole = snapshots(plain(), &[(TAKEN, "available", 60)]);
    assert_eq!(name_of(&whole.goal("keep-snapshot")), "untouched");
    let act = whole.act("keep-snapshot");
    let Operation::Rds(RdsOperation::CopyClusterSnapshot { from, to }) = act.operation else { panic!("a copy") };
    assert_eq!((act.place.region.as_str(), from.as_str()), ("eu-west-1", TAKEN));
    assert!(to.starts_with("landfall-orders-east-2027"), "{to}");
    for (status, verdict) in [("copying", "moving"), ("available", "holds"), ("failed", "bad")] {
        let copied = snapshots(plain().taken(None), &[(TAKEN, "available", 60), (to.as_str(), status, 90)]);
        assert_eq!(name_of(&copied.goal("keep-snapshot")), verdict, "{status}");
    }
    let without = scene(json!({ "keep_snapshot": false }));
    assert!(without.runbook().steps.iter().all(|step| step.id.action() != "keep-snapshot"));
}

#[test]
fn the_old_primary_is_back_once_it_is_a_secondary_in_step() {
    let seen = |writes: bool, told: &str| {
        let mut found = global(writes, None);
        found.members[0].synchronization = Some(told.into());
        name_of(&at_global(plain(), Side::Primary, Some(found)).goal("rejoined")).to_owned()
    };
    assert_eq!(seen(false, "connected"), "moving", "it still says that it is the primary");
    assert_eq!(seen(true, "pending-resync"), "moving");
    assert_eq!(seen(true, "connected"), "holds");
}

#[test]
fn an_old_primary_that_does_not_come_for_a_day_is_for_a_person_who_is_told_each_call() {
    let back = |waited: i64, told: &str| {
        let mut found = global(false, None);
        found.members[1].synchronization = Some(told.into());
        let mut scene = plain();
        scene.intent = Intent::Failback;
        let scene = at_global(scene, Side::Primary, Some(found.clone()));
        at_global(scene, Side::Recovery, Some(found)).later(waited).goal("rejoined")
    };
    assert_eq!(name_of(&back(86_399, "pending-resync")), "moving");
    assert_eq!(name_of(&back(90_000, "connected")), "holds", "late, and back all the same");
    let Verdict::Bad { reason, help } = back(86_400, "pending-resync") else { panic!("it does not come by itself") };
    assert!(reason.contains("for a day now"), "{reason}");
    for call in [
        "keep a snapshot of it",
        "modify-db-cluster --region eu-central-1",
        "--new-db-cluster-identifier orders-west-kept",
        "create-db-cluster --region eu-central-1 --db-cluster-identifier orders-west",
        "--global-cluster-identifier orders",
    ] {
        assert!(help.contains(call), "{call}: {help}");
    }
}

#[test]
fn health_is_told_by_the_role_and_what_serves_it() {
    let health = |global: GlobalCluster, cluster: DbCluster| sees(plain(), global, cluster).health_in(Side::Recovery);
    let standby = health(global(false, None), cluster("available", false));
    assert_eq!(
        (standby.level, standby.note.as_str()),
        (HealthLevel::Standby, "available, secondary, connected, 2/2 instances")
    );
    assert_eq!(health(global(true, None), cluster("available", true)).level, HealthLevel::Up);
    assert_eq!(health(global(true, None), cluster("available", false)).level, HealthLevel::Degraded);
    let headless = DbCluster { instances: Vec::new(), ..cluster("available", false) };
    assert_eq!(health(global(false, None), headless).level, HealthLevel::Degraded);
    assert_eq!(health(global(false, None), cluster("storage-full", false)).level, HealthLevel::Down);
}
