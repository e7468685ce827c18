//! What happens when this program is mistaken: said in a line, told apart from every other ending, and nothing torn down
//! that could still be brought to an end.

use super::exit::Exit;
use super::out::say;
use crate::text::Clean;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether any part of the program has panicked, on whatever thread.
static PANICKED: AtomicBool = AtomicBool::new(false);

/// Runs a command. One that panics, or that came to a bad end after a part of it had, ended by a mistake of our own.
pub fn watched(command: impl FnOnce() -> Exit) -> Exit {
    set_hook(Box::new(tell));
    match catch_unwind(AssertUnwindSafe(command)) {
        Ok(exit @ (Exit::Usage | Exit::Refused | Exit::Failed)) if !has_panicked() => exit,
        Ok(exit @ (Exit::Done | Exit::Internal | Exit::RolledBack | Exit::Interrupted)) => exit,
        Ok(Exit::Usage | Exit::Refused | Exit::Failed) | Err(_) => Exit::Internal,
    }
}

fn has_panicked() -> bool {
    PANICKED.load(Ordering::SeqCst)
}

fn tell(panic: &PanicHookInfo<'_>) {
    PANICKED.store(true, Ordering::SeqCst);
    let message = panic.payload_as_str().unwrap_or("no message");
    let place = panic.location().map_or_else(String::new, |place| format!(" ({place})"));
    say(format_args!(
        "landfall: internal error{place}: {}. What happened up to here is in the run's journal",
        Clean::new(message)
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_on_any_thread_makes_a_bad_end_our_own_and_leaves_a_good_one() {
        assert_eq!(watched(|| Exit::Refused), Exit::Refused);
        assert_eq!(watched(|| panic!("a mistake")), Exit::Internal);
        let elsewhere = |exit| {
            watched(move || {
                let panicked = std::thread::spawn(|| panic!("beside it")).join();
                assert!(panicked.is_err());
                exit
            })
        };
        assert_eq!(elsewhere(Exit::Failed), Exit::Internal);
        assert_eq!(elsewhere(Exit::Done), Exit::Done);
    }
}
