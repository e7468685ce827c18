//! What stands in a state where something is wanted of it: it is there in its shape, or it is refused with its place. What is
//! passed over because it is something else would be told as declared by nobody.

use super::WHAT;
use crate::import::view::{File, View};
use crate::plan::diagnostic::PlanErrors;

const HELP: &str = "give terraform.tfstate, what `terraform state pull` prints, or what `terraform show -json` does, as it was written";

/// A file, by which what is wrong in it is told.
#[derive(Clone, Copy)]
pub(super) struct Shape<'f>(pub &'f File);

impl Shape<'_> {
    /// The list at `key`, or nothing where there is none; each of its items an object.
    pub fn tables<'a>(self, of: &View<'a>, key: &str) -> Result<Vec<View<'a>>, PlanErrors> {
        let Some(list) = of.get(key) else { return Ok(Vec::new()) };
        let items = self.items(&list, key)?;
        match items.iter().find(|item| !item.is_table()) {
            Some(item) => Err(self.wrong(item, "an object", item.word())),
            None => Ok(items),
        }
    }

    /// The same where there has to be one.
    pub fn wanted_tables<'a>(self, of: &View<'a>, key: &str) -> Result<Vec<View<'a>>, PlanErrors> {
        if of.get(key).is_none() {
            return Err(self.lacks(of, key, "a list"));
        }
        self.tables(of, key)
    }

    /// The items of a list, which `key` is to be.
    pub fn items<'a>(self, list: &View<'a>, key: &str) -> Result<Vec<View<'a>>, PlanErrors> {
        match list.is_list() {
            true => Ok(list.items()),
            false => Err(self.wrong(list, &format!("`{key}` as a list"), list.word())),
        }
    }

    /// The object at `key`, where there is one.
    pub fn table<'a>(self, of: &View<'a>, key: &str) -> Result<Option<View<'a>>, PlanErrors> {
        match of.get(key) {
            Some(table) if !table.is_table() => Err(self.wrong(&table, &format!("`{key}` as an object"), table.word())),
            table => Ok(table),
        }
    }

    /// The text at `key`, where there is one: no number is taken for it.
    pub fn text(self, of: &View<'_>, key: &str) -> Result<Option<String>, PlanErrors> {
        match of.get(key) {
            Some(text) if text.raw().is_none() => {
                Err(self.wrong(&text, &format!("`{key}` as a text in quotes"), text.word()))
            }
            text => Ok(text.and_then(|text| text.text()).filter(|text| !text.is_empty())),
        }
    }

    /// The same where there has to be one.
    pub fn wanted_text(self, of: &View<'_>, key: &str) -> Result<String, PlanErrors> {
        self.text(of, key)?.ok_or_else(|| self.lacks(of, key, "a text"))
    }

    /// That something else stands where `wanted` is.
    pub fn wrong(self, at: &View<'_>, wanted: &str, stands: &str) -> PlanErrors {
        at.mistake(&self.0.hidden(), WHAT, &format!("{wanted} is wanted here, and it is {stands}"), HELP)
    }

    /// That there is no `key` in `of`.
    pub fn lacks(self, of: &View<'_>, key: &str, wanted: &str) -> PlanErrors {
        of.mistake(&self.0.hidden(), WHAT, &format!("`{key}` is wanted in it, {wanted}, and there is none"), HELP)
    }
}

#[cfg(test)]
mod tests {
    use crate::import::{File, declared};
    use crate::terraform::Sealing;
    use serde_json::{Value, json};

    fn stored() -> Value {
        let queue = |name: &str| {
            json!({
                "id": format!("https://q/{name}"), "name": name, "arn": format!("arn:aws:sqs:eu-west-1:123456789012:{name}"),
                "tags": { "App": "quay" }, "delay_seconds": 3,
            })
        };
        json!({
            "version": 4, "terraform_version": "1.11.4", "serial": 7, "lineage": "l", "outputs": {},
            "resources": [
                {
                    "module": "module.a", "mode": "managed", "type": "aws_sqs_queue", "name": "work",
                    "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
                    "instances": [
                        { "index_key": 0, "schema_version": 0, "attributes": queue("zero"), "dependencies": ["aws_kms_key.q"],
                          "sensitive_attributes": [[{ "type": "get_attr", "value": "policy" }]] },
                        { "index_key": "one", "schema_version": 0, "status": "tainted", "attributes": queue("one") },
                    ],
                },
                { "mode": "data", "type": "aws_region", "name": "here", "instances": [{ "attributes": { "id": "eu-west-1" } }] },
            ],
        })
    }

    fn shown() -> Value {
        let one = |name: &str| {
            json!({
                "address": format!("aws_sns_topic.{name}"), "mode": "managed", "type": "aws_sns_topic", "name": name,
                "values": { "id": format!("arn:aws:sns:eu-west-1:123456789012:{name}"), "name": name },
                "sensitive_values": { "tags": {} }, "depends_on": [],
            })
        };
        json!({ "format_version": "1.0", "values": { "root_module": {
            "resources": [one("news")], "child_modules": [{ "address": "module.a", "resources": [one("more")] }],
        } } })
    }

    /// How many instances it declares, or why it is refused.
    fn told(state: &Value) -> Result<usize, String> {
        let file = File { name: "x.tfstate".to_owned(), text: state.to_string() };
        declared(&[file], &Sealing::default()).map(|all| all.len()).map_err(|error| format!("{error:?}"))
    }

    /// The way to every value within `value`.
    fn ways(value: &Value, way: &str, found: &mut Vec<String>) {
        let mut below = |name: &str, value: &Value| {
            let way = format!("{way}/{name}");
            ways(value, &way, found);
            found.push(way);
        };
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| below(name, value)),
            Value::Array(items) => items.iter().enumerate().for_each(|(at, value)| below(&at.to_string(), value)),
            _ => {}
        }
    }

    #[test]
    fn what_stands_where_something_else_is_wanted_is_refused_with_its_place_and_without_its_text() {
        for (way, value, place, wanted) in [
            ("/resources/0/name", json!(5), "resources[0].name", "a text in quotes"),
            ("/resources/0/type", json!(["hunter2"]), "resources[0].type", "a text in quotes"),
            ("/resources/0/type", json!(null), "resources[0]", "`type` is wanted"),
            ("/resources/0/mode", json!("hunter2"), "resources[0].mode", "`managed` or `data`"),
            ("/resources", json!({ "0": "hunter2" }), "resources", "a list"),
            ("/resources", json!(null), "", "`resources` is wanted"),
            ("/resources/0/instances", json!("hunter2"), "resources[0].instances", "a list"),
            ("/resources/0/instances/1", json!("hunter2"), "resources[0].instances[1]", "an object"),
            ("/resources/0/instances/0/attributes", json!(null), "resources[0].instances[0]", "`attributes` is wanted"),
            ("/resources/0/instances/0/attributes/name", json!(5), "attributes.name", "a text in quotes"),
            ("/resources/0/instances/0/sensitive_attributes", json!("policy"), "sensitive_attributes", "a list"),
            ("/resources/0/instances/0/index_key", json!([1]), "index_key", "a text or a number"),
            ("/resources/0/instances/0/attributes", json!({ "delay_seconds": 3 }), "attributes", "`id` is wanted"),
        ] {
            let mut state = stored();
            *state.pointer_mut(way).expect("a place") = value.clone();
            let why = told(&state).expect_err(way);
            assert!(why.contains(place) && why.contains(wanted) && !why.contains("hunter2"), "{way} {value}: {why}");
        }
    }

    #[test]
    fn no_state_is_read_as_declaring_less_than_it_does_whatever_stands_in_it() {
        let others =
            [json!(null), json!(5), json!(true), json!("x"), json!([]), json!({}), json!([5]), json!({ "a": 1 })];
        // Nothing at all in a list of resources, or of its instances, is one that declares nothing.
        let is_empty_list = |way: &str, value: &Value| {
            let is_list = way.ends_with("resources") || way.ends_with("instances") || way.ends_with("child_modules");
            is_list && (*value == json!([]) || (value.is_null() && way.starts_with("/values")))
                || (way == "/values" && value.is_null())
                || (way == "/values/root_module" && *value == json!({}))
        };
        for whole in [stored(), shown()] {
            let all = told(&whole).expect("a state");
            let mut every = Vec::new();
            ways(&whole, "", &mut every);
            for way in &every {
                for other in others.iter().filter(|other| !is_empty_list(way, other)) {
                    let mut state = whole.clone();
                    *state.pointer_mut(way).expect("a place") = other.clone();
                    if let Ok(count) = told(&state) {
                        assert!(count >= all, "{way}: {other}");
                    }
                }
            }
        }
    }
}
