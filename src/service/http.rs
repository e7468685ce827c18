//! `http`: an address answers as it should, several times in a row, seen from where Landfall runs.

use super::ask::{Ask, HttpProbe, Place};
use super::blocked::Blocked;
use super::local;
use super::observation::HttpAnswer;
use super::registry::{Context, Service};
use super::resolve::has_reference;
use super::say::side_of;
use super::turned::{self, Done, Turned};
use super::work::{Asked, Facts, Health, HealthLevel, Look, Looked, Outputs, Verdict, Work};
use crate::plan::fields::fields;
use crate::plan::{Application, Component, Draft, Field, Intent, Kind, Problem, Side, Step};
use crate::seal::token;
use serde_json::Value;

/// The kind.
pub struct Http;

/// The most redirects that a plan may let a probe follow.
const MOST_REDIRECTS: u64 = 20;

fields! {
    /// What a good answer is.
    #[derive(Default)]
    pub(crate) struct Expect {
        optional status: Within(100, 599), "the status code wanted, that of a redirect too; any from 200 to 299 by default";
        optional contains: Value, "text that the first 64 KiB of the body must contain";
        optional json: TextTable, "values wanted in a JSON body, by JSON pointer: { \"/status\" = \"ok\" }";
    }
}

fields! {
    /// What a plan says of an address that answers.
    pub(crate) struct Said {
        required url: Value, "the address, http:// or https://";
        optional method: Choice(&["GET", "HEAD", "OPTIONS", "POST"]) = "GET".to_owned(), "the method; GET by default";
        optional headers: Headers, "headers by name; their values are written down nowhere";
        optional body: Sealed, "the body sent; it is written down nowhere";
        optional redirects: Within(0, MOST_REDIRECTS) = 0, "how many redirects are followed; none by default: a redirect is an answer of its own";
        optional expect: Table(Expect) = Expect::default(), "what a good answer is; any status from 200 to 299 by default";
        optional times: Within(0, 1000) = 3, "how many good answers in a row; 3 by default";
        optional within: Duration = 120.0, "how long it may take to get them; 2m by default";
    }
}

impl Said {
    fn probe(&self) -> HttpProbe {
        HttpProbe {
            url: self.url.as_str().into(),
            method: self.method.as_str().into(),
            headers: self.headers.clone(),
            body: self.body.clone(),
            redirects: u32::try_from(self.redirects.min(MOST_REDIRECTS)).unwrap_or(0),
            expects: self.expect.words().map(crate::text::Clean::from).collect(),
        }
    }

    /// Whether what is sent still waits for another component's output.
    fn waits(&self) -> bool {
        has_reference(&self.url)
            || self.headers.values().any(|value| has_reference(value))
            || self.body.as_deref().is_some_and(has_reference)
    }

    fn times(&self) -> u64 {
        self.times.max(1)
    }
}

impl Kind for Http {
    fn name(&self) -> &'static str {
        "http"
    }
    fn about(&self) -> &'static str {
        "verifies that an address answers as it should, several times in a row, from where Landfall runs"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &[]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        let mut problems = Vec::new();
        let url = &said.url;
        // What it is can be seen only where it is sent.
        let is_sealed = token::has_token(url);
        if !has_reference(url) && !is_sealed && !url.starts_with("http://") && !url.starts_with("https://") {
            problems.push(Problem::at("url", format!("{url} is not an HTTP address"), "http://… or https://…"));
        }
        if said.times == 0 {
            problems.push(Problem::at("times", "no good answer at all is asked for", "1 or more; 3 is usual"));
        }
        if said.expect.status.is_some_and(|status| !(100..=599).contains(&status)) {
            problems.push(Problem::at("expect", "there is no such HTTP status", "a number from 100 to 599"));
        }
        if let Some(pointer) = said.expect.json.keys().find(|key| !key.is_empty() && !key.starts_with('/')) {
            let help = format!("a JSON pointer starts with a slash: \"/{}\"", pointer.replace('.', "/"));
            problems.push(Problem::at("expect", format!("{pointer} is not a JSON pointer"), help));
        }
        problems
    }
    fn steps(&self, component: &Component, _application: &Application, _intent: Intent) -> Vec<Draft> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        let (expected, within) = (5.0 * said.times() as f64, said.within);
        vec![Draft::look("probe", format!("check {}", component.name), side_of(component), expected, within)]
    }
}

impl Service for Http {
    fn work(&self, _step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let component = context.component;
        match Said::of(&component.fields) {
            Ok(said) => Box::new(Probe {
                place: Place::of(component, &context.plan.application, side_of(component)),
                probe: said.probe(),
                times: said.times(),
                expect: said.expect,
            }),
            Err(missing) => Box::new(Blocked::missing(missing)),
        }
    }
    fn is_asked_by_name(&self) -> bool {
        true
    }
    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        let said = Said::of(&component.fields).ok().filter(|said| side == side_of(component) && !said.waits())?;
        let probe = said.probe();
        if !probe.changes_nothing() {
            return Some(Looked::new([], |_| Health::not_told("not asked: it would change something")));
        }
        let want = local::http(&Place::of(component, application, side), &probe);
        let expect = said.expect;
        Some(Looked::new([want.ask.clone()], move |facts| match facts.see(&want) {
            Look::NotTold(why) => Health::not_told(why),
            Look::Absent => Health::not_told("no answer"),
            Look::There(answer) => match expect.judge(answer) {
                Ok(good) => Health::new(HealthLevel::Up, good),
                Err(bad) => Health::new(HealthLevel::Down, bad),
            },
        }))
    }

    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        Ok(turned::looked(component, done))
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({ "url": "https://shop.example.com/health" })
    }
}

impl HttpAnswer {
    /// Whether the body contains `text`, which may be what stands for a value.
    fn contains(&self, text: &str) -> bool {
        self.body.contains(text) || self.holds.iter().any(|token| token.as_str() == text)
    }
}

impl Expect {
    /// What the body is to say.
    fn words(&self) -> impl Iterator<Item = &str> {
        self.contains.as_deref().into_iter().chain(self.json.values().map(String::as_str))
    }

    /// What makes the answer good, or what makes it bad.
    fn judge(&self, answer: &HttpAnswer) -> Result<String, String> {
        let Some(status) = answer.status else {
            return Err(answer.error.as_ref().map_or_else(|| "no answer".to_owned(), |error| error.to_string()));
        };
        // Whose answer it is, and where it sends on to, is what a wrong one is mostly explained by.
        let status = format!("status {status}{}", whose(answer));
        let is_wanted = |found: u64| self.status.map_or((200..300).contains(&found), |wanted| wanted == found);
        if !is_wanted(u64::from(answer.status.unwrap_or_default())) {
            let wanted = self.status.map_or_else(|| "200 to 299".to_owned(), |wanted| wanted.to_string());
            return Err(format!("{status}, wanted {wanted}"));
        }
        if let Some(text) = self.contains.as_deref().filter(|text| !answer.contains(text)) {
            return Err(format!("{status}, but the body does not contain “{text}”"));
        }
        if !self.json.is_empty() {
            self.judge_json(&answer.body).map_err(|why| format!("{status}, but {why}"))?;
        }
        Ok(format!("{status}, {} ms", answer.millis))
    }

    fn judge_json(&self, body: &str) -> Result<(), String> {
        let body: Value = serde_json::from_str(body).map_err(|_| "the body is not JSON".to_owned())?;
        for (pointer, wanted) in &self.json {
            let found = body.pointer(pointer).ok_or_else(|| format!("the body has no {pointer}"))?;
            let found = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
            if &found != wanted {
                return Err(format!("{pointer} is {found}, wanted {wanted}"));
            }
        }
        Ok(())
    }
}

/// The redirects behind an answer, and the one that it is.
fn whose(answer: &HttpAnswer) -> String {
    let mut words = match answer.redirects {
        0 => String::new(),
        1 => " after a redirect".to_owned(),
        more => format!(" after {more} redirects"),
    };
    if let Some(host) = &answer.from {
        words.push_str(&format!(", from another host: {host}"));
    }
    if let Some(host) = &answer.to {
        words.push_str(&format!(", a redirect to {host}"));
    }
    words
}

/// Verifies that the answer is good several times in a row.
struct Probe {
    place: Place,
    probe: HttpProbe,
    expect: Expect,
    times: u64,
}

impl Work for Probe {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![local::http(&self.place, &self.probe).ask]
    }
    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let answer = match facts.see(&local::http(&self.place, &self.probe)) {
            Look::There(answer) => answer,
            Look::Absent => return Verdict::unknown("no answer"),
            Look::NotTold(why) => return Verdict::unknown(why),
        };
        let good = match self.expect.judge(answer) {
            Ok(good) => good,
            Err(bad) => return Verdict::moving(bad),
        };
        let in_a_row = u64::from(facts.good_in_a_row) + 1;
        if in_a_row >= self.times {
            return Verdict::holds(format!("{good}, {in_a_row} in a row"), Outputs::new());
        }
        Verdict::Moving { note: format!("{good}, {in_a_row} of {} in a row", self.times).into(), good: true }
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::Side;
    use crate::service::ask::{HttpProbe, LocalQuery, Query};
    use crate::service::observation::{HttpAnswer, LocalObservation, Observation};
    use crate::service::scene::{Scene, name_of, words_of};
    use crate::service::work::{Asked, HealthLevel};
    use serde_json::{Value, json};

    fn scene(expect: Value) -> Scene {
        Scene::new("http", json!({ "url": "https://shop.example.com/health", "times": 1, "expect": expect }))
    }

    fn answering(scene: Scene, status: Option<u16>, body: &str) -> Scene {
        let probe = HttpProbe {
            url: "https://shop.example.com/health".into(),
            method: "GET".into(),
            headers: Default::default(),
            body: None,
            redirects: 0,
            expects: super::Said::of(&scene.component().fields).expect("fields").probe().expects,
        };
        let answer = HttpAnswer { status, body: body.to_owned(), millis: 12, ..HttpAnswer::default() };
        scene.sees(
            Side::Recovery,
            Query::Local(LocalQuery::Http(probe)),
            Observation::Local(LocalObservation::Http(answer)),
        )
    }

    #[test]
    fn an_answer_is_good_only_as_the_plan_expects_it() {
        let body = r#"{"status":"ok","writer":true,"region":{"name":"eu-central-1"},"lag":3}"#;
        let table = [
            (json!({}), Some(204), "holds"),
            (json!({}), Some(302), "moving"),
            (json!({}), Some(503), "moving"),
            (json!({}), None, "moving"),
            (json!({ "status": 302 }), Some(302), "holds"),
            (json!({ "status": 200 }), Some(204), "moving"),
            (json!({ "contains": "\"ok\"" }), Some(200), "holds"),
            (json!({ "contains": "OK" }), Some(200), "moving"),
            (json!({ "json": { "/status": "ok", "/writer": true, "/lag": 3 } }), Some(200), "holds"),
            (json!({ "json": { "/region/name": "eu-central-1" } }), Some(200), "holds"),
            (json!({ "json": { "/region/name": "eu-west-1" } }), Some(200), "moving"),
            (json!({ "json": { "/absent": "ok" } }), Some(200), "moving"),
            (json!({ "json": { "/status": "ok" } }), Some(500), "moving"),
        ];
        for (expect, status, verdict) in table {
            let goal = answering(scene(expect.clone()), status, body).goal("probe");
            assert_eq!(name_of(&goal), verdict, "{expect} {status:?}");
        }
        let not_json = answering(scene(json!({ "json": { "/a": "b" } })), Some(200), "<html>").goal("probe");
        assert_eq!(words_of(&not_json), "status 200, but the body is not JSON");
    }

    #[test]
    fn a_redirect_is_an_answer_of_its_own_and_whose_answer_it_is_is_said() {
        let plan = |more: Value| {
            let mut fields = json!({ "url": "https://shop.example.com/health", "times": 1 });
            for (name, value) in more.as_object().expect("a table") {
                fields[name] = value.clone();
            }
            Scene::new("http", fields)
        };
        let goal = |more: Value, answer: HttpAnswer| {
            let scene = plan(more);
            let query = scene.work("probe").asks(&Asked::No).remove(0).query;
            scene.sees(Side::Recovery, query, Observation::Local(LocalObservation::Http(answer))).goal("probe")
        };
        let sent_on = || HttpAnswer {
            status: Some(302),
            to: Some("sorry.example.net".into()),
            millis: 12,
            ..HttpAnswer::default()
        };
        let unfollowed = goal(json!({}), sent_on());
        assert_eq!(name_of(&unfollowed), "moving");
        assert_eq!(words_of(&unfollowed), "status 302, a redirect to sorry.example.net, wanted 200 to 299");
        assert_eq!(name_of(&goal(json!({ "expect": { "status": 302 } }), sent_on())), "holds");
        let landed = |from: Option<&str>| HttpAnswer {
            status: Some(200),
            redirects: 1,
            from: from.map(Into::into),
            millis: 12,
            ..HttpAnswer::default()
        };
        let here = goal(json!({ "redirects": 1 }), landed(None));
        assert_eq!(words_of(&here), "status 200 after a redirect, 12 ms, 1 in a row");
        let elsewhere = goal(json!({ "redirects": 1 }), landed(Some("sorry.example.net")));
        let words = "status 200 after a redirect, from another host: sorry.example.net, 12 ms, 1 in a row";
        assert_eq!(words_of(&elsewhere), words);
        let asked = |more| match plan(more).work("probe").asks(&Asked::No).remove(0).query {
            Query::Local(LocalQuery::Http(probe)) => probe.redirects,
            other => panic!("{other:?}"),
        };
        assert_eq!((asked(json!({})), asked(json!({ "redirects": 2 }))), (0, 2));
    }

    #[test]
    fn three_good_answers_in_a_row_are_wanted() {
        let mut scene = scene(json!({}));
        scene.plan.components[0].fields.0.remove("times");
        let mut scene = answering(scene, Some(200), "");
        for (in_a_row, verdict) in [(0, "moving"), (1, "moving"), (2, "holds")] {
            scene.good_in_a_row = in_a_row;
            assert_eq!(name_of(&scene.goal("probe")), verdict, "{in_a_row}");
        }
    }

    #[test]
    fn what_waits_for_another_component_is_not_watched() {
        assert_eq!(scene(json!({})).watched(Side::Recovery).len(), 1);
        let waits = Scene::new("http", json!({ "url": "https://${lb.dns_name}/" }));
        assert!(waits.watched(Side::Recovery).is_empty());
    }

    #[test]
    fn a_request_that_may_do_something_is_sent_by_its_step_and_not_by_who_looks_on() {
        for (method, is_looked_at) in [("GET", true), ("HEAD", true), ("OPTIONS", true), ("POST", false)] {
            let scene = Scene::new("http", json!({ "url": "https://shop.example.com/", "method": method }));
            assert_eq!(!scene.watched(Side::Recovery).is_empty(), is_looked_at, "{method}");
            let asks = scene.work("probe").asks(&Asked::No);
            assert_eq!(asks.iter().map(|ask| ask.query.changes_nothing()).collect::<Vec<_>>(), [is_looked_at]);
            let health = scene.health(Side::Recovery);
            let note = if is_looked_at { "not observed yet" } else { "not asked: it would change something" };
            assert_eq!((health.level, health.note.as_str()), (HealthLevel::Unknown, note), "{method}");
        }
    }

    #[test]
    fn probes_that_cannot_be_meant_are_problems() {
        let at = |fields| Scene::new("http", fields).problems().into_iter().filter_map(|p| p.field).collect::<Vec<_>>();
        assert_eq!(at(json!({ "url": "shop.example.com" })), ["url"]);
        assert_eq!(at(json!({ "url": "http://a", "times": 0 })), ["times"]);
        assert_eq!(at(json!({ "url": "http://a", "expect": { "status": 20 } })), ["expect"]);
        assert_eq!(at(json!({ "url": "http://a", "expect": { "json": { "status": "ok" } } })), ["expect"]);
        assert!(at(json!({ "url": "${lb.dns_name}" })).is_empty());
    }
}
