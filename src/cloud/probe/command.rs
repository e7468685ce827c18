//! Runs a program where Landfall runs: never through a shell, in a process group of its own, the whole of which is
//! stopped at its deadline.

use crate::cloud::Evidence;
use crate::plan::Region;
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
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How much of each output is kept, in bytes: its end.
const TAIL: usize = 4096;
/// How long a program may take to end by itself once it was asked to: `terraform` saves its state in it.
const GRACE: Duration = Duration::from_secs(2);
/// How long output is waited for once the program ended: what it left running may hold the pipe open for ever.
const LAST_WORDS: Duration = Duration::from_millis(200);

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
        Reply::Refused { message, .. } | Reply::NoAnswer { message } => Some(message.clone()),
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
    command.args(arguments).envs(&invocation.env).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0).kill_on_drop(true);
    if let Some(folder) = &invocation.cwd {
        command.current_dir(folder);
    }
    let child = command.spawn().map_err(|error| Clean::new(&format!("{program} cannot be started: {error}")))?;
    let leader = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    Ok(Group { child, leader })
}

/// A program and all it starts. Dropped before its end, all of it is stopped at once.
struct Group {
    child: Child,
    /// The group's leader, until the program was seen to end: what it leaves running on purpose is not ours to stop.
    leader: Option<Pid>,
}

impl Group {
    fn signal(&self, signal: Signal) {
        if let Some(leader) = self.leader {
            // An error means that nothing of the group is left.
            let _ = kill_process_group(leader, signal);
        }
    }

    async fn wait(&mut self) -> std::io::Result<ExitStatus> {
        let status = self.child.wait().await;
        self.leader = None;
        status
    }

    /// Asks the whole group to end, then ends it.
    async fn stop(&mut self) {
        self.signal(Signal::TERM);
        // The leader's own end is not the group's: it is told again, by force.
        let _ = timeout(GRACE, self.child.wait()).await;
        self.signal(Signal::KILL);
        let _ = self.wait().await;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
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
                let _ = timeout(LAST_WORDS, &mut reading).await;
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
            let words = format!("stopped after {within_seconds} s; {}", stderr.text());
            Ended::Deadline(exit(None, Clean::new(words.trim_end_matches("; "))))
        }
    }
}

/// Waits for `main`, and goes on `reading` as long as that takes.
async fn beside<T>(reading: &mut (impl FusedFuture<Output = ()> + Unpin), main: impl Future<Output = T>) -> T {
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
