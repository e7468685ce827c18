//! Execution blocks, one by one: what component each becomes in the region that is brought up, or what it takes down in
//! the one that is left.

use super::data;
use crate::import::draft::{Draft, Piece, Says, TODO, is_account};
use crate::import::task::{id, region, task};
use crate::import::view::View;
use crate::service::arn::Arn;

/// What the workflow of a block does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    BringsUp,
    TakesDown,
}

/// A block.
pub(super) struct Block<'a> {
    pub kind: String,
    pub name: String,
    pub step: View<'a>,
    /// Its own configuration.
    pub inside: Option<View<'a>>,
    pub does: Does,
}

impl<'a> Block<'a> {
    /// The region that it is done in.
    pub fn region(&self, draft: &Draft) -> Option<String> {
        if self.does == Does::BringsUp { draft.recovery.clone() } else { draft.primary.clone() }
    }

    /// A component of `kind` after it, with what every block may say.
    pub fn piece(&self, kind: &'static str, name: &str) -> Piece {
        let piece = Piece::new(kind, name, self.step.place());
        let minutes = self.inside.as_ref().and_then(|inside| inside.get("timeoutMinutes")?.count());
        match minutes {
            Some(minutes) => piece.with("timeout", Says::text(format!("{minutes}m"))),
            None => piece,
        }
    }

    /// A task in its place.
    pub fn task(&self) -> Piece {
        task(&self.name, &self.kind, self.inside.as_ref(), self.step.place())
    }

    pub fn list(&self, key: &str) -> Vec<View<'a>> {
        self.inside.as_ref().and_then(|inside| inside.get(key)).map(|list| list.items()).unwrap_or_default()
    }
}

const UNDO: &str = "the invocation that takes it back; without one there is no way back from it";

/// What a block becomes.
pub(super) fn pieces(block: &Block<'_>, draft: &mut Draft) -> Vec<Piece> {
    match (block.kind.as_str(), &block.inside) {
        ("AuroraGlobalDatabase", Some(inside)) => data::aurora(block, inside, draft),
        ("RdsPromoteReadReplica" | "RdsSwitchoverReadReplica", Some(inside)) => data::rds(block, inside, draft),
        ("RdsCreateCrossRegionReplica", _) => {
            let found =
                format!("{}: a replica for the way back is a failback's, which comes from a run's journal", block.name);
            draft.tells("import-failback", None, block.step.place(), found);
            Vec::new()
        }
        ("AuroraServerlessScaling" | "AuroraProvisionedScaling", _) => {
            let found = format!("{}: nothing gives an Aurora cluster more capacity here", block.name);
            let fix = "keep the secondary as large as it has to be, or ask a person";
            draft.fails("import-aurora-capacity", None, block.step.place(), found, fix);
            Vec::new()
        }
        ("ECSServiceScaling", Some(_)) => services(block, draft),
        ("EC2AutoScaling", Some(_)) => groups(block, draft),
        ("ARCRoutingControl", Some(inside)) => controls(block, inside, draft),
        ("LambdaEventSourceMapping", Some(inside)) => mapping(block, inside, draft),
        ("CustomActionLambda", Some(inside)) => lambda(block, inside, draft),
        ("ManualApproval", _) => {
            let who = block.inside.as_ref().and_then(|inside| inside.said("approvalRole")).map(|role| id(&role));
            let piece = Piece::manual(&block.name, &format!("approve: {}", block.name), block.step.place());
            vec![match who {
                Some(who) => piece.with("who", Says::text(who)),
                None => piece,
            }]
        }
        ("Route53HealthCheck", _) => {
            let found =
                "the health checks that ARC gives out are its own; a `switch` moves a record by a check of yours";
            vec![block.task().fails(
                "import-vended-check",
                found,
                "put a switch, a routing-control or a route53 component here",
            )]
        }
        _ => vec![block.task()],
    }
}

/// The account that a resource is in, where the block says that a role of it is assumed.
fn account(of: &View<'_>, arn: &str, draft: &mut Draft) -> Option<String> {
    let role = of.said("crossAccountRole")?;
    let number = Arn::parse(&role).or_else(|| Arn::parse(arn)).map(|arn| arn.account.to_owned())?;
    let name = is_account(&number).then(|| draft.account(&number))?;
    let external = of.said("externalId");
    if let Some(account) = draft.accounts.get_mut(&name) {
        account.role.get_or_insert(role);
        account.external_id = account.external_id.take().or(external);
    }
    Some(name)
}

pub(super) fn in_account(mut piece: Piece, of: &View<'_>, arn: &str, draft: &mut Draft) -> Piece {
    piece.account = account(of, arn, draft);
    piece
}

const TARGETS: &str = "the target group there: a running task or instance is not a healthy one";
const MIN: &str = "what no policy or schedule scales it in below";

const SCALED: &str = "they scale to a share of what ran in the last 24 hours: say how many have to run";

fn services(block: &Block<'_>, draft: &mut Draft) -> Vec<Piece> {
    let named = |view: &View<'_>| {
        let (service, cluster) =
            (view.said("serviceArn").unwrap_or_default(), view.said("clusterArn").unwrap_or_default());
        (region(&service).or_else(|| region(&cluster)), id(&cluster), id(&service), service)
    };
    let all: Vec<_> = block.list("services").into_iter().map(|view| (named(&view), view)).collect();
    // Capacity is only ever raised: where the primary is deactivated, in the region that stays.
    let own = draft.recovery.clone();
    let mut pieces = Vec::new();
    for ((_, cluster, service, arn), view) in all.iter().filter(|((region, ..), _)| *region == own && own.is_some()) {
        let name = if all.len() > 2 { service } else { &block.name };
        let piece = block
            .piece("ecs", name)
            .with("cluster", Says::text(cluster))
            .with("service", Says::text(service))
            .unknown("desired", Says::Count(1), SCALED);
        let piece = waits(block, piece);
        pieces.push(in_account(piece, view, arn, draft));
    }
    or_task(block, pieces)
}

fn groups(block: &Block<'_>, draft: &mut Draft) -> Vec<Piece> {
    let own = draft.recovery.clone();
    let mut pieces = Vec::new();
    let all = block.list("asgs");
    for view in &all {
        let arn = view.said("arn").unwrap_or_default();
        if own.is_none() || region(&arn) != own {
            continue;
        }
        let group = id(&arn);
        let name = if all.len() > 2 { &group } else { &block.name };
        let piece = block.piece("autoscaling", name).with("group", Says::text(&group)).unknown(
            "desired",
            Says::Count(1),
            SCALED,
        );
        pieces.push(in_account(waits(block, piece), view, &arn, draft));
    }
    or_task(block, pieces)
}

/// Where it waits for healthy targets, the plan should.
fn waits(block: &Block<'_>, piece: Piece) -> Piece {
    let waits = block.inside.as_ref().and_then(|inside| inside.get("waitELBTargetGroupHealthy")?.truth());
    let todo = if waits == Some(true) { "they wait for its healthy targets" } else { TARGETS };
    let piece = piece.advised("target_group", todo);
    if piece.kind == "autoscaling" { piece.advised("min", MIN) } else { piece }
}

/// Nothing of it is in the region that it is done in: a person sees what it does.
fn or_task(block: &Block<'_>, pieces: Vec<Piece>) -> Vec<Piece> {
    if pieces.is_empty() { vec![block.task()] } else { pieces }
}

/// The regions that clusters of routing controls have their endpoints in.
const ENDPOINTS: [&str; 5] = ["us-east-1", "us-west-2", "eu-west-1", "ap-northeast-1", "ap-southeast-2"];

fn controls(block: &Block<'_>, inside: &View<'_>, draft: &mut Draft) -> Vec<Piece> {
    let own = block.region(draft);
    let regions = inside.get("regionAndRoutingControls").map(|view| view.entries()).unwrap_or_default();
    let states: Vec<(String, Says)> = regions
        .iter()
        .filter(|(region, _)| Some(region) == own.as_ref())
        .flat_map(|(_, list)| list.items())
        .filter_map(|view| {
            let on = view.said("state").is_some_and(|state| state.eq_ignore_ascii_case("on"));
            Some((view.said("routingControlArn")?, Says::Truth(on)))
        })
        .collect();
    if states.is_empty() {
        return vec![block.task()];
    }
    let endpoint = |region: &str| {
        let url = format!("https://{TODO}.route53-recovery-cluster.{region}.amazonaws.com/v1");
        Says::Table(vec![("url".to_owned(), Says::Text(url)), ("region".to_owned(), Says::text(region))])
    };
    let endpoints = Says::List(ENDPOINTS.iter().map(|region| endpoint(region)).collect());
    let todo = "the cluster's five endpoints: aws route53-recovery-control-config describe-cluster";
    let piece = block
        .piece("routing-control", &block.name)
        .unknown("endpoints", endpoints, todo)
        .with("controls", Says::Table(states));
    vec![in_account(piece, inside, "", draft)]
}

fn mapping(block: &Block<'_>, inside: &View<'_>, draft: &mut Draft) -> Vec<Piece> {
    let of = |region: &Option<String>| {
        let regions = inside.get("regionEventSourceMappings")?.entries();
        let (_, view) = regions.into_iter().find(|(name, _)| Some(name) == region.as_ref())?;
        Some((view.said("arn")?, view))
    };
    let enables = inside.said("action").is_some_and(|action| action == "enable");
    let (new, old) = (of(&draft.recovery), of(&draft.primary));
    let piece =
        block.piece("lambda", &block.name).unknown("function", Says::text(TODO), "the function in the recovery region");
    let todo = ("function".to_owned(), Says::text(TODO));
    let piece = match (enables, &new, &old) {
        (true, Some((arn, view)), _) => {
            let piece = piece.with("event_sources", Says::texts([id(arn)]));
            in_account(piece, view, arn, draft)
        }
        (false, _, Some((arn, _))) => {
            let old = vec![todo, ("event_sources".to_owned(), Says::texts([id(arn)]))];
            piece.unknown("old", Says::Table(old), "the function in the primary region that it comes to")
        }
        _ => block.task(),
    };
    vec![piece]
}

fn lambda(block: &Block<'_>, inside: &View<'_>, draft: &mut Draft) -> Vec<Piece> {
    let runs = inside.said("regionToRun").unwrap_or_default();
    let is_old = runs == "deactivatingRegion" || (block.does == Does::TakesDown && runs != "activatingRegion");
    let own = if is_old { draft.primary.clone() } else { draft.recovery.clone() };
    let all: Vec<(String, View<'_>)> =
        block.list("lambdas").into_iter().filter_map(|view| Some((view.said("arn")?, view))).collect();
    let Some((arn, view)) = all.iter().find(|(arn, _)| own.is_some() && region(arn) == own) else {
        return vec![block.task()];
    };
    let name = arn.split(":function:").nth(1).unwrap_or(arn);
    let (function, qualifier) = name.split_once(':').map_or((name, None), |(name, rest)| (name, Some(rest)));
    let mut piece = block.piece("invoke", &block.name).with("function", Says::text(function)).advised("undo", UNDO);
    if let Some(qualifier) = qualifier {
        piece = piece.with("qualifier", Says::text(qualifier));
    }
    if is_old {
        piece = piece.with("region", Says::text("primary"));
    }
    if inside.get("ungraceful").is_some() {
        piece =
            piece.tells("import-ungraceful", "in an ungraceful switch they skip it; the plan never skips by itself");
    }
    vec![in_account(piece, view, arn, draft)]
}
