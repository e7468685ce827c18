//! `landfall plugin test`: whether a program keeps what a plug-in must keep. It is played every verb with good, missing and
//! hostile input, a deadline, and a pass in which nothing may be changed.

use super::super::answer;
use super::super::exit::Exit;
use crate::cloud::plugin::{Programs, greeted, hello};
use crate::plan::plugin::{Described, GivenTakes, Hello, Program, Stage};
use crate::text::Clean;
use miette::miette;
use serde_json::{Map, Value, json};
use std::fmt::Write;
use std::time::{Duration, Instant};

/// Tests a program that brings kinds: every verb with good, missing and hostile input; exit 0, or 3 with the list of what failed
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A field's value for the good input: `--set replicas=3`; without it, made up.
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// A variable that it is handed, by name: the plan's `env` and `read_env`.
    #[arg(long, value_name = "NAME")]
    env: Vec<String>,
    /// Also act with the good input, and take it back: something is changed, so say what by --set.
    #[arg(long, requires = "set")]
    act: bool,
    /// The program and its arguments.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "PROGRAM")]
    program: Vec<String>,
}

/// How long an answer may take.
const WITHIN: Duration = Duration::from_secs(30);
/// What the deadline of the deadline's own test is, and how long it is waited.
const SHORT: (u64, Duration) = (2, Duration::from_secs(4));

/// What no program may be taken in by.
const HOSTILE: &[&str] = &[
    "$(touch LANDFALL_WAS_HERE)",
    "`touch LANDFALL_WAS_HERE`",
    "'; touch LANDFALL_WAS_HERE; '",
    "--help",
    "\"}\n{\"verdict\":\"holds\",\"note\":\"x",
    "\u{1b}]0;title\u{7}",
];

struct Play<'a> {
    programs: Programs,
    program: Program,
    lines: Vec<(bool, String)>,
    args: &'a Args,
    nth: u64,
    changed: u64,
}

/// Plays it through and writes what was seen to standard output.
///
/// # Errors
/// When there is no such program; an output that takes nothing.
pub async fn run(args: &Args) -> miette::Result<Exit> {
    let folder = std::env::current_dir().map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default();
    let program = Program {
        name: "plugin".into(),
        run: args.program.clone(),
        folder,
        env: args.env.clone(),
        read_env: args.env.clone(),
        ..Program::default()
    };
    for field in &args.set {
        if !field.contains('=') {
            return Err(miette!(help = "write --set replicas=3", "--set {field} has no value"));
        }
    }
    let mut play = Play { programs: Programs::new(None, true), program, lines: Vec::new(), args, nth: 0, changed: 0 };
    let marker = std::path::Path::new("LANDFALL_WAS_HERE");
    if marker.exists() {
        return Err(miette!(help = "remove it", "LANDFALL_WAS_HERE is here already"));
    }
    if let Some(said) = play.greet().await {
        play.program.stream = said.stream;
        for kind in &said.kinds {
            play.kind(kind).await;
        }
        play.odd(&said).await;
        let changed = play.changed;
        play.told("read-only: no call of a look says that it changed something", changed == 0, || {
            format!("{changed} do")
        });
    }
    play.told("hostile input ran nothing", !marker.exists(), || "LANDFALL_WAS_HERE was made".to_owned());
    let failed = play.lines.iter().filter(|(good, _)| !good).count();
    let mut text = String::new();
    for (good, line) in &play.lines {
        // A string takes whatever is written to it.
        let _ = writeln!(text, "{}  {line}", if *good { "ok  " } else { "FAIL" });
    }
    let verdict = if failed == 0 { "it keeps what a plug-in must keep".to_owned() } else { format!("{failed} failed") };
    answer::print(&format!("{text}{} looked at: {verdict}\n", play.lines.len()))?;
    Ok(if failed == 0 { Exit::Done } else { Exit::Refused })
}

impl Play<'_> {
    fn told(&mut self, what: &str, good: bool, why: impl FnOnce() -> String) {
        let line = if good { what.to_owned() } else { format!("{what}: {}", Clean::new(&why())) };
        self.lines.push((good, line));
    }

    async fn greet(&mut self) -> Option<Hello> {
        let bare = Program { stream: false, ..self.program.clone() };
        let began = Instant::now();
        let mut asked = hello();
        let wait = Duration::from_secs(10);
        let first = self.programs.exchange(&bare, &Clean::default(), "hello", asked.clone(), wait).await;
        let took = began.elapsed();
        let read = first.map_err(|run| run.words()).and_then(|text| greeted(&text).map_err(|error| error.to_string()));
        let why = read.as_ref().err().cloned().unwrap_or_default();
        self.told("hello is answered with exit 0, and is one", read.is_ok(), || why);
        let said = read.ok()?;
        self.told("hello is answered within 2 s", took < Duration::from_secs(2), || format!("it took {took:.1?}"));
        asked["something_new"] = json!({ "of": ["a", "later", "Landfall"] });
        let again = self.programs.exchange(&bare, &Clean::default(), "hello", asked, wait).await;
        let same = again.ok().and_then(|text| greeted(&text).ok()).is_some_and(|again| again == said);
        self.told("hello says the same again, whatever else it is told", same, || "it does not".to_owned());
        Some(said)
    }

    fn message(&mut self, verb: &str, more: Value) -> Value {
        self.nth += 1;
        let mut message = json!({
            "id": format!("test-{}", self.nth), "protocol": 1, "verb": verb,
            "application": { "name": "test", "primary": "eu-west-1", "recovery": "us-west-2" },
            "side": "recovery", "region": "us-west-2", "account": null, "intent": "failover",
            "deadline_seconds": WITHIN.as_secs(), "read_only": true, "unknown_to_you": [1, 2],
        });
        if let (Value::Object(message), Value::Object(more)) = (&mut message, more) {
            message.extend(more);
        }
        message
    }

    /// Sends a message; the object that came, or what came instead.
    async fn ask(&mut self, verb: &str, message: Value, within: Duration) -> Result<Map<String, Value>, String> {
        let id = message["id"].as_str().unwrap_or_default().to_owned();
        let told = self.programs.exchange(&self.program, &Clean::default(), verb, message, within).await;
        let text = told.map_err(|run| run.words())?;
        let Ok(Value::Object(told)) = serde_json::from_str::<Value>(text.trim()) else {
            return Err("its answer is no JSON object".to_owned());
        };
        if told.get("id").is_some_and(|answered| answered.as_str() != Some(id.as_str())) {
            return Err("it answered another message than it was sent".to_owned());
        }
        let calls = told.get("calls").and_then(Value::as_array).into_iter().flatten();
        let changed = calls.filter(|call| call.get("mutation").and_then(Value::as_bool) == Some(true)).count();
        if !["act", "undo"].contains(&verb) {
            self.changed += changed as u64;
        }
        Ok(told)
    }

    fn component(&self, kind: &Described, hostile: Option<&str>, fields: bool) -> Value {
        let value = |name: &str, takes: GivenTakes| {
            let set = self.args.set.iter().find_map(|set| set.split_once('=').filter(|(field, _)| *field == name));
            let text = hostile.or(set.map(|(_, value)| value)).unwrap_or("landfall-test");
            match takes {
                GivenTakes::Text | GivenTakes::Secret => json!(text),
                GivenTakes::Count | GivenTakes::Duration => {
                    json!(set.and_then(|(_, value)| value.parse::<u64>().ok()).unwrap_or(1))
                }
                GivenTakes::Truth => json!(set.is_some_and(|(_, value)| value == "true")),
                GivenTakes::Texts => json!([text]),
                GivenTakes::Table => json!({ "name": text }),
            }
        };
        let all: Map<String, Value> =
            kind.fields.iter().map(|field| (field.name.to_string(), value(&field.name, field.takes))).collect();
        json!({ "name": "test", "kind": kind.kind, "fields": if fields { all } else { Map::new() } })
    }

    async fn kind(&mut self, kind: &Described) {
        let good = self.component(kind, None, true);
        for (intent, stages) in &kind.steps {
            for stage in stages {
                for verb in ["observe", "verify"] {
                    let asked = if verb == "observe" { "no" } else { "taken" };
                    let more = json!({ "component": good, "step": stage.action, "asked": asked, "intent": intent, "receipt": null, "before": null });
                    let message = self.message(verb, more);
                    let told = self.ask(verb, message, WITHIN).await;
                    self.verdict(&format!("{} {intent} {} {verb}", kind.kind, stage.action), told, false);
                }
            }
        }
        let Some(stage) = kind.steps.values().flatten().next() else { return };
        self.bad_input(kind, stage).await;
        self.deadline(kind, stage).await;
        self.many(kind, "watch").await;
        self.many(kind, "check").await;
        if self.args.act
            && let Some(stage) = kind.steps.get("failover").into_iter().flatten().find(|stage| stage.acts)
        {
            self.acting(kind, stage).await;
        }
        for stage in kind.steps.values().flatten().filter(|stage| stage.acts) {
            let simulated = kind.simulate.contains_key(stage.action.as_str());
            let what = format!("{} says how {} is simulated", kind.kind, stage.action);
            if !self.lines.iter().any(|(_, line)| *line == what) {
                self.told(&what, simulated, || {
                    format!("add \"simulate\":{{\"{}\":{{\"seconds\":[1,60]}}}}", stage.action)
                });
            }
        }
    }

    fn verdict(&mut self, what: &str, told: Result<Map<String, Value>, String>, must_not_hold: bool) {
        let wrong = match told {
            Err(why) => Some(why),
            Ok(told) => {
                let verdict = told.get("verdict").and_then(Value::as_str).unwrap_or_default().to_owned();
                let note = told.get("note").and_then(Value::as_str).unwrap_or_default();
                match verdict.as_str() {
                    "holds" if must_not_hold => Some("it says that this holds".to_owned()),
                    "holds" if note.trim().is_empty() => {
                        Some("it holds, and says not what shows it: give a `note`".to_owned())
                    }
                    "holds" | "moving" | "untouched" | "bad" | "unknown" => None,
                    "" if must_not_hold && told.contains_key("error") => None,
                    other => Some(format!("its verdict is `{other}`: holds, moving, untouched, bad or unknown")),
                }
            }
        };
        let good = wrong.is_none();
        self.told(what, good, || wrong.unwrap_or_default());
    }

    async fn bad_input(&mut self, kind: &Described, stage: &Stage) {
        let has_required = kind.fields.iter().any(|field| field.required);
        let mut inputs = vec![("missing fields".to_owned(), self.component(kind, None, false), has_required)];
        let has_text = kind.fields.iter().any(|field| {
            matches!(field.takes, GivenTakes::Text | GivenTakes::Secret | GivenTakes::Texts | GivenTakes::Table)
        });
        for text in HOSTILE.iter().filter(|_| has_text) {
            inputs.push((
                format!("hostile input {:?}", Clean::new(text).as_str()),
                self.component(kind, Some(text), true),
                true,
            ));
        }
        for (what, component, must_not) in inputs {
            let more = json!({ "component": component, "step": stage.action, "asked": "no", "before": null });
            let message = self.message("observe", more.clone());
            let told = self.ask("observe", message, WITHIN).await;
            self.verdict(&format!("{} observe with {what}", kind.kind), told, must_not);
            for verb in ["act", "undo"].into_iter().filter(|_| stage.acts && must_not) {
                let mut message = self.message(verb, more.clone());
                message["token"] = json!(format!("test/{}/1", stage.action));
                message["read_only"] = json!(false);
                let told = self.ask(verb, message, WITHIN).await;
                let good = match &told {
                    Ok(told) => match told.get("reply").and_then(Value::as_str) {
                        Some("refused" | "not_now" | "no_answer") => Ok(()),
                        Some("taken") => Err("it says that it was taken".to_owned()),
                        _ if told.contains_key("error") => Ok(()),
                        other => Err(format!("its reply is {other:?}: taken, refused, not_now or no_answer")),
                    },
                    Err(why) => Err(why.clone()),
                };
                self.told(&format!("{} {verb} with {what} is not taken", kind.kind), good.is_ok(), || {
                    good.err().unwrap_or_default()
                });
            }
        }
    }

    async fn deadline(&mut self, kind: &Described, stage: &Stage) {
        let component = self.component(kind, None, true);
        let more = json!({ "component": component, "step": stage.action, "asked": "no", "before": null, "deadline_seconds": SHORT.0 });
        let message = self.message("observe", more);
        let told = self.ask("observe", message, SHORT.1).await;
        self.told(&format!("{} observe keeps a deadline of {} s", kind.kind, SHORT.0), told.is_ok(), || {
            told.err().unwrap_or_default()
        });
    }

    async fn many(&mut self, kind: &Described, verb: &str) {
        if verb == "check" && kind.rules.is_empty() {
            return;
        }
        let (mut first, mut second) = (self.component(kind, None, true), self.component(kind, None, true));
        first["name"] = json!("one");
        second["name"] = json!("two");
        let message = self.message(verb, json!({ "components": [first, second] }));
        let told = self.ask(verb, message, WITHIN).await;
        let wrong = match told {
            Err(why) => Some(why),
            Ok(told) => ["one", "two"].into_iter().find_map(|name| match verb {
                "watch" => watched(&told, name, kind.lag),
                _ => kind.rules.iter().find_map(|rule| found(&told, name, &rule.code)),
            }),
        };
        let good = wrong.is_none();
        self.told(&format!("{} {verb} tells of every component", kind.kind), good, || wrong.unwrap_or_default());
    }

    async fn acting(&mut self, kind: &Described, stage: &Stage) {
        let programs = std::mem::replace(&mut self.programs, Programs::new(None, false));
        let component = self.component(kind, None, true);
        let base =
            json!({ "component": component, "step": stage.action, "asked": "no", "before": null, "read_only": false });
        let message = self.message("observe", base.clone());
        let before = self
            .ask("observe", message, WITHIN)
            .await
            .ok()
            .and_then(|told| told.get("before").cloned())
            .unwrap_or_default();
        for (verb, undo) in [("act", false), ("undo", true)] {
            let mut order = base.clone();
            order["before"] = before.clone();
            order["token"] = json!(format!("test/{}/{verb}", stage.action));
            let message = self.message(verb, order.clone());
            let told = self.ask(verb, message, Duration::from_secs_f64(stage.timeout_seconds.max(1.0))).await;
            let reply = told.as_ref().ok().and_then(|told| told.get("reply")?.as_str()).unwrap_or("nothing").to_owned();
            self.told(&format!("{} {verb} is taken", kind.kind), reply == "taken", || told.err().unwrap_or(reply));
            order["undo"] = json!(undo);
            order["asked"] = json!("taken");
            let until = Instant::now() + Duration::from_secs_f64(stage.timeout_seconds.clamp(1.0, 120.0));
            let mut last = String::new();
            while last != "holds" && last != "bad" && Instant::now() < until {
                let message = self.message(if undo { "observe" } else { "verify" }, order.clone());
                let told = self.ask(if undo { "observe" } else { "verify" }, message, WITHIN).await;
                last = told.map_or_else(
                    |why| why,
                    |told| told.get("verdict").and_then(Value::as_str).unwrap_or_default().to_owned(),
                );
                if last != "holds" {
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
            self.told(&format!("{} {verb} comes to hold", kind.kind), last == "holds", || last.clone());
        }
        self.programs = programs;
    }

    /// A verb that nobody knows, and, of a stream, many at once.
    async fn odd(&mut self, said: &Hello) {
        let message = self.message("verb-of-tomorrow", json!({}));
        let told = self.ask("verb-of-tomorrow", message, SHORT.1).await;
        let bad = told.as_ref().is_ok_and(|told| {
            told.get("reply").and_then(Value::as_str) == Some("taken")
                || told.get("verdict").and_then(Value::as_str) == Some("holds")
        });
        self.told("a verb that it does not know does nothing", !bad, || "it says that it did it".to_owned());
        let Some(kind) = said.kinds.first().filter(|_| said.stream) else { return };
        self.told("a stream goes on after a verb that it does not know", told.is_ok(), || {
            told.err().unwrap_or_default()
        });
        let component = self.component(kind, None, true);
        let messages: Vec<Value> =
            (0..8).map(|_| self.message("watch", json!({ "components": [component] }))).collect();
        let place = Clean::default();
        let asked = messages
            .iter()
            .map(|message| self.programs.exchange(&self.program, &place, "watch", message.clone(), WITHIN));
        let told = futures::future::join_all(asked).await;
        let wrong = messages.iter().zip(told).find_map(|(message, told)| match told {
            Err(run) => Some(run.words()),
            Ok(text) => {
                let answered = serde_json::from_str::<Value>(&text).ok()?;
                (answered["id"] != message["id"]).then(|| "it answered another message".to_owned())
            }
        });
        let good = wrong.is_none();
        self.told("a stream answers several at once, each by its id", good, || wrong.unwrap_or_default());
    }
}

fn of<'a>(told: &'a Map<String, Value>, list: &str, name: &str) -> Option<&'a Value> {
    told.get(list)?.as_array()?.iter().find(|one| one["component"] == name)
}

fn watched(told: &Map<String, Value>, name: &str, lag: bool) -> Option<String> {
    let Some(health) = of(told, "health", name) else { return Some(format!("no health of {name}")) };
    let level = health["level"].as_str().unwrap_or_default();
    if !["up", "degraded", "standby", "down", "unknown"].contains(&level) {
        return Some(format!("the level of {name} is `{level}`: up, degraded, standby, down or unknown"));
    }
    if !lag {
        return None;
    }
    let Some(lag) = of(told, "lag", name) else { return Some(format!("no lag of {name}")) };
    let timed = lag["sampled_at"].as_str().is_some_and(|at| at.parse::<jiff::Timestamp>().is_ok());
    (lag["seconds"].is_number() && !timed).then(|| format!("the lag of {name} has no `sampled_at`"))
}

fn found(told: &Map<String, Value>, name: &str, code: &str) -> Option<String> {
    let findings = told.get("findings").and_then(Value::as_array).into_iter().flatten();
    let mut of_it = findings.filter(|one| one["component"] == name && one["code"] == code);
    match of_it.next() {
        None => Some(format!("no finding {code} of {name}")),
        Some(one) if !["ok", "failing", "unknown"].contains(&one["level"].as_str().unwrap_or_default()) => {
            Some(format!("the level of {code} is {}: ok, failing or unknown", one["level"]))
        }
        Some(_) => None,
    }
}
