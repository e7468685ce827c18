//! What a run changed, thing by thing, and how states stand to it.

use super::{Row, Stands, State, Turned, placed};
use crate::snapshot::Snapshot;
use crate::snapshot::diff::in_short;
use crate::terraform::drift::{is_left_as, named, within};
use crate::terraform::state::is_global;
use serde_json::Value;
use std::collections::BTreeMap;

/// All that was changed of one thing.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub class: String,
    pub region: String,
    pub account: Option<String>,
    /// Every name that it had, the last first.
    pub names: Vec<String>,
    pub rows: Vec<Row>,
}

impl Group {
    /// Whether no code is known that has it.
    pub fn is_nowhere(&self) -> bool {
        self.rows.iter().any(|row| matches!(row.stands, Stands::NotAsked | Stands::Undeclared))
    }

    /// Whether `snapshot` is of where it is.
    pub fn is_of(&self, snapshot: &Snapshot) -> bool {
        let same = |account: &String| snapshot.account.is_empty() || *account == snapshot.account;
        (snapshot.region == self.region || is_global(&self.class)) && self.account.as_ref().is_none_or(same)
    }
}

/// Whether an import names what the cloud calls `id`.
pub(super) fn is_called(class: &str, id: &str, import: &str) -> bool {
    match class {
        "aws_route53_record" => {
            let plain = |text: &str| text.replace("\\052", "*").to_lowercase();
            plain(import) == plain(id)
        }
        "aws_ecs_task_definition" => {
            import.rsplit('/').next().and_then(|last| last.split(':').next()).is_some_and(|family| family == id)
        }
        "aws_appautoscaling_target" => import.contains(&format!("/{id}/")),
        "aws_secretsmanager_secret" => is_secret(import, id),
        _ => import == id,
    }
}

/// Whether a secret's ARN is of this name: six letters stand behind it.
fn is_secret(arn: &str, name: &str) -> bool {
    let rest = arn.split_once(":secret:").map(|(_, rest)| rest);
    rest.is_some_and(|rest| {
        rest == name || rest.strip_prefix(name).is_some_and(|end| end.len() == 7 && end.starts_with('-'))
    })
}

/// Things by their first name, in the order in which they were changed last.
pub(super) fn groups(turned: Vec<Turned>, states: &[State]) -> Vec<Group> {
    let names = Names::of(&turned);
    let mut groups: Vec<Group> = Vec::new();
    for mut one in turned {
        let (first, last) = names.ends(&one);
        if one.argument == NAME {
            // Given back its name, nothing is left of it.
            if first == last {
                continue;
            }
            one.value = Some(last.clone().into());
            one.now.clone_from(&last);
        }
        let same = |group: &&mut Group| {
            !group.class.is_empty()
                && group.class == one.class
                && group.region == one.region
                && group.account == one.account
                && group.names.contains(&first)
        };
        let row = Row {
            turned: one.clone(),
            stands: Stands::NotAsked,
            consequence: String::new(),
            written: None,
            fix: String::new(),
            state: 0,
        };
        if let Some(group) = groups.iter_mut().find(same) {
            group.rows.retain(|row| row.turned.argument != one.argument);
            for name in [&one.id, &last] {
                if !group.names.contains(name) {
                    group.names.insert(0, name.clone());
                }
            }
            group.rows.push(row);
        } else {
            let mut all = vec![last];
            for name in [one.id.clone(), first] {
                if !all.contains(&name) {
                    all.push(name);
                }
            }
            let Turned { class, region, account, .. } = one;
            groups.push(Group { class, region, account, names: all, rows: vec![row] });
        }
    }
    for group in &mut groups {
        stand(group, states);
    }
    groups
}

/// The argument by which a thing is called.
const NAME: &str = "identifier";

/// Who was called otherwise, in order.
struct Names(Vec<(String, String, String)>);

impl Names {
    fn of(turned: &[Turned]) -> Self {
        let renamed = turned.iter().filter(|one| one.argument == NAME);
        let each = renamed.filter_map(|one| {
            Some((format!("{} {}", one.region, one.class), one.id.clone(), one.value.as_ref()?.as_str()?.to_owned()))
        });
        Self(each.collect())
    }

    /// What a thing was called at first, and at last.
    fn ends(&self, one: &Turned) -> (String, String) {
        let of = format!("{} {}", one.region, one.class);
        let own: Vec<_> = self.0.iter().filter(|(place, ..)| *place == of).collect();
        let mut first = one.id.clone();
        for (_, from, to) in own.iter().rev() {
            if *to == first {
                first.clone_from(from);
            }
        }
        let mut last = first.clone();
        for (_, from, to) in own {
            if *from == last {
                last.clone_from(to);
            }
        }
        (first, last)
    }
}

/// Finds who declares a group, and says how.
fn stand(group: &mut Group, states: &[State]) {
    if group.class.is_empty() {
        for row in &mut group.rows {
            row.stands = Stands::NotTold;
            "what it changed is known to whoever wrote it alone".clone_into(&mut row.consequence);
        }
        return;
    }
    let found = states.iter().enumerate().find_map(|(at, state)| {
        let here = within(&placed(group), &state.instances);
        let one = group.names.iter().find_map(|name| named(&here, &group.class, name))?;
        Some((at, one.clone()))
    });
    let families: BTreeMap<String, String> = families(states);
    for row in &mut group.rows {
        let Turned { class, id, argument, now, value, .. } = &row.turned;
        let shown = value.as_ref().map_or_else(|| now.clone(), in_short);
        let Some((at, instance)) = &found else {
            row.stands = if states.is_empty() { Stands::NotAsked } else { Stands::Undeclared };
            row.consequence = match (states.is_empty(), argument.as_str()) {
                (_, "") if now == "gone" => format!("a rebuild from Git makes {class} {id} again, if code has it"),
                (_, "") => format!("a rebuild from Git has no {class} {id}"),
                (true, NAME) => {
                    "terraform apply gives it its old name back, or makes an empty one of that name: whoever was kept out by it writes again"
                        .to_owned()
                }
                (true, _) => format!("terraform apply takes {argument} = {shown} back, if code says otherwise"),
                (false, _) => format!("a rebuild from Git has no {class} {id} with {argument} = {shown}"),
            };
            continue;
        };
        row.state = *at;
        let address = instance.address.clone();
        if argument.is_empty() {
            (row.stands, row.consequence) = match now.as_str() {
                "gone" => (
                    Stands::Otherwise { address: address.clone(), declared: None },
                    format!("terraform apply makes {address} again"),
                ),
                _ => (Stands::Same { address }, "a state has it already".to_owned()),
            };
            continue;
        }
        let is_hidden = instance.hidden.contains(argument);
        let declared = instance.attributes.get(argument).unwrap_or(&Value::Null);
        let follows = argument == "task_definition"
            && value.as_ref().and_then(Value::as_str).is_some_and(|named| families.contains_key(family(named)));
        (row.stands, row.consequence) = match value {
            Some(value) if !is_hidden && is_left_as(argument, value, declared) => {
                (Stands::Same { address }, "it is declared as it was left".to_owned())
            }
            Some(value) if !is_hidden && !follows => (
                Stands::Otherwise { address: address.clone(), declared: Some(declared.clone()) },
                format!(
                    "terraform apply of {address} sets {argument} {} → {}{}",
                    in_short(value),
                    in_short(declared),
                    if argument == NAME { ": whoever was kept out by its name writes again" } else { "" }
                ),
            ),
            Some(_) if follows => (
                Stands::NotCompared { address: address.clone() },
                format!("terraform apply of {address} sets the revision that its code makes"),
            ),
            _ => (
                Stands::NotCompared { address: address.clone() },
                format!("terraform apply of {address} may take it back: it cannot be compared here"),
            ),
        };
    }
}

/// A task definition's family, of its ARN or revision.
fn family(named: &str) -> &str {
    let name = named.rsplit('/').next().unwrap_or(named);
    name.split(':').next().unwrap_or(name)
}

/// The families that states declare, with their addresses.
fn families(states: &[State]) -> BTreeMap<String, String> {
    let all = states.iter().flat_map(|state| &state.instances);
    let own = all.filter(|one| one.class == "aws_ecs_task_definition");
    own.filter_map(|one| Some((one.text("family").or_else(|| one.text("id"))?.to_owned(), one.address.clone())))
        .collect()
}
