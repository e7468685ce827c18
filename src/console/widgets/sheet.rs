//! A box in front of the screen: a title, a body that scrolls, and a foot that is always in sight.

use super::columns::fit;
use super::wrap;
use crate::console::look::{Role, Theme};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Borders, Clear, Paragraph};
use unicode_width::UnicodeWidthStr;

/// What a layer shows, made for one width.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// On the frame.
    pub title: String,
    /// How the frame looks.
    pub role: Option<Role>,
    /// What can be scrolled.
    pub body: Vec<Line<'static>>,
    /// What is always in sight: fields, keys.
    pub foot: Vec<Line<'static>>,
    /// The keys it takes, where its foot may say something else; else the last line of its foot names them.
    pub keys: Option<String>,
    /// Where text is being typed: a line of the foot and a column.
    pub cursor: Option<(usize, usize)>,
    /// Said on its frame, where there is room.
    pub aside: Option<&'static str>,
    /// The line of the body that stays in sight.
    pub follow: Option<usize>,
}

/// Where a sheet stands and which part of it is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    outer: Rect,
    body: Rect,
    foot: Rect,
    top: usize,
    foot_top: usize,
}

/// The widest a sheet gets: lines longer than this are hard to read.
const WIDEST: u16 = 96;
/// The lines of a body that are worth more than a blank line below them.
const LEAST_BODY: usize = 4;

/// The columns of text a sheet has in `area`.
pub fn text_width(area: Rect) -> usize {
    usize::from(outer_width(area).saturating_sub(4))
}

fn outer_width(area: Rect) -> u16 {
    area.width.min(WIDEST)
}

impl Sheet {
    /// The keys it takes, in words.
    pub fn keys(&self) -> String {
        self.keys.clone().unwrap_or_else(|| self.foot.last().map(Line::to_string).unwrap_or_default())
    }

    /// Says `tip` above its body.
    pub fn say_first(&mut self, tip: &str, theme: &Theme, width: usize) {
        let mut lines: Vec<Line<'static>> = wrap(tip, width)
            .into_iter()
            .map(|line| Line::from(Span::styled(line, theme.style(Role::Accent))))
            .collect();
        lines.push(Line::default());
        self.follow = self.follow.map(|line| line + lines.len());
        self.body.splice(0..0, lines);
    }

    /// Finds its place in `area`; `scroll` is brought back to what there is to scroll.
    pub fn place(&self, area: Rect, scroll: &mut usize) -> Place {
        let width = outer_width(area);
        let wanted = u16::try_from(self.body.len() + self.foot.len() + 2).unwrap_or(u16::MAX);
        let height = wanted.min(area.height);
        let outer =
            Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
        let inner = Rect {
            x: outer.x + 2.min(outer.width),
            y: outer.y + 1.min(outer.height),
            width: outer.width.saturating_sub(4),
            height: outer.height.saturating_sub(2),
        };
        // The blank line between the two goes first where there is little room.
        let blank = usize::from(self.foot.first().is_some_and(|line| line.width() == 0));
        let tight = usize::from(inner.height) < self.foot.len() + LEAST_BODY && self.cursor.is_some();
        let spared = if tight { blank } else { 0 };
        let foot_height = u16::try_from(self.foot.len() - spared).unwrap_or(u16::MAX).min(inner.height);
        // Where not even the foot has room its end stays, with what came of it; but what is typed, and its label, are always in sight.
        let end = self.foot.len() - usize::from(foot_height);
        let label = usize::from(foot_height > 1);
        let foot_top = self.cursor.map_or(end, |(line, _)| end.min(line.saturating_sub(label).max(spared)));
        let body = Rect { height: inner.height - foot_height, ..inner };
        let foot = Rect { y: inner.y + body.height, height: foot_height, ..inner };
        let most = self.body.len().saturating_sub(usize::from(body.height));
        *scroll = (*scroll).min(most);
        Place { outer, body, foot, top: *scroll, foot_top }
    }

    /// How far to scroll from `scroll` so that `line` of the body is in sight.
    pub fn scroll_to(&self, area: Rect, mut scroll: usize, line: usize) -> usize {
        let height = usize::from(self.place(area, &mut scroll).body.height).max(1);
        scroll.clamp(line.saturating_sub(height - 1), line)
    }

    /// Draws it where it was placed.
    pub fn draw(&self, frame: &mut Frame<'_>, place: &Place, theme: &Theme) {
        if place.outer.is_empty() {
            return;
        }
        let style = theme.style(self.role.unwrap_or(Role::Focus));
        let more = self.body.len() > place.top + usize::from(place.body.height);
        let mut block = Block::new()
            .borders(Borders::ALL)
            .border_type(BorderType::Thick)
            .border_style(style)
            .style(theme.style(Role::Text))
            .title(Span::styled(
                format!(" {} ", fit(&self.title, usize::from(place.outer.width.saturating_sub(4)))),
                style,
            ));
        let mut used = 0;
        if place.body.height > 0 && (more || place.top > 0) {
            let last = place.top + usize::from(place.body.height);
            let told = format!(" {}–{} of {}, PgUp PgDn ", place.top + 1, last.min(self.body.len()), self.body.len());
            used = told.width();
            block = block.title_bottom(Span::styled(told, theme.style(Role::Accent)));
        }
        if let Some(aside) = self.aside {
            let aside = format!(" {aside} ");
            if used + aside.width() + 3 < usize::from(place.outer.width) {
                block = block.title_bottom(Line::from(Span::styled(aside, theme.style(Role::Accent))).right_aligned());
            }
        }
        frame.render_widget(Clear, place.outer);
        frame.render_widget(block, place.outer);
        let shown: Vec<Line<'_>> =
            self.body.iter().skip(place.top).take(usize::from(place.body.height)).cloned().collect();
        frame.render_widget(Paragraph::new(shown), place.body);
        let foot: Vec<Line<'_>> = self.foot.iter().skip(place.foot_top).cloned().collect();
        frame.render_widget(Paragraph::new(foot), place.foot);
        if let Some((line, column)) = self.cursor {
            let Some(line) = line.checked_sub(place.foot_top) else { return };
            let (Ok(line), Ok(column)) = (u16::try_from(line), u16::try_from(column)) else { return };
            if line < place.foot.height && column < place.foot.width {
                frame.set_cursor_position(Position::new(place.foot.x + column, place.foot.y + line));
            }
        }
    }
}
