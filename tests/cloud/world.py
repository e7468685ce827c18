"""Builds, in both regions, the application that a plan describes, as it is before a failover.

The primary region has the source databases, the services at full strength and the targets of the DNS records; the
recovery region has replicas and services scaled to 0. Kinds of component without a service here are left out. Clusters,
services, target groups and load balancers are given by name or by ARN; an ARN is kept as it is on the side it is of.
"""

from __future__ import annotations

import inspect
import re
import zlib
from typing import Any

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.autoscaling.models import AutoScalingBackend, autoscaling_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.ec2.models import ec2_backends
from moto.ecs.models import ecs_backends
from moto.elasticache.models import ReplicationGroup, elasticache_backends
from moto.iam.models import iam_backends
from moto.elbv2.models import FakeLoadBalancer, FakeTargetGroup, elbv2_backends
from moto.rds.models import DBCluster, rds_backends
from moto.s3.models import s3_backends

import automations
import autoscaling  # noqa: F401 - what is made here goes by it
import accelerators
import acm
import alarms
import buckets
import ec2
import events
import iam
import datastores
import dynamodb
import ecs_rollout
import elasticache
import functions
import global_clusters
import health_checks
import kms
import logs
import nodegroups
import parameters
import queues
import quotas
import restores
import route53
import routing_controls
import schedules
import secrets_manager
from clock import CLOCK

REFERENCE = re.compile(r"\$\{([a-z0-9-]+)\.([a-z_]+)\}")
SIDES = ("primary", "recovery")
# Kinds whose name is no name in Python.
BUILDERS = {"lambda": "lambda_"}
CONTAINER, PORT = "app", 8080
SOURCE_RETENTION_DAYS = 7
POSTGRES = {"engine": "postgres", "engine_version": "15.4"}
# By the port that an engine usually has.
ENGINES = {3306: {"engine": "mysql", "engine_version": "8.0.35"}}
AURORA_POSTGRES = {"engine": "aurora-postgresql", "engine_version": "15.4"}
AURORA_ENGINES = {3306: {"engine": "aurora-mysql", "engine_version": "8.0.mysql_aurora.3.05.2"}}
# TEST-NET-1 (RFC 5737): addresses that are nobody's.
OLD_NETWORK = "192.0.2"
OLD_ADDRESS_6 = "2001:db8::1"
DEFAULT_TTL = 60
# An image that moto has in every region, and what its backend must be told of a launch configuration.
IMAGE = "ami-12c6146b"
LAUNCH_CONFIGURATION = tuple(inspect.signature(AutoScalingBackend.create_launch_configuration).parameters)[1:]
# What the set of the primary side and the one beside it are, by the plan's word for it.
ROUTINGS = {
    "latency": lambda primary, recovery: ({"Region": primary}, {"Region": recovery}),
    "failover": lambda *_: ({"Failover": "PRIMARY"}, {"Failover": "SECONDARY"}),
    "multivalue": lambda *_: ({"MultiValueAnswer": True}, {"MultiValueAnswer": True}),
    "weighted": lambda *_: ({"Weight": 100}, {"Weight": 0}),
}


def build(plan: dict[str, Any]) -> None:
    """All stages take no time here: the application is in service when this returns."""
    world = World(plan)
    with CLOCK.instantly():
        for kind in ("rds", "rds-restore", "aurora", "elasticache", "kms", "secret", "parameter", "dynamodb", "s3", "switch", "routing-control", "runbook", "invoke", "load-balancer", "ecs", "autoscaling", "route53", "certificate", "iam", "network", "alarm", "lambda", "rule", "schedule", "nodegroup", "queue", "accelerator"):
            for name, component in world.components.items():
                if component["kind"] == kind:
                    getattr(world, BUILDERS.get(kind, kind.replace("-", "_")))(name, component)
                    CLOCK.advance()


def name_of(given: str) -> str:
    """The name in the ARN of a cluster, service, target group or load balancer; or the name itself."""
    if not given.startswith("arn:"):
        return given
    words = given.split(":", 5)[5].split("/")
    return words[{"targetgroup": 1, "loadbalancer": 2}.get(words[0], -1)]


def log_group(cluster: str, service: str) -> str:
    return f"/ecs/{cluster}/{service}"


def keep_arn(kept: dict[str, Any], thing: Any, given: str, account: str, region: str) -> None:
    """Gives the thing the plan's ARN, where that is of this region."""
    fields = given.split(":")
    if fields[0] != "arn" or fields[3] != region or thing.arn == given:
        return
    if fields[4] != account:
        raise ValueError(f"{given} is of account {fields[4]}; what stands here is of {account}")
    del kept[thing.arn]
    thing.arn = given
    kept[given] = thing


class World:
    """What has been built so far; `outputs` are the components' outputs on their primary side."""

    def __init__(self, plan: dict[str, Any]) -> None:
        application = plan["application"]
        self.regions = {side: application[side] for side in SIDES}
        self.accounts = plan.get("account", {})
        self.components: dict[str, dict[str, Any]] = plan.get("component", {})
        self.outputs: dict[tuple[str, str], str] = {}
        self.balancers: dict[tuple[str, str], FakeLoadBalancer] = {}

    def place(self, component: dict[str, Any], side: str) -> tuple[str, str]:
        """Account and region of a component's side; the account is the one in the role's ARN."""
        account = component.get("account")
        name = account.get(side) if isinstance(account, dict) else account
        role = self.accounts.get(name, {}).get("role")
        return (role.split(":")[4] if role else DEFAULT_ACCOUNT_ID), self.regions[side]

    def old_value(self, text: Any) -> str:
        """References give what they give on the primary side; anything else is `old`, to be seen to change."""
        if not REFERENCE.search(str(text)):
            return "old"
        return REFERENCE.sub(lambda found: self.outputs.get((found[1], found[2]), "old"), str(text))

    def rds(self, name: str, component: dict[str, Any]) -> None:
        account, region = self.place(component, "primary")
        source = rds_backends[account][region].create_db_instance(
            {
                "db_instance_identifier": component["primary"],
                "db_instance_class": "db.r6g.large",
                **ENGINES.get(component.get("port"), POSTGRES),
                "port": component.get("port"),
                "allocated_storage": 100,
                "master_username": "landfall",
                "master_user_password": "not-a-secret",
                "backup_retention_period": SOURCE_RETENTION_DAYS,
            }
        )
        CLOCK.advance()
        account, region = self.place(component, "recovery")
        replica = rds_backends[account][region].create_db_instance_read_replica(
            {
                "db_instance_identifier": component["recovery"],
                "source_db_instance_identifier": source.db_instance_arn,
            }
        )
        for side, instance in (("primary", source), ("recovery", replica)):
            restores.put_groups(*self.place(component, side), "databases", "databases")
            instance.db_subnet_group_name = instance.db_parameter_group_name = "databases"
        self.outputs[name, "endpoint"] = source.address
        self.outputs[name, "port"] = str(source.port)

    def rds_restore(self, name: str, component: dict[str, Any]) -> None:
        """What it is restored from, and the groups that it is given; no instance."""
        account, region = self.place(component, "recovery")
        restores.put(account, region, component["source"])
        restores.put_groups(account, region, component.get("subnet_group"), component.get("parameter_group"))

    def aurora(self, name: str, component: dict[str, Any]) -> None:
        """Clusters of two instances each, unless the component has `instances`: no plan has that, it is for the seeding
        alone."""
        (account, region), (other, recovery) = (self.place(component, side) for side in SIDES)
        if account != other:
            raise ValueError(f"a global database is of one account: {name} has {account} and {other}")
        primary = self.cluster(account, region, component["primary"], component)
        backend = rds_backends[account][global_clusters.HOME]
        found = backend.create_global_cluster(
            global_cluster_identifier=component["global"],
            source_db_cluster_identifier=primary.db_cluster_arn,
            engine=None,
            engine_version=None,
            storage_encrypted=None,
            deletion_protection=None,
        )
        self.cluster(account, recovery, component["recovery"], component, component["global"])
        found.history = ()
        self.outputs[name, "endpoint"] = primary.endpoint
        self.outputs[name, "reader_endpoint"] = primary.reader_endpoint
        self.outputs[name, "port"] = str(primary.port)
        self.outputs[name, "global_endpoint"] = found.endpoint

    def cluster(
        self, account: str, region: str, name: str, component: dict[str, Any], of: str | None = None
    ) -> DBCluster:
        backend = rds_backends[account][region]
        made = AURORA_ENGINES.get(component.get("port"), AURORA_POSTGRES)
        login = {} if of else {"master_username": "landfall", "master_user_password": "not-a-secret"}
        cluster = backend.create_db_cluster(
            {"db_cluster_identifier": name, "port": component.get("port"), "backup_retention_period": 7}
            | {"global_cluster_identifier": of}
            | made
            | login
        )
        cluster.status = "available"
        if "clusters" not in backend.db_cluster_parameter_groups:
            backend.create_db_cluster_parameter_group("clusters", "aurora-postgresql15", "seeded", None)
        cluster.parameter_group = "clusters"
        for number in range(component.get("instances", 2)):
            backend.create_db_instance(
                {
                    "db_instance_identifier": f"{name}-{number + 1}",
                    "db_cluster_identifier": name,
                    "db_instance_class": "db.r6g.large",
                    "availability_zone": f"{region}{'ab'[number % 2]}",
                    **made,
                }
            )
            CLOCK.advance()
        cluster.designate_writer()
        return cluster

    def elasticache(self, name: str, component: dict[str, Any]) -> None:
        """Groups of two nodes each, unless the component has `nodes` or, for cluster mode, `shards`: no plan has these,
        they are for the seeding alone."""
        (account, region), (other, recovery) = (self.place(component, side) for side in SIDES)
        if account != other:
            raise ValueError(f"a global datastore is of one account: {name} has {account} and {other}")
        nodes, shards = component.get("nodes", 2), component.get("shards")
        size = {"replicas_per_node_group": nodes - 1} if shards else {"num_cache_clusters": nodes}
        primary = self.cache(account, region, component["primary"], size, shards=shards, engine="redis")
        datastore = datastores.create_datastore(account, region, component["global"], name, component["primary"])
        CLOCK.advance()
        self.cache(account, recovery, component["recovery"], size, datastore=datastore.id)
        datastore.history.clear()
        shard = primary.node_groups[0]
        endpoint = primary.configuration_endpoint if shards else shard["primary_endpoint"]
        self.outputs[name, "endpoint"] = endpoint["address"]
        self.outputs[name, "port"] = str(endpoint["port"])
        if not shards:
            self.outputs[name, "reader_endpoint"] = shard["reader_endpoint"]["address"]

    def cache(
        self,
        account: str,
        region: str,
        name: str,
        size: dict[str, int],
        shards: int | None = None,
        engine: str | None = None,
        datastore: str | None = None,
    ) -> ReplicationGroup:
        given = {
            "replication_group_id": name,
            "replication_group_description": "landfall",
            "global_replication_group_id": datastore,
            "num_node_groups": shards,
            "cluster_mode": "enabled" if shards else None,
            "engine": engine,
            "cache_node_type": None if datastore else "cache.r7g.large",
            "automatic_failover_enabled": size.get("num_cache_clusters") != 1,
            "multi_az_enabled": size.get("num_cache_clusters") != 1,
        }
        group = elasticache_backends[account][region].create_replication_group(
            **dict.fromkeys(elasticache.PARAMETERS) | given | size
        )
        CLOCK.advance()
        return group

    def kms(self, name: str, component: dict[str, Any]) -> None:
        account, region = self.place(component, "primary")
        self.outputs[name, "arn"] = kms.make(account, region, self.regions["recovery"], component["key"]).arn

    def secret(self, name: str, component: dict[str, Any]) -> None:
        """`holds` in the component is what the secret holds: for the seeding alone."""
        account, region = self.place(component, "primary")
        holds = component.get("holds", {"username": "landfall", "password": "not-a-secret"})
        secrets_manager.make(account, region, self.regions["recovery"], component["name"], holds)

    def parameter(self, name: str, component: dict[str, Any]) -> None:
        """It is there with another value, unless the component has `absent`; `pattern` is its allowed one. Both are for
        the seeding alone."""
        for side in () if component.get("absent") else SIDES:
            account, region = self.place(component, side)
            kind = component.get("type", "String")
            parameters.make(account, region, component["name"], "old", kind, component.get("pattern"))

    def dynamodb(self, name: str, component: dict[str, Any]) -> None:
        """A table with a string key `id` and one index, `by-owner`, and a replica of it. The component's `witness`, which no
        plan has, is the third region of a strongly consistent one."""
        (account, region), (other, recovery) = (self.place(component, side) for side in SIDES)
        if account != other:
            raise ValueError(f"a global table is of one account: {name} has {account} and {other}")
        index = {
            "IndexName": "by-owner",
            "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
        table = dynamodb_backends[account][region].create_table(
            component["table"],
            schema=[{"AttributeName": "id", "KeyType": "HASH"}],
            throughput=None,
            attr=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "owner")],
            global_indexes=[index],
            indexes=[],
            streams=None,
            billing_mode="PAY_PER_REQUEST",
            sse_specification=None,
            tags=[],
            deletion_protection_enabled=False,
            warm_throughput=None,
        )
        CLOCK.advance()
        strong = component.get("consistency") == "strong"
        table.group = dynamodb.Group(table.name, "STRONG" if strong else "EVENTUAL", {region: "ACTIVE"})
        table.group.witness = component.get("witness")
        dynamodb.add(account, table, recovery)
        self.outputs[name, "table"] = table.name

    def bucket(self, account: str, region: str, name: str) -> None:
        made = s3_backends[account]["aws"].create_bucket(name, region)
        made.versioning_status = "Enabled"

    def s3(self, name: str, component: dict[str, Any]) -> None:
        """Two buckets that keep versions, and the plan's rule between them, or one called `all`."""
        for side in SIDES:
            self.bucket(*self.place(component, side), component[side])
        rule = {
            "ID": component.get("rule", "all"),
            "Priority": 1,
            "Status": "Enabled",
            "DeleteMarkerReplication": {"Status": "Enabled"},
            "Destination": {"Bucket": f"arn:aws:s3:::{component['recovery']}", "Metrics": {"Status": "Enabled"}},
        }
        account, _ = self.place(component, "primary")
        buckets.find(account, component["primary"]).replication = {"Role": "arn:aws:iam::1:role/r", "Rule": [rule]}
        self.outputs[name, "bucket"] = component["primary"]

    def switch(self, name: str, component: dict[str, Any]) -> None:
        """The object is the other way round; with a record, failover sets whose primary the health check watches."""
        account, region = self.place(component, "recovery")
        self.bucket(account, region, component["bucket"])
        if not component["present"]:
            s3_backends[account]["aws"].put_object(component["bucket"], component["object"], b"")
        check = component.get("health_check", "switch-check")
        host = f"{component['bucket']}.s3.{region}.amazonaws.com"
        health_checks.put(check, host, f"/{component['object']}", component["present"], account)
        if "record" not in component:
            return
        account, _ = self.place(component, "primary")
        self.failover_sets(component, account, check)

    def routing_control(self, name: str, component: dict[str, Any]) -> None:
        """Each control is the other way round; with a record, failover sets that follow the controls: the primary's one that
        goes off, or the opposite of one that goes on."""
        wanted = component.get("controls") or {component["arn"]: component["on"]}
        for arn, on in wanted.items():
            routing_controls.put(arn, "Off" if on else "On")
        if "record" not in component:
            return
        off, on = (next((arn for arn, is_on in wanted.items() if is_on is so), None) for so in (False, True))
        account, _ = self.place(component, "primary")
        health_checks.put_routed(f"{name}-primary", off or on, off is None, account)
        self.failover_sets(component, account, f"{name}-primary")

    def runbook(self, name: str, component: dict[str, Any]) -> None:
        """Its documents, with the parameters that the plan gives them."""
        for given in filter(None, (component, component.get("undo"))):
            account, region = self.place(component, "recovery")
            automations.put(account, region, given["document"], dict.fromkeys(given.get("parameters", {})))

    def invoke(self, name: str, component: dict[str, Any]) -> None:
        """Its functions, which answer what is expected of the first."""
        undo = component.get("undo", {})
        account, region = self.place(component, "recovery")
        for given in (component["function"], undo.get("function")):
            bare = given and functions.parsed(given)[0]
            if bare and bare not in functions.FUNCTIONS[account, region]:
                functions.put(account, region, bare)
        found, _ = functions.find(account, region, functions.parsed(component["function"])[0])
        if component.get("qualifier") and not component["qualifier"].isdigit():
            found.aliases.setdefault(component["qualifier"], functions.Alias("1"))
        found.answer = {pointer.removeprefix("/"): wanted for pointer, wanted in component.get("expect", {}).items()}

    def failover_sets(self, component: dict[str, Any], account: str, check: str) -> None:
        """The record's two sets, the first of which is answered while its check is healthy."""
        record_name = route53.full_name(component["record"])
        zone_name = ".".join(record_name.rstrip(".").split(".")[-2:])
        sets = (("primary-side", "PRIMARY", "192.0.2.10", check), (component["set"], "SECONDARY", "192.0.2.20", None))
        for identifier, role, address, watched in sets:
            record = {"Name": record_name, "Type": component.get("type", "A"), "SetIdentifier": identifier}
            record |= {"Failover": role, "TTL": 1, "ResourceRecords": [{"Value": address}]}
            record |= {"HealthCheckId": watched} if watched else {}
            route53.put_record(account, component["zone"], zone_name, record, False)

    def load_balancer(self, name: str, component: dict[str, Any]) -> None:
        for side in SIDES:
            self.target_group(component, side, component["name"])
        balancer = self.balancers[name_of(component["target_group"]), "primary"]
        self.outputs[name, "dns_name"] = balancer.dns_name
        self.outputs[name, "zone_id"] = balancer.canonical_hosted_zone_id

    def target_group(self, component: dict[str, Any], side: str, balancer_name: str) -> FakeTargetGroup:
        """The side's group of that name, behind a load balancer: a group behind none has only unused targets."""
        name = name_of(component["target_group"])
        account, region = self.place(component, side)
        backend = elbv2_backends[account][region]
        for group in backend.target_groups.values():
            if group.name == name:
                keep_arn(backend.target_groups, group, component["target_group"], account, region)
                return group
        ec2 = ec2_backends[account][region]
        group = backend.create_target_group(
            name, protocol="HTTP", port=str(PORT), vpc_id=ec2.default_vpc.id, target_type=self.target_type(name)
        )
        keep_arn(backend.target_groups, group, component["target_group"], account, region)
        wanted = name_of(balancer_name)
        balancer = next((lb for lb in backend.load_balancers.values() if lb.name == wanted), None)
        if balancer is None:
            subnets = [subnet.id for subnet in ec2.describe_subnets()[:2]]
            balancer = backend.create_load_balancer(wanted, [], subnets)
            keep_arn(backend.load_balancers, balancer, balancer_name, account, region)
        forward = {"Type": "forward", "TargetGroupArn": group.arn}
        backend.create_listener(balancer.arn, "HTTP", str(80 + len(balancer.listeners)), None, None, [forward])
        self.balancers[name, side] = balancer
        return group

    def target_type(self, name: str) -> str:
        """Instances register by their ids, tasks by their addresses."""
        of = [c["kind"] for c in self.components.values() if name_of(c.get("target_group", "")) == name]
        return "instance" if "autoscaling" in of else "ip"

    def autoscaling(self, name: str, component: dict[str, Any]) -> None:
        """The old group at full strength, the other at nothing; each at most twice what is wanted."""
        desired = component["desired"]
        for side, group in (("primary", component.get("old", component)["group"]), ("recovery", component["group"])):
            account, region = self.place(component, side)
            # An account that runs anything has asked for more than AWS's default long ago.
            quotas.knob_quota(region, "ec2", "L-1216C47A", 4096, account)
            backend = autoscaling_backends[account][region]
            if group in backend.autoscaling_groups:
                continue
            size = desired if side == "primary" else 0
            arns = []
            if "target_group" in component:
                balancer = f"{name_of(component['target_group'])[:29]}-lb"
                arns = [self.target_group(component, side, balancer).arn]
            sizes = (min(size, component.get("min", size)), 2 * desired, size)
            self.scaling_group(account, region, group, sizes, arns)
        self.outputs[name, "group"] = component["group"]

    def scaling_group(
        self, account: str, region: str, group: str, sizes: tuple[int, int, int], arns: list[str]
    ) -> None:
        """One of so many at least, at most and now, whose instances register in these target groups."""
        backend = autoscaling_backends[account][region]
        least, most, size = sizes
        backend.create_launch_configuration(
            **dict.fromkeys(LAUNCH_CONFIGURATION)
            | {"name": group, "image_id": IMAGE, "instance_type": "m5.large", "security_groups": []}
        )
        subnets = ec2_backends[account][region].describe_subnets()[:2]
        backend.create_auto_scaling_group(
            name=group,
            availability_zones=[],
            desired_capacity=size,
            max_size=most,
            min_size=least,
            launch_config_name=group,
            launch_template={},
            vpc_zone_identifier=",".join(subnet.id for subnet in subnets),
            default_cooldown=None,
            health_check_period=None,
            health_check_type="ELB" if arns else "EC2",
            load_balancers=[],
            target_group_arns=arns,
            placement_group=None,
            termination_policies=[],
            tags=[],
        )

    def nodegroup(self, name: str, component: dict[str, Any]) -> None:
        """One of the recovery region without a node, of at most twice what is wanted."""
        account, region = self.place(component, "recovery")
        found = nodegroups.put(account, region, component["cluster"], component["nodegroup"])
        self.scaling_group(account, region, found.group_name, (0, 2 * component["desired"], 0), [])

    def schedule(self, name: str, component: dict[str, Any]) -> None:
        """The old schedule enabled, the new one not."""
        for side, wanted in (("primary", component.get("old")), ("recovery", component)):
            if wanted is not None:
                schedules.put(*self.place(component, side), wanted["name"], wanted.get("group"), side == "primary")

    def ecs(self, name: str, component: dict[str, Any]) -> None:
        here = {"cluster": component["cluster"], "service": component["service"]}
        desired = {"primary": component["desired"], "recovery": 0}
        for side, names in (("primary", component.get("old", here)), ("recovery", here)):
            cluster, service = name_of(names["cluster"]), name_of(names["service"])
            definition = self.service(component, side, cluster, service, desired[side])
            if side == "primary":
                self.outputs[name, "service"] = service
                self.outputs[name, "task_definition"] = definition

    def service(self, component: dict[str, Any], side: str, cluster: str, service: str, desired: int) -> str:
        account, region = self.place(component, side)
        backend = ecs_backends[account][region]
        if cluster not in backend.clusters:
            backend.create_cluster(cluster)
        family = component.get("family", service) if side == "recovery" else service
        role = f"{service}-execution"
        if all(role != known.name for known in iam_backends[account]["aws"].roles.values()):
            iam.put(account, {"role": role, "trusts": ["ecs-tasks.amazonaws.com"]})
        logs.write(account, region, log_group(cluster, service), "seeded", [])
        definition = backend.register_task_definition(
            family,
            [self.container(component, account, region, log_group(cluster, service))],
            network_mode="awsvpc",
            requires_compatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            execution_role_arn=f"arn:aws:iam::{account}:role/{role}",
        )
        balancers = []
        if "target_group" in component:
            group = self.target_group(component, side, f"{name_of(component['target_group'])[:29]}-lb")
            behind = component.get("container", CONTAINER)
            balancers = [{"targetGroupArn": group.arn, "containerName": behind, "containerPort": PORT}]
        subnets = [subnet.id for subnet in ec2_backends[account][region].describe_subnets()[:2]]
        made = backend.create_service(
            cluster,
            service,
            desired,
            definition.arn,
            load_balancers=balancers,
            launch_type="FARGATE",
            network_configuration={"awsvpcConfiguration": {"subnets": subnets}},
        )
        made.deployment_configuration |= {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
        if "min" in component:
            self.scalable_target(component, account, region, f"service/{cluster}/{service}", desired)
        ecs_rollout.carry_on(made)
        return str(definition.arn)

    def container(self, component: dict[str, Any], account: str, region: str, group: str) -> dict[str, Any]:
        secrets = f"arn:aws:secretsmanager:{region}:{account}:secret:old-"
        return {
            "name": component.get("container", CONTAINER),
            "image": "registry.example/app:old",
            "essential": True,
            "portMappings": [{"containerPort": PORT, "protocol": "tcp"}],
            "environment": [
                {"name": key, "value": self.old_value(value)} for key, value in component.get("environment", {}).items()
            ],
            "secrets": [{"name": key, "valueFrom": secrets + key} for key in component.get("secrets", {})],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": group, "awslogs-region": region, "awslogs-stream-prefix": "ecs"},
            },
        }

    def scalable_target(
        self, component: dict[str, Any], account: str, region: str, resource: str, desired: int
    ) -> None:
        """At most twice what the plan wants; at least what runs on the side now."""
        applicationautoscaling_backends[account][region].register_scalable_target(
            namespace="ecs",
            r_id=resource,
            dimension="ecs:service:DesiredCount",
            min_capacity=min(desired, component["min"]),
            max_capacity=2 * max(component["desired"], component["min"]),
            role_arn=f"arn:aws:iam::{account}:role/scaling",
            suspended_state=None,
        )

    def route53(self, name: str, component: dict[str, Any]) -> None:
        """A zone that the plan has by its name gets an id made of it; one that it has by id is named after the record."""
        account, _ = self.place(component, "primary")
        record_name = route53.full_name(component["record"])
        zone = component["zone"].removeprefix("/hostedzone/")
        zone_name = route53.full_name(zone) if "." in zone else ".".join(record_name.rstrip(".").split(".")[-2:])
        private = component.get("private", False)
        if "." in zone:
            zone = "Z" + re.sub("[^A-Z0-9]", "", zone_name.upper()) + ("PRIVATE" if private else "")
        kind = component.get("type", "A")
        for chosen in self.sets(component) or [{}]:
            record = {"Name": record_name, "Type": kind} | chosen | self.target(component, kind, zone_name, chosen)
            route53.put_record(account, zone, zone_name, record, private)
        self.outputs[name, "record"] = record_name

    def certificate(self, name: str, component: dict[str, Any]) -> None:
        """One of its own on either side, issued and in use."""
        for side in SIDES:
            account, region = self.place(component, side)
            bundle = acm.put(account, region, [component["domain"]])
            if side == "primary":
                self.outputs[name, "arn"] = bundle.arn

    def lambda_(self, name: str, component: dict[str, Any]) -> None:
        """The old function with its events coming, the new one with none: its alias is a version behind, and it has no
        concurrency of its own, or none at all where some is to be reserved."""
        old = component.get("old", {})
        sides = {"primary": (old.get("function"), old.get("event_sources", []), None)}
        sides["recovery"] = (component["function"], component.get("event_sources", []), component.get("alias"))
        for side, (given, sources, alias) in sides.items():
            if given is None:
                continue
            account, region = self.place(component, side)
            bare, _ = functions.parsed(given)
            found = functions.FUNCTIONS[account, region].get(bare)
            found = found or functions.put(account, region, bare, max(2, int(component.get("version", 2))))
            if side == "recovery" and component.get("concurrency"):
                found.reserved = 0
            if alias:
                found.aliases[alias] = functions.Alias("1")
            for source in sources:
                function = f"{bare}:{alias}" if alias else bare
                functions.map_source(account, region, function, source, side == "primary")
            if side == "primary":
                self.outputs[name, "arn"] = found.arn

    def queue(self, name: str, component: dict[str, Any]) -> None:
        """Nothing is in either."""
        for side, called in (("primary", component.get("primary", component["name"])), ("recovery", component["name"])):
            account, region = self.place(component, side)
            made = queues.put(account, region, called)
            if side == "primary":
                self.outputs[name, "arn"] = made.queue_arn

    def accelerator(self, name: str, component: dict[str, Any]) -> None:
        """The old group takes all of its traffic, the new one none; both have healthy endpoints."""
        for side, wanted in (("primary", component.get("old")), ("recovery", component)):
            if wanted is not None:
                account, region = self.place(component, side)
                accelerators.put(account, wanted["endpoint_group"], region, 100.0 if side == "primary" else 0.0)

    def rule(self, name: str, component: dict[str, Any]) -> None:
        """The old rule enabled, the new one not, each with a target."""
        for side, wanted in (("primary", component.get("old")), ("recovery", component)):
            if wanted is not None:
                events.put(*self.place(component, side), wanted["rule"], wanted.get("bus"), side == "primary")

    def alarm(self, name: str, component: dict[str, Any]) -> None:
        """Each of them on either side, OK, with traffic."""
        for side in SIDES:
            for alarm in component["names"]:
                alarms.put(*self.place(component, side), alarm)

    def network(self, name: str, component: dict[str, Any]) -> None:
        """One on either side, open."""
        for side in SIDES:
            vpc, subnets = ec2.put(*self.place(component, side), component)
            if side == "primary":
                self.outputs[name, "vpc"], self.outputs[name, "subnets"] = vpc, ",".join(subnets)

    def iam(self, name: str, component: dict[str, Any]) -> None:
        """A role that may what it has to, and is trusted by who has to take it on; one for both sides."""
        account, _ = self.place(component, "recovery")
        self.outputs[name, "arn"] = arn = iam.put(account, component)
        iam.attach(account, arn)

    def sets(self, component: dict[str, Any]) -> list[dict[str, Any]]:
        """The sets of the plan as they were before: those it is to take out of service have the traffic."""
        if "failover" in component:
            roles = component["failover"]
            return [
                {"SetIdentifier": roles["secondary"], "Failover": "PRIMARY"},
                {"SetIdentifier": roles["primary"], "Failover": "SECONDARY"},
            ]
        if "set" in component:
            beside = f"{component['set']}-beside"
            routing = component.get("routing", "latency")
            first, second = ROUTINGS[routing](self.regions["primary"], self.regions["recovery"])
            return [{"SetIdentifier": component["set"]} | first, {"SetIdentifier": beside} | second]
        weights = component.get("weights", {})
        return [{"SetIdentifier": name, "Weight": 0 if weight else 100} for name, weight in weights.items()]

    def target(self, component: dict[str, Any], kind: str, zone_name: str, chosen: dict[str, Any]) -> dict[str, Any]:
        """Where the record points before the failover: at the primary side, or at a set's own name."""
        is_beside = "set" in component and chosen.get("SetIdentifier") != component["set"]
        if "alias" in component and not is_beside:
            dns_name, zone_id = self.alias(component["alias"])
            return {"AliasTarget": {"DNSName": dns_name, "HostedZoneId": zone_id, "EvaluateTargetHealth": False}}
        if chosen:
            host = f"{chosen['SetIdentifier'].lower()}.{zone_name}"
        else:
            old = self.old_value(component.get("values", [""])[0])
            host = f"old.{zone_name}" if old == "old" else old
        value = {"A": self.old_address(chosen), "AAAA": OLD_ADDRESS_6}.get(kind, host)
        return {"TTL": component.get("ttl", DEFAULT_TTL), "ResourceRecords": [{"Value": value}]}

    def old_address(self, chosen: dict[str, Any]) -> str:
        """Each set has its own: by it they are told apart in answers."""
        place = zlib.crc32(chosen["SetIdentifier"].encode()) % 200 + 20 if chosen else 1
        return f"{OLD_NETWORK}.{place}"

    def alias(self, wanted: dict[str, str]) -> tuple[str, str]:
        """A load balancer named outright in the plan is the recovery side's; the other side's is not known by it."""
        dns_name = self.old_value(wanted["dns_name"])
        if dns_name != "old":
            return dns_name, self.old_value(wanted["zone_id"])
        return f"old-1.{self.regions['primary']}.elb.amazonaws.com", wanted["zone_id"]
