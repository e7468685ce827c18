//! `landfall replay`: a recorded run played again, in the console or into a file for people without Landfall.

use super::answer;
use super::exit::Exit;
use super::look::LookArgs;
use super::onlooker::{self, Watched};
use super::pick::{self, For};
use crate::cloud::Clock;
use crate::console::app::App;
use crate::console::picture::{self, Cast};
use crate::console::replay::{Begin, Moment};
use crate::console::{About, Label};
use crate::engine::follow::{Until, follow};
use crate::engine::journal;
use crate::plan::clock;
use crate::recovery::Event;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use miette::{IntoDiagnostic, WrapErr, miette};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Plays a recorded run: pause, seek, step by event, jump to the next gate or failure
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The recording: any journal, or the beginning of a run's id. Without it, the newest run that is over.
    recording: Option<PathBuf>,
    /// How many seconds of the run pass in one.
    #[arg(long, value_name = "N", default_value_t = 10.0)]
    speed: f64,
    /// Where to begin, as time since the declaration of the incident, such as 4m30s, 4:30, T+1:07:42, or `end`.
    #[arg(long, value_name = "T", value_parser = moment)]
    at: Option<Moment>,
    /// Do not play by itself; Space plays.
    #[arg(long)]
    paused: bool,
    /// Lay another run beside it, step by step, at the same time since its declaration.
    #[arg(long, value_name = "RECORDING")]
    compare: Option<PathBuf>,
    /// Write an asciicast of the whole replay to this file and open no console.
    #[arg(long, value_name = "FILE")]
    export_cast: Option<PathBuf>,
    /// Write a picture of the console at --at (or at the end) to this file and open no console.
    #[arg(long, value_name = "FILE", conflicts_with = "export_cast")]
    export_svg: Option<PathBuf>,
    /// For the exports: the keys to press before, such as 2 for the Runbook.
    #[arg(long, value_name = "KEYS", default_value = "")]
    keys: String,
    /// For the exports: the terminal's columns and rows.
    #[arg(long, value_name = "COLUMNSxROWS", default_value = "120x36", value_parser = size)]
    size: (u16, u16),
    #[command(flatten)]
    look: LookArgs,
}

fn moment(text: &str) -> Result<Moment, String> {
    if text.trim().eq_ignore_ascii_case("end") {
        return Ok(Moment::End);
    }
    clock::read(text).map(Moment::Seconds).map_err(|error| format!("{error}, or `end`"))
}

fn size(text: &str) -> Result<(u16, u16), String> {
    let sides = text.split_once('x').and_then(|(columns, rows)| Some((columns.parse().ok()?, rows.parse().ok()?)));
    sides
        .filter(|(columns, rows)| (20..=500).contains(columns) && (5..=300).contains(rows))
        .ok_or_else(|| "expected columns and rows such as 120x36, up to 500x300".to_owned())
}

/// Replays a recording.
///
/// # Errors
/// What is wrong with the recording, the arguments, the files to be written or the terminal.
pub async fn run(args: Args) -> miette::Result<Exit> {
    if !(args.speed.is_finite() && args.speed > 0.0) {
        return Err(miette!(help = "give a number such as 10", "--speed {} is no speed", args.speed));
    }
    let recording = pick::journal(args.recording.as_deref(), For::Replay)?;
    if let Some(missing) = std::iter::once(&recording).chain(&args.compare).find(|path| !path.exists()) {
        return Err(answer::missing(missing));
    }
    match (&args.export_cast, &args.export_svg) {
        (None, None) => in_the_console(args, recording).await,
        (Some(path), _) => export_cast(&args, &recording, path),
        (None, Some(path)) => export_svg(&args, &recording, path),
    }
}

async fn in_the_console(args: Args, recording: PathBuf) -> miette::Result<Exit> {
    let look = args.look.look()?;
    let beside = args.compare.as_deref().map(events).transpose()?;
    let following = follow(&recording, Until::End)?;
    let begin = Begin { speed: args.speed, at: args.at, playing: !args.paused, beside };
    let (feed, journal) = (following.feed, recording);
    let watched = Watched {
        feed,
        tails: None,
        clock: Clock::wall(),
        replay: Some(begin),
        label: Label::Replay,
        inventory: None,
        driver_gone: None,
        journal,
    };
    let left = onlooker::console(watched, look).await?;
    following.trouble.check()?;
    Ok(left)
}

fn export_cast(args: &Args, recording: &Path, path: &Path) -> miette::Result<Exit> {
    let mut app = loaded(args, recording, true)?;
    let title = format!("landfall replay {}", recording.display());
    let (width, height) = args.size;
    let mut out = BufWriter::new(create(args, recording, path)?);
    let written = picture::cast(&mut app, &Cast { width, height, title }, &mut out).and_then(|()| out.flush());
    written.into_diagnostic().wrap_err_with(|| format!("writing {}", path.display()))?;
    Ok(Exit::Done)
}

fn export_svg(args: &Args, recording: &Path, path: &Path) -> miette::Result<Exit> {
    let mut app = loaded(args, recording, false)?;
    if args.at.is_none() {
        app.seek(None);
    }
    let (width, height) = args.size;
    // Moving in a list is moving in what was shown.
    picture::frame(&mut app, width, height);
    press(&mut app, &args.keys);
    let picture = picture::svg(&picture::frame(&mut app, width, height));
    let written = create(args, recording, path)?.write_all(picture.as_bytes());
    written.into_diagnostic().wrap_err_with(|| format!("writing {}", path.display()))?;
    Ok(Exit::Done)
}

fn press(app: &mut App, keys: &str) {
    for key in keys.chars() {
        app.key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE));
    }
}

/// The console of a recording, with all of it loaded and no terminal.
fn loaded(args: &Args, recording: &Path, playing: bool) -> miette::Result<App> {
    let look = args.look.look()?;
    let recorded = events(recording)?;
    let beside = args.compare.as_deref().map(events).transpose()?;
    let (first, rest) = recorded.split_first().ok_or_else(|| miette!("the recording is empty"))?;
    let about = About::recording(recording);
    let begin = Begin { speed: args.speed, at: args.at, playing, beside };
    let app = App::replay(first, about, begin, look.theme, look.glyphs);
    let mut app = app.ok_or_else(|| miette!("the recording does not begin with an opened run"))?;
    app.take(rest);
    app.feed_closed();
    if playing {
        press(&mut app, &args.keys);
    }
    Ok(app)
}

fn events(path: &Path) -> miette::Result<Arc<[Arc<Event>]>> {
    Ok(journal::read(path)?.events.into_iter().map(Arc::new).collect())
}

fn create(args: &Args, recording: &Path, path: &Path) -> miette::Result<std::fs::File> {
    let journals: Vec<&Path> = std::iter::once(recording).chain(args.compare.as_deref()).collect();
    answer::spare(path, &journals)?;
    std::fs::File::create(path).into_diagnostic().wrap_err_with(|| format!("{} cannot be written", path.display()))
}
