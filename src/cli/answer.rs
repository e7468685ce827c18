//! Writes a command's answer to standard output. A reader who has had enough (`| head`) is no error.

use miette::{IntoDiagnostic, WrapErr};
use std::io::{ErrorKind, Write};

/// Writes `text` as it is.
///
/// # Errors
/// When standard output cannot be written to, for any reason but its reader being gone.
pub fn print(text: &str) -> miette::Result<()> {
    let mut out = std::io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).into_diagnostic().wrap_err("the answer cannot be written to standard output")
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
