//! The fence walked over every interleaving of three sessions, each moment between two of their calls to the system
//! apart: opening, locking, looking, writing, letting go, dying; and of somebody who removes, copies, links, cuts or
//! appends to the file between their appends (in the middle of one nothing could keep them out; the next one sees it).
//! The rules are the program's own: `engine::fence`.

use landfall::engine::fence::{Found, How, Left, Standing, may_append, may_take};
use stateright::{Checker, HasDiscoveries, Model, Property};

/// A line: whose, under which epoch, and which line its writer believed to stand before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Line {
    by: u8,
    epoch: u64,
    number: u8,
    after: Option<(u8, u8)>,
    /// What lets go of the run.
    closes: bool,
    opens: bool,
}

/// Who writes to the file and is no session.
const FOREIGN: u8 = 8;

const ONE_WRITES: &str = "of the sessions at one file at most one may write";
const VERIFIES: &str = "the journal verifies: each line of a session follows the one that it knew";
const NEWER_LAST: &str = "no line of an older session stands behind a newer one";
const ONE_LIVES: &str = "where nobody takes by force, one lives at a time";
const IN_ITS_PLACE: &str = "who may write is at the file that its path leads to";

/// Whose line, and which of theirs.
type Name = (u8, u8);

impl Line {
    fn name(&self) -> Name {
        (self.by, self.number)
    }
}

/// A file, whatever its names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct File {
    lines: Vec<Line>,
    /// Who has the moment of an append.
    appending: Option<u8>,
    /// The epochs whose sessions live, and whose they are.
    living: Vec<(u64, u8)>,
}

/// Where a session is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Phase {
    Out,
    /// It has a file open by a name, and waits for the moment to take the run.
    Opened {
        file: usize,
        path: usize,
    },
    /// It has looked under the lock, and may take the run under an epoch.
    Taking {
        file: usize,
        path: usize,
        epoch: u64,
        seen: Left<usize, Option<Name>>,
    },
    /// It drives.
    Drives {
        path: usize,
        epoch: u64,
        left: Left<usize, Option<Name>>,
    },
    /// It has looked under the lock, and is about to write; whether the last time.
    Appending {
        path: usize,
        epoch: u64,
        left: Left<usize, Option<Name>>,
        last: bool,
    },
    /// It was refused, has lost the run, has let go, or is dead.
    Over,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    files: Vec<File>,
    /// What each name leads to.
    names: [Option<usize>; 2],
    sessions: Vec<Phase>,
    /// How many lines each session has written.
    written: Vec<u8>,
    /// What may still be done to the file by others.
    deeds: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Step {
    Open(u8, usize),
    LookToTake(u8),
    WriteTaking(u8),
    LookToAppend(u8, bool),
    Write(u8),
    Die(u8),
    Remove,
    Copy,
    Link,
    Cut,
    Foreign,
}

/// Three sessions at one journal.
struct Fence {
    /// How each of them takes the run.
    how: [How; 3],
    /// How many lines each may write behind the one that opens its session.
    lines: u8,
    /// How much others may do to the file.
    deeds: u8,
    /// A rule left out, to see that it is needed.
    without: Option<Rule>,
}

/// A part of the fence that may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// Looking and writing under one lock.
    Lock,
    /// That the last line is the one that was left, not only the length.
    Tail,
    /// That the path leads to the file.
    Path,
    /// That a living session keeps others out.
    Life,
}

impl Fence {
    fn new(how: [How; 3], lines: u8, deeds: u8) -> Self {
        Self { how, lines, deeds, without: None }
    }

    fn found(&self, world: &World, path: usize, left: &Left<usize, Option<Name>>) -> Found<usize, Option<Name>> {
        let lines = &world.files[left.file].lines;
        let last = usize::try_from(left.length).expect("a short file").checked_sub(1);
        let tail = last.and_then(|last| lines.get(last)).map(Line::name);
        let at_path = if self.without == Some(Rule::Path) { Some(left.file) } else { world.names[path] };
        let tail = if self.without == Some(Rule::Tail) { left.tail } else { tail };
        Found { at_path, length: lines.len() as u64, tail }
    }

    fn end(file: &File, number: usize) -> Left<usize, Option<Name>> {
        Left { file: number, length: file.lines.len() as u64, tail: file.lines.last().map(Line::name) }
    }

    fn lock(&self, file: &mut File, by: u8) {
        if self.without != Some(Rule::Lock) {
            file.appending = Some(by);
        }
    }

    fn is_free(&self, file: &File) -> bool {
        self.without == Some(Rule::Lock) || file.appending.is_none()
    }
}

/// A session may not drive any more: nothing of it is held.
fn over(world: &mut World, by: u8) {
    for file in &mut world.files {
        file.living.retain(|(_, whose)| *whose != by);
        if file.appending == Some(by) {
            file.appending = None;
        }
    }
    world.sessions[usize::from(by)] = Phase::Over;
}

fn write(world: &mut World, by: u8, left: &Left<usize, Option<Name>>, epoch: u64, opens: bool, closes: bool) {
    let number = world.written[usize::from(by)];
    world.written[usize::from(by)] += 1;
    let line = Line { by, epoch, number, after: left.tail, closes, opens };
    let file = &mut world.files[left.file];
    file.lines.push(line);
    file.appending = file.appending.filter(|whose| *whose != by);
}

impl Model for Fence {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        let header = Line { by: 9, epoch: 1, number: 0, after: None, closes: true, opens: false };
        let file = File { lines: vec![header], ..File::default() };
        let sessions = vec![Phase::Out; 3];
        vec![World { files: vec![file], names: [Some(0), None], sessions, written: vec![0; 3], deeds: self.deeds }]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        for by in 0..3_u8 {
            match &world.sessions[usize::from(by)] {
                Phase::Out => {
                    steps.extend((0..2).filter(|path| world.names[*path].is_some()).map(|path| Step::Open(by, path)));
                }
                Phase::Opened { file, .. } if self.is_free(&world.files[*file]) => steps.push(Step::LookToTake(by)),
                Phase::Taking { .. } => steps.extend([Step::WriteTaking(by), Step::Die(by)]),
                Phase::Drives { left, .. } => {
                    steps.push(Step::Die(by));
                    if self.is_free(&world.files[left.file]) {
                        let more = world.written[usize::from(by)] < self.lines;
                        steps.push(Step::LookToAppend(by, !more));
                    }
                }
                Phase::Appending { .. } => steps.extend([Step::Write(by), Step::Die(by)]),
                Phase::Opened { .. } | Phase::Over => {}
            }
        }
        let at_rest = world.files.iter().all(|file| file.appending.is_none());
        if world.deeds > 0 && at_rest && world.names[0].is_some() {
            steps.extend([Step::Remove, Step::Cut, Step::Foreign]);
            if world.files.len() == 1 {
                steps.push(Step::Copy);
            }
            if world.names[1].is_none() {
                steps.push(Step::Link);
            }
        }
    }

    fn next_state(&self, before: &World, step: Step) -> Option<World> {
        let mut world = before.clone();
        match step {
            Step::Open(by, path) => {
                let file = world.names[path]?;
                world.sessions[usize::from(by)] = Phase::Opened { file, path };
            }
            Step::LookToTake(by) => {
                let Phase::Opened { file, path } = world.sessions[usize::from(by)].clone() else { return None };
                let found = &world.files[file];
                // The file is read on under the lock: what counts is that the path leads to it.
                let seen = Self::end(found, file);
                let newest = found.lines.iter().map(|line| line.epoch).max().unwrap_or(0);
                let lives = found.living.iter().any(|(epoch, _)| *epoch == newest) && self.without != Some(Rule::Life);
                let released = found.lines.last().is_some_and(|line| line.closes);
                let taken = may_take(Standing { newest, released, lives }, self.how[usize::from(by)]);
                match (may_append(&seen, &self.found(&world, path, &seen)), taken) {
                    (Ok(()), Ok(epoch)) => {
                        self.lock(&mut world.files[file], by);
                        world.files[file].living.push((epoch, by));
                        world.sessions[usize::from(by)] = Phase::Taking { file, path, epoch, seen };
                    }
                    (Err(_), _) | (_, Err(_)) => over(&mut world, by),
                }
            }
            Step::WriteTaking(by) => {
                let Phase::Taking { file, path, epoch, seen } = world.sessions[usize::from(by)].clone() else {
                    return None;
                };
                write(&mut world, by, &seen, epoch, true, false);
                let left = Self::end(&world.files[file], file);
                world.sessions[usize::from(by)] = Phase::Drives { path, epoch, left };
            }
            Step::LookToAppend(by, last) => {
                let Phase::Drives { path, epoch, left } = world.sessions[usize::from(by)].clone() else { return None };
                if may_append(&left, &self.found(&world, path, &left)).is_err() {
                    over(&mut world, by);
                    return Some(world);
                }
                self.lock(&mut world.files[left.file], by);
                world.sessions[usize::from(by)] = Phase::Appending { path, epoch, left, last };
            }
            Step::Write(by) => {
                let Phase::Appending { path, epoch, left, last } = world.sessions[usize::from(by)].clone() else {
                    return None;
                };
                write(&mut world, by, &left, epoch, false, last);
                let left = Self::end(&world.files[left.file], left.file);
                world.sessions[usize::from(by)] = Phase::Drives { path, epoch, left };
                if last {
                    over(&mut world, by);
                }
            }
            Step::Die(by) => over(&mut world, by),
            Step::Remove => {
                world.deeds -= 1;
                world.names[0] = None;
            }
            Step::Copy => {
                world.deeds -= 1;
                let lines = world.files[world.names[0]?].lines.clone();
                world.files.push(File { lines, ..File::default() });
                world.names[0] = Some(world.files.len() - 1);
            }
            Step::Link => {
                world.deeds -= 1;
                world.names[1] = world.names[0];
            }
            Step::Cut => {
                world.deeds -= 1;
                let file = &mut world.files[world.names[0]?];
                file.lines.pop();
            }
            Step::Foreign => {
                world.deeds -= 1;
                let file = &mut world.files[world.names[0]?];
                let line =
                    Line { by: FOREIGN, epoch: 1, number: world.deeds, after: None, closes: false, opens: false };
                file.lines.push(line);
            }
        }
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ONE_WRITES, |fence: &Self, world: &World| {
                (0..world.files.len()).all(|file| may_write(fence, world, file) <= 1)
            }),
            Property::always(VERIFIES, |_, world: &World| {
                let pairs = world.files.iter().flat_map(|file| file.lines.windows(2));
                pairs.filter(|pair| pair[1].by != FOREIGN).all(|pair| pair[1].after == Some(pair[0].name()))
            }),
            Property::always(NEWER_LAST, |_, world: &World| {
                world
                    .files
                    .iter()
                    .all(|file| file.lines.iter().filter(|line| line.by != FOREIGN).is_sorted_by_key(|line| line.epoch))
            }),
            Property::always("no two sessions have one epoch", |_, world: &World| {
                world.files.iter().all(|file| {
                    let mut epochs: Vec<u64> =
                        file.lines.iter().filter(|line| line.opens).map(|line| line.epoch).collect();
                    let sessions = epochs.len();
                    epochs.dedup();
                    epochs.len() == sessions
                })
            }),
            Property::always(ONE_LIVES, |fence: &Self, world: &World| {
                fence.how.contains(&How::Forced) || world.files.iter().all(|file| file.living.len() <= 1)
            }),
            Property::always(IN_ITS_PLACE, |fence: &Self, world: &World| {
                world.sessions.iter().all(|session| {
                    let Phase::Drives { path, left, .. } = session else { return true };
                    let may = may_append(left, &fence.found(world, *path, left)).is_ok();
                    !may || world.names[*path] == Some(left.file)
                })
            }),
            Property::sometimes("all three come to write", |_, world: &World| {
                world.written.iter().all(|lines| *lines > 1)
            }),
        ]
    }
}

/// How many sessions at `file` would be let to write now, or are about to.
fn may_write(fence: &Fence, world: &World, file: usize) -> usize {
    let counts = world.sessions.iter().filter(|session| match session {
        Phase::Drives { path, left, .. } => {
            left.file == file && may_append(left, &fence.found(world, *path, left)).is_ok()
        }
        // It has looked already: it will write.
        Phase::Appending { left, .. } => left.file == file,
        Phase::Out | Phase::Opened { .. } | Phase::Taking { .. } | Phase::Over => false,
    });
    counts.count()
}

fn holds(fence: Fence) -> usize {
    let checker = fence.checker().threads(1).spawn_bfs().join();
    checker.assert_properties();
    checker.unique_state_count()
}

#[test]
fn one_drives_whoever_takes_over() {
    let free = How::Free;
    let forced = How::Forced;
    let mut walked = 0;
    for how in [[free, free, free], [free, forced, free], [free, forced, forced], [forced, forced, forced]] {
        walked += holds(Fence::new(how, 2, 0));
    }
    assert!(walked > 2_000, "{walked} states walked");
}

#[test]
fn one_drives_whatever_is_done_to_the_file() {
    let walked = holds(Fence::new([How::Free, How::Forced, How::Free], 2, 2));
    assert!(walked > 20_000, "{walked} states walked");
}

/// Each rule is needed: without it, one of the properties is broken somewhere.
#[test]
fn without_any_of_its_rules_the_fence_does_not_hold() {
    let (free, forced) = ([How::Free; 3], [How::Forced; 3]);
    for (rule, how, deeds, broken) in [
        (Rule::Lock, forced, 0, ONE_WRITES),
        (Rule::Life, free, 0, ONE_LIVES),
        (Rule::Path, free, 1, IN_ITS_PLACE),
        (Rule::Tail, free, 2, VERIFIES),
    ] {
        let fence = Fence { without: Some(rule), ..Fence::new(how, 3, deeds) };
        let found = HasDiscoveries::AnyOf([broken].into());
        let checker = fence.checker().threads(1).finish_when(found).spawn_bfs().join();
        assert!(checker.discovery(broken).is_some(), "without {rule:?} it holds all the same");
    }
}
