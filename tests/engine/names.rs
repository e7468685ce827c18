//! Records of every routing in the simulated regions: each moves, is read, and comes back exactly.

use crate::bench::{Answers, Bench, outcome};
use landfall::recovery::{Command, RunOutcome, What};
use std::fmt::Write;

const HEAD: &str = "[application]\nname = \"names\"\nprimary = \"us-east-2\"\nrecovery = \"us-west-2\"\nrto = \"1h\"\n";

/// What each record is changed to.
const RECORDS: &[(&str, &str)] = &[
    ("plain", "zone = \"Z1\"\nvalues = [\"192.0.2.9\"]"),
    ("path", "zone = \"/hostedzone/Z1\"\nvalues = [\"192.0.2.9\"]"),
    ("alias", "zone = \"Z1\"\nalias = { dns_name = \"lb.us-west-2.elb.amazonaws.com\", zone_id = \"Z2\" }"),
    ("weights", "zone = \"Z1\"\nweights = { us = 0, eu = 60, eu2 = 40 }"),
    ("roles", "zone = \"example.com\"\nfailover = { primary = \"eu\", secondary = \"us\" }"),
    ("latency", "zone = \"example.com\"\nset = \"us\"\nvalues = [\"192.0.2.9\"]"),
    ("many", "zone = \"example.com\"\nset = \"us\"\nrouting = \"multivalue\"\nvalues = [\"192.0.2.9\"]"),
    ("set", "zone = \"example.com\"\nset = \"us\"\nrouting = \"failover\"\nvalues = [\"192.0.2.9\"]"),
    ("share", "zone = \"example.com\"\nset = \"us\"\nrouting = \"weighted\"\nvalues = [\"192.0.2.9\"]"),
    ("inside", "zone = \"example.com\"\nprivate = true\nvalues = [\"10.0.0.9\"]"),
    ("vpc", "zone = \"example.com\"\nprivate = true\nresolver = \"10.0.0.2\"\nvalues = [\"10.0.0.9\"]"),
    ("api", "zone = \"Z1\"\nverify = \"api\"\nvalues = [\"192.0.2.9\"]"),
    ("servers", "zone = \"Z1\"\nverify = \"name-servers\"\ntype = \"TXT\"\nvalues = [\"\\\"moved\\\"\"]"),
];

fn plan() -> String {
    let mut plan = HEAD.to_owned();
    for (name, fields) in RECORDS {
        let head = format!("[component.{name}]\nkind = \"route53\"\nrecord = \"{name}.example.com\"");
        write!(plan, "{head}\n{fields}\n").expect("a string takes more");
    }
    let needs: Vec<String> = RECORDS.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let last = "[component.smoke]\nkind = \"command\"\nrun = [\"smoke\"]\nverify = [\"smoke\", \"?\"]";
    write!(plan, "{last}\nneeds = [{}]\n", needs.join(", ")).expect("a string takes more");
    plan
}

#[tokio::test(start_paused = true)]
async fn every_record_moves_and_who_answered_is_told() {
    let bench = Bench::with_faults(&plan(), "");
    let state = bench.run(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    for (name, wanted) in [
        ("plain", "TestDNSAnswer, ns-1.simulated.example"),
        ("weights", "answered eu ("),
        ("roles", "answered eu ("),
        ("latency", "answered us (192.0.2.9)"),
        ("many", "standing-by ("),
        ("inside", "what clients get was not read"),
        ("vpc", "resolver 10.0.0.2 answered 10.0.0.9"),
        ("api", "TestDNSAnswer answered 192.0.2.9;"),
        ("servers", "ns-1.simulated.example, ns-2"),
    ] {
        let step = format!("{name}/clients");
        let told = bench.events().into_iter().find_map(|event| match event.what {
            What::StepSucceeded { step: own, evidence, .. } if own.as_str() == step => Some(evidence.to_string()),
            _ => None,
        });
        let told = told.unwrap_or_else(|| panic!("{step} succeeded"));
        assert!(told.contains(wanted), "{step}: {told}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_record_comes_back_exactly() {
    let bench = Bench::with_faults(&plan(), "[[fault]]\nkind = \"command-fails\"\n");
    let before = bench.snapshot();
    let state = bench.run(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Failed);
    assert_ne!(bench.snapshot()["zones"], before["zones"]);
    let (typed, reason) = ("us-west-2".into(), "test".into());
    let back = Command::RollBack { to: None, typed, reason, past_the_point: None };
    let state = bench.resume(Answers { then: vec![back], ..Answers::all() }).await;
    assert_eq!(outcome(&state), RunOutcome::RolledBack);
    assert_eq!(bench.snapshot()["zones"], before["zones"]);
}
