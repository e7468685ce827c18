"""Secrets Manager: replicas follow, are never written to, stand alone once detached; what is current is what is told."""

from __future__ import annotations

import json

from support import EAST, WEST, CloudTest, calls, client, control, knob, wait_until

TOKEN = "00000000-1111-2222-3333-444444444444"


class Secrets(CloudTest):
    def secret(self) -> list:
        both = [client("secretsmanager", region) for region in (EAST, WEST)]
        both[0].create_secret(Name="db", SecretString='{"a": 1}', AddReplicaRegions=[{"Region": WEST}])
        self.in_sync(both[0])
        return both

    def in_sync(self, east, status: str = "InSync") -> None:
        wait_until(status, lambda: east.describe_secret(SecretId="db")["ReplicationStatus"][0]["Status"] == status)

    def value(self, secrets) -> str:
        return secrets.get_secret_value(SecretId="db")["SecretString"]

    def test_a_replica_follows_after_a_while_and_tells_of_no_replication(self):
        control("POST", "/stages", {"secretsmanager.replicate": 0.4})
        east, west = self.secret()
        told = west.describe_secret(SecretId="db")
        self.assertEqual(EAST, told["PrimaryRegion"])
        self.assertNotIn("ReplicationStatus", told)
        self.assertEqual(east.describe_secret(SecretId="db")["ARN"].replace(EAST, WEST), told["ARN"])
        east.put_secret_value(SecretId="db", SecretString='{"a": 2}')
        self.assertEqual('{"a": 1}', self.value(west))
        self.in_sync(east)
        self.assertEqual('{"a": 2}', self.value(west))

    def test_a_replica_is_not_written_to(self):
        _, west = self.secret()
        self.refused("InvalidParameterException", west.put_secret_value, SecretId="db", SecretString="x")
        moved = {"VersionStage": "AWSCURRENT", "MoveToVersionId": TOKEN}
        self.refused("InvalidParameterException", west.update_secret_version_stage, SecretId="db", **moved)

    def test_what_is_detached_stands_alone_and_comes_back_only_by_force(self):
        east, west = self.secret()
        self.refused("InvalidRequestException", east.stop_replication_to_replica, SecretId="db")
        west.stop_replication_to_replica(SecretId="db")
        wait_until("it stands alone", lambda: "PrimaryRegion" not in west.describe_secret(SecretId="db"))
        self.in_sync(east, "Detached")
        west.put_secret_value(SecretId="db", SecretString='{"b": 1}')
        self.assertEqual('{"a": 1}', self.value(east))
        east.replicate_secret_to_regions(SecretId="db", AddReplicaRegions=[{"Region": WEST}])
        self.in_sync(east, "Failed")
        self.assertEqual('{"b": 1}', self.value(west))
        again = {"AddReplicaRegions": [{"Region": WEST}], "ForceOverwriteReplicaSecret": True}
        told = east.replicate_secret_to_regions(SecretId="db", **again)
        self.assertEqual(east.describe_secret(SecretId="db")["ARN"], told["ARN"])
        self.in_sync(east)
        self.assertEqual('{"a": 1}', self.value(west))

    def test_one_token_is_one_version_and_another_value_under_it_is_refused(self):
        east, _ = self.secret()
        write = {"SecretId": "db", "SecretString": '{"a": 3}', "ClientRequestToken": TOKEN}
        for _ in range(2):
            self.assertEqual(TOKEN, east.put_secret_value(**write)["VersionId"])
        self.assertEqual(2, len(east.describe_secret(SecretId="db")["VersionIdsToStages"]))
        self.refused("ResourceExistsException", east.put_secret_value, **write | {"SecretString": "other"})

    def test_what_is_current_again_is_what_is_told_again(self):
        east, west = self.secret()
        first = east.get_secret_value(SecretId="db")["VersionId"]
        east.put_secret_value(SecretId="db", SecretString='{"a": 4}', ClientRequestToken=TOKEN)
        moved = {"VersionStage": "AWSCURRENT", "RemoveFromVersionId": TOKEN, "MoveToVersionId": first}
        east.update_secret_version_stage(SecretId="db", **moved)
        self.assertEqual('{"a": 1}', self.value(east))
        stages = east.describe_secret(SecretId="db")["VersionIdsToStages"]
        self.assertEqual((["AWSCURRENT"], ["AWSPREVIOUS"]), (stages[first], stages[TOKEN]))
        wait_until("the replica follows", lambda: self.value(west) == '{"a": 1}')

    def test_replication_can_fail_and_the_replica_keeps_what_it_has(self):
        east, west = self.secret()
        knob("secret-replication", region=WEST, secret="db")
        self.in_sync(east, "Failed")
        east.put_secret_value(SecretId="db", SecretString='{"a": 5}')
        self.assertEqual('{"a": 1}', self.value(west))

    def test_what_tells_a_secret_is_no_look(self):
        east, _ = self.secret()
        self.value(east)
        east.describe_secret(SecretId="db")
        self.assertEqual([False], [call["read_only"] for call in calls("GetSecretValue")])
        self.assertEqual({True}, {call["read_only"] for call in calls("DescribeSecret")})

    def test_a_seed_has_both_sides(self):
        self.seed(
            """
            [application]
            name = "x"
            primary = "us-east-1"
            recovery = "us-west-2"
            [component.s]
            kind = "secret"
            name = "shop/db"
            holds = { password = "old" }
            """
        )
        found = control("GET", "/state")["secrets"]
        self.assertEqual({"password": "old"}, json.loads(found[WEST]["shop/db"]["value"]))
        self.assertEqual({WEST: "InSync"}, found[EAST]["shop/db"]["replication"])
