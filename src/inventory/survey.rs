//! Finds what an application is made of: from its tags and its plan, along what refers to what, until nothing is new. It
//! asks and is told, and knows nothing of how; whatever the order of the answers, what it finds is the same.

use super::arn::{self, Here, Target};
use super::ask::{Answer, Ask, Key, Operation, Unread};
use super::desk::{Desk, Found, Item, Read, STACK, Stop, Told, Want};
use super::{registry, seeds};
use crate::snapshot::diff::matches;
use crate::snapshot::format::{FORMAT, VERSION};
use crate::snapshot::{Gap, Outside, Reference, Resource, Sealer, Snapshot};
use aho_corasick::{AhoCorasick, MatchKind};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is captured.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The application's name.
    pub application: String,
    /// Where.
    pub here: Here,
    /// The tags that what is of it carries, all of them; none when only the plan says what is of it.
    pub selectors: BTreeMap<String, String>,
    /// What is of it without a tag, by ARN.
    pub also: Vec<String>,
    /// What is not of it, by ARN or `KIND/ID`; a `*` stands for anything.
    pub except: Vec<String>,
    /// What the plan's components are here, and which component each is.
    pub components: Vec<(Reference, String)>,
}

/// Why something is looked at; the first of them is what is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    Tagged,
    Component(String),
    Also,
    Referred(String, String),
}

impl Why {
    fn words(&self) -> String {
        match self {
            Self::Tagged => "tagged".to_owned(),
            Self::Component(name) => format!("plan component {name}"),
            Self::Also => "named in the plan".to_owned(),
            Self::Referred(from, field) => format!("{from} {field}"),
        }
    }
    fn from(&self) -> String {
        match self {
            Self::Referred(from, _) => from.clone(),
            other => other.words(),
        }
    }
}

/// What was read of one thing.
#[derive(Debug)]
struct Done {
    read: Option<Box<Found>>,
    needs: BTreeSet<String>,
    beside: BTreeSet<String>,
    beyond: BTreeSet<String>,
    texts: Vec<String>,
    known: BTreeSet<String>,
}

/// A capture under way.
#[derive(Debug)]
pub struct Survey {
    scope: Scope,
    sealer: Sealer,
    told: Told,
    /// What is asked and not answered.
    asked: HashMap<Key, Vec<String>>,
    /// Ids that are asked for alone, since one of those they were asked with is not there.
    alone: BTreeSet<(Item, String)>,
    queue: BTreeSet<Reference>,
    because: BTreeMap<Reference, BTreeSet<Why>>,
    done: BTreeMap<Reference, Done>,
    same: BTreeMap<Reference, Reference>,
    outside: BTreeSet<Outside>,
    gaps: BTreeSet<Gap>,
    /// Which of the seeds were read, in their order.
    sown: usize,
}

impl Survey {
    /// A capture of `scope`, with what is secret taken out by `sealer`.
    pub fn new(scope: Scope, sealer: Sealer) -> Self {
        Self {
            scope,
            sealer,
            told: Told::default(),
            asked: HashMap::new(),
            alone: BTreeSet::new(),
            queue: BTreeSet::new(),
            because: BTreeMap::new(),
            done: BTreeMap::new(),
            same: BTreeMap::new(),
            outside: BTreeSet::new(),
            gaps: BTreeSet::new(),
            sown: 0,
        }
    }

    /// What is to be asked next; nothing when all is known.
    pub fn asks(&mut self) -> Vec<Ask> {
        loop {
            let mut wants = Vec::new();
            let is_sowing = self.sow(&mut wants);
            let waiting: Vec<Reference> = self.queue.iter().cloned().collect();
            let before = (self.queue.len(), self.done.len(), self.sown);
            for reference in waiting {
                self.read(&reference, &mut wants);
            }
            let asks = self.asks_for(wants);
            if !asks.is_empty() {
                return asks;
            }
            let is_stuck = before == (self.queue.len(), self.done.len(), self.sown);
            if !self.asked.is_empty() || (is_stuck && !is_sowing) {
                return Vec::new();
            }
        }
    }

    /// Takes an answer.
    pub fn take(&mut self, ask: &Ask, answer: Answer) {
        let answer = answer.map_err(|unread| match unread {
            Unread::Told(code) if ask.operation.absent.iter().any(|absent| code == *absent) => Unread::Absent,
            other => other,
        });
        let Some(ids) = self.asked.remove(&ask.key()) else { return };
        let Some(many) = &ask.operation.many else {
            self.told.calls.insert(ask.key(), answer);
            return;
        };
        let item = (ask.operation.key(), ask.at_home);
        match answer {
            Ok(list) => {
                let mut of: HashMap<String, Vec<Value>> = HashMap::new();
                for one in super::pick::list(&list, "") {
                    if let Some(id) = (many.id)(one) {
                        of.entry(id).or_default().push(one.clone());
                    }
                }
                for id in ids {
                    let found = of.remove(&id).map_or(Err(Unread::Absent), |found| Ok(found.into()));
                    self.told.items.insert((item, id), found);
                }
            }
            // One that is not there may hide the others: each is asked for alone.
            Err(unread) if ids.len() > 1 && may_hide(&unread) => {
                self.alone.extend(ids.into_iter().map(|id| (item, id)));
            }
            Err(unread) => {
                for id in ids {
                    self.told.items.insert((item, id), Err(unread.clone()));
                }
            }
        }
    }

    /// How many things were found so far.
    pub fn found(&self) -> usize {
        self.done.values().filter(|done| done.read.is_some()).count()
    }

    /// Reads the seeds that are due; whether one was read to its end.
    fn sow(&mut self, wants: &mut Vec<Want>) -> bool {
        let is_quiet = self.queue.is_empty() && self.asked.is_empty();
        let Some(seed) = seeds::SEEDS.get(self.sown).filter(|seed| is_quiet || !seed.is_last) else { return false };
        let own = Reference::new(seed.name, "");
        let (told, here) = (std::mem::take(&mut self.told), self.scope.here.clone());
        let mut desk = Desk::new(&told, &here, &self.sealer, &own);
        let captured: Vec<(Reference, Vec<String>)> = self
            .done
            .iter()
            .filter(|(_, done)| done.read.is_some())
            .map(|(reference, done)| (reference.clone(), done.known.iter().cloned().collect()))
            .collect();
        let step = (seed.read)(&mut desk, &self.scope, &captured);
        let (children, outside, gaps, more) = (desk.children, desk.outside, desk.gaps, desk.wants);
        self.told = told;
        let account = match step {
            Ok(account) => account,
            Err(Stop::Pending) => {
                wants.extend(more);
                return false;
            }
            Err(Stop::Absent) => None,
            Err(Stop::Unread { operation, error }) => {
                self.gaps.insert(Gap { of: seed.name.to_owned(), operation, error });
                None
            }
        };
        self.sown += 1;
        if let Some(account) = account {
            self.scope.here.account = account;
        }
        self.gaps.extend(gaps);
        self.outside.extend(outside);
        for link in children {
            let why = if seed.is_last { Why::Referred(link.field, "dns".to_owned()) } else { Why::Tagged };
            self.want(link.to, why);
        }
        if seed.names_the_plan {
            for (reference, component) in self.scope.components.clone() {
                self.want(reference, Why::Component(component));
            }
            for also in self.scope.also.clone() {
                match arn::target(&also, &self.scope.here) {
                    Some(Target::Here(reference)) => self.want(reference, Why::Also),
                    Some(Target::Outside(to, why)) => self.leave("named in the plan", &to, why),
                    Some(Target::Part) => self.leave("named in the plan", &also, "it is a part of something else"),
                    None => self.leave("named in the plan", &also, arn::NOT_READ),
                }
            }
        }
        true
    }

    /// Reads one thing, as far as it is told.
    fn read(&mut self, reference: &Reference, wants: &mut Vec<Want>) {
        let Some(kind) = registry::kind(&reference.kind) else {
            self.queue.remove(reference);
            let from = self.first_from(reference);
            self.leave(&from, &reference.to_string(), arn::NOT_READ);
            return;
        };
        let told = std::mem::take(&mut self.told);
        let mut desk = Desk::new(&told, &self.scope.here, &self.sealer, reference);
        let step = (kind.read)(&mut desk, &reference.id);
        let Desk { wants: more, needs, beside, beyond, children, outside, gaps, texts, known, .. } = desk;
        self.told = told;
        if matches!(step, Err(Stop::Pending)) {
            wants.extend(more);
            return;
        }
        self.queue.remove(reference);
        let own = reference.to_string();
        let mut done = Done {
            read: None,
            needs: BTreeSet::new(),
            beside: BTreeSet::new(),
            beyond: BTreeSet::new(),
            texts: Vec::new(),
            known: BTreeSet::new(),
        };
        match step {
            Ok(Read::Found(found)) => {
                let arn = found.arn.clone();
                if self.is_excepted(reference, arn.as_deref()) {
                    let from = self.first_from(reference);
                    self.leave(&from, arn.as_deref().unwrap_or(&own), "the plan leaves it out");
                } else {
                    self.gaps.extend(gaps);
                    self.outside.extend(outside);
                    done.needs = needs.iter().map(|link| link.to.to_string()).collect();
                    done.beside = beside.iter().map(|link| link.to.to_string()).collect();
                    done.beyond = beyond.iter().map(|link| link.to.to_string()).collect();
                    done.texts = texts;
                    done.known = known;
                    done.read = Some(found);
                    for link in needs.into_iter().chain(children) {
                        if link.to != *reference {
                            self.want(link.to, Why::Referred(own.clone(), link.field));
                        }
                    }
                }
            }
            Ok(Read::Same(other)) => {
                self.same.insert(reference.clone(), other.clone());
                for why in self.because.get(reference).cloned().unwrap_or_default() {
                    self.want(other.clone(), why);
                }
            }
            Ok(Read::Nothing(why)) => {
                let from = self.first_from(reference);
                self.leave(&from, &own, why);
            }
            Err(Stop::Absent) => {
                let from = self.first_from(reference);
                self.leave(&from, &own, crate::snapshot::format::ABSENT);
            }
            Err(Stop::Unread { operation, error }) => {
                self.gaps.insert(Gap { of: own, operation, error });
            }
            Err(Stop::Pending) => {}
        }
        self.done.insert(reference.clone(), done);
    }

    /// Something is to be read, unless it was.
    fn want(&mut self, reference: Reference, why: Why) {
        // What is known by another name is that.
        let reference = self.same.get(&reference).cloned().unwrap_or(reference);
        if self.is_excepted(&reference, None) {
            self.leave(&why.from(), &reference.to_string(), "the plan leaves it out");
            return;
        }
        self.because.entry(reference.clone()).or_default().insert(why);
        if !self.done.contains_key(&reference) {
            self.queue.insert(reference);
        }
    }

    fn is_excepted(&self, reference: &Reference, arn: Option<&str>) -> bool {
        let named = reference.to_string();
        let is_it = |pattern: &String| {
            matches(pattern, &named) || matches(pattern, &reference.id) || arn.is_some_and(|arn| matches(pattern, arn))
        };
        self.scope.except.iter().any(is_it)
    }

    fn first_from(&self, reference: &Reference) -> String {
        let first = self.because.get(reference).and_then(|whys| whys.first());
        first.map_or_else(String::new, Why::from)
    }

    fn leave(&mut self, from: &str, to: &str, why: &str) {
        self.outside.insert(Outside { from: from.to_owned(), to: to.to_owned(), why: why.to_owned() });
    }

    /// The calls for what is wanted: each once, and things together where one call tells of several.
    fn asks_for(&mut self, wants: Vec<Want>) -> Vec<Ask> {
        let mut asks: BTreeMap<Key, (Ask, Vec<String>)> = BTreeMap::new();
        let mut items: BTreeMap<Item, (&'static Operation, BTreeSet<String>)> = BTreeMap::new();
        let under_way: BTreeSet<(Item, &String)> = self
            .asked
            .iter()
            .flat_map(|((operation, at_home, _), ids)| ids.iter().map(move |id| ((*operation, *at_home), id)))
            .collect();
        for want in wants {
            match want {
                Want::Call(ask) if self.asked.contains_key(&ask.key()) => {}
                Want::Call(ask) => {
                    asks.insert(ask.key(), (ask, Vec::new()));
                }
                Want::Item(operation, id) => {
                    let item = (operation.key(), false);
                    if !under_way.contains(&(item, &id)) {
                        items.entry(item).or_insert_with(|| (operation, BTreeSet::new())).1.insert(id);
                    }
                }
            }
        }
        for (item, (operation, ids)) in items {
            let Some(many) = &operation.many else { continue };
            let (alone, together): (Vec<String>, Vec<String>) =
                ids.into_iter().partition(|id| self.alone.contains(&(item, id.clone())));
            let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for id in &together {
                groups.entry((many.group)(id)).or_default().push(id);
            }
            let chunks = groups.values().flat_map(|ids| ids.chunks(many.most)).map(<[&str]>::to_vec);
            for ids in chunks.chain(alone.iter().map(|id| vec![id.as_str()])) {
                let ask = Ask { operation, request: (many.ask)(&ids), at_home: false };
                asks.insert(ask.key(), (ask, ids.into_iter().map(str::to_owned).collect()));
            }
        }
        let told = asks.into_values().map(|(ask, ids)| {
            self.asked.insert(ask.key(), ids);
            ask
        });
        told.collect()
    }

    /// What was found, as a snapshot.
    pub fn snapshot(mut self) -> Snapshot {
        // What was never read to its end is a gap, whatever kept it.
        for reference in std::mem::take(&mut self.queue) {
            let gap = Gap { of: reference.to_string(), operation: "capture".to_owned(), error: "not read".to_owned() };
            self.gaps.insert(gap);
        }
        if self.sown < seeds::SEEDS.len() {
            let of = seeds::SEEDS[self.sown].name.to_owned();
            self.gaps.insert(Gap { of, operation: "capture".to_owned(), error: "not read".to_owned() });
        }
        self.spare();
        self.meet();
        let real = |named: &String| {
            let (kind, id) = named.split_once('/').unwrap_or((named, ""));
            let reference = Reference::new(kind, id);
            self.same.get(&reference).unwrap_or(&reference).clone()
        };
        let captured: BTreeSet<String> = self
            .done
            .iter()
            .filter(|(_, done)| done.read.is_some())
            .map(|(reference, _)| reference.to_string())
            .collect();
        let unread: BTreeSet<&String> = self.gaps.iter().map(|gap| &gap.of).collect();
        let mut resources = Vec::new();
        let mut others = BTreeSet::new();
        for (reference, done) in &self.done {
            let Some(found) = &done.read else { continue };
            let is_kept = |need: &String| captured.contains(need) || unread.contains(need);
            let needs = done.needs.iter().map(real).map(|need| need.to_string()).filter(is_kept);
            let beside = done.beside.iter().filter(|named| captured.contains(*named)).cloned();
            for other in done.beside.union(&done.beyond).filter(|named| !captured.contains(*named)) {
                let why = "it is used beside, and not followed".to_owned();
                others.insert(Outside { from: reference.to_string(), to: other.clone(), why });
            }
            let needs: BTreeSet<String> = needs.chain(beside).filter(|need| *need != reference.to_string()).collect();
            resources.push(self.resource(reference, found, needs.into_iter().collect(), &done.known));
        }
        belong(&mut resources, &self.scope.selectors);
        let Scope { application, here, selectors, .. } = self.scope;
        self.outside.extend(others);
        let sealed_by = self.sealer.known_by();
        Snapshot {
            format: FORMAT.to_owned(),
            version: VERSION,
            application,
            account: here.account,
            partition: here.partition,
            region: here.region,
            selectors,
            complete: self.gaps.is_empty(),
            resources,
            outside: self.outside.into_iter().collect(),
            gaps: self.gaps.into_iter().collect(),
            sealed_by,
            taken: None,
        }
        .settled()
    }

    fn resource(&self, reference: &Reference, found: &Found, needs: Vec<String>, known: &BTreeSet<String>) -> Resource {
        let mut config = found.config.clone();
        let mut tags = found.tags.clone();
        let stack = tags.as_mut().and_then(|tags| tags.shift_remove(STACK));
        let is_selected = |tags: &serde_json::Map<String, Value>| {
            self.scope.selectors.iter().all(|(key, value)| tags.get(key).and_then(Value::as_str) == Some(value))
        };
        // What has no tags of its own is whose what it belongs to is.
        let shared = !self.scope.selectors.is_empty() && tags.as_ref().is_some_and(|tags| !is_selected(tags));
        if let Some(tags) = tags {
            config.put("Tags", tags);
        }
        let config = match self.sealer.once_more("", &config.value()) {
            Value::Object(config) => config,
            _ => serde_json::Map::new(),
        };
        let because = self.because.get(reference).and_then(|whys| whys.first()).map(Why::words);
        Resource {
            kind: reference.kind.clone(),
            id: reference.id.clone(),
            arn: found.arn.clone(),
            name: found.name.clone(),
            global: registry::kind(&reference.kind).is_some_and(|kind| kind.is_global),
            shared,
            because: because.unwrap_or_default(),
            managed_by: if stack.is_some() { "cloudformation" } else { "?" }.to_owned(),
            needs,
            known_by: known.iter().cloned().collect(),
            config,
        }
    }

    /// What names a captured thing is no secret, however dense: with all names known, what had something sealed is read once more.
    fn spare(&mut self) {
        let is_found = |done: &&Done| done.read.is_some();
        let known = self.done.values().filter(is_found).flat_map(|done| done.known.iter().cloned());
        let own = self.done.iter().filter_map(|(reference, done)| {
            let name = done.read.as_ref()?.name.clone();
            Some([Some(reference.id.clone()), name].into_iter().flatten())
        });
        let names: BTreeSet<String> = own.flatten().chain(known).collect();
        let sealer = self.sealer.clone().knowing(names.iter().map(String::as_str));
        for (reference, done) in &mut self.done {
            let Some(found) = &mut done.read else { continue };
            let is_sealed = found.config.clone().value().to_string().contains("⟦sealed");
            let Some(kind) = registry::kind(&reference.kind).filter(|_| is_sealed) else { continue };
            let mut desk = Desk::new(&self.told, &self.scope.here, &sealer, reference);
            if let Ok(Read::Found(again)) = (kind.read)(&mut desk, &reference.id) {
                *found = again;
            }
        }
    }

    /// Whoever names a captured thing by its address or its name in a text needs it.
    fn meet(&mut self) {
        let known: Vec<(String, Reference)> = self
            .done
            .iter()
            .filter(|(_, done)| done.read.is_some())
            .flat_map(|(reference, done)| done.known.iter().map(|name| (name.clone(), reference.clone())))
            .collect();
        // The longest of those that begin at one place.
        let names =
            AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(known.iter().map(|(name, _)| name));
        let Ok(names) = names else { return };
        let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        for (reference, done) in &mut self.done {
            for text in &done.texts {
                for found in names.find_iter(text) {
                    let before = text[..found.start()].chars().next_back().is_some_and(is_part);
                    let after = text[found.end()..].chars().next().is_some_and(is_part);
                    let (_, target) = &known[found.pattern().as_usize()];
                    if !before && !after && target != reference {
                        done.needs.insert(target.to_string());
                    }
                }
            }
        }
    }
}

/// What is a part of another, and whose it is.
const PARTS: &[(&str, &str)] =
    &[("listener", "load-balancer"), ("db-instance", "aurora-cluster"), ("internet-gateway", "vpc")];

/// A part that has none of the tags that all was looked for by is whose the whole is: a console tags no listener.
fn belong(resources: &mut [Resource], selectors: &BTreeMap<String, String>) {
    let own: BTreeSet<String> =
        resources.iter().filter(|one| !one.shared).map(|one| one.reference().to_string()).collect();
    for one in resources.iter_mut().filter(|one| one.shared) {
        let tags = one.config.get("Tags").and_then(Value::as_object);
        let is_anothers = selectors.keys().any(|key| tags.is_some_and(|tags| tags.contains_key(key)));
        let of = PARTS.iter().find(|(part, _)| *part == one.kind).map(|(_, whole)| format!("{whole}/"));
        let is_part = of.is_some_and(|of| one.needs.iter().any(|need| need.starts_with(&of) && own.contains(need)));
        one.shared = is_anothers || !is_part;
    }
}

/// Whether this may be said of one thing among several that were asked for together.
fn may_hide(unread: &Unread) -> bool {
    match unread {
        Unread::Absent => true,
        Unread::Told(code) => ["NotFound", "NotExist", "Invalid", "Validation", "NonExist", "Malformed"]
            .iter()
            .any(|part| code.contains(part)),
    }
}
