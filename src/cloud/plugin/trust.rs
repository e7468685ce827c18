//! What somebody here trusts: programs by what is in their files, each with what it said of itself then. Nothing of a plan's
//! is run before.

use crate::files;
use crate::plan::plugin::{Hello, Program};
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// How large a program's file may be, in bytes.
const LARGEST: u64 = 1 << 30;
/// How large what is kept of one may be, in bytes.
const KEPT: u64 = 4 << 20;

/// What is kept of a program that is trusted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trusted {
    /// What it is.
    pub hash: Clean,
    /// How it was named when it was trusted.
    pub program: Program,
    /// What its files were.
    pub files: BTreeMap<String, String>,
    /// When.
    pub at: jiff::Timestamp,
    /// What it said of itself.
    pub hello: Hello,
}

/// The SHA-256 of files, each read again only once it has changed.
#[derive(Debug, Default)]
pub struct Contents(HashMap<PathBuf, (Stamp, String)>);

/// What of a file changes when it is written to.
type Stamp = (u64, u64, u64, i64, i64, i64, i64);

impl Contents {
    /// What `program` is: the contents of its files and everything else that it is run with.
    ///
    /// # Errors
    /// Which of its files cannot be read, or is not what the plan says that it has to be.
    pub fn hash(&mut self, program: &Program) -> Result<Clean, String> {
        let files = self.files(program)?;
        let of = |name: &String| files.get(name);
        let run: Vec<serde_json::Value> = program
            .run
            .iter()
            .enumerate()
            .map(|(place, word)| match of(word) {
                // Wherever it is: what is in it counts.
                Some(hash) => json!({ "sha256": hash }),
                None => json!({ "word": word, "program": place == 0 }),
            })
            .collect();
        let whole = json!({
            "run": run, "env": program.env, "read_env": program.read_env, "trusted_to_look": program.trusted_to_look,
        });
        Ok(Clean::new(&hex(&Sha256::digest(whole.to_string().as_bytes()))))
    }

    /// The SHA-256 of each of its files, by the name that `run` has for it: those below its folder and what an interpreter is
    /// handed; the program itself where there is no other.
    ///
    /// # Errors
    /// As [`Self::hash`].
    pub fn files(&mut self, program: &Program) -> Result<BTreeMap<String, String>, String> {
        let folder = Path::new(&program.folder);
        let mut found = BTreeMap::new();
        for (place, word) in program.run.iter().enumerate() {
            let path = folder.join(word);
            let is_below = !Path::new(word).is_absolute() || path.starts_with(folder);
            if (place > 0 || is_below) && path.is_file() {
                found.insert(word.clone(), self.digest(&path)?);
            }
        }
        let first = program.run.first().ok_or("`run` names no program")?;
        let path = folder.join(first);
        if found.is_empty() {
            found.insert(first.clone(), self.digest(&path)?);
        } else if !path.is_file() {
            return Err(format!("{} is not there", path.display()));
        }
        for (name, wanted) in &program.sha256 {
            let is = match name.is_empty() {
                true if found.len() == 1 => found.values().next(),
                true => {
                    return Err(format!(
                        "`sha256` is of one file, and it has {}: give one for each by name",
                        found.len()
                    ));
                }
                false => found.get(name),
            };
            match is {
                Some(is) if is == wanted => {}
                Some(is) => return Err(format!("its file is {}…, and the plan says {}…", &is[..12], &wanted[..12])),
                None => return Err(format!("`sha256` names {name}, which is no file of its `run`")),
            }
        }
        Ok(found)
    }

    fn digest(&mut self, path: &Path) -> Result<String, String> {
        let wrong = |error: &std::io::Error| format!("{} cannot be read: {error}", path.display());
        let mut file = files::open(path).map_err(|error| wrong(&error))?;
        let about = file.metadata().map_err(|error| wrong(&error))?;
        let stamp = (
            about.dev(),
            about.ino(),
            about.len(),
            about.mtime(),
            about.mtime_nsec(),
            about.ctime(),
            about.ctime_nsec(),
        );
        if let Some((_, hash)) = self.0.get(path).filter(|(known, _)| *known == stamp) {
            return Ok(hash.clone());
        }
        if about.len() > LARGEST {
            return Err(format!("{} is larger than a program is", path.display()));
        }
        let mut digest = Sha256::new();
        let mut chunk = vec![0; 1 << 16];
        loop {
            match file.read(&mut chunk) {
                Ok(0) => break,
                Ok(read) => digest.update(&chunk[..read]),
                Err(error) => return Err(wrong(&error)),
            }
        }
        let hash = hex(&digest.finalize());
        self.0.insert(path.to_owned(), (stamp, hash.clone()));
        Ok(hash)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // A string takes whatever is written to it.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What it is kept under: what it is and where it is, for what an interpreter finds beside a file is not in that file.
fn place(folder: &Path, program: &Program, hash: &str) -> PathBuf {
    let key = Sha256::digest(json!([hash, program.folder]).to_string().as_bytes());
    folder.join(format!("{}.json", hex(&key)))
}

/// Whether somebody here trusts `program` as what `hash` is of.
pub fn is_trusted(folder: &Path, program: &Program, hash: &str) -> bool {
    of(folder, program, hash).is_some()
}

/// What is kept of `program`, as what `hash` is of.
pub fn of(folder: &Path, program: &Program, hash: &str) -> Option<Trusted> {
    let trusted = kept(&place(folder, program, hash))?;
    (trusted.hash.as_str() == hash && trusted.program.folder == program.folder).then_some(trusted)
}

fn kept(path: &Path) -> Option<Trusted> {
    let trusted: Trusted = serde_json::from_str(&files::read_text(path, KEPT).ok()?).ok()?;
    // Held again: a file may have been written by another Landfall.
    Hello::read(&serde_json::to_string(&trusted.hello).ok()?).ok()?;
    Some(trusted)
}

/// Every program that is trusted here, the newest first.
pub fn all(folder: &Path) -> Vec<Trusted> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut all: Vec<Trusted> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "json")).filter_map(|path| kept(&path)).collect();
    all.sort_by_key(|trusted| std::cmp::Reverse(trusted.at));
    all
}

/// Remembers that a program is trusted.
///
/// # Errors
/// What the disk says.
pub fn remember(folder: &Path, trusted: &Trusted) -> std::io::Result<()> {
    files::make_folder(folder)?;
    let path = place(folder, &trusted.program, &trusted.hash);
    let text = serde_json::to_string_pretty(trusted).map_err(std::io::Error::other)?;
    files::replace(&path, text.as_bytes())
}

/// Forgets a program that was trusted; whether it was.
///
/// # Errors
/// What the disk says.
pub fn forget(folder: &Path, program: &Program, hash: &str) -> std::io::Result<bool> {
    match std::fs::remove_file(place(folder, program, hash)) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
