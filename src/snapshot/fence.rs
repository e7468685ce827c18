//! What the fence of a failover leaves of a database: it runs on under a name that says when it was fenced, and is kept as evidence of
//! what was written last. Nobody serves from it, so nothing is to be made of it and nothing is to follow it.

use super::Resource;

/// What stands between an identifier and the time of its fence.
pub const FENCED: &str = "-fenced-";
/// How many digits that time has: `YYYYMMDDhhmm`.
pub const STAMP: usize = "YYYYMMDDhhmm".len();
/// How many hexadecimal digits stand for the end of an identifier that is too long with a time behind it.
pub const SHORTENED: usize = 4;
/// The longest identifier of a database.
pub const LONGEST: usize = 63;

/// The name of something that a fence renamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fenced<'a> {
    before: &'a str,
    stamp: &'a str,
}

/// What `resource` was, where a fence renamed it.
pub fn fenced(resource: &Resource) -> Option<Fenced<'_>> {
    named(&resource.kind, &resource.id)
}

/// What the thing of this kind that is called `id` was.
pub fn named<'a>(kind: &str, id: &'a str) -> Option<Fenced<'a>> {
    if kind != "db-instance" {
        return None;
    }
    let (before, stamp) = id.rsplit_once(FENCED)?;
    let is_time = stamp.len() == STAMP && stamp.bytes().all(|byte| byte.is_ascii_digit());
    (is_time && !before.is_empty()).then_some(Fenced { before, stamp })
}

impl Fenced<'_> {
    /// Whether it was called `id`.
    pub fn was(&self, id: &str) -> bool {
        let id = id.to_ascii_lowercase();
        let room = LONGEST - FENCED.len() - STAMP;
        let is_cut = id.len() > room && self.before.len() == room;
        let cut = || self.before.get(..room - SHORTENED).is_some_and(|kept| id.starts_with(kept));
        id == self.before || (is_cut && cut())
    }

    /// What it was called; of a long name its beginning.
    pub fn called(&self) -> &str {
        self.before
    }

    /// When the run began that fenced it.
    pub fn at(&self) -> String {
        let part = |from: usize, to: usize| self.stamp.get(from..to).unwrap_or_default();
        format!("{}-{}-{} {}:{} UTC", part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 12))
    }

    /// What it is, in a sentence's beginning.
    pub fn told(&self) -> String {
        format!("the run of {} fenced it: it was {} and is kept as evidence", self.at(), self.before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_fence_gave_tells_what_it_was_and_when() {
        let it = named("db-instance", "orders-fenced-202611261002").expect("fenced");
        assert_eq!((it.called(), it.at().as_str()), ("orders", "2026-11-26 10:02 UTC"));
        assert!(it.was("orders") && it.was("Orders") && !it.was("order") && !it.was("orders-2"));
        let twice = named("db-instance", "orders-fenced-1-fenced-202611261002").expect("fenced");
        assert_eq!(twice.called(), "orders-fenced-1");
        for other in
            ["orders", "orders-fenced-", "-fenced-202611261002", "orders-fenced-20261126", "a-fenced-20261126100x"]
        {
            assert_eq!(named("db-instance", other), None, "{other}");
        }
        assert_eq!(named("replication-group", "a-fenced-202611261002"), None, "databases alone are fenced by a name");
    }
}
