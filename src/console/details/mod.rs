//! The whole of one thing in lines, for a layer in front of a screen and for a pane beside a list. Reads the world.

mod captured;
mod component;
mod drifted;
mod event;
mod finding;
mod step;

pub use captured::captured;
pub use component::component;
pub use drifted::drifted;
pub use event::event;
pub use finding::finding;
pub use step::step;
