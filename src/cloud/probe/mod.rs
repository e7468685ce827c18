//! Looks from where Landfall runs: HTTP, TCP, DNS and commands. Knows no cloud.

pub mod command;
pub mod dns;
mod http;
mod strays;
mod tcp;
mod terraform;

use crate::cloud::Evidence;
use crate::plan::Region;
use crate::service::{LocalObservation, LocalOperation, LocalQuery, Observation, Query, Reply, Unanswered};
use std::io::ErrorKind;

/// Answers every query of these kinds, all at once.
pub async fn look(queries: Vec<&Query>) -> Vec<(Query, Result<Observation, Unanswered>)> {
    let looks = queries.into_iter().map(|query| async move {
        let observation = match query {
            Query::Local(LocalQuery::Http(probe)) => Observation::Local(LocalObservation::Http(http::get(probe).await)),
            Query::Local(LocalQuery::Tcp { host, port }) => tcp::connect(host, *port).await,
            Query::Local(LocalQuery::Look(invocation)) => {
                Observation::Local(LocalObservation::Exit(command::run(invocation).await))
            }
            Query::Local(LocalQuery::Terraform(question)) => {
                Observation::Local(LocalObservation::Terraform(Box::new(terraform::look(question).await)))
            }
            _ => return None,
        };
        Some((query.clone(), Ok(observation)))
    });
    futures::future::join_all(looks).await.into_iter().flatten().collect()
}

/// Does what is done where Landfall runs, for a step of `region`.
pub async fn perform(operation: &LocalOperation, region: &Region, evidence: &Evidence) -> Reply {
    match operation {
        LocalOperation::Run(invocation) => command::perform(invocation, region, evidence).await,
        LocalOperation::Terraform(deed) => terraform::perform(deed, region, evidence).await,
        // Whoever runs plug-ins stands before this.
        LocalOperation::Plugin(_) => Reply::Refused { code: None, message: "no plug-in is run here".into() },
    }
}

/// Why a connection failed, in words for who does not read error numbers.
fn said(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::ConnectionRefused => "connection refused: nothing listens there".to_owned(),
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof => {
            "the connection was closed".to_owned()
        }
        ErrorKind::TimedOut => "no answer".to_owned(),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => "no way leads there from here".to_owned(),
        _ if is_about_the_name(&error.to_string()) => "its name cannot be resolved".to_owned(),
        _ => error.to_string(),
    }
}

/// The resolver's errors have no kind of their own: they are known by their first words.
fn is_about_the_name(words: &str) -> bool {
    words.contains("failed to lookup address") || words.contains("dns error")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::HttpProbe;
    use crate::service::observation::HttpAnswer;
    use crate::service::observation::TcpAnswer;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    async fn one(query: Query) -> Observation {
        let (_, answer) = look(vec![&query]).await.pop().expect("one answer for one question");
        answer.expect("a probe always says something")
    }

    /// Asks a server that answers every request with `reply`, `{here}` replaced by its own address.
    async fn asked(reply: &'static str, body: &str, redirects: u32) -> HttpAnswer {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let here = format!("http://{}", listener.local_addr().expect("a bound listener"));
        let reply = format!("{}{body}", reply.replace("{here}", &here));
        let serving = tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let mut request = [0; 4096];
                let _ = connection.read(&mut request).await;
                let _ = connection.write_all(reply.as_bytes()).await;
            }
        });
        let (url, method) = (here.as_str().into(), "GET".into());
        let headers = [("x-probe".to_owned(), "1".to_owned())].into();
        let probe = HttpProbe { url, method, headers, body: None, redirects, expects: Vec::new() };
        let answer = one(Query::Local(LocalQuery::Http(probe))).await;
        serving.abort();
        match answer {
            Observation::Local(LocalObservation::Http(answer)) => answer,
            other => panic!("an HTTP answer was wanted, not {other:?}"),
        }
    }

    #[tokio::test]
    async fn an_http_answer_has_its_status_and_body() {
        let answer = asked("HTTP/1.1 503 Busy\r\nconnection: close\r\n\r\n", "not yet", 0).await;
        assert_eq!((answer.status, answer.body.as_str(), answer.error), (Some(503), "not yet", None));
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_64_kib() {
        let answer = asked("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", &"x".repeat(200_000), 0).await;
        assert_eq!((answer.status, answer.body.len()), (Some(200), 64 * 1024));
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_of_its_own_unless_the_plan_has_it_followed() {
        let circle = "HTTP/1.1 302 Found\r\nlocation: {here}/again\r\nconnection: close\r\n\r\n";
        for redirects in [0, 3] {
            let answer = asked(circle, "", redirects).await;
            assert_eq!((answer.status, answer.redirects, answer.from), (Some(302), redirects, None));
            assert!(answer.to.expect("where it sends on to").starts_with("127.0.0.1:"));
        }
        let elsewhere = "HTTP/1.1 301 Moved\r\nlocation: https://user:secret@sorry.example.net:8443/page?token=1\r\nconnection: close\r\n\r\n";
        let answer = asked(elsewhere, "", 0).await;
        assert_eq!(answer.to.as_deref(), Some("sorry.example.net:8443"), "the host, and nothing that may be secret");
        let odd = "HTTP/1.1 302 Found\r\nlocation: file:///etc/passwd\r\nconnection: close\r\n\r\n";
        assert_eq!((asked(odd, "", 5).await.status, asked(odd, "", 5).await.redirects), (Some(302), 0));
    }

    /// A server that answers `reply` once for each request, and what it was asked.
    async fn server(reply: String) -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let here = format!("http://{}", listener.local_addr().expect("a bound listener"));
        let (tell, asked) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let mut request = vec![0; 4096];
                let read = connection.read(&mut request).await.unwrap_or(0);
                let _ = tell.send(String::from_utf8_lossy(&request[..read]).into_owned());
                let _ = connection.write_all(reply.as_bytes()).await;
            }
        });
        (here, asked)
    }

    #[tokio::test]
    async fn what_the_plan_sends_to_one_host_is_not_sent_on_to_another() {
        let (other, mut asked) = server("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhere".to_owned()).await;
        let sends_on = format!("HTTP/1.1 307 Elsewhere\r\nlocation: {other}/landed\r\nconnection: close\r\n\r\n");
        let (here, mut first) = server(sends_on).await;
        let headers = [("x-token".to_owned(), "secret".to_owned())].into();
        let (method, body) = ("POST".into(), Some("secret body".to_owned()));
        let probe = HttpProbe { url: here.as_str().into(), method, headers, body, redirects: 1, expects: Vec::new() };
        let Observation::Local(LocalObservation::Http(answer)) = one(Query::Local(LocalQuery::Http(probe))).await
        else {
            panic!("an HTTP answer")
        };
        assert_eq!((answer.status, answer.redirects, answer.body.as_str()), (Some(200), 1, "here"));
        assert_eq!(answer.from.as_deref(), other.strip_prefix("http://"));
        assert!(first.recv().await.expect("a request").contains("x-token: secret"));
        let second = asked.recv().await.expect("a request");
        assert!(second.starts_with("POST /landed ") && !second.contains("secret"), "{second}");
    }

    #[tokio::test]
    async fn why_there_is_no_answer_is_said_in_words_and_without_the_address() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("a bound listener").port();
        drop(listener);
        let get = |url: String| async move {
            let probe = HttpProbe {
                url: url.into(),
                method: "GET".into(),
                headers: Default::default(),
                body: None,
                redirects: 0,
                expects: Vec::new(),
            };
            match one(Query::Local(LocalQuery::Http(probe))).await {
                Observation::Local(LocalObservation::Http(answer)) => answer.error.expect("no answer").to_string(),
                other => panic!("{other:?}"),
            }
        };
        let refused = get(format!("http://user:secret@127.0.0.1:{port}/?token=secret")).await;
        assert_eq!(refused, format!("127.0.0.1:{port}: connection refused: nothing listens there"));
        let nowhere = get("http://no-such-host.invalid/".to_owned()).await;
        assert_eq!(nowhere, "no-such-host.invalid: its name cannot be resolved");
        let plain = server("HTTP/1.1 200 OK\r\n\r\n".to_owned()).await.0.replace("http://", "https://");
        let no_tls = get(plain).await;
        assert!(no_tls.contains("it speaks no TLS"), "{no_tls}");
    }

    #[tokio::test]
    async fn a_connection_is_accepted_or_says_why_not() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("a bound listener").port();
        let accepted = one(Query::Local(LocalQuery::Tcp { host: "127.0.0.1".into(), port })).await;
        assert!(
            matches!(
                accepted,
                Observation::Local(LocalObservation::Tcp(TcpAnswer { accepted: true, error: None, .. }))
            ),
            "{accepted:?}"
        );
        drop(listener);
        let refused = one(Query::Local(LocalQuery::Tcp { host: "127.0.0.1".into(), port })).await;
        assert!(
            matches!(
                refused,
                Observation::Local(LocalObservation::Tcp(TcpAnswer { accepted: false, error: Some(_), .. }))
            ),
            "{refused:?}"
        );
    }
}
