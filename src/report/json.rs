//! A report as JSON: the model itself, versioned, with times in RFC 3339 and durations in seconds.

use super::Report;

/// Writes a report as one JSON object over many lines, with a line end.
///
/// # Errors
/// When a number in it is none that JSON knows.
pub fn write(report: &Report) -> Result<String, serde_json::Error> {
    let mut json = serde_json::to_string_pretty(report)?;
    json.push('\n');
    Ok(json)
}
