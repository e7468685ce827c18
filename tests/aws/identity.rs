//! Whose credentials go where: ambient, by profile, by role; and never another account's than the plan says.

use crate::stage::*;
use landfall::cloud::{Evidence, Observe, Perform, Token};
use landfall::service::observation::Identity;
use landfall::service::{Act, Ask, LocalQuery, Observation, Place, Query, Reply, Silence, StsObservation, StsQuery};
use serde_json::json;

async fn who(place: Place) -> Identity {
    match look_with_evidence(&place, vec![Query::Sts(StsQuery::Identity)]).await.0.remove(0).answer {
        Ok(Observation::Sts(StsObservation::Identity(identity))) => identity,
        other => panic!("an identity was asked for, not {other:?}"),
    }
}

#[tokio::test]
async fn the_ambient_credentials_say_who_they_are_in_each_region() {
    let stage = storefront_by_environment().await;
    let east = who(place(EAST)).await;
    let west = who(place(WEST)).await;
    assert_eq!((east.region.as_str(), west.region.as_str()), (EAST, WEST));
    assert_eq!((east.account.as_str(), east.expires), ("123456789012", None));
    let regions: Vec<String> = stage.calls().into_iter().map(|call| call.region).collect();
    assert_eq!(regions, [EAST, WEST], "each by its own region's endpoint");
}

#[tokio::test]
async fn a_role_is_assumed_with_its_external_id_and_expires() {
    let stage = storefront_by_environment().await;
    let identity = who(place_in(WEST, "other")).await;
    assert_eq!(identity.account.as_str(), "222222222222");
    assert!(identity.arn.contains("assumed-role/recovery/landfall-7f3c-ana"), "{}", identity.arn);
    let left = identity.expires.expect("a session ends").as_second() - jiff::Timestamp::now().as_second();
    assert!((600..=3600).contains(&left), "{left} s");
    let assumed = stage.calls_of("AssumeRole");
    assert_eq!(assumed[0].parameters["ExternalId"], "landfall-drill");
    assert_eq!(assumed[0].parameters["SourceIdentity"], "ana", "as the plan wants it of this account");
    assert_eq!(assumed[0].region, WEST, "asked of the recovery region, not of one that may be dark");
}

#[tokio::test]
async fn a_role_that_may_not_be_assumed_leaves_everything_unanswered() {
    let stage = storefront_by_environment().await;
    stage.knob(&json!({"knob": "role-absent", "role": ROLE}));
    let (seen, _) = look_with_evidence(&place_in(WEST, "other"), vec![instance("orders-replica")]).await;
    let silence = seen[0].answer.as_ref().expect_err("no credentials");
    assert_eq!((silence.because, silence.code.as_deref()), (Silence::Denied, Some("AccessDenied")));
    assert!(silence.message.contains("the role cannot be assumed"), "{}", silence.message);
    let (reply, calls) = act_at(place_in(WEST, "other"), promote()).await;
    assert!(matches!(reply, Reply::Refused { .. }), "waiting would not help: {reply:?}");
    assert!(calls.is_empty() && stage.calls_of("PromoteReadReplica").is_empty());
}

#[tokio::test]
async fn a_trust_policy_that_lets_no_source_identity_be_set_is_told() {
    let stage = storefront_by_environment().await;
    let trusting = |actions: &[&str]| {
        json!({"knob": "role-trusts", "role": ROLE,
            "statements": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": actions}]})
    };
    assert_eq!(who(place_in(WEST, "other")).await.account.as_str(), "222222222222");
    stage.knob(&trusting(&["sts:AssumeRole"]));
    let (seen, _) = look_with_evidence(&place_in(WEST, "other"), vec![instance("orders-replica")]).await;
    let silence = seen[0].answer.as_ref().expect_err("no credentials");
    assert_eq!(silence.because, Silence::Denied);
    assert!(silence.message.contains("sts:SetSourceIdentity"), "{}", silence.message);
    stage.knob(&trusting(&["sts:AssumeRole", "sts:SetSourceIdentity"]));
    assert_eq!(who(place_in(WEST, "other")).await.account.as_str(), "222222222222");
}

#[tokio::test]
async fn an_act_whose_role_cannot_be_assumed_for_now_was_not_sent_and_may_be_later() {
    let stage = storefront_by_environment().await;
    stage.fault(&json!({"kind": "drop", "operation": "AssumeRole"}));
    let (reply, _) = act_at(place_in(WEST, "other"), promote()).await;
    assert!(matches!(reply, Reply::NotNow { .. }), "{reply:?}");
    assert!(stage.calls_of("PromoteReadReplica").is_empty());
}

#[tokio::test]
async fn a_profile_goes_before_the_credentials_in_the_environment() {
    let stage = storefront_by_environment().await;
    let (_, calls) = look_with_evidence(&place_in(WEST, "named"), vec![instance("orders-replica")]).await;
    assert_eq!(calls.len(), 1);
    assert_eq!(stage.calls()[0].access_key, "named");
}

#[tokio::test]
async fn a_profile_that_is_not_there_is_not_replaced_by_the_environment() {
    let stage = storefront_by_environment().await;
    let (seen, _) = look_with_evidence(&place_in(WEST, "ghost"), vec![instance("orders-replica")]).await;
    let silence = seen[0].answer.as_ref().expect_err("no such profile");
    assert_eq!(silence.because, Silence::Denied, "{}", silence.message);
    assert!(stage.calls().is_empty());
}

#[tokio::test]
async fn a_role_is_assumed_once_for_all_services() {
    let stage = storefront_by_environment().await;
    look_with_evidence(&place_in(WEST, "other"), vec![instance("a"), service("api"), records(RECORD)]).await;
    let assumed = stage.calls_of("AssumeRole").len();
    assert_eq!(assumed, 1, "not once for each of three services");
}

#[tokio::test]
async fn an_account_that_the_plan_does_not_have_is_never_taken_for_the_ambient_one() {
    let stage = storefront_by_environment().await;
    let (seen, _) = look_with_evidence(&place_in(WEST, "typo"), vec![instance("orders-replica")]).await;
    let error = seen[0].answer.as_ref().expect_err("no such account");
    assert_eq!(error.message.as_str(), "the plan has no [account.typo]");
    let (reply, _) = act_at(place_in(WEST, "typo"), promote()).await;
    assert!(matches!(reply, Reply::Refused { .. }), "{reply:?}");
    assert!(stage.calls().is_empty());
}

#[tokio::test]
async fn an_ask_for_another_place_is_not_answered_from_this_one() {
    let _stage = storefront_by_environment().await;
    let observer = crate::stage::observer(&plan()).await;
    let ask = |region| Ask { place: place(region), query: instance("orders-replica") };
    let (evidence, _calls) = Evidence::channel();
    let seen = observer.observe(&[ask(WEST), ask(EAST)], &evidence).await;
    assert!(seen[0].answer.is_ok());
    assert_eq!(seen[1].answer.as_ref().expect_err("it was not asked there").because, Silence::Error);
}

#[tokio::test]
async fn a_profile_whose_keys_have_expired_is_read_again_and_says_how_to_renew_it() {
    let stage = storefront_by_environment().await;
    stage.fault(&json!({"kind": "expired-token", "access_key": "named"}));
    let observer = crate::stage::observer(&plan()).await;
    let ask = [Ask { place: place_in(WEST, "named"), query: instance("orders-replica") }];
    let (evidence, _calls) = Evidence::channel();
    let seen = observer.observe(&ask, &evidence).await;
    let silence = seen[0].answer.as_ref().expect_err("they have expired");
    assert_eq!(silence.because, Silence::Expired, "{}", silence.message);
    assert!(silence.message.contains("aws configure --profile named"), "{}", silence.message);
    let renewed = with_config(|config| config.replace("= named\n", "= fresh\n"));
    assert!(observer.observe(&ask, &evidence).await[0].answer.is_ok(), "the same observer takes the new ones");
    drop(renewed);
    assert_eq!(stage.calls().last().expect("a call").access_key, "fresh");
}

#[tokio::test]
async fn keys_of_the_environment_that_have_expired_give_way_to_a_profile() {
    let stage = storefront_by_environment().await;
    stage.fault(&json!({"kind": "expired-token", "access_key": "test"}));
    let observer = crate::stage::observer(&plan()).await;
    let actor = crate::stage::actor(&plan()).await;
    let ask = [Ask { place: place(WEST), query: instance("orders-replica") }];
    let (evidence, _calls) = Evidence::channel();
    let seen = observer.observe(&ask, &evidence).await;
    let silence = seen[0].answer.as_ref().expect_err("they have expired");
    assert!(silence.message.contains("give new ones to profile default"), "{}", silence.message);
    let token = Token("t".to_owned());
    let promote = Act { place: place(WEST), operation: promote() };
    let reply = actor.perform(&promote, &token, &evidence).await;
    assert!(matches!(&reply, Reply::Expired { message } if message.contains("profile default")), "{reply:?}");
    let renewed = with_config(|config| {
        config.replace("[default]\n", "[default]\naws_access_key_id = fresh\naws_secret_access_key = fresh\n")
    });
    assert!(observer.observe(&ask, &evidence).await[0].answer.is_ok());
    let reply = actor.perform(&promote, &token, &evidence).await;
    drop(renewed);
    assert!(matches!(reply, Reply::Taken { .. }), "{reply:?}");
    assert_eq!(stage.calls_of("PromoteReadReplica").iter().filter(|call| call.executed).count(), 1);
}

#[tokio::test]
async fn a_role_whose_own_session_expires_is_assumed_anew() {
    let stage = storefront_by_environment().await;
    let observer = crate::stage::observer(&plan()).await;
    let ask = [Ask { place: place_in(WEST, "other"), query: instance("orders-replica") }];
    let (evidence, _calls) = Evidence::channel();
    assert!(observer.observe(&ask, &evidence).await[0].answer.is_ok());
    stage.fault(&json!({"kind": "expired-token", "service": "rds", "times": 1}));
    assert_eq!(observer.observe(&ask, &evidence).await[0].answer.as_ref().expect_err("once").because, Silence::Expired);
    assert!(observer.observe(&ask, &evidence).await[0].answer.is_ok());
    assert_eq!(stage.calls_of("AssumeRole").len(), 2);
}

#[tokio::test]
async fn a_profile_whose_program_gives_none_waits_for_it_and_names_it() {
    let stage = storefront_by_environment().await;
    let folder = tempfile::tempdir().expect("a folder");
    let flag = folder.path().join("signed-in");
    let keys = r#"{\"Version\":1,\"AccessKeyId\":\"process\",\"SecretAccessKey\":\"s\"}"#;
    let program = format!("sh -c 'test -e {} && echo \"{keys}\" || exit 3'", flag.display());
    let _config = with_config(|config| {
        config
            .replace("[profile named]\n", &format!("[profile named]\ncredential_process = {program}\n"))
            .replace("aws_access_key_id = named\naws_secret_access_key = named\n", "")
    });
    let observer = crate::stage::observer(&plan()).await;
    let ask = [Ask { place: place_in(WEST, "named"), query: instance("orders-replica") }];
    let (evidence, _calls) = Evidence::channel();
    let seen = observer.observe(&ask, &evidence).await;
    let silence = seen[0].answer.as_ref().expect_err("nobody has signed in");
    assert_eq!(silence.because, Silence::Expired, "{}", silence.message);
    assert!(silence.message.contains("credential_process of profile named (sh)"), "{}", silence.message);
    std::fs::write(flag, "").expect("it writes");
    let seen = observer.observe(&ask, &evidence).await;
    assert!(seen[0].answer.is_ok(), "{:?}", seen[0].answer);
    assert_eq!(stage.calls().last().expect("a call").access_key, "process");
}

#[tokio::test]
async fn keys_that_nobody_knows_are_wrong_at_first_and_taken_away_later() {
    let stage = storefront_by_environment().await;
    let observer = crate::stage::observer(&plan()).await;
    let ask = [Ask { place: place(WEST), query: Query::Sts(StsQuery::Identity) }];
    let (evidence, _calls) = Evidence::channel();
    let fault = json!({"kind": "error", "service": "sts", "code": "InvalidClientTokenId", "status": 403});
    let id = stage.fault(&fault);
    let because =
        async || observer.observe(&ask, &evidence).await[0].answer.as_ref().map_err(|silence| silence.because).err();
    assert_eq!(because().await, Some(Silence::Denied));
    stage.mend(&id);
    assert_eq!(because().await, None);
    stage.fault(&fault);
    assert_eq!(because().await, Some(Silence::Expired));
}

#[tokio::test]
async fn with_credentials_of_another_account_than_the_plan_says_nothing_is_asked_and_nothing_done() {
    let stage = storefront_by_environment().await;
    let asked = vec![instance("orders-replica"), service("api"), Query::Sts(StsQuery::Identity)];
    let (seen, _) = look_with_evidence(&place_in(WEST, "not-mine"), asked).await;
    for seen in &seen {
        let silence = seen.answer.as_ref().expect_err("another's credentials");
        assert_eq!((silence.because, silence.code.as_deref()), (Silence::Denied, Some("AnotherAccount")));
        assert!(silence.message.contains("of account 123456789012"), "{}", silence.message);
        assert!(silence.message.contains("the plan says 999999999999"), "{}", silence.message);
    }
    let (reply, _) = act_at(place_in(WEST, "not-mine"), promote()).await;
    assert!(matches!(reply, Reply::Refused { .. }), "waiting would not help: {reply:?}");
    // What is asked from here is no account's.
    let host = "127.0.0.1".into();
    let here = Query::Local(LocalQuery::Tcp { host, port: 1 });
    let (seen, _) = look_with_evidence(&place_in(WEST, "not-mine"), vec![here]).await;
    assert!(seen[0].answer.is_ok(), "{:?}", seen[0].answer);
    let asked = stage.calls().into_iter().map(|call| call.operation);
    assert!(asked.clone().all(|operation| operation == "GetCallerIdentity"), "{:?}", asked.collect::<Vec<_>>());
}

#[tokio::test]
async fn whose_credentials_they_are_is_asked_once_before_anything_else() {
    let stage = storefront_by_environment().await;
    let observer = crate::stage::observer(&plan()).await;
    for _ in 0..3 {
        let ask = [Ask { place: place_in(WEST, "mine"), query: instance("orders-replica") }];
        let (evidence, _calls) = Evidence::channel();
        assert!(observer.observe(&ask, &evidence).await[0].answer.is_ok());
    }
    let asked: Vec<String> = stage.calls().into_iter().map(|call| call.operation).collect();
    assert_eq!(asked.iter().filter(|operation| *operation == "GetCallerIdentity").count(), 1, "{asked:?}");
    assert_eq!(asked[0], "GetCallerIdentity");
}

#[tokio::test]
async fn an_act_is_not_sent_while_nobody_says_whose_the_credentials_are() {
    let stage = storefront_by_environment().await;
    stage.fault(&json!({"kind": "drop", "operation": "GetCallerIdentity"}));
    let (reply, _) = act_at(place_in(WEST, "mine"), promote()).await;
    assert!(matches!(reply, Reply::NotNow { .. }), "it was not sent, and may be later: {reply:?}");
    assert!(stage.calls_of("PromoteReadReplica").is_empty());
}

#[tokio::test]
async fn expired_credentials_are_renewed_before_it_is_known_whose_they_are_too() {
    let stage = storefront_by_environment().await;
    stage.fault(&json!({"kind": "expired-token", "access_key": "named"}));
    let observer = crate::stage::observer(&plan()).await;
    let ask = [Ask { place: place_in(WEST, "mine"), query: instance("orders-replica") }];
    let (evidence, _calls) = Evidence::channel();
    let seen = observer.observe(&ask, &evidence).await;
    let silence = seen[0].answer.as_ref().expect_err("they have expired");
    assert_eq!(silence.because, Silence::Expired, "{}", silence.message);
    assert!(silence.message.contains("aws configure --profile named"), "{}", silence.message);
    let renewed = with_config(|config| config.replace("= named\n", "= fresh\n"));
    assert!(observer.observe(&ask, &evidence).await[0].answer.is_ok(), "the same observer takes the new ones");
    drop(renewed);
    assert_eq!(stage.calls_of("GetCallerIdentity").last().expect("whose they are").access_key, "fresh");
}
