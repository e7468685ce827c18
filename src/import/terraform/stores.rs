//! Stores, and what else is replicated: each with its other side, or the finding that it has none.

use super::estate::Estate;
use super::order::Order;
use super::state::Resource;
use crate::import::draft::{Draft, Piece, Says, slug};
use crate::import::task::{id, region};

pub(super) fn read(estate: &Estate<'_>, order: &mut Order, draft: &mut Draft) {
    keys(estate, order, draft);
    instances(estate, order, draft);
    replicas(estate, order, draft);
    clusters(estate, order, draft);
    caches(estate, order, draft);
    tables(estate, order, draft);
    buckets(estate, order, draft);
    secrets(estate, order, draft);
}

/// Adds `piece`, made of these resources.
pub(super) fn add(piece: Piece, of: &[&Resource<'_>], order: &mut Order, draft: &mut Draft) -> String {
    let kind = piece.kind;
    let piece = if draft.taken.contains_key(&piece.name) { piece.called(kind) } else { piece };
    let guessed = of.iter().filter(|resource| resource.is_guessed);
    let piece = guessed.fold(piece, |piece, resource| {
        let region = resource.region.as_deref().unwrap_or_default();
        piece.comment(format!("{} is taken to be in {region}, as its provider's other resources are", resource.keyed))
    });
    let name = draft.add(piece);
    order.is_made(&name, kind, of.iter().copied());
    name
}

/// A task and a finding in the place of what the recovery region does not have.
pub(super) fn missing(
    resource: &Resource<'_>,
    stands_for: &str,
    what: &str,
    code: &'static str,
    order: &mut Order,
    draft: &mut Draft,
) {
    let name = called(resource);
    let recovery = draft.recovery.clone().unwrap_or_else(|| "the recovery region".to_owned());
    let ask = format!("bring up {} ({what}) in {recovery}, which has none of it", resource.keyed);
    let found = format!("{} ({what}) has nothing in {recovery}, as far as these files tell", resource.keyed);
    let fix = match code {
        "import-no-replica" => {
            "replicate it there before it is needed: what is not there when the primary region fails is lost or restored from a backup"
        }
        _ => "make it there before it is needed, or say what is to be done in its place",
    };
    // Many things of an application have its name.
    let name = if draft.taken.contains_key(&slug(&name)) { format!("{name}-{stands_for}") } else { name };
    let name = draft.add(Piece::manual(&name, &ask, resource.place()).fails(code, found, fix));
    order.is(&name, stands_for, [resource]);
}

const NO_REPLICA: &str = "import-no-replica";

/// How a component of it is called.
pub(super) fn called(resource: &Resource<'_>) -> String {
    let keys = ["identifier", "cluster_identifier", "replication_group_id", "bucket", "function_name", "name"];
    keys.iter().find_map(|key| resource.said(key)).unwrap_or_else(|| resource.name.clone())
}

fn keys(estate: &Estate<'_>, order: &mut Order, draft: &mut Draft) {
    for key in estate.primary("aws_kms_key") {
        let replica = key.arn().and_then(|arn| {
            estate.recovery("aws_kms_replica_key").find(|other| other.said("primary_key_arn") == Some(arn.clone()))
        });
        let own_id = key.said("key_id");
        let alias = estate
            .primary("aws_kms_alias")
            .find(|alias| alias.said("target_key_id").map(|target| id(&target)) == own_id && own_id.is_some());
        let twin = alias.and_then(|alias| estate.twin(alias, "name"));
        let same = alias
            .zip(twin)
            .filter(|(alias, twin)| alias.said("name") == twin.said("name"))
            .and_then(|(alias, _)| alias.said("name"));
        let Some(given) = same.or_else(|| own_id.filter(|_| replica.is_some())) else {
            missing(key, "kms", "a key", "import-no-counterpart", order, draft);
            continue;
        };
        let name = alias
            .and_then(|alias| alias.said("name"))
            .map_or_else(|| key.name.clone(), |alias| alias.trim_start_matches("alias/").to_owned());
        let of: Vec<&Resource<'_>> = [Some(key), replica, alias, twin].into_iter().flatten().collect();
        add(Piece::new("kms", &name, key.place()).with("key", Says::text(given)), &of, order, draft);
    }
}

fn instances(estate: &Estate<'_>, order: &mut Order, draft: &mut Draft) {
    for reader in estate.primary("aws_db_instance").filter(|instance| instance.said("replicate_source_db").is_some()) {
        missing(reader, "rds", "a read replica beside its source", "import-no-counterpart", order, draft);
    }
    for source in estate.primary("aws_db_instance").filter(|instance| instance.said("replicate_source_db").is_none()) {
        let Some(own) = source.said("identifier") else {
            missing(source, "rds", "a database", NO_REPLICA, order, draft);
            continue;
        };
        let named = [Some(own.clone()), source.arn(), source.said("id"), source.said("resource_id")];
        let replicates = |other: &&Resource<'_>| {
            let of = other.said("replicate_source_db");
            of.is_some() && named.contains(&of)
        };
        if let Some((replica, recovery)) = estate
            .recovery("aws_db_instance")
            .find(replicates)
            .and_then(|replica| Some((replica, replica.said("identifier")?)))
        {
            let piece = Piece::new("rds", &own, source.place())
                .with("primary", Says::text(own))
                .with("recovery", Says::text(recovery));
            add(piece, &[source, replica], order, draft);
            continue;
        }
        // Its replicas are told by the source too, whatever state they are in.
        let told = source
            .texts("replicas")
            .into_iter()
            .find(|replica| estate.recovery.is_some() && region(replica) == estate.recovery);
        if let Some(replica) = told {
            let piece = Piece::new("rds", &own, source.place())
                .with("primary", Says::text(own))
                .with("recovery", Says::text(id(&replica)))
                .comment("its replica is in no state that was given: the source tells of it");
            add(piece, &[source], order, draft);
            continue;
        }
        let backs_up = |other: &&Resource<'_>| {
            other.said("source_db_instance_arn").is_some() && other.said("source_db_instance_arn") == source.arn()
        };
        let backup = estate.recovery("aws_db_instance_automated_backups_replication").find(backs_up);
        match backup.and_then(|backup| Some((backup, backup.said("id").filter(|id| id.starts_with("arn:"))?))) {
            Some((backup, arn)) => {
                let piece = Piece::new("rds-restore", &own, source.place())
                    .with("source", Says::text(arn))
                    .with("instance", Says::text(own))
                    .advised("security_groups", "a restored instance has none of the source's")
                    .advised("parameter_group", "a restored instance has the default one otherwise")
                    .fails(NO_REPLICA, format!("{} has backups in the recovery region and no replica: it is restored, which takes longer and loses more", source.keyed), "see whether that is what was promised");
                add(piece, &[source, backup], order, draft);
            }
            None => missing(source, "rds", "a database", NO_REPLICA, order, draft),
        }
    }
}

/// Replicas whose source is in no state that was given.
fn replicas(estate: &Estate<'_>, order: &mut Order, draft: &mut Draft) {
    for replica in
        estate.recovery("aws_db_instance").filter(|replica| order.component(replica).is_none()).collect::<Vec<_>>()
    {
        let source = replica
            .said("replicate_source_db")
            .filter(|source| estate.primary.is_some() && region(source) == estate.primary);
        let (Some(source), Some(own)) = (source, replica.said("identifier")) else { continue };
        let piece = Piece::new("rds", &id(&source), replica.place())
            .with("primary", Says::text(id(&source)))
            .with("recovery", Says::text(own))
            .comment("its source is in no state that was given");
        add(piece, &[replica], order, draft);
    }
}

fn clusters(estate: &Estate<'_>, order: &mut Order, draft: &mut Draft) {
    for source in estate.primary("aws_rds_cluster") {
        let global = source.said("global_cluster_identifier");
        let is_member = |other: &&Resource<'_>| global.is_some() && other.said("global_cluster_identifier") == global;
        let pair = estate.recovery("aws_rds_cluster").find(is_member);
        let sides = (source.said("cluster_identifier"), pair.and_then(|pair| pair.said("cluster_identifier")));
        let copies = |other: &&Resource<'_>| {
            other.said("replication_source_identifier").is_some()
                && other.said("replication_source_identifier") == source.arn()
        };
        if let Some(copy) = estate.recovery("aws_rds_cluster").find(copies).filter(|_| pair.is_none()) {
            let ask = format!("promote {}, the replica of {}", copy.keyed, source.keyed);
            let found =
                format!("{} is replicated by its log and in no global database: no kind promotes it", source.keyed);
            let piece = Piece::manual(&called(source), &ask, source.place()).fails(
                "import-unknown-type",
                found,
                "make it a member of a global database, or promote it by a command component",
            );
            let name = draft.add(piece);
            order.is(&name, "aurora", [source, copy]);
            continue;
        }
        let (Some(global), Some(pair), (Some(primary), Some(recovery))) = (global.clone(), pair, sides) else {
            missing(source, "aurora", "a database cluster", NO_REPLICA, order, draft);
            continue;
        };
        let piece = Piece::new("aurora", &primary, source.place())
            .with("global", Says::text(&global))
            .with("primary", Says::text(primary))
            .with("recovery", Says::text(recovery));
        let whole = estate
            .of("aws_rds_global_cluster")
            .find(|whole| whole.said("global_cluster_identifier").as_ref() == Some(&global));
        let of: Vec<&Resource<'_>> = [Some(source), Some(pair), whole].into_iter().flatten().collect();
        add(piece, &of, order, draft);
    }
}

fn caches(estate: &Estate<'_>, order: &mut Order, draft: &mut Draft) {
    for source in estate.primary("aws_elasticache_replication_group") {
        let Some(own) = source.said("replication_group_id").or_else(|| source.said("id")) else { continue };
        let is_its = |whole: &&Resource<'_>| whole.said("primary_replication_group_id").as_ref() == Some(&own);
        let whole = estate.of("aws_elasticache_global_replication_group").find(is_its);
        let global = whole.and_then(|whole| whole.said("global_replication_group_id").or_else(|| whole.said("id")));
        let is_member = |other: &&Resource<'_>| global.is_some() && other.said("global_replication_group_id") == global;
        let pair = estate.recovery("aws_elasticache_replication_group").find(is_member);
        let recovery = pair.and_then(|pair| pair.said("replication_group_id").or_else(|| pair.said("id")));
        let (Some(whole), Some(global), Some(pair), Some(recovery)) = (whole, global, pair, recovery) else {
            missing(source, "elasticache", "a cache", NO_REPLICA, order, draft);
            continue;
        };
        let piece = Piece::new("elasticache", &own, source.place())
            .with("global", Says::text(global))
            .with("primary", Says::text(own))
            .with("recovery", Says::text(recovery));
        add(piece, &[source, pair, whole], order, draft);
    }
    for lone in
        estate.primary("aws_elasticache_cluster").filter(|cluster| cluster.said("replication_group_id").is_none())
    {
        missing(lone, "elasticache", "a cache", NO_REPLICA, order, draft);
    }
}

fn tables(estate: &Estate<'_>, order: &mut Order, draft: &mut Draft) {
    for table in estate.primary("aws_dynamodb_table") {
        let is_replicated =
            table.blocks("replica").iter().any(|replica| replica.said("region_name") == estate.recovery);
        let is_its = |other: &&Resource<'_>| {
            other.said("global_table_arn").is_some() && other.said("global_table_arn") == table.arn()
        };
        let replica = estate.recovery("aws_dynamodb_table_replica").find(is_its);
        let name = table.said("name").filter(|_| (is_replicated && estate.recovery.is_some()) || replica.is_some());
        let Some(name) = name else {
            missing(table, "dynamodb", "a table", NO_REPLICA, order, draft);
            continue;
        };
        let of: Vec<&Resource<'_>> = [Some(table), replica].into_iter().flatten().collect();
        add(Piece::new("dynamodb", &name, table.place()).with("table", Says::text(&name)), &of, order, draft);
    }
}

fn buckets(estate: &Estate<'_>, order: &mut Order, draft: &mut Draft) {
    for bucket in estate.primary("aws_s3_bucket") {
        let own = bucket.said("bucket").or_else(|| bucket.said("id"));
        let rules = estate
            .of("aws_s3_bucket_replication_configuration")
            .filter(|rules| rules.said("bucket") == own && own.is_some());
        let targets = rules.flat_map(|rules| rules.blocks("rule").into_iter().map(move |rule| (rules, rule)));
        // The older way: a block of the bucket's own.
        let own_rules = bucket
            .blocks("replication_configuration")
            .into_iter()
            .flat_map(|block| block.get("rules").map(|rules| rules.items()).unwrap_or_default());
        let targets = targets.chain(own_rules.map(|rule| (bucket, rule)));
        let target = targets
            .filter(|(_, rule)| rule.said("status").is_none_or(|status| status != "Disabled"))
            .find_map(|(rules, rule)| {
                let to = rule.at(&["destination"])?.items().first()?.said("bucket")?;
                let to = to.rsplit(":::").next().unwrap_or(&to).to_owned();
                // One that is in the state must be in the recovery region.
                let there = estate.of("aws_s3_bucket").find(|other| other.said("bucket").as_ref() == Some(&to));
                there.is_none_or(|there| there.region == estate.recovery).then_some((rules, to, there))
            });
        let (Some(own), Some((rules, recovery, there))) = (own, target) else {
            missing(bucket, "s3", "a bucket", NO_REPLICA, order, draft);
            continue;
        };
        let mut piece = Piece::new("s3", &own, bucket.place())
            .with("primary", Says::text(own))
            .with("recovery", Says::text(recovery));
        if there.is_none() {
            piece = piece.comment("the bucket that it replicates to is in no state that was given");
        }
        let of: Vec<&Resource<'_>> = [Some(bucket), Some(rules), there].into_iter().flatten().collect();
        add(piece, &of, order, draft);
    }
}

fn secrets(estate: &Estate<'_>, order: &mut Order, draft: &mut Draft) {
    for secret in estate.primary("aws_secretsmanager_secret") {
        let is_there = secret
            .blocks("replica")
            .iter()
            .any(|replica| replica.said("region").is_some() && replica.said("region") == estate.recovery);
        match secret.said("name").filter(|_| is_there) {
            Some(name) => {
                add(
                    Piece::new("secret", &name, secret.place()).with("name", Says::text(&name)),
                    &[secret],
                    order,
                    draft,
                );
            }
            None => missing(secret, "secret", "a secret", NO_REPLICA, order, draft),
        }
    }
}
