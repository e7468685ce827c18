//! What a page says of the code that the run has gone past: what it declares otherwise, and how it is brought after.

use super::{Block, Cell, Section};
use crate::report::Report;

/// What the run changed that Infrastructure as Code does not know. Nothing of a run that changed nothing.
pub fn code(report: &Report) -> Section {
    let heading = "What Infrastructure as Code does not know";
    if report.handed.is_empty() {
        return Section { heading, blocks: Vec::new() };
    }
    let rows = report.handed.iter().map(|one| {
        let declared = &one.declared;
        let class = if declared.class.is_empty() { "not told" } else { declared.class };
        let argument = match declared.argument {
            "" => Cell::plain("–"),
            argument => Cell::code(argument),
        };
        let now = if one.known { Cell::plain(&declared.now) } else { Cell::Bad(format!("perhaps {}", declared.now)) };
        vec![
            Cell::code(class),
            Cell::code(&declared.id),
            Cell::plain(&one.region),
            argument,
            now,
            Cell::code(&one.step),
        ]
    });
    let head = &["resource", "id", "region", "argument", "since this run", "step"];
    let told = "Until the code says the same, the next terraform apply takes it back, and a rebuild from Git does not have \
                it. landfall capture PLAN takes the application as it runs now, landfall drift PLAN --terraform STATE tells \
                what an apply would change, and landfall codify PLAN --after JOURNAL writes it as Terraform.";
    Section { heading, blocks: vec![Block::Table { head, rows: rows.collect() }, Block::Text(told.to_owned())] }
}
