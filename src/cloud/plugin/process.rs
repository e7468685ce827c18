//! A plug-in's program, started: its environment, and one message to it and back.

use crate::cloud::probe::command::{Group, INHERITED, beside};
use crate::plan::plugin::Program;
use crate::text::Clean;
use futures::FutureExt;
use serde_json::Value;
use std::path::Path;
use std::pin::pin;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::time::{Instant, timeout, timeout_at};

/// How long a message or an answer may be, in bytes.
pub(super) const LINE: usize = 1 << 20;
/// How much of what it writes to standard error is kept, in bytes: its end.
const TAIL: usize = 4096;
/// How long an answer is waited for once the program has ended: what it left running may hold the pipe open for ever.
const LAST_WORDS: Duration = Duration::from_millis(300);
/// How long its last errors are waited for after that.
const LAST_ERRORS: Duration = Duration::from_millis(50);

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Run {
    /// It could not be started: it did nothing.
    NotStarted(String),
    /// Nothing came by the deadline; it was stopped.
    Late(Duration),
    /// It ended before it answered, or in another way than it should.
    Ended(String),
    /// It wrote more than an answer may be; it was stopped.
    TooMuch,
}

impl Run {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::NotStarted(why) => why.clone(),
            Self::Late(within) => format!("no answer within {} s; it was stopped", within.as_secs()),
            Self::Ended(how) => how.clone(),
            Self::TooMuch => format!("it wrote more than {LINE} bytes; it was stopped"),
        }
    }
}

/// Starts `program` with these arguments behind its own.
pub(super) fn start(program: &Program, more: &[&str], read_only: bool) -> Result<Group, String> {
    let (first, arguments) = program.run.split_first().ok_or("`run` names no program")?;
    // By its path, never by a name that is looked for: `a.sh` is the file in the folder.
    let path = Path::new(&program.folder).join(first);
    let path = std::path::absolute(&path).unwrap_or(path);
    let mut command = Command::new(&path);
    command.args(arguments).args(more).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env_clear().envs(INHERITED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    let named = if read_only { &program.read_env } else { &program.env };
    command.envs(named.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    if read_only {
        command.env("LANDFALL_READ_ONLY", "1");
    }
    if !program.folder.is_empty() {
        command.current_dir(&program.folder);
    }
    Group::start(&mut command).map_err(|error| format!("{} cannot be started: {error}", path.display()))
}

/// Sends one message to a program of its own and gives what it answers.
///
/// # Errors
/// [`Run`].
pub async fn one_shot(
    program: &Program,
    verb: &str,
    message: &Value,
    within: Duration,
    read_only: bool,
) -> Result<String, Run> {
    let deadline = Instant::now() + within;
    let mut group = start(program, &[verb], read_only).map_err(Run::NotStarted)?;
    let (stdin, stdout, stderr) = group.pipes();
    let text = format!("{message}\n");
    let mut said = Vec::new();
    let mut tail = Vec::new();
    let writing = async {
        if let Some(mut stdin) = stdin {
            // A program that does not read its message is told by its answer, not by this.
            let _ = stdin.write_all(text.as_bytes()).await;
        }
    };
    let ended = {
        let side = async { futures::join!(writing, tailed(stderr, &mut tail)) };
        let mut side = pin!(side.map(drop).fuse());
        let main = async {
            let mut reading = pin!(bounded(stdout, &mut said));
            tokio::select! {
                // Its output is closed, or too long: now it has to end.
                is_too_much = &mut reading => match is_too_much {
                    true => Err(Run::TooMuch),
                    false => Ok(group.wait().await),
                },
                status = group.wait() => match timeout(LAST_WORDS, &mut reading).await {
                    Ok(true) => Err(Run::TooMuch),
                    Ok(false) | Err(_) => Ok(status),
                },
            }
        };
        let ended = timeout_at(deadline, beside(&mut side, main)).await.unwrap_or(Err(Run::Late(within)));
        let _ = timeout(LAST_ERRORS, &mut side).await;
        ended
    };
    log(program, verb, &tail);
    match ended {
        Err(run) => {
            group.stop().await;
            Err(run)
        }
        Ok(Ok(status)) if status.success() => {
            String::from_utf8(said).map_err(|_| Run::Ended("its answer is not UTF-8".to_owned()))
        }
        Ok(Ok(status)) => {
            let how =
                status.code().map_or_else(|| "it was ended by a signal".to_owned(), |code| format!("exit {code}"));
            let last = last_line(&tail);
            Err(Run::Ended(if last.is_empty() { how } else { format!("{how}: {last}") }))
        }
        Ok(Err(error)) => Err(Run::Ended(error.to_string())),
    }
}

/// Reads all of `output`; whether it is more than an answer may be.
async fn bounded(output: Option<impl AsyncRead + Unpin>, said: &mut Vec<u8>) -> bool {
    let Some(mut output) = output else { return false };
    let mut chunk = [0; 8192];
    while let Ok(read) = output.read(&mut chunk).await {
        if read == 0 {
            break;
        }
        said.extend_from_slice(&chunk[..read]);
        if said.len() > LINE {
            return true;
        }
    }
    false
}

/// Reads all of `output` and keeps its end.
pub(super) async fn tailed(output: Option<impl AsyncRead + Unpin>, tail: &mut Vec<u8>) {
    let Some(mut output) = output else { return };
    let mut chunk = [0; TAIL];
    while let Ok(read) = output.read(&mut chunk).await {
        if read == 0 {
            return;
        }
        tail.extend_from_slice(&chunk[..read]);
        let surplus = tail.len().saturating_sub(TAIL);
        tail.drain(..surplus);
    }
}

/// What it wrote to standard error goes to the log, clean, and never to the screen.
pub(super) fn log(program: &Program, verb: &str, tail: &[u8]) {
    for line in Clean::lines(&String::from_utf8_lossy(tail)).iter().filter(|line| !line.is_empty()) {
        tracing::info!(target: "landfall::plugin", plugin = program.name.as_str(), verb, "{line}");
    }
}

fn last_line(tail: &[u8]) -> Clean {
    let text = String::from_utf8_lossy(tail);
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    Clean::new(&line.chars().take(300).collect::<String>())
}
