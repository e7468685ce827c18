//! What the command line knows of plug-ins: those that a plan and the configuration name, and which of them somebody here
//! trusts. Nothing is run by reading a plan.

use super::super::{Refused, config};
use crate::cloud::plugin::{Programs, trust};
use crate::files;
use crate::plan::Plan;
use crate::plan::plugin::{Program, declared};
use crate::service::plugin::{Brought, Plugins};
use crate::text::Clean;
use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, stdin};
use std::path::{Path, PathBuf};

/// Where what is trusted is kept.
pub fn folder() -> Option<PathBuf> {
    Some(config::own_folder()?.join("plugins"))
}

/// The programs that the plan in `text`, read from `path`, and the configuration name; the plan's word goes first.
pub fn named(path: &Path, text: &str) -> Vec<Program> {
    let mut all = of_configuration();
    all.extend(placed(declared(text), path));
    all.into_values().collect()
}

/// Those that the configuration names.
pub fn of_configuration() -> BTreeMap<String, Program> {
    let Some(path) = config::own_path() else { return BTreeMap::new() };
    let Ok(text) = files::read_text(&path, files::SETTINGS) else { return BTreeMap::new() };
    placed(declared(&text), &path)
}

/// What is relative is so to the folder of the file that says it.
fn placed(programs: BTreeMap<String, Program>, path: &Path) -> BTreeMap<String, Program> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let here = path.parent().unwrap_or_else(|| Path::new("/"));
    let place = |mut program: Program| {
        program.folder = here.join(&program.folder).components().collect::<PathBuf>().to_string_lossy().into_owned();
        program
    };
    programs.into_iter().map(|(name, program)| (name, place(program))).collect()
}

/// The kinds for reading the plan in `bytes`, read from `path`: the program's own, and those of plug-ins that are trusted.
pub fn kinds(path: &Path, bytes: &[u8]) -> Plugins {
    let Ok(text) = std::str::from_utf8(bytes) else { return Plugins::default() };
    // Most plans name none: nothing else is looked for.
    if !text.contains("plugin") && !text.contains('/') {
        return Plugins::default();
    }
    Plugins::of(named(path, text).into_iter().map(brought))
}

fn brought(mut program: Program) -> Brought {
    let hash = match trust::Contents::default().hash(&program) {
        Ok(hash) => hash,
        Err(why) => return Brought { program, hello: Err(Clean::new(&why)) },
    };
    match folder().and_then(|folder| trust::of(&folder, &program, &hash)) {
        Some(trusted) => {
            program.hash = Some(hash);
            Brought { program, hello: Ok(trusted.hello) }
        }
        None => Brought { program, hello: Err("nobody here said landfall plugin trust".into()) },
    }
}

/// The programs of a session on a real cloud; `read_only` where nothing may be changed.
pub fn programs(read_only: bool) -> Programs {
    Programs::new(folder(), read_only)
}

/// The programs of a run that is gone on with: one that is not what it was when the run began is asked for, unless `accepted`.
///
/// # Errors
/// That it is not gone on with.
pub fn still(plan: &Plan, accepted: bool, may_ask: bool) -> Result<Programs, Refused> {
    let mut instead = BTreeMap::new();
    let mut looked = std::collections::BTreeSet::new();
    for plugged in plan.components.iter().filter_map(|component| component.plugin.as_deref()) {
        let program = &plugged.program;
        let Some(was) = program.hash.clone().filter(|_| looked.insert(program.name.clone())) else { continue };
        let is = trust::Contents::default().hash(program);
        if is.as_ref().is_ok_and(|is| *is == was) {
            continue;
        }
        let name = &program.name;
        let refused = |why: String| Refused {
            why: format!("plug-in {name}: {why}"),
            clear:
                "put back the program that the run began with; or trust the new one (landfall plugin trust PLAN), then \
                    resume with --changed-plugins"
                    .to_owned(),
        };
        let is = is.map_err(refused)?;
        if !folder().is_some_and(|folder| trust::is_trusted(&folder, program, &is)) {
            return Err(refused(format!(
                "it is not what it was when the run began, and nobody here trusts what it is now ({is:.12})"
            )));
        }
        let goes_on = accepted || (may_ask && stdin().is_terminal() && is_said(name, &was, &is));
        if !goes_on {
            return Err(refused("it is not what it was when the run began".to_owned()));
        }
        super::super::out::say(format_args!(
            "landfall: plug-in {name} was {was:.12} when the run began, and is {is:.12} from here on"
        ));
        instead.insert(was, is);
    }
    Ok(Programs::instead(folder(), false, instead))
}

fn is_said(name: &str, was: &str, is: &str) -> bool {
    super::super::out::say(format_args!(
        "landfall: plug-in {name} is not what it was when the run began ({was:.12}, now {is:.12})"
    ));
    super::super::out::say(
        "landfall: type changed to go on with what there is now; anything else leaves the run as it is",
    );
    let mut typed = String::new();
    stdin().lock().read_line(&mut typed).is_ok() && typed.trim() == "changed"
}
