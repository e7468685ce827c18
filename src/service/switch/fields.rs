//! What a plan says of a switch, and what is wrong with it, before any cloud is asked.

use crate::plan::fields::fields;
use crate::plan::{Component, Problem};
use crate::service::resolve::has_reference;
use crate::service::route53::{Answered, RECORD_TYPES, said_together};
use crate::service::s3::fields::is_a_bucket;

fields! {
    /// What a plan says of a switch.
    pub(crate) struct Said {
        required bucket: Text, "the bucket of the recovery region, by its name";
        required object: Text, "the object's key: by whether it is there, an inverted health check tells which side serves";
        required present: Truth, "whether the object is put (true) or deleted (false) to make the recovery side serve";
        optional health_check: Text, "the id of the health check that watches the object: with it a switchover sees that the check does before anything is done";
        optional zone: Text, "the hosted zone of `record`: its id, or its name";
        optional record: Text, "the record that the health check moves, such as shop.example.com.: with it, what is answered is verified";
        optional r#type: Choice(RECORD_TYPES) = "A".to_owned(), "the record's type; A by default";
        optional set: Text, "SetIdentifier of the record's set that is answered once the recovery side serves";
        optional private: Truth = false, "whether the zone is a private one; false by default";
        optional resolver: Text, "who is asked in the place of the zone's name servers: ADDRESS or ADDRESS:PORT";
    }
}

impl Said {
    /// What must be answered once the recovery side serves, where the plan says it.
    pub fn answered(&self) -> Option<Answered> {
        let ((zone, record), set) = self.zone.clone().zip(self.record.clone()).zip(self.set.clone())?;
        let private = self.private.then_some(true);
        Some(Answered { zone, private, record, record_type: self.r#type.clone(), set, resolver: self.resolver.clone() })
    }
}

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let mut problems = Vec::new();
    if !is_a_bucket(&said.bucket) && !has_reference(&said.bucket) {
        let help = "the bucket's name alone: no ARN, no URL";
        problems.push(Problem::at("bucket", format!("`{}` is no bucket's name", said.bucket), help));
    }
    if said.object.is_empty() || said.object.starts_with('/') || said.object.len() > 1024 {
        let help = "the key as S3 has it: 1 to 1024 characters, without a slash before it";
        problems.push(Problem::at("object", format!("`{}` is no object's key", said.object), help));
    }
    problems.extend(said_together(said.zone.is_some(), said.record.is_some(), said.set.is_some()));
    problems
}
