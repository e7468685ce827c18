//! What looking at a hundred components costs, in calls: by a clock that runs thirty times as fast, so that nothing else may
//! be at work beside it.

#[path = "aws/budget.rs"]
mod looking;
#[path = "aws/stage.rs"]
#[allow(dead_code, reason = "shared with the other tests of the adapter")]
mod stage;
mod support;
