"""EC2, whose protocol is its own."""

from __future__ import annotations

from support import EAST, WEST, CloudTest, calls, client, fault


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


class Networks(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.ec2 = client("ec2")

    def vpc(self, **more):
        return self.ec2.create_vpc(CidrBlock="10.5.0.0/16", **more)["Vpc"]

    def options(self, **asked):
        return self.ec2.describe_dhcp_options(**asked)["DhcpOptions"]

    def of(self, vpc):
        return self.ec2.describe_vpcs(VpcIds=[vpc["VpcId"]])["Vpcs"][0]["DhcpOptionsId"]

    def test_a_subnets_ipv6_range_is_told_and_found_by_its_association_until_it_is_taken_away(self):
        vpc = self.vpc(AmazonProvidedIpv6CidrBlock=True)
        (own,) = self.ec2.describe_vpcs(VpcIds=[vpc["VpcId"]])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
        wide = own["Ipv6CidrBlock"].replace("/56", "/64")
        subnet = self.ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.5.0.0/24", Ipv6CidrBlock=wide)["Subnet"]
        self.ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.5.1.0/24")
        (range_,) = subnet["Ipv6CidrBlockAssociationSet"]
        self.assertEqual((wide, {"State": "associated"}), (range_["Ipv6CidrBlock"], range_["Ipv6CidrBlockState"]))

        def found(name, value):
            asked = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}, {"Name": name, "Values": [value]}]
            return [one["SubnetId"] for one in self.ec2.describe_subnets(Filters=asked)["Subnets"]]

        of = "ipv6-cidr-block-association."
        for name, value in [("association-id", range_["AssociationId"]), ("ipv6-cidr-block", wide), ("state", "associated")]:
            self.assertEqual([subnet["SubnetId"]], found(of + name, value), name)
        self.assertEqual([], found(of + "association-id", "subnet-cidr-assoc-0"))
        self.assertEqual([subnet["SubnetId"]], found("subnet-arn", subnet["SubnetArn"]))
        self.ec2.disassociate_subnet_cidr_block(AssociationId=range_["AssociationId"])
        self.assertEqual([], found(of + "association-id", range_["AssociationId"]))
        after = self.ec2.describe_subnets(SubnetIds=[subnet["SubnetId"]])["Subnets"][0]
        self.assertEqual([], after["Ipv6CidrBlockAssociationSet"])

    def test_a_vpc_has_its_regions_dhcp_options_until_it_is_given_others_or_none(self):
        vpc, other = self.vpc(), self.vpc()
        (default,) = self.options()
        told = {one["Key"]: [value["Value"] for value in one["Values"]] for one in default["DhcpConfigurations"]}
        self.assertEqual({"domain-name": [f"{WEST}.compute.internal"], "domain-name-servers": ["AmazonProvidedDNS"]}, told)
        self.assertEqual([default["DhcpOptionsId"]] * 2, [self.of(vpc), self.of(other)])
        east = client("ec2", EAST).describe_dhcp_options()["DhcpOptions"][0]
        self.assertIn({"Key": "domain-name", "Values": [{"Value": "ec2.internal"}]}, east["DhcpConfigurations"])
        self.assertNotEqual(default["DhcpOptionsId"], east["DhcpOptionsId"])
        wanted = [{"Key": "domain-name", "Values": ["shop.internal"]}, {"Key": "domain-name-servers", "Values": ["10.5.0.2", "10.5.1.2"]}]
        tags = [{"ResourceType": "dhcp-options", "Tags": [{"Key": "Of", "Value": "shop"}]}]
        own = self.ec2.create_dhcp_options(DhcpConfigurations=wanted, TagSpecifications=tags)["DhcpOptions"]["DhcpOptionsId"]
        self.assertEqual([{"Key": "Of", "Value": "shop"}], self.options(DhcpOptionsIds=[own])[0]["Tags"])
        for one in (vpc, other):
            self.ec2.associate_dhcp_options(DhcpOptionsId=own, VpcId=one["VpcId"])
        by = [{"Name": "dhcp-options-id", "Values": [own]}]
        self.assertEqual({vpc["VpcId"], other["VpcId"]}, {one["VpcId"] for one in self.ec2.describe_vpcs(Filters=by)["Vpcs"]})
        self.ec2.associate_dhcp_options(DhcpOptionsId="default", VpcId=vpc["VpcId"])
        self.assertEqual(("default", own), (self.of(vpc), self.of(other)))
        # What one VPC has is not taken away with another that had it.
        self.refused("DependencyViolation", self.ec2.delete_dhcp_options, DhcpOptionsId=own)
        self.ec2.delete_vpc(VpcId=other["VpcId"])
        self.assertEqual([own], [one["DhcpOptionsId"] for one in self.options(DhcpOptionsIds=[own])])
        self.ec2.delete_dhcp_options(DhcpOptionsId=own)
        self.refused("InvalidDhcpOptionID.NotFound", self.options, DhcpOptionsIds=[own])
