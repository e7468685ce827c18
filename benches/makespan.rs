//! How long the engine takes for graphs of timed steps, against their critical path: durable journal, real disk, real
//! time. Run by hand: `cargo bench`, or `cargo bench -- PLAN.json…` for graphs of your own in the format
//! `{"steps":[{"id","deps":[id…],"ms"}]}`.

use async_trait::async_trait;
use landfall::cloud::{Clock, Evidence, Observe, Perform, Token};
use landfall::engine::{Clouds, Options, Pace, Run, Seat, Session};
use landfall::plan::*;
use landfall::recovery::event::{CloudName, JOURNAL_VERSION};
use landfall::recovery::{Mode, Opened, RunOutcome, What};
use landfall::service::observation::Exit;
use landfall::service::{Act, Ask, LocalOperation, Operation, Receipt, Registry, Reply, Seen};
use rand::{RngExt, SeedableRng};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A graph of timed steps; every need stands before what needs it.
struct Graph {
    name: String,
    steps: Vec<Timed>,
}

struct Timed {
    id: String,
    needs: Vec<String>,
    seconds: f64,
}

impl Graph {
    /// A layered graph: each step needs one of the layer before and up to two of any earlier.
    fn layered(name: &str, layers: usize, width: usize, seconds: impl Fn(&mut rand_chacha::ChaCha8Rng) -> f64) -> Self {
        let mut dice = rand_chacha::ChaCha8Rng::seed_from_u64(7);
        let id = |layer: usize, place: usize| format!("s{layer:02}-{place:03}");
        let mut steps = Vec::new();
        for layer in 0..layers {
            for place in 0..width {
                let mut needs = Vec::new();
                if layer > 0 {
                    needs.push(id(layer - 1, dice.random_range(0..width)));
                    for _ in 0..dice.random_range(0..=2) {
                        needs.push(id(dice.random_range(0..layer), dice.random_range(0..width)));
                    }
                }
                needs.sort();
                needs.dedup();
                steps.push(Timed { id: id(layer, place), needs, seconds: seconds(&mut dice) });
            }
        }
        Self { name: name.to_owned(), steps }
    }

    fn read(path: &str) -> Self {
        let text = std::fs::read_to_string(path).expect("a readable graph");
        let graph: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let steps = graph["steps"].as_array().expect("steps").iter().map(|step| Timed {
            id: step["id"].as_str().expect("an id").replace('_', "-"),
            needs: step["deps"]
                .as_array()
                .expect("deps")
                .iter()
                .map(|id| id.as_str().expect("an id").replace('_', "-"))
                .collect(),
            seconds: step["ms"].as_f64().expect("ms") / 1000.0,
        });
        Self { name: path.rsplit('/').next().unwrap_or(path).to_owned(), steps: steps.collect() }
    }

    fn critical_path(&self) -> f64 {
        let mut ends: HashMap<&str, f64> = HashMap::new();
        for step in &self.steps {
            let from = step.needs.iter().map(|need| ends[need.as_str()]).fold(0.0, f64::max);
            ends.insert(&step.id, from + step.seconds);
        }
        ends.into_values().fold(0.0, f64::max)
    }

    fn opened(&self) -> Opened {
        let components = self.steps.iter().map(|step| {
            let fields = serde_json::json!({"run": ["sleep", step.seconds.to_string()], "undo": ["true"]});
            serde_json::from_value(serde_json::json!({
                "name": step.id, "kind": "command", "needs": step.needs, "fields": fields
            }))
            .expect("a component")
        });
        let application = serde_json::json!({"name": self.name, "primary": "us-east-1", "recovery": "us-west-2"});
        let plan = Plan {
            application: serde_json::from_value(application).expect("an application"),
            accounts: Default::default(),
            components: components.collect(),
            waivers: Vec::new(),
            drills: Default::default(),
            sealed: Default::default(),
            capture: Default::default(),
        };
        Opened {
            version: JOURNAL_VERSION,
            run: "bench".into(),
            intent: Intent::Failover,
            cloud: CloudName::Sim,
            declared_at: jiff::Timestamp::now(),
            runbook: Runbook::compile(&plan, Intent::Failover, &Registry).expect("no circles"),
            plan,
            drill: None,
            program: "bench".into(),
            endpoint: None,
        }
    }
}

/// A cloud whose acts take as long as they say and are then done.
struct Timer;

#[async_trait]
impl Observe for Timer {
    async fn observe(&self, _asks: &[Ask], _evidence: &Evidence) -> Vec<Seen> {
        Vec::new()
    }
}

#[async_trait]
impl Perform for Timer {
    async fn perform(&self, act: &Act, _token: &Token, _evidence: &Evidence) -> Reply {
        if let Operation::Local(LocalOperation::Run(invocation)) = &act.operation {
            let seconds: f64 = invocation.run[1].parse().expect("seconds");
            if seconds > 0.0 {
                tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
            }
        }
        Reply::Taken { receipt: Receipt { id: None, exit: Some(Exit { code: Some(0), ..Exit::default() }) } }
    }
}

async fn run(graph: &Graph) -> (f64, u64) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder on the disk that holds target/");
    let clock = Clock::wall();
    let path = folder.path().join("run.jsonl");
    let run = Run::begin(&path, graph.opened(), &Seat::of("bench"), &clock).expect("a journal");
    let clouds = Clouds { observe: Arc::new(Timer), perform: Arc::new(Timer) };
    let options = Options { by: "bench".into(), mode: Some(Mode::Auto), pace: Pace::default() };
    let started = Instant::now();
    let mut session = Session::start(run, clouds, clock, options);
    let ended = 'run: loop {
        for event in session.feed.recv().await.expect("the run goes on").iter() {
            if let What::RunEnded(ended) = &event.what {
                break 'run (ended.outcome, event.seq);
            }
        }
    };
    let seconds = started.elapsed().as_secs_f64();
    assert_eq!(ended.0, RunOutcome::Completed);
    session.close("done").await.expect("a whole journal");
    let recorded = landfall::engine::journal::read(&path).expect("it verifies");
    assert_eq!(recorded.torn_bytes, 0);
    (seconds, ended.1)
}

#[tokio::main]
async fn main() {
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let graphs = if named.is_empty() {
        vec![
            Graph::layered("noop_1000", 10, 100, |_| 0.0),
            Graph::layered("noop_10000", 20, 500, |_| 0.0),
            Graph::layered("rand_200", 10, 20, |dice| f64::from(dice.random_range(10..=200)) / 1000.0),
            Graph::layered("tail_200", 10, 20, |dice| (0.020 / dice.random::<f64>().powf(1.0 / 1.1)).min(4.0)),
        ]
    } else {
        named.iter().map(|path| Graph::read(path)).collect()
    };
    println!("{:<18} {:>6} {:>8} {:>10} {:>10} {:>7}", "graph", "steps", "events", "critical", "makespan", "ratio");
    for graph in &graphs {
        let mut runs = Vec::new();
        let mut events = 0;
        for _ in 0..5 {
            let (seconds, last) = run(graph).await;
            runs.push(seconds);
            events = last;
        }
        runs.sort_by(f64::total_cmp);
        let (critical, median) = (graph.critical_path(), runs[runs.len() / 2]);
        let ratio = if critical > 0.0 { format!("{:.3}", median / critical) } else { "-".to_owned() };
        let steps = graph.steps.len();
        println!("{:<18} {steps:>6} {events:>8} {critical:>9.3}s {median:>9.3}s {ratio:>7}", graph.name);
    }
}
