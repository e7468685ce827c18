//! Where the values of a plan come from, and the key of a run: read when a session opens, kept in memory, written nowhere
//! but the key, which lies beside the journal for its owner alone.

use super::journal::{JournalError, disk};
use crate::files;
use crate::plan::{Literals, Plan, SealedValue, Source};
use crate::recovery::event::{Compared, ValueRead};
use crate::seal::secrets::Value;
use crate::seal::{Key, Secret, Secrets, Token};
use crate::text::Clean;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The values of a run and its key.
#[derive(Clone, Debug)]
pub struct Vault {
    /// The key: what the tokens in the journal were made with.
    pub key: Key,
    /// The values.
    pub secrets: Arc<Secrets>,
}

impl Vault {
    /// Without any value, and with a key of its own.
    pub fn empty() -> Self {
        let key = fresh_key();
        Self { secrets: Arc::new(Secrets::new(key.clone(), Vec::new())), key }
    }

    /// The values of a plan that was just read, and the plan with their tokens. Values that are not there have none.
    pub fn of(plan: Plan, literals: Literals) -> (Plan, Self) {
        let key = fresh_key();
        let folder = folder_of(plan.sealed.file.as_deref());
        let read = |(value, literal): (&SealedValue, Option<Secret>)| match (&value.from, literal) {
            (Source::Plan, Some(secret)) => Ok(secret),
            (Source::Plan, None) => Err("the plan does not hold it".to_owned()),
            (Source::Env(name), _) => from_env(name),
            (Source::File(path), _) => from_file(&folder, path),
        };
        let values: Vec<Result<Secret, String>> = plan.sealed.values.iter().zip(literals).map(read).collect();
        let tokens: Vec<Token> = values.iter().enumerate().map(|(place, value)| token(&key, place, value)).collect();
        let values = listed(&plan, &tokens, values);
        (plan.with_tokens(&tokens), Self { secrets: Arc::new(Secrets::new(key.clone(), values)), key })
    }
}

/// What was read again for a run that is gone on with.
#[derive(Debug)]
pub struct Again {
    /// The values and the key.
    pub vault: Vault,
    /// Those that are not, or not known to be, what the run had.
    pub read: Vec<ValueRead>,
}

/// The values that stand in the file of `plan`, or in `file` where that moved, by name; none where it cannot be read.
pub fn in_its_file(plan: &Plan, file: Option<&Path>) -> BTreeMap<Clean, Secret> {
    let path = file.map(Path::to_owned).or_else(|| plan.sealed.file.as_deref().map(PathBuf::from));
    literals(path.as_deref(), plan).unwrap_or_default()
}

/// Reads the values of `plan`, the plan of the journal at `journal`, again: those that stood in its file from `file`, where
/// that moved.
pub fn again(plan: &Plan, journal: &Path, file: Option<&Path>) -> Again {
    let kept = key_of(journal);
    let key = kept.clone().unwrap_or_else(fresh_key);
    let path = file.map(Path::to_owned).or_else(|| plan.sealed.file.as_deref().map(PathBuf::from));
    let folder = folder_of(path.as_deref().and_then(Path::to_str));
    let needs_file = plan.sealed.values.iter().any(|value| value.from == Source::Plan);
    let literals = if needs_file { literals(path.as_deref(), plan) } else { Ok(BTreeMap::new()) };
    let read = |value: &SealedValue| match &value.from {
        Source::Plan => match &literals {
            Ok(known) => known.get(&value.name).cloned().ok_or_else(|| {
                let path = path.as_ref().map_or_else(String::new, |path| path.display().to_string());
                format!("the plan {path} does not have it any more")
            }),
            Err(why) => Err(why.clone()),
        },
        Source::Env(name) => from_env(name),
        Source::File(path) => from_file(&folder, path),
    };
    let values: Vec<Result<Secret, String>> = plan.sealed.values.iter().map(read).collect();
    let mut differs = Vec::new();
    let mut tokens = Vec::new();
    for (place, value) in values.iter().enumerate() {
        let name = plan.sealed.values[place].name.clone();
        let had = plan.token(place);
        let now = token(&key, place, value);
        let how = match &had {
            // What stands in words for persons is nowhere sent.
            None => None,
            Some(had) if value.is_err() || *had == now => None,
            Some(had) if had.is_unknown() => Some(Compared::First),
            Some(_) if kept.is_none() => Some(Compared::Not),
            Some(_) => Some(Compared::Changed),
        };
        tokens.push(had.filter(|_| value.is_err()).unwrap_or_else(|| now.clone()));
        differs.extend(how.map(|how| ValueRead { name, sealed: now, how }));
    }
    let secrets = Arc::new(Secrets::new(key.clone(), listed(plan, &tokens, values)));
    Again { vault: Vault { key, secrets }, read: differs }
}

fn token(key: &Key, place: usize, value: &Result<Secret, String>) -> Token {
    value.as_ref().map_or_else(|_| Token::unknown(place), |secret| key.token(secret.reveal()))
}

fn listed(plan: &Plan, tokens: &[Token], values: Vec<Result<Secret, String>>) -> Vec<Value> {
    let all = plan.sealed.values.iter().zip(tokens).zip(values);
    all.map(|((sealed, token), value)| Value {
        token: token.clone(),
        name: sealed.name.to_string(),
        value,
        blots: !sealed.carried,
    })
    .collect()
}

fn from_env(name: &str) -> Result<Secret, String> {
    match std::env::var(name) {
        Ok(value) if value.is_empty() => Err(format!("the environment variable {name} is empty")),
        Ok(value) => Ok(Secret::new(&value)),
        Err(std::env::VarError::NotPresent) => Err(format!("the environment variable {name} is not set")),
        Err(std::env::VarError::NotUnicode(_)) => Err(format!("the environment variable {name} is not UTF-8")),
    }
}

/// A file's text without the line end that editors put behind it.
fn from_file(folder: &Path, path: &str) -> Result<Secret, String> {
    let path = folder.join(path);
    match files::read_text(&path, files::NOTE) {
        Ok(text) => {
            let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
            if text.is_empty() { Err(format!("the file {} is empty", path.display())) } else { Ok(Secret::new(text)) }
        }
        Err(error) => Err(format!("the file {} cannot be read: {error}", path.display())),
    }
}

/// The values that stand in the plan file at `path`, by name.
fn literals(path: Option<&Path>, plan: &Plan) -> Result<BTreeMap<Clean, Secret>, String> {
    let path = path.ok_or("the journal does not say which plan file it came from: name it with --plan")?;
    let shown = path.display();
    let bytes = files::read(path, files::PLAN).map_err(|error| format!("the plan {shown} cannot be read: {error}"))?;
    let read = crate::plan::file::read_sealing(&shown.to_string(), &bytes, &crate::service::Plugins::of_plan(plan));
    let (plan, literals) = read.map_err(|errors| errors.to_string())?;
    let values = plan.sealed.values.into_iter().zip(literals);
    Ok(values.filter_map(|(value, literal)| Some((value.name, literal?))).collect())
}

/// What files that a plan names are relative to: the folder of the plan.
fn folder_of(plan: Option<&str>) -> PathBuf {
    plan.and_then(|plan| Path::new(plan).parent()).map_or_else(PathBuf::new, Path::to_owned)
}

fn fresh_key() -> Key {
    Key::new(rand::random())
}

/// Where the key of the journal at `journal` is, by whatever link it was reached.
fn key_path(journal: &Path) -> PathBuf {
    let journal = journal.canonicalize().unwrap_or_else(|_| journal.to_owned());
    let mut path = journal.into_os_string();
    path.push(".key");
    PathBuf::from(path)
}

fn key_of(journal: &Path) -> Option<Key> {
    Key::from_text(&String::from_utf8(files::read_here(&key_path(journal), files::NOTE).ok()?).ok()?)
}

/// Keeps `key` beside `journal`, unless it is kept already.
///
/// # Errors
/// [`JournalError::Disk`].
pub fn keep(journal: &Path, key: &Key) -> Result<(), JournalError> {
    if key_of(journal).as_ref() == Some(key) {
        return Ok(());
    }
    files::write_here(&key_path(journal), format!("{}\n", key.to_text()).as_bytes())
        .map_err(disk("writing the key of", journal))
}
