//! Faults in a drill: a facilitator's handle, and the dispatcher's end of it. Only a session on a simulated cloud hands
//! out a handle that reaches it: on a real one there is none to hold.

use crate::cloud::sim::{NotInThePlan, Scenario, Sim, SimError};
use crate::recovery::state::Standing;
use crate::recovery::{Facilitate, Refusal, State, What};
use crate::service::{AimedFault, FaultKind};
use crate::text::Clean;
use tokio::sync::{mpsc, oneshot};

/// What a facilitator hears.
type Answer = Result<(), Refusal>;

/// Lets things go wrong in a drill.
#[derive(Clone, Debug)]
pub struct Facilitator {
    by: Clean,
    wishes: mpsc::UnboundedSender<Wished>,
}

/// A wish on its way to the dispatcher.
#[derive(Debug)]
pub struct Wished {
    /// What.
    pub what: Facilitate,
    /// Who.
    pub by: Clean,
    /// Where the answer goes once the world has changed.
    pub answer: oneshot::Sender<Answer>,
}

impl Facilitator {
    /// A facilitator called `by`, and where the wishes come out.
    pub fn new(by: Clean) -> (Self, mpsc::UnboundedReceiver<Wished>) {
        let (wishes, receiver) = mpsc::unbounded_channel();
        (Self { by, wishes }, receiver)
    }

    /// Sends a wish. The answer comes when it is durable and the world has changed; it never comes when the session has
    /// ended.
    pub fn send(&self, what: Facilitate) -> oneshot::Receiver<Answer> {
        let (answer, receiver) = oneshot::channel();
        // A session that has ended drops the answer with the wish: the receiver then says so.
        let _ = self.wishes.send(Wished { what, by: self.by.clone(), answer });
        receiver
    }

    /// The same handle in another facilitator's name.
    pub fn called(&self, by: Clean) -> Self {
        Self { by, wishes: self.wishes.clone() }
    }
}

/// The simulated world as the dispatcher of a drill has it.
pub(super) struct Ground {
    sim: Sim,
    wishes: mpsc::UnboundedReceiver<Wished>,
}

impl Ground {
    /// The dispatcher's end and the handle of a facilitator called `by`.
    pub fn new(sim: Sim, by: Clean) -> (Self, Facilitator) {
        let (facilitator, wishes) = Facilitator::new(by);
        (Self { sim, wishes }, facilitator)
    }

    /// The next wish; safe to drop and call again.
    pub async fn next(&mut self) -> Option<Wished> {
        self.wishes.recv().await
    }

    /// A wish that has come already.
    pub fn try_next(&mut self) -> Option<Wished> {
        self.wishes.try_recv().ok()
    }

    /// Whether a wish means something in this world: asked before it is written down.
    pub fn fits(&self, wish: &Facilitate) -> Result<(), Refusal> {
        self.sim.knows(wish.fault()).map_err(|error: NotInThePlan| Refusal {
            why: error.to_string(),
            clear: "choose what the plan has".to_owned(),
        })
    }

    /// Changes the world as a wish that is written down says.
    pub fn change(&self, wish: &Facilitate) -> Result<(), Refusal> {
        let changed = match wish {
            Facilitate::Inject(fault) => self.sim.begin(fault),
            Facilitate::End(fault) => self.sim.end(fault),
        };
        changed.map_err(|error: SimError| Refusal {
            why: format!("the drill's world could not be written: {error}"),
            clear: "the journal has it: resume the run once the disk takes writes, and the world follows".to_owned(),
        })
    }

    /// Brings the world to what the journal says: a crash between the two leaves the journal ahead.
    pub fn catch_up(&self, state: &State) -> Result<(), Refusal> {
        let stands = self.sim.standing();
        let by_hand = state.faults.iter().filter(|standing| !standing.scripted);
        for standing in by_hand.filter(|standing| !stands.contains(&standing.fault)) {
            self.change(&Facilitate::Inject(standing.fault.clone()))?;
        }
        let known = |fault: &AimedFault| state.faults.iter().any(|standing| standing.fault == *fault);
        // Where the world is one of a run before, what this drill is about was let go wrong in it before its first event.
        // So was what keeps a debt of a run that is over from being answered.
        let mut given = of_the_scenario(state);
        given.push(FaultKind::DebtUnanswered);
        for fault in self.sim.injected().into_iter().filter(|fault| !known(fault) && !given.contains(&fault.fault)) {
            self.change(&Facilitate::End(fault))?;
        }
        Ok(())
    }

    /// What the scenario has brought or ended by now that `state` does not know of.
    pub fn news(&self, state: &State) -> Vec<What> {
        let stands = self.sim.standing();
        let is_over = |standing: &&Standing| !stands.contains(&standing.fault);
        let ended = state
            .faults
            .iter()
            .filter(is_over)
            .map(|standing| What::FaultEnded { fault: standing.fault.clone(), scripted: true });
        let is_new = |fault: &&AimedFault| !state.faults.iter().any(|standing| standing.fault == **fault);
        let begun =
            stands.iter().filter(is_new).map(|fault| What::FaultInjected { fault: fault.clone(), scripted: true });
        ended.chain(begun).collect()
    }
}

/// What goes wrong by the scenario of a drill that goes on in the world of a run before.
fn of_the_scenario(state: &State) -> Vec<FaultKind> {
    let drill = state.run.drill.as_ref().filter(|drill| drill.world.is_some());
    let scenario = drill.and_then(|drill| Scenario::parse(drill.scenario.as_deref()?).ok());
    scenario.into_iter().flat_map(|scenario| scenario.faults).map(|fault| fault.kind).collect()
}
