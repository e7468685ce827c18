//! A commander who looks elsewhere, in a real pty within tmux: called once for a gate, a failure, held and the end. And
//! that a replay of the same run calls nobody.

#[path = "support/shell.rs"]
mod shell;

use shell::{Shell, answer_gates, answer_gates_until, hold};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const NOTIFIED: &str = "\u{1b}Ptmux;\u{1b}\u{1b}]9;";

/// The notifications so far, as tmux is given them.
fn notified(shell: &Shell) -> Vec<String> {
    let raw = shell.raw();
    raw.split(NOTIFIED).skip(1).map(|rest| rest.split('\u{1b}').next().unwrap_or_default().to_owned()).collect()
}

/// How often the bell was rung: commands of the operating system here are never ended by one.
fn rung(shell: &Shell) -> usize {
    shell.raw().matches('\u{7}').count()
}

fn wait_for_a_call(shell: &Shell, said: &str) {
    let started = Instant::now();
    while !notified(shell).iter().any(|call| call.contains(said)) {
        assert!(started.elapsed() < PATIENCE, "never called for `{said}`: {:?}\n{}", notified(shell), shell.text());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn in_tmux(shell: &mut Shell) {
    // What is typed does not say what is answered.
    shell.keys("export TMUX=/tmp/tmux-0/default,1,0 TERM=tmux-256color; echo in-''tmux\r");
    shell.wait("in-tmux");
}

/// Opens the console in a terminal that has lost the focus, and starts its run.
fn begin(shell: &mut Shell, more: &str) {
    shell.console(more);
    shell.keys("\u{1b}[O");
    shell.keys("a");
    shell.wait("type us-west-2 to start");
    shell.wait("nothing blocks");
    assert_eq!(notified(shell), Vec::<String>::new(), "nothing has happened yet");
    shell.keys("us-west-2\r");
}

#[test]
fn who_looks_elsewhere_is_called_once_when_a_run_is_held_by_nobodys_key() {
    let mut shell = Shell::open();
    in_tmux(&mut shell);
    begin(&mut shell, "--time-scale 20");
    answer_gates_until(&mut shell, |text| text.matches("promoted ✓ ok").count() == 3);
    shell.keys("\u{3}");
    shell.wait("leave");
    shell.keys("y");
    shell.has_its_terminal_back();
    let before = notified(&shell).len();
    shell.landfall("resume run.jsonl");
    shell.keys("\u{1b}[O");
    wait_for_a_call(&shell, "held: nothing new starts");
    // Gone on with, it asks again: by then a second call for the hold would have come.
    shell.keys(" ");
    wait_for_a_call(&shell, "approval");
    let calls = notified(&shell).split_off(before);
    assert_eq!(calls.iter().filter(|call| call.contains("held")).count(), 1, "{calls:?}");
}

#[test]
fn who_looks_elsewhere_is_called_once_for_a_gate_a_failure_and_the_end_and_never_by_a_replay() {
    let mut shell = Shell::open();
    in_tmux(&mut shell);
    let before = rung(&shell);
    begin(&mut shell, "--time-scale 60 --scenario failing-step");
    wait_for_a_call(&shell, "asks for you");
    answer_gates(&mut shell, "r retries");
    wait_for_a_call(&shell, "scale payments to 2 failed");
    // By a person's own key: that calls nobody.
    hold(&mut shell);
    shell.keys("R");
    shell.wait("type us-west-2 to go back");
    shell.wait("promoted: us-west-2");
    shell.keys("\r");
    shell.keys("us-west-2\r\r");
    shell.wait("ROLLED BACK");
    wait_for_a_call(&shell, "the run has ended");
    let all = notified(&shell);
    let mut once = all.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), all.len(), "none is said twice: {all:?}");
    assert!(all.iter().all(|call| !call.contains("held")), "{all:?}");
    assert_eq!(rung(&shell) - before, all.len());
    shell.keys("q");
    shell.has_its_terminal_back();

    let (calls, bells, titles) = (all.len(), rung(&shell), shell.raw().matches("\u{1b}]2;").count());
    assert!(titles > 3, "the title followed: {titles}");
    assert!(shell.raw().ends_with_title_given_back(), "the title is given back");
    shell.landfall("replay run.jsonl --speed 1000");
    shell.keys("\u{1b}[O");
    shell.keys("G");
    shell.wait("ROLLED BACK");
    shell.keys("q");
    shell.has_its_terminal_back();
    let after = (notified(&shell).len(), rung(&shell), shell.raw().matches("\u{1b}]2;").count());
    assert_eq!(after, (calls, bells, titles));
}

trait Titles {
    fn ends_with_title_given_back(&self) -> bool;
}

impl Titles for String {
    /// Whether the last that was done with the title was to take ours off and bring the old one back, for as often as it
    /// was kept.
    fn ends_with_title_given_back(&self) -> bool {
        let last = self.rfind("\u{1b}]2;").is_some_and(|at| self[at..].starts_with("\u{1b}]2;\u{1b}\\\u{1b}[23;0t"));
        last && self.matches("\u{1b}[22;0t").count() == self.matches("\u{1b}[23;0t").count()
    }
}
