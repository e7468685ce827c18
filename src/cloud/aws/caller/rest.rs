//! REST with JSON bodies ("AWS restJson1 protocol", Smithy): some members stand in the path, some in the query string, the
//! rest in the body.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

/// What stands as it is in a path and in a query string ("unreserved", RFC 3986).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Where an operation's request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cloud::aws) struct Route {
    /// The method.
    pub(in crate::cloud::aws) method: &'static str,
    /// `requestUri`, with its labels: `/clusters/{name}`.
    pub(in crate::cloud::aws) path: &'static str,
    /// The members that are labels of the path, each with its label.
    pub(in crate::cloud::aws) labels: &'static [(&'static str, &'static str)],
    /// The members that stand in the query string, each with what it is called there.
    pub(in crate::cloud::aws) query: &'static [(&'static str, &'static str)],
}

/// `request`, sent that way.
pub(super) fn request(route: &Route, request: Value) -> Result<HttpRequest, BoxError> {
    let Value::Object(mut members) = request else { return Err("a request is a structure".into()) };
    let mut uri = route.path.to_owned();
    for (member, label) in route.labels {
        let given = taken(&mut members, member)?.filter(|text| !text.is_empty());
        // Without it the path would be another's.
        let given = given.ok_or_else(|| format!("{member} is missing"))?;
        uri = uri.replace(&format!("{{{label}}}"), &encoded(&given));
    }
    let mut before = '?';
    for (member, name) in route.query {
        if let Some(given) = taken(&mut members, member)? {
            uri.push_str(&format!("{before}{}={}", encoded(name), encoded(&given)));
            before = '&';
        }
    }
    let has_body = route.method != "GET";
    if !has_body && !members.is_empty() {
        return Err(format!("a {} has no body", route.method).into());
    }
    let body = if has_body { serde_json::to_vec(&Value::Object(members))? } else { Vec::new() };
    let length = body.len().to_string();
    let mut made = HttpRequest::new(SdkBody::from(body));
    made.set_method(route.method)?;
    made.set_uri(uri)?;
    if has_body {
        made.headers_mut().insert("content-type", "application/json");
        made.headers_mut().insert("content-length", length);
    }
    Ok(made)
}

/// A member of the path or the query string, which is no longer one of the body.
fn taken(members: &mut Map<String, Value>, name: &str) -> Result<Option<String>, BoxError> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(format!("{name} is no text").into())
        }
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const UPDATE: Route = Route {
        method: "POST",
        path: "/clusters/{name}/node-groups/{nodegroupName}/update-config",
        labels: &[("clusterName", "name"), ("nodegroupName", "nodegroupName")],
        query: &[],
    };
    const GET: Route = Route {
        method: "GET",
        path: "/schedules/{Name}",
        labels: &[("Name", "Name")],
        query: &[("GroupName", "groupName"), ("Other", "other")],
    };

    fn sent(route: &Route, given: Value) -> (String, String, Value) {
        let made = request(route, given).expect("a request");
        let body = made.body().bytes().unwrap_or_default();
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(body).expect("JSON") };
        (made.method().to_owned(), made.uri().to_owned(), body)
    }

    #[test]
    fn each_member_stands_where_its_model_has_it_and_nowhere_else() {
        let given = json!({ "clusterName": "a/b c", "nodegroupName": "n", "scalingConfig": { "desiredSize": 3 } });
        let (method, uri, body) = sent(&UPDATE, given);
        assert_eq!((method.as_str(), uri.as_str()), ("POST", "/clusters/a%2Fb%20c/node-groups/n/update-config"));
        assert_eq!(body, json!({ "scalingConfig": { "desiredSize": 3 } }));
        let (method, uri, body) = sent(&GET, json!({ "Name": "n", "GroupName": "a&b", "Other": null }));
        assert_eq!((method.as_str(), uri.as_str(), body), ("GET", "/schedules/n?groupName=a%26b", Value::Null));
        assert_eq!(
            sent(&GET, json!({ "Name": "n", "GroupName": "g", "Other": "o" })).1,
            "/schedules/n?groupName=g&other=o"
        );
    }

    #[test]
    fn what_has_no_place_or_lacks_its_path_is_not_sent() {
        for given in
            [json!({}), json!({ "Name": "" }), json!({ "Name": 1 }), json!({ "Name": "n", "Body": 1 }), json!([])]
        {
            assert!(request(&GET, given.clone()).is_err(), "{given}");
        }
    }
}
