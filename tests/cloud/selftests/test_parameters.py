"""Parameter Store: versions, and a SecureString that tells nothing to who does not ask for it."""

from __future__ import annotations

from support import CloudTest, calls, client, control


class Parameters(CloudTest):
    def test_a_secure_string_is_opaque_until_it_is_decrypted(self):
        ssm = client("ssm")
        ssm.put_parameter(Name="/a", Value="canary-1", Type="SecureString")
        told = ssm.get_parameters(Names=["/a", "/none"])
        self.assertNotIn("canary", str(told))
        self.assertEqual(["/none"], told["InvalidParameters"])
        shown = ssm.get_parameters(Names=["/a"], WithDecryption=True)["Parameters"][0]
        self.assertEqual("canary-1", shown["Value"])
        self.assertEqual([True, False], [call["read_only"] for call in calls("GetParameters")])

    def test_versions_go_on_and_an_earlier_one_is_told_by_its_number(self):
        ssm = client("ssm")
        for value in ("one", "two"):
            ssm.put_parameter(Name="/a", Value=value, Type="String", Overwrite=True)
        self.refused("ParameterAlreadyExists", ssm.put_parameter, Name="/a", Value="x", Type="String")
        self.assertEqual("one", ssm.get_parameter(Name="/a:1")["Parameter"]["Value"])
        self.assertEqual(2, ssm.get_parameters(Names=["/a"])["Parameters"][0]["Version"])

    def test_an_allowed_pattern_refuses(self):
        ssm = client("ssm")
        ssm.put_parameter(Name="/a", Value="1", Type="String", AllowedPattern="[0-9]+")
        words = self.refused(
            "ParameterPatternMismatchException", ssm.put_parameter, Name="/a", Value="canary", Overwrite=True
        )
        self.assertNotIn("canary", words)

    def test_a_seed_has_both_sides(self):
        self.seed(
            """
            [application]
            name = "x"
            primary = "us-east-1"
            recovery = "us-west-2"
            [component.p]
            kind = "parameter"
            name = "/shop/side"
            value = "new"
            """
        )
        found = control("GET", "/state")["parameters"]
        self.assertEqual({"us-east-1": 1, "us-west-2": 1}, {r: p["/shop/side"]["version"] for r, p in found.items()})
