//! Runs a program where Landfall runs: never through a shell, in a process group of its own, stopped at its deadline.

use crate::service::observation::Exit;
use crate::service::{Invocation, Receipt, Reply};
use crate::text::Clean;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

/// How much of each output is kept, in bytes: its end.
const TAIL: usize = 4096;

/// Runs the program as an act. A program that could not be started provably did nothing.
pub async fn perform(invocation: &Invocation) -> Reply {
    match start(invocation) {
        Err(message) => Reply::Refused { code: None, message },
        Ok(child) => {
            let exit = finish(child, invocation.within_seconds).await;
            if exit.code.is_none() && exit.stderr.starts_with("stopped after") {
                return Reply::NoAnswer { message: exit.stderr };
            }
            Reply::Taken { receipt: Receipt { id: None, exit: Some(exit) } }
        }
    }
}

/// Runs the program as a look.
pub async fn run(invocation: &Invocation) -> Exit {
    match start(invocation) {
        Err(message) => Exit { code: None, stdout: Clean::default(), stderr: message },
        Ok(child) => finish(child, invocation.within_seconds).await,
    }
}

fn start(invocation: &Invocation) -> Result<Child, Clean> {
    let (program, arguments) = invocation.run.split_first().ok_or_else(|| Clean::new("the command is empty"))?;
    let mut command = Command::new(program);
    command.args(arguments).envs(&invocation.env).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0).kill_on_drop(true);
    if let Some(folder) = &invocation.cwd {
        command.current_dir(folder);
    }
    command.spawn().map_err(|error| Clean::new(&format!("{program} cannot be started: {error}")))
}

async fn finish(mut child: Child, within_seconds: u64) -> Exit {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let outputs = async { futures::join!(tail(stdout), tail(stderr), child.wait()) };
    match tokio::time::timeout(Duration::from_secs(within_seconds), outputs).await {
        Ok((stdout, stderr, Ok(status))) => Exit { code: status.code(), stdout, stderr },
        Ok((stdout, _, Err(error))) => Exit { code: None, stdout, stderr: Clean::new(&error.to_string()) },
        Err(_) => {
            let stderr = Clean::new(&format!("stopped after {within_seconds} s"));
            // Dropping it kills it; waiting for it leaves no zombie behind.
            let _ = child.kill().await;
            Exit { code: None, stdout: Clean::default(), stderr }
        }
    }
}

async fn tail(output: Option<impl AsyncRead + Unpin>) -> Clean {
    let Some(mut output) = output else { return Clean::default() };
    let mut kept: Vec<u8> = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(read) = output.read(&mut chunk).await {
        if read == 0 {
            break;
        }
        kept.extend_from_slice(&chunk[..read]);
        if kept.len() > 2 * TAIL {
            kept.drain(..kept.len() - TAIL);
        }
    }
    let from = kept.len().saturating_sub(TAIL);
    Clean::new(String::from_utf8_lossy(&kept[from..]).trim_end())
}
