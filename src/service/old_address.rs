//! Addresses of the region that is left: an endpoint, an ARN, a registry, the region itself. What is brought up must hold
//! none of them.

use crate::plan::Region;

/// Whether `value` is, or holds, an address of the primary region. A region that is only mentioned, in a list of regions
/// or in a sentence, is no address.
pub(super) fn names_old(value: &str, (primary, recovery): (&Region, &Region)) -> bool {
    let (value, primary) = (value.trim().to_ascii_lowercase(), primary.as_str().to_ascii_lowercase());
    if primary.is_empty() || primary == recovery.as_str() {
        return false;
    }
    if value == primary {
        return true;
    }
    let quotes = |c: char| matches!(c, '"' | '\'' | '[' | ']' | '(' | ')' | '{' | '}');
    let words = value.split(|c: char| c.is_whitespace() || c == ',' || c == ';');
    let mut addresses = words.map(|word| word.trim_matches(quotes)).filter(|word| *word != primary);
    addresses.any(|word| is_in(word, &primary))
}

/// Whether `region` is a part of `word`: `us-east-1` is none of `us-east-12`, nor of `plus-east-1`.
fn is_in(word: &str, region: &str) -> bool {
    word.match_indices(region).any(|(at, _)| {
        let before = word[..at].chars().next_back();
        let after = word[at + region.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(|next| next.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_the_region_is_told_from_a_mention_of_it() {
        let (primary, recovery) = (Region::new("us-east-1"), Region::new("us-west-2"));
        let table = [
            ("orders.abc.us-east-1.rds.amazonaws.com", true),
            ("arn:aws:s3:us-east-1:1:x", true),
            ("us-east-1", true),
            (" US-EAST-1 ", true),
            ("us-east-1a", true),
            ("bucket-us-east-1-logs", true),
            ("a.us-east-1.cache.amazonaws.com, b.us-west-2.cache.amazonaws.com", true),
            ("{\"url\": \"https://sqs.us-east-1.amazonaws.com/1/q\"}", true),
            ("us-east-1,us-west-2", false),
            ("[\"us-east-1\", \"eu-west-1\"]", false),
            ("moved here from us-east-1 last year", false),
            ("us-east-12", false),
            ("plus-east-1", false),
            ("orders.abc.us-west-2.rds.amazonaws.com", false),
            ("${orders.endpoint}", false),
            ("", false),
        ];
        for (value, is) in table {
            assert_eq!(names_old(value, (&primary, &recovery)), is, "{value}");
        }
        assert!(!names_old("us-east-1", (&primary, &primary)));
    }
}
