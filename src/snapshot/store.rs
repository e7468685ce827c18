//! What snapshots are called: their time and the beginning of their hash, in a folder of their application. The latest is
//! found by its name.

use super::format::Snapshot;
use jiff::Timestamp;

/// How many characters of a hash a name has.
pub const SHOWN: usize = 12;
/// The longest snapshot that is read, in bytes: 5,000 resources have about 3.5 MiB.
pub const LONGEST: u64 = 256 << 20;

/// A snapshot's name, taken apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// When it was taken, to the second.
    pub at: Timestamp,
    /// The first characters of its hash.
    pub hash: String,
    /// The name itself.
    pub name: String,
}

/// The folder of an application in a store: its name, as far as it is safe in a path.
pub fn folder(application: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let name: String = application.chars().map(safe).collect();
    match name.trim_start_matches('.') {
        "" => "application".to_owned(),
        name => name.to_owned(),
    }
}

/// The file name of `snapshot`, taken at `at`.
pub fn name(snapshot: &Snapshot, at: Timestamp) -> String {
    format!("{}-{}.json", at.strftime("%Y%m%dT%H%M%SZ"), &snapshot.hash()[..SHOWN])
}

/// Takes a name apart; `None` for what is no snapshot's.
pub fn named(name: &str) -> Option<Named> {
    let (time, hash) = name.strip_suffix(".json")?.split_once('-')?;
    let is_hash =
        hash.len() == SHOWN && hash.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let at = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", time).ok()?;
    let at = at.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    is_hash.then(|| Named { at, hash: hash.to_owned(), name: name.to_owned() })
}

/// The snapshots among `names`, the oldest first.
pub fn among<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Named> {
    let mut found: Vec<Named> = names.into_iter().filter_map(named).collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::properties::shop;

    #[test]
    fn a_name_is_taken_apart_as_it_was_made() {
        let at: Timestamp = "2026-11-27T23:05:09.5Z".parse().expect("a time");
        let name = name(&shop(), at);
        let told = named(&name).expect("a snapshot's");
        assert_eq!(told.at, "2026-11-27T23:05:09Z".parse().expect("a time"));
        assert!(shop().hash().starts_with(&told.hash) && name.starts_with("20261127T230509Z-"), "{name}");
        for other in [
            "",
            "x.json",
            "20261127T230509Z-xyz.json",
            "20261127T230509Z-0123456789ab.json.123",
            "20261399T230509Z-0123456789ab.json",
        ] {
            assert_eq!(named(other), None, "{other}");
        }
    }

    #[test]
    fn the_latest_comes_last_and_nothing_else_comes() {
        let names = ["20261127T230509Z-0123456789ab.json", "README.md", "20251127T230509Z-f123456789ab.json"];
        let times: Vec<String> = among(names).into_iter().map(|named| named.name).collect();
        assert_eq!(times, [names[2], names[0]]);
    }

    #[test]
    fn a_folder_stays_within_its_store() {
        for (application, wanted) in
            [("shop", "shop"), ("../../etc", "-..-etc"), ("", "application"), ("夜/x", "夜-x"), ("..", "application")]
        {
            assert_eq!(folder(application), wanted);
        }
    }
}
