//! `landfall plugin`: programs that bring kinds of their own. Trusting one, testing one, an example of one.

mod conformance;
mod store;

pub use store::{kinds, programs, still};

use super::answer;
use super::exit::Exit;
use super::{Refused, out};
use crate::cloud::plugin::{greeted, hello, one_shot, trust};
use crate::files;
use crate::plan::plugin::{Hello, Program};
use crate::text::Clean;
use miette::{IntoDiagnostic, WrapErr, miette};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, ErrorKind, IsTerminal, Write, stdin};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long an answer to `hello` is waited for: longer than it may take, for a busy machine.
const HELLO: Duration = Duration::from_secs(10);
/// The word that is typed to trust a program.
const WORD: &str = "trust";

const K8S: &str = include_str!("k8s.sh");
const K8S_PLAN: &str = include_str!("k8s.toml");

/// Programs that bring kinds of their own: `kind = "NAME/KIND"` with [plugin.NAME]. None is run before it is trusted here
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Sub,
}

#[derive(Debug, clap::Subcommand)]
enum Sub {
    Trust(TrustArgs),
    Forget(ForgetArgs),
    List(ListArgs),
    Test(conformance::Args),
    Example(ExampleArgs),
}

/// Trusts the programs of a plan, by what is in their files now: asks each what it brings, and remembers it
#[derive(Debug, clap::Args)]
struct TrustArgs {
    /// The plan; without it, those that the configuration names.
    plan: Option<PathBuf>,
    /// Do not ask: somebody has read them.
    #[arg(long)]
    yes: bool,
}

/// Forgets that the programs of a plan are trusted; without a plan, all that are
#[derive(Debug, clap::Args)]
struct ForgetArgs {
    /// The plan.
    plan: Option<PathBuf>,
}

/// Lists the programs that are trusted here: their kinds, fields and steps
#[derive(Debug, clap::Args)]
struct ListArgs {
    /// One object, versioned.
    #[arg(long)]
    json: bool,
}

/// Writes a working plug-in and a plan with it, to start from
#[derive(Debug, clap::Args)]
struct ExampleArgs {
    /// Which.
    #[arg(value_enum)]
    which: Example,
    /// The folder to write it in; made if it is not there.
    #[arg(default_value = ".")]
    dir: PathBuf,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Example {
    /// A shell script over kubectl: deployments of any Kubernetes.
    Kubernetes,
}

/// Does what is asked.
///
/// # Errors
/// What is wrong with the plan or the program; a disk or an output that takes nothing.
pub fn run(args: &Args) -> miette::Result<Exit> {
    match &args.command {
        Sub::Trust(args) => trusting(args),
        Sub::Forget(args) => forgetting(args),
        Sub::List(args) => listing(args),
        Sub::Test(args) => super::live(conformance::run(args)),
        Sub::Example(args) => example(args),
    }
}

fn programs_of(plan: Option<&Path>) -> miette::Result<Vec<Program>> {
    let Some(path) = plan else { return Ok(store::of_configuration().into_values().collect()) };
    let text = files::read_text(path, files::PLAN)
        .into_diagnostic()
        .wrap_err_with(|| format!("the plan {} cannot be read", path.display()))?;
    Ok(store::named(path, &text))
}

fn trusted_folder() -> miette::Result<PathBuf> {
    store::folder().ok_or_else(|| miette!(help = "set HOME", "this user has no configuration folder"))
}

fn trusting(args: &TrustArgs) -> miette::Result<Exit> {
    let folder = trusted_folder()?;
    let programs = programs_of(args.plan.as_deref())?;
    if programs.is_empty() {
        let help = "write [plugin.NAME] with run = [\"./program\"]; landfall plugin example kubernetes writes one";
        return Err(miette!(help = help, "no plug-in is named there"));
    }
    for program in programs {
        let name = program.name.clone();
        let mut contents = trust::Contents::default();
        let files = contents.files(&program).map_err(|why| miette!("plug-in {name}: {why}"))?;
        let hash = contents.hash(&program).map_err(|why| miette!("plug-in {name}: {why}"))?;
        if trust::is_trusted(&folder, &program, &hash) {
            answer::print(&format!("{name}: trusted already, as it is now\n"))?;
            continue;
        }
        answer::print(&shown(&program, &files))?;
        if !args.yes {
            if !stdin().is_terminal() {
                let clear = "read the program, then add --yes".to_owned();
                return Err(Refused { why: format!("plug-in {name} is not trusted: nobody said so"), clear }.into());
            }
            out::say(format_args!(
                "landfall: it will be run with what you may do here; type {WORD} once you have read it"
            ));
            let mut typed = String::new();
            if stdin().lock().read_line(&mut typed).is_err() || typed.trim() != WORD {
                let clear = "nothing was run and nothing is remembered".to_owned();
                return Err(Refused { why: format!("plug-in {name} is not trusted"), clear }.into());
            }
        }
        let hello = asked(&program)
            .map_err(|why| miette!(help = "landfall plugin test -- PROGRAM tells more", "plug-in {name}: {why}"))?;
        // What was asked must be what was shown.
        if trust::Contents::default().hash(&program).ok().as_ref() != Some(&hash) {
            return Err(miette!("plug-in {name} was written to meanwhile: look at it again"));
        }
        let kinds: Vec<String> = hello.kinds.iter().map(|kind| format!("{name}/{}", kind.kind)).collect();
        let told = format!("{name}: trusted; {} {} brings {}\n", hello.name, hello.version, kinds.join(", "));
        let trusted = trust::Trusted { hash, program, files, at: jiff::Timestamp::now(), hello };
        trust::remember(&folder, &trusted).into_diagnostic().wrap_err("it cannot be remembered")?;
        answer::print(&told)?;
    }
    Ok(Exit::Done)
}

fn shown(program: &Program, files: &std::collections::BTreeMap<String, String>) -> String {
    let mut text = format!("[plugin.{}] runs {}\n", program.name, words(&program.run));
    // A string takes whatever is written to it.
    let _ = writeln!(text, "  in       {}", program.folder);
    for (file, hash) in files {
        let _ = writeln!(text, "  file     {file}\n  sha256   {hash}");
    }
    let list = |names: &[String]| if names.is_empty() { "nothing more".to_owned() } else { names.join(", ") };
    let _ = writeln!(text, "  acting, it is handed   {}", list(&program.env));
    let _ = writeln!(text, "  looking, it is handed  {}", list(&program.read_env));
    let _ = writeln!(text, "  run by who only looks  {}", if program.trusted_to_look { "yes" } else { "no" });
    text
}

/// As a shell would be told it.
fn words(run: &[String]) -> String {
    run.iter().map(|word| crate::text::shell_word(word)).collect::<Vec<_>>().join(" ")
}

/// Asks `program` what it brings: without what it is handed otherwise.
fn asked(program: &Program) -> Result<Hello, String> {
    let bare = Program { env: Vec::new(), read_env: Vec::new(), ..program.clone() };
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    let told = runtime
        .block_on(one_shot(&bare, "hello", &hello(), HELLO, true))
        .map_err(|run| format!("hello: {}", run.words()))?;
    greeted(&told).map_err(|error| Clean::new(&error.to_string()).to_string())
}

fn forgetting(args: &ForgetArgs) -> miette::Result<Exit> {
    let folder = trusted_folder()?;
    let named = args.plan.as_deref().map(|path| programs_of(Some(path))).transpose()?;
    let is_meant = |trusted: &trust::Trusted| {
        named.as_ref().is_none_or(|named| {
            let is_it = |one: &Program| one.name == trusted.program.name && one.folder == trusted.program.folder;
            named.iter().any(is_it)
        })
    };
    let mut forgotten = 0;
    for trusted in trust::all(&folder).into_iter().filter(is_meant) {
        forgotten += usize::from(trust::forget(&folder, &trusted.program, &trusted.hash).into_diagnostic()?);
    }
    answer::print(&format!("{forgotten} forgotten\n"))?;
    Ok(Exit::Done)
}

fn listing(args: &ListArgs) -> miette::Result<Exit> {
    let all = store::folder().map(|folder| trust::all(&folder)).unwrap_or_default();
    if args.json {
        let plugins: Vec<serde_json::Value> = all
            .iter()
            .map(|one| serde_json::json!({ "name": one.program.name, "hash": one.hash, "program": one.program, "files": one.files, "at": one.at, "hello": one.hello }))
            .collect();
        answer::print_json(&format!("{}\n", serde_json::json!({ "version": 1, "plugins": plugins })))?;
        return Ok(Exit::Done);
    }
    if all.is_empty() {
        answer::print("no plug-in is trusted here; landfall plugin example kubernetes writes one to start from\n")?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    for one in &all {
        let (program, hello) = (&one.program, &one.hello);
        let _ = writeln!(
            text,
            "{} {}  {} in {}  ({:.12})",
            program.name,
            hello.version,
            words(&program.run),
            program.folder,
            one.hash
        );
        for kind in &hello.kinds {
            let _ = writeln!(text, "  {}/{}  {}", program.name, kind.kind, kind.about);
            for field in &kind.fields {
                let takes = serde_json::to_value(field.takes).unwrap_or_default();
                let need = if field.required { "required" } else { "optional" };
                let _ = writeln!(
                    text,
                    "    {}  {} {need}  {}",
                    field.name,
                    takes.as_str().unwrap_or_default(),
                    field.about
                );
            }
            for (intent, stages) in &kind.steps {
                let steps: Vec<&str> = stages.iter().map(|stage| stage.action.as_str()).collect();
                let _ = writeln!(
                    text,
                    "    {intent}: {}",
                    if steps.is_empty() { "nothing".to_owned() } else { steps.join(", ") }
                );
            }
        }
    }
    answer::print(&text)?;
    Ok(Exit::Done)
}

fn example(args: &ExampleArgs) -> miette::Result<Exit> {
    let (files, plan) = match args.which {
        Example::Kubernetes => ([("k8s.sh", K8S, 0o755), ("k8s.toml", K8S_PLAN, 0o644)], "k8s.toml"),
    };
    std::fs::create_dir_all(&args.dir)
        .into_diagnostic()
        .wrap_err_with(|| format!("the folder {} cannot be made", args.dir.display()))?;
    for (name, _, _) in files {
        if args.dir.join(name).exists() {
            let help = "name another folder: nothing is written over";
            return Err(miette!(help = help, "{} exists already", args.dir.join(name).display()));
        }
    }
    for (name, text, mode) in files {
        let path = args.dir.join(name);
        let mut file = match File::create_new(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(miette!("{} exists already", path.display()));
            }
            Err(error) => {
                return Err(error).into_diagnostic().wrap_err(format!("{} cannot be written", path.display()));
            }
        };
        let written =
            file.write_all(text.as_bytes()).and_then(|()| file.set_permissions(std::fs::Permissions::from_mode(mode)));
        written.into_diagnostic().wrap_err(format!("{} cannot be written", path.display()))?;
    }
    let (script, plan) = (args.dir.join("k8s.sh"), args.dir.join(plan));
    answer::print(&format!(
        "{script} and {plan} written; next: landfall plugin test -- {script}; then: landfall plugin trust {plan}\n",
        script = script.display(),
        plan = plan.display()
    ))?;
    Ok(Exit::Done)
}
