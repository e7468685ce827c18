//! A component's own log, followed for as long as somebody reads it: its newest lines, every few seconds, along the lanes
//! and with the patience of everything else that is looked at. Nothing of it is written down but that the calls were made.

use super::hearing::Witness;
use super::observer::Observer;
use crate::cloud::Clock;
use crate::plan::{ComponentName, Plan};
use crate::service::observation::LogLine;
use crate::service::{LogsObservation, Observation, Registry, Seen};
use crate::text::Clean;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// How often it is looked at, in seconds.
const EVERY_SECONDS: f64 = 5.0;
/// How far back lines are asked for.
const BACK: SignedDuration = SignedDuration::from_hours(1);
/// How much of a line is kept, in characters.
const LONGEST: usize = 2_000;

/// Lets somebody read the logs of components. Who has no cloud to ask has none.
#[derive(Clone, Debug)]
pub struct Tails(mpsc::UnboundedSender<Followed>);

/// A log that is read.
#[derive(Debug)]
pub struct Followed {
    /// Whose.
    pub component: ComponentName,
    /// Where what is seen goes; closed by who reads it when they have read enough.
    pub told: mpsc::Sender<Seen>,
}

impl Tails {
    /// A handle, and where what is to be followed comes out.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Followed>) {
        let (wishes, receiver) = mpsc::unbounded_channel();
        (Self(wishes), receiver)
    }

    /// Follows the log of `component` until what is given back is dropped. Nothing more comes once the session has ended.
    pub fn follow(&self, component: ComponentName) -> mpsc::Receiver<Seen> {
        // One at a time: who does not read is not told more.
        let (told, receiver) = mpsc::channel(1);
        // A session that has ended drops the other end with the wish.
        let _ = self.0.send(Followed { component, told });
        receiver
    }
}

/// What following a log takes.
#[derive(Clone)]
pub(super) struct Tailing {
    pub plan: Arc<Plan>,
    pub observer: Observer,
    pub clock: Clock,
    pub seen: Witness,
}

impl Tailing {
    /// Makes the handle and serves it for as long as anybody holds it.
    pub fn serve(self) -> Tails {
        let (tails, mut wishes) = Tails::new();
        tokio::spawn(async move {
            let mut followed = JoinSet::new();
            while let Some(wish) = wishes.recv().await {
                followed.spawn(self.clone().follow(wish));
                while followed.try_join_next().is_some() {}
            }
        });
        tails
    }

    /// Looks until nobody reads any more, or nobody would hear of the calls.
    async fn follow(self, Followed { component, told }: Followed) {
        while !self.seen.is_closed() {
            tokio::select! {
                () = told.closed() => return,
                seen = self.look(&component) => {
                    let Some(seen) = seen else { return };
                    if told.send(seen).await.is_err() {
                        return;
                    }
                }
            }
            tokio::select! {
                () = told.closed() => return,
                () = self.clock.sleep(EVERY_SECONDS) => {}
            }
        }
    }

    async fn look(&self, name: &ComponentName) -> Option<Seen> {
        let component = self.plan.components.iter().find(|component| component.name == *name)?;
        let since = self.clock.now().checked_sub(BACK).unwrap_or(Timestamp::UNIX_EPOCH);
        let service = Registry.service(component.kind.as_str())?;
        let ask = service.log(component, &self.plan.application, since)?;
        self.observer.look(vec![ask], None).await.into_iter().next().map(shortened)
    }
}

/// The same with every line cut to what can be read. What is secret in it was taken out before: half of a secret would not
/// be known for one.
fn shortened(seen: Seen) -> Seen {
    let Ok(Observation::Logs(LogsObservation::Log { lines: Some(lines) })) = seen.answer else { return seen };
    let shorten = |line: LogLine| match line.text.char_indices().nth(LONGEST) {
        Some((end, _)) => LogLine { text: Clean::new(&format!("{}…", &line.text[..end])), ..line },
        None => line,
    };
    let lines = lines.into_iter().map(shorten).collect();
    Seen { answer: Ok(Observation::Logs(LogsObservation::Log { lines: Some(lines) })), ..seen }
}

#[cfg(test)]
mod tests {
    use super::super::hearing;
    use super::*;
    use crate::cloud::{Evidence, Observe};
    use crate::plan::file;
    use crate::service::{Ask, LogsQuery, Query};
    use async_trait::async_trait;
    use std::sync::Mutex;
    use std::time::Duration;

    /// A cloud that says one long line, and keeps what it was asked.
    #[derive(Default)]
    struct Cloud(Mutex<Vec<Ask>>);

    #[async_trait]
    impl Observe for Cloud {
        async fn observe(&self, asks: &[Ask], _: &Evidence) -> Vec<Seen> {
            self.0.lock().expect("one thread").extend(asks.iter().cloned());
            let line = LogLine { at: None, stream: "s".into(), text: Clean::new(&"é".repeat(LONGEST + 1)) };
            let log = || Observation::Logs(LogsObservation::Log { lines: Some(vec![line.clone()]) });
            asks.iter().map(|ask| Seen { ask: ask.clone(), at: Timestamp::UNIX_EPOCH, answer: Ok(log()) }).collect()
        }
    }

    fn plan() -> Plan {
        let text = "[application]\nname = \"shop\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n\
            [component.api]\nkind = \"ecs\"\ncluster = \"shop\"\nservice = \"api\"\ndesired = 1\nlog = \"/ecs/shop/api\"\n";
        file::read("plan.toml", text.as_bytes(), &Registry).expect("a plan")
    }

    #[tokio::test(start_paused = true)]
    async fn a_log_is_asked_for_every_five_seconds_while_it_is_read_and_not_behind_it() {
        let cloud = Arc::new(Cloud::default());
        let clock = Clock::wall();
        let (_reports, seen, _heard) = hearing::channel();
        let observer = Observer::new(cloud.clone(), clock.clone(), seen.clone(), None);
        let tails = Tailing { plan: Arc::new(plan()), observer, clock, seen }.serve();
        let asked = || cloud.0.lock().expect("one thread").len();
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(asked(), 0, "nobody reads");
        let mut told = tails.follow("api".into());
        let first = told.recv().await.expect("it is told");
        assert!(
            matches!(&first.ask.query, Query::Logs(LogsQuery::Log { group, .. }) if group.as_str() == "/ecs/shop/api"),
            "{first:?}"
        );
        assert_eq!(first.ask.place.region.as_str(), "us-west-2");
        let Ok(Observation::Logs(LogsObservation::Log { lines: Some(lines) })) = first.answer else { panic!("lines") };
        assert_eq!(lines[0].text.chars().count(), LONGEST + 1, "cut, and it shows");
        assert!(lines[0].text.ends_with('…'));
        let begun = tokio::time::Instant::now();
        told.recv().await.expect("again");
        assert_eq!(begun.elapsed().as_secs(), 5);
        drop(told);
        let before = asked();
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(asked(), before, "nobody reads any more");
        assert!(tails.follow("no-such".into()).recv().await.is_none(), "nothing is told of what has none");
    }
}
