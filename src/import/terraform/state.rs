//! The two forms of a state, to one list of resources.

use super::WHAT;
use super::shape::Shape;
use crate::import::draft::Draft;
use crate::import::view::{File, Place, View};
use crate::plan::diagnostic::PlanErrors;
use crate::terraform::drift::{is_name, is_named};
use crate::terraform::{Instance, Sealing};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// One instance of a resource.
#[derive(Clone, Debug)]
pub(super) struct Resource<'a> {
    /// `module.shop.aws_db_instance.orders`: without the instance's key, as dependencies name it.
    pub address: String,
    /// The same with the keys of its modules and its own.
    pub keyed: String,
    pub kind: String,
    /// How Terraform calls it.
    pub name: String,
    attributes: View<'a>,
    /// The attributes that the state marks as sensitive.
    hidden: Vec<String>,
    pub depends: Vec<String>,
    /// The provider's configuration, with its alias.
    pub provider: String,
    /// The region that it is in, once it is known.
    pub region: Option<String>,
    /// Whether that is only known by its provider's other resources.
    pub is_guessed: bool,
    /// Whether the next apply replaces it.
    is_tainted: bool,
}

/// Attributes whose values are secret by their schema, whether or not a state marks them.
const SECRET: &[&str] = &[
    "password",
    "master_password",
    "auth_token",
    "private_key",
    "secret_string",
    "secret_binary",
    "secret",
    "value",
    "password_wo",
    "value_wo",
];

impl<'a> Resource<'a> {
    /// The attribute `key`; nothing of what is sensitive.
    pub fn get(&self, key: &str) -> Option<View<'a>> {
        if self.hidden.iter().any(|hidden| hidden == key) || SECRET.contains(&key) {
            return None;
        }
        self.attributes.get(key)
    }

    /// All that it says, but for what is sensitive; what looks like a secret is sealed.
    pub fn instance(&self, sealing: &Sealing) -> Instance {
        let (mut attributes, mut hidden) = (Map::new(), BTreeSet::new());
        for (key, view) in self.attributes.entries() {
            let is_hidden = self.hidden.contains(&key) || SECRET.contains(&key.as_str());
            if is_hidden {
                hidden.insert(key);
            } else {
                let value = sealing.attribute(&key, view.value());
                attributes.insert(key, value);
            }
        }
        Instance {
            address: self.keyed.clone(),
            class: self.kind.clone(),
            provider: self.provider.clone(),
            attributes,
            hidden,
            is_tainted: self.is_tainted,
        }
    }

    /// Refuses what cannot be found by any name that it has, or by one that is no text: it would be told as declared by nobody.
    pub fn is_named(&self, file: &File) -> Result<(), PlanErrors> {
        let shape = Shape(file);
        let names = self.attributes.entries().into_iter().filter(|(key, _)| is_name(key));
        let mut is_known = !is_named(&self.kind);
        for (key, view) in names.filter(|_| self.kind.starts_with("aws_")) {
            match view.raw() {
                Some(text) => is_known |= !text.is_empty(),
                None if view.value().is_null() => {}
                None => return Err(shape.wrong(&view, &format!("`{key}` as a text in quotes"), view.word())),
            }
        }
        if is_known { Ok(()) } else { Err(shape.lacks(&self.attributes, "id", "a text")) }
    }

    pub fn said(&self, key: &str) -> Option<String> {
        self.get(key)?.text().filter(|text| !text.is_empty())
    }

    /// The values of a list of texts.
    pub fn texts(&self, key: &str) -> Vec<String> {
        self.get(key).map(|list| list.items().iter().filter_map(View::text).collect()).unwrap_or_default()
    }

    /// What stands in a list of blocks.
    pub fn blocks(&self, key: &str) -> Vec<View<'a>> {
        self.get(key).map(|list| list.items()).unwrap_or_default()
    }

    pub fn place(&self) -> Place {
        self.attributes.place()
    }

    /// Its ARN, by whichever attribute has it.
    pub fn arn(&self) -> Option<String> {
        ["arn", "id"].iter().find_map(|key| self.said(key).filter(|text| text.starts_with("arn:")))
    }
}

const HELP: &str = "give terraform.tfstate, what `terraform state pull` prints, or what `terraform show -json` does";

/// The managed resources in `root`.
pub(super) fn read<'a>(root: &View<'a>, file: &File, draft: &mut Draft) -> Result<Vec<Resource<'a>>, PlanErrors> {
    if let Some(version) = root.get("version").filter(|_| root.get("format_version").is_none()) {
        if version.count() != Some(4) {
            let message = "a state of version 4 is wanted, which Terraform writes since 0.12";
            return Err(version.mistake(
                &file.hidden(),
                WHAT,
                message,
                "let a newer Terraform write it anew, or give `terraform show -json`",
            ));
        }
        return stored(root, file);
    }
    if let Some(sealed) = root.get("encrypted_data") {
        let help = "give what `tofu state pull` or `tofu show -json` prints, where the key is";
        return Err(sealed.mistake(&file.hidden(), WHAT, "it is encrypted by OpenTofu", help));
    }
    let Some(format) = root.get("format_version") else {
        return Err(root.mistake(&file.hidden(), WHAT, "there is neither `version` nor `format_version` in it", HELP));
    };
    if !format.text().is_some_and(|text| text.starts_with("1.") || text.starts_with("0.")) {
        return Err(format.mistake(&file.hidden(), WHAT, "format_version 1 is wanted", HELP));
    }
    let shape = Shape(file);
    let within = |values: Option<View<'a>>| match values {
        Some(values) => match shape.table(&values, "root_module")? {
            None => Err(shape.lacks(&values, "root_module", "an object")),
            module => Ok(module),
        },
        None => Ok(None),
    };
    let module = match within(shape.table(root, "values")?)? {
        Some(module) => Some(module),
        None => within(shape.table(root, "planned_values")?)?.inspect(|planned| {
            let found = "it is what a plan would make, and need not be there yet".to_owned();
            draft.tells("import-planned", None, planned.place(), found);
        }),
    };
    let mut resources = Vec::new();
    if let Some(module) = module {
        shown(&module, file, &mut resources)?;
    }
    Ok(resources)
}

/// The form of `terraform.tfstate`.
fn stored<'a>(root: &View<'a>, file: &File) -> Result<Vec<Resource<'a>>, PlanErrors> {
    let shape = Shape(file);
    let mut resources = Vec::new();
    for view in shape.wanted_tables(root, "resources")? {
        let (kind, name) = (shape.wanted_text(&view, "type")?, shape.wanted_text(&view, "name")?);
        if is_data(shape, &view)? {
            continue;
        }
        let modules = shape.text(&view, "module")?.map_or_else(String::new, |module| format!("{module}."));
        let provider = shape.text(&view, "provider")?.unwrap_or_default();
        let module = unkeyed(&modules);
        for instance in shape.wanted_tables(&view, "instances")? {
            // What is still to be destroyed stands for nothing that is declared.
            if instance.get("deposed").is_some() {
                continue;
            }
            if instance.get("attributes_flat").is_some() {
                let message = "its attributes are in the form of Terraform 0.11";
                let help = "let a newer Terraform write it anew: `terraform apply -refresh-only`";
                return Err(instance.mistake(&file.hidden(), WHAT, message, help));
            }
            let attributes = shape.table(&instance, "attributes")?;
            let attributes = attributes.ok_or_else(|| shape.lacks(&instance, "attributes", "an object"))?;
            resources.push(Resource {
                address: format!("{module}{kind}.{name}"),
                keyed: format!("{modules}{kind}.{name}{}", key(shape, &instance)?),
                kind: kind.clone(),
                name: name.clone(),
                attributes,
                hidden: marked(shape, &instance)?,
                depends: texts(shape, &instance, "dependencies")?.iter().map(|address| unkeyed(address)).collect(),
                provider: provider.clone(),
                region: None,
                is_guessed: false,
                is_tainted: shape.text(&instance, "status")?.as_deref() == Some("tainted"),
            });
        }
    }
    Ok(resources)
}

/// Whether it is what Terraform only reads.
fn is_data(shape: Shape<'_>, view: &View<'_>) -> Result<bool, PlanErrors> {
    match shape.text(view, "mode")?.as_deref() {
        Some("data") => Ok(true),
        Some("managed") | None => Ok(false),
        Some(_) => {
            Err(shape.wrong(&view.get("mode").unwrap_or_else(|| view.clone()), "`managed` or `data`", "neither"))
        }
    }
}

/// The attributes of which something is marked as sensitive: each mark is a path of steps, and what is below an attribute is
/// hidden with all of it.
fn marked(shape: Shape<'_>, instance: &View<'_>) -> Result<Vec<String>, PlanErrors> {
    let Some(marks) = instance.get("sensitive_attributes") else { return Ok(Vec::new()) };
    let first = |path: View<'_>| {
        let steps = shape.items(&path, "a path in sensitive_attributes")?;
        let step = steps.first().filter(|step| step.is_table());
        step.map_or_else(
            || Err(shape.lacks(&path, "value", "the name of an attribute")),
            |step| shape.wanted_text(step, "value"),
        )
    };
    shape.items(&marks, "sensitive_attributes")?.into_iter().map(first).collect()
}

/// A list of texts at `key`.
fn texts(shape: Shape<'_>, of: &View<'_>, key: &str) -> Result<Vec<String>, PlanErrors> {
    let Some(list) = of.get(key) else { return Ok(Vec::new()) };
    let text = |item: View<'_>| item.raw().and(item.text()).ok_or_else(|| shape.wrong(&item, "a text", item.word()));
    shape.items(&list, key)?.into_iter().map(text).collect()
}

/// The form of `terraform show -json`: modules in modules.
fn shown<'a>(module: &View<'a>, file: &File, resources: &mut Vec<Resource<'a>>) -> Result<(), PlanErrors> {
    let shape = Shape(file);
    // One of nothing is there where nothing is declared; one of something else is none.
    if !module.entries().is_empty()
        && ["address", "resources", "child_modules"].iter().all(|key| module.get(key).is_none())
    {
        return Err(shape.lacks(module, "resources", "a list"));
    }
    let prefix = shape.text(module, "address")?.map_or_else(String::new, |address| format!("{}.", unkeyed(&address)));
    for view in shape.tables(module, "resources")? {
        let (kind, name) = (shape.wanted_text(&view, "type")?, shape.wanted_text(&view, "name")?);
        if is_data(shape, &view)? {
            continue;
        }
        let values = shape.table(&view, "values")?;
        let attributes = values.ok_or_else(|| shape.lacks(&view, "values", "an object"))?;
        let marks = shape.table(&view, "sensitive_values")?.map(|marks| marks.entries()).unwrap_or_default();
        // They name their modules, from the root; of Terraform 0.12 they began in their own.
        let own = |address: &String| {
            let address = unkeyed(address);
            let is_below = !prefix.is_empty() && !address.starts_with("module.");
            is_below.then(|| format!("{prefix}{address}")).into_iter().chain([address]).collect::<Vec<_>>()
        };
        resources.push(Resource {
            keyed: shape.text(&view, "address")?.unwrap_or_else(|| format!("{prefix}{kind}.{name}")),
            address: format!("{prefix}{kind}.{name}"),
            kind,
            name,
            attributes,
            hidden: marks.into_iter().filter(|(_, mark)| is_marked(mark)).map(|(key, _)| key).collect(),
            depends: texts(shape, &view, "depends_on")?.iter().flat_map(own).collect(),
            // It tells no alias: nothing is guessed from it.
            provider: String::new(),
            region: None,
            is_guessed: false,
            is_tainted: view.get("tainted").and_then(|view| view.truth()) == Some(true),
        });
    }
    for child in shape.tables(module, "child_modules")? {
        shape.wanted_text(&child, "address")?;
        shown(&child, file, resources)?;
    }
    Ok(())
}

/// The key of an instance, as an address has it: `[0]`, `["eu"]`.
fn key(shape: Shape<'_>, instance: &View<'_>) -> Result<String, PlanErrors> {
    let Some(view) = instance.get("index_key") else { return Ok(String::new()) };
    match view.value() {
        Value::String(key) => Ok(format!("[{key:?}]")),
        key @ Value::Number(_) => Ok(format!("[{key}]")),
        _ => Err(shape.wrong(&view, "`index_key` as a text or a number", view.word())),
    }
}

/// Whether it or something below is marked: lists stand there empty where nothing is.
fn is_marked(mark: &View<'_>) -> bool {
    mark.truth() == Some(true)
        || mark.items().iter().any(is_marked)
        || mark.entries().iter().any(|(_, below)| is_marked(below))
}

/// `module.a["x"].aws_vpc.b[0]` without its keys, as dependencies name it.
fn unkeyed(address: &str) -> String {
    let (mut plain, mut depth, mut quoted, mut escaped) = (String::new(), 0_usize, false, false);
    for c in address.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if depth > 0 => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::unkeyed;

    #[test]
    fn addresses_lose_their_keys() {
        assert_eq!(unkeyed("module.a[\"x]\\\"\"].aws_vpc.b[0]"), "module.a.aws_vpc.b");
        assert_eq!(unkeyed("aws_vpc.b"), "aws_vpc.b");
        assert_eq!(unkeyed("a]["), "a");
    }
}
