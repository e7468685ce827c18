use super::words::{Certificate, Observation, Query};
use crate::plan::{Level, Side};
use crate::service::observation as any;
use crate::service::scene::{Scene, given_by, name_of, start, words_of};
use crate::service::work::HealthLevel;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const WEST: &str = "arn:aws:acm:eu-central-1:1:certificate/1";

fn days(count: i64) -> Option<Timestamp> {
    Some(start() + SignedDuration::from_hours(24 * count))
}

fn issued(names: &[&str], valid_for: i64) -> Certificate {
    Certificate {
        arn: WEST.into(),
        names: names.iter().map(|name| (*name).into()).collect(),
        status: "ISSUED".into(),
        issued_as: "AMAZON_ISSUED".into(),
        not_before: days(-10),
        not_after: days(valid_for),
        used_by: 1,
        reason: None,
        renewal: None,
    }
}

fn sees(fields: Value, certificates: Vec<Certificate>) -> Scene {
    let query = Query::Certificates { domain: "shop.example.com".into() };
    let seen: any::Observation = Observation::Certificates { certificates }.into();
    Scene::new("certificate", fields).sees(Side::Recovery, query.into(), seen)
}

fn plain(certificates: Vec<Certificate>) -> Scene {
    sees(json!({ "domain": "shop.example.com" }), certificates)
}

fn used(certificates: Vec<Certificate>) -> Scene {
    sees(json!({ "domain": "shop.example.com", "in_use": true }), certificates)
}

const NAME: &[&str] = &["shop.example.com"];
const STAR: &[&str] = &["*.example.com"];

#[test]
fn an_issued_one_that_is_valid_for_long_enough_holds_and_gives_its_arn() {
    for names in [NAME, STAR, &["other.example.com", "SHOP.example.com."]] {
        let scene = plain(vec![issued(names, 90)]);
        let verdict = scene.goal("ready");
        assert_eq!((name_of(&verdict), given_by(&verdict)["arn"].as_str()), ("holds", WEST));
        assert!(scene.refusals("ready").is_empty());
    }
}

#[test]
fn each_thing_that_is_wrong_is_told_by_its_code_and_is_never_green() {
    let with = |change: fn(&mut Certificate)| {
        let mut certificate = issued(NAME, 90);
        change(&mut certificate);
        vec![certificate]
    };
    let of_status = |status: &str| vec![Certificate { status: status.into(), ..issued(NAME, 90) }];
    let table = [
        (vec![], "certificate-name", "bad"),
        (vec![issued(&["example.com"], 90)], "certificate-name", "bad"),
        (vec![issued(&["*.shop.example.com"], 90)], "certificate-name", "bad"),
        (of_status("PENDING_VALIDATION"), "certificate-status", "bad"),
        (of_status("EXPIRED"), "certificate-status", "bad"),
        (of_status("REVOKED"), "certificate-status", "bad"),
        (of_status("FAILED"), "certificate-status", "bad"),
        (of_status("VALIDATION_TIMED_OUT"), "certificate-status", "bad"),
        (of_status("INACTIVE"), "certificate-status", "bad"),
        (of_status("OF_THE_FUTURE"), "certificate-status", "moving"),
        (of_status("issued"), "certificate-status", "moving"),
        (of_status(""), "certificate-status", "moving"),
        (vec![issued(NAME, 29)], "certificate-expiry", "bad"),
        (vec![issued(NAME, 0)], "certificate-expiry", "bad"),
        (vec![issued(NAME, -1)], "certificate-expiry", "bad"),
        (with(|it| it.not_after = None), "certificate-expiry", "unknown"),
        (with(|it| it.not_before = days(1)), "certificate-expiry", "bad"),
        (with(|it| it.arn = "arn:aws:acm:eu-west-1:1:certificate/1".into()), "certificate-place", "bad"),
    ];
    for (certificates, code, verdict) in table {
        let scene = plain(certificates);
        assert_eq!(scene.refusals("ready"), [code]);
        assert_eq!(name_of(&scene.goal("ready")), verdict, "{code}: {}", words_of(&scene.goal("ready")));
    }
}

#[test]
fn of_several_a_good_one_is_taken_by_its_name_before_a_wildcard_and_the_longest_valid_before_others() {
    let one = |id: &str, names: &[&str], valid_for: i64, status: &str| Certificate {
        arn: format!("arn:aws:acm:eu-central-1:1:certificate/{id}").as_str().into(),
        status: status.into(),
        ..issued(names, valid_for)
    };
    let taken = |certificates: Vec<Certificate>| {
        let verdict = plain(certificates).goal("ready");
        given_by(&verdict).get("arn").map(|arn| arn.rsplit('/').next().unwrap_or_default().to_owned())
    };
    let (exact, star) = (one("exact", NAME, 60, "ISSUED"), one("star", STAR, 90, "ISSUED"));
    assert_eq!(taken(vec![star.clone(), exact.clone()]).as_deref(), Some("exact"));
    assert_eq!(taken(vec![one("old", NAME, -5, "EXPIRED"), star]).as_deref(), Some("star"));
    assert_eq!(taken(vec![exact, one("newer", NAME, 300, "ISSUED")]).as_deref(), Some("newer"));
    assert_eq!(taken(vec![one("a", NAME, 300, "PENDING_VALIDATION"), one("b", STAR, 10, "ISSUED")]), None);
}

#[test]
fn one_that_serves_nobody_is_not_enough_where_it_has_to_be_in_use() {
    let unused = Certificate { used_by: 0, ..issued(NAME, 300) };
    assert_eq!(used(vec![unused.clone()]).refusals("ready"), ["certificate-in-use"]);
    assert_eq!(name_of(&used(vec![unused.clone()]).goal("ready")), "bad");
    assert_eq!(name_of(&used(vec![issued(STAR, 90)]).goal("ready")), "holds");
    // What listeners have is the one that counts, however good another is.
    let expired = Certificate { status: "EXPIRED".into(), ..issued(NAME, -1) };
    let scene = used(vec![unused.clone(), expired.clone()]);
    assert_eq!(scene.refusals("ready"), ["certificate-status"]);
    assert_eq!(name_of(&plain(vec![unused, expired]).goal("ready")), "holds");
}

#[test]
fn a_silence_is_unknown_and_not_a_fault() {
    let query = Query::Certificates { domain: "shop.example.com".into() };
    let scene = plain(vec![issued(NAME, 90)]).hears_nothing(Side::Recovery, query.into());
    assert_eq!(name_of(&scene.goal("ready")), "unknown");
    let checks = scene.work("ready").prechecks(&scene.facts());
    assert!(checks.iter().all(|check| check.level == Level::Unknown), "{checks:?}");
}

#[test]
fn why_it_failed_and_that_nobody_renews_it_is_said() {
    let failed = Certificate { status: "FAILED".into(), reason: Some("CAA_ERROR".into()), ..issued(NAME, 90) };
    assert!(words_of(&plain(vec![failed]).goal("ready")).contains("FAILED: CAA_ERROR"));
    let imported = plain(vec![Certificate { issued_as: "IMPORTED".into(), ..issued(NAME, 90) }]);
    assert_eq!(imported.refusals("ready"), ["certificate-renewal"]);
    assert_eq!(name_of(&imported.goal("ready")), "holds", "that costs nothing today");
}

#[test]
fn its_health_is_that_of_the_recovery_side() {
    let health = |scene: Scene, side| scene.health(side);
    assert_eq!(health(plain(vec![issued(NAME, 90)]), Side::Recovery).level, HealthLevel::Up);
    assert_eq!(health(plain(vec![issued(NAME, -1)]), Side::Recovery).level, HealthLevel::Down);
    assert_eq!(health(plain(vec![]), Side::Recovery).level, HealthLevel::Down);
    assert_eq!(health(plain(vec![issued(NAME, 90)]), Side::Primary).level, HealthLevel::Unknown);
}

#[test]
fn what_is_no_name_is_a_problem_and_what_is_given_later_is_none() {
    for domain in ["https://shop.example.com", "shop.example.com/a", "shop", "a..b.com", "*", "*.*.example.com", ""] {
        assert_eq!(Scene::new("certificate", json!({ "domain": domain })).problems().len(), 1, "{domain}");
    }
    for domain in ["shop.example.com", "*.example.com", "Shop.Example.com.", "_a.example.com", "${dns.record}"] {
        assert!(Scene::new("certificate", json!({ "domain": domain })).problems().is_empty(), "{domain}");
    }
    let later = Scene::new("certificate", json!({ "domain": "${dns.record}" }));
    assert_eq!(name_of(&later.goal("ready")), "untouched");
}
