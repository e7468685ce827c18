//! A world as it will stand once everything under way has settled, for comparing one with another.

use super::world::World;
use serde_json::{Map, Value, json};

/// Late enough for everything to have settled, in seconds.
const LATER: f64 = 1e7;

impl World {
    /// Databases, services, active definitions, records and commands as they settle. Revisions that were taken out of
    /// use are left out: they cannot be deleted, and nothing runs them.
    pub(super) fn snapshot(&self) -> Value {
        let databases = self.databases.iter().map(|database| {
            let source =
                database.source.as_ref().filter(|_| database.is_replica(LATER)).map(|source| source.id.clone());
            let key = format!("{}/{}", database.region, database.id_at(LATER));
            (key, json!({"status": database.status(LATER), "replica_of": source}))
        });
        let services = self.services.iter().map(|service| {
            let seen = service.describe(LATER, self.dice);
            let limits = service.limits.as_ref().map(|limits| json!({"min": limits.min, "max": limits.max}));
            let key = format!("{}/{}/{}", service.region, service.cluster, service.name);
            let running = json!({"desired": seen.desired, "running": seen.running, "task_definition": seen.task_definition, "limits": limits});
            (key, running)
        });
        let families = self.families.iter().map(|((region, family), revisions)| {
            let active: Vec<usize> =
                (1..=revisions.revisions.len()).filter(|number| revisions.revisions[number - 1].active).collect();
            (format!("{region}/{family}"), json!(active))
        });
        let zones = self.zones.iter().map(|(id, zone)| {
            let mut records: Vec<String> = zone.records.iter().map(|record| json!(record).to_string()).collect();
            records.sort();
            (id.clone(), json!(records))
        });
        json!({
            "databases": databases.collect::<Map<_, _>>(),
            "services": services.collect::<Map<_, _>>(),
            "task_definitions": families.collect::<Map<_, _>>(),
            "zones": zones.collect::<Map<_, _>>(),
            "commands": self.ran,
        })
    }
}
