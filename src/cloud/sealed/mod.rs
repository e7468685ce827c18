//! The edge where values are opened and sealed: what is sent to a cloud or a program is opened right here, and what comes
//! back is sealed before anybody else sees it. A simulated cloud needs neither: it is sent tokens, and gives them back.

mod seen;

use super::{Evidence, Observe, Perform, Token};
use crate::plan::AccountName;
use crate::seal::{Missing, Secrets};
use crate::service::{
    Act, Ask, LambdaOperation, LocalObservation, LocalOperation, Observation, Operation, Receipt, Reply, Seen, Silence,
    Unanswered,
};
use crate::text::Clean;
use async_trait::async_trait;
use jiff::Timestamp;
use seen::{expected, in_confidence, sealed, sealed_exit, told};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

/// Looks at a cloud with values that only it opens.
pub struct SealedObserver {
    inner: Arc<dyn Observe>,
    secrets: Arc<Secrets>,
}

impl SealedObserver {
    /// Looks at `inner`.
    pub fn new(inner: Arc<dyn Observe>, secrets: Arc<Secrets>) -> Self {
        Self { inner, secrets }
    }
}

#[async_trait]
impl Observe for SealedObserver {
    async fn observe(&self, asks: &[Ask], evidence: &Evidence) -> Vec<Seen> {
        let opened: Vec<Result<Ask, Missing>> = asks.iter().map(|ask| opened(ask, &self.secrets)).collect();
        let sent: Vec<Ask> = opened.iter().filter_map(|ask| ask.as_ref().ok()).cloned().collect();
        let evidence = evidence.sealed(&self.secrets);
        let answers = if sent.is_empty() { Vec::new() } else { self.inner.observe(&sent, &evidence).await };
        let mut answers = answers.into_iter();
        let seen = |(ask, opened): (&Ask, &Result<Ask, Missing>)| match opened {
            Err(missing) => unanswered(ask, Silence::Denied, &missing.to_string()),
            // The answers come in the order of the questions.
            Ok(_) => match answers.next() {
                Some(Seen { at, answer, .. }) => Seen { ask: ask.clone(), at, answer: self.answer(ask, answer) },
                None => unanswered(ask, Silence::Error, "the cloud's answer left this one out"),
            },
        };
        asks.iter().zip(&opened).map(seen).collect()
    }
}

impl SealedObserver {
    fn answer(&self, ask: &Ask, answer: Result<Observation, Unanswered>) -> Result<Observation, Unanswered> {
        let secrets = &self.secrets;
        match answer {
            Ok(Observation::Local(LocalObservation::Exit(exit))) => {
                Ok(Observation::Local(LocalObservation::Exit(sealed_exit(exit, in_confidence(&ask.query), secrets))))
            }
            Ok(observation) => Ok(expected(&ask.query, sealed(observation, secrets), secrets)),
            Err(silence) => Err(Unanswered { message: told(&silence.message, secrets), ..silence }),
        }
    }
}

fn unanswered(ask: &Ask, because: Silence, message: &str) -> Seen {
    let silence = Unanswered { because, code: None, message: Clean::new(message) };
    Seen { ask: ask.clone(), at: Timestamp::now(), answer: Err(silence) }
}

/// Acts on a cloud with values that only it opens.
pub struct SealedActor {
    inner: Arc<dyn Perform>,
    secrets: Arc<Secrets>,
}

impl SealedActor {
    /// Acts on `inner`.
    pub fn new(inner: Arc<dyn Perform>, secrets: Arc<Secrets>) -> Self {
        Self { inner, secrets }
    }
}

#[async_trait]
impl Perform for SealedActor {
    async fn perform(&self, act: &Act, token: &Token, evidence: &Evidence) -> Reply {
        let secrets = &self.secrets;
        let opened = match opened(act, secrets) {
            Ok(opened) => opened,
            Err(missing) => {
                let (code, message) = (Some("SecretMissing".into()), Clean::new(&missing.to_string()));
                return Reply::Refused { code, message };
            }
        };
        let in_confidence = match &act.operation {
            Operation::Local(LocalOperation::Run(invocation)) => invocation.in_confidence,
            Operation::Lambda(LambdaOperation::InvokeFunction { in_confidence, .. }) => *in_confidence,
            _ => false,
        };
        match self.inner.perform(&opened, token, &evidence.sealed(secrets)).await {
            Reply::Taken { receipt: Receipt { id, exit } } => {
                let exit = exit.map(|exit| sealed_exit(exit, in_confidence, secrets));
                Reply::Taken { receipt: Receipt { id, exit } }
            }
            Reply::Refused { code, message } => Reply::Refused { code, message: told(&message, secrets) },
            Reply::NotNow { message, throttled } => Reply::NotNow { message: told(&message, secrets), throttled },
            Reply::Expired { message } => Reply::Expired { message: told(&message, secrets) },
            Reply::NoAnswer { message } => Reply::NoAnswer { message: told(&message, secrets) },
        }
    }

    fn renew(&self, account: Option<&AccountName>) {
        self.inner.renew(account);
    }
}

/// `sealed` with every token in it opened.
fn opened<T: Serialize + DeserializeOwned + Clone>(sealed: &T, secrets: &Secrets) -> Result<T, Missing> {
    // What is asked and done is JSON in every journal; what is none holds no text.
    let Ok(mut value) = serde_json::to_value(sealed) else { return Ok(sealed.clone()) };
    let mut is_changed = false;
    open_value(&mut value, secrets, &mut is_changed)?;
    if !is_changed {
        return Ok(sealed.clone());
    }
    serde_json::from_value(value)
        .map_err(|_| Missing { name: "a value".to_owned(), why: "it does not fit where the plan has it".to_owned() })
}

fn open_value(value: &mut Value, secrets: &Secrets, is_changed: &mut bool) -> Result<(), Missing> {
    match value {
        Value::String(text) if crate::seal::token::has_token(text) => {
            *text = secrets.open(text)?.reveal().to_owned();
            *is_changed = true;
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| open_value(item, secrets, is_changed)),
        Value::Object(table) => table.values_mut().try_for_each(|item| open_value(item, secrets, is_changed)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Region;
    use crate::seal::secrets::Value as Known;
    use crate::seal::{Key, Secret, Token as Sealed};
    use crate::service::observation::{Container, Exit, HttpAnswer, LogLine, TaskDefinition};
    use crate::service::{
        CallMade, EcsObservation, EcsQuery, HttpProbe, Invocation, LocalQuery, LogsObservation, LogsQuery, Place,
        Query, StsQuery,
    };
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    /// A cloud that keeps what it is sent, repeats all of it, and says what it is told to say.
    #[derive(Default)]
    struct Parrot {
        heard: Mutex<String>,
        says: String,
        renewed: Mutex<usize>,
    }

    impl Parrot {
        fn hear(&self, words: &impl Serialize, evidence: &Evidence) -> Clean {
            let words = serde_json::to_string(words).expect("JSON");
            self.heard.lock().expect("one thread").push_str(&words);
            let error = Some(Clean::new(&format!("no: {words} {}", self.says)));
            evidence.report(CallMade {
                operation: "parrot".into(),
                region: Region::new("us-west-2"),
                attempt: 1,
                latency_ms: 1,
                request_id: None,
                error,
                mutation: false,
            });
            Clean::new(&format!("{words} {}", self.says))
        }
    }

    #[async_trait]
    impl Observe for Parrot {
        async fn observe(&self, asks: &[Ask], evidence: &Evidence) -> Vec<Seen> {
            let seen = asks.iter().map(|ask| {
                let words = self.hear(ask, evidence);
                let answer = match &ask.query {
                    Query::Local(LocalQuery::Http(_)) => Ok(Observation::Local(LocalObservation::Http(HttpAnswer {
                        status: Some(200),
                        body: words.to_string(),
                        error: Some(words),
                        ..HttpAnswer::default()
                    }))),
                    Query::Local(LocalQuery::Look(_)) => Ok(Observation::Local(LocalObservation::Exit(Exit {
                        code: Some(0),
                        stdout: words.clone(),
                        stderr: words,
                    }))),
                    Query::Logs(LogsQuery::Log { .. }) => {
                        let line =
                            |text: &str| LogLine { at: None, stream: "s/hunter2".into(), text: Clean::new(text) };
                        let lines = ["db password hunter2 refused", "got two\nlines of it", "aHVudGVyMg== in base64"];
                        Ok(Observation::Logs(LogsObservation::Log { lines: Some(lines.map(line).into()) }))
                    }
                    Query::Ecs(EcsQuery::TaskDefinition { .. }) => {
                        let text = |text: &str| text.to_owned();
                        let environment = BTreeMap::from([
                            (text("DB_PASSWORD"), text("an old one")),
                            (text("URL"), text("postgres://u:hunter2@db")),
                            (text("LEVEL"), text("debug")),
                            (text("FORGED"), text("⟦sealed-7-0123456789abcdef⟧")),
                        ]);
                        let secrets =
                            BTreeMap::from([(text("API_TOKEN"), text("arn:aws:secretsmanager:x:1:secret:t"))]);
                        let container = Container { environment, secrets, ..Container::default() };
                        let definition = TaskDefinition { containers: vec![container], ..TaskDefinition::default() };
                        Ok(Observation::Ecs(EcsObservation::TaskDefinition { definition: Some(definition) }))
                    }
                    _ => Err(Unanswered { because: Silence::Error, code: None, message: words }),
                };
                Seen { ask: ask.clone(), at: Timestamp::UNIX_EPOCH, answer }
            });
            seen.collect()
        }
    }

    #[async_trait]
    impl Perform for Parrot {
        async fn perform(&self, act: &Act, _token: &Token, evidence: &Evidence) -> Reply {
            let stdout = self.hear(act, evidence);
            let exit = Exit { code: Some(0), stderr: stdout.clone(), stdout };
            Reply::Taken { receipt: Receipt { id: None, exit: Some(exit) } }
        }
        fn renew(&self, _account: Option<&AccountName>) {
            *self.renewed.lock().expect("one thread") += 1;
        }
    }

    fn key() -> Key {
        Key::new([5; 32])
    }

    fn secrets() -> Arc<Secrets> {
        let known = |value: &str| Known {
            token: key().token(value),
            name: "k.run".to_owned(),
            value: Ok(Secret::new(value)),
            blots: true,
        };
        let missing = Known {
            token: Sealed::unknown(7),
            name: "k.env.GONE".to_owned(),
            value: Err("the environment variable GONE is not set".to_owned()),
            blots: true,
        };
        Arc::new(Secrets::new(key(), vec![known("hunter2"), known("two\nlines of it"), missing]))
    }

    fn place() -> Place {
        Place { region: Region::new("us-west-2"), account: None }
    }

    fn program(words: &[&str]) -> Invocation {
        let run = words.iter().map(|word| (*word).to_owned()).collect();
        Invocation { run, within_seconds: 1, ..Invocation::default() }
    }

    async fn seen(parrot: &Arc<Parrot>, queries: Vec<Query>) -> (Vec<Seen>, String) {
        let (evidence, mut calls) = Evidence::channel();
        let asks: Vec<Ask> = queries.into_iter().map(|query| place().ask(query)).collect();
        let seen = SealedObserver::new(parrot.clone(), secrets()).observe(&asks, &evidence).await;
        assert_eq!(seen.iter().map(|seen| seen.ask.clone()).collect::<Vec<_>>(), asks, "each its own, and sealed");
        drop(evidence);
        let mut told = String::new();
        while let Ok(call) = calls.try_recv() {
            told.push_str(&format!("{call:?}"));
        }
        (seen, told)
    }

    #[tokio::test]
    async fn what_is_asked_is_opened_at_the_edge_and_sealed_on_its_way_back() {
        let token = key().token("hunter2");
        let probe = HttpProbe {
            url: Clean::new(&format!("https://u:{token}@h/")),
            method: "GET".into(),
            headers: BTreeMap::from([("Authorization".to_owned(), format!("Bearer {token}"))]),
            body: Some(key().token("two\nlines of it").to_string()),
            redirects: 0,
            expects: Vec::new(),
        };
        let parrot = Arc::new(Parrot { says: "AWS_SECRET_ACCESS_KEY=abcdef".to_owned(), ..Parrot::default() });
        let queries = vec![
            Query::Local(LocalQuery::Http(probe)),
            Query::Local(LocalQuery::Look(program(&["x", token.as_str()]))),
            Query::Sts(StsQuery::Identity),
        ];
        let (seen, told) = seen(&parrot, queries).await;
        let heard = parrot.heard.lock().expect("one thread").clone();
        assert!(heard.contains("https://u:hunter2@h/") && heard.contains("two\\nlines of it"), "{heard}");
        let came_back = format!("{seen:?} {told}");
        for secret in ["hunter2", "lines of it", "abcdef"] {
            assert!(!came_back.contains(secret), "{secret}: {came_back}");
        }
        let Ok(Observation::Local(LocalObservation::Http(answer))) = &seen[0].answer else { panic!("{seen:?}") };
        assert!(answer.holds.contains(&token), "what it held is known by what stands for it");
    }

    #[tokio::test]
    async fn what_the_plan_openly_expects_is_found_though_it_is_kept_sealed_elsewhere() {
        let parrot = Arc::new(Parrot { says: "{\"host\": \"hunter2\"}".to_owned(), ..Parrot::default() });
        let expecting = |text: &str| {
            let expects = vec![Clean::new(text)];
            let (url, method) = ("https://h/".into(), "GET".into());
            let probe = HttpProbe { url, method, headers: BTreeMap::new(), body: None, redirects: 0, expects };
            Query::Local(LocalQuery::Http(probe))
        };
        let (seen, _) = seen(&parrot, vec![expecting("hunter2"), expecting(key().token("hunter2").as_str())]).await;
        let body = |at: usize| match &seen[at].answer {
            Ok(Observation::Local(LocalObservation::Http(answer))) => answer.body.clone(),
            other => panic!("{other:?}"),
        };
        assert!(body(0).ends_with("\"host\": \"hunter2\"}"), "{}", body(0));
        assert!(!body(1).contains("hunter2"), "what is sealed in the plan stays it: {}", body(1));
    }

    #[tokio::test]
    async fn a_question_whose_value_is_not_there_is_not_asked_and_the_others_are() {
        let parrot = Arc::new(Parrot::default());
        let queries = vec![
            Query::Local(LocalQuery::Look(program(&["one"]))),
            Query::Local(LocalQuery::Look(program(&["gone", Sealed::unknown(7).as_str()]))),
            Query::Local(LocalQuery::Look(program(&["three"]))),
        ];
        let (seen, _) = seen(&parrot, queries).await;
        let heard = parrot.heard.lock().expect("one thread").clone();
        assert!(heard.contains("one") && heard.contains("three") && !heard.contains("gone"), "{heard}");
        let told = |nth: usize| format!("{:?}", seen[nth].answer);
        assert!(told(0).contains("one") && told(2).contains("three"), "{seen:?}");
        assert!(told(1).contains("k.env.GONE is not there: the environment variable GONE is not set"), "{}", told(1));
    }

    #[tokio::test]
    async fn an_environment_is_sealed_by_its_names_and_compares_with_what_the_plan_wants() {
        let parrot = Arc::new(Parrot::default());
        let (seen, _) = seen(&parrot, vec![Query::Ecs(EcsQuery::TaskDefinition { name: "api".into() })]).await;
        let Ok(Observation::Ecs(EcsObservation::TaskDefinition { definition: Some(definition) })) = &seen[0].answer
        else {
            panic!("{seen:?}")
        };
        let container = &definition.containers[0];
        assert_eq!(container.environment["DB_PASSWORD"], key().token("an old one").to_string());
        assert_eq!(container.environment["URL"], secrets().sealed("URL", "postgres://u:hunter2@db"));
        assert_eq!(container.environment["LEVEL"], "debug");
        assert_eq!(container.environment["FORGED"], "[sealed-7-0123456789abcdef⟧", "nobody else's token is one");
        assert_eq!(container.secrets["API_TOKEN"], "arn:aws:secretsmanager:x:1:secret:t");
    }

    #[tokio::test]
    async fn a_value_that_a_program_writes_to_its_log_is_not_shown() {
        let parrot = Arc::new(Parrot::default());
        let query = Query::Logs(LogsQuery::Log { group: "/ecs/shop/api".into(), since: Timestamp::UNIX_EPOCH });
        let (seen, _) = seen(&parrot, vec![query]).await;
        let Ok(Observation::Logs(LogsObservation::Log { lines: Some(lines) })) = &seen[0].answer else {
            panic!("{seen:?}")
        };
        let came_back = format!("{lines:?}");
        for secret in ["hunter2", "lines of it", "aHVudGVyMg"] {
            assert!(!came_back.contains(secret), "{secret}: {came_back}");
        }
        assert!(came_back.contains("db password") && came_back.contains("in base64"), "{came_back}");
    }

    #[tokio::test]
    async fn what_is_done_is_opened_at_the_edge_and_its_reply_is_sealed() {
        let parrot = Arc::new(Parrot::default());
        let actor = SealedActor::new(parrot.clone(), secrets());
        let (evidence, mut calls) = Evidence::channel();
        let act =
            |words: &[&str]| Act { place: place(), operation: Operation::Local(LocalOperation::Run(program(words))) };
        let token = key().token("hunter2");
        let reply = actor.perform(&act(&["x", token.as_str()]), &Token("t".to_owned()), &evidence).await;
        assert!(parrot.heard.lock().expect("one thread").contains("hunter2"));
        let told = format!("{reply:?} {:?}", calls.recv().await);
        assert!(told.contains(token.as_str()) && !told.contains("hunter2"), "{told}");
        let gone = act(&["x", Sealed::unknown(7).as_str()]);
        let reply = actor.perform(&gone, &Token("t".to_owned()), &evidence).await;
        assert!(matches!(&reply, Reply::Refused { message, .. } if message.contains("k.env.GONE")), "{reply:?}");
        assert_eq!(parrot.heard.lock().expect("one thread").matches("place").count(), 1, "it was not sent");
        actor.renew(None);
        assert_eq!(*parrot.renewed.lock().expect("one thread"), 1);
    }

    #[tokio::test]
    async fn a_program_whose_words_are_a_secret_says_them_to_nobody() {
        let parrot = Arc::new(Parrot { says: "plain words".to_owned(), ..Parrot::default() });
        let (evidence, _calls) = Evidence::channel();
        let secrets = secrets();
        let actor = SealedActor::new(parrot.clone(), secrets.clone());
        let invocation = Invocation { in_confidence: true, ..program(&["fetch"]) };
        let act = Act { place: place(), operation: Operation::Local(LocalOperation::Run(invocation)) };
        let reply = actor.perform(&act, &Token("t".to_owned()), &evidence).await;
        let Reply::Taken { receipt } = reply else { panic!("{reply:?}") };
        let stdout = receipt.exit.expect("an end").stdout;
        assert!(!stdout.contains("plain words"), "{stdout}");
        assert!(secrets.open(&stdout).expect("learnt").reveal().contains("plain words"));
    }
}
