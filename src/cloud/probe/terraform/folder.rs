//! Where it is kept between two steps what Terraform is to do: a folder for its owner alone beside Terraform's own, in the
//! directory that it runs in. A saved plan holds every value that it was made with.

use crate::files;
use crate::text::Clean;
use rustix::fs::{FlockOperation, flock};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::{DirBuilder, File};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The largest saved plan, in bytes.
const LARGEST: u64 = 1 << 30;

/// The folder, as one component has it.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    folder: PathBuf,
    name: String,
}

/// Why an apply is not begun.
pub(super) enum NotBegun {
    /// Another one of the same component runs here.
    Runs,
    /// The disk does not let it.
    Disk(String),
}

impl Folder {
    /// That of `component` in `dir`, made where it is not there.
    ///
    /// # Errors
    /// What the disk says; that it is not ours alone.
    pub fn open(dir: &Path, component: &str) -> Result<Self, String> {
        let own = Self::of(dir, component);
        let said = |error: std::io::Error| format!("{} cannot be made: {error}", own.folder.display());
        std::fs::create_dir_all(dir.join(".terraform")).map_err(said)?;
        match DirBuilder::new().mode(0o700).create(&own.folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(said(error)),
            Ok(()) | Err(_) => {}
        }
        own.is_ours()?;
        Ok(own)
    }

    /// The same; nothing is made.
    pub fn of(dir: &Path, component: &str) -> Self {
        // Whatever a component is called, it leads nowhere else.
        let name = hex(&Sha256::digest(component.as_bytes())).chars().take(16).collect();
        Self { folder: dir.join(".terraform").join("landfall"), name }
    }

    /// What was left there by somebody else is not written to: a link would lead a plan, and all its values, anywhere.
    fn is_ours(&self) -> Result<(), String> {
        let at = self.folder.display();
        let found = std::fs::symlink_metadata(&self.folder).map_err(|error| format!("{at}: {error}"))?;
        let is_ours = found.is_dir() && found.uid() == rustix::process::geteuid().as_raw();
        if !is_ours || found.permissions().mode() & 0o077 != 0 {
            return Err(format!("{at} is not a folder of its owner's alone: remove it, then retry"));
        }
        Ok(())
    }

    /// The saved plan.
    pub fn plan(&self) -> PathBuf {
        self.folder.join(format!("{}.tfplan", self.name))
    }

    /// A plan that is only looked at.
    pub fn fresh(&self) -> PathBuf {
        self.folder.join(format!("{}.fresh", self.name))
    }

    /// What an apply says of what goes wrong, and what a look does.
    pub fn errors(&self, applies: bool) -> PathBuf {
        self.folder.join(format!("{}.{}", self.name, if applies { "errors" } else { "looking" }))
    }

    fn mark(&self) -> PathBuf {
        self.folder.join(format!("{}.applying", self.name))
    }

    /// Removes `file`, if it is there.
    pub fn remove(file: &Path) {
        let _ = std::fs::remove_file(file);
    }

    /// Keeps the plan at `fresh` as the saved one; which it is.
    ///
    /// # Errors
    /// What the disk says.
    pub fn keep(&self) -> Result<Clean, String> {
        let digest = digest(&self.fresh())?.ok_or("Terraform saved no plan")?;
        std::fs::set_permissions(self.fresh(), std::fs::Permissions::from_mode(0o600))
            .and_then(|()| std::fs::rename(self.fresh(), self.plan()))
            .map_err(|error| format!("the plan cannot be kept: {error}"))?;
        Ok(digest)
    }

    /// Which plan is saved; none where none is.
    ///
    /// # Errors
    /// What the disk says.
    pub fn saved(&self) -> Result<Option<Clean>, String> {
        match self.folder.try_exists() {
            Ok(true) => self.is_ours().and_then(|()| digest(&self.plan())),
            Ok(false) => Ok(None),
            Err(error) => Err(format!("{}: {error}", self.folder.display())),
        }
    }

    /// Marks that the plan `digest` is applied from now on. Whoever holds what this gives runs it, and nobody else can tell it to
    /// be over before: it is handed to the program, and the system takes it back with the program's end, however that comes.
    ///
    /// # Errors
    /// [`NotBegun`]
    pub fn begin(&self, digest: &Clean) -> Result<File, NotBegun> {
        let disk = |error: std::io::Error| NotBegun::Disk(format!("{}: {error}", self.mark().display()));
        let mut mark = files::read_and_write_here(&self.mark()).map_err(disk)?;
        flock(&mark, FlockOperation::NonBlockingLockExclusive).map_err(|_| NotBegun::Runs)?;
        mark.set_len(0)
            .and_then(|()| mark.write_all(digest.as_bytes()))
            .and_then(|()| mark.sync_all())
            .map_err(disk)?;
        Ok(mark)
    }

    /// Whether an apply of `digest` still runs; none where nothing here tells.
    pub fn runs(&self, digest: &Clean) -> Option<bool> {
        let mut mark = files::open_here(&self.mark()).ok()?;
        if flock(&mark, FlockOperation::NonBlockingLockShared).is_err() {
            return Some(true);
        }
        let mut told = String::new();
        (&mut mark).take(256).read_to_string(&mut told).ok()?;
        (told == digest.as_str()).then_some(false)
    }
}

/// The SHA-256 of `file`; none where it is not there.
fn digest(file: &Path) -> Result<Option<Clean>, String> {
    let said = |error: std::io::Error| format!("the saved plan cannot be read: {error}");
    match std::fs::symlink_metadata(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(said(error)),
        Ok(found) if !found.is_file() || found.len() > LARGEST => {
            return Err("the saved plan is no file, or far too large for one".to_owned());
        }
        Ok(_) => {}
    }
    let (mut opened, mut hasher, mut chunk) = (files::open(file).map_err(said)?, Sha256::new(), vec![0; 1 << 16]);
    loop {
        let read = opened.read(&mut chunk).map_err(said)?;
        if read == 0 {
            return Ok(Some(Clean::new(&hex(&hasher.finalize()))));
        }
        hasher.update(&chunk[..read]);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_ours_alone_is_not_written_to() {
        let (dir, elsewhere) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let at = dir.path().join(".terraform/landfall");
        let own = Folder::open(dir.path(), "stack").expect("it is made");
        let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&at), 0o700);
        std::fs::write(own.fresh(), "plan").expect("written");
        let digest = own.keep().expect("kept");
        assert_eq!((mode(&own.plan()), own.saved()), (0o600, Ok(Some(digest))));
        std::fs::set_permissions(&at, std::fs::Permissions::from_mode(0o755)).expect("its mode");
        assert!(Folder::open(dir.path(), "stack").expect_err("open to others").contains("its owner's alone"));
        assert!(own.saved().is_err());
        std::fs::remove_dir_all(&at).expect("removed");
        std::os::unix::fs::symlink(elsewhere.path(), &at).expect("a link");
        assert!(Folder::open(dir.path(), "stack").is_err());
    }

    #[test]
    fn no_name_leads_out_of_it_and_two_components_have_two_plans() {
        let names = ["../../etc/x", "a", "b"].map(|name| Folder::of(Path::new("/w"), name).plan());
        assert!(names.iter().all(|path| path.parent() == Some(Path::new("/w/.terraform/landfall"))), "{names:?}");
        assert!(names[0] != names[1] && names[1] != names[2]);
    }

    #[test]
    fn that_an_apply_runs_is_told_by_who_holds_its_mark_and_by_nothing_else() {
        let dir = tempfile::tempdir().expect("a folder");
        let own = Folder::open(dir.path(), "stack").expect("it is made");
        let (one, other) = (Clean::new("aa"), Clean::new("bb"));
        assert_eq!(own.runs(&one), None, "nothing was ever begun");
        let Ok(mark) = own.begin(&one) else { panic!("it begins") };
        assert_eq!((own.runs(&one), own.runs(&other)), (Some(true), Some(true)));
        assert!(matches!(own.begin(&one), Err(NotBegun::Runs)));
        drop(mark);
        // What another thread of ours starts at this very moment has it until it is begun.
        while own.runs(&one) == Some(true) {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        assert_eq!((own.runs(&one), own.runs(&other)), (Some(false), None));
    }
}
