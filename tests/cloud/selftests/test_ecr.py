"""Images of private registries."""

from __future__ import annotations

from botocore.exceptions import ClientError

from support import EAST, WEST, CloudTest, client, control


class Images(CloudTest):
    def test_an_image_is_in_the_region_it_was_put_in_and_in_no_other(self):
        digest = control("POST", "/image", {"region": WEST, "repository": "shop/api", "tag": "v1"})["digest"]
        ids = [{"imageTag": "v1"}]
        found = client("ecr", WEST).describe_images(repositoryName="shop/api", imageIds=ids)["imageDetails"]
        self.assertEqual([(digest, ["v1"])], [(image["imageDigest"], image["imageTags"]) for image in found])
        with self.assertRaises(ClientError) as refused:
            client("ecr", EAST).describe_images(repositoryName="shop/api", imageIds=ids)
        self.assertEqual("RepositoryNotFoundException", refused.exception.response["Error"]["Code"])

    def test_one_that_is_absent_fails_the_whole_call(self):
        control("POST", "/image", {"region": WEST, "repository": "shop/api", "tag": "v1"})
        with self.assertRaises(ClientError) as refused:
            ids = [{"imageTag": "v1"}, {"imageTag": "v2"}]
            client("ecr", WEST).describe_images(repositoryName="shop/api", imageIds=ids)
        self.assertEqual("ImageNotFoundException", refused.exception.response["Error"]["Code"])
