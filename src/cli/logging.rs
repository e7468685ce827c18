//! What libraries have to say goes to a file, never over the console. On with `LANDFALL_LOG=info` (or finer), to
//! `landfall.log` under the user's state folder. No body of a request or an answer is ever in it.

use crate::files;
use std::sync::Mutex;
use tracing_subscriber::filter::{FilterExt, LevelFilter, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

/// Starts logging if it is asked for. A log that cannot be opened is done without: it must never stop a recovery.
pub fn start() {
    let Ok(filter) = EnvFilter::try_from_env("LANDFALL_LOG") else { return };
    let Ok(folder) = super::live::state_folder() else { return };
    if files::make_folder(&folder).is_err() {
        return;
    }
    let Ok(file) = files::append(&folder.join("landfall.log")) else { return };
    // At its finest the SDK writes whole requests down, and with them what is put into a secret.
    let no_bodies = filter_fn(|event| !(event.target().starts_with("aws_") && *event.level() == LevelFilter::TRACE));
    let lines = fmt::layer().with_ansi(false).with_writer(Mutex::new(file)).with_filter(filter.and(no_bodies));
    let _ = tracing_subscriber::registry().with(lines).try_init();
}
