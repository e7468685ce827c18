//! The one sentence about the run: what sort of run it is, what matters most now, the clock, what and where. The
//! terminal's title; the one place to change what that is.

use super::status_line;
use super::world::World;

/// How many parts a title has room for: what blocks and the clock, or the clock and what runs.
const TOLD: usize = 2;

/// The sentence.
pub fn sentence(world: &World) -> String {
    let label = status_line::label(world).text;
    let mut parts = status_line::parts(world);
    // What is done and where goes last: it never changes.
    parts.rotate_left(1);
    let told: Vec<String> = parts.into_iter().take(TOLD).map(|part| part.text).collect();
    format!("{label} {}", told.join(" │ "))
}
