//! One HTTP request, the redirects that the plan lets it follow, and what is kept of the answer.

use crate::service::HttpProbe;
use crate::service::observation::HttpAnswer;
use crate::text::Clean;
use reqwest::header::LOCATION;
use reqwest::{Client, Method, Response, StatusCode, Url};
use std::error::Error;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How long an answer may take, redirects included.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of a body is read, in bytes.
const BODY: usize = 64 * 1024;

/// Sends the request. Never fails: no answer is an answer of its own.
pub(super) async fn get(probe: &HttpProbe) -> HttpAnswer {
    let started = Instant::now();
    let result = tokio::time::timeout(PATIENCE, send(probe)).await;
    let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let none = |error: &str| HttpAnswer { millis, error: Some(Clean::new(error)), ..HttpAnswer::default() };
    match result {
        Ok(Ok(answer)) => HttpAnswer { millis, ..answer },
        Ok(Err(error)) => none(&error),
        Err(_) => none("no answer within 10 s"),
    }
}

async fn send(probe: &HttpProbe) -> Result<HttpAnswer, String> {
    let mut method = Method::from_bytes(probe.method.as_bytes()).map_err(|error| error.to_string())?;
    let first = Url::parse(&probe.url).map_err(|error| format!("{} is not an address: {error}", probe.url))?;
    let (mut url, mut followed) = (first.clone(), 0);
    loop {
        let mut request = client()?.request(method.clone(), url.clone());
        // What the plan gives for one host is not given to another that it was sent on to.
        if is_one_host(&first, &url) {
            for (name, value) in &probe.headers {
                request = request.header(name, value);
            }
        }
        if let Some(body) = probe.body.as_ref().filter(|_| method == probe.method.as_str() && is_one_host(&first, &url))
        {
            request = request.body(body.clone());
        }
        let answer = request.send().await.map_err(|error| words(error, &url))?;
        let status = answer.status();
        let next = next(&answer, &url);
        match &next {
            Some(to) if followed < probe.redirects => {
                followed += 1;
                method = method_after(status, method);
                url = to.clone();
            }
            _ => {
                let from = (followed > 0 && !is_one_host(&first, &url)).then(|| host(&url));
                let to = next.as_ref().map(host);
                let body = body(answer, &url).await?;
                let status = Some(status.as_u16());
                return Ok(HttpAnswer { status, body, redirects: followed, from, to, ..HttpAnswer::default() });
            }
        }
    }
}

async fn body(mut answer: Response, url: &Url) -> Result<String, String> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| words(error, url))? {
        body.extend_from_slice(&chunk);
        if body.len() >= BODY {
            body.truncate(BODY);
            break;
        }
    }
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// Where an answer sends on to; only to an HTTP address.
fn next(answer: &Response, from: &Url) -> Option<Url> {
    if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = answer.headers().get(LOCATION)?.to_str().ok()?;
    from.join(location).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// A redirect that is no promise to keep the method is followed by looking (RFC 9110, 15.4).
fn method_after(status: StatusCode, method: Method) -> Method {
    match status.as_u16() {
        303 if method != Method::HEAD => Method::GET,
        301 | 302 if method == Method::POST => Method::GET,
        _ => method,
    }
}

fn is_one_host(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port_or_known_default() == other.port_or_known_default()
}

/// The host of an address, with its port where that is not the usual one: the rest may hold what is nobody's business.
fn host(url: &Url) -> Clean {
    let host = url.host_str().unwrap_or_default();
    Clean::new(&url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// One client without kept connections: a probe must find out where the name points now.
fn client() -> Result<&'static Client, String> {
    static CLIENT: OnceLock<Result<Client, String>> = OnceLock::new();
    let made = CLIENT.get_or_init(|| {
        let builder = Client::builder().pool_max_idle_per_host(0).redirect(reqwest::redirect::Policy::none());
        let builder = builder.user_agent(concat!("landfall/", env!("CARGO_PKG_VERSION")));
        builder.build().map_err(|error| chain(&error))
    });
    made.as_ref().map_err(Clone::clone)
}

/// What went wrong, without the address: it may hold a password.
fn words(error: reqwest::Error, url: &Url) -> String {
    let (host, error) = (host(url), error.without_url());
    let all = chain(&error);
    if let Some((_, why)) = all.split_once("invalid peer certificate: ") {
        return format!("{host}: its TLS certificate is not accepted: {}", certificate(why));
    }
    if all.contains("InvalidContentType") {
        return format!("{host}: it speaks no TLS");
    }
    if let Some(io) = source::<std::io::Error>(&error).filter(|_| error.is_connect()) {
        return format!("{host}: {}", super::said(io));
    }
    if super::is_about_the_name(&all) {
        return format!("{host}: its name cannot be resolved");
    }
    if error.is_timeout() {
        return format!("{host}: no answer in time");
    }
    format!("{host}: {all}")
}

/// What is wrong with a certificate, in words for who has to renew it. The error's own type is not ours to name.
fn certificate(why: &str) -> String {
    let known = [
        ("certificate expired", "it has expired"),
        ("Expired", "it has expired"),
        ("not valid for name", "it is for another name"),
        ("NotValidForName", "it is for another name"),
        ("UnknownIssuer", "nobody known here has issued it"),
    ];
    let found = known.iter().find(|(word, _)| why.contains(word));
    found.map_or_else(|| why.to_owned(), |(_, words)| format!("{words} ({why})"))
}

/// The cause of this type, however deep.
fn source<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    causes(error).find_map(|error| error.downcast_ref())
}

/// The error in words with its causes: the outermost says only that a request failed.
fn chain(error: &(dyn Error + 'static)) -> String {
    causes(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}
