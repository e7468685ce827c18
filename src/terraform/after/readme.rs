//! What is to be read first: what a run changed, what an apply would take back of it, and what is written where.

use super::{Row, Stands, State, Told};
use crate::snapshot::Snapshot;
use crate::terraform::files::sentence;
use crate::terraform::hcl::{self, Expr};
use crate::terraform::rules;
use std::fmt::Write as _;

/// What is to be done about a row.
pub(super) fn fix(row: &Row, later: &[Snapshot], told: &Told<'_>) -> String {
    let turned = &row.turned;
    let perhaps = if turned.known { "" } else { "look whether it happened; then " };
    let says = || match &turned.value {
        Some(value) => {
            let value = Expr::of(value, &Expr::text);
            format!("{} = {}", turned.argument, hcl::value(&value).split_whitespace().collect::<Vec<_>>().join(" "))
        }
        None => turned.argument.clone(),
    };
    let by_hand = match (&row.stands, &row.written) {
        (Stands::Same { .. }, _) => "nothing: code says the same".to_owned(),
        _ if told.is_drill => return "nothing: it was a drill, and nothing of it is real".to_owned(),
        (_, Some(file)) => format!("it is written in {file}"),
        (Stands::NotTold, _) => "ask whoever wrote it".to_owned(),
        (Stands::Otherwise { address, .. }, _) if turned.argument.is_empty() => {
            format!("take {address} out of the code that declares it, or bring it back")
        }
        (Stands::Otherwise { address, .. }, _) => format!("say {} in {address}", says()),
        (Stands::NotCompared { .. }, _) if turned.argument == "task_definition" => {
            "nothing here: see its task definition".to_owned()
        }
        (Stands::NotCompared { address }, _) if is_secret(row) => {
            format!("put the new value where {address} takes it from; it is never written here")
        }
        (Stands::NotCompared { address }, _) => format!("bring {} of {address} into its code", turned.argument),
        (Stands::NotAsked | Stands::Undeclared, _) if turned.argument.is_empty() && turned.now == "gone" => {
            "take it out of the code, if any declares it".to_owned()
        }
        (Stands::NotAsked | Stands::Undeclared, _) if is_secret(row) => {
            "put the new value where the code that declares it takes it from; it is never written here".to_owned()
        }
        (Stands::NotAsked | Stands::Undeclared, _) if !rules::is_written(&turned.class) => {
            format!("say {} where it is declared: Landfall does not write {}", says(), turned.class)
        }
        (Stands::NotAsked | Stands::Undeclared, _) => match later.iter().find(|one| one.region == turned.region) {
            None => format!(
                "take it as it runs now: landfall capture PLAN --region {}; then this again writes it whole",
                turned.region
            ),
            Some(_) if turned.value.is_some() => format!(
                "say {} in the code that declares it: the snapshot that was taken after the run does not have it whole",
                says()
            ),
            Some(_) => "write it by hand: the snapshot that was taken after the run does not have it whole".to_owned(),
        },
    };
    format!("{perhaps}{by_hand}")
}

/// Names of people's stand on one line.
fn line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// Whether what was changed is a secret's value.
fn is_secret(row: &Row) -> bool {
    matches!(row.turned.class.as_str(), "aws_secretsmanager_secret_version" | "aws_ssm_parameter")
}

/// The text.
pub(super) fn readme(told: &Told<'_>, rows: &[Row], states: &[State], later: &[Snapshot]) -> String {
    let mut text = format!(
        "# What a run changed of {} that code does not know\n\nRun `{}` changed it, the last of it at {}. Until code says the same, the next \
         `terraform apply` takes it back, and a rebuild from Git does not have it.\n",
        line(told.application),
        line(told.run),
        told.until
    );
    if told.is_drill {
        text.push_str(
            "\n**It was a drill on a simulated cloud: nothing of it is real, and nothing of it is to be applied.**\n",
        );
    }
    match states {
        [] => text.push_str("\nNo state of Terraform was given: what code declares was not looked at.\n"),
        states => {
            let names: Vec<String> = states.iter().map(|state| format!("`{}`", line(&state.name))).collect();
            let _ = writeln!(text, "\nCompared with {}.", names.join(", "));
        }
    }
    for one in later {
        let taken = one.taken.as_ref().map_or_else(String::new, |taken| format!(", taken {}", taken.started));
        let gaps = if one.complete { "" } else { "; it is not complete" };
        let _ = writeln!(text, "\nAs it runs in {}: snapshot `{}`{taken}{gaps}.", one.region, &one.hash()[..12]);
    }
    let is_in = |row: &Row, heading: usize| match row.stands {
        Stands::Otherwise { .. } => heading == 0,
        Stands::NotAsked | Stands::Undeclared => heading == 1,
        Stands::NotCompared { .. } | Stands::NotTold => heading == 2,
        Stands::Same { .. } => false,
    };
    let headings = ["An apply would take back", "No code is known to have", "Not compared"];
    for (place, heading) in headings.into_iter().enumerate() {
        let own: Vec<&Row> = rows.iter().filter(|row| is_in(row, place)).collect();
        if own.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n## {heading}\n");
        for row in own {
            let perhaps = match (&row.stands, row.turned.known) {
                (Stands::NotTold, _) => ": ",
                (_, true) => " is ",
                (_, false) => " is perhaps ",
            };
            let _ = writeln!(
                text,
                "- **{}**{perhaps}{} (step `{}`). {}. {}.",
                line(&row.what()),
                line(&row.turned.now),
                line(&row.turned.step),
                sentence(&line(&row.consequence)),
                sentence(&line(&row.fix))
            );
        }
    }
    let same = rows.iter().filter(|row| !row.is_open()).count();
    if same > 0 {
        let _ = writeln!(text, "\n{same} more are declared as they were left.");
    }
    if rows.iter().any(|row| row.written.as_ref().is_some_and(|file| file.starts_with("changed/"))) {
        text.push_str(
            "\n## How what is in `changed` is brought into code\n\nEach `…_override.tf` is laid beside the code of its state, where Terraform \
             merges it into the blocks of the same addresses: a plan of it is to change nothing that runs. Then the blocks themselves are \
             changed to say the same, and the file goes.\n",
        );
    }
    if rows.iter().any(|row| row.written.as_ref().is_some_and(|file| file.ends_with("/main.tf"))) {
        text.push_str(
            "\n## How the folders of regions are brought into code\n\n    terraform init\n    terraform plan\n\nEach block imports what is there: a plan that \
             adds, replaces or destroys anything is not to be applied.\n",
        );
    }
    text
}
