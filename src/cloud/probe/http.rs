//! One HTTP request and what is kept of its answer.

use crate::service::HttpProbe;
use crate::service::observation::HttpAnswer;
use crate::text::Clean;
use reqwest::{Client, Method};
use std::error::Error;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of a body is read, in bytes.
const BODY: usize = 64 * 1024;

/// Sends the request. Never fails: no answer is an answer of its own.
pub(super) async fn get(probe: &HttpProbe) -> HttpAnswer {
    let started = Instant::now();
    let result = tokio::time::timeout(PATIENCE, send(probe)).await;
    let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    match result {
        Ok(Ok((status, body))) => HttpAnswer { status: Some(status), body, millis, ..HttpAnswer::default() },
        Ok(Err(error)) => HttpAnswer { millis, error: Some(Clean::new(&error)), ..HttpAnswer::default() },
        Err(_) => HttpAnswer { millis, error: Some(Clean::new("no answer within 10 s")), ..HttpAnswer::default() },
    }
}

async fn send(probe: &HttpProbe) -> Result<(u16, String), String> {
    let method = Method::from_bytes(probe.method.as_bytes()).map_err(|error| error.to_string())?;
    let mut request = client()?.request(method, probe.url.as_str());
    for (name, value) in &probe.headers {
        request = request.header(name, value);
    }
    if let Some(body) = &probe.body {
        request = request.body(body.clone());
    }
    let mut answer = request.send().await.map_err(|error| words(&error))?;
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| words(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() >= BODY {
            body.truncate(BODY);
            break;
        }
    }
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

/// One client without kept connections: a probe must find out where the name points now.
fn client() -> Result<&'static Client, String> {
    static CLIENT: OnceLock<Result<Client, String>> = OnceLock::new();
    let made = CLIENT.get_or_init(|| {
        let builder = Client::builder().pool_max_idle_per_host(0).redirect(reqwest::redirect::Policy::limited(5));
        builder.user_agent(concat!("landfall/", env!("CARGO_PKG_VERSION"))).build().map_err(|error| words(&error))
    });
    made.as_ref().map_err(Clone::clone)
}

/// The error with its causes: the outermost says only that a request failed.
fn words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut at = error.source();
    while let Some(source) = at {
        words.push_str(": ");
        words.push_str(&source.to_string());
        at = source.source();
    }
    words
}
