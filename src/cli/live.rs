//! What every command that drives a run shares: its arguments, its clouds, its journal's place.

use super::Refused;
use super::part::PartArgs;
use crate::cloud::plugin::PluggedObserver;
use crate::cloud::sealed::SealedObserver;
use crate::cloud::sim::{Scenario, Sim, SimOptions, rehearsal};
use crate::cloud::{Clock, Observe, aws};
use crate::engine::log::How;
use crate::engine::values::Vault;
use crate::engine::{JournalError, Seat, Session, journal, session};
use crate::files;
use crate::plan::{Intent, Plan, Runbook};
use crate::recovery::event::{CloudName, Drill, JOURNAL_VERSION};
use crate::recovery::{Command, Opened, State};
use crate::service::Registry;
use crate::text::Clean;
use jiff::{SignedDuration, Timestamp};
use miette::{IntoDiagnostic, WrapErr, miette};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How a new run is set up.
#[derive(Debug, clap::Args)]
pub struct NewRun {
    /// The plan; the embedded rehearsal when left out, or the one that the named scenario is of.
    pub plan: Option<PathBuf>,
    /// What is being done. Required on a real cloud: it is never inferred.
    #[arg(long, value_enum)]
    pub intent: Option<IntentArg>,
    /// Where it is done: the real cloud, or two simulated regions built from the plan.
    #[arg(long, value_enum)]
    pub cloud: Option<CloudArg>,
    /// This run's journal; refused if it exists. Without it, one is made under your state folder.
    #[arg(long, value_name = "PATH")]
    pub journal: Option<PathBuf>,
    /// When the incident was declared: a time such as 2026-11-21T03:04:00Z, or how long ago, such as 4m or 4:12. The recovery
    /// clock runs from then.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub declared_at: Option<String>,
    /// Simulated cloud only: which faults happen when; a file, or the name of an embedded scenario.
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<String>,
    /// Simulated cloud only: fixes every duration.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Simulated cloud only: how many times as fast as the wall clock its time passes.
    #[arg(long, value_name = "N")]
    pub time_scale: Option<f64>,
    #[command(flatten)]
    pub part: PartArgs,
    /// The way back only: the plan file of the run that went over, where it moved since: the values that stood in it are read
    /// from it again.
    #[arg(long = "plan", id = "values_plan", value_name = "FILE")]
    pub values_plan: Option<PathBuf>,
    /// The way back only: go on although this value is not what it was in the run that went over, by its name; `all` for all.
    #[arg(long, value_name = "NAME")]
    pub changed: Vec<String>,
}

/// Who drives, and how.
#[derive(Debug, Clone, clap::Args)]
pub struct Driver {
    /// Who commands; your login name when left out.
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// The shortest wait between two looks at a step, such as 2s. Longer is kinder to a throttled API.
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = duration)]
    pub poll: f64,
    /// Real cloud only: go on beside another run of this application that is driven on this machine.
    #[arg(long)]
    pub beside: bool,
}

impl Driver {
    /// The commander's name.
    pub fn name(&self) -> Clean {
        match &self.by {
            Some(name) => Clean::new(name),
            None => somebody("commander"),
        }
    }

    /// From where the run is driven; by force where it is taken over.
    pub fn seat(&self, take_over: bool) -> Seat {
        let how = if take_over { How::Forced } else { How::Free };
        Seat { by: self.name(), how, beside: self.beside }
    }

    /// How often steps are looked at.
    pub fn pace(&self) -> crate::engine::Pace {
        let usual = crate::engine::Pace::default();
        let longest = usual.longest.max(self.poll).min(usual.longest * self.poll / usual.shortest);
        crate::engine::Pace { shortest: self.poll, longest: longest.max(self.poll) }
    }
}

/// A duration of the command line, in seconds: as a plan writes it or as a screen tells it.
///
/// # Errors
/// What is wrong with it.
pub fn duration(text: &str) -> Result<f64, String> {
    crate::plan::clock::read(text).map_err(|error| error.to_string())
}

/// `--intent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum IntentArg {
    /// Both regions healthy; no data lost.
    Switchover,
    /// An outage; data may be lost.
    Failover,
    /// The way back from the run whose journal, or derived plan, is named.
    Failback,
}

impl From<IntentArg> for Intent {
    fn from(arg: IntentArg) -> Self {
        match arg {
            IntentArg::Switchover => Self::Switchover,
            IntentArg::Failover => Self::Failover,
            IntentArg::Failback => Self::Failback,
        }
    }
}

/// `--cloud`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum CloudArg {
    /// Amazon Web Services, or what answers at AWS_ENDPOINT_URL.
    Aws,
    /// Two simulated regions; nothing outside is touched.
    Sim,
}

/// A run about to begin.
pub struct Prepared {
    /// Its first event.
    pub opened: Opened,
    /// Its clock.
    pub clock: Clock,
    /// Where its journal will be.
    pub journal: PathBuf,
    /// The values of its plan.
    pub vault: Vault,
    /// The journal of the run that it goes back from.
    pub before: Option<PathBuf>,
    /// The plan's file, beside which its snapshots lie; empty where it has none.
    pub file: PathBuf,
}

impl NewRun {
    /// Reads the plan and sets the run up. Touches nothing outside.
    ///
    /// # Errors
    /// Everything that is wrong with the plan or the arguments, with what would mend it.
    pub fn prepare(&self) -> miette::Result<Prepared> {
        if self.intent == Some(IntentArg::Failback) {
            return super::failback::prepare(self);
        }
        if self.values_plan.is_some() || !self.changed.is_empty() {
            let why = "--plan and --changed are of the way back: any other run is begun with the values of its plan";
            return Err(miette!(help = "leave them out, or say --intent failback", "{why}"));
        }
        let (plan, vault) = self.read_plan()?;
        if plan.application.from_run.is_some() {
            return Err(miette!(
                help = "say --intent failback; a failover or a switchover takes the plan that it was derived from",
                "this is the plan of a failback"
            ));
        }
        let cloud = match (self.cloud, &self.plan) {
            (Some(CloudArg::Sim), _) | (None, None) => CloudName::Sim,
            (Some(CloudArg::Aws), None) => {
                return Err(miette!(
                    help = "name a plan of your own",
                    "the rehearsal lives on the simulated cloud only"
                ));
            }
            (Some(CloudArg::Aws) | None, Some(_)) => CloudName::Aws,
        };
        let scenario = self.scenario(cloud)?;
        let intent = match (self.intent, &scenario) {
            (Some(intent), _) => intent.into(),
            (None, Some(scenario)) => scenario.intent,
            (None, None) if cloud == CloudName::Sim => Intent::Failover,
            (None, None) => {
                return Err(miette!(
                    help = "say --intent failover (an outage: data may be lost) or --intent switchover (healthy: no data lost)",
                    "on a real cloud the intent is never inferred"
                ));
            }
        };
        let drill = self.drill(cloud, scenario.as_ref())?;
        let clock = Clock::new(Timestamp::now(), drill.as_ref().map_or(1.0, |drill| drill.time_scale));
        let declared_at = match &self.declared_at {
            Some(text) => declared(text, clock.now())?,
            None => ago(clock.now(), scenario.as_ref().map_or(0.0, |scenario| scenario.declared_seconds)),
        };
        let mut runbook = Runbook::compile(&plan, intent, &Registry).into_diagnostic()?;
        // The simulator takes its own time: what a cloud took says nothing of it.
        if cloud == CloudName::Aws {
            super::known::estimate(&plan, &mut runbook);
        }
        let runbook = runbook.part(&self.part.asked(), &plan)?;
        let run = run_id(&plan, clock.now());
        let journal = new_journal(self.journal.as_deref(), &run, cloud)?;
        let opened = Opened {
            version: JOURNAL_VERSION,
            run: Clean::new(&run),
            intent,
            cloud,
            declared_at,
            plan,
            runbook,
            drill,
            program: Clean::new(concat!("landfall ", env!("CARGO_PKG_VERSION"))),
            endpoint: (cloud == CloudName::Aws).then(endpoint).flatten(),
        };
        let file = self.plan.clone().unwrap_or_default();
        Ok(Prepared { opened, clock, journal, vault, before: None, file })
    }

    /// Reads the plan, the file named or the embedded rehearsal's, and its values.
    fn read_plan(&self) -> miette::Result<(Plan, Vault)> {
        match &self.plan {
            Some(path) => super::values::read_plan(path),
            None => {
                let named = self.scenario.as_deref().and_then(rehearsal::find);
                let rehearsal = named.map_or(&rehearsal::STOREFRONT, |(rehearsal, _)| rehearsal);
                Ok((rehearsal.read(&Registry)?, Vault::empty()))
            }
        }
    }

    fn scenario(&self, cloud: CloudName) -> miette::Result<Option<Scenario>> {
        match (&self.scenario, cloud) {
            (Some(_), CloudName::Aws) => Err(miette!(
                help = "add --cloud sim to rehearse this plan on two simulated regions",
                "a scenario is for the simulated cloud"
            )),
            (None, CloudName::Aws) => Ok(None),
            (None, CloudName::Sim) => Ok(self.plan.is_none().then(rehearsal::default_scenario)),
            (Some(name), CloudName::Sim) => match rehearsal::find(name) {
                Some((_, scenario)) => Ok(Some(scenario)),
                None => read_scenario(name).map(Some),
            },
        }
    }

    fn drill(&self, cloud: CloudName, scenario: Option<&Scenario>) -> miette::Result<Option<Drill>> {
        if cloud == CloudName::Aws {
            if self.seed.is_some() || self.time_scale.is_some() {
                return Err(miette!(help = "add --cloud sim", "--seed and --time-scale are for the simulated cloud"));
            }
            return Ok(None);
        }
        let time_scale = self.time_scale.or(scenario.and_then(|scenario| scenario.time_scale)).unwrap_or(1.0);
        if !(time_scale.is_finite() && (0.01..=100_000.0).contains(&time_scale)) {
            return Err(miette!(
                help = "give a number such as 10",
                "--time-scale {time_scale} is not between 0.01 and 100000"
            ));
        }
        Ok(Some(Drill {
            seed: self.seed.or(scenario.and_then(|scenario| scenario.seed)).unwrap_or(1),
            time_scale,
            scenario: scenario.map(|scenario| scenario.text().to_owned()),
            surprise: false,
            world: None,
        }))
    }
}

pub(super) fn read_scenario(name: &str) -> miette::Result<Scenario> {
    let embedded: Vec<String> = rehearsal::all()
        .into_iter()
        .flat_map(|one| one.scenarios())
        .map(|scenario| scenario.name.to_string())
        .collect();
    let text = files::read_text(Path::new(name), files::SETTINGS).map_err(|error| {
        miette!(
            help = format!("name a file, or one of the embedded scenarios: {}", embedded.join(", ")),
            "the scenario {name} cannot be read: {error}"
        )
    })?;
    Ok(Scenario::parse(&text).map_err(|error| error.in_file(name, &text))?)
}

pub(super) fn declared(text: &str, now: Timestamp) -> miette::Result<Timestamp> {
    let at = match crate::plan::clock::read(text.trim_end_matches("ago").trim().trim_start_matches('-')) {
        Ok(seconds) => ago(now, seconds),
        Err(_) => text.parse::<Timestamp>().map_err(|error| {
            miette!(
                help = "give a time such as 2026-11-21T03:04:00Z, or how long ago, such as 4m or 4:12",
                "--declared-at {text} is not a time: {error}"
            )
        })?,
    };
    if at > now {
        return Err(miette!(
            help = "the recovery clock cannot run from the future",
            "--declared-at {text} has not come yet"
        ));
    }
    Ok(at)
}

fn ago(now: Timestamp, seconds: f64) -> Timestamp {
    SignedDuration::try_from_secs_f64(seconds).ok().and_then(|by| now.checked_sub(by).ok()).unwrap_or(now)
}

/// A name for a run that sorts by time and does not clash.
pub(super) fn run_id(plan: &Plan, now: Timestamp) -> String {
    let name: String = plan.application.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("{name}-{}-{:04x}", now.strftime("%Y%m%dT%H%M%SZ"), std::process::id() & 0xffff)
}

/// What answers in place of the real cloud, by its host and port; nothing where that itself does.
pub fn endpoint() -> Option<Clean> {
    let url = std::env::var("AWS_ENDPOINT_URL").ok().filter(|url| !url.is_empty())?;
    let host = url.split_once("://").map_or(url.as_str(), |(_, host)| host).split('/').next().unwrap_or_default();
    // Whose it is, and by which word, is nobody's business.
    Some(Clean::new(host.rsplit('@').next().unwrap_or_default()))
}

/// Where journals go when none is named.
///
/// # Errors
/// When the user has no home.
pub fn state_folder() -> miette::Result<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "landfall").ok_or_else(|| {
        miette!(help = "name a journal with --journal PATH", "there is no home folder to keep journals in")
    })?;
    Ok(folders.state_dir().unwrap_or_else(|| folders.data_local_dir()).join("runs"))
}

/// Who is logged in here; `otherwise` where that cannot be told.
pub fn somebody(otherwise: &str) -> Clean {
    Clean::new(&whoami::username().unwrap_or_else(|_| otherwise.to_owned()))
}

/// What looks at the cloud of a run that is not there: nothing that acts is made.
///
/// # Errors
/// When the simulated world cannot be made.
pub async fn looking(prepared: &Prepared) -> miette::Result<Arc<dyn Observe>> {
    let opened = &prepared.opened;
    match opened.cloud {
        CloudName::Sim => Ok(Arc::new(sim(opened, prepared.clock.now(), &prepared.clock, None)?.observer())),
        CloudName::Aws => {
            let cloud = Arc::new(
                aws::AwsObserver::connect(&opened.plan, aws::Signature::of(None, &somebody("onlooker"))).await,
            );
            let cloud = Arc::new(PluggedObserver::new(cloud, super::plugin::programs(true)));
            Ok(Arc::new(SealedObserver::new(cloud, prepared.vault.secrets.clone())))
        }
    }
}

/// Sends the command that a session begins with, and ends the session when it is refused.
///
/// # Errors
/// The refusal; what is wrong with the journal.
pub async fn send_first(session: Session, start: Option<Command>) -> miette::Result<Session> {
    let Some(command) = start else { return Ok(session) };
    let answer = session.commander.send(command).await;
    let Ok(Err(refusal)) = answer else { return Ok(session) };
    session.close("refused").await?;
    Err(Refused::from(refusal).into())
}

/// The simulated cloud of a run: as its log beside the journal left it, or new.
///
/// # Errors
/// When it cannot be made, or made again.
pub fn sim(opened: &Opened, started_at: Timestamp, clock: &Clock, journal: Option<&Path>) -> miette::Result<Sim> {
    let drill = opened.drill.clone().unwrap_or(Drill {
        seed: 1,
        time_scale: 1.0,
        scenario: None,
        surprise: false,
        world: None,
    });
    let read = |text: &str| Scenario::parse(text).map_err(|error| error.in_file("the journal's scenario", text));
    let scenario = drill.scenario.as_deref().map(read).transpose()?;
    let log_path = journal.map(world_beside);
    let (plan, intent, started_at) = match &drill.world {
        // It goes on where the run before left it.
        Some(world) => (&world.plan, world.intent, world.started_at),
        None => (&opened.plan, opened.intent, started_at),
    };
    let options = SimOptions { seed: drill.seed, scenario, intent, log_path, clock: clock.clone(), started_at };
    let sim = Sim::open(plan, options).into_diagnostic().wrap_err("the simulated cloud")?;
    if journal.is_some() {
        sim.keep().into_diagnostic().wrap_err("the simulated cloud")?;
    }
    Ok(sim)
}

/// Where the journal of a new run goes: where it is named, or under the state folder.
///
/// # Errors
/// That there is a journal already; that a simulated world of another run is left there, in which this one would go on.
pub(super) fn new_journal(named: Option<&Path>, run: &str, cloud: CloudName) -> miette::Result<PathBuf> {
    let journal = match named {
        Some(path) => path.to_owned(),
        None => state_folder()?.join(format!("{run}.jsonl")),
    };
    if journal.exists() {
        let help = format!("name another, or go on with that run: landfall resume {}", journal.display());
        return Err(miette!(help = help, "{} exists already: a journal is never written over", journal.display()));
    }
    let world = world_beside(&journal);
    if cloud == CloudName::Sim && world.exists() {
        let help = "name another journal, or take that file away: its journal is gone";
        return Err(miette!(help = help, "{} is left of another run, and is its simulated world", world.display()));
    }
    Ok(journal)
}

/// Where the log of a simulated world is, beside its journal.
pub(super) fn world_beside(journal: &Path) -> PathBuf {
    let mut path = journal.as_os_str().to_owned();
    path.push(".world");
    PathBuf::from(path)
}

/// The run of a journal as it stands, without taking it.
///
/// # Errors
/// What is wrong with the journal; that a later Landfall wrote in it.
pub fn standing(path: &Path) -> Result<State, JournalError> {
    let recorded = journal::read(path)?;
    if let Some(what) = recorded.later() {
        return Err(JournalError::Later { path: path.to_owned(), what });
    }
    session::fold(&recorded).ok_or_else(|| JournalError::Empty(path.to_owned()))
}

/// A clock that goes on from where the run stands, never before it.
pub fn clock_for(state: &State) -> Clock {
    let scale = state.run.drill.as_ref().map_or(1.0, |drill| drill.time_scale);
    Clock::new(Timestamp::now().max(state.at), scale)
}
