//! The user's configuration: which keys, which theme, which manners. Read from `config.toml` in the user's folder, and
//! refused whole, with every mistake in its place, when anything in it is wrong: keys that are not what a hand
//! expects are worse than none.

use crate::console::call::terminal::Dialect;
use crate::console::commands::TABLE;
use crate::console::keymap::{Keymap, Misbound};
use crate::console::keys::{Chord, NotAKey};
use crate::console::look::Themes;
use crate::files;
use crate::plan::diagnostic::{PlanError as Mistake, PlanErrors as Mistakes, nearest};
use crate::text::Clean;
use miette::{IntoDiagnostic, WrapErr, miette};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::PathBuf;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What is asked of the keys of a command, for whoever wrote something else.
const KEYS_HELP: &str = "write keys as \"R\", [\"R\", \"ctrl-r\"], or [] for none";

/// Where the configuration is.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ConfigArg {
    /// The configuration; without it, config.toml in your configuration folder, if there is one.
    #[arg(long, value_name = "PATH", env = "LANDFALL_CONFIG")]
    pub config: Option<PathBuf>,
}

/// What the user has set up. What is not said there is `None`.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Which keys the commands have.
    pub keys: Keymap,
    /// The theme's name.
    pub theme: Option<String>,
    /// Whether to draw with ASCII characters only.
    pub ascii: Option<bool>,
    /// Whether to take the mouse from the terminal.
    pub mouse: Option<bool>,
    /// What to call the user by.
    pub call: Call,
}

/// `[call]`: what to call the user by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// The terminal's bell.
    pub bell: Option<bool>,
    /// The terminal's title.
    pub title: Option<bool>,
    /// Notifications.
    pub notify: Option<bool>,
    /// How the terminal is notified, where it is not to be guessed.
    pub dialect: Option<Dialect>,
}

impl ConfigArg {
    /// Reads the configuration; what it says when there is none is nothing.
    ///
    /// # Errors
    /// When the file named cannot be read, and everything that is wrong with it.
    pub fn read(&self) -> miette::Result<Config> {
        let Some(path) = self.path() else { return Ok(Config::default()) };
        let text = match files::read_text(&path, files::SETTINGS) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound && self.config.is_none() => return Ok(Config::default()),
            Err(error) => {
                return Err(error)
                    .into_diagnostic()
                    .wrap_err_with(|| format!("the configuration {} cannot be read", path.display()));
            }
        };
        parse(&path.display().to_string(), &text).map_err(miette::Report::from)
    }

    /// The themes there are: the program's, and those in `themes/` beside the configuration.
    ///
    /// # Errors
    /// When a theme's file cannot be read. What is wrong in it is told when it is used.
    pub fn themes(&self) -> miette::Result<Themes> {
        let mut themes = Themes::default();
        let Some(folder) = self.themes_folder() else { return Ok(themes) };
        let Ok(entries) = std::fs::read_dir(&folder) else { return Ok(themes) };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        paths.sort_unstable();
        for path in paths {
            let text = files::read_text(&path, files::SETTINGS)
                .into_diagnostic()
                .wrap_err_with(|| format!("the theme {} cannot be read", path.display()))?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            themes.add(&Clean::new(&name), &path.display().to_string(), text);
        }
        Ok(themes)
    }

    /// Where the user's own themes are, or would be.
    pub fn themes_folder(&self) -> Option<PathBuf> {
        Some(self.path()?.parent()?.join("themes"))
    }

    /// Where it is, or would be.
    pub fn path(&self) -> Option<PathBuf> {
        match &self.config {
            Some(path) => Some(path.clone()),
            None => Some(folder()?.join("config.toml")),
        }
    }

    /// Where it must be, to be told.
    ///
    /// # Errors
    /// When the user has no folder for it.
    pub fn place(&self) -> miette::Result<PathBuf> {
        self.path().ok_or_else(|| miette!(help = "name a file with --config", "this user has no configuration folder"))
    }
}

/// Where the configuration is, or would be, by the environment alone.
pub fn own_path() -> Option<PathBuf> {
    ConfigArg { config: std::env::var_os("LANDFALL_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from) }.path()
}

/// The folder that it is in.
pub fn own_folder() -> Option<PathBuf> {
    Some(std::path::absolute(own_path()?).ok()?.parent()?.to_owned())
}

fn folder() -> Option<PathBuf> {
    Some(directories::ProjectDirs::from("", "", "landfall")?.config_dir().to_owned())
}

/// Reads the configuration in `text`; `name` is what messages call the file.
///
/// # Errors
/// Every mistake of the file, each with its place.
pub fn parse(name: &str, text: &str) -> Result<Config, Mistakes> {
    let refused = |mistakes| Mistakes::of("configuration", name, text, mistakes);
    let table = DeTable::parse(text).map_err(|error| {
        let help = "see toml.io for the format";
        refused(vec![Mistake::new(error.span().unwrap_or(0..0), error.message(), "not TOML", help)])
    })?;
    let mut config = Config::default();
    let mut mistakes = Vec::new();
    for (key, value) in table.get_ref() {
        match key.get_ref().as_ref() {
            // What programs bring kinds is read where a plan is.
            "plugin" => crate::plan::plugin::mistakes(table.get_ref(), &mut mistakes),
            "keys" => keys(value, &mut config.keys, &mut mistakes),
            "theme" => match value.get_ref() {
                DeValue::String(theme) => config.theme = Some(theme.to_string()),
                _ => mistakes.push(wanted(value, "a theme's name, such as theme = \"nord\"")),
            },
            "ascii" => config.ascii = truth(value, "ascii", &mut mistakes),
            "mouse" => config.mouse = truth(value, "mouse", &mut mistakes),
            "call" => call(value, &mut config.call, &mut mistakes),
            other => {
                let help = nearest(other, &["keys", "theme", "ascii", "mouse", "call"]);
                let message = format!("there is no setting `{other}`");
                mistakes.push(Mistake::new(key.span(), message, "unknown setting", help));
            }
        }
    }
    if mistakes.is_empty() { Ok(config) } else { Err(refused(mistakes)) }
}

fn wanted(value: &Spanned<DeValue<'_>>, what: &str) -> Mistake {
    let message = format!("{} stands where something else is wanted", value.get_ref().type_str());
    Mistake::new(value.span(), message, "not this", format!("write {what}"))
}

fn truth(value: &Spanned<DeValue<'_>>, name: &str, mistakes: &mut Vec<Mistake>) -> Option<bool> {
    match value.get_ref() {
        DeValue::Boolean(truth) => Some(*truth),
        _ => {
            mistakes.push(wanted(value, &format!("{name} = true or {name} = false")));
            None
        }
    }
}

/// Reads `[call]`.
fn call(value: &Spanned<DeValue<'_>>, call: &mut Call, mistakes: &mut Vec<Mistake>) {
    let DeValue::Table(table) = value.get_ref() else {
        mistakes.push(wanted(value, "a table: [call]"));
        return;
    };
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "bell" => call.bell = truth(value, "bell", mistakes),
            "title" => call.title = truth(value, "title", mistakes),
            "notify" => notify(value, call, mistakes),
            other => {
                let help = nearest(other, &["bell", "title", "notify"]);
                let message = format!("there is no setting `{other}` in [call]");
                mistakes.push(Mistake::new(key.span(), message, "unknown setting", help));
            }
        }
    }
}

/// Whether to notify, or how.
fn notify(value: &Spanned<DeValue<'_>>, call: &mut Call, mistakes: &mut Vec<Mistake>) {
    match value.get_ref() {
        DeValue::Boolean(truth) => call.notify = Some(*truth),
        DeValue::String(name) => match Dialect::ALL.iter().find(|(own, _)| *own == name.as_ref()) {
            Some((_, dialect)) => call.dialect = Some(*dialect),
            None => {
                let names = Dialect::ALL.map(|(name, _)| name);
                let message = format!("there is no way to notify called `{name}`");
                mistakes.push(Mistake::new(value.span(), message, "unknown way", nearest(name, &names)));
            }
        },
        _ => mistakes.push(wanted(value, "notify = true, false, \"osc9\", \"osc777\" or \"osc99\"")),
    }
}

/// Reads `[keys]`, and holds what comes of it against the keymap's own rules.
fn keys(value: &Spanned<DeValue<'_>>, keymap: &mut Keymap, mistakes: &mut Vec<Mistake>) {
    let DeValue::Table(table) = value.get_ref() else {
        mistakes.push(wanted(value, "a table: [keys]"));
        return;
    };
    let mut places: BTreeMap<&'static str, Range<usize>> = BTreeMap::new();
    for (id, written) in table {
        let Some(row) = TABLE.iter().find(|row| row.id == id.get_ref().as_ref()) else {
            let ids: Vec<&str> = TABLE.iter().map(|row| row.id).collect();
            let help = format!("{}; `landfall keys` lists the commands", nearest(id.get_ref(), &ids));
            let message = format!("there is no command `{}`", id.get_ref());
            mistakes.push(Mistake::new(id.span(), message, "unknown command", help));
            continue;
        };
        places.insert(row.id, written.span());
        keymap.bind(row.id, chords(written, mistakes));
    }
    if mistakes.is_empty() {
        mistakes.extend(keymap.check().iter().map(|wrong| misbound(wrong, &places, value.span())));
    }
}

fn chords(written: &Spanned<DeValue<'_>>, mistakes: &mut Vec<Mistake>) -> Vec<Chord> {
    let one = [written];
    let texts: Vec<&Spanned<DeValue<'_>>> = match written.get_ref() {
        DeValue::Array(texts) => texts.iter().collect(),
        _ => one.to_vec(),
    };
    let mut chords = Vec::new();
    for text in texts {
        let DeValue::String(name) = text.get_ref() else {
            let message = format!("{} is no key", text.get_ref().type_str());
            mistakes.push(Mistake::new(text.span(), message, "not a key", KEYS_HELP));
            continue;
        };
        match name.parse::<Chord>() {
            Ok(chord) => chords.push(chord),
            Err(error) => {
                let help = match &error {
                    NotAKey::Unknown(name) => {
                        format!("{}; or one sign, f1 to f12, ctrl-a to ctrl-z", nearest(name, &Chord::names()))
                    }
                    NotAKey::Alike(..) => "choose another letter".to_owned(),
                };
                mistakes.push(Mistake::new(text.span(), error.to_string(), "not a key to bind", help));
            }
        }
    }
    chords
}

fn misbound(wrong: &Misbound, places: &BTreeMap<&'static str, Range<usize>>, table: Range<usize>) -> Mistake {
    let (label, help) = match wrong {
        Misbound::Clash { first, second, .. } => (
            "one key for two commands",
            format!("give `{first}` or `{second}` another key; `landfall keys` lists them"),
        ),
        Misbound::Danger { .. } => {
            ("no danger on a key of moving about", "choose a letter, a function key or Ctrl and a letter".to_owned())
        }
        Misbound::Kept { chord, row } => {
            ("a way out is lost", format!("leave {chord} to `{row}`; it may have other keys beside it"))
        }
    };
    let place = wrong.rows().into_iter().rev().find_map(|row| places.get(row)).cloned();
    Mistake::new(place.unwrap_or(table), wrong.to_string(), label, help)
}
