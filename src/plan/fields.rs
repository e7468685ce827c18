//! One table for what a kind takes in a plan: the fields that the file's reader, the schema and the docs list, and the struct
//! that the kind and its simulator read. No field is looked up by a string, and one that must be there is never made up.

use super::kind::MOST;
use serde_json::Value;
use std::collections::BTreeMap;

/// A field that must be there and is not, or is of another type: a plan that no reader let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is missing, or is not what is taken there")]
pub struct Missing(pub &'static str);

/// What a field's value is read as.
pub trait Read: Sized {
    /// The value, if it is one of these.
    fn read(value: &Value) -> Option<Self>;
}

impl Read for String {
    /// A number or a boolean is given as text too.
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

impl Read for u64 {
    /// A whole number that a plan can mean: those of a journal were read by no plan's reader.
    fn read(value: &Value) -> Option<Self> {
        value.as_u64().filter(|count| *count <= MOST)
    }
}

impl Read for f64 {
    fn read(value: &Value) -> Option<Self> {
        value.as_f64()
    }
}

impl Read for bool {
    fn read(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

impl Read for Vec<String> {
    fn read(value: &Value) -> Option<Self> {
        Some(value.as_array()?.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect())
    }
}

impl<T: Read> Read for BTreeMap<String, T> {
    fn read(value: &Value) -> Option<Self> {
        Some(value.as_object()?.iter().filter_map(|(key, value)| Some((key.clone(), T::read(value)?))).collect())
    }
}

/// A number that another component may give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Later(String);

impl Later {
    /// As the plan has it: `5432`, or a `${…}`.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The number, once it is known to be one.
    pub fn known(&self) -> Option<u64> {
        self.0.trim().parse().ok().filter(|count| *count <= MOST)
    }
}

impl Read for Later {
    fn read(value: &Value) -> Option<Self> {
        String::read(value).map(Self)
    }
}

/// A field's key: `type` is `r#type` in the struct.
pub const fn key(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', ..] => name.split_at(2).1,
        _ => name,
    }
}

/// The table of a kind's fields and the struct they are read into, from one list:
///
/// ```ignore
/// fields! {
///     /// What a plan says of it.
///     pub(crate) struct Said {
///         required primary: Text, "DBInstanceIdentifier of the source";   // String
///         optional port: Within(1, 65_535), "the port given to others";   // Option<u64>
///         optional fence: Truth = true, "…; true by default";             // bool
///         optional isolate: Texts, "security groups";                     // Vec<String>, empty when left out
///         optional old: Table(Old), "the service in the old region";      // Option<Old>, by a table of its own
///         given undo: Program, "what takes it back";                      // Option<Vec<String>>: one that is empty is told
///     }
/// }
/// ```
///
/// It makes `Said::FIELDS` and `Said::of(&Fields)`, which fails with [`Missing`] when a required one is not there, or any is
/// of another type. `given` is `optional` where a list or table that is there and empty is not one that was left out.
macro_rules! fields {
    ($(#[$doc:meta])* $vis:vis struct $Said:ident {
        $($need:ident $field:ident: $takes:ident $(($($arg:tt)*))? $(= $default:expr)?, $about:expr;)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        $vis struct $Said { $(
            #[doc = $about]
            pub $field: $crate::plan::fields::slot!($need $takes $(($($arg)*))? $(= $default)?),
        )* }

        impl $Said {
            /// The fields, for the plan's reader, the schema and the docs.
            $vis const FIELDS: &'static [$crate::plan::Field] = &[$(
                $crate::plan::fields::field!($need)(
                    $crate::plan::fields::key(stringify!($field)),
                    $crate::plan::fields::takes!($takes $(($($arg)*))?),
                    $about,
                ),
            )*];

            /// What `fields` say.
            ///
            /// # Errors
            /// When a field that must be there is not, or one is not of its type.
            #[allow(dead_code, reason = "a table within another is read by way of the one around it")]
            $vis fn of(fields: &$crate::plan::Fields) -> Result<Self, $crate::plan::fields::Missing> {
                Self::of_table(&fields.0)
            }

            fn of_table(table: &serde_json::Map<String, serde_json::Value>) -> Result<Self, $crate::plan::fields::Missing> {
                $(let $field = {
                    let value = $crate::plan::fields::told(table, $crate::plan::fields::key(stringify!($field)))?;
                    $crate::plan::fields::found!($need $takes $field value $(= $default)?)
                };)*
                Ok(Self { $($field),* })
            }
        }

        impl $crate::plan::fields::Read for $Said {
            fn read(value: &serde_json::Value) -> Option<Self> {
                Self::of_table(value.as_object()?).ok()
            }
        }
        impl $crate::plan::fields::Read for Vec<$Said> {
            fn read(value: &serde_json::Value) -> Option<Self> {
                value.as_array()?.iter().map(<$Said as $crate::plan::fields::Read>::read).collect()
            }
        }
    };
}

/// The value at `key`, if there is one.
pub fn told<T: Read>(table: &serde_json::Map<String, Value>, key: &'static str) -> Result<Option<T>, Missing> {
    table.get(key).map(|value| T::read(value).ok_or(Missing(key))).transpose()
}

/// How the plan's reader takes a field to be needed.
macro_rules! field {
    (required) => {
        $crate::plan::Field::required
    };
    ($optional:ident) => {
        $crate::plan::Field::optional
    };
}

/// What the plan's reader takes for a field.
macro_rules! takes {
    (Table($T:ty)) => { $crate::plan::Takes::Table(<$T>::FIELDS) };
    (Tables($T:ty)) => { $crate::plan::Takes::Tables(<$T>::FIELDS) };
    ($takes:ident $(($($arg:tt)*))?) => { $crate::plan::Takes::$takes $(($($arg)*))? };
}

/// The type that a field is read into.
macro_rules! of {
    (Text) => { String };
    (Value) => { String };
    (Sealed) => { String };
    (Choice($($arg:tt)*)) => { String };
    (Count) => { u64 };
    (CountOrReference) => { $crate::plan::fields::Later };
    (Within($($arg:tt)*)) => { u64 };
    (Truth) => { bool };
    (Duration) => { f64 };
    (Table($T:ty)) => { $T };
    (Tables($T:ty)) => { Vec<$T> };
    (Texts) => { Vec<String> };
    (Program) => { Vec<String> };
    (TextTable) => { std::collections::BTreeMap<String, String> };
    (Headers) => { std::collections::BTreeMap<String, String> };
    (CountTable) => { std::collections::BTreeMap<String, u64> };
    (TableWithin($($arg:tt)*)) => { std::collections::BTreeMap<String, u64> };
}

/// The type of a field's place in the struct: one that may be left out is an `Option`, or empty where it holds many.
macro_rules! slot {
    (given $($takes:tt)+) => { Option<$crate::plan::fields::of!($($takes)+)> };
    (required $($takes:tt)+) => { $crate::plan::fields::of!($($takes)+) };
    (optional $takes:ident = $default:expr) => { $crate::plan::fields::of!($takes) };
    (optional $takes:ident ($($arg:tt)*) = $default:expr) => { $crate::plan::fields::of!($takes($($arg)*)) };
    (optional Tables $($arg:tt)*) => { $crate::plan::fields::of!(Tables $($arg)*) };
    (optional Texts) => { $crate::plan::fields::of!(Texts) };
    (optional Program) => { $crate::plan::fields::of!(Program) };
    (optional TextTable) => { $crate::plan::fields::of!(TextTable) };
    (optional Headers) => { $crate::plan::fields::of!(Headers) };
    (optional CountTable) => { $crate::plan::fields::of!(CountTable) };
    (optional TableWithin $($arg:tt)*) => { $crate::plan::fields::of!(TableWithin $($arg)*) };
    (optional $($takes:tt)+) => { Option<$crate::plan::fields::of!($($takes)+)> };
}

/// What stands in a field's place: what was found, its default, or the complaint.
macro_rules! found {
    (given $takes:ident $field:ident $value:ident) => {
        $value
    };
    (required $takes:ident $field:ident $value:ident) => {
        $value.ok_or($crate::plan::fields::Missing($crate::plan::fields::key(stringify!($field))))?
    };
    (optional $takes:ident $field:ident $value:ident = $default:expr) => {
        $value.unwrap_or($default)
    };
    (optional Tables $field:ident $value:ident) => {
        $value.unwrap_or_default()
    };
    (optional Texts $field:ident $value:ident) => {
        $value.unwrap_or_default()
    };
    (optional Program $field:ident $value:ident) => {
        $value.unwrap_or_default()
    };
    (optional TextTable $field:ident $value:ident) => {
        $value.unwrap_or_default()
    };
    (optional Headers $field:ident $value:ident) => {
        $value.unwrap_or_default()
    };
    (optional CountTable $field:ident $value:ident) => {
        $value.unwrap_or_default()
    };
    (optional TableWithin $field:ident $value:ident) => {
        $value.unwrap_or_default()
    };
    (optional $takes:ident $field:ident $value:ident) => {
        $value
    };
}

pub(crate) use {field, fields, found, of, slot, takes};

#[cfg(test)]
mod tests {
    use super::super::{Fields, Takes};
    use super::Missing;
    use serde_json::json;

    fields! {
        /// A rule between two.
        struct Open {
            required from: Text, "who";
            required port: Within(1, 65_535), "where";
        }
    }
    fields! {
        /// One of every sort.
        struct Said {
            required name: Text, "a name";
            required wanted: Within(1, 9), "how many";
            required asked: CountOrReference, "a number that may come later";
            optional kind: Choice(&["a", "b"]) = "a".to_owned(), "which";
            optional fence: Truth = true, "whether";
            optional port: Count, "which port";
            optional wait: Duration = 300.0, "how long";
            optional groups: Texts, "some";
            optional env: TextTable, "texts";
            optional weights: TableWithin(0, 255), "numbers";
            optional one: Table(Open), "one";
            optional open: Tables(Open), "many";
            optional r#type: Text, "which";
            given undo: Program, "what takes it back";
        }
    }

    fn said(value: serde_json::Value) -> Result<Said, Missing> {
        Said::of(&Fields(value.as_object().cloned().unwrap_or_default()))
    }

    #[test]
    fn one_list_gives_the_table_and_the_struct() {
        let all = said(json!({
            "name": "orders", "wanted": 3, "asked": 6, "undo": [], "fence": false, "wait": 60.0, "groups": ["x"], "env": { "A": "1" },
            "weights": { "blue": 255 }, "one": { "from": "web", "port": 5432 }, "open": [{ "from": "web", "port": 80 }], "type": "A",
        }));
        let all = all.expect("whole");
        assert_eq!((all.wanted, all.asked.known(), all.fence, all.wait), (3, Some(6), false, 60.0));
        assert_eq!((all.kind.as_str(), all.port, all.groups.len()), ("a", None, 1));
        assert_eq!(all.one.expect("there").port, 5432);
        assert_eq!(all.open, [Open { from: "web".to_owned(), port: 80 }]);
        assert_eq!((all.r#type.as_deref(), all.undo), (Some("A"), Some(Vec::new())));
        let names: Vec<&str> = Said::FIELDS.iter().map(|field| field.name).collect();
        assert_eq!(names[..3], ["name", "wanted", "asked"]);
        assert_eq!(Said::FIELDS.iter().filter(|field| field.required).count(), 3);
        assert!(matches!(Said::FIELDS[11].takes, Takes::Tables([_, _])));
    }

    #[test]
    fn a_required_one_that_is_missing_or_of_another_type_is_no_nought() {
        assert_eq!(said(json!({ "name": "orders", "asked": "${a.b}" })), Err(Missing("wanted")));
        assert_eq!(said(json!({ "name": "orders", "wanted": "many" })), Err(Missing("wanted")));
        assert_eq!(said(json!({ "name": "orders", "wanted": u64::MAX })), Err(Missing("wanted")));
        let asked =
            |asked: &str| said(json!({ "name": "orders", "wanted": 1, "asked": asked })).expect("it is whole").asked;
        assert_eq!((asked("${a.b}").known(), asked("${a.b}").text()), (None, "${a.b}"));
        assert_eq!(asked("5432").known(), Some(5432), "what another component gave is a text");
        assert_eq!(said(json!({ "name": "orders", "asked": 1, "wanted": 1 })).expect("whole").undo, None);
    }

    #[test]
    fn one_of_another_type_is_not_one_that_was_left_out() {
        let with =
            |name: &str, value: serde_json::Value| said(json!({ "name": "a", "asked": 1, "wanted": 1, name: value }));
        for (name, value) in [("fence", json!("no")), ("port", json!("many")), ("one", json!({ "from": "web" }))] {
            assert_eq!(with(name, value).map(|_| ()).map_err(|missing| missing.0), Err(name));
        }
    }
}
