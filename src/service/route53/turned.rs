//! The way back of a record: what stood there before the run that went over, as the journal has captured it.

use super::CAPTURED;
use super::before::Before;
use super::fields::Said;
use super::name::Name;
use crate::plan::Component;
use crate::service::observation::RecordSet;
use crate::service::turned::{Done, Turned};
use crate::service::work::Image;
use serde_json::{Map, Value, json};

/// The component of the failback.
///
/// # Errors
/// Why there is none.
pub(super) fn of(component: &Component, said: &Said, done: &Done<'_>) -> Result<Turned, String> {
    let Some(before) = done.before("change").and_then(Before::of_journal) else {
        return Err("the journal does not say what the record was before: that run did not change it".to_owned());
    };
    let name = Name::of(said);
    if !before.created.is_empty() || before.records.iter().any(|record| record.record_type != name.record_type) {
        return Err(format!("{} was of another type before, or was not there: change it back by hand", name.record));
    }
    let mut turned = Turned::of(component);
    let sets: Vec<&RecordSet> = before.records.iter().collect();
    let of_set = |set: &str| sets.iter().copied().find(|record| record.set_identifier.as_deref() == Some(set));
    if let Some(weights) = &said.weights {
        let was =
            |set: &String| of_set(set).and_then(|record| record.weight).map(|weight| (set.clone(), json!(weight)));
        let was: Option<Map<String, Value>> = weights.keys().map(was).collect();
        let was = was.ok_or_else(|| "the journal does not have the weight of every set".to_owned())?;
        turned.set("weights", Value::Object(was));
    } else if said.failover.is_some() {
        let role =
            |role: &str| sets.iter().find(|record| record.failover.as_deref() == Some(role))?.set_identifier.clone();
        let (Some(primary), Some(secondary)) = (role("PRIMARY"), role("SECONDARY")) else {
            return Err("the journal does not have both roles of its sets".to_owned());
        };
        turned.set("failover", json!({ "primary": primary, "secondary": secondary }));
    } else {
        let record = match &said.set {
            Some(set) => of_set(set),
            None => sets.iter().copied().find(|record| record.set_identifier.is_none()),
        };
        let record = record.ok_or_else(|| "the journal does not have the record as it was".to_owned())?;
        match &record.alias {
            Some(alias) => {
                let (dns_name, zone_id) = (&alias.dns_name, &alias.zone_id);
                let alias =
                    json!({ "dns_name": dns_name, "zone_id": zone_id, "evaluate_health": alias.evaluate_health });
                turned.set("alias", alias);
                turned.set("values", Value::Null);
                turned.set("ttl", Value::Null);
            }
            None => {
                turned.set("values", json!(record.values));
                turned.set("alias", Value::Null);
                if said.set.is_none() {
                    turned.set("ttl", json!(record.ttl));
                }
            }
        }
    }
    turned.said(CAPTURED, done.before("change").cloned().unwrap_or_default());
    turned.notes.push(format!("{} as it was captured before it was changed", name.record));
    Ok(turned)
}
