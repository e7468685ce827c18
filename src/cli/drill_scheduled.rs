//! `landfall drill --scheduled`: a plan's drill as a timer runs it, headless on two simulated regions, within the plan's window
//! and never beside a real run of the application.

use super::exit::Exit;
use super::headless::Answers;
use super::known::Known;
use super::live::{CloudArg, Driver, IntentArg, NewRun};
use super::{Refused, known, part, run};
use crate::plan::window::Window;
use crate::plan::{Plan, clock};
use crate::recovery::event::CloudName;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::path::{Path, PathBuf};

/// What may be said of it beside the plan.
pub struct Scheduled {
    /// The plan.
    pub plan: PathBuf,
    /// What is being done; as the scenario says when left out.
    pub intent: Option<IntentArg>,
    /// Where its journal is to be.
    pub journal: Option<PathBuf>,
    /// Fixes every duration.
    pub seed: Option<u64>,
    /// How many times as fast as the wall clock its time passes.
    pub time_scale: Option<f64>,
    /// The answers given beforehand.
    pub answers: Answers,
    /// Whether its events are printed.
    pub json: bool,
}

/// Runs it.
///
/// # Errors
/// What is wrong with the plan or the arguments; that it is not to run now.
pub async fn begin(scheduled: Scheduled, driver: Driver) -> miette::Result<Exit> {
    let plan = super::read_plan(&scheduled.plan)?;
    may_begin(&plan, &scheduled.plan, &known::all()?, Timestamp::now())?;
    let new = NewRun {
        scenario: plan.drills.scenario.as_ref().map(ToString::to_string),
        plan: Some(scheduled.plan),
        intent: scheduled.intent,
        cloud: Some(CloudArg::Sim),
        journal: scheduled.journal,
        declared_at: None,
        seed: scheduled.seed,
        time_scale: scheduled.time_scale,
        part: part::PartArgs::default(),
        values_plan: None,
        changed: Vec::new(),
    };
    run::headless(&new, scheduled.answers, driver, scheduled.json).await
}

/// Whether it may begin at `now`.
fn may_begin(plan: &Plan, path: &Path, known: &Known, now: Timestamp) -> miette::Result<()> {
    if plan.drills.is_empty() {
        let why = "the plan has no timetable".to_owned();
        let clear = "add [drills] with every = \"90d\", and with a window when it is to keep to one".to_owned();
        return Err(Refused { why, clear }.into());
    }
    if let Some(window) = &plan.drills.window {
        let here = now.to_zoned(zone(window)?).datetime();
        if !window.holds(here) {
            let day = |at: jiff::civil::DateTime| at.strftime("%a %Y-%m-%d %H:%M").to_string();
            let next = window.next(here).map_or_else(String::new, |next| format!("it opens {}; ", day(next)));
            let why = format!("not now: it is {} in {}, and the window is {window}", day(here), window.zone);
            let clear = format!(
                "{next}a drill that somebody looks on at may run at any time: landfall drill --plan {}",
                crate::text::shell_word(&path.display().to_string())
            );
            return Err(Refused { why, clear }.into());
        }
    }
    let is_real = |run: &&crate::engine::glance::Glance| {
        run.cloud == CloudName::Aws && run.application == plan.application.name && run.is_driven() && !run.is_over()
    };
    if let Some(real) = known.runs.iter().find(is_real) {
        let by = real.driver.as_ref().map_or_else(|| "somebody".to_owned(), |driver| driver.told());
        let since = clock::told(real.elapsed_seconds(now).round());
        let why = format!("not now: {by} drives a real {} of {} since {since}", real.intent.word(), real.application);
        let journal = crate::text::shell_word(&real.path.display().to_string()).to_string();
        let clear = format!("a drill beside it would only be in the way; look on with landfall watch {journal}");
        return Err(Refused { why, clear }.into());
    }
    Ok(())
}

/// The zone of a window, as this machine knows it.
///
/// # Errors
/// When it does not.
pub fn zone(window: &Window) -> miette::Result<TimeZone> {
    TimeZone::get(&window.zone).map_err(|_| {
        let why = format!("this machine knows no time zone {}", window.zone);
        let clear = "name it as the IANA does: Europe/Berlin".to_owned();
        Refused { why, clear }.into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::glance::{Driven, Driver, Glance};
    use crate::plan::Intent;
    use crate::plan::file;
    use crate::service::Registry;

    fn plan(drills: &str) -> Plan {
        let text = format!(
            "[application]\nname = \"shop\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n{drills}\n\
            [component.pause]\nkind = \"manual\"\nask = \"look\"\n"
        );
        file::read("shop.toml", text.as_bytes(), &Registry).expect("a plan")
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn told(drills: &str, known: &Known, now: &str) -> Result<(), (String, String)> {
        may_begin(&plan(drills), Path::new("shop.toml"), known, at(now)).map_err(|error| {
            assert!(error.downcast_ref::<Refused>().is_some(), "{error} is no refusal");
            (error.to_string(), error.help().map(|help| help.to_string()).unwrap_or_default())
        })
    }

    const WINDOW: &str = "[drills]\nevery = \"90d\"\nwindow = \"Tue-Thu 10:00-16:00 Europe/Berlin\"";

    #[test]
    fn it_keeps_to_its_window_by_the_clocks_of_its_place() {
        let none = Known::default();
        // Berlin is an hour ahead of UTC in winter and two in summer.
        assert_eq!(told(WINDOW, &none, "2026-12-01T09:00:00Z"), Ok(()));
        assert_eq!(told(WINDOW, &none, "2026-07-07T08:00:00Z"), Ok(()));
        let (why, clear) = told(WINDOW, &none, "2026-12-01T08:59:59Z").expect_err("too early");
        assert_eq!(
            why,
            "not now: it is Tue 2026-12-01 09:59 in Europe/Berlin, and the window is Tue-Thu 10:00-16:00 Europe/Berlin"
        );
        assert!(
            clear.contains("it opens Tue 2026-12-01 10:00; ") && clear.contains("landfall drill --plan shop.toml"),
            "{clear}"
        );
        let (_, clear) = told(WINDOW, &none, "2026-12-03T15:00:00Z").expect_err("too late");
        assert!(clear.contains("it opens Tue 2026-12-08 10:00"), "{clear}");
        assert_eq!(told("[drills]\nevery = \"90d\"", &none, "2026-12-05T03:00:00Z"), Ok(()), "it keeps to none");
        let nowhere = "[drills]\nwindow = \"10:00-16:00 Europe/Atlantis\"";
        assert!(told(nowhere, &none, "2026-12-01T11:00:00Z").expect_err("no zone").0.contains("Europe/Atlantis"));
        assert!(told("", &none, "2026-12-01T11:00:00Z").expect_err("no timetable").1.contains("[drills]"));
    }

    #[test]
    fn it_keeps_out_of_the_way_of_a_real_run_of_its_application() {
        let run = |application: &str, cloud, driven| Glance {
            path: "runs/it's.jsonl".into(),
            bytes: 1,
            written_at: std::time::SystemTime::now(),
            run: "shop-1".into(),
            application: application.into(),
            primary: crate::plan::Region::new("us-east-1"),
            recovery: crate::plan::Region::new("us-west-2"),
            intent: Intent::Failover,
            cloud,
            time_scale: 1.0,
            declared_at: at("2026-12-01T09:00:00Z"),
            newest_at: at("2026-12-01T09:30:00Z"),
            driver: Some(Driver { by: "ana".into(), host: "bastion".into(), pid: 7 }),
            driven,
            ended: None,
            owes: 0,
            inside: None,
        };
        let with = |run| Known { runs: vec![run], ..Known::default() };
        let now = "2026-12-01T09:40:00Z";
        let (why, clear) = told(WINDOW, &with(run("shop", CloudName::Aws, Driven::Lives)), now).expect_err("beside it");
        assert!(why.contains("ana (bastion pid 7) drives a real failover of shop"), "{why}");
        assert!(clear.contains("landfall watch 'runs/it'"), "{clear}");
        assert!(told(WINDOW, &with(run("shop", CloudName::Aws, Driven::Elsewhere)), now).is_err());
        for other in [
            run("shop", CloudName::Aws, Driven::LetGo),
            run("shop", CloudName::Sim, Driven::Lives),
            run("billing", CloudName::Aws, Driven::Lives),
        ] {
            assert_eq!(told(WINDOW, &with(other), now), Ok(()));
        }
    }
}
