//! Small pieces that screens and layers are made of. They know text, columns and roles; no run and no key.

pub mod bar;
pub mod columns;
pub mod cursor;
pub mod curve;
pub mod field;
pub mod narrow;
pub mod order;
pub mod pane;
pub mod paned;
pub mod prose;
pub mod sheet;
pub mod split;

pub use columns::{Column, chosen, ends, fit, row, wrap};
pub use cursor::{Cursor, Motion};
pub use field::Field;
pub use narrow::Narrow;
pub use order::{By, Order};
pub use paned::Paned;
pub use split::Split;
