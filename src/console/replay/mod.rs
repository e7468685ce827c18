//! Playing a recording in the console: every panel shows the run as it stood at the time of the player.

mod beside;
mod marks;
mod player;
mod speed;
mod strip;

pub use beside::Beside;
pub use player::{Begin, Moment, Player};
pub use strip::strip;
