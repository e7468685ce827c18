//! Answers and errors of the two XML protocols. What is not the answer of the very operation is none: a page of a proxy is
//! XML too, and one in which everything is missing would read as a region in which there is nothing.

use aws_smithy_types::error::ErrorMetadata;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;
use std::marker::PhantomData;

/// What `text` answers to `operation`; in AWS Query that stands within `…Result`.
pub(super) fn answer<A: DeserializeOwned>(operation: &str, text: &str, is_wrapped: bool) -> Option<A> {
    if root(text)? != format!("{operation}Response") {
        return None;
    }
    if is_wrapped {
        return quick_xml::de::from_str::<Wrapped<A>>(text).ok()?.0;
    }
    quick_xml::de::from_str(text).ok()
}

/// The name of the outermost element.
fn root(text: &str) -> Option<String> {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => return Some(tag.local_name().as_ref().to_owned()),
            Event::Text(between) if between.trim().is_empty() => {}
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            _ => return None,
        }
    }
}

/// An error: `ErrorResponse` of AWS Query with the one in it, `Response` of EC2 Query with a list of them.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Told {
    error: Option<Said>,
    errors: Option<Errors>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Errors {
    error: Vec<Said>,
}

/// What an error says.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Said {
    code: Option<String>,
    message: Option<String>,
}

/// The error that `text` tells, if it does.
pub(super) fn error(text: &str) -> Option<ErrorMetadata> {
    let said = said(text)?;
    let mut error = ErrorMetadata::builder();
    if let Some(code) = said.code.filter(|code| !code.is_empty()) {
        error = error.code(code);
    }
    if let Some(message) = said.message {
        error = error.message(message);
    }
    Some(error.build())
}

fn said(text: &str) -> Option<Said> {
    if root(text)? == "Error" {
        // As S3 tells it, with nothing around it.
        return quick_xml::de::from_str(text).ok();
    }
    if !matches!(root(text)?.as_str(), "ErrorResponse" | "Response") {
        return None;
    }
    let told: Told = quick_xml::de::from_str(text).ok()?;
    let listed = told.errors.and_then(|errors| errors.error.into_iter().next());
    told.error.or(listed)
}

/// A list: each item in an element of its own, `member` in AWS Query, `item` in EC2 Query. A list that is left out has
/// none.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(in crate::cloud::aws) struct List<T> {
    #[serde(default = "Vec::new", rename = "member", alias = "item")]
    items: Vec<T>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

impl<T> List<T> {
    pub(in crate::cloud::aws) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }
    pub(in crate::cloud::aws) fn into_vec(self) -> Vec<T> {
        self.items
    }
}

/// How deep elements of an answer may lie within each other; those of AWS have some twenty levels.
const DEEPEST: usize = 128;

/// A whole answer: the name of its outermost element, and what is in it. An element is a text, or a table of the elements
/// within it, where several of one name are a list; one with nothing in it is null. Attributes are left out.
pub(super) fn whole(text: &str) -> Option<(String, Value)> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    loop {
        let closed = match reader.read_event().ok()? {
            // What holds it is dropped level by level: of a page made to be deep the stack would end.
            Event::Start(_) if open.len() >= DEEPEST => return None,
            Event::Start(tag) => {
                open.push(Element::of(tag.local_name().as_ref()));
                continue;
            }
            Event::Empty(tag) => Element::of(tag.local_name().as_ref()),
            Event::End(_) => open.pop()?,
            Event::Text(text) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&text);
                }
                continue;
            }
            Event::CData(text) => {
                open.last_mut()?.text.push_str(&text);
                continue;
            }
            Event::GeneralRef(named) => {
                open.last_mut()?.text.push(named_sign(&named)?);
                continue;
            }
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => continue,
            Event::DocType(_) | Event::Eof => return None,
        };
        let (name, value) = closed.told();
        match open.last_mut() {
            None => return Some((name, value)),
            Some(around) => around.take(name, value),
        }
    }
}

/// An element that is read.
struct Element {
    name: String,
    members: Map<String, Value>,
    text: String,
}

impl Element {
    fn of(name: &str) -> Self {
        Self { name: name.to_owned(), members: Map::new(), text: String::new() }
    }

    fn take(&mut self, name: String, value: Value) {
        match self.members.get_mut(&name) {
            None => drop(self.members.insert(name, value)),
            // Only what stood here before makes a list: an element is none by itself.
            Some(Value::Array(items)) => items.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }

    fn told(self) -> (String, Value) {
        let value = match (self.members.is_empty(), self.text.trim().is_empty()) {
            (false, _) => Value::Object(self.members),
            (true, true) => Value::Null,
            (true, false) => Value::String(self.text),
        };
        (self.name, value)
    }
}

/// The sign that a reference stands for.
fn named_sign(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let number = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => number.parse(),
            };
            char::from_u32(number.ok()?)
        }
    }
}

/// The whole of what `text` answers to `operation`, as [`answer`] finds it.
pub(super) fn whole_answer(operation: &str, text: &str, is_wrapped: bool) -> Option<Value> {
    let (root, value) = whole(text)?;
    if root != format!("{operation}Response") {
        return None;
    }
    match value {
        Value::Object(members) if is_wrapped => {
            let result = members.into_iter().find(|(name, _)| name.ends_with("Result"));
            Some(result.map_or(Value::Null, |(_, value)| value))
        }
        // An answer says at least which request it is of.
        Value::Object(_) => Some(value),
        _ => None,
    }
}

struct Wrapped<A>(Option<A>);

impl<'de, A: DeserializeOwned> Deserialize<'de> for Wrapped<A> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Result_<A>(PhantomData<A>);
        impl<'de, A: DeserializeOwned> Visitor<'de> for Result_<A> {
            type Value = Wrapped<A>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a result")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Wrapped<A>, M::Error> {
                let mut found = None;
                while let Some(name) = map.next_key::<String>()? {
                    if name.ends_with("Result") {
                        found = Some(map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Wrapped(found))
            }
        }
        deserializer.deserialize_map(Result_(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct GetRole {
        role: Role,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Role {
        arn: String,
        max_session_duration: Option<u64>,
        #[serde(default)]
        tags: List<Tag>,
        is_good: Option<bool>,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Tag {
        key: String,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Vpcs {
        vpc_set: List<Vpc>,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Vpc {
        vpc_id: String,
    }

    const ROLE: &str = "<?xml version=\"1.0\"?>\n<GetRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\n\
        <GetRoleResult><Role><Arn>a &amp; b</Arn><Other><X>1</X></Other>\
        <MaxSessionDuration>3600</MaxSessionDuration><IsGood>true</IsGood>\
        <Tags><member><Key>a</Key></member><member><Key>b</Key></member></Tags></Role></GetRoleResult>\
        <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetRoleResponse>";

    #[test]
    fn an_answer_is_read_from_within_its_wrapper_or_without_one() {
        let role = answer::<GetRole>("GetRole", ROLE, true).expect("an answer").role;
        assert_eq!((role.arn.as_str(), role.max_session_duration, role.is_good), ("a & b", Some(3600), Some(true)));
        let keys: Vec<String> = role.tags.into_vec().into_iter().map(|tag| tag.key).collect();
        assert_eq!(keys, ["a", "b"]);
        let vpcs = "<DescribeVpcsResponse xmlns=\"x\"><requestId>1</requestId><vpcSet><item><vpcId>v</vpcId></item></vpcSet></DescribeVpcsResponse>";
        assert_eq!(answer::<Vpcs>("DescribeVpcs", vpcs, false).expect("an answer").vpc_set.into_vec().len(), 1);
        let none = "<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>";
        assert_eq!(answer::<Vpcs>("DescribeVpcs", none, false).expect("an answer").vpc_set.into_vec(), []);
    }

    #[test]
    fn a_whole_answer_is_texts_tables_and_lists() {
        let role = whole_answer("GetRole", ROLE, true).expect("an answer");
        let wanted = json!({ "Role": {
            "Arn": "a & b", "Other": { "X": "1" }, "MaxSessionDuration": "3600", "IsGood": "true",
            "Tags": { "member": [{ "Key": "a" }, { "Key": "b" }] },
        } });
        assert_eq!(role, wanted);
        let vpcs = "<DescribeVpcsResponse xmlns=\"x\">\n  <vpcSet>\n  <item a=\"1\">\n<vpcId>v &#233; &lt;</vpcId>\n<empty/> <none></none></item>\n </vpcSet>\n</DescribeVpcsResponse>";
        let vpcs = whole_answer("DescribeVpcs", vpcs, false).expect("an answer");
        assert_eq!(vpcs, json!({ "vpcSet": { "item": { "vpcId": "v é <", "empty": null, "none": null } } }));
        for (text, root, wanted) in [
            (
                "<?xml version=\"1.0\"?>\n<LocationConstraint xmlns=\"x\">us-west-2</LocationConstraint>",
                "LocationConstraint",
                json!("us-west-2"),
            ),
            ("<LocationConstraint/>", "LocationConstraint", json!(null)),
            ("<A><R><I>1</I></R><R><I>2</I></R></A>", "A", json!({ "R": [{ "I": "1" }, { "I": "2" }] })),
            ("<A><![CDATA[<b>]]></A>", "A", json!("<b>")),
        ] {
            assert_eq!(whole(text), Some((root.to_owned(), wanted)), "{text}");
        }
        for cut in 0..ROLE.len() {
            assert_eq!(whole_answer("GetRole", &ROLE[..cut], true), None, "{cut}");
        }
        for page in [
            "<A><B></A>",
            "",
            "{}",
            "<!DOCTYPE html><html></html>",
            "<GetRoleResponse/>",
            "<html><body>x</body></html>",
        ] {
            assert_eq!(whole_answer("GetRole", page, true), None, "{page}");
        }
        let deep = "<GetRoleResponse>".repeat(200_000) + &"</GetRoleResponse>".repeat(200_000);
        assert_eq!(whole(&deep), None, "made to be deep");
        let s3 = error("<?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code><Message>none</Message></Error>");
        assert_eq!(s3.expect("an error").code(), Some("NoSuchBucket"));
    }

    #[test]
    fn what_is_cut_short_or_of_another_is_no_answer() {
        for cut in 0..ROLE.len() {
            assert_eq!(answer::<GetRole>("GetRole", &ROLE[..cut], true), None, "{cut}");
        }
        assert_eq!(answer::<GetRole>("ListRoles", ROLE, true), None);
        for page in ["", "<html><body>sign in</body></html>", "{}", "<!DOCTYPE html><html>", "<GetRoleResponse/>"] {
            assert_eq!(answer::<GetRole>("GetRole", page, true), None, "{page}");
            assert!(error(page).is_none(), "{page}");
        }
        assert_eq!(answer::<Vpcs>("DescribeVpcs", "<DescribeVpcsResponse></DescribeVpcsResponse>", false), None);
    }

    #[test]
    fn an_error_is_told_in_either_shape() {
        let query = "<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>no role</Message></Error><RequestId>1</RequestId></ErrorResponse>";
        let ec2 = "<?xml version=\"1.0\"?><Response><Errors><Error><Code>InvalidVpcID.NotFound</Code><Message>no vpc</Message></Error></Errors><RequestID>1</RequestID></Response>";
        for (text, code, message) in [(query, "NoSuchEntity", "no role"), (ec2, "InvalidVpcID.NotFound", "no vpc")] {
            let said = error(text).expect("an error");
            assert_eq!((said.code(), said.message()), (Some(code), Some(message)));
        }
    }
}
