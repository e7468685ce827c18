"""Builds the web application of `webapp/webapp.tf` by boto3, for where no Terraform is: the same resources, names and settings.

`seed_webapp.py [REGION]`, at AWS_ENDPOINT_URL. Prints what it built, as JSON: kind and id by what webapp.tf calls it.
"""

from __future__ import annotations

import json
import sys

import boto3

TAGS = {"Project": "app-infra", "Environment": "production"}
#: What stands where a secret would: a capture must show none of them.
CANARIES = {
    "password": "canary-Db-Passw0rd",
    "environment": "canary-Env-Tok3n-Value",
    "secret": "canary-Secret-Value",
    "parameter": "canary-Param-Value",
    "dense": "wJalrXUtnFEMI7K7MDENGbPxRfiCYzzzzzzzCAN",
}
DIGEST = "sha256:" + "0123456789abcdef" * 4


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": f"{service}.amazonaws.com"}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def allow(actions: list[str] | str, resource: str) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource}]})


class Web:
    """The application in one region, built step by step; `tags` are what every resource carries."""

    def __init__(self, region: str, tags: dict[str, str], name: str = "app", cidr: str = "10.20", vpc: str | None = None) -> None:
        self.region, self.tags, self.name, self.cidr, self.shared_vpc = region, tags, name, cidr, vpc
        self.built: dict[str, str] = {}

    def of(self, service: str):
        return boto3.client(service, region_name=self.region)

    def pairs(self, name: str | None = None) -> list[dict[str, str]]:
        named = {**self.tags, "Name": name} if name else self.tags
        return [{"Key": key, "Value": value} for key, value in named.items()]

    def lower(self) -> list[dict[str, str]]:
        return [{"key": key, "value": value} for key, value in self.tags.items()]

    def build(self) -> dict[str, str]:
        self.network()
        self.keys_and_stores()
        self.identity()
        self.edge()
        self.containers()
        self.names()
        self.workers()
        return self.built

    def tagged(self, *ids: str, name: str) -> None:
        self.of("ec2").create_tags(Resources=list(ids), Tags=self.pairs(name))

    def network(self) -> None:
        ec2, name = self.of("ec2"), self.name
        if self.shared_vpc:
            self.vpc = self.shared_vpc
            found = ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [self.vpc]}])
            gateway = found["InternetGateways"][0]["InternetGatewayId"]
        else:
            self.vpc = ec2.create_vpc(CidrBlock=f"{self.cidr}.0.0/16")["Vpc"]["VpcId"]
            ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": True})
            gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
            ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
            self.tagged(self.vpc, name=f"{name}-vpc")
            self.tagged(gateway, name=f"{name}-igw")
        self.public, self.private = [], []
        for place, zone in enumerate("ab"):
            for kind, block in (("public", place), ("private", 10 + place)):
                made = ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"{self.cidr}.{block}.0/24", AvailabilityZone=f"{self.region}{zone}")
                subnet = made["Subnet"]["SubnetId"]
                if kind == "public":
                    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
                self.tagged(subnet, name=f"{name}-{kind}-{zone}")
                (self.public if kind == "public" else self.private).append(subnet)
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        nat = ec2.create_nat_gateway(AllocationId=address, SubnetId=self.public[0])["NatGateway"]["NatGatewayId"]
        self.tagged(address, nat, name=f"{name}-nat")
        for kind, subnets, way in (("public", self.public, {"GatewayId": gateway}), ("private", self.private, {"NatGatewayId": nat})):
            table = ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
            ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **way)
            for subnet in subnets:
                ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
            self.tagged(table, name=f"{name}-{kind}")
            self.built[f"route-table {kind}"] = table
        self.groups = {}
        for kind in ("alb", "ecs-tasks", "rds"):
            made = ec2.create_security_group(GroupName=f"{name}-{kind}-sg", Description=kind, VpcId=self.vpc)
            self.groups[kind] = made["GroupId"]
            self.tagged(made["GroupId"], name=f"{name}-{kind}")
        self.lets_in("alb", 443, {"IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "everybody"}]})
        self.lets_in("ecs-tasks", 8080, {"UserIdGroupPairs": [{"GroupId": self.groups["alb"]}]})
        pair = {"GroupId": self.groups["ecs-tasks"], "Description": "postgres from tasks"}
        self.lets_in("rds", 5432, {"UserIdGroupPairs": [pair]})
        self.built |= {"vpc": self.vpc, "nat-gateway": nat, "internet-gateway": gateway, "eip": address}

    def lets_in(self, group: str, port: int, whom: dict) -> None:
        permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **whom}
        self.of("ec2").authorize_security_group_ingress(GroupId=self.groups[group], IpPermissions=[permission])

    def keys_and_stores(self) -> None:
        name, rds, kms = self.name, self.of("rds"), self.of("kms")
        tags = [{"TagKey": key, "TagValue": value} for key, value in self.tags.items()]
        self.key = kms.create_key(Description="app data", Tags=tags)["KeyMetadata"]["Arn"]
        kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=self.key)
        rds.create_db_subnet_group(DBSubnetGroupName=f"{name}-db-subnets", DBSubnetGroupDescription="db", SubnetIds=self.private, Tags=self.pairs())
        rds.create_db_parameter_group(DBParameterGroupName=f"{name}-pg16", DBParameterGroupFamily="postgres16", Description="pg", Tags=self.pairs())
        self.set_parameter("max_connections", "200")
        made = rds.create_db_instance(
            DBInstanceIdentifier=f"{name}-db", Engine="postgres", EngineVersion="16.4", DBInstanceClass="db.t3.medium", AllocatedStorage=20,
            DBName="app", MasterUsername="app", MasterUserPassword=CANARIES["password"], DBSubnetGroupName=f"{name}-db-subnets",
            DBParameterGroupName=f"{name}-pg16", VpcSecurityGroupIds=[self.groups["rds"]], BackupRetentionPeriod=7,
            StorageEncrypted=True, KmsKeyId=self.key, Tags=self.pairs(),
        )["DBInstance"]
        self.database = f"{name}-db"
        self.address = made.get("Endpoint", {}).get("Address") or f"{name}-db.abc.{self.region}.rds.amazonaws.com"
        self.of("elasticache").create_cache_subnet_group(
            CacheSubnetGroupName=f"{name}-cache", CacheSubnetGroupDescription="cache", SubnetIds=self.private, Tags=self.pairs()
        )
        s3, self.bucket = self.of("s3"), f"{name}-files-123456789012-{self.region}"
        where = {} if self.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        s3.create_bucket(Bucket=self.bucket, **where)
        s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
        s3.put_bucket_tagging(Bucket=self.bucket, Tagging={"TagSet": self.pairs()})
        self.built |= {"kms-key": self.key.rsplit("/", 1)[1], "bucket": self.bucket, "db-instance": f"{name}-db"}

    def set_parameter(self, parameter: str, value: str) -> None:
        set_ = {"ParameterName": parameter, "ParameterValue": value, "ApplyMethod": "pending-reboot"}
        self.of("rds").modify_db_parameter_group(DBParameterGroupName=f"{self.name}-pg16", Parameters=[set_])

    def identity(self) -> None:
        name, iam = self.name, self.of("iam")
        sqs, sns = self.of("sqs"), self.of("sns")
        self.queue = sqs.create_queue(QueueName=f"{name}-jobs", Attributes={"VisibilityTimeout": "60"}, tags=self.tags)["QueueUrl"]
        queue_arn = sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        topic = sns.create_topic(Name=f"{name}-events", Tags=self.pairs())["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
        made = self.of("secretsmanager").create_secret(Name=f"{name}/db-password", SecretString=CANARIES["secret"], Tags=self.pairs())
        self.secret = made["ARN"]
        self.of("ssm").put_parameter(Name=f"/{name}/feature", Type="String", Value=CANARIES["parameter"], Tags=self.pairs())
        for role, service in (("ecs-exec", "ecs-tasks"), ("ecs-task", "ecs-tasks"), ("worker", "ec2")):
            iam.create_role(RoleName=f"{name}-{role}", AssumeRolePolicyDocument=trust(service), Tags=self.pairs())
        policy = iam.create_policy(
            PolicyName=f"{name}-secrets", PolicyDocument=allow("secretsmanager:GetSecretValue", self.secret), Tags=self.pairs()
        )["Policy"]["Arn"]
        iam.attach_role_policy(RoleName=f"{name}-ecs-task", PolicyArn=policy)
        iam.put_role_policy(
            RoleName=f"{name}-ecs-task", PolicyName="queue", PolicyDocument=allow(["sqs:SendMessage", "sqs:ReceiveMessage"], queue_arn)
        )
        self.built |= {"queue": f"{name}-jobs", "topic": topic, "secret": self.secret, "iam-policy": policy, "parameter": f"/{name}/feature"}

    def edge(self) -> None:
        name, elb = self.name, self.of("elbv2")
        self.certificate = self.of("acm").request_certificate(
            DomainName=f"{name}.example.com", ValidationMethod="DNS", Tags=self.pairs()
        )["CertificateArn"]
        self.balancer = elb.create_load_balancer(
            Name=f"{name}-alb", Type="application", SecurityGroups=[self.groups["alb"]], Subnets=self.public, Tags=self.pairs()
        )["LoadBalancers"][0]
        self.group = elb.create_target_group(
            Name=f"{name}-tg", Port=8080, Protocol="HTTP", TargetType="ip", VpcId=self.vpc, HealthCheckPath="/health", Tags=self.pairs()
        )["TargetGroups"][0]["TargetGroupArn"]
        listener = elb.create_listener(
            LoadBalancerArn=self.balancer["LoadBalancerArn"], Port=443, Protocol="HTTPS", Certificates=[{"CertificateArn": self.certificate}],
            SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06", DefaultActions=[{"Type": "forward", "TargetGroupArn": self.group}], Tags=self.pairs(),
        )["Listeners"][0]["ListenerArn"]
        no = {"ContentType": "text/plain", "MessageBody": "no", "StatusCode": "403"}
        elb.create_rule(
            ListenerArn=listener, Priority=10, Actions=[{"Type": "fixed-response", "FixedResponseConfig": no}],
            Conditions=[{"Field": "path-pattern", "Values": ["/admin/*"]}], Tags=self.pairs(),
        )
        self.built |= {
            "load-balancer": self.balancer["LoadBalancerArn"], "target-group": self.group, "listener": listener, "certificate": self.certificate,
        }

    def containers(self) -> None:
        name, ecs = self.name, self.of("ecs")
        repository = self.of("ecr").create_repository(repositoryName=name, tags=self.pairs())["repository"]["repositoryUri"]
        self.of("logs").create_log_group(logGroupName=f"/aws/ecs/{name}", tags=self.tags)
        self.of("logs").put_retention_policy(logGroupName=f"/aws/ecs/{name}", retentionInDays=30)
        ecs.create_cluster(clusterName=f"{name}-cluster", tags=self.lower())
        environment = {
            "DATABASE_HOST": self.address,
            "DATABASE_URL": f"postgres://app:{CANARIES['password']}@{self.address}:5432/app",
            "QUEUE": self.queue,
            "API_TOKEN": CANARIES["environment"],
            "SIGNING": CANARIES["dense"],
        }
        options = {"awslogs-group": f"/aws/ecs/{name}", "awslogs-region": self.region, "awslogs-stream-prefix": "app"}
        container = {
            "name": "app", "image": f"{repository}@{DIGEST}", "essential": True,
            "portMappings": [{"containerPort": 8080, "protocol": "tcp"}],
            "environment": [{"name": key, "value": value} for key, value in environment.items()],
            "secrets": [{"name": "DATABASE_PASSWORD", "valueFrom": f"{self.secret}:password::"}],
            "logConfiguration": {"logDriver": "awslogs", "options": options},
        }
        account = "123456789012"
        made = ecs.register_task_definition(
            family=f"{name}-task", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
            executionRoleArn=f"arn:aws:iam::{account}:role/{name}-ecs-exec", taskRoleArn=f"arn:aws:iam::{account}:role/{name}-ecs-task",
            containerDefinitions=[container], tags=self.lower(),
        )["taskDefinition"]["taskDefinitionArn"]
        network = {"subnets": self.private, "securityGroups": [self.groups["ecs-tasks"]]}
        ecs.create_service(
            cluster=f"{name}-cluster", serviceName=name, taskDefinition=made, desiredCount=2, launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": network}, tags=self.lower(),
            loadBalancers=[{"targetGroupArn": self.group, "containerName": "app", "containerPort": 8080}],
        )
        resource = f"service/{name}-cluster/{name}"
        scaling, dimension = self.of("application-autoscaling"), "ecs:service:DesiredCount"
        scaling.register_scalable_target(ServiceNamespace="ecs", ResourceId=resource, ScalableDimension=dimension, MinCapacity=2, MaxCapacity=6)
        tracking = {"TargetValue": 60.0, "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}
        scaling.put_scaling_policy(
            PolicyName="cpu", ServiceNamespace="ecs", ResourceId=resource, ScalableDimension=dimension, PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=tracking,
        )
        self.built |= {"ecs-service": f"{name}-cluster/{name}", "task-definition": made.rsplit("/", 1)[1], "repository": name}

    def names(self) -> None:
        dns, name = self.of("route53"), self.name
        zone = dns.create_hosted_zone(Name=f"{name}.example.com", CallerReference=f"{name}-{self.region}")["HostedZone"]["Id"].rsplit("/", 1)[1]
        config = {
            "Type": "HTTPS", "FullyQualifiedDomainName": f"{name}.example.com", "Port": 443, "ResourcePath": "/health", "FailureThreshold": 3,
            "RequestInterval": 30,
        }
        check = dns.create_health_check(CallerReference=f"{name}-{self.region}", HealthCheckConfig=config)["HealthCheck"]["Id"]
        alias = {"HostedZoneId": self.balancer["CanonicalHostedZoneId"], "DNSName": f"dualstack.{self.balancer['DNSName']}.", "EvaluateTargetHealth": True}
        record = {"Name": f"{name}.example.com.", "Type": "A", "SetIdentifier": "primary", "Failover": "PRIMARY", "HealthCheckId": check, "AliasTarget": alias}
        change = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
        dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=change)
        self.built |= {"zone": zone, "health-check": check}

    def workers(self) -> None:
        name, iam, ec2 = self.name, self.of("iam"), self.of("ec2")
        profile = iam.create_instance_profile(InstanceProfileName=f"{name}-worker", Tags=self.pairs())["InstanceProfile"]["Arn"]
        iam.add_role_to_instance_profile(InstanceProfileName=f"{name}-worker", RoleName=f"{name}-worker")
        data = {"ImageId": "ami-03cf127a", "InstanceType": "t3.small", "IamInstanceProfile": {"Arn": profile}, "SecurityGroupIds": [self.groups["ecs-tasks"]]}
        template = ec2.create_launch_template(
            LaunchTemplateName=f"{name}-worker", LaunchTemplateData=data,
            TagSpecifications=[{"ResourceType": "launch-template", "Tags": self.pairs()}],
        )["LaunchTemplate"]["LaunchTemplateId"]
        tags = [{**tag, "PropagateAtLaunch": True, "ResourceId": f"{name}-worker", "ResourceType": "auto-scaling-group"} for tag in self.pairs()]
        self.of("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName=f"{name}-worker", MinSize=0, MaxSize=2, DesiredCapacity=0, VPCZoneIdentifier=",".join(self.private),
            LaunchTemplate={"LaunchTemplateId": template, "Version": "$Latest"}, Tags=tags,
        )
        self.built |= {"launch-template": template, "autoscaling-group": f"{name}-worker", "instance-profile": f"{name}-worker"}


if __name__ == "__main__":
    print(json.dumps(Web(sys.argv[1] if len(sys.argv) > 1 else "us-east-1", TAGS).build(), indent=1))
