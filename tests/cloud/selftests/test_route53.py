"""Route 53: changes with ids that take time, batches that are all or nothing, answers of the name servers."""

from __future__ import annotations

from support import CloudTest, client, control, knob, wait_until


def record(name, value, kind="A", **more):
    return {"Name": name, "Type": kind, "TTL": 5, "ResourceRecords": [{"Value": value}], **more}


class Route53(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.seed()
        self.dns = client("route53")

    def change(self, *changes, zone="Z123"):
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": wanted} for action, wanted in changes]}
        return self.dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)["ChangeInfo"]

    def status(self, change):
        return self.dns.get_change(Id=change["Id"])["ChangeInfo"]["Status"]

    def answer(self, name, kind="A"):
        return self.dns.test_dns_answer(HostedZoneId="Z123", RecordName=name, RecordType=kind)

    def sets(self, **start):
        listed = self.dns.list_resource_record_sets(HostedZoneId="Z123", **start)["ResourceRecordSets"]
        return {(r["Name"], r["Type"], r.get("SetIdentifier")): r for r in listed if r["Type"] not in ("NS", "SOA")}

    def test_a_change_is_pending_and_then_in_sync_and_answers_follow(self):
        knob("changes-stuck")
        first = self.change(("CREATE", record("api.example.com", "192.0.2.7")))
        second = self.change(("UPSERT", record("api.example.com", "192.0.2.8")))
        self.assertNotEqual(first["Id"], second["Id"])
        self.assertEqual(("PENDING", "PENDING"), (first["Status"], self.status(second)))
        self.assertEqual("192.0.2.8", self.sets()["api.example.com.", "A", None]["ResourceRecords"][0]["Value"])
        self.assertEqual("NXDOMAIN", self.answer("api.example.com")["ResponseCode"])
        knob("changes-stuck", on=False)
        wait_until("in sync", lambda: self.status(second) == "INSYNC")
        self.assertEqual("INSYNC", self.status(first))
        self.assertEqual(["192.0.2.8"], self.answer("api.example.com")["RecordData"])

    def test_a_seeded_alias_answers_its_load_balancer_and_is_zone_apart(self):
        balancer = client("elbv2", "us-east-1").describe_load_balancers(Names=["front"])["LoadBalancers"][0]
        alias = self.sets()["shop.example.com.", "A", None]["AliasTarget"]
        self.assertEqual(balancer["DNSName"], alias["DNSName"].rstrip("."))
        self.assertEqual(balancer["CanonicalHostedZoneId"], alias["HostedZoneId"])
        self.assertEqual([balancer["DNSName"] + "."], self.answer("shop.example.com")["RecordData"])
        self.assertEqual([], self.answer("shop.example.com", "AAAA")["RecordData"])

    def test_weighted_sets_answer_by_weight(self):
        sets = self.sets()
        weights = {key[2]: value["Weight"] for key, value in sets.items() if key[2]}
        self.assertEqual({"east": 100, "west": 0}, weights)
        self.assertEqual(["east.example.com"], self.answer("split.example.com", "CNAME")["RecordData"])
        east, west = (sets["split.example.com.", "CNAME", name] for name in ("east", "west"))
        change = self.change(("UPSERT", east | {"Weight": 0}), ("UPSERT", west | {"Weight": 100}))
        wait_until("in sync", lambda: self.status(change) == "INSYNC")
        self.assertEqual(["west.example.com"], self.answer("split.example.com", "CNAME")["RecordData"])

    def test_bad_batches_are_refused_whole(self):
        before = self.sets()
        batch = [("CREATE", record("new.example.com", "192.0.2.1"))]
        for bad in (
            ("CREATE", record("shop.example.com", "192.0.2.1")),
            ("DELETE", record("nobody.example.com", "192.0.2.1")),
            ("DELETE", record("split.example.com", "wrong.example.com", "CNAME", SetIdentifier="east", Weight=100)),
            ("CREATE", record("split.example.com", "x.example.com", "CNAME")),
            ("CREATE", record("shop.example.com", "x.example.com", "CNAME")),
            ("CREATE", record("shop.example.org", "192.0.2.1")),
            ("CREATE", record("other.example.com", "lb.example.com")),
        ):
            self.refused("InvalidChangeBatch", self.change, *batch, bad)
        self.assertEqual(before, self.sets())

    def test_a_delete_with_the_right_values_deletes(self):
        split = self.sets()["split.example.com.", "CNAME", "east"]
        self.change(("DELETE", split), ("DELETE", self.sets()["shop.example.com.", "A", None]))
        self.assertEqual([("split.example.com.", "CNAME", "west")], list(self.sets()))

    def test_listing_starts_at_a_name_and_type(self):
        listed = self.dns.list_resource_record_sets(
            HostedZoneId="Z123", StartRecordName="shop.example.com", StartRecordType="A", MaxItems="1"
        )
        self.assertEqual(["shop.example.com."], [r["Name"] for r in listed["ResourceRecordSets"]])

    def test_unknown_zones_and_changes_are_said_to_be_unknown(self):
        self.refused("NoSuchChange", self.dns.get_change, Id="CNOBODY", status=404)
        self.refused("NoSuchHostedZone", self.dns.list_resource_record_sets, HostedZoneId="ZNOBODY", status=404)
        wanted = ("UPSERT", record("shop.example.com", "192.0.2.1"))
        self.refused("NoSuchHostedZone", self.change, wanted, zone="ZNOBODY", status=404)

    def test_the_state_has_what_is_listed_and_what_is_in_sync(self):
        knob("changes-stuck")
        self.change(("UPSERT", record("shop.example.com", "192.0.2.9")))
        zone = control("GET", "/state")["route53"]["Z123"]
        by_name = {face: {r["name"]: r for r in zone[face]} for face in ("records", "in_sync")}
        self.assertEqual(["192.0.2.9"], by_name["records"]["shop.example.com."]["values"])
        self.assertIn("alias", by_name["in_sync"]["shop.example.com."])

    def test_seeded_sets_of_every_routing_lead_to_the_primary_side(self):
        head = "[application]\nname = 'x'\nprimary = 'us-east-1'\nrecovery = 'us-west-2'\n"
        part = "[component.{0}]\nkind = 'route53'\nzone = 'Shop.Example.org'\nrecord = '{0}.shop.example.org'\n"
        plan = head + "".join(
            part.format(name) + more
            for name, more in {
                "roles": "failover = { primary = 'eu', secondary = 'us' }\n",
                "near": "set = 'us'\nvalues = ['192.0.2.9']\n",
                "many": "set = 'us'\nrouting = 'multivalue'\nvalues = ['192.0.2.9']\n",
                "inside": "private = true\nvalues = ['192.0.2.9']\n",
            }.items()
        )
        zones = self.seed(plan)["route53"]
        public = {(r["name"].split(".")[0], r.get("set_identifier")): r for r in zones["ZSHOPEXAMPLEORG"]["records"]}
        self.assertEqual("PRIMARY", public["roles", "us"]["failover"])
        self.assertEqual("SECONDARY", public["roles", "eu"]["failover"])
        self.assertEqual("us-east-1", public["near", "us"]["region"])
        self.assertTrue(public["many", "us"]["multivalue"] and public["many", "us-beside"]["multivalue"])
        self.assertEqual((True, 1), (zones["ZSHOPEXAMPLEORGPRIVATE"]["private"], len(zones["ZSHOPEXAMPLEORGPRIVATE"]["records"])))

    def test_accelerated_recovery_is_enabled_after_a_while_and_told_with_the_zone(self):
        def status():
            return self.dns.get_hosted_zone(Id="Z123")["HostedZone"].get("Features", {}).get("AcceleratedRecoveryStatus")

        self.assertIsNone(status())
        control("POST", "/stages", {"route53.features": 0.3})
        self.dns.update_hosted_zone_features(HostedZoneId="Z123", EnableAcceleratedRecovery=True)
        self.assertEqual("ENABLING", status())
        wait_until("it is enabled", lambda: status() == "ENABLED")
        self.dns.update_hosted_zone_features(HostedZoneId="Z123", EnableAcceleratedRecovery=False)
        wait_until("it is not", lambda: status() == "DISABLED")

    def test_what_is_protected_is_not_changed_whatever_else_the_batch_has(self):
        def protections(**given):
            told = self.dns.list_resource_record_set_protections(HostedZoneId="Z123", **given)
            listed = [(it["RecordName"], it["RecordType"], it.get("Comment")) for it in told["ResourceRecordSetProtections"]]
            return listed, told.get("NextToken")

        def key(name, kind="A", **more):
            return {"RecordName": name, "RecordType": kind, **more}

        create, delete = self.dns.create_resource_record_set_protections, self.dns.delete_resource_record_set_protections
        self.assertEqual(([], None), protections())
        create(HostedZoneId="Z123", Protections=[key("shop.example.com", Comment="ask DNS & co"), key("New.example.com.", "TXT")])
        self.assertEqual(([("new.example.com.", "TXT", None), ("shop.example.com.", "A", "ask DNS & co")], None), protections())
        first, token = protections(MaxResults="1")
        self.assertEqual("new.example.com.", first[0][0])
        self.assertEqual(([("shop.example.com.", "A", "ask DNS & co")], None), protections(NextToken=token))
        self.assertEqual(protections(NextToken=token), protections(StartRecordName="shop.example.com"))
        before = self.sets()
        for batch in (
            [("UPSERT", record("shop.example.com", "192.0.2.66"))],
            [("CREATE", record("other.example.com", "192.0.2.7")), ("DELETE", record("SHOP.example.com", "192.0.2.1"))],
            [("CREATE", {**record("new.example.com", '"x"', "TXT")})],
        ):
            with self.subTest(batch):
                self.refused("InvalidChangeBatch", self.change, *batch)
        self.assertEqual(before, self.sets())
        self.change(("CREATE", record("shop.example.com", '"free"', "TXT")))
        for code, asked, of in (
            ("ProtectionAlreadyExists", create, [key("shop.example.com")]),
            ("InvalidResourceRecordSetProtectionBatch", create, [key("shop.example.com"), key("b.example.com")]),
            ("InvalidResourceRecordSetProtectionBatch", create, [key("shop.example.org")]),
            ("InvalidResourceRecordSetProtectionBatch", delete, [key("shop.example.com"), key("b.example.com")]),
        ):
            with self.subTest(code):
                status = 409 if code == "ProtectionAlreadyExists" else 400
                self.refused(code, asked, HostedZoneId="Z123", Protections=of, status=status)
        self.refused("InvalidInput", self.dns.delete_hosted_zone, Id="Z123")
        self.refused("NoSuchHostedZone", self.dns.list_resource_record_set_protections, HostedZoneId="Z404", status=404)
        self.refused("InvalidPaginationToken", protections, NextToken="nothing")
        delete(HostedZoneId="Z123", Protections=[key("shop.example.com")])
        self.assertEqual("PENDING", self.change(("UPSERT", record("shop.example.com", "192.0.2.66")))["Status"])
