//! What a run without a console was told beforehand, and what each question is answered with.

use crate::plan::Level;
use crate::plan::{GateKind, Step, StepId, clock};
use crate::recovery::start::{Ahead, Despite, Found};
use crate::recovery::{Opened, Refusal, Start, State, loss};
use crate::service::Weight;
use crate::text::Clean;
use miette::miette;

/// The answers given beforehand.
#[derive(Debug, Clone, clap::Args)]
pub struct Answers {
    /// Start the run, or the rollback, and cross points of no return; must name the recovery region. Without it nothing
    /// is started; a run that was started before goes on.
    #[arg(long, value_name = "REGION")]
    pub confirm: Option<String>,
    /// Accept a loss of data above the objective, with the reason that the report will show.
    #[arg(long, value_name = "WHY")]
    pub accept_loss: Option<String>,
    /// With --accept-loss: only a loss up to this, such as 90s or 1:30; above it, or when it is unknown, nothing is accepted.
    #[arg(long, value_name = "DURATION", requires = "accept_loss", value_parser = crate::cli::live::duration)]
    pub loss_at_most: Option<f64>,
    /// Start although preflight says that these block, by their codes, with the reason that the report will show. What
    /// is another thing than the plan means is never passed.
    #[arg(long, num_args = 2, value_names = ["CODE[,CODE]", "WHY"], action = clap::ArgAction::Append)]
    pub despite: Vec<String>,
    /// Go on beside an old writer that could not be fenced although its region answers, with the reason that the report
    /// will show.
    #[arg(long, value_name = "WHY")]
    pub accept_writers: Option<String>,
    /// Approve `all` or these steps; says that manual steps are done too. What a failback asks, failback-divergence and
    /// failback-window, is answered by its name alone.
    #[arg(long, value_name = "all|STEP,…", value_delimiter = ',')]
    pub approve: Vec<String>,
    /// How what may differ between the two sides was settled, on the way back: "reconciled by …" or "accepted: why".
    #[arg(long, value_name = "WORDS")]
    pub divergence: Option<String>,
    /// What to do when a step fails.
    #[arg(long, value_enum, default_value_t = OnFailure::Hold)]
    pub on_failure: OnFailure,
    /// Nothing of it is printed: what somebody waits for is another run.
    #[arg(skip)]
    pub quiet: bool,
    /// What is tried again first.
    #[arg(skip)]
    pub retry: Vec<StepId>,
}

/// `--on-failure`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum OnFailure {
    /// Let what does not depend on it go on, then leave the run to be resumed.
    Hold,
    /// Start nothing new, let what runs finish, and roll back.
    Rollback,
}

impl Answers {
    /// Nothing is answered beforehand.
    pub const fn none() -> Self {
        Self {
            confirm: None,
            accept_loss: None,
            loss_at_most: None,
            despite: Vec::new(),
            accept_writers: None,
            approve: Vec::new(),
            divergence: None,
            on_failure: OnFailure::Hold,
            quiet: false,
            retry: Vec::new(),
        }
    }

    /// Whether any is given.
    pub fn are_given(&self) -> bool {
        let said = [
            self.confirm.is_some(),
            self.accept_loss.is_some(),
            self.accept_writers.is_some(),
            self.divergence.is_some(),
        ];
        let listed = !self.despite.is_empty() || !self.approve.is_empty();
        said.contains(&true) || listed || self.on_failure != OnFailure::Hold
    }

    /// The start, if it was said beforehand.
    pub(super) fn start(&self) -> Option<Start> {
        let typed = Clean::new(self.confirm.as_deref()?);
        let of_pair = |pair: &[String]| {
            let [codes, why] = pair else { return Vec::new() };
            let one = |code: &str| Despite { code: Clean::new(code.trim()), why: Clean::new(why) };
            codes.split(',').map(one).collect()
        };
        let despite = self.despite.chunks(2).flat_map(of_pair).collect();
        let accepted = self.accept_loss.as_ref().map(|reason| Ahead {
            component: None,
            at_most_seconds: self.loss_at_most,
            reason: Clean::new(reason),
        });
        Some(Start { typed, despite, accepted: accepted.into_iter().collect(), crosses: true })
    }

    /// Why a start would only come as far as a question that is known now and that nobody answers: then the one side would
    /// be down and the other not up.
    pub(super) fn not_enough(&self, state: &State) -> Option<Refusal> {
        let preflight = state.preflight.as_ref()?;
        let loses = |found: &&Found| found.check.weight == Weight::Loses && found.check.level != Level::Ok;
        for found in preflight.warns.iter().filter(loses) {
            let Some(component) = &found.component else { continue };
            let asks = |step: &Step| step.gates.iter().any(|gate| gate.kind() == GateKind::Loss);
            let mut steps = state.run.runbook.steps.iter().filter(|step| step.component == *component && asks(step));
            let Some(step) = steps.next() else { continue };
            let (found, wanted) = (&found.check.found, &found.check.wanted);
            let why = format!("{component}: {found}, and wanted is {wanted}; nothing was started");
            match (&self.accept_loss, self.loss_at_most) {
                (None, _) => return Some(refusal(why, "accept it with --accept-loss \"why\"")),
                (Some(_), Some(most)) if !self.accepts_loss(state, &step.id) => {
                    let most = clock::told(most);
                    let help = format!("it is above --loss-at-most {most}: give more, or wait until it is less");
                    return Some(refusal(why, &help));
                }
                (Some(_), _) => {}
            }
        }
        None
    }

    /// What to type at `gate` of `step`, if it was said beforehand.
    pub(super) fn to(&self, state: &State, step: &StepId, gate: GateKind) -> Option<Clean> {
        let text = match gate {
            GateKind::Loss if !self.accepts_loss(state, step) => None,
            GateKind::PointOfNoReturn => self.confirm.as_deref(),
            GateKind::Loss => self.accept_loss.as_deref(),
            GateKind::Writers => self.accept_writers.as_deref(),
            // A person at the console decides that; nothing said beforehand does.
            GateKind::CaughtUp => None,
            GateKind::Approval | GateKind::Manual => (self.names(step) || self.approves_all()).then_some(""),
            // A word for all questions is none for these two: they are answered by their own names.
            GateKind::Divergence => {
                self.divergence.as_deref().or_else(|| self.names(step).then_some("accepted: by its name, beforehand"))
            }
            GateKind::Window => self.confirm.as_deref().filter(|_| self.names(step)),
        };
        text.map(Clean::new)
    }

    fn approves_all(&self) -> bool {
        self.approve.iter().any(|name| name == "all")
    }

    /// Whether `step` is approved by its own name, or its component's.
    fn names(&self, step: &StepId) -> bool {
        let is_it = |name: &String| name == step.as_str() || step.as_str().starts_with(&format!("{name}/"));
        self.approve.iter().any(is_it)
    }

    /// Whether what `step` may lose now is within what was accepted beforehand.
    fn accepts_loss(&self, state: &State, step: &StepId) -> bool {
        let Some(most) = self.loss_at_most else { return true };
        let Some((step, _)) = state.step(step) else { return false };
        loss::exposure(state, &step.component, state.at).seconds.is_some_and(|seconds| seconds <= most)
    }

    /// Checks what can be checked before anything starts.
    ///
    /// # Errors
    /// When `--confirm` names another region, or `--approve` a step that is not there.
    pub fn check(&self, opened: &Opened) -> miette::Result<()> {
        let recovery = &opened.plan.application.recovery;
        if let Some(region) = self.confirm.as_ref().filter(|region| region.as_str() != recovery.as_str()) {
            return Err(miette!(
                help = format!("say --confirm {recovery} if you mean it"),
                "--confirm {region} is not the recovery region"
            ));
        }
        for name in self.approve.iter().filter(|name| name.as_str() != "all") {
            let steps = &opened.runbook.steps;
            if !steps.iter().any(|step| step.id.as_str() == name || step.component.as_str() == name) {
                return Err(miette!(
                    help = "landfall plan shows the steps",
                    "--approve {name}: the runbook has no such step"
                ));
            }
        }
        Ok(())
    }
}

fn refusal(why: String, clear: &str) -> Refusal {
    Refusal { why, clear: clear.to_owned() }
}
