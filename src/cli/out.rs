//! The one way out for text: everything that reaches standard output or standard error of a command is cleaned here, at
//! the last moment, errors, file names and arguments included. Never panics, whatever became of the terminal. The
//! console draws on its own.

use crate::text::{escaped_json, washed, washed_but_styled};
use miette::{Diagnostic, LabeledSpan, MietteHandler, MietteHandlerOpts, ReportHandler, Severity, SourceCode};
use std::fmt;
use std::io::{IsTerminal, Write, stderr, stdout};

/// Writes `text` to standard output, cleaned.
///
/// # Errors
/// When it takes nothing.
pub fn print(text: &str) -> std::io::Result<()> {
    write(stdout(), &washed(text))
}

/// Writes `text`, which has our own colours, to standard output. What stands between them is clean already.
///
/// # Errors
/// When it takes nothing.
pub fn print_styled(text: &str) -> std::io::Result<()> {
    write(stdout(), &washed_but_styled(text))
}

/// Writes JSON to standard output: the same values, what could act on a terminal as its number.
///
/// # Errors
/// When it takes nothing.
pub fn print_json(json: &str) -> std::io::Result<()> {
    write(stdout(), &escaped_json(json))
}

/// Says `text` on standard error, cleaned, as a line of its own. One that takes nothing is no reason to stop.
pub fn say(text: impl fmt::Display) {
    let _ = write(stderr(), &format!("{}\n", washed(&text.to_string())));
}

/// Shows what went wrong on standard error.
pub fn fail(report: &miette::Report) {
    let coloured = stderr().is_terminal() && !no_colour();
    let text = told(report.as_ref(), coloured);
    let _ = write(stderr(), &if coloured { washed_but_styled(&text) } else { washed(&text).into_owned() });
}

/// Says what clap has to say: mistakes, which hold the arguments, to standard error; help to standard output.
pub fn usage(error: &clap::Error) {
    let text = error.render();
    if error.use_stderr() {
        return say(text.to_string().trim_end());
    }
    let coloured = stdout().is_terminal() && !no_colour();
    let _ = if coloured { print_styled(&text.ansi().to_string()) } else { print(&text.to_string()) };
}

fn no_colour() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

fn write(mut out: impl Write, text: &str) -> std::io::Result<()> {
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// The report as it is shown; coloured, nothing in it but the colours can act.
fn told(diagnostic: &dyn Diagnostic, coloured: bool) -> String {
    // No links: they are escapes that hold a foreign text.
    let handler = MietteHandlerOpts::new().color(coloured).terminal_links(false).build();
    format!("{}\n", Shown(&handler, &Washed::of(diagnostic)))
}

struct Shown<'a>(&'a MietteHandler, &'a Washed<'a>);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.debug(self.1, f)
    }
}

/// A diagnostic with every text cleaned before it is coloured: afterwards theirs could not be told from ours. Excerpts of
/// files are clean by themselves.
#[derive(Debug)]
struct Washed<'a> {
    message: String,
    found: Option<&'a dyn Diagnostic>,
    cause: Option<Box<Washed<'a>>>,
    related: Vec<Washed<'a>>,
}

impl<'a> Washed<'a> {
    fn of(found: &'a dyn Diagnostic) -> Self {
        let cause = match (found.diagnostic_source(), found.source()) {
            (Some(cause), _) => Some(Box::new(Self::of(cause))),
            (None, Some(cause)) => Some(Box::new(Self::plain(cause))),
            (None, None) => None,
        };
        let related = found.related().into_iter().flatten().map(Self::of).collect();
        Self { message: washed(&found.to_string()).into_owned(), found: Some(found), cause, related }
    }

    fn plain(error: &'a dyn std::error::Error) -> Self {
        let cause = error.source().map(|cause| Box::new(Self::plain(cause)));
        Self { message: washed(&error.to_string()).into_owned(), found: None, cause, related: Vec::new() }
    }

    fn text<'b>(text: Option<Box<dyn fmt::Display + 'b>>) -> Option<Box<dyn fmt::Display + 'b>> {
        text.map(|text| Box::new(washed(&text.to_string()).into_owned()) as Box<dyn fmt::Display>)
    }
}

impl fmt::Display for Washed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Washed<'_> {}

impl Diagnostic for Washed<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        Self::text(self.found?.code())
    }
    fn severity(&self) -> Option<Severity> {
        self.found?.severity()
    }
    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        Self::text(self.found?.help())
    }
    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.found?.source_code()
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let labels = self.found?.labels()?;
        Some(Box::new(labels.map(|label| {
            LabeledSpan::new_with_span(label.label().map(|text| washed(text).into_owned()), *label.inner())
        })))
    }
    fn related<'b>(&'b self) -> Option<Box<dyn Iterator<Item = &'b dyn Diagnostic> + 'b>> {
        if self.related.is_empty() {
            return None;
        }
        Some(Box::new(self.related.iter().map(|related| related as &dyn Diagnostic)))
    }
    fn diagnostic_source(&self) -> Option<&dyn Diagnostic> {
        self.cause.as_deref().map(|cause| cause as &dyn Diagnostic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::diagnostic::{PlanError, PlanErrors};
    use miette::{IntoDiagnostic, WrapErr};

    const EVIL: &str = "\u{1b}]0;pwn\u{7}\u{1b}[2J\u{1b}[31m\u{202e}\u{9b}2J\u{1b}]8;;x\u{1b}\\";

    fn reports() -> Vec<miette::Report> {
        let name = format!("{EVIL}.toml");
        let text = format!("a = {EVIL}\n");
        let mistake = PlanError::new(0..1, EVIL, EVIL, EVIL);
        let io: std::io::Result<()> = Err(std::io::Error::other(EVIL));
        vec![
            miette::miette!(help = EVIL.to_owned(), "{EVIL}"),
            PlanErrors::new(&name, &text, vec![mistake.clone()]).into(),
            miette::Report::new(PlanErrors::new(&name, &text, vec![mistake])).wrap_err(EVIL),
            io.into_diagnostic().wrap_err_with(|| format!("reading {EVIL}")).expect_err("an error"),
        ]
    }

    #[test]
    fn nothing_foreign_in_an_error_acts_on_a_terminal() {
        for report in reports() {
            let plain = told(report.as_ref(), false);
            assert_eq!(plain, washed(&plain), "{plain:?}");
            assert!(plain.contains("]0;pwn"), "what was harmless is kept: {plain:?}");
            let coloured = told(report.as_ref(), true);
            assert_eq!(coloured, washed_but_styled(&coloured), "{coloured:?}");
            let ours = "\u{1b}[31m".len() * coloured.matches("\u{1b}[31m").count();
            assert!(ours > 0, "it is coloured: {coloured:?}");
            assert!(!coloured.contains("2J\u{1b}[31m"), "theirs is not: {coloured:?}");
        }
    }

    #[test]
    fn causes_helps_and_related_mistakes_are_still_told() {
        let told: Vec<String> = reports().iter().map(|report| told(report.as_ref(), false)).collect();
        assert!(told[1].contains("not a valid plan") && told[1].contains(":1:1]"), "{}", told[1]);
        assert!(told[2].contains("not a valid plan") && told[2].contains("help:"), "{}", told[2]);
        assert!(told[3].contains("reading") && told[3].lines().count() >= 2, "{}", told[3]);
    }

    #[test]
    fn arguments_come_back_harmless() {
        let error =
            clap::Command::new("landfall").try_get_matches_from(["landfall", EVIL]).expect_err("no such argument");
        let text = error.render().to_string();
        assert!(text != washed(&text), "clap leaves it as it is: {text:?}");
        assert!(washed(&text).contains("unexpected argument"), "{text:?}");
    }
}
