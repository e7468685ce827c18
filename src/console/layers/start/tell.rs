//! What the start form says, in the order in which a commander needs it: the worst first.

use super::Then;
use super::choices::{Choice, Choices};
use crate::console::figures::Store;
use crate::console::layers::form::Body;
use crate::console::layers::gate::decided::Decided;
use crate::console::look::{Mark, Role, Theme};
use crate::console::matter;
use crate::console::prospect::{self, OldSide, names};
use crate::console::reading;
use crate::console::widgets::prose::Prose;
use crate::console::world::World;
use crate::plan::{GateKind, Intent, Level, Role as Part};
use crate::recovery::start::{self, Found, Preflight};
use crate::recovery::{Mode, State, objective, words};

/// Everything the form says above its fields.
pub fn body(world: &World, then: &Then, choices: &Choices, theme: &Theme, width: usize) -> Body {
    let mut form = Telling { world, choices, prose: Prose::new(theme, width), chosen: None };
    form.old_side();
    form.refused();
    if form.is_refused_by_unknown() {
        form.unknown();
        form.blockers();
    } else {
        form.blockers();
        form.unknown();
    }
    form.losses();
    form.what_happens(then);
    form.warnings();
    form.told_when();
    Body { lines: form.prose.done(), chosen: form.chosen }
}

struct Telling<'a> {
    world: &'a World,
    choices: &'a Choices,
    prose: Prose<'a>,
    /// The line of what the keys are on.
    chosen: Option<usize>,
}

impl Telling<'_> {
    fn preflight(&self) -> Option<&Preflight> {
        self.world.state.preflight.as_deref()
    }

    /// What can be given, with whether it is.
    fn choice(&mut self, choice: &Choice, text: &str) {
        let at = self.choices.is_at(choice);
        let on = self.choices.is_on(choice);
        let before = match self.world.keys.are_typed() {
            true => self.choices.number(choice).to_string(),
            false => if at { "▸" } else { " " }.to_owned(),
        };
        let sign = format!("{before} [{}]", if on { "x" } else { " " });
        let role = match (on, at) {
            (true, _) => Role::Failed,
            (false, true) => Role::Accent,
            (false, false) => Role::Text,
        };
        let first = self.prose.len();
        self.prose.item(role, &sign, text);
        if at {
            // Its last line, or of a long one its first: what is chosen is read from its beginning.
            self.chosen = Some((self.prose.len() - 1).min(first + 2));
        }
    }

    fn old_side(&mut self) {
        let old = OldSide::of(self.world);
        if let Some(warning) = old.warning(self.world) {
            let role = if old.works() { Role::Failed } else { Role::Blocked };
            self.prose.say(role, &format!("{warning}."));
        }
        let silence = old.silence(self.world);
        if let Some(silence) = &silence {
            self.prose.say(Role::Blocked, &format!("{silence}."));
        }
        if self.preflight().is_none() {
            let places = &self.world.state.run.plan.application;
            let steps = words::steps(self.world.state.steps.len());
            self.prose.say(Role::Running, &matter::asking(self.world));
            let answers = if old.answers || silence.is_some() {
                String::new()
            } else {
                format!(", and whether {} answers", places.primary)
            };
            let told = format!(
                "Not known yet: what blocks{answers}. {steps} are looked at in {} and {}.",
                places.primary, places.recovery
            );
            self.prose.say(Role::Text, &told);
        }
    }

    fn is_refused_by_unknown(&self) -> bool {
        self.world.state.refusers().iter().any(|found| found.check.level == Level::Unknown)
    }

    /// What refuses it whatever is said, by code: all of it is read before the rest.
    fn refused(&mut self) {
        let refusers = self.world.state.refusers();
        if !refusers.is_empty() {
            let told = format!("No word passes these: {}.", start::codes(refusers));
            self.prose.say(Role::Failed, &told);
        }
    }

    fn blockers(&mut self) {
        let blockers: Vec<&Found> =
            self.world.state.blockers().into_iter().filter(|found| found.check.level == Level::Failing).collect();
        if blockers.is_empty() {
            return;
        }
        self.prose.heading("Blocks the start");
        let mut codes: Vec<&str> = Vec::new();
        for found in &blockers {
            if !codes.contains(&found.check.code.as_str()) {
                codes.push(found.check.code.as_str());
            }
        }
        for code in codes {
            let own = blockers.iter().copied().filter(|found| found.check.code.as_str() == code);
            for group in prospect::gathered(own) {
                let check = &group.found.check;
                self.prose.item(Role::Failed, "✗", &told(&group));
                if !check.fix.is_empty() {
                    self.prose.item(Role::Text, "  →", &check.fix);
                }
                if check.identity {
                    self.prose.item(Role::Dim, "   ", "another thing than the plan means is never passed by a word");
                }
            }
            let pass = Choice::Pass(crate::text::Clean::new(code));
            if Choices::offered(self.world).contains(&pass) {
                self.choice(&pass, &format!("start despite {code}, with a reason that the report shows"));
            }
        }
    }

    fn unknown(&mut self) {
        let Some(unknown) = self.preflight().map(|preflight| preflight.unknown.clone()) else { return };
        if unknown.is_empty() {
            return;
        }
        let in_failover = self.world.state.run.intent == Intent::Failover;
        let role = if in_failover { Role::Blocked } else { Role::Failed };
        self.prose.heading(if in_failover {
            "Unknown, typed over with the start"
        } else {
            "Unknown, refuses the start"
        });
        let (expected, others): (Vec<&Found>, Vec<&Found>) = unknown.iter().partition(|found| found.in_failing_region);
        for group in prospect::gathered(others) {
            self.prose.item(role, "?", &told(&group));
            // In a failover it is typed over; nobody can wait for it to be mended.
            if !in_failover && !group.found.check.fix.is_empty() {
                self.prose.item(Role::Text, "  →", &group.found.check.fix);
            }
        }
        if !expected.is_empty() {
            let primary = &self.world.state.run.plan.application.primary;
            let codes = start::codes(expected.iter().copied());
            let told = format!("{} that only {primary} could tell: {codes}", expected.len());
            self.prose.item(role, "?", &told);
        }
    }

    fn losses(&mut self) {
        let stores = &self.world.figures.stores;
        if stores.is_empty() {
            return;
        }
        self.prose.heading("Lost if promoted now");
        for store in stores {
            self.loss(store);
        }
        let growing = prospect::growing(self.world);
        let known: Vec<String> = growing
            .iter()
            .filter_map(|store| Some(format!("{} up to {}", store.component, words::amount(store.up_to_seconds()?))))
            .collect();
        if known.is_empty() {
            return;
        }
        let unknown: Vec<_> = growing.iter().filter(|store| store.now_seconds.is_none()).collect();
        let asked = match unknown.as_slice() {
            [] => "above that it is asked".to_owned(),
            unknown => {
                let components: Vec<_> = unknown.iter().map(|store| &store.component).collect();
                format!("above that, and of {}, which is unknown, it is asked", names(&components))
            }
        };
        let text = format!("accept ahead, with a reason: {} (now and the wait); {asked}", known.join(", "));
        self.choice(&Choice::Accept, &text);
    }

    fn loss(&mut self, store: &Store) {
        let exposure = &store.loss.exposure;
        if !store.is_exposed() {
            return;
        }
        let mark = Mark::of_standing(store.standing());
        let rpo = store.loss.sides().1.map_or_else(String::new, |rpo| format!("rpo {rpo}"));
        let rpo = if rpo.is_empty() { String::new() } else { format!(", {} {rpo}", mark.word) };
        let steps = &self.world.state.run.runbook.steps;
        let catches_up = steps
            .iter()
            .any(|step| &step.component == store.component() && step.asks_when_failing == Some(GateKind::CaughtUp));
        if catches_up {
            let lag = words::loss(exposure.seconds);
            let told =
                format!("{}: nothing, it is promoted once it has caught up ({lag} behind now)", store.component());
            self.prose.item(Role::Text, "✓", &told);
            return;
        }
        let (lost, _) = store.loss.sides();
        let least =
            if store.loss.exposure.at_least && store.loss.exposure.seconds.is_some() { " at least" } else { "" };
        let told = format!("{} {lost}{least}{rpo} ({})", store.component(), exposure.note);
        self.prose.item(if store.is_over() { Role::Failed } else { mark.role }, mark.glyph, &told);
    }

    fn what_happens(&mut self, then: &Then) {
        self.prose.heading("What happens");
        self.opening(then);
        self.users_notice();
        let state = &self.world.state;
        let points: Vec<&str> = prospect::points_of_no_return(self.world)
            .into_iter()
            .map(|place| Decided::at(state, place).step.title.as_str())
            .collect();
        if !points.is_empty() {
            let asked =
                if self.choices.is_on(&Choice::Cross) { "crossed with the start" } else { "each asked in its turn" };
            self.prose.pair("no return", Role::Failed, &format!("{} ({asked})", points.join(", ")));
            let text = match points.len() {
                1 => "cross it now, for good: it is not asked about again".to_owned(),
                count => format!("cross all {count} now, for good: they are not asked about again"),
            };
            self.choice(&Choice::Cross, &text);
        }
        let (since, now) = (state.run.declared_at, self.world.now);
        let ago = words::age(objective::seconds_between(since, now));
        let done = words::clock(self.world.figures.projected_seconds);
        let (of, role) = match state.run.plan.application.rto_seconds {
            Some(rto) if self.world.figures.projected_seconds > rto => {
                (format!(", LATE: its rto is {}", words::clock(rto)), Role::Failed)
            }
            Some(rto) => (format!(" of {}", words::clock(rto)), Role::Text),
            None => (String::new(), Role::Text),
        };
        let (measured, all) = (state.run.runbook.measured(), state.run.runbook.steps.len());
        let by = match measured {
            0 => String::new(),
            measured => format!("; of {measured} of {all} steps by the median of past runs"),
        };
        let told = format!("runs since {}, {ago} ago; started now, done ≈ {done}{of}{by}", words::wall(since));
        self.prose.pair("clock", role, &told);
    }

    fn opening(&mut self, then: &Then) {
        let state = &self.world.state;
        let only = match then {
            Then::Auto => None,
            Then::Go => reading::next_step(state),
            Then::Step(step) => state.place(step),
            Then::AsSet if state.mode == Mode::Auto => None,
            Then::AsSet => Some(usize::MAX),
        };
        let opening = prospect::opening(self.world, only, self.choices.ahead());
        let titles = |places: &[usize]| {
            let titles: Vec<_> = places.iter().map(|place| &state.plan_step(*place).title).collect();
            names(&titles)
        };
        let starts = if opening.starts.is_empty() { "nothing".to_owned() } else { titles(&opening.starts) };
        self.prose.pair("starts at once", Role::Text, &starts);
        for gate in GateKind::ALL {
            let asks: Vec<usize> =
                opening.asks.iter().filter(|(_, kind)| *kind == gate).map(|(place, _)| *place).collect();
            if !asks.is_empty() {
                let asks: Vec<usize> = asks.into_iter().map(|place| decided(state, gate, place)).collect();
                self.prose.pair("asked first", Role::Text, &format!("{}: {}", gate.words(), titles(&asks)));
            }
        }
        let space = self.world.keys.hint("go");
        let goes_on = match then {
            Then::Auto => "in auto, up to the next question or failure".to_owned(),
            Then::Go | Then::Step(_) => format!("each step waits for {space}"),
            Then::AsSet => match state.mode {
                Mode::Auto => "in auto, up to the next question or failure".to_owned(),
                Mode::Step => format!("each step waits for {space}, or {} for auto", self.world.keys.hint("auto")),
                Mode::Hold => format!("held; {} goes on", self.world.keys.hint("resume")),
            },
        };
        self.prose.pair("then", Role::Text, &goes_on);
    }

    fn users_notice(&mut self) {
        let state = &self.world.state;
        let mut fenced: Vec<_> = Vec::new();
        for step in state.run.runbook.steps.iter().filter(|step| step.role() == Part::Fence && step.left_out.is_none())
        {
            if !fenced.contains(&&step.component) {
                fenced.push(&step.component);
            }
        }
        let Some(without) = prospect::without(self.world) else {
            self.prose.pair("users notice", Role::Text, "nothing is taken away: what serves now goes on meanwhile");
            return;
        };
        let primary = &state.run.plan.application.primary;
        let told = match state.run.intent {
            Intent::Failover => format!(
                "{primary} stops serving where it still does ({}); up in {} ≈ {} later, questions not counted",
                names(&fenced),
                state.run.plan.application.recovery,
                words::clock(without.seconds)
            ),
            Intent::Switchover | Intent::Failback => format!(
                "the application is down for ≈ {}, from the fence of {} {}",
                words::clock(without.seconds),
                names(&fenced),
                if without.until_cut_over { "to the last cut-over" } else { "until everything is verified" }
            ),
        };
        self.prose.pair("users notice", Role::Blocked, &told);
    }

    fn warnings(&mut self) {
        let Some(preflight) = self.preflight().cloned() else { return };
        let (seen, of_plan): (Vec<&Found>, Vec<&Found>) =
            preflight.warns.iter().partition(|found| found.step.is_some() || found.seen_at.is_some());
        // What a store would lose now is told above, with the number of now.
        let stores = &self.world.figures.stores;
        let is_loss = |found: &&Found| {
            found.step.is_none()
                && found.check.code.ends_with("-lag")
                && stores.iter().any(|store| Some(store.component()) == found.component.as_ref())
        };
        let seen: Vec<&Found> = seen.into_iter().filter(|found| !is_loss(found)).collect();
        if seen.is_empty() && of_plan.is_empty() {
            return;
        }
        self.prose.heading("To know");
        for group in prospect::gathered(seen) {
            self.prose.item(Role::Blocked, "!", &format!("{} ({})", told(&group), group.found.check.weight.word()));
        }
        if !of_plan.is_empty() {
            let key = self.world.keys.hint("readiness");
            let told = if self.world.keys.are_typed() {
                format!("{} of the plan itself: {key} tells them", of_plan.len())
            } else {
                format!("{} of the plan itself: {key} Readiness, after {}", of_plan.len(), self.world.keys.hint("back"))
            };
            self.prose.item(Role::Text, "!", &told);
        }
    }

    fn told_when(&mut self) {
        let Some(preflight) = self.preflight() else { return };
        let count = preflight.ok.len();
        let since = self.world.memory.preflight_at().map_or_else(String::new, |at| {
            format!("; as found {}, unchanged since; past 5m it is asked anew", words::wall(at))
        });
        self.prose.blank().item(Role::Ok, "✓", &format!("{count} checks are as wanted{since}"));
    }
}

/// The step that `gate` at `place` decides about: the promotion behind a store's fence, where that cannot be taken back or
/// loses data.
fn decided(state: &State, gate: GateKind, place: usize) -> usize {
    match gate {
        GateKind::PointOfNoReturn | GateKind::Loss => Decided::at(state, place).place,
        GateKind::Approval
        | GateKind::Manual
        | GateKind::Writers
        | GateKind::CaughtUp
        | GateKind::Divergence
        | GateKind::Window => place,
    }
}

/// A finding in a paragraph: `rds-replica-role  orders-db: found …, wanted …`.
fn told(group: &prospect::Group<'_>) -> String {
    let check = &group.found.check;
    let about = if group.about.is_empty() { String::new() } else { format!("{}: ", names(&group.about)) };
    format!("{}  {about}found {}, wanted {}", check.code, check.found, check.wanted)
}
