//! A step of a kind that another program brings: what is asked, what the answers mean, what is sent. Whatever the program
//! says, an act without an answer is unknown, and what holds shows why.

use super::words::{About, Answer, Deed, LOOK_SECONDS, Question, Verb};
use super::{about, place};
use crate::plan::Weight;
use crate::plan::plugin::{Described, Plugged, Program, Stage};
use crate::service::ask::{Ask, Place};
use crate::service::local;
use crate::service::operation::{Act, LocalOperation, Operation, Receipt};
use crate::service::registry::Context;
use crate::service::work::{Asked, Check, Facts, Look, Verdict, Work};
use crate::text::Clean;

/// The work of a step, or of taking it back.
pub(super) struct Stepping {
    place: Place,
    program: Program,
    about: About,
    action: Clean,
    acts: bool,
    seconds: u64,
    undo: Option<Back>,
}

/// What going back needs to know.
struct Back {
    before: serde_json::Value,
    receipt: Option<Clean>,
}

impl Stepping {
    pub(super) fn of(
        plugged: &Plugged,
        kind: &Described,
        stage: &Stage,
        context: &Context<'_>,
        timeout_seconds: f64,
    ) -> Self {
        let (component, application) = (context.component, &context.plan.application);
        let mut about = about(component, application, stage.side, Some(context.intent));
        let used_as_secret =
            |output: &&Clean| context.plan.gives_in_confidence(component.name.as_str(), output.as_str());
        about.in_confidence = kind.outputs.iter().filter(used_as_secret).map(ToString::to_string).collect();
        Self {
            place: place(component, application, stage.side),
            program: plugged.program.clone(),
            about,
            action: stage.action.clone(),
            acts: stage.acts,
            seconds: timeout_seconds.ceil().max(1.0) as u64,
            undo: None,
        }
    }

    pub(super) fn taken_back(self, before: &serde_json::Value, receipt: Option<&Receipt>) -> Self {
        let receipt = receipt.and_then(|receipt| receipt.id.clone());
        Self { undo: Some(Back { before: before.clone(), receipt }), ..self }
    }

    fn question(&self, asked: &Asked) -> Question {
        let (verb, word) = match asked {
            Asked::No => (Verb::Observe, "no"),
            Asked::Unanswered { .. } => (Verb::Verify, "unanswered"),
            Asked::Taken { .. } => (Verb::Verify, "taken"),
        };
        let own = asked.receipt().and_then(|receipt| receipt.id.clone());
        let back = self.undo.as_ref();
        Question {
            program: self.program.clone(),
            verb: if back.is_some() { Verb::Observe } else { verb },
            about: self.about.clone(),
            step: Some(self.action.clone()),
            asked: Some(word.into()),
            receipt: own.or_else(|| back.and_then(|back| back.receipt.clone())),
            before: back.filter(|back| !back.before.is_null()).map(|back| back.before.to_string()),
            undo: back.is_some(),
            deadline_seconds: LOOK_SECONDS.min(self.seconds),
        }
    }

    fn told<'a>(&self, facts: &Facts<'a>) -> Look<'a, Answer> {
        facts.see(&local::plugin(&self.place, self.question(facts.asked)))
    }
}

/// What an answer comes to.
fn verdict(told: &Answer) -> Verdict {
    match told.verdict.as_str() {
        // What shows nothing is not shown.
        "holds" if told.note.trim().is_empty() => {
            Verdict::unknown("the plug-in says that it holds, and not what shows it")
        }
        "holds" => Verdict::Holds { evidence: told.note.clone(), outputs: told.outputs.clone() },
        "moving" => Verdict::Moving { note: or(&told.note, "under way"), good: told.good },
        "untouched" => Verdict::Untouched { note: or(&told.note, "not done") },
        "bad" => Verdict::Bad {
            reason: or(&told.note, "the plug-in says that it cannot come to hold"),
            help: or(&told.help, "see what the plug-in wrote to its log, mend it, then retry"),
        },
        "unknown" => Verdict::unknown(or(&told.note, "the plug-in cannot tell").as_str()),
        other => Verdict::unknown(format!("the plug-in answered `{other}`, which is no verdict")),
    }
}

fn or(text: &Clean, otherwise: &str) -> Clean {
    if text.trim().is_empty() { otherwise.into() } else { text.clone() }
}

impl Work for Stepping {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        vec![local::plugin(&self.place, self.question(asked)).ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        match self.told(facts) {
            Look::There(told) => verdict(told),
            Look::Absent => Verdict::unknown("no answer"),
            Look::NotTold(why) => Verdict::unknown(why),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let Look::There(told) = self.told(facts) else { return Vec::new() };
        let check = |told: &super::words::Told| Check {
            code: told.code.clone(),
            level: told.level,
            found: told.found.clone(),
            wanted: or(&told.wanted, "as the plug-in wants it"),
            fix: or(&told.fix, "see what the plug-in says of it"),
            weight: Weight::Blocks,
            identity: false,
        };
        told.checks.iter().map(check).collect()
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        if !self.acts {
            return None;
        }
        let deed = Deed {
            program: self.program.clone(),
            about: self.about.clone(),
            step: self.action.clone(),
            before: match &self.undo {
                Some(back) => back.before.clone(),
                None => self.before_image(facts),
            },
            receipt: self.undo.as_ref().and_then(|back| back.receipt.clone()),
            undo: self.undo.is_some(),
            deadline_seconds: self.seconds,
        };
        Some(Act { place: self.place.clone(), operation: Operation::Local(LocalOperation::Plugin(Box::new(deed))) })
    }

    fn before_image(&self, facts: &Facts<'_>) -> serde_json::Value {
        match self.told(facts) {
            Look::There(told) => told.before.clone(),
            Look::Absent | Look::NotTold(_) => serde_json::Value::Null,
        }
    }
}

/// A step whose fields another component gives: there is nothing to ask before that.
pub(super) struct Waits(pub(super) String);

impl Work for Waits {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        Vec::new()
    }
    fn goal(&self, _facts: &Facts<'_>) -> Verdict {
        Verdict::untouched(&self.0)
    }
}
