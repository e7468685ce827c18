//! The terminal: taken, and given back as it was on every way out. Knows nothing of what is drawn.

use super::ConsoleError;
use super::squeeze::Squeezed;
use crossterm::event::{DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange};
use crossterm::style::force_color_output;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};
use std::io::{IsTerminal, Stdout, Write, stdin, stdout};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the terminal is ours now; the panic hook gives it back only then.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Buttons, the wheel and drags, in SGR coordinates. crossterm's own would ask for every move too (1003): each would be
/// an event over the line for nothing.
const TAKE_MOUSE: &[u8] = b"\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const GIVE_MOUSE: &[u8] = b"\x1b[?1006l\x1b[?1002l\x1b[?1000l";
/// Whether the title is ours now, to be given back too.
static TITLED: AtomicBool = AtomicBool::new(false);
/// The terminal keeps its title, where it can, and has it back; where it cannot, ours is taken off.
const KEEP_TITLE: &[u8] = b"\x1b[22;0t";
const GIVE_TITLE: &[u8] = b"\x1b]2;\x1b\\\x1b[23;0t";
static HOOK: Once = Once::new();

type Screen = Terminal<CrosstermBackend<Squeezed<Stdout>>>;

fn screen() -> std::io::Result<Screen> {
    Terminal::new(CrosstermBackend::new(Squeezed::new(stdout())))
}

/// The terminal while it is ours. Dropping it gives it back.
pub struct Term {
    /// None only while it is being replaced or given up.
    terminal: Option<Screen>,
    mouse: bool,
    titled: bool,
    focus: bool,
}

/// Done with a screen. ratatui's own way prints to standard error where the cursor cannot be shown, and panics where that
/// is the same terminal that is gone.
fn part_with(screen: Option<Screen>) {
    let Some(mut screen) = screen else { return };
    if screen.show_cursor().is_err() {
        std::mem::forget(screen);
    }
}

impl Term {
    /// Takes the terminal.
    ///
    /// # Errors
    /// [`ConsoleError::NoTerminal`] where there is none, [`ConsoleError::Terminal`] when it cannot be set up.
    pub fn take() -> Result<Self, ConsoleError> {
        if !stdin().is_terminal() || !stdout().is_terminal() {
            return Err(ConsoleError::NoTerminal);
        }
        // crossterm 0.29 drops bold and reverse too under NO_COLOR; colours are the theme's business, and NO_COLOR
        // loads one without any.
        force_color_output(true);
        HOOK.call_once(|| {
            let previous = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                give_back();
                previous(panic);
            }));
        });
        set_up()?;
        Ok(Self { terminal: Some(screen()?), mouse: false, titled: false, focus: false })
    }

    /// Takes the mouse from the terminal, or gives it back.
    ///
    /// # Errors
    /// What the terminal said.
    pub fn mouse(&mut self, taken: bool) -> Result<(), ConsoleError> {
        self.mouse = taken;
        let mut out = stdout();
        out.write_all(if taken { TAKE_MOUSE } else { GIVE_MOUSE })?;
        Ok(out.flush()?)
    }

    /// Keeps the terminal's title, to be changed from now on, and asks where the person looks, if any of it is wanted.
    ///
    /// # Errors
    /// What the terminal said.
    pub fn calls(&mut self, titled: bool, focus: bool) -> Result<(), ConsoleError> {
        (self.titled, self.focus) = (titled, focus);
        if titled && !TITLED.swap(true, Ordering::SeqCst) {
            self.say(KEEP_TITLE)?;
        }
        if focus {
            execute!(stdout(), EnableFocusChange)?;
        }
        Ok(())
    }

    /// Sends the terminal what is no part of a frame: a title, a bell.
    ///
    /// # Errors
    /// What the terminal said.
    pub fn say(&mut self, bytes: &[u8]) -> Result<(), ConsoleError> {
        let mut out = stdout();
        out.write_all(bytes)?;
        Ok(out.flush()?)
    }

    /// Whether a panic elsewhere in the program has given the terminal back.
    pub fn is_lost(&self) -> bool {
        !TAKEN.load(Ordering::SeqCst)
    }

    /// Gives the terminal back for a while.
    pub fn release(&mut self) {
        give_back();
    }

    /// Takes it again, to be drawn anew.
    ///
    /// # Errors
    /// What the terminal said.
    pub fn retake(&mut self) -> Result<(), ConsoleError> {
        set_up()?;
        self.mouse(self.mouse)?;
        self.calls(self.titled, self.focus)?;
        execute!(stdout(), Clear(ClearType::All))?;
        // A new one knows nothing of what was on the screen. `Terminal::clear` would ask the terminal where its cursor
        // is, and the answer would have to get past whoever else reads its keys.
        part_with(self.terminal.take());
        self.terminal = Some(screen()?);
        Ok(())
    }

    /// Draws a frame as one update. `paint` goes by the frame's own size and by no other: the terminal may be made smaller at any
    /// moment, also between two questions about it.
    ///
    /// # Errors
    /// What the terminal said.
    pub fn draw(&mut self, paint: impl FnOnce(&mut Frame<'_>)) -> Result<(), ConsoleError> {
        let terminal = self.terminal.as_mut().ok_or(ConsoleError::Panicked)?;
        queue!(terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let drawn = terminal.draw(paint).map(|_| ());
        execute!(terminal.backend_mut(), EndSynchronizedUpdate)?;
        Ok(drawn?)
    }
}

impl Drop for Term {
    fn drop(&mut self) {
        part_with(self.terminal.take());
        give_back();
    }
}

fn set_up() -> Result<(), ConsoleError> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
    Ok(())
}

/// Gives the terminal back. Errors are of no use here: it may be gone.
fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let _ = stdout().write_all(GIVE_MOUSE);
    if TITLED.swap(false, Ordering::SeqCst) {
        let _ = stdout().write_all(GIVE_TITLE);
    }
    let _ = execute!(
        stdout(),
        EndSynchronizedUpdate,
        DisableFocusChange,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
    let _ = stdout().flush();
}
