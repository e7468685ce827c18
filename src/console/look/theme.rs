//! Themes: the style of each semantic role, read from `themes/*.toml`. Knows no screen.

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::str::FromStr;

/// What a piece of the screen means; the theme gives each meaning its style.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Plain words.
    Text,
    /// A heading.
    Title,
    /// Of less worth just now.
    Dim,
    /// A key, or what to look at.
    Accent,
    /// A pane's frame.
    Border,
    /// The frame of the pane that has the keys.
    Focus,
    /// What is chosen.
    Selection,
    /// Verified, healthy, within.
    Ok,
    /// Being worked on.
    Running,
    /// For its turn.
    Waiting,
    /// For a person.
    Blocked,
    /// Failed, down, over a threshold.
    Failed,
    /// Gone on without. Never like [`Role::Ok`].
    Skipped,
    /// Taken back.
    Undone,
    /// Owed to the failing region.
    Owed,
    /// A number too old to trust.
    Stale,
    /// The label of a run on a real cloud.
    Real,
    /// The label of a drill.
    Drill,
    /// The label of one who can only look: watcher, replay, read-only.
    Watch,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 19] = [
        Self::Text,
        Self::Title,
        Self::Dim,
        Self::Accent,
        Self::Border,
        Self::Focus,
        Self::Selection,
        Self::Ok,
        Self::Running,
        Self::Waiting,
        Self::Blocked,
        Self::Failed,
        Self::Skipped,
        Self::Undone,
        Self::Owed,
        Self::Stale,
        Self::Real,
        Self::Drill,
        Self::Watch,
    ];
}

/// The themes in the program, by name.
const EMBEDDED: [(&str, &str); 5] = [
    ("default", include_str!("../../../themes/default.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("colorblind", include_str!("../../../themes/colorblind.toml")),
];

/// The style of every role.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    name: String,
    styles: BTreeMap<Role, Style>,
}

/// Why a theme cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// There is none of that name.
    #[error("there is no theme `{name}`; there are: {}", Theme::names().join(", "))]
    NoSuchTheme {
        /// As asked for.
        name: String,
    },
    /// It is not what a theme file must be.
    #[error("the theme `{name}` cannot be read: {message}")]
    Unreadable {
        /// Which theme.
        name: String,
        /// What is wrong, and where.
        message: String,
    },
    /// A role is given something that is no colour.
    #[error(
        "the theme `{name}` gives {role:?} the colour `{colour}`, which is neither in its [palette], a colour name nor #rrggbb"
    )]
    NoSuchColour {
        /// Which theme.
        name: String,
        /// Which role.
        role: Role,
        /// As written.
        colour: String,
    },
    /// Themes inherit from each other in a circle.
    #[error("the theme `{name}` inherits from itself by way of `{from}`")]
    Circle {
        /// Which theme.
        name: String,
        /// From which.
        from: String,
    },
    /// A role has no style, not even an inherited one.
    #[error("the theme `{name}` says nothing of {role:?}; inherit from `default` or add it")]
    MissingRole {
        /// Which theme.
        name: String,
        /// Which role.
        role: Role,
    },
}

impl Theme {
    /// The names of the themes in the program.
    pub fn names() -> Vec<&'static str> {
        EMBEDDED.iter().map(|(name, _)| *name).collect()
    }

    /// The theme called `name`.
    ///
    /// # Errors
    /// [`ThemeError`] when there is none of that name or it does not hold together.
    pub fn named(name: &str) -> Result<Self, ThemeError> {
        let mut styles = BTreeMap::new();
        lay(name, name, &mut styles, 0)?;
        if let Some(role) = Role::ALL.into_iter().find(|role| !styles.contains_key(role)) {
            return Err(ThemeError::MissingRole { name: name.to_owned(), role });
        }
        Ok(Self { name: name.to_owned(), styles })
    }

    /// The theme asked for, or the one for these surroundings: `mono` where `NO_COLOR` is set and not empty
    /// (<https://no-color.org>), else `default`.
    ///
    /// # Errors
    /// [`ThemeError`] when the one asked for cannot be used.
    pub fn pick(asked: Option<&str>, no_color: Option<&str>) -> Result<Self, ThemeError> {
        if no_color.is_some_and(|value| !value.is_empty()) {
            return Self::named("mono");
        }
        Self::named(asked.unwrap_or("default"))
    }

    /// The theme's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The style of `role`.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(&role).copied().unwrap_or_default()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThemeFile {
    inherits: Option<String>,
    #[serde(default)]
    palette: BTreeMap<String, String>,
    #[serde(default)]
    roles: BTreeMap<Role, RoleFile>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RoleFile {
    Colour(String),
    Style(StyleFile),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StyleFile {
    fg: Option<String>,
    bg: Option<String>,
    #[serde(default)]
    add: Vec<Emphasis>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Emphasis {
    Bold,
    Dim,
    Italic,
    Underlined,
    Reversed,
}

impl Emphasis {
    fn modifier(self) -> Modifier {
        match self {
            Self::Bold => Modifier::BOLD,
            Self::Dim => Modifier::DIM,
            Self::Italic => Modifier::ITALIC,
            Self::Underlined => Modifier::UNDERLINED,
            Self::Reversed => Modifier::REVERSED,
        }
    }
}

/// Lays the styles of the theme `name`, its parents' first.
fn lay(asked: &str, name: &str, styles: &mut BTreeMap<Role, Style>, depth: usize) -> Result<(), ThemeError> {
    if depth > EMBEDDED.len() {
        return Err(ThemeError::Circle { name: asked.to_owned(), from: name.to_owned() });
    }
    let Some((_, text)) = EMBEDDED.iter().find(|(known, _)| *known == name) else {
        return Err(ThemeError::NoSuchTheme { name: name.to_owned() });
    };
    let file: ThemeFile = toml::from_str(text)
        .map_err(|error| ThemeError::Unreadable { name: name.to_owned(), message: error.to_string() })?;
    if let Some(parent) = &file.inherits {
        lay(asked, parent, styles, depth + 1)?;
    }
    for (role, written) in &file.roles {
        let style = style_of(name, *role, written, &file.palette)?;
        // What is chosen is one bar: the emphasis of what lies under it does not show through.
        let style = if *role == Role::Selection { style.remove_modifier(Modifier::DIM) } else { style };
        styles.insert(*role, style);
    }
    Ok(())
}

fn style_of(
    name: &str,
    role: Role,
    written: &RoleFile,
    palette: &BTreeMap<String, String>,
) -> Result<Style, ThemeError> {
    let colour = |word: &str| {
        let value = palette.get(word).map_or(word, String::as_str);
        Color::from_str(value).map_err(|_| ThemeError::NoSuchColour {
            name: name.to_owned(),
            role,
            colour: word.to_owned(),
        })
    };
    match written {
        RoleFile::Colour(word) => Ok(Style::new().fg(colour(word)?)),
        RoleFile::Style(written) => {
            let mut style = Style::new();
            style.fg = written.fg.as_deref().map(colour).transpose()?;
            style.bg = written.bg.as_deref().map(colour).transpose()?;
            Ok(written.add.iter().fold(style, |style, emphasis| style.add_modifier(emphasis.modifier())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_resolves_every_role() {
        for name in Theme::names() {
            let theme = Theme::named(name).expect(name);
            for role in Role::ALL {
                assert!(theme.styles.contains_key(&role), "{name} says nothing of {role:?}");
            }
        }
    }

    #[test]
    fn ok_and_failed_differ_by_more_than_hue() {
        for name in Theme::names() {
            let theme = Theme::named(name).expect(name);
            let (ok, failed) = (theme.style(Role::Ok), theme.style(Role::Failed));
            assert_ne!(ok.add_modifier, failed.add_modifier, "{name}");
        }
    }

    #[test]
    fn mono_holds_no_colour_and_no_color_loads_it() {
        let mono = Theme::pick(Some("light"), Some("1")).expect("mono is there");
        assert_eq!(mono.name(), "mono");
        for role in Role::ALL {
            assert_eq!((mono.style(role).fg, mono.style(role).bg), (None, None), "{role:?}");
        }
        assert_eq!(Theme::pick(None, Some("")).expect("default is there").name(), "default");
    }

    #[test]
    fn default_keeps_to_the_terminals_own_sixteen_colours() {
        let theme = Theme::named("default").expect("default is there");
        for role in Role::ALL {
            let style = theme.style(role);
            for colour in [style.fg, style.bg].into_iter().flatten() {
                assert!(!matches!(colour, Color::Rgb(..) | Color::Indexed(_)), "{role:?} is {colour}");
            }
        }
    }

    #[test]
    fn an_unknown_theme_is_refused_with_the_names_there_are() {
        let error = Theme::named("defualt").expect_err("no such theme").to_string();
        assert!(error.contains("`defualt`") && error.contains("high-contrast"), "{error}");
    }
}
