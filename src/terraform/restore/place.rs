//! Texts of one region as another has them: its name, its zones, the account's number and addresses of its network. A name
//! that only has the region's in it is another's, and stays.

use crate::terraform::hcl::Part;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

/// From where to where.
#[derive(Debug)]
pub struct Move<'a> {
    from: &'a str,
    account: Option<&'a str>,
    ranges: Option<Ranges>,
    /// The zones that were met, of the whole of it.
    pub zones: RefCell<BTreeSet<String>>,
    seen: RefCell<Seen>,
}

/// What was met in texts, to be told.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// ARNs that now name the other region: nobody knows whether that is there.
    pub repointed: BTreeSet<String>,
    /// Names with the region's or the account's in them, which stay as they are.
    pub left: BTreeSet<String>,
    /// Ids of the region that stand in the middle of texts.
    pub ids: BTreeSet<String>,
}

impl<'a> Move<'a> {
    /// Out of the region `from`; out of `account` where it goes into another.
    pub fn new(from: &'a str, account: Option<&'a str>, ranges: Option<Ranges>) -> Self {
        Self { from, account, ranges, zones: RefCell::default(), seen: RefCell::default() }
    }

    /// What was met since this was asked last.
    pub fn seen(&self) -> Seen {
        self.seen.take()
    }

    /// `text` as it is to be there.
    pub fn parts(&self, text: &str) -> Vec<Part> {
        if let Some(mapped) = self.ranges.and_then(|ranges| ranges.map(text)) {
            return vec![Part::Literal(mapped)];
        }
        let mut cuts = self.regions(text);
        cuts.extend(self.accounts(text));
        cuts.sort_by_key(|(at, _)| at.start);
        let mut parts = Vec::new();
        let mut from = 0;
        for (at, said) in cuts {
            parts.push(Part::Literal(text[from..at.start].to_owned()));
            parts.push(Part::Said(said));
            from = at.end;
        }
        parts.push(Part::Literal(text[from..].to_owned()));
        let ids = words(text).filter(|word| is_regional_id(word)).map(str::to_owned);
        self.seen.borrow_mut().ids.extend(ids);
        parts
    }

    fn regions(&self, text: &str) -> Vec<(Range<usize>, String)> {
        let mut cuts = Vec::new();
        for (start, _) in text.match_indices(self.from) {
            let end = start + self.from.len();
            let token = token(text, start);
            let before = text[..start].chars().next_back();
            let mut after = text[end..].chars();
            let (next, then) = (after.next(), after.next());
            let is_of_all_regions = token.starts_with("arn:") && token.split(':').nth(3) == Some("");
            if before.is_some_and(is_word) || is_of_all_regions {
                self.seen.borrow_mut().left.insert(token.to_owned());
                continue;
            }
            match next {
                Some(letter) if letter.is_ascii_lowercase() && !then.is_some_and(is_word) => {
                    let zone = format!("{}{letter}", self.from);
                    cuts.push((start..end + 1, format!("local.zone[\"{zone}\"]")));
                    self.zones.borrow_mut().insert(zone);
                }
                Some(letter) if is_word(letter) => drop(self.seen.borrow_mut().left.insert(token.to_owned())),
                _ => {
                    cuts.push((start..end, "var.region".to_owned()));
                    if token.starts_with("arn:") && !token.ends_with(":*") {
                        self.seen.borrow_mut().repointed.insert(token.to_owned());
                    }
                }
            }
        }
        cuts
    }

    fn accounts(&self, text: &str) -> Vec<(Range<usize>, String)> {
        let Some(account) = self.account.filter(|account| !account.is_empty()) else { return Vec::new() };
        let mut cuts = Vec::new();
        for (start, _) in text.match_indices(account) {
            let end = start + account.len();
            let (before, next) = (text[..start].chars().next_back(), text[end..].chars().next());
            if before.is_some_and(is_word) || next.is_some_and(is_word) {
                self.seen.borrow_mut().left.insert(token(text, start).to_owned());
            } else {
                cuts.push((start..end, "data.aws_caller_identity.current.account_id".to_owned()));
            }
        }
        cuts
    }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-')
}

/// What stands between spaces, quotes and the like around `at`.
fn token(text: &str, at: usize) -> &str {
    let ends = |letter: char| letter.is_whitespace() || "\"'`,;=()[]{}<>|".contains(letter);
    let start =
        text[..at].rfind(ends).map_or(0, |found| found + text[found..].chars().next().map_or(1, char::len_utf8));
    let end = text[at..].find(ends).map_or(text.len(), |found| at + found);
    &text[start..end]
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !is_word(letter))
}

/// What AWS calls things of one region.
const IDS: &[&str] = &[
    "acl", "ami", "cgw", "dopt", "eigw", "eipalloc", "eni", "fs", "fsap", "i", "igw", "lt", "nat", "pcx", "pl", "rtb",
    "sg", "snap", "subnet", "tgw", "vgw", "vol", "vpc", "vpce",
];

/// Whether it is the id of something that stands in one region only.
pub fn is_regional_id(text: &str) -> bool {
    let Some((kind, rest)) = text.split_once('-') else { return false };
    let is_hexadecimal = rest.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    IDS.contains(&kind) && (8..=17).contains(&rest.len()) && is_hexadecimal
}

/// The addresses of one network as those of another, at the same offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranges {
    old: u32,
    bits: u8,
    new: u32,
}

impl Ranges {
    /// From `old` to `new`, as `10.20.0.0/16`.
    ///
    /// # Errors
    /// What is no range, and a new one that is too small for the old.
    pub fn new(old: &str, new: &str) -> Result<Self, String> {
        let no_range = |text: &str| format!("{text} is no range of IPv4 addresses like 10.40.0.0/16");
        let (from, bits) = range(old).ok_or_else(|| no_range(old))?;
        let (to, room) = range(new).ok_or_else(|| no_range(new))?;
        if to & !mask(room) != 0 {
            return Err(format!("{new} does not begin where a range of /{room} begins"));
        }
        if room > bits {
            return Err(format!("{new} is smaller than {old}, which is to be put into it"));
        }
        if to >> 24 == 0 || to >> 28 == 0xe {
            return Err(format!("{new} is no range of a network"));
        }
        Ok(Self { old: from & mask(bits), bits, new: to })
    }

    /// What `text`, an address or a range within the old one, is in the new one.
    pub fn map(self, text: &str) -> Option<String> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u8>().ok().filter(|bits| *bits <= 32)?)),
            None => (text, None),
        };
        let address = self::address(address)?;
        if address & mask(self.bits) != self.old || length.is_some_and(|length| length < self.bits) {
            return None;
        }
        let [a, b, c, d] = (self.new | (address & !mask(self.bits))).to_be_bytes();
        let there = format!("{a}.{b}.{c}.{d}");
        Some(length.map_or_else(|| there.clone(), |length| format!("{there}/{length}")))
    }
}

fn range(text: &str) -> Option<(u32, u8)> {
    let (address, bits) = text.split_once('/')?;
    let bits = bits.parse::<u8>().ok().filter(|bits| (1..=32).contains(bits))?;
    Some((self::address(address)?, bits))
}

/// Four numbers, each as it is written.
fn address(text: &str) -> Option<u32> {
    let parts: Vec<u8> = text
        .split('.')
        .map(|part| part.parse().ok().filter(|one: &u8| one.to_string() == part))
        .collect::<Option<_>>()?;
    Some(u32::from_be_bytes(parts.try_into().ok()?))
}

fn mask(bits: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(moved: &Move<'_>, text: &str) -> String {
        let part = |part: Part| match part {
            Part::Literal(text) => text,
            Part::Said(said) => format!("<{said}>"),
        };
        moved.parts(text).into_iter().map(part).collect()
    }

    #[test]
    fn a_region_is_named_by_itself_and_stays_where_it_is_a_part_of_a_name() {
        let moved = Move::new("us-east-1", Some("123456789012"), None);
        let zone = "<local.zone[\"us-east-1a\"]>";
        for (text, wanted) in [
            ("us-east-1", "<var.region>"),
            ("com.amazonaws.us-east-1.s3", "com.amazonaws.<var.region>.s3"),
            ("us-east-1a", zone),
            ("zone us-east-1a.", &format!("zone {zone}.")),
            ("us-east-1ab", "us-east-1ab"),
            ("us-east-10", "us-east-10"),
            ("us-east-1-bos-1a", "us-east-1-bos-1a"),
            ("files-us-east-1", "files-us-east-1"),
            ("arn:aws:s3:::us-east-1/files", "arn:aws:s3:::us-east-1/files"),
            (
                "arn:aws:sqs:us-east-1:123456789012:jobs",
                "arn:aws:sqs:<var.region>:<data.aws_caller_identity.current.account_id>:jobs",
            ),
            ("files-123456789012", "files-123456789012"),
            ("1234567890123", "1234567890123"),
            ("/shop/us-east-1/host", "/shop/<var.region>/host"),
            ("é us-east-1é", "é us-east-1é"),
            ("", ""),
        ] {
            assert_eq!(shown(&moved, text), wanted, "{text}");
        }
        let seen = moved.seen();
        assert_eq!(seen.repointed, ["arn:aws:sqs:us-east-1:123456789012:jobs".to_owned()].into());
        assert!(seen.left.contains("arn:aws:s3:::us-east-1/files") && seen.left.contains("files-123456789012"));
        assert_eq!(moved.seen(), Seen::default());
    }

    #[test]
    fn addresses_keep_their_place_in_the_network() {
        let moved = Move::new("us-east-1", None, Ranges::new("10.20.0.0/16", "10.40.0.0/16").ok());
        for (text, wanted) in [
            ("10.20.0.0/16", "10.40.0.0/16"),
            ("10.20.11.0/24", "10.40.11.0/24"),
            ("10.20.0.2", "10.40.0.2"),
            ("10.21.0.0/24", "10.21.0.0/24"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("10.20.0.0/33", "10.20.0.0/33"),
            ("10.20.0.2.5", "10.20.0.2.5"),
        ] {
            assert_eq!(shown(&moved, text), wanted, "{text}");
        }
        for (old, new, says) in [
            ("10.20.0.0/16", "10.40.0.0/24", "smaller"),
            ("10.20.0.0/16", "10.40.1.0/16", "begin"),
            ("10.20.0.0/16", "ten", "no range"),
            ("10.20.0.0/16", "0.0.0.0/1", "no range of a network"),
            ("10.20.0.0/16", "10.40.0.0/0", "no range"),
        ] {
            let error = Ranges::new(old, new).expect_err(new);
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn ids_of_a_region_are_known() {
        for id in ["ami-03cf127a", "pcx-0a1b2c3d", "subnet-0123456789abcdef0", "i-0a1b2c3d"] {
            assert!(is_regional_id(id), "{id}");
        }
        for other in ["ami-", "app-03cf127a", "ami-xyz12345", "sg-1", "vpc-0123456789abcdef01", "ami"] {
            assert!(!is_regional_id(other), "{other}");
        }
    }
}
