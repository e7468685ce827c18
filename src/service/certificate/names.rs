//! Which names a certificate answers for: its own, and one label in the place of a `*` ("AWS Certificate Manager User
//! Guide: wildcard names").

/// A name as names are compared: without case and without the root's dot.
pub(super) fn plain(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// How a certificate's name answers for a domain, the better the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cover {
    /// By a `*` in the place of one label.
    Wildcard,
    /// By the very name.
    Exact,
}

/// Whether a certificate's `name` answers for `domain`, and how.
pub(super) fn cover(name: &str, domain: &str) -> Option<Cover> {
    let (name, domain) = (plain(name), plain(domain));
    if name == domain {
        return Some(Cover::Exact);
    }
    let level = name.strip_prefix("*.")?;
    let (label, rest) = domain.split_once('.')?;
    (rest == level && label != "*" && !label.is_empty()).then_some(Cover::Wildcard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_label_and_never_for_none() {
        let table = [
            ("shop.example.com", "shop.example.com", Some(Cover::Exact)),
            ("Shop.Example.COM.", "shop.example.com", Some(Cover::Exact)),
            ("*.example.com", "shop.example.com", Some(Cover::Wildcard)),
            ("*.example.com", "*.example.com", Some(Cover::Exact)),
            ("*.example.com", "example.com", None),
            ("*.example.com", "a.shop.example.com", None),
            ("*.shop.example.com", "shop.example.com", None),
            ("*.example.com", "shop.example.com.evil.org", None),
            ("*.example.com", "shop.notexample.com", None),
            ("shop.example.com", "*.example.com", None),
            ("*.com", "*.example.com", None),
            ("example.com", "shop.example.com", None),
            ("*", "example.com", None),
            ("", "example.com", None),
        ];
        for (name, domain, wanted) in table {
            assert_eq!(cover(name, domain), wanted, "{name} for {domain}");
        }
    }
}
