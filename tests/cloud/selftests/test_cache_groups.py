"""ElastiCache: parameter groups, and the nodes of replication groups as cache clusters."""

from __future__ import annotations

from support import EAST, WEST, CloudTest, client, wait_until

OWN = {"CacheParameterGroupName": "sessions", "CacheParameterGroupFamily": "redis7", "Description": "of the test"}


class CacheGroups(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.cache = client("elasticache", EAST)

    def set(self, **values):
        pairs = [{"ParameterName": name.replace("_", "-"), "ParameterValue": value} for name, value in values.items()]
        return self.cache.modify_cache_parameter_group(CacheParameterGroupName="sessions", ParameterNameValues=pairs)

    def told(self, name="sessions", **more):
        asked = {"CacheParameterGroupName": name, **more}
        pages = self.cache.get_paginator("describe_cache_parameters").paginate(**asked, PaginationConfig={"PageSize": 20})
        return {one["ParameterName"]: one["ParameterValue"] for page in pages for one in page["Parameters"]}

    def test_a_group_of_ones_own_has_what_was_set_beside_what_its_family_has(self):
        made = self.cache.create_cache_parameter_group(**OWN, Tags=[{"Key": "Of", "Value": "shop"}])["CacheParameterGroup"]
        self.assertEqual((OWN | {"IsGlobal": False, "ARN": made["ARN"]}), made)
        self.assertEqual({}, self.told(Source="user"))
        self.set(maxmemory_policy="allkeys-lru", timeout="20")
        self.assertEqual({"maxmemory-policy": "allkeys-lru", "timeout": "20"}, self.told(Source="user"))
        whole = self.told()
        self.assertEqual(("allkeys-lru", "no"), (whole["maxmemory-policy"], whole["appendonly"]))
        self.assertNotIn("timeout", self.told(Source="system"))
        given = {"CacheParameterGroupName": "sessions", "ParameterNameValues": [{"ParameterName": "timeout"}]}
        self.cache.reset_cache_parameter_group(**given)
        self.assertEqual({"maxmemory-policy": "allkeys-lru"}, self.told(Source="user"))
        self.cache.reset_cache_parameter_group(CacheParameterGroupName="sessions", ResetAllParameters=True)
        self.assertEqual({}, self.told(Source="user"))
        tags = self.cache.list_tags_for_resource(ResourceName=made["ARN"])["TagList"]
        self.assertEqual([{"Key": "Of", "Value": "shop"}], tags)
        # It is of one region.
        other = client("elasticache", WEST).describe_cache_parameter_groups
        self.refused("CacheParameterGroupNotFound", other, CacheParameterGroupName="sessions", status=404)

    def test_what_is_refused_changes_nothing(self):
        self.cache.create_cache_parameter_group(**OWN)
        create, modify = self.cache.create_cache_parameter_group, self.cache.modify_cache_parameter_group
        one = [{"ParameterName": "timeout", "ParameterValue": "20"}]
        for code, status, call, asked in [
            ("CacheParameterGroupAlreadyExists", 400, create, OWN),
            ("InvalidParameterValue", 400, create, OWN | {"CacheParameterGroupName": "x", "CacheParameterGroupFamily": "redis99"}),
            ("InvalidParameterValue", 400, create, OWN | {"CacheParameterGroupName": "default.mine"}),
            ("InvalidParameterValue", 400, modify, {"CacheParameterGroupName": "default.redis7", "ParameterNameValues": one}),
            ("CacheParameterGroupNotFound", 404, modify, {"CacheParameterGroupName": "nobody", "ParameterNameValues": one}),
            ("CacheParameterGroupNotFound", 404, self.cache.describe_cache_parameters, {"CacheParameterGroupName": "nobody"}),
            (
                "InvalidParameterValue",
                400,
                modify,
                {"CacheParameterGroupName": "sessions", "ParameterNameValues": [*one, {"ParameterName": "no-such", "ParameterValue": "1"}]},
            ),
            ("InvalidParameterValue", 400, modify, {"CacheParameterGroupName": "sessions", "ParameterNameValues": one * 21}),
        ]:
            self.refused(code, call, status=status, **asked)
        self.assertEqual({}, self.told(Source="user"))
        names = [one["CacheParameterGroupName"] for one in self.cache.describe_cache_parameter_groups()["CacheParameterGroups"]]
        self.assertEqual([True, True, True, False], [name in names for name in ("default.redis7", "default.redis7.cluster.on", "sessions", "x")])

    def make(self, name, **more):
        asked = {"ReplicationGroupId": name, "ReplicationGroupDescription": name, "CacheNodeType": "cache.r7g.large", "Engine": "redis"}
        self.cache.create_replication_group(**asked, **more)
        found = lambda: self.cache.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"][0]  # noqa: E731
        wait_until("made", lambda: found()["Status"] == "available")
        return found()

    def test_the_nodes_of_a_replication_group_are_cache_clusters_with_what_it_was_given(self):
        self.cache.create_cache_parameter_group(**OWN)
        ec2 = client("ec2", EAST)
        vpc = ec2.create_vpc(CidrBlock="10.6.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.6.0.0/24")["Subnet"]["SubnetId"]
        group = ec2.create_security_group(GroupName="cache", Description="cache", VpcId=vpc)["GroupId"]
        self.cache.create_cache_subnet_group(CacheSubnetGroupName="own", CacheSubnetGroupDescription="own", SubnetIds=[subnet])
        where = {"CacheSubnetGroupName": "own", "SecurityGroupIds": [group], "CacheParameterGroupName": "sessions"}
        made = self.make("shop", NumCacheClusters=2, **where)
        self.assertEqual(["shop-001", "shop-002"], made["MemberClusters"])
        for name in made["MemberClusters"]:
            (node,) = self.cache.describe_cache_clusters(CacheClusterId=name, ShowCacheNodeInfo=True)["CacheClusters"]
            self.assertEqual(
                ("shop", "own", "sessions", [group], "7.1.0", "available", 1),
                (
                    node["ReplicationGroupId"],
                    node["CacheSubnetGroupName"],
                    node["CacheParameterGroup"]["CacheParameterGroupName"],
                    [one["SecurityGroupId"] for one in node["SecurityGroups"]],
                    node["EngineVersion"],
                    node["CacheClusterStatus"],
                    len(node["CacheNodes"]),
                ),
            )
        alone = {"CacheClusterId": "alone", "CacheNodeType": "cache.t4g.small", "Engine": "memcached", "NumCacheNodes": 1}
        self.cache.create_cache_cluster(**alone)
        named = lambda **asked: [one["CacheClusterId"] for one in self.cache.describe_cache_clusters(**asked)["CacheClusters"]]  # noqa: E731
        self.assertEqual(["alone", "shop-001", "shop-002"], named())
        self.assertEqual(["alone"], named(ShowCacheClustersNotInReplicationGroups=True))
        self.refused("CacheClusterNotFound", self.cache.describe_cache_clusters, CacheClusterId="shop-003", status=404)
        in_use = "InvalidCacheParameterGroupState"
        self.refused(in_use, self.cache.delete_cache_parameter_group, CacheParameterGroupName="sessions")

    def test_a_group_given_nothing_has_the_defaults_of_its_engine_and_network(self):
        self.make("plain")
        self.make("shards", NumNodeGroups=2, ReplicasPerNodeGroup=1)
        told = {one["CacheClusterId"]: one for one in self.cache.describe_cache_clusters()["CacheClusters"]}
        self.assertEqual(["plain-001", "shards-0001-001", "shards-0001-002", "shards-0002-001", "shards-0002-002"], sorted(told))
        group = lambda name: told[name]["CacheParameterGroup"]["CacheParameterGroupName"]  # noqa: E731
        self.assertEqual(("default.redis7", "default.redis7.cluster.on"), (group("plain-001"), group("shards-0001-001")))
        self.assertEqual("default", told["plain-001"]["CacheSubnetGroupName"])
        self.assertEqual(1, len(told["plain-001"]["SecurityGroups"]))
        # A group that turns cluster mode on makes a cluster, as the default one of that name does.
        self.cache.create_cache_parameter_group(**OWN)
        self.set(cluster_enabled="yes")
        self.assertTrue(self.make("own", CacheParameterGroupName="sessions")["ClusterEnabled"])
        absent = {"ReplicationGroupId": "x", "ReplicationGroupDescription": "x", "CacheParameterGroupName": "nobody"}
        self.refused("CacheParameterGroupNotFound", self.cache.create_replication_group, status=404, **absent)
