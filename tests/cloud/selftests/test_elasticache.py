"""ElastiCache: global datastores, their failover and disassociation, and what is refused."""

from __future__ import annotations

import re
import time
import urllib.error

from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from support import (
    EAST,
    PLAN,
    STAGE_SECONDS,
    VISIBLE_SECONDS,
    WEST,
    CloudTest,
    calls,
    client,
    control,
    fault,
    knob,
    raw,
    wait_until,
)

CACHE = """
[component.cache]
kind = "elasticache"
global = "ldgnf-shop-cache"
primary = "shop-cache"
recovery = "shop-cache-west"
"""
APPLICATION = PLAN.split("[component.")[0]
STORE = "ldgnf-shop-cache"
FORM = {"content-type": "application/x-www-form-urlencoded"}
FOR_EVER = 3600


class ElastiCacheTest(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.east, self.west = client("elasticache", EAST), client("elasticache", WEST)

    def seed_cache(self, more="", plan=APPLICATION):
        return self.seed(plan + CACHE + more)

    def group(self, region=WEST, name=None):
        name = name or {EAST: "shop-cache", WEST: "shop-cache-west"}[region]
        return client("elasticache", region).describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"][
            0
        ]

    def store(self, region=WEST, name=STORE):
        found = client("elasticache", region).describe_global_replication_groups(
            GlobalReplicationGroupId=name, ShowMemberInfo=True
        )
        return found["GlobalReplicationGroups"][0]

    def roles(self, region=WEST, name=STORE):
        return {m["ReplicationGroupRegion"]: m["Role"] for m in self.store(region, name)["Members"]}

    def fail_over(self, region=WEST, name="shop-cache-west", caller=None):
        return (caller or self.west).failover_global_replication_group(
            GlobalReplicationGroupId=STORE, PrimaryRegion=region, PrimaryReplicationGroupId=name
        )["GlobalReplicationGroup"]

    def disassociate(self, region=WEST, name="shop-cache-west"):
        return self.west.disassociate_global_replication_group(
            GlobalReplicationGroupId=STORE, ReplicationGroupId=name, ReplicationGroupRegion=region
        )["GlobalReplicationGroup"]

    def moved(self, region=WEST):
        wait_until("moved", lambda: self.store()["Status"] == "available" and self.roles()[region] == "PRIMARY")

    def events(self, name=STORE):
        return [entry["event"] for entry in control("GET", "/state")["datastores"][name]["history"]]

    def history_of(self, look, done):
        """What was seen, each sight that is another than the one before it, until one is `done`."""
        seen = []

        def once():
            sight = look()
            if not seen or seen[-1] != sight:
                seen.append(sight)
            return done(sight) and len(seen) > 1

        wait_until("done", once)
        return seen

    def make(self, name, region=EAST, **more):
        wanted = {"CacheNodeType": "cache.r7g.large", "Engine": "redis", "NumCacheClusters": 2} | more
        client("elasticache", region).create_replication_group(
            ReplicationGroupId=name,
            ReplicationGroupDescription=name,
            **{k: v for k, v in wanted.items() if v is not None},
        )
        wait_until("made", lambda: self.group(region, name)["Status"] == "available")

    def make_secondary(self, name, region=WEST, store=STORE, **more):
        return client("elasticache", region).create_replication_group(
            ReplicationGroupId=name, ReplicationGroupDescription=name, GlobalReplicationGroupId=store, **more
        )["ReplicationGroup"]


class Seeded(ElastiCacheTest):
    def test_a_plan_becomes_a_datastore_of_two_groups(self):
        state = self.seed_cache()
        self.assertEqual(
            ("available", "us-east-1/shop-cache", []),
            tuple(state["datastores"][STORE][key] for key in ("status", "primary", "history")),
        )
        east, west = state["elasticache"][EAST]["shop-cache"], state["elasticache"][WEST]["shop-cache-west"]
        self.assertEqual(
            ("PRIMARY", True, "SECONDARY", False), tuple(g[k] for g in (east, west) for k in ("role", "takes_writes"))
        )
        for region in (EAST, WEST):
            self.assertEqual({EAST: "PRIMARY", WEST: "SECONDARY"}, self.roles(region))
            self.assertEqual({"associated"}, {m["Status"] for m in self.store(region)["Members"]})
            self.assertEqual({"enabled"}, {m["AutomaticFailover"] for m in self.store(region)["Members"]})
        self.assertEqual(state, self.seed_again(), "a seed is the same each time")

    def seed_again(self):
        control("POST", "/reset")
        return self.seed_cache()

    def test_references_to_it_have_its_primary_sides_endpoint(self):
        plan = PLAN.replace(
            'MODE = "active"', 'REDIS = "${cache.endpoint}:${cache.port}", READS = "${cache.reader_endpoint}"'
        )
        environment = self.seed_cache(plan=plan)["ecs"][WEST]["storefront/api"]["environment"]
        shard = self.group(EAST)["NodeGroups"][0]
        self.assertEqual(f"{shard['PrimaryEndpoint']['Address']}:6379", environment["REDIS"])
        self.assertEqual(shard["ReaderEndpoint"]["Address"], environment["READS"])

    def test_its_groups_are_of_one_account(self):
        role = '[account.data]\nrole = "arn:aws:iam::222222222222:role/failover"\n'
        with self.assertRaises(urllib.error.HTTPError):
            self.seed_cache('account = { primary = "data" }\n' + role)
        control("POST", "/reset")
        self.assertEqual({}, self.seed_cache('account = "data"\n' + role)["datastores"])
        self.assertEqual({STORE}, set(control("GET", "/state?account=222222222222")["datastores"]))

    def test_nodes_have_endpoints_of_their_region(self):
        self.seed_cache()
        group = self.group()
        self.assertEqual(["shop-cache-west-001", "shop-cache-west-002"], group["MemberClusters"])
        shard = group["NodeGroups"][0]
        self.assertRegex(
            shard["PrimaryEndpoint"]["Address"], r"^shop-cache-west\.\w{6}\.ng\.0001\.usw2\.cache\.amazonaws\.com$"
        )
        self.assertRegex(shard["ReaderEndpoint"]["Address"], r"^shop-cache-west-ro\.\w{6}\.ng\.0001\.usw2\.")
        self.assertEqual(
            ["us-west-2a", "us-west-2b"], [m["PreferredAvailabilityZone"] for m in shard["NodeGroupMembers"]]
        )
        self.assertEqual(["primary", "replica"], [m["CurrentRole"] for m in shard["NodeGroupMembers"]])
        self.assertNotIn("ConfigurationEndpoint", group)
        self.assertRegex(group["SnapshotWindow"], r"^\d\d:\d\d-\d\d:\d\d$")

    def test_cluster_mode_has_a_configuration_endpoint_and_shards(self):
        state = self.seed_cache("shards = 3\n")
        for region in (EAST, WEST):
            group = self.group(region)
            self.assertTrue(group["ClusterEnabled"])
            self.assertIn(".clustercfg.", group["ConfigurationEndpoint"]["Address"])
            self.assertEqual(["0-5461", "5462-10922", "10923-16383"], [s["Slots"] for s in group["NodeGroups"]])
            self.assertFalse([s for s in group["NodeGroups"] if "PrimaryEndpoint" in s])
            self.assertEqual(6, len(group["MemberClusters"]))
        self.assertEqual(
            group["ConfigurationEndpoint"]["Address"], state["elasticache"][WEST]["shop-cache-west"]["endpoint"]
        )
        shards = self.store()["GlobalNodeGroups"]
        self.assertEqual(("ldgnf-shop-cache-0003", "10923-16383"), (shards[2]["GlobalNodeGroupId"], shards[2]["Slots"]))

    def test_a_group_can_be_left_with_one_node(self):
        self.seed_cache()
        knob("cache-nodes", region=WEST, group="shop-cache-west", nodes=1)
        group = self.group()
        self.assertEqual((["shop-cache-west-001"], "disabled"), (group["MemberClusters"], group["AutomaticFailover"]))
        self.assertEqual(
            {EAST: "enabled", WEST: "disabled"},
            {m["ReplicationGroupRegion"]: m["AutomaticFailover"] for m in self.store()["Members"]},
        )


class Describing(ElastiCacheTest):
    def test_members_are_told_only_when_asked_for(self):
        self.seed_cache()
        for asked in ({}, {"ShowMemberInfo": False}):
            found = self.west.describe_global_replication_groups(**asked)["GlobalReplicationGroups"][0]
            self.assertNotIn("Members", found)
            self.assertEqual((STORE, "available"), (found["GlobalReplicationGroupId"], found["Status"]))

    def test_the_elements_are_those_of_the_model(self):
        self.seed_cache("shards = 1\n")
        body = b"Action=DescribeGlobalReplicationGroups&Version=2015-02-02&ShowMemberInfo=true"
        status, answer = raw("elasticache", body, FORM)
        self.assertEqual(200, status)
        for path in (
            "<DescribeGlobalReplicationGroupsResult><GlobalReplicationGroups><GlobalReplicationGroup>",
            "<Members><GlobalReplicationGroupMember><ReplicationGroupId>shop-cache</ReplicationGroupId>",
            "<Role>SECONDARY</Role><AutomaticFailover>enabled</AutomaticFailover><Status>associated</Status>",
            "<GlobalNodeGroups><GlobalNodeGroup><GlobalNodeGroupId>ldgnf-shop-cache-0001</GlobalNodeGroupId>",
        ):
            self.assertIn(path, answer.decode())
        _, answer = raw("elasticache", b"Action=DescribeReplicationGroups&Version=2015-02-02", FORM)
        for path in (
            "<GlobalReplicationGroupInfo><GlobalReplicationGroupId>ldgnf-shop-cache</GlobalReplicationGroupId>"
            "<GlobalReplicationGroupMemberRole>SECONDARY</GlobalReplicationGroupMemberRole></GlobalReplicationGroupInfo>",
            "<MemberClusters><ClusterId>shop-cache-west-0001-001</ClusterId>",
            "<NodeGroups><NodeGroup><NodeGroupId>0001</NodeGroupId>",
            "<NodeGroupMembers><NodeGroupMember><CacheClusterId>",
        ):
            self.assertIn(path, answer.decode())

    def test_a_group_in_no_datastore_has_an_empty_info(self):
        self.make("alone")
        self.assertEqual({}, self.group(EAST, "alone")["GlobalReplicationGroupInfo"])

    def test_what_is_not_there_is_not_found(self):
        self.seed_cache()
        describe = self.west.describe_global_replication_groups
        self.refused("GlobalReplicationGroupNotFoundFault", describe, GlobalReplicationGroupId="ldgnf-no", status=404)
        code = "ReplicationGroupNotFoundFault"
        self.refused(code, self.west.describe_replication_groups, ReplicationGroupId="shop-cache", status=404)
        elsewhere = client("elasticache", "eu-west-1")
        self.assertEqual([], elsewhere.describe_global_replication_groups()["GlobalReplicationGroups"])
        self.refused(
            "GlobalReplicationGroupNotFoundFault",
            elsewhere.describe_global_replication_groups,
            GlobalReplicationGroupId=STORE,
            status=404,
        )

    def test_pages_follow_one_another_and_lose_nothing(self):
        names = [f"c{number}" for number in range(5)]
        plan = APPLICATION + "".join(
            f'[component.{n}]\nkind = "elasticache"\nglobal = "ldgnf-{n}"\nprimary = "{n}"\nrecovery = "{n}-west"\n'
            for n in names
        )
        self.seed(plan)
        wanted = [f"ldgnf-{name}" for name in names]
        for size in (1, 2, 3, 4, 5, 6):
            pages = self.west.get_paginator("describe_global_replication_groups").paginate(
                PaginationConfig={"PageSize": size}
            )
            lists = [[g["GlobalReplicationGroupId"] for g in page["GlobalReplicationGroups"]] for page in pages]
            self.assertEqual(wanted, sum(lists, []))
            self.assertEqual(-(-5 // size), len(lists), "no empty page at the end")
        first = self.west.describe_global_replication_groups(MaxRecords=2)
        self.assertEqual(2, len(first["GlobalReplicationGroups"]))
        self.assertNotIn("Marker", self.west.describe_global_replication_groups())
        for wrong in ({"MaxRecords": 0}, {"MaxRecords": 101}, {"Marker": "nonsense!"}):
            self.refused("InvalidParameterValue", self.west.describe_global_replication_groups, **wrong)
        self.refused("InvalidParameterValue", self.west.describe_replication_groups, MaxRecords=19)
        knob("cache-page", size=2)
        pages = list(self.west.get_paginator("describe_replication_groups").paginate())
        self.assertEqual([2, 2, 1], [len(page["ReplicationGroups"]) for page in pages])
        self.assertEqual(2, len(self.west.describe_global_replication_groups(MaxRecords=50)["GlobalReplicationGroups"]))
        knob("cache-page")
        self.assertEqual(5, len(self.west.describe_replication_groups()["ReplicationGroups"]))


class Making(ElastiCacheTest):
    def test_a_datastore_is_made_of_a_primary_and_a_secondary_joins_it(self):
        control("POST", "/stages", {"elasticache": VISIBLE_SECONDS})
        self.make("main", TransitEncryptionEnabled=True, AutomaticFailoverEnabled=True)
        answer = self.east.create_global_replication_group(
            GlobalReplicationGroupIdSuffix="Mine", PrimaryReplicationGroupId="main"
        )["GlobalReplicationGroup"]
        self.assertEqual(("ldgnf-mine", "creating"), (answer["GlobalReplicationGroupId"], answer["Status"]))
        self.assertEqual(["associating"], [m["Status"] for m in answer["Members"]])
        self.assertEqual(
            ("creating", "modifying"), (self.store(EAST, "ldgnf-mine")["Status"], self.group(EAST, "main")["Status"])
        )
        wait_until("primary-only", lambda: self.store(EAST, "ldgnf-mine")["Status"] == "primary-only")
        self.assertEqual(
            ("associated", "available"),
            (self.store(EAST, "ldgnf-mine")["Members"][0]["Status"], self.group(EAST, "main")["Status"]),
        )
        made = self.make_secondary("Second", store="ldgnf-mine", NumCacheClusters=3)
        self.assertEqual(("second", "creating", []), (made["ReplicationGroupId"], made["Status"], made["NodeGroups"]))
        self.assertEqual("SECONDARY", made["GlobalReplicationGroupInfo"]["GlobalReplicationGroupMemberRole"])

        def look():
            store, group = self.store(name="ldgnf-mine"), self.group(WEST, "second")
            return store["Status"], store["Members"][1]["Status"], group["Status"]

        seen = self.history_of(look, lambda sight: sight == ("available", "associated", "available"))
        self.assertEqual(("modifying", "associating", "creating"), seen[0])
        self.assertIn(("modifying", "associating", "available"), seen)
        group = self.group(WEST, "second")
        self.assertEqual(
            ("redis", "cache.r7g.large", True),
            (group["Engine"], group["CacheNodeType"], group["TransitEncryptionEnabled"]),
        )
        self.assertEqual(3, len(group["MemberClusters"]))
        self.assertRegex(group["NodeGroups"][0]["PrimaryEndpoint"]["Address"], r"^master\.second\.\w{6}\.usw2\.")
        self.assertEqual("ldgnf-mine", group["GlobalReplicationGroupInfo"]["GlobalReplicationGroupId"])
        self.assertEqual({EAST: "PRIMARY", WEST: "SECONDARY"}, self.roles(name="ldgnf-mine"))

    def test_each_region_has_its_prefix(self):
        self.make("main", WEST)
        made = self.west.create_global_replication_group(
            GlobalReplicationGroupIdSuffix="x", PrimaryReplicationGroupId="main"
        )
        self.assertEqual("sgaui-x", made["GlobalReplicationGroup"]["GlobalReplicationGroupId"])

    def test_datastores_that_cannot_be_are_refused(self):
        self.seed_cache()
        make = self.east.create_global_replication_group

        def refused(code, suffix, group, **more):
            self.refused(code, make, GlobalReplicationGroupIdSuffix=suffix, PrimaryReplicationGroupId=group, **more)

        refused("ReplicationGroupNotFoundFault", "new", "nobody", status=404)
        refused("InvalidParameterValue", "new", "shop-cache")
        self.make("main")
        refused("GlobalReplicationGroupAlreadyExistsFault", "shop-cache", "main")
        self.make("small", CacheNodeType="cache.t4g.micro")
        refused("InvalidParameterValue", "new", "small")
        knob("cache-status", region=EAST, group="main", status="snapshotting")
        refused("InvalidReplicationGroupState", "new", "main")

    def test_secondaries_that_cannot_be_are_refused(self):
        self.seed_cache()
        europe = "eu-west-1"
        self.refused("GlobalReplicationGroupNotFoundFault", self.make_secondary, "x", europe, "ldgnf-no", status=404)
        self.refused("InvalidParameterValue", self.make_secondary, "x", WEST)
        for more in (
            {"Engine": "redis"},
            {"EngineVersion": "7.1"},
            {"NumNodeGroups": 1},
            {"CacheNodeType": "cache.m7g.large"},
        ):
            message = self.refused("InvalidParameterCombination", self.make_secondary, "x", europe, **more)
            self.assertIn("Cannot use the given parameters", message)
        knob("datastore-status", datastore=STORE, status="modifying")
        self.refused("InvalidGlobalReplicationGroupState", self.make_secondary, "x", europe)
        knob("datastore-status", datastore=STORE, status="available")
        self.make_secondary("x", europe, CacheNodeType="cache.r7g.large")
        self.refused("InvalidGlobalReplicationGroupState", self.make_secondary, "y", "eu-west-2")
        wait_until("joined", lambda: self.store()["Status"] == "available")
        self.refused("InvalidParameterValue", self.make_secondary, "y", "eu-west-2")
        self.assertEqual([], client("elasticache", "eu-west-2").describe_replication_groups()["ReplicationGroups"])

    def test_what_the_datastore_decides_is_not_changed_on_a_member(self):
        self.seed_cache()
        for more in ({"AutomaticFailoverEnabled": False}, {"CacheNodeType": "cache.r7g.xlarge"}):
            message = self.refused(
                "InvalidParameterValue",
                self.west.modify_replication_group,
                ReplicationGroupId="shop-cache-west",
                **more,
            )
            self.assertEqual(
                "Cluster [shop-cache-west] is part of a global cluster [ldgnf-shop-cache]. Request rejected.", message
            )
        self.refused("InvalidParameterValue", self.west.delete_replication_group, ReplicationGroupId="shop-cache-west")
        self.west.modify_replication_group(ReplicationGroupId="shop-cache-west", ReplicationGroupDescription="other")
        self.assertEqual("other", self.group()["Description"])

    def test_a_group_that_stands_alone_can_be_deleted(self):
        self.make("alone")
        self.east.delete_replication_group(ReplicationGroupId="alone")
        self.assertEqual("deleting", self.group(EAST, "alone")["Status"])
        wait_until("gone", lambda: not control("GET", "/state")["elasticache"])


class Failover(ElastiCacheTest):
    def setUp(self) -> None:
        super().setUp()
        self.seed_cache()
        control("POST", "/stages", {"elasticache.failover": VISIBLE_SECONDS})

    def look(self):
        """At one moment: the datastore's status, the new primary's and the old one's, the new one's role."""
        state = control("GET", "/state")
        groups = state["elasticache"]
        return (
            state["datastores"][STORE]["status"],
            groups[WEST]["shop-cache-west"]["status"],
            groups[EAST]["shop-cache"]["status"],
            groups[WEST]["shop-cache-west"]["role"],
        )

    def test_a_failover_passes_its_stages_and_roles_change_in_the_middle(self):
        answer = self.fail_over()
        self.assertEqual(("modifying", STORE), (answer["Status"], answer["GlobalReplicationGroupId"]))
        self.assertEqual({"associated"}, {m["Status"] for m in answer["Members"]})
        seen = self.history_of(self.look, lambda s: s == ("available", "available", "available", "PRIMARY"))
        self.assertEqual(
            [
                ("available", "available", "available", "SECONDARY"),
                ("modifying", "modifying", "modifying", "SECONDARY"),
                ("modifying", "modifying", "modifying", "PRIMARY"),
                ("modifying", "available", "modifying", "PRIMARY"),
                ("available", "available", "available", "PRIMARY"),
            ],
            seen,
        )
        for region in (EAST, WEST):
            self.assertEqual({EAST: "SECONDARY", WEST: "PRIMARY"}, self.roles(region))
        self.assertEqual(
            "SECONDARY", self.group(EAST)["GlobalReplicationGroupInfo"]["GlobalReplicationGroupMemberRole"]
        )
        self.assertEqual(
            ["failover-asked", "modifying", "roles-changed", "promoted-available", "available"], self.events()
        )

    def test_right_after_the_call_everything_says_available_and_nothing_has_changed(self):
        control("POST", "/stages", {"elasticache.failover.available": FOR_EVER})
        self.fail_over()
        for _ in range(10):
            self.assertEqual("available", self.store()["Status"])
            self.assertEqual("available", self.group()["Status"])
            self.assertEqual({EAST: "PRIMARY", WEST: "SECONDARY"}, self.roles())
        message = self.refused("InvalidGlobalReplicationGroupState", self.fail_over)
        self.assertIn("modifying", message)

    def test_nobody_takes_writes_before_the_roles_change_and_one_does_after(self):
        self.fail_over()

        def writers():
            groups = control("GET", "/state")["elasticache"]
            return tuple(groups[r][n]["takes_writes"] for r, n in ((EAST, "shop-cache"), (WEST, "shop-cache-west")))

        self.assertEqual(
            [(True, False), (False, False), (False, True)], self.history_of(writers, lambda s: s == (False, True))
        )

    def test_failovers_that_cannot_be_are_refused(self):
        wrong_state = "InvalidGlobalReplicationGroupState"
        self.refused("InvalidParameterValue", self.fail_over, WEST, "nobody")
        message = self.refused("InvalidParameterValue", self.fail_over, EAST, "shop-cache-west")
        self.assertIn("is not associated with Global Replication Group ldgnf-shop-cache", message)
        self.assertIn("already", self.refused("InvalidParameterValue", self.fail_over, EAST, "shop-cache"))
        not_found = "GlobalReplicationGroupNotFoundFault"
        self.refused(not_found, self.fail_over, caller=client("elasticache", "eu-west-1"), status=404)
        for status in ("primary-only", "modifying", "deleting", "creating"):
            knob("datastore-status", datastore=STORE, status=status)
            self.refused(wrong_state, self.fail_over)
        knob("datastore-status", datastore=STORE, status="available")
        knob("cache-status", region=WEST, group="shop-cache-west", status="snapshotting")
        self.refused(wrong_state, self.fail_over)
        knob("cache-status", region=WEST, group="shop-cache-west", status="available", member="associating")
        self.refused(wrong_state, self.fail_over)
        knob("cache-status", region=WEST, group="shop-cache-west", member="associated")
        self.assertEqual({EAST: "PRIMARY", WEST: "SECONDARY"}, self.roles())
        self.fail_over()
        self.refused(wrong_state, self.fail_over)
        wait_until("modifying", lambda: self.store()["Status"] == "modifying")
        self.refused(wrong_state, self.fail_over)
        self.refused(wrong_state, self.disassociate)
        self.refused(
            "InvalidParameterValue",
            self.west.modify_replication_group,
            ReplicationGroupId="shop-cache-west",
            AutomaticFailoverEnabled=False,
        )
        self.moved()
        self.refused("InvalidParameterValue", self.fail_over)
        refused = [
            e for e in control("GET", "/state")["datastores"][STORE]["history"] if e["event"] == "failover-refused"
        ]
        self.assertEqual((wrong_state, "InvalidParameterValue"), (refused[-2]["code"], refused[-1]["code"]))

    def test_it_can_be_asked_for_from_either_region_and_goes_back(self):
        control("POST", "/stages", {"elasticache.failover": STAGE_SECONDS})
        self.fail_over(caller=self.east)
        self.moved()
        self.fail_over(EAST, "shop-cache", caller=self.west)
        self.moved(EAST)
        self.assertEqual("PRIMARY", self.group(EAST)["GlobalReplicationGroupInfo"]["GlobalReplicationGroupMemberRole"])

    def test_a_third_member_follows_the_new_primary(self):
        self.make_secondary("third", "eu-west-1")
        wait_until("joined", lambda: self.store()["Status"] == "available")
        self.fail_over()
        wait_until("modifying", lambda: self.group("eu-west-1", "third")["Status"] == "modifying")
        self.moved()
        self.assertEqual({EAST: "SECONDARY", WEST: "PRIMARY", "eu-west-1": "SECONDARY"}, self.roles("eu-west-1"))

    def test_a_stuck_failover_stays_modifying_before_or_after_the_roles_change(self):
        control("POST", "/stages", {"elasticache.failover": STAGE_SECONDS})
        for way, role in (("stuck", "SECONDARY"), ("stuck-after-roles", "PRIMARY")):
            with self.subTest(way):
                control("POST", "/reset")
                self.seed_cache()
                knob("datastore-move", datastore=STORE, way=way)
                self.fail_over()
                stuck = ("modifying", "modifying", "modifying", role)
                wait_until("stuck", lambda stuck=stuck: self.look() == stuck)
                time.sleep(5 * STAGE_SECONDS)
                self.assertEqual(stuck, self.look())
                knob("datastore-move", datastore=STORE)
                self.moved()

    def test_a_failover_can_go_back_to_available_without_having_moved(self):
        knob("datastore-move", datastore=STORE, way="back")
        self.fail_over()
        wait_until("modifying", lambda: self.store()["Status"] == "modifying")
        wait_until("available", lambda: self.store()["Status"] == "available")
        time.sleep(3 * VISIBLE_SECONDS)
        self.assertEqual(("available", "available", "available", "SECONDARY"), self.look())
        self.assertEqual("went-back", self.events()[-2])
        knob("datastore-move", datastore=STORE)
        self.fail_over()
        self.moved()

    def test_a_status_set_ends_what_was_going_on(self):
        self.fail_over()
        knob("datastore-status", datastore=STORE, status="deleting")
        time.sleep(3 * VISIBLE_SECONDS)
        self.assertEqual(("deleting", "SECONDARY"), (self.store()["Status"], self.roles()[WEST]))

    def test_senseless_knobs_are_refused(self):
        for name, settings in (
            ("datastore-move", {"datastore": STORE, "way": "up"}),
            ("datastore-move", {"datastore": "nobody"}),
            ("cache-lag", {"region": WEST, "group": "nobody", "value": 1}),
            ("cache-lag", {"region": WEST, "group": "shop-cache-west", "node": "nobody", "value": 1}),
            ("cache-lag-dimension", {"dimension": "Colour"}),
            ("cache-page", {"size": 0}),
        ):
            with self.subTest(name), self.assertRaises(urllib.error.HTTPError) as caught:
                knob(name, **settings)
            self.assertEqual(400, caught.exception.code)


class Faulty(ElastiCacheTest):
    def setUp(self) -> None:
        super().setUp()
        self.seed_cache()

    def test_a_dark_region_answers_nothing_and_the_other_moves_all_the_same(self):
        fault("hang", region=EAST)
        with self.assertRaises(ReadTimeoutError):
            client("elasticache", EAST, read_timeout=0.3).describe_global_replication_groups()
        self.fail_over()
        self.moved()

    def test_a_move_can_be_refused_throttled_and_denied_by_faults(self):
        here = {"service": "elasticache", "operation": "FailoverGlobalReplicationGroup", "times": 1}
        fault("error", code="InvalidGlobalReplicationGroupState", status=400, **here)
        self.refused("InvalidGlobalReplicationGroupState", self.fail_over)
        fault("throttle", **here)
        self.refused("Throttling", self.fail_over)
        fault("access-denied", **here)
        self.refused("AccessDenied", self.fail_over, status=403)
        self.assertEqual([], self.events())

    def test_a_move_whose_reply_is_lost_is_carried_out(self):
        fault("reply-lost", service="elasticache", operation="FailoverGlobalReplicationGroup", times=1)
        with self.assertRaises(ConnectionClosedError):
            self.fail_over()
        self.moved()

    def test_the_log_has_what_was_asked_and_what_changes_something(self):
        self.fail_over()
        self.refused("InvalidGlobalReplicationGroupState", self.disassociate)
        raw("elasticache", b"Action=TestFailover&Version=2015-02-02&ReplicationGroupId=x&NodeGroupId=0001", FORM)
        self.store()
        call = calls("FailoverGlobalReplicationGroup")[0]
        self.assertEqual(
            ("elasticache", WEST, False, 200), tuple(call[k] for k in ("service", "region", "read_only", "status"))
        )
        self.assertEqual(
            {"GlobalReplicationGroupId": STORE, "PrimaryRegion": WEST, "PrimaryReplicationGroupId": "shop-cache-west"},
            call["parameters"],
        )
        self.assertEqual(
            "InvalidGlobalReplicationGroupState", calls("DisassociateGlobalReplicationGroup")[0]["error_code"]
        )
        self.assertEqual(
            (False, "NotImplemented"), tuple(calls("TestFailover")[0][k] for k in ("read_only", "error_code"))
        )
        self.assertTrue(calls("DescribeGlobalReplicationGroups")[0]["read_only"])
        self.assertEqual(
            ["failover-asked", "disassociate-asked", "disassociate-refused"],
            [e for e in self.events() if "asked" in e or "refused" in e],
        )

    def test_a_parameter_that_is_missing_is_an_error_of_the_caller(self):
        body = b"Action=FailoverGlobalReplicationGroup&Version=2015-02-02&GlobalReplicationGroupId=ldgnf-shop-cache"
        status, answer = raw("elasticache", body, FORM)
        self.assertEqual((400, "MissingParameter"), (status, re.search("<Code>(.*)</Code>", answer.decode())[1]))


class Disassociation(ElastiCacheTest):
    def setUp(self) -> None:
        super().setUp()
        self.seed_cache()
        control("POST", "/stages", {"elasticache.disassociate": VISIBLE_SECONDS})

    def test_a_group_leaves_in_stages_and_stands_alone(self):
        self.assertEqual("modifying", self.disassociate()["Status"])

        def look():
            state = control("GET", "/state")
            store, group = state["datastores"][STORE], state["elasticache"][WEST]["shop-cache-west"]
            member = store["members"].get("us-west-2/shop-cache-west", {}).get("status")
            return store["status"], member, group["status"], group["role"], group["takes_writes"]

        seen = self.history_of(look, lambda s: s[0] == "primary-only")
        self.assertEqual(
            [
                ("available", "associated", "available", "SECONDARY", False),
                ("modifying", "disassociating", "modifying", "SECONDARY", False),
                ("modifying", None, "modifying", None, True),
                ("primary-only", None, "available", None, True),
            ],
            seen,
        )
        self.assertEqual({}, self.group()["GlobalReplicationGroupInfo"])
        self.assertEqual({EAST: "PRIMARY"}, self.roles(EAST))
        self.assertEqual([], self.west.describe_global_replication_groups()["GlobalReplicationGroups"])
        self.refused("GlobalReplicationGroupNotFoundFault", self.disassociate, status=404)
        self.refused("InvalidGlobalReplicationGroupState", self.fail_over, EAST, "shop-cache", caller=self.east)
        self.west.modify_replication_group(ReplicationGroupId="shop-cache-west", CacheNodeType="cache.r7g.xlarge")

    def test_disassociations_that_cannot_be_are_refused(self):
        self.refused("InvalidParameterValue", self.disassociate, EAST, "shop-cache")
        message = self.refused("InvalidParameterValue", self.disassociate, WEST, "nobody")
        self.assertIn("is not associated with Global Replication Group", message)
        self.disassociate()
        self.refused("InvalidGlobalReplicationGroupState", self.disassociate)
        self.refused("InvalidGlobalReplicationGroupState", self.fail_over)

    def test_a_stuck_one_stays(self):
        control("POST", "/stages", {"elasticache.disassociate": STAGE_SECONDS})
        knob("datastore-move", datastore=STORE, way="stuck")
        self.disassociate()
        wait_until("begun", lambda: self.store()["Members"][1]["Status"] == "disassociating")
        time.sleep(5 * STAGE_SECONDS)
        self.assertEqual(
            ("disassociating", "modifying"), (self.store()["Members"][1]["Status"], self.group()["Status"])
        )
        knob("datastore-move", datastore=STORE)
        wait_until("left", lambda: self.group()["GlobalReplicationGroupInfo"] == {})

    def test_with_another_secondary_the_datastore_is_available_after_it(self):
        control("POST", "/stages", {"elasticache": STAGE_SECONDS})
        self.make_secondary("third", "eu-west-1")
        wait_until("joined", lambda: self.store()["Status"] == "available")
        self.disassociate()
        wait_until("left", lambda: len(self.store(EAST)["Members"]) == 2)
        wait_until("available", lambda: self.store(EAST)["Status"] == "available")

    def test_a_datastore_is_deleted_once_its_secondaries_have_left(self):
        delete = self.east.delete_global_replication_group
        wanted = {"GlobalReplicationGroupId": STORE, "RetainPrimaryReplicationGroup": True}
        self.refused("InvalidGlobalReplicationGroupState", delete, **wanted)
        self.disassociate()
        wait_until("alone", lambda: self.store(EAST)["Status"] == "primary-only")
        control("POST", "/stages", {"elasticache.delete": VISIBLE_SECONDS})
        self.assertEqual("deleting", delete(**wanted)["GlobalReplicationGroup"]["Status"])
        self.assertEqual("deleting", self.store(EAST)["Status"])
        wait_until("gone", lambda: self.group(EAST)["GlobalReplicationGroupInfo"] == {})
        self.assertEqual([], self.east.describe_global_replication_groups()["GlobalReplicationGroups"])
        # The way back: the one that left is the primary of a new one.
        self.west.create_global_replication_group(
            GlobalReplicationGroupIdSuffix="again", PrimaryReplicationGroupId="shop-cache-west"
        )
        wait_until("made", lambda: self.store(WEST, "sgaui-again")["Status"] == "primary-only")
        self.make_secondary("shop-cache-2", EAST, "sgaui-again")
        wait_until("whole", lambda: self.store(EAST, "sgaui-again")["Status"] == "available")
        self.assertEqual({EAST: "SECONDARY", WEST: "PRIMARY"}, self.roles(EAST, "sgaui-again"))
