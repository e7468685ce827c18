//! What is captured: a file a kind, or a small family of kinds, says by which calls it is read, which of its fields are kept, and
//! what it needs. What no kind of its own has (`ec2`, `elb`, `rds`) is what several share.

mod alarm;
mod aurora;
mod autoscaling_group;
mod bucket;
mod cache;
mod capacity_provider;
mod certificate;
mod db_groups;
mod db_instance;
pub(super) mod dns;
mod ec2;
mod ecs;
mod elb;
mod function;
mod gateway;
mod iam;
mod kms_key;
mod launch_template;
mod listener;
mod load_balancer;
mod log_group;
mod network_acl;
mod parameter;
mod queue;
mod rds;
mod repository;
mod route_table;
mod scalable_target;
mod secret;
mod security_group;
mod subnet;
mod table;
mod target_group;
mod task_definition;
mod topic;
mod vpc;
mod vpc_endpoint;

use super::registry::Kind;

/// Every kind, file by file.
pub(super) fn all() -> impl Iterator<Item = &'static Kind> {
    let files = [
        alarm::KINDS,
        aurora::KINDS,
        autoscaling_group::KINDS,
        bucket::KINDS,
        cache::KINDS,
        capacity_provider::KINDS,
        certificate::KINDS,
        db_groups::KINDS,
        db_instance::KINDS,
        dns::KINDS,
        ecs::KINDS,
        function::KINDS,
        gateway::KINDS,
        iam::KINDS,
        kms_key::KINDS,
        launch_template::KINDS,
        listener::KINDS,
        load_balancer::KINDS,
        log_group::KINDS,
        network_acl::KINDS,
        parameter::KINDS,
        queue::KINDS,
        repository::KINDS,
        route_table::KINDS,
        scalable_target::KINDS,
        secret::KINDS,
        security_group::KINDS,
        subnet::KINDS,
        table::KINDS,
        target_group::KINDS,
        task_definition::KINDS,
        topic::KINDS,
        vpc::KINDS,
        vpc_endpoint::KINDS,
    ];
    files.into_iter().flatten()
}
