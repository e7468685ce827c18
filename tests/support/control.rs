//! The smallest HTTP client that can steer the test cloud: blocking, one connection a request, JSON back.

use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Sends one request to the control API of the cloud at `address` (`127.0.0.1:4570`).
///
/// # Panics
/// When the cloud does not answer, or with anything but 200.
pub fn request(address: &str, method: &str, path: &str, content_type: &str, body: &str) -> Value {
    let mut connection = TcpStream::connect(address).expect("the test cloud listens");
    connection.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout above zero");
    let length = body.len();
    let head = format!(
        "{method} /_cloud{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: {content_type}\r\ncontent-length: {length}\r\n\r\n"
    );
    connection.write_all(format!("{head}{body}").as_bytes()).expect("the test cloud takes a request");
    let mut reply = String::new();
    connection.read_to_string(&mut reply).expect("the test cloud answers");
    let (head, body) = reply.split_once("\r\n\r\n").expect("an HTTP reply");
    assert!(head.starts_with("HTTP/1.1 200"), "{method} {path} of the test cloud: {head}\n{body}");
    serde_json::from_str(body).expect("JSON from the test cloud")
}
