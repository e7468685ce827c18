//! What a report says of a run: the numbers of its end, in three formats, whatever names it is given; and what a score
//! is made of.

mod console_stage;

use assert_cmd::Command as Program;
use console_stage::{Stage, at_the_loss_gate, ended, failed, storefront};
use landfall::engine::journal::{self, Recorded};
use landfall::plan::{ComponentName, GateKind, Role, StepId};
use landfall::recovery::objectives;
use landfall::recovery::score::{Score, score};
use landfall::recovery::verdict::Verdict;
use landfall::recovery::{Command, Event, Mode, Reported, What};
use landfall::report::{Report, html, json, markdown};
use landfall::service::{Operation, Outputs, RdsOperation, Reply};
use roxmltree::{Document, ParsingOptions};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Names that would be markup, were they not made plain: HTML, Markdown, a cell's end, an address.
const HOSTILE: &str = "<script>alert('x')</script>|`*_[link](http://evil.example)_*`\"'&amp;</td></svg>";

fn recorded(stage: &Stage) -> Recorded {
    let events: Vec<Event> = stage.events.iter().map(|event| (**event).clone()).collect();
    Recorded { events, torn_bytes: 0, last_hash: "5f1d".to_owned(), whole_bytes: 0, is_closed: true }
}

fn report(stage: &Stage) -> Report {
    Report::of(&recorded(stage), "runs/storefront-0209.jsonl").expect("a run")
}

fn measured(stage: &Stage) -> Score {
    score(&stage.events).expect("a run")
}

/// The HTML as XML: well-formed but for the elements that HTML leaves open.
fn parsed(html: &str) -> String {
    html.lines().map(|line| line.replace("<!DOCTYPE html>", "")).collect::<String>().split("<meta ").enumerate().fold(
        String::new(),
        |whole, (place, part)| match part.split_once('>') {
            Some((_, rest)) if place > 0 => whole + rest,
            _ => whole + part,
        },
    )
}

/// A stage on which everything that comes from outside is hostile.
fn hostile() -> Stage {
    let mut opened = storefront();
    opened.plan.application.name = HOSTILE.into();
    opened.plan.application.description = Some(HOSTILE.into());
    for step in &mut opened.runbook.steps {
        step.title = HOSTILE.into();
    }
    let mut stage = Stage::open(opened);
    stage.lag("orders-db", None);
    stage.lag("catalog-db", Some(0.5));
    stage.go("catalog-db/promote");
    stage.call("catalog-db/promote", HOSTILE, &"us-west-2".into(), 12, true, Some(HOSTILE));
    stage.report(
        "catalog-db/promote",
        Reported::Failed { reason: HOSTILE.into(), help: HOSTILE.into(), checks: Vec::new() },
    );
    stage.command(Command::Skip { step: "sessions/verify".into(), reason: HOSTILE.into() });
    stage.command(Command::Note { text: HOSTILE.into(), step: None });
    stage
}

#[test]
fn a_report_reads_from_verdict_to_evidence() {
    let report = report(&ended());
    insta::assert_snapshot!("ended_md", markdown::write(&report));
    insta::assert_snapshot!("ended_json", json::write(&report).expect("JSON"));
}

#[test]
fn the_numbers_are_those_of_the_run_s_end() {
    let stage = ended();
    let report = report(&stage);
    let Some(What::RunEnded(end)) =
        stage.events.iter().rev().map(|event| &event.what).find(|what| matches!(what, What::RunEnded(_)))
    else {
        panic!("it ended");
    };
    assert_eq!(report.outcome.seconds, end.rto_seconds);
    assert_eq!(report.score.came_to.recover_seconds, end.rto_seconds);
    let rpo = report.objectives.iter().find(|one| one.component.is_none() && one.objective == objectives::Kind::Rpo);
    assert_eq!(rpo.and_then(|rpo| rpo.measured_seconds), end.rpo_seconds);
    assert_eq!(report.score.came_to.worst_loss().and_then(|loss| loss.exposure.seconds), end.rpo_seconds);
    assert_eq!(report.left.debts, end.debts);
    let skipped: Vec<&StepId> = report.left.exceptions.iter().map(|skipped| &skipped.step).collect();
    assert_eq!(skipped, end.exceptions.iter().collect::<Vec<_>>());
    // The path is the whole time: nothing between the declaration and the end is left unaccounted for.
    let path: f64 = report.path.iter().map(|leg| leg.cost_seconds()).sum();
    assert!((path - end.rto_seconds).abs() < 0.001, "{path} of {}", end.rto_seconds);
}

#[test]
fn a_component_with_an_objective_of_its_own_is_held_to_its_last_verified_step() {
    let mut recorded = recorded(&ended());
    let What::RunOpened(opened) = &mut recorded.events[0].what else { panic!("a journal begins with its run") };
    for component in &mut Arc::make_mut(opened).plan.components {
        component.rto_seconds = match component.name.as_str() {
            "catalog-db" | "sessions" | "web" => Some(200.0),
            _ => None,
        };
    }
    let report = Report::of(&recorded, "run.jsonl").expect("a run");
    let times: Vec<_> = report
        .objectives
        .iter()
        .filter(|one| one.objective == objectives::Kind::Rto)
        .filter_map(|one| Some((one.component.as_ref()?.as_str(), one.measured_seconds, one.kept)))
        .collect();
    let skipped = ("sessions", None, Some(false));
    assert_eq!(times, [("catalog-db", Some(196.0), Some(true)), skipped, ("web", Some(292.0), Some(false))]);
}

#[test]
fn the_html_is_well_formed_fetches_nothing_and_runs_nothing() {
    for stage in [ended(), failed(), at_the_loss_gate(), hostile()] {
        let report = report(&stage);
        let html = html::write(&report);
        let xml = parsed(&html);
        let document = Document::parse_with_options(&xml, ParsingOptions::default()).expect("it is well-formed");
        let elements: Vec<_> = document.descendants().filter(|node| node.is_element()).collect();
        for element in &elements {
            let name = element.tag_name().name();
            assert!(!["script", "link", "img", "iframe", "object", "a", "use", "image"].contains(&name), "{name}");
            for attribute in element.attributes() {
                assert!(!["src", "href", "srcset"].contains(&attribute.name()), "{}", attribute.name());
                assert!(!attribute.name().starts_with("on"), "{}", attribute.name());
            }
        }
        assert!(!html.contains("@import") && !html.contains("url("));
        let pictures = elements.iter().filter(|element| element.has_tag_name("svg")).count();
        assert_eq!(pictures, 1 + report.lags.len());
    }
}

#[test]
fn on_a_phone_each_cell_says_which_column_it_is_of_and_pictures_scroll_by_themselves() {
    let html = html::write(&report(&ended()));
    let xml = parsed(&html);
    let document = Document::parse(&xml).expect("it is well-formed");
    let of = |name: &'static str| document.descendants().filter(move |node| node.has_tag_name(name));
    for table in of("table").filter(|table| table.attribute("class") == Some("headed")) {
        let heads: Vec<&str> =
            table.descendants().filter(|node| node.has_tag_name("th")).map(|node| node.text().unwrap_or("")).collect();
        for row in table.descendants().filter(|node| node.has_tag_name("tr")) {
            let cells = row.children().filter(|node| node.has_tag_name("td"));
            let columns: Vec<&str> = cells.map(|cell| cell.attribute("data-column").unwrap_or("")).collect();
            assert!(columns.is_empty() || columns == heads, "{columns:?}");
        }
    }
    assert!(of("table").any(|table| table.attribute("class") == Some("headed")));
    for picture in of("svg") {
        let scrolls = picture.ancestors().any(|node| node.attribute("class") == Some("scroll"));
        assert!(scrolls && picture.attribute("viewBox").is_some(), "it would push the page wider than the screen");
    }
    assert!(html.contains("width=device-width") && html.contains("max-width: 44rem"));
}

#[test]
fn hostile_names_stay_names_in_every_format() {
    let report = report(&hostile());
    let html = html::write(&report);
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;"));
    let xml = parsed(&html);
    let document = Document::parse(&xml).expect("it is well-formed");
    let heading = document.descendants().find(|node| node.has_tag_name("h1")).and_then(|node| node.text());
    assert_eq!(heading, Some(format!("{HOSTILE}: failover us-east-1 → us-west-2").as_str()));

    let markdown = markdown::write(&report);
    assert!(!markdown.contains("<script") && !markdown.contains("http://"));
    assert!(!markdown.replace("\\]", "").contains(']') && !markdown.replace("\\`", "").contains("`*"));
    let mut columns = 0;
    for line in markdown.lines() {
        let bars = line.replace("\\|", "").matches('|').count();
        columns = if line.starts_with('|') && columns == 0 { bars } else { columns };
        columns = if line.starts_with('|') { columns } else { 0 };
        assert_eq!(bars, columns, "{line}");
    }

    let json: serde_json::Value = serde_json::from_str(&json::write(&report).expect("JSON")).expect("it parses");
    assert_eq!(json["version"], 1);
    assert_eq!(json["subject"]["application"], HOSTILE);
}

#[test]
fn a_run_without_an_end_says_so_and_how_to_go_on() {
    let report = report(&failed());
    assert_eq!(report.outcome.word.as_str(), "no end recorded: under way, or cut off");
    assert_eq!(report.outcome.verdict, Verdict::Unfinished);
    assert!(!report.outcome.over);
    let next: Vec<&str> = report.next.iter().map(|line| line.as_str()).collect();
    assert!(next.contains(&"Go on with the run: landfall resume runs/storefront-0209.jsonl"), "{next:?}");
    assert!(next.iter().any(|line| line.starts_with("Look at “verify sessions”")), "the failed step: {next:?}");
    assert!(next.iter().any(|line| line.starts_with("Under way when the journal ends: “scale api 0 → 6”")), "{next:?}");
    let markdown = markdown::write(&report);
    assert!(markdown.contains("Not finished: no end recorded after"));
}

#[test]
fn an_open_gate_is_told_with_its_question() {
    let report = report(&at_the_loss_gate());
    assert!(report.next.iter().any(|line| line.starts_with("Answer the data loss gate before “promote orders-db”")));
    assert!(report.score.gates.iter().any(|asked| asked.answered.is_none()));
}

#[test]
fn a_torn_last_line_is_told() {
    let mut recorded = recorded(&failed());
    recorded.torn_bytes = 17;
    let report = Report::of(&recorded, "run.jsonl").expect("a run");
    assert!(markdown::write(&report).contains("17 bytes of a torn last line"));
}

#[test]
fn what_does_not_begin_with_a_run_has_no_report() {
    let mut recorded = recorded(&failed());
    recorded.events.remove(0);
    assert_eq!(Report::of(&recorded, "run.jsonl"), None);
    recorded.events.clear();
    assert_eq!(Report::of(&recorded, "run.jsonl"), None);
    assert_eq!(score::<Event>(&[]), None);
}

#[test]
fn decisions_are_told_with_who_why_and_how_long_it_took() {
    let report = report(&ended());
    let accepted = report.decisions.iter().find(|decided| decided.exposure.is_some()).expect("the accepted loss");
    assert_eq!(accepted.by.as_str(), "ana");
    assert_eq!(accepted.reason.as_deref(), Some("confirmed with the DBA on the call"));
    assert_eq!(accepted.answered_after_seconds, Some(16.0));
    let skipped = report.decisions.iter().find(|decided| decided.told.starts_with("skipped")).expect("the skip");
    assert_eq!(skipped.reason.as_deref(), Some("carts are rebuilt on login"));
}

#[test]
fn calls_that_change_something_stand_one_by_one_and_reads_are_summed_up() {
    let mut stage = at_the_loss_gate();
    stage.call("catalog-db/promote", "rds.DescribeDBInstances", &"us-west-2".into(), 900, false, Some("Throttling"));
    let report = report(&stage);
    let step = StepId::of(&ComponentName::from("catalog-db"), "promote");
    let evidence = report.evidence.iter().find(|evidence| evidence.step.as_ref() == Some(&step)).expect("its evidence");
    assert_eq!(evidence.mutations.len(), 1);
    assert_eq!(evidence.mutations[0].call.request_id.as_deref(), Some("7d1c-44"));
    assert_eq!((evidence.reads[0].calls, evidence.reads[0].slowest_ms), (2, 900));
    assert_eq!(evidence.reads[0].errors.values().sum::<usize>(), 1);
}

#[test]
fn the_whole_time_is_the_cloud_s_people_s_or_nobody_s() {
    for stage in [ended(), failed(), at_the_loss_gate()] {
        let score = measured(&stage);
        let waiting = score.waiting;
        let whole = waiting.cloud_seconds + waiting.people_seconds + waiting.nobody_seconds;
        assert!(
            (whole - score.came_to.recover_seconds).abs() < 0.001,
            "{waiting:?} of {}",
            score.came_to.recover_seconds
        );
    }
    // Forty-five seconds until the console was opened and twenty in it, before anything ran.
    assert_eq!(measured(&at_the_loss_gate()).first_start_seconds, Some(65.0));
}

#[test]
fn a_run_that_was_cut_off_was_driven_by_nobody_until_it_was_resumed() {
    let mut stage = at_the_loss_gate();
    let before = measured(&stage).waiting;
    stage.pass(300.0);
    stage.seen(What::SessionOpened {
        host: "bastion-2".into(),
        pid: 99,
        resumed: true,
        holder: None,
        beside: false,
        taken_over: false,
    });
    assert_eq!(measured(&stage).waiting.nobody_seconds, before.nobody_seconds + 316.0);
}

#[test]
fn an_unknown_loss_does_not_show_that_the_objective_was_kept() {
    let mut stage = Stage::open(storefront());
    stage.lag("orders-db", None);
    stage.go("orders-db/promote");
    stage.pass(8.0);
    stage.answer("orders-db/promote", GateKind::Loss, "there is no other copy");
    stage.answer("orders-db/promote", GateKind::PointOfNoReturn, "us-west-2");
    let promote =
        Operation::Rds(RdsOperation::PromoteReadReplica { id: "orders-replica".into(), backup_retention_days: 7 });
    stage.acts("orders-db/promote", promote, serde_json::Value::Null);
    let score = measured(&stage);
    assert_eq!(score.came_to.losses[0].exposure.seconds, None);
    assert!(!score.came_to.losses[0].is_within());
    assert_eq!(score.gates[0].seconds(), Some(8.0));
    assert!(score.came_to.line().contains("the loss of writes of orders-db is not known"), "{}", score.came_to.line());
}

/// What the service makes a secondary by itself needs no new replication: roles that can be changed back, or a step that sees
/// to it.
#[test]
fn replication_is_made_anew_only_where_the_old_side_does_not_come_back_by_itself() {
    let back = |recorded: &Recorded| {
        let report = Report::of(recorded, "runs/storefront-0209.jsonl").expect("a run");
        let told = report.next.iter().find(|line| line.starts_with("Before going back")).expect("it is told");
        told.to_string()
    };
    let mut recorded = recorded(&ended());
    // The stage's catalog-db can be changed back.
    let told = back(&recorded);
    assert!(told.contains("anew for orders-db, which no longer"), "{told}");
    assert!(told.contains("follows us-west-2 again for catalog-db, which comes by itself"), "{told}");
    let What::RunOpened(opened) = &mut recorded.events[0].what else { panic!("a run begins with itself") };
    let steps = &mut Arc::make_mut(opened).runbook.steps;
    let other = steps.iter_mut().find(|step| step.component.as_str() == "orders-db" && step.role() != Role::Promotion);
    other.expect("it has another step").role = Some(Role::Rejoin);
    let told = back(&recorded);
    assert!(!told.contains("anew") && told.contains("again for orders-db, catalog-db"), "{told}");
}

#[test]
fn a_step_that_failed_and_was_verified_later_is_put_right() {
    let mut stage = failed();
    stage.command(Command::SetMode(Mode::Step));
    assert_eq!(measured(&stage).mistakes.put_right, 0);
    stage.command(Command::Retry { step: "sessions/verify".into() });
    stage.succeeds("sessions/verify", "1 member");
    let mistakes = measured(&stage).mistakes;
    assert_eq!((mistakes.failed, mistakes.retried, mistakes.put_right), (1, 1, 1));
}

/// A real run of the binary on the embedded rehearsal, left at its end.
fn run(folder: &Path, more: &[&str]) -> PathBuf {
    let path = folder.join("run.jsonl");
    let mut program = Program::cargo_bin("landfall").expect("the binary");
    program.args(["run", "--auto", "--time-scale", "100", "--approve", "all", "--confirm", "us-west-2"]);
    program.args(["--accept-loss", "agreed", "--journal"]).arg(&path).args(more).output().expect("it runs");
    path
}

fn ask(arguments: &[&str]) -> assert_cmd::assert::Assert {
    Program::cargo_bin("landfall").expect("the binary").env("NO_COLOR", "1").arg("report").args(arguments).assert()
}

#[test]
fn a_real_run_is_reported_in_three_formats() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = run(folder.path(), &["--scenario", "failing-step", "--on-failure", "rollback"]);
    let journal = path.to_string_lossy();
    let out = folder.path().join("report.html");
    let markdown = ask(&[&journal]).success();
    let markdown = String::from_utf8_lossy(&markdown.get_output().stdout).into_owned();
    assert!(markdown.contains("Not recovered: rolled back after"), "{markdown}");
    assert!(markdown.contains("Not taken back: promote orders-db: a point of no return"));
    ask(&[&journal, "--format", "html", "--out", &out.to_string_lossy()]).success().stdout("");
    let html = std::fs::read_to_string(&out).expect("the report");
    Document::parse(&parsed(&html)).expect("it is well-formed");
    let json = ask(&[&journal, "--format", "json"]).success();
    let json: serde_json::Value = serde_json::from_slice(&json.get_output().stdout).expect("it parses");
    let events = journal::read(&path).expect("the journal").events.len();
    assert_eq!(json["journal"]["events"], events);
    assert_eq!(json["outcome"]["verdict"], "not_recovered");
}

#[test]
fn what_stands_in_the_way_of_a_report_is_said_with_what_helps() {
    let folder = tempfile::tempdir().expect("a folder");
    let gone = folder.path().join("gone.jsonl");
    refused(&[&gone.to_string_lossy()], &["there is no journal", "journals are kept in"]);

    let path = run(folder.path(), &[]);
    let journal = path.to_string_lossy().into_owned();
    let nowhere = folder.path().join("no/such/folder/report.md");
    refused(&[&journal, "--out", &nowhere.to_string_lossy()], &["cannot be written to", "--out"]);
    let before = std::fs::read(&path).expect("the journal");
    refused(&[&journal, "--out", &journal], &["never written over"]);
    assert_eq!(std::fs::read(&path).expect("the journal"), before);

    let text = String::from_utf8(before).expect("text").replacen("storefront", "storefrond", 2);
    std::fs::write(&path, text).expect("written");
    refused(&[&journal], &["is damaged at line"]);
}

/// The words stand in what is said, however its lines are broken.
fn refused(arguments: &[&str], words: &[&str]) {
    let refused = ask(arguments).code(2);
    let said = String::from_utf8_lossy(&refused.get_output().stderr).replace('│', " ");
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in words {
        assert!(said.contains(word), "`{word}` is not in: {said}");
    }
}

#[test]
fn what_a_run_changed_that_code_declares_is_told_but_for_what_was_refused_or_taken_back() {
    let mut stage = storefront_at_work();
    let promote =
        |id: &str| Operation::Rds(RdsOperation::PromoteReadReplica { id: id.into(), backup_retention_days: 7 });
    let told = |stage: &Stage| -> Vec<String> {
        let handed = report(stage).handed;
        let line = |one: &landfall::report::handed::Handed| {
            let declared = &one.declared;
            let known = if one.known { "" } else { "?" };
            format!("{}/{} {} {}{known}", declared.class, declared.id, declared.argument, declared.now)
        };
        handed.iter().map(line).collect()
    };
    assert!(told(&stage).is_empty(), "nothing was sent");
    stage.acts("catalog-db/promote", promote("catalog-usw2"), serde_json::Value::Null);
    let promoted = [
        "aws_db_instance/catalog-usw2 replicate_source_db none: it was promoted",
        "aws_db_instance/catalog-usw2 backup_retention_period 7",
    ];
    assert_eq!(told(&stage), promoted);
    let page = markdown::write(&report(&stage));
    assert!(
        page.contains("What Infrastructure as Code does not know") && page.contains("`backup_retention_period`"),
        "{page}"
    );

    // Refused: it provably did not happen. Without an answer: it may have, until what is seen tells.
    let mut refused = storefront_at_work();
    let act = |id: &str| landfall::service::Act {
        place: landfall::service::Place { region: "us-west-2".into(), account: None },
        operation: promote(id),
    };
    let sends = |stage: &mut Stage, reply: Reply| {
        stage.report("catalog-db/promote", Reported::Acting { act: act("x"), before: serde_json::Value::Null });
        stage.report("catalog-db/promote", Reported::Acted(reply));
    };
    sends(&mut refused, Reply::Refused { code: Some("InvalidDBInstanceState".into()), message: "no".into() });
    assert!(told(&refused).is_empty());
    let mut silent = storefront_at_work();
    sends(&mut silent, Reply::NoAnswer { message: "closed".into() });
    assert!(told(&silent)[0].ends_with("promoted?"), "{:?}", told(&silent));
    assert!(markdown::write(&report(&silent)).contains("perhaps none: it was promoted"));
    silent.succeeds("catalog-db/promote", "it takes writes");
    assert!(told(&silent)[0].ends_with("promoted"), "{:?}", told(&silent));

    // What was sent again and refused may have been done by what was sent before it and not answered: so it is where it is seen.
    let written = |stage: &mut Stage, what: What| {
        let last = stage.events.last().expect("an event");
        stage.events.push(Arc::new(Event { what, ..Event::clone(last) }));
    };
    let step = || StepId::from("catalog-db/promote");
    let refusal = || Reply::Refused { code: Some("InvalidDBInstanceState".into()), message: "no".into() };
    let mut again = storefront_at_work();
    sends(&mut again, Reply::NoAnswer { message: "closed".into() });
    let before = Box::new(serde_json::Value::Null);
    written(&mut again, What::StepActing { step: step(), act: Box::new(act("x")), before });
    written(&mut again, What::StepActed { step: step(), reply: refusal() });
    assert!(told(&again)[0].ends_with("promoted?"), "{:?}", told(&again));
    let evidence = "it takes writes".into();
    let seen = What::StepSucceeded { step: step(), already_done: false, evidence, outputs: Outputs::new() };
    written(&mut again, seen);
    assert!(told(&again)[0].ends_with("promoted"), "{:?}", told(&again));

    // Sent to be taken back, and not seen to be: perhaps it stands. Where that was refused it stands.
    written(&mut stage, What::UndoActing { step: step(), act: Box::new(act("catalog-usw2")) });
    assert!(told(&stage)[0].ends_with("promoted?"), "{:?}", told(&stage));
    written(&mut stage, What::UndoActed { step: step(), reply: refusal() });
    assert_eq!(told(&stage), promoted);
}

/// Its catalogue's promotion is under way, and nothing was sent yet.
fn storefront_at_work() -> Stage {
    let mut stage = Stage::open(storefront());
    stage.lag("catalog-db", Some(0.5));
    stage.go("catalog-db/promote");
    stage
}

#[test]
fn what_was_taken_back_is_not_handed_over_and_everything_else_that_was_done_is() {
    let mut taken_back = 0;
    for entry in std::fs::read_dir("recordings").expect("the recordings") {
        let path = entry.expect("a file").path();
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        let recorded = journal::read(&path).expect("a recording");
        let report = Report::of(&recorded, "x").expect("a run");
        let undone: BTreeSet<&StepId> = recorded.events.iter().filter_map(undone).collect();
        let handed: BTreeSet<&StepId> = report.handed.iter().map(|one| &one.step).collect();
        assert!(handed.is_disjoint(&undone), "{}: {handed:?}", path.display());
        let succeeded = |step: &StepId| {
            recorded
                .events
                .iter()
                .any(|event| matches!(&event.what, What::StepSucceeded { step: own, .. } if own == step))
        };
        for event in &recorded.events {
            let What::StepActing { step, act, .. } = &event.what else { continue };
            taken_back += usize::from(undone.contains(step));
            // What a later step changed once more stands as that one's.
            let stands = |class: &str, id: &str, argument: &str| {
                let mut of = report.handed.iter().map(|handed| &handed.declared);
                of.any(|one| (one.class, one.id.as_str(), one.argument) == (class, id, argument))
            };
            let declared = act.operation.declared();
            let is_there = handed.contains(step)
                || undone.contains(step)
                || declared.iter().all(|one| stands(one.class, one.id.as_str(), one.argument));
            assert!(is_there || !succeeded(step), "{}: {step}", path.display());
        }
    }
    assert!(taken_back > 0, "no recording takes anything back");
}

fn undone(event: &Event) -> Option<&StepId> {
    match &event.what {
        What::StepUndone { step, .. } => Some(step),
        _ => None,
    }
}
