//! What was found to differ: what Terraform declares, an earlier snapshot and the other region against what was captured last. What
//! the Drift screen shows. It is made beside the console from files; no cloud is asked.

use super::app::Writing;
use crate::plan::ComponentName;
use crate::snapshot::{Drift, Finding};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::Value;
use std::sync::Arc;

/// What is compared with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// What Terraform's states declare.
    Terraform,
    /// An earlier snapshot.
    Since,
    /// The two regions.
    Regions,
}

impl Tab {
    /// Each, in its order.
    pub const ALL: [Self; 3] = [Self::Terraform, Self::Since, Self::Regions];

    /// What it is called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Terraform => "Terraform",
            Self::Since => "since",
            Self::Regions => "regions",
        }
    }

    /// What stands over what is compared, and over what that is compared with.
    pub fn heads(self, compared: &Compared) -> [String; 2] {
        match self {
            Self::Terraform => ["running".to_owned(), "declared".to_owned()],
            Self::Since => ["running".to_owned(), "then".to_owned()],
            Self::Regions => [compared.right.name.to_string(), compared.left.name.to_string()],
        }
    }
}

/// What each comparison came to.
#[derive(Debug)]
pub struct Drifts {
    /// By [`Tab::ALL`].
    pub tabs: [Known; 3],
}

/// What is known of a comparison.
#[derive(Debug)]
pub enum Known {
    /// Nothing is compared: why, and how it can be.
    Not {
        /// Why.
        why: Clean,
        /// How.
        fix: Clean,
    },
    /// It was compared.
    There(Compared),
}

/// A side of a comparison.
#[derive(Clone, Debug)]
pub struct Side {
    /// What it is: a region, a state.
    pub name: Clean,
    /// When that was so; none for what tells no time.
    pub at: Option<Timestamp>,
}

/// What came of a comparison.
#[derive(Debug)]
pub struct Compared {
    /// What is compared with.
    pub left: Side,
    /// What runs, or is to run.
    pub right: Side,
    /// The differences, the worst first; those that nobody has to look at last.
    pub rows: Vec<Row>,
    /// How many things are the same.
    pub same: Option<usize>,
    /// How many sealed values could not be told apart.
    pub uncompared: usize,
}

/// One difference.
#[derive(Debug)]
pub struct Row {
    /// How it differs.
    pub drift: Drift,
    /// The kind of what differs.
    pub kind: Clean,
    /// Its id, where it is called otherwise.
    pub id: Option<Clean>,
    /// What people call it.
    pub name: Clean,
    /// The field; empty for the whole.
    pub field: Clean,
    /// What comes of it: a sentence.
    pub comes: Clean,
    /// What runs and what it is compared with, line by line: each side's, and whether they differ there.
    pub beside: Vec<Beside>,
    /// The plan's component that it is, where it is one.
    pub component: Option<ComponentName>,
}

/// A line of both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// What runs says.
    pub right: Option<Clean>,
    /// What it is compared with says.
    pub left: Option<Clean>,
    /// Whether they differ.
    pub differs: bool,
}

impl Drifts {
    /// What there is to look at, of one comparison.
    pub fn of(&self, tab: Tab) -> &Known {
        &self.tabs[tab as usize]
    }

    /// The difference at `row` of `tab`.
    pub fn row(&self, tab: Tab, row: usize) -> Option<&Row> {
        match self.of(tab) {
            Known::There(compared) => compared.rows.get(row),
            Known::Not { .. } => None,
        }
    }
}

impl Compared {
    /// How many differ, and of how many nobody knows.
    pub fn counts(&self) -> [usize; 2] {
        let loud = self.rows.iter().filter(|row| !row.drift.is_quiet()).count();
        let unread = self.rows.iter().filter(|row| row.drift == Drift::Unread).count();
        [loud - unread, unread]
    }

    /// How many may differ.
    pub fn quiet(&self) -> usize {
        self.rows.iter().filter(|row| row.drift.is_quiet()).count()
    }
}

impl Row {
    /// What `finding` says; `whole` are what runs and what that is compared with, of all that stands around its field.
    pub fn of(finding: &Finding, whole: [Option<&Value>; 2], component: Option<ComponentName>) -> Self {
        let called = finding.name.as_ref().unwrap_or(&finding.id);
        let [right, left] = match whole {
            [None, None] => [finding.right.as_ref(), finding.left.as_ref()],
            some => some,
        };
        Self {
            drift: finding.drift,
            kind: Clean::new(&finding.kind),
            id: (called != &finding.id).then(|| Clean::new(&finding.id)),
            name: Clean::new(called),
            field: Clean::new(finding.field.as_deref().unwrap_or_default()),
            comes: Clean::new(&finding.consequence),
            beside: beside(&lines(right), &lines(left)),
            component,
        }
    }

    /// How bad it is, as far as its sort says: the worst first.
    pub fn rank(drift: Drift) -> u8 {
        match drift {
            Drift::Missing => 0,
            Drift::Changed => 1,
            Drift::Undeclared => 2,
            Drift::Unread => 3,
            Drift::Ignored => 4,
            Drift::Expected => 5,
        }
    }
}

fn lines(value: Option<&Value>) -> Vec<String> {
    match value {
        None => Vec::new(),
        Some(Value::String(text)) => vec![text.clone()],
        Some(value) => {
            let text = serde_json::to_string_pretty(value).unwrap_or_default();
            // The outermost braces say nothing.
            let is_brace = |line: &&str| !matches!(*line, "{" | "}" | "{}");
            text.lines().filter(is_brace).map(str::to_owned).collect()
        }
    }
}

/// The most lines of a side that are laid beside the other's.
const MOST: usize = 400;

/// Both sides, what is the same in both on one line.
fn beside(right: &[String], left: &[String]) -> Vec<Beside> {
    let (right, left) = (&right[..right.len().min(MOST)], &left[..left.len().min(MOST)]);
    // How long the longest common rest is, from each place on.
    let mut common = vec![vec![0_u16; left.len() + 1]; right.len() + 1];
    for (at, one) in right.iter().enumerate().rev() {
        for (to, other) in left.iter().enumerate().rev() {
            common[at][to] = match one == other {
                true => common[at + 1][to + 1] + 1,
                false => common[at + 1][to].max(common[at][to + 1]),
            };
        }
    }
    let (mut at, mut to) = (0, 0);
    let mut told: Vec<Beside> = Vec::new();
    let (mut ours, mut theirs): (Vec<&String>, Vec<&String>) = (Vec::new(), Vec::new());
    let put = |told: &mut Vec<Beside>, ours: &mut Vec<&String>, theirs: &mut Vec<&String>| {
        for place in 0..ours.len().max(theirs.len()) {
            let line = |side: &[&String]| side.get(place).map(|line| Clean::new(line));
            told.push(Beside { right: line(ours), left: line(theirs), differs: true });
        }
        ours.clear();
        theirs.clear();
    };
    while at < right.len() || to < left.len() {
        let is_same = at < right.len() && to < left.len() && right[at] == left[to];
        if is_same {
            put(&mut told, &mut ours, &mut theirs);
            let line = Some(Clean::new(&right[at]));
            told.push(Beside { right: line.clone(), left: line, differs: false });
            (at, to) = (at + 1, to + 1);
        } else if to >= left.len() || (at < right.len() && common[at + 1][to] >= common[at][to + 1]) {
            ours.push(&right[at]);
            at += 1;
        } else {
            theirs.push(&left[to]);
            to += 1;
        }
    }
    put(&mut told, &mut ours, &mut theirs);
    told
}

/// What is known of what was captured, and of what differs: what is told an open console together.
#[derive(Clone, Debug)]
pub struct Told {
    /// What was captured.
    pub inventory: super::inventory::Inventory,
    /// What differs.
    pub drifts: Arc<Drifts>,
    /// What a restore would make.
    pub restore: Arc<super::restore::Preview>,
    /// Writes either into files.
    pub writer: Writer,
}

/// Who writes into files what is shown.
#[derive(Clone)]
pub enum Writer {
    /// Writes, and tells where, or why not.
    Files(Writes),
    /// Nobody: why.
    Nobody(&'static str),
}

/// Writes into files, and tells where, or why not.
pub type Writes = Arc<dyn Fn(Writing) -> Result<String, String> + Send + Sync>;

impl Writer {
    /// Why nothing is written, where that is known before anything is tried.
    pub fn refuses(&self) -> Option<&'static str> {
        match self {
            Self::Files(_) => None,
            Self::Nobody(why) => Some(why),
        }
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Writer")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_stands_on_one_line_and_what_differs_is_marked() {
        let text = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        let laid = beside(&text(&["a", "b: 500", "c", "new"]), &text(&["a", "b: 200", "c"]));
        let shown: Vec<(Option<&str>, Option<&str>, bool)> =
            laid.iter().map(|line| (line.right.as_deref(), line.left.as_deref(), line.differs)).collect();
        assert_eq!(
            shown,
            [
                (Some("a"), Some("a"), false),
                (Some("b: 500"), Some("b: 200"), true),
                (Some("c"), Some("c"), false),
                (Some("new"), None, true),
            ]
        );
        assert_eq!(beside(&[], &[]), []);
    }
}
