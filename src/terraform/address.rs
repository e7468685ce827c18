//! What resources are called in Terraform: by their own names, the same in every file that is written of them.

use crate::snapshot::canonical;
use std::collections::BTreeMap;

/// `aws_vpc.shop`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// `aws_vpc`.
    pub class: String,
    /// `shop`.
    pub name: String,
}

impl Address {
    /// `CLASS.NAME`.
    pub fn new(class: &str, name: &str) -> Self {
        Self { class: class.to_owned(), name: name.to_owned() }
    }

    /// What it says by this name: `aws_vpc.shop.id`.
    pub fn says(&self, attribute: &str) -> String {
        format!("{self}.{attribute}")
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.class, self.name)
    }
}

/// A name that Terraform takes, of one that people gave: small letters, digits and `_`.
pub fn slug(text: &str) -> String {
    let mut name = String::new();
    for letter in text.chars() {
        match letter {
            'a'..='z' | '0'..='9' => name.push(letter),
            'A'..='Z' => name.push(letter.to_ascii_lowercase()),
            _ if name.ends_with('_') || name.is_empty() => {}
            _ => name.push('_'),
        }
    }
    let name = name.trim_end_matches('_');
    match name.chars().next() {
        None => "unnamed".to_owned(),
        Some('0'..='9') => format!("_{name}"),
        Some(_) => name.to_owned(),
    }
}

/// The addresses of many: where two would be called the same, each gets a part of its own id's hash, so that none is called
/// otherwise because another came or went before it in a list.
pub fn addresses<K: Ord + Clone>(wanted: impl IntoIterator<Item = (K, Address, String)>) -> BTreeMap<K, Address> {
    let wanted: Vec<(K, Address, String)> = wanted.into_iter().collect();
    let mut times: BTreeMap<Address, usize> = BTreeMap::new();
    for (_, address, _) in &wanted {
        *times.entry(address.clone()).or_default() += 1;
    }
    let called = wanted.into_iter().map(|(of, address, id)| {
        if times[&address] == 1 {
            return (of, address);
        }
        let hash = canonical::hash(&id);
        (of, Address { name: format!("{}_{}", address.name, &hash[..6]), ..address })
    });
    called.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_terraform_takes_whatever_people_called_it() {
        let called = [
            ("App-Alb", "app_alb"),
            ("/shop/db/host", "shop_db_host"),
            ("9lives", "_9lives"),
            ("zürich ★ läden", "z_rich_l_den"),
            ("★", "unnamed"),
            ("", "unnamed"),
            ("a__b--c", "a_b_c"),
        ];
        for (given, wanted) in called {
            assert_eq!(slug(given), wanted, "{given}");
        }
    }

    #[test]
    fn two_of_one_name_are_told_apart_by_themselves_and_not_by_their_order() {
        let two = |first: &str, second: &str| {
            let wanted = [first, second].map(|id| (id.to_owned(), Address::new("aws_vpc", "shop"), id.to_owned()));
            addresses(wanted)
        };
        let (one, other) = (two("vpc-1", "vpc-2"), two("vpc-2", "vpc-1"));
        assert_eq!(one, other);
        assert_ne!(one["vpc-1"], one["vpc-2"]);
        let alone = addresses([("vpc-1", Address::new("aws_vpc", "shop"), "vpc-1".to_owned())]);
        assert_eq!(alone["vpc-1"].to_string(), "aws_vpc.shop");
    }
}
