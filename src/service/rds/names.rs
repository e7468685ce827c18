//! What RDS lets an instance be called, what a fenced one is called, and what an instance's ARN says.

use crate::snapshot::fence::{FENCED, LONGEST, SHORTENED, STAMP};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

/// What the instance `id` is called once the run that began at `begun_at` has fenced it: `ID-fenced-YYYYMMDDhhmm`, in UTC.
/// Of a long identifier its end gives way to four hexadecimal digits of its hash.
pub(super) fn fenced(id: &str, begun_at: Timestamp) -> String {
    stamped("", id, FENCED, begun_at)
}

/// A name of a run's own for what is made of `id`: `BEFORE ID BETWEEN YYYYMMDDhhmm`, in UTC, within what RDS takes.
pub(in crate::service) fn stamped(before: &str, id: &str, between: &str, begun_at: Timestamp) -> String {
    // RDS keeps identifiers in lower case.
    let id = id.to_ascii_lowercase();
    let stamp = begun_at.to_zoned(TimeZone::UTC).strftime("%Y%m%d%H%M").to_string();
    let room = LONGEST.saturating_sub(before.len() + between.len() + stamp.len());
    if id.len() <= room {
        return format!("{before}{id}{between}{stamp}");
    }
    let hash = Sha256::digest(id.as_bytes());
    let kept: String = id.chars().take(room.saturating_sub(SHORTENED)).collect();
    format!("{before}{kept}{:02x}{:02x}{between}{stamp}", hash[0], hash[1])
}

/// What any run calls the instance `id` once it has fenced it: `*` stands for the time.
pub(super) fn any_fenced(id: &str) -> String {
    any_stamped("", id, FENCED)
}

/// What any run calls what it makes of `id`: [`stamped`], with `*` for the time.
pub(in crate::service) fn any_stamped(before: &str, id: &str, between: &str) -> String {
    let one = stamped(before, id, between, Timestamp::UNIX_EPOCH);
    one[..one.len() - STAMP].to_owned() + "*"
}

/// Why RDS would not take `id` as a DBInstanceIdentifier, and what it takes instead.
pub(in crate::service) fn complaint(id: &str) -> Option<(String, &'static str)> {
    if id.starts_with("arn:") {
        return Some((
            "is an ARN, and an identifier is wanted".to_owned(),
            "the name behind the last colon of the ARN",
        ));
    }
    let length = id.chars().count();
    if length > LONGEST {
        let why = format!("has {length} characters, and RDS takes {LONGEST} at most");
        return Some((why, "see how the instance is really called"));
    }
    let why = if !id.starts_with(|first: char| first.is_ascii_alphabetic()) {
        "does not begin with a letter"
    } else if !id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        "holds something else than letters, digits and hyphens"
    } else if id.contains("--") {
        "has two hyphens in a row"
    } else if id.ends_with('-') {
        "ends with a hyphen"
    } else {
        return None;
    };
    Some((why.to_owned(), "letters, digits and single hyphens; a letter first, no hyphen last"))
}

/// The parts of `arn:PARTITION:rds:REGION:ACCOUNT:db:ID`, or of a cluster's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::service) struct Arn<'a> {
    pub region: &'a str,
    pub account: &'a str,
    pub id: &'a str,
}

impl<'a> Arn<'a> {
    /// Reads `arn`; `None` when it is not an instance's.
    pub fn of(arn: &'a str) -> Option<Self> {
        Self::of_a(arn, "db")
    }

    /// Reads `arn`; `None` when it is not a cluster's.
    pub fn of_cluster(arn: &'a str) -> Option<Self> {
        Self::of_a(arn, "cluster")
    }

    fn of_a(arn: &'a str, wanted: &str) -> Option<Self> {
        let parts: Vec<&str> = arn.split(':').collect();
        match parts[..] {
            ["arn", _, "rds", region, account, kind, id] if kind == wanted => Some(Self { region, account, id }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at() -> Timestamp {
        "2026-11-26T10:02:59.9Z".parse().expect("a time")
    }

    #[test]
    fn a_fenced_instance_carries_the_minute_of_the_run_in_utc() {
        assert_eq!(fenced("orders", at()), "orders-fenced-202611261002");
        assert_eq!(fenced("Orders", at()), "orders-fenced-202611261002");
        assert_ne!(fenced("orders", at()), fenced("orders", at() + jiff::SignedDuration::from_mins(1)));
    }

    #[test]
    fn of_a_long_identifier_the_end_gives_way_to_its_hash() {
        let (one, other) = ("a".repeat(60), format!("{}b", "a".repeat(59)));
        let (one, other) = (fenced(&one, at()), fenced(&other, at()));
        assert_eq!((one.len(), other.len()), (63, 63));
        assert_ne!(one, other, "they differ in their ends only");
        let hyphened = format!("{}-{}", "a".repeat(38), "b".repeat(20));
        assert_eq!(complaint(&fenced(&hyphened, at())), None);
        assert_eq!(fenced(&"c".repeat(43), at()), format!("{}-fenced-202611261002", "c".repeat(43)), "it just fits");
    }

    proptest! {
        #[test]
        fn whatever_an_instance_is_called_rds_takes_its_fenced_name(id in "[a-zA-Z](-?[a-zA-Z0-9]){0,62}") {
            let id: String = id.chars().take(63).collect();
            let id = id.trim_end_matches('-');
            prop_assume!(complaint(id).is_none());
            let fenced = fenced(id, at());
            prop_assert!(complaint(&fenced).is_none(), "{fenced}: {:?}", complaint(&fenced));
        }
    }

    #[test]
    fn what_rds_would_not_take_is_complained_about() {
        for id in ["", "1orders", "orders_db", "orders--db", "orders-", "ordérs", "arn:aws:rds:a:1:db:orders"] {
            assert!(complaint(id).is_some(), "{id}");
        }
        let (why, _) = complaint(&"a".repeat(64)).expect("too long");
        assert!(why.contains("64"), "{why}");
        for id in ["orders", "o", "Orders-2-db", &"a".repeat(63)] {
            assert_eq!(complaint(id), None, "{id}");
        }
    }

    #[test]
    fn an_arn_is_read_in_every_partition_and_nothing_else_is_one() {
        let arn = Arn::of("arn:aws-us-gov:rds:us-gov-west-1:111122223333:db:orders").expect("an ARN");
        assert_eq!((arn.region, arn.account, arn.id), ("us-gov-west-1", "111122223333", "orders"));
        for text in ["orders", "arn:aws:rds:a:1:cluster:orders", "arn:aws:rds:a:1:db:orders:more", ""] {
            assert_eq!(Arn::of(text), None, "{text}");
        }
    }
}
