//! A request of the two XML protocols as a form: the operation, the version, and each member by its path.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// What stands as it is in a form that is signed ("unreserved", RFC 3986).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// `request`'s members below `Action` and `Version`; an item of a list has its number behind `item`: `.member.1` in AWS
/// Query, `.1` in EC2 Query.
pub(super) fn of(operation: &str, version: &str, request: &Value, item: &str) -> String {
    let mut form = format!("Action={operation}&Version={version}");
    write(&mut form, "", request, item);
    form
}

fn write(form: &mut String, path: &str, value: &Value, item: &str) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (name, value) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                write(form, &path, value, item);
            }
        }
        Value::Array(items) => {
            for (place, value) in items.iter().enumerate() {
                write(form, &format!("{path}{item}{}", place + 1), value, item);
            }
        }
        Value::String(text) => put(form, path, text),
        Value::Bool(_) | Value::Number(_) => put(form, path, &value.to_string()),
    }
}

fn put(form: &mut String, path: &str, text: &str) {
    form.push_str(&format!("&{path}={}", utf8_percent_encode(text, ENCODED)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_are_told_by_their_paths_and_items_by_their_numbers() {
        let request = json!({
            "PolicySourceArn": "arn:aws:iam::1:role/a b",
            "ActionNames": ["s3:Get*", "s3:Put~"],
            "ContextEntries": [{ "ContextKeyName": "k", "ContextKeyValues": ["1", "é&="] }],
            "MaxItems": 100,
            "Marker": null,
            "Empty": [],
        });
        let query = of("SimulatePrincipalPolicy", "2010-05-08", &request, ".member.");
        assert_eq!(
            query,
            "Action=SimulatePrincipalPolicy&Version=2010-05-08&PolicySourceArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa%20b\
             &ActionNames.member.1=s3%3AGet%2A&ActionNames.member.2=s3%3APut~&ContextEntries.member.1.ContextKeyName=k\
             &ContextEntries.member.1.ContextKeyValues.member.1=1\
             &ContextEntries.member.1.ContextKeyValues.member.2=%C3%A9%26%3D&MaxItems=100"
        );
        let filters = json!({ "Filter": [{ "Name": "vpc-id", "Value": ["vpc-1", "vpc-2"] }] });
        assert_eq!(
            of("DescribeSubnets", "2016-11-15", &filters, "."),
            "Action=DescribeSubnets&Version=2016-11-15&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1&Filter.1.Value.2=vpc-2"
        );
    }
}
