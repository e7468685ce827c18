//! Pure: what a plan says. The file and its diagnostics, the graph, the runbook. Knows no cloud, no clock, no screen.

pub mod capture;
pub mod clock;
mod crosscheck;
pub mod diagnostic;
pub mod drills;
pub mod duration;
mod excerpt;
pub mod fields;
pub mod file;
pub mod graph;
pub mod kind;
pub mod lint;
pub mod model;
pub mod names;
mod order;
pub mod part;
pub mod plugin;
pub mod reference;
mod regions;
pub mod render;
pub mod runbook;
pub mod schema;
pub mod sealing;
mod syntax;
mod value;
mod waiver;
pub mod window;
pub mod write;

pub use capture::Capture;
pub use drills::Drills;
pub use kind::{Draft, Field, Finding, Home, Kind, Kinds, LONGEST_SECONDS, Level, MOST, Problem, Takes, Weight, When};
pub use model::{Account, Accounts, Application, Component, Fields, FromRun, Intent, Plan, Side, Waiver};
pub use names::{AccountName, ComponentName, Region, StepId};
pub use regions::{Global, partition};
pub use runbook::{Gate, GateKind, Plane, Role, Runbook, Step, Undo};
pub use sealing::{Literals, Sealed, SealedValue, Source};
