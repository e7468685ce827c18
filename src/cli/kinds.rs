//! `landfall kinds`: what there is to put into a plan, and what IAM has to allow for it.

use super::answer;
use super::exit::Exit;
use super::out;
use crate::plan::diagnostic::nearest;
use crate::plan::{AccountName, Kinds};
use crate::service::{Registry, Service, describe, grants};
use miette::miette;
use std::fmt::Write;
use std::path::PathBuf;

/// How many characters a managed policy has at most ("IAM and AWS STS quotas").
const MANAGED: usize = 6144;

/// Shows the kinds of components: fields, steps, way back, permissions; or the least IAM policy for a plan
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The kind to be told about; every kind in a line without it.
    kind: Option<String>,
    /// Print the least IAM policy for this plan instead: everything it asks and does, whatever it is run for.
    #[arg(long, value_name = "PLAN", conflicts_with = "kind")]
    policy: Option<PathBuf>,
    /// The policy of this account of the plan; of the credentials that Landfall is started with when left out.
    #[arg(long, requires = "policy", value_name = "NAME")]
    account: Option<String>,
    /// Only what looking needs: the policy of a watcher, of `check --live --looking` and of `--read-only`.
    #[arg(long, requires = "policy")]
    looking: bool,
    /// For other programs: one object, versioned.
    #[arg(long, conflicts_with = "policy")]
    json: bool,
}

/// Writes it to standard output.
///
/// # Errors
/// When there is no such kind or account, or the plan cannot be read.
pub fn run(args: &Args) -> miette::Result<Exit> {
    match (&args.policy, &args.kind) {
        (Some(_), _) => policy(args)?,
        (None, None) if args.json => {
            let all: Vec<_> = Registry.services().map(describe::json).collect();
            answer::print_json(&format!("{}\n", serde_json::json!({ "version": 1, "kinds": all })))?;
        }
        (None, None) => {
            let list = describe::list();
            let width = list.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
            let mut text = String::new();
            for (name, about) in list {
                let options = textwrap::Options::new(100);
                let (first, rest) = (format!("{name:width$}  "), " ".repeat(width + 2));
                let options = options.initial_indent(&first).subsequent_indent(&rest);
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{}", textwrap::fill(about, options));
            }
            text += "\nmore of one: landfall kinds NAME; a component to start from: landfall init --kind NAME\n";
            answer::print(&text)?;
        }
        (None, Some(name)) => {
            let kind = named(name)?;
            if args.json {
                answer::print_json(&format!("{}\n", describe::json(kind)))?;
            } else {
                answer::print(&describe::text(kind))?;
            }
        }
    }
    Ok(Exit::Done)
}

/// The kind called `name`.
///
/// # Errors
/// When there is none, with the nearest there is.
pub fn named(name: &str) -> miette::Result<&'static dyn Service> {
    if crate::plan::plugin::parts(name).is_some() {
        return Err(miette!(
            help = "landfall plugin list tells of those that are trusted here",
            "{name} is a plug-in's kind"
        ));
    }
    let names: Vec<&str> = Registry.names();
    Registry.service(name).ok_or_else(|| miette!(help = nearest(name, &names), "there is no kind `{name}`"))
}

fn policy(args: &Args) -> miette::Result<()> {
    let Some(path) = &args.policy else { return Ok(()) };
    let plan = super::read_plan(path)?;
    let all = grants::of_plan(&plan).map_err(|cycle| miette!("{cycle}"))?;
    let account = args.account.as_deref().map(AccountName::new);
    let Some(allowed) = all.get(&account) else {
        let names: Vec<String> = all.keys().flatten().map(ToString::to_string).collect();
        let help = match names.as_slice() {
            [] => "no component of the plan lives in an account of its own: leave `--account` out".to_owned(),
            names => format!("the accounts that its components live in: {}", names.join(", ")),
        };
        return Err(miette!(
            help = help,
            "no component of the plan lives in the account `{}`",
            args.account.as_deref().unwrap_or_default()
        ));
    };
    let policy = grants::policy(allowed, &plan.application, !args.looking);
    // Blanks do not count.
    let length = policy.to_string().chars().filter(|letter| !letter.is_whitespace()).count();
    if length > MANAGED {
        out::say(format!(
            "this policy has {length} characters, and IAM takes {MANAGED} for a managed one: make several of its statements"
        ));
    }
    answer::print_json(&format!("{policy:#}\n"))
}
