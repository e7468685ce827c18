//! The lag of one store over the run and the loss it would have meant: a curve, its objective across, the stretches
//! without a number, and where it was promoted.

use crate::console::figures::Store;
use crate::console::look::{Mark, Role, Theme};
use crate::console::samples::{Sample, Samples};
use crate::console::widgets::curve::{Bin, Curve, SHADE};
use crate::console::widgets::{fit, pane};
use crate::console::world::World;
use crate::plan;
use crate::recovery::loss::Stage;
use crate::recovery::words;
use crate::recovery::{Status, loss, objective};
use jiff::{SignedDuration, Timestamp};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};
use unicode_width::UnicodeWidthStr;

/// The columns of the labels at the left.
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
    pub fn of(world: &World, theme: &Theme, store: &Store, area: Rect) -> Self {
        let frame = pane::frame(&format!("{} lag and loss", store.component()), false, theme);
        let inner = frame.inner(area);
        let (width, height) = (usize::from(inner.width), usize::from(inner.height));
        let samples = world.memory.lags(store.component().as_str());
        let mut lines = in_words(world, theme, store, samples, width);
        let stretch = samples.and_then(|samples| Stretch::of(world, samples, width.saturating_sub(LABELS)));
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
        Stage::IfNow => format!("loss if promoted now {}, {rpo}: {}", loss.exposure.told(), loss.exposure.note),
        Stage::Sent | Stage::Promoted => format!("{}, {rpo}: {}", store.told(), loss.exposure.note),
        Stage::NotByThisRun => loss.exposure.note.to_string(),
    };
    let standing = fit(&format!("{} {}  {told}", mark.glyph, mark.word), width);
    let (more, role) = match samples.and_then(silent_since).filter(|_| store.is_exposed()) {
        Some((since, why)) => (format!("? no number since {}: {why}", world.run_time(since)), Role::Stale),
        None => (format!("█ lag as it was seen  {SHADE} with what may have been written since"), Role::Dim),
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

/// When the store was promoted, once that is verified: when it was sent, for what was written later was not waited for,
/// and the loss is what it was then.
fn promoted_at(world: &World, store: &Store) -> Option<Timestamp> {
    let component = world.shape.component(store.component().as_str())?;
    let is_promoted = |place: &&usize| {
        world.state.plan_step(**place).role() == plan::Role::Promotion
            && matches!(world.state.steps[**place].status, Status::Succeeded { .. })
    };
    let place = world.shape.steps_of(component).iter().find(is_promoted)?;
    let step = &world.state.steps[*place];
    step.sent.as_ref().map(|sent| sent.at).or(step.finished_at)
}

/// The stretch of time that the curve's columns stand for.
struct Stretch {
    from: Timestamp,
    seconds: f64,
    columns: usize,
}

impl Stretch {
    /// From the first sample to now; `None` without a sample or a column.
    fn of(world: &World, samples: &Samples, columns: usize) -> Option<Self> {
        let from = samples.iter().next()?.at;
        let seconds = objective::seconds_between(from, world.now).max(LEAST_SECONDS);
        (columns > 0).then_some(Self { from, seconds, columns })
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

    /// What is known in each column up to `end`. A sample stands for the time until the next one: for its own number
    /// as long as it is not stale, at worst for what the loss gate would have made of it.
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
    let at_worst = lag + objective::seconds_between(sample.at, writes_end);
    let is_stale = objective::seconds_between(sample.at, at) > words::STALE_AFTER_SECONDS;
    Bin::Number { seen: if is_stale { 0.0 } else { lag }, at_worst }
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
    let promoted = promoted_at(world, store);
    let fenced_at = loss::fenced_at(&world.state, store.component());
    let bins = stretch.bins(samples, promoted.unwrap_or(world.now), fenced_at);
    let highest = bins.iter().map(|bin| bin.highest()).fold(0.0, f64::max);
    let limit = store.loss.rpo_seconds.filter(|rpo| highest == 0.0 || *rpo <= highest * FAR_ABOVE);
    let top = (highest.max(limit.unwrap_or(0.0)) * HEADROOM).max(LEAST_TOP);
    let curve = Curve { bins: &bins, top, limit, mark: promoted.map(|at| stretch.column(at)) };
    let mut lines = curve.rows(theme, rows);
    for (at, line) in lines.iter_mut().enumerate() {
        line.spans.insert(0, label(theme, store, &curve, rows - 1 - at, rows));
    }
    let dim = theme.style(Role::Dim);
    lines.push(Line::from(Span::styled(times(world, stretch, promoted), dim)));
    lines
}

/// What stands at the left of a row, counted from below: the objective at its line, else what the top and the floor are.
fn label(theme: &Theme, store: &Store, curve: &Curve<'_>, row: usize, rows: usize) -> Span<'static> {
    let limit_row = curve.limit_row(rows);
    let rpo = store.loss.rpo_seconds.map(words::objective);
    let (text, role) = match rpo {
        Some(rpo) if limit_row == Some(row) => (format!("rpo {rpo}"), Role::Blocked),
        Some(rpo) if limit_row.is_none() && row + 1 == rows => (format!("rpo {rpo} ↑"), Role::Dim),
        Some(_) | None if row + 1 == rows => (words::amount(curve.top), Role::Dim),
        Some(_) | None if row == 0 => ("0s".to_owned(), Role::Dim),
        Some(_) | None => (String::new(), Role::Dim),
    };
    Span::styled(format!("{:>width$} ", fit(&text, LABELS - 1), width = LABELS - 1), theme.style(role))
}

/// The time below the curve: where it begins, where it was promoted, now.
fn times(world: &World, stretch: &Stretch, promoted: Option<Timestamp>) -> String {
    let mut text = " ".repeat(LABELS);
    let mut put = |column: usize, label: &str| {
        let at = (LABELS + column).min((LABELS + stretch.columns).saturating_sub(label.width()));
        if at >= text.width() {
            text += &" ".repeat(at - text.width());
            text += label;
        }
    };
    put(0, &format!("{} ", world.run_time(stretch.from)));
    if let Some(at) = promoted {
        put(stretch.column(at), &format!("▲ promoted {} ", world.run_time(at)));
    }
    put(stretch.columns, &format!(" now {}", world.run_time(world.now)));
    text
}
