//! The files of a folder of Terraform, each with a first line that says what it was written from and what it held: what
//! somebody changed since is never written over.

use super::generate::{Generated, Written};
use super::hcl::{self, Block, Body, Expr};
use super::rules::Layer;
use super::source::Variable;
use crate::snapshot::{Snapshot, canonical};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How long a file of everything may be before it is one a layer.
const LINES: usize = 2000;
/// What the first line of a file begins with.
const WRITTEN: &str = "Written by landfall ";

/// The files that codify what a snapshot holds, in place: by name. The same snapshot gives the same bytes.
pub fn codified(snapshot: &Snapshot, generated: &Generated) -> BTreeMap<String, String> {
    let from = format!("{} in {}, snapshot {}", snapshot.application, snapshot.region, &snapshot.hash()[..12]);
    let mut files = blocks(snapshot, generated, &from);
    let count = standing(generated).count();
    files.insert("README.md".to_owned(), headed("<!-- ", "codify", &from, &readme(snapshot, generated, count)));
    files
}

/// The files of blocks, imports and values, written from what `from` says.
pub(super) fn blocks(snapshot: &Snapshot, generated: &Generated, from: &str) -> BTreeMap<String, String> {
    let standing: Vec<&Written> = self::standing(generated).collect();
    let blocks = |layer: Option<Layer>| -> Vec<Block> {
        let of = standing.iter().filter(|one| layer.is_none_or(|layer| one.layer == layer));
        of.map(|one| one.block.clone()).collect()
    };
    let mut files = main(&blocks);
    let imports: Vec<Block> = standing.iter().filter_map(|one| Some(import(one, one.import.as_deref()?))).collect();
    files.insert("imports.tf".to_owned(), hcl::file(&[], &imports));
    files.insert("provider.tf".to_owned(), provider(&snapshot.region));
    if !generated.variables.is_empty() {
        files.insert("variables.tf".to_owned(), variables(generated));
    }
    files.retain(|_, text| !text.is_empty());
    files.into_iter().map(|(name, text)| (name, headed("# ", "codify", from, &text))).collect()
}

/// The blocks that stand in the files of what is there: those that have an import, and those that a later snapshot has not.
pub fn standing(generated: &Generated) -> impl Iterator<Item = &Written> {
    generated.blocks.iter().filter(|one| one.import.is_some() || one.is_gone)
}

/// How many are to be made anew.
pub fn gone(generated: &Generated) -> usize {
    generated.blocks.iter().filter(|one| one.is_gone).count()
}

/// Whether a file is one of ours that nobody changed since.
pub fn is_untouched(text: &str) -> bool {
    let Some((first, rest)) = text.split_once('\n') else { return false };
    let said = first.trim_end_matches(" -->").rsplit_once(' ').filter(|(head, _)| head.contains(WRITTEN));
    said.is_some_and(|(head, hash)| self::hash(head, rest) == *hash)
}

/// Whether a file is one that `command` wrote and that nobody changed since.
pub fn is_untouched_of(command: &str, text: &str) -> bool {
    is_untouched(text)
        && text.split_once(&format!("{WRITTEN}{command} ")).is_some_and(|(before, _)| !before.contains('\n'))
}

/// `text` under a first line that says what wrote it, from what, and what it held.
pub fn headed(comment: &str, command: &str, from: &str, text: &str) -> String {
    let end = if comment.starts_with('<') { " -->" } else { "" };
    let rest = format!("\n{text}");
    let head = format!("{comment}{WRITTEN}{command} from {}; what it held:", line(from));
    format!("{head} {}{end}\n{rest}", hash(&head, &rest))
}

fn hash(head: &str, rest: &str) -> String {
    let mut hash = canonical::hash(&format!("{head}\n{rest}"));
    hash.truncate(16);
    hash
}

/// Names of people's stand on one line, and end no comment.
fn line(text: &str) -> String {
    let plain = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    plain.collect::<String>().replace("--", "- -")
}

fn import(one: &Written, id: &str) -> Block {
    let body = Body::default().with("to", Expr::said(&one.address.to_string())).with("id", id);
    Block::new("import", &[], body)
}

fn provider(region: &str) -> String {
    let aws = Expr::Object(vec![
        ("source".to_owned(), "hashicorp/aws".into()),
        ("version".to_owned(), ">= 5.0, < 7.0".into()),
    ]);
    let terraform = Body::default()
        .with("required_version", ">= 1.5")
        .block("required_providers", Body::default().with("aws", aws));
    let provider = Block::new("provider", &["aws"], Body::default().with("region", region));
    hcl::file(&[], &[Block::new("terraform", &[], terraform), provider])
}

fn variables(generated: &Generated) -> String {
    hcl::file(
        &[],
        &generated.variables.iter().map(|(name, variable)| self::variable(name, variable)).collect::<Vec<_>>(),
    )
}

/// A variable's block.
pub(super) fn variable(name: &str, variable: &Variable) -> Block {
    let body = Body::default().with("description", variable.about.as_str()).with("type", Expr::said("string"));
    let body = if variable.is_secret { body.with("sensitive", true) } else { body };
    Block::new("variable", &[name], body.maybe("default", variable.default.as_deref()))
}

/// The blocks, in one file or in one a layer where that would be long.
pub(super) fn main(blocks: &dyn Fn(Option<Layer>) -> Vec<Block>) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let whole = hcl::file(&[], &blocks(None));
    if whole.lines().count() <= LINES {
        files.insert("main.tf".to_owned(), whole);
        return files;
    }
    for layer in [Layer::Network, Layer::Identity, Layer::Data, Layer::Compute, Layer::Edge] {
        files.insert(format!("{}.tf", layer.word()), hcl::file(&[], &blocks(Some(layer))));
    }
    files
}

fn readme(snapshot: &Snapshot, generated: &Generated, count: usize) -> String {
    let (told, more) = match gone(generated) {
        0 => (
            "each with an import of what is there already: a plan is to add, replace and destroy nothing".to_owned(),
            "anything to add",
        ),
        gone => (
            format!(
                "{} with an import of what is there already. The newest snapshot has not the other {gone}: a plan is to add these, and to \
                 replace and destroy nothing",
                count - gone
            ),
            "anything else to add",
        ),
    };
    let mut text = format!(
        "# {} as it runs in {}\n\n{count} blocks of Terraform, {told}. Look at it before you apply it.\n\n    terraform init\n    \
         terraform plan\n\nA plan that shows {more}, replace or destroy is not to be applied: what runs has changed since the snapshot, or a value below is not the one that runs. What it \
         updates is to be arguments of the provider's own, which AWS has no value for (force_delete, recovery_window_in_days, \
         apply_immediately and the like).\n",
        line(&snapshot.application),
        snapshot.region
    );
    if !snapshot.complete {
        text.push_str("\nThe snapshot is not complete: what could not be read stands in no file here.\n");
    }
    if !generated.variables.is_empty() {
        text.push_str("\n## To give\n\nEach as it runs now: another value would change what runs, or replace it.\n\n");
        for (name, variable) in &generated.variables {
            let _ = writeln!(text, "- `{name}`: {}", line(&variable.about));
        }
    }
    if !generated.notes.is_empty() {
        text.push_str("\n## To settle\n\n");
        for note in &generated.notes {
            let _ = writeln!(
                text,
                "- `{}` **{}**: {}. {}.",
                note.code,
                line(&note.of),
                line(&note.found),
                sentence(&note.fix)
            );
        }
    }
    text
}

/// What a change of these files is, for whoever reads it before it is merged; `risk` is what may go wrong.
pub fn pull_request(command: &str, snapshot: &Snapshot, generated: &Generated, risk: &str) -> String {
    let count = if command == "codify" { standing(generated).count() } else { generated.blocks.len() };
    let from = format!("{} in {}, snapshot {}", snapshot.application, snapshot.region, &snapshot.hash()[..12]);
    let taken = snapshot.taken.as_ref().map_or_else(String::new, |taken| format!(", taken {}", taken.started));
    let asked = generated.variables.values().filter(|variable| variable.default.is_none()).count();
    let mut text = format!(
        "# landfall {command} of {}\n\n- Snapshot: `{}`{taken}, {} resources, {}\n- Blocks: {}\n- Values to give: {asked}\n- To settle: {}\n\n## Risk\n\n{risk}\n",
        line(&snapshot.application),
        snapshot.hash(),
        snapshot.resources.len(),
        if snapshot.complete { "complete" } else { "**not complete**: what could not be read stands in no file" },
        count,
        generated.notes.len(),
    );
    if !generated.notes.is_empty() {
        text.push_str("\n## Findings\n\n");
        for note in &generated.notes {
            let _ = writeln!(text, "- `{}` **{}**: {}", note.code, line(&note.of), line(&note.found));
        }
    }
    headed("<!-- ", command, &from, &text)
}

pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
