//! What the stage's run is: a plan and the steps of it.

use super::*;

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

pub fn step(id: &str, title: &str, needs: &[&str], undo: Undo, seconds: f64) -> Step {
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
