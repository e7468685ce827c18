//! The AWS JSON protocols 1.0 and 1.1: a request and an error on the wire ("AWS JSON 1.1 protocol", Smithy).

use super::wire::post;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::error::ErrorMetadata;
use serde::{Deserialize, Serialize};

/// A POST of the request's own JSON.
pub(super) fn request(
    (target, version): (&str, &str),
    operation: &str,
    request: &impl Serialize,
) -> Result<HttpRequest, BoxError> {
    let body = serde_json::to_vec(request)?;
    let mut posted = post(body, format!("application/x-amz-json-{version}"))?;
    posted.headers_mut().insert("x-amz-target", format!("{target}.{operation}"));
    Ok(posted)
}

/// How an error of these protocols is told.
#[derive(Default, Deserialize)]
struct Told {
    #[serde(rename = "__type")]
    kind: Option<String>,
    code: Option<String>,
    #[serde(alias = "Message", alias = "errorMessage")]
    message: Option<String>,
}

pub(super) fn error(header: Option<&str>, body: &[u8]) -> ErrorMetadata {
    let told: Told = serde_json::from_slice(body).unwrap_or_default();
    let mut error = ErrorMetadata::builder();
    if let Some(code) = header.or(told.code.as_deref()).or(told.kind.as_deref()).and_then(bare) {
        error = error.code(code);
    }
    if let Some(message) = told.message {
        error = error.message(message);
    }
    error.build()
}

/// The code alone: it may come as `com.amazonaws.ecr#CODE:http://…`.
fn bare(code: &str) -> Option<&str> {
    let code = code.split(':').next().unwrap_or(code);
    let code = code.rsplit('#').next().unwrap_or(code).trim();
    (!code.is_empty()).then_some(code)
}
