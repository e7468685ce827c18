//! The world as it will stand once everything under way has come to rest: what "as it was" is compared by.

use super::dice::later;
use super::kind;
use super::world::World;
use jiff::Timestamp;
use serde_json::Value;

/// Everything that was taken has come to rest by then, in seconds.
const AT_REST_SECONDS: f64 = 86_400.0;

impl World {
    /// Everything that operations change, as it comes to rest after `at`. Samples, probes and inactive revisions are
    /// left out: they grow with time and are nobody's before.
    pub fn settled(&self, at: Timestamp) -> Value {
        let at = later(at, AT_REST_SECONDS);
        let brought: &dyn kind::Simulated = &super::plugin::Plugin;
        let kinds = kind::KINDS.iter().map(|(_, kind)| *kind).chain([brought]);
        let all = kinds.flat_map(|kind| kind.settled(self, at));
        Value::Object(all.map(|(name, value)| (name.to_owned(), Value::Object(value))).collect())
    }
}
