//! Which of the kept snapshots somebody means: a file or a folder, the beginning of a hash, the latest, or one of some age.

use super::capture::stored;
use super::snapshot::meant;
use crate::plan::duration;
use crate::snapshot::{Snapshot, store};
use jiff::Timestamp;
use miette::miette;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How much of a hash says which is meant, in characters: as git has it.
const LEAST: usize = 4;

const HELP: &str = "a file, or a folder's latest; the beginning of a hash (4 characters or more); latest; or an age, such as 36h: the \
                    newest that is at least so old. landfall snapshot list shows what there is";

/// The snapshot that `named` is of those that `at` means; the latest and those of an age are of `region`, where one is said.
///
/// # Errors
/// That there is none, that several are meant, what cannot be read.
pub(super) fn called(at: &Path, named: &str, region: Option<&str>) -> miette::Result<PathBuf> {
    let file = Path::new(named);
    if file.is_file() {
        return Ok(file.to_path_buf());
    }
    if file.is_dir() || file.extension().is_some_and(|end| end == "toml") {
        return meant(file)?.pop().ok_or_else(|| super::snapshot::none_kept(file, ""));
    }
    let kept: Vec<(store::Named, PathBuf)> =
        meant(at)?.into_iter().filter_map(|path| Some((store::named(path.file_name()?.to_str()?)?, path))).collect();
    if named.len() >= LEAST && named.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)) {
        let found = by_hash(&kept, named)?;
        if let Some(path) = found {
            return Ok(path);
        }
    }
    let oldest = match (named, duration::parse(named)) {
        ("latest", _) => Some(0.0),
        (_, Ok(seconds)) => Some(seconds),
        (_, Err(_)) => None,
    };
    let Some(seconds) = oldest else {
        return Err(miette!(help = HELP, "there is no snapshot {named} in {}", at.display()));
    };
    let now = Timestamp::now();
    for (one, path) in kept.into_iter().rev() {
        if now.duration_since(one.at).as_secs_f64() < seconds {
            continue;
        }
        match stored::read(&path) {
            Ok((_, snapshot)) if region.is_none_or(|region| snapshot.region == region) => return Ok(path),
            Ok(_) => {}
            Err(error) => super::out::say(format_args!("left out: {error:#}")),
        }
    }
    let of = region.map_or_else(String::new, |region| format!(" of {region}"));
    let old = if named == "latest" { String::new() } else { format!(" that is {named} old or older") };
    Err(miette!(help = HELP, "there is no snapshot{of}{old} in {}", at.display()))
}

/// The same, read.
///
/// # Errors
/// As [`called`].
pub(super) fn one(at: &Path, named: &Path, region: &str) -> miette::Result<(PathBuf, Snapshot)> {
    let text = named.to_str().ok_or_else(|| miette!("{} is no text", named.display()))?;
    let path = called(at, text, Some(region))?;
    let (_, snapshot) = stored::consulted(&path)?;
    Ok((path, snapshot))
}

/// The newest of the one hash that begins so; none where no hash does.
fn by_hash(kept: &[(store::Named, PathBuf)], named: &str) -> miette::Result<Option<PathBuf>> {
    let shown = &named[..named.len().min(store::SHOWN)];
    let begins = kept.iter().filter(|(one, _)| one.hash.starts_with(shown));
    // What is longer than a name says is told by what stands in the file.
    let is_it = |path: &Path| {
        named.len() <= store::SHOWN || stored::read(path).is_ok_and(|(_, one)| one.hash().starts_with(named))
    };
    let found: BTreeMap<&str, &(store::Named, PathBuf)> =
        begins.filter(|(_, path)| is_it(path)).map(|one| (one.0.hash.as_str(), one)).collect();
    if found.len() < 2 {
        return Ok(found.into_values().next().map(|(_, path)| path.clone()));
    }
    let each: Vec<String> = found.values().map(|(one, path)| format!("{} ({})", one.hash, path.display())).collect();
    Err(miette!(help = "say more of the hash", "{named} is the beginning of {}: {}", found.len(), each.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::properties::shop;

    /// Kept as taken at `at`, under a name with this hash.
    fn keep(folder: &Path, at: &str, hash: &str, region: &str) -> PathBuf {
        let path = folder.join(format!("{at}-{hash}.json"));
        let snapshot = Snapshot { region: region.to_owned(), ..shop() };
        std::fs::write(&path, snapshot.text()).expect("written");
        path
    }

    #[test]
    fn a_snapshot_is_named_by_its_hash_its_age_or_as_the_latest_and_never_guessed() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path();
        let first = keep(at, "20240101T000000Z", "abcd00000001", "us-east-1");
        let second = keep(at, "20240201T000000Z", "abcd00000002", "us-east-1");
        let again = keep(at, "20240301T000000Z", "abcd00000001", "us-east-1");
        let west = keep(at, "20240401T000000Z", "1234d0000001", "us-west-2");
        let told = |named: &str, region: Option<&str>| {
            called(at, named, region)
                .map_err(|error| format!("{error} {}", error.help().map(|help| help.to_string()).unwrap_or_default()))
        };
        // Of one hash the newest file.
        assert_eq!(told("abcd00000001", None), Ok(again.clone()));
        assert_eq!(told("abcd00000002", None), Ok(second.clone()));
        // What begins a hash is one, though it might be an age.
        assert_eq!(told("1234d", None), Ok(west.clone()));
        let both = told("abcd", None).expect_err("of two");
        assert!(
            both.contains("beginning of 2") && both.contains("abcd00000001") && both.contains("abcd00000002"),
            "{both}"
        );
        assert_eq!(told("latest", None), Ok(west.clone()));
        assert_eq!(told("latest", Some("us-east-1")), Ok(again.clone()));
        assert_eq!(told("1h", Some("us-east-1")), Ok(again));
        assert_eq!(told(&first.to_string_lossy(), None), Ok(first));
        assert_eq!(told(&at.to_string_lossy(), None), Ok(west));
        for wrong in ["abc", "ffff", "newest", "200000h", "", "../x"] {
            let error = told(wrong, None).expect_err("it is none");
            assert!(error.contains("no snapshot") && error.contains("snapshot list"), "{wrong}: {error}");
        }
    }
}
