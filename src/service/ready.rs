//! Kinds whose step only looks: what it comes to is what its checks come to, so that a start and the step itself tell the
//! same by the same codes. Knows no kind.

use super::work::{Check, Verdict};
use crate::plan::Level;

/// One thing that was looked at.
#[derive(Clone, Debug)]
pub(super) struct Point {
    /// What was found, and what was wanted.
    pub check: Check,
    /// Whether what was found may pass by itself: something is under way.
    pub passes: bool,
}

impl From<Check> for Point {
    fn from(check: Check) -> Self {
        Self { check, passes: false }
    }
}

impl Point {
    /// Not as wanted yet, and under way.
    pub fn under_way(check: Check) -> Self {
        Self { check, passes: true }
    }
}

/// Why the goal does not hold; `None` when every check that blocks is as wanted. What is known to be wrong goes before what
/// is not known: no answer that is still to come would mend it.
pub(super) fn against(points: &[Point]) -> Option<Verdict> {
    let blocking = || points.iter().filter(|point| point.check.weight.blocks());
    let at = |level: Level, passes: bool| {
        blocking().find(|point| point.check.level == level && point.passes == passes).map(|point| &point.check)
    };
    if let Some(wrong) = at(Level::Failing, false) {
        return Some(Verdict::bad(
            format!("{}: {}, wanted {}", wrong.code, wrong.found, wrong.wanted),
            wrong.fix.as_str(),
        ));
    }
    if let Some(untold) = blocking().find(|point| point.check.level == Level::Unknown) {
        return Some(Verdict::unknown(format!("{}: {}", untold.check.code, untold.check.found)));
    }
    at(Level::Failing, true).map(|waits| Verdict::moving(format!("{}, wanted {}", waits.found, waits.wanted)))
}

/// The checks, as a start asks for them.
pub(super) fn checks(points: Vec<Point>) -> Vec<Check> {
    points.into_iter().map(|point| point.check).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Weight;
    use crate::service::scene::{name_of, words_of};

    #[test]
    fn what_is_wrong_goes_before_what_is_not_known_and_that_before_what_passes() {
        let right = || Point::from(Check::passed("a", "as wanted", "it"));
        let wrong = || Point::from(Check::failed("b", "none", "one", "make one"));
        let untold = || Point::from(Check::unanswered("c", "no answer", "one"));
        let waits = || Point::under_way(Check::failed("d", "pending", "available", "wait"));
        let light = || Point::from(Check { weight: Weight::Weakens, ..wrong().check });
        let told = |points: &[Point]| against(points).as_ref().map(name_of);
        assert_eq!(told(&[right(), light()]), None);
        assert_eq!(told(&[waits(), right()]), Some("moving"));
        assert_eq!(told(&[waits(), untold()]), Some("unknown"));
        assert_eq!(told(&[waits(), untold(), wrong()]), Some("bad"));
        assert_eq!(against(&[wrong()]).as_ref().map(words_of).as_deref(), Some("b: none, wanted one"));
    }
}
