//! What a plan costs grows with its length and no faster, whatever its shape. Measured in this thread's own processor
//! time, one size against four times as much, so that a busy machine changes nothing and a small part that grows with
//! the square shows.

use landfall::plan::render::{self, Sheet};
use landfall::plan::{Intent, Runbook, file, lint};
use landfall::service::Registry;
use std::time::Duration;

const HEAD: &str = "[application]\nname = \"shop\"\nprimary = \"eu-west-1\"\nrecovery = \"us-west-2\"\n";

/// A plan's component at a place of so many.
type Shape = fn(usize, usize) -> String;

fn manual(at: usize, more: &str) -> String {
    format!("[component.c{at}]\nkind = \"manual\"\nask = \"x\"\n{more}\n")
}

const SHAPES: &[(&str, Shape)] = &[
    ("a chain", |at, _| manual(at, &if at == 0 { String::new() } else { format!("needs = [\"c{}\"]", at - 1) })),
    ("a chain told backwards", |at, all| {
        manual(at, &if at + 1 == all { String::new() } else { format!("needs = [\"c{}\"]", at + 1) })
    }),
    ("nothing needs anything", |at, _| manual(at, "")),
    ("all need the first", |at, _| manual(at, if at == 0 { "" } else { "needs = [\"c0\"]" })),
    ("the last needs all", |at, all| {
        let needs: Vec<String> = (0..at).map(|other| format!("\"c{other}\"")).collect();
        manual(at, &if at + 1 == all { format!("needs = [{}]", needs.join(", ")) } else { String::new() })
    }),
    ("every second refers to the one before", |at, _| match at % 2 {
        0 => format!("[component.c{at}]\nkind = \"rds\"\nprimary = \"p{at}\"\nrecovery = \"r{at}\"\n"),
        _ => format!(
            "[component.c{at}]\nkind = \"ecs\"\ncluster = \"c\"\nservice = \"s{at}\"\ndesired = 2\n\
             environment = {{ HOST = \"${{c{}.endpoint}}\" }}\n",
            at - 1
        ),
    }),
    ("each in an account of its own", |at, _| {
        format!("[account.a{at}]\nprofile = \"p\"\n{}", manual(at, &format!("account = \"a{at}\"")))
    }),
    ("each needs what is not there", |at, _| manual(at, &format!("needs = [\"d{at}\"]"))),
    ("each refers to what is not there", |at, _| manual(at, &format!("who = \"${{d{at}.endpoint}}\""))),
    ("circles of two", |at, _| manual(at, &format!("needs = [\"c{}\"]", at ^ 1))),
    ("one circle", |at, all| manual(at, &format!("needs = [\"c{}\"]", (at + 1) % all))),
];

fn plan(shape: Shape, components: usize) -> String {
    let components: String = (0..components).map(|at| shape(at, components)).collect();
    HEAD.to_owned() + &components
}

/// All that `check` and `plan` do with a text, in every format.
fn everything(text: &str) {
    let Ok(plan) = file::read("plan.toml", text.as_bytes(), &Registry) else { return };
    let runbook = Runbook::compile(&plan, Intent::Failover, &Registry).expect("no circle");
    assert!(!lint::findings(&plan, &runbook, &Registry).is_empty());
    let sheet = Sheet::new(&plan, Intent::Switchover, &Registry).expect("no circle");
    for written in [render::text(&sheet), render::dot(&sheet), render::mermaid(&sheet)] {
        assert!(!written.is_empty());
    }
    assert!(render::json(&sheet).is_object());
}

/// The processor time of this thread so far; Linux counts it in hundredths of a second.
fn worked() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").expect("a thread's own times");
    let behind_the_name = stat.rsplit(") ").next().expect("the fields behind the name");
    let field = |nth: usize| behind_the_name.split(' ').nth(nth).and_then(|ticks| ticks.parse::<u64>().ok());
    // utime and stime, the 14th and 15th field of all.
    let ticks = field(11).expect("utime") + field(12).expect("stime");
    Duration::from_millis(ticks * 10)
}

fn cost(text: &str) -> f64 {
    let before = worked();
    everything(text);
    (worked() - before).as_secs_f64()
}

/// Tries a shape has: a neighbour on the same memory and caches slows one measurement, never all of them, while what
/// grows faster than its plan does so every time.
const TRIES: usize = 5;

#[test]
#[cfg(target_os = "linux")]
fn a_plan_four_times_as_long_takes_four_times_as_long() {
    for (name, shape) in SHAPES {
        let (small, large) = (plan(*shape, 2_500), plan(*shape, 10_000));
        let mut seen = Vec::new();
        let kept = (0..TRIES).any(|_| {
            let (small, large) = (cost(&small), cost(&large));
            seen.push(format!("{small:.2} s, then {large:.2} s"));
            // A fixed part, such as the shown mistakes' own, is no growth; a hundredth is the clock's.
            large <= 5.6 * small + 0.05
        });
        assert!(kept, "{name}, every time: {}", seen.join("; "));
    }
}

#[test]
fn a_chain_as_long_as_any_overflows_no_stack() {
    let backwards = SHAPES.iter().find(|(name, _)| name.ends_with("backwards")).expect("the shape").1;
    let circle = SHAPES.iter().find(|(name, _)| *name == "one circle").expect("the shape").1;
    for shape in [backwards, circle] {
        everything(&plan(shape, 20_000));
    }
}
