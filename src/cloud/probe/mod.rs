//! Looks from where Landfall runs: HTTP, TCP and commands. Knows no cloud.

pub mod command;
mod http;
mod tcp;

use crate::service::{Observation, Query, Unanswered};

/// Answers every query of these kinds, all at once.
pub async fn look(queries: Vec<&Query>) -> Vec<(Query, Result<Observation, Unanswered>)> {
    let looks = queries.into_iter().map(|query| async move {
        let observation = match query {
            Query::Http(probe) => Observation::Http(http::get(probe).await),
            Query::Tcp { host, port } => tcp::connect(host, *port).await,
            Query::Look(invocation) => Observation::Exit(command::run(invocation).await),
            _ => return None,
        };
        Some((query.clone(), Ok(observation)))
    });
    futures::future::join_all(looks).await.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::HttpProbe;
    use crate::service::observation::HttpAnswer;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    async fn one(query: Query) -> Observation {
        let (_, answer) = look(vec![&query]).await.pop().expect("one answer for one question");
        answer.expect("a probe always says something")
    }

    /// Asks a server that answers every request with `reply`, `{here}` replaced by its own address.
    async fn asked(reply: &'static str, body: &str) -> HttpAnswer {
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
        let probe = HttpProbe { url, method, headers: [("x-probe".to_owned(), "1".to_owned())].into(), body: None };
        let answer = one(Query::Http(probe)).await;
        serving.abort();
        match answer {
            Observation::Http(answer) => answer,
            other => panic!("an HTTP answer was wanted, not {other:?}"),
        }
    }

    #[tokio::test]
    async fn an_http_answer_has_its_status_and_body() {
        let answer = asked("HTTP/1.1 503 Busy\r\nconnection: close\r\n\r\n", "not yet").await;
        assert_eq!((answer.status, answer.body.as_str(), answer.error), (Some(503), "not yet", None));
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_64_kib() {
        let answer = asked("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", &"x".repeat(200_000)).await;
        assert_eq!((answer.status, answer.body.len()), (Some(200), 64 * 1024));
    }

    #[tokio::test]
    async fn redirects_without_end_are_not_followed_without_end() {
        let answer = asked("HTTP/1.1 302 Found\r\nlocation: {here}/again\r\nconnection: close\r\n\r\n", "").await;
        assert_eq!(answer.status, None);
        assert!(answer.error.expect("why not").contains("redirect"));
    }

    #[tokio::test]
    async fn a_connection_is_accepted_or_says_why_not() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("a bound listener").port();
        let accepted = one(Query::Tcp { host: "127.0.0.1".into(), port }).await;
        assert!(matches!(accepted, Observation::Tcp { accepted: true, error: None, .. }), "{accepted:?}");
        drop(listener);
        let refused = one(Query::Tcp { host: "127.0.0.1".into(), port }).await;
        assert!(matches!(refused, Observation::Tcp { accepted: false, error: Some(_), .. }), "{refused:?}");
    }
}
