//! What the tests that need a cloud share. Knows nothing of Landfall's own code.

pub mod cloud;
mod control;
pub mod estate;
pub mod venv;
