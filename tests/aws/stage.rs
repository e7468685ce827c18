//! The storefront in two regions of the test cloud, and short ways to ask and to act there.

use crate::support::cloud::TestCloud;
use landfall::cloud::aws::{AwsActor, AwsObserver, Elsewhere, Signature};
use landfall::cloud::{Evidence, Observe, Perform, Token};
use landfall::plan::{Account, AccountName, Application, Plan, Region};
use landfall::service::CloudWatchQuery;
use landfall::service::{
    Act, Ask, CallMade, DnsQuery, DnsQuestion, EcsOperation, EcsQuery, Observation, Operation, Place, Query,
    RdsOperation, RdsQuery, Reply, Seen, Unanswered,
};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard, mpsc::UnboundedReceiver};

pub const EAST: &str = "us-east-1";
pub const WEST: &str = "us-west-2";
pub const ZONE: &str = "Z0123456789ABCDEFGHIJ";
pub const RECORD: &str = "shop.example.com.";
/// The log group of the service that the plan has.
pub const LOG: &str = "/ecs/storefront/api";
/// A role of another account, as `[account.other]` of the plan names it.
pub const ROLE: &str = "arn:aws:iam::222222222222:role/recovery";

/// The application that every test starts from.
pub const STOREFRONT: &str = r#"
[application]
name = "storefront"
primary = "us-east-1"
recovery = "us-west-2"

[component.orders-db]
kind = "rds"
primary = "orders"
recovery = "orders-replica"

[component.balancer]
kind = "load-balancer"
name = "storefront-lb"
target_group = "storefront-api"

[component.api]
kind = "ecs"
needs = ["orders-db"]
cluster = "storefront"
service = "api"
desired = 2
min = 1
target_group = "storefront-api"
environment = { DATABASE_HOST = "${orders-db.endpoint}", MODE = "live" }
secrets = { TOKEN = "token" }

[component.dns]
kind = "route53"
zone = "Z0123456789ABCDEFGHIJ"
record = "shop.example.com."
"#;

/// The cloud that the SDK finds by the environment: of the tests about accounts and their credentials, one at a time. Never
/// dropped: it ends with this process.
static CLOUD: LazyLock<Mutex<TestCloud>> = LazyLock::new(|| {
    let cloud = TestCloud::start();
    point_the_sdk_at(cloud.endpoint(), cloud.dns());
    Mutex::new(cloud)
});

thread_local! {
    /// Where this test's own cloud is: each test has a thread of its own, and looks and acts from it.
    static HERE: RefCell<Elsewhere> = RefCell::default();
}

/// A cloud of this test's own until it is dropped.
pub enum Stage {
    /// One that nobody else has.
    Own(TestCloud),
    /// The one that the environment leads to.
    Shared(MutexGuard<'static, TestCloud>),
}

impl Deref for Stage {
    type Target = TestCloud;
    fn deref(&self) -> &TestCloud {
        match self {
            Self::Own(cloud) => cloud,
            Self::Shared(cloud) => cloud,
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        HERE.take();
    }
}

/// The cloud with the storefront in it and no call in its log.
pub async fn storefront() -> Stage {
    seeded(empty().await)
}

/// As [`storefront`], in the cloud that the environment leads to: for tests of credentials, which the SDK finds there.
pub async fn storefront_by_environment() -> Stage {
    seeded(empty_by_environment().await)
}

fn seeded(stage: Stage) -> Stage {
    stage.seed(STOREFRONT);
    stage.clear_calls();
    stage
}

/// A cloud with nothing in it.
pub async fn empty() -> Stage {
    // Its keys and profiles are the environment's all the same.
    LazyLock::force(&CLOUD);
    let cloud = TestCloud::start();
    let at = Elsewhere { endpoint: Some(cloud.endpoint().to_owned()), resolver: Some(cloud.dns().to_owned()) };
    HERE.set(at);
    Stage::Own(cloud)
}

/// As [`empty`], the one that the environment leads to.
pub async fn empty_by_environment() -> Stage {
    let cloud = CLOUD.lock().await;
    cloud.reset();
    Stage::Shared(cloud)
}

/// What looks at this test's cloud.
pub async fn observer(plan: &Plan) -> AwsObserver {
    AwsObserver::connect_to(plan, HERE.with_borrow(Clone::clone), Signature::of(Some("7f3c"), "ana")).await
}

/// Where this test's cloud is.
pub fn here() -> Elsewhere {
    HERE.with_borrow(Clone::clone)
}

/// What acts on it.
pub async fn actor(plan: &Plan) -> AwsActor {
    AwsActor::connect_to(plan, HERE.with_borrow(Clone::clone), Signature::of(Some("7f3c"), "ana")).await
}

/// The SDK finds its configuration in the environment alone, as `landfall` does.
#[allow(unsafe_code)]
fn point_the_sdk_at(endpoint: &str, dns: &str) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let config = config_file();
    let profiles = format!(
        "[default]\nendpoint_url = {endpoint}\n\
         [profile named]\nendpoint_url = {endpoint}\naws_access_key_id = named\naws_secret_access_key = named\n\
         [profile nobody-listens]\nendpoint_url = http://127.0.0.1:1\n\
         aws_access_key_id = nobody\naws_secret_access_key = nobody\n"
    );
    std::fs::write(&config, profiles).expect("a temporary folder that can be written");
    let credentials = folder.join("no-credentials-file");
    let settings = [
        ("AWS_CONFIG_FILE", config.as_os_str()),
        ("AWS_SHARED_CREDENTIALS_FILE", credentials.as_os_str()),
        // One by its own variable, the others by the profile: both are honoured.
        ("AWS_ENDPOINT_URL_RDS", endpoint.as_ref()),
        ("AWS_ACCESS_KEY_ID", "test".as_ref()),
        ("AWS_SECRET_ACCESS_KEY", "test".as_ref()),
        ("AWS_EC2_METADATA_DISABLED", "true".as_ref()),
        ("NO_PROXY", "127.0.0.1".as_ref()),
        ("LANDFALL_RESOLVER", dns.as_ref()),
    ];
    for (name, value) in settings {
        // SAFETY: every test waits for this before it does anything, so nothing reads the environment meanwhile.
        unsafe { std::env::set_var(name, value) };
    }
}

/// Other profiles for as long as it is kept.
pub struct Config(String);

impl Drop for Config {
    fn drop(&mut self) {
        write_config(&self.0);
    }
}

/// Changes the profiles; the stage must be held meanwhile.
pub fn with_config(change: impl FnOnce(String) -> String) -> Config {
    let before = std::fs::read_to_string(config_file()).expect("the config can be read");
    write_config(&change(before.clone()));
    Config(before)
}

/// Others read it meanwhile: they find the one or the other, whole.
fn write_config(text: &str) {
    let new = config_file().with_extension("new");
    std::fs::write(&new, text).expect("the config can be written");
    std::fs::rename(new, config_file()).expect("the config can be written");
}

fn config_file() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("aws-config")
}

/// The plan's regions and accounts; the adapter wants no components.
pub fn plan() -> Plan {
    let account = |role: Option<&str>, profile: Option<&str>| Account {
        role: role.map(Into::into),
        profile: profile.map(Into::into),
        external_id: role.map(|_| "landfall-drill".into()),
        id: None,
        session_seconds: None,
        source_identity: role.is_some(),
    };
    Plan {
        application: Application {
            name: "storefront".into(),
            primary: Region::new(EAST),
            recovery: Region::new(WEST),
            rto_seconds: None,
            rpo_seconds: None,
            owner: None,
            description: None,
            healthy_for_seconds: None,
            follows_for_seconds: None,
            from_run: None,
        },
        accounts: BTreeMap::from([
            (AccountName::new("other"), account(Some(ROLE), None)),
            (AccountName::new("named"), account(None, Some("named"))),
            (AccountName::new("mine"), Account { id: Some("123456789012".into()), ..account(None, Some("named")) }),
            (AccountName::new("not-mine"), Account { id: Some("999999999999".into()), ..account(None, Some("named")) }),
            (AccountName::new("ghost"), account(None, Some("no-such-profile"))),
            (AccountName::new("nobody-listens"), account(None, Some("nobody-listens"))),
        ]),
        components: Vec::new(),
        waivers: Vec::new(),
        drills: Default::default(),
        capture: Default::default(),
        sealed: Default::default(),
    }
}

pub fn place(region: &str) -> Place {
    Place { region: Region::new(region), account: None }
}

pub fn place_in(region: &str, account: &str) -> Place {
    Place { region: Region::new(region), account: Some(AccountName::new(account)) }
}

/// Looks at one place, with the evidence of it.
pub async fn look_with_evidence(place: &Place, queries: Vec<Query>) -> (Vec<Seen>, Vec<CallMade>) {
    let observer = observer(&plan()).await;
    let asks: Vec<Ask> = queries.into_iter().map(|query| Ask { place: place.clone(), query }).collect();
    let (evidence, calls) = Evidence::channel();
    let seen = observer.observe(&asks, &evidence).await;
    drop(evidence);
    assert!(seen.iter().map(|seen| &seen.ask).eq(&asks), "every ask answered, in the same order");
    (seen, gather(calls).await)
}

/// Looks at one region in the ambient account.
pub async fn look(region: &str, queries: Vec<Query>) -> Vec<Result<Observation, Unanswered>> {
    let (seen, _) = look_with_evidence(&place(region), queries).await;
    seen.into_iter().map(|seen| seen.answer).collect()
}

/// Looks at one thing that must be answered.
pub async fn see(region: &str, query: Query) -> Observation {
    look(region, vec![query]).await.remove(0).expect("an answer")
}

/// Looks until what is seen is as wanted.
pub async fn see_until(region: &str, query: Query, wanted: impl Fn(&Observation) -> bool) -> Observation {
    let looking = async {
        loop {
            let seen = see(region, query.clone()).await;
            if wanted(&seen) {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), looking).await.expect("it comes to be so")
}

/// Acts at one place, with the evidence of it.
pub async fn act_at(place: Place, operation: Operation) -> (Reply, Vec<CallMade>) {
    let actor = actor(&plan()).await;
    let (evidence, calls) = Evidence::channel();
    let token = Token("run-1/orders-db/promote/1".to_owned());
    let reply = actor.perform(&Act { place, operation }, &token, &evidence).await;
    drop(evidence);
    (reply, gather(calls).await)
}

/// Acts in one region in the ambient account.
pub async fn act(region: &str, operation: Operation) -> (Reply, Vec<CallMade>) {
    act_at(place(region), operation).await
}

/// Acts where it must be taken; answers the receipt's id.
pub async fn take(region: &str, operation: Operation) -> Option<String> {
    match act(region, operation).await.0 {
        Reply::Taken { receipt } => receipt.id.map(|id| id.to_string()),
        other => panic!("it was to be taken: {other:?}"),
    }
}

async fn gather(mut calls: UnboundedReceiver<CallMade>) -> Vec<CallMade> {
    let mut gathered = Vec::new();
    while let Some(call) = calls.recv().await {
        gathered.push(call);
    }
    gathered
}

/// The operations of some evidence, and which attempt each was.
pub fn attempts(calls: &[CallMade]) -> Vec<(&str, u32, Option<&str>)> {
    calls.iter().map(|call| (call.operation.as_str(), call.attempt, call.error.as_deref())).collect()
}

pub fn instance(id: &str) -> Query {
    Query::Rds(RdsQuery::DbInstance { id: id.into() })
}

pub fn lag(id: &str) -> Query {
    Query::CloudWatch(CloudWatchQuery::ReplicaLag { id: id.into() })
}

pub fn service(name: &str) -> Query {
    Query::Ecs(EcsQuery::EcsService { cluster: "storefront".into(), service: name.into() })
}

pub fn records(name: &str) -> Query {
    Query::Dns(DnsQuery::RecordSets { zone: ZONE.into(), name: name.into(), resolve: false })
}

pub fn question(name: &str, record_type: &str) -> DnsQuestion {
    let (name, record_type) = (name.into(), record_type.into());
    DnsQuestion { zone: ZONE.into(), name, record_type, near: None, times: 1 }
}

pub fn promote() -> Operation {
    Operation::Rds(RdsOperation::PromoteReadReplica { id: "orders-replica".into(), backup_retention_days: 7 })
}

pub fn scale(desired: u64) -> Operation {
    let (cluster, service) = ("storefront".into(), "api".into());
    Operation::Ecs(EcsOperation::UpdateService {
        cluster,
        service,
        desired: Some(desired),
        task_definition: None,
        force: false,
    })
}
