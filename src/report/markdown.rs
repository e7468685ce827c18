//! A report as Markdown: GitHub's tables, no HTML. Nothing from outside can end a cell, make a link or start markup.

use super::Report;
use super::page::{Block, Cell, Page, Section};
use std::fmt::Write;

/// Writes a report as Markdown.
pub fn write(report: &Report) -> String {
    let page = Page::of(report);
    let mut out = format!("# {}\n\n**{}** {}\n", escape(&page.title), page.label, escape(&page.verdict));
    for section in &page.sections {
        write_section(&mut out, section);
    }
    out
}

fn write_section(out: &mut String, section: &Section) {
    add(out, format_args!("\n## {}\n", section.heading));
    for block in &section.blocks {
        write_block(out, block);
    }
}

fn write_block(out: &mut String, block: &Block) {
    match block {
        Block::Heading(text) => add(out, format_args!("\n### {}\n", escape(text))),
        Block::Text(text) => add(out, format_args!("\n{}\n", escape(text))),
        Block::Steps(steps) => {
            out.push('\n');
            for (place, step) in steps.iter().enumerate() {
                add(out, format_args!("{}. {}\n", place + 1, escape(step)));
            }
        }
        Block::Table { head, rows } => write_table(out, head, rows),
        // Pictures are HTML's; the tables beside them say the same.
        Block::Gantt | Block::Lag(_) => {}
    }
}

fn write_table(out: &mut String, head: &[&str], rows: &[Vec<Cell>]) {
    let columns = rows.first().map_or(head.len(), Vec::len);
    let head: Vec<&str> = if head.is_empty() { vec![""; columns] } else { head.to_vec() };
    add(out, format_args!("\n| {} |\n|{}\n", head.join(" | "), " --- |".repeat(columns)));
    for row in rows {
        let cells: Vec<String> = row.iter().map(write_cell).collect();
        add(out, format_args!("| {} |\n", cells.join(" | ")));
    }
}

fn write_cell(cell: &Cell) -> String {
    match cell {
        Cell::Plain(text) | Cell::Good(text) => escape(text),
        Cell::Bad(text) if text.is_empty() => String::new(),
        Cell::Bad(text) => format!("**{}**", escape(text)),
        Cell::Code(text) => code(text),
    }
}

/// Text with everything that Markdown, or HTML in it, would take for markup made plain.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => escaped.push(' '),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    // A bare address would become a link.
    escaped.replace("://", ":&#47;&#47;")
}

/// Text as code. Within backticks only a backtick and, in a table, a bar still mean something.
fn code(text: &str) -> String {
    if text.contains(['`', '\n', '\r', '\\']) {
        return escape(text);
    }
    format!("`{}`", text.replace('|', "\\|"))
}

fn add(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a string takes every text");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_cell_or_starts_markup() {
        assert_eq!(escape("a|b\nc"), "a\\|b c");
        assert_eq!(escape("<b>*x*</b>"), "&lt;b&gt;\\*x\\*&lt;/b&gt;");
        assert_eq!(escape("see https://example.com"), "see https:&#47;&#47;example.com");
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("a`b"), "a\\`b");
    }
}
