//! Images of private registries: what is there, what is not, and what a start says of it.

use crate::stage::*;
use landfall::cloud::Clock;
use landfall::engine::kept::{Kept, Turn};
use landfall::engine::values::Vault;
use landfall::engine::{hearing, observer::Observer, preflight};
use landfall::plan::{Intent, Level, Plan, Runbook, Weight, file};
use landfall::recovery::event::{CloudName, JOURNAL_VERSION};
use landfall::recovery::{Opened, start::Found};
use landfall::service::observation::RegistryImage;
use landfall::service::{EcrObservation, EcrQuery, Observation, Query, Registry, Silence, home};
use serde_json::json;
use std::sync::Arc;

const ACCOUNT: &str = "123456789012";

fn image(repository: &str, image: &str) -> Query {
    let registry = ACCOUNT.into();
    Query::Ecr(EcrQuery::RegistryImage { registry, repository: repository.into(), image: image.into() })
}

fn found(observation: Observation) -> Option<RegistryImage> {
    match observation {
        Observation::Ecr(EcrObservation::RegistryImage { image }) => image,
        other => panic!("an image was asked for, not {other:?}"),
    }
}

/// Whether each is there.
async fn are_there(queries: &[Query]) -> Vec<bool> {
    let answers = look(WEST, queries.to_vec()).await;
    answers.into_iter().map(|answer| found(answer.expect("an answer")).is_some()).collect()
}

#[tokio::test]
async fn an_image_is_found_by_its_tag_and_by_its_digest() {
    let stage = storefront().await;
    let digest = stage.image(WEST, "shop/api", "v1");
    let by_tag = found(see(WEST, image("shop/api", "v1")).await).expect("it is there");
    assert_eq!(by_tag.digest.as_str(), digest);
    assert!(by_tag.pushed_at.is_some());
    assert_eq!(found(see(WEST, image("shop/api", &digest)).await), Some(by_tag));
    assert!(stage.mutations().is_empty());
}

#[tokio::test]
async fn the_images_of_a_repository_are_one_call_and_one_that_is_absent_hides_no_other() {
    let stage = storefront().await;
    stage.image(WEST, "shop/api", "v1");
    stage.image(WEST, "shop/api", "v2");
    let (v1, v2, absent) = (image("shop/api", "v1"), image("shop/api", "v2"), image("shop/api", "v3"));
    assert_eq!(are_there(&[v1.clone(), v2.clone()]).await, [true, true]);
    assert_eq!(stage.calls().len(), 1);
    assert_eq!(are_there(&[v1, v2, absent]).await, [true, true, false]);
    assert_eq!(stage.calls().len(), 1 + 4, "together, then each alone");
    assert_eq!(are_there(&[image("shop/none", "v1"), image("shop/none", "v2")]).await, [false, false]);
    assert_eq!(stage.calls().len(), 5 + 1, "where the whole repository is absent, nothing else is asked");
}

#[tokio::test]
async fn an_image_of_the_other_region_is_not_there() {
    let stage = storefront().await;
    stage.image(EAST, "shop/api", "v1");
    assert_eq!(are_there(&[image("shop/api", "v1")]).await, [false]);
    let calls = stage.calls();
    assert!(calls.iter().all(|call| call.service == "ecr" && call.region == WEST), "signed for its region");
}

#[tokio::test]
async fn a_denial_names_its_permission_and_what_is_cut_is_no_answer() {
    let stage = storefront().await;
    stage.image(WEST, "shop/api", "v1");
    let silence = async |fault: &str| {
        let fault = stage.fault(&json!({"kind": fault, "service": "ecr"}));
        let silence = look(WEST, vec![image("shop/api", "v1")]).await.remove(0).expect_err("it is not told");
        stage.mend(&fault);
        silence
    };
    let denied = silence("access-denied").await;
    assert_eq!(denied.because, Silence::Denied);
    assert!(home::clear("ecr.DescribeImages", &denied).contains("ecr:DescribeImages"), "{denied:?}");
    assert_eq!(silence("expired-token").await.because, Silence::Expired);
    assert_eq!(silence("throttle").await.because, Silence::Throttled);
    for fault in ["drop", "page", "blank", "cut"] {
        assert_eq!(silence(fault).await.because, Silence::NoAnswer, "{fault}");
    }
}

/// What a failover's preflight says of the images of a service that is to run `image`.
async fn preflighted(images: &str) -> Vec<Found> {
    let text = STOREFRONT.replace("secrets = { TOKEN", &format!("image = \"{images}\"\nsecrets = {{ TOKEN"));
    let text = text + "values = [\"198.51.100.7\"]\n";
    let plan: Plan = file::read("storefront.toml", text.as_bytes(), &Registry).expect("a valid plan");
    let opened = Opened {
        version: JOURNAL_VERSION,
        run: "look".into(),
        intent: Intent::Failover,
        cloud: CloudName::Aws,
        declared_at: jiff::Timestamp::now(),
        runbook: Runbook::compile(&plan, Intent::Failover, &Registry).expect("no circle"),
        plan: plan.clone(),
        drill: None,
        program: "test".into(),
        endpoint: None,
    };
    let clock = Clock::wall();
    let (_, seen, _heard) = hearing::channel();
    let observer = Observer::new(Arc::new(observer(&plan).await), clock.clone(), seen, None);
    let looks = preflight::looks(&opened, clock.now(), &Vault::empty().secrets);
    let found = preflight::look(&looks, &mut Kept::default(), &Turn::whole(), &observer, &clock).await;
    found.all().filter(|found| found.check.code.starts_with("ecs-image")).cloned().collect()
}

fn in_ecr(region: &str, rest: &str) -> String {
    format!("{ACCOUNT}.dkr.ecr.{region}.amazonaws.com/{rest}")
}

#[tokio::test]
async fn a_start_knows_whether_the_image_can_be_pulled() {
    let stage = storefront().await;
    let absent = preflighted(&in_ecr(WEST, "shop/api:v1")).await;
    let check = &absent[0].check;
    assert_eq!((absent.len(), check.level, check.weight), (1, Level::Failing, Weight::Blocks));
    assert_eq!(check.found.as_str(), "no shop/api:v1 (of app)");
    assert_eq!(absent[0].step.as_ref().map(ToString::to_string).as_deref(), Some("api/scale"));

    let digest = stage.image(WEST, "shop/api", "v1");
    stage.clear_calls();
    let there = preflighted(&in_ecr(WEST, "shop/api:v1")).await;
    assert_eq!(there[0].check.level, Level::Ok);
    assert!(there[0].check.found.contains(&digest[..19]), "{there:?}");
    assert_eq!(stage.calls().iter().filter(|call| call.service == "ecr").count(), 1);

    stage.fault(&json!({"kind": "access-denied", "service": "ecr"}));
    let denied = preflighted(&in_ecr(WEST, "shop/api:v1")).await;
    assert_eq!((denied[0].check.level, denied[0].check.weight), (Level::Unknown, Weight::Weakens));
    stage.mend_all();

    let elsewhere = preflighted(&in_ecr(EAST, "shop/api:v1")).await;
    let check = &elsewhere[0].check;
    assert_eq!((check.code.as_str(), check.level, check.weight), ("ecs-image-region", Level::Failing, Weight::Weakens));
    assert!(preflighted("public.ecr.aws/shop/api:v1").await.is_empty());
    assert!(stage.mutations().is_empty());
}

#[tokio::test]
async fn a_registry_that_hangs_holds_up_no_start() {
    let stage = storefront().await;
    stage.fault(&json!({"kind": "hang", "service": "ecr"}));
    let began = std::time::Instant::now();
    let found = preflighted(&in_ecr(WEST, "shop/api:v1")).await;
    assert_eq!((found[0].check.level, found[0].check.weight), (Level::Unknown, Weight::Weakens));
    assert!(began.elapsed().as_secs_f64() < 11.0, "{:?}", began.elapsed());
}
