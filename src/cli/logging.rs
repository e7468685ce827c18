//! What libraries have to say goes to a file, never over the console. On with `LANDFALL_LOG=info` (or finer), to
//! `landfall.log` under the user's state folder.

use crate::files;
use std::sync::Mutex;
use tracing_subscriber::EnvFilter;

/// Starts logging if it is asked for. A log that cannot be opened is done without: it must never stop a recovery.
pub fn start() {
    let Ok(filter) = EnvFilter::try_from_env("LANDFALL_LOG") else { return };
    let Ok(folder) = super::live::state_folder() else { return };
    if files::make_folder(&folder).is_err() {
        return;
    }
    let Ok(file) = files::append(&folder.join("landfall.log")) else { return };
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Mutex::new(file));
    let _ = subscriber.try_init();
}
