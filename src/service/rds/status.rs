//! What an instance's status means (RDS User Guide, "Viewing Amazon RDS DB instance status"). Open strings: one that is
//! not known here means that something is under way, never that all is well.

/// Whether an instance in `status` takes connections as it always does.
pub(in crate::service) fn serves(status: &str) -> bool {
    match status {
        "available" | "backing-up" | "storage-optimization" | "storage-config-upgrade" | "storage-initialization" => {
            true
        }
        other => other.starts_with("configuring-"),
    }
}

/// While a backup of it is made, RDS refuses to change an instance. It passes within minutes.
pub(super) const BACKING_UP: &str = "backing-up";
/// What is said of that before it has passed.
pub(super) const PASSES: &str = "backing-up, which passes by itself";

/// Whether RDS changes an instance in `status` when it is asked to: it serves, and no backup of it is being made.
pub(in crate::service) fn may_be_changed(status: &str) -> bool {
    serves(status) && status != BACKING_UP
}

/// Whether an instance in `status` cannot be written to until somebody does something about it.
pub(super) fn is_down(status: &str) -> bool {
    trouble(status).is_some() || status == "stopped"
}

/// What would help an instance in a status that it does not leave by itself; `None` for every other status,
/// the unknown ones included.
pub(in crate::service) fn trouble(status: &str) -> Option<&'static str> {
    match status {
        "failed" => {
            Some("the instance cannot be recovered as it is: restore it to a point in time, or use another replica")
        }
        "incompatible-restore" => Some("RDS cannot restore it: restore a snapshot to a new instance"),
        "incompatible-parameters" => {
            Some("its parameter group does not fit: reset the offending parameters and reboot it")
        }
        "incompatible-network" => Some("its subnet group or VPC does not fit: mend the network, then retry"),
        "incompatible-option-group" => Some("its option group does not fit: give it one that does, then retry"),
        "storage-full" => Some("its storage is full: give it more with ModifyDBInstance, then retry"),
        "inaccessible-encryption-credentials" | "inaccessible-encryption-credentials-recoverable" => {
            Some("its KMS key cannot be used: enable the key in this region, start the instance, then retry")
        }
        "deleting" => Some("it is being deleted: use another replica, or restore a snapshot"),
        _ => None,
    }
}

/// Whether an instance in `status` is on its way to one in which it may be changed, by itself: it was fenced a moment ago.
pub(super) fn passes(status: &str) -> bool {
    !may_be_changed(status) && trouble(status).is_none() && !matches!(status, "stopped" | "stopping")
}

/// What would let RDS change an instance that is in `status`.
pub(super) fn help_for(status: &str) -> &'static str {
    match status {
        "backing-up" => "RDS refuses it while a backup runs: wait until that has ended, then retry",
        "stopped" => "start it and wait until it is available, then retry",
        other => trouble(other).unwrap_or("wait until it is available, then retry"),
    }
}
