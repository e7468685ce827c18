//! What the rows of the commands table do: drive the run, look about, play a recording.

mod drive;
mod look;
mod narrow;
mod play;
mod roam;
