//! A report as one HTML file: no script, nothing fetched, light and dark, to be printed. Every string goes through
//! `maud`, which escapes it.

use super::page::{Block, Cell, Page, Section};
use super::{Report, svg_gantt, svg_lag};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("report.css");

/// The browser is told, too, that nothing is to be fetched or run.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// Writes a report as an HTML file.
pub fn write(report: &Report) -> String {
    let page = Page::of(report);
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (page.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    span class={"badge " (page.label.to_lowercase())} { (page.label) }
                    h1 { (page.title) }
                    p.verdict { (page.verdict) }
                }
                main {
                    @for part in &page.sections { (section(report, part)) }
                }
            }
        }
    };
    markup.into_string()
}

fn section(report: &Report, section: &Section) -> Markup {
    html! {
        section {
            h2 { (section.heading) }
            @for part in &section.blocks { (block(report, part)) }
        }
    }
}

fn block(report: &Report, block: &Block) -> Markup {
    match block {
        Block::Heading(text) => html! { h3 { (text) } },
        Block::Text(text) => html! { p { (text) } },
        Block::Steps(steps) => html! { ol { @for step in steps { li { (step) } } } },
        Block::Table { head: [], rows } => pairs(rows),
        Block::Table { head, rows } => table(head, rows),
        Block::Gantt => picture(svg_gantt::draw(report)),
        Block::Lag(place) => {
            html! { @if let Some(curve) = report.lags.get(*place) { (picture(svg_lag::draw(report, curve))) } }
        }
    }
}

/// A picture: as wide as the page, and on a phone as wide as it can still be read, in a part that scrolls by itself.
fn picture(drawn: Markup) -> Markup {
    html! { div.scroll { div.picture { (drawn) } } }
}

/// A table under its head; on a phone each row stands by itself, each cell with its column's name.
fn table(head: &[&str], rows: &[Vec<Cell>]) -> Markup {
    html! {
        div.scroll {
            table.headed {
                thead { tr { @for name in head { th scope="col" { (name) } } } }
                tbody {
                    @for row in rows {
                        tr { @for (at, one) in row.iter().enumerate() { (cell(one, head.get(at).copied())) } }
                    }
                }
            }
        }
    }
}

/// A table whose first column names what the second says.
fn pairs(rows: &[Vec<Cell>]) -> Markup {
    html! {
        div.scroll {
            table {
                tbody {
                    @for row in rows {
                        @if let Some((name, rest)) = row.split_first() {
                            tr {
                                th scope="row" { (text(name)) }
                                @for one in rest { (cell(one, None)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A cell; `column` is what its column is called, where it has a head.
fn cell(cell: &Cell, column: Option<&str>) -> Markup {
    let class = match cell {
        Cell::Plain(_) | Cell::Code(_) => None,
        Cell::Good(_) => Some("good"),
        Cell::Bad(_) => Some("bad"),
    };
    html! { td class=[class] data-column=[column] { (text(cell)) } }
}

fn text(cell: &Cell) -> Markup {
    match cell {
        Cell::Plain(text) | Cell::Good(text) | Cell::Bad(text) => html! { (text) },
        Cell::Code(text) => html! { code { (text) } },
    }
}
