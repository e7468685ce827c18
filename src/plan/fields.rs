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
///     }
/// }
/// ```
///
/// It makes `Said::FIELDS` and `Said::of(&Fields)`, which fails with [`Missing`] when a required one is not there.
/// [`Takes::CountOrReference`](super::Takes) is read as `Option<u64>` always: `None` until its `${…}` is known.
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
                $crate::plan::Field::$need(
                    $crate::plan::fields::key(stringify!($field)),
                    $crate::plan::fields::takes!($takes $(($($arg)*))?),
                    $about,
                ),
            )*];

            /// What `fields` say.
            ///
            /// # Errors
            /// When a field that must be there is not, or is not of its type.
            #[allow(dead_code, reason = "a table within another is read by way of the one around it")]
            $vis fn of(fields: &$crate::plan::Fields) -> Result<Self, $crate::plan::fields::Missing> {
                Self::of_table(&fields.0)
            }

            fn of_table(table: &serde_json::Map<String, serde_json::Value>) -> Result<Self, $crate::plan::fields::Missing> {
                $(let $field = {
                    let value = table.get($crate::plan::fields::key(stringify!($field))).and_then($crate::plan::fields::Read::read);
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
    ($need:ident CountOrReference) => { Option<u64> };
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
    ($need:ident CountOrReference $field:ident $value:ident) => {
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

pub(crate) use {fields, found, of, slot, takes};

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
        }
    }

    fn said(value: serde_json::Value) -> Result<Said, Missing> {
        Said::of(&Fields(value.as_object().cloned().unwrap_or_default()))
    }

    #[test]
    fn one_list_gives_the_table_and_the_struct() {
        let all = said(json!({
            "name": "orders", "wanted": 3, "asked": 6, "fence": false, "wait": 60.0, "groups": ["x"], "env": { "A": "1" },
            "weights": { "blue": 255 }, "one": { "from": "web", "port": 5432 }, "open": [{ "from": "web", "port": 80 }], "type": "A",
        }));
        let all = all.expect("whole");
        assert_eq!((all.wanted, all.asked, all.fence, all.wait), (3, Some(6), false, 60.0));
        assert_eq!((all.kind.as_str(), all.port, all.groups.len()), ("a", None, 1));
        assert_eq!(all.one.expect("there").port, 5432);
        assert_eq!(all.open, [Open { from: "web".to_owned(), port: 80 }]);
        assert_eq!(all.r#type.as_deref(), Some("A"));
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
        let later = said(json!({ "name": "orders", "wanted": 1, "asked": "${a.b}" })).expect("asked may come later");
        assert_eq!(later.asked, None);
    }
}
