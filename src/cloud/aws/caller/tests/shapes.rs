//! What a type would read or send, found by asking serde: the members by their paths, and what stands at each.

use serde::de::value::{Error, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::{Serialize, forward_to_deserialize_any};
use serde_json::Value;
use std::collections::BTreeMap;

/// What an item of a list is called in XML.
const ITEM: &str = "member";

/// `imageDetails[].imageDigest` → `string`.
pub(super) type Members = BTreeMap<String, &'static str>;

/// What a value of `T` is read from.
pub(super) fn read<T: DeserializeOwned>() -> Members {
    let mut members = Members::new();
    T::deserialize(Tracer { path: String::new(), members: &mut members }).expect("a type that says what it is");
    members
}

/// What is sent of a request.
pub(super) fn sent(request: &impl Serialize) -> Members {
    let mut members = Members::new();
    walk("", &serde_json::to_value(request).expect("a request in JSON"), &mut members);
    members
}

fn walk(path: &str, value: &Value, members: &mut Members) {
    let kind = match value {
        Value::Object(fields) => {
            return fields.iter().for_each(|(name, value)| walk(&member(path, name), value, members));
        }
        Value::Array(items) => return items.iter().for_each(|item| walk(&format!("{path}[]"), item, members)),
        Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::Null => panic!("{path} is sent as null: an example has every member, and what is absent is left out"),
    };
    members.insert(path.to_owned(), kind);
}

/// A list of the XML protocols has its items each in an element `member`, which is no member of anything.
fn member(path: &str, name: &str) -> String {
    if name == ITEM {
        path.to_owned()
    } else if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// Gives a type one of everything that it asks for.
struct Tracer<'a> {
    path: String,
    members: &'a mut Members,
}

macro_rules! leaves {
    ($($method:ident $kind:literal $visit:ident $value:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.members.insert(self.path, $kind);
            visitor.$visit($value)
        }
    )*};
}

impl<'de> Deserializer<'de> for Tracer<'_> {
    type Error = Error;

    leaves! {
        deserialize_bool "boolean" visit_bool false;
        deserialize_i32 "integer" visit_i32 0;
        deserialize_i64 "integer" visit_i64 0;
        deserialize_u32 "integer" visit_u32 0;
        deserialize_u64 "integer" visit_u64 0;
        deserialize_f64 "number" visit_f64 0.0;
        deserialize_str "string" visit_str "";
        deserialize_string "string" visit_str "";
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        Err(Error::custom(format!("{} does not say what it is", self.path)))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    /// All that is told, whatever its members are.
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.members.insert(self.path, "whole");
        visitor.visit_map(serde::de::value::MapDeserializer::<_, Error>::new(std::iter::empty::<(&str, &str)>()))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(One(Some(Tracer { path: format!("{}[]", self.path), members: self.members })))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        // It is called one of its names, whatever others it has.
        let fields = if fields.contains(&ITEM) { &[ITEM] } else { fields };
        visitor.visit_map(All { path: self.path, fields, members: self.members })
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u128 f32 char bytes byte_buf unit unit_struct tuple tuple_struct enum identifier ignored_any
    }
}

/// A list with one item.
struct One<'a>(Option<Tracer<'a>>);

impl<'de> SeqAccess<'de> for One<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.0.take().map(|item| seed.deserialize(item)).transpose()
    }
}

/// A structure with all its members.
struct All<'a> {
    path: String,
    fields: &'static [&'static str],
    members: &'a mut Members,
}

impl<'de> MapAccess<'de> for All<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let name: Option<StrDeserializer<'_, Error>> = self.fields.first().map(|name| name.into_deserializer());
        name.map(|name| seed.deserialize(name)).transpose()
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        let (name, rest) = self.fields.split_first().ok_or_else(|| Error::custom("no member is left"))?;
        self.fields = rest;
        seed.deserialize(Tracer { path: member(&self.path, name), members: self.members })
    }
}
