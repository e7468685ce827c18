//! Where snapshots are kept: a folder an application, a file each, put there whole or not at all; and the key by which
//! values are sealed, which lies elsewhere.

use super::beside;
use crate::files;
use crate::plan::Plan;
use crate::seal::Key;
use crate::snapshot::{Snapshot, store};
use jiff::Timestamp;
use miette::{IntoDiagnostic, WrapErr, miette};
use rustix::fs::Access;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A folder of snapshots.
#[derive(Clone, Debug)]
pub struct Store(pub PathBuf);

/// A snapshot that is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its file.
    pub path: PathBuf,
    /// When it was taken.
    pub at: Timestamp,
    /// Its hash.
    pub hash: String,
}

impl Store {
    /// The store of `plan`, which was read from `path`, unless another is named.
    pub fn of(plan: &Plan, path: &Path, named: Option<&Path>) -> Self {
        let own = || beside(path, plan.capture.store.as_deref().unwrap_or("snapshots"));
        Self(named.map_or_else(own, Path::to_path_buf))
    }

    /// The snapshots of `application`, the oldest first.
    pub fn names(&self, application: &str) -> miette::Result<Vec<store::Named>> {
        names(&self.0.join(store::folder(application)))
    }

    /// The latest of `application`, of this region where one is named.
    ///
    /// # Errors
    /// When the store cannot be read. A snapshot that cannot be is left out, and told.
    pub fn latest(&self, application: &str, region: Option<&str>) -> miette::Result<Option<Kept>> {
        let folder = self.0.join(store::folder(application));
        for named in self.names(application)?.into_iter().rev() {
            let path = folder.join(&named.name);
            match read(&path) {
                Ok((_, snapshot)) if region.is_none_or(|region| snapshot.region == region) => {
                    return Ok(Some(Kept { path, at: named.at, hash: snapshot.hash() }));
                }
                Ok(_) => {}
                Err(error) => super::out::say(format_args!("left out: {error:#}")),
            }
        }
        Ok(None)
    }

    /// That a snapshot of `application` could be kept: it is looked before a cloud is asked for minutes.
    ///
    /// # Errors
    /// When the folder, or the nearest above it that is there, is none or takes nothing.
    pub fn takes(&self, application: &str) -> miette::Result<()> {
        let folder = self.0.join(store::folder(application));
        let whole = std::path::absolute(&folder).unwrap_or_else(|_| folder.clone());
        let there = whole.ancestors().find(|above| above.symlink_metadata().is_ok()).unwrap_or(&whole);
        let is_open = Access::WRITE_OK | Access::EXEC_OK;
        let looked = match there.is_dir() {
            true => rustix::fs::access(there, is_open).map_err(std::io::Error::from),
            false => Err(ErrorKind::NotADirectory.into()),
        };
        looked.map_err(|error| refused(&folder, &error))
    }

    /// Keeps `snapshot`, whose text this is.
    ///
    /// # Errors
    /// What the disk says.
    pub fn keep(&self, snapshot: &Snapshot, text: &str) -> miette::Result<PathBuf> {
        let folder = self.0.join(store::folder(&snapshot.application));
        let at = snapshot.taken.as_ref().map_or(Timestamp::UNIX_EPOCH, |taken| taken.started);
        let path = folder.join(store::name(snapshot, at));
        let kept = files::make_folder(&folder).and_then(|()| files::keep(&path, text.as_bytes()));
        kept.map_err(|error| refused(&path, &error))?;
        Ok(path)
    }
}

fn refused(place: &Path, error: &std::io::Error) -> miette::Report {
    miette!(
        help = "let who runs this write there, or name another place: --store DIR, or store in [capture]",
        "no snapshot can be kept as {}: {error}",
        place.display()
    )
}

/// The snapshots in `folder`, the oldest first; none where it is not there.
pub fn names(folder: &Path) -> miette::Result<Vec<store::Named>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.into_diagnostic().wrap_err_with(|| format!("{} cannot be read", folder.display()))?,
    };
    let names: Vec<String> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    Ok(store::among(names.iter().map(String::as_str)))
}

/// Reads the snapshot at `path`, with its text.
///
/// # Errors
/// When it cannot be read or is none.
pub fn read(path: &Path) -> miette::Result<(String, Snapshot)> {
    let what = || format!("the snapshot {} cannot be read", path.display());
    let text = files::read_text(path, store::LONGEST).into_diagnostic().wrap_err_with(what)?;
    let snapshot = Snapshot::read(&text).into_diagnostic().wrap_err_with(what)?;
    Ok((text, snapshot))
}

/// As [`read`], for whoever answers by it: says where it is not what was kept.
///
/// # Errors
/// As [`read`].
pub fn consulted(path: &Path) -> miette::Result<(String, Snapshot)> {
    let (text, snapshot) = read(path)?;
    if let Some(why) = changed(path, &text, &snapshot).first() {
        let path = path.display();
        super::out::say(format_args!("{path} is not what was captured: {why}; landfall snapshot verify tells more"));
    }
    Ok((text, snapshot))
}

/// How it is not what it, or its name, says that it was when it was kept.
pub fn changed(path: &Path, text: &str, snapshot: &Snapshot) -> Vec<String> {
    let hash = snapshot.hash();
    let is = &hash[..store::SHOWN];
    let name = named(path).filter(|named| !hash.starts_with(&named.hash));
    let own = Snapshot::said_hash(text).filter(|own| *own != hash);
    let own = own.map(|own| own.chars().take(store::SHOWN).collect::<String>());
    let by_name = name.map(|named| format!("its name says {}, and its hash is {is}", named.hash));
    by_name.into_iter().chain(own.map(|own| format!("it says that its hash is {own}, and its hash is {is}"))).collect()
}

/// What the name of a file says of the snapshot that was kept in it.
pub fn named(path: &Path) -> Option<store::Named> {
    path.file_name()?.to_str().and_then(store::named)
}

/// The key of `plan`; none where it names none. One that is not there is made.
///
/// # Errors
/// When it lies in the store, others can read it, or it is none.
pub fn key(plan: &Plan, path: &Path, store: &Store) -> miette::Result<Option<Key>> {
    let Some(named) = &plan.capture.key else { return Ok(None) };
    let file = beside(path, named);
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    if whole(&file).starts_with(whole(&store.0)) {
        return Err(miette!(
            help = "keep it where no snapshot is, as ~/.config/landfall/shop.key",
            "the key {} lies in the store: whoever has the snapshots could try values by it",
            file.display()
        ));
    }
    let bytes = match files::read_here(&file, files::NOTE) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let key = Key::new(rand::random());
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
            let made = folder.map_or(Ok(()), files::make_folder);
            made.and_then(|()| files::keep(&file, format!("{}\n", key.to_text()).as_bytes()))
                .into_diagnostic()
                .wrap_err_with(|| format!("the key {} cannot be made", file.display()))?;
            super::out::say(format_args!("a key was made: {}", file.display()));
            return Ok(Some(key));
        }
        other => other.into_diagnostic().wrap_err_with(|| format!("the key {} cannot be read", file.display()))?,
    };
    let mode = std::fs::metadata(&file).into_diagnostic()?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(miette!(help = "chmod 600 it", "others can read the key {}", file.display()));
    }
    let key = String::from_utf8(bytes).ok().and_then(|text| Key::from_text(&text));
    key.map(Some).ok_or_else(|| miette!("{} is no key: it has 64 hexadecimal digits", file.display()))
}
