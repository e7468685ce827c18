//! Locks on single bytes far behind the end of any journal, so that the journal's inode itself is what is locked, by
//! whatever name it was reached: one byte for the moment of an append, and one for each session that lives. They belong
//! to the open file: they end with it, however the process ends, and two opened in one process exclude each other.

use nix::fcntl::fcntl;
use nix::libc;
use std::fs::File;
use std::io;
use std::time::{Duration, Instant};

#[cfg(not(any(target_os = "linux", target_os = "android")))]
use nix::fcntl::FcntlArg::{F_GETLK as GET, F_SETLK as SET};
/// The locks of open files. Where the system has none the process is what holds one: then sessions of one process do not
/// exclude each other, and two processes do.
#[cfg(any(target_os = "linux", target_os = "android"))]
use nix::fcntl::FcntlArg::{F_OFD_GETLK as GET, F_OFD_SETLK as SET};

/// Where the byte of the append is; those of the sessions stand behind it.
const APPEND: i64 = 1 << 61;
/// How many bytes there are for sessions.
const SESSIONS: u64 = 1 << 60;
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_millis(20);

/// The right to append, until it is dropped.
#[derive(Debug)]
pub(super) struct Appending<'a>(&'a File);

impl Drop for Appending<'_> {
    fn drop(&mut self) {
        // It ends with the file at the latest.
        let _ = set(self.0, APPEND, libc::F_UNLCK);
    }
}

/// Waits for the right to append, at most `patience`; none where another has it all that time.
///
/// # Errors
/// What the system says: a disk that cannot lock.
pub(super) fn append(file: &File, patience: Duration) -> io::Result<Option<Appending<'_>>> {
    let began = Instant::now();
    let mut wait = Duration::from_micros(50);
    while !set(file, APPEND, libc::F_WRLCK)? {
        if began.elapsed() >= patience {
            return Ok(None);
        }
        std::thread::sleep(wait);
        wait = (wait * 2).min(LONGEST_WAIT);
    }
    Ok(Some(Appending(file)))
}

/// Marks the session of `epoch` as living for as long as `file` is open; false where it lives elsewhere.
///
/// # Errors
/// What the system says.
pub(super) fn live(file: &File, epoch: u64) -> io::Result<bool> {
    set(file, session(epoch), libc::F_WRLCK)
}

/// Marks the session of `epoch` as not living.
///
/// # Errors
/// What the system says.
pub(super) fn rest(file: &File, epoch: u64) -> io::Result<()> {
    set(file, session(epoch), libc::F_UNLCK).map(drop)
}

/// Whether the session of `epoch` lives, elsewhere than through this open `file`.
///
/// # Errors
/// What the system says.
pub(in crate::engine) fn lives(file: &File, epoch: u64) -> io::Result<bool> {
    let mut asked = byte(session(epoch), libc::F_WRLCK);
    fcntl(file, GET(&mut asked))?;
    Ok(i32::from(asked.l_type) != libc::F_UNLCK)
}

fn session(epoch: u64) -> i64 {
    // Below 2^60: it fits, and epochs so far apart never meet.
    APPEND + 1 + (epoch % SESSIONS) as i64
}

fn set(file: &File, at: i64, kind: libc::c_int) -> io::Result<bool> {
    match fcntl(file, SET(&byte(at, kind))) {
        Ok(_) => Ok(true),
        Err(nix::Error::EAGAIN | nix::Error::EACCES) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn byte(at: i64, kind: libc::c_int) -> libc::flock {
    libc::flock { l_type: kind as i16, l_whence: libc::SEEK_SET as i16, l_start: at, l_len: 1, l_pid: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_held_by_one_and_let_go_with_its_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("run.jsonl");
        let one = File::create(&path).expect("a file");
        std::fs::hard_link(&path, folder.path().join("other.jsonl")).expect("a second name");
        let two = File::options().write(true).open(folder.path().join("other.jsonl")).expect("the same file");
        assert!(live(&one, 7).expect("it locks"));
        assert!(!lives(&one, 7).expect("it is asked"), "one's own is no other's");
        assert!(lives(&two, 7).expect("it is asked") && !lives(&two, 8).expect("it is asked"));
        assert!(!live(&two, 7).expect("it is tried"));
        let held = append(&one, Duration::ZERO).expect("it locks").expect("nobody has it");
        assert!(append(&two, Duration::from_millis(5)).expect("it is tried").is_none());
        drop(held);
        assert!(append(&two, Duration::ZERO).expect("it locks").is_some());
        drop(one);
        assert!(live(&two, 7).expect("it locks"));
    }
}
