//! What things are called in two regions, told apart from the region itself: `files-us-east-1` and `files-us-west-2`, `orders` and
//! `orders-replica` are called the same.

use crate::snapshot::Resource;

/// Words that say on which side something stands, and not what it is.
const SIDES: &[&str] = &["dr", "replica", "recovery", "standby", "secondary", "primary", "failover", "main"];

/// `text` with the region's own name, and that of a zone of it, as the same word whatever the region.
pub fn strict(text: &str, region: &str) -> String {
    let mut told = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(region) {
        let (before, behind) = (&rest[..at], &rest[at + region.len()..]);
        told.push_str(before);
        // `us-east-10` is another.
        let is_it = !region.is_empty()
            && !before.ends_with(|letter: char| letter.is_alphanumeric())
            && !behind.starts_with(|letter: char| letter.is_ascii_digit());
        told.push_str(if is_it { "⟨region⟩" } else { region });
        rest = behind;
    }
    told.push_str(rest);
    told
}

/// What a name says beside the region and the side it stands on, in small letters.
pub fn loose(text: &str, region: &str) -> String {
    let parts: Vec<&str> = region.split('-').collect();
    let [area, direction, number] = parts.as_slice() else { return strict(text, region) };
    // `use1`, as zones' own ids begin, and `useast1`.
    let short = format!("{area}{}{number}", initials(direction));
    let compact = format!("{area}{direction}{number}");
    let lower = text.to_lowercase().replace(region, "");
    let words = lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| {
        !word.is_empty() && !SIDES.contains(word) && *word != short && *word != compact && word != direction
    });
    words.collect::<Vec<_>>().join("-")
}

/// `se` of `southeast`, `e` of `east`.
fn initials(direction: &str) -> String {
    let second = ["east", "west"].into_iter().find(|end| direction.len() > end.len() && direction.ends_with(end));
    direction.chars().take(1).chain(second.and_then(|end| end.chars().next())).collect()
}

/// What tells one of its kind from another; empty for what has only an id.
pub fn of(resource: &Resource) -> &str {
    match resource.kind.as_str() {
        "scalable-target" | "log-group" | "ecs-service" | "parameter" => &resource.id,
        _ => resource.name.as_deref().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_in_a_name_says_nothing_and_another_region_does() {
        for (text, wanted) in [
            ("files-us-east-1", "files-⟨region⟩"),
            ("us-east-1a", "⟨region⟩a"),
            ("us-east-10", "us-east-10"),
            ("x.us-east-1.amazonaws.com/us-east-1", "x.⟨region⟩.amazonaws.com/⟨region⟩"),
            ("us-west-2", "us-west-2"),
            ("", ""),
        ] {
            assert_eq!(strict(text, "us-east-1"), wanted, "{text}");
        }
        for (one, other) in [
            ("orders", "orders-replica"),
            ("app-db", "app-db-dr"),
            ("Shop_Primary", "shop-standby"),
            ("shop-use1", "shop-usw2"),
            ("shop-east", "shop-west"),
            ("useast1-shop", "shop"),
            ("files-us-east-1", "files-us-west-2"),
        ] {
            assert_eq!(loose(one, "us-east-1"), loose(other, "us-west-2"), "{one} {other}");
        }
        assert_ne!(loose("orders", "us-east-1"), loose("orders-read", "us-west-2"));
        assert_eq!(loose("shop-apse2", "ap-southeast-2"), "shop");
    }
}
