//! What is asked and done where Landfall runs, on no cloud: addresses and programs.

use super::ask::Place;
use super::declared::Declared;
use super::observation as any;
use super::plugin::words::{Answer, Deed, Question};
use super::terraform::words as terraform;
use super::work::Want;
use crate::seal::Token as SealedToken;
use crate::service::family::{Asked, Done};
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// One HTTP request from where Landfall runs.
    Http(HttpProbe),
    /// One TCP connection from where Landfall runs.
    Tcp {
        /// Host name or address.
        host: Clean,
        /// Port.
        port: u16,
    },
    /// A command that looks and changes nothing: the `verify` of a `command` component.
    Look(Invocation),
    /// What the program is asked that brings a kind.
    Plugin(Box<Question>),
    /// What Terraform is asked.
    Terraform(Box<terraform::Question>),
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::Http(_) => "http.request",
            Self::Tcp { .. } => "tcp.connect",
            Self::Look(_) => "command.look",
            Self::Plugin(question) => question.api_name(),
            Self::Terraform(question) => question.api_name(),
        }
    }

    fn longest_seconds(&self) -> Option<f64> {
        match self {
            Self::Terraform(question) => question.longest_seconds(),
            Self::Look(invocation) => Some(invocation.within_seconds as f64),
            Self::Plugin(question) => Some(question.deadline_seconds as f64),
            Self::Http(_) | Self::Tcp { .. } => None,
        }
    }

    fn changes_nothing(&self) -> bool {
        match self {
            Self::Http(probe) => probe.changes_nothing(),
            // Planning takes the lock of the state, and makes a folder of its own.
            Self::Terraform(question) => !question.runs(),
            Self::Tcp { .. } | Self::Look(_) | Self::Plugin(_) => true,
        }
    }

    fn is_a_call_each(&self) -> bool {
        false
    }

    // One that hangs holds up no other step's.
    fn is_asked_from_here(&self) -> bool {
        matches!(self, Self::Plugin(_) | Self::Terraform(_))
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        let probe = HttpProbe {
            url: "https://shop.example.com/health".into(),
            method: "GET".into(),
            headers: BTreeMap::new(),
            body: None,
            redirects: 0,
            expects: Vec::new(),
        };
        let look = Invocation { run: vec!["warm?".to_owned()], within_seconds: 30, ..Invocation::default() };
        vec![
            (Query::Http(probe), Observation::Http(HttpAnswer::default())),
            (Query::Tcp { host: "bank.example.com".into(), port: 443 }, Observation::Tcp(TcpAnswer::default())),
            (Query::Look(look), Observation::Exit(Exit::default())),
            (Query::Plugin(Box::new(super::plugin::words::example().0)), Observation::Plugin(Box::default())),
            (Query::Terraform(Box::new(terraform::example().0)), Observation::Terraform(Box::default())),
        ]
    }
}

impl HttpProbe {
    /// Whether its method is a safe one (RFC 9110, 9.2.1).
    pub fn changes_nothing(&self) -> bool {
        ["GET", "HEAD", "OPTIONS"].contains(&self.method.as_str())
    }
}

/// An HTTP request and what is read of its answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HttpProbe {
    /// The address.
    pub url: Clean,
    /// GET unless the plan says otherwise.
    pub method: Clean,
    /// Headers by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The body sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// How many redirects are followed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub redirects: u32,
    /// What a good answer says: read as it is where the plan says it openly, though it be kept sealed elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expects: Vec<Clean>,
}

/// A program and its arguments; never a shell.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Invocation {
    /// The program and its arguments.
    pub run: Vec<String>,
    /// Added to the environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// The working directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// How long it may run, in whole seconds, before it is stopped.
    pub within_seconds: u64,
    /// What it says on standard output is used as a secret, and is one as a whole.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_confidence: bool,
}

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// An HTTP answer.
    Http(HttpAnswer),
    /// A TCP connection that was accepted, or not.
    Tcp(TcpAnswer),
    /// How a command ended.
    Exit(Exit),
    /// What a plug-in answered.
    Plugin(Box<Answer>),
    /// What Terraform answered.
    Terraform(Box<terraform::Answer>),
}

/// A TCP connection that was accepted, or not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TcpAnswer {
    /// Whether it was accepted.
    pub accepted: bool,
    /// How long that took, in milliseconds.
    pub millis: u64,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Clean>,
}

/// What is kept of an HTTP answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// The status code; `None` when there was no answer.
    pub status: Option<u16>,
    /// The first 64 KiB of the body, in memory only: never journaled whole.
    #[serde(skip)]
    pub body: String,
    /// The values of the plan that stand in the body, by what stands for them; in memory only.
    #[serde(skip)]
    pub holds: Vec<SealedToken>,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// How many redirects were followed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub redirects: u32,
    /// The host whose answer this is, when it is not the one that was asked first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Clean>,
    /// The host that the answer sends on to, when it is a redirect that was not followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Clean>,
    /// Why there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Clean>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// How a command ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Exit {
    /// The exit code; `None` when it was stopped by a signal or the deadline.
    pub code: Option<i32>,
    /// The last 4 KiB of standard output.
    pub stdout: Clean,
    /// The last 4 KiB of standard error.
    pub stderr: Clean,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// Runs a program where Landfall runs; never through a shell.
    Run(Invocation),
    /// Has the program that brings a kind do a step, or take it back.
    Plugin(Box<Deed>),
    /// Has Terraform apply a saved plan.
    Terraform(Box<terraform::Deed>),
}

impl Done for Operation {
    fn api_name(&self) -> &'static str {
        match self {
            Self::Run(_) => "command.run",
            Self::Plugin(deed) => deed.api_name(),
            Self::Terraform(_) => "terraform.apply",
        }
    }

    // What it did can be told at once, or not at all.
    fn settle_seconds(&self) -> f64 {
        match self {
            Self::Run(_) | Self::Plugin(_) | Self::Terraform(_) => 0.0,
        }
    }

    fn longest_seconds(&self) -> Option<f64> {
        match self {
            Self::Run(invocation) => Some(invocation.within_seconds as f64),
            Self::Plugin(deed) => Some(deed.deadline_seconds as f64),
            Self::Terraform(deed) => Some(deed.longest_seconds()),
        }
    }

    fn is_sent_again(&self) -> bool {
        match self {
            Self::Run(_) | Self::Plugin(_) | Self::Terraform(_) => false,
        }
    }

    fn is_proof(&self) -> bool {
        false
    }

    fn declared(&self) -> Vec<Declared> {
        let what = match self {
            Self::Run(invocation) => invocation.run.first().map_or("a program", String::as_str).to_owned(),
            Self::Plugin(_) => "a plug-in".to_owned(),
            // It stands in its own state.
            Self::Terraform(_) => return Vec::new(),
        };
        vec![Declared::not_told(what)]
    }

    #[cfg(test)]
    fn examples() -> Vec<Self> {
        let run = ["warm", "db"].map(str::to_owned).into();
        let run = Operation::Run(Invocation { run, within_seconds: 30, ..Invocation::default() });
        let apply = Operation::Terraform(Box::new(terraform::example().1));
        vec![run, Operation::Plugin(Box::new(super::plugin::words::example().1)), apply]
    }
}

/// An HTTP answer.
pub(super) fn http(at: &Place, probe: &HttpProbe) -> Want<HttpAnswer> {
    Want::new(at.ask(Query::Http(probe.clone())), |seen| match seen {
        any::Observation::Local(Observation::Http(answer)) => Some(Some(answer)),
        _ => None,
    })
}

/// A TCP connection.
pub(super) fn tcp(at: &Place, host: &Clean, port: u16) -> Want<TcpAnswer> {
    Want::new(at.ask(Query::Tcp { host: host.clone(), port }), |seen| match seen {
        any::Observation::Local(Observation::Tcp(answer)) => Some(Some(answer)),
        _ => None,
    })
}

/// How a program that only looks ended.
pub(super) fn looked(at: &Place, invocation: &Invocation) -> Want<Exit> {
    Want::new(at.ask(Query::Look(invocation.clone())), |seen| match seen {
        any::Observation::Local(Observation::Exit(exit)) => Some(Some(exit)),
        _ => None,
    })
}

/// What a plug-in answers.
pub(super) fn plugin(at: &Place, question: Question) -> Want<Answer> {
    told(at.ask(Query::Plugin(Box::new(question))))
}

/// The same, of a question that was asked.
pub(super) fn told(ask: super::ask::Ask) -> Want<Answer> {
    Want::new(ask, |seen| match seen {
        any::Observation::Local(Observation::Plugin(answer)) => Some(Some(answer.as_ref())),
        _ => None,
    })
}
