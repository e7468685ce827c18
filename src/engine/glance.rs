//! A journal at a glance: whose run it is and how it stands, by its first line, its last ones, and the lock of the session
//! that drives it. Reads little of however long a file, writes nothing, takes nothing, and does nothing that stands in it.

use super::{journal, lease, log, session};
use crate::files;
use crate::plan::{Intent, Region};
use crate::recovery::advance::is_stuck;
use crate::recovery::event::CloudName;
use crate::recovery::{Mode, RunOutcome, State, debts};
use crate::text::Clean;
use jiff::Timestamp;
use serde::Deserialize;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How much of a file's end is read at first, in bytes; eight times as much where no line of it is whole.
const TAIL: u64 = 64 << 10;
/// The longest end that is read, in bytes.
const LONGEST_TAIL: u64 = 8 << 20;
/// What the first line of every journal begins with: a file of something else is left at once.
const BEGINNING: &[u8] = b"{\"seq\":0,";

/// A run, as its journal tells at a glance.
#[derive(Clone, Debug)]
pub struct Glance {
    /// The journal.
    pub path: PathBuf,
    /// How long it is, in bytes.
    pub bytes: u64,
    /// When it was written to last, by the disk.
    pub written_at: SystemTime,
    /// The run's id.
    pub run: Clean,
    /// The application.
    pub application: Clean,
    /// The region that is left.
    pub primary: Region,
    /// The region that it is brought up in.
    pub recovery: Region,
    /// What is being done.
    pub intent: Intent,
    /// On what.
    pub cloud: CloudName,
    /// How many times as fast as the wall clock its time passes.
    pub time_scale: f64,
    /// When the incident was declared, by the run's clock.
    pub declared_at: Timestamp,
    /// When the newest event happened, by the run's clock.
    pub newest_at: Timestamp,
    /// The session that opened it last.
    pub driver: Option<Driver>,
    /// What became of that session.
    pub driven: Driven,
    /// How it ended or was left, and how many seconds after the declaration.
    pub ended: Option<(RunOutcome, f64)>,
    /// How much it owed when it ended or was left.
    pub owes: usize,
    /// What only all of it tells, where all of it was read.
    pub inside: Option<Inside>,
}

/// Who drives a run, or drove it last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Driver {
    /// Who.
    pub by: Clean,
    /// On which machine.
    pub host: Clean,
    /// In which process.
    pub pid: u32,
}

impl Driver {
    /// Who and where, in words.
    pub fn told(&self) -> String {
        format!("{} ({} pid {})", self.by, self.host, self.pid)
    }
}

/// What became of the session that opened a run last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driven {
    /// It lives: its lock is held.
    Lives,
    /// It broke off: it did not let go of the run, and is gone.
    BrokeOff,
    /// It is one of another machine, and did not let go: whether it lives cannot be told from here.
    Elsewhere,
    /// It let go of the run.
    LetGo,
}

/// What only all of a journal tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inside {
    /// Whether nothing was changed yet: the start was not given.
    pub needs_start: bool,
    /// Whether anything acted.
    pub acted: bool,
    /// Whether nothing new starts.
    pub held: bool,
    /// What a person is asked, or must look at; nothing where it goes on by itself.
    pub asks: Option<String>,
    /// How many steps are settled, and how many there are.
    pub steps: (usize, usize),
}

/// How a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// The start was not given: nothing was changed.
    NotStarted,
    /// It goes on.
    Running,
    /// Nothing new starts.
    Held,
    /// A person is asked, or must look at something.
    NeedsYou,
    /// Left where it stood; it can be resumed.
    Left,
    /// Its session is gone and did not let go; it can be resumed.
    BrokeOff,
    /// Driven from another machine, as far as can be told from here.
    Elsewhere,
    /// Over.
    Over(RunOutcome),
}

impl Glance {
    /// How the run stands.
    pub fn stand(&self) -> Stand {
        let needs_start = self.inside.as_ref().is_some_and(|inside| inside.needs_start);
        match (self.driven, self.ended, &self.inside) {
            (_, Some((outcome, _)), _) if is_over(outcome) => Stand::Over(outcome),
            (Driven::LetGo | Driven::BrokeOff | Driven::Lives, ..) if needs_start => Stand::NotStarted,
            (Driven::LetGo, ..) => Stand::Left,
            (Driven::BrokeOff, ..) => Stand::BrokeOff,
            (Driven::Elsewhere, ..) => Stand::Elsewhere,
            (Driven::Lives, _, Some(inside)) if inside.asks.is_some() => Stand::NeedsYou,
            (Driven::Lives, _, Some(inside)) if inside.held => Stand::Held,
            (Driven::Lives, ..) => Stand::Running,
        }
    }

    /// Whether a session drives it, as far as can be told.
    pub fn is_driven(&self) -> bool {
        matches!(self.driven, Driven::Lives | Driven::Elsewhere)
    }

    /// Whether nothing more can happen in it.
    pub fn is_over(&self) -> bool {
        self.ended.is_some_and(|(outcome, _)| is_over(outcome))
    }

    /// How many seconds its recovery clock shows at `now`, by the wall.
    pub fn elapsed_seconds(&self, now: Timestamp) -> f64 {
        if let Some((_, seconds)) = self.ended.filter(|_| !self.is_driven()) {
            return seconds;
        }
        // Scaled time is the run's own: only its events tell how late it is there.
        let until = if self.is_driven() && self.time_scale == 1.0 { now.max(self.newest_at) } else { self.newest_at };
        crate::recovery::objective::seconds_between(self.declared_at, until)
    }
}

fn is_over(outcome: RunOutcome) -> bool {
    match outcome {
        RunOutcome::Completed | RunOutcome::CompletedWithExceptions | RunOutcome::Aborted | RunOutcome::RolledBack => {
            true
        }
        RunOutcome::Failed | RunOutcome::Held => false,
    }
}

/// Why a file tells nothing of a run.
#[derive(Debug, thiserror::Error)]
pub enum Untold {
    /// The disk said no, or it is no file.
    #[error("{0}")]
    Disk(#[from] io::Error),
    /// It is something else.
    #[error("it is no journal of Landfall")]
    NotAJournal,
    /// It begins as a journal does, and its first line is not whole, or not to be understood.
    #[error("its first line cannot be read")]
    Damaged,
}

/// Looks at the journal at `path`. All of it is read where it is no longer than `most` bytes and the run is not over.
///
/// # Errors
/// [`Untold`].
pub fn glance(path: &Path, most: u64) -> Result<Glance, Untold> {
    let mut file = files::open(path)?;
    let about = file.metadata()?;
    let Opening { at, opened } = opening(&mut file)?;
    let application = opened.plan.application;
    let end = End::read(&mut file, about.len())?;
    let driver = end.driver.or_else(|| of_the_lease(path));
    let driven = driven(&file, end.epoch, end.let_go, driver.as_ref())?;
    let mut found = Glance {
        path: path.to_owned(),
        bytes: about.len(),
        written_at: about.modified().unwrap_or(SystemTime::UNIX_EPOCH),
        run: opened.run,
        application: application.name,
        primary: application.primary,
        recovery: application.recovery,
        intent: opened.intent,
        cloud: opened.cloud,
        time_scale: opened.drill.map_or(1.0, |drill| drill.time_scale),
        declared_at: opened.declared_at,
        newest_at: end.newest_at.unwrap_or(at),
        driver,
        driven,
        ended: end.ended,
        owes: end.owes,
        inside: None,
    };
    if !found.is_over() && about.len() <= most {
        // What is damaged further on is told by whoever reads it whole.
        let state = journal::read(path).ok().and_then(|recorded| session::fold(&recorded));
        // A session may have died while it paid: what is not seen to be done is owed.
        found.owes = state.as_ref().map_or(found.owes, |state| state.debts.len() + debts::being_paid(state).len());
        found.inside = state.map(|state| inside(&state));
    }
    Ok(found)
}

/// Whether the session of `epoch`, opened by `driver`, lives.
fn driven(file: &File, epoch: u64, let_go: bool, driver: Option<&Driver>) -> io::Result<Driven> {
    if let_go {
        return Ok(Driven::LetGo);
    }
    // The lock is asked for, never taken.
    if log::lives(file, epoch)? {
        return Ok(Driven::Lives);
    }
    let is_here = driver.is_none_or(|driver| driver.host.as_str() == Clean::new(&lease::host()).as_str());
    Ok(if is_here { Driven::BrokeOff } else { Driven::Elsewhere })
}

fn of_the_lease(path: &Path) -> Option<Driver> {
    lease::Lease::read(path).map(|lease| Driver { by: lease.by, host: lease.host, pid: lease.pid })
}

fn inside(state: &State) -> Inside {
    let title = |place: usize| &state.plan_step(place).title;
    let gate = state.open_gates.iter().next().map(|((place, kind), _)| format!("{}: {}", title(*place), kind.words()));
    let stopped = state.rollback.as_ref().and_then(|rollback| rollback.stopped.as_ref());
    let stuck = || {
        let place = state.steps.iter().position(|step| step.status.is_stuck())?;
        Some(format!("{} {}", title(place), state.steps[place].status.word()))
    };
    let asks = gate.or_else(|| stopped.map(|why| format!("the rollback stopped: {why}"))).or_else(stuck);
    Inside {
        needs_start: state.needs_start(),
        acted: state.steps.iter().any(|step| step.acted()),
        held: state.mode == Mode::Hold,
        asks: asks.filter(|_| !state.needs_start() || is_stuck(state)),
        steps: (state.settled(), state.steps.len()),
    }
}

/// What is read of the first line.
#[derive(Deserialize)]
struct Opening {
    at: Timestamp,
    #[serde(flatten)]
    opened: OpenedInShort,
}

#[derive(Deserialize)]
struct OpenedInShort {
    run: Clean,
    intent: Intent,
    cloud: CloudName,
    declared_at: Timestamp,
    plan: PlanInShort,
    #[serde(default)]
    drill: Option<DrillInShort>,
}

#[derive(Deserialize)]
struct PlanInShort {
    application: ApplicationInShort,
}

#[derive(Deserialize)]
struct ApplicationInShort {
    name: Clean,
    primary: Region,
    recovery: Region,
}

#[derive(Deserialize)]
struct DrillInShort {
    time_scale: f64,
}

fn opening(file: &mut File) -> Result<Opening, Untold> {
    let mut beginning = Vec::new();
    file.by_ref().take(BEGINNING.len() as u64).read_to_end(&mut beginning)?;
    if beginning != BEGINNING {
        return Err(Untold::NotAJournal);
    }
    // A header is as long as its plan.
    let mut rest = BufReader::new(file.by_ref().take(files::PLAN));
    rest.read_until(b'\n', &mut beginning)?;
    if !beginning.ends_with(b"\n") {
        return Err(Untold::Damaged);
    }
    serde_json::from_slice(&beginning).map_err(|_| Untold::Damaged)
}

/// What is read of a line near the end.
#[derive(Deserialize)]
struct LineInShort {
    at: Timestamp,
    epoch: u64,
    by: Clean,
    event: Clean,
    #[serde(default)]
    outcome: Option<serde_json::Value>,
    #[serde(default)]
    rto_seconds: Option<f64>,
    #[serde(default)]
    debts: Option<serde_json::Value>,
    #[serde(default)]
    host: Option<serde_json::Value>,
    #[serde(default)]
    pid: Option<serde_json::Value>,
}

/// What the last lines of a journal tell.
#[derive(Default)]
struct End {
    newest_at: Option<Timestamp>,
    epoch: u64,
    /// The session that was opened last, where that is near the end.
    driver: Option<Driver>,
    let_go: bool,
    ended: Option<(RunOutcome, f64)>,
    owes: usize,
}

impl End {
    fn read(file: &mut File, length: u64) -> io::Result<Self> {
        let mut wanted = TAIL;
        loop {
            let from = length.saturating_sub(wanted);
            file.seek(SeekFrom::Start(from))?;
            let mut bytes = Vec::new();
            file.by_ref().take(wanted).read_to_end(&mut bytes)?;
            let end = Self::of(&bytes, from > 0);
            if end.newest_at.is_some() || from == 0 || wanted >= LONGEST_TAIL {
                return Ok(end);
            }
            wanted *= 8;
        }
    }

    /// What the lines of `bytes` tell; the first may be cut off.
    fn of(bytes: &[u8], is_cut: bool) -> Self {
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let lines = bytes[..whole].split_inclusive(|byte| *byte == b'\n').skip(usize::from(is_cut));
        let lines = lines.filter_map(|line| serde_json::from_slice::<LineInShort>(line).ok());
        let mut end = Self::default();
        for line in lines {
            end.take(line);
        }
        end
    }

    fn take(&mut self, line: LineInShort) {
        self.newest_at = Some(line.at);
        self.epoch = line.epoch;
        let text = |value: Option<serde_json::Value>| value.and_then(|value| value.as_str().map(Clean::new));
        match line.event.as_str() {
            "session_opened" => {
                let pid = line.pid.and_then(|pid| pid.as_u64()).and_then(|pid| u32::try_from(pid).ok());
                let driver = text(line.host).zip(pid).map(|(host, pid)| Driver { by: line.by, host, pid });
                *self = Self { driver, ended: None, owes: 0, let_go: false, ..std::mem::take(self) };
            }
            "run_ended" => {
                let outcome = line.outcome.and_then(|outcome| serde_json::from_value(outcome).ok());
                self.owes = line.debts.and_then(|debts| debts.as_array().map(Vec::len)).unwrap_or(0);
                self.ended = outcome.map(|outcome| (outcome, line.rto_seconds.unwrap_or_default()));
            }
            // A session of format 1 leaves no line that covers all.
            "session_closed" | "journal_closed" => self.let_go = true,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const MOST: u64 = 64 << 20;

    fn recording(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings").join(name)
    }

    #[test]
    fn a_glance_tells_of_every_recording_what_its_end_says() {
        let folder = std::fs::read_dir(recording("")).expect("a folder").flatten().map(|entry| entry.path());
        for path in folder.filter(|path| path.extension().is_some_and(|extension| extension == "jsonl")) {
            let found = glance(&path, MOST).expect("it is a journal");
            let state = session::fold(&journal::read(&path).expect("it reads")).expect("a run");
            let ended = state.ended.as_ref().expect("it ended");
            assert_eq!(found.ended, Some((ended.outcome, ended.rto_seconds)), "{}", path.display());
            assert_eq!((found.driven, found.is_over()), (Driven::LetGo, state.is_over()), "{}", path.display());
            assert_eq!(found.application.as_str(), state.run.plan.application.name.as_str());
            assert_eq!(found.stand(), Stand::Over(ended.outcome), "{}", path.display());
        }
    }

    #[test]
    fn what_is_no_journal_is_told_apart_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("notes"), "buy milk\n").expect("it is written");
        std::fs::write(at("empty"), "").expect("it is written");
        std::fs::write(at("torn"), "{\"seq\":0,\"at\":").expect("it is written");
        std::fs::write(at("other"), "{\"seq\":0,\"at\":1}\n").expect("it is written");
        assert!(matches!(glance(&at("notes"), MOST), Err(Untold::NotAJournal)));
        assert!(matches!(glance(&at("empty"), MOST), Err(Untold::NotAJournal)));
        assert!(matches!(glance(&at("torn"), MOST), Err(Untold::Damaged)));
        assert!(matches!(glance(&at("other"), MOST), Err(Untold::Damaged)));
        assert!(matches!(glance(folder.path(), MOST), Err(Untold::Disk(_))));
        assert!(matches!(glance(&at("gone"), MOST), Err(Untold::Disk(_))));
    }

    #[test]
    fn of_a_gigabyte_little_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("long.jsonl");
        std::fs::copy(recording("failed-step-rolled-back.jsonl"), &path).expect("a copy");
        // A hole of a gigabyte, and the end behind it.
        let whole = std::fs::read(&path).expect("it reads");
        let end = whole.split_inclusive(|byte| *byte == b'\n').next_back().expect("a line").to_vec();
        let mut file = std::fs::OpenOptions::new().write(true).open(&path).expect("it opens");
        file.seek(SeekFrom::Start(1 << 30))
            .and_then(|_| file.write_all(&[b"\n", end.as_slice()].concat()))
            .expect("it grows");
        let began = std::time::Instant::now();
        let found = glance(&path, MOST).expect("a glance");
        assert!(began.elapsed() < std::time::Duration::from_secs(2), "{:?}", began.elapsed());
        assert_eq!((found.driven, found.inside), (Driven::LetGo, None));
    }

    #[test]
    fn a_session_that_did_not_let_go_broke_off_unless_it_is_of_another_machine() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cut.jsonl");
        let whole = std::fs::read_to_string(recording("failed-step-rolled-back.jsonl")).expect("it reads");
        let cut: String = whole.split_inclusive('\n').take(60).collect();
        let told = |host: &str| {
            let own = cut.replace("\"host\":\"", &format!("\"host\":\"{host}\",\"was\":\""));
            std::fs::write(&path, own).expect("it is written");
            glance(&path, 0).expect("a glance").driven
        };
        assert_eq!(told(&lease::host()), Driven::BrokeOff);
        assert_eq!(told("another-machine"), Driven::Elsewhere);
    }
}
