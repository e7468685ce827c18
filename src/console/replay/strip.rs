//! The line that a replay stands on: whether it plays and how fast, the time, the recording from end to end with its
//! gates and failures, and which event is shown.

use super::Player;
use crate::console::look::{Role, Theme};
use crate::recovery::objective::seconds_between;
use crate::recovery::words;
use jiff::Timestamp;
use ratatui::text::{Line, Span};

/// The strip, `width` columns wide. Times are told from the declaration of the incident.
pub fn strip(player: &Player, declared_at: Timestamp, theme: &Theme, width: usize) -> Line<'static> {
    let (shown, all) = player.place();
    let (from, until) = player.span();
    let (sign, word) = if player.is_playing() { ("▶", "playing") } else { ("‖", "paused") };
    let mut left = format!(" {sign} {word} {} ", player.speed());
    let since = |time| words::clock(seconds_between(declared_at, time));
    left.push_str(&format!("T+{} of {} ", since(player.time()), since(until)));
    let more = if player.is_loaded() { "" } else { " loading…" };
    let right = format!(" event {shown}/{all}{more} ");
    let room = width.saturating_sub(left.chars().count() + right.chars().count());
    let mut spans = vec![Span::styled(left, theme.style(Role::Accent))];
    if room >= 10 {
        spans.extend(bar(player, from, until, theme, room - 2));
    }
    spans.push(Span::styled(right, theme.style(Role::Dim)));
    Line::from(spans)
}

fn bar(player: &Player, from: Timestamp, until: Timestamp, theme: &Theme, width: usize) -> Vec<Span<'static>> {
    let whole = seconds_between(from, until).max(f64::MIN_POSITIVE);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a line's width")]
    let column = |time: Timestamp| ((seconds_between(from, time) / whole) * (width.max(1) - 1) as f64).round() as usize;
    let at = column(player.time()).min(width.saturating_sub(1));
    let mut cells: Vec<(&'static str, Role)> =
        (0..width).map(|place| if place <= at { ("━", Role::Accent) } else { ("─", Role::Dim) }).collect();
    for mark in player.marks() {
        if let Some(cell) = cells.get_mut(column(mark.at)) {
            *cell = (mark.sign, mark.role);
        }
    }
    if let Some(cell) = cells.get_mut(at) {
        *cell = ("●", Role::Selection);
    }
    let frame = |sign| Span::styled(sign, theme.style(Role::Dim));
    let inside = cells.into_iter().map(|(sign, role)| Span::styled(sign, theme.style(role)));
    std::iter::once(frame("▕")).chain(inside).chain(std::iter::once(frame("▏"))).collect()
}
