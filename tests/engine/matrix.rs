//! Each API hanging, throttled or refusing in turn, in both regions, looks and acts: what its steps end as, in how long,
//! with which words.

use crate::bench::{Answers, Bench, TWELVE, outcome};
use landfall::plan::Runbook;
use landfall::recovery::{Event, RunOutcome, State, What};
use std::collections::BTreeMap;

const PRIMARY: &str = "us-east-1";
const RECOVERY: &str = "us-west-2";

/// How people know a service of a region.
fn home(service: &str, region: &str) -> String {
    match service {
        "rds" => format!("RDS in {region}"),
        "ecs" => format!("ECS in {region}"),
        "autoscaling" => format!("Application Auto Scaling in {region}"),
        "elbv2" => format!("Elastic Load Balancing in {region}"),
        "route53" => "Route 53 in us-east-1".to_owned(),
        other => panic!("no home for {other}"),
    }
}

/// How a step ended, how long after it was started, and its words.
struct End {
    word: &'static str,
    seconds: f64,
    words: String,
}

fn ends(events: &[Event]) -> BTreeMap<String, End> {
    let mut started = BTreeMap::new();
    let mut ends = BTreeMap::new();
    for event in events {
        let (step, word, words) = match &event.what {
            What::StepStarted { step, .. } => {
                started.insert(step.clone(), event.at);
                continue;
            }
            What::StepSucceeded { step, evidence, .. } => (step, "ok", evidence.to_string()),
            What::StepFailed { step, reason, help, .. } => (step, "failed", format!("{reason} | {help}")),
            What::StepUnknown { step, why } => (step, "unknown", why.to_string()),
            What::StepOwed { step, why, .. } => (step, "owed", why.to_string()),
            _ => continue,
        };
        let seconds = event.at.duration_since(started[step]).as_secs_f64();
        ends.insert(step.to_string(), End { word, seconds, words });
    }
    ends
}

async fn run_with(kind: &str, operation: &str, region: &str) -> (State, BTreeMap<String, End>) {
    // A recovery side that refuses to be looked at before the start is not started: it does so right behind it.
    let is_look = !operation.contains('.');
    let at = if kind == "access-denied" && is_look && region == RECOVERY { 5 } else { -60 };
    let fault =
        format!("[[fault]]\nkind = \"{kind}\"\noperation = \"{operation}\"\nregion = \"{region}\"\nat = {at}\n");
    let bench = Bench::with_faults(TWELVE, &fault);
    let state = bench.run(Answers { cut_off: false, despite: true, ..Answers::all() }).await;
    (state, ends(&bench.events()))
}

fn timeout(runbook: &Runbook, step: &str) -> f64 {
    runbook.find(&step.into()).expect("a step").1.timeout_seconds
}

fn not_ok(ends: &BTreeMap<String, End>) -> impl Iterator<Item = (&String, &End)> {
    ends.iter().filter(|(_, end)| end.word != "ok")
}

/// The services that TWELVE looks at, and in which region.
const LOOKED_AT: [(&str, &str); 7] = [
    ("rds", PRIMARY),
    ("ecs", PRIMARY),
    ("rds", RECOVERY),
    ("ecs", RECOVERY),
    ("autoscaling", RECOVERY),
    ("elbv2", RECOVERY),
    ("route53", RECOVERY),
];

#[tokio::test(start_paused = true)]
async fn an_api_that_hangs_owes_the_fences_of_its_region_and_fails_the_rest_when_their_time_is_up() {
    for (service, region) in LOOKED_AT {
        let (state, ends) = run_with("hang", service, region).await;
        let mut count = 0;
        for (step, end) in not_ok(&ends) {
            count += 1;
            let what = format!("{service} {region}: {step} {} after {:.0} s: {}", end.word, end.seconds, end.words);
            assert!(end.words.contains(&home(service, region)) && end.words.contains("did not answer"), "{what}");
            match region {
                // Another API of its region answers this step: it is asked about, as soon as that is clear.
                PRIMARY if step.ends_with("/fence-scaling") => {
                    assert!(end.word == "failed" && end.seconds < 140.0, "{what}");
                }
                PRIMARY => assert!(end.word == "owed" && (20.0..40.0).contains(&end.seconds), "{what}"),
                _ => assert!(end.word == "failed" && end.seconds < timeout(&state.run.runbook, step) + 60.0, "{what}"),
            }
        }
        assert!(count > 0, "{service} {region}: nobody noticed");
    }
}

#[tokio::test(start_paused = true)]
async fn an_api_that_refuses_to_be_looked_at_fails_its_steps_within_seconds() {
    for (service, region) in LOOKED_AT {
        let (_, ends) = run_with("access-denied", service, region).await;
        let mut count = 0;
        for (step, end) in not_ok(&ends) {
            count += 1;
            let what = format!("{service} {region}: {step} {} after {:.0} s: {}", end.word, end.seconds, end.words);
            // What a balancer says of targets is asked for once tasks run.
            let seconds = if service == "elbv2" { 120.0 } else { 20.0 };
            assert!(end.word == "failed" && end.seconds < seconds, "{what}");
            let refused = format!("{} refused", home(service, region));
            assert!(end.words.contains(&refused) && end.words.contains("let these credentials call"), "{what}");
        }
        assert!(count > 0, "{service} {region}: nobody noticed");
    }
}

#[tokio::test(start_paused = true)]
async fn an_api_that_is_throttled_fails_nothing_and_owes_nothing() {
    for (service, region) in LOOKED_AT {
        let (state, ends) = run_with("throttle", service, region).await;
        let trouble: Vec<_> = not_ok(&ends).map(|(step, end)| (step, end.word, &end.words)).collect();
        assert!(trouble.is_empty(), "{service} {region}: {trouble:?}");
        assert_eq!(outcome(&state), RunOutcome::Completed);
    }
}

const ACTS: [(&str, &str, &str); 6] = [
    ("rds.ModifyDBInstance", PRIMARY, "orders-db/fence"),
    ("rds.PromoteReadReplica", RECOVERY, "orders-db/promote"),
    ("ecs.RegisterTaskDefinition", RECOVERY, "api/task-definition"),
    ("autoscaling.RegisterScalableTarget", RECOVERY, "api/min"),
    ("ecs.UpdateService", RECOVERY, "api/scale"),
    ("route53.ChangeResourceRecordSets", RECOVERY, "dns/change"),
];

#[tokio::test(start_paused = true)]
async fn an_act_that_hangs_is_not_known_and_one_that_is_refused_changed_nothing() {
    for (api, region, step) in ACTS {
        let service = api.split('.').next().expect("a service");
        let (_, ends) = run_with("hang", api, region).await;
        let end = &ends[step];
        let what = format!("{api}: {} after {:.0} s: {}", end.word, end.seconds, end.words);
        assert!(end.word == "unknown" && end.words.contains("sent 3 times without an answer"), "{what}");
        assert!(end.seconds < 3.0 * (30.0 + 60.0 + 35.0), "{what}");

        let (_, ends) = run_with("access-denied", api, region).await;
        let end = &ends[step];
        let what = format!("{api}: {} after {:.0} s: {}", end.word, end.seconds, end.words);
        assert!(end.word == "failed" && end.seconds < 10.0, "{what}");
        let refused = format!("{api} was refused by {}: AccessDenied", home(service, region));
        assert!(end.words.contains(&refused) && end.words.contains("nothing was changed"), "{what}");

        let (_, ends) = run_with("throttle", api, region).await;
        assert_eq!(ends[step].word, "ok", "{api}: {}", ends[step].words);
    }
}
