//! Blocks of IPv4 addresses. What is IPv6 is none of these, and covers nothing here.

/// `10.0.0.0/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cidr {
    address: u32,
    length: u32,
}

impl Cidr {
    /// The block that `text` is, if it is one.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.trim().split_once('/')?;
        let address = octets(address)?;
        let length: u32 = length.parse().ok().filter(|length| *length <= 32)?;
        Some(Self { address: address & mask(length), length })
    }

    /// Whether every address of `other` is in it.
    pub fn contains(self, other: Self) -> bool {
        self.length <= other.length && other.address & mask(self.length) == self.address
    }

    /// Whether they have any address in common.
    pub fn meets(self, other: Self) -> bool {
        self.contains(other) || other.contains(self)
    }
}

/// The four numbers of an address.
fn octets(text: &str) -> Option<u32> {
    let parts: Vec<&str> = text.split('.').collect();
    let is_plain = |part: &&str| !part.is_empty() && part.chars().all(|digit| digit.is_ascii_digit());
    let bytes: Option<Vec<u8>> =
        parts.iter().map(|part| Some(part).filter(|part| is_plain(part))?.parse().ok()).collect();
    <[u8; 4]>::try_from(bytes?).ok().map(u32::from_be_bytes)
}

fn mask(length: u32) -> u32 {
    u32::MAX.checked_shl(32 - length).unwrap_or_default()
}

/// Whether the block `text` has all of `others`; `None` when one of them cannot be read.
pub(super) fn contains_all(text: &str, others: &[Cidr]) -> bool {
    Cidr::parse(text).is_some_and(|block| others.iter().all(|other| block.contains(*other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str) -> Cidr {
        Cidr::parse(text).expect("a block")
    }

    #[test]
    fn a_block_contains_what_is_within_it_and_no_more() {
        let table = [
            ("0.0.0.0/0", "10.0.0.0/16", true),
            ("10.0.0.0/16", "10.0.255.0/24", true),
            ("10.0.0.0/16", "10.0.0.0/16", true),
            ("10.0.0.0/16", "10.1.0.0/24", false),
            ("10.0.1.0/24", "10.0.0.0/16", false),
            ("10.0.0.7/32", "10.0.0.7/32", true),
            ("10.0.3.9/16", "10.0.1.0/24", true),
        ];
        for (outer, inner, wanted) in table {
            assert_eq!(block(outer).contains(block(inner)), wanted, "{outer} {inner}");
        }
        assert!(block("10.0.1.0/24").meets(block("10.0.0.0/16")) && !block("10.1.0.0/24").meets(block("10.0.0.0/24")));
    }

    #[test]
    fn what_is_no_block_is_none() {
        for text in [
            "",
            "10.0.0.0",
            "10.0.0.0/33",
            "10.0.0/8",
            "::/0",
            "sg-1",
            "10.0.0.0/x",
            "10.0.0.256/8",
            "+1.0.0.0/8",
            "1.2.3.4.5/8",
            "1..2.3/8",
        ] {
            assert_eq!(Cidr::parse(text), None, "{text}");
        }
        assert!(!contains_all("::/0", &[block("10.0.0.0/8")]));
        assert!(contains_all("10.0.0.0/8", &[]));
    }
}
