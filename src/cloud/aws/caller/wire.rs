//! A request and what comes back, in the words of a service's protocol.

use super::{Named, Protocol, form, json, rest, xml};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json as object;

/// What an answer of S3 tells in its head, which its body has not: the operation, the header, and what the member is called.
const HEADERS: &[(&str, &str, &str)] = &[(
    "GetBucketLifecycleConfiguration",
    "x-amz-transition-default-minimum-object-size",
    "TransitionDefaultMinimumObjectSize",
)];

/// `request` to an operation, as its protocol sends it.
pub(super) fn request(named: Named, request: &impl Serialize) -> Result<HttpRequest, BoxError> {
    let Named { service, operation, .. } = named;
    let (version, item) = match service.protocol {
        Protocol::Json { target, version } => return json::request((target, version), operation, request),
        Protocol::RestJson | Protocol::RestXml => {
            let route = named.route.ok_or_else(|| format!("{operation} has no route"))?;
            return rest::request(route, serde_json::to_value(request)?);
        }
        Protocol::Query { version } => (version, ".member."),
        Protocol::Ec2 { version } => (version, "."),
    };
    let body = form::of(operation, version, &serde_json::to_value(request)?, item);
    post(body.into_bytes(), "application/x-www-form-urlencoded".to_owned())
}

/// A POST of `body`.
pub(super) fn post(body: Vec<u8>, content_type: String) -> Result<HttpRequest, BoxError> {
    let length = body.len().to_string();
    let mut posted = HttpRequest::new(SdkBody::from(body));
    posted.set_method("POST")?;
    posted.set_uri("/")?;
    let headers = posted.headers_mut();
    headers.insert("content-type", content_type);
    headers.insert("content-length", length);
    Ok(posted)
}

/// What came back: the answer, or the service's error. What is neither is an error without a code, as of a proxy.
pub(super) fn answer<A: DeserializeOwned>(
    named: Named,
    response: &HttpResponse,
) -> Result<A, OrchestratorError<ErrorMetadata>> {
    let Named { service, operation, answers, whole, .. } = named;
    let body = response.body().bytes().unwrap_or_default();
    let text = || std::str::from_utf8(body).ok();
    let is_success = response.status().is_success();
    let told = match service.protocol {
        Protocol::Json { .. } | Protocol::RestJson if is_success && !answers && body.is_empty() => {
            serde_json::from_slice(b"{}").ok()
        }
        Protocol::Json { .. } | Protocol::RestJson if is_success => serde_json::from_slice(body).ok(),
        Protocol::Query { .. } | Protocol::Ec2 { .. } if is_success && whole => {
            let is_wrapped = matches!(service.protocol, Protocol::Query { .. });
            let value = text().and_then(|text| xml::whole_answer(operation, text, is_wrapped));
            value.and_then(|value| serde_json::from_value(value).ok())
        }
        Protocol::Query { .. } if is_success => text().and_then(|text| xml::answer(operation, text, true)),
        Protocol::Ec2 { .. } if is_success => text().and_then(|text| xml::answer(operation, text, false)),
        Protocol::RestXml if is_success && !whole => text().and_then(|text| xml::answer(operation, text, false)),
        // A policy of S3 is JSON all the same.
        Protocol::RestXml if is_success && body.starts_with(b"{") => serde_json::from_slice(body).ok(),
        Protocol::RestXml if is_success => {
            let whole = text().and_then(xml::whole).map(|(root, mut value)| {
                for (_, header, member) in HEADERS.iter().filter(|(of, ..)| *of == operation) {
                    if let (Some(told), Some(members)) = (response.headers().get(header), value.as_object_mut()) {
                        members.insert((*member).to_owned(), told.into());
                    }
                }
                (root, value)
            });
            whole.and_then(|(root, value)| serde_json::from_value(object!({ root: value })).ok())
        }
        Protocol::Json { .. }
        | Protocol::RestJson
        | Protocol::RestXml
        | Protocol::Query { .. }
        | Protocol::Ec2 { .. } => None,
    };
    // As a generated client has it, and for its reason: an answer that cannot be read is no better the next time.
    told.ok_or_else(|| {
        let error = match service.protocol {
            _ if is_success => ErrorMetadata::builder().build(),
            Protocol::Json { .. } | Protocol::RestJson => json::error(response.headers().get("x-amzn-errortype"), body),
            Protocol::Query { .. } | Protocol::Ec2 { .. } | Protocol::RestXml => {
                text().and_then(xml::error).unwrap_or_default()
            }
        };
        OrchestratorError::operation(error)
    })
}
