"""KMS: states of two regions apart, roles that do not flip, proofs that make nothing."""

from __future__ import annotations

from support import EAST, WEST, CloudTest, client, control, knob, wait_until


class Keys(CloudTest):
    def key(self) -> tuple[str, list]:
        both = [client("kms", region) for region in (EAST, WEST)]
        key = both[0].create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
        both[0].replicate_key(KeyId=key, ReplicaRegion=WEST)
        wait_until("the replica is made", lambda: self.told(both[1], key)["KeyState"] == "Enabled")
        return key, both

    def told(self, kms, key: str) -> dict:
        return kms.describe_key(KeyId=key)["KeyMetadata"]

    def test_a_replica_has_its_own_role_state_and_aliases(self):
        key, (east, west) = self.key()
        self.assertRegex(key, "^mrk-[0-9a-f]{32}$")
        for kms, role in ((east, "PRIMARY"), (west, "REPLICA"), (east, "PRIMARY")):
            self.assertEqual(role, self.told(kms, key)["MultiRegionConfiguration"]["MultiRegionKeyType"])
        knob("key-state", region=WEST, key=key, state="Disabled")
        self.assertEqual(["Enabled", "Disabled"], [self.told(kms, key)["KeyState"] for kms in (east, west)])
        self.refused("DisabledException", west.encrypt, KeyId=key, Plaintext=b"x")
        east.create_alias(AliasName="alias/one", TargetKeyId=key)
        self.refused("NotFoundException", west.describe_key, KeyId="alias/one")
        self.refused("NotFoundException", west.describe_key, KeyId=self.told(east, key)["Arn"])

    def test_what_one_region_encrypts_the_other_decrypts(self):
        key, (east, west) = self.key()
        blob = east.encrypt(KeyId=key, Plaintext=b"hello")["CiphertextBlob"]
        self.assertEqual(b"hello", west.decrypt(CiphertextBlob=blob)["Plaintext"])

    def test_a_dry_run_makes_nothing_and_says_so(self):
        key, (_, west) = self.key()
        proof = {"KeyId": key, "KeySpec": "AES_256", "DryRun": True}
        self.refused("DryRunOperationException", west.generate_data_key, status=412, **proof)
        self.assertIn("Plaintext", west.generate_data_key(KeyId=key, KeySpec="AES_256"))
        knob("key-state", region=WEST, key=key, state="PendingDeletion")
        self.refused("KMSInvalidStateException", west.generate_data_key, **proof)
        self.refused("NotFoundException", west.generate_data_key, **proof | {"KeyId": "alias/none"})

    def test_a_policy_and_grants_are_each_regions_own_and_no_alias_asks_for_them(self):
        key, (east, west) = self.key()
        east.put_key_policy(KeyId=key, PolicyName="default", Policy='{"Statement": []}')
        role = "arn:aws:iam::123456789012:role/worker"
        east.create_grant(KeyId=key, GranteePrincipal=role, Operations=["Decrypt"])
        self.assertEqual('{"Statement": []}', east.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
        self.assertIn(":root", west.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
        grants = [[grant["GranteePrincipal"] for grant in kms.list_grants(KeyId=key)["Grants"]] for kms in (east, west)]
        self.assertEqual([[role], []], grants)
        east.create_alias(AliasName="alias/two", TargetKeyId=key)
        self.refused("NotFoundException", east.list_grants, KeyId="alias/two")
        self.refused("NotFoundException", east.get_key_policy, KeyId="alias/two", PolicyName="default")

    def test_the_primary_moves_in_stages(self):
        key, (east, west) = self.key()
        control("POST", "/stages", {"kms.move": 0.4})
        east.update_primary_region(KeyId=key, PrimaryRegion=WEST)
        self.assertEqual(["Updating"] * 2, [self.told(kms, key)["KeyState"] for kms in (east, west)])
        wait_until("it is there", lambda: self.told(west, key)["KeyState"] == "Enabled")
        roles = [self.told(kms, key)["MultiRegionConfiguration"]["MultiRegionKeyType"] for kms in (east, west)]
        self.assertEqual(["REPLICA", "PRIMARY"], roles)
        self.refused("UnsupportedOperationException", east.update_primary_region, KeyId=key, PrimaryRegion=WEST)

    def test_a_replica_is_told_and_has_what_it_was_given(self):
        east, west = [client("kms", region) for region in (EAST, WEST)]
        key = east.create_key(MultiRegion=True, Description="old", Tags=[{"TagKey": "Team", "TagValue": "shop"}])
        key = key["KeyMetadata"]["KeyId"]
        tags = [{"TagKey": "Stage", "TagValue": "live"}]
        given = {"Description": "new", "Policy": '{"Statement": []}', "Tags": tags}
        answer = east.replicate_key(KeyId=key, ReplicaRegion=WEST, **given)
        told = answer["ReplicaKeyMetadata"]
        self.assertEqual(("new", "Creating"), (told["Description"], told["KeyState"]))
        self.assertEqual("REPLICA", told["MultiRegionConfiguration"]["MultiRegionKeyType"])
        self.assertEqual((given["Policy"], tags), (answer["ReplicaPolicy"], answer["ReplicaTags"]))
        self.assertEqual(tags, west.list_resource_tags(KeyId=key)["Tags"])
        self.assertEqual(given["Policy"], west.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
        self.assertEqual("old", self.told(east, key)["Description"])
