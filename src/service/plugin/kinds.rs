//! The kinds that a plan's reader is handed where some are brought by programs that somebody here trusts.

use super::{Plugin, looked};
use crate::plan::plugin::{Described, Hello, Plugged, Program, kept, parts};
use crate::plan::{Application, Component, Draft, Field, Finding, Intent, Kind, Kinds, Plan};
use crate::service::Registry;
use crate::text::Clean;
use std::collections::BTreeMap;

/// What is known here of one program.
#[derive(Clone, Debug)]
pub struct Brought {
    /// The program, with the hash of what it is.
    pub program: Program,
    /// What it says of itself, or why it is not looked at.
    pub hello: Result<Hello, Clean>,
}

/// The kinds of this program, and those that others bring.
#[derive(Debug, Default)]
pub struct Plugins {
    kinds: BTreeMap<String, Reading>,
    programs: BTreeMap<String, Brought>,
}

impl Plugins {
    /// With what `programs` bring, by the plan's names for them.
    pub fn of(programs: impl IntoIterator<Item = Brought>) -> Self {
        let mut plugins = Self::default();
        for mut brought in programs {
            let name = brought.program.name.clone();
            if let Ok(hello) = &brought.hello {
                brought.program.version = hello.version.clone();
                brought.program.stream = hello.stream;
                for kind in &hello.kinds {
                    plugins.add(&name, kind);
                }
            }
            plugins.programs.insert(name.to_string(), brought);
        }
        plugins
    }

    /// With what a plan that was read before knows of them.
    pub fn of_plan(plan: &Plan) -> Self {
        let mut plugins = Self::default();
        for plugged in plan.components.iter().filter_map(|component| component.plugin.as_deref()) {
            let name = plugged.program.name.clone();
            let known = plugins.programs.entry(name.to_string()).or_insert_with(|| Brought {
                program: plugged.program.clone(),
                hello: match &plugged.not_looked_at {
                    Some(why) => Err(why.clone()),
                    None => Ok(Hello {
                        protocol: crate::plan::plugin::PROTOCOL,
                        name: name.clone(),
                        version: plugged.program.version.clone(),
                        stream: plugged.program.stream,
                        kinds: Vec::new(),
                    }),
                },
            });
            if let (Some(kind), Ok(hello)) = (&plugged.kind, &mut known.hello)
                && !hello.kinds.contains(kind)
            {
                hello.kinds.push(kind.clone());
            }
            if let Some(kind) = &plugged.kind {
                plugins.add(&name, kind);
            }
        }
        plugins
    }

    fn add(&mut self, plugin: &str, kind: &Described) {
        let name = format!("{plugin}/{}", kind.kind);
        // Its rules may be waived as any other's.
        for law in &kind.rules {
            let _ = looked::rule(law);
        }
        self.kinds.insert(name.clone(), Reading { name: kept(&name), kind: kind.clone() });
    }
}

impl Kinds for Plugins {
    fn find(&self, name: &str) -> Option<&dyn Kind> {
        let Some((plugin, _)) = parts(name) else { return Registry.find(name) };
        match self.programs.get(plugin) {
            Some(Brought { hello: Ok(_), .. }) => self.kinds.get(name).map(|kind| kind as &dyn Kind),
            Some(Brought { hello: Err(_), .. }) | None => Some(&Plugin),
        }
    }

    fn names(&self) -> Vec<&'static str> {
        Registry.names().into_iter().chain(self.kinds.values().map(|kind| kind.name)).collect()
    }

    fn plugged(&self, kind: &str, named: Option<&Program>) -> Option<Plugged> {
        let (plugin, _) = parts(kind)?;
        match self.programs.get(plugin) {
            Some(Brought { program, hello: Ok(_) }) => Some(Plugged {
                program: program.clone(),
                kind: self.kinds.get(kind).map(|kind| kind.kind.clone()),
                not_looked_at: None,
            }),
            Some(Brought { program, hello: Err(why) }) => Some(Plugged::untrusted(program, why)),
            None => Registry.plugged(kind, named),
        }
    }

    fn rules(&self) -> Vec<&'static str> {
        let own = self.kinds.values().flat_map(|kind| &kind.kind.rules).map(|law| kept(&law.code));
        Registry.rules().into_iter().chain(own).collect()
    }
}

/// A kind as a plan's reader takes it.
#[derive(Debug)]
struct Reading {
    name: &'static str,
    kind: Described,
}

impl Kind for Reading {
    fn name(&self) -> &'static str {
        self.name
    }
    fn about(&self) -> &'static str {
        kept(&self.kind.about)
    }
    fn fields(&self) -> &'static [Field] {
        self.kind.fields_kept()
    }
    fn outputs(&self) -> &'static [&'static str] {
        self.kind.outputs_kept()
    }
    fn findings(&self, component: &Component, application: &Application) -> Vec<Finding> {
        Plugin.findings(component, application)
    }
    fn steps(&self, component: &Component, application: &Application, intent: Intent) -> Vec<Draft> {
        Plugin.steps(component, application, intent)
    }
}
