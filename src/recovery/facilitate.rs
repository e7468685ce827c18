//! What a facilitator can ask of a drill, and what it means: faults that begin and end, apart from the commander's
//! acts. Pure; whether a fault fits the plan is the simulated cloud's to say.

use super::command::Refusal;
use super::decide::Decision;
use super::event::{CloudName, What};
use super::state::State;
use crate::service::AimedFault;
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What a facilitator asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Facilitate {
    /// Let something go wrong from now on.
    Inject(AimedFault),
    /// Let it go wrong no more; what the scenario brought, too.
    End(AimedFault),
}

impl Facilitate {
    /// Which fault it is about.
    pub fn fault(&self) -> &AimedFault {
        match self {
            Self::Inject(fault) | Self::End(fault) => fault,
        }
    }

    /// What happens by it, in words.
    pub fn told(&self) -> String {
        match self {
            Self::Inject(fault) => fault.begins(),
            Self::End(fault) => fault.ends(),
        }
    }
}

/// Whose doing a fault is, in words.
pub fn whose(by: &Clean, scripted: bool) -> String {
    if scripted { "scenario".to_owned() } else { format!("facilitator {by}") }
}

/// What `wish` means for the run.
///
/// # Errors
/// A [`Refusal`] that says why and what would clear it.
pub fn decide(state: &State, wish: Facilitate) -> Result<Decision, Refusal> {
    if state.run.cloud != CloudName::Sim {
        return Err(Refusal::new("faults are for drills", "open this plan on the simulated cloud: landfall drill"));
    }
    let stands = state.faults.iter().any(|standing| standing.fault == *wish.fault());
    match wish {
        Facilitate::Inject(fault) if stands => {
            Err(Refusal::new(format!("it is so already: {}", fault.begins()), "end it first, to inject it again"))
        }
        Facilitate::Inject(fault) => Ok(Decision::event(What::FaultInjected { fault, scripted: false })),
        Facilitate::End(fault) if stands => Ok(Decision::event(What::FaultEnded { fault, scripted: false })),
        Facilitate::End(fault) => Err(Refusal::new(
            format!("nothing to end: not so now that {}", fault.begins()),
            "end one of the faults that stand",
        )),
    }
}
