//! What a failback's payload says of the side that a failover leaves: its identifiers, and what is wanted there.

use super::parameters::Parameters;
use crate::import::draft::{Draft, Piece};
use crate::import::task::id;

/// One store of a failback.
pub(super) struct Failback {
    pub is_aurora: bool,
    /// What it is made of: the side that was failed over to.
    pub source: Option<String>,
    /// The old primary, which it is made in the place of.
    pub id: Option<String>,
    /// How the file names that.
    pub raw: Option<String>,
    pub global: Option<String>,
    pub backup_days: Option<u64>,
    kept: Vec<String>,
}

/// What is worth knowing for a failback, and no field of a plan.
const KEPT: &[&str] =
    &["DBInstanceClass", "DBSubnetGroup", "DBSubnetGroupName", "KmsKeyId", "EngineVersion", "MultiAZ", "Port"];

impl Failback {
    pub fn read(parameters: &Parameters<'_>, is_aurora: bool, draft: &mut Draft) -> Self {
        let (id_key, source_key) = match is_aurora {
            true => ("DBClusterIdentifier", "SourceDBClusterIdentifier"),
            false => ("RDSInstanceIdentifier", "SourceRDSInstanceIdentifier"),
        };
        let name = if is_aurora { parameters.peek("DBClusterName", draft) } else { None };
        let kept = KEPT.iter().filter_map(|key| Some(format!("{key} {}", parameters.peek(key, draft)?)));
        Self {
            is_aurora,
            kept: kept.collect(),
            source: parameters.id(source_key, draft),
            id: name.map(|name| id(&name)).or_else(|| parameters.id(id_key, draft)),
            raw: parameters.raw(id_key),
            global: if is_aurora { parameters.id("GlobalClusterIdentifier", draft) } else { None },
            backup_days: parameters
                .peek("BackupRetentionPeriod", draft)
                .and_then(|days| days.parse().ok())
                .filter(|days| *days <= 35),
        }
    }

    /// The comments of a component that it is the way back of.
    pub fn comments(&self, piece: Piece) -> Piece {
        if self.kept.is_empty() { piece } else { piece.comment(format!("its failback says: {}", self.kept.join(", "))) }
    }
}
