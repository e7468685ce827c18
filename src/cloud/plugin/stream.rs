//! One process that answers many messages: a line each, matched by `id`, several at once.

use super::process::{LINE, Run, log, start, tailed};
use crate::plan::plugin::Program;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::ChildStdin;
use tokio::sync::{mpsc, oneshot, watch};

/// A running process.
pub(super) struct Stream {
    to: mpsc::UnboundedSender<String>,
    waiting: Arc<Waiting>,
    /// Sent once it has to be stopped.
    stop: watch::Sender<bool>,
}

#[derive(Default)]
struct Waiting {
    closed: AtomicBool,
    by_id: Mutex<HashMap<String, oneshot::Sender<Result<String, Run>>>>,
}

impl Waiting {
    fn of(&self) -> std::sync::MutexGuard<'_, HashMap<String, oneshot::Sender<Result<String, Run>>>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing more comes: whoever waits is told why.
    fn end(&self, why: &Run) {
        self.closed.store(true, Ordering::SeqCst);
        for (_, answer) in self.of().drain() {
            let _ = answer.send(Err(why.clone()));
        }
    }
}

impl Stream {
    /// Starts `program`. It is stopped when nobody has it any more.
    pub fn start(program: &Program, read_only: bool) -> Result<Self, String> {
        let mut group = start(program, &["stream"], read_only)?;
        let (stdin, stdout, stderr) = group.pipes();
        let (to, messages) = mpsc::unbounded_channel();
        let (stop, mut stopped) = watch::channel(false);
        let waiting = Arc::new(Waiting::default());
        let (heard, program) = (waiting.clone(), program.clone());
        tokio::spawn(async move {
            let mut tail = Vec::new();
            let why = {
                let listening = listen(stdout, &heard);
                let writing = write(stdin, messages);
                let mut errors = Box::pin(tailed(stderr, &mut tail));
                let mut errors_end = false;
                let mut both = Box::pin(async {
                    tokio::select! {
                        why = listening => why,
                        () = writing => Run::Ended("it reads no messages any more".to_owned()),
                    }
                });
                loop {
                    tokio::select! {
                        why = &mut both => break why,
                        () = &mut errors, if !errors_end => errors_end = true,
                        // An error means that nobody has it any more.
                        _ = stopped.changed() => break Run::Ended("it was stopped".to_owned()),
                    }
                }
            };
            heard.end(&why);
            log(&program, "stream", &tail);
            group.stop().await;
        });
        Ok(Self { to, waiting, stop })
    }

    /// Whether it still answers.
    pub fn is_open(&self) -> bool {
        !self.waiting.closed.load(Ordering::SeqCst)
    }

    /// Sends a message and waits for its answer. Without one by the deadline the process is stopped.
    pub async fn ask(&self, message: Value, within: Duration) -> Result<String, Run> {
        let id = message.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let (answer, answered) = oneshot::channel();
        self.waiting.of().insert(id.clone(), answer);
        if !self.is_open() || self.to.send(format!("{message}\n")).is_err() {
            // Never sent.
            self.waiting.of().remove(&id);
            return Err(Run::NotStarted("it ended before it was asked".to_owned()));
        }
        match tokio::time::timeout(within, answered).await {
            Ok(Ok(told)) => told,
            Ok(Err(_)) => Err(Run::Ended("it ended before it answered".to_owned())),
            Err(_) => {
                self.waiting.of().remove(&id);
                self.waiting.closed.store(true, Ordering::SeqCst);
                let _ = self.stop.send(true);
                Err(Run::Late(within))
            }
        }
    }
}

async fn write(stdin: Option<ChildStdin>, mut messages: mpsc::UnboundedReceiver<String>) {
    let Some(mut stdin) = stdin else { return };
    while let Some(message) = messages.recv().await {
        if stdin.write_all(message.as_bytes()).await.is_err() {
            return;
        }
    }
    // Nobody sends any more: it ends when its input does, or is stopped.
    std::future::pending().await
}

/// Hands each line to who waits for it; why no more lines come.
async fn listen(stdout: Option<impl AsyncRead + Unpin>, waiting: &Waiting) -> Run {
    let Some(stdout) = stdout else { return Run::Ended("it has no output".to_owned()) };
    let mut stdout = BufReader::new(stdout);
    loop {
        let mut line = Vec::new();
        match (&mut stdout).take(LINE as u64 + 1).read_until(b'\n', &mut line).await {
            Ok(0) => return Run::Ended("it ended before it answered".to_owned()),
            Ok(_) if line.len() > LINE => return Run::TooMuch,
            Ok(_) => {}
            Err(error) => return Run::Ended(error.to_string()),
        }
        let Ok(text) = String::from_utf8(line) else { return Run::Ended("its answer is not UTF-8".to_owned()) };
        if text.trim().is_empty() {
            continue;
        }
        // What is no message may have been meant as any of those that are waited for.
        let Ok(Value::Object(told)) = serde_json::from_str::<Value>(&text) else {
            return Run::Ended("it wrote a line that is no JSON object".to_owned());
        };
        // An answer to what nobody asked is nobody's.
        if let Some(answer) = told.get("id").and_then(Value::as_str).and_then(|id| waiting.of().remove(id)) {
            let _ = answer.send(Ok(text));
        }
    }
}
