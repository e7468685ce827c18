//! The themes there are: those in the program, and the user's own in front of them. Reads their text; opens no file.

use super::theme::{Role, Theme};
use crate::plan::diagnostic::{PlanError as Mistake, PlanErrors as Mistakes, nearest};
use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::FromStr;
use toml::Spanned;

/// The themes in the program, by name.
const EMBEDDED: [(&str, &str); 10] = [
    ("default", include_str!("../../../themes/default.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("colorblind", include_str!("../../../themes/colorblind.toml")),
    ("nord", include_str!("../../../themes/nord.toml")),
    ("gruvbox", include_str!("../../../themes/gruvbox.toml")),
    ("catppuccin", include_str!("../../../themes/catppuccin.toml")),
    ("solarized", include_str!("../../../themes/solarized.toml")),
    ("dracula", include_str!("../../../themes/dracula.toml")),
];

/// The longest line of parents a theme may have.
const DEEPEST: usize = 16;

/// Why a theme cannot be used.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ThemeError {
    /// There is none of that name.
    #[error("there is no theme `{name}`")]
    NoSuchTheme {
        /// As asked for.
        name: String,
        /// The nearest, or all there are.
        #[help]
        nearest: String,
    },
    /// Its file is not what a theme must be.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Broken(#[from] Mistakes),
}

/// The themes there are.
#[derive(Clone, Debug)]
pub struct Themes {
    /// The user's own first: one of a name that the program has stands before it.
    sources: Vec<Source>,
}

#[derive(Clone, Debug)]
struct Source {
    name: String,
    /// What messages call it.
    file: String,
    text: Cow<'static, str>,
}

impl Default for Themes {
    /// Those in the program.
    fn default() -> Self {
        let embedded = EMBEDDED.iter().map(|(name, text)| Source {
            name: (*name).to_owned(),
            file: format!("themes/{name}.toml"),
            text: Cow::Borrowed(text),
        });
        Self { sources: embedded.collect() }
    }
}

impl Theme {
    /// The theme of the program called `name`.
    ///
    /// # Errors
    /// [`ThemeError`] when there is none of that name.
    pub fn named(name: &str) -> Result<Self, ThemeError> {
        Themes::default().theme(name)
    }
}

impl Themes {
    /// Adds a theme of the user's own; `file` is what messages call it.
    pub fn add(&mut self, name: &str, file: &str, text: String) {
        self.sources.insert(0, Source { name: name.to_owned(), file: file.to_owned(), text: Cow::Owned(text) });
    }

    /// Their names, the program's first.
    pub fn names(&self) -> Vec<&str> {
        let embedded = EMBEDDED.iter().map(|(name, _)| *name);
        let own = self.sources.iter().map(|source| source.name.as_str());
        embedded.chain(own.filter(|name| EMBEDDED.iter().all(|(known, _)| known != name))).collect()
    }

    /// The theme called `name`.
    ///
    /// # Errors
    /// [`ThemeError`] when there is none of that name or its file does not hold together.
    pub fn theme(&self, name: &str) -> Result<Theme, ThemeError> {
        let Some(at) = self.sources.iter().position(|source| source.name == name) else {
            return Err(ThemeError::NoSuchTheme { name: name.to_owned(), nearest: nearest(name, &self.names()) });
        };
        let mut styles = BTreeMap::new();
        self.lay(at, &mut styles, 0)?;
        Theme::of(name, styles).map_err(|role| {
            let message = format!("nothing is said of {role:?}");
            self.sources[at].broken(Mistake::new(0..0, message, "a role is missing", "add inherits = \"default\""))
        })
    }

    /// The theme asked for, or the one for these surroundings: `mono` where `NO_COLOR` is set and not empty
    /// (<https://no-color.org>), else `default`.
    ///
    /// # Errors
    /// [`ThemeError`] when the one asked for cannot be used.
    pub fn pick(&self, asked: Option<&str>, no_color: Option<&str>) -> Result<Theme, ThemeError> {
        if no_color.is_some_and(|value| !value.is_empty()) {
            return self.theme("mono");
        }
        self.theme(asked.unwrap_or("default"))
    }

    /// Lays the styles of the theme at `at`, its parents' first.
    fn lay(&self, at: usize, styles: &mut BTreeMap<Role, Style>, depth: usize) -> Result<(), ThemeError> {
        let source = &self.sources[at];
        let file: ThemeFile = toml::from_str(&source.text).map_err(|error| {
            let help = "a theme has `inherits`, [palette] and [roles]; the program's own are examples";
            source.broken(Mistake::new(error.span().unwrap_or(0..0), error.message(), "not understood", help))
        })?;
        if let Some(parent) = &file.inherits {
            let broken = |message: String, help: String| {
                source.broken(Mistake::new(parent.span(), message, "the theme it starts from", help))
            };
            if depth >= DEEPEST {
                let message = format!("`{}` inherits from itself", source.name);
                return Err(broken(message, "let one of the circle inherit from `default`".to_owned()));
            }
            // A theme of the user's own may start from the one in the program that it stands before.
            let same = source.name == *parent.get_ref();
            let from = if same { at + 1 } else { 0 };
            let found = self.sources[from..].iter().position(|source| source.name == *parent.get_ref());
            let Some(found) = found else {
                let message = format!("there is no theme `{}`", parent.get_ref());
                return Err(broken(message, nearest(parent.get_ref(), &self.names())));
            };
            self.lay(from + found, styles, depth + 1)?;
        }
        for (role, written) in &file.roles {
            let style = style_of(written.get_ref(), &file.palette).map_err(|colour| {
                let message = format!("`{colour}` is no colour");
                let palette: Vec<&str> = file.palette.keys().map(String::as_str).collect();
                let help = format!(
                    "a name such as light-blue, \"#rrggbb\", or of the palette: {}",
                    nearest(&colour, &palette)
                );
                source.broken(Mistake::new(written.span(), message, "no such colour", help))
            })?;
            styles.insert(*role, style);
        }
        Ok(())
    }
}

impl Source {
    fn broken(&self, mistake: Mistake) -> ThemeError {
        ThemeError::Broken(Mistakes::of("theme", &self.file, &self.text, vec![mistake]))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThemeFile {
    inherits: Option<Spanned<String>>,
    #[serde(default)]
    palette: BTreeMap<String, String>,
    #[serde(default)]
    roles: BTreeMap<Role, Spanned<RoleFile>>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a colour, or {{ fg = …, bg = …, add = [\"bold\", …] }} is wanted")]
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

/// The style that is written, or the colour in it that is none.
fn style_of(written: &RoleFile, palette: &BTreeMap<String, String>) -> Result<Style, String> {
    let colour =
        |word: &str| Color::from_str(palette.get(word).map_or(word, String::as_str)).map_err(|_| word.to_owned());
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

    /// What is said of a theme of the user's own with this text.
    fn refused(text: &str) -> Mistake {
        let mut themes = Themes::default();
        themes.add("mine", "mine.toml", text.to_owned());
        match themes.theme("mine") {
            Err(ThemeError::Broken(mistakes)) => mistakes.errors[0].clone(),
            other => panic!("it is taken, or not there: {other:?}"),
        }
    }

    #[test]
    fn every_theme_resolves_every_role() {
        for name in Themes::default().names() {
            assert_eq!(Theme::named(name).expect(name).name(), name);
        }
    }

    #[test]
    fn ok_and_failed_differ_by_more_than_hue() {
        for name in Themes::default().names() {
            let theme = Theme::named(name).expect(name);
            let (ok, failed) = (theme.style(Role::Ok), theme.style(Role::Failed));
            assert_ne!(ok.add_modifier, failed.add_modifier, "{name}");
        }
    }

    /// The contrast of two colours as WCAG 2 counts it.
    fn contrast(one: Color, other: Color) -> f64 {
        let light = |colour: Color| {
            let Color::Rgb(red, green, blue) = colour else { panic!("{colour} is no colour of its own") };
            let part = |part: u8| {
                let part = f64::from(part) / 255.0;
                if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue)
        };
        let (one, other) = (light(one), light(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn what_is_written_on_a_themes_own_ground_can_be_read() {
        for name in ["nord", "gruvbox", "catppuccin", "solarized", "dracula", "high-contrast"] {
            let theme = Theme::named(name).expect(name);
            let ground = theme.style(Role::Text).bg.expect("it has a ground of its own");
            for role in Role::ALL.into_iter().filter(|role| *role != Role::Border) {
                let style = theme.style(role);
                let found = contrast(style.fg.expect("a colour"), style.bg.unwrap_or(ground));
                assert!(found >= 4.0, "{name} {role:?}: {found:.1}");
            }
        }
    }

    #[test]
    fn mono_holds_no_colour_and_no_color_loads_it() {
        let mono = Themes::default().pick(Some("light"), Some("1")).expect("mono is there");
        assert_eq!(mono.name(), "mono");
        for role in Role::ALL {
            assert_eq!((mono.style(role).fg, mono.style(role).bg), (None, None), "{role:?}");
        }
        assert_eq!(Themes::default().pick(None, Some("")).expect("default is there").name(), "default");
    }

    #[test]
    fn without_colours_no_status_looks_like_what_is_chosen() {
        let mono = Theme::named("mono").expect("mono is there");
        let reversed = |role: &Role| mono.style(*role).add_modifier.contains(Modifier::REVERSED);
        let all: Vec<Role> = Role::ALL.into_iter().filter(reversed).collect();
        assert_eq!(all, [Role::Selection, Role::Real, Role::Drill, Role::Watch]);
        let alarms = [Role::Failed, Role::Blocked, Role::Running, Role::Text];
        for (at, one) in alarms.iter().enumerate() {
            for other in &alarms[at + 1..] {
                assert_ne!(mono.style(*one), mono.style(*other), "{one:?} and {other:?}");
            }
        }
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
    fn an_unknown_theme_is_refused_with_the_nearest() {
        let Err(ThemeError::NoSuchTheme { nearest, .. }) = Theme::named("defualt") else { panic!("no such theme") };
        assert_eq!(nearest, "did you mean `default`?");
    }

    #[test]
    fn a_theme_of_the_users_own_stands_before_the_programs_and_may_start_from_it() {
        let mut themes = Themes::default();
        themes.add("nord", "nord.toml", "inherits = \"nord\"\n[roles]\nok = \"#00ff00\"\n".to_owned());
        let (own, nord) = (themes.theme("nord").expect("it loads"), Theme::named("nord").expect("it loads"));
        assert_eq!(own.style(Role::Ok).fg, Some(Color::Rgb(0, 255, 0)));
        assert_eq!(own.style(Role::Failed), nord.style(Role::Failed));
    }

    #[test]
    fn what_is_wrong_with_a_theme_is_told_with_its_place() {
        let colour = refused("inherits = \"default\"\n[palette]\nmoss = \"#00ff00\"\n[roles]\nok = \"mos\"\n");
        assert_eq!((colour.message.as_str(), colour.excerpt.place().as_str()), ("`mos` is no colour", "mine.toml:5:6"));
        assert!(colour.help.contains("`moss`"), "{}", colour.help);
        assert_eq!(refused("inherits = \"nrod\"\n").help, "did you mean `nord`?");
        assert!(refused("[roles]\nokay = \"green\"\n").message.contains("unknown variant `okay`"));
        assert!(refused("[roles]\nok = 3\n").message.contains("a colour, or"), "it says what is wanted");
        assert_eq!(refused("[roles]\nok = \"green\"\n").label, "a role is missing");
    }

    #[test]
    fn themes_that_inherit_in_a_circle_are_refused() {
        let mut themes = Themes::default();
        themes.add("one", "one.toml", "inherits = \"two\"".to_owned());
        themes.add("two", "two.toml", "inherits = \"one\"".to_owned());
        let Err(ThemeError::Broken(mistakes)) = themes.theme("one") else { panic!("a circle") };
        assert!(mistakes.errors[0].message.contains("inherits from itself"));
    }
}
