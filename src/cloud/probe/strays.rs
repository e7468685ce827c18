//! What a program started and let out of its process group: `setsid` takes a child out of what ends with its group. A mark in
//! its environment tells it all the same, as long as nothing on the way took that out. Linux alone shows environments:
//! elsewhere the group is all that is ended.

use jiff::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::process::Command;

/// The variable that carries the mark.
pub const MARK: &str = "LANDFALL_GROUP";

static STARTED: AtomicU64 = AtomicU64::new(0);

/// What one started program and all it starts are known by.
pub(super) struct Mark(String);

impl Mark {
    /// Another than any other's on this machine.
    pub fn put_on(command: &mut Command) -> Self {
        let (nth, now) = (STARTED.fetch_add(1, Ordering::Relaxed), Timestamp::now().as_nanosecond());
        let mark = format!("{}.{nth}.{now}", std::process::id());
        command.env(MARK, &mark);
        Self(mark)
    }

    /// Ends, by force, whatever still bears it.
    #[cfg(target_os = "linux")]
    pub fn end(&self) {
        // What starts another while it is ended is looked for again, and no oftener than this.
        for _ in 0..8 {
            if linux::end_bearers(&format!("{MARK}={}", self.0)) == 0 {
                return;
            }
        }
    }

    /// Ends nothing: nobody tells here what bears it.
    #[cfg(not(target_os = "linux"))]
    pub fn end(&self) {
        let _ = &self.0;
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use crate::files;
    use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
    use std::path::Path;

    /// The longest environment that the kernel starts a program with, and more, in bytes.
    const ENVIRONMENT: u64 = 8 << 20;

    /// Ends every process of ours that has `pair` in its environment; how many those were.
    pub(super) fn end_bearers(pair: &str) -> usize {
        let Ok(all) = std::fs::read_dir("/proc") else { return 0 };
        let numbers = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
        numbers.filter(|number| bears(*number, pair)).filter(|number| end(*number, pair)).count()
    }

    fn bears(number: i32, pair: &str) -> bool {
        let environment = files::read(Path::new(&format!("/proc/{number}/environ")), ENVIRONMENT).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == pair.as_bytes())
    }

    /// Its number may be another's by now: what is signalled is what was looked at while it was held.
    fn end(number: i32, pair: &str) -> bool {
        let held = Pid::from_raw(number).and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
        held.is_some_and(|held| bears(number, pair) && pidfd_send_signal(held, Signal::KILL).is_ok())
    }
}
