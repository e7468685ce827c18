//! What stands in a test cloud beside what a plan says: services, clusters, target groups and load balancers, made by the
//! SDK as anybody would make them.

// Each test binary uses some of it.
#![allow(dead_code)]

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_ecs::types::{
    AwsVpcConfiguration, ContainerDefinition, DeploymentController, DeploymentControllerType, KeyValuePair,
    LoadBalancer, NetworkConfiguration, NetworkMode, PortMapping, SchedulingStrategy,
};
use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, ForwardActionConfig, ProtocolEnum, RuleCondition, TargetGroupTuple, TargetTypeEnum,
};

/// Makes things in one region.
pub struct Estate {
    ecs: aws_sdk_ecs::Client,
    elb: aws_sdk_elasticloadbalancingv2::Client,
}

/// A service to be made.
pub struct Wanted<'a> {
    pub cluster: &'a str,
    pub name: &'a str,
    pub desired: i32,
    /// The target groups' ARNs, each with the container behind it.
    pub behind: Vec<(&'a str, &'a str)>,
    /// The containers, and an environment value of each.
    pub containers: Vec<(&'a str, &'a str)>,
    pub controller: DeploymentControllerType,
    pub daemon: bool,
}

impl<'a> Wanted<'a> {
    pub fn named(name: &'a str) -> Self {
        Self {
            cluster: "shop",
            name,
            desired: 0,
            behind: Vec::new(),
            containers: vec![("app", "old")],
            controller: DeploymentControllerType::Ecs,
            daemon: false,
        }
    }
}

impl Estate {
    /// In `region` of the cloud at `endpoint`.
    pub fn of(endpoint: &str, region: &str) -> Self {
        let credentials = Credentials::new("test", "test", None, None, "test");
        let config: SdkConfig = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .endpoint_url(endpoint)
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        Self { ecs: aws_sdk_ecs::Client::new(&config), elb: aws_sdk_elasticloadbalancingv2::Client::new(&config) }
    }

    /// A target group behind no load balancer; its ARN.
    pub async fn group(&self, name: &str) -> String {
        let others = self.elb.describe_load_balancers().send().await.expect("there are some");
        let vpc = others.load_balancers()[0].vpc_id().expect("it is in one");
        let made = self.elb.create_target_group().name(name).protocol(ProtocolEnum::Http).port(8080).vpc_id(vpc);
        let made = made.target_type(TargetTypeEnum::Ip).send().await.expect("a group is made");
        made.target_groups()[0].target_group_arn().expect("it has an ARN").to_owned()
    }

    /// A load balancer, the one of that name if there is one; its ARN.
    pub async fn balancer(&self, name: &str) -> String {
        if let Ok(found) = self.elb.describe_load_balancers().names(name).send().await {
            return found.load_balancers()[0].load_balancer_arn().expect("it has an ARN").to_owned();
        }
        let others = self.elb.describe_load_balancers().send().await.expect("there are some");
        let zones = others.load_balancers()[0].availability_zones().to_vec();
        let subnets = zones.iter().filter_map(|zone| zone.subnet_id().map(str::to_owned)).collect();
        let made = self.elb.create_load_balancer().name(name).set_subnets(Some(subnets)).send().await;
        made.expect("a balancer is made").load_balancers()[0].load_balancer_arn().expect("it has an ARN").to_owned()
    }

    /// A listener of `balancer` at `port` that forwards to `group`; its ARN.
    pub async fn listen(&self, balancer: &str, port: i32, group: &str) -> String {
        let made = self.elb.create_listener().load_balancer_arn(balancer).protocol(ProtocolEnum::Http).port(port);
        let made = made.default_actions(forward(group)).send().await.expect("a listener is made");
        made.listeners()[0].listener_arn().expect("it has an ARN").to_owned()
    }

    /// A listener that forwards to several groups by weight; its ARN.
    pub async fn listen_weighted(&self, balancer: &str, port: i32, groups: &[(&str, i32)]) -> String {
        let group =
            |(arn, weight): &(&str, i32)| TargetGroupTuple::builder().target_group_arn(*arn).weight(*weight).build();
        let config = ForwardActionConfig::builder().set_target_groups(Some(groups.iter().map(group).collect())).build();
        let action = Action::builder().r#type(ActionTypeEnum::Forward).forward_config(config).build();
        let made = self.elb.create_listener().load_balancer_arn(balancer).protocol(ProtocolEnum::Http).port(port);
        let made = made.default_actions(action).send().await.expect("a listener is made");
        made.listeners()[0].listener_arn().expect("it has an ARN").to_owned()
    }

    /// A rule of `listener` that forwards a path to `group`.
    pub async fn rule(&self, listener: &str, group: &str) {
        let path = RuleCondition::builder().field("path-pattern").values("/only-here").build();
        let made = self.elb.create_rule().listener_arn(listener).priority(1).conditions(path).actions(forward(group));
        made.send().await.expect("a rule is made");
    }

    /// A service with a task definition of its own family, and as many tasks as it wants, once they run.
    pub async fn service(&self, wanted: Wanted<'_>) {
        self.ecs.create_cluster().cluster_name(wanted.cluster).send().await.expect("a cluster is made");
        let containers = wanted.containers.iter().map(|(name, value)| container(name, value)).collect();
        let family = self.ecs.register_task_definition().family(wanted.name).network_mode(NetworkMode::Awsvpc);
        family.set_container_definitions(Some(containers)).send().await.expect("a family is made");
        let behind = wanted.behind.iter().map(|(group, container)| {
            LoadBalancer::builder().target_group_arn(*group).container_name(*container).container_port(8080).build()
        });
        let controller = DeploymentController::builder().r#type(wanted.controller).build().expect("it has a type");
        let make = self.ecs.create_service().cluster(wanted.cluster).service_name(wanted.name);
        let make = make.task_definition(wanted.name).set_load_balancers(Some(behind.collect()));
        let make = make.deployment_controller(controller).network_configuration(self.network().await);
        let make = match wanted.daemon {
            true => make.scheduling_strategy(SchedulingStrategy::Daemon),
            false => make.desired_count(wanted.desired),
        };
        make.send().await.expect("a service is made");
        self.runs(wanted.cluster, wanted.name).await;
    }

    async fn network(&self) -> NetworkConfiguration {
        let others = self.elb.describe_load_balancers().send().await.expect("there are some");
        let zones = others.load_balancers()[0].availability_zones().to_vec();
        let subnets = zones.iter().filter_map(|zone| zone.subnet_id().map(str::to_owned)).collect();
        let vpc = AwsVpcConfiguration::builder().set_subnets(Some(subnets)).build().expect("it has subnets");
        NetworkConfiguration::builder().awsvpc_configuration(vpc).build()
    }

    /// The image and the value of each container that the service is meant to run, by name.
    pub async fn serving(&self, cluster: &str, service: &str) -> Vec<(String, String, String)> {
        let found = self.ecs.describe_services().cluster(cluster).services(service).send().await.expect("it is there");
        let arn = found.services()[0].task_definition().expect("it runs something").to_owned();
        let found = self.ecs.describe_task_definition().task_definition(arn).send().await.expect("it is there");
        let definition = found.task_definition().expect("it is described");
        let of = |container: &ContainerDefinition| {
            let value = container.environment().iter().find(|pair| pair.name() == Some("DATABASE_HOST"));
            let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
            (text(container.name()), text(container.image()), text(value.and_then(|pair| pair.value())))
        };
        definition.container_definitions().iter().map(of).collect()
    }

    /// The id of the deployment that the service is brought about by.
    pub async fn deployment(&self, cluster: &str, service: &str) -> String {
        let found = self.ecs.describe_services().cluster(cluster).services(service).send().await.expect("it is there");
        let primary = found.services()[0].deployments().iter().find(|one| one.status() == Some("PRIMARY"));
        primary.and_then(|primary| primary.id()).expect("there is one").to_owned()
    }

    /// Somebody gives the service another size, and it runs.
    pub async fn resize(&self, cluster: &str, service: &str, desired: i32) {
        let update = self.ecs.update_service().cluster(cluster).service(service).desired_count(desired);
        update.send().await.expect("it is updated");
        self.runs(cluster, service).await;
    }

    async fn runs(&self, cluster: &str, name: &str) {
        for _ in 0..200 {
            let found = self.ecs.describe_services().cluster(cluster).services(name).send().await;
            let found = found.expect("it is there");
            let service = &found.services()[0];
            if service.running_count() == service.desired_count() && service.pending_count() == 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{name} never ran");
    }

    /// Somebody else deploys the service anew.
    pub async fn redeploy(&self, cluster: &str, service: &str, definition: Option<&str>) {
        let update = self.ecs.update_service().cluster(cluster).service(service).force_new_deployment(true);
        update.set_task_definition(definition.map(str::to_owned)).send().await.expect("it is updated");
    }
}

fn forward(group: &str) -> Action {
    Action::builder().r#type(ActionTypeEnum::Forward).target_group_arn(group).build()
}

fn container(name: &str, value: &str) -> ContainerDefinition {
    let value = KeyValuePair::builder().name("DATABASE_HOST").value(value).build();
    ContainerDefinition::builder()
        .name(name)
        .image(format!("{name}:1"))
        .memory(128)
        .essential(true)
        .port_mappings(PortMapping::builder().container_port(8080).build())
        .environment(value)
        .build()
}
