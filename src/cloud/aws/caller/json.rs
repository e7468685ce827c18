//! The AWS JSON protocols 1.0 and 1.1: a request and its answer on the wire ("AWS JSON 1.1 protocol", Smithy).

use super::Service;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A POST of the request's own JSON.
pub(super) fn request(
    service: &Service,
    operation: &'static str,
    request: &impl Serialize,
) -> Result<HttpRequest, BoxError> {
    let body = serde_json::to_vec(request)?;
    let length = body.len().to_string();
    let mut posted = HttpRequest::new(SdkBody::from(body));
    posted.set_method("POST")?;
    posted.set_uri("/")?;
    let headers = posted.headers_mut();
    headers.insert("content-type", format!("application/x-amz-json-{}", service.json));
    headers.insert("content-length", length);
    headers.insert("x-amz-target", format!("{}.{operation}", service.target));
    Ok(posted)
}

/// What came back: the answer, or the service's error. What is neither is an error without a code, as of a proxy.
pub(super) fn answer<A: DeserializeOwned>(response: &HttpResponse) -> Result<A, OrchestratorError<ErrorMetadata>> {
    let body = response.body().bytes().unwrap_or_default();
    if !response.status().is_success() {
        return Err(OrchestratorError::operation(error(response.headers().get("x-amzn-errortype"), body)));
    }
    // As a generated client has it, and for its reason: an answer that cannot be read is no better the next time.
    serde_json::from_slice(body).map_err(|_| OrchestratorError::operation(ErrorMetadata::builder().build()))
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

fn error(header: Option<&str>, body: &[u8]) -> ErrorMetadata {
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
