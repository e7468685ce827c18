//! Runs a program where Landfall runs: never through a shell, in a process group of its own, the whole of which is
//! stopped at its deadline, with what it let out of that.

use super::strays::Mark;
use crate::cloud::Evidence;
use crate::plan::{Region, clock};
use crate::service::observation::Exit;
use crate::service::{CallMade, Invocation, Receipt, Reply};
use crate::text::Clean;
use futures::FutureExt;
use futures::future::FusedFuture;
use rustix::process::{Pid, Signal, kill_process_group};
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// How much of each output is kept, in bytes: its end.
const TAIL: usize = 4096;
/// How long a program may take to end by itself once it was asked to: `terraform` saves its state in it.
const GRACE: Duration = Duration::from_secs(2);
/// How long output is waited for once the program ended: what it left running may hold the pipe open for ever.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// What a program gets of Landfall's own environment: where programs, the home, temporary files and the network are, and
/// how to speak. All else, our credentials first of all, it gets only where the plan names it.
pub(in crate::cloud) const INHERITED: &[&str] = &[
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TMPDIR",
    "TZ",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
];

/// How a program's run ended.
enum Ended {
    /// By itself, or by somebody else's signal.
    Itself(Exit),
    /// Stopped at its deadline.
    Deadline(Exit),
}

/// Runs the program as an act, and reports it to `evidence`. One that could not be started provably did nothing; one
/// that was stopped at its deadline may have done anything.
pub async fn perform(invocation: &Invocation, region: &Region, evidence: &Evidence) -> Reply {
    let started = Instant::now();
    let reply = match start(invocation) {
        Err(message) => Reply::Refused { code: None, message },
        Ok(child) => match finish(child, invocation.within_seconds).await {
            Ended::Itself(exit) => Reply::Taken { receipt: Receipt { id: None, exit: Some(exit) } },
            Ended::Deadline(exit) => Reply::NoAnswer { message: exit.stderr },
        },
    };
    let error = match &reply {
        Reply::Taken { .. } => None,
        Reply::Refused { message, .. }
        | Reply::NotNow { message, .. }
        | Reply::Expired { message }
        | Reply::NoAnswer { message } => Some(message.clone()),
    };
    evidence.report(CallMade {
        operation: Clean::new("command.run"),
        region: region.clone(),
        attempt: 1,
        latency_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        request_id: None,
        error,
        mutation: true,
    });
    reply
}

/// Runs the program as a look.
pub async fn run(invocation: &Invocation) -> Exit {
    match start(invocation) {
        Err(message) => Exit { code: None, stdout: Clean::default(), stderr: message },
        Ok(child) => match finish(child, invocation.within_seconds).await {
            Ended::Itself(exit) | Ended::Deadline(exit) => exit,
        },
    }
}

fn start(invocation: &Invocation) -> Result<Group, Clean> {
    let (program, arguments) = invocation.run.split_first().ok_or_else(|| Clean::new("the command is empty"))?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env_clear().envs(INHERITED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.envs(&invocation.env);
    if let Some(folder) = &invocation.cwd {
        command.current_dir(folder);
    }
    Group::start(&mut command).map_err(|error| Clean::new(&format!("{program} cannot be started: {error}")))
}

/// A program and all it starts. Dropped before its end, all of it is stopped at once; or asked to end, where it has something to
/// put in order first.
pub(in crate::cloud) struct Group {
    child: Child,
    /// What asks it to end.
    ends_by: Signal,
    /// What it meets when nobody waits for it any more; nothing where it is to go on.
    dropped_by: Option<Signal>,
    /// The group's leader, until the program was seen to end: what it leaves running on purpose is not ours to stop.
    leader: Option<Pid>,
    /// What tells what it let out of the group; nothing where that is to go on.
    mark: Option<Mark>,
}

impl Group {
    /// Starts `command` as the leader of a group of its own.
    pub fn start(command: &mut Command) -> std::io::Result<Self> {
        command.kill_on_drop(true);
        let mark = Mark::put_on(command);
        Self::begin(command, Signal::TERM, Some(Signal::KILL), Some(mark))
    }

    /// The same, of what holds a lock elsewhere and gives it back when it is interrupted: nobody but who waits for it ends it in
    /// the middle of that. `outlives`: when nobody waits for it any more it is not even interrupted.
    pub fn start_gently(command: &mut Command, outlives: bool) -> std::io::Result<Self> {
        Self::begin(command, Signal::INT, (!outlives).then_some(Signal::INT), None)
    }

    fn begin(
        command: &mut Command,
        ends_by: Signal,
        dropped_by: Option<Signal>,
        mark: Option<Mark>,
    ) -> std::io::Result<Self> {
        let child = command.process_group(0).spawn()?;
        let leader = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Ok(Self { child, ends_by, dropped_by, leader, mark })
    }

    /// Its pipes, those that are piped, each to be had once.
    pub fn pipes(&mut self) -> (Option<ChildStdin>, Option<ChildStdout>, Option<ChildStderr>) {
        (self.child.stdin.take(), self.child.stdout.take(), self.child.stderr.take())
    }

    fn signal(&self, signal: Signal) {
        if let Some(leader) = self.leader {
            // An error means that nothing of the group is left.
            let _ = kill_process_group(leader, signal);
        }
    }

    /// Ends all of it at once, whatever it let out of the group too.
    fn end(&self) {
        self.signal(Signal::KILL);
        if let (Some(_), Some(mark)) = (self.leader, &self.mark) {
            mark.end();
        }
    }

    /// Waits for its leader's end.
    pub async fn wait(&mut self) -> std::io::Result<ExitStatus> {
        let status = self.child.wait().await;
        self.leader = None;
        status
    }

    /// Asks the whole group to end, then ends it.
    pub async fn stop(&mut self) {
        self.stop_within(GRACE).await;
    }

    /// The same, with so much time to end by itself.
    pub async fn stop_within(&mut self, grace: Duration) {
        self.signal(self.ends_by);
        // The leader's own end is not the group's: it is told again, by force.
        let _ = timeout(grace, self.child.wait()).await;
        self.end();
        let _ = self.wait().await;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        match self.dropped_by {
            Some(Signal::KILL) => self.end(),
            Some(signal) => self.signal(signal),
            None => {}
        }
    }
}

async fn finish(mut group: Group, within_seconds: u64) -> Ended {
    let (mut stdout, mut stderr) = (Tail::default(), Tail::default());
    let (out, err) = (group.child.stdout.take(), group.child.stderr.take());
    let status = {
        let reading = async { futures::join!(stdout.read(out), stderr.read(err)) };
        let mut reading = pin!(reading.map(drop).fuse());
        match timeout(Duration::from_secs(within_seconds), beside(&mut reading, group.wait())).await {
            Ok(status) => {
                if !reading.is_terminated() {
                    let _ = timeout(LAST_WORDS, &mut reading).await;
                }
                Some(status)
            }
            Err(_) => {
                // Read on meanwhile: a program whose output is closed is ended by that, in the middle of its tidying up.
                beside(&mut reading, group.stop()).await;
                None
            }
        }
    };
    let exit = |code, stderr| Exit { code, stdout: stdout.text(), stderr };
    match status {
        Some(Ok(status)) => Ended::Itself(exit(status.code(), stderr.text())),
        Some(Err(error)) => Ended::Itself(exit(None, Clean::new(&error.to_string()))),
        None => {
            let words = format!("stopped after {}; {}", clock::told(within_seconds as f64), stderr.text());
            Ended::Deadline(exit(None, Clean::new(words.trim_end_matches("; "))))
        }
    }
}

/// Waits for `main`, and goes on `reading` as long as that takes.
pub(in crate::cloud) async fn beside<T>(
    reading: &mut (impl FusedFuture<Output = ()> + Unpin),
    main: impl Future<Output = T>,
) -> T {
    let mut main = pin!(main);
    loop {
        tokio::select! {
            done = &mut main => return done,
            () = &mut *reading, if !reading.is_terminated() => {}
        }
    }
}

/// The end of an output, as far as it was read.
#[derive(Default)]
struct Tail(Vec<u8>);

impl Tail {
    async fn read(&mut self, output: Option<impl AsyncRead + Unpin>) {
        let Some(mut output) = output else { return };
        let mut chunk = [0; TAIL];
        while let Ok(read) = output.read(&mut chunk).await {
            if read == 0 {
                return;
            }
            self.0.extend_from_slice(&chunk[..read]);
            let surplus = self.0.len().saturating_sub(TAIL);
            self.0.drain(..surplus);
        }
    }

    fn text(&self) -> Clean {
        Clean::new(String::from_utf8_lossy(&self.0).trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::path::Path;

    fn shell(script: &str, within_seconds: u64) -> Invocation {
        let run = ["sh", "-c", script].map(str::to_owned).to_vec();
        let env = BTreeMap::from([("GREETING".to_owned(), "hello".to_owned())]);
        Invocation { run, env, cwd: Some("/".to_owned()), within_seconds, in_confidence: false }
    }

    async fn act(invocation: &Invocation) -> (Reply, CallMade) {
        let (evidence, mut calls) = Evidence::channel();
        let reply = perform(invocation, &Region::new("us-west-2"), &evidence).await;
        (reply, calls.recv().await.expect("a command is evidence"))
    }

    #[tokio::test]
    async fn a_command_says_how_it_ended_and_what_it_said_last() {
        let exit = run(&shell("pwd; echo $GREETING; seq 1 5000; echo no >&2; exit 3", 10)).await;
        assert_eq!(exit.code, Some(3));
        assert_eq!(exit.stderr.as_str(), "no");
        assert!(exit.stdout.ends_with("4999 5000") && exit.stdout.len() <= TAIL, "{}", exit.stdout);
        let exit = run(&shell("pwd; echo $GREETING", 10)).await;
        assert_eq!(exit.stdout.as_str(), "/ hello");
    }

    #[tokio::test]
    async fn a_program_gets_no_more_of_our_environment_than_it_needs_to_start() {
        let exit = run(&Invocation { run: vec!["env".to_owned()], within_seconds: 10, ..shell("", 10) }).await;
        let names: Vec<&str> = exit.stdout.split(' ').filter_map(|pair| Some(pair.split_once('=')?.0)).collect();
        assert!(names.contains(&"PATH") && names.contains(&"GREETING"), "{names:?}");
        // Cargo sets these for every test: they stand for all that is ours.
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some() && !names.contains(&"CARGO_MANIFEST_DIR"));
        let ours = ["GREETING", crate::cloud::probe::strays::MARK];
        assert!(names.iter().all(|name| INHERITED.contains(name) || ours.contains(name)), "{names:?}");
    }

    #[tokio::test]
    async fn arguments_never_meet_a_shell() {
        let run_it = vec!["echo".to_owned(), "$HOME; exit 9".to_owned(), "`id`".to_owned()];
        let exit = run(&Invocation { run: run_it, within_seconds: 10, ..Invocation::default() }).await;
        assert_eq!((exit.code, exit.stdout.as_str()), (Some(0), "$HOME; exit 9 `id`"));
    }

    #[tokio::test]
    async fn the_deadline_stops_the_whole_group_and_keeps_what_was_said() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let late = folder.path().join("late");
        let script = format!("echo planning >&2; (sleep 3; touch {}) & wait", late.display());
        let (reply, call) = act(&shell(&script, 1)).await;
        let Reply::NoAnswer { message } = reply else { panic!("what was stopped may have done anything: {reply:?}") };
        assert_eq!(message.as_str(), "stopped after 1s; planning");
        assert_eq!((call.operation.as_str(), call.mutation), ("command.run", true));
        assert_eq!(call.error, Some(message));
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert!(!late.exists(), "what the command had started went on without it");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn what_left_the_group_is_stopped_with_it_and_what_another_started_is_not() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let late = |name: &str| folder.path().join(name);
        // Twice away: its parent is gone too, and nobody's child it is.
        let script = |name: &str| format!("setsid sh -c '(sleep 2; touch {}) &' ; ", late(name).display());
        let other = run(&shell(&script("other"), 10)).await;
        assert_eq!(other.code, Some(0), "{}", other.stderr);
        let (reply, _) = act(&shell(&format!("{} sleep 20", script("stray")), 1)).await;
        assert!(matches!(reply, Reply::NoAnswer { .. }));
        let soon = Instant::now() + Duration::from_secs(20);
        while !late("other").exists() && Instant::now() < soon {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        // What ended by itself leaves running what it wants to.
        assert!(late("other").exists());
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(!late("stray").exists(), "what the command had started went on without it");
    }

    #[tokio::test]
    async fn a_command_may_tidy_up_when_it_is_asked_to_end() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let state = folder.path().join("state");
        let script = format!("trap 'echo saving; touch {}; exit 0' TERM; sleep 30 & wait", state.display());
        run(&shell(&script, 1)).await;
        assert!(state.exists());
    }

    #[tokio::test]
    async fn a_group_that_will_not_end_is_ended() {
        let started = Instant::now();
        let (reply, _) = act(&shell("trap '' TERM; while :; do sleep 1; done", 1)).await;
        assert!(matches!(reply, Reply::NoAnswer { .. }));
        assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    }

    #[tokio::test]
    async fn what_a_command_leaves_running_does_not_hold_up_its_end() {
        let started = Instant::now();
        let exit = run(&shell("sleep 20 & echo done", 10)).await;
        assert_eq!((exit.code, exit.stdout.as_str()), (Some(0), "done"));
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    }

    #[tokio::test]
    async fn a_command_nobody_waits_for_any_more_is_stopped() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let late = folder.path().join("late");
        let script = format!("(sleep 2; touch {}) & wait", late.display());
        let invocation = shell(&script, 30);
        assert!(timeout(Duration::from_millis(500), run(&invocation)).await.is_err());
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert!(!Path::new(&late).exists());
    }

    #[tokio::test]
    async fn a_command_that_cannot_be_started_provably_did_nothing() {
        let run_it = vec!["landfall-no-such-program".to_owned()];
        let (reply, _) = act(&Invocation { run: run_it, within_seconds: 1, ..Invocation::default() }).await;
        assert!(matches!(reply, Reply::Refused { .. }), "{reply:?}");
        let nothing = Invocation { within_seconds: 1, ..Invocation::default() };
        assert!(matches!(act(&nothing).await.0, Reply::Refused { .. }));
    }

    #[tokio::test]
    async fn words_of_the_command_are_not_taken_for_ours() {
        let (reply, _) = act(&shell("echo stopped after 9 s >&2; kill -9 $$", 10)).await;
        let Reply::Taken { receipt } = reply else { panic!("it ended by itself: {reply:?}") };
        assert_eq!(receipt.exit.expect("a command's receipt has its end").code, None);
    }
}
