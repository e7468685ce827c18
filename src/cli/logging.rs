//! What libraries have to say goes to a file, never over the console. On with `LANDFALL_LOG=info` (or finer), to
//! `landfall.log` under the user's state folder.

use std::fs::{DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::sync::Mutex;
use tracing_subscriber::EnvFilter;

/// Starts logging if it is asked for. A log that cannot be opened is done without: it must never stop a recovery.
pub fn start() {
    let Ok(filter) = EnvFilter::try_from_env("LANDFALL_LOG") else { return };
    let Ok(folder) = super::live::state_folder() else { return };
    if DirBuilder::new().recursive(true).mode(0o700).create(&folder).is_err() {
        return;
    }
    let Ok(file) = OpenOptions::new().create(true).append(true).mode(0o600).open(folder.join("landfall.log")) else {
        return;
    };
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Mutex::new(file));
    let _ = subscriber.try_init();
}
