"""EC2, whose protocol is its own."""

from __future__ import annotations

from support import WEST, CloudTest, calls, client, fault


class Protocol(CloudTest):
    def test_parameters_are_told_by_their_names_in_the_model(self):
        ec2 = client("ec2")
        (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
        ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])
        (call,) = calls("DescribeSubnets")
        self.assertEqual(("ec2", "ec2", WEST, True), (call["service"], call["protocol"], call["region"], call["read_only"]))
        self.assertEqual([{"Name": "vpc-id", "Values": [vpc["VpcId"]]}], call["parameters"]["Filters"])

    def test_what_is_not_there_has_a_code_of_its_own_kind(self):
        ec2 = client("ec2")
        for code, call, asked in [
            ("InvalidVpcID.NotFound", ec2.describe_vpcs, {"VpcIds": ["vpc-0123456789abcdef0"]}),
            ("InvalidSubnetID.NotFound", ec2.describe_subnets, {"SubnetIds": ["subnet-0123456789abcdef0"]}),
            ("InvalidGroup.NotFound", ec2.describe_security_groups, {"GroupIds": ["sg-0123456789abcdef0"]}),
        ]:
            self.refused(code, call, **asked)

    def test_faults_have_the_codes_and_the_shape_of_ec2(self):
        for kind, code, status in [
            ("throttle", "RequestLimitExceeded", 503),
            ("access-denied", "UnauthorizedOperation", 403),
            ("expired-token", "RequestExpired", 400),
        ]:
            fault(kind, service="ec2", times=1)
            self.refused(code, client("ec2").describe_vpcs, status=status)
        fault("error", service="ec2", code="InternalError", status=500, times=1)
        self.refused("InternalError", client("ec2").describe_vpcs, status=500)


class LaunchTemplates(CloudTest):
    def test_what_a_template_is_tagged_with_is_no_part_of_what_it_launches(self):
        ec2 = client("ec2")
        tagged = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "worker"}]}]
        own = [{"ResourceType": "launch-template", "Tags": [{"Key": "Of", "Value": "shop"}]}]
        ec2.create_launch_template(LaunchTemplateName="worker", LaunchTemplateData={"TagSpecifications": tagged}, TagSpecifications=own)
        ec2.create_launch_template(LaunchTemplateName="plain", LaunchTemplateData={"InstanceType": "m6g.large"}, TagSpecifications=own)

        def data(name):
            return ec2.describe_launch_template_versions(LaunchTemplateName=name)["LaunchTemplateVersions"][0]["LaunchTemplateData"]

        self.assertEqual(tagged, data("worker")["TagSpecifications"])
        self.assertNotIn("TagSpecifications", data("plain"))
        (told,) = ec2.describe_launch_templates(LaunchTemplateNames=["worker"])["LaunchTemplates"]
        self.assertEqual([{"Key": "Of", "Value": "shop"}], told["Tags"])
