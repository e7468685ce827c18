//! How things look: the theme's roles, the glyphs and their ASCII twins, the mark each status gets. Knows
//! statuses; knows no screen and no key.

pub mod glyphs;
pub mod mark;
pub mod theme;
pub mod themes;

pub use glyphs::Glyphs;
pub use mark::Mark;
pub use theme::{Role, Theme};
pub use themes::{ThemeError, Themes};
