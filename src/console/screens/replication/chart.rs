//! What promoting one store would have lost, over the run: one curve that ends at the number told beside it, its
//! objective across behind it, the stretches without a number, and where it was promoted: from there on it stands still.

use crate::console::figures::Store;
use crate::console::look::{Mark, Role, Theme};
use crate::console::samples::{Sample, Samples};
use crate::console::widgets::curve::{Bin, Curve};
use crate::console::widgets::{fit, pane};
use crate::console::world::World;
use crate::recovery::loss::Stage;
use crate::recovery::words;
use crate::recovery::{loss, objective};
use jiff::{SignedDuration, Timestamp};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};
use unicode_width::UnicodeWidthStr;

/// The least columns of the labels at the left, with the blank behind them.
const LABELS: usize = 11;
/// The rows that are not the curve's own: two of words, and the time below.
const OTHER_ROWS: usize = 3;
/// The least stretch of time that the whole width stands for, in seconds.
const LEAST_SECONDS: f64 = 60.0;
/// How many times as high as the highest number the objective may be to have its line; beyond that it would only press
/// the curve flat.
const FAR_ABOVE: f64 = 10.0;

/// How far above the highest of what it shows a curve ends, so that nothing touches the frame.
const HEADROOM: f64 = 1.15;

/// The least lag a curve reaches up to, in seconds: one of all zeros still has a height.
const LEAST_TOP: f64 = 0.1;

/// A curve with its words, made for one area.
pub struct Chart {
    area: Rect,
    frame: Block<'static>,
    lines: Vec<Line<'static>>,
}

impl Chart {
    /// The chart of a store.
    pub fn of(world: &World, theme: &Theme, store: &Store, focused: bool, area: Rect) -> Self {
        let frame = pane::frame(
            &format!(
                "{} loss if {}",
                store.component(),
                if store.loss.is_copied { "gone over to" } else { "promoted" }
            ),
            focused,
            theme,
        );
        let inner = frame.inner(area);
        let (width, height) = (usize::from(inner.width), usize::from(inner.height));
        let samples = world.memory.lags(store.component().as_str());
        let mut lines = in_words(world, theme, store, samples, width);
        let stretch = samples.and_then(|samples| Stretch::of(world, samples, width, labels(store)));
        if let (Some(samples), Some(stretch)) = (samples, stretch) {
            lines.extend(curve(world, theme, store, samples, &stretch, height.saturating_sub(OTHER_ROWS)));
        }
        Self { area, frame, lines }
    }

    /// Draws it.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        frame.render_widget(&self.frame, self.area);
        frame.render_widget(Paragraph::new(self.lines.clone()), self.frame.inner(self.area));
    }
}

/// How the store stands, and since when there is no number where there is none.
fn in_words(
    world: &World,
    theme: &Theme,
    store: &Store,
    samples: Option<&Samples>,
    width: usize,
) -> Vec<Line<'static>> {
    let mark = Mark::of_standing(store.standing());
    let loss = &store.loss;
    let rpo = loss.rpo_seconds.map_or_else(|| "no rpo".to_owned(), |rpo| format!("rpo {}", words::objective(rpo)));
    let told = match loss.stage {
        Stage::IfNow if loss.is_copied => {
            format!("loss if gone over to now {}, {rpo}: {}", loss.bounded(), loss.exposure.note)
        }
        Stage::IfNow => format!("loss if promoted now {}, {rpo}: {}", loss.bounded(), loss.exposure.note),
        Stage::Sent | Stage::Promoted => format!("{}, {rpo}: {}", store.told(), loss.exposure.note),
        Stage::NotByThisRun => loss.exposure.note.to_string(),
    };
    let standing = fit(&format!("{} {}  {told}", mark.glyph, mark.word), width);
    let (more, role) = match samples.and_then(silent_since).filter(|_| store.is_exposed()) {
        Some((since, why)) => (format!("? no number since {}: {why}", world.run_time(since)), Role::Stale),
        None => ("█ the lag, with the age of its sample".to_owned(), Role::Dim),
    };
    vec![
        Line::from(Span::styled(standing, theme.style(mark.role))),
        Line::from(Span::styled(fit(&more, width), theme.style(role))),
    ]
}

/// Since when the newest samples have had no number, and what the newest said instead.
fn silent_since(samples: &Samples) -> Option<(Timestamp, &str)> {
    let why = samples.iter().next_back()?.lag.as_ref().err()?;
    let first = samples.iter().rev().take_while(|sample| sample.lag.is_err()).last()?;
    Some((first.at, why.as_str()))
}

/// The stretch of time that the curve's columns stand for.
struct Stretch {
    from: Timestamp,
    seconds: f64,
    columns: usize,
    /// The columns of the labels before them.
    labels: usize,
}

impl Stretch {
    /// From the first sample to now; `None` without a sample or a column.
    fn of(world: &World, samples: &Samples, width: usize, labels: usize) -> Option<Self> {
        let columns = width.saturating_sub(labels);
        let from = samples.iter().next()?.at;
        let seconds = objective::seconds_between(from, world.now).max(LEAST_SECONDS);
        (columns > 0).then_some(Self { from, seconds, columns, labels })
    }

    /// The column in which a time lies.
    fn column(&self, at: Timestamp) -> usize {
        let part = objective::seconds_between(self.from, at) / self.seconds;
        ((part * self.columns as f64) as usize).min(self.columns - 1)
    }

    /// The time at which a column ends.
    fn end_of(&self, column: usize) -> Timestamp {
        let seconds = self.seconds * (column + 1) as f64 / self.columns as f64;
        let span = SignedDuration::try_from_secs_f64(seconds).unwrap_or(SignedDuration::ZERO);
        self.from.checked_add(span).unwrap_or(self.from)
    }

    /// What is known in each column up to `end`. A sample stands for the time until the next one, for what the loss gate
    /// would have made of it then.
    fn bins(&self, samples: &Samples, end: Timestamp, fenced_at: Option<Timestamp>) -> Vec<Bin> {
        let mut bins = vec![Bin::Nothing; self.columns];
        let mut following = samples.iter().skip(1);
        for sample in samples.iter().take_while(|sample| sample.at <= end) {
            let next = following.next().map_or(end, |next| next.at.min(end));
            for (column, bin) in bins.iter_mut().enumerate().take(self.column(next) + 1).skip(self.column(sample.at)) {
                *bin = bin.worse(known(sample, self.end_of(column).min(next), fenced_at));
            }
        }
        bins
    }
}

/// What a sample says of a later time: writes counted until the old side was fenced.
fn known(sample: &Sample, at: Timestamp, fenced_at: Option<Timestamp>) -> Bin {
    let Ok(lag) = sample.lag else { return Bin::NoNumber };
    let writes_end = fenced_at.map_or(at, |fenced| fenced.min(at));
    Bin::Number(lag + objective::seconds_between(sample.at, writes_end))
}

/// The columns of the labels, with the blank behind them: the objective's stands there whole.
fn labels(store: &Store) -> usize {
    let rpo = store.loss.rpo_seconds.map_or(0, |rpo| far_above(&words::objective(rpo)).width());
    LABELS.max(rpo + 1)
}

/// The label of an objective that is too far above the curve to have its line.
fn far_above(rpo: &str) -> String {
    format!("rpo {rpo} ↑")
}

/// The rows of the curve with their labels, and the row of the time below.
fn curve(
    world: &World,
    theme: &Theme,
    store: &Store,
    samples: &Samples,
    stretch: &Stretch,
    rows: usize,
) -> Vec<Line<'static>> {
    // When its promotion was sent: what was written later was not waited for, and the loss is what it was then.
    let promoted = world.state.promotions.get(store.component()).map(|promoted| promoted.at);
    let fenced_at = loss::fenced_at(&world.state, store.component());
    let end = promoted.unwrap_or(world.now);
    let mut bins = stretch.bins(samples, end, fenced_at);
    // The curve ends at the number that is told; what was lost by the promotion is lost, and is no more later.
    if store.loss.stage != Stage::NotByThisRun {
        let number = store.loss.exposure.seconds.map_or(Bin::NoNumber, Bin::Number);
        bins[stretch.column(end)..=stretch.column(world.now)].fill(number);
    }
    let highest = bins.iter().map(|bin| bin.height()).fold(0.0, f64::max);
    let limit = store.loss.rpo_seconds.filter(|rpo| highest == 0.0 || *rpo <= highest * FAR_ABOVE);
    let top = (highest.max(limit.unwrap_or(0.0)) * HEADROOM).max(LEAST_TOP);
    let curve = Curve { bins: &bins, top, limit, mark: promoted.map(|at| stretch.column(at)) };
    let mut lines = curve.rows(theme, rows);
    for (at, line) in lines.iter_mut().enumerate() {
        line.spans.insert(0, label(theme, store, &curve, stretch.labels, (rows - 1 - at, rows)));
    }
    let dim = theme.style(Role::Dim);
    lines.push(Line::from(Span::styled(times(world, store, stretch, promoted), dim)));
    lines
}

/// What stands at the left of a row, counted from below: the objective at its line, else what the top and the floor are.
fn label(theme: &Theme, store: &Store, curve: &Curve<'_>, width: usize, (row, rows): (usize, usize)) -> Span<'static> {
    let limit_row = curve.limit_row(rows);
    let rpo = store.loss.rpo_seconds.map(words::objective);
    let (text, role) = match rpo {
        Some(rpo) if limit_row == Some(row) => (format!("rpo {rpo}"), Role::Blocked),
        Some(rpo) if limit_row.is_none() && row + 1 == rows => (far_above(&rpo), Role::Dim),
        Some(_) | None if row + 1 == rows => (words::amount(curve.top), Role::Dim),
        Some(_) | None if row == 0 => ("0s".to_owned(), Role::Dim),
        Some(_) | None => (String::new(), Role::Dim),
    };
    Span::styled(format!("{:>width$} ", fit(&text, width - 1), width = width - 1), theme.style(role))
}

/// The time below the curve: where it begins, where it was promoted, now.
fn times(world: &World, store: &Store, stretch: &Stretch, promoted: Option<Timestamp>) -> String {
    let mut text = " ".repeat(stretch.labels);
    let mut put = |column: usize, label: &str| {
        let at = (stretch.labels + column).min((stretch.labels + stretch.columns).saturating_sub(label.width()));
        if at >= text.width() {
            text += &" ".repeat(at - text.width());
            text += label;
        }
    };
    put(0, &format!("{} ", world.run_time(stretch.from)));
    if let Some(at) = promoted {
        let word = match store.loss.stage {
            Stage::Sent => "promotion sent",
            _ if store.loss.is_copied => "in use",
            _ => "promoted",
        };
        put(stretch.column(at), &format!("▲ {word} {} ", world.run_time(at)));
    }
    put(stretch.columns, &format!(" now {}", world.run_time(world.now)));
    text
}
