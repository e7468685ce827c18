//! Structures of AWS's as blocks of Terraform's, where the names of one follow from those of the other.

use super::hcl::{Body, Expr};
use super::source::{Source, items};
use serde_json::Value;

/// What something is called in Terraform, where that is not what AWS calls it in other letters; empty where it has none.
pub type Renamed = (&'static str, &'static str);

/// `value`, all that AWS says of something, as what stands between braces: members in snake case, or as `renamed`; objects and
/// lists of them as blocks.
pub fn body(from: &Source<'_>, value: &Value, renamed: &[Renamed]) -> Body {
    let mut body = Body::default();
    let mut blocks: Vec<(String, Body)> = Vec::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        let called = called(name, renamed);
        if called.is_empty() {
            continue;
        }
        if let Some(items) = items(value) {
            match items.iter().any(|item| item.is_object()) {
                true => blocks.extend(items.iter().map(|item| (called.clone(), self::body(from, item, renamed)))),
                false => {
                    let each = items.iter().map(|item| Expr::of(item, &|text| from.known(name, text)));
                    body.put(&called, Expr::List(each.collect()));
                }
            }
            continue;
        }
        match value {
            // Tags are called as somebody called them.
            Value::Object(tags) if called == "tags" => {
                let tag = |(name, value): (&String, &Value)| {
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    (name.clone(), from.text_as_it_is(name, &text))
                };
                body.put(&called, Expr::Object(tags.iter().map(tag).collect()));
            }
            Value::Object(_) => blocks.push((called, self::body(from, value, renamed))),
            other => body.put(&called, Expr::of(other, &|text| from.known(name, text))),
        }
    }
    blocks.into_iter().fold(body, |body, (name, inner)| body.block(&name, inner)).all()
}

/// The bodies of the items at `key`.
pub fn bodies(from: &Source<'_>, key: &str, renamed: &[Renamed]) -> Vec<Body> {
    let items = from.take(key).and_then(items);
    items.into_iter().flatten().map(|item| body(from, item, renamed)).collect()
}

/// The body of what stands at `key`.
pub fn at(from: &Source<'_>, key: &str, renamed: &[Renamed]) -> Body {
    from.take(key).map(|value| body(from, value, renamed)).unwrap_or_default()
}

fn called(name: &str, renamed: &[Renamed]) -> String {
    match renamed.iter().find(|(theirs, _)| *theirs == name) {
        Some((_, ours)) => (*ours).to_owned(),
        None => snake(name),
    }
}

/// `MetricIntervalLowerBound` as `metric_interval_lower_bound`, `KMSKeyArn` as `kms_key_arn`.
pub fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut text = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let after = letters.get(at + 1);
        let begins = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase() || before.is_ascii_digit() || after.is_some_and(|after| after.is_lowercase())
            });
        if begins {
            text.push('_');
        }
        text.extend(if *letter == '-' { '_' } else { *letter }.to_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::snake;

    #[test]
    fn names_are_in_small_letters_with_a_line_between_words() {
        let names = [
            ("MetricIntervalLowerBound", "metric_interval_lower_bound"),
            ("KMSKeyArn", "kms_key_arn"),
            ("httpTokens", "http_tokens"),
            ("TTL", "ttl"),
            ("NoncurrentVersionExpiration", "noncurrent_version_expiration"),
            ("path-pattern", "path_pattern"),
        ];
        for (theirs, ours) in names {
            assert_eq!(snake(theirs), ours);
        }
    }
}
