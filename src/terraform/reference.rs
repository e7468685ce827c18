//! Which identifiers are known, and what says each: an id, an ARN, a name or an endpoint that another resource is known by
//! becomes a reference to it, in a field as in the middle of a text. The longest is taken, and never a part of a longer word.

use super::hcl::{Expr, Part};
use crate::snapshot::Reference;
use aho_corasick::AhoCorasick;
use std::collections::{BTreeMap, BTreeSet};

/// A text shorter than this is no identifier where it stands in the middle of another.
const SHORTEST: usize = 8;

/// What an identifier stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Whose it is.
    pub of: Reference,
    /// `aws_vpc.shop.id`.
    pub expression: String,
}

/// The identifiers that are known.
#[derive(Debug)]
pub struct Index {
    whole: BTreeMap<(String, String), Said>,
    within: Vec<(String, Said)>,
    finder: AhoCorasick,
    literal: BTreeSet<(Reference, Reference)>,
}

/// Identifiers as they are gathered.
#[derive(Debug, Default)]
pub struct Gather {
    whole: BTreeMap<(String, String), Said>,
    within: BTreeMap<String, Said>,
    ambiguous: BTreeSet<String>,
}

impl Gather {
    /// `identifier` is said by `said` where a field names something of `kind`.
    pub fn whole(&mut self, kind: &str, identifier: &str, said: Said) {
        self.whole.insert((kind.to_owned(), identifier.to_owned()), said);
    }

    /// `identifier` is said by `said` wherever it stands. One that two things are known by stands for neither.
    pub fn within(&mut self, identifier: &str, said: Said) {
        if identifier.len() < SHORTEST {
            return;
        }
        let is_another = self.within.get(identifier).is_some_and(|known| known.of != said.of);
        if is_another {
            self.ambiguous.insert(identifier.to_owned());
        }
        self.within.entry(identifier.to_owned()).or_insert(said);
    }

    /// All of them.
    pub fn done(self) -> Index {
        let Self { whole, within, ambiguous } = self;
        let within: Vec<_> = within.into_iter().filter(|(text, _)| !ambiguous.contains(text)).collect();
        let texts = within.iter().map(|(text, _)| text.as_str());
        let finder = AhoCorasick::new(texts).expect("fewer identifiers than an automaton takes");
        Index { whole, within, finder, literal: BTreeSet::new() }
    }
}

impl Index {
    /// From now on `owner` names `of` by what it is: a reference would be a part of a circle.
    pub fn leave(&mut self, owner: &Reference, of: &Reference) {
        self.literal.insert((owner.clone(), of.clone()));
    }

    fn is_said(&self, owner: &Reference, of: &Reference) -> bool {
        owner != of && (self.literal.is_empty() || !self.literal.contains(&(owner.clone(), of.clone())))
    }

    /// What a field says that names something of `kind`: a reference, or what it is where that is not known.
    pub fn field(&self, kind: &str, identifier: &str, owner: &Reference) -> Expr {
        match self.whole.get(&(kind.to_owned(), identifier.to_owned())) {
            Some(said) if self.is_said(owner, &said.of) => Expr::said(&said.expression),
            _ => Expr::of_parts(self.parts(identifier, owner)),
        }
    }

    /// `text` with every identifier in it as a reference; `owner` refers to itself by what it is.
    pub fn text(&self, text: &str, owner: &Reference) -> Expr {
        Expr::of_parts(self.parts(text, owner))
    }

    /// As [`Self::text`], in parts.
    pub fn parts(&self, text: &str, owner: &Reference) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut from = 0;
        for (at, said) in self.found(text, owner) {
            parts.push(Part::Literal(text[from..at.start].to_owned()));
            parts.push(Part::Said(said.expression.clone()));
            from = at.end;
        }
        parts.push(Part::Literal(text[from..].to_owned()));
        parts
    }

    /// `text` with what names `of` alone as a reference, for what stands beside it and is not itself.
    pub fn own(&self, text: &str, of: &Reference) -> Vec<Part> {
        if let Some(said) = self.whole.get(&(of.kind.clone(), text.to_owned())).filter(|said| said.of == *of) {
            return vec![Part::Said(said.expression.clone())];
        }
        let mut parts = Vec::new();
        let mut from = 0;
        for (at, said) in self.longest(text, |said| said.of == *of) {
            parts.push(Part::Literal(text[from..at.start].to_owned()));
            parts.push(Part::Said(said.expression.clone()));
            from = at.end;
        }
        parts.push(Part::Literal(text[from..].to_owned()));
        parts
    }

    /// Whom `text` refers to.
    pub fn referred(&self, text: &str, owner: &Reference) -> Vec<&Reference> {
        self.found(text, owner).into_iter().map(|(_, said)| &said.of).collect()
    }

    fn found(&self, text: &str, owner: &Reference) -> Vec<(std::ops::Range<usize>, &Said)> {
        self.longest(text, |said| self.is_said(owner, &said.of))
    }

    fn longest(&self, text: &str, is_said: impl Fn(&Said) -> bool) -> Vec<(std::ops::Range<usize>, &Said)> {
        let mut all: Vec<_> = self
            .finder
            .find_overlapping_iter(text)
            .filter(|found| is_alone(text, found.start(), found.end()))
            .map(|found| (found.start()..found.end(), &self.within[found.pattern().as_usize()].1))
            .filter(|(_, said)| is_said(said))
            .collect();
        all.sort_by_key(|(at, _)| (at.start, std::cmp::Reverse(at.end)));
        let mut end = 0;
        all.retain(|(at, _)| {
            let is_free = at.start >= end;
            if is_free {
                end = at.end;
            }
            is_free
        });
        all
    }
}

/// Whether what stands from `start` to `end` is a word of its own: `app-db` is none in `app-db-2`, nor a host in a longer one.
fn is_alone(text: &str, start: usize, end: usize) -> bool {
    let is_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
    let before = text[..start].chars().next_back();
    let mut after = text[end..].chars();
    let (next, then) = (after.next(), after.next());
    let goes_on = match next {
        Some('.') => then.is_some_and(is_word),
        Some(letter) => is_word(letter),
        None => false,
    };
    !goes_on && !before.is_some_and(|letter| is_word(letter) || letter == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(kind: &str, id: &str, attribute: &str) -> Said {
        Said { of: Reference::new(kind, id), expression: format!("x.{id}.{attribute}") }
    }

    fn index() -> Index {
        let mut gather = Gather::default();
        gather.within("arn:aws:sqs:us-east-1:1:jobs", said("queue", "jobs", "arn"));
        gather.within("arn:aws:sqs:us-east-1:1:jobs-dlq", said("queue", "dlq", "arn"));
        gather.within("arn:aws:s3:::files", said("bucket", "files", "arn"));
        gather.within("shop.abc.rds.amazonaws.com", said("db-instance", "shop", "address"));
        gather.within("app", said("ecs-cluster", "app", "name"));
        gather.whole("ecs-cluster", "app", said("ecs-cluster", "app", "id"));
        gather.within("doubly-known", said("queue", "a", "name"));
        gather.within("doubly-known", said("topic", "b", "name"));
        gather.done()
    }

    fn shown(text: &str) -> String {
        let parts = index().parts(text, &Reference::new("task-definition", "t"));
        let part = |part: Part| match part {
            Part::Literal(text) => text,
            Part::Said(said) => format!("<{said}>"),
        };
        parts.into_iter().map(part).collect()
    }

    #[test]
    fn the_longest_identifier_is_taken_and_none_within_a_longer_word() {
        let cases = [
            ("arn:aws:sqs:us-east-1:1:jobs", "<x.jobs.arn>"),
            ("arn:aws:sqs:us-east-1:1:jobs-dlq", "<x.dlq.arn>"),
            ("arn:aws:sqs:us-east-1:1:jobs-2", "arn:aws:sqs:us-east-1:1:jobs-2"),
            ("arn:aws:s3:::files/*", "<x.files.arn>/*"),
            ("arn:aws:s3:::files.example", "arn:aws:s3:::files.example"),
            ("see arn:aws:s3:::files.", "see <x.files.arn>."),
            ("postgres://u@shop.abc.rds.amazonaws.com:5432/d", "postgres://u@<x.shop.address>:5432/d"),
            ("reader.shop.abc.rds.amazonaws.com", "reader.shop.abc.rds.amazonaws.com"),
            ("arn:aws:s3:::files,arn:aws:s3:::files", "<x.files.arn>,<x.files.arn>"),
            ("the app is app", "the app is app"),
            ("doubly-known", "doubly-known"),
            ("éarn:aws:s3:::files", "éarn:aws:s3:::files"),
        ];
        for (text, wanted) in cases {
            assert_eq!(shown(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_field_names_what_it_is_of_and_nothing_refers_to_itself() {
        let (index, other) = (index(), Reference::new("ecs-service", "s"));
        assert_eq!(index.field("ecs-cluster", "app", &other), Expr::said("x.app.id"));
        assert_eq!(index.field("ecs-cluster", "none", &other), Expr::text("none"));
        let own = Reference::new("queue", "jobs");
        assert_eq!(index.text("arn:aws:sqs:us-east-1:1:jobs", &own), Expr::text("arn:aws:sqs:us-east-1:1:jobs"));
        assert_eq!(index.referred("arn:aws:s3:::files", &own), [&Reference::new("bucket", "files")]);
    }
}
