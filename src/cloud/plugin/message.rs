//! The messages: what a program is sent, and what its answers are read as. What is not understood is unknown.

use super::process::LINE;
use crate::plan::Level;
use crate::plan::Region;
use crate::plan::plugin::{Hello, HelloError, PROTOCOL};
use crate::service::plugin::words::{About, Field, SideWord, Told};
use crate::service::{CallMade, HealthLevel, PluginAnswer, PluginDeed, PluginQuestion, Receipt, Reply};
use crate::text::Clean;
use serde_json::{Map, Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

/// How many calls, checks or findings of an answer are read.
const MANY: usize = 200;
/// How large a before-image may be, in bytes.
const IMAGE: usize = 64 << 10;
/// How long a text of an answer may be, in characters.
const TEXT: usize = 4_000;

/// An answer that is none, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hostile(pub String);

/// An answer to questions.
pub struct Read {
    /// By question.
    pub answers: Vec<PluginAnswer>,
    /// The calls it says it made.
    pub calls: Vec<CallMade>,
}

fn next_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The message `hello`.
pub fn hello() -> Value {
    json!({ "landfall": 1, "protocol": [PROTOCOL], "program": env!("CARGO_PKG_VERSION") })
}

/// The message of questions of one verb, and its id.
pub fn request(questions: &[&PluginQuestion], read_only: bool) -> (String, Value) {
    let id = next_id();
    let Some(first) = questions.first() else { return (id, Value::Null) };
    let mut message = head(&id, first.verb.word(), &first.about, read_only, first.deadline_seconds);
    if first.verb.is_of_many() {
        let all: Vec<Value> = questions.iter().map(|question| component(&question.about)).collect();
        message.insert("components".to_owned(), all.into());
    } else {
        message.insert("component".to_owned(), component(&first.about));
        message.insert("step".to_owned(), json!(first.step));
        message.insert("asked".to_owned(), json!(first.asked));
        message.insert("receipt".to_owned(), json!(first.receipt.as_ref().map(|id| json!({ "id": id }))));
        let before = first.before.as_deref().and_then(|text| serde_json::from_str(text).ok());
        message.insert("before".to_owned(), before.unwrap_or(Value::Null));
        if first.undo {
            message.insert("undo".to_owned(), true.into());
        }
    }
    (id, message.into())
}

/// The message of an act, and its id.
pub(super) fn order(deed: &PluginDeed, token: &str) -> (String, Value) {
    let id = next_id();
    let mut message = head(&id, deed.verb(), &deed.about, false, deed.deadline_seconds);
    message.insert("component".to_owned(), component(&deed.about));
    message.insert("step".to_owned(), json!(deed.step));
    message.insert("asked".to_owned(), "no".into());
    message.insert("token".to_owned(), token.into());
    message.insert("before".to_owned(), deed.before.clone());
    message.insert("receipt".to_owned(), json!(deed.receipt.as_ref().map(|id| json!({ "id": id }))));
    (id, message.into())
}

fn head(id: &str, verb: &str, about: &About, read_only: bool, deadline_seconds: u64) -> Map<String, Value> {
    let (side, region) = match about.side {
        Some(SideWord::Primary) => ("primary", &about.primary),
        Some(SideWord::Recovery) | None => ("recovery", &about.recovery),
    };
    let message = json!({
        "id": id,
        "protocol": PROTOCOL,
        "verb": verb,
        "application": { "name": about.application, "primary": about.primary, "recovery": about.recovery },
        "side": side,
        "region": region,
        "account": about.account,
        "intent": about.intent,
        "deadline_seconds": deadline_seconds,
        "read_only": read_only,
    });
    match message {
        Value::Object(message) => message,
        _ => Map::new(),
    }
}

fn component(about: &About) -> Value {
    let field = |field: &Field| match field {
        Field::Truth(truth) => json!(truth),
        Field::Count(count) => json!(count),
        Field::Text(text) => json!(text),
        Field::Texts(texts) => json!(texts),
        Field::Table(table) => json!(table),
    };
    let fields: Map<String, Value> = about.fields.iter().map(|(name, value)| (name.clone(), field(value))).collect();
    let from_run: Value =
        about.from_run.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let mut all = json!({ "name": about.component, "kind": about.kind, "fields": fields });
    if !from_run.is_null() {
        all["from_run"] = from_run;
    }
    all
}

/// The object that `text` is.
fn object(text: &str) -> Result<Map<String, Value>, Hostile> {
    if text.len() > LINE {
        return Err(Hostile(format!("its answer is longer than {LINE} bytes")));
    }
    match serde_json::from_str::<Value>(text.trim()) {
        Ok(Value::Object(told)) => Ok(told),
        Ok(_) => Err(Hostile("its answer is no JSON object".to_owned())),
        Err(_) if text.trim().is_empty() => Err(Hostile("it ended without an answer".to_owned())),
        Err(error) => Err(Hostile(format!("its answer is no JSON: {error}"))),
    }
}

fn of_this(told: &Map<String, Value>, id: &str) -> Result<(), Hostile> {
    match told.get("id").and_then(Value::as_str) {
        // One message, one answer: a script need not repeat it.
        None if !told.contains_key("id") => Ok(()),
        Some(answered) if answered == id => Ok(()),
        _ => Err(Hostile("it answered another message than it was sent".to_owned())),
    }
}

fn clean(value: Option<&Value>) -> Clean {
    match value {
        Some(Value::String(text)) => Clean::new(&text.chars().take(TEXT).collect::<String>()),
        Some(Value::Number(number)) => Clean::new(&number.to_string()),
        Some(Value::Bool(truth)) => Clean::new(&truth.to_string()),
        _ => Clean::default(),
    }
}

/// Reads the answer to `questions`, in their order.
///
/// # Errors
/// [`Hostile`].
pub fn answered(text: &str, id: &str, questions: &[&PluginQuestion]) -> Result<Read, Hostile> {
    let told = object(text)?;
    of_this(&told, id)?;
    if let Some(error) = told.get("error").filter(|error| !error.is_null()) {
        return Err(Hostile(format!("it answered with an error: {}", clean(Some(error)))));
    }
    let calls = calls(&told, false);
    if calls.iter().any(|call| call.mutation) {
        return Err(Hostile("it says that its look changed something: what it saw is not believed".to_owned()));
    }
    let answers = questions.iter().map(|question| answer(&told, question)).collect::<Result<Vec<_>, _>>()?;
    Ok(Read { answers, calls })
}

fn answer(told: &Map<String, Value>, question: &PluginQuestion) -> Result<PluginAnswer, Hostile> {
    if question.verb.is_of_many() {
        return Ok(PluginAnswer {
            health: of_component(told, "health", question).next().map(|one| (level(one), clean(one.get("note")))),
            lag: of_component(told, "lag", question).next().map(lag),
            findings: of_component(told, "findings", question).take(MANY).map(told_of).collect(),
            ..PluginAnswer::default()
        });
    }
    let before = told.get("before").cloned().unwrap_or_default();
    if before.to_string().len() > IMAGE {
        return Err(Hostile(format!("its before-image is larger than {IMAGE} bytes")));
    }
    let mut answer = PluginAnswer {
        verdict: clean(told.get("verdict")),
        note: clean(told.get("note")),
        help: clean(told.get("help")),
        good: told.get("good").and_then(Value::as_bool).unwrap_or(false),
        checks: list(told, "checks").take(MANY).map(told_of).collect(),
        before: washed(before),
        ..PluginAnswer::default()
    };
    for (name, value) in told.get("outputs").and_then(Value::as_object).into_iter().flatten().take(MANY) {
        let is_secret = value.get("secret").and_then(Value::as_bool).unwrap_or(false);
        if is_secret || question.about.in_confidence.contains(name) {
            answer.secret.insert(name.clone());
        }
        let value = if value.is_object() { value.get("value") } else { Some(value) };
        answer.outputs.insert(name.clone(), clean(value));
    }
    Ok(answer)
}

/// What a text of a foreign object is, wherever it stands in it.
fn washed(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(Clean::new(&text).to_string()),
        Value::Array(items) => Value::Array(items.into_iter().map(washed).collect()),
        Value::Object(members) => Value::Object(
            members.into_iter().map(|(name, value)| (Clean::new(&name).to_string(), washed(value))).collect(),
        ),
        plain => plain,
    }
}

fn list<'a>(told: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a Map<String, Value>> {
    told.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn of_component<'a>(
    told: &'a Map<String, Value>,
    name: &str,
    question: &'a PluginQuestion,
) -> impl Iterator<Item = &'a Map<String, Value>> {
    let component = question.about.component.as_str();
    list(told, name).filter(move |one| one.get("component").and_then(Value::as_str) == Some(component))
}

fn level(one: &Map<String, Value>) -> HealthLevel {
    match one.get("level").and_then(Value::as_str) {
        Some("up") => HealthLevel::Up,
        Some("degraded") => HealthLevel::Degraded,
        Some("standby") => HealthLevel::Standby,
        Some("down") => HealthLevel::Down,
        _ => HealthLevel::Unknown,
    }
}

fn lag(one: &Map<String, Value>) -> crate::service::observation::LagSample {
    let seconds = one.get("seconds").and_then(Value::as_f64).filter(|seconds| seconds.is_finite() && *seconds >= 0.0);
    let sampled_at = one.get("sampled_at").and_then(Value::as_str).and_then(|at| at.parse().ok());
    let instead = clean(one.get("instead"));
    // A number without its time is of no known age: nothing is known by it.
    let seconds = seconds.filter(|_| sampled_at.is_some());
    let instead = match (seconds, instead.is_empty()) {
        (None, true) => Some("the plug-in told no lag with its time".into()),
        (None, false) => Some(instead),
        (Some(_), _) => None,
    };
    crate::service::observation::LagSample { seconds, sampled_at, instead }
}

fn told_of(one: &Map<String, Value>) -> Told {
    Told {
        code: clean(one.get("code")),
        level: match one.get("level").and_then(Value::as_str) {
            Some("ok") => Level::Ok,
            Some("failing") => Level::Failing,
            _ => Level::Unknown,
        },
        found: clean(one.get("found")),
        wanted: clean(one.get("wanted")),
        fix: clean(one.get("fix")),
    }
}

fn calls(told: &Map<String, Value>, mutation: bool) -> Vec<CallMade> {
    let call = |one: &Map<String, Value>| CallMade {
        operation: clean(one.get("operation")),
        region: Region::new(""),
        attempt: one.get("attempt").and_then(Value::as_u64).and_then(|nth| nth.try_into().ok()).unwrap_or(1),
        latency_ms: one.get("latency_ms").and_then(Value::as_u64).unwrap_or_default(),
        request_id: one.get("request_id").map(|id| clean(Some(id))).filter(|id| !id.is_empty()),
        error: one.get("error").map(|error| clean(Some(error))).filter(|error| !error.is_empty()),
        mutation: one.get("mutation").and_then(Value::as_bool).unwrap_or(mutation),
    };
    list(told, "calls").take(MANY).map(call).filter(|call| !call.operation.is_empty()).collect()
}

/// Reads the answer to an act, and the calls it says it made.
///
/// # Errors
/// [`Hostile`]: it may have been done.
pub fn replied(text: &str, id: &str) -> Result<(Reply, Vec<CallMade>), Hostile> {
    let told = object(text)?;
    of_this(&told, id)?;
    let (code, message) = (clean(told.get("code")), clean(told.get("message")));
    let code = Some(code).filter(|code| !code.is_empty());
    let reply = match told.get("reply").and_then(Value::as_str) {
        Some("taken") => {
            let id = told.get("receipt").map(|receipt| clean(receipt.get("id"))).filter(|id| !id.is_empty());
            Reply::Taken { receipt: Receipt { id, exit: None } }
        }
        Some("refused") => Reply::Refused { code, message: said(message, "it was refused") },
        Some("not_now") => Reply::NotNow { message: said(message, "not now"), throttled: false },
        Some("no_answer") => Reply::NoAnswer { message: said(message, "it got no answer") },
        Some(other) => return Err(Hostile(format!("it replied `{}`, which is no reply", Clean::new(other)))),
        None => return Err(Hostile("its answer has no `reply`".to_owned())),
    };
    Ok((reply, calls(&told, true)))
}

fn said(message: Clean, otherwise: &str) -> Clean {
    if message.trim().is_empty() { otherwise.into() } else { message }
}

/// Reads the answer to `hello`.
///
/// # Errors
/// What is wrong with it.
pub fn greeted(text: &str) -> Result<Hello, HelloError> {
    Hello::read(text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::plugin::Program;
    use crate::service::plugin::words::Verb;

    fn question(verb: Verb) -> PluginQuestion {
        PluginQuestion {
            program: Program::default(),
            verb,
            about: About { component: "web".into(), kind: "thing".into(), ..About::default() },
            step: Some("raise".into()),
            asked: Some("no".into()),
            receipt: None,
            before: None,
            undo: false,
            deadline_seconds: 30,
        }
    }

    fn read(text: &str, verb: Verb) -> Result<PluginAnswer, Hostile> {
        let asked = question(verb);
        answered(text, "1", &[&asked]).map(|mut read| read.answers.remove(0))
    }

    #[test]
    fn what_is_no_answer_is_none() {
        for text in [
            "",
            "nothing",
            "[]",
            "{",
            "7",
            r#"{"id":"2","verdict":"holds"}"#,
            r#"{"id":null,"verdict":"holds"}"#,
            r#"{"error":"no such verb"}"#,
            r#"{"verdict":"holds","note":"x","calls":[{"operation":"Put","mutation":true}]}"#,
            "{\"verdict\":\"holds\"}\n{\"verdict\":\"bad\"}",
        ] {
            assert!(read(text, Verb::Observe).is_err(), "{text}");
        }
        assert!(read(&format!(r#"{{"note":"{}"}}"#, "x".repeat(LINE)), Verb::Observe).is_err());
        assert!(read(&format!(r#"{{"before":"{}"}}"#, "x".repeat(IMAGE)), Verb::Observe).is_err());
        for text in ["", "{}", r#"{"reply":"surely"}"#, r#"{"id":"2","reply":"taken"}"#, r#"{"reply":1}"#] {
            assert!(replied(text, "1").is_err(), "{text}: it may have been done");
        }
    }

    #[test]
    fn every_text_of_an_answer_is_clean() {
        let text = r#"{"verdict":"holds","note":"a\u001b]0;x\u0007b","help":"\u202eh","before":{"k\u001b":["\u001b[2J"]},
            "outputs":{"one":"\u001bx","two":{"secret":true,"value":"hunter2"}},
            "checks":[{"code":"c\u001b","level":"ok","found":"\u0007"}]}"#;
        let answer = read(text, Verb::Observe).expect("an answer");
        let whole = serde_json::to_string(&answer).expect("JSON");
        assert!(!whole.contains("\\u001b") && !whole.contains("\\u0007") && !whole.contains('\u{202e}'), "{whole}");
        assert!(answer.secret.contains("two") && !answer.secret.contains("one"));
    }

    #[test]
    fn words_that_are_not_known_are_unknown() {
        let answer = read(
            r#"{"health":[{"component":"web","level":"fine"}],"lag":[{"component":"web","seconds":0}]}"#,
            Verb::Watch,
        );
        let answer = answer.expect("an answer");
        assert_eq!(answer.health.map(|(level, _)| level), Some(HealthLevel::Unknown));
        assert_eq!(answer.lag.and_then(|lag| lag.seconds), None, "a number without its time is of no known age");
        let other = read(r#"{"health":[{"component":"db","level":"up"}]}"#, Verb::Watch).expect("an answer");
        assert_eq!(other.health, None, "of another component");
        let checked = read(r#"{"findings":[{"component":"web","code":"c","level":"good","found":"x"}]}"#, Verb::Check);
        assert_eq!(checked.expect("an answer").findings[0].level, Level::Unknown);
    }

    #[test]
    fn replies_are_what_they_say() {
        let reply = |text: &str| replied(text, "1").expect("a reply").0;
        assert!(
            matches!(reply(r#"{"reply":"taken","receipt":{"id":"r"}}"#), Reply::Taken { receipt } if receipt.id == Some("r".into()))
        );
        assert!(matches!(reply(r#"{"reply":"refused","code":"No"}"#), Reply::Refused { code: Some(_), .. }));
        assert!(matches!(reply(r#"{"reply":"not_now"}"#), Reply::NotNow { .. }));
        assert!(matches!(reply(r#"{"reply":"no_answer"}"#), Reply::NoAnswer { .. }));
    }
}
