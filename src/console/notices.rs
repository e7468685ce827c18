//! Notices: what was refused, why, and what would clear it. They stay until they are put away or the next command.

use super::look::{Role, Theme};
use super::widgets::prose::Prose;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Borders, Clear, Paragraph};
use std::collections::VecDeque;

/// How many are kept: the newest say what matters.
const MOST: usize = 3;

/// The notices, newest first.
pub struct Notices {
    kept: VecDeque<Notice>,
    role: Role,
    lines: Vec<Line<'static>>,
    area: Rect,
}

impl Default for Notices {
    fn default() -> Self {
        Self { kept: VecDeque::new(), role: Role::Blocked, lines: Vec::new(), area: Rect::default() }
    }
}

struct Notice {
    /// Whether the next key puts it away.
    passes: bool,
    role: Role,
    text: String,
    help: String,
}

impl Notices {
    /// A command that the run refused.
    pub fn refused(&mut self, said: &str, why: &str, clear: &str) {
        self.add(Role::Failed, format!("refused, {said}: {why}"), clear.to_owned());
    }

    /// A command that cannot be used now.
    pub fn cannot(&mut self, title: &str, why: &str) {
        self.add(Role::Blocked, format!("{title}: {why}"), String::new());
    }

    /// Something that a person must know at once, and what to do about it.
    pub fn alarm(&mut self, text: String, help: &str) {
        self.add(Role::Failed, text, help.to_owned());
    }

    /// Something small that was done; the next key puts it away.
    pub fn told(&mut self, text: String) {
        self.push(Notice { passes: true, role: Role::Text, text, help: String::new() });
    }

    /// Puts away what was only told in passing.
    pub fn pass(&mut self) {
        self.kept.retain(|kept| !kept.passes);
    }

    fn add(&mut self, role: Role, text: String, help: String) {
        self.push(Notice { passes: false, role, text, help });
    }

    fn push(&mut self, notice: Notice) {
        self.kept.retain(|kept| kept.text != notice.text);
        self.kept.push_front(notice);
        self.kept.truncate(MOST);
    }

    /// Every notice in words, the oldest first, and puts them away: for who reads lines.
    pub fn read(&mut self) -> Vec<String> {
        let told = std::mem::take(&mut self.kept).into_iter().rev();
        told.map(|notice| match notice.help.as_str() {
            "" => notice.text,
            help => format!("{}; {help}", notice.text),
        })
        .collect()
    }

    /// Puts all away; `false` when there were none.
    pub fn clear(&mut self) -> bool {
        let any = !self.kept.is_empty();
        self.kept.clear();
        any
    }

    /// Makes what is shown at the bottom right of `area`: the notices, or where there are none `tip`.
    pub fn prepare(&mut self, theme: &Theme, area: Rect, tip: Option<&str>) {
        self.area = Rect::default();
        let tip = tip.filter(|_| self.kept.is_empty());
        self.role = if tip.is_some() { Role::Accent } else { Role::Blocked };
        if (self.kept.is_empty() && tip.is_none()) || area.height < 3 || area.width < 20 {
            return;
        }
        let width = area.width.min(64);
        let mut prose = Prose::new(theme, usize::from(width.saturating_sub(4)));
        if let Some(tip) = tip {
            prose.say(Role::Text, tip);
        }
        for notice in &self.kept {
            prose.say(notice.role, &notice.text);
            if !notice.help.is_empty() {
                prose.say(Role::Accent, &format!("→ {}", notice.help));
            }
        }
        self.lines = prose.done();
        let wanted = u16::try_from(self.lines.len() + 2).unwrap_or(u16::MAX);
        let height = wanted.min(area.height);
        self.area = Rect { x: area.right() - width, y: area.bottom() - height, width, height };
    }

    /// Draws them.
    pub fn draw(&self, frame: &mut Frame<'_>, theme: &Theme) {
        if self.area.is_empty() {
            return;
        }
        let style = theme.style(self.role);
        let block = Block::new()
            .borders(Borders::ALL)
            .border_type(BorderType::Thick)
            .border_style(style)
            .style(theme.style(Role::Text))
            .title_bottom(Line::from(Span::styled(" Esc puts away ", style)).right_aligned());
        let inner = block.inner(self.area);
        frame.render_widget(Clear, self.area);
        frame.render_widget(block, self.area);
        let text = Rect { x: inner.x + 1.min(inner.width), width: inner.width.saturating_sub(2), ..inner };
        frame.render_widget(Paragraph::new(self.lines.clone()), text);
    }
}
