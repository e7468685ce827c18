//! What a plan must know of a kind of component: its fields, its outputs and the steps it takes. The kinds
//! themselves live a floor above, in `service`; the plan is handed them.

use super::model::{Application, Component, Intent, Side};
use super::plugin::{Plugged, Program};
use super::regions::Global;
use super::runbook::{Gate, GateKind, Plane, Role, Undo};
use crate::text::Clean;

/// The kinds there are. `service::Registry` is the real one; tests make their own.
pub trait Kinds {
    /// The kind called `name`.
    fn find(&self, name: &str) -> Option<&dyn Kind>;
    /// Every kind's name, in the order of the documentation.
    fn names(&self) -> Vec<&'static str>;
    /// What is known of the program that brings the kind `NAME/KIND`, which the plan names so if it does; none where nothing
    /// names it.
    fn plugged(&self, _kind: &str, named: Option<&Program>) -> Option<Plugged> {
        named.map(|program| Plugged::untrusted(program, "nobody here said landfall plugin trust"))
    }
    /// The codes of every readiness rule: what a plan may waive.
    fn rules(&self) -> Vec<&'static str> {
        Vec::new()
    }
}

/// One kind of component, as the plan sees it.
pub trait Kind: Sync {
    /// The kind's name in the plan: `rds`, `ecs`, …
    fn name(&self) -> &'static str;
    /// What it does in a failover, in a sentence, for `--help` and the schema.
    fn about(&self) -> &'static str;
    /// The fields it takes beside those that every component has.
    fn fields(&self) -> &'static [Field];
    /// What it gives to others: `${name.output}`.
    fn outputs(&self) -> &'static [&'static str];
    /// What `component` gives to others: what its kind gives, or what the plan itself says that it does.
    fn outputs_of<'a>(&self, _component: &'a Component) -> Vec<&'a str> {
        self.outputs().to_vec()
    }
    /// The fields that `component` takes: those of its kind, or of the kind that a program brings.
    fn fields_of(&self, _component: &Component) -> &'static [Field] {
        self.fields()
    }
    /// Whether nothing is known of its fields and outputs: what a plan says there is passed over.
    fn is_unknown(&self) -> bool {
        false
    }
    /// What is wrong with the component that no single field shows. Every field has its right type already.
    fn problems(&self, _component: &Component) -> Vec<Problem> {
        Vec::new()
    }
    /// What is allowed but unwise, shown by `check` and in Readiness.
    fn findings(&self, _component: &Component, _application: &Application) -> Vec<Finding> {
        Vec::new()
    }
    /// How old, in seconds, the newest number of how far its copy is behind may be on a real cloud; `None` of what is no copy,
    /// or is known to have everything.
    fn lag_told_within(&self, _component: &Component) -> Option<f64> {
        None
    }
    /// Whether nobody knows how long its steps take: a person's work, where the plan does not say so.
    fn time_is_unsaid(&self, _component: &Component) -> bool {
        false
    }
    /// Whether both of its sides are of one account: what cannot be replicated to another one.
    fn is_of_one_account(&self) -> bool {
        false
    }
    /// The steps for `intent`, in the order in which they need each other.
    fn steps(&self, component: &Component, application: &Application, intent: Intent) -> Vec<Draft>;
}

/// A field of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its key.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// Whether a plan without it is refused.
    pub required: bool,
    /// What it means, in a sentence, with its unit and default.
    pub about: &'static str,
}

impl Takes {
    /// The smallest and the largest number taken, for what takes numbers.
    pub const fn bounds(self) -> Option<(u64, u64)> {
        match self {
            Self::Count | Self::CountOrReference | Self::CountTable => Some((0, MOST)),
            Self::Within(least, most) | Self::TableWithin(least, most) => Some((least, most)),
            Self::Text
            | Self::Value
            | Self::Sealed
            | Self::Choice(_)
            | Self::Truth
            | Self::Duration
            | Self::Texts
            | Self::Program
            | Self::TextTable
            | Self::Headers
            | Self::Table(_)
            | Self::Tables(_) => None,
        }
    }
}

impl Takes {
    /// The field that a text says alone in the place of a whole table of these: the only one that must be there.
    pub fn said_alone(fields: &'static [Field]) -> Option<&'static Field> {
        let mut required = fields.iter().filter(|field| field.required);
        let only = required.next().filter(|field| matches!(field.takes, Self::Text))?;
        required.next().is_none().then_some(only)
    }
}

impl Field {
    /// A field that must be there.
    pub const fn required(name: &'static str, takes: Takes, about: &'static str) -> Self {
        Self { name, takes, required: true, about }
    }
    /// A field that may be left out.
    pub const fn optional(name: &'static str, takes: Takes, about: &'static str) -> Self {
        Self { name, takes, required: false, about }
    }
}

/// The largest number that a plan can mean: what the clouds' APIs take (a signed number of 32 bits).
pub const MOST: u64 = i32::MAX as u64;

/// The longest time that a plan can mean, in seconds: 30 days. A recovery that may take longer is none.
pub const LONGEST_SECONDS: f64 = 30.0 * 86_400.0;

/// The type of a field's value. Every text may hold `${component.output}`.
#[derive(Clone, Copy, Debug)]
pub enum Takes {
    /// A string that Landfall reads: a name, an address of its own kind. It stands in the journal as it is.
    Text,
    /// A string that is only passed on. It may come from the environment or a file, and is sealed where it looks like a
    /// secret.
    Value,
    /// As [`Takes::Value`], and sealed whatever it looks like.
    Sealed,
    /// One of these strings.
    Choice(&'static [&'static str]),
    /// A whole number from 0 to [`MOST`].
    Count,
    /// A whole number from the first to the second.
    Within(u64, u64),
    /// A whole number, or a string with a `${…}` in it.
    CountOrReference,
    /// `true` or `false`.
    Truth,
    /// `90s`, `15m`, `1h`, up to [`LONGEST_SECONDS`]; kept as a number of seconds.
    Duration,
    /// A list of strings that Landfall reads.
    Texts,
    /// A program and its arguments: strings that are only passed on, as [`Takes::Value`].
    Program,
    /// A table of strings that are only passed on, as [`Takes::Value`] (numbers and booleans are taken as text).
    TextTable,
    /// A table of headers, sealed whatever they look like.
    Headers,
    /// A table of whole numbers from 0 to [`MOST`].
    CountTable,
    /// A table of whole numbers from the first to the second.
    TableWithin(u64, u64),
    /// A table with these fields.
    Table(&'static [Field]),
    /// A list of tables with these fields; where all but one text of them may be left out, that text alone is one too.
    Tables(&'static [Field]),
}

/// Something wrong with a component as a whole.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The field to point at; the component itself when `None`.
    pub field: Option<&'static str>,
    /// What is wrong.
    pub message: String,
    /// What would make it right.
    pub help: String,
}

/// One thing that `check` found without asking any cloud.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Finding {
    /// A stable name such as `route53-ttl`.
    pub code: String,
    /// The component it is about.
    pub component: Option<super::ComponentName>,
    /// How bad.
    pub level: Level,
    /// What was found.
    pub found: Clean,
    /// What was wanted.
    pub wanted: Clean,
    /// What would mend it.
    pub fix: Clean,
    /// Where the rule comes from.
    pub source: Clean,
    /// What it costs while it is not as wanted.
    #[serde(default = "Weight::of_advice", skip_serializing_if = "Weight::is_advice")]
    pub weight: Weight,
}

/// What a finding or a check costs when it is not ok, the worst first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// A step would be refused.
    #[default]
    Blocks,
    /// More would be lost than was promised.
    Loses,
    /// It would take longer than was promised.
    Slows,
    /// What comes after would stand less firmly.
    Weakens,
    /// Worth knowing.
    Advises,
}

impl Weight {
    /// Whether a step would be refused.
    pub fn blocks(&self) -> bool {
        *self == Self::Blocks
    }
    /// Whether it costs nothing by itself: what a finding weighs unless it says otherwise.
    pub fn is_advice(&self) -> bool {
        *self == Self::Advises
    }
    fn of_advice() -> Self {
        Self::Advises
    }
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Blocks => "blocks",
            Self::Loses => "loses",
            Self::Slows => "slows",
            Self::Weakens => "weakens",
            Self::Advises => "advises",
        }
    }
}

/// The three values of a readiness check. "Unknown" is never taken for "ok".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As wanted.
    Ok,
    /// Not as wanted.
    Failing,
    /// Could not be told.
    Unknown,
}

impl Level {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failing => "failing",
            Self::Unknown => "unknown",
        }
    }
}

/// Where the API that a step calls is at home: not always where the thing is that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// In the step's own region.
    Region,
    /// In one region of the partition, for all of it.
    Global {
        /// Whose.
        of: Global,
        /// What does without it.
        instead: &'static str,
    },
}

/// A step as a kind drafts it; the runbook turns it into a [`Step`](super::runbook::Step).
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its name within the component: `promote`.
    pub action: &'static str,
    /// What a commander reads: `promote orders-db`.
    pub title: String,
    /// The actions of the same component that must be verified before it.
    pub after: Vec<&'static str>,
    /// The side whose region it acts in.
    pub side: Side,
    /// The plane its calls use.
    pub plane: Plane,
    /// Where the API that it calls is at home.
    pub home: Home,
    /// What going back would mean.
    pub undo: Undo,
    /// How long it usually takes, in seconds.
    pub expected_seconds: f64,
    /// How long it may take, in seconds, unless the component's `timeout` says otherwise.
    pub timeout_seconds: f64,
    /// Whether it keeps that limit whatever the component's `timeout` is: the plan has a field for this one.
    pub keeps_timeout: bool,
    /// The decisions asked before it, in order. The component's `approve` is added by the runbook.
    pub gates: Vec<Gate>,
    /// Runs beside the path: it waits for no other component and none waits for it; steps of its own component may,
    /// until it is verified or a debt.
    pub beside: bool,
    /// Whether it changes anything.
    pub acts: bool,
    /// Its part in the recovery.
    pub role: Role,
    /// The decision that its failure is, where a person can answer it: then it is asked instead of only told.
    pub asks_when_failing: Option<GateKind>,
    /// Why the plan leaves it out: it is shown as skipped with that, and never verified.
    pub left_out: Option<String>,
    /// When on the way back it is done; all of it is the return of any other intent.
    pub when: When,
}

/// When a step of a failback is done, in order: what is of one waits for all that is of those before it. Up to the decision to
/// go back nothing changes for anybody, and all of it may be done days ahead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// The region that failed answers again.
    Healthy,
    /// What is left of the way there is kept.
    Evidence,
    /// The two sides are compared.
    Compared,
    /// The decision about what may differ between them.
    Divergence,
    /// Replication is made anew.
    Before,
    /// It follows, for as long as is wanted.
    Follows,
    /// The decision to go back.
    Window,
    /// The side that is gone back to gets its size: nobody is moved before it has it.
    Warm,
    /// The return itself: a switchover.
    #[default]
    Return,
    /// Once all of that is verified.
    After,
}

impl When {
    /// All there are, in order.
    pub const ALL: [Self; 10] = [
        Self::Healthy,
        Self::Evidence,
        Self::Compared,
        Self::Divergence,
        Self::Before,
        Self::Follows,
        Self::Window,
        Self::Warm,
        Self::Return,
        Self::After,
    ];

    /// Whether it is of the return: all of any other run is.
    pub fn is_return(&self) -> bool {
        *self == Self::Return
    }
}
