//! Keeps a second run of an application on a real cloud from being driven on this machine.

use super::live;
use super::out::say;
use crate::engine::Seat;
use crate::engine::claim::{Claim, Claimant};
use crate::recovery::Opened;
use crate::recovery::event::CloudName;
use crate::text::Clean;
use std::path::Path;

/// Claims the application of `opened` for the run with this journal; none is needed in a drill.
///
/// # Errors
/// When another run of it is driven on this machine, unless it is to go on beside that.
pub fn of(opened: &Opened, journal: &Path, seat: &Seat) -> miette::Result<Option<Claim>> {
    match opened.cloud {
        CloudName::Sim => return Ok(None),
        CloudName::Aws => {}
    }
    let application = &opened.plan.application.name;
    let Ok(runs) = live::state_folder() else {
        say(format_args!(
            "landfall: without a home folder nobody can tell whether {application} is driven here already"
        ));
        return Ok(None);
    };
    let journal = std::path::absolute(journal).unwrap_or_else(|_| journal.to_owned());
    let claimant = Claimant {
        application: Clean::new(application),
        cloud: Clean::new(&std::env::var("AWS_ENDPOINT_URL").unwrap_or_else(|_| "aws".to_owned())),
        run: opened.run.clone(),
        journal: Clean::new(&journal.display().to_string()),
        by: seat.by.clone(),
        pid: std::process::id(),
    };
    Ok(Some(Claim::take(&runs.with_file_name("claims"), &claimant, seat.beside)?))
}
