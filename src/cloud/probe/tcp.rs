//! Whether a TCP connection is accepted.

use crate::service::observation::TcpAnswer;
use crate::service::{LocalObservation, Observation};
use crate::text::Clean;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// How long a connection may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connects, and lets go at once.
pub(super) async fn connect(host: &str, port: u16) -> Observation {
    let started = Instant::now();
    let connected = tokio::time::timeout(PATIENCE, TcpStream::connect((host, port))).await;
    let error = match &connected {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(Clean::new(&super::said(error))),
        Err(_) => Some(Clean::new("no answer within 5 s")),
    };
    let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Observation::Local(LocalObservation::Tcp(TcpAnswer { accepted: error.is_none(), millis, error }))
}
