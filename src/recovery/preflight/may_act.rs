//! Whether these credentials may do what the plan does: IAM's policy simulator is asked about every act of it, thing by thing,
//! before anything is done. It knows the caller's own policies, its boundary and its organization. What IAM does not tell is
//! unknown, and told so.

use super::super::start::Found;
use super::step::StepLook;
use super::{Answers, only_looks};
use crate::plan::{
    Account, AccountName, Application, Component, Global, Level, Plan, Region, Runbook, Side, Step, StepId, Weight,
};
use crate::service::grants::{OWN_RIGHTS, Spot};
use crate::service::observation::{Decision, Principal};
use crate::service::readiness::Tier;
use crate::service::rights::{self, Right, Things};
use crate::service::work::Want;
use crate::service::{
    Ask, Check, IamObservation, Observation, Place, Query, Registry, Service, Silence, StsObservation, StsQuery,
};
use crate::text::Clean;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

const CODE: &str = "may-act";
/// About how many pairs of an action and a thing one question is of: every action is asked about at each thing. More are
/// asked about service by service.
const PAIRS: usize = 100;

/// Every act of a runbook, by whose credentials do it.
pub(super) struct MayAct {
    acting: Vec<Acting>,
    application: Application,
    numbers: BTreeMap<Option<AccountName>, Option<String>>,
    places: BTreeSet<Place>,
    /// The region that fails, in a failover.
    failing: Option<Region>,
}

struct Acting {
    step: StepId,
    component: Component,
    kind: &'static dyn Service,
    side: Side,
}

/// Who asks, and where IAM is asked.
enum Caller {
    Known {
        who: Principal,
        arn: Clean,
        place: Place,
    },
    /// Nobody of whom IAM would tell.
    Strange(String),
    /// Not known, and why.
    Silent(String),
}

/// What one step needs, and what became of asking.
struct Need<'a> {
    acting: &'a Acting,
    right: Right,
}

/// What a request says, by the keys of conditions.
type Context = BTreeMap<Clean, Vec<Clean>>;
/// An action, and a thing that it is done to.
type Pairs = BTreeSet<(&'static str, Clean)>;

/// One question of the simulator, and the pairs that it is asked for.
struct Question {
    want: Want<Vec<Decision>>,
    context: Context,
    pairs: Pairs,
}

/// What the simulator says of one action at all its things.
enum Said {
    Allowed,
    Denied(Vec<Decision>),
    /// Why it is not known; and whether that is so of this action alone.
    Untold {
        why: String,
        is_its_own: bool,
    },
}

impl MayAct {
    pub fn of(plan: &Plan, runbook: &Runbook, failing: Option<&Region>) -> Self {
        let acting = runbook.steps.iter().filter_map(|step| acting(plan, step)).collect();
        let numbers = plan.accounts.iter().map(|(name, account)| (Some(name.clone()), number(account)));
        let mut places = BTreeSet::new();
        for component in &plan.components {
            places.extend([Side::Primary, Side::Recovery].map(|side| Place::of(component, &plan.application, side)));
        }
        let application = plan.application.clone();
        Self { acting, application, numbers: numbers.collect(), places, failing: failing.cloned() }
    }

    /// What is to be asked, now that it is known who asks and what the steps have found. That all of it is allowed holds for a
    /// while; what is not may be mended at any moment.
    pub fn asks(&self, steps: &[StepLook], answers: &Answers<'_>, now: Timestamp) -> Vec<(Ask, Option<Tier>)> {
        let accounts = self.accounts();
        let all = accounts.into_iter().flat_map(|account| {
            let Caller::Known { who, place, .. } = self.caller(&account, answers) else { return Vec::new() };
            questions(&self.needs(&account, steps, answers, now), &who, &place)
        });
        let of_each = |question: Question| {
            let tier = question.is_allowed(answers).then_some(Tier::Hourly);
            (question.want.ask, tier)
        };
        all.map(of_each).filter(|(ask, _)| only_looks(ask)).collect()
    }

    /// What it comes to, account by account.
    pub fn judge(&self, steps: &[StepLook], answers: &Answers<'_>, now: Timestamp) -> Vec<Found> {
        self.accounts().iter().flat_map(|account| self.of_account(account, steps, answers, now)).collect()
    }

    fn of_account(
        &self,
        account: &Option<AccountName>,
        steps: &[StepLook],
        answers: &Answers<'_>,
        now: Timestamp,
    ) -> Vec<Found> {
        let at = account.as_ref().map_or_else(String::new, |account| format!("account {account}: "));
        let wanted = "credentials that may do all that the plan does";
        let (who, arn, place) = match self.caller(account, answers) {
            Caller::Known { who, arn, place } => (who, arn, place),
            // Nothing that anybody could mend: it is worth knowing, and no more.
            Caller::Strange(why) => {
                let check = Check { weight: Weight::Weakens, ..Check::unanswered(CODE, format!("{at}{why}"), wanted) };
                return vec![self.found(None, check, None)];
            }
            Caller::Silent(why) => {
                return vec![self.found(None, Check::unanswered(CODE, format!("{at}{why}"), wanted), None)];
            }
        };
        let needs = self.needs(account, steps, answers, now);
        let questions = questions(&needs, &who, &place);
        let seen_at = questions.iter().filter_map(|question| Some(answers.to(&question.want.ask)?.at)).max();
        let (mut allowed, mut found, mut untold) = (0_usize, Vec::new(), BTreeSet::new());
        for need in &needs {
            let check = match need.said(&questions, answers) {
                Said::Allowed => {
                    allowed += 1;
                    continue;
                }
                Said::Untold { why, is_its_own: false } => {
                    untold.insert(why);
                    continue;
                }
                Said::Untold { why, .. } => {
                    let told = format!("{at}{}: {why}", need.right.action);
                    Check::unanswered(CODE, told, &format!("{arn} may do it"))
                }
                Said::Denied(decisions) => denied(&at, need.right.action, &decisions, &arn),
            };
            // What is done already needs nothing now.
            let is_done = steps.iter().any(|look| look.step == need.acting.step && look.is_done(answers, now));
            let is_later = matches!(need.right.on, Things::Untold(_));
            let weight = if is_done || is_later { Weight::Weakens } else { check.weight };
            found.push(self.found(Some(need.acting), Check { weight, ..check }, seen_at));
        }
        for why in untold {
            let check =
                Check { fix: Clean::new(&to_ask(&arn)), ..Check::unanswered(CODE, format!("{at}{why}"), wanted) };
            found.push(self.found(None, check, seen_at));
        }
        if found.is_empty() && allowed > 0 {
            let told = format!("{at}its own policies allow {arn} all of {allowed} acts");
            found.push(self.found(None, Check::passed(CODE, told, wanted), seen_at));
        }
        found
    }

    fn found(&self, acting: Option<&Acting>, check: Check, seen_at: Option<Timestamp>) -> Found {
        let is_of_failing = self.failing.as_ref() == Some(&self.home());
        Found {
            step: acting.map(|acting| acting.step.clone()),
            component: acting.map(|acting| acting.component.name.clone()),
            in_failing_region: is_of_failing && check.level == Level::Unknown,
            seen_at,
            ..Found::of(check)
        }
    }

    /// Where IAM is asked.
    fn home(&self) -> Region {
        Global::Iam.home(&self.application.recovery)
    }

    fn accounts(&self) -> BTreeSet<Option<AccountName>> {
        self.acting.iter().map(Acting::account).collect()
    }

    /// Whose credentials an account's are.
    fn caller(&self, account: &Option<AccountName>, answers: &Answers<'_>) -> Caller {
        let at = |side| Place { region: self.application.region(side).clone(), account: account.clone() };
        // What asks the region that fails has little time.
        let is_home = |side| *self.application.region(side) == self.home();
        let first = if is_home(Side::Primary) { Side::Primary } else { Side::Recovery };
        let second = if first == Side::Primary { Side::Recovery } else { Side::Primary };
        let places = [at(first), at(second)];
        let Some(place) = places.into_iter().find(|place| self.places.contains(place)) else {
            return Caller::Silent("nobody is asked whose credentials these are".to_owned());
        };
        match identity(&place, answers) {
            Ok(arn) => match rights::principal(arn) {
                Ok(who) => Caller::Known { who, arn: arn.clone(), place },
                Err(why) => Caller::Strange(why),
            },
            Err(why) => Caller::Silent(format!(
                "IAM is asked by credentials of {}, and whose they are is not told: {why}",
                place.region
            )),
        }
    }

    fn needs<'a>(
        &'a self,
        account: &Option<AccountName>,
        steps: &[StepLook],
        answers: &Answers<'_>,
        now: Timestamp,
    ) -> Vec<Need<'a>> {
        let own = self.acting.iter().filter(|acting| acting.account() == *account);
        own.flat_map(|acting| {
            let look = steps.iter().find(|look| look.step == acting.step);
            let found = look.and_then(|look| look.touched(answers, now));
            let sides = [Side::Primary, Side::Recovery];
            let numbers = sides.map(|side| self.number(acting.component.accounts.on(side), answers));
            let spot = Spot {
                kind: acting.kind,
                component: &acting.component,
                side: acting.side,
                regions: sides.map(|side| self.application.region(side)),
                numbers: numbers.each_ref().map(Option::as_deref),
            };
            let all = rights::of(&spot, acting.step.action(), found.as_deref());
            all.into_iter().map(|right| Need { acting, right }).collect::<Vec<_>>()
        })
        .collect()
    }

    /// An account's number: as its credentials say, as the plan does else.
    fn number(&self, account: Option<&AccountName>, answers: &Answers<'_>) -> Option<String> {
        let places = self.places.iter().filter(|place| place.account.as_ref() == account);
        let told = places.filter_map(|place| match &answers.to(&whose(place))?.answer {
            Ok(Observation::Sts(StsObservation::Identity(identity))) => Some(identity.account.to_string()),
            _ => None,
        });
        told.into_iter().next().or_else(|| self.numbers.get(&account.cloned())?.clone())
    }
}

impl Acting {
    fn account(&self) -> Option<AccountName> {
        self.component.accounts.on(self.side).cloned()
    }
}

impl Need<'_> {
    fn said(&self, questions: &[Question], answers: &Answers<'_>) -> Said {
        let things = match &self.right.on {
            Things::Untold(why) => return Said::Untold { why: why.to_string(), is_its_own: true },
            Things::Are(things) => things,
        };
        let mut denied = Vec::new();
        for on in things {
            let pair = (self.right.action, on.clone());
            let question = questions
                .iter()
                .find(|question| question.context == self.right.context && question.pairs.contains(&pair));
            let decisions =
                match question.map_or_else(|| Err("it was not asked".to_owned()), |asked| asked.decisions(answers)) {
                    Ok(decisions) => decisions,
                    Err(why) => return Said::Untold { why, is_its_own: false },
                };
            let told = decisions.get(&key(self.right.action, on));
            let untold = |why: String| Said::Untold { why, is_its_own: true };
            match told {
                None => return untold(format!("nothing was told of {on}")),
                Some(told) if !open(told).is_empty() => {
                    return untold(format!("on {on} it depends on {}, which only a real request has", open(told)));
                }
                Some(told) if told.is_denied() => denied.push((*told).clone()),
                Some(told) if !told.allows() => return untold(told.words()),
                Some(_) => {}
            }
        }
        if denied.is_empty() { Said::Allowed } else { Said::Denied(denied) }
    }
}

/// The keys of conditions that it depends on, and that are not known.
fn open(told: &Decision) -> String {
    let open = told.missing.iter().filter(|key| !rights::is_never_said(key));
    open.map(Clean::as_str).collect::<Vec<_>>().join(", ")
}

/// Decisions by action, in lower case, and thing.
type Decisions<'a> = BTreeMap<(String, &'a str), &'a Decision>;

impl Question {
    /// Whether it was answered, and all that it is for is allowed.
    fn is_allowed(&self, answers: &Answers<'_>) -> bool {
        let Ok(decisions) = self.decisions(answers) else { return false };
        let allows = |told: &&Decision| told.allows() && open(told).is_empty();
        self.pairs.iter().all(|(action, on)| decisions.get(&key(action, on)).is_some_and(allows))
    }

    /// What was told, of each action at each thing; or why nothing was.
    fn decisions<'a>(&self, answers: &Answers<'a>) -> Result<Decisions<'a>, String> {
        let seen = answers.to(&self.want.ask).ok_or_else(|| "IAM has not answered yet".to_owned())?;
        match &seen.answer {
            Ok(Observation::Iam(IamObservation::Simulation { decisions: Some(all) })) => {
                // What is told of an action at one thing comes behind what is told of it as a whole, and counts.
                Ok(all.iter().map(|told| (key(&told.action, &told.resource), told)).collect())
            }
            Ok(Observation::Iam(IamObservation::Simulation { decisions: None })) => {
                Err("IAM knows no role of the name that these credentials are of".to_owned())
            }
            Ok(_) => Err("the answer was of another kind than the question".to_owned()),
            Err(unanswered) if unanswered.because == Silence::Denied => {
                Err(format!("these credentials may not ask what they may do: {}", unanswered.message))
            }
            Err(unanswered) => Err(unanswered.message.to_string()),
        }
    }
}

fn key<'a>(action: &str, on: &'a str) -> (String, &'a str) {
    (action.to_ascii_lowercase(), on)
}

/// The simulator is asked once for all that says the same at the keys of conditions, and by service where that would be too
/// much for one question.
fn questions(needs: &[Need<'_>], who: &Principal, place: &Place) -> Vec<Question> {
    let mut alike: BTreeMap<&Context, Pairs> = BTreeMap::new();
    for Need { right, .. } in needs {
        let Things::Are(things) = &right.on else { continue };
        let pairs = things.iter().map(|on| (right.action, on.clone()));
        alike.entry(&right.context).or_default().extend(pairs);
    }
    let all = alike.into_iter().flat_map(|(context, pairs)| parts(pairs).into_iter().map(move |part| (context, part)));
    all.map(|(context, pairs)| {
        let actions: BTreeSet<&str> = pairs.iter().map(|(action, _)| *action).collect();
        let things: BTreeSet<&Clean> = pairs.iter().map(|(_, on)| on).collect();
        let actions: Vec<Clean> = actions.into_iter().map(Clean::new).collect();
        let things: Vec<Clean> = things.into_iter().cloned().collect();
        Question { want: rights::want(place, who, (&actions, &things), context), context: context.clone(), pairs }
    })
    .collect()
}

fn parts(pairs: Pairs) -> Vec<Pairs> {
    let service = |action: &'static str| action.split(':').next().unwrap_or(action);
    let mut parts = vec![pairs];
    for by_action in [false, true] {
        parts = parts
            .into_iter()
            .flat_map(|part| {
                let actions: BTreeSet<&str> = part.iter().map(|(action, _)| *action).collect();
                let things: BTreeSet<&Clean> = part.iter().map(|(_, on)| on).collect();
                if actions.len() * things.len() <= PAIRS {
                    return vec![part];
                }
                let mut by: BTreeMap<&str, Pairs> = BTreeMap::new();
                for pair in part {
                    by.entry(if by_action { pair.0 } else { service(pair.0) }).or_default().insert(pair);
                }
                by.into_values().collect()
            })
            .collect();
    }
    parts
}

fn acting(plan: &Plan, step: &Step) -> Option<Acting> {
    let component = plan.components.iter().find(|component| component.name == step.component)?;
    let kind = Registry.service(step.kind.as_str())?;
    let side = if step.region == plan.application.primary { Side::Primary } else { Side::Recovery };
    step.acts.then(|| Acting { step: step.id.clone(), component: component.clone(), kind, side })
}

fn number(account: &Account) -> Option<String> {
    account.number().map(str::to_owned)
}

fn whose(place: &Place) -> Ask {
    Ask { place: place.clone(), query: Query::Sts(StsQuery::Identity) }
}

fn identity<'a>(place: &Place, answers: &Answers<'a>) -> Result<&'a Clean, String> {
    match answers.to(&whose(place)).map(|seen| &seen.answer) {
        Some(Ok(Observation::Sts(StsObservation::Identity(identity)))) => Ok(&identity.arn),
        Some(Err(unanswered)) => Err(unanswered.message.to_string()),
        Some(Ok(_)) | None => Err("no answer".to_owned()),
    }
}

/// Services whose things have policies of their own that may allow what the caller's do not.
const WITH_POLICIES: [&str; 4] = ["kms", "s3", "secretsmanager", "lambda"];

fn denied(at: &str, action: &str, decisions: &[Decision], arn: &Clean) -> Check {
    let things: Vec<&str> = decisions.iter().map(|told| told.resource.as_str()).collect();
    let told: BTreeSet<String> = decisions.iter().map(Decision::why).collect();
    let told = told.into_iter().collect::<Vec<_>>().join("; ");
    let statement = serde_json::json!({ "Effect": "Allow", "Action": action, "Resource": things });
    let by_another = decisions.iter().any(|told| !told.is_of_no_statement());
    let fix = if by_another {
        format!("see what denies it, and that a policy of it says {statement}")
    } else if action.split(':').next().is_some_and(|service| WITH_POLICIES.contains(&service)) {
        format!(
            "add to a policy of it: {statement}; or, where the thing's own policy allows it, pass this with a reason"
        )
    } else {
        format!("add to a policy of it: {statement}")
    };
    Check::failed(CODE, format!("{at}{action} on {}: {told}", things.join(", ")), &format!("{arn} may do it"), fix)
}

/// What has to be allowed for asking.
fn to_ask(arn: &str) -> String {
    format!("let {arn} ask for itself: {}", OWN_RIGHTS.join(" and "))
}
