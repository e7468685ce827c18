//! One run an application on one machine: a lock in the user's own folder, held while a session drives a run on a real
//! cloud. It keeps two people, or two terminals, from bringing the same application up twice at once; a shared journal
//! does so between machines.

use crate::files;
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How often a claim that another still has is asked for again.
const AGAIN: Duration = Duration::from_millis(500);

/// Who drives which run of an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimant {
    /// The application.
    pub application: Clean,
    /// On which cloud: an endpoint of its own, or that of everybody. The same name elsewhere is another application.
    pub cloud: Clean,
    /// The run.
    pub run: Clean,
    /// Where its journal is.
    pub journal: Clean,
    /// Who drives it.
    pub by: Clean,
    /// In which process.
    pub pid: u32,
}

/// Why an application could not be claimed.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ClaimError {
    /// A session drives another run of it.
    #[error("{by} (pid {pid}) drives another run of {application} on this machine: {journal}")]
    #[diagnostic(help(
        "two runs of one application undo each other's work. Look on with landfall watch {journal}, or let them end or \
        leave it; --beside goes on all the same, and the journal says so"
    ))]
    Held {
        /// The application.
        application: Clean,
        /// The other run's journal.
        journal: Clean,
        /// Who drives it.
        by: Clean,
        /// In which process.
        pid: u32,
    },
    /// The disk said no.
    #[error("the claim {}: {source}", .path.display())]
    #[diagnostic(help(
        "it keeps two runs of one application apart; mend the folder, or say --beside to go on without it"
    ))]
    Disk {
        /// The claim's file.
        path: PathBuf,
        /// What came back.
        source: std::io::Error,
    },
}

/// A claim on an application: held, or asked for again and again until it is; let go of when dropped.
#[derive(Debug)]
pub struct Claim {
    _file: Arc<File>,
}

impl Claim {
    /// Claims the application of `claimant`, in `folder`. One that is held for the same journal is the run's own: whether
    /// it may be taken over that says. A copy of it is not. `beside` goes on whoever holds it.
    ///
    /// # Errors
    /// [`ClaimError::Held`] while another run of it is driven, unless `beside`.
    pub fn take(folder: &Path, claimant: &Claimant, beside: bool) -> Result<Self, ClaimError> {
        let path = folder.join(name(&claimant.application, &claimant.cloud));
        let disk = |source| ClaimError::Disk { path: path.clone(), source };
        files::make_folder(folder).map_err(disk)?;
        let file = Arc::new(files::read_and_write(&path).map_err(disk)?);
        match file.try_lock() {
            Ok(()) => say(&file, claimant).map_err(disk)?,
            Err(TryLockError::WouldBlock) => {
                let other = told(&file).unwrap_or_else(|| unknown(claimant));
                if !beside && (other.run != claimant.run || !is_same_file(&other.journal, &claimant.journal)) {
                    let Claimant { application, journal, by, pid, .. } = other;
                    return Err(ClaimError::Held { application, journal, by, pid });
                }
                let (file, claimant) = (Arc::downgrade(&file), claimant.clone());
                std::thread::spawn(move || wait(&file, &claimant));
            }
            Err(TryLockError::Error(source)) => return Err(disk(source)),
        }
        Ok(Self { _file: file })
    }
}

/// Whether both are one journal, whatever they are called: a copy of a journal has its run's id and is another.
fn is_same_file(one: &str, other: &str) -> bool {
    let identity = |path: &str| {
        let about = std::fs::metadata(path).ok()?;
        Some((about.dev(), about.ino()))
    };
    one == other || identity(one).is_some_and(|one| identity(other) == Some(one))
}

/// Holds the claim as soon as whoever has it lets go, while ours is wanted.
fn wait(file: &Weak<File>, claimant: &Claimant) {
    loop {
        std::thread::sleep(AGAIN);
        let Some(file) = file.upgrade() else { return };
        if file.try_lock().is_ok() {
            // Who it is only tells whoever is refused.
            let _ = say(&file, claimant);
            return;
        }
    }
}

fn say(mut file: &File, claimant: &Claimant) -> std::io::Result<()> {
    let text = serde_json::to_vec(claimant)?;
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(&text)
}

fn read(mut file: &File) -> Option<Claimant> {
    let mut text = Vec::new();
    file.rewind().ok()?;
    file.take(files::NOTE).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Who holds it: whoever has only just taken it says so in a moment.
fn told(file: &File) -> Option<Claimant> {
    const LOOKS: usize = 40;
    (0..LOOKS).find_map(|_| {
        read(file).or_else(|| {
            std::thread::sleep(Duration::from_millis(25));
            None
        })
    })
}

/// Who is not told.
fn unknown(claimant: &Claimant) -> Claimant {
    let (run, journal, by) = (Clean::default(), Clean::new("its journal is not told"), Clean::new("somebody"));
    Claimant { run, journal, by, pid: 0, ..claimant.clone() }
}

/// The file's name: readable, and no other application's.
fn name(application: &str, cloud: &str) -> String {
    let readable: String =
        application.chars().take(60).map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let whole = Sha256::new().chain_update(application).chain_update([0]).chain_update(cloud).finalize();
    let hash: String = whole.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{readable}-{hash}.claim")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn claimant(application: &str, run: &str) -> Claimant {
        let journal = Clean::new(&format!("/runs/{run}.jsonl"));
        let (application, run) = (application.into(), run.into());
        Claimant { application, cloud: "aws".into(), run, journal, by: "ana".into(), pid: 7 }
    }

    #[test]
    fn a_second_run_of_an_application_is_refused_and_told_whose_the_first_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = Claim::take(folder.path(), &claimant("shop", "r1"), false).expect("it is free");
        let refused = Claim::take(folder.path(), &claimant("shop", "r2"), false).expect_err("it is held");
        assert_eq!(refused.to_string(), "ana (pid 7) drives another run of shop on this machine: /runs/r1.jsonl");
        Claim::take(folder.path(), &claimant("billing", "r3"), false).expect("another application is free");
        let elsewhere = Claimant { cloud: "http://127.0.0.1:4566".into(), ..claimant("shop", "r6") };
        Claim::take(folder.path(), &elsewhere, false).expect("on another cloud it is another");
        Claim::take(folder.path(), &claimant("sh/op", "r4"), false).expect("names that look alike are not the same");
        drop(first);
        Claim::take(folder.path(), &claimant("shop", "r2"), false).expect("it is free again");
    }

    #[test]
    fn one_that_goes_on_beside_another_holds_the_claim_once_that_lets_go() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = Claim::take(folder.path(), &claimant("shop", "r1"), false).expect("it is free");
        let beside = Claim::take(folder.path(), &claimant("shop", "r2"), true).expect("it insists");
        let same = Claim::take(folder.path(), &claimant("shop", "r1"), false).expect("the same run");
        drop((first, same));
        std::thread::sleep(AGAIN * 3);
        let refused = Claim::take(folder.path(), &claimant("shop", "r5"), false).expect_err("held by the one beside");
        assert!(refused.to_string().contains("/runs/r2.jsonl"), "{refused}");
        drop(beside);
    }

    #[test]
    fn who_has_only_just_taken_it_is_waited_for_and_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name("shop", "aws"));
        let file = files::read_and_write(&path).expect("a file");
        file.try_lock().expect("it is free");
        let first = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            say(&file, &claimant("shop", "r1")).expect("it is said");
            file
        });
        let refused = Claim::take(folder.path(), &claimant("shop", "r2"), false).expect_err("it is held");
        assert!(refused.to_string().starts_with("ana (pid 7) drives another run of shop"), "{refused}");
        drop(first.join());
    }

    #[test]
    fn a_copy_of_a_driven_runs_journal_is_not_that_run() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, "{}").expect("it is written");
            Claimant { journal: Clean::new(&path.display().to_string()), ..claimant("shop", "r1") }
        };
        let (own, copy) = (at("run.jsonl"), at("backup.jsonl"));
        let link = folder.path().join("link.jsonl");
        std::os::unix::fs::symlink(folder.path().join("run.jsonl"), &link).expect("a link");
        let linked = Claimant { journal: Clean::new(&link.display().to_string()), ..own.clone() };
        let _held = Claim::take(folder.path(), &own, false).expect("it is free");
        Claim::take(folder.path(), &linked, false).expect("the same file by another name");
        let refused = Claim::take(folder.path(), &copy, false).expect_err("a copy is another");
        assert!(refused.to_string().contains("run.jsonl"), "{refused}");
        Claim::take(folder.path(), &copy, true).expect("who insists may");
    }

    #[test]
    fn a_claim_is_its_owners_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let within = folder.path().join("state/claims");
        let _claim = Claim::take(&within, &claimant("shop", "r1"), false).expect("it is free");
        let mode = |path: &Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!((mode(&within), mode(&within.join(name("shop", "aws")))), (0o700, 0o600));
    }
}
