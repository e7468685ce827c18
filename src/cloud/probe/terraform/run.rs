//! One run of Terraform: bounded in time and in what is kept of its words, asked to end by the signal that it knows.

use super::super::command::{Group, INHERITED, beside};
use crate::files;
use crate::service::terraform::words::{GRACE_SECONDS, Module};
use futures::FutureExt;
use futures::future::FusedFuture;
use std::io::Read;
use std::path::Path;
use std::pin::pin;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::time::{timeout, timeout_at};

/// How much of standard error is kept, in bytes: its beginning, where the first error stands.
const WORDS: usize = 256 << 10;
/// How long output is read on once the program ended: what it left running may hold the pipe open for ever.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// How a run is begun, and what of it is kept.
pub(super) struct How<'a> {
    pub arguments: &'a [&'a str],
    pub stdin: Stdio,
    /// When it is asked to end.
    pub deadline: Instant,
    pub says: Says<'a>,
}

/// Where it writes to.
pub(super) enum Says<'a> {
    /// To us: so much of its output is read, in bytes.
    Here(usize),
    /// Its output nowhere, its errors to this file: a program whose reader is gone is ended by the next word it says, and one that
    /// holds a lock must not be. `outlives`: it goes on though nobody waits for it any more.
    There { errors: &'a Path, outlives: bool },
}

/// How a run ended.
pub(super) struct Ran {
    /// Its exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// What it wrote, as far as that is kept.
    pub stdout: Vec<u8>,
    /// Whether there was more.
    pub cut: bool,
    /// What it said of what went wrong.
    pub stderr: String,
    /// Whether it was stopped at its deadline.
    pub late: bool,
}

/// Runs `program` in `dir`.
///
/// # Errors
/// Why it cannot be started: it did nothing then.
pub(super) async fn run(module: &Module, program: &Path, dir: &Path, how: How<'_>) -> Result<Ran, String> {
    let (deadline, arguments, stdin) = (how.deadline, how.arguments, how.stdin);
    let most = if let Says::Here(most) = how.says { most } else { 0 };
    let mut group = start(module, program, dir, arguments, stdin, &how.says)?;
    let (_, out, err) = group.pipes();
    let (mut stdout, mut stderr) = (Beginning::of(most), Beginning::of(WORDS));
    let (status, late) = {
        let reading = async { futures::join!(stdout.read(out), stderr.read(err)) };
        let mut reading = pin!(reading.map(drop).fuse());
        match timeout_at(deadline.into(), beside(&mut reading, group.wait())).await {
            Ok(status) => {
                if !reading.is_terminated() {
                    let _ = timeout(LAST_WORDS, &mut reading).await;
                }
                (status.ok(), false)
            }
            Err(_) => {
                beside(&mut reading, group.stop_within(Duration::from_secs(GRACE_SECONDS))).await;
                (None, true)
            }
        }
    };
    let code = status.and_then(|status| status.code());
    let (stdout, cut) = (stdout.kept, stdout.cut);
    let stderr = match how.says {
        Says::Here(_) => String::from_utf8_lossy(&stderr.kept).into_owned(),
        Says::There { errors, .. } => said_there(errors),
    };
    Ok(Ran { code, stdout, cut, stderr, late })
}

/// What stands in a file of errors, as far as it is kept.
pub(super) fn said_there(errors: &Path) -> String {
    let mut bytes = Vec::new();
    let opened = files::open(errors);
    let _ = opened.and_then(|file| file.take(WORDS as u64).read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

fn start(
    module: &Module,
    program: &Path,
    dir: &Path,
    arguments: &[&str],
    stdin: Stdio,
    says: &Says<'_>,
) -> Result<Group, String> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(dir).stdin(stdin);
    let outlives = match says {
        Says::Here(_) => {
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            false
        }
        Says::There { errors, outlives } => {
            let fresh = files::write_here(errors, b"").and_then(|()| files::append(errors));
            let fresh = fresh.map_err(|error| format!("{}: {error}", errors.display()))?;
            command.stdout(Stdio::null()).stderr(Stdio::from(fresh));
            *outlives
        }
    };
    command.env_clear().envs(INHERITED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.envs(&module.env);
    command.envs(module.var.iter().map(|(name, value)| (format!("TF_VAR_{name}"), value)));
    command.envs(module.workspace.iter().map(|workspace| ("TF_WORKSPACE", workspace)));
    command.envs([("TF_IN_AUTOMATION", "1"), ("TF_INPUT", "0"), ("CHECKPOINT_DISABLE", "1")]);
    // What it is handed is its own from here on: with `command` the last copy of ours is gone.
    Group::start_gently(&mut command, outlives)
        .map_err(|error| format!("{} cannot be started: {error}", program.display()))
}

/// The beginning of an output; the rest is read and dropped.
struct Beginning {
    kept: Vec<u8>,
    most: usize,
    cut: bool,
}

impl Beginning {
    fn of(most: usize) -> Self {
        Self { kept: Vec::new(), most, cut: false }
    }

    async fn read(&mut self, output: Option<impl AsyncRead + Unpin>) {
        let Some(mut output) = output else { return };
        let mut chunk = vec![0; 1 << 16];
        while let Ok(read) = output.read(&mut chunk).await {
            if read == 0 {
                return;
            }
            let room = self.most.saturating_sub(self.kept.len()).min(read);
            self.kept.extend_from_slice(&chunk[..room]);
            self.cut |= room < read;
        }
    }
}
