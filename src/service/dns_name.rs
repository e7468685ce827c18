//! Names of DNS in one spelling, and what a name alone tells. Knows no cloud.

/// A name in one spelling: lower case, with its final dot, Route 53's escapes (`\052` for an asterisk) undone.
pub fn canonical(name: &str) -> String {
    let name = unescaped(&name.trim().to_ascii_lowercase());
    if name.is_empty() || name.ends_with('.') { name } else { name + "." }
}

/// Route 53 writes every character but letters, digits, hyphens and underscores as a backslash and three octal digits
/// (developer guide, "DNS domain name format"). A dot or a backslash inside a label stays escaped.
fn unescaped(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let octal = rest.get(at + 1..at + 4).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match octal.filter(|byte| byte.is_ascii_graphic() && !matches!(byte, b'.' | b'\\')) {
            Some(byte) => {
                plain.push(char::from(byte).to_ascii_lowercase());
                rest = &rest[at + 4..];
            }
            None => {
                plain.push('\\');
                rest = &rest[at + 1..];
            }
        }
    }
    plain + rest
}

/// Whether a name is the zone's own or lies within it. Both in one spelling.
pub fn is_within(name: &str, zone: &str) -> bool {
    name == zone || name.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'))
}

/// Whether it is a load balancer's own name: such a name answers the same addresses everywhere, where a content
/// network's answers by who asks.
pub fn is_balancer(name: &str) -> bool {
    let name = canonical(name);
    let aws = name.strip_suffix(".amazonaws.com.").or_else(|| name.strip_suffix(".amazonaws.com.cn."));
    aws.is_some_and(|rest| rest.split('.').any(|label| label == "elb"))
}

/// The name of an alias's target: the AWS console writes a prefix before a load balancer's own.
pub fn target_of_alias(dns_name: &str) -> String {
    let name = canonical(dns_name);
    name.strip_prefix("dualstack.").unwrap_or(&name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_spelling() {
        let table = [
            ("Shop.Example.COM", "shop.example.com."),
            (" shop.example.com. ", "shop.example.com."),
            ("\\052.example.com", "*.example.com."),
            ("\\100.example.com", "@.example.com."),
            ("a\\056b.example.com", "a\\056b.example.com."),
            ("odd\\9.example.com", "odd\\9.example.com."),
            ("", ""),
        ];
        for (name, wanted) in table {
            assert_eq!(canonical(name), wanted);
            assert_eq!(canonical(&canonical(name)), wanted, "once is enough");
        }
    }

    #[test]
    fn a_zone_holds_its_own_name_and_those_below_it() {
        assert!(is_within("example.com.", "example.com."));
        assert!(is_within("a.shop.example.com.", "example.com."));
        assert!(!is_within("notexample.com.", "example.com."));
        assert!(!is_within("com.", "example.com."));
    }

    #[test]
    fn a_load_balancer_is_known_by_its_name() {
        for name in [
            "shop-1234.us-east-1.elb.amazonaws.com",
            "dualstack.shop-1.eu-west-1.elb.amazonaws.com.",
            "net-0a1b.elb.eu-west-1.amazonaws.com",
            "lb.cn-north-1.elb.amazonaws.com.cn",
        ] {
            assert!(is_balancer(name), "{name}");
        }
        for name in
            ["d111.cloudfront.net.", "s3-website-us-east-1.amazonaws.com.", "elb.example.com.", "shop.example.com."]
        {
            assert!(!is_balancer(name), "{name}");
        }
        assert_eq!(target_of_alias("Dualstack.LB-1.example"), "lb-1.example.");
    }
}
