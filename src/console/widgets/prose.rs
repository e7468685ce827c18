//! Paragraphs and labelled lines for layers: wrapped to the width, each with a role.

use super::columns::{fit, wrap};
use crate::console::look::{Role, Theme};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// The columns that labels take, where nothing else is said.
const LABEL: usize = 14;

/// Lines of text being put together for one width.
pub struct Prose<'a> {
    theme: &'a Theme,
    width: usize,
    /// The columns that labels take here.
    label: usize,
    lines: Vec<Line<'static>>,
}

impl<'a> Prose<'a> {
    /// Nothing yet.
    pub fn new(theme: &'a Theme, width: usize) -> Self {
        Self { theme, width, label: LABEL, lines: Vec::new() }
    }

    /// The same with labels as wide as the longest of `labels`, as far as half the width goes.
    pub fn labelled<'t>(mut self, labels: impl IntoIterator<Item = &'t str>) -> Self {
        let longest = labels.into_iter().map(UnicodeWidthStr::width).max().unwrap_or(LABEL);
        self.label = longest.min(self.width / 2).max(1);
        self
    }

    /// A paragraph.
    pub fn say(&mut self, role: Role, text: &str) -> &mut Self {
        let style = self.theme.style(role);
        self.lines.extend(wrap(text, self.width).into_iter().map(|line| Line::from(Span::styled(line, style))));
        self
    }

    /// An item of a list, with a sign before it.
    pub fn item(&mut self, role: Role, sign: &str, text: &str) -> &mut Self {
        let style = self.theme.style(role);
        let indent = sign.width() + 1;
        for (at, line) in wrap(text, self.width.saturating_sub(indent)).into_iter().enumerate() {
            let before = if at == 0 { format!("{sign} ") } else { " ".repeat(indent) };
            self.lines.push(Line::from(Span::styled(before + &line, style)));
        }
        self
    }

    /// `label   text`, the text wrapped beside its label. Nothing where there is no text.
    pub fn pair(&mut self, label: &str, role: Role, text: &str) -> &mut Self {
        if text.is_empty() {
            return self;
        }
        let (label_style, style) = (self.theme.style(Role::Dim), self.theme.style(role));
        for (at, line) in wrap(text, self.width.saturating_sub(self.label + 1)).into_iter().enumerate() {
            let before = if at == 0 { fit(label, self.label) } else { String::new() };
            let blank = " ".repeat(self.label + 1 - before.width());
            self.lines.push(Line::from(vec![Span::styled(before + &blank, label_style), Span::styled(line, style)]));
        }
        self
    }

    /// A heading with a blank line before it.
    pub fn heading(&mut self, text: &str) -> &mut Self {
        if !self.lines.is_empty() {
            self.lines.push(Line::default());
        }
        self.say(Role::Title, text)
    }

    /// How many lines there are so far.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// A blank line.
    pub fn blank(&mut self) -> &mut Self {
        self.lines.push(Line::default());
        self
    }

    /// The lines.
    pub fn done(&mut self) -> Vec<Line<'static>> {
        std::mem::take(&mut self.lines)
    }
}
