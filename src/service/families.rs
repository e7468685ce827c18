//! What the families of services must keep together: a journal holds their words without the family's name.

use super::observation::*;
use super::operation::*;
use super::*;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

/// The names that a family's words have in a journal, as its reader knows them.
fn names<Words: DeserializeOwned>(tag: &str) -> Vec<String> {
    let refused = serde_json::from_str::<Words>(&format!(r#"{{"{tag}":"?"}}"#)).err().expect("no family has this word");
    // "unknown variant `?`, expected `one`", or "expected one of `one`, `other`".
    refused.to_string().split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

#[test]
fn no_two_families_have_a_word_in_common() {
    let operations = [
        names::<RdsOperation>("operation"),
        names::<EcsOperation>("operation"),
        names::<DnsOperation>("operation"),
        names::<LocalOperation>("operation"),
    ];
    let queries = [
        names::<RdsQuery>("query"),
        names::<CloudWatchQuery>("query"),
        names::<EcrQuery>("query"),
        names::<EcsQuery>("query"),
        names::<ElbQuery>("query"),
        names::<DnsQuery>("query"),
        names::<LogsQuery>("query"),
        names::<LocalQuery>("query"),
        names::<StsQuery>("query"),
    ];
    let observations = [
        names::<RdsObservation>("saw"),
        names::<CloudWatchObservation>("saw"),
        names::<EcrObservation>("saw"),
        names::<EcsObservation>("saw"),
        names::<ElbObservation>("saw"),
        names::<DnsObservation>("saw"),
        names::<LogsObservation>("saw"),
        names::<LocalObservation>("saw"),
        names::<StsObservation>("saw"),
    ];
    for (families, known) in
        [(&operations[..], "promote_read_replica"), (&queries, "db_instance"), (&observations, "identity")]
    {
        assert!(families.iter().all(|names| !names.is_empty()), "{families:?}");
        let all = families.concat();
        assert!(all.iter().any(|name| name == known), "{all:?}");
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{all:?}");
    }
}
