//! One store's replication lag as a picture: the curve, broken where there was no number, its recovery point objective,
//! and when it was promoted.

use super::Report;
use super::lag::{Curve, Sample};
use super::svg::{TimeAxis, WIDTH, px};
use crate::recovery::objective::seconds_between;
use crate::recovery::words;
use jiff::Timestamp;
use maud::{Markup, html};

const LEFT: f64 = 70.0;
const TOP: f64 = 28.0;
const HEIGHT: f64 = 130.0;
const BOTTOM: f64 = TOP + HEIGHT;

/// Draws `curve` over the time of `report`'s run.
pub(super) fn draw(report: &Report, curve: &Curve) -> Markup {
    let axis = axis(report, curve);
    let highest = highest(curve);
    html! {
        svg viewBox={"0 0 " (px(WIDTH)) " " (px(BOTTOM + 26.0))} role="img" {
            title { "Replication lag of " (curve.component) }
            text.label x="0" y="12" { (curve.component) }
            @for (x, label) in axis.ticks() {
                line.grid x1=(px(x)) y1=(px(TOP)) x2=(px(x)) y2=(px(BOTTOM)) {}
                text.tick x=(px(x)) y=(px(BOTTOM + 16.0)) text-anchor="middle" { (label) }
            }
            @for share in [0.0, 0.5, 1.0] {
                @let y = BOTTOM - share * HEIGHT;
                line.grid x1=(px(LEFT)) y1=(px(y)) x2=(px(axis.right())) y2=(px(y)) {}
                text.tick x=(px(LEFT - 8.0)) y=(px(y + 4.0)) text-anchor="end" { (words::amount(highest * share)) }
            }
            @for (from, to, why) in silences(report, curve) { (silence(axis.x(from), axis.x(to), why)) }
            @for run in runs(curve) {
                polyline.lag points=(points(&axis, highest, run)) {}
                @for sample in run {
                    circle.lag cx=(px(axis.x(sample.at))) cy=(px(y(highest, sample.seconds.unwrap_or(0.0)))) r="2.5" {}
                }
            }
            @if let Some(rpo) = curve.rpo_seconds {
                @let y = y(highest, rpo);
                line.rto x1=(px(LEFT)) y1=(px(y)) x2=(px(axis.right())) y2=(px(y)) {}
                text.rto x=(px(axis.right())) y=(px(y - 4.0)) text-anchor="end" { "RPO " (words::objective(rpo)) }
            }
            @if let Some(x) = curve.promoted_at.map(|at| axis.x(at)) {
                line.promoted x1=(px(x)) y1=(px(TOP - 8.0)) x2=(px(x)) y2=(px(BOTTOM)) {}
                text.word x=(px(x)) y=(px(TOP - 12.0)) text-anchor="middle" { @if curve.is_copied { "in use" } @else { "promoted" } }
            }
        }
    }
}

fn axis(report: &Report, curve: &Curve) -> TimeAxis {
    let declared_at = report.subject.declared_at;
    let first = curve.samples.first().map_or(declared_at, |sample| sample.at.min(declared_at));
    let last = curve.samples.last().map_or(report.outcome.at, |sample| sample.at.max(report.outcome.at));
    TimeAxis { from: first, seconds: seconds_between(first, last).max(1.0), left: LEFT, declared_at }
}

/// The top of the picture: above the worst lag and the objective, in seconds.
fn highest(curve: &Curve) -> f64 {
    let numbers = curve.samples.iter().filter_map(|sample| sample.seconds).chain(curve.rpo_seconds);
    numbers.fold(0.1, f64::max) * 1.2
}

fn y(highest: f64, seconds: f64) -> f64 {
    BOTTOM - (seconds / highest).clamp(0.0, 1.0) * HEIGHT
}

fn points(axis: &TimeAxis, highest: f64, run: &[Sample]) -> String {
    let points = run.iter().map(|sample| {
        let (x, y) = (axis.x(sample.at), y(highest, sample.seconds.unwrap_or(0.0)));
        format!("{},{}", px(x), px(y))
    });
    points.collect::<Vec<_>>().join(" ")
}

/// Whether a line may be drawn between two samples that follow each other: both have numbers, and no sample is missing.
fn is_joined(one: &Sample, next: &Sample) -> bool {
    let fresh = seconds_between(one.at, next.at) <= words::STALE_AFTER_SECONDS;
    one.seconds.is_some() && next.seconds.is_some() && fresh
}

/// The stretches with numbers.
fn runs(curve: &Curve) -> impl Iterator<Item = &[Sample]> {
    curve.samples.chunk_by(is_joined).filter(|run| run.iter().all(|sample| sample.seconds.is_some()))
}

/// The stretches without numbers, with what was said instead: from the sample before to the sample after, and from the
/// last one to the promotion, or the end.
fn silences<'a>(report: &Report, curve: &'a Curve) -> Vec<(Timestamp, Timestamp, &'a str)> {
    let two = curve.samples.windows(2).filter(|two| !is_joined(&two[0], &two[1]));
    let mut silences: Vec<_> = two
        .map(|two| {
            let instead = two[0].instead.as_deref().or(two[1].instead.as_deref());
            (two[0].at, two[1].at, instead.unwrap_or("no sample"))
        })
        .collect();
    let end = curve.promoted_at.unwrap_or(report.outcome.at);
    let is_silent =
        |last: &&Sample| last.seconds.is_none() || seconds_between(last.at, end) > words::STALE_AFTER_SECONDS;
    let last = curve.samples.last().filter(is_silent);
    silences.extend(last.map(|last| (last.at, end, last.instead.as_deref().unwrap_or("no sample"))));
    silences
}

fn silence(from: f64, to: f64, why: &str) -> Markup {
    let width = (to - from).max(2.0);
    html! {
        g {
            title { (why) }
            rect.silence x=(px(from)) y=(px(TOP)) width=(px(width)) height=(px(HEIGHT)) {}
            @if width > 60.0 {
                text.tick x=(px(from + width / 2.0)) y=(px(BOTTOM - 8.0)) text-anchor="middle" { "no number" }
            }
        }
    }
}
