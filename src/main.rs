//! The `landfall` program: command line in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    landfall::cli::main().into()
}
