//! Readiness by the binary against the test cloud: an application that is ready, one fault planted in it, and what is found
//! then: that fault by its code, and nothing else of anything that it does not touch.

#[path = "readiness_run/captured.rs"]
mod captured;
#[path = "readiness_run/compute.rs"]
mod compute;
#[path = "readiness_run/here.rs"]
mod here;
#[path = "readiness_run/limits.rs"]
mod limits;
#[path = "readiness_run/mended.rs"]
mod mended;
#[path = "readiness_run/names.rs"]
mod names;
#[path = "readiness_run/planted.rs"]
mod planted;
#[path = "readiness_run/silent.rs"]
mod silent;
#[path = "readiness_run/stores.rs"]
mod stores;
mod support;
#[path = "readiness_run/telling.rs"]
mod telling;
