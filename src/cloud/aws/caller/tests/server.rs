//! A server that gives the answers it was told, one after the other, and keeps what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What is answered.
#[derive(Clone)]
pub(super) struct Reply {
    status: u16,
    body: String,
    headers: Vec<(&'static str, String)>,
    after: Duration,
}

/// An answer with a request id, as a service's.
pub(super) fn answer(status: u16, body: &str) -> Reply {
    let headers = vec![("x-amzn-requestid", "id-1".to_owned())];
    Reply { status, body: body.to_owned(), headers, after: Duration::ZERO }
}

impl Reply {
    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
    pub(super) fn without_id(mut self) -> Self {
        self.headers.clear();
        self
    }
    pub(super) fn after(self, after: Duration) -> Self {
        Self { after, ..self }
    }
}

#[derive(Default)]
struct Seen {
    requests: Vec<String>,
    connections: usize,
    replies: VecDeque<Reply>,
}

pub(super) struct Server {
    pub(super) endpoint: String,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    pub(super) async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("a bound listener"));
        let seen = Arc::new(Mutex::new(Seen { replies: replies.into_iter().collect(), ..Seen::default() }));
        let kept = seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                kept.lock().expect("no panic").connections += 1;
                tokio::spawn(serve(stream, kept.clone()));
            }
        });
        Self { endpoint, seen }
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.seen.lock().expect("no panic").requests.clone()
    }

    pub(super) fn connections(&self) -> usize {
        self.seen.lock().expect("no panic").connections
    }
}

async fn serve(mut stream: TcpStream, seen: Arc<Mutex<Seen>>) {
    while let Some(request) = request(&mut stream).await {
        let reply = {
            let mut seen = seen.lock().expect("no panic");
            seen.requests.push(request);
            seen.replies.pop_front().expect("an answer for every request")
        };
        tokio::time::sleep(reply.after).await;
        let headers: String = reply.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let Reply { status, body, .. } = reply;
        let text = format!("HTTP/1.1 {status} x\r\n{headers}content-length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// One request, head and body.
async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.and_then(|length| length.parse().ok()).unwrap_or(0) {
                return Some(text);
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => read.extend_from_slice(&buffer[..count]),
        }
    }
}
