//! The signals that ask a session to end: it finishes nothing new, writes down what it has sent, and says how to go on.

use tokio::signal::unix::{SignalKind, signal};

/// Waits for SIGINT, SIGTERM or SIGHUP and gives its name. Where a signal cannot be listened for, its default stays.
pub async fn ask_to_stop() -> &'static str {
    let one = |kind: SignalKind, name: &'static str| async move {
        match signal(kind) {
            Ok(mut signals) => {
                signals.recv().await;
                name
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        name = one(SignalKind::interrupt(), "SIGINT") => name,
        name = one(SignalKind::terminate(), "SIGTERM") => name,
        name = one(SignalKind::hangup(), "SIGHUP") => name,
    }
}
