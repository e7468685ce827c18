//! The fence's rules: who may take a run, and whether the session that took it may still append. Pure decisions over
//! what is found under one lock; files, and the model that walks every interleaving of sessions, bring what was found.

/// What a session left behind when it wrote last. `I` tells files apart, `T` what stands at their ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Left<I, T> {
    /// The file itself, whatever its names.
    pub file: I,
    /// Its length.
    pub length: u64,
    /// What stands right before that length: the last line written.
    pub tail: T,
}

/// What is found under the lock, before anything is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Found<I, T> {
    /// The file that the journal's path leads to now; none where it leads nowhere.
    pub at_path: Option<I>,
    /// The length of the file that the session has open.
    pub length: u64,
    /// What stands where the session's last line stood.
    pub tail: T,
}

/// Why a session may not append any more: the file is not as it left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Lost {
    /// The path leads nowhere.
    #[error("it was removed or renamed")]
    Gone,
    /// The path leads to another file.
    #[error("another file stands in its place")]
    Replaced,
    /// The end is missing.
    #[error("its end was cut off")]
    Cut,
    /// The last line is another.
    #[error("its last line was changed")]
    Changed,
    /// Something stands behind the last line: of a session that took the run, or of something else.
    #[error("something else was written behind its last line")]
    Grown,
}

/// Whether a session that left the file so may append to what is found now.
///
/// # Errors
/// What happened to the file; nothing may be written then.
pub fn may_append<I: PartialEq, T: PartialEq>(left: &Left<I, T>, found: &Found<I, T>) -> Result<(), Lost> {
    match &found.at_path {
        None => return Err(Lost::Gone),
        Some(file) if *file != left.file => return Err(Lost::Replaced),
        Some(_) => {}
    }
    if found.length < left.length {
        return Err(Lost::Cut);
    }
    if found.tail != left.tail {
        return Err(Lost::Changed);
    }
    if found.length > left.length {
        return Err(Lost::Grown);
    }
    Ok(())
}

/// By which right a run is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum How {
    /// Nobody drives it.
    Free,
    /// Whoever drives it is to write nothing more.
    Forced,
}

/// Who holds a run, as its journal and the system say under the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Standing {
    /// The newest epoch in the journal.
    pub newest: u64,
    /// Whether its session let go: the line that covers its last event is the last line.
    pub released: bool,
    /// Whether its session lives: its lock is held.
    pub lives: bool,
}

impl Standing {
    /// Whether a living session has the run: then it is taken by force or not at all.
    pub fn is_held(self) -> bool {
        self.lives && !self.released
    }
}

/// Why a run may not be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refused {
    /// A living session holds it.
    Held,
    /// Its epochs have come to their end: no journal that Landfall wrote has them.
    Spent,
}

/// The epoch under which the run may be taken.
///
/// # Errors
/// Why it may not be.
pub fn may_take(standing: Standing, how: How) -> Result<u64, Refused> {
    if standing.is_held() && how == How::Free {
        return Err(Refused::Held);
    }
    standing.newest.checked_add(1).ok_or(Refused::Spent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left() -> Left<u8, &'static str> {
        Left { file: 1, length: 100, tail: "mine" }
    }

    fn found() -> Found<u8, &'static str> {
        Found { at_path: Some(1), length: 100, tail: "mine" }
    }

    #[test]
    fn a_file_as_it_was_left_may_be_appended_to_and_any_other_may_not() {
        assert_eq!(may_append(&left(), &found()), Ok(()));
        for (found, lost) in [
            (Found { at_path: None, ..found() }, Lost::Gone),
            (Found { at_path: Some(2), ..found() }, Lost::Replaced),
            (Found { length: 99, tail: "m", ..found() }, Lost::Cut),
            (Found { tail: "mime", ..found() }, Lost::Changed),
            (Found { length: 180, tail: "mime", ..found() }, Lost::Changed),
            (Found { length: 180, ..found() }, Lost::Grown),
        ] {
            assert_eq!(may_append(&left(), &found), Err(lost), "{found:?}");
        }
    }

    #[test]
    fn a_run_is_taken_when_its_session_is_gone_or_let_go_or_by_force() {
        let standing = |released, lives| Standing { newest: 4, released, lives };
        assert_eq!(may_take(standing(false, true), How::Free), Err(Refused::Held));
        assert_eq!(may_take(standing(false, true), How::Forced), Ok(5));
        for gone in [standing(false, false), standing(true, true), standing(true, false)] {
            assert_eq!(may_take(gone, How::Free), Ok(5));
        }
    }

    #[test]
    fn epochs_never_wrap() {
        let spent = Standing { newest: u64::MAX, released: true, lives: false };
        assert_eq!(may_take(spent, How::Free), Err(Refused::Spent));
        assert_eq!(may_take(spent, How::Forced), Err(Refused::Spent));
    }
}
