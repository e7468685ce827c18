//! Runs Terraform: what it would do is planned, saved and read; a saved plan is applied. Never through a shell, with no more of our
//! environment than any other program gets, asked to end before it is ended: it has a state to save and a lock to give back.

mod folder;
mod read;
mod run;
#[cfg(test)]
mod tests;

use crate::cloud::Evidence;
use crate::files;
use crate::plan::Region;
use crate::service::observation::Exit;
use crate::service::terraform::words::{Answer, Deed, Module, Planned, Question, Sort, Trouble, Verb};
use crate::service::{CallMade, Receipt, Reply};
use crate::text::Clean;
use folder::{Folder, NotBegun};
use run::{How, Ran, Says};
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long the lock of a state is waited for before it is said who holds it.
const LOCK: &str = "-lock-timeout=20s";
/// The largest plan that is read, as JSON, in bytes; and the largest outputs.
const PLAN: usize = if cfg!(test) { 1 << 20 } else { 128 << 20 };
const OUTPUTS: usize = 8 << 20;

/// Answers `question`.
pub(super) async fn look(question: &Question) -> Answer {
    let module = &question.module;
    let looked = match question.verb {
        Verb::There => ready(module).map(|_| Answer::default()).map_err(missing),
        Verb::Saved => saved(module),
        Verb::Plan => plan(question, true).await,
        Verb::Settled => settled(question).await,
    };
    looked.unwrap_or_else(|trouble| Answer { trouble: Some(trouble), ..Answer::default() })
}

fn missing(said: String) -> Trouble {
    Trouble { sort: Sort::Missing, said: Clean::new(&said) }
}

fn unfit(said: impl AsRef<str>) -> Trouble {
    Trouble { sort: Sort::Unfit, said: Clean::new(said.as_ref()) }
}

fn failed(said: impl AsRef<str>) -> Trouble {
    Trouble { sort: Sort::Failed, said: Clean::new(said.as_ref()) }
}

/// The directory, once it and the program are there.
fn ready(module: &Module) -> Result<PathBuf, String> {
    let dir = std::path::absolute(&module.dir).map_err(|error| format!("{}: {error}", module.dir))?;
    let names =
        std::fs::read_dir(&dir).map_err(|error| format!("{} is no directory to run in: {error}", dir.display()))?;
    let is_module = |name: OsString| {
        let name = name.to_string_lossy().into_owned();
        [".tf", ".tf.json", ".tofu", ".tofu.json"].iter().any(|end| name.ends_with(end))
    };
    if !names.filter_map(Result::ok).any(|entry| is_module(entry.file_name())) {
        return Err(format!("{} holds no file of Terraform", dir.display()));
    }
    let program = program(module, &dir);
    let is_there = |path: &Path| std::fs::metadata(path).is_ok_and(|found| found.is_file());
    let found = match program.is_absolute() {
        true => is_there(&program),
        false => {
            let path = module.env.get("PATH").map(OsString::from).or_else(|| std::env::var_os("PATH"));
            std::env::split_paths(&path.unwrap_or_default()).any(|folder| is_there(&folder.join(&program)))
        }
    };
    if !found {
        let said = if program.is_absolute() { "" } else { " in PATH" };
        return Err(format!("there is no program {}{said}", program.display()));
    }
    Ok(dir)
}

/// What is run: a path is from the directory on, a name is found by PATH.
fn program(module: &Module, dir: &Path) -> PathBuf {
    if module.program.contains('/') { dir.join(&module.program) } else { PathBuf::from(&module.program) }
}

fn saved(module: &Module) -> Result<Answer, Trouble> {
    let dir = std::path::absolute(&module.dir).map_err(|error| missing(error.to_string()))?;
    let saved = Folder::of(&dir, &module.component).saved().map_err(missing)?;
    Ok(Answer { saved, ..Answer::default() })
}

/// One directory is planned in once at a time: what it is initialised with is one for all.
fn room(dir: &Path) -> Arc<tokio::sync::Mutex<()>> {
    static ROOMS: LazyLock<Mutex<HashMap<PathBuf, Arc<tokio::sync::Mutex<()>>>>> = LazyLock::new(Mutex::default);
    let mut rooms = ROOMS.lock().unwrap_or_else(PoisonError::into_inner);
    rooms.entry(dir.to_owned()).or_default().clone()
}

async fn settled(question: &Question) -> Result<Answer, Trouble> {
    let module = &question.module;
    let dir = ready(module).map_err(missing)?;
    let folder = Folder::of(&dir, &module.component);
    let running = question.applied.as_ref().and_then(|digest| folder.runs(digest));
    if running == Some(true) {
        return Ok(Answer { running, ..Answer::default() });
    }
    let answer = plan(question, false).await?;
    // Of one that nobody waited for any more, what it wrote tells why it did not come to its end.
    let words = (running == Some(false)).then(|| run::said_there(&folder.errors(true)));
    let words = words.filter(|words| words.contains("Error: ")).map(|words| read::trouble(&words).said);
    Ok(Answer { running, words, ..answer })
}

/// Plans, and reads what that is. `keeps`: the plan is saved; else what the root module gives is read where there is nothing to do.
async fn plan(question: &Question, keeps: bool) -> Result<Answer, Trouble> {
    let module = &question.module;
    let dir = ready(module).map_err(missing)?;
    let deadline = Instant::now() + Duration::from_secs(module.within_seconds);
    taken_over(module, &dir)?;
    let room = room(&dir);
    let _alone = tokio::time::timeout_at(deadline.into(), room.lock()).await.map_err(|_| Trouble {
        sort: Sort::Late,
        said: Clean::new(&format!("{} was planned in by another component all the time", dir.display())),
    })?;
    let folder = Folder::open(&dir, &module.component).map_err(missing)?;
    if keeps {
        Folder::remove(&folder.plan());
    }
    Folder::remove(&folder.fresh());
    let planned = planned(module, &dir, &folder, deadline).await;
    Folder::remove(&folder.errors(false));
    let read = match planned {
        Ok((planned, declared)) => fits(question, &declared).map(|()| planned),
        Err(trouble) => Err(trouble),
    };
    let mut planned = match read {
        Ok(planned) => planned,
        Err(trouble) => {
            Folder::remove(&folder.fresh());
            return Err(trouble);
        }
    };
    let is_nothing = planned.is_nothing();
    if keeps && !is_nothing {
        planned.digest = folder.keep().map_err(missing)?;
    }
    Folder::remove(&folder.fresh());
    let mut answer = Answer { planned: Some(planned), ..Answer::default() };
    if !keeps && is_nothing && !question.outputs.is_empty() {
        let ran = run(module, &dir, &["output", "-json", "-no-color"], deadline, Says::Here(OUTPUTS)).await?;
        if ran.code != Some(0) {
            return Err(why(&ran));
        }
        (answer.outputs, answer.secret) = read::outputs(&ran.stdout, &question.outputs).map_err(failed)?;
        let used = question.in_confidence.iter().filter(|name| answer.outputs.contains_key(*name));
        answer.secret.extend(used.cloned());
    }
    Ok(answer)
}

async fn planned(
    module: &Module,
    dir: &Path,
    folder: &Folder,
    deadline: Instant,
) -> Result<(Planned, read::Declared), Trouble> {
    let fresh = folder.fresh();
    let mut arguments: Vec<String> =
        ["plan", "-input=false", "-no-color", "-detailed-exitcode", LOCK].map(str::to_owned).into();
    arguments.push(format!("-out={}", fresh.display()));
    arguments.extend(module.targets.iter().map(|target| format!("-target={target}")));
    arguments.extend(module.var_files.iter().map(|file| format!("-var-file={file}")));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let errors = folder.errors(false);
    let there = || Says::There { errors: &errors, outlives: false };
    let mut ran = run(module, dir, &arguments, deadline, there()).await?;
    if !matches!(ran.code, Some(0 | 2)) && read::wants_init(&ran.stderr) {
        let init = run(module, dir, &["init", "-input=false", "-no-color", LOCK], deadline, there()).await?;
        if init.code != Some(0) {
            return Err(why(&init));
        }
        ran = run(module, dir, &arguments, deadline, there()).await?;
    }
    let has_changes = match ran.code {
        Some(0) => false,
        Some(2) => true,
        Some(_) | None => return Err(why(&ran)),
    };
    let file = fresh.display().to_string();
    let shown = run(module, dir, &["show", "-json", "-no-color", &file], deadline, Says::Here(PLAN)).await?;
    if shown.code != Some(0) {
        return Err(why(&shown));
    }
    if shown.cut {
        return Err(failed(format!("its plan is larger than {} MiB", PLAN >> 20)));
    }
    read::planned(&shown.stdout, has_changes).map_err(failed)
}

/// What Terraform would pass over in silence.
fn fits(question: &Question, declared: &read::Declared) -> Result<(), Trouble> {
    if let Some(name) = question.module.var.keys().find(|name| !declared.variables.contains(*name)) {
        return Err(unfit(format!("the root module has no variable `{name}`")));
    }
    if let Some(name) = question.outputs.iter().find(|name| !declared.outputs.contains(*name)) {
        let there: Vec<&str> = declared.outputs.iter().map(String::as_str).collect();
        let there = if there.is_empty() { "it has none".to_owned() } else { format!("it has {}", there.join(", ")) };
        return Err(unfit(format!("the root module has no output `{name}`; {there}")));
    }
    Ok(())
}

/// Values of files come before those of the environment: one that both say would not be the plan's.
fn taken_over(module: &Module, dir: &Path) -> Result<(), Trouble> {
    if module.var.is_empty() {
        return Ok(());
    }
    let by_itself = |name: &str| {
        let plain = name.strip_suffix(".json").unwrap_or(name);
        plain == "terraform.tfvars" || plain.ends_with(".auto.tfvars")
    };
    let found = std::fs::read_dir(dir).map_err(|error| missing(error.to_string()))?;
    let names = found.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let own = names.filter(|name| by_itself(name));
    for name in own.chain(module.var_files.iter().cloned()) {
        let text =
            files::read_text(&dir.join(&name), files::PLAN).map_err(|error| missing(format!("{name}: {error}")))?;
        if let Some(variable) = read::said_in(&text, name.ends_with(".json"), module.var.keys()).first() {
            return Err(unfit(format!(
                "{name} says `{variable}` too, and Terraform would take that: say it in one place"
            )));
        }
    }
    Ok(())
}

async fn run(
    module: &Module,
    dir: &Path,
    arguments: &[&str],
    deadline: Instant,
    says: Says<'_>,
) -> Result<Ran, Trouble> {
    let how = How { arguments, stdin: Stdio::null(), deadline, says };
    let ran = run::run(module, &program(module, dir), dir, how).await.map_err(missing)?;
    match ran.late {
        true => {
            let words = read::trouble(&ran.stderr).said;
            let within = crate::plan::clock::told(module.within_seconds as f64);
            Err(Trouble { sort: Sort::Late, said: Clean::new(&format!("stopped after {within}: {words}")) })
        }
        false => Ok(ran),
    }
}

fn why(ran: &Ran) -> Trouble {
    read::trouble(&ran.stderr)
}

/// Applies a saved plan, and reports it to `evidence`. What was not started did nothing; what was stopped may have done anything.
pub(super) async fn perform(deed: &Deed, region: &Region, evidence: &Evidence) -> Reply {
    let began = Instant::now();
    let reply = apply(deed).await;
    let error = match &reply {
        Reply::Taken { receipt } => {
            receipt.exit.as_ref().filter(|exit| exit.code != Some(0)).map(|exit| exit.stderr.clone())
        }
        Reply::Refused { message, .. }
        | Reply::NotNow { message, .. }
        | Reply::Expired { message }
        | Reply::NoAnswer { message } => Some(message.clone()),
    };
    evidence.report(CallMade {
        operation: "terraform.apply".into(),
        region: region.clone(),
        attempt: 1,
        latency_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        request_id: None,
        error,
        mutation: true,
    });
    reply
}

async fn apply(deed: &Deed) -> Reply {
    let refused = |why: &str| Reply::Refused { code: None, message: Clean::new(why) };
    let module = &deed.module;
    let dir = match ready(module) {
        Ok(dir) => dir,
        Err(why) => return refused(&why),
    };
    let folder = Folder::of(&dir, &module.component);
    match folder.saved() {
        Ok(Some(saved)) if saved == deed.digest => {}
        Ok(Some(_)) => return refused("the saved plan is not the one that was shown"),
        Ok(None) => return refused("the plan that was shown is not there any more"),
        Err(why) => return refused(&why),
    }
    let mark = match folder.begin(&deed.digest) {
        Ok(mark) => mark,
        Err(NotBegun::Runs) => {
            return Reply::NotNow { message: "an apply of it still runs here".into(), throttled: false };
        }
        Err(NotBegun::Disk(why)) => return refused(&why),
    };
    let file = folder.plan().display().to_string();
    let arguments = ["apply", "-input=false", "-no-color", LOCK, &file];
    let deadline = Instant::now() + Duration::from_secs(module.within_seconds);
    let errors = folder.errors(true);
    let says = Says::There { errors: &errors, outlives: true };
    let how = How { arguments: &arguments, stdin: Stdio::from(mark), deadline, says };
    match run::run(module, &program(module, &dir), &dir, how).await {
        Err(why) => refused(&why),
        Ok(ran) if ran.late => {
            let (within, words) = (crate::plan::clock::told(module.within_seconds as f64), why(&ran).said);
            Reply::NoAnswer { message: Clean::new(&format!("asked to end after {within}: {words}")) }
        }
        Ok(ran) => {
            let is_done = ran.code == Some(0);
            if is_done {
                Folder::remove(&folder.plan());
                Folder::remove(&folder.errors(true));
            }
            let stderr = if is_done { Clean::default() } else { why(&ran).said };
            let exit = Exit { code: ran.code, stdout: Clean::default(), stderr };
            Reply::Taken { receipt: Receipt { id: None, exit: Some(exit) } }
        }
    }
}
