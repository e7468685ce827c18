//! Whether the replica has applied everything that was written before the fence: shown by the plan's own program, or by the
//! two newest samples of the lag, of minutes that began after the fence was verified. A lag that was small before says
//! nothing of that, and neither does one of a replica that has stopped replicating.

use super::fence::given;
use super::fields;
use super::pair::Pair;
use crate::plan::clock::told;
use crate::service::ask::{Ask, Invocation};
use crate::service::local;
use crate::service::observation::{DbInstance, Exit, LagSeries};
use crate::service::registry::Context;
use crate::service::work::{Asked, Check, Facts, Look, Outputs, Verdict, Work};
use jiff::{SignedDuration, Timestamp};

/// How long the plan's program may run for one answer, in seconds.
const PROGRAM_SECONDS: u64 = 60;
/// How many braces of a program's output are tried as the beginning of its answer.
const BRACES: usize = 64;

/// Looks until the replica is shown to have caught up.
pub(super) struct CaughtUp {
    pair: Pair,
    /// When the fence was verified; not before this step started where nothing says it.
    fenced_at: Option<Timestamp>,
    program: Option<Invocation>,
    /// Whether the plan gives a program.
    has_program: bool,
    /// Whether the old primary is fenced by a step of this component.
    has_fence: bool,
}

impl CaughtUp {
    /// For the component of `context`.
    pub fn new(pair: Pair, said: &fields::Said, context: &Context<'_>) -> Self {
        let outputs = context.outputs.get(&context.component.name);
        let given = |name: &str| outputs.and_then(|outputs| outputs.get(name)).map(ToString::to_string);
        let fenced_at: Option<Timestamp> = given(given::FENCED_AT).and_then(|at| at.parse().ok());
        let has_fence = said.fence;
        // Before the fence is verified there is nothing to ask it about.
        let is_time = fenced_at.is_some() || !has_fence;
        let mut program = program(said);
        let has_program = program.is_some();
        program = program.filter(|_| is_time);
        if let Some(program) = &mut program {
            let told = [
                ("LANDFALL_FENCED_AT", given(given::FENCED_AT)),
                ("LANDFALL_OLD_ENDPOINT", given(given::OLD_ENDPOINT)),
                ("LANDFALL_NEW_ENDPOINT", given(given::NEW_ENDPOINT)),
            ];
            program.env.extend(told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        }
        Self { pair, fenced_at, program, has_program, has_fence }
    }

    /// What the plan's program says, if it was asked; `Err` while it does not say yes.
    fn by_program(&self, facts: &Facts<'_>) -> Option<Result<String, Said>> {
        let program = self.program.as_ref()?;
        Some(match facts.see(&local::looked(&self.pair.new, program)) {
            Look::There(exit) => answer_of(exit),
            Look::Absent => Err(Said::Nothing("the program gave no answer".to_owned())),
            Look::NotTold(why) => Err(Said::Nothing(format!("the program gave no answer: {why}"))),
        })
    }

    fn by_samples(&self, replica: &DbInstance, facts: &Facts<'_>) -> Result<String, String> {
        let series = match self.pair.look_lag(facts) {
            Look::There(series) => series,
            Look::Absent => return Err("no sample of its lag".to_owned()),
            Look::NotTold(why) => return Err(format!("its lag is not told: {why}")),
        };
        let since = self.fenced_at.unwrap_or(facts.started_at);
        let newest: Vec<&(Timestamp, f64)> = series.recent.iter().filter(|(at, _)| *at >= since).take(2).collect();
        let [(second, second_lag), (first, first_lag)] = newest[..] else {
            return Err(format!("{} of 2 samples of a minute that began after {}", newest.len(), wall(since)));
        };
        let rule = Rule::of(&replica.engine);
        let said = format!("lag {} at {}, {} at {}", told(*first_lag), wall(*first), told(*second_lag), wall(*second));
        let hold = [(first, first_lag), (second, second_lag)].iter().all(|(at, lag)| rule.holds(**at, **lag, since));
        if hold { Ok(said) } else { Err(format!("{said}; {}", rule.words(since))) }
    }
}

/// What shows that a replica of an engine has caught up, by one sample of a minute that began at or after the fence.
enum Rule {
    /// The lag is in whole seconds, and 0 once everything is applied (MySQL's `Seconds_Behind_Master`, MariaDB's).
    Zero,
    /// The lag is the age of what was applied last, and grows with the clock once nobody writes (PostgreSQL's
    /// `now() - pg_last_xact_replay_timestamp()`; so are those of other engines, as far as they say): what was applied last
    /// is later than the fence.
    Age,
}

impl Rule {
    fn of(engine: &str) -> Self {
        match engine {
            "mysql" | "mariadb" => Self::Zero,
            _ => Self::Age,
        }
    }

    fn holds(&self, minute: Timestamp, lag: f64, fence: Timestamp) -> bool {
        match self {
            Self::Zero => lag == 0.0,
            Self::Age if lag < 0.0 => false,
            Self::Age => SignedDuration::try_from_secs_f64(lag)
                .ok()
                .and_then(|lag| minute.checked_sub(lag).ok())
                .is_some_and(|applied| applied >= fence),
        }
    }

    fn words(&self, fence: Timestamp) -> String {
        match self {
            Self::Zero => "both must be 0".to_owned(),
            Self::Age => format!("both must show something that was written after {}", wall(fence)),
        }
    }
}

/// A program that did not say yes.
enum Said {
    /// It said no.
    No(String),
    /// It did not say.
    Nothing(String),
}

/// Exit 0 is yes, unless the object that its output ends with says otherwise: `{"caught_up": false, "behind": "…"}`.
fn answer_of(exit: &Exit) -> Result<String, Said> {
    let last = last_object(&exit.stdout);
    let member = |name: &str| last.as_ref().and_then(|last| last.get(name));
    let behind = member("behind").and_then(serde_json::Value::as_str).map(|behind| format!(", {behind} behind"));
    match (exit.code, member("caught_up").and_then(serde_json::Value::as_bool)) {
        (_, Some(false)) => Err(Said::No(format!("the program says: not caught up{}", behind.unwrap_or_default()))),
        (Some(0), _) => Ok("the plan's program says that it has caught up".to_owned()),
        (Some(code), _) => {
            let words = if exit.stderr.trim().is_empty() { exit.stdout.trim() } else { exit.stderr.trim() };
            let colon = if words.is_empty() { "" } else { ": " };
            Err(Said::Nothing(format!("the program ended with {code}{colon}{words}")))
        }
        (None, _) => Err(Said::Nothing(format!("the program did not end: {}", exit.stderr.trim()))),
    }
}

/// The JSON object that `text` ends with.
fn last_object(text: &str) -> Option<serde_json::Map<String, serde_json::Value>> {
    let text = text.trim_end();
    let braces = text.match_indices('{').map(|(at, _)| at).collect::<Vec<_>>();
    braces.into_iter().rev().take(BRACES).find_map(|at| serde_json::from_str(&text[at..]).ok())
}

/// The plan's own program, without what only the run knows.
fn program(said: &fields::Said) -> Option<Invocation> {
    let run = said.caught_up.clone()?;
    let invocation = Invocation { run, within_seconds: PROGRAM_SECONDS, ..Invocation::default() };
    (!invocation.run.is_empty()).then_some(invocation)
}

/// In a switchover nothing may be lost, so replication must be whole before the old side is fenced.
pub(super) fn replication_check(replica: &DbInstance) -> Check {
    let code = "rds-replication";
    let Some(replication) = &replica.replication else {
        return Check::not_told(code, "RDS says nothing of its replication", "replicating");
    };
    let fix = "mend replication first; or declare a failover, which may lose what was not replicated";
    Check::that(code, is_replicating(replica), replication_words(replication), "replicating", fix)
}

/// What RDS says of a replica's replication, in words.
pub(super) fn replication_words(replication: &crate::service::observation::Replication) -> String {
    match &replication.message {
        Some(message) => format!("{}: {message}", replication.status),
        None => replication.status.to_string(),
    }
}

fn is_replicating(replica: &DbInstance) -> bool {
    replica.replication.as_ref().is_some_and(|told| told.normal && told.status.as_str() == "replicating")
}

/// That something will tell when the replica has caught up; asked before anything is done.
fn will_be_told(pair: &Pair, has_program: bool, facts: &Facts<'_>) -> Check {
    let (code, wanted) = ("rds-caught-up", "something that tells when the replica has caught up");
    if has_program {
        return Check::that(code, true, "the plan's program tells it", wanted, "");
    }
    let fix = "see why its ReplicaLag has no samples, or give a program in `caught_up`";
    match pair.look_lag(facts) {
        Look::NotTold(why) => Check::not_told(code, why, wanted),
        Look::There(LagSeries { recent, .. }) if recent.iter().any(|(_, lag)| *lag >= 0.0) => {
            Check::that(code, true, "its lag is sampled once a minute", wanted, "")
        }
        Look::There(series) => {
            let found = series.newest.instead.as_deref().unwrap_or("no sample of its lag");
            Check::that(code, false, found, wanted, fix)
        }
        Look::Absent => Check::that(code, false, "no sample of its lag", wanted, fix),
    }
}

/// A time of day in UTC, to the second.
fn wall(at: Timestamp) -> String {
    at.strftime("%H:%M:%SZ").to_string()
}

impl Work for CaughtUp {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        let program = self.program.clone().map(|program| local::looked(&self.pair.new, &program).ask);
        [self.pair.ask_replica(), self.pair.ask_lag()].into_iter().chain(program).collect()
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let by_program = self.by_program(facts);
        if let Some(Ok(words)) = by_program {
            return Verdict::holds(words, Outputs::new());
        }
        let said = match by_program {
            Some(Err(Said::No(words))) => return Verdict::moving(words),
            Some(Err(Said::Nothing(words))) => format!("{words}; "),
            Some(Ok(_)) | None => String::new(),
        };
        let replica = match self.pair.look_replica(facts) {
            Look::NotTold(why) => return Verdict::unknown(format!("{said}{why}")),
            Look::Absent => {
                let help = "without the replica nothing can be promoted: give the old side its name back";
                return Verdict::bad(format!("there is no instance {} any more", self.pair.recovery), help);
            }
            Look::There(replica) => replica,
        };
        match (self.by_samples(replica, facts), &replica.replication) {
            (Ok(told), _) if is_replicating(replica) => Verdict::holds(format!("replicating, {told}"), Outputs::new()),
            (Err(why), _) if is_replicating(replica) => Verdict::moving(format!("{said}{why}")),
            (_, Some(replication)) => {
                Verdict::moving(format!("{said}its replication is {}", replication_words(replication)))
            }
            (_, None) => Verdict::moving(format!("{said}RDS says nothing of its replication")),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let mut checks = vec![will_be_told(&self.pair, self.has_program, facts)];
        if let (false, Look::There(replica)) = (self.has_fence, self.pair.look_replica(facts)) {
            checks.push(replication_check(replica));
        }
        checks
    }
}
