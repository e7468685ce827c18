//! Writes a command's answer to standard output, and everything else to standard error. A reader who has had enough
//! (`| head`) is no error, and whoever cannot be told anything stops nothing.

use super::out;
use miette::{IntoDiagnostic, WrapErr};
use std::io::ErrorKind;
use std::path::Path;

/// Writes `text`, cleaned.
///
/// # Errors
/// When standard output cannot be written to, for any reason but its reader being gone.
pub fn print(text: &str) -> miette::Result<()> {
    taken(out::print(text))
}

/// Writes `text`, which has colours of ours.
///
/// # Errors
/// As [`print()`].
pub fn print_styled(text: &str) -> miette::Result<()> {
    taken(out::print_styled(text))
}

/// Writes JSON: what could act on a terminal as its number.
///
/// # Errors
/// As [`print()`].
pub fn print_json(json: &str) -> miette::Result<()> {
    taken(out::print_json(json))
}

/// Writes `text`, as JSON or cleaned, and tells whether anybody still reads: who tells again and again ends when nobody does.
///
/// # Errors
/// As [`print()`].
pub fn is_read(text: &str, as_json: bool) -> miette::Result<bool> {
    let written = if as_json { out::print_json(text) } else { out::print(text) };
    let is_gone = written.as_ref().is_err_and(|error| error.kind() == ErrorKind::BrokenPipe);
    taken(written).map(|()| !is_gone)
}

fn taken(written: std::io::Result<()>) -> miette::Result<()> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).into_diagnostic().wrap_err("the answer cannot be written to standard output")
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Refuses to write to `out` where that is one of `journals`, by whatever name.
///
/// # Errors
/// When it is.
pub fn spare(out: &Path, journals: &[&Path]) -> miette::Result<()> {
    let Ok(out_file) = out.canonicalize() else { return Ok(()) };
    if journals.iter().any(|journal| journal.canonicalize().is_ok_and(|journal| journal == out_file)) {
        return Err(miette::miette!(
            help = "name another file",
            "{} is the journal itself: a journal is never written over",
            out.display()
        ));
    }
    Ok(())
}

/// What is said of a journal that is not there.
pub fn missing(journal: &Path) -> miette::Report {
    let journal = journal.display();
    match super::live::state_folder() {
        Ok(folder) => miette::miette!(
            help = format!("journals are kept in {} when none is named", folder.display()),
            "there is no journal {journal}"
        ),
        Err(_) => miette::miette!("there is no journal {journal}"),
    }
}
