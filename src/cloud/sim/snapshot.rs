//! The world as it will stand once everything under way has come to rest: what "as it was" is compared by.

use super::database;
use super::dice::{later, seconds};
use super::world::World;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Everything that was taken has come to rest by then, in seconds.
const AT_REST_SECONDS: f64 = 86_400.0;

impl World {
    /// How many seconds of what was written to its source before it was one itself the promoted instance at `place` does
    /// not have, and for how many seconds both were written to.
    fn parted(&self, place: usize, at: Timestamp) -> Option<(f64, f64)> {
        let link = self.link(place)?;
        let detached = link.replica.detached_at(&self.troubles, at)?;
        let written = link.written_until(at);
        let missing = seconds(link.applied_until(at), written.min(detached)).max(0.0);
        Some((missing, seconds(detached, written).max(0.0)))
    }

    /// Everything that operations change, as it comes to rest after `at`. Samples, probes and inactive revisions are
    /// left out: they grow with time and are nobody's before.
    pub fn settled(&self, at: Timestamp) -> Value {
        let at = later(at, AT_REST_SECONDS);
        let databases = (0..self.databases.len()).map(|place| {
            let seen = database::describe(&self.databases, place, &self.troubles, at);
            let mut value = json!({
                "status": seen.status, "replica_of": seen.replica_of, "replicas": seen.replicas,
                "backup_retention_days": seen.backup_retention_days, "endpoint": seen.endpoint,
                "security_groups": seen.settings.security_groups,
            });
            if let Some((missing, two_writers)) = self.parted(place, at) {
                value["missing_seconds"] = json!(missing);
                value["two_writers_seconds"] = json!(two_writers);
            }
            (format!("{}/{}", self.databases[place].region, seen.id), value)
        });
        let services = self.services.iter().map(|(key, service)| {
            let value = json!({
                "desired": service.desired(), "task_definition": service.definition(),
                "running": service.running(&self.troubles, at), "limits": self.limits.get(key),
            });
            (key.clone(), value)
        });
        let definitions = self.definitions.active().map(|active| (active.arn.to_string(), json!(active.containers)));
        let records = self.zones.standing().map(|(key, records)| (key.clone(), json!(records)));
        let commands = self.plan.components.iter().enumerate().filter_map(|(place, component)| {
            let last = self.ran.iter().rev().find(|ran| ran.component == place && ran.well);
            last.filter(|ran| !ran.undo).map(|_| (component.name.to_string(), json!("run")))
        });
        json!({
            "databases": databases.collect::<Map<_, _>>(),
            "services": services.collect::<Map<_, _>>(),
            "task_definitions": definitions.collect::<Map<_, _>>(),
            "zones": records.collect::<Map<_, _>>(),
            "commands": commands.collect::<Map<_, _>>(),
        })
    }
}
