//! The components by tier: health on both sides, lag, and where their steps stand. A closed tier shows its worst.

use crate::console::figures::{Standing, Store};
use crate::console::health;
use crate::console::look::{Mark, Role, Theme};
use crate::console::reading;
use crate::console::screens::Chosen;
use crate::console::widgets::{By, Column, Motion, Narrow, Order, pane, row};
use crate::console::world::World;
use crate::plan::Side;
use crate::recovery::objective;
use crate::recovery::words;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Block;
use tui_tree_widget::{Tree, TreeItem, TreeState};
use unicode_width::UnicodeWidthStr;

/// A row of the tree: a tier by its place, or a component by its place in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Node {
    Tier(usize),
    Component(usize),
}

/// The tree's own state, and its rows as they were made last.
pub struct Components {
    state: TreeState<Node>,
    items: Vec<TreeItem<'static, Node>>,
    narrow: Narrow,
    order: Order,
    /// The components to be shown, by tier, and the state that they were taken at.
    taken: Option<(u64, Vec<Vec<usize>>)>,
    heading: Line<'static>,
    made: Option<Made>,
    frame: Block<'static>,
    opened: bool,
    page: usize,
}

impl Default for Components {
    fn default() -> Self {
        Self {
            state: TreeState::default(),
            items: Vec::new(),
            narrow: Narrow::default(),
            order: Order::among(&[By::State, By::Name, By::Lag]),
            taken: None,
            heading: Line::default(),
            made: None,
            frame: Block::default(),
            opened: false,
            page: 0,
        }
    }
}

/// What the rows were made from; they are made again when it is another.
#[derive(Clone, PartialEq)]
struct Made {
    changes: u64,
    width: u16,
    theme: String,
    /// The components whose rows have their words.
    near: Vec<usize>,
}

impl Components {
    /// Moves.
    pub fn go(&mut self, motion: Motion) {
        let page = self.page;
        match motion {
            Motion::Up => self.state.key_up(),
            Motion::Down => self.state.key_down(),
            Motion::Left => self.state.key_left(),
            Motion::Right => self.state.key_right(),
            Motion::First => self.state.select_first(),
            Motion::Last => self.state.select_last(),
            Motion::PageUp => self.state.select_relative(|at| at.map_or(0, |at| at.saturating_sub(page))),
            Motion::PageDown => self.state.select_relative(|at| at.map_or(0, |at| at + page)),
        };
    }

    /// Chooses the row at `at`; a tier that is chosen already opens or closes.
    pub fn click(&mut self, at: Position) {
        self.state.click_at(at);
    }

    /// What is chosen.
    pub fn chosen(&self) -> Chosen {
        match self.state.selected().last() {
            Some(Node::Component(component)) => Chosen::Component(*component),
            Some(Node::Tier(_)) => Chosen::Folded,
            None => Chosen::Nothing,
        }
    }

    /// Opens the chosen tier, or closes it.
    pub fn unfold(&mut self) -> bool {
        matches!(self.state.selected().last(), Some(Node::Tier(_))) && self.state.toggle_selected()
    }

    /// Puts the components of each tier in the next order.
    pub fn sort(&mut self, world: &World) -> bool {
        self.order.turn();
        (self.made, self.taken) = (None, None);
        self.take(world);
        true
    }

    /// Chooses a component, opening its tier.
    pub fn choose(&mut self, world: &World, component: usize) {
        let Some(tier) = world.shape.tiers.iter().position(|(_, members)| members.contains(&component)) else { return };
        self.state.open(vec![Node::Tier(tier)]);
        self.state.select(vec![Node::Tier(tier), Node::Component(component)]);
    }

    /// Narrows the rows to what holds the words of `text`.
    pub fn filter(&mut self, world: &World, text: &str) {
        if self.narrow.set(text) {
            self.made = None;
            self.taken = None;
            self.take(world);
        }
    }

    /// Makes the rows, if anything they show is another than when they were made last.
    pub fn prepare(&mut self, world: &World, theme: &Theme, area: Rect, focused: bool) {
        if !self.opened {
            self.open_all(world);
        }
        self.page = usize::from(area.height.saturating_sub(4)).max(1);
        self.take(world);
        let near = self.near(usize::from(area.height));
        let title = self.order.title("Components", &world.keys.hint("sort"));
        let made = Made { changes: world.changes, width: area.width, theme: theme.name().to_owned(), near };
        if self.made.as_ref() == Some(&made) {
            self.frame = pane::frame(&self.narrow.title(&title), focused, theme);
            return;
        }
        self.frame = pane::frame(&self.narrow.title(&title), focused, theme);
        // Less the frame and the tree's own indent.
        let widths = Widths::of(world, usize::from(area.width.saturating_sub(2 + 2)));
        self.heading = widths.heading(world, theme);
        let tiers = self.taken.as_ref().map_or(&[][..], |(_, tiers)| tiers);
        self.items = items(world, theme, &widths, tiers, &made.near);
        self.made = Some(made);
    }

    /// The components that a frame of `height` rows may show: those near the first row and those near the chosen one,
    /// which the tree brings into sight.
    fn near(&self, height: usize) -> Vec<usize> {
        let tiers = self.taken.as_ref().map_or(&[][..], |(_, tiers)| tiers);
        let mut rows: Vec<Node> = Vec::new();
        for (tier, members) in tiers.iter().enumerate().filter(|(_, members)| !members.is_empty()) {
            rows.push(Node::Tier(tier));
            if self.state.opened().contains(&[Node::Tier(tier)][..]) {
                rows.extend(members.iter().copied().map(Node::Component));
            }
        }
        let chosen = self.state.selected().last().and_then(|chosen| rows.iter().position(|row| row == chosen));
        let middles = [Some(self.state.get_offset()), chosen].into_iter().flatten();
        let around = middles.flat_map(|middle| middle.saturating_sub(height)..(middle + 2 * height).min(rows.len()));
        let component = |row: usize| match rows[row] {
            Node::Component(component) => Some(component),
            Node::Tier(_) => None,
        };
        let mut near: Vec<usize> = around.filter_map(component).collect();
        near.sort_unstable();
        near.dedup();
        near
    }

    /// Takes the components to be shown. What is chosen is always among them: nobody acts on what is not in sight.
    fn take(&mut self, world: &World) {
        if self.taken.as_ref().is_some_and(|(at, _)| *at == world.changes) {
            return;
        }
        let mut tiers: Vec<Vec<usize>> = world.shape.tiers.iter().map(|(_, members)| members.clone()).collect();
        for members in &mut tiers {
            sort(world, members, self.order.by());
        }
        if self.narrow.is_empty() {
            self.taken = Some((world.changes, tiers));
            return;
        }
        for members in &mut tiers {
            members.retain(|component| self.narrow.takes(&found_by(world, *component)));
        }
        self.narrow.count(tiers.iter().map(Vec::len).sum(), world.state.run.plan.components.len());
        let held = match self.chosen() {
            Chosen::Component(component) => tiers.iter().any(|members| members.contains(&component)),
            Chosen::Step(_)
            | Chosen::Event(_)
            | Chosen::Finding(_)
            | Chosen::Captured(_)
            | Chosen::Drifted(..)
            | Chosen::Folded
            | Chosen::Nothing => false,
        };
        for (tier, _) in tiers.iter().enumerate().filter(|(_, members)| !members.is_empty()) {
            self.state.open(vec![Node::Tier(tier)]);
        }
        if !held {
            let first = tiers.iter().enumerate().find_map(|(tier, members)| Some((tier, *members.first()?)));
            let node = |(tier, component)| vec![Node::Tier(tier), Node::Component(component)];
            self.state.select(first.map(node).unwrap_or_default());
        }
        self.taken = Some((world.changes, tiers));
    }

    fn open_all(&mut self, world: &World) {
        for tier in 0..world.shape.tiers.len() {
            self.state.open(vec![Node::Tier(tier)]);
        }
        if let Some(first) = world.shape.tiers.first().and_then(|(_, members)| members.first()) {
            self.state.select(vec![Node::Tier(0), Node::Component(*first)]);
        }
        self.opened = true;
    }

    /// Draws the rows.
    pub fn draw(&mut self, frame: &mut Frame<'_>, theme: &Theme, area: Rect) {
        let inner = self.frame.inner(area);
        frame.render_widget(&self.frame, area);
        if inner.height < 2 {
            return;
        }
        frame.render_widget(&self.heading, Rect { height: 1, ..inner });
        let body = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
        // The only error is two rows of one name, and places are unique.
        let Ok(tree) = Tree::new(&self.items) else { return };
        let tree = tree
            .highlight_style(theme.style(Role::Selection))
            .node_open_symbol("▾ ")
            .node_closed_symbol("▸ ")
            .node_no_children_symbol("");
        frame.render_stateful_widget(tree, body, &mut self.state);
    }
}

/// Puts the components of a tier in order.
fn sort(world: &World, members: &mut [usize], by: By) {
    let named = |component: usize| &world.state.run.plan.components[component].name;
    match by {
        By::Own | By::Plan | By::Difference => {}
        By::Name => members.sort_by(|one, other| named(*one).as_str().cmp(named(*other).as_str())),
        By::State => members.sort_by_cached_key(|component| {
            let place = Chosen::Component(*component).step(world);
            place.map_or(usize::MAX, |place| Mark::of_step(&world.state, place).urgency())
        }),
        // What may lose nothing comes last, what is not known first.
        By::Lag => {
            let lag = |component: &usize| {
                let exposed = world.figures.store(named(*component)).is_some_and(Store::is_exposed);
                let sample = world.state.lags.get(named(*component)).and_then(|lag| lag.sample.seconds);
                if exposed { sample.unwrap_or(f64::INFINITY) } else { f64::NEG_INFINITY }
            };
            members.sort_by(|one, other| lag(other).total_cmp(&lag(one)));
        }
    }
}

/// The widths of the columns: what has the least worth goes first when there is no room.
struct Widths {
    name: usize,
    primary: usize,
    recovery: usize,
    lag: usize,
    step: usize,
}

/// The columns of a count beside a word of health: ` 2/4`.
const COUNT: usize = 4;

impl Widths {
    fn of(world: &World, width: usize) -> Self {
        let longest = world.state.run.plan.components.iter().map(|component| component.name.as_str().len()).max();
        let wanted = longest.unwrap_or(0).clamp(8, 28);
        let (side, lag, step) = match width {
            ..26 => (1, 0, 9),
            26..36 => (1, 5, 10),
            36..50 => (1, 9, 12),
            50..58 => (10, 6, 9),
            58..70 => (10, 10, 12),
            70.. => (14, 10, 13),
        };
        let columns = 3 + usize::from(lag > 0);
        let name = width.saturating_sub(2 * side + lag + step + columns);
        // How much of what is being brought up is there: the names have their room first.
        let more = if side == 10 && name >= wanted + COUNT { COUNT } else { 0 };
        Self { name: name.saturating_sub(more).min(wanted), primary: side, recovery: side + more, lag, step }
    }

    fn side(&self, side: Side) -> usize {
        match side {
            Side::Primary => self.primary,
            Side::Recovery => self.recovery,
        }
    }

    fn heading(&self, world: &World, theme: &Theme) -> Line<'static> {
        let style = theme.style(Role::Dim);
        let application = &world.state.run.plan.application;
        let side = |side: Side| {
            let region = application.region(side).as_str();
            let short = if side == Side::Primary { "P" } else { "R" };
            Column::left(if self.side(side) > 2 { region } else { short }, self.side(side), style)
        };
        let mut line = row([
            Column::left("component", self.name, style),
            side(Side::Primary),
            side(Side::Recovery),
            Column::right(if self.lag > 0 { "lag" } else { "" }, self.lag, style),
            Column::left("step", self.step, style),
        ]);
        line.spans.insert(0, Span::raw("  "));
        line
    }
}

/// What a component is found by: its name, what it is, whose it is, how its steps stand.
fn found_by(world: &World, component: usize) -> String {
    let named = &world.state.run.plan.components[component];
    let text = |text: &Option<crate::text::Clean>| text.as_deref().unwrap_or_default().to_owned();
    let (step, _) = step(world, component);
    format!("{} {} {} {} {step}", named.name, named.kind, text(&named.tier), text(&named.owner))
}

/// The rows; only those in `near` get their words, the others are not in sight.
fn items(
    world: &World,
    theme: &Theme,
    widths: &Widths,
    tiers: &[Vec<usize>],
    near: &[usize],
) -> Vec<TreeItem<'static, Node>> {
    let words = |component: usize| match near.binary_search(&component) {
        Ok(_) => line(world, theme, widths, component),
        Err(_) => Line::default(),
    };

    let tier = |(at, members): (usize, &Vec<usize>)| {
        let (name, _) = &world.shape.tiers[at];
        let children = members
            .iter()
            .map(|component| TreeItem::new_leaf(Node::Component(*component), words(*component)))
            .collect();
        let worst = members.iter().filter_map(|component| Chosen::Component(*component).step(world));
        let stuck = worst.filter(|place| reading::is_dead(&world.state, *place)).count();
        let mut heading = vec![Span::styled(format!("{name} "), theme.style(Role::Title))];
        heading.push(Span::styled(format!("{}", members.len()), theme.style(Role::Dim)));
        if stuck > 0 {
            heading.push(Span::styled(format!("  ✗ {stuck} failed"), theme.style(Role::Failed)));
        }
        TreeItem::new(Node::Tier(at), Line::from(heading), children).ok()
    };
    // A tier without components is one that was narrowed away.
    tiers.iter().enumerate().filter(|(_, members)| !members.is_empty()).filter_map(tier).collect()
}

fn line(world: &World, theme: &Theme, widths: &Widths, component: usize) -> Line<'static> {
    let named = &world.state.run.plan.components[component];
    let (step_text, step_role) = step(world, component);
    let (lag_text, lag_role) = lag(world, component, widths.lag);
    row([
        Column::left(named.name.as_str(), widths.name, theme.style(Role::Text)),
        stands(world, theme, widths, component, Side::Primary),
        stands(world, theme, widths, component, Side::Recovery),
        Column::right(lag_text, widths.lag, theme.style(lag_role)),
        Column::left(step_text, widths.step, theme.style(step_role)),
    ])
}

fn stands(world: &World, theme: &Theme, widths: &Widths, component: usize, side: Side) -> Column {
    let width = widths.side(side);
    let Some(seen) = health::seen(world, component, side) else {
        return Column::left("?", width, theme.style(Role::Dim));
    };
    if seen.is_stale() && world.clock_runs() {
        let text = if width > 2 { format!("stale {}", words::age(seen.age_seconds)) } else { "?".to_owned() };
        return Column::left(text, width, theme.style(Role::Stale));
    }
    // Without room for the word the glyph stands alone; the details have the word.
    let text = if width > 2 { seen.told(width) } else { seen.mark.glyph.to_owned() };
    Column::left(text, width, theme.style(seen.mark.role))
}

/// The lag of a store: its number, or that it is stale or unknown; once promoted, what was lost. Nothing for what holds no
/// data.
fn lag(world: &World, component: usize, width: usize) -> (String, Role) {
    let name = &world.state.run.plan.components[component].name;
    let Some(store) = world.figures.store(name) else { return (String::new(), Role::Dim) };
    if !store.is_exposed() {
        return promoted(store, width);
    }
    let sample = world.state.lags.get(name).map(|lag| &lag.sample);
    let Some((seconds, at)) = sample.and_then(|sample| Some((sample.seconds?, sample.sampled_at?))) else {
        return ("?".to_owned(), Role::Stale);
    };
    let age = objective::seconds_between(at, world.now);
    if age > words::STALE_AFTER_SECONDS {
        let stale = format!("stale {}", words::age(age));
        return (if stale.width() > width { "stale".to_owned() } else { stale }, Role::Stale);
    }
    let over = store.loss.rpo_seconds.is_some_and(|rpo| seconds > rpo) || store.was_over;
    (words::amount(seconds), if over { Role::Failed } else { Role::Text })
}

/// What a store lost that is not exposed any more: the longest words of it that fit.
fn promoted(store: &Store, width: usize) -> (String, Role) {
    let lost = store.loss.bounded();
    let (told, role) = match store.standing() {
        Standing::Missed | Standing::NotShown => {
            (vec![format!("lost {lost}"), lost.clone(), lost.replace(' ', "")], Role::Failed)
        }
        Standing::Accepted => (vec![format!("lost {lost}"), lost.clone(), lost.replace(' ', "")], Role::Failed),
        Standing::NotByThisRun => (vec!["–".to_owned()], Role::Dim),
        _ if store.loss.is_copied => (vec!["in use".to_owned(), "–".to_owned()], Role::Dim),
        _ => (vec!["promoted".to_owned(), "–".to_owned()], Role::Dim),
    };
    (told.into_iter().find(|told| told.width() <= width).unwrap_or_default(), role)
}

/// Where a component's steps stand: what needs a person, what runs, what is left, or that all of it is done.
fn step(world: &World, component: usize) -> (String, Role) {
    let Some(place) = Chosen::Component(component).step(world) else { return ("–".to_owned(), Role::Dim) };
    let mark = Mark::of_step(&world.state, place);
    let busy = world.state.steps[place].status.is_busy();
    let word = if busy { world.state.plan_step(place).id.action() } else { mark.word };
    (format!("{} {word}", mark.glyph), mark.role)
}
