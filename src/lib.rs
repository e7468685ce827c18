//! Landfall: a terminal console for live incident recovery. The map of this house, top floor first; a floor
//! knows only those below it.
//!
//! - [`cli`] one file a command: reads arguments, calls the floors below, prints the answer.
//! - [`console`] the terminal UI: loop, commands table, screens, layers, look.
//! - [`report`] what a run was, for people who were not there: markdown, html, json.
//! - [`engine`] drives a run: dispatcher (decides), runner (does), log (one writer, by its fence), feed to watchers.
//! - [`cloud`] the port (observe, act apart) and its adapters: `aws`, `sim`.
//! - [`import`] pure: plans and states of other tools, read to a plan to start from.
//! - [`recovery`] pure: events, state as their fold, commands, decide, rollback, objectives.
//! - [`service`] pure: one file a kind of component.
//! - [`inventory`] pure: what an application is made of, found along what refers to what.
//! - [`plan`] pure: the file and its diagnostics, the graph, the runbook.
//! - [`terraform`] pure: Terraform that brings back what a snapshot holds.
//! - [`snapshot`] pure: what an application was like at a moment: format, hash, comparison.
//! - [`files`] the one way in for files that others made.
//! - [`seal`] pure: values that are never written down.
//! - [`text`] a string that is safe to draw.

pub mod cli;
pub mod cloud;
pub mod console;
pub mod engine;
pub mod files;
pub mod import;
pub mod inventory;
pub mod plan;
pub mod recovery;
pub mod report;
pub mod seal;
pub mod service;
pub mod snapshot;
pub mod terraform;
pub mod text;
